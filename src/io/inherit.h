/* SPDX-License-Identifier: MIT */
/* Descriptors that a child of fork() must not keep: a host's lock, its listeners, its connections.
 * A child that held them would hold the directory and the port of a parent that is long dead. The
 * only thing of a process that is neither a thread's nor a cache's, so it is one table for all. */
#ifndef GHM_IO_INHERIT_H
#define GHM_IO_INHERIT_H

#define GHM_INHERIT_MAX 2048 /* past it they are inherited, as usual */

/** From now on a forked child closes `fd` before anything else. From any thread. */
void ghm_inherit_refuse(int fd);

/** About to be closed here: the number may soon be somebody else's. Unknown ones are ignored. */
void ghm_inherit_forget(int fd);

#endif
