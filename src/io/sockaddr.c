/* SPDX-License-Identifier: MIT */
#include "io/sockaddr.h"

#include "base/bytes.h"

#include <netinet/in.h>
#include <uv.h>

int ghm_sockaddr_of(struct sockaddr_storage *ret_addr, const char *host, uint16_t port)
{
    if (uv_ip4_addr(host, port, (struct sockaddr_in *)(void *)ret_addr) == 0) return GHM_OK;
    if (uv_ip6_addr(host, port, (struct sockaddr_in6 *)(void *)ret_addr) == 0) return GHM_OK;
    return GHM_EINVAL;
}

/* Without the port. */
static struct ghm_bytes address_in(const struct sockaddr_storage *addr)
{
    const struct sockaddr_in *in4 = (const struct sockaddr_in *)(const void *)addr;
    const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)(const void *)addr;
    if (addr->ss_family == AF_INET) return ghm_bytes(&in4->sin_addr, sizeof in4->sin_addr);
    if (addr->ss_family == AF_INET6) return ghm_bytes(&in6->sin6_addr, sizeof in6->sin6_addr);
    return GHM_BYTES_NONE;
}

bool ghm_sockaddr_is_here(int fd)
{
    struct sockaddr_storage local = {.ss_family = AF_UNSPEC};
    struct sockaddr_storage remote = {.ss_family = AF_UNSPEC};
    socklen_t local_len = sizeof local;
    socklen_t remote_len = sizeof remote;
    if (getsockname(fd, (struct sockaddr *)&local, &local_len) != 0) return false;
    if (getpeername(fd, (struct sockaddr *)&remote, &remote_len) != 0) return false;
    struct ghm_bytes here = address_in(&local);
    return here.len > 0 && ghm_bytes_equal(here, address_in(&remote));
}
