/* SPDX-License-Identifier: MIT */
/* When entries were last used, by all processes, in coarse seconds. Two ids may share a place: then
 * the one looks as lately used as the other. */
#ifndef GHM_STORE_USES_H
#define GHM_STORE_USES_H

#include "store/shared.h"

#include <stdint.h>

/** Note a use at `now_s`, wall clock seconds. NULL `shared` is accepted. */
void ghm_uses_note(struct ghm_shared *shared, const uint8_t id[32], int64_t now_s);

/** The last use noted; 0 for none, or without `shared`. */
uint32_t ghm_uses_last(struct ghm_shared *shared, const uint8_t id[32]);

#endif
