/* SPDX-License-Identifier: MIT */
/* One template at work. */
#ifndef GHM_CMD_RUN_H
#define GHM_CMD_RUN_H

#include "base/buf.h"
#include "template/arena.h"
#include "template/problem.h"
#include "template/table.h"
#include "template/tree.h"

#include <jansson.h>

#define RUN_BYTES_MAX ((size_t)256 << 20)
#define RUN_OUT_MAX ((size_t)64 << 20)
#define RUN_STEPS_MAX ((uint64_t)50000000) /* nodes and pipelines, of one JSON text */
#define RUN_DEPTH_MAX 3000                 /* of nodes in each other, templates included */

struct run {
    const struct tree *tree;
    struct arena arena; /* what functions make, until the end of this JSON text */
    struct ghm_buf out;
    struct problem problem;
    struct table table;
    json_t *made; /* arrays that functions made */
    int64_t now_s;
    bool is_colored;
    uint64_t steps;
    size_t depth;
};

#endif
