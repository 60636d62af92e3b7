/* SPDX-License-Identifier: MIT */
/* Texts on a terminal, with escapes that take no room. */
#ifndef GHM_CMD_TEXT_H
#define GHM_CMD_TEXT_H

#include "base/buf.h"

size_t text_width(struct ghm_bytes text);

/** Append as much of it as `width_max` columns hold, with "..." where something is missing.
 * Errors as ghm_buf_append. */
int text_append_cut(struct ghm_buf *buf, struct ghm_bytes text, size_t width_max);

/** Likewise of the first line only. */
int text_append_line(struct ghm_buf *buf, struct ghm_bytes text, size_t width_max);

#endif
