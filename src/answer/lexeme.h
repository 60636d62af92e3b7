/* SPDX-License-Identifier: MIT */
/* The lexical tokens of a GraphQL document, one after the other, without memory. */
#ifndef GHM_ANSWER_LEXEME_H
#define GHM_ANSWER_LEXEME_H

#include "base/bytes.h"

enum ghm_lexeme_type {
    GHM_LEXEME_END,    /* nothing is left */
    GHM_LEXEME_NAME,   /* letters, digits and '_', not starting with a digit */
    GHM_LEXEME_NUMBER, /* as written; its form is not checked */
    GHM_LEXEME_STRING, /* with its quotes; a block string with its three */
    GHM_LEXEME_MARK,   /* one of ! $ & ( ) : = @ [ ] { | } or ... */
    GHM_LEXEME_BAD,    /* no token starts like this, or it does not end */
};

struct ghm_lexeme {
    enum ghm_lexeme_type type;
    struct ghm_bytes text;
};

/**
 * Take the next token. Blanks, line ends, commas, comments and a byte order mark are passed over.
 *
 * @param walk the rest of the document; moved on, but not past what is BAD
 *
 * Spec: GraphQL October 2021, section 2.1
 */
struct ghm_lexeme ghm_lexeme_next(struct ghm_bytes *walk);

#endif
