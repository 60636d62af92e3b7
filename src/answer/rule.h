/* SPDX-License-Identifier: MIT */
/* What is known of a variant by its name alone, of whichever kind it is. */
#ifndef GHM_ANSWER_RULE_H
#define GHM_ANSWER_RULE_H

#include "answer/route.h"
#include "answer/variant.h"

/** The route of an HTTP request's name, or of an operation key. */
struct ghm_route ghm_rule_of_name(struct ghm_bytes name, uint32_t default_ttl_s);

/** The path and query in an HTTP request's name; absent in an operation key. */
struct ghm_bytes ghm_rule_target(struct ghm_bytes name);

#endif
