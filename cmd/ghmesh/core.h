/* SPDX-License-Identifier: MIT */
#ifndef GHM_CMD_CORE_H
#define GHM_CMD_CORE_H

/** Let no crash of this program, or of what it becomes, write its memory to a file: tokens are in
 * it. */
void core_forbid(void);

#endif
