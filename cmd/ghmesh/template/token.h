/* SPDX-License-Identifier: MIT */
/* The words of a template, one after the other. */
#ifndef GHM_CMD_TOKEN_H
#define GHM_CMD_TOKEN_H

#include "base/bytes.h"
#include "template/problem.h"

enum token_type {
    TOKEN_END, /* of the text */
    TOKEN_ERROR,
    TOKEN_TEXT,
    TOKEN_OPEN,  /* {{ */
    TOKEN_CLOSE, /* }} */
    TOKEN_SPACE,
    TOKEN_ASSIGN,  /* = */
    TOKEN_DECLARE, /* := */
    TOKEN_PIPE,
    TOKEN_COMMA,
    TOKEN_LEFT,  /* ( */
    TOKEN_RIGHT, /* ) */
    TOKEN_DOT,
    TOKEN_FIELD,    /* .name */
    TOKEN_VARIABLE, /* $ or $name */
    TOKEN_NAME,
    TOKEN_STRING, /* "quoted" */
    TOKEN_RAW,    /* `quoted` */
    TOKEN_CHAR,   /* 'quoted' */
    TOKEN_NUMBER,
};

struct token {
    enum token_type type;
    struct ghm_bytes text; /* as it is written */
};

struct tokens {
    struct ghm_bytes rest;
    bool is_inside; /* of an action */
    size_t parens;  /* open */
    struct problem *problem;
};

void tokens_init(struct tokens *tokens, struct ghm_bytes text, struct problem *problem);

/** The next one; TOKEN_ERROR with the problem noted, and then again. */
struct token tokens_next(struct tokens *tokens);

#endif
