/* SPDX-License-Identifier: MIT */
/* Requests to GitHub: libcurl in the loop, one warm connection, HTTP/2 where the server has it. */
#ifndef GHM_IO_ORIGIN_H
#define GHM_IO_ORIGIN_H

#include "base/bytes.h"
#include "base/error.h"

#include <uv.h>

#define GHM_ORIGIN_UNDER_WAY_MAX 256
#define GHM_ORIGIN_HEADERS_MAX (256U << 10)

struct ghm_origin;

struct ghm_origin_request {
    uint64_t id; /* the caller's, told again in the response */
    const char *url;
    struct ghm_bytes headers; /* "Name: value\n" each; may hold the token */
    struct ghm_bytes body;    /* copied; absent: a GET, else a POST */
    uint64_t timeout_ms;
};

/** What became of a request; views are valid during the callback. */
struct ghm_origin_response {
    uint64_t id;
    int error;          /* GHM_OK: an HTTP answer came, whatever its status */
    const char *reason; /* of an error, in a few words */
    int status;
    struct ghm_bytes headers; /* "name: value\n" each, names in lower case */
    struct ghm_bytes body;    /* decoded */
};

typedef void ghm_origin_done(void *context, const struct ghm_origin_response *response);

/** GHM_ENOMEM; GHM_EIO when libcurl cannot start. */
int ghm_origin_new(struct ghm_origin **ret_origin, uv_loop_t *loop, ghm_origin_done *done,
                   void *context) GHM_MUST_USE;

/** Stop everything (no callback follows) and begin to close the handles; the memory is given back
 * while the loop runs on. NULL is accepted. */
void ghm_origin_free(struct ghm_origin *origin);

/** Send a GET, or a POST that only reads. GHM_ELIMIT when too many are under way; GHM_ENOMEM. The
 * outcome is always told later, never from inside this call. */
int ghm_origin_send(struct ghm_origin *origin,
                    const struct ghm_origin_request *request) GHM_MUST_USE;

#endif
