/* SPDX-License-Identifier: MIT */
#include "mesh/sync.h"

#include "members.h"

#include <stdio.h>

#define S GHM_NS_PER_S
#define ITEMS_MAX 3000
#define ENTRY_MAX 64

/* One member: what it has, by number, and what came to it. An entry's bytes are its number. */
struct side {
    struct ghm_mem mem;
    struct ghm_sync sync;
    struct ghm_negentropy_item *items;
    size_t count;
    uint8_t has[ITEMS_MAX];
    uint8_t got[ITEMS_MAX];
    uint32_t order[ITEMS_MAX]; /* as they came */
    size_t order_count;
    size_t entry_len; /* of what it sends */
    uint8_t *way;     /* bytes to it */
    size_t way_len;
    size_t way_size;
};

struct pair {
    struct side sides[2]; /* the opener, the other */
    uint64_t now_ns;
    size_t step; /* bytes at a time; 0: all */
};

static void id_of(uint8_t ret_id[32], uint32_t n)
{
    struct ghm_entropy entropy;
    uint8_t seed[32] = {0};
    ghm_store_be32(seed, n);
    ghm_entropy_init(&entropy, seed);
    ghm_entropy_fill(&entropy, ret_id, 32);
}

/* Number n is newer than n + 1. */
static void set_items(struct side *side, uint32_t count)
{
    side->items = calloc(count + 1, sizeof *side->items);
    assert_non_null(side->items);
    for (uint32_t n = 0; n < count; n++) {
        if (side->has[n] == 0) continue;
        struct ghm_negentropy_item *item = &side->items[side->count++];
        item->place.timestamp = 1000 + n;
        item->mark = n;
        id_of(item->place.id, n);
    }
}

static struct ghm_sync_config config_of(const struct side *side, bool is_opener)
{
    return (struct ghm_sync_config){.items = side->items,
                                    .count = side->count,
                                    .is_opener = is_opener,
                                    .silence_ns = 10 * S,
                                    .whole_ns = 60 * S,
                                    .sent_bytes_max = 1 << 20,
                                    .heard_bytes_max = 2 << 20};
}

/* a number in 0..2: who has item n */
typedef int who_has(uint32_t n);

static struct pair *begin_pair(uint32_t count, who_has *who)
{
    struct pair *pair = calloc(1, sizeof *pair);
    assert_non_null(pair);
    pair->now_ns = 5 * S;
    for (int i = 0; i < 2; i++) {
        struct side *side = &pair->sides[i];
        for (uint32_t n = 0; n < count; n++)
            side->has[n] = who(n) == i || who(n) == 2 ? 1 : 0;
        set_items(side, count);
        side->entry_len = 40;
        ghm_mem_init(&side->mem, NULL, 1 << 20);
        struct ghm_sync_config config = config_of(side, i == 0);
        assert_int_equal(ghm_sync_init(&side->sync, &side->mem, &config, pair->now_ns), GHM_OK);
    }
    return pair;
}

static void end_pair(struct pair *pair)
{
    for (int i = 0; i < 2; i++) {
        struct side *side = &pair->sides[i];
        ghm_sync_fini(&side->sync);
        ghm_mem_fini(&side->mem);
        free(side->items);
        free(side->way);
    }
    free(pair);
}

static void send(struct side *to, struct ghm_bytes bytes)
{
    if (to->way_len + bytes.len > to->way_size) {
        to->way_size = 2 * (to->way_len + bytes.len);
        to->way = realloc(to->way, to->way_size);
        assert_non_null(to->way);
    }
    memcpy(to->way + to->way_len, bytes.ptr, bytes.len);
    to->way_len += bytes.len;
}

static void take_entries(struct side *side)
{
    struct ghm_bytes packed;
    while (ghm_sync_next(&side->sync, &packed)) {
        assert_true(packed.len >= 4);
        uint32_t n = ghm_load_be32(packed.ptr);
        assert_true(n < ITEMS_MAX);
        side->got[n]++;
        side->order[side->order_count++] = n;
    }
}

static bool give_entries(struct side *side)
{
    GHM_UNSET uint8_t bytes[GHM_ENVELOPE_PLAIN_MAX];
    size_t item;
    if (!ghm_sync_due(&side->sync, &item)) return false;
    memset(bytes, 0, side->entry_len);
    ghm_store_be32(bytes, side->items[item].mark);
    assert_int_equal(ghm_sync_give(&side->sync, ghm_bytes(bytes, side->entry_len)), GHM_OK);
    return true;
}

/* One thing at a side; false when there is nothing to do. */
static int turn(struct pair *pair, int i, bool *ret_moved)
{
    struct side *side = &pair->sides[i];
    size_t taken = 0;
    size_t len = pair->step == 0 || pair->step > side->way_len ? side->way_len : pair->step;
    int error = ghm_sync_push(&side->sync, &taken, ghm_bytes(side->way, len), pair->now_ns);
    if (error != GHM_OK) return error;
    if (taken > 0) memmove(side->way, side->way + taken, side->way_len - taken);
    side->way_len -= taken;
    take_entries(side);
    bool has_given = give_entries(side);
    *ret_moved |= taken > 0 || has_given;
    struct ghm_bytes out = ghm_sync_pull(&side->sync);
    if (pair->step != 0) out = ghm_bytes_upto(out, pair->step);
    if (out.len == 0) return GHM_OK;
    send(&pair->sides[1 - i], out);
    ghm_sync_pulled(&side->sync, out.len, pair->now_ns);
    *ret_moved = true;
    return GHM_OK;
}

static int run(struct pair *pair)
{
    for (bool has_moved = true; has_moved;) {
        has_moved = false;
        for (int i = 0; i < 2; i++) {
            int error = turn(pair, i, &has_moved);
            if (error != GHM_OK) return error;
        }
    }
    return GHM_OK;
}

static void assert_both_have_all(struct pair *pair, uint32_t count, who_has *who)
{
    for (uint32_t n = 0; n < count; n++)
        for (int i = 0; i < 2; i++)
            assert_int_equal(pair->sides[i].got[n], who(n) == 1 - i ? 1 : 0);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pair->sides[i].sync.state, GHM_SYNC_DONE);
        assert_true(ghm_sync_deadline(&pair->sides[i].sync) == GHM_NEVER);
    }
}

static int both(uint32_t n)
{
    (void)n;
    return 2;
}
static int initiator(uint32_t n)
{
    (void)n;
    return 0;
}
static int responder(uint32_t n)
{
    (void)n;
    return 1;
}
static int mixed(uint32_t n)
{
    return n % 7 == 3 ? 0 : n % 5 == 1 ? 1 : 2;
}
static int newest_at_responder(uint32_t n)
{
    return n < 100 ? 1 : 2;
}
static int newest_at_initiator(uint32_t n)
{
    return n < 100 ? 0 : 2;
}

static who_has *const ways[] = {both,  initiator,           responder,
                                mixed, newest_at_responder, newest_at_initiator};

static void each_gets_what_it_lacks_once(void **state)
{
    (void)state;
    static const uint32_t counts[] = {0, 1, 31, 200, 2500};
    for (size_t w = 0; w < 6; w++)
        for (size_t c = 0; c < 5; c++) {
            struct pair *pair = begin_pair(counts[c], ways[w]);
            assert_int_equal(run(pair), GHM_OK);
            assert_both_have_all(pair, counts[c], ways[w]);
            end_pair(pair);
        }
}

static void any_split_gives_the_same(void **state)
{
    (void)state;
    static const size_t steps[] = {1, 2, 3, 5, 64, 1000};
    for (size_t s = 0; s < 6; s++) {
        struct pair *pair = begin_pair(300, mixed);
        pair->step = steps[s];
        assert_int_equal(run(pair), GHM_OK);
        assert_both_have_all(pair, 300, mixed);
        end_pair(pair);
    }
}

static void the_newest_come_first(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct pair *pair = begin_pair(2500, i == 0 ? responder : initiator);
        assert_int_equal(run(pair), GHM_OK);
        assert_int_equal(pair->sides[i].order_count, 2500);
        for (uint32_t n = 0; n < 2500; n++)
            assert_int_equal(pair->sides[i].order[n], n);
        end_pair(pair);
    }
}

/* The end of the order is listed in the first answer; what differs at its beginning is found a
 * round later, when some of the end was sent already. */
static int lost_at_both_ends(uint32_t n)
{
    return n == 5 || n >= 2800 ? 0 : 2;
}

static void what_is_found_late_is_sent_too(void **state)
{
    (void)state;
    struct pair *pair = begin_pair(3000, lost_at_both_ends);
    pair->step = 64;
    assert_int_equal(run(pair), GHM_OK);
    assert_both_have_all(pair, 3000, lost_at_both_ends);
    assert_int_not_equal(pair->sides[1].order[0], 5);
    end_pair(pair);
}

/* Entries of 40 KiB: 1 MiB holds 25 of them. */
static void what_is_past_the_bound_is_for_another_time(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct pair *pair = begin_pair(100, i == 0 ? responder : initiator);
        pair->sides[1 - i].entry_len = 40960;
        assert_int_equal(run(pair), GHM_OK);
        assert_int_equal(pair->sides[0].sync.state, GHM_SYNC_DONE);
        assert_int_equal(pair->sides[1].sync.state, GHM_SYNC_DONE);
        assert_int_equal(pair->sides[i].order_count, 25);
        assert_int_equal(pair->sides[i].order[24], 24);
        assert_true(pair->sides[1 - i].mem.peak_bytes < 4 * GHM_SYNC_FRAME_MAX);
        end_pair(pair);
    }
}

/* Whoever has more begins, whoever opened: it lists little, and is told little. */
static void who_has_more_begins(void **state)
{
    (void)state;
    for (int more = 0; more < 2; more++) {
        struct pair *pair = begin_pair(2500, more == 0 ? initiator : responder);
        assert_int_equal(run(pair), GHM_OK);
        assert_true(pair->sides[more].sync.is_initiator);
        assert_false(pair->sides[!more].sync.is_initiator);
        assert_true(pair->sides[0].sync.told_bytes < 600);
        end_pair(pair);
        pair = begin_pair(2500, more == 0 ? newest_at_initiator : newest_at_responder);
        assert_int_equal(run(pair), GHM_OK);
        print_message("newest 100 of 2500: %llu bytes\n",
                      (unsigned long long)pair->sides[0].sync.told_bytes);
        assert_true(pair->sides[0].sync.told_bytes < 3000);
        end_pair(pair);
    }
}

static void the_cost_is_counted(void **state)
{
    (void)state;
    struct pair *pair = begin_pair(2500, newest_at_responder);
    assert_int_equal(run(pair), GHM_OK);
    assert_true(pair->sides[0].sync.told_bytes == pair->sides[1].sync.told_bytes);
    assert_true(pair->sides[0].sync.told_bytes < 5000);
    end_pair(pair);
    pair = begin_pair(2500, both);
    assert_int_equal(run(pair), GHM_OK);
    assert_true(pair->sides[0].sync.told_bytes < 400);
    end_pair(pair);
}

/* ---- what strangers to the rules say ---- */

static int hear(struct ghm_sync *sync, const char *bytes, size_t len)
{
    size_t taken = 0;
    struct ghm_bytes packed;
    int error = GHM_OK;
    for (size_t at = 0; error == GHM_OK && at < len; at += taken) {
        error = ghm_sync_push(sync, &taken, ghm_bytes(bytes + at, len - at), 5 * S);
        (void)ghm_sync_next(sync, &packed);
    }
    return error;
}

static void rules_are_kept(void **state)
{
    (void)state;
#define ROW(i, text, reason)                                                                       \
    {                                                                                              \
        i, text, sizeof(text) - 1, reason                                                          \
    }
    static const struct {
        int side;
        const char *bytes;
        size_t len;
        const char *reason;
    } rows[] = {
        ROW(1, "\0\0\0\0", "an unknown kind of frame"),
        ROW(1, "\7\0\0\0", "an unknown kind of frame"),
        ROW(1, "\5\0\0\5", "a frame too long"),
        ROW(1, "\6\0\0\1", "a frame too long"),
        ROW(1, "\5\0\0\3abc", "a count out of place"),
        ROW(1, "\5\0\0\4\0\0\0\x63\5\0\0\4\0\0\0\x63", "a count out of place"),
        ROW(1, "\6\0\0\0", "a turn out of place"),
        ROW(0, "\5\0\0\4\0\0\0\0", "a count out of place"),
        ROW(0, "\6\0\0\0\6\0\0\0", "a turn out of place"),
        ROW(1, "\1\1\0\1", "a frame too long"),
        ROW(1, "\2\0\1\1", "a frame too long"),
        ROW(1, "\3\0\xc0\1", "a frame too long"),
        ROW(1, "\4\0\0\1", "a frame too long"),
        ROW(1, "\1\0\0\0", "an empty message"),
        ROW(1, "\1\0\0\1\x59", "no version"),
        ROW(1, "\1\0\0\2\x61\x80", "a number not in its shortest form"),
        ROW(1, "\2\0\0\1\1", "a want of what was not told"),
        ROW(1, "\1\0\0\1\x61\1\0\0\1\x61", "ranges before the last answer was read"),
        ROW(1, "\4\0\0\0\1\0\0\1\x61", "ranges unasked"),
        ROW(1, "\4\0\0\0\2\0\0\0", "a want out of place"),
        ROW(1, "\4\0\0\0\3\0\0\1x", "an entry after the end"),
        ROW(1, "\4\0\0\0\4\0\0\0", "an end out of place"),
        ROW(0, "\2\0\0\0", "a want out of place"),
        ROW(0, "\3\0\0\1x", "more entries than were asked for"),
        ROW(0, "\4\0\0\0", "an end out of place"),
        ROW(0, "\1\0\0\1\x62", "another version"),
        ROW(0, "\1\0\0\1\x61\1\0\0\1\x61", "ranges unasked"),
    };
#undef ROW
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct pair *pair = begin_pair(50, both);
        struct ghm_sync *sync = &pair->sides[rows[i].side].sync;
        assert_int_equal(hear(sync, rows[i].bytes, rows[i].len), GHM_EPROTO);
        assert_string_equal(ghm_sync_reason(sync), rows[i].reason);
        assert_int_equal(sync->state, GHM_SYNC_FAILED);
        assert_int_equal(hear(sync, "\4\0\0\0", 4), GHM_EPROTO); /* once and for all */
        end_pair(pair);
    }
}

static void nothing_follows_the_end(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct pair *pair = begin_pair(50, both);
        assert_int_equal(run(pair), GHM_OK);
        assert_int_equal(hear(&pair->sides[i].sync, "\4\0\0\0", 4), GHM_EPROTO);
        assert_string_equal(ghm_sync_reason(&pair->sides[i].sync), "more after the end");
        end_pair(pair);
    }
}

static void floods_of_entries_end_the_session(void **state)
{
    (void)state;
    struct pair *pair = begin_pair(50, both);
    struct ghm_sync *sync = &pair->sides[1].sync;
    static char entry[4 + 49152] = "\3\0\xc0\0";
    int error = GHM_OK;
    size_t count = 0;
    for (; error == GHM_OK; count++)
        error = hear(sync, entry, sizeof entry);
    assert_int_equal(error, GHM_EPROTO);
    assert_string_equal(ghm_sync_reason(sync), "more bytes than one may send");
    assert_int_equal(count, (2 << 20) / 49152 + 1);
    assert_true(pair->sides[1].mem.peak_bytes < 3 * GHM_SYNC_FRAME_MAX);
    end_pair(pair);
}

/* Every cut of what the initiator says waits for more, every flipped bit ends within the bounds. */
static void hurt_streams_stay_within_bounds(void **state)
{
    (void)state;
    struct pair *pair = begin_pair(50, both);
    struct ghm_bytes out = ghm_sync_pull(&pair->sides[0].sync);
    for (size_t bit = 0; bit < 9 * out.len; bit++) {
        struct pair *other = begin_pair(50, mixed);
        size_t len = bit < 8 * out.len ? out.len : bit - 8 * out.len;
        char *copy = malloc(len + 1);
        assert_non_null(copy);
        memcpy(copy, out.ptr, len);
        if (bit < 8 * out.len) copy[bit / 8] = (char)(copy[bit / 8] ^ 1 << bit % 8);
        int error = hear(&other->sides[1].sync, copy, len);
        if (error != GHM_OK) assert_true(*ghm_sync_reason(&other->sides[1].sync) != '\0');
        if (len < out.len) assert_int_equal(error, GHM_OK);
        free(copy);
        end_pair(other);
    }
    end_pair(pair);
}

/* ---- time and memory ---- */

static void silence_ends_it(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct pair *pair = begin_pair(50, both);
        struct ghm_sync *sync = &pair->sides[i].sync;
        assert_true(ghm_sync_deadline(sync) == 15 * S);
        ghm_sync_pulled(&pair->sides[0].sync, 1, 7 * S);
        assert_true(ghm_sync_deadline(sync) == (i == 0 ? 17 * S : 15 * S));
        ghm_sync_tick(sync, ghm_sync_deadline(sync) - 1);
        assert_int_equal(sync->state, GHM_SYNC_RECONCILING);
        ghm_sync_tick(sync, ghm_sync_deadline(sync));
        assert_int_equal(sync->state, GHM_SYNC_FAILED);
        assert_string_equal(ghm_sync_reason(sync), "it took too long");
        assert_true(ghm_sync_deadline(sync) == GHM_NEVER);
        end_pair(pair);
    }
}

/* A frame now and again does not hold it open for ever. */
static void it_ends_however_long_the_other_speaks(void **state)
{
    (void)state;
    struct pair *pair = begin_pair(50, both);
    struct ghm_sync *sync = &pair->sides[1].sync;
    for (uint64_t at = 6; at < 65; at++) {
        size_t taken;
        struct ghm_bytes packed;
        assert_int_equal(ghm_sync_push(sync, &taken, ghm_bytes("\3\0\0\0", 4), at * S), GHM_OK);
        assert_true(ghm_sync_next(sync, &packed));
        ghm_sync_tick(sync, at * S);
        assert_int_equal(sync->state, GHM_SYNC_RECONCILING);
    }
    assert_true(ghm_sync_deadline(sync) == 65 * S);
    ghm_sync_tick(sync, 65 * S);
    assert_int_equal(sync->state, GHM_SYNC_FAILED);
    end_pair(pair);
}

static void without_memory_it_fails_and_leaves_nothing(void **state)
{
    (void)state;
    size_t failed = 0;
    for (int i = 0; i < 2; i++)
        for (uint64_t n = 1; n < 8; n++) {
            struct pair *pair = begin_pair(300, mixed);
            struct side *side = &pair->sides[i];
            struct ghm_sync_config config = config_of(side, i == 0);
            ghm_sync_fini(&side->sync);
            side->mem.fail_after = n;
            int error = ghm_sync_init(&side->sync, &side->mem, &config, pair->now_ns);
            if (error == GHM_OK) error = run(pair);
            if (error != GHM_OK) failed++;
            assert_true(error == GHM_OK || error == GHM_ENOMEM);
            side->mem.fail_after = 0;
            end_pair(pair);
        }
    assert_true(failed >= 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_gets_what_it_lacks_once),
        cmocka_unit_test(any_split_gives_the_same),
        cmocka_unit_test(the_newest_come_first),
        cmocka_unit_test(what_is_found_late_is_sent_too),
        cmocka_unit_test(what_is_past_the_bound_is_for_another_time),
        cmocka_unit_test(who_has_more_begins),
        cmocka_unit_test(the_cost_is_counted),
        cmocka_unit_test(rules_are_kept),
        cmocka_unit_test(nothing_follows_the_end),
        cmocka_unit_test(floods_of_entries_end_the_session),
        cmocka_unit_test(hurt_streams_stay_within_bounds),
        cmocka_unit_test(silence_ends_it),
        cmocka_unit_test(it_ends_however_long_the_other_speaks),
        cmocka_unit_test(without_memory_it_fails_and_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
