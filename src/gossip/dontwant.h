/* SPDX-License-Identifier: MIT */
/* What one peer has told us not to send, for three heartbeats. Only keyed hashes of ids are kept: a
 * false match costs one peer one copy, once in 2^55, and cannot be aimed at.
 *
 * Bounds: 512 ids; of more, the oldest is forgotten: to send anyway is no fault.
 *
 * Spec: gossipsub-v1.2.md, IDONTWANT Message, Basic scenario (dont_send_message_ids) */
#ifndef GHM_GOSSIP_DONTWANT_H
#define GHM_GOSSIP_DONTWANT_H

#include "base/bytes.h"
#include "base/mem.h"

#define GHM_DONTWANT_MAX 512
#define GHM_DONTWANT_BEATS 3

struct ghm_dontwant_mark {
    uint64_t hash;
    uint64_t beat; /* the last heartbeat for which it holds */
};

struct ghm_dontwant {
    struct ghm_mem *mem;
    struct ghm_dontwant_mark *marks; /* DONTWANT_MAX of them, once there is one */
    size_t count;
    size_t next; /* the place of the next one */
    uint8_t seed[16];
};

void ghm_dontwant_init(struct ghm_dontwant *dontwant, struct ghm_mem *mem, const uint8_t seed[16]);
void ghm_dontwant_fini(struct ghm_dontwant *dontwant);

/** The peer, in heartbeat `beat`, does not want `id`. Best effort: GHM_ENOMEM is not told. */
void ghm_dontwant_add(struct ghm_dontwant *dontwant, struct ghm_bytes id, uint64_t beat);

bool ghm_dontwant_has(const struct ghm_dontwant *dontwant, struct ghm_bytes id, uint64_t beat);

#endif
