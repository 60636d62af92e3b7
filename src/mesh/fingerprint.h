/* SPDX-License-Identifier: MIT */
/* One short value for a set of ids, whatever their order: their sum and their number, hashed.
 *
 * Who can choose ids can make two sets of one value; what that hides is something that a peer does
 * not get from this one. Spec: negentropy protocol v1, fingerprint algorithm */
#ifndef GHM_MESH_FINGERPRINT_H
#define GHM_MESH_FINGERPRINT_H

#include "mesh/range.h"

/** Numbers modulo 2^256, the least significant word first. Zeroed to start. */
struct ghm_fingerprint {
    uint64_t sum[4];
    uint64_t count;
};

void ghm_fingerprint_add(struct ghm_fingerprint *fingerprint, const uint8_t id[GHM_RANGE_ID_LEN]);

void ghm_fingerprint_end(uint8_t ret_value[GHM_RANGE_FINGERPRINT_LEN],
                         const struct ghm_fingerprint *fingerprint);

#endif
