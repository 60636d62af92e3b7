/* SPDX-License-Identifier: MIT */
/* How far an IP address reaches. */
#ifndef GHM_SWARM_SCOPE_H
#define GHM_SWARM_SCOPE_H

#include "wire/multiaddr.h"

enum ghm_scope {
    GHM_SCOPE_NAME, /* no IP literal: unknown until it is resolved */
    GHM_SCOPE_UNSPECIFIED,
    GHM_SCOPE_LOOPBACK,
    GHM_SCOPE_PRIVATE, /* private, unique local, link local */
    GHM_SCOPE_PUBLIC,
};

/** `host` is an IP literal or a name, terminated. */
enum ghm_scope ghm_scope_of_host(const char *host);

/** The same of an address's host; GHM_SCOPE_NAME when it is no TCP address. */
enum ghm_scope ghm_scope_of(const struct ghm_multiaddr *addr);

#endif
