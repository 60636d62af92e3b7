/* SPDX-License-Identifier: MIT */
/* What actions come to. */
#ifndef GHM_CMD_EVAL_H
#define GHM_CMD_EVAL_H

#include "template/run.h"
#include "template/value.h"

#define EVAL_VARIABLES_MAX 4096
#define EVAL_ARGS_MAX 256

struct eval_variable {
    struct ghm_bytes name;
    struct value value;
};

/* The variables of one template that is at work; those of one in it are others. */
struct eval {
    struct run *run;
    struct eval_variable *variables; /* of EVAL_VARIABLES_MAX */
    size_t first;                    /* of this template: its $ */
    size_t count;
};

/** What a pipeline comes to; its variables are set. false: the problem is noted. */
bool eval_pipe(struct eval *eval, struct value *ret_value, const struct tree_pipe *pipe,
               const struct value *dot);

bool eval_push(struct eval *eval, struct ghm_bytes name, struct value value);

#endif
