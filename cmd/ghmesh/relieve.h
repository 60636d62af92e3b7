/* SPDX-License-Identifier: MIT */
#ifndef GHM_CMD_RELIEVE_H
#define GHM_CMD_RELIEVE_H

#include <stdbool.h>
#include <stdint.h>

/** Ask an agent that would end when idle to make room for one that stays, and wait until it has.
 * Returns the process id of one that stays there already; 0: there is none. */
uint32_t relieve(const char *dir);

#endif
