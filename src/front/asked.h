/* SPDX-License-Identifier: MIT */
/* A request as it stood on the wire, and whether it may be believed: what two readers could
 * understand in two ways is refused, so that nobody can hide one request in another. */
#ifndef GHM_FRONT_ASKED_H
#define GHM_FRONT_ASKED_H

#include "answer/header.h"
#include "front/refusal.h"

#define GHM_ASKED_HEADERS_MAX 100
#define GHM_ASKED_METHOD_MAX 16
#define GHM_ASKED_TARGET_MAX 8000

struct ghm_asked {
    struct ghm_bytes method;
    struct ghm_bytes target; /* between the blanks of the request line */
    bool is_old;             /* HTTP/1.0 */
    bool is_cut;             /* there were more headers */
    bool is_hiding;          /* the head held what is not in here */
    size_t headers_count;
    struct ghm_header headers[GHM_ASKED_HEADERS_MAX];
};

/** Is it this name, in any case? `lower_name` is in lower case, and not empty. */
bool ghm_asked_is(struct ghm_bytes name, const char *lower_name);

/** Might it be? Nearly always not, and then a name need not be looked at further. */
static inline bool ghm_asked_may_be(struct ghm_bytes name, const char *lower_name)
{
    return name.len > 0 && (name.ptr[0] | 0x20) == (lower_name[0] | 0x20);
}

/** The value of the first header of this name; absent when there is none. */
struct ghm_bytes ghm_asked_find(const struct ghm_asked *asked, const char *lower_name);

/** Is `word` among the comma-separated words of all headers of this name, in any case? */
bool ghm_asked_lists(const struct ghm_asked *asked, const char *lower_name, const char *word);

/** Does a body follow: a Content-Length that is not 0, or chunks? */
bool ghm_asked_has_body(const struct ghm_asked *asked);

/** NONE, or why the request is not answered. Spec: RFC 9112 sections 3.2, 5.1, 6.1 to 6.3 */
enum ghm_refusal ghm_asked_check(const struct ghm_asked *asked);

#endif
