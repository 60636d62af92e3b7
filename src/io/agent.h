/* SPDX-License-Identifier: MIT */
/* An agent in the background: this program, started anew as `ghmesh agent`, in a session of its
 * own. There is at most one of them for a directory: it holds "agent.lock". */
#ifndef GHM_IO_AGENT_H
#define GHM_IO_AGENT_H

#include "io/home.h"

#include <sys/types.h>

#define GHM_AGENT_LOCK "agent.lock"
#define GHM_AGENT_IDLE_S 60 /* an agent that nobody started by hand ends after so long */

/**
 * Start one, with this process's environment.
 *
 * @param ret_pid  of the child, which the caller may wait for; or NULL
 * @param idle_s   it ends when nobody has asked for so long; 0: never
 * @param error_fd its standard error; -1: nowhere
 * @return GHM_OK; GHM_EBUSY when there is one; GHM_EIO
 */
int ghm_agent_start(pid_t *ret_pid, const struct ghm_home *home, int64_t idle_s,
                    int error_fd) GHM_MUST_USE;

#endif
