/* SPDX-License-Identifier: MIT */
/* The hash by which two members see that they hold the same state of a thing: over the canonical
 * JSON of its validation fields. Members in Python write it as a CID or, without a certain package,
 * as hex; both are read. */
#ifndef GHM_ANSWER_CONTENT_H
#define GHM_ANSWER_CONTENT_H

#include "base/bytes.h"
#include "wire/cid.h"

#define GHM_CONTENT_HEX_MAX 65 /* with the terminator */

/** The CID of canonical JSON, "bafkrei...", terminated. */
void ghm_content_id(char ret_text[GHM_CID_TEXT_MAX], struct ghm_bytes canonical);

/** The SHA-256 of canonical JSON as lower-case hex, terminated. */
void ghm_content_hex(char ret_text[GHM_CONTENT_HEX_MAX], struct ghm_bytes canonical);

/** Is `text` the hash of this canonical JSON, in either form? */
bool ghm_content_is(struct ghm_bytes text, struct ghm_bytes canonical);

#endif
