/* SPDX-License-Identifier: MIT */
#include "mesh/negentropy.h"

#include "base/assert.h"
#include "mesh/fingerprint.h"

#define BUCKETS 16
/* What a split takes at most: ranges with fingerprints, or one list. */
#define SPLIT_MAX (2 * BUCKETS * GHM_RANGE_ID_LEN + BUCKETS * GHM_RANGE_HEAD_MAX)
/* What ends a message that is full: a skip and the fingerprint of all the rest. */
#define TAIL_MAX (2 * GHM_RANGE_HEAD_MAX + GHM_RANGE_FINGERPRINT_LEN)

/* One message as it is heard and answered. */
struct turn {
    struct ghm_negentropy *side;
    struct ghm_range_writer out;
    size_t lower;                   /* the first item of the range in hand */
    size_t upper;                   /* past its last */
    struct ghm_range_bound skipped; /* where what needs no answer ends */
    bool has_skipped;
    bool is_full;
};

/* ---- items ---- */

static const struct ghm_range_place *place_of(const struct ghm_negentropy *side, size_t i)
{
    return &side->items[i].place;
}

/* The first item at `from` or above that is not below the bound. */
static size_t find(const struct ghm_negentropy *side, size_t from,
                   const struct ghm_range_bound *bound)
{
    size_t to = side->count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (ghm_range_compare(place_of(side, middle), &bound->place) < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

static void fingerprint_of(uint8_t ret_value[GHM_RANGE_FINGERPRINT_LEN],
                           const struct ghm_negentropy *side, size_t lower, size_t upper)
{
    struct ghm_fingerprint fingerprint = {.count = 0};
    for (size_t i = lower; i < upper; i++)
        ghm_fingerprint_add(&fingerprint, place_of(side, i)->id);
    ghm_fingerprint_end(ret_value, &fingerprint);
}

/* ---- what is said ---- */

static size_t room_of(const struct turn *turn)
{
    size_t used = turn->out.len + TAIL_MAX;
    return used < turn->side->message_max ? turn->side->message_max - used : 0;
}

static void say_skipped(struct turn *turn)
{
    if (turn->has_skipped) ghm_range_write_skip(&turn->out, &turn->skipped);
    turn->has_skipped = false;
}

static void say_fingerprint(struct turn *turn, const struct ghm_range_bound *upper_bound,
                            size_t lower, size_t upper)
{
    uint8_t value[GHM_RANGE_FINGERPRINT_LEN];
    fingerprint_of(value, turn->side, lower, upper);
    ghm_range_write_fingerprint(&turn->out, upper_bound, value);
}

/* All from `lower` on is left for another message. */
static void say_rest(struct turn *turn, size_t lower)
{
    struct ghm_range_bound end = ghm_range_end();
    say_skipped(turn);
    say_fingerprint(turn, &end, lower, turn->side->count);
    turn->is_full = true;
}

static void say_list(struct turn *turn, const struct ghm_range_bound *upper_bound, size_t lower,
                     size_t upper)
{
    struct ghm_negentropy *side = turn->side;
    ghm_range_write_ids(&turn->out, upper_bound, upper - lower);
    for (size_t i = lower; i < upper; i++) {
        ghm_range_write_id(&turn->out, place_of(side, i)->id);
        if (!side->is_initiator) side->listed[side->listed_count++] = (uint32_t)i;
    }
}

static void say_buckets(struct turn *turn, const struct ghm_range_bound *upper_bound)
{
    const struct ghm_negentropy *side = turn->side;
    size_t count = turn->upper - turn->lower;
    size_t lower = turn->lower;
    for (size_t i = 0; i < BUCKETS; i++) {
        size_t upper = lower + count / BUCKETS + (i < count % BUCKETS ? 1 : 0);
        struct ghm_range_bound bound =
            upper == turn->upper
                ? *upper_bound
                : ghm_range_between(place_of(side, upper - 1), place_of(side, upper));
        say_fingerprint(turn, &bound, lower, upper);
        lower = upper;
    }
}

static void split(struct turn *turn, const struct ghm_range_bound *upper_bound)
{
    if (room_of(turn) < SPLIT_MAX + GHM_RANGE_HEAD_MAX) {
        say_rest(turn, turn->lower);
        return;
    }
    say_skipped(turn);
    if (turn->upper - turn->lower < 2 * BUCKETS)
        say_list(turn, upper_bound, turn->lower, turn->upper);
    else
        say_buckets(turn, upper_bound);
}

/* As many of ours as there is room for. */
static void say_ours(struct turn *turn, const struct ghm_range_bound *upper_bound)
{
    size_t room = room_of(turn);
    size_t heads = 2 * GHM_RANGE_HEAD_MAX + GHM_RANGE_NUMBER_MAX;
    size_t ids_max = room > heads ? (room - heads) / GHM_RANGE_ID_LEN : 0;
    size_t upper = turn->lower + ids_max;
    if (ids_max == 0) {
        say_rest(turn, turn->lower);
        return;
    }
    say_skipped(turn);
    if (upper >= turn->upper) {
        say_list(turn, upper_bound, turn->lower, turn->upper);
        return;
    }
    struct ghm_range_bound bound =
        ghm_range_between(place_of(turn->side, upper - 1), place_of(turn->side, upper));
    say_list(turn, &bound, turn->lower, upper);
    say_rest(turn, upper);
}

/* ---- what is heard ---- */

/* Ids of one list, by their numbers in it, in the order of their bytes. */
struct heard {
    struct ghm_bytes ids;
    size_t count;
    uint16_t order[GHM_NEGENTROPY_LISTED_MAX];
    uint8_t ours[GHM_BITSET_SIZE(GHM_NEGENTROPY_LISTED_MAX)]; /* by place in `order` */
};

static const uint8_t *heard_id(const struct heard *heard, size_t at)
{
    return heard->ids.ptr + (size_t)heard->order[at] * GHM_RANGE_ID_LEN;
}

static int compare_heard(const struct heard *heard, size_t a, size_t b)
{
    return memcmp(heard_id(heard, a), heard_id(heard, b), GHM_RANGE_ID_LEN);
}

static void swap(struct heard *heard, size_t a, size_t b)
{
    uint16_t kept = heard->order[a];
    heard->order[a] = heard->order[b];
    heard->order[b] = kept;
}

static void sift_down(struct heard *heard, size_t root, size_t count)
{
    for (size_t child; (child = 2 * root + 1) < count; root = child) {
        if (child + 1 < count && compare_heard(heard, child, child + 1) < 0) child++;
        if (compare_heard(heard, root, child) >= 0) return;
        swap(heard, root, child);
    }
}

/* Heapsort: no list makes it slow. */
static void order(struct heard *heard)
{
    for (size_t i = 0; i < heard->count; i++)
        heard->order[i] = (uint16_t)i;
    for (size_t i = heard->count / 2; i-- > 0;)
        sift_down(heard, i, heard->count);
    for (size_t i = heard->count; i-- > 1;) {
        swap(heard, 0, i);
        sift_down(heard, 0, i);
    }
}

static bool has_double(const struct heard *heard)
{
    for (size_t i = 1; i < heard->count; i++)
        if (compare_heard(heard, i - 1, i) == 0) return true;
    return false;
}

static bool is_heard(struct heard *heard, const uint8_t id[GHM_RANGE_ID_LEN])
{
    size_t from = 0;
    for (size_t to = heard->count; from < to;) {
        size_t middle = from + (to - from) / 2;
        int order = memcmp(heard_id(heard, middle), id, GHM_RANGE_ID_LEN);
        if (order == 0) {
            ghm_bitset_add(heard->ours, middle);
            return true;
        }
        if (order < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return false;
}

/* What of theirs we lack, and of ours they. */
static int compare_lists(struct turn *turn, struct ghm_bytes ids)
{
    struct ghm_negentropy *side = turn->side;
    struct heard GHM_UNSET heard;
    heard.ids = ids;
    heard.count = ids.len / GHM_RANGE_ID_LEN;
    memset(heard.ours, 0, sizeof heard.ours);
    order(&heard);
    if (has_double(&heard)) {
        side->reason = "an id twice in a list";
        return GHM_EPROTO;
    }
    for (size_t i = turn->lower; i < turn->upper; i++)
        if (!is_heard(&heard, place_of(side, i)->id)) ghm_bitset_add(side->have, i);
    for (size_t i = 0; i < heard.count; i++)
        if (!ghm_bitset_has(heard.ours, i))
            ghm_bitset_add(side->need, side->listed_count + heard.order[i]);
    side->listed_count += heard.count;
    return GHM_OK;
}

static void skip(struct turn *turn, const struct ghm_range_bound *upper_bound)
{
    turn->skipped = *upper_bound;
    turn->has_skipped = true;
}

static int hear_fingerprint(struct turn *turn, const struct ghm_range *range)
{
    uint8_t ours[GHM_RANGE_FINGERPRINT_LEN];
    fingerprint_of(ours, turn->side, turn->lower, turn->upper);
    if (memcmp(ours, range->payload.ptr, sizeof ours) == 0)
        skip(turn, &range->upper);
    else
        split(turn, &range->upper);
    return GHM_OK;
}

static int hear_ids(struct turn *turn, const struct ghm_range *range)
{
    if (!turn->side->is_initiator) {
        say_ours(turn, &range->upper);
        return GHM_OK;
    }
    skip(turn, &range->upper);
    return compare_lists(turn, range->payload);
}

static int hear_range(struct turn *turn, const struct ghm_range *range)
{
    turn->upper = find(turn->side, turn->lower, &range->upper);
    switch (range->mode) {
    case GHM_RANGE_SKIP:
        skip(turn, &range->upper);
        return GHM_OK;
    case GHM_RANGE_FINGERPRINT:
        return hear_fingerprint(turn, range);
    case GHM_RANGE_IDS:
        return hear_ids(turn, range);
    }
    return GHM_OK;
}

static int hear_ranges(struct turn *turn, struct ghm_range_reader *reader)
{
    struct ghm_range range;
    int error;
    while ((error = ghm_range_next(reader, &range)) == GHM_OK) {
        /* When it is full the rest is still read: it must be well-formed as all else. */
        if (turn->is_full) continue;
        error = hear_range(turn, &range);
        if (error != GHM_OK) return error;
        turn->lower = turn->upper;
    }
    if (error == GHM_ENOTFOUND) return GHM_OK;
    turn->side->reason = reader->reason;
    return error;
}

/* ---- a side ---- */

void ghm_negentropy_init(struct ghm_negentropy *ret_side, const struct ghm_negentropy_item *items,
                         size_t count, uint8_t *have, size_t message_max)
{
    GHM_ASSERT(message_max >= GHM_NEGENTROPY_MESSAGE_MIN &&
               message_max <= GHM_NEGENTROPY_MESSAGE_MAX);
    ret_side->items = items;
    ret_side->count = count;
    ret_side->message_max = message_max;
    ret_side->is_initiator = have != NULL;
    ret_side->is_cut = false;
    ret_side->rounds = 0;
    ret_side->reason = "";
    ret_side->have = have;
    ret_side->listed_count = 0;
}

static struct turn begin_turn(struct ghm_negentropy *side, uint8_t *ret_message)
{
    struct turn turn = {.side = side};
    side->listed_count = 0;
    memset(side->need, 0, sizeof side->need);
    ghm_range_begin(&turn.out, ret_message, side->message_max);
    return turn;
}

size_t ghm_negentropy_begin(struct ghm_negentropy *side,
                            uint8_t ret_message[GHM_NEGENTROPY_MESSAGE_MAX])
{
    struct turn turn = begin_turn(side, ret_message);
    struct ghm_range_bound end = ghm_range_end();
    turn.upper = side->count;
    split(&turn, &end);
    side->rounds = 1;
    return turn.out.len;
}

static int open_message(struct ghm_negentropy *side, struct ghm_range_reader *ret_reader,
                        struct ghm_bytes message)
{
    int error = GHM_EPROTO;
    side->reason = "too many rounds";
    if (!side->is_initiator && ++side->rounds > GHM_NEGENTROPY_ROUNDS_MAX) return error;
    side->reason = "a message too long";
    if (message.len > GHM_NEGENTROPY_MESSAGE_MAX) return error;
    error = ghm_range_open(ret_reader, message);
    side->reason = ret_reader->reason;
    if (error != GHM_ENOTSUP || !side->is_initiator) return error;
    side->reason = "another version";
    return GHM_EPROTO;
}

int ghm_negentropy_hear(struct ghm_negentropy *side,
                        uint8_t ret_message[GHM_NEGENTROPY_MESSAGE_MAX], size_t *ret_len,
                        struct ghm_bytes message)
{
    struct ghm_range_reader reader;
    struct turn turn = begin_turn(side, ret_message);
    int error = open_message(side, &reader, message);
    /* Another version is answered with our own, and nothing else. */
    if (error == GHM_OK) error = hear_ranges(&turn, &reader);
    if (error != GHM_OK && error != GHM_ENOTSUP) return error;
    bool is_settled = side->is_initiator && turn.out.len == 1;
    side->is_cut = side->is_initiator && !is_settled && side->rounds == GHM_NEGENTROPY_ROUNDS_MAX;
    bool is_last = is_settled || side->is_cut;
    if (side->is_initiator && !is_last) side->rounds++;
    *ret_len = is_last ? 0 : turn.out.len;
    return GHM_OK;
}
