/* SPDX-License-Identifier: MIT */
/* What the HTTP face says itself, in place of GitHub: a status and a JSON body that tells what to
 * do. One table says all of them. */
#ifndef GHM_FRONT_REFUSAL_H
#define GHM_FRONT_REFUSAL_H

#include "base/bytes.h"
#include "base/error.h"

/* id, status, sentence. A sentence is JSON text as it stands: no quotes, no backslashes. */
#define GHM_REFUSAL_MAP(X)                                                                         \
    X(GHM_REFUSAL_METHOD, 400, "the method is not a token of at most 16 letters")                  \
    X(GHM_REFUSAL_TARGET, 400,                                                                     \
      "the request target must be a path, or a URL, of visible ASCII characters: percent-encode "  \
      "the others")                                                                                \
    X(GHM_REFUSAL_HIDING, 400,                                                                     \
      "the head of the request has a NUL byte, a header without a name, or a header that goes on " \
      "in the next line: leave them out")                                                          \
    X(GHM_REFUSAL_HEADER, 400, "a header has a name or a value that HTTP does not allow")          \
    X(GHM_REFUSAL_HOST, 400, "exactly one Host header with a host name is needed")                 \
    X(GHM_REFUSAL_FRAMING, 400,                                                                    \
      "the length of the body is told twice or in a form that is not allowed: send one "           \
      "Content-Length, or Transfer-Encoding: chunked")                                             \
    X(GHM_REFUSAL_TWICE, 400, "a header that must be alone, such as Authorization, came twice")    \
    X(GHM_REFUSAL_CONNECT, 405,                                                                    \
      "this is no proxy for TLS: ask for http://api.github.localhost/, or use the socket "         \
      "(gh config set http_unix_socket PATH)")                                                     \
    X(GHM_REFUSAL_TRACE, 405, "TRACE is not answered")                                             \
    X(GHM_REFUSAL_TOO_LONG, 414, "the request target is longer than this node accepts")            \
    X(GHM_REFUSAL_MISDIRECTED, 421,                                                                \
      "this node passes requests to GitHub only: name another host in GHMESH_HTTP_HOSTS to have "  \
      "it served too")                                                                             \
    X(GHM_REFUSAL_TOO_LARGE, 431, "the headers are more than this node accepts")                   \
    X(GHM_REFUSAL_LIMITED, 429,                                                                    \
      "GitHub said to wait, and nothing that may be shown is stored: come back later")             \
    X(GHM_REFUSAL_HELD, 429,                                                                       \
      "GitHub said that this identity must wait: nothing is passed on before Retry-After is over") \
    X(GHM_REFUSAL_INTERNAL, 500, "this node could not answer: its log says why")                   \
    X(GHM_REFUSAL_ORIGIN, 502, "GitHub could not be reached, or broke off: try again")             \
    X(GHM_REFUSAL_BUSY, 503, "this node has too much to do: try again in a moment")                \
    X(GHM_REFUSAL_ENDING, 503, "this node is ending: try again, or ask GitHub")                    \
    X(GHM_REFUSAL_LATE, 504, "GitHub did not answer in time: try again")                           \
    X(GHM_REFUSAL_NOT_STORED, 504, "only-if-cached was asked for, and it is not stored")           \
    X(GHM_REFUSAL_LOOP, 508, "this request came from this node: GHMESH_HOST leads back here")

enum ghm_refusal {
    GHM_REFUSAL_NONE,
#define GHM_REFUSAL_ENUM(id, status, text) id,
    GHM_REFUSAL_MAP(GHM_REFUSAL_ENUM)
#undef GHM_REFUSAL_ENUM
};

struct ghm_refusal_row {
    int status;
    struct ghm_bytes body; /* {"message":"..."}, constant */
};

/** What is said; `refusal` is not NONE. */
struct ghm_refusal_row ghm_refusal_row(enum ghm_refusal refusal);

/** What is said of an error of the node's (GHM_ETIMEOUT ...). */
enum ghm_refusal ghm_refusal_of_error(int error);

#endif
