/* SPDX-License-Identifier: MIT */
#ifndef GHM_CMD_QUICK_H
#define GHM_CMD_QUICK_H

#define QUICK_CANNOT (-1)

/** `ghmesh api` and `ghmesh get`, if the store alone can answer. Returns the exit code, or
 * QUICK_CANNOT when the full program is to do it; nothing was written then. */
int quick_api(int argc, char **argv);
int quick_get(int argc, char **argv);

#endif
