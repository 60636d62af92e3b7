/* SPDX-License-Identifier: MIT */
#include "mesh/sync.h"

#include "base/assert.h"

enum kind { RANGES = 1, WANT = 2, ENTRY = 3, END = 4, COUNT = 5, TURN = 6, KINDS };

#define COUNT_LEN 4

static int fail(struct ghm_sync *sync, int error, const char *reason)
{
    sync->state = GHM_SYNC_FAILED;
    sync->reason = reason;
    return error;
}

/* ---- frames ---- */

static void write_head(uint8_t ret_head[GHM_SYNC_HEAD_LEN], enum kind kind, size_t len)
{
    ghm_store_be32(ret_head, (uint32_t)kind << 24 | (uint32_t)len);
}

static int say(struct ghm_sync *sync, enum kind kind, struct ghm_bytes content)
{
    uint8_t *room;
    int error = ghm_buf_reserve(&sync->out, &room, GHM_SYNC_HEAD_LEN + content.len);
    if (error != GHM_OK) return fail(sync, error, "no memory");
    write_head(room, kind, content.len);
    ghm_bytes_copy(room + GHM_SYNC_HEAD_LEN, content);
    ghm_buf_commit(&sync->out, GHM_SYNC_HEAD_LEN + content.len);
    if (kind != ENTRY) sync->told_bytes += GHM_SYNC_HEAD_LEN + content.len;
    return GHM_OK;
}

static void end_ranges(struct ghm_sync *sync, uint8_t *frame, size_t len)
{
    write_head(frame, RANGES, len);
    ghm_buf_commit(&sync->out, GHM_SYNC_HEAD_LEN + len);
    sync->told_bytes += GHM_SYNC_HEAD_LEN + len;
    sync->has_answer = !sync->is_initiator;
}

static int begin_ranges(struct ghm_sync *sync)
{
    uint8_t *frame;
    int error = ghm_buf_reserve(&sync->out, &frame, GHM_SYNC_FRAME_MAX);
    if (error != GHM_OK) return error;
    end_ranges(sync, frame, ghm_negentropy_begin(&sync->side, frame + GHM_SYNC_HEAD_LEN));
    return GHM_OK;
}

static int say_count(struct ghm_sync *sync)
{
    uint8_t count[COUNT_LEN];
    ghm_store_be32(count, (uint32_t)sync->config.count);
    return say(sync, COUNT, ghm_bytes(count, sizeof count));
}

/* ---- who begins ---- */

static void take_role(struct ghm_sync *sync, bool is_initiator)
{
    sync->is_initiator = is_initiator;
    ghm_negentropy_init(&sync->side, sync->config.items, sync->config.count,
                        is_initiator ? sync->lacking : NULL, GHM_NEGENTROPY_MESSAGE_MAX);
}

static int hear_count(struct ghm_sync *sync, struct ghm_bytes content)
{
    if (sync->config.is_opener || sync->is_settled || content.len != COUNT_LEN)
        return fail(sync, GHM_EPROTO, "a count out of place");
    sync->is_settled = true;
    if (sync->config.count <= ghm_load_be32(content.ptr)) return GHM_OK;
    take_role(sync, true);
    sync->leaves_unread = true;
    int error = say(sync, TURN, GHM_BYTES_NONE);
    return error == GHM_OK ? begin_ranges(sync) : error;
}

static int hear_turn(struct ghm_sync *sync)
{
    if (!sync->config.is_opener || sync->is_settled)
        return fail(sync, GHM_EPROTO, "a turn out of place");
    sync->is_settled = true;
    take_role(sync, false);
    return GHM_OK;
}

/* ---- what is heard ---- */

/* Which ids of the message that was just heard we lack. */
static int say_want(struct ghm_sync *sync)
{
    const struct ghm_negentropy *side = &sync->side;
    size_t past = 0;
    for (size_t i = 0;
         (i = ghm_bitset_next(side->need, side->listed_count, i)) < side->listed_count;) {
        past = ++i;
        sync->asked++;
    }
    if (past == 0) return GHM_OK;
    return say(sync, WANT, ghm_bytes(side->need, GHM_BITSET_SIZE(past)));
}

static int answer_ranges(struct ghm_sync *sync, struct ghm_bytes message)
{
    GHM_UNSET uint8_t answer[GHM_NEGENTROPY_MESSAGE_MAX];
    uint8_t *frame;
    size_t len;
    int error = ghm_negentropy_hear(&sync->side, answer, &len, message);
    if (error != GHM_OK) return fail(sync, error, sync->side.reason);
    if (sync->is_initiator) sync->lacking_from = 0; /* more is lacking, anywhere */
    if (sync->is_initiator && say_want(sync) != GHM_OK) return GHM_ENOMEM;
    if (len == 0) {
        sync->state = GHM_SYNC_SENDING;
        return GHM_OK;
    }
    error = ghm_buf_reserve(&sync->out, &frame, GHM_SYNC_HEAD_LEN + len);
    if (error != GHM_OK) return fail(sync, error, "no memory");
    memcpy(frame + GHM_SYNC_HEAD_LEN, answer, len);
    end_ranges(sync, frame, len);
    return GHM_OK;
}

static int hear_ranges(struct ghm_sync *sync, struct ghm_bytes message)
{
    if (sync->leaves_unread) {
        sync->leaves_unread = false;
        return GHM_OK;
    }
    if (sync->state != GHM_SYNC_RECONCILING) return fail(sync, GHM_EPROTO, "ranges unasked");
    if (sync->has_answer) return fail(sync, GHM_EPROTO, "ranges before the last answer was read");
    sync->is_settled = true;
    return answer_ranges(sync, message);
}

static int hear_want(struct ghm_sync *sync, struct ghm_bytes bits)
{
    const struct ghm_negentropy *side = &sync->side;
    if (sync->is_initiator || sync->state != GHM_SYNC_RECONCILING)
        return fail(sync, GHM_EPROTO, "a want out of place");
    size_t count = 8 * bits.len;
    for (size_t i = 0; (i = ghm_bitset_next(bits.ptr, count, i)) < count; i++) {
        if (i >= side->listed_count) return fail(sync, GHM_EPROTO, "a want of what was not told");
        ghm_bitset_add(sync->lacking, side->listed[i]);
        if (side->listed[i] < sync->lacking_from) sync->lacking_from = side->listed[i];
    }
    return GHM_OK;
}

static int hear_entry(struct ghm_sync *sync, struct ghm_bytes packed)
{
    bool is_over = sync->is_initiator ? false : sync->state != GHM_SYNC_RECONCILING;
    sync->heard_bytes += packed.len;
    sync->heard++;
    if (is_over) return fail(sync, GHM_EPROTO, "an entry after the end");
    if (sync->heard_bytes > sync->config.heard_bytes_max)
        return fail(sync, GHM_EPROTO, "more bytes than one may send");
    if (sync->is_initiator && sync->heard > sync->asked)
        return fail(sync, GHM_EPROTO, "more entries than were asked for");
    sync->has_entry = true;
    return GHM_OK;
}

static int hear_end(struct ghm_sync *sync)
{
    enum ghm_sync_state awaited = sync->is_initiator ? GHM_SYNC_ENDED : GHM_SYNC_RECONCILING;
    if (sync->state != awaited) return fail(sync, GHM_EPROTO, "an end out of place");
    sync->state = sync->is_initiator ? GHM_SYNC_DONE : GHM_SYNC_SENDING;
    return GHM_OK;
}

static const size_t len_max_of[] = {
    [RANGES] = GHM_NEGENTROPY_MESSAGE_MAX,
    [WANT] = GHM_BITSET_SIZE(GHM_NEGENTROPY_LISTED_MAX),
    [ENTRY] = GHM_ENVELOPE_PLAIN_MAX,
    [END] = 0,
    [COUNT] = COUNT_LEN,
    [TURN] = 0,
};

static int hear_frame(struct ghm_sync *sync)
{
    struct ghm_bytes frame = ghm_buf_bytes(&sync->in);
    struct ghm_bytes content = ghm_bytes_from(frame, GHM_SYNC_HEAD_LEN);
    GHM_ASSERT(frame.ptr != NULL);
    if (frame.ptr[0] == ENTRY) return hear_entry(sync, content);
    sync->told_bytes += frame.len;
    int error = GHM_OK;
    if (frame.ptr[0] == RANGES) error = hear_ranges(sync, content);
    if (frame.ptr[0] == WANT) error = hear_want(sync, content);
    if (frame.ptr[0] == END) error = hear_end(sync);
    if (frame.ptr[0] == COUNT) error = hear_count(sync, content);
    if (frame.ptr[0] == TURN) error = hear_turn(sync);
    ghm_buf_clear(&sync->in);
    return error;
}

/* As much as ends a head, or a frame. */
static int take(struct ghm_sync *sync, size_t *ret_taken, struct ghm_bytes in, size_t whole)
{
    size_t wanted = whole - ghm_buf_len(&sync->in);
    struct ghm_bytes some = ghm_bytes_upto(in, wanted);
    int error = ghm_buf_append(&sync->in, some);
    if (error != GHM_OK) return fail(sync, error, "no memory");
    *ret_taken += some.len;
    return some.len == wanted ? GHM_OK : GHM_EAGAIN;
}

static int take_frame(struct ghm_sync *sync, size_t *ret_taken, struct ghm_bytes in)
{
    if (ghm_buf_len(&sync->in) < GHM_SYNC_HEAD_LEN) {
        int error = take(sync, ret_taken, in, GHM_SYNC_HEAD_LEN);
        if (error != GHM_OK) return error;
    }
    const uint8_t *bytes = ghm_buf_bytes(&sync->in).ptr;
    GHM_ASSERT(bytes != NULL);
    uint32_t head = ghm_load_be32(bytes);
    unsigned kind = head >> 24;
    size_t len = head & 0xffffff;
    if (kind < RANGES || kind >= KINDS) return fail(sync, GHM_EPROTO, "an unknown kind of frame");
    if (len > len_max_of[kind]) return fail(sync, GHM_EPROTO, "a frame too long");
    return take(sync, ret_taken, ghm_bytes_from(in, *ret_taken), GHM_SYNC_HEAD_LEN + len);
}

int ghm_sync_push(struct ghm_sync *sync, size_t *ret_taken, struct ghm_bytes in, uint64_t now_ns)
{
    *ret_taken = 0;
    if (sync->state == GHM_SYNC_FAILED) return GHM_EPROTO;
    if (sync->has_entry || in.len == 0) return GHM_OK;
    if (sync->state == GHM_SYNC_DONE) return fail(sync, GHM_EPROTO, "more after the end");
    sync->has_heard = true;
    int error = take_frame(sync, ret_taken, in);
    if (error == GHM_EAGAIN) return GHM_OK;
    if (error != GHM_OK) return error;
    sync->silent_ns = now_ns + sync->config.silence_ns;
    return hear_frame(sync);
}

bool ghm_sync_next(struct ghm_sync *sync, struct ghm_bytes *ret_packed)
{
    if (!sync->has_entry) return false;
    *ret_packed = ghm_bytes_from(ghm_buf_bytes(&sync->in), GHM_SYNC_HEAD_LEN);
    /* Cleared, and what is lent stays in place until something is appended. */
    ghm_buf_clear(&sync->in);
    sync->has_entry = false;
    return true;
}

/* ---- what is sent ---- */

static bool is_open(const struct ghm_sync *sync)
{
    bool has_room = sync->sent_bytes + GHM_ENVELOPE_PLAIN_MAX <= sync->config.sent_bytes_max;
    return has_room && (sync->state == GHM_SYNC_RECONCILING || sync->state == GHM_SYNC_SENDING);
}

bool ghm_sync_is_sending(const struct ghm_sync *sync)
{
    size_t count = sync->config.count;
    return is_open(sync) && ghm_bitset_next(sync->lacking, count, sync->lacking_from) < count;
}

bool ghm_sync_due(struct ghm_sync *sync, size_t *ret_item)
{
    if (ghm_buf_len(&sync->out) > 0 || !ghm_sync_is_sending(sync)) return false;
    *ret_item = ghm_bitset_next(sync->lacking, sync->config.count, sync->lacking_from);
    ghm_bitset_remove(sync->lacking, *ret_item);
    sync->lacking_from = *ret_item + 1;
    return true;
}

int ghm_sync_give(struct ghm_sync *sync, struct ghm_bytes packed)
{
    GHM_ASSERT(packed.len <= GHM_ENVELOPE_PLAIN_MAX);
    sync->sent_bytes += packed.len;
    return say(sync, ENTRY, packed);
}

struct ghm_bytes ghm_sync_pull(struct ghm_sync *sync)
{
    bool is_end = sync->state == GHM_SYNC_SENDING && !ghm_sync_is_sending(sync);
    if (is_end && say(sync, END, GHM_BYTES_NONE) == GHM_OK)
        sync->state = sync->is_initiator ? GHM_SYNC_ENDED : GHM_SYNC_DONE;
    return ghm_buf_bytes(&sync->out);
}

void ghm_sync_pulled(struct ghm_sync *sync, size_t len, uint64_t now_ns)
{
    if (len > 0) sync->silent_ns = now_ns + sync->config.silence_ns;
    ghm_buf_drop(&sync->out, len);
    if (ghm_buf_len(&sync->out) == 0) sync->has_answer = false;
}

/* ---- life ---- */

int ghm_sync_init(struct ghm_sync *ret_sync, struct ghm_mem *mem,
                  const struct ghm_sync_config *config, uint64_t now_ns)
{
    struct ghm_sync *sync = ret_sync;
    *sync = (struct ghm_sync){.mem = mem, .config = *config, .reason = ""};
    sync->silent_ns = now_ns + config->silence_ns;
    sync->whole_ns = now_ns + config->whole_ns;
    ghm_buf_init(&sync->in, mem, GHM_SYNC_FRAME_MAX);
    ghm_buf_init(&sync->out, mem, GHM_SYNC_OUT_MAX);
    sync->lacking = ghm_mem_alloc(mem, GHM_BITSET_SIZE(config->count) + 1);
    if (sync->lacking == NULL) return GHM_ENOMEM;
    take_role(sync, config->is_opener);
    int error = config->is_opener ? say_count(sync) : GHM_OK;
    if (error == GHM_OK && config->is_opener) error = begin_ranges(sync);
    if (error != GHM_OK) ghm_sync_fini(sync);
    return error;
}

void ghm_sync_fini(struct ghm_sync *sync)
{
    if (sync->mem == NULL) return;
    ghm_buf_fini(&sync->in);
    ghm_buf_fini(&sync->out);
    ghm_mem_free(sync->mem, sync->lacking, GHM_BITSET_SIZE(sync->config.count) + 1);
    sync->lacking = NULL;
    sync->mem = NULL;
}

uint64_t ghm_sync_deadline(const struct ghm_sync *sync)
{
    bool is_over = sync->state == GHM_SYNC_DONE || sync->state == GHM_SYNC_FAILED;
    return is_over ? GHM_NEVER : ghm_deadline_first(sync->silent_ns, sync->whole_ns);
}

void ghm_sync_tick(struct ghm_sync *sync, uint64_t now_ns)
{
    if (now_ns < ghm_sync_deadline(sync)) return;
    (void)fail(sync, GHM_ETIMEOUT, "it took too long");
}

const char *ghm_sync_reason(const struct ghm_sync *sync)
{
    return sync->reason;
}
