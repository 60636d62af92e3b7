/* SPDX-License-Identifier: MIT */
#ifndef GHM_CMD_COLOR_H
#define GHM_CMD_COLOR_H

#include "base/buf.h"

/** Append a text in a style such as "red", "green+bu:white+h" or "208". */
int color_append(struct ghm_buf *buf, struct ghm_bytes style, struct ghm_bytes text);

#endif
