/* SPDX-License-Identifier: MIT */
#ifndef GHM_CMD_WRITE_H
#define GHM_CMD_WRITE_H

#include <stdbool.h>
#include <stddef.h>

/** Write bytes to standard output. false when it cannot take them; a closed pipe is no complaint.
 */
bool write_all(const char *bytes, size_t len);

#endif
