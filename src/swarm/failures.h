/* SPDX-License-Identifier: MIT */
/* Addresses that lately failed to lead to a peer, and how long to leave each alone: 5 s and the
 * square of its failures in a row in seconds, at most 5 min. At most 512 are remembered; of more,
 * the one that is soonest free is forgotten. */
#ifndef GHM_SWARM_FAILURES_H
#define GHM_SWARM_FAILURES_H

#include "base/deadline.h"
#include "base/map.h"
#include "wire/multiaddr.h"

#define GHM_FAILURES_ADDRS_MAX 512
#define GHM_FAILURES_WAIT_MIN_NS (5 * GHM_NS_PER_S)
#define GHM_FAILURES_WAIT_MAX_NS (300 * GHM_NS_PER_S)

struct ghm_failures {
    struct ghm_mem *mem;
    struct ghm_map addrs;
};

void ghm_failures_init(struct ghm_failures *failures, struct ghm_mem *mem, const uint8_t seed[16]);
void ghm_failures_fini(struct ghm_failures *failures);

/** A dial failed. Without memory for it the address stays free: it will be dialed too often. */
void ghm_failures_add(struct ghm_failures *failures, const struct ghm_multiaddr *addr,
                      uint64_t now_ns);

/** A dial led to its peer: the failures before it are forgotten. */
void ghm_failures_clear(struct ghm_failures *failures, const struct ghm_multiaddr *addr);

/** May it be dialed now? */
bool ghm_failures_allow(const struct ghm_failures *failures, const struct ghm_multiaddr *addr,
                        uint64_t now_ns);

#endif
