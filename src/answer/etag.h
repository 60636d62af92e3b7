/* SPDX-License-Identifier: MIT */
/* GitHub's entity tags as whoever holds a body and a token can compute them: hex SHA-256 over the
 * values of those of Accept, Authorization and Cookie, in this order, that the answer's Vary names,
 * each followed by ':', and then the body before compression.
 *
 * GitHub does not document this. Nothing may rest on it: see confidence.h. */
#ifndef GHM_ANSWER_ETAG_H
#define GHM_ANSWER_ETAG_H

#include "base/bytes.h"

#define GHM_ETAG_TEXT_MAX 67 /* 64 digits in quotes, and the terminator */

/** Those request headers that are hashed, as a set. */
enum ghm_etag_vary {
    GHM_ETAG_ACCEPT = 1,
    GHM_ETAG_AUTHORIZATION = 2,
    GHM_ETAG_COOKIE = 4,
    GHM_ETAG_ALL = 7,
};

/** Which of the three the Vary lines of an answer name; '*' names all. */
unsigned ghm_etag_vary(struct ghm_bytes answer_headers);

/**
 * Compute the strong tag, in quotes.
 *
 * @param vary            a set of ghm_etag_vary
 * @param request_headers "Name: value\n" lines as they are sent: a header that is there and empty
 *                        is hashed, one that is absent is not
 */
void ghm_etag_compute(char ret_tag[GHM_ETAG_TEXT_MAX], unsigned vary,
                      struct ghm_bytes request_headers, struct ghm_bytes body);

#endif
