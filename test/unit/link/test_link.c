/* SPDX-License-Identifier: MIT */
#include "link/link.h"

#include "crypto/noise.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define MIB (1 << 20)
#define NOW (5 * GHM_NS_PER_S)
#define EVENTS_MAX 1024

static const char *const protocols[] = {"/echo/1", "/hold/1", NULL};
static uint8_t pattern[MIB];
static enum ghm_link_security security; /* what dialers offer in the tests now run */

struct side {
    struct ghm_mem mem;
    struct ghm_key key;
    struct ghm_peerid id;
    struct ghm_link *link;
    size_t events_count;
    struct ghm_link_event events[EVENTS_MAX];
};

struct pair {
    struct side d, l; /* dialer, listener */
};

static void make_key(struct side *side, uint8_t first)
{
    uint8_t seed[32] = {first}, proto[GHM_KEY_ED25519_PROTO_LEN];
    ghm_key_from_seed(&side->key, seed);
    ghm_key_encode(proto, &side->key);
    ghm_peerid_of_key(&side->id, ghm_bytes(proto, sizeof proto));
}

static int start_side(struct side *side, bool is_dialer, const struct ghm_peerid *expected)
{
    uint8_t seed[32] = {is_dialer};
    struct ghm_entropy entropy;
    struct ghm_link_config config = {.is_dialer = is_dialer,
                                     .identity = &side->key,
                                     .protocols = protocols,
                                     .security = security};
    if (expected != NULL) config.expected = *expected;
    ghm_entropy_init(&entropy, seed);
    return ghm_link_new(&side->link, &side->mem, &config, &entropy, NOW);
}

static struct pair *new_pair(void)
{
    struct pair *p = calloc(1, sizeof *p);
    assert_non_null(p);
    make_key(&p->d, 1);
    make_key(&p->l, 2);
    ghm_mem_init(&p->d.mem, NULL, GHM_LINK_MEM_MAX);
    ghm_mem_init(&p->l.mem, NULL, GHM_LINK_MEM_MAX);
    return p;
}

static struct pair *start_pair(void)
{
    struct pair *p = new_pair();
    assert_int_equal(start_side(&p->d, true, &p->l.id), GHM_OK);
    assert_int_equal(start_side(&p->l, false, NULL), GHM_OK);
    return p;
}

static void stop_pair(struct pair *p)
{
    ghm_link_free(p->d.link);
    ghm_link_free(p->l.link);
    ghm_mem_fini(&p->d.mem);
    ghm_mem_fini(&p->l.mem);
    free(p);
}

static void drain(struct side *side)
{
    struct ghm_link_event event;
    while (ghm_link_next(side->link, &event)) {
        assert_true(side->events_count < EVENTS_MAX);
        side->events[side->events_count++] = event;
    }
}

static int move(struct side *from, struct side *to, size_t piece, bool *ret_moved)
{
    struct ghm_bytes out = ghm_bytes_upto(ghm_link_pull(from->link), piece);
    if (out.len == 0) return GHM_OK;
    *ret_moved = true;
    int error = ghm_link_push(to->link, out, NOW);
    ghm_link_pulled(from->link, out.len);
    drain(to);
    return error;
}

/* Until nothing moves; the first error, if any. */
static int pump(struct pair *p, size_t piece)
{
    bool moved = true;
    drain(&p->d);
    drain(&p->l);
    while (moved) {
        moved = false;
        int error = move(&p->d, &p->l, piece, &moved);
        if (error == GHM_OK) error = move(&p->l, &p->d, piece, &moved);
        if (error != GHM_OK) return error;
    }
    return GHM_OK;
}

static struct pair *up_pair(void)
{
    struct pair *p = start_pair();
    assert_int_equal(pump(p, SIZE_MAX), GHM_OK);
    assert_int_equal(ghm_link_state(p->d.link), GHM_LINK_UP);
    assert_int_equal(ghm_link_state(p->l.link), GHM_LINK_UP);
    return p;
}

static const struct ghm_link_event *last(const struct side *side, enum ghm_link_event_type type)
{
    for (size_t i = side->events_count; i > 0; i--) {
        if (side->events[i - 1].type == type) return &side->events[i - 1];
    }
    fail_msg("no event %d", (int)type);
    return &side->events[0];
}

static size_t count(const struct side *side, enum ghm_link_event_type type)
{
    size_t n = 0;
    for (size_t i = 0; i < side->events_count; i++)
        n += side->events[i].type == type;
    return n;
}

static void flight(struct side *from, struct side *to)
{
    bool moved;
    assert_int_equal(move(from, to, SIZE_MAX, &moved), GHM_OK);
}

static void three_flights_to_the_first_request(void **state)
{
    (void)state;
    struct pair *p = start_pair();
    uint32_t id;
    struct ghm_bytes out = ghm_link_pull(p->d.link);
    assert_true(ghm_bytes_starts(out, ghm_bytes_text("\x13/multistream/1.0.0\n\x07/noise\n")));
    assert_int_equal(out.len, 28 + 2 + 32); /* and Noise message 1 behind */
    assert_int_equal(ghm_link_open(p->d.link, &id, "/echo/1", NOW), GHM_ECLOSED);
    flight(&p->d, &p->l);
    flight(&p->l, &p->d); /* the agreement in the clear */
    flight(&p->l, &p->d); /* Noise message 2 */
    assert_int_equal(p->d.events[0].type, GHM_LINK_SECURED);
    assert_true(ghm_peerid_equal(ghm_link_peer(p->d.link), &p->l.id));
    assert_int_equal(ghm_link_open(p->d.link, &id, "/echo/1", NOW), GHM_OK);
    assert_int_equal(ghm_link_write(p->d.link, id, ghm_bytes_text("ask")), GHM_OK);
    flight(&p->d, &p->l);
    assert_int_equal(p->l.events[0].type, GHM_LINK_SECURED);
    assert_true(ghm_peerid_equal(ghm_link_peer(p->l.link), &p->d.id));
    assert_int_equal(p->l.events[1].type, GHM_LINK_OPENED);
    assert_ptr_equal(p->l.events[1].protocol, protocols[0]);
    assert_int_equal(p->l.events[2].type, GHM_LINK_DATA);
    assert_true(ghm_bytes_equal(ghm_link_data(p->l.link, id), ghm_bytes_text("ask")));
    stop_pair(p);
}

/* The same with TLS: as many flights. */
static void three_flights_with_tls_too(void **state)
{
    (void)state;
    struct pair *p = start_pair();
    uint32_t id;
    struct ghm_bytes out = ghm_link_pull(p->d.link);
    assert_true(
        ghm_bytes_starts(out, ghm_bytes_text("\x13/multistream/1.0.0\n\x0b/tls/1.0.0\n\x16")));
    flight(&p->d, &p->l);
    flight(&p->l, &p->d); /* the agreement in the clear */
    flight(&p->l, &p->d); /* all that the listener says in the handshake */
    assert_int_equal(p->d.events[0].type, GHM_LINK_SECURED);
    assert_int_equal(ghm_link_open(p->d.link, &id, "/echo/1", NOW), GHM_OK);
    assert_int_equal(ghm_link_write(p->d.link, id, ghm_bytes_text("ask")), GHM_OK);
    flight(&p->d, &p->l);
    assert_int_equal(p->l.events[0].type, GHM_LINK_SECURED);
    assert_int_equal(p->l.events[1].type, GHM_LINK_OPENED);
    assert_true(ghm_bytes_equal(ghm_link_data(p->l.link, id), ghm_bytes_text("ask")));
    stop_pair(p);
}

/* Nothing is sent behind a first offer that has a second: it could not be unsent. */
static void two_offers_are_made_by_turns(void **state)
{
    (void)state;
    static const struct {
        enum ghm_link_security security;
        const char *offer;
        const char *second;
    } cases[] = {
        {GHM_LINK_NOISE_THEN_TLS, "\x13/multistream/1.0.0\n\x07/noise\n", "\x0b/tls/1.0.0\n"},
        {GHM_LINK_TLS_THEN_NOISE, "\x13/multistream/1.0.0\n\x0b/tls/1.0.0\n", "\x07/noise\n"},
    };
    for (size_t i = 0; i < 2; i++) {
        /* The first is taken. */
        security = cases[i].security;
        struct pair *p = start_pair();
        assert_true(ghm_bytes_equal(ghm_link_pull(p->d.link), ghm_bytes_text(cases[i].offer)));
        assert_int_equal(pump(p, SIZE_MAX), GHM_OK);
        assert_int_equal(ghm_link_state(p->d.link), GHM_LINK_UP);
        assert_int_equal(ghm_link_state(p->l.link), GHM_LINK_UP);
        stop_pair(p);
        /* It is refused, and then the second is. */
        p = start_pair();
        ghm_link_pulled(p->d.link, ghm_link_pull(p->d.link).len);
        const char *no = "\x13/multistream/1.0.0\n\x03na\n";
        assert_int_equal(ghm_link_push(p->d.link, ghm_bytes_text(no), NOW), GHM_OK);
        assert_true(ghm_bytes_equal(ghm_link_pull(p->d.link), ghm_bytes_text(cases[i].second)));
        assert_int_equal(ghm_link_push(p->d.link, ghm_bytes_text("\x03na\n"), NOW), GHM_ENOTSUP);
        stop_pair(p);
        /* It is refused, and the second taken: the listener is one of ours from there on. */
        p = start_pair();
        ghm_link_pulled(p->d.link, ghm_link_pull(p->d.link).len);
        assert_int_equal(ghm_link_push(p->d.link, ghm_bytes_text(no), NOW), GHM_OK);
        assert_int_equal(ghm_link_push(p->l.link, ghm_bytes_text("\x13/multistream/1.0.0\n"), NOW),
                         GHM_OK);
        struct ghm_bytes out = ghm_link_pull(p->l.link);
        ghm_link_pulled(p->l.link, out.len);
        assert_int_equal(pump(p, SIZE_MAX), GHM_OK);
        assert_int_equal(ghm_link_state(p->d.link), GHM_LINK_UP);
        assert_int_equal(ghm_link_state(p->l.link), GHM_LINK_UP);
        stop_pair(p);
    }
}

static void many_frames_share_one_record(void **state)
{
    (void)state;
    struct pair *p = up_pair();
    for (int i = 0; i < 20; i++) {
        uint32_t id;
        assert_int_equal(ghm_link_open(p->d.link, &id, "/hold/1", NOW), GHM_OK);
        assert_int_equal(ghm_link_write(p->d.link, id, ghm_bytes(pattern, 3000)), GHM_OK);
    }
    struct ghm_bytes out = ghm_link_pull(p->d.link);
    assert_int_equal(ghm_load_be16(out.ptr) + 2, out.len);
    assert_true(out.len > 20 * 3000);
    stop_pair(p);
}

/* ---- splits ---- */

static void story_of(const struct side *side, char *ret_story, size_t max)
{
    size_t at = 0;
    ret_story[0] = '\0';
    for (uint32_t id = 0; id < 8; id++) {
        for (size_t i = 0; i < side->events_count; i++) {
            if (side->events[i].id != id) continue;
            char letter = "SORDFCL"[side->events[i].type];
            if (letter == 'D' && at > 0 && ret_story[at - 1] == 'D') continue;
            at += (size_t)snprintf(ret_story + at, max - at, "%c", letter);
        }
        at += (size_t)snprintf(ret_story + at, max - at, "%zu/", ghm_link_data(side->link, id).len);
    }
}

static void converse(size_t piece, char *ret_dialer, char *ret_listener, size_t max)
{
    struct pair *p = start_pair();
    uint32_t a, b;
    assert_int_equal(pump(p, piece), GHM_OK);
    assert_int_equal(ghm_link_open(p->d.link, &a, "/hold/1", NOW), GHM_OK);
    assert_int_equal(ghm_link_write(p->d.link, a, ghm_bytes(pattern, 500)), GHM_OK);
    ghm_link_finish(p->d.link, a);
    assert_int_equal(ghm_link_open(p->d.link, &b, "/nobody/1", NOW), GHM_OK);
    assert_int_equal(ghm_link_write(p->d.link, b, ghm_bytes(pattern, 50)), GHM_OK);
    assert_int_equal(ghm_link_open(p->l.link, &b, "/echo/1", NOW), GHM_OK);
    assert_int_equal(pump(p, piece), GHM_OK);
    story_of(&p->d, ret_dialer, max);
    story_of(&p->l, ret_listener, max);
    stop_pair(p);
}

static void all_splits_tell_the_same(void **state)
{
    (void)state;
    char dialer[256], listener[256], d[256], l[256];
    converse(SIZE_MAX, dialer, listener, sizeof dialer);
    assert_string_equal(dialer, "S0/R0/O0/C0/0/0/0/0/");
    assert_string_equal(listener, "S0/ODF500/R0/0/0/0/0/0/");
    for (size_t piece = 1; piece < 80; piece += piece < 8 ? 1 : 9) {
        converse(piece, d, l, sizeof d);
        assert_string_equal(d, dialer);
        assert_string_equal(l, listener);
    }
}

static void exchange_a_mebibyte(struct pair *p, uint32_t id)
{
    assert_int_equal(ghm_link_write(p->d.link, id, ghm_bytes(pattern, MIB)), GHM_OK);
    assert_int_equal(pump(p, 60000), GHM_OK);
    assert_int_equal(ghm_link_write(p->l.link, id, ghm_bytes(pattern, MIB)), GHM_OK);
    size_t there = 0, back = 0;
    for (int turn = 0; there < MIB || back < MIB; turn++) {
        assert_true(turn < 1000);
        assert_int_equal(pump(p, 50000), GHM_OK);
        struct ghm_bytes in = ghm_link_data(p->l.link, id);
        assert_memory_equal(in.ptr, pattern + there, in.len);
        there += in.len;
        ghm_link_data_drop(p->l.link, id, in.len);
        in = ghm_link_data(p->d.link, id);
        assert_memory_equal(in.ptr, pattern + back, in.len);
        back += in.len;
        ghm_link_data_drop(p->d.link, id, in.len);
        p->d.events_count = p->l.events_count = 0;
    }
    assert_int_equal(pump(p, 50000), GHM_OK); /* the last window updates */
}

static void a_mebibyte_goes_both_ways_at_once(void **state)
{
    (void)state;
    struct pair *p = up_pair();
    uint32_t id;
    assert_int_equal(ghm_link_open(p->d.link, &id, "/hold/1", NOW), GHM_OK);
    exchange_a_mebibyte(p, id);
    stop_pair(p);
}

/* Eight mebibytes each way leave no buffer behind. */
static void link_is_small_after_a_transfer(void **state)
{
    (void)state;
    struct pair *p = up_pair();
    uint32_t id;
    assert_int_equal(ghm_link_open(p->d.link, &id, "/hold/1", NOW), GHM_OK);
    for (int i = 0; i < 8; i++)
        exchange_a_mebibyte(p, id);
    assert_true(p->d.mem.used_bytes <= GHM_LINK_IDLE_MAX);
    assert_true(p->l.mem.used_bytes <= GHM_LINK_IDLE_MAX);
    print_message("after 8 MiB each way: %zu and %zu bytes\n", p->d.mem.used_bytes,
                  p->l.mem.used_bytes);
    stop_pair(p);
}

/* ---- what a peer can do wrong ---- */

static void other_peer_than_expected_is_refused(void **state)
{
    (void)state;
    struct pair *p = new_pair();
    assert_int_equal(start_side(&p->d, true, &p->d.id), GHM_OK);
    assert_int_equal(start_side(&p->l, false, NULL), GHM_OK);
    assert_int_equal(pump(p, SIZE_MAX), GHM_EAUTH);
    assert_int_equal(ghm_link_state(p->d.link), GHM_LINK_OVER);
    assert_true(strlen(ghm_link_reason(p->d.link)) > 0);
    assert_int_equal(p->d.events_count + p->l.events_count, 0);
    assert_int_equal(ghm_link_push(p->d.link, ghm_bytes("x", 1), NOW), GHM_ECLOSED);
    assert_int_equal(ghm_link_deadline(p->d.link), GHM_NEVER);
    stop_pair(p);
}

static void handshake_has_ten_seconds(void **state)
{
    (void)state;
    struct pair *p = start_pair();
    static const char header[] = "\x13/multistream/1.0.0\n";
    uint64_t end = NOW + GHM_LINK_HANDSHAKE_NS;
    assert_int_equal(ghm_link_deadline(p->l.link), end);
    for (size_t i = 0; i < 20; i++) { /* a byte now and then wins no time */
        assert_int_equal(ghm_link_push(p->l.link, ghm_bytes(&header[i], 1), NOW + i), GHM_OK);
    }
    assert_int_equal(ghm_link_deadline(p->l.link), end);
    assert_int_equal(ghm_link_tick(p->l.link, end - 1), GHM_OK);
    assert_int_equal(ghm_link_tick(p->l.link, end), GHM_ETIMEOUT);
    assert_int_equal(ghm_link_state(p->l.link), GHM_LINK_OVER);
    stop_pair(p);
}

static void stream_negotiation_has_ten_seconds(void **state)
{
    (void)state;
    struct pair *p = up_pair();
    uint32_t id;
    assert_int_equal(ghm_link_open(p->d.link, &id, "/hold/1", NOW), GHM_OK);
    uint64_t end = NOW + GHM_LINK_NEGOTIATION_NS;
    assert_int_equal(ghm_link_deadline(p->d.link), end);
    assert_int_equal(ghm_link_tick(p->d.link, end - 1), GHM_OK);
    drain(&p->d);
    assert_int_equal(count(&p->d, GHM_LINK_CLOSED), 0);
    assert_int_equal(ghm_link_tick(p->d.link, end), GHM_OK);
    drain(&p->d);
    assert_int_equal(last(&p->d, GHM_LINK_CLOSED)->error, GHM_ETIMEOUT);
    assert_int_equal(ghm_link_deadline(p->d.link), NOW + 30 * GHM_NS_PER_S);
    stop_pair(p);
}

static void no_channel_is_not_supported(void **state)
{
    (void)state;
    struct pair *p = start_pair();
    const char *answer = "\x13/multistream/1.0.0\n\x03na\n";
    assert_int_equal(ghm_link_push(p->d.link, ghm_bytes_text(answer), NOW), GHM_ENOTSUP);
    const char *proposal = "\x13/multistream/1.0.0\n\x0b/plaintext\n";
    assert_int_equal(ghm_link_push(p->l.link, ghm_bytes_text(proposal), NOW), GHM_OK);
    assert_true(ghm_bytes_equal(ghm_link_pull(p->l.link), ghm_bytes_text(answer)));
    /* bytes sent behind a refused proposal are no message */
    assert_int_equal(ghm_link_push(p->l.link, ghm_bytes("\0\x20", 2), NOW), GHM_EPROTO);
    stop_pair(p);
}

static void chatter_before_the_channel_is_bounded(void **state)
{
    (void)state;
    struct pair *p = start_pair();
    uint8_t message[1026] = {0x80, 0x08};
    memset(message + 2, 'x', 1024);
    message[1025] = '\n';
    assert_int_equal(ghm_link_push(p->l.link, ghm_bytes_text("\x13/multistream/1.0.0\n"), NOW),
                     GHM_OK);
    size_t before = p->l.mem.used_bytes;
    int error = GHM_OK;
    for (int i = 0; error == GHM_OK; i++) {
        assert_true(i < 17);
        for (size_t j = 0; error == GHM_OK && j < sizeof message; j++)
            error = ghm_link_push(p->l.link, ghm_bytes(message + j, 1), NOW);
    }
    assert_int_equal(error, GHM_EPROTO);
    assert_true(p->l.mem.peak_bytes - before < 3000);
    stop_pair(p);
}

static void broken_yamux_says_goodbye(void **state)
{
    (void)state;
    struct pair *p = start_pair();
    uint32_t id;
    assert_int_equal(pump(p, SIZE_MAX), GHM_OK);
    assert_int_equal(ghm_link_open(p->l.link, &id, "/hold/1", NOW), GHM_OK);
    assert_int_equal(pump(p, SIZE_MAX), GHM_OK);
    /* every flipped bit of a record fails its tag */
    assert_int_equal(ghm_link_write(p->d.link, id, ghm_bytes_text("hello")), GHM_OK);
    struct ghm_bytes out = ghm_link_pull(p->d.link);
    uint8_t broken[200];
    memcpy(broken, out.ptr, out.len);
    broken[out.len - 3] ^= 4;
    assert_int_equal(ghm_link_push(p->l.link, ghm_bytes(broken, out.len), NOW), GHM_EAUTH);
    drain(&p->l);
    assert_int_equal(last(&p->l, GHM_LINK_CLOSED)->error, GHM_ECLOSED);
    assert_int_equal(ghm_link_open(p->l.link, &id, "/hold/1", NOW), GHM_ECLOSED);
    stop_pair(p);
}

static void leaving_tells_both(void **state)
{
    (void)state;
    struct pair *p = up_pair();
    uint32_t id;
    assert_int_equal(ghm_link_open(p->d.link, &id, "/hold/1", NOW), GHM_OK);
    assert_int_equal(pump(p, SIZE_MAX), GHM_OK);
    ghm_link_leave(p->l.link, GHM_ECLOSED);
    ghm_link_leave(p->l.link, GHM_ECLOSED);
    assert_int_equal(pump(p, SIZE_MAX), GHM_OK);
    assert_int_equal(count(&p->l, GHM_LINK_CLOSED), 1);
    assert_int_equal(count(&p->d, GHM_LINK_LEAVING), 1);
    assert_int_equal(ghm_link_open(p->d.link, &id, "/hold/1", NOW), GHM_ECLOSED);
    stop_pair(p);
}

/* TLS ends with a word of its own, behind the goodbye and once: RFC 8446 section 6.1. */
static void leaving_ends_the_channel(void **state)
{
    (void)state;
    struct pair *p = up_pair();
    ghm_link_leave(p->l.link, GHM_ECLOSED);
    struct ghm_bytes goodbye = ghm_link_pull(p->l.link);
    if (security == GHM_LINK_TLS) {
        size_t alert_len = 5 + 2 + 1 + 16; /* head, alert, its type, tag */
        size_t record_len = 5 + ghm_load_be16(goodbye.ptr + 3);
        assert_int_equal(goodbye.len, record_len + alert_len);
        assert_int_equal(ghm_load_be16(goodbye.ptr + record_len + 3), alert_len - 5);
    }
    ghm_link_pulled(p->l.link, goodbye.len);
    struct ghm_bytes rest = ghm_link_pull(p->l.link);
    assert_int_equal(rest.len, 0);
    stop_pair(p);
}

static void handshake_survives_no_flipped_bit(void **state)
{
    (void)state;
    bool is_tls = security == GHM_LINK_TLS;
    for (size_t at = 0; at < (is_tls ? 2600 : 600); at += is_tls ? 7 : 1) {
        struct pair *p = start_pair();
        size_t seen = 0;
        int error = GHM_OK;
        bool has_flipped = false;
        while (error == GHM_OK) {
            struct side *from = &p->d, *to = &p->l;
            struct ghm_bytes out = ghm_link_pull(from->link);
            if (out.len == 0) {
                from = &p->l;
                to = &p->d;
                out = ghm_link_pull(from->link);
            }
            if (out.len == 0) break;
            uint8_t copy[2048];
            memcpy(copy, out.ptr, out.len);
            if (at >= seen && at < seen + out.len) {
                copy[at - seen] ^= (uint8_t)(1 << at % 8);
                has_flipped = true;
            }
            seen += out.len;
            size_t len = out.len;
            error = ghm_link_push(to->link, ghm_bytes(copy, len), NOW);
            ghm_link_pulled(from->link, len);
        }
        bool is_up =
            ghm_link_state(p->d.link) == GHM_LINK_UP && ghm_link_state(p->l.link) == GHM_LINK_UP;
        assert_int_equal(is_up, !has_flipped);
        stop_pair(p);
    }
}

/* One allocation refused at each step: an error or a later success, and nothing is lost. */
static void every_refused_allocation_is_survived(void **state)
{
    (void)state;
    for (uint64_t n = 1; n < 90; n++) {
        for (int who = 0; who < 2; who++) {
            struct pair *p = new_pair();
            struct ghm_mem *mem = who == 0 ? &p->d.mem : &p->l.mem;
            mem->fail_after = n;
            int error = start_side(&p->d, true, &p->l.id);
            if (error == GHM_OK) error = start_side(&p->l, false, NULL);
            if (error == GHM_OK) error = pump(p, 500);
            for (int i = 0; error == GHM_OK && i < 3; i++) {
                uint32_t id;
                error = ghm_link_open(p->d.link, &id, i == 1 ? "/no/1" : "/hold/1", NOW);
                if (error == GHM_OK) {
                    error = ghm_link_write(p->d.link, id, ghm_bytes(pattern, 3000));
                }
                ghm_link_finish(p->d.link, id);
                if (error == GHM_OK) error = pump(p, 2000);
                if (error == GHM_OK) error = pump(p, 2000);
            }
            assert_true(error == GHM_OK || error == GHM_ENOMEM);
            stop_pair(p);
        }
    }
}

static void idle_link_is_small(void **state)
{
    (void)state;
    struct pair *p = up_pair();
    print_message("idle links hold %zu (dialer) and %zu (listener) bytes\n", p->d.mem.used_bytes,
                  p->l.mem.used_bytes);
    assert_true(p->d.mem.used_bytes < 16384 && p->l.mem.used_bytes < 16384);
    stop_pair(p);
}

static void states_have_texts(void **state)
{
    (void)state;
    for (int i = GHM_LINK_SELECTING; i <= GHM_LINK_OVER; i++)
        assert_true(strlen(ghm_link_state_text((enum ghm_link_state)i)) > 0);
}

static void too_long_a_protocol_is_refused(void **state)
{
    (void)state;
    struct pair *p = up_pair();
    static char name[2000];
    const char *const names[] = {name, NULL};
    uint32_t id;
    memset(name, 'n', sizeof name - 1);
    assert_int_equal(ghm_link_open(p->d.link, &id, name, NOW), GHM_EINVAL);
    assert_int_equal(pump(p, SIZE_MAX), GHM_OK);
    assert_int_equal(p->d.events_count, 1);
    struct ghm_link_config config = {.identity = &p->d.key, .protocols = names};
    struct ghm_entropy entropy = {{1}};
    struct ghm_link *link;
    assert_int_equal(ghm_link_new(&link, &p->d.mem, &config, &entropy, NOW), GHM_EINVAL);
    stop_pair(p);
}

/* Old peers name no muxer in Noise: a responder of ours without the list is played by Noise alone.
 */
static void muxer_is_agreed_by_multistream_too(void **state)
{
    (void)state;
    struct pair *p = new_pair();
    struct ghm_noise *noise;
    struct ghm_entropy entropy = {{3}};
    struct ghm_noise_config config = {.identity = &p->l.key};
    enum ghm_noise_event event;
    assert_int_equal(start_side(&p->d, true, &p->l.id), GHM_OK);
    assert_int_equal(ghm_noise_new(&noise, &p->l.mem, &config, &entropy), GHM_OK);
    struct ghm_bytes out = ghm_link_pull(p->d.link);
    assert_int_equal(ghm_noise_push(noise, ghm_bytes_from(out, 28)), GHM_OK);
    ghm_link_pulled(p->d.link, out.len);
    const char *agreed = "\x13/multistream/1.0.0\n\x07/noise\n";
    assert_int_equal(ghm_link_push(p->d.link, ghm_bytes_text(agreed), NOW), GHM_OK);
    out = ghm_noise_pull(noise);
    assert_int_equal(ghm_link_push(p->d.link, out, NOW), GHM_OK);
    ghm_noise_pulled(noise, out.len);
    drain(&p->d);
    assert_int_equal(ghm_link_state(p->d.link), GHM_LINK_MUXING);
    assert_int_equal(p->d.events_count, 0);
    out = ghm_link_pull(p->d.link);
    assert_int_equal(ghm_noise_push(noise, out), GHM_OK);
    ghm_link_pulled(p->d.link, out.len);
    assert_true(ghm_noise_next(noise, &event));
    const char *proposal = "\x13/multistream/1.0.0\n\x0d/yamux/1.0.0\n";
    assert_true(ghm_bytes_equal(ghm_noise_plain(noise), ghm_bytes_text(proposal)));
    /* the answer in two records, and a yamux ping right behind it */
    assert_int_equal(ghm_noise_write(noise, ghm_bytes(proposal, 25)), GHM_OK);
    assert_int_equal(ghm_noise_write(noise, ghm_bytes(proposal + 25, 9)), GHM_OK);
    assert_int_equal(ghm_noise_write(noise, ghm_bytes("\0\2\0\1\0\0\0\0\0\0\0\7", 12)), GHM_OK);
    out = ghm_noise_pull(noise);
    for (size_t i = 0; i < out.len; i++)
        assert_int_equal(ghm_link_push(p->d.link, ghm_bytes_upto(ghm_bytes_from(out, i), 1), NOW),
                         GHM_OK);
    drain(&p->d);
    assert_int_equal(ghm_link_state(p->d.link), GHM_LINK_UP);
    assert_int_equal(p->d.events[0].type, GHM_LINK_SECURED);
    ghm_noise_plain_drop(noise, ghm_noise_plain(noise).len);
    assert_int_equal(ghm_noise_push(noise, ghm_link_pull(p->d.link)), GHM_OK);
    assert_true(ghm_bytes_equal(ghm_noise_plain(noise), ghm_bytes("\0\2\0\2\0\0\0\0\0\0\0\7", 12)));
    ghm_noise_free(noise);
    stop_pair(p);
}

int main(void)
{
    for (size_t i = 0; i < sizeof pattern; i++)
        pattern[i] = (uint8_t)(i * 31 + (i >> 8));
    const struct CMUnitTest of_noise[] = {
        cmocka_unit_test(three_flights_to_the_first_request),
        cmocka_unit_test(many_frames_share_one_record),
        cmocka_unit_test(muxer_is_agreed_by_multistream_too),
    };
    const struct CMUnitTest of_tls[] = {
        cmocka_unit_test(three_flights_with_tls_too),
        cmocka_unit_test(two_offers_are_made_by_turns),
    };
    const struct CMUnitTest of_both[] = {
        cmocka_unit_test(all_splits_tell_the_same),
        cmocka_unit_test(a_mebibyte_goes_both_ways_at_once),
        cmocka_unit_test(link_is_small_after_a_transfer),
        cmocka_unit_test(other_peer_than_expected_is_refused),
        cmocka_unit_test(handshake_has_ten_seconds),
        cmocka_unit_test(stream_negotiation_has_ten_seconds),
        cmocka_unit_test(no_channel_is_not_supported),
        cmocka_unit_test(chatter_before_the_channel_is_bounded),
        cmocka_unit_test(broken_yamux_says_goodbye),
        cmocka_unit_test(leaving_tells_both),
        cmocka_unit_test(leaving_ends_the_channel),
        cmocka_unit_test(handshake_survives_no_flipped_bit),
        cmocka_unit_test(every_refused_allocation_is_survived),
        cmocka_unit_test(idle_link_is_small),
        cmocka_unit_test(states_have_texts),
        cmocka_unit_test(too_long_a_protocol_is_refused),
    };
    int failed = cmocka_run_group_tests_name("noise alone", of_noise, NULL, NULL);
    failed += cmocka_run_group_tests_name("noise", of_both, NULL, NULL);
    security = GHM_LINK_TLS;
    failed += cmocka_run_group_tests_name("tls", of_both, NULL, NULL);
    failed += cmocka_run_group_tests_name("tls alone", of_tls, NULL, NULL);
    return failed;
}
