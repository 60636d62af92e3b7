/* SPDX-License-Identifier: MIT */
/* How a process tells the host of its directory that the outbox has something: a byte in a pipe
 * that lies in the directory. Losing one loses nothing: the host looks again at the next. */
#ifndef GHM_IO_WAKE_H
#define GHM_IO_WAKE_H

#include "base/error.h"

/** Open the pipe to read, making it when needed; never blocks. The host only. GHM_EACCES; GHM_EIO.
 */
int ghm_wake_open(int *ret_fd, const char *dir) GHM_MUST_USE;

/** Empty the pipe. */
void ghm_wake_drain(int fd);

/** Tell the host; nobody hosts: nothing happens. */
void ghm_wake_send(const char *dir);

#endif
