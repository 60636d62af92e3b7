/* SPDX-License-Identifier: MIT */
/* Where a request is to go: to the API that this node caches, or, for what the API redirects to, to
 * one of the hosts on a list. Nowhere else: a node is no open proxy. */
#ifndef GHM_FRONT_SITE_H
#define GHM_FRONT_SITE_H

#include "front/asked.h"

struct ghm_site_config {
    struct ghm_bytes host;   /* the API's, in lower case, with its port unless it is usual */
    struct ghm_bytes prefix; /* before every path there: "" or "/api/v3" */
    bool is_tls;
    const char *name;        /* "1.1 ghmesh-x7", in lower case: this node in Via */
    struct ghm_bytes others; /* hosts to pass to besides GitHub's, comma-separated; "http://" before
                                one means without TLS */
};

enum ghm_site_kind {
    GHM_SITE_API,
    GHM_SITE_OTHER,
};

#define GHM_SITE_TARGET_MAX (GHM_ASKED_TARGET_MAX + 128)

struct ghm_site {
    enum ghm_site_kind kind;
    bool is_local; /* asked under a name of this machine */
    bool is_tls;
    struct ghm_bytes host;
    struct ghm_bytes prefix;     /* of an API's paths */
    struct ghm_bytes asked_host; /* the client's name for the API; absent: the API's own */
    bool is_asked_tls;           /* of such a name; likewise the next */
    bool is_asked_v3;            /* with "/api/v3" before every path */
    struct ghm_bytes target;     /* views the request, or `room` */
    char room[GHM_SITE_TARGET_MAX];
};

/**
 * Find out where a checked request goes.
 *
 * The API is asked under its own host name, under a name of this machine (localhost, 127.0.0.1,
 * anything below .localhost, no name at all), and, when the configured API is on this machine
 * itself, as api.github.com. Paths are the API's, with or without "/api/v3"; "/api/graphql" is
 * "/graphql".
 *
 * @return NONE; HOST; TARGET; MISDIRECTED; TOO_LONG
 */
enum ghm_refusal ghm_site_of(struct ghm_site *ret_site, const struct ghm_site_config *config,
                             const struct ghm_asked *asked);

#endif
