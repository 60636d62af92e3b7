/* SPDX-License-Identifier: MIT */
/* What went wrong with a template: the first thing that did. */
#ifndef GHM_CMD_PROBLEM_H
#define GHM_CMD_PROBLEM_H

#include <stdbool.h>

struct problem {
    char text[256]; /* "": nothing */
};

/** Note it, if nothing was noted before. Always false, for the caller to return. */
bool problem_note(struct problem *problem, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
