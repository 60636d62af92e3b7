/* SPDX-License-Identifier: MIT */
/* Where peers say that they listen, kept beyond their connections: 32 addresses of each of the 256
 * peers that told last. What is said here is hearsay: whoever answers there must still prove its
 * id. */
#ifndef GHM_SWARM_BOOK_H
#define GHM_SWARM_BOOK_H

#include "base/list.h"
#include "base/map.h"
#include "crypto/peerid.h"
#include "wire/multiaddr.h"

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

/** Its addresses, lent until the next telling; NULL and 0 when it told none. */
const struct ghm_multiaddr *ghm_book_addrs(const struct ghm_book *book, size_t *ret_count,
                                           const struct ghm_peerid *peer);

#endif
