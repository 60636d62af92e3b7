/* SPDX-License-Identifier: MIT */
/* One yamux stream: its two halves, its two windows, what is queued to send and what was received.
 * Nothing here knows of other streams; src/link/yamux.c owns and schedules them.
 *
 * A window is a promise: received bytes are counted against it before they are stored, and the
 * owner gets the peer more of it only by dropping what it has used. */
#ifndef GHM_LINK_SUBSTREAM_H
#define GHM_LINK_SUBSTREAM_H

#include "base/buf.h"
#include "base/list.h"
#include "base/map.h"
#include "link/frame.h"
#include "link/window.h"

#define GHM_SUBSTREAM_QUEUE_MAX 1052672 /* bytes queued to send: 1 MiB and a negotiation */
#define GHM_SUBSTREAM_SPARED 262144     /* bytes of memory left to the connection: four records */
#define GHM_SUBSTREAM_TURN_MAX 16384    /* bytes of one data frame, then the next stream's turn */

#define GHM_SUBSTREAM_STATE_MAP(X)                                                                 \
    X(GHM_SUBSTREAM_OPEN, "both sides may send")                                                   \
    X(GHM_SUBSTREAM_LOCAL_DONE, "our FIN is sent")                                                 \
    X(GHM_SUBSTREAM_REMOTE_DONE, "the peer's FIN is here")                                         \
    X(GHM_SUBSTREAM_DONE, "both FINs")                                                             \
    X(GHM_SUBSTREAM_RESET, "given up by either side")

#define GHM_SUBSTREAM_MOVE_MAP(X)                                                                  \
    X(GHM_SUBSTREAM_OPEN, GHM_SUBSTREAM_LOCAL_DONE, "our FIN leaves")                              \
    X(GHM_SUBSTREAM_OPEN, GHM_SUBSTREAM_REMOTE_DONE, "the peer's FIN comes")                       \
    X(GHM_SUBSTREAM_LOCAL_DONE, GHM_SUBSTREAM_DONE, "the peer's FIN comes")                        \
    X(GHM_SUBSTREAM_REMOTE_DONE, GHM_SUBSTREAM_DONE, "our FIN leaves")                             \
    X(ANY, GHM_SUBSTREAM_RESET, "a RST of either side, no memory, or the connection is lost")

enum ghm_substream_state {
#define GHM_SUBSTREAM_STATE_ENUM(name, text) name,
    GHM_SUBSTREAM_STATE_MAP(GHM_SUBSTREAM_STATE_ENUM)
#undef GHM_SUBSTREAM_STATE_ENUM
};

/** What the owner of the session is still to be told, in this order. */
enum ghm_substream_news {
    GHM_SUBSTREAM_OPENED = 1,
    GHM_SUBSTREAM_DATA = 2,
    GHM_SUBSTREAM_FINISHED = 4,
    GHM_SUBSTREAM_CLOSED = 8,
};

struct ghm_substream {
    struct ghm_map_node by_id;
    struct ghm_list to_send; /* has frames to send */
    struct ghm_list to_tell; /* has news */
    uint32_t id;
    uint32_t send_window; /* bytes we may still send */
    uint32_t recv_window; /* bytes the peer may still send */
    uint32_t owed;        /* window to give the peer: what the owner dropped, and what it grew by */
    struct ghm_window window; /* how large ours is */
    enum ghm_substream_state state;
    int error;    /* why it was reset; GHM_OK otherwise */
    uint8_t news; /* of enum ghm_substream_news */
    bool is_inbound;
    bool is_acked; /* outbound: the peer knows it */
    bool owes_syn, owes_ack, owes_fin, owes_rst;
    struct ghm_buf send;
    struct ghm_buf recv;
};

/** What a stream is made of. */
struct ghm_substream_config {
    uint32_t id;
    bool is_inbound;
    uint64_t now_ns;
};

void ghm_substream_init(struct ghm_substream *s, struct ghm_mem *mem,
                        const struct ghm_substream_config *config);
void ghm_substream_fini(struct ghm_substream *s);

/* ---- receiving ---- */

/** Count `len` bytes that a frame announces. GHM_EPROTO when the window does not hold them. */
int ghm_substream_announce(struct ghm_substream *s, uint32_t len) GHM_MUST_USE;

/** Let the peer send `more` bytes than before; the window's size is at most WINDOW_MAX after it. */
void ghm_substream_widen(struct ghm_substream *s, uint32_t more);

/** Keep announced bytes; a stream that is gone forgets them. When memory is refused, this one
 * stream is reset and the session lives. */
void ghm_substream_store(struct ghm_substream *s, struct ghm_bytes bytes);

/** More may be sent. GHM_EPROTO when the sum passes 2^32-1. */
int ghm_substream_credit(struct ghm_substream *s, uint32_t len) GHM_MUST_USE;

/** The peer's FIN. */
void ghm_substream_remote_fin(struct ghm_substream *s);

/** The peer's RST, or the end of the connection: what was received stays readable until the CLOSED
 * news is taken. */
void ghm_substream_lose(struct ghm_substream *s, int error);

/* ---- the owner ---- */

/** Queue bytes. GHM_ECLOSED after finish or reset; GHM_ELIMIT; GHM_ENOMEM: nothing was taken. */
int ghm_substream_write(struct ghm_substream *s, struct ghm_bytes bytes) GHM_MUST_USE;

/** Forget the first `len`, at most all, received bytes and owe the peer as much window. */
void ghm_substream_drop(struct ghm_substream *s, size_t len);

void ghm_substream_finish(struct ghm_substream *s);

/** Give up, forget what was received; `error` is what the CLOSED news says. */
void ghm_substream_reset(struct ghm_substream *s, int error);

/* ---- sending ---- */

/** Is there a frame to send now? */
bool ghm_substream_has_frame(const struct ghm_substream *s);

/**
 * Say the next frame; ghm_substream_sent confirms it.
 *
 * @param ret_payload of a data frame: a view of what is queued, at most room_bytes
 * @param room_bytes  1 or more
 */
void ghm_substream_frame(const struct ghm_substream *s, struct ghm_frame *ret_frame,
                         struct ghm_bytes *ret_payload, size_t room_bytes);
void ghm_substream_sent(struct ghm_substream *s, const struct ghm_frame *frame);

/** Nothing left to send, nothing left to tell: the session may forget it. */
bool ghm_substream_is_over(const struct ghm_substream *s);

#endif
