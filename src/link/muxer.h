/* SPDX-License-Identifier: MIT */
/* Yamux whose streams have protocols: each stream is negotiated before its owner hears of it,
 * within 10 s. What needs no protocol (pull, queued, finish, reset, leave) is asked of `yamux`
 * itself.
 *
 * Bounds: those of yamux, and 32 inbound streams of one protocol: of more, the newest is reset and
 * the owner never hears of it, so that one protocol cannot take all of a connection's streams.
 *
 * Call protocol: init -> (push | yamux pull/pulled | next | tick | stream verbs)* -> fini. */
#ifndef GHM_LINK_MUXER_H
#define GHM_LINK_MUXER_H

#include "link/link.h"
#include "link/negotiation.h"

#define GHM_MUXER_PER_PROTOCOL_MAX 32 /* inbound streams */

struct ghm_muxer {
    struct ghm_mem *mem;
    struct ghm_yamux yamux;
    const char *const *protocols; /* inbound */
    struct ghm_map negotiations;  /* of all streams, agreed or not */
    struct ghm_list waiting;      /* those not agreed, oldest first */
    uint64_t now_ns;              /* the latest that we were told */
    bool tells_data;              /* `after` follows the event just told */
    struct ghm_link_event after;
};

struct ghm_muxer_config {
    bool is_client;
    const char *const *protocols; /* inbound, NULL-terminated, each under 1024 bytes; borrowed */
    const uint8_t *seed;          /* 16 bytes, fresh randomness */
};

void ghm_muxer_init(struct ghm_muxer *m, struct ghm_mem *mem, const struct ghm_muxer_config *config,
                    uint64_t now_ns);
void ghm_muxer_fini(struct ghm_muxer *m);

/** Errors as ghm_yamux_push. */
int ghm_muxer_push(struct ghm_muxer *m, struct ghm_bytes in, uint64_t now_ns) GHM_MUST_USE;

/** The next event of a stream, never GHM_LINK_SECURED. */
bool ghm_muxer_next(struct ghm_muxer *m, struct ghm_link_event *ret_event);
uint64_t ghm_muxer_deadline(const struct ghm_muxer *m);

/** Errors as ghm_yamux_tick. */
int ghm_muxer_tick(struct ghm_muxer *m, uint64_t now_ns) GHM_MUST_USE;

/* As ghm_link_open, write, data and data_drop. */
int ghm_muxer_open(struct ghm_muxer *m, uint32_t *ret_id, const char *protocol,
                   uint64_t now_ns) GHM_MUST_USE;
int ghm_muxer_write(struct ghm_muxer *m, uint32_t id, struct ghm_bytes bytes) GHM_MUST_USE;
struct ghm_bytes ghm_muxer_data(const struct ghm_muxer *m, uint32_t id);
void ghm_muxer_data_drop(struct ghm_muxer *m, uint32_t id, size_t len);

#endif
