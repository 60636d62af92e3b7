/* SPDX-License-Identifier: MIT */
/* A name to a connected socket: all its addresses are looked up, and tried one after another, each
 * with a head start of 250 ms over the next, until one answers (happy eyeballs). A failure starts
 * the next at once.
 *
 * Bounds: 8 addresses of a name, IPv6 and IPv4 in turns, so that neither family crowds out the
 * other. How long all of it may take, the owner decides.
 *
 * Spec: RFC 8305 sections 4, 5 */
#ifndef GHM_IO_RESOLVE_H
#define GHM_IO_RESOLVE_H

#include "wire/multiaddr.h"

#include <uv.h>

#define GHM_RESOLVE_ADDRS_MAX 8

struct ghm_resolve;

struct ghm_resolve_config {
    uv_loop_t *loop;
    void *context;
    /** Once, from the loop: a connected socket, owned by the callee; -1: no address answered. */
    void (*done)(void *context, int fd);
};

/** Begin; `tcp` is a name and a port. It is gone after `done`. GHM_ENOMEM; GHM_EIO: nothing was
 * begun. */
int ghm_resolve_new(struct ghm_resolve **ret_resolve, const struct ghm_resolve_config *config,
                    const struct ghm_multiaddr_tcp *tcp) GHM_MUST_USE;

/** End it before `done`, which is then not called. Its memory is given back while the loop runs. */
void ghm_resolve_cancel(struct ghm_resolve *resolve);

/** Put at most ADDRS_MAX addresses in the order in which they are tried: IPv6 first, then in turns,
 * none twice. Returns how many. */
size_t ghm_resolve_line_up(struct sockaddr_storage ret_addrs[GHM_RESOLVE_ADDRS_MAX],
                           const struct addrinfo *found);

#endif
