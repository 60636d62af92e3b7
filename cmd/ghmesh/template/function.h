/* SPDX-License-Identifier: MIT */
/* What templates can call: Go's functions, and gh's. */
#ifndef GHM_CMD_FUNCTION_H
#define GHM_CMD_FUNCTION_H

#include "template/run.h"
#include "template/value.h"

enum param {
    PARAM_NO, /* no such parameter */
    PARAM_VALUE,
    PARAM_ANY,
    PARAM_TEXT,
    PARAM_INT,
    PARAM_LIST,
};

#define FUNCTION_PARAMS_MAX 2

struct function_call {
    struct run *run;
    struct value *args;
    size_t count;
};

/** false: the problem is noted. */
typedef bool function_run(struct function_call *call, struct value *ret_value);

struct function {
    const char *name;
    function_run *run; /* NULL: "and" and "or", which do not need all of their arguments */
    enum param params[FUNCTION_PARAMS_MAX];
    enum param more; /* of all that follow */
};

const struct function *function_find(struct ghm_bytes name);

#endif
