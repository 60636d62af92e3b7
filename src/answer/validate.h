/* SPDX-License-Identifier: MIT */
/* The fields of a value that show whether the thing changed: what programs in Python hash, by the
 * same rules, but chosen by the route's or operation's exact rule and not by a piece of its name.
 */
#ifndef GHM_ANSWER_VALIDATE_H
#define GHM_ANSWER_VALIDATE_H

#include "answer/route.h"
#include "base/error.h"

#include <jansson.h>

/**
 * Extract the validation fields of a value.
 *
 * @param ret_fields for a list an object of objects by id, else one flat object; owned by the
 * caller (json_decref)
 * @param data       unchanged
 * @return GHM_OK; GHM_ENOTFOUND when the rule has no fields or the value nothing to take them from;
 *         GHM_ENOMEM
 */
int ghm_validate_fields(json_t **ret_fields, enum ghm_route_rule rule,
                        const json_t *data) GHM_MUST_USE;

#endif
