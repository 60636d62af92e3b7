/* SPDX-License-Identifier: MIT */
/* One member of a JSON object, found without a tree and without memory. */
#ifndef GHM_ANSWER_MEMBER_H
#define GHM_ANSWER_MEMBER_H

#include "base/bytes.h"
#include "base/error.h"

/**
 * Find a member of the outermost object.
 *
 * @param ret_value its value as it is written, a string with its quotes; views `text`
 * @param text      a JSON text
 * @param name      plain ASCII
 * @return GHM_OK; GHM_ENOTFOUND; GHM_EINVAL when the text is not JSON (see json.h) or no object, or
 *         when two readers could differ: the name is there twice, or some name has an escape
 *
 * Bound: two passes over the text.
 */
int ghm_member_find(struct ghm_bytes *ret_value, struct ghm_bytes text,
                    const char *name) GHM_MUST_USE;

/** How many members the outermost object of a JSON text has. GHM_EINVAL as ghm_member_find for what
 * is no JSON or no object. */
int ghm_member_count(struct ghm_bytes text) GHM_MUST_USE;

/** Is the value that was found this string, written without escapes? */
bool ghm_member_is(struct ghm_bytes value, const char *text);

#endif
