/* SPDX-License-Identifier: MIT */
/* Connects by name, where a name has the addresses that the arguments say; prints how it ended.
 *
 *     byname [cancel] PORT ADDRESS... */
#include "io/resolve.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ADDRS_MAX 16

static char *const *hosts;
static int hosts_count;
static bool is_ended;

/* In the place of the C library's, for libuv too, so that the answer is ours. */
__attribute__((visibility("default"))) int getaddrinfo(const char *name, const char *port,
                                                       const struct addrinfo *hints,
                                                       struct addrinfo **ret_found)
{
    static struct addrinfo infos[ADDRS_MAX];
    static struct sockaddr_storage addrs[ADDRS_MAX];
    (void)hints;
    if (strcmp(name, "many.example") != 0 || hosts_count == 0) return EAI_NONAME;
    for (int i = 0; i < hosts_count && i < ADDRS_MAX; i++) {
        bool is_six = strchr(hosts[i], ':') != NULL;
        infos[i].ai_family = is_six ? AF_INET6 : AF_INET;
        infos[i].ai_addr = (struct sockaddr *)&addrs[i];
        infos[i].ai_next = i + 1 < hosts_count ? &infos[i + 1] : NULL;
        if (is_six)
            (void)uv_ip6_addr(hosts[i], atoi(port), (struct sockaddr_in6 *)(void *)&addrs[i]);
        else
            (void)uv_ip4_addr(hosts[i], atoi(port), (struct sockaddr_in *)(void *)&addrs[i]);
    }
    *ret_found = infos;
    return 0;
}

__attribute__((visibility("default"))) void freeaddrinfo(struct addrinfo *found)
{
    (void)found;
}

static void on_done(void *context, int fd)
{
    struct sockaddr_storage addr = {0};
    socklen_t len = sizeof addr;
    char text[64] = "nowhere";
    (void)context;
    is_ended = true;
    if (fd >= 0 && getpeername(fd, (struct sockaddr *)&addr, &len) == 0) {
        if (addr.ss_family == AF_INET6)
            (void)uv_ip6_name((struct sockaddr_in6 *)(void *)&addr, text, sizeof text);
        else
            (void)uv_ip4_name((struct sockaddr_in *)(void *)&addr, text, sizeof text);
    }
    if (fd >= 0) (void)close(fd);
    (void)printf("%s\n", text);
}

int main(int argc, char **argv)
{
    uv_loop_t loop;
    struct ghm_resolve *resolve;
    bool cancels = argc > 1 && strcmp(argv[1], "cancel") == 0;
    int at = cancels ? 2 : 1;
    if (argc <= at || uv_loop_init(&loop) != 0) return 2;
    struct ghm_multiaddr_tcp tcp = {.is_name = true, .port = (uint16_t)atoi(argv[at])};
    const struct ghm_resolve_config config = {.loop = &loop, .done = on_done};
    memcpy(tcp.host, "many.example", sizeof "many.example");
    hosts = argv + at + 1;
    hosts_count = argc - at - 1;
    if (ghm_resolve_new(&resolve, &config, &tcp) != GHM_OK) return 1;
    /* Early, or once a first address is being tried. */
    if (cancels && hosts_count > 0) (void)uv_run(&loop, UV_RUN_ONCE);
    if (cancels && !is_ended) ghm_resolve_cancel(resolve);
    (void)uv_run(&loop, UV_RUN_DEFAULT);
    if (cancels && !is_ended) (void)printf("cancelled\n");
    return uv_loop_close(&loop) == 0 ? 0 : 1; /* nothing is left in it */
}
