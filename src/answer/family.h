/* SPDX-License-Identifier: MIT */
/* Which answers a write may change. A target is turned into keys: a read has the keys that its
 * answer depends on, a write the keys that it touches, and a write may have changed an answer
 * exactly when they have a key in common. In doubt they have one: that costs a conditional request.
 *
 * Names of owners and repositories have no case. The numbered forms of links ("/repositories/{id}")
 * and the named ones cannot be told to be the same repository, so a write under one form touches
 * every read under the other, area by area. Hosts are left out: what is uploaded to one host is
 * read from another. */
#ifndef GHM_ANSWER_FAMILY_H
#define GHM_ANSWER_FAMILY_H

#include "base/bytes.h"

#define GHM_FAMILY_KEYS_MAX 40
#define GHM_FAMILY_WIDE_MAX 64 /* keys below this are not of one owner or repository */

struct ghm_family {
    size_t count;
    uint64_t keys[GHM_FAMILY_KEYS_MAX];
};

/** What the answer to a GET of this target, or to a GraphQL query, depends on. Never empty. */
void ghm_family_read(struct ghm_family *ret_family, struct ghm_bytes target);

/** What a write to this target may change. Whatever is not understood, mutations of GraphQL among
 * them, touches everything. */
void ghm_family_write(struct ghm_family *ret_family, struct ghm_bytes target);

/** Have they a key in common? */
bool ghm_family_meets(const struct ghm_family *a, const struct ghm_family *b);

#endif
