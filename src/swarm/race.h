/* SPDX-License-Identifier: MIT */
/* One peer, several addresses: which is dialed when, until one leads to the peer (happy eyeballs).
 * Addresses of our own network go first, IPv6 and IPv4 take turns beginning with IPv6, and each is
 * given a head start over the next: 30 ms for a private one, 250 ms for a public one. A failure
 * starts the next at once.
 *
 * Call protocol: init -> (due -> started; failed)* until it is won by the owner's word or is_lost.
 *
 * Spec: RFC 8305 sections 4, 5 */
#ifndef GHM_SWARM_RACE_H
#define GHM_SWARM_RACE_H

#include "base/deadline.h"
#include "base/list.h"
#include "crypto/peerid.h"
#include "wire/multiaddr.h"

#define GHM_RACE_ADDRS_MAX 32
#define GHM_RACE_PUBLIC_NS (250 * GHM_NS_PER_MS)
#define GHM_RACE_PRIVATE_NS (30 * GHM_NS_PER_MS)

struct ghm_race_runner {
    struct ghm_multiaddr addr;
    uint32_t connection; /* 0: not dialed, or over */
    bool is_private;
};

struct ghm_race {
    struct ghm_list all; /* the owner's */
    struct ghm_peerid peer;
    size_t count;
    size_t started;
    size_t running;
    uint64_t next_ns; /* when the next may start */
    struct ghm_race_runner runners[GHM_RACE_ADDRS_MAX];
};

/** Line up at most ADDRS_MAX of `addrs`; those that are no TCP addresses, and repeated ones, are
 * left out. */
void ghm_race_init(struct ghm_race *race, const struct ghm_peerid *peer,
                   const struct ghm_multiaddr *addrs, size_t count, uint64_t now_ns);

/** The address to dial now; NULL when none is. */
const struct ghm_multiaddr *ghm_race_due(const struct ghm_race *race, uint64_t now_ns);

/** It is being dialed as `connection`; 0: it could not be. */
void ghm_race_started(struct ghm_race *race, uint32_t connection, uint64_t now_ns);

/** Does `connection` run here? */
bool ghm_race_has(const struct ghm_race *race, uint32_t connection);

/** A runner is out; other connections are ignored. */
void ghm_race_failed(struct ghm_race *race, uint32_t connection, uint64_t now_ns);

/** All were tried, none is running. */
bool ghm_race_is_lost(const struct ghm_race *race);

/** When ghm_race_due is to be asked again. */
uint64_t ghm_race_deadline(const struct ghm_race *race);

#endif
