/* SPDX-License-Identifier: MIT */
#ifndef GHM_ANSWER_JSON_H
#define GHM_ANSWER_JSON_H

#include "base/bytes.h"

/** Is it one JSON text, of any type? Spec: RFC 8259 */
bool ghm_json_is_text(struct ghm_bytes text);

#endif
