/* SPDX-License-Identifier: MIT */
/* A request past the cache, with what goes around it: GitHub's limits before and after, and the
 * expiry of what it may change. */
#ifndef GHM_CMD_PAST_H
#define GHM_CMD_PAST_H

#include "sending.h"

/** As sending_do, once; GHM_ERATE when GitHub said to wait. */
int past_send(ghm *cache, const struct sending *sending, struct sent *ret_sent);

#endif
