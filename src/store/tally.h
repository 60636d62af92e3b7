/* SPDX-License-Identifier: MIT */
/* What the row of state counts of entries: told of each record that comes or leaves. */
#ifndef GHM_STORE_TALLY_H
#define GHM_STORE_TALLY_H

#include "store/write.h"

void ghm_tally_add(struct ghm_write *write, struct ghm_bytes record);
void ghm_tally_remove(struct ghm_write *write, struct ghm_bytes record);

/** All have left. */
void ghm_tally_clear(struct ghm_write *write);

#endif
