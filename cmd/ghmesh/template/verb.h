/* SPDX-License-Identifier: MIT */
/* One value in the shape that one verb of a format asks for. */
#ifndef GHM_CMD_VERB_H
#define GHM_CMD_VERB_H

#include "base/buf.h"
#include "template/value.h"

#define VERB_WIDTH_MAX 1000000
#define VERB_PRECISION_MAX 1000

struct verb {
    uint32_t letter;
    bool is_minus, is_plus, is_sharp, is_space, is_zero;
    bool is_syntax; /* "%#v" */
    bool has_width, has_precision;
    int width, precision;
};

/** Append it. Errors as ghm_buf_append. */
int verb_append(struct ghm_buf *buf, struct arena *arena, const struct verb *verb,
                const struct value *value);

#endif
