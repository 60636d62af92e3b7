/* SPDX-License-Identifier: MIT */
/* Times as the API writes them (RFC 3339), and as Go shows them. */
#ifndef GHM_CMD_MOMENT_H
#define GHM_CMD_MOMENT_H

#include "base/buf.h"

struct moment {
    int64_t unix_s;
    int nanoseconds;
    int offset_s; /* of the zone it is told in */
};

/** false: it is no such time. */
bool moment_parse(struct moment *ret_moment, struct ghm_bytes text);

/** Append it in a layout such as "Jan 2, 2006". */
int moment_append(struct ghm_buf *buf, const struct moment *moment, struct ghm_bytes layout);

/** Append how long before `now_s` it was. */
int moment_append_ago(struct ghm_buf *buf, const struct moment *moment, int64_t now_s);

#endif
