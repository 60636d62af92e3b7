/* SPDX-License-Identifier: MIT */
/* A request that is no GET: to GitHub and back, past the cache, sent once. */
#ifndef GHM_CMD_SENDING_H
#define GHM_CMD_SENDING_H

#include "api/open.h"
#include "base/buf.h"

#define SENDING_BODY_MAX ((size_t)64 << 20) /* of the response */

struct sending {
    const char *method;
    const char *url;            /* whole */
    const char *const *headers; /* "Name: value", NULL-terminated */
    const char *token;          /* "": none */
    bool has_body;
    struct ghm_bytes body;
};

struct sent {
    int status;
    struct ghm_buf headers; /* "name: value\n" each */
    struct ghm_buf body;
};

/** Send and wait. GHM_EORIGIN; GHM_ETIMEOUT; GHM_ELIMIT; GHM_EINVAL for a header that is none;
 * GHM_EIO; GHM_ENOMEM. `ret_sent` is given back with sent_free in any case. */
int sending_do(const struct sending *sending, struct sent *ret_sent);
void sent_free(struct sent *sent);

#endif
