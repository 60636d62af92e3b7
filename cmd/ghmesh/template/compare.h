/* SPDX-License-Identifier: MIT */
/* The functions that compare. */
#ifndef GHM_CMD_COMPARE_H
#define GHM_CMD_COMPARE_H

#include "template/function.h"

function_run compare_eq, compare_ne, compare_lt, compare_le, compare_gt, compare_ge;

#endif
