/* SPDX-License-Identifier: MIT */
/* What a caller asks of GitHub, as views. */
#ifndef GHM_ANSWER_REQUEST_H
#define GHM_ANSWER_REQUEST_H

#include "base/bytes.h"
#include "base/error.h"

#define GHM_REQUEST_METHOD_MAX 16
#define GHM_REQUEST_HOST_MAX 261 /* a DNS name and a port */
#define GHM_REQUEST_TARGET_MAX 3072
#define GHM_REQUEST_ACCEPT_MAX 512
#define GHM_REQUEST_VERSION_MAX 64
#define GHM_REQUEST_FEATURES_MAX 512

struct ghm_request {
    struct ghm_bytes method; /* "GET" */
    struct ghm_bytes host;   /* "api.github.com", with :port when it is not the default */
    struct ghm_bytes target; /* path and query: "/repos/o/r?page=2" */
    struct ghm_bytes accept; /* the literal header value; absent, empty and "*" "/" "*" differ */
    struct ghm_bytes api_version; /* X-GitHub-Api-Version, or absent */
    struct ghm_bytes body;        /* of a POST that only reads (GraphQL), else absent */
    struct ghm_bytes features;    /* its GraphQL-Features, or absent */
};

/** Check shape: known method characters, a target that starts with '/', no CR, LF, NUL or blank in
 * any line part, bounded lengths. GHM_EINVAL; GHM_ELIMIT. */
int ghm_request_check(const struct ghm_request *request) GHM_MUST_USE;

#endif
