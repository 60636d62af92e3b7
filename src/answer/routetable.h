/* SPDX-License-Identifier: MIT */
/* The rows of what is known of paths and operations; route.h finds its way in them. */
#ifndef GHM_ANSWER_ROUTETABLE_H
#define GHM_ANSWER_ROUTETABLE_H

#include "answer/route.h"

struct ghm_routetable_row {
    const char *name;
    struct ghm_route route; /* ttl_s 0: the caller's default */
};

extern const struct ghm_routetable_row ghm_routetable_paths[]; /* sorted by segments, '{' last */
extern const size_t ghm_routetable_paths_count;
extern const struct ghm_routetable_row ghm_routetable_ops[]; /* sorted by name */
extern const size_t ghm_routetable_ops_count;

#endif
