/* SPDX-License-Identifier: MIT */
/* Messages that wait for their judge, in the order of their arrival, and who brought them: all who
 * did share in the verdict.
 *
 * Bounds: 256 messages and 8 MiB of them. When half of it is taken no stream is read on until there
 * were verdicts; what finds no room all the same is not marked as seen, so that gossip can bring it
 * again.
 *
 * Spec: gossipsub-v1.1.md, Extended Validators; Mesh Message Delivery (near-first deliveries) */
#ifndef GHM_GOSSIP_PENDING_H
#define GHM_GOSSIP_PENDING_H

#include "base/list.h"
#include "base/map.h"
#include "gossip/parcel.h"

#define GHM_PENDING_MAX 256
#define GHM_PENDING_BYTES_MAX (8U << 20)
#define GHM_PENDING_PEERS_MAX 256

struct ghm_pending_entry {
    struct ghm_map_node by_id;
    struct ghm_list turn;
    struct ghm_parcel *parcel;
    uint64_t ticket;                             /* what the judge calls it */
    uint8_t topic;                               /* slot */
    bool has_source;                             /* the first bringer is still connected */
    uint16_t source;                             /* its slot */
    uint8_t bringers[GHM_PENDING_PEERS_MAX / 8]; /* one bit per slot, the first included */
};

struct ghm_pending {
    struct ghm_mem *mem;
    struct ghm_map map;
    struct ghm_list untold; /* the judge does not know them yet */
    struct ghm_list told;
    size_t bytes;
    uint64_t last_ticket;
};

void ghm_pending_init(struct ghm_pending *pending, struct ghm_mem *mem, const uint8_t seed[16]);
void ghm_pending_fini(struct ghm_pending *pending);

/** Is there room for one more message of `len` bytes? */
bool ghm_pending_has_room(const struct ghm_pending *pending, size_t len);

/** Let a message wait, which is then held. GHM_ELIMIT; GHM_ENOMEM. */
int ghm_pending_add(struct ghm_pending *pending, struct ghm_parcel *parcel, size_t topic,
                    size_t source) GHM_MUST_USE;

struct ghm_pending_entry *ghm_pending_find(const struct ghm_pending *pending, struct ghm_bytes id);
struct ghm_pending_entry *ghm_pending_by_ticket(const struct ghm_pending *pending, uint64_t ticket);

/** The next one for the judge; NULL when it knows all. */
const struct ghm_pending_entry *ghm_pending_tell(struct ghm_pending *pending);

void ghm_pending_bring(struct ghm_pending_entry *entry, size_t peer);
bool ghm_pending_is_bringer(const struct ghm_pending_entry *entry, size_t peer);

/** The slot's peer is gone: it has no part in any verdict. */
void ghm_pending_forget_peer(struct ghm_pending *pending, size_t peer);

/** The verdict is done. */
void ghm_pending_remove(struct ghm_pending *pending, struct ghm_pending_entry *entry);

#endif
