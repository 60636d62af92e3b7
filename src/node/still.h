/* SPDX-License-Identifier: MIT */
/* Would the store answer the same again? It would while nothing was changed in it, no write passed
 * by, and the answer is of the same age in seconds: then nothing has to be looked up. */
#ifndef GHM_NODE_STILL_H
#define GHM_NODE_STILL_H

#include "answer/family.h"
#include "node/local.h"

struct ghm_still {
    uint64_t version;    /* of the store */
    uint64_t generation; /* of the writes to what the answer depends on */
    struct ghm_family family;
    int64_t from_ms;  /* GitHub's time */
    int64_t until_ms; /* the first millisecond at which it is another answer */
};

/** Before ghm_local_answer is asked for `variant`. Errors as ghm_store_version; there is nothing to
 * be said of the answer then. */
int ghm_still_begin(struct ghm_still *ret_still, const struct ghm_local *local,
                    const struct ghm_variant *variant, int64_t now_ms) GHM_MUST_USE;

/** After it, with what it gave. */
void ghm_still_end(struct ghm_still *still, const struct ghm_answer *answer);

/** Would ghm_local_answer now give the very same? False in doubt. */
bool ghm_still_holds(const struct ghm_still *still, const struct ghm_local *local, int64_t now_ms);

#endif
