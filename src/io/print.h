/* SPDX-License-Identifier: MIT */
#ifndef GHM_IO_PRINT_H
#define GHM_IO_PRINT_H

#include "base/log.h"

/** Print what rooms logged, one line each, on standard error: "2026-01-02T03:04:05.678Z warn mesh:
 * ..." */
void ghm_print_log(struct ghm_log *log);

/** The level of this name; GHM_LOG_WARN for another text. */
enum ghm_log_level ghm_print_level(const char *name);

#endif
