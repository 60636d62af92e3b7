/* SPDX-License-Identifier: MIT */
/* Characters of UTF-8, and how wide a terminal shows them. */
#ifndef GHM_CMD_RUNE_H
#define GHM_CMD_RUNE_H

#include "base/bytes.h"

#define RUNE_BAD 0xfffdU

/** The first character of 1 or more bytes; returns its length. RUNE_BAD, 1: they are no UTF-8. */
size_t rune_decode(uint32_t *ret_rune, struct ghm_bytes bytes);

/** Up to 4 bytes; returns how many. */
size_t rune_encode(uint8_t *ret_bytes, uint32_t rune);

/** How many characters. */
size_t rune_count(struct ghm_bytes bytes);

/** 0, 1 or 2 columns. */
unsigned rune_width(uint32_t rune);

/** A letter, mark, number, sign or the ASCII space? */
bool rune_is_printable(uint32_t rune);

#endif
