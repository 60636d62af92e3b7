/* SPDX-License-Identifier: MIT */
#include "mesh/antientropy.h"

#include "crypto/hash.h"
#include "fleet.h"
#include "place.h"

#define S GHM_NS_PER_S
#define MINUTE (GHM_ANTIENTROPY_PERIOD_NS + GHM_ANTIENTROPY_JITTER_NS + S)

#define COUNTED(world, node, name) atomic_load(&(world)->fleet->nodes[node].shared->counters.name)

/* A fleet whose nodes have stores, and speak all that members speak. */
struct world {
    struct fleet *fleet;
    struct place *places[FLEET_NODES_MAX];
};

static struct world *begin(int nodes_count)
{
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    world->fleet = fleet_new_speaking(nodes_count, SECRET_A, ghm_mesh_protocols);
    for (int i = 0; i < nodes_count; i++) {
        void *place;
        assert_int_equal(place_setup(&place), 0);
        world->places[i] = place;
        fleet_stop(world->fleet, i, true);
        world->fleet->nodes[i].store = world->places[i]->store;
        fleet_start(world->fleet, i, SECRET_A);
    }
    return world;
}

static void end(struct world *world)
{
    int count = world->fleet->nodes_count;
    fleet_free(world->fleet);
    for (int i = 0; i < count; i++) {
        void *place = world->places[i];
        assert_int_equal(place_teardown(&place), 0);
    }
    free(world);
}

/* Answer number n, so many seconds old. */
static void put(struct world *world, int node, unsigned n, int age_s)
{
    struct sample sample;
    sample_init(&sample, n, world->fleet->now_ms - age_s * 1000);
    ghm_hash_sha256(sample.entry.body_sha256, sample.entry.body);
    sample.entry.ttl_s = 600;
    assert_int_equal(
        ghm_store_put(world->places[node]->store, sample.variant.id, &sample.entry, 0, NOW_S),
        GHM_OK);
}

static void put_some(struct world *world, int node, unsigned from, unsigned to, int age_s)
{
    for (unsigned n = from; n < to; n++)
        put(world, node, n, age_s + (int)n % 7);
}

static uint64_t entries(const struct world *world, int node)
{
    return size_of(world->places[node]->store).entries;
}

static size_t learned(const struct world *world, int node)
{
    return fleet_count(world->fleet, node, GHM_MESH_LEARNED);
}

/* The clock stands still but for the inventory's steps. */
static void meet(struct world *world, int from, int to)
{
    fleet_bootstrap(world->fleet, from, to);
    fleet_pass(world->fleet, S / 10);
}

/* ---- what members get ---- */

static void who_comes_late_is_given_what_the_others_know(void **state)
{
    (void)state;
    for (int late = 0; late < 2; late++) {
        struct world *world = begin(2);
        put_some(world, !late, 0, 400, 60);
        meet(world, 0, 1);
        assert_int_equal(entries(world, late), 400);
        assert_int_equal(learned(world, late), 400);
        assert_int_equal(learned(world, !late), 0);
        assert_int_equal(COUNTED(world, late, sync_entries), 400);
        assert_true(COUNTED(world, late, syncs) >= 1);
        for (int i = 0; i < 2; i++)
            assert_int_equal(COUNTED(world, i, syncs_refused), 0);
        end(world);
    }
}

static void both_get_what_they_lack(void **state)
{
    (void)state;
    struct world *world = begin(2);
    put_some(world, 0, 0, 200, 30);
    put_some(world, 1, 150, 350, 30);
    meet(world, 0, 1);
    assert_int_equal(entries(world, 0), 350);
    assert_int_equal(entries(world, 1), 350);
    assert_int_equal(learned(world, 0), 150);
    assert_int_equal(learned(world, 1), 150);
    end(world);
}

/* Of one answer the newer goes to who has the older, and then both are the same. */
static void the_newer_wins_on_both_sides(void **state)
{
    (void)state;
    struct world *world = begin(2);
    put(world, 0, 1, 20);
    put(world, 1, 1, 10);
    meet(world, 0, 1);
    fleet_pass(world->fleet, MINUTE);
    for (int i = 0; i < 2; i++)
        assert_int_equal(get_sample(world->places[i]->store, 1, INT64_C(1700000000000) - 10000),
                         GHM_OK);
    assert_int_equal(learned(world, 0), 1);
    end(world);
}

static void what_is_not_fresh_stays(void **state)
{
    (void)state;
    struct world *world = begin(2);
    put_some(world, 0, 0, 50, 700);
    put_some(world, 0, 50, 80, 10);
    meet(world, 0, 1);
    assert_int_equal(entries(world, 1), 30);
    end(world);
}

/* Nothing packs it. */
static void put_large(struct world *world, int node, unsigned n, size_t len)
{
    struct sample sample;
    struct ghm_entropy entropy = entropy_of(3);
    uint8_t *body = malloc(len);
    assert_non_null(body);
    ghm_entropy_fill(&entropy, body, len);
    sample_init(&sample, n, world->fleet->now_ms);
    sample.entry.body = ghm_bytes(body, len);
    ghm_hash_sha256(sample.entry.body_sha256, sample.entry.body);
    assert_int_equal(
        ghm_store_put(world->places[node]->store, sample.variant.id, &sample.entry, 0, NOW_S),
        GHM_OK);
    free(body);
}

static size_t learned_of_len(const struct world *world, int node, size_t len)
{
    size_t count = 0;
    const struct fleet_node *at = &world->fleet->nodes[node];
    for (size_t i = 0; i < at->told_count; i++)
        count += at->told[i].type == GHM_MESH_LEARNED && at->told[i].body_len == len;
    return count;
}

/* Larger than an envelope: it is told without its body, which is pulled from who told. */
static void what_is_large_is_pulled(void **state)
{
    (void)state;
    struct world *world = begin(2);
    put_large(world, 0, 7, 60000);
    put_large(world, 0, 8, 1000000);
    put_some(world, 0, 10, 20, 10);
    meet(world, 0, 1);
    assert_int_equal(entries(world, 1), 12);
    assert_int_equal(learned(world, 1), 12);
    assert_int_equal(learned_of_len(world, 1, 60000), 1);
    assert_int_equal(learned_of_len(world, 1, 1000000), 1);
    end(world);
}

/* Larger than what is pulled: it is left out, and the rest comes. */
static void what_is_too_large_is_left_out(void **state)
{
    (void)state;
    struct world *world = begin(2);
    put_large(world, 0, 7, GHM_PULL_BODY_MAX + 1);
    put_some(world, 0, 10, 20, 10);
    meet(world, 0, 1);
    assert_int_equal(entries(world, 0), 11);
    assert_int_equal(entries(world, 1), 10);
    assert_int_equal(COUNTED(world, 1, syncs_refused), 0);
    end(world);
}

static void every_minute_one_is_asked_again(void **state)
{
    (void)state;
    struct world *world = begin(2);
    meet(world, 0, 1);
    uint64_t before = COUNTED(world, 0, syncs);
    assert_int_equal(before, 1); /* both opened one: one stands */
    put(world, 0, 1, 0);
    fleet_pass(world->fleet, GHM_ANTIENTROPY_PERIOD_NS - S);
    assert_int_equal(entries(world, 1), 0);
    fleet_pass(world->fleet, GHM_ANTIENTROPY_JITTER_NS + 2 * S);
    assert_int_equal(entries(world, 1), 1);
    assert_int_equal(COUNTED(world, 0, syncs), COUNTED(world, 1, syncs));
    assert_in_range(COUNTED(world, 0, syncs), before + 1, before + 2);
    end(world);
}

/* Node 0 asks three; the two others ask it, for it is the first that they meet. */
static void all_who_meet_are_compared_once(void **state)
{
    (void)state;
    struct world *world = begin(6);
    for (int i = 1; i < 6; i++)
        put(world, i, (unsigned)i, 5);
    for (int i = 1; i < 6; i++)
        fleet_bootstrap(world->fleet, 0, i);
    fleet_pass(world->fleet, S / 10);
    assert_int_equal(entries(world, 0), 5);
    for (int i = 1; i < 6; i++)
        assert_int_equal(COUNTED(world, i, syncs), 1);
    end(world);
}

static void equal_stores_cost_little(void **state)
{
    (void)state;
    struct world *world = begin(2);
    put_some(world, 0, 0, 900, 30);
    put_some(world, 1, 0, 900, 30);
    meet(world, 0, 1);
    uint64_t each = COUNTED(world, 0, sync_bytes) / COUNTED(world, 0, syncs);
    print_message("equal stores of 900: %llu bytes a comparison\n", (unsigned long long)each);
    assert_true(each <= 500);
    assert_int_equal(learned(world, 0) + learned(world, 1), 0);
    end(world);
}

static void a_member_that_leaves_takes_its_sessions_along(void **state)
{
    (void)state;
    struct world *world = begin(2);
    put_some(world, 0, 0, 500, 30);
    fleet_bootstrap(world->fleet, 1, 0);
    fleet_deafen(world->fleet, 1, true);
    fleet_settle(world->fleet);
    fleet_deafen(world->fleet, 1, false);
    fleet_settle(world->fleet);
    fleet_cut(world->fleet, 1);
    fleet_settle(world->fleet);
    assert_int_equal(fleet_count(world->fleet, 0, GHM_MESH_MEMBER_DOWN), 1);
    fleet_pass(world->fleet, 2 * MINUTE); /* it comes back, and gets the rest */
    assert_int_equal(entries(world, 1), 500);
    end(world);
}

static void an_idle_member_keeps_no_inventory(void **state)
{
    (void)state;
    struct world *world = begin(2);
    put_some(world, 0, 0, 900, 30);
    meet(world, 0, 1);
    assert_true(world->fleet->nodes[0].mesh_mem.peak_bytes > 900 * 128);
    size_t used = world->fleet->nodes[0].mesh_mem.used_bytes;
    for (int i = 0; i < 3; i++)
        fleet_pass(world->fleet, MINUTE);
    assert_true(world->fleet->nodes[0].mesh_mem.used_bytes <= used);
    end(world);
}

/* What came between two comparisons is in the second. */
static void each_comparison_is_of_its_own_moment(void **state)
{
    (void)state;
    struct world *world = begin(3);
    put_some(world, 0, 0, 5, 30);
    meet(world, 0, 1);
    put_some(world, 0, 5, 10, 0);
    meet(world, 0, 2);
    assert_int_equal(entries(world, 2), 10);
    end(world);
}

/* More at once than there are copies of the inventory: nobody is refused for it. */
static void many_come_at_once(void **state)
{
    (void)state;
    struct world *world = begin(FLEET_NODES_MAX);
    put_some(world, 0, 0, 100, 30);
    for (int i = 1; i < FLEET_NODES_MAX; i++)
        fleet_bootstrap(world->fleet, i, 0);
    fleet_pass(world->fleet, S / 10);
    for (int i = 1; i < FLEET_NODES_MAX; i++)
        assert_int_equal(entries(world, i), 100);
    assert_int_equal(COUNTED(world, 0, syncs_refused), 0);
    end(world);
}

/* ---- what members may not ---- */

static struct ghm_stream open_stream(struct world *world, int from, int to)
{
    struct ghm_stream stream;
    struct fleet *fleet = world->fleet;
    assert_int_equal(ghm_swarm_open(fleet->nodes[from].swarm, &stream, &fleet->nodes[to].id,
                                    GHM_ANTIENTROPY_PROTOCOL, fleet->now_ns),
                     GHM_OK);
    fleet_settle(fleet);
    return stream;
}

static void say(struct world *world, int from, struct ghm_stream stream, const char *bytes,
                size_t len)
{
    (void)!ghm_swarm_write(world->fleet->nodes[from].swarm, stream, ghm_bytes(bytes, len));
    fleet_pass(world->fleet, S / 100);
}

/* Node 1 is spoken for by the test once it is a member. */
static struct world *begin_with_dumb(void)
{
    struct world *world = begin(2);
    meet(world, 0, 1);
    world->fleet->nodes[1].is_dumb = true;
    fleet_pass(world->fleet, 40 * S); /* allowances are whole again */
    return world;
}

static void starts_are_bounded_and_counted(void **state)
{
    (void)state;
    struct world *world = begin_with_dumb();
    uint64_t before = COUNTED(world, 0, syncs_refused);
    for (uint64_t i = 1; i <= 6; i++) {
        struct ghm_stream stream = open_stream(world, 1, 0);
        say(world, 1, stream, "\1\0\0\5\x61\0\0\2\0\4\0\0\0", 13);
        uint64_t refused = COUNTED(world, 0, syncs_refused) - before;
        assert_int_equal(refused, i <= GHM_ANTIENTROPY_STARTS ? 0 : i - GHM_ANTIENTROPY_STARTS);
    }
    end(world);
}

static void one_at_a_time_of_a_member(void **state)
{
    (void)state;
    struct world *world = begin_with_dumb();
    uint64_t before = COUNTED(world, 0, syncs_refused);
    (void)open_stream(world, 1, 0);
    assert_int_equal(COUNTED(world, 0, syncs_refused), before);
    (void)open_stream(world, 1, 0);
    assert_int_equal(COUNTED(world, 0, syncs_refused), before + 1);
    end(world);
}

/* Who says nothing is given up, and what was kept for it is given back. */
static void who_is_silent_is_given_up(void **state)
{
    (void)state;
    struct world *world = begin_with_dumb();
    uint64_t before = COUNTED(world, 0, syncs_refused);
    (void)open_stream(world, 1, 0);
    fleet_pass(world->fleet, GHM_ANTIENTROPY_SILENCE_NS - S);
    assert_int_equal(COUNTED(world, 0, syncs_refused), before);
    fleet_pass(world->fleet, 2 * S);
    assert_int_equal(COUNTED(world, 0, syncs_refused), before + 1);
    end(world);
}

static void broken_rules_end_the_session_not_the_member(void **state)
{
    (void)state;
    struct world *world = begin_with_dumb();
    uint64_t before = COUNTED(world, 0, syncs_refused);
    struct ghm_stream stream = open_stream(world, 1, 0);
    say(world, 1, stream, "\7\0\0\0", 4);
    assert_int_equal(COUNTED(world, 0, syncs_refused), before + 1);
    assert_int_equal(ghm_mesh_members_count(world->fleet->nodes[0].mesh), 1);
    end(world);
}

/* A body that is not what its hash says, pushed by a member. */
static void forged_entries_are_refused_and_counted(void **state)
{
    (void)state;
    struct world *world = begin_with_dumb();
    struct ghm_mem mem;
    struct ghm_buf frame;
    struct ghm_announce_packer packer;
    struct sample sample;
    uint64_t before = COUNTED(world, 0, announces_refused);
    ghm_mem_init(&mem, NULL, 4 << 20);
    ghm_announce_packer_init(&packer, &mem);
    ghm_buf_init(&frame, &mem, 1 << 16);
    for (int i = 0; i < 3; i++) {
        uint8_t head[GHM_SYNC_HEAD_LEN];
        struct ghm_stream stream = open_stream(world, 1, 0);
        sample_init(&sample, (unsigned)i, world->fleet->now_ms + (i == 1 ? 60000 : 0));
        ghm_hash_sha256(sample.entry.body_sha256, sample.entry.body);
        if (i == 0) sample.entry.body_sha256[0] ^= 1;
        ghm_buf_clear(&frame);
        assert_int_equal(ghm_announce_pack(&frame, &packer, &sample.entry), GHM_OK);
        ghm_store_be32(head, 3U << 24 | (uint32_t)ghm_buf_len(&frame));
        say(world, 1, stream, (const char *)head, sizeof head);
        say(world, 1, stream, (const char *)ghm_buf_bytes(&frame).ptr, ghm_buf_len(&frame));
        say(world, 1, stream, "\4\0\0\0", 4);
    }
    assert_int_equal(COUNTED(world, 0, announces_refused), before + 2);
    assert_int_equal(learned(world, 0), 1); /* the last one, which is right */
    ghm_buf_fini(&frame);
    ghm_announce_packer_fini(&packer);
    ghm_mem_fini(&mem);
    end(world);
}

/* Nine members that open one each and say nothing. */
static void sessions_of_others_are_bounded(void **state)
{
    (void)state;
    struct world *world = begin(GHM_ANTIENTROPY_ACCEPTED_MAX + 2);
    int last = GHM_ANTIENTROPY_ACCEPTED_MAX + 1;
    for (int i = 1; i <= last; i++)
        fleet_bootstrap(world->fleet, i, 0);
    fleet_pass(world->fleet, 5 * S);
    uint64_t before = COUNTED(world, 0, syncs_refused);
    for (int i = 1; i <= last; i++) {
        world->fleet->nodes[i].is_dumb = true;
        (void)open_stream(world, i, 0);
        assert_int_equal(COUNTED(world, 0, syncs_refused) - before, i == last ? 1 : 0);
    }
    end(world);
}

static void push_bytes(struct world *world, size_t bytes)
{
    static char entry[4 + 49152] = "\3\0\xc0\0";
    struct ghm_stream stream = open_stream(world, 1, 0);
    for (size_t sent = 0; sent + 49152 <= bytes; sent += 49152)
        say(world, 1, stream, entry, sizeof entry);
    say(world, 1, stream, "\4\0\0\0", 4);
}

static void bytes_of_a_minute_are_bounded(void **state)
{
    (void)state;
    struct world *world = begin_with_dumb();
    uint64_t before = COUNTED(world, 0, syncs_refused);
    for (int i = 0; i < 3; i++)
        push_bytes(world, GHM_ANTIENTROPY_SENT_MAX);
    assert_true(COUNTED(world, 0, announces_refused) >= 3 * 300); /* they were no entries */
    assert_int_equal(COUNTED(world, 0, syncs_refused), before);
    push_bytes(world, 0);
    assert_int_equal(COUNTED(world, 0, syncs_refused), before + 1);
    end(world);
}

static void nothing_is_heard_after_the_end(void **state)
{
    (void)state;
    struct world *world = begin_with_dumb();
    struct ghm_stream stream = open_stream(world, 1, 0);
    say(world, 1, stream, "\4\0\0\0", 4);
    assert_int_not_equal(world->fleet->nodes[1].closed.id, stream.id);
    say(world, 1, stream, "\4\0\0\0", 4);
    assert_int_equal(world->fleet->nodes[1].closed.id, stream.id);
    end(world);
}

static void who_ends_early_is_given_up_at_once(void **state)
{
    (void)state;
    struct world *world = begin_with_dumb();
    uint64_t before = COUNTED(world, 0, syncs_refused);
    struct ghm_stream stream = open_stream(world, 1, 0);
    say(world, 1, stream, "\5\0\0\4\0\0\0\0", 8);
    ghm_swarm_finish(world->fleet->nodes[1].swarm, stream);
    fleet_pass(world->fleet, S / 100);
    assert_int_equal(COUNTED(world, 0, syncs_refused), before + 1);
    end(world);
}

/* Node `self` opens one in its minute; before it is answered the other opens one too. */
static void of_two_at_once_one_stands(void **state)
{
    (void)state;
    for (int self = 0; self < 2; self++) {
        struct world *world = begin(2);
        meet(world, 0, 1);
        struct fleet_node *node = &world->fleet->nodes[self];
        struct fleet_node *other = &world->fleet->nodes[!self];
        other->is_dumb = true;
        fleet_pass(world->fleet, GHM_ANTIENTROPY_PERIOD_NS - S);
        other->opened.id = 0;
        for (uint64_t passed = 0; other->opened.id == 0; passed += S) {
            assert_true(passed < MINUTE);
            fleet_pass(world->fleet, S);
        }
        uint64_t before = COUNTED(world, self, syncs_refused);
        struct ghm_stream ours = open_stream(world, !self, self);
        bool is_smaller =
            ghm_bytes_compare(ghm_peerid_bytes(&node->id), ghm_peerid_bytes(&other->id)) < 0;
        assert_int_equal(other->closed.id, is_smaller ? ours.id : other->opened.id);
        assert_int_equal(COUNTED(world, self, syncs_refused), before);
        end(world);
    }
}

/* A part of its own, on node 0's swarm and store. */
struct lone {
    struct world *world;
    struct ghm_announce_packer packer;
    struct ghm_antientropy part;
};

static void begin_lone(struct lone *lone)
{
    lone->world = begin(1);
    struct fleet_node *node = &lone->world->fleet->nodes[0];
    struct ghm_antientropy_config config = {
        .self = node->id, .swarm = node->swarm, .store = node->store, .packer = &lone->packer};
    ghm_announce_packer_init(&lone->packer, &node->mesh_mem);
    ghm_antientropy_init(&lone->part, &node->mesh_mem, &config, &node->entropy);
}

static void end_lone(struct lone *lone)
{
    ghm_antientropy_fini(&lone->part);
    ghm_announce_packer_fini(&lone->packer);
    end(lone->world);
}

static void come_and_go(struct ghm_antientropy *part, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        struct ghm_peerid id = {.len = 6, .bytes = {0, 4}};
        struct ghm_stream stream = {.connection = 78, .id = 2 * i + 1};
        ghm_store_be32(id.bytes + 2, i);
        ghm_antientropy_accept(part, &id, stream, 100 * S);
        ghm_antientropy_closed(part, stream);
        ghm_antientropy_join(part, &id, 100 * S);
        assert_int_equal(part->here, 1);
        assert_true(part->members.count <= GHM_ANTIENTROPY_MEMBERS_MAX);
        ghm_antientropy_leave(part, &id);
    }
}

static void members_remembered_are_bounded(void **state)
{
    (void)state;
    struct lone lone;
    begin_lone(&lone);
    come_and_go(&lone.part, GHM_ANTIENTROPY_MEMBERS_MAX + 50);
    end_lone(&lone);
}

/* One that opened a session before it was told to be here. */
static void who_has_a_session_is_not_forgotten(void **state)
{
    (void)state;
    struct lone lone;
    struct ghm_peerid early = peer_of(9);
    struct ghm_stream first = {.connection = 77, .id = 1}, second = {.connection = 77, .id = 3};
    begin_lone(&lone);
    ghm_antientropy_accept(&lone.part, &early, first, S);
    assert_int_equal(lone.part.accepted, 1);
    come_and_go(&lone.part, 2 * GHM_ANTIENTROPY_MEMBERS_MAX);
    assert_int_equal(lone.part.accepted, 1);
    ghm_antientropy_accept(&lone.part, &early, second, S);
    assert_int_equal(lone.part.accepted, 1);
    end_lone(&lone);
}

/* Who did not show the secret gets no word. */
static void strangers_are_told_nothing(void **state)
{
    (void)state;
    struct world *world = begin(2);
    put_some(world, 0, 0, 10, 5);
    world->fleet->nodes[1].is_dumb = true;
    fleet_bootstrap(world->fleet, 1, 0);
    fleet_settle(world->fleet);
    struct ghm_stream stream = open_stream(world, 1, 0);
    say(world, 1, stream, "\1\0\0\5\x61\0\0\2\0", 9);
    assert_int_equal(ghm_swarm_data(world->fleet->nodes[1].swarm, stream).len, 0);
    assert_int_equal(world->fleet->nodes[1].closed.id, stream.id);
    end(world);
}

static void without_memory_it_goes_on_later(void **state)
{
    (void)state;
    for (uint64_t n = 1; n < 60; n++) {
        struct world *world = begin(2);
        put_some(world, 0, 0, 40, 30);
        world->fleet->nodes[0].mesh_mem.fail_after = n;
        meet(world, 0, 1);
        world->fleet->nodes[0].mesh_mem.fail_after = 0;
        fleet_pass(world->fleet, 4 * MINUTE);
        assert_int_equal(entries(world, 1), 40);
        end(world);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_comes_late_is_given_what_the_others_know),
        cmocka_unit_test(both_get_what_they_lack),
        cmocka_unit_test(the_newer_wins_on_both_sides),
        cmocka_unit_test(what_is_not_fresh_stays),
        cmocka_unit_test(what_is_large_is_pulled),
        cmocka_unit_test(what_is_too_large_is_left_out),
        cmocka_unit_test(every_minute_one_is_asked_again),
        cmocka_unit_test(all_who_meet_are_compared_once),
        cmocka_unit_test(equal_stores_cost_little),
        cmocka_unit_test(a_member_that_leaves_takes_its_sessions_along),
        cmocka_unit_test(an_idle_member_keeps_no_inventory),
        cmocka_unit_test(each_comparison_is_of_its_own_moment),
        cmocka_unit_test(many_come_at_once),
        cmocka_unit_test(starts_are_bounded_and_counted),
        cmocka_unit_test(one_at_a_time_of_a_member),
        cmocka_unit_test(who_is_silent_is_given_up),
        cmocka_unit_test(broken_rules_end_the_session_not_the_member),
        cmocka_unit_test(forged_entries_are_refused_and_counted),
        cmocka_unit_test(sessions_of_others_are_bounded),
        cmocka_unit_test(bytes_of_a_minute_are_bounded),
        cmocka_unit_test(nothing_is_heard_after_the_end),
        cmocka_unit_test(who_ends_early_is_given_up_at_once),
        cmocka_unit_test(of_two_at_once_one_stands),
        cmocka_unit_test(members_remembered_are_bounded),
        cmocka_unit_test(who_has_a_session_is_not_forgotten),
        cmocka_unit_test(strangers_are_told_nothing),
        cmocka_unit_test(without_memory_it_goes_on_later),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
