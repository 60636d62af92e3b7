/* SPDX-License-Identifier: MIT */
#ifndef GHM_IO_UCRED_H
#define GHM_IO_UCRED_H

#include <stdbool.h>

/** Is the process at the other end of a unix socket this user's, or root's? Nobody else is told
 * tokens, or given what they see. */
bool ghm_ucred_is_ours(int fd);

#endif
