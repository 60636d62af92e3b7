/* SPDX-License-Identifier: MIT */
/* What two processes of a directory must have in common before one asks GitHub for the other. */
#ifndef GHM_IO_TERMS_H
#define GHM_IO_TERMS_H

#include "io/home.h"
#include "node/parley.h"

/** A hash of the program's version, the origin and the way to it, the secrets and who is trusted:
 * equal hashes, equal answers and equal identities. Tells nothing to who lacks the directory's key.
 */
void ghm_terms_of(uint8_t ret_terms[GHM_PARLEY_TERMS_LEN], const struct ghm_home *home);

#endif
