/* SPDX-License-Identifier: MIT */
#ifndef GHM_BASE_ERROR_H
#define GHM_BASE_ERROR_H

#include <ghmesh.h>

#define GHM_MUST_USE __attribute__((warn_unused_result))

#endif
