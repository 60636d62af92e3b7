/* SPDX-License-Identifier: MIT */
/* What this machine knows: looks an answer up in the store for one identity, by the serving rule.
 * Takes no lock and asks nobody, so any thread may use it, and so may a command that has no node.
 */
#ifndef GHM_NODE_LOCAL_H
#define GHM_NODE_LOCAL_H

#include "answer/freshness.h"
#include "answer/variant.h"
#include "node/reply.h"
#include "store/store.h"

struct ghm_local {
    struct ghm_store *store;
    struct ghm_shared *shared; /* or NULL */
};

/** An entry in the store that the identity may see. */
struct ghm_local_found {
    struct ghm_store_read read;
    struct ghm_entry entry; /* views the store until ghm_local_done */
    struct ghm_freshness freshness;
    bool is_foreign; /* not what the identity itself got */
};

/** Where an identity's answer of a variant is kept. Answers of different identities never meet. */
void ghm_local_slot(uint8_t ret_slot[GHM_VARIANT_ID_LEN], const struct ghm_variant *variant,
                    const struct ghm_identity *identity);

/**
 * Find the best entry that `identity` may see: its own, or one that was got anonymously.
 *
 * @param now_ms GitHub time
 * @return GHM_OK, fresh or not; GHM_ENOTFOUND. Faults of the store count as not found: the plain
 *         request to GitHub is always there.
 */
int ghm_local_find(const struct ghm_local *local, struct ghm_local_found *ret_found,
                   const struct ghm_variant *variant, const struct ghm_identity *identity,
                   const struct ghm_freshness_bound *bound, int64_t now_ms) GHM_MUST_USE;

/** As ghm_local_find, but only what `identity` itself got: what its validators are about. */
int ghm_local_find_own(const struct ghm_local *local, struct ghm_local_found *ret_found,
                       const struct ghm_variant *variant, const struct ghm_identity *identity,
                       const struct ghm_freshness_bound *bound, int64_t now_ms) GHM_MUST_USE;
void ghm_local_done(const struct ghm_local *local, struct ghm_local_found *found);

/**
 * Answer from the store alone. A hit is counted; whoever gives up after a failure counts it with
 * ghm_local_missed.
 *
 * @return GHM_OK; GHM_ENOTFOUND; GHM_EOLD when what is there is not fresh; GHM_ENOMEM
 */
int ghm_local_answer(const struct ghm_local *local, struct ghm_answer **ret_answer,
                     const struct ghm_variant *variant, const struct ghm_identity *identity,
                     const struct ghm_freshness_bound *bound, int64_t now_ms) GHM_MUST_USE;

/** Count a hit: ghm_local_answer has done so; who gives the same answer once more says it here. */
void ghm_local_served(const struct ghm_local *local, const struct ghm_answer *answer);

/** Count a request that the store could not answer, with what ghm_local_answer returned. */
void ghm_local_missed(const struct ghm_local *local, int error);

/** Make the answer of an entry that was found. GHM_ENOMEM. */
int ghm_local_reply(struct ghm_answer **ret_answer, const struct ghm_local_found *found,
                    enum ghm_source source, const struct ghm_freshness_bound *bound) GHM_MUST_USE;

#endif
