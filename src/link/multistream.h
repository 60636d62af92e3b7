/* SPDX-License-Identifier: MIT */
/* Multistream-select 1.0, both roles: agree on one protocol for the bytes that follow.
 *
 * Call protocol: init -> (push | pull/pulled | next)* -> fini. Messages are taken whole: the owner
 * keeps what push did not take and gives it again with more. What follows the agreement is not
 * touched. Each session has at most one message of its own per message received: memory is small.
 *
 *     dialer    header, protocol[0] ------->  listener
 *               <------- header, protocol | na
 *               protocol[1] ------->          (only after na: a second proposal is never pipelined)
 *
 * A dialer with one candidate may send its own bytes right behind the proposal (the optimistic
 * form): a listener that refuses reads them as no message of this protocol and the stream ends.
 *
 * Spec: libp2p/specs connections/README.md; multiformats/multistream-select */
#ifndef GHM_LINK_MULTISTREAM_H
#define GHM_LINK_MULTISTREAM_H

#include "base/buf.h"

#define GHM_MULTISTREAM_MESSAGE_MAX                                                                \
    1024                              /* bytes of a message after its length, newline included     \
                                       */
#define GHM_MULTISTREAM_HELD_MAX 1026 /* bytes the owner must be able to hold for push */
#define GHM_MULTISTREAM_ROUNDS_MAX 16 /* proposals a listener answers */

#define GHM_MULTISTREAM_STATE_MAP(X)                                                               \
    X(GHM_MULTISTREAM_HEADER, "waiting for the header")                                            \
    X(GHM_MULTISTREAM_PROTOCOL, "waiting for a protocol")                                          \
    X(GHM_MULTISTREAM_AGREED, "agreed")                                                            \
    X(GHM_MULTISTREAM_REFUSED, "refused")

#define GHM_MULTISTREAM_MOVE_MAP(X)                                                                \
    X(GHM_MULTISTREAM_HEADER, GHM_MULTISTREAM_PROTOCOL, "the header came")                         \
    X(GHM_MULTISTREAM_PROTOCOL, GHM_MULTISTREAM_AGREED, "a protocol of ours")                      \
    X(GHM_MULTISTREAM_PROTOCOL, GHM_MULTISTREAM_REFUSED, "na to the last proposal")

enum ghm_multistream_state {
#define GHM_MULTISTREAM_STATE_ENUM(name, text) name,
    GHM_MULTISTREAM_STATE_MAP(GHM_MULTISTREAM_STATE_ENUM)
#undef GHM_MULTISTREAM_STATE_ENUM
};

enum ghm_multistream_event {
    GHM_MULTISTREAM_DONE, /* agreed: see ghm_multistream_protocol */
    GHM_MULTISTREAM_NONE, /* dialer: the peer speaks none of ours */
};

struct ghm_multistream {
    enum ghm_multistream_state state;
    bool is_dialer;
    bool is_told;                 /* the outcome was taken by next */
    uint8_t rounds;               /* proposals answered */
    const char *const *protocols; /* ours; borrowed */
    size_t at;                    /* dialer: the one proposed now; both: the one agreed */
    struct ghm_buf out;
    const char *reason;
};

/**
 * Start; a dialer has its first proposal ready to pull.
 *
 * @param mem       for what waits to be pulled
 * @param protocols in order of preference, NULL-terminated, one or more; borrowed while it lives
 * @return GHM_OK; GHM_ENOMEM; GHM_EINVAL when a name is too long for a message
 */
int ghm_multistream_init(struct ghm_multistream *ms, struct ghm_mem *mem, bool is_dialer,
                         const char *const *protocols) GHM_MUST_USE;
void ghm_multistream_fini(struct ghm_multistream *ms);

/**
 * Take the whole messages at the front of `in`, up to the outcome.
 *
 * @param ret_used bytes taken; give the rest again, with more, unless the outcome is there
 * @return GHM_OK; GHM_EPROTO (see `reason`); GHM_ENOMEM. After an error the session is dead.
 */
int ghm_multistream_push(struct ghm_multistream *ms, size_t *ret_used,
                         struct ghm_bytes in) GHM_MUST_USE;

/** Bytes to send, lent until the next call. */
struct ghm_bytes ghm_multistream_pull(const struct ghm_multistream *ms);
void ghm_multistream_pulled(struct ghm_multistream *ms, size_t len);

/** Take the outcome, once; false before. */
bool ghm_multistream_next(struct ghm_multistream *ms, enum ghm_multistream_event *ret_event);

/** The agreed one of `protocols`; NULL before. */
const char *ghm_multistream_protocol(const struct ghm_multistream *ms);

#endif
