/* SPDX-License-Identifier: MIT */
#include "io/resolve.h"

#include "base/mem.h"
#include "swarm/race.h"

#include <fcntl.h>
#include <stdio.h>

struct attempt {
    struct ghm_resolve *resolve;
    uv_tcp_t tcp;
    uv_connect_t connect;
};

struct ghm_resolve {
    struct ghm_resolve_config config;
    uv_getaddrinfo_t lookup;
    uv_timer_t timer; /* until the next may start */
    size_t count;
    size_t started;
    size_t running;
    size_t handles; /* that libuv still holds, and the lookup */
    bool is_looking_up;
    bool is_over;
    struct sockaddr_storage addrs[GHM_RESOLVE_ADDRS_MAX];
    struct attempt attempts[GHM_RESOLVE_ADDRS_MAX];
};

/* ---- the order ---- */

static size_t size_of(const struct sockaddr *addr)
{
    return addr->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
}

static bool has_addr(const struct sockaddr_storage *addrs, size_t count,
                     const struct sockaddr *addr)
{
    for (size_t i = 0; i < count; i++) {
        if (addrs[i].ss_family != addr->sa_family) continue;
        if (memcmp(&addrs[i], addr, size_of(addr)) == 0) return true;
    }
    return false;
}

/* The next of a family, from `found` on; NULL when there is none. */
static const struct addrinfo *next_of(const struct addrinfo *found, int family)
{
    while (found != NULL && found->ai_family != family)
        found = found->ai_next;
    return found;
}

static const struct addrinfo *line_up_one(struct sockaddr_storage *addrs, size_t *count,
                                          const struct addrinfo *found)
{
    if (found == NULL) return NULL;
    if (*count < GHM_RESOLVE_ADDRS_MAX && !has_addr(addrs, *count, found->ai_addr)) {
        memset(&addrs[*count], 0, sizeof addrs[*count]);
        memcpy(&addrs[*count], found->ai_addr, size_of(found->ai_addr));
        *count += 1;
    }
    return next_of(found->ai_next, found->ai_family);
}

size_t ghm_resolve_line_up(struct sockaddr_storage ret_addrs[GHM_RESOLVE_ADDRS_MAX],
                           const struct addrinfo *found)
{
    const struct addrinfo *six = next_of(found, AF_INET6);
    const struct addrinfo *four = next_of(found, AF_INET);
    size_t count = 0;
    while (six != NULL || four != NULL) {
        six = line_up_one(ret_addrs, &count, six);
        four = line_up_one(ret_addrs, &count, four);
    }
    return count;
}

/* ---- life ---- */

static void free_if_done(struct ghm_resolve *resolve)
{
    if (resolve->is_over && resolve->handles == 0) ghm_mem_free(NULL, resolve, sizeof *resolve);
}

static void on_timer_closed(uv_handle_t *handle)
{
    struct ghm_resolve *resolve = handle->data;
    resolve->handles--;
    free_if_done(resolve);
}

static void on_attempt_closed(uv_handle_t *handle)
{
    const struct attempt *attempt = handle->data;
    struct ghm_resolve *resolve = attempt->resolve;
    resolve->handles--;
    free_if_done(resolve);
}

static void close_attempt(struct attempt *attempt)
{
    uv_handle_t *handle = (uv_handle_t *)&attempt->tcp;
    if (uv_is_closing(handle) == 0) uv_close(handle, on_attempt_closed);
}

void ghm_resolve_cancel(struct ghm_resolve *resolve)
{
    resolve->is_over = true;
    if (resolve->is_looking_up) (void)uv_cancel((uv_req_t *)&resolve->lookup);
    for (size_t i = 0; i < resolve->started; i++)
        close_attempt(&resolve->attempts[i]);
    uv_close((uv_handle_t *)&resolve->timer, on_timer_closed);
}

static void finish(struct ghm_resolve *resolve, int fd)
{
    struct ghm_resolve_config config = resolve->config;
    ghm_resolve_cancel(resolve);
    config.done(config.context, fd);
}

/* ---- the race ---- */

static void start_due(struct ghm_resolve *resolve);

static void on_timer(uv_timer_t *timer)
{
    start_due(timer->data);
}

/* A handle cannot be moved to its owner's place, but its socket can. */
static int take_socket(const uv_tcp_t *tcp)
{
    uv_os_fd_t fd;
    if (uv_fileno((const uv_handle_t *)tcp, &fd) != 0) return -1;
    return fcntl(fd, F_DUPFD_CLOEXEC, 0);
}

static void on_connected(uv_connect_t *connect, int status)
{
    struct attempt *attempt = connect->data;
    struct ghm_resolve *resolve = attempt->resolve;
    if (resolve->is_over) return;
    int fd = status < 0 ? -1 : take_socket(&attempt->tcp);
    if (fd >= 0) {
        finish(resolve, fd);
        return;
    }
    resolve->running--;
    close_attempt(attempt);
    start_due(resolve);
}

static bool start_one(struct ghm_resolve *resolve, size_t i)
{
    struct attempt *attempt = &resolve->attempts[i];
    attempt->resolve = resolve;
    (void)uv_tcp_init(resolve->config.loop, &attempt->tcp);
    attempt->tcp.data = attempt;
    attempt->connect.data = attempt;
    resolve->handles++;
    const struct sockaddr *addr = (const struct sockaddr *)&resolve->addrs[i];
    if (uv_tcp_connect(&attempt->connect, &attempt->tcp, addr, on_connected) == 0) return true;
    close_attempt(attempt);
    return false;
}

/* One that cannot even begin makes way for the next. */
static void start_due(struct ghm_resolve *resolve)
{
    bool is_started = false;
    while (!is_started && resolve->started < resolve->count)
        is_started = start_one(resolve, resolve->started++);
    resolve->running += is_started;
    if (resolve->running == 0) {
        finish(resolve, -1);
        return;
    }
    (void)uv_timer_stop(&resolve->timer);
    if (resolve->started < resolve->count)
        (void)uv_timer_start(&resolve->timer, on_timer, GHM_RACE_PUBLIC_NS / GHM_NS_PER_MS, 0);
}

static void on_looked_up(uv_getaddrinfo_t *lookup, int status, struct addrinfo *found)
{
    struct ghm_resolve *resolve = lookup->data;
    resolve->is_looking_up = false;
    resolve->handles--;
    if (resolve->is_over) {
        free_if_done(resolve);
    } else {
        if (status == 0) resolve->count = ghm_resolve_line_up(resolve->addrs, found);
        start_due(resolve);
    }
    uv_freeaddrinfo(found);
}

int ghm_resolve_new(struct ghm_resolve **ret_resolve, const struct ghm_resolve_config *config,
                    const struct ghm_multiaddr_tcp *tcp)
{
    char port[8];
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct ghm_resolve *resolve = ghm_mem_alloc(NULL, sizeof *resolve);
    if (resolve == NULL) return GHM_ENOMEM;
    if (tcp->family == 4) hints.ai_family = AF_INET;
    if (tcp->family == 6) hints.ai_family = AF_INET6;
    (void)snprintf(port, sizeof port, "%u", (unsigned)tcp->port);
    resolve->config = *config;
    resolve->lookup.data = resolve;
    if (uv_getaddrinfo(config->loop, &resolve->lookup, on_looked_up, tcp->host, port, &hints) !=
        0) {
        ghm_mem_free(NULL, resolve, sizeof *resolve);
        return GHM_EIO;
    }
    (void)uv_timer_init(config->loop, &resolve->timer);
    resolve->timer.data = resolve;
    resolve->is_looking_up = true;
    resolve->handles = 2;
    *ret_resolve = resolve;
    return GHM_OK;
}
