/* SPDX-License-Identifier: MIT */
/* Texts of visible bytes: what a request line or a header value may be made of. Bytes of UTF-8 are
 * visible. Eight bytes at a time, because every hit is checked. */
#ifndef GHM_ANSWER_VISIBLE_H
#define GHM_ANSWER_VISIBLE_H

#include "base/bytes.h"

/** No blank, no control character. */
bool ghm_visible_is_word(struct ghm_bytes text);

/** No control character but tabs. */
bool ghm_visible_is_line(struct ghm_bytes text);

#endif
