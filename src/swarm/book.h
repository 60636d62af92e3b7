/* SPDX-License-Identifier: MIT */
/* Where peers say that they listen, kept beyond their connections: of each of the 256 peers that
 * told last, 32 addresses that are hearsay, and beside them the newest signed record with 32
 * addresses that are certified. Either way whoever answers there must still prove its id; but a
 * certified record can be passed on to others, who need not believe us.
 *
 * Bounds: 25 KiB of each peer, 6.5 MiB in all. */
#ifndef GHM_SWARM_BOOK_H
#define GHM_SWARM_BOOK_H

#include "base/list.h"
#include "base/map.h"
#include "crypto/peerrecord.h"

#define GHM_BOOK_PEERS_MAX 256
#define GHM_BOOK_ADDRS_MAX 32 /* of one peer */

struct ghm_book {
    struct ghm_mem *mem;
    struct ghm_map peers;
    struct ghm_list oldest; /* in the order of their last telling */
};

void ghm_book_init(struct ghm_book *book, struct ghm_mem *mem, const uint8_t seed[16]);
void ghm_book_fini(struct ghm_book *book);

/** Keep what a peer told, instead of what it told before; at most ADDRS_MAX. GHM_ENOMEM: nothing
 * changes. */
int ghm_book_tell(struct ghm_book *book, const struct ghm_peerid *peer,
                  const struct ghm_multiaddr *addrs, size_t count) GHM_MUST_USE;

/** Keep a record whose signature and owner have been checked, instead of the one before: `envelope`
 * as it came, at most GHM_PEERRECORD_LEN_MAX, and those of its addresses that are worth dialing.
 * GHM_EINVAL: its `seq` is not above that of the one held; GHM_ENOMEM: nothing changes. */
int ghm_book_certify(struct ghm_book *book, const struct ghm_peerid *peer, uint64_t seq,
                     struct ghm_bytes envelope, const struct ghm_multiaddr *addrs,
                     size_t count) GHM_MUST_USE;

/** Its newest record as it came, lent until the next telling; empty when there is none. */
struct ghm_bytes ghm_book_record(const struct ghm_book *book, const struct ghm_peerid *peer);

/** The certified addresses, as ghm_book_addrs. */
const struct ghm_multiaddr *ghm_book_certified(const struct ghm_book *book, size_t *ret_count,
                                               const struct ghm_peerid *peer);

/** Its addresses by hearsay, lent until the next telling; NULL and 0 when it told none. */
const struct ghm_multiaddr *ghm_book_addrs(const struct ghm_book *book, size_t *ret_count,
                                           const struct ghm_peerid *peer);

#endif
