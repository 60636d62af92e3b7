/* SPDX-License-Identifier: MIT */
/* Validators: what lets GitHub say "not modified" for free. */
#ifndef GHM_ANSWER_VALIDATOR_H
#define GHM_ANSWER_VALIDATOR_H

#include "answer/entry.h"

/** What to send as If-None-Match and If-Modified-Since; absent parts are not sent. Views into the
 * entry. */
struct ghm_validator {
    struct ghm_bytes etag;          /* as it was received, W/ included */
    struct ghm_bytes last_modified; /* only when there is no ETag */
};

/**
 * The validators of a stored answer.
 *
 * An ETag goes alone: GitHub's dates are not reliable. Refusals (404 ...) have no date to go by,
 * for a 304 would keep them alive after the thing was made.
 */
struct ghm_validator ghm_validator_of(const struct ghm_entry *entry);

/** Do two entity tags name the same body? Weakly: W/"h" equals "h". Neither may be absent. Spec:
 * RFC 9110 section 8.8.3.2 */
bool ghm_validator_equal(struct ghm_bytes a, struct ghm_bytes b);

/** Does an If-None-Match value, "*" or a list of tags, name `etag`? Spec: RFC 9110 section 13.1.2
 */
bool ghm_validator_match(struct ghm_bytes if_none_match, struct ghm_bytes etag);

#endif
