/* SPDX-License-Identifier: MIT */
/* /ghmesh/pull/1: one member takes a body from others that have it, piece by piece.
 *
 *   asks     version(1)=1  variant id(32)  body's SHA-256(32)  offset(4)  length(4)
 *   answers  has(1): 0 no, 1 yes  length(4)  so many bytes of the body, from that offset
 *
 * Asks are answered in order. One source at a time; when it dies, the next goes on where it ended.
 * The whole is held against its hash: a body that came from several sources and is wrong is taken
 * anew, and then from one source alone, so that a liar can spoil no more than its own.
 *
 * Call protocol: init -> (begin -> (pull/pulled* | push* | tick)* -> end)* -> fini; state tells
 * when it is over. Bounds: 8 MiB of body; two pieces of 256 KiB under way; 10 s for a piece.
 *
 * No spec: our own. */
#ifndef GHM_MESH_PULL_H
#define GHM_MESH_PULL_H

#include "answer/variant.h"
#include "base/buf.h"
#include "base/deadline.h"

#define GHM_PULL_BODY_MAX (8U << 20)
#define GHM_PULL_PIECE_MAX (256U << 10)
#define GHM_PULL_PIECES_AHEAD 2
#define GHM_PULL_WAIT_NS (10 * GHM_NS_PER_S) /* for one piece: who drips is as good as dead */
#define GHM_PULL_ASK_LEN 73
#define GHM_PULL_HEAD_LEN 5

/** What is asked for: a body of a variant, whoever got it, and a piece of it. */
struct ghm_pull_ask {
    uint8_t variant_id[GHM_VARIANT_ID_LEN];
    uint8_t sha256[32];
    uint32_t offset;
    uint32_t len;
};

/** Read an ask from the front of what a peer sent. GHM_EAGAIN: it is not whole; GHM_EPROTO. */
int ghm_pull_read_ask(struct ghm_pull_ask *ret_ask, struct ghm_bytes in) GHM_MUST_USE;

/** Append the answer to an ask: that piece of `body`, which may be absent or too short for it. */
int ghm_pull_append_answer(struct ghm_buf *buf, const struct ghm_pull_ask *ask,
                           struct ghm_bytes body) GHM_MUST_USE;

enum ghm_pull_state {
    GHM_PULL_WANTS_SOURCE, /* nobody is asked */
    GHM_PULL_ASKING,
    GHM_PULL_DONE, /* `body` is the one that was wanted */
};

struct ghm_pull {
    enum ghm_pull_state state;
    uint8_t variant_id[GHM_VARIANT_ID_LEN];
    uint8_t sha256[32];
    uint32_t body_len;
    struct ghm_buf body; /* from its begin */
    bool is_mixed;       /* of more than one source */
    bool is_alone;       /* one source must give all of it */
    uint32_t asked;      /* up to here */
    uint32_t piece_left; /* of the piece that is coming */
    uint8_t head[GHM_PULL_HEAD_LEN];
    size_t head_len;
    uint8_t out[GHM_PULL_PIECES_AHEAD * GHM_PULL_ASK_LEN];
    size_t out_len;
    uint64_t deadline_ns;
};

/** Want a body of 1 to GHM_PULL_BODY_MAX bytes. GHM_ELIMIT for another length. */
int ghm_pull_init(struct ghm_pull *ret_pull, struct ghm_mem *mem,
                  const uint8_t variant_id[GHM_VARIANT_ID_LEN], const uint8_t sha256[32],
                  size_t body_len) GHM_MUST_USE;
void ghm_pull_fini(struct ghm_pull *pull);

/** The body is here already. GHM_EINVAL: of another length; GHM_ENOMEM. */
int ghm_pull_fill(struct ghm_pull *pull, struct ghm_bytes body) GHM_MUST_USE;

/** A source is there; it is asked for what is missing. */
void ghm_pull_begin(struct ghm_pull *pull, uint64_t now_ns);

/** The source is gone, or given up. */
void ghm_pull_end(struct ghm_pull *pull);

/** Take what the source sent, in any split. GHM_OK; else the source is of no more use, and
 * WANTS_SOURCE is the state: GHM_ENOTFOUND: it does not have the body; GHM_EPROTO: it broke the
 * protocol; GHM_EAUTH: what it alone gave is not what its hash says; GHM_ECORRUPT: the same of what
 * several gave; GHM_ENOMEM. */
int ghm_pull_push(struct ghm_pull *pull, struct ghm_bytes in, uint64_t now_ns) GHM_MUST_USE;

/** Bytes for the source; then how many were sent. */
struct ghm_bytes ghm_pull_pull(const struct ghm_pull *pull);
void ghm_pull_pulled(struct ghm_pull *pull, size_t len);

/** True: a piece took too long, and the source was given up. */
uint64_t ghm_pull_deadline(const struct ghm_pull *pull);
bool ghm_pull_tick(struct ghm_pull *pull, uint64_t now_ns);

#endif
