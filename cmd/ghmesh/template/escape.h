/* SPDX-License-Identifier: MIT */
/* Texts made safe for where they go. */
#ifndef GHM_CMD_ESCAPE_H
#define GHM_CMD_ESCAPE_H

#include "base/buf.h"

/** Errors as ghm_buf_append. */
typedef int escape_append(struct ghm_buf *buf, struct ghm_bytes text);

escape_append escape_html, escape_js, escape_query;

#endif
