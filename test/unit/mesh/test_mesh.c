/* SPDX-License-Identifier: MIT */
#include "fleet.h"

#include "mesh/announce.h"
#include "mesh/envelope.h"
#include "mesh/hello.h"
#include "mesh/pull.h"
#include "wire/varint.h"

#include <stdio.h>

#define S GHM_NS_PER_S

static uint64_t counted(_Atomic uint64_t *counter)
{
    return atomic_load(counter);
}

#define COUNTED(fleet, node, name) counted(&(fleet)->nodes[node].shared->counters.name)

static size_t members(const struct fleet *fleet, int node)
{
    return ghm_mesh_members_count(fleet->nodes[node].mesh);
}

static void say(struct fleet *fleet, int node, const char *body)
{
    assert_int_equal(fleet_announce(fleet, node, ghm_bytes_text(body)), GHM_OK);
    fleet_settle(fleet);
}

/* Two members that are connected; returns which of them opens the hello. */
static struct fleet *two_members(void)
{
    struct fleet *fleet = fleet_new(2, SECRET_A);
    fleet_bootstrap(fleet, 0, 1);
    fleet_settle(fleet);
    assert_int_equal(members(fleet, 0), 1);
    assert_int_equal(members(fleet, 1), 1);
    return fleet;
}

static int opener_of(const struct fleet *fleet)
{
    return ghm_bytes_compare(ghm_peerid_bytes(&fleet->nodes[0].id),
                             ghm_peerid_bytes(&fleet->nodes[1].id)) < 0
               ? 0
               : 1;
}

static void assert_talk_both_ways(struct fleet *fleet, const char *text)
{
    char from_0[FLEET_BODY_MAX], from_1[FLEET_BODY_MAX];
    (void)snprintf(from_0, sizeof from_0, "%s from 0", text);
    (void)snprintf(from_1, sizeof from_1, "%s from 1", text);
    say(fleet, 0, from_0);
    say(fleet, 1, from_1);
    assert_int_equal(fleet_learned(fleet, 1, from_0), 1);
    assert_int_equal(fleet_learned(fleet, 0, from_1), 1);
}

/* ---- members ---- */

static void two_become_members_both_ways(void **state)
{
    (void)state;
    for (int dialer = 0; dialer < 2; dialer++) {
        struct fleet *fleet = fleet_new(2, SECRET_A);
        fleet_bootstrap(fleet, dialer, !dialer);
        fleet_settle(fleet);
        for (int node = 0; node < 2; node++) {
            assert_int_equal(members(fleet, node), 1);
            assert_int_equal(fleet_count(fleet, node, GHM_MESH_MEMBER_UP), 1);
            assert_true(
                ghm_peerid_equal(&fleet->nodes[node].told[0].peer, &fleet->nodes[!node].id));
            assert_int_equal(atomic_load(&fleet->nodes[node].shared->connected_peers), 1);
        }
        assert_talk_both_ways(fleet, "hello");
        assert_int_equal(COUNTED(fleet, 0, announces_sent), 1);
        assert_int_equal(COUNTED(fleet, 1, announces_received), 1);
        assert_int_equal(COUNTED(fleet, 0, announces_refused), 0);
        assert_int_equal(COUNTED(fleet, 0, strangers_refused), 0);
        fleet_free(fleet);
    }
}

static void both_dial_at_once(void **state)
{
    (void)state;
    struct fleet *fleet = fleet_new(2, SECRET_A);
    fleet_bootstrap(fleet, 0, 1);
    fleet_bootstrap(fleet, 1, 0);
    fleet_pass(fleet, 120 * S);
    assert_int_equal(members(fleet, 0), 1);
    assert_int_equal(members(fleet, 1), 1);
    assert_talk_both_ways(fleet, "hello");
    assert_int_equal(COUNTED(fleet, 0, strangers_refused) + COUNTED(fleet, 1, strangers_refused),
                     0);
    fleet_free(fleet);
}

static void announcement_reaches_all(void **state)
{
    (void)state;
    char body[32];
    struct fleet *fleet = fleet_new(5, SECRET_A);
    for (int from = 0; from < 5; from++) {
        for (int to = 0; to < from; to++)
            fleet_bootstrap(fleet, from, to);
    }
    fleet_settle(fleet);
    for (int node = 0; node < 5; node++) {
        assert_int_equal(members(fleet, node), 4);
        (void)snprintf(body, sizeof body, "from %d", node);
        say(fleet, node, body);
    }
    for (int node = 0; node < 5; node++) {
        assert_int_equal(COUNTED(fleet, node, announces_sent), 4);
        assert_int_equal(COUNTED(fleet, node, announces_received), 4);
        for (int from = 0; from < 5; from++) {
            (void)snprintf(body, sizeof body, "from %d", from);
            assert_int_equal(fleet_learned(fleet, node, body), from == node ? 0 : 1);
        }
    }
    fleet_free(fleet);
}

static void rotating_members_meet(void **state)
{
    (void)state;
    struct fleet *fleet = fleet_new(2, SECRET_A);
    fleet_stop(fleet, 1, false);
    fleet_start(fleet, 1, SECRET_B "," SECRET_A); /* seals with the new, opens the old */
    fleet_bootstrap(fleet, 0, 1);
    fleet_settle(fleet);
    assert_int_equal(members(fleet, 0), 1);
    say(fleet, 0, "old");
    assert_int_equal(fleet_learned(fleet, 1, "old"), 1);
    say(fleet, 1, "new"); /* one that holds the old alone cannot read it, and says so */
    assert_int_equal(fleet_learned(fleet, 0, "new"), 0);
    assert_int_equal(COUNTED(fleet, 0, announces_refused), 1);
    assert_int_equal(members(fleet, 0), 1);
    fleet_free(fleet);
}

static void announcement_to_nobody_is_fine(void **state)
{
    (void)state;
    struct fleet *fleet = fleet_new(1, SECRET_A);
    say(fleet, 0, "hello");
    assert_int_equal(COUNTED(fleet, 0, announces_sent), 0);
    fleet_free(fleet);
}

static void largest_goes_whole_and_larger_is_told(void **state)
{
    (void)state;
    struct fleet *fleet = two_members();
    uint8_t *body = malloc(GHM_PULL_BODY_MAX + 1);
    assert_non_null(body);
    struct ghm_entropy entropy = entropy_of(3);
    ghm_entropy_fill(&entropy, body, GHM_PULL_BODY_MAX + 1);
    assert_int_equal(fleet_announce(fleet, 0, ghm_bytes(body, GHM_PULL_BODY_MAX + 1)), GHM_ELIMIT);
    assert_int_equal(fleet_announce(fleet, 0, ghm_bytes(body, 48000)), GHM_OK);
    fleet_settle(fleet);
    assert_int_equal(fleet->nodes[1].told[1].body_len, 48000);
    free(body);
    fleet_free(fleet);
}

/* ---- strangers ---- */

static void stranger_is_refused_and_not_read(void **state)
{
    (void)state;
    for (int stranger = 0; stranger < 2; stranger++) {
        struct fleet *fleet = fleet_new(2, SECRET_A);
        fleet_stop(fleet, stranger, false);
        fleet_start(fleet, stranger, SECRET_B);
        fleet_bootstrap(fleet, 0, 1);
        fleet_pass(fleet, 60 * S);
        assert_int_equal(members(fleet, 0) + members(fleet, 1), 0);
        assert_int_equal(COUNTED(fleet, 0, strangers_refused), 1);
        assert_int_equal(COUNTED(fleet, 1, strangers_refused), 1);
        assert_int_equal(fleet->nodes[0].told_count + fleet->nodes[1].told_count, 0);
        assert_int_equal(ghm_swarm_peers_count(fleet->nodes[0].swarm), 1); /* it may still ping */
        /* It opens a stream of announcements all the same. */
        struct fleet_node *node = &fleet->nodes[stranger];
        struct ghm_stream stream;
        node->is_dumb = true;
        assert_int_equal(ghm_swarm_open(node->swarm, &stream, &fleet->nodes[!stranger].id,
                                        GHM_MESH_ANNOUNCE_PROTOCOL, fleet->now_ns),
                         GHM_OK);
        assert_int_equal(ghm_swarm_write(node->swarm, stream, ghm_bytes_text("\x05hello")), GHM_OK);
        fleet_settle(fleet);
        assert_int_equal(node->closed.id, stream.id);
        assert_int_equal(COUNTED(fleet, !stranger, announces_refused), 1);
        assert_int_equal(fleet->nodes[!stranger].told_count, 0);
        fleet_free(fleet);
    }
}

/* A peer that never says its part of the hello: dropped, and dialed again later. */
static void silent_hello_times_out(void **state)
{
    (void)state;
    struct fleet *fleet = fleet_new(2, SECRET_A);
    int opener = opener_of(fleet);
    fleet->nodes[!opener].is_dumb = true; /* takes the stream and says nothing */
    fleet_bootstrap(fleet, opener, !opener);
    fleet_settle(fleet);
    fleet_pass(fleet, GHM_MESH_HELLO_WAIT_NS - 1);
    assert_int_equal(COUNTED(fleet, opener, peers_dropped), 0);
    fleet_pass(fleet, 1);
    assert_int_equal(COUNTED(fleet, opener, peers_dropped), 1);
    assert_int_equal(fleet->nodes[opener].told_count, 0);
    fleet->nodes[!opener].is_dumb = false;
    fleet_pass(fleet, 120 * S);
    assert_int_equal(members(fleet, opener), 1);
    fleet_free(fleet);
}

/* The same from the other role: it opens a hello, late, and does not end it. */
static void hello_that_is_begun_late_times_out_too(void **state)
{
    (void)state;
    struct fleet *fleet = fleet_new(2, SECRET_A);
    int opener = opener_of(fleet);
    struct fleet_node *node = &fleet->nodes[opener];
    struct ghm_stream stream;
    node->is_dumb = true;
    fleet_bootstrap(fleet, opener, !opener);
    fleet_pass(fleet, 2 * GHM_MESH_HELLO_WAIT_NS);
    assert_int_equal(COUNTED(fleet, !opener, peers_dropped), 0); /* it may ping for ever */
    assert_int_equal(ghm_swarm_open(node->swarm, &stream, &fleet->nodes[!opener].id,
                                    GHM_MESH_HELLO_PROTOCOL, fleet->now_ns),
                     GHM_OK);
    assert_int_equal(ghm_swarm_write(node->swarm, stream, ghm_bytes("\x01", 1)), GHM_OK);
    fleet_pass(fleet, GHM_MESH_HELLO_WAIT_NS - 1);
    assert_int_equal(COUNTED(fleet, !opener, peers_dropped), 0);
    fleet_pass(fleet, 1);
    assert_int_equal(COUNTED(fleet, !opener, peers_dropped), 1);
    fleet_free(fleet);
}

/* ---- a member that breaks the rules ---- */

struct hostile {
    struct fleet *fleet;
    int node; /* the one that breaks them; its victim is the other */
    struct ghm_stream stream;
};

static void hostile_open(struct hostile *h)
{
    struct fleet_node *node = &h->fleet->nodes[h->node];
    assert_int_equal(ghm_swarm_open(node->swarm, &h->stream, &h->fleet->nodes[!h->node].id,
                                    GHM_MESH_ANNOUNCE_PROTOCOL, h->fleet->now_ns),
                     GHM_OK);
}

static struct hostile hostile_new(int node)
{
    struct hostile h = {.fleet = two_members(), .node = node};
    hostile_open(&h);
    return h;
}

static void hostile_say(struct hostile *h, struct ghm_bytes bytes)
{
    assert_int_equal(ghm_swarm_write(h->fleet->nodes[h->node].swarm, h->stream, bytes), GHM_OK);
    fleet_settle(h->fleet);
}

/* A framed, sealed announcement of a body that is dated `ahead_ms` from now. */
static void hostile_seal(struct hostile *h, struct ghm_buf *buf, const char *body,
                         const struct ghm_peerid *sender, int64_t ahead_ms)
{
    struct ghm_buf packed, sealed;
    struct ghm_announce_packer packer;
    struct ghm_envelope_cipher cipher = {0};
    struct fleet_node *node = &h->fleet->nodes[h->node];
    struct ghm_entry entry = fleet_entry(h->fleet, ghm_bytes_text(body));
    entry.date_ms += ahead_ms;
    ghm_announce_packer_init(&packer, NULL);
    ghm_buf_init(&packed, NULL, GHM_ENVELOPE_PLAIN_MAX);
    ghm_buf_init(&sealed, NULL, GHM_ENVELOPE_LEN_MAX);
    ghm_buf_init(buf, NULL, 1 << 20);
    assert_int_equal(ghm_announce_pack(&packed, &packer, &entry), GHM_OK);
    struct ghm_envelope letter = {.kind = GHM_ENVELOPE_ENTRY,
                                  .sender = *sender,
                                  .sent_ms = h->fleet->now_ms,
                                  .plain = ghm_buf_bytes(&packed)};
    assert_int_equal(ghm_envelope_seal(&sealed, &cipher, &node->ring, &letter, &node->entropy),
                     GHM_OK);
    assert_int_equal(ghm_varint_append(buf, ghm_buf_len(&sealed)), GHM_OK);
    assert_int_equal(ghm_buf_append(buf, ghm_buf_bytes(&sealed)), GHM_OK);
    ghm_envelope_cipher_fini(&cipher);
    ghm_buf_fini(&sealed);
    ghm_buf_fini(&packed);
    ghm_announce_packer_fini(&packer);
}

static size_t refused(const struct hostile *h)
{
    return COUNTED(h->fleet, !h->node, announces_refused);
}

static void replayed_bytes_are_refused(void **state)
{
    (void)state;
    struct ghm_buf buf;
    struct hostile h = hostile_new(0);
    hostile_seal(&h, &buf, "once", &h.fleet->nodes[0].id, 0);
    hostile_say(&h, ghm_buf_bytes(&buf));
    assert_int_equal(fleet_learned(h.fleet, 1, "once"), 1);
    for (int i = 0; i < 3; i++)
        hostile_say(&h, ghm_buf_bytes(&buf));
    assert_int_equal(refused(&h), 3);
    hostile_open(&h); /* a new stream is no new start */
    hostile_say(&h, ghm_buf_bytes(&buf));
    fleet_pass(h.fleet, 121 * S); /* nor is time */
    hostile_open(&h);
    hostile_say(&h, ghm_buf_bytes(&buf));
    assert_int_equal(refused(&h), 5);
    assert_int_equal(fleet_learned(h.fleet, 1, "once"), 1);
    assert_int_equal(members(h.fleet, 1), 1);
    ghm_buf_fini(&buf);
    fleet_free(h.fleet);
}

static void entry_dated_ahead_is_refused(void **state)
{
    (void)state;
    struct ghm_buf buf;
    struct hostile h = hostile_new(1);
    hostile_seal(&h, &buf, "a little", &h.fleet->nodes[1].id, GHM_ANNOUNCE_AHEAD_MAX_MS);
    hostile_say(&h, ghm_buf_bytes(&buf));
    ghm_buf_fini(&buf);
    hostile_seal(&h, &buf, "too far", &h.fleet->nodes[1].id, GHM_ANNOUNCE_AHEAD_MAX_MS + 1);
    hostile_say(&h, ghm_buf_bytes(&buf));
    ghm_buf_fini(&buf);
    assert_int_equal(fleet_learned(h.fleet, 0, "a little"), 1);
    assert_int_equal(fleet_learned(h.fleet, 0, "too far"), 0);
    assert_int_equal(refused(&h), 1);
    fleet_free(h.fleet);
}

static void other_peers_name_is_refused(void **state)
{
    (void)state;
    struct ghm_buf buf;
    struct hostile h = hostile_new(0);
    struct ghm_peerid somebody = peer_of(0x77);
    hostile_seal(&h, &buf, "in another's name", &somebody, 0);
    hostile_say(&h, ghm_buf_bytes(&buf));
    ghm_buf_fini(&buf);
    assert_int_equal(refused(&h), 1);
    assert_int_equal(fleet_count(h.fleet, 1, GHM_MESH_LEARNED), 0);
    hostile_seal(&h, &buf, "in its own", &h.fleet->nodes[0].id, 0);
    hostile_say(&h, ghm_buf_bytes(&buf));
    ghm_buf_fini(&buf);
    assert_int_equal(fleet_learned(h.fleet, 1, "in its own"), 1);
    fleet_free(h.fleet);
}

/* A byte at a time, many in one piece, and a bad one among good ones. */
static void every_split_is_read(void **state)
{
    (void)state;
    struct ghm_buf good, bad;
    struct hostile h = hostile_new(0);
    hostile_seal(&h, &good, "slowly", &h.fleet->nodes[0].id, 0);
    for (size_t i = 0; i < ghm_buf_len(&good); i++) {
        assert_int_equal(fleet_learned(h.fleet, 1, "slowly"), 0);
        hostile_say(&h, ghm_bytes(ghm_buf_bytes(&good).ptr + i, 1));
    }
    assert_int_equal(fleet_learned(h.fleet, 1, "slowly"), 1);
    hostile_seal(&h, &bad, "spoilt", &h.fleet->nodes[0].id, 0);
    bad.ptr[bad.end - 1] ^= 1;
    for (int i = 0; i < 5; i++) {
        struct ghm_buf more;
        hostile_seal(&h, &more, "at once", &h.fleet->nodes[0].id, 0);
        assert_int_equal(ghm_buf_append(&bad, ghm_buf_bytes(&more)), GHM_OK);
        ghm_buf_fini(&more);
    }
    hostile_say(&h, ghm_buf_bytes(&bad));
    assert_int_equal(fleet_learned(h.fleet, 1, "at once"), 5);
    assert_int_equal(refused(&h), 1);
    ghm_buf_fini(&good);
    ghm_buf_fini(&bad);
    fleet_free(h.fleet);
}

/* Lengths that no message has: where the next one starts is lost, so the stream ends, and only it.
 */
static void malformed_stream_ends_alone_and_comes_back(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
    } bad[] = {
        {"\x00", 1},                                      /* nothing */
        {"\x80\x00", 2},                                  /* not the shortest form */
        {"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f", 10}, /* longer than any number */
        {"\xff\xff\xff\x7f", 4},                          /* past the bound */
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct hostile h = hostile_new(0);
        hostile_say(&h, ghm_bytes(bad[i].bytes, bad[i].len));
        assert_int_equal(refused(&h), 1);
        assert_int_equal(ghm_swarm_write(h.fleet->nodes[0].swarm, h.stream, ghm_bytes("x", 1)),
                         GHM_ECLOSED);
        assert_int_equal(members(h.fleet, 1), 1);
        assert_int_equal(COUNTED(h.fleet, 1, peers_dropped), 0);
        say(h.fleet, 1, "the other way goes on");
        assert_int_equal(fleet_learned(h.fleet, 0, "the other way goes on"), 1);
        hostile_open(&h);
        struct ghm_buf buf;
        hostile_seal(&h, &buf, "good again", &h.fleet->nodes[0].id, 0);
        hostile_say(&h, ghm_buf_bytes(&buf));
        assert_int_equal(fleet_learned(h.fleet, 1, "good again"), 1);
        ghm_buf_fini(&buf);
        fleet_free(h.fleet);
    }
}

/* The longest message that may be, just within and just past the bound. */
static void length_bound_is_reached_and_not_passed(void **state)
{
    (void)state;
    for (size_t over = 0; over < 2; over++) {
        struct hostile h = hostile_new(0);
        size_t len = GHM_ENVELOPE_LEN_MAX + over;
        uint8_t *bytes = calloc(1, len + GHM_VARINT_LEN_MAX);
        assert_non_null(bytes);
        size_t head = ghm_varint_encode(bytes, len);
        hostile_say(&h, ghm_bytes(bytes, head));
        assert_int_equal(refused(&h), over); /* past it, not a byte more is waited for */
        if (over == 0) hostile_say(&h, ghm_bytes(bytes + head, len));
        assert_int_equal(refused(&h), 1);
        free(bytes);
        fleet_free(h.fleet);
    }
}

/* A real stream of ours is taken away: it is opened again after its wait. */
static void lost_stream_is_opened_again(void **state)
{
    (void)state;
    for (int node = 0; node < 2; node++) {
        struct fleet *fleet = two_members();
        struct hostile h = {.fleet = fleet, .node = node};
        /* The victim takes only the latest stream: the one it had is reset by this. */
        hostile_open(&h);
        fleet_settle(fleet);
        say(fleet, node, "lost");
        assert_int_equal(fleet_learned(fleet, !node, "lost"), 0);
        fleet_pass(fleet, GHM_MESH_REOPEN_WAIT_NS);
        say(fleet, node, "heard");
        assert_int_equal(fleet_learned(fleet, !node, "heard"), 1);
        say(fleet, !node, "the other way");
        assert_int_equal(fleet_learned(fleet, node, "the other way"), 1);
        assert_int_equal(fleet_count(fleet, 0, GHM_MESH_MEMBER_UP), 1);
        assert_int_equal(fleet_count(fleet, 1, GHM_MESH_MEMBER_UP), 1);
        assert_int_equal(members(fleet, 0), 1);
        fleet_free(fleet);
    }
}

/* Somebody speaks on a stream that we opened to speak. */
static void words_on_our_own_stream_are_dropped(void **state)
{
    (void)state;
    struct fleet *fleet = fleet_new(2, SECRET_A);
    fleet_bootstrap(fleet, 0, 1);
    fleet_settle(fleet);
    struct fleet_node *node = &fleet->nodes[1];
    node->is_dumb = true;
    node->opened = (struct ghm_stream){0, 0};
    fleet->nodes[0].is_dumb = true;
    struct ghm_stream mine;
    assert_int_equal(ghm_swarm_open(fleet->nodes[0].swarm, &mine, &node->id,
                                    GHM_MESH_ANNOUNCE_PROTOCOL, fleet->now_ns),
                     GHM_OK);
    fleet_settle(fleet);
    fleet->nodes[0].is_dumb = false;
    uint8_t noise[1000] = {0};
    for (int i = 0; i < 600; i++) { /* more than any window holds */
        int error = ghm_swarm_write(node->swarm, node->opened, ghm_bytes(noise, sizeof noise));
        assert_int_equal(error, GHM_OK);
        fleet_settle(fleet);
    }
    assert_int_equal(ghm_swarm_queued(node->swarm, node->opened), 0);
    assert_int_equal(fleet_count(fleet, 0, GHM_MESH_LEARNED), 0);
    fleet_free(fleet);
}

/* ---- slow, gone, back ---- */

static void slow_member_blocks_nobody(void **state)
{
    (void)state;
    struct fleet *fleet = fleet_new(3, SECRET_A);
    struct ghm_entropy entropy = entropy_of(5);
    uint8_t *body = malloc(40000);
    assert_non_null(body);
    fleet_bootstrap(fleet, 0, 1);
    fleet_bootstrap(fleet, 0, 2);
    fleet_settle(fleet);
    fleet_deafen(fleet, 2, true);
    size_t before = fleet->nodes[0].mem.used_bytes;
    for (int i = 0; i < 100; i++) { /* 4 MB */
        ghm_entropy_fill(&entropy, body, 40000);
        assert_int_equal(fleet_announce(fleet, 0, ghm_bytes(body, 40000)), GHM_OK);
        fleet_settle(fleet);
        assert_int_equal(fleet_count(fleet, 1, GHM_MESH_LEARNED), (size_t)i + 1);
    }
    /* What waits for the slow one is bounded, and the rest was not sent to it. */
    assert_true(fleet->nodes[0].mem.used_bytes - before < GHM_MESH_PEERS_MAX * 8192 + (2 << 20));
    uint64_t sent = COUNTED(fleet, 0, announces_sent) - 100;
    assert_in_range(sent, 10, 40);
    assert_int_equal(fleet_count(fleet, 2, GHM_MESH_LEARNED), 0);
    fleet_deafen(fleet, 2, false);
    fleet_settle(fleet);
    /* It hears what was sent to it, whole and in order, and what is new. */
    assert_int_equal(fleet_count(fleet, 2, GHM_MESH_LEARNED), sent);
    say(fleet, 0, "awake again");
    assert_int_equal(fleet_learned(fleet, 2, "awake again"), 1);
    assert_int_equal(COUNTED(fleet, 2, announces_refused), 0);
    free(body);
    fleet_free(fleet);
}

/* When the connection's memory is refused in the middle, no half message stays behind. */
static void refused_memory_sends_no_half(void **state)
{
    (void)state;
    struct fleet *fleet = two_members();
    struct ghm_entropy entropy = entropy_of(6);
    static uint8_t body[30000];
    ghm_entropy_fill(&entropy, body, sizeof body);
    size_t lost = 0;
    for (uint64_t left = 0; left < 40000; left += 500) {
        /* So little may still be taken by all connections together. */
        fleet->nodes[0].mem.used_bytes_max = fleet->nodes[0].mem.used_bytes + left;
        body[0] = (uint8_t)left;
        uint64_t sent = COUNTED(fleet, 0, announces_sent);
        assert_int_equal(fleet_announce(fleet, 0, ghm_bytes(body, sizeof body)), GHM_OK);
        lost += COUNTED(fleet, 0, announces_sent) == sent;
        fleet->nodes[0].mem.used_bytes_max = 256 << 20;
        fleet_settle(fleet);
    }
    assert_true(lost > 0);
    assert_int_equal(fleet_count(fleet, 1, GHM_MESH_LEARNED) + lost, 80);
    assert_int_equal(COUNTED(fleet, 1, announces_refused), 0);
    say(fleet, 0, "whole");
    assert_int_equal(fleet_learned(fleet, 1, "whole"), 1);
    fleet_free(fleet);
}

/* A flood of one member does not hide another's word. */
static void members_take_turns(void **state)
{
    (void)state;
    struct fleet *fleet = fleet_new(3, SECRET_A);
    fleet_bootstrap(fleet, 0, 1);
    fleet_bootstrap(fleet, 0, 2);
    fleet_settle(fleet);
    fleet->nodes[0].is_still = true;
    for (int i = 0; i < 50; i++)
        say(fleet, 1, "flood");
    say(fleet, 2, "one word");
    fleet->nodes[0].is_still = false;
    size_t before = fleet->nodes[0].told_count;
    fleet_settle(fleet);
    size_t at = before;
    while (strcmp(fleet->nodes[0].told[at].body, "one word") != 0)
        at++;
    assert_true(at - before <= 2);
    assert_int_equal(fleet->nodes[0].told_count - before, 51);
    fleet_free(fleet);
}

static void member_goes_and_comes_back(void **state)
{
    (void)state;
    struct fleet *fleet = two_members();
    for (int round = 1; round <= 3; round++) {
        fleet_cut(fleet, 0);
        fleet_settle(fleet);
        for (int node = 0; node < 2; node++) {
            assert_int_equal(members(fleet, node), 0);
            assert_int_equal(atomic_load(&fleet->nodes[node].shared->connected_peers), 0);
            assert_int_equal(fleet_count(fleet, node, GHM_MESH_MEMBER_DOWN), (size_t)round);
        }
        say(fleet, 0, "to nobody");
        fleet_pass(fleet, 120 * S);
        for (int node = 0; node < 2; node++) {
            assert_int_equal(members(fleet, node), 1);
            assert_int_equal(fleet_count(fleet, node, GHM_MESH_MEMBER_UP), (size_t)round + 1);
        }
        char text[16];
        (void)snprintf(text, sizeof text, "round %d", round);
        assert_talk_both_ways(fleet, text);
    }
    assert_int_equal(fleet_learned(fleet, 1, "to nobody"), 0);
    assert_int_equal(COUNTED(fleet, 0, strangers_refused) + COUNTED(fleet, 1, strangers_refused),
                     0);
    fleet_free(fleet);
}

/* Gone and back before its MEMBER_DOWN was taken: both are told, in their order. */
static void quick_return_is_told_in_order(void **state)
{
    (void)state;
    struct fleet *fleet = two_members();
    struct fleet_node *node = &fleet->nodes[0];
    node->is_still = true;
    fleet_cut(fleet, 0);
    fleet_pass(fleet, 120 * S);
    assert_int_equal(members(fleet, 0), 1);
    node->is_still = false;
    fleet_settle(fleet);
    assert_int_equal(node->told_count, 3);
    assert_int_equal(node->told[1].type, GHM_MESH_MEMBER_DOWN);
    assert_int_equal(node->told[2].type, GHM_MESH_MEMBER_UP);
    /* And when it goes again before anything was taken, it is down once. */
    node->is_still = true;
    fleet_cut(fleet, 0);
    fleet_pass(fleet, 120 * S);
    fleet_stop(fleet, 1, false);
    fleet_settle(fleet);
    node->is_still = false;
    fleet_settle(fleet);
    assert_int_equal(node->told_count, 4);
    assert_int_equal(node->told[3].type, GHM_MESH_MEMBER_DOWN);
    assert_int_equal(members(fleet, 0), 0);
    fleet_free(fleet);
}

/* A member dies without a word (its machine, not its process) and starts again: the survivor holds
 * a dead connection for a while, and the new one must not be taken for more of the same. */
static void restarted_member_is_a_member_again(void **state)
{
    (void)state;
    for (int dead = 0; dead < 2; dead++) {
        struct fleet *fleet = two_members();
        fleet_stop(fleet, dead, true);
        fleet_start(fleet, dead, SECRET_A);
        fleet_bootstrap(fleet, dead, !dead); /* the new one dials */
        fleet_pass(fleet, 5 * S);
        /* When the new one is who greets, that is soon; else the dead connection has its time. */
        if (dead == opener_of(fleet)) assert_talk_both_ways(fleet, "soon");
        fleet_pass(fleet, 90 * S);
        assert_int_equal(members(fleet, 0), 1);
        assert_int_equal(members(fleet, 1), 1);
        assert_talk_both_ways(fleet, "again");
        fleet_free(fleet);
    }
}

/* A connection is lost in the middle of the hello while another to the same peer is up. */
static void hello_on_a_lost_connection_is_said_again(void **state)
{
    (void)state;
    struct fleet *fleet = fleet_new(2, SECRET_A);
    int opener = opener_of(fleet);
    struct fleet_node *node = &fleet->nodes[opener];
    fleet->nodes[!opener].is_dumb = true;
    fleet_bootstrap(fleet, opener, !opener);
    fleet_settle(fleet); /* the hello is said and not answered */
    struct ghm_multiaddr addr;
    uint32_t number;
    char host[32];
    (void)snprintf(host, sizeof host, "10.0.0.%d", opener + 1);
    assert_int_equal(ghm_multiaddr_of_tcp(&addr, host, 9000, GHM_BYTES_NONE), GHM_OK);
    assert_int_equal(ghm_swarm_dial(fleet->nodes[!opener].swarm, &number, &addr, fleet->now_ns),
                     GHM_OK);
    fleet_settle(fleet);
    fleet->nodes[!opener].is_dumb = false;
    /* The mesh there never heard of the peer: tell it, as the swarm did before. */
    struct ghm_swarm_event up = {.type = GHM_SWARM_PEER_UP, .peer = node->id};
    ghm_mesh_on(fleet->nodes[!opener].mesh, &up, fleet->now_ns);
    assert_int_equal(members(fleet, opener), 0);
    struct fleet_socket *first = &fleet->sockets[0];
    for (int side = 0; side < 2; side++) {
        int at = first->ends[side].node;
        first->ends[side].node = -1;
        ghm_swarm_hangup(fleet->nodes[at].swarm, first->ends[side].connection, fleet->now_ns);
    }
    fleet_pass(fleet, 5 * S);
    assert_int_equal(ghm_swarm_peers_count(node->swarm), 1);
    assert_int_equal(COUNTED(fleet, opener, strangers_refused), 0);
    assert_int_equal(members(fleet, opener), 1);
    assert_int_equal(members(fleet, !opener), 1);
    fleet_free(fleet);
}

/* What a member says after its hello on the same stream costs it that stream and nothing else. */
static void words_after_the_hello_cost_the_stream(void **state)
{
    (void)state;
    struct fleet *fleet = fleet_new(2, SECRET_A);
    int opener = opener_of(fleet);
    struct fleet_node *node = &fleet->nodes[opener];
    struct ghm_hello hello;
    struct ghm_stream stream;
    node->is_dumb = true;
    fleet_bootstrap(fleet, opener, !opener);
    fleet_settle(fleet);
    ghm_hello_init(&hello, true, &node->ring, &node->id, &fleet->nodes[!opener].id, &node->entropy);
    assert_int_equal(ghm_swarm_open(node->swarm, &stream, &fleet->nodes[!opener].id,
                                    GHM_MESH_HELLO_PROTOCOL, fleet->now_ns),
                     GHM_OK);
    while (hello.state != GHM_HELLO_DONE) {
        struct ghm_bytes out = ghm_hello_pull(&hello);
        if (out.len > 0) assert_int_equal(ghm_swarm_write(node->swarm, stream, out), GHM_OK);
        ghm_hello_pulled(&hello, out.len);
        fleet_settle(fleet);
        struct ghm_bytes in = ghm_swarm_data(node->swarm, stream);
        assert_int_equal(ghm_hello_push(&hello, in), GHM_OK);
        ghm_swarm_data_drop(node->swarm, stream, in.len);
    }
    assert_int_equal(members(fleet, !opener), 1);
    assert_int_equal(ghm_swarm_write(node->swarm, stream, ghm_bytes_text("more")), GHM_OK);
    fleet_settle(fleet);
    assert_int_equal(node->closed.id, stream.id);
    assert_int_equal(members(fleet, !opener), 1);
    assert_int_equal(COUNTED(fleet, !opener, strangers_refused), 0);
    fleet_pass(fleet, 60 * S);
    assert_int_equal(members(fleet, !opener), 1);
    fleet_free(fleet);
}

/* A member that greets again with the wrong secret is none any more. */
static void member_that_fails_a_later_hello_is_dropped(void **state)
{
    (void)state;
    struct fleet *fleet = two_members();
    int opener = opener_of(fleet);
    struct fleet_node *node = &fleet->nodes[opener];
    struct ghm_keyring wrong = ring_of(SECRET_B);
    struct ghm_hello hello;
    struct ghm_stream stream;
    node->is_dumb = true;
    ghm_hello_init(&hello, true, &wrong, &node->id, &fleet->nodes[!opener].id, &node->entropy);
    assert_int_equal(ghm_swarm_open(node->swarm, &stream, &fleet->nodes[!opener].id,
                                    GHM_MESH_HELLO_PROTOCOL, fleet->now_ns),
                     GHM_OK);
    assert_int_equal(ghm_swarm_write(node->swarm, stream, ghm_hello_pull(&hello)), GHM_OK);
    fleet_settle(fleet);
    assert_int_equal(members(fleet, !opener), 0);
    assert_int_equal(COUNTED(fleet, !opener, strangers_refused), 1);
    assert_int_equal(fleet_count(fleet, !opener, GHM_MESH_MEMBER_DOWN), 1);
    fleet_free(fleet);
}

/* The first hello could not be opened for want of memory: it is tried again. */
static void refused_hello_is_tried_again(void **state)
{
    (void)state;
    struct fleet *fleet = fleet_new(2, SECRET_A);
    int opener = opener_of(fleet);
    struct fleet_node *node = &fleet->nodes[opener];
    struct ghm_swarm_event up = {.type = GHM_SWARM_PEER_UP, .peer = fleet->nodes[!opener].id};
    /* Before there is a connection, no stream can be opened. */
    ghm_mesh_on(node->mesh, &up, fleet->now_ns);
    node->is_dumb = true; /* it was told already */
    fleet_bootstrap(fleet, opener, !opener);
    fleet_settle(fleet);
    node->is_dumb = false;
    fleet_pass(fleet, GHM_MESH_REOPEN_WAIT_NS);
    assert_int_equal(members(fleet, opener), 1);
    assert_int_equal(members(fleet, !opener), 1);
    fleet_free(fleet);
}

/* ---- bounds ---- */

static void bound_of_peers_is_reached_and_not_passed(void **state)
{
    (void)state;
    struct fleet *fleet = fleet_new(1, SECRET_A);
    struct fleet_node *node = &fleet->nodes[0];
    struct ghm_swarm_event event = {.type = GHM_SWARM_PEER_UP};
    size_t used = 0;
    for (unsigned i = 0; i < GHM_MESH_PEERS_MAX + 10; i++) {
        event.peer = peer_of(0x55);
        event.peer.bytes[10] = (uint8_t)i;
        event.peer.bytes[11] = (uint8_t)(i >> 8);
        ghm_mesh_on(node->mesh, &event, fleet->now_ns);
        if (i + 1 == GHM_MESH_PEERS_MAX) used = node->mesh_mem.used_bytes;
    }
    assert_int_equal(node->mesh_mem.used_bytes, used);
    /* One goes, one may come. */
    event.type = GHM_SWARM_PEER_DOWN;
    event.peer.bytes[10] = 3;
    event.peer.bytes[11] = 0;
    ghm_mesh_on(node->mesh, &event, fleet->now_ns);
    assert_true(node->mesh_mem.used_bytes < used);
    event.type = GHM_SWARM_PEER_UP;
    ghm_mesh_on(node->mesh, &event, fleet->now_ns);
    assert_int_equal(node->mesh_mem.used_bytes, used);
    fleet_free(fleet);
}

/* A whole conversation with each allocation of the mesh refused in turn: nothing leaks, nothing
 * breaks, and when memory is there again the two are members again. */
static void refused_memory_is_survived(void **state)
{
    (void)state;
    bool is_over = false;
    for (uint64_t fail = 1; !is_over; fail++) {
        assert_true(fail < 100);
        struct fleet *fleet = fleet_new(2, SECRET_A);
        fleet->nodes[0].mesh_mem.fail_after = fail;
        fleet_bootstrap(fleet, 0, 1);
        fleet_settle(fleet);
        for (int i = 0; i < 3; i++) {
            int error = fleet_announce(fleet, 0, ghm_bytes_text("hello"));
            assert_true(error == GHM_OK || error == GHM_ENOMEM);
            (void)!fleet_announce(fleet, 1, ghm_bytes_text("hello"));
            fleet_settle(fleet);
        }
        is_over = fleet->nodes[0].mesh_mem.fail_after > 0;
        fleet->nodes[0].mesh_mem.fail_after = 0;
        fleet_pass(fleet, 180 * S);
        assert_int_equal(members(fleet, 0), 1);
        assert_talk_both_ways(fleet, "in the end");
        fleet_free(fleet);
    }
}

static void new_needs_memory_and_free_takes_null(void **state)
{
    (void)state;
    struct ghm_mem mem;
    struct ghm_mesh *mesh;
    struct ghm_entropy entropy = entropy_of(1);
    struct ghm_keyring ring = ring_of(SECRET_A);
    struct ghm_key key;
    uint8_t seed[32] = {1};
    ghm_key_from_seed(&key, seed);
    struct ghm_mesh_config config = {.keyring = &ring, .identity = &key, .self = peer_of(1)};
    ghm_mem_init(&mem, NULL, 1 << 20);
    mem.fail_after = 1;
    assert_int_equal(ghm_mesh_new(&mesh, &mem, &config, &entropy), GHM_ENOMEM);
    assert_int_equal(ghm_mesh_new(&mesh, &mem, &config, &entropy), GHM_OK);
    ghm_mesh_free(mesh);
    ghm_mesh_free(NULL);
    ghm_mem_fini(&mem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_become_members_both_ways),
        cmocka_unit_test(both_dial_at_once),
        cmocka_unit_test(announcement_reaches_all),
        cmocka_unit_test(rotating_members_meet),
        cmocka_unit_test(announcement_to_nobody_is_fine),
        cmocka_unit_test(largest_goes_whole_and_larger_is_told),
        cmocka_unit_test(stranger_is_refused_and_not_read),
        cmocka_unit_test(silent_hello_times_out),
        cmocka_unit_test(hello_that_is_begun_late_times_out_too),
        cmocka_unit_test(replayed_bytes_are_refused),
        cmocka_unit_test(entry_dated_ahead_is_refused),
        cmocka_unit_test(other_peers_name_is_refused),
        cmocka_unit_test(every_split_is_read),
        cmocka_unit_test(malformed_stream_ends_alone_and_comes_back),
        cmocka_unit_test(length_bound_is_reached_and_not_passed),
        cmocka_unit_test(lost_stream_is_opened_again),
        cmocka_unit_test(words_on_our_own_stream_are_dropped),
        cmocka_unit_test(slow_member_blocks_nobody),
        cmocka_unit_test(refused_memory_sends_no_half),
        cmocka_unit_test(members_take_turns),
        cmocka_unit_test(member_goes_and_comes_back),
        cmocka_unit_test(quick_return_is_told_in_order),
        cmocka_unit_test(restarted_member_is_a_member_again),
        cmocka_unit_test(hello_on_a_lost_connection_is_said_again),
        cmocka_unit_test(words_after_the_hello_cost_the_stream),
        cmocka_unit_test(member_that_fails_a_later_hello_is_dropped),
        cmocka_unit_test(refused_hello_is_tried_again),
        cmocka_unit_test(bound_of_peers_is_reached_and_not_passed),
        cmocka_unit_test(refused_memory_is_survived),
        cmocka_unit_test(new_needs_memory_and_free_takes_null),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
