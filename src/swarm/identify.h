/* SPDX-License-Identifier: MIT */
/* The identify message: who a peer is and what it speaks. Messages are preceded by their length; a
 * peer may tell in several, which are merged (go-libp2p sends two when there is much to tell).
 *
 * Spec: libp2p/specs identify/README.md */
#ifndef GHM_SWARM_IDENTIFY_H
#define GHM_SWARM_IDENTIFY_H

#include "base/buf.h"
#include "wire/multiaddr.h"

#define GHM_IDENTIFY_FRAME_MAX 8192       /* bytes of one received message */
#define GHM_IDENTIFY_FRAMES_MAX 10        /* messages merged */
#define GHM_IDENTIFY_PROTOCOLS_MAX 1024   /* names in all of them */
#define GHM_IDENTIFY_TOLD_MAX 4096        /* bytes of ours: rust-libp2p reads no more */
#define GHM_IDENTIFY_RECORD_TOLD_MAX 2048 /* bytes of our signed record, within that */
#define GHM_IDENTIFY_LISTEN_MAX 500       /* addresses in all of them */
#define GHM_IDENTIFY_LISTEN_KEPT 32       /* of those, the first that we can read */
#define GHM_IDENTIFY_AGENT_MAX 64 /* characters kept of a peer's agent version, terminated */

extern const char ghm_identify_protocol[];      /* "/ipfs/id/1.0.0" */
extern const char ghm_identify_push_protocol[]; /* "/ipfs/id/push/1.0.0" */

/** What we tell; all borrowed. */
struct ghm_identify_self {
    struct ghm_bytes public_key; /* protobuf form */
    const char *agent_version;
    const char *const *protocols; /* NULL-terminated */
    const struct ghm_multiaddr *listen;
    size_t listen_count;
    const struct ghm_multiaddr *observed; /* where we see the peer; NULL: unknown */
    struct ghm_bytes record;              /* our signed peer record; empty: none is told */
};

/** Append the message, length first, in one frame. A record, and then addresses, that no longer fit
 * TOLD_MAX are left out. GHM_ELIMIT when even the rest does not fit; GHM_ENOMEM. */
int ghm_identify_append(struct ghm_buf *buf, const struct ghm_identify_self *self) GHM_MUST_USE;

/** What a peer has told so far, its messages merged. */
struct ghm_identify {
    uint32_t frames;
    uint32_t protocols_count;
    uint32_t listen_count;
    uint32_t listen_kept;
    struct ghm_buf protocols; /* each with its terminator */
    struct ghm_buf listen;    /* binary addresses, each after two bytes of length */
    struct ghm_buf record;    /* the signed peer record, not verified; at most FRAME_MAX */
    struct ghm_buf observed;  /* where it sees us: one binary address */
    char agent_version[GHM_IDENTIFY_AGENT_MAX];
};

void ghm_identify_init(struct ghm_identify *identify, struct ghm_mem *mem);
void ghm_identify_fini(struct ghm_identify *identify);

/**
 * Take the whole messages at the front of `in`.
 *
 * @param ret_used bytes taken; give the rest again with more
 * @param key      the peer's authenticated key in protobuf form: a message may not name another
 * @return GHM_OK; GHM_EPROTO: malformed, another key, or past a bound; GHM_ENOMEM
 */
int ghm_identify_push(struct ghm_identify *identify, size_t *ret_used, struct ghm_bytes in,
                      struct ghm_bytes key) GHM_MUST_USE;

/** Take the next of `listen` from the front of `left`, which views it; false at its end. */
bool ghm_identify_listen(struct ghm_bytes *left, struct ghm_multiaddr *ret_addr);

/** Is `name` one of terminated names in a row, as in `protocols`? */
bool ghm_identify_lists(struct ghm_bytes names, const char *name);

#endif
