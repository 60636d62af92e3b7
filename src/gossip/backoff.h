/* SPDX-License-Identifier: MIT */
/* Until when a peer may not be grafted in a topic, by us or by itself. It outlives the connection
 * and the subscription, so that neither is a way around it: every graft asks here first.
 *
 * Bounds: 4096 entries; of more, the one that ends first is forgotten. 3600 s, whatever a peer asks
 * for (an unchecked sum panicked rust: GHSA-gc42-3jg7-rxr2).
 *
 * Spec: gossipsub-v1.1.md, PRUNE Backoff and Peer Exchange */
#ifndef GHM_GOSSIP_BACKOFF_H
#define GHM_GOSSIP_BACKOFF_H

#include "base/deadline.h"
#include "base/map.h"
#include "crypto/peerid.h"

#define GHM_BACKOFF_MAX 4096
#define GHM_BACKOFF_S_MAX 3600

struct ghm_backoff {
    struct ghm_mem *mem;
    struct ghm_map map;
};

void ghm_backoff_init(struct ghm_backoff *backoff, struct ghm_mem *mem, const uint8_t seed[16]);
void ghm_backoff_fini(struct ghm_backoff *backoff);

/** Nobody grafts `peer` in `topic` (at most 256 bytes) for `wait_s` from now, at most S_MAX; a
 * longer one that runs already stays. GHM_ENOMEM. */
int ghm_backoff_set(struct ghm_backoff *backoff, struct ghm_bytes topic,
                    const struct ghm_peerid *peer, uint64_t wait_s, uint64_t now_ns) GHM_MUST_USE;

/** When it ends; 0 when there is none. */
uint64_t ghm_backoff_until(const struct ghm_backoff *backoff, struct ghm_bytes topic,
                           const struct ghm_peerid *peer);

/** Forget what ended `slack_ns` or more before now. */
void ghm_backoff_sweep(struct ghm_backoff *backoff, uint64_t slack_ns, uint64_t now_ns);

#endif
