/* SPDX-License-Identifier: MIT */
/* A yamux session: many streams over one ordered, secured connection.
 *
 * Call protocol: init -> (push | pull/pulled | next | tick | stream verbs)* -> fini. Reading never
 * waits for writing: what a peer makes us answer is a flag or a place kept for it, never a queue
 * that can block. Bodies are not gathered into frames: bytes go to their stream as they arrive,
 * after the head was counted against the stream's window.
 *
 * Bounds: 256 streams opened by each side, 256 of ours not yet acknowledged, 256 KiB to 4 MiB
 * received and 1 MiB queued per stream, 64 KiB gathered to send, 256 refusals and 8 pongs waiting
 * (who makes more necessary, or 1024 pings that find no place, loses the session); and the bound of
 * `mem`, where one stream too hungry is reset and the session lives.
 *
 * Windows grow (link/window.h) while the reader keeps up: all of them by at most 16 MiB over what
 * every stream begins with, and only into a quarter of the memory that is free. A stream that is
 * forgotten gives its growth back. The round trip is asked for when a stream has been sent half a
 * window, so that sessions of small messages send no ping.
 *
 * Spec: libp2p/specs yamux/README.md; hashicorp/yamux spec.md */
#ifndef GHM_LINK_YAMUX_H
#define GHM_LINK_YAMUX_H

#include "base/deadline.h"
#include "link/rtt.h"
#include "link/substream.h"
#include "link/syn.h"

#define GHM_YAMUX_INBOUND_MAX 256
#define GHM_YAMUX_OUTBOUND_MAX 256
#define GHM_YAMUX_UNACKED_MAX 256
#define GHM_YAMUX_BATCH_MAX                                                                        \
    65400 /* what pull gathers: one Noise record, in one segment of loopback */
#define GHM_YAMUX_REFUSALS_MAX 256
#define GHM_YAMUX_PONGS_MAX 8
#define GHM_YAMUX_PINGS_MAX 1024     /* unanswered since pongs last left; more are a flood */
#define GHM_YAMUX_GROWN_MAX 16777216 /* bytes by which all windows together may grow */
#define GHM_YAMUX_IDLE_NS (30 * GHM_NS_PER_S)   /* silence, then we ping */
#define GHM_YAMUX_SILENT_NS (10 * GHM_NS_PER_S) /* silence after our ping, then it is dead */

enum ghm_yamux_event_type {
    GHM_YAMUX_OPENED,   /* inbound stream */
    GHM_YAMUX_DATA,     /* ghm_yamux_data has more */
    GHM_YAMUX_FINISHED, /* the peer will send no more on it */
    GHM_YAMUX_CLOSED,   /* the id is forgotten; exactly once per stream, its last event */
    GHM_YAMUX_GOAWAY,   /* the peer will take no new streams; `error` is GHM_OK when it left well */
};

struct ghm_yamux_event {
    enum ghm_yamux_event_type type;
    uint32_t id;
    int error; /* of CLOSED: GHM_OK, or why */
};

struct ghm_yamux {
    struct ghm_mem *mem;
    struct ghm_map streams;
    struct ghm_list senders; /* streams with frames to send, in turn */
    struct ghm_list tellers; /* streams with news */
    struct ghm_buf out;      /* gathered frames; given back when all is sent */
    struct ghm_buf refusals; /* RSTs for streams we never took; len_max keeps their room */
    struct ghm_syn opened;   /* by the peer */
    const char *reason;      /* why push failed; "" while it lives */
    struct ghm_rtt rtt;
    uint64_t heard_ns;  /* when bytes last came */
    uint64_t now_ns;    /* the latest that we were told */
    uint64_t pinged_ns; /* when we asked after silence; GHM_NEVER: not now */
    uint32_t next_id;   /* ours */
    uint32_t inbound, outbound, unacked;
    uint32_t grown;     /* by how much windows are larger than they began */
    uint32_t body_id;   /* the stream of the body that is arriving */
    uint32_t body_left; /* bytes of it still to come */
    uint32_t pongs[GHM_YAMUX_PONGS_MAX];
    uint32_t goaway_reason;
    uint8_t pongs_count;
    uint16_t pings_lost; /* found no place since pongs last left */
    uint8_t head_len;
    uint8_t head[GHM_FRAME_LEN]; /* a head that is arriving */
    bool body_fin;               /* the body ends its half */
    bool is_client;
    bool owes_ping, owes_goaway;
    bool is_leaving; /* we said, or are about to say, GOAWAY */
    bool has_left;   /* the peer said it */
    bool tells_left;
    bool is_left_badly;
};

/** Start. `seed` is fresh randomness for the stream table. */
void ghm_yamux_init(struct ghm_yamux *y, struct ghm_mem *mem, bool is_client,
                    const uint8_t seed[16], uint64_t now_ns);
void ghm_yamux_fini(struct ghm_yamux *y);

/**
 * Give received bytes, in any split; all are taken.
 *
 * @return GHM_OK; GHM_EPROTO (see `reason`): the session is dead, a GOAWAY is ready to pull;
 *         GHM_ENOMEM: the session is dead
 */
int ghm_yamux_push(struct ghm_yamux *y, struct ghm_bytes in, uint64_t now_ns) GHM_MUST_USE;

/** Bytes to send, lent until the next call: whole frames, at most BATCH_MAX. When memory is refused
 * there are none now; ask again. */
struct ghm_bytes ghm_yamux_pull(struct ghm_yamux *y);
void ghm_yamux_pulled(struct ghm_yamux *y, size_t len);

bool ghm_yamux_next(struct ghm_yamux *y, struct ghm_yamux_event *ret_event);

uint64_t ghm_yamux_deadline(const struct ghm_yamux *y);

/** GHM_OK; GHM_ETIMEOUT: the peer answers nothing, the session is dead. */
int ghm_yamux_tick(struct ghm_yamux *y, uint64_t now_ns) GHM_MUST_USE;

/** Open a stream. GHM_ELIMIT past a bound (try again when one closes); GHM_ECLOSED after a GOAWAY;
 * GHM_ENOMEM. */
int ghm_yamux_open(struct ghm_yamux *y, uint32_t *ret_id) GHM_MUST_USE;

/** Queue bytes, all or none. GHM_ECLOSED: unknown, finished or reset; GHM_ELIMIT; GHM_ENOMEM. */
int ghm_yamux_write(struct ghm_yamux *y, uint32_t id, struct ghm_bytes bytes) GHM_MUST_USE;

/** Bytes queued on a stream and not yet lent by pull. */
size_t ghm_yamux_queued(const struct ghm_yamux *y, uint32_t id);

/** Received bytes of a stream, lent until the next call; empty for an unknown one. */
struct ghm_bytes ghm_yamux_data(const struct ghm_yamux *y, uint32_t id);

/** Forget the first `len`, at most all, of them. */
void ghm_yamux_data_drop(struct ghm_yamux *y, uint32_t id, size_t len);

/** Send FIN behind what is queued. A stream already gone is ignored, here and in reset. */
void ghm_yamux_finish(struct ghm_yamux *y, uint32_t id);

/** Give a stream up; CLOSED with `error` follows. */
void ghm_yamux_reset(struct ghm_yamux *y, uint32_t id, int error);

/** End: every stream is CLOSED with `error` after the news it still has, and a GOAWAY is the last
 * to pull. */
void ghm_yamux_leave(struct ghm_yamux *y, enum ghm_frame_reason reason, int error);

#endif
