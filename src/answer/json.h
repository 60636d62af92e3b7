/* SPDX-License-Identifier: MIT */
/* Is a text JSON? Looked at in one pass, without a copy and without memory: every put is checked.
 */
#ifndef GHM_ANSWER_JSON_H
#define GHM_ANSWER_JSON_H

#include "base/bytes.h"

#define GHM_JSON_DEPTH_MAX 2048 /* arrays and objects inside of one another */

/** Is it one JSON text, of any type, nested at most GHM_JSON_DEPTH_MAX deep, in UTF-8? Spec: RFC
 * 8259; RFC 3629 */
bool ghm_json_is_text(struct ghm_bytes text);

#endif
