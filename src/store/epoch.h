/* SPDX-License-Identifier: MIT */
/* When each family was last written to, as all processes of a directory see it: a table of atomic
 * words in the shared file, by the keys of answer/family.h. Two families may share a word: that
 * costs them a conditional request, never an answer that is out of date. */
#ifndef GHM_STORE_EPOCH_H
#define GHM_STORE_EPOCH_H

#include "answer/family.h"
#include "store/shared.h"

#define GHM_EPOCH_AHEAD_MS 60000 /* of the present: then a clock was wrong, and it is not kept */

struct ghm_epoch {
    int64_t wrote_ms;    /* GitHub's time of the last write, 0: there was none */
    uint64_t generation; /* another one after every write */
};

/** What was written of all that a read depends on. `shared` NULL: nothing is known. */
struct ghm_epoch ghm_epoch_of(struct ghm_shared *shared, const struct ghm_family *reads);

/** A write of this family, at GitHub's time `wrote_ms`. `shared` NULL is accepted. */
void ghm_epoch_raise(struct ghm_shared *shared, const struct ghm_family *writes, int64_t wrote_ms);

#endif
