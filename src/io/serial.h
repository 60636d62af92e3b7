/* SPDX-License-Identifier: MIT */
/* Numbers that an identity uses once: of its messages and of its records. Peers remember the
 * highest they saw and hear nothing below it, so they rise from run to run, whatever became of the
 * clock: the file `identity.seq` holds where the next run begins at the earliest. */
#ifndef GHM_IO_SERIAL_H
#define GHM_IO_SERIAL_H

#include "base/error.h"

#include <stdint.h>

#define GHM_SERIAL_RUN (UINT64_C(1) << 40) /* of one run: 18 minutes of nanoseconds */

/**
 * Reserve the numbers of a run, for the process that holds the directory's lock. They are on the
 * disk as used before this returns.
 *
 * @param ret_start the run may use the GHM_SERIAL_RUN numbers after it
 * @param wall_ns   nanoseconds of the wall clock; the start is no less
 * @return GHM_OK; GHM_EACCES; GHM_EFULL; GHM_EIO; GHM_ELIMIT for a path too long
 */
int ghm_serial_reserve(uint64_t *ret_start, const char *dir, uint64_t wall_ns) GHM_MUST_USE;

#endif
