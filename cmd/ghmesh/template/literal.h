/* SPDX-License-Identifier: MIT */
/* Quoted texts and numbers as Go writes them. */
#ifndef GHM_CMD_LITERAL_H
#define GHM_CMD_LITERAL_H

#include "template/tree.h"

/** A text in quotes or backquotes. false: its escapes are none, or no memory. */
bool literal_text(struct arena *arena, struct ghm_bytes *ret_text, struct ghm_bytes quoted);

/** A character in quotes. */
bool literal_char(struct tree_number *ret_number, struct ghm_bytes quoted);

/** A number; false: it is none, or it is too large. */
bool literal_number(struct tree_number *ret_number, struct ghm_bytes text);

#endif
