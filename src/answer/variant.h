/* SPDX-License-Identifier: MIT */
/* A variant: one request shape that has one right answer. Its name is a text that says every part
 * that matters, unambiguously; its id is 256 bits of XXH3 over the name, quick to make: whoever
 * serves an entry compares its name too. An operation key of a program
 * ("list_repos:limit=10:owner=me", see opkey.h) is a variant too; names of the two kinds never
 * meet. */
#ifndef GHM_ANSWER_VARIANT_H
#define GHM_ANSWER_VARIANT_H

#include "answer/request.h"

#define GHM_VARIANT_ID_LEN 32
#define GHM_VARIANT_NAME_MAX 4096

struct ghm_variant {
    uint8_t id[GHM_VARIANT_ID_LEN];
    size_t name_len;
    char name[GHM_VARIANT_NAME_MAX];
};

/* "GET api.github.com/repos/o/r?page=2 version=2022-11-28 accept=application/json": the blank after
 * the method is what no operation key has, and the last part takes the rest of the line. */
#define GHM_VARIANT_NAME_FIXED                                                                     \
    88 /* one blank, " version=", " body=" with 64 digits, " accept="                              \
        */

/** The variant of an HTTP request. Hosts are compared in lower case; the query stays as it is.
 * GHM_EINVAL and GHM_ELIMIT as ghm_request_check. */
int ghm_variant_of_request(struct ghm_variant *ret_variant,
                           const struct ghm_request *request) GHM_MUST_USE;

/** The variant of an operation key in any accepted spelling (parameters in any order). GHM_EINVAL;
 * GHM_ELIMIT. */
int ghm_variant_of_key(struct ghm_variant *ret_variant, struct ghm_bytes key) GHM_MUST_USE;

/** The variant that has this name, as an entry carries it. GHM_EINVAL when empty or too long. */
int ghm_variant_of_name(struct ghm_variant *ret_variant, struct ghm_bytes name) GHM_MUST_USE;

#endif
