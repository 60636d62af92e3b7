/* SPDX-License-Identifier: MIT */
#include "link/yamux.h"

#include "base/assert.h"

#define GHM_YAMUX_STREAMS_MAX (GHM_YAMUX_INBOUND_MAX + GHM_YAMUX_OUTBOUND_MAX)

void ghm_yamux_init(struct ghm_yamux *y, struct ghm_mem *mem, bool is_client,
                    const uint8_t seed[16], uint64_t now_ns)
{
    *y = (struct ghm_yamux){
        .mem = mem,
        .is_client = is_client,
        .next_id = is_client ? 1 : 2,
        .heard_ns = now_ns,
        .now_ns = now_ns,
        .pinged_ns = GHM_NEVER,
        .reason = "",
    };
    ghm_map_init(&y->streams, mem, GHM_YAMUX_STREAMS_MAX, seed);
    ghm_rtt_init(&y->rtt);
    ghm_list_init(&y->senders);
    ghm_list_init(&y->tellers);
    ghm_buf_init(&y->out, mem, GHM_YAMUX_BATCH_MAX);
    ghm_buf_init(&y->refusals, mem, (size_t)GHM_YAMUX_REFUSALS_MAX * GHM_FRAME_LEN);
}

/* ---- streams ---- */

static struct ghm_substream *find(const struct ghm_yamux *y, uint32_t id)
{
    struct ghm_map_node *node = ghm_map_find(&y->streams, ghm_bytes(&id, sizeof id));
    return node == NULL ? NULL : GHM_LIST_OF(node, struct ghm_substream, by_id);
}

static void count(struct ghm_yamux *y, const struct ghm_substream *s, int change)
{
    uint32_t *counter = s->is_inbound ? &y->inbound : &y->outbound;
    *counter += (uint32_t)change;
    if (!s->is_inbound && !s->is_acked) y->unacked += (uint32_t)change;
}

static void forget(struct ghm_yamux *y, struct ghm_substream *s)
{
    count(y, s, -1);
    y->grown -= s->window.size - GHM_WINDOW_MIN;
    ghm_map_remove(&y->streams, &s->by_id);
    ghm_substream_fini(s);
    ghm_mem_free(y->mem, s, sizeof *s);
}

void ghm_yamux_fini(struct ghm_yamux *y)
{
    struct ghm_map_node *node;
    while ((node = ghm_map_next(&y->streams, NULL)) != NULL) {
        forget(y, GHM_LIST_OF(node, struct ghm_substream, by_id));
    }
    ghm_map_fini(&y->streams);
    ghm_buf_fini(&y->out);
    ghm_buf_fini(&y->refusals);
}

/* After any change: into the lists it now belongs to, or out of the session. */
static void settle(struct ghm_yamux *y, struct ghm_substream *s)
{
    if (ghm_substream_is_over(s)) {
        forget(y, s);
        return;
    }
    if (s->news != 0 && ghm_list_is_empty(&s->to_tell)) ghm_list_append(&y->tellers, &s->to_tell);
    if (!ghm_substream_has_frame(s)) {
        ghm_list_remove(&s->to_send);
    } else if (ghm_list_is_empty(&s->to_send)) {
        ghm_list_append(&y->senders, &s->to_send);
    }
}

static int take_in(struct ghm_yamux *y, struct ghm_substream **ret_stream, uint32_t id,
                   bool is_inbound)
{
    struct ghm_substream *s = ghm_mem_alloc(y->mem, sizeof *s);
    if (s == NULL) return GHM_ENOMEM;
    const struct ghm_substream_config config = {id, is_inbound, y->now_ns};
    ghm_substream_init(s, y->mem, &config);
    int error = ghm_map_insert(&y->streams, &s->by_id, ghm_bytes(&s->id, sizeof s->id));
    if (error != GHM_OK) {
        ghm_mem_free(y->mem, s, sizeof *s);
        return error;
    }
    count(y, s, 1);
    *ret_stream = s;
    return GHM_OK;
}

/* ---- receiving ---- */

static int fail(struct ghm_yamux *y, const char *reason)
{
    y->reason = reason;
    ghm_yamux_leave(y, GHM_FRAME_PROTOCOL, GHM_ECLOSED);
    return GHM_EPROTO;
}

static int refuse(struct ghm_yamux *y, uint32_t id)
{
    uint8_t frame[GHM_FRAME_LEN];
    ghm_frame_encode(frame, &(struct ghm_frame){GHM_FRAME_WINDOW, GHM_FRAME_RST, id, 0});
    int error = ghm_buf_append(&y->refusals, ghm_bytes(frame, sizeof frame));
    return error == GHM_ELIMIT ? fail(y, "yamux: stream flood") : error;
}

static bool is_ours(const struct ghm_yamux *y, uint32_t id)
{
    return (id % 2 == 1) == y->is_client;
}

/* A SYN. Past a bound the stream is refused and the session lives. */
static int on_syn(struct ghm_yamux *y, struct ghm_substream **ret_stream, uint32_t id)
{
    *ret_stream = NULL;
    if (is_ours(y, id)) return fail(y, "yamux: peer opened a stream with our parity");
    if (!ghm_syn_admit(&y->opened, id)) return fail(y, "yamux: stream id used twice");
    if (y->inbound == GHM_YAMUX_INBOUND_MAX) return refuse(y, id);
    int error = take_in(y, ret_stream, id, true);
    return error == GHM_OK ? GHM_OK : refuse(y, id);
}

/* Frames for streams that we have forgotten are in flight for a while and mean nothing. So does the
 * end of one that the peer opened and gave up before its SYN was due, with its first data (rust).
 * Other frames for streams that never were are a broken peer. */
static int on_stranger(struct ghm_yamux *y, const struct ghm_frame *frame)
{
    uint32_t id = frame->stream;
    bool is_end = (frame->flags & (GHM_FRAME_RST | GHM_FRAME_FIN)) != 0 && frame->length == 0;
    bool was = is_ours(y, id) ? id < y->next_id : is_end || ghm_syn_has(&y->opened, id);
    return was ? GHM_OK : fail(y, "yamux: frame for a stream never opened");
}

static void on_ack(struct ghm_yamux *y, struct ghm_substream *s)
{
    if (s->is_inbound || s->is_acked) return;
    s->is_acked = true;
    y->unacked--;
}

static int on_window(struct ghm_yamux *y, struct ghm_substream *s, const struct ghm_frame *frame)
{
    if (ghm_substream_credit(s, frame->length) != GHM_OK) return fail(y, "yamux: window overflow");
    if (frame->flags & GHM_FRAME_FIN) ghm_substream_remote_fin(s);
    return GHM_OK;
}

/* Larger only when what came before is mostly read, and within the bounds of the header. */
static bool may_grow(const struct ghm_yamux *y, const struct ghm_substream *s)
{
    size_t size = s->window.size;
    return size < GHM_WINDOW_MAX && ghm_buf_len(&s->recv) < size / 2 &&
           size <= GHM_YAMUX_GROWN_MAX - y->grown && size <= ghm_mem_room(y->mem) / 4;
}

static void pace(struct ghm_yamux *y, struct ghm_substream *s, uint32_t len)
{
    enum ghm_window_pace pace = ghm_window_push(&s->window, len, y->now_ns, y->rtt.estimate_ns);
    if (pace == GHM_WINDOW_OPEN) return;
    if (ghm_rtt_ask(&y->rtt, y->now_ns)) y->owes_ping = true;
    if (pace == GHM_WINDOW_SLOW || !may_grow(y, s)) return;
    y->grown += s->window.size;
    ghm_substream_widen(s, s->window.size);
}

static int on_data(struct ghm_yamux *y, struct ghm_substream *s, const struct ghm_frame *frame)
{
    if (ghm_substream_announce(s, frame->length) != GHM_OK) {
        return fail(y, "yamux: data beyond the window");
    }
    pace(y, s, frame->length);
    y->body_fin = (frame->flags & GHM_FRAME_FIN) != 0;
    if (frame->length == 0 && y->body_fin) ghm_substream_remote_fin(s);
    return GHM_OK;
}

static int on_known(struct ghm_yamux *y, struct ghm_substream *s, const struct ghm_frame *frame)
{
    if (frame->flags & GHM_FRAME_ACK) on_ack(y, s);
    if (frame->flags & GHM_FRAME_RST) {
        ghm_substream_lose(s, GHM_ECLOSED);
        return GHM_OK;
    }
    return frame->type == GHM_FRAME_DATA ? on_data(y, s, frame) : on_window(y, s, frame);
}

static int on_stream_frame(struct ghm_yamux *y, const struct ghm_frame *frame)
{
    struct ghm_substream *s = find(y, frame->stream);
    if (frame->type == GHM_FRAME_DATA) {
        y->body_id = frame->stream;
        y->body_left = frame->length;
        y->body_fin = false;
    }
    if (frame->flags & GHM_FRAME_SYN) {
        /* Before anything is registered: no stream may begin with more than its window. */
        if (frame->type == GHM_FRAME_DATA && frame->length > GHM_WINDOW_MIN) {
            return fail(y, "yamux: data beyond the window");
        }
        int error = on_syn(y, &s, frame->stream);
        if (error != GHM_OK || s == NULL) return error;
    }
    if (s == NULL) return on_stranger(y, frame);
    int error = on_known(y, s, frame);
    if (error == GHM_OK) settle(y, s);
    return error;
}

/* Pongs have a fixed place, and the oldest goes unanswered; a flood ends the session. */
static int on_ping(struct ghm_yamux *y, const struct ghm_frame *frame)
{
    if ((frame->flags & GHM_FRAME_SYN) == 0) {
        ghm_rtt_answered(&y->rtt, frame->length, y->now_ns);
        return GHM_OK;
    }
    if (y->pongs_count == GHM_YAMUX_PONGS_MAX) {
        if (++y->pings_lost > GHM_YAMUX_PINGS_MAX) return fail(y, "yamux: a flood of pings");
        memmove(y->pongs, y->pongs + 1, sizeof y->pongs - sizeof y->pongs[0]);
        y->pongs_count--;
    }
    y->pongs[y->pongs_count++] = frame->length;
    return GHM_OK;
}

static void on_goaway(struct ghm_yamux *y, const struct ghm_frame *frame)
{
    if (y->has_left) return;
    y->has_left = true;
    y->tells_left = true;
    y->is_left_badly = frame->length != GHM_FRAME_NORMAL;
}

static int on_frame(struct ghm_yamux *y)
{
    struct ghm_frame frame;
    if (ghm_frame_decode(&frame, y->head) != GHM_OK) return fail(y, "yamux: bad frame");
    switch (frame.type) {
    case GHM_FRAME_DATA:
    case GHM_FRAME_WINDOW:
        return on_stream_frame(y, &frame);
    case GHM_FRAME_PING:
        return on_ping(y, &frame);
    case GHM_FRAME_GOAWAY:
        on_goaway(y, &frame);
        return GHM_OK;
    }
    GHM_UNREACHABLE();
}

static struct ghm_bytes take_body(struct ghm_yamux *y, struct ghm_bytes in)
{
    struct ghm_bytes body = ghm_bytes_upto(in, y->body_left);
    struct ghm_substream *s = find(y, y->body_id);
    y->body_left -= (uint32_t)body.len;
    if (s != NULL) {
        ghm_substream_store(s, body);
        if (y->body_left == 0 && y->body_fin) ghm_substream_remote_fin(s);
        settle(y, s);
    }
    return ghm_bytes_from(in, body.len);
}

static struct ghm_bytes take_head(struct ghm_yamux *y, struct ghm_bytes in)
{
    struct ghm_bytes part = ghm_bytes_upto(in, (size_t)(GHM_FRAME_LEN - y->head_len));
    memcpy(y->head + y->head_len, part.ptr, part.len);
    y->head_len = (uint8_t)(y->head_len + part.len);
    return ghm_bytes_from(in, part.len);
}

int ghm_yamux_push(struct ghm_yamux *y, struct ghm_bytes in, uint64_t now_ns)
{
    y->now_ns = now_ns;
    y->heard_ns = now_ns;
    y->pinged_ns = GHM_NEVER;
    while (in.len > 0) {
        if (y->body_left > 0) {
            in = take_body(y, in);
            continue;
        }
        in = take_head(y, in);
        if (y->head_len < GHM_FRAME_LEN) break;
        y->head_len = 0;
        int error = on_frame(y);
        if (error != GHM_OK) return error;
    }
    return GHM_OK;
}

/* ---- sending ---- */

static size_t room_left(const struct ghm_yamux *y)
{
    return GHM_YAMUX_BATCH_MAX - ghm_buf_len(&y->out);
}

static bool gather(struct ghm_yamux *y, const struct ghm_frame *frame, struct ghm_bytes payload)
{
    uint8_t *room;
    if (ghm_buf_reserve(&y->out, &room, GHM_FRAME_LEN + payload.len) != GHM_OK) return false;
    ghm_frame_encode(room, frame);
    ghm_bytes_copy(room + GHM_FRAME_LEN, payload);
    ghm_buf_commit(&y->out, GHM_FRAME_LEN + payload.len);
    return true;
}

static bool gather_session(struct ghm_yamux *y, enum ghm_frame_type type, uint16_t flags,
                           uint32_t value)
{
    return gather(y, &(struct ghm_frame){type, flags, 0, value}, GHM_BYTES_NONE);
}

static void gather_pongs(struct ghm_yamux *y)
{
    uint8_t sent = 0;
    while (sent < y->pongs_count &&
           gather_session(y, GHM_FRAME_PING, GHM_FRAME_ACK, y->pongs[sent])) {
        sent++;
    }
    if (sent > 0) y->pings_lost = 0;
    y->pongs_count = (uint8_t)(y->pongs_count - sent);
    memmove(y->pongs, y->pongs + sent, y->pongs_count * sizeof y->pongs[0]);
}

static void gather_control(struct ghm_yamux *y)
{
    gather_pongs(y);
    if (y->owes_ping && gather_session(y, GHM_FRAME_PING, GHM_FRAME_SYN, y->rtt.number)) {
        y->owes_ping = false;
    }
    if (ghm_buf_len(&y->refusals) > 0 &&
        ghm_buf_append(&y->out, ghm_buf_bytes(&y->refusals)) == GHM_OK) {
        ghm_buf_fini(&y->refusals);
    }
    if (y->owes_goaway && gather_session(y, GHM_FRAME_GOAWAY, 0, y->goaway_reason)) {
        y->owes_goaway = false;
    }
}

/* One frame of one stream; then it waits behind the others. */
static bool gather_turn(struct ghm_yamux *y, struct ghm_substream *s)
{
    struct ghm_frame frame;
    struct ghm_bytes payload;
    if (room_left(y) <= GHM_FRAME_LEN) return false;
    ghm_substream_frame(s, &frame, &payload, room_left(y) - GHM_FRAME_LEN);
    if (!gather(y, &frame, payload)) return false;
    ghm_substream_sent(s, &frame);
    ghm_list_remove(&s->to_send);
    settle(y, s);
    return true;
}

struct ghm_bytes ghm_yamux_pull(struct ghm_yamux *y)
{
    if (ghm_buf_len(&y->out) > 0) return ghm_buf_bytes(&y->out);
    gather_control(y);
    while (!ghm_list_is_empty(&y->senders)) {
        if (!gather_turn(y, GHM_LIST_OF(y->senders.next, struct ghm_substream, to_send))) break;
    }
    return ghm_buf_bytes(&y->out);
}

void ghm_yamux_pulled(struct ghm_yamux *y, size_t len)
{
    ghm_buf_drop(&y->out, len);
    if (ghm_buf_len(&y->out) == 0) ghm_buf_fini(&y->out);
}

/* ---- events and time ---- */

static enum ghm_yamux_event_type take_news(struct ghm_substream *s)
{
    uint8_t first = s->news & (uint8_t)-s->news; /* the lowest bit: news have an order */
    s->news ^= first;
    if (first == GHM_SUBSTREAM_OPENED) return GHM_YAMUX_OPENED;
    if (first == GHM_SUBSTREAM_DATA) return GHM_YAMUX_DATA;
    return first == GHM_SUBSTREAM_FINISHED ? GHM_YAMUX_FINISHED : GHM_YAMUX_CLOSED;
}

bool ghm_yamux_next(struct ghm_yamux *y, struct ghm_yamux_event *ret_event)
{
    if (y->tells_left) {
        y->tells_left = false;
        *ret_event =
            (struct ghm_yamux_event){GHM_YAMUX_GOAWAY, 0, y->is_left_badly ? GHM_EPROTO : GHM_OK};
        return true;
    }
    struct ghm_list *node = ghm_list_pop(&y->tellers);
    if (node == NULL) return false;
    struct ghm_substream *s = GHM_LIST_OF(node, struct ghm_substream, to_tell);
    *ret_event = (struct ghm_yamux_event){.type = take_news(s), .id = s->id, .error = s->error};
    settle(y, s);
    return true;
}

uint64_t ghm_yamux_deadline(const struct ghm_yamux *y)
{
    return y->pinged_ns == GHM_NEVER ? y->heard_ns + GHM_YAMUX_IDLE_NS
                                     : y->pinged_ns + GHM_YAMUX_SILENT_NS;
}

int ghm_yamux_tick(struct ghm_yamux *y, uint64_t now_ns)
{
    y->now_ns = now_ns;
    if (now_ns < ghm_yamux_deadline(y)) return GHM_OK;
    if (y->pinged_ns != GHM_NEVER) {
        y->reason = "yamux: the peer is silent";
        return GHM_ETIMEOUT;
    }
    y->pinged_ns = now_ns;
    ghm_rtt_ask_anew(&y->rtt, now_ns);
    y->owes_ping = true;
    return GHM_OK;
}

/* ---- the owner ---- */

int ghm_yamux_open(struct ghm_yamux *y, uint32_t *ret_id)
{
    struct ghm_substream *s;
    if (y->has_left || y->is_leaving) return GHM_ECLOSED;
    if (y->outbound == GHM_YAMUX_OUTBOUND_MAX || y->unacked == GHM_YAMUX_UNACKED_MAX ||
        y->next_id > UINT32_MAX - 2) {
        return GHM_ELIMIT;
    }
    int error = take_in(y, &s, y->next_id, false);
    if (error != GHM_OK) return error;
    y->next_id += 2;
    settle(y, s);
    *ret_id = s->id;
    return GHM_OK;
}

int ghm_yamux_write(struct ghm_yamux *y, uint32_t id, struct ghm_bytes bytes)
{
    struct ghm_substream *s = find(y, id);
    if (s == NULL) return GHM_ECLOSED;
    int error = ghm_substream_write(s, bytes);
    if (error == GHM_OK) settle(y, s);
    return error;
}

size_t ghm_yamux_queued(const struct ghm_yamux *y, uint32_t id)
{
    const struct ghm_substream *s = find(y, id);
    return s == NULL ? 0 : ghm_buf_len(&s->send);
}

struct ghm_bytes ghm_yamux_data(const struct ghm_yamux *y, uint32_t id)
{
    const struct ghm_substream *s = find(y, id);
    return s == NULL ? GHM_BYTES_NONE : ghm_buf_bytes(&s->recv);
}

void ghm_yamux_data_drop(struct ghm_yamux *y, uint32_t id, size_t len)
{
    struct ghm_substream *s = find(y, id);
    if (s == NULL) return;
    ghm_substream_drop(s, len);
    settle(y, s);
}

void ghm_yamux_finish(struct ghm_yamux *y, uint32_t id)
{
    struct ghm_substream *s = find(y, id);
    if (s == NULL) return;
    ghm_substream_finish(s);
    settle(y, s);
}

void ghm_yamux_reset(struct ghm_yamux *y, uint32_t id, int error)
{
    struct ghm_substream *s = find(y, id);
    if (s == NULL) return;
    ghm_substream_reset(s, error);
    settle(y, s);
}

void ghm_yamux_leave(struct ghm_yamux *y, enum ghm_frame_reason reason, int error)
{
    if (y->is_leaving) return;
    struct ghm_map_node *node = ghm_map_next(&y->streams, NULL);
    while (node != NULL) {
        struct ghm_substream *s = GHM_LIST_OF(node, struct ghm_substream, by_id);
        node = ghm_map_next(&y->streams, node);
        ghm_substream_lose(s, error); /* without a RST: the GOAWAY says it for all */
        settle(y, s);
    }
    y->is_leaving = true;
    y->owes_goaway = true;
    y->goaway_reason = reason;
}
