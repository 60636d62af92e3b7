/* SPDX-License-Identifier: MIT */
#ifndef GHM_API_FETCH_H
#define GHM_API_FETCH_H

#include "api/open.h"

/* Callbacks of the loop. */
void ghm_fetch_woken(void *cache);
void ghm_fetch_answered(void *cache, uint64_t id, int error, struct ghm_answer *take_answer);

/** The loop is gone: end every fetch with GHM_ECLOSED. */
void ghm_fetch_close_all(struct ghm *cache);

#endif
