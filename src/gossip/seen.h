/* SPDX-License-Identifier: MIT */
/* Which messages were seen, for a while, and what became of them. The first sight counts: an entry
 * leaves a fixed time after it came, or earlier when it is the oldest of too many. What leaves is
 * given out, because a message that is no longer known here must not come in again (author.h).
 *
 * Spec: gossipsub-v1.0.md, Message Cache (the seen cache, 2 minutes) */
#ifndef GHM_GOSSIP_SEEN_H
#define GHM_GOSSIP_SEEN_H

#include "base/deadline.h"
#include "base/list.h"
#include "base/map.h"
#include "gossip/message.h"

#define GHM_SEEN_MAX 32768 /* ids; 273 a second over 120 s */

#define GHM_SEEN_STATE_MAP(X)                                                                      \
    X(GHM_SEEN_PENDING, "its judge has not spoken")                                                \
    X(GHM_SEEN_ACCEPTED, "valid, passed on")                                                       \
    X(GHM_SEEN_IGNORED, "neither passed on nor held against anyone")                               \
    X(GHM_SEEN_REJECTED, "invalid: whoever brings it is at fault")

/* From, to, when; a forgotten one has no state. Drawn in doc/design/. */
#define GHM_SEEN_MOVE_MAP(X)                                                                       \
    X(GHM_SEEN_PENDING, GHM_SEEN_ACCEPTED, "the owner accepts it")                                 \
    X(GHM_SEEN_PENDING, GHM_SEEN_IGNORED, "the owner ignores it")                                  \
    X(GHM_SEEN_PENDING, GHM_SEEN_REJECTED, "the owner rejects it")

enum ghm_seen_state {
#define GHM_SEEN_STATE_ENUM(name, text) name,
    GHM_SEEN_STATE_MAP(GHM_SEEN_STATE_ENUM)
#undef GHM_SEEN_STATE_ENUM
};

struct ghm_seen_entry {
    struct ghm_map_node by_id;
    struct ghm_list by_age;
    struct ghm_message_id id;
    uint64_t expires_ns;
    uint64_t judged_ns; /* when it was accepted; 0 before */
    enum ghm_seen_state state;
};

struct ghm_seen {
    struct ghm_mem *mem;
    struct ghm_map map;
    struct ghm_list ages; /* oldest first */
    uint64_t keep_ns;
};

void ghm_seen_init(struct ghm_seen *seen, struct ghm_mem *mem, const uint8_t seed[16],
                   size_t count_max, uint64_t keep_ns);
void ghm_seen_fini(struct ghm_seen *seen);

struct ghm_seen_entry *ghm_seen_find(const struct ghm_seen *seen, struct ghm_bytes id);

/** Enter an id that is not in it, as PENDING. GHM_ELIMIT: take the oldest first; GHM_ENOMEM. */
int ghm_seen_add(struct ghm_seen *seen, struct ghm_seen_entry **ret_entry,
                 const struct ghm_message_id *id, uint64_t now_ns) GHM_MUST_USE;

/** Take out the oldest when its time has come (GHM_NEVER as `now_ns`: whatever its time); an entry
 * whose judge has not spoken stays. False: none. */
bool ghm_seen_take(struct ghm_seen *seen, struct ghm_message_id *ret_id, uint64_t now_ns);

/** Forget one, as if it had not been seen. */
void ghm_seen_forget(struct ghm_seen *seen, struct ghm_seen_entry *entry);

#endif
