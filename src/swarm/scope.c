/* SPDX-License-Identifier: MIT */
#include "swarm/scope.h"

#include <arpa/inet.h>

/* RFC 1918, 3927, 6598 */
static enum ghm_scope scope_of_ip4(const uint8_t ip[4])
{
    if (ip[0] == 0) return GHM_SCOPE_UNSPECIFIED;
    if (ip[0] == 127) return GHM_SCOPE_LOOPBACK;
    bool is_private = ip[0] == 10 || (ip[0] == 172 && (ip[1] & 0xf0) == 16) ||
                      (ip[0] == 192 && ip[1] == 168) || (ip[0] == 169 && ip[1] == 254) ||
                      (ip[0] == 100 && (ip[1] & 0xc0) == 64);
    return is_private ? GHM_SCOPE_PRIVATE : GHM_SCOPE_PUBLIC;
}

/* RFC 4291, 4193; an IPv4 address in an IPv6 one is what it is there. */
static enum ghm_scope scope_of_ip6(const uint8_t ip[16])
{
    static const uint8_t zeros[16] = {0};
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    if (memcmp(ip, mapped, sizeof mapped) == 0) return scope_of_ip4(ip + sizeof mapped);
    if (memcmp(ip, zeros, 15) == 0) {
        if (ip[15] == 0) return GHM_SCOPE_UNSPECIFIED;
        if (ip[15] == 1) return GHM_SCOPE_LOOPBACK;
    }
    bool is_private = (ip[0] & 0xfe) == 0xfc || (ip[0] == 0xfe && (ip[1] & 0xc0) == 0x80);
    return is_private ? GHM_SCOPE_PRIVATE : GHM_SCOPE_PUBLIC;
}

enum ghm_scope ghm_scope_of_host(const char *host)
{
    uint8_t ip[16];
    if (inet_pton(AF_INET, host, ip) == 1) return scope_of_ip4(ip);
    return inet_pton(AF_INET6, host, ip) == 1 ? scope_of_ip6(ip) : GHM_SCOPE_NAME;
}

enum ghm_scope ghm_scope_of(const struct ghm_multiaddr *addr)
{
    struct ghm_multiaddr_tcp tcp;
    return ghm_multiaddr_as_tcp(&tcp, addr) == GHM_OK ? ghm_scope_of_host(tcp.host)
                                                      : GHM_SCOPE_NAME;
}
