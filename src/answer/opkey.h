/* SPDX-License-Identifier: MIT */
/* Operation keys: what a program calls the answer it keeps, "op:arg:name=value". The plain forms
 * look as they always did, "list_repos:limit=10:owner=me"; what could be read in two ways is
 * written so that it can be read in one:
 *
 *   - '%', ':', '=', blanks and control characters are %XX, in upper case;
 *   - a string that looks like another type, or starts with ', has one ' before it: limit='10 is
 * the text "10", limit=10 the number, branch=None no branch and branch='None one of that name;
 *   - named parameters are sorted by name and come after the others. */
#ifndef GHM_ANSWER_OPKEY_H
#define GHM_ANSWER_OPKEY_H

#include "base/buf.h"

#include <stdbool.h>

#define GHM_OPKEY_TEXT_MAX 4096 /* bytes of a key, in any spelling; no terminator */
#define GHM_OPKEY_ARGS_MAX 32

enum ghm_opkey_type {
    GHM_OPKEY_STRING,
    GHM_OPKEY_INTEGER,
    GHM_OPKEY_REAL,
    GHM_OPKEY_TRUTH,
    GHM_OPKEY_NULL,
};

struct ghm_opkey_arg {
    const char *name; /* NULL: positional, in the order given */
    enum ghm_opkey_type type;
    union {
        struct ghm_bytes string; /* any bytes */
        int64_t integer;
        double real; /* as Python prints it: 1.0, 1e+16 */
        bool truth;  /* True, False */
    } value;
};

/**
 * Append the key of an operation.
 *
 * @param op    its name, not empty
 * @param args  args[count], positional and named in any order
 * @return GHM_OK; GHM_EINVAL for an empty name or one given twice; GHM_ELIMIT past
 *         GHM_OPKEY_ARGS_MAX or GHM_OPKEY_TEXT_MAX, or as ghm_buf_append; GHM_ENOMEM
 */
int ghm_opkey_encode(struct ghm_buf *buf, const char *op, const struct ghm_opkey_arg *args,
                     size_t count) GHM_MUST_USE;

/**
 * Write the one canonical spelling of a key that somebody typed.
 *
 * Of each ':'-part the first '=' ends the name; raw blanks and later '=' are accepted and escaped.
 *
 * @return bytes written, 1..GHM_OPKEY_TEXT_MAX; GHM_EINVAL for an empty operation or name, a name
 *         given twice or a '%' without two digits; GHM_ELIMIT as ghm_opkey_encode
 */
int ghm_opkey_canon(char ret_text[GHM_OPKEY_TEXT_MAX], struct ghm_bytes key) GHM_MUST_USE;

/** The operation's part of a canonical key, still escaped: what comes before the first ':'. */
struct ghm_bytes ghm_opkey_op(struct ghm_bytes key);

#endif
