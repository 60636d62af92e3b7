/* SPDX-License-Identifier: MIT */
/* jq expressions over answers (libjq). */
#ifndef GHM_CMD_FILTER_H
#define GHM_CMD_FILTER_H

#include <stdbool.h>
#include <stddef.h>

struct filter;

/** Compile an expression. NULL: it cannot be, and standard error says why. */
struct filter *filter_new(const char *expression);
void filter_free(struct filter *filter);

/** Print what the expression selects of one JSON text, a line each: texts as they are, other values
 * as JSON. false: the text is no JSON, or the expression failed on it; standard error says so. */
bool filter_show(struct filter *filter, const char *json, size_t len);

#endif
