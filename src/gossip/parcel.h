/* SPDX-License-Identifier: MIT */
/* A message that is kept: one copy of its bytes for all who wait for it (its judge, the cache, the
 * queues to peers). It goes when the last of them lets it go. */
#ifndef GHM_GOSSIP_PARCEL_H
#define GHM_GOSSIP_PARCEL_H

#include "gossip/message.h"

struct ghm_parcel {
    struct ghm_mem *mem;
    uint32_t holders;
    struct ghm_message_id id;
    struct ghm_message message; /* views `bytes` */
    size_t len;
    uint8_t bytes[];
};

/** Copy a message; the caller is its first holder. GHM_ENOMEM. */
int ghm_parcel_new(struct ghm_parcel **ret_parcel, struct ghm_mem *mem,
                   const struct ghm_message *message, const struct ghm_message_id *id) GHM_MUST_USE;

/** One more holder. */
struct ghm_parcel *ghm_parcel_hold(struct ghm_parcel *parcel);

/** One less; the last one frees it. NULL is accepted. */
void ghm_parcel_drop(struct ghm_parcel *parcel);

#endif
