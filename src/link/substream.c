/* SPDX-License-Identifier: MIT */
#include "link/substream.h"

#include "base/assert.h"

void ghm_substream_init(struct ghm_substream *s, struct ghm_mem *mem,
                        const struct ghm_substream_config *config)
{
    *s = (struct ghm_substream){
        .id = config->id,
        .send_window = GHM_WINDOW_MIN,
        .recv_window = GHM_WINDOW_MIN,
        .is_inbound = config->is_inbound,
        .owes_ack = config->is_inbound,
        .owes_syn = !config->is_inbound,
        .news = config->is_inbound ? GHM_SUBSTREAM_OPENED : 0,
    };
    ghm_window_init(&s->window, config->now_ns);
    ghm_list_init(&s->to_send);
    ghm_list_init(&s->to_tell);
    /* Twice what it may hold: a full queue from which little is sent, and to which as little is
     * added, then moves its bytes once a mebibyte and not at every turn. */
    ghm_buf_init(&s->send, mem, (size_t)2 * GHM_SUBSTREAM_QUEUE_MAX);
    ghm_buf_init(&s->recv, mem, GHM_WINDOW_MAX);
}

void ghm_substream_fini(struct ghm_substream *s)
{
    ghm_list_remove(&s->to_send);
    ghm_list_remove(&s->to_tell);
    ghm_buf_fini(&s->send);
    ghm_buf_fini(&s->recv);
}

static bool may_receive(const struct ghm_substream *s)
{
    return s->state == GHM_SUBSTREAM_OPEN || s->state == GHM_SUBSTREAM_LOCAL_DONE;
}

static bool may_send(const struct ghm_substream *s)
{
    return s->state == GHM_SUBSTREAM_OPEN || s->state == GHM_SUBSTREAM_REMOTE_DONE;
}

/* CLOSED is the last news: never while received bytes are unread. */
static void tell_done(struct ghm_substream *s)
{
    if (s->state == GHM_SUBSTREAM_DONE && ghm_buf_len(&s->recv) == 0)
        s->news |= GHM_SUBSTREAM_CLOSED;
}

int ghm_substream_announce(struct ghm_substream *s, uint32_t len)
{
    if (s->state == GHM_SUBSTREAM_RESET || len == 0) return GHM_OK;
    if (!may_receive(s)) {
        ghm_substream_reset(s, GHM_EPROTO);
        return GHM_OK;
    }
    if (len > s->recv_window) return GHM_EPROTO;
    s->recv_window -= len;
    return GHM_OK;
}

void ghm_substream_widen(struct ghm_substream *s, uint32_t more)
{
    GHM_ASSERT(more <= GHM_WINDOW_MAX - s->window.size);
    s->window.size += more;
    s->owed += more;
}

/* What a connection needs for its own records is not for its streams: they end first. */
static int keep(struct ghm_substream *s, struct ghm_bytes bytes)
{
    int error = ghm_buf_append(&s->recv, bytes);
    if (error != GHM_OK) return error;
    return ghm_mem_room(s->recv.mem) < GHM_SUBSTREAM_SPARED ? GHM_ENOMEM : GHM_OK;
}

void ghm_substream_store(struct ghm_substream *s, struct ghm_bytes bytes)
{
    if (!may_receive(s) || bytes.len == 0) return;
    if (keep(s, bytes) != GHM_OK) {
        ghm_substream_reset(s, GHM_ENOMEM);
        return;
    }
    s->news |= GHM_SUBSTREAM_DATA;
}

int ghm_substream_credit(struct ghm_substream *s, uint32_t len)
{
    if (len > UINT32_MAX - s->send_window) return GHM_EPROTO;
    s->send_window += len;
    return GHM_OK;
}

void ghm_substream_remote_fin(struct ghm_substream *s)
{
    if (!may_receive(s)) return;
    s->state = s->state == GHM_SUBSTREAM_OPEN ? GHM_SUBSTREAM_REMOTE_DONE : GHM_SUBSTREAM_DONE;
    s->news |= GHM_SUBSTREAM_FINISHED;
    tell_done(s);
}

static void give_up(struct ghm_substream *s, int error)
{
    s->state = GHM_SUBSTREAM_RESET;
    s->error = error;
    s->owes_ack = false;
    s->owes_syn = false;
    s->owes_fin = false;
    s->owed = 0;
    ghm_buf_fini(&s->send);
    s->news |= GHM_SUBSTREAM_CLOSED;
}

static bool is_gone(const struct ghm_substream *s)
{
    return s->state == GHM_SUBSTREAM_RESET ||
           (s->state == GHM_SUBSTREAM_DONE && ghm_buf_len(&s->recv) == 0);
}

void ghm_substream_lose(struct ghm_substream *s, int error)
{
    if (!is_gone(s)) give_up(s, error);
    s->owes_rst = false;
}

void ghm_substream_reset(struct ghm_substream *s, int error)
{
    if (is_gone(s)) return;
    bool is_known = !s->owes_syn; /* of a SYN never sent, the peer needs no RST */
    s->owes_rst = is_known && s->state != GHM_SUBSTREAM_DONE;
    give_up(s, error);
    ghm_buf_fini(&s->recv);
    s->news &= GHM_SUBSTREAM_OPENED | GHM_SUBSTREAM_CLOSED;
}

int ghm_substream_write(struct ghm_substream *s, struct ghm_bytes bytes)
{
    if (!may_send(s) || s->owes_fin) return GHM_ECLOSED;
    if (bytes.len > GHM_SUBSTREAM_QUEUE_MAX - ghm_buf_len(&s->send)) return GHM_ELIMIT;
    return ghm_buf_append(&s->send, bytes);
}

static size_t smallest(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* The peer may have ended the stream since the owner looked: there may be less to drop by now. */
void ghm_substream_drop(struct ghm_substream *s, size_t len)
{
    len = smallest(len, ghm_buf_len(&s->recv));
    ghm_buf_drop(&s->recv, len);
    if (ghm_buf_len(&s->recv) == 0) ghm_buf_fini(&s->recv);
    if (may_receive(s)) s->owed += (uint32_t)len;
    tell_done(s);
}

void ghm_substream_finish(struct ghm_substream *s)
{
    if (may_send(s)) s->owes_fin = true;
}

/* Half a window at a time: fewer frames, and never a sender that waits for a full round trip. */
static bool owes_window(const struct ghm_substream *s)
{
    return may_receive(s) && s->owed >= s->window.size / 2;
}

static bool has_data_frame(const struct ghm_substream *s)
{
    return ghm_buf_len(&s->send) > 0 && s->send_window > 0;
}

static bool has_fin_frame(const struct ghm_substream *s)
{
    return s->owes_fin && ghm_buf_len(&s->send) == 0;
}

bool ghm_substream_has_frame(const struct ghm_substream *s)
{
    return s->owes_syn || s->owes_ack || s->owes_rst || owes_window(s) || has_data_frame(s) ||
           has_fin_frame(s);
}

static uint16_t opening_flags(const struct ghm_substream *s)
{
    if (s->owes_syn) return GHM_FRAME_SYN;
    return s->owes_ack ? GHM_FRAME_ACK : 0;
}

/* A FIN never rides on data: go-yamux handles a frame's flags before its body, and a reader woken
 * in between would see the end too early. */
void ghm_substream_frame(const struct ghm_substream *s, struct ghm_frame *ret_frame,
                         struct ghm_bytes *ret_payload, size_t room_bytes)
{
    struct ghm_frame frame = {.type = GHM_FRAME_WINDOW, .stream = s->id};
    *ret_payload = GHM_BYTES_NONE;
    if (s->owes_rst) {
        frame.flags = GHM_FRAME_RST;
    } else if (owes_window(s)) {
        frame.flags = opening_flags(s);
        frame.length = s->owed;
    } else if (has_data_frame(s)) {
        size_t len = smallest(smallest(room_bytes, GHM_SUBSTREAM_TURN_MAX), s->send_window);
        *ret_payload = ghm_bytes_upto(ghm_buf_bytes(&s->send), len);
        frame.type = GHM_FRAME_DATA;
        frame.flags = opening_flags(s);
        frame.length = (uint32_t)ret_payload->len;
    } else {
        frame.flags = opening_flags(s);
        if (has_fin_frame(s)) frame.flags |= GHM_FRAME_FIN;
    }
    *ret_frame = frame;
}

static void fin_sent(struct ghm_substream *s)
{
    s->owes_fin = false;
    s->state =
        s->state == GHM_SUBSTREAM_REMOTE_DONE ? GHM_SUBSTREAM_DONE : GHM_SUBSTREAM_LOCAL_DONE;
    tell_done(s);
}

void ghm_substream_sent(struct ghm_substream *s, const struct ghm_frame *frame)
{
    s->owes_syn = false;
    s->owes_ack = false;
    if (frame->flags & GHM_FRAME_RST) s->owes_rst = false;
    if (frame->flags & GHM_FRAME_FIN) fin_sent(s);
    if (frame->type == GHM_FRAME_WINDOW) {
        s->recv_window += frame->length;
        s->owed -= frame->length;
        return;
    }
    s->send_window -= frame->length;
    ghm_buf_drop(&s->send, frame->length);
    if (ghm_buf_len(&s->send) == 0) ghm_buf_fini(&s->send);
}

bool ghm_substream_is_over(const struct ghm_substream *s)
{
    return is_gone(s) && s->news == 0 && !s->owes_rst;
}
