/* SPDX-License-Identifier: MIT */
/* Values as Go's package fmt shows them. */
#ifndef GHM_CMD_FORMAT_H
#define GHM_CMD_FORMAT_H

#include "base/buf.h"
#include "template/value.h"

struct format_args {
    const struct value *values;
    size_t count;
};

/** Append one after the other, as Sprint does. Errors as ghm_buf_append. */
int format_print(struct ghm_buf *buf, struct arena *arena, struct format_args args);

/** Append all with spaces and the end of a line, as Sprintln does. */
int format_println(struct ghm_buf *buf, struct arena *arena, struct format_args args);

/** Append what a format says of them, as Sprintf does. */
int format_printf(struct ghm_buf *buf, struct arena *arena, struct ghm_bytes format,
                  struct format_args args);

#endif
