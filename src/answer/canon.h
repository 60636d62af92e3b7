/* SPDX-License-Identifier: MIT */
/* Canonical JSON: the bytes of Python's json.dumps(value, sort_keys=True), so that members in both
 * languages hash the same value alike. */
#ifndef GHM_ANSWER_CANON_H
#define GHM_ANSWER_CANON_H

#include "base/buf.h"

#include <jansson.h>

#define GHM_CANON_DEPTH_MAX 32

/**
 * Append the canonical text of a value.
 *
 * ", " and ": " between things, keys in code point order at every level, everything but visible
 * ASCII as lower-case \uXXXX with surrogate pairs, numbers as Python prints them.
 *
 * @param value unchanged; no text in it may hold NUL
 * @return GHM_OK; GHM_ELIMIT when it is nested deeper than GHM_CANON_DEPTH_MAX; errors as
 *         ghm_buf_append. On failure `buf` may end in a part of the text
 *
 * Spec: Python 3 library reference, json.dumps
 */
int ghm_canon_append(struct ghm_buf *buf, json_t *value) GHM_MUST_USE;

#endif
