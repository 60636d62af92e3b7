/* SPDX-License-Identifier: MIT */
#include "fleet.h"

#include "answer/identity.h"
#include "mesh/circle.h"
#include "mesh/haul.h"
#include "store/store.h"

#include <ftw.h>
#include <stdio.h>
#include <unistd.h>

#define S GHM_NS_PER_S
#define LEN 1000000
#define COUNTED(fleet, node, name) atomic_load(&(fleet)->nodes[node].shared->counters.name)

/* Nothing packs it. */
static uint8_t body[LEN];

struct stores {
    char dirs[FLEET_NODES_MAX][64];
    struct ghm_store *stores[FLEET_NODES_MAX];
};

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static void give_store(struct fleet *fleet, struct stores *stores, int node)
{
    (void)snprintf(stores->dirs[node], sizeof stores->dirs[node], "/tmp/ghmesh-haul-XXXXXX");
    assert_non_null(mkdtemp(stores->dirs[node]));
    struct ghm_store_options options = {.dir = stores->dirs[node], .boot_id = "boot"};
    assert_int_equal(ghm_store_open(&stores->stores[node], &options), GHM_OK);
    fleet->nodes[node].mesh->config.store = stores->stores[node];
}

static struct fleet *begin(struct stores *stores, int count, bool is_line)
{
    struct ghm_entropy entropy = entropy_of(11);
    *stores = (struct stores){0};
    ghm_entropy_fill(&entropy, body, sizeof body);
    struct fleet *fleet = fleet_new_speaking(count, SECRET_A, ghm_mesh_protocols);
    for (int node = 0; node < count; node++)
        give_store(fleet, stores, node);
    for (int node = 1; node < count; node++) {
        for (int to = is_line ? node - 1 : 0; to < node; to++)
            fleet_bootstrap(fleet, node, to);
    }
    fleet_pass(fleet, 3 * S);
    return fleet;
}

static void end(struct fleet *fleet, struct stores *stores)
{
    int count = fleet->nodes_count;
    fleet_free(fleet);
    for (int node = 0; node < count; node++) {
        ghm_store_close(stores->stores[node]);
        (void)nftw(stores->dirs[node], remove_one, 8, FTW_DEPTH | FTW_PHYS);
    }
}

static void keep(struct stores *stores, int node, const struct ghm_entry *entry)
{
    struct ghm_variant variant;
    uint8_t slot[GHM_VARIANT_ID_LEN];
    assert_int_equal(ghm_variant_of_name(&variant, entry->name), GHM_OK);
    ghm_identity_slot(slot, variant.id, &entry->identity);
    assert_int_equal(ghm_store_put(stores->stores[node], slot, entry, 0, 1), GHM_OK);
}

/* Node 0 has it and tells. */
static struct ghm_entry tell(struct fleet *fleet, struct stores *stores)
{
    struct ghm_entry entry = fleet_entry(fleet, ghm_bytes(body, LEN));
    keep(stores, 0, &entry);
    assert_int_equal(ghm_mesh_announce(fleet->nodes[0].mesh, &entry, fleet->now_ms), GHM_OK);
    return entry;
}

static size_t whole(const struct fleet *fleet, int node)
{
    size_t count = 0;
    for (size_t i = 0; i < fleet->nodes[node].told_count; i++) {
        const struct fleet_told *told = &fleet->nodes[node].told[i];
        count += told->type == GHM_MESH_LEARNED && told->body_len == LEN &&
                 memcmp(told->body, body, FLEET_BODY_MAX - 1) == 0;
    }
    return count;
}

static void large_body_is_pulled_from_who_announced_it(void **state)
{
    (void)state;
    struct stores stores;
    struct fleet *fleet = begin(&stores, 2, false);
    (void)tell(fleet, &stores);
    fleet_settle(fleet);
    assert_int_equal(whole(fleet, 1), 1);
    assert_int_equal(fleet_count(fleet, 1, GHM_MESH_LEARNED), 1); /* never told without its body */
    assert_int_equal(COUNTED(fleet, 1, announces_refused), 0);
    fleet_settle(fleet);
    assert_int_equal(fleet->nodes[1].mesh->hauls_count, 0);
    end(fleet, &stores);
}

/* The announcer has lost it: another member that has it gives it. */
static void another_member_gives_what_the_announcer_lost(void **state)
{
    (void)state;
    struct stores stores;
    struct fleet *fleet = begin(&stores, 3, false);
    struct ghm_entry entry = fleet_entry(fleet, ghm_bytes(body, LEN));
    keep(&stores, 1, &entry);
    fleet->nodes[0].mesh->config.store = NULL;
    assert_int_equal(ghm_mesh_announce(fleet->nodes[0].mesh, &entry, fleet->now_ms), GHM_OK);
    fleet_settle(fleet);
    assert_int_equal(whole(fleet, 2), 1);
    end(fleet, &stores);
}

/* It takes the stream and says nothing, or dies with it in hand. */
static void silent_or_dying_source_is_left_for_another(void **state)
{
    (void)state;
    for (int is_dying = 0; is_dying < 2; is_dying++) {
        struct stores stores;
        struct fleet *fleet = begin(&stores, 3, false);
        struct ghm_entry entry = tell(fleet, &stores);
        keep(&stores, 1, &entry);
        fleet->nodes[0].is_dumb = true; /* its word is out; it takes the stream that comes */
        fleet_settle(fleet);
        assert_int_equal(whole(fleet, 2), 0);
        if (is_dying)
            fleet_stop(fleet, 0, false);
        else
            fleet_pass(fleet, GHM_PULL_WAIT_NS);
        fleet_settle(fleet);
        assert_int_equal(whole(fleet, 2), 1);
        end(fleet, &stores);
    }
}

/* The author is two members away; the one between has the body a little later than its word. */
static void body_comes_along_a_line(void **state)
{
    (void)state;
    struct stores stores;
    struct fleet *fleet = begin(&stores, 3, true);
    struct ghm_entry entry = tell(fleet, &stores);
    fleet_settle(fleet);
    assert_int_equal(whole(fleet, 1), 1);
    assert_int_equal(whole(fleet, 2), 0);
    keep(&stores, 1, &entry);
    fleet_pass(fleet, GHM_HAUL_AGAIN_NS);
    assert_int_equal(whole(fleet, 2), 1);
    end(fleet, &stores);
}

/* The same body, confirmed for another identity: it is here already. */
static void body_that_is_here_is_not_pulled(void **state)
{
    (void)state;
    struct stores stores;
    struct fleet *fleet = begin(&stores, 2, false);
    struct ghm_entry entry = fleet_entry(fleet, ghm_bytes(body, LEN));
    entry.identity.fp[3] = 9;
    entry.date_ms -= 1000;
    keep(&stores, 1, &entry);
    fleet->nodes[0].mesh->config.store = NULL;
    entry = fleet_entry(fleet, ghm_bytes(body, LEN));
    size_t before = fleet->bytes_sent;
    assert_int_equal(ghm_mesh_announce(fleet->nodes[0].mesh, &entry, fleet->now_ms), GHM_OK);
    fleet_settle(fleet);
    assert_int_equal(whole(fleet, 1), 1);
    assert_true(fleet->bytes_sent - before < 2000);
    end(fleet, &stores);
}

static void what_is_here_and_newer_is_not_asked_for(void **state)
{
    (void)state;
    struct stores stores;
    struct fleet *fleet = begin(&stores, 2, false);
    struct ghm_entry entry = fleet_entry(fleet, ghm_bytes_text("newer"));
    entry.date_ms += 1000;
    keep(&stores, 1, &entry);
    size_t before = fleet->bytes_sent;
    (void)tell(fleet, &stores);
    fleet_settle(fleet);
    assert_int_equal(fleet_count(fleet, 1, GHM_MESH_LEARNED), 0);
    assert_true(fleet->bytes_sent - before < 2000);
    end(fleet, &stores);
}

static void nobody_has_it_and_it_is_given_up(void **state)
{
    (void)state;
    struct stores stores;
    struct fleet *fleet = begin(&stores, 2, false);
    struct ghm_entry entry = fleet_entry(fleet, ghm_bytes(body, LEN));
    assert_int_equal(ghm_mesh_announce(fleet->nodes[0].mesh, &entry, fleet->now_ms), GHM_OK);
    fleet_pass(fleet, 6 * S);
    assert_int_equal(fleet->nodes[1].mesh->hauls_count, 1);
    fleet_pass(fleet, 2 * S);
    assert_int_equal(fleet->nodes[1].mesh->hauls_count, 0);
    assert_int_equal(fleet->nodes[1].mesh->hauls_mem.used_bytes, 0);
    end(fleet, &stores);
}

/* So many at once and no more, and of one answer only the newest. */
static void bound_of_hauls_is_reached_and_not_passed(void **state)
{
    (void)state;
    struct stores stores;
    struct fleet *fleet = begin(&stores, 2, false);
    char name[64];
    struct ghm_entry entry = fleet_entry(fleet, ghm_bytes(body, LEN));
    for (int i = 0; i < GHM_HAUL_MAX + 3; i++) {
        (void)snprintf(name, sizeof name, "GET api.github.com/repos/o/r%d", i);
        entry.name = ghm_bytes_text(name);
        for (int twice = 0; twice < 2; twice++)
            assert_int_equal(ghm_mesh_announce(fleet->nodes[0].mesh, &entry, fleet->now_ms),
                             GHM_OK);
        fleet_settle(fleet);
        size_t want = i < GHM_HAUL_MAX ? (size_t)i + 1 : GHM_HAUL_MAX;
        assert_int_equal(fleet->nodes[1].mesh->hauls_count, want);
    }
    assert_true(fleet->nodes[1].mesh->hauls_mem.used_bytes < 100000); /* a promise costs little */
    end(fleet, &stores);
}

/* ---- who breaks the rules ---- */

static void stranger_is_given_nothing(void **state)
{
    (void)state;
    struct stores stores;
    struct fleet *fleet = begin(&stores, 1, false);
    fleet_free(fleet);
    ghm_store_close(stores.stores[0]);
    (void)nftw(stores.dirs[0], remove_one, 8, FTW_DEPTH | FTW_PHYS);
    fleet = fleet_new_speaking(2, SECRET_A, ghm_mesh_protocols);
    fleet_stop(fleet, 1, true);
    fleet_start(fleet, 1, SECRET_B);
    fleet_bootstrap(fleet, 1, 0);
    fleet_pass(fleet, 3 * S);
    uint64_t before = COUNTED(fleet, 0, strangers_refused);
    struct fleet_node *node = &fleet->nodes[1];
    struct ghm_stream stream;
    node->is_dumb = true;
    assert_int_equal(ghm_swarm_open(node->swarm, &stream, &fleet->nodes[0].id,
                                    GHM_MESH_PULL_PROTOCOL, fleet->now_ns),
                     GHM_OK);
    fleet_settle(fleet);
    assert_int_equal(node->closed.id, stream.id);
    assert_int_equal(COUNTED(fleet, 0, strangers_refused), before + 1);
    fleet_free(fleet);
}

/* A member's ask of another shape, or more asks than the stream takes while it reads no answer. */
static void member_that_asks_wrongly_loses_its_stream(void **state)
{
    (void)state;
    for (int is_greedy = 0; is_greedy < 2; is_greedy++) {
        struct stores stores;
        struct fleet *fleet = begin(&stores, 2, false);
        struct fleet_node *node = &fleet->nodes[1];
        struct ghm_entry entry = fleet_entry(fleet, ghm_bytes(body, LEN));
        struct ghm_stream stream;
        struct ghm_variant variant;
        uint8_t ask[GHM_PULL_ASK_LEN] = {1};
        keep(&stores, 0, &entry);
        assert_int_equal(ghm_variant_of_name(&variant, entry.name), GHM_OK);
        memcpy(ask + 1, variant.id, 32);
        memcpy(ask + 33, entry.body_sha256, 32);
        ghm_store_be32(ask + 69, is_greedy ? GHM_PULL_PIECE_MAX : 0);
        node->is_dumb = true;
        assert_int_equal(ghm_swarm_open(node->swarm, &stream, &fleet->nodes[0].id,
                                        GHM_MESH_PULL_PROTOCOL, fleet->now_ns),
                         GHM_OK);
        for (int i = 0; i < 100; i++)
            assert_int_equal(ghm_swarm_write(node->swarm, stream, ghm_bytes(ask, sizeof ask)),
                             GHM_OK);
        fleet_settle(fleet);
        assert_int_equal(node->closed.id, stream.id);
        assert_int_equal(ghm_mesh_members_count(fleet->nodes[0].mesh), 1);
        end(fleet, &stores);
    }
}

/* One piece of another body, from the one who announced it. */
static void liar_is_counted_and_left_for_another(void **state)
{
    (void)state;
    struct stores stores;
    struct fleet *fleet = begin(&stores, 3, false);
    struct fleet_node *liar = &fleet->nodes[0];
    struct ghm_entry entry = fleet_entry(fleet, ghm_bytes(body, 100000));
    static uint8_t lie[GHM_PULL_HEAD_LEN + 100000] = {1};
    ghm_store_be32(lie + 1, 100000);
    keep(&stores, 1, &entry);
    assert_int_equal(ghm_mesh_announce(liar->mesh, &entry, fleet->now_ms), GHM_OK);
    liar->is_dumb = true;
    fleet_settle(fleet);
    assert_int_equal(ghm_swarm_write(liar->swarm, liar->opened, ghm_bytes(lie, sizeof lie)),
                     GHM_OK);
    fleet_settle(fleet);
    assert_int_equal(COUNTED(fleet, 2, announces_refused), 1);
    assert_int_equal(fleet_count(fleet, 2, GHM_MESH_LEARNED), 1);
    assert_int_equal(fleet->nodes[2].told[fleet->nodes[2].told_count - 1].body_len, 100000);
    end(fleet, &stores);
}

static void refused_memory_is_survived(void **state)
{
    (void)state;
    bool is_over = false;
    for (uint64_t fail = 1; !is_over; fail++) {
        assert_true(fail < 200);
        struct stores stores;
        struct fleet *fleet = begin(&stores, 2, false);
        fleet->nodes[1].mesh_mem.fail_after = fail;
        (void)tell(fleet, &stores);
        fleet_pass(fleet, 20 * S);
        is_over = fleet->nodes[1].mesh_mem.fail_after > 0;
        fleet->nodes[1].mesh_mem.fail_after = 0;
        assert_true(whole(fleet, 1) <= 1);
        assert_true(!is_over || whole(fleet, 1) == 1);
        assert_int_equal(fleet->nodes[1].mesh->hauls_count, 0);
        end(fleet, &stores);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(large_body_is_pulled_from_who_announced_it),
        cmocka_unit_test(another_member_gives_what_the_announcer_lost),
        cmocka_unit_test(silent_or_dying_source_is_left_for_another),
        cmocka_unit_test(body_comes_along_a_line),
        cmocka_unit_test(body_that_is_here_is_not_pulled),
        cmocka_unit_test(what_is_here_and_newer_is_not_asked_for),
        cmocka_unit_test(nobody_has_it_and_it_is_given_up),
        cmocka_unit_test(bound_of_hauls_is_reached_and_not_passed),
        cmocka_unit_test(stranger_is_given_nothing),
        cmocka_unit_test(member_that_asks_wrongly_loses_its_stream),
        cmocka_unit_test(liar_is_counted_and_left_for_another),
        cmocka_unit_test(refused_memory_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
