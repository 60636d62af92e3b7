/* SPDX-License-Identifier: MIT */
#ifndef GHM_BASE_ERROR_H
#define GHM_BASE_ERROR_H

#include <ghmesh.h>

#define GHM_MUST_USE __attribute__((warn_unused_result))

/**
 * Name an error in one English phrase.
 *
 * @param error a value of enum ghm_error
 * @return a constant text, borrowed for ever; "unknown error" for any other number
 */
const char *ghm_error_text(int error);

#endif
