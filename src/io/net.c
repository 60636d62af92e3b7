/* SPDX-License-Identifier: MIT */
#include "io/net.h"

#include "base/assert.h"
#include "io/clock.h"
#include "io/dial.h"
#include "io/inherit.h"
#include "io/sockaddr.h"
#include "io/socket.h"

#include <stdlib.h>

#define LISTENERS_MAX 4
#define BACKLOG 128

struct ghm_net {
    struct ghm_socket_group sockets;
    uv_tcp_t *listeners[LISTENERS_MAX];
    size_t listeners_count;
};

/* ---- listening ---- */

static int remote_of(struct ghm_multiaddr *ret_remote, const uv_tcp_t *tcp)
{
    struct sockaddr_storage addr;
    int len = sizeof addr;
    char host[64];
    if (uv_tcp_getpeername(tcp, (struct sockaddr *)&addr, &len) != 0) return GHM_EIO;
    const struct sockaddr_in *in4 = (const struct sockaddr_in *)(const void *)&addr;
    const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)(const void *)&addr;
    bool is4 = addr.ss_family == AF_INET;
    int error = is4 ? uv_ip4_name(in4, host, sizeof host) : uv_ip6_name(in6, host, sizeof host);
    if (error != 0) return GHM_EIO;
    return ghm_multiaddr_of_tcp(ret_remote, host, ntohs(is4 ? in4->sin_port : in6->sin6_port),
                                GHM_BYTES_NONE);
}

static void accept_socket(struct ghm_net *net, uv_stream_t *listener, struct ghm_socket *socket)
{
    struct ghm_multiaddr remote;
    uint32_t connection;
    if (uv_accept(listener, (uv_stream_t *)&socket->tcp) != 0 ||
        remote_of(&remote, &socket->tcp) != GHM_OK ||
        ghm_swarm_accept(net->sockets.swarm, &connection, &remote, ghm_clock_now_ns()) != GHM_OK) {
        ghm_socket_discard(socket);
        return;
    }
    if (ghm_socket_number(socket, connection) != GHM_OK) {
        ghm_swarm_hangup(net->sockets.swarm, connection, ghm_clock_now_ns());
        ghm_socket_discard(socket);
        return;
    }
    ghm_socket_open(socket);
}

static void on_connection(uv_stream_t *listener, int status)
{
    struct ghm_net *net = listener->data;
    struct ghm_socket *socket;
    if (status < 0 || ghm_socket_new(&net->sockets, &socket) != GHM_OK) return;
    accept_socket(net, listener, socket);
}

static void on_listener_closed(uv_handle_t *handle)
{
    struct ghm_net *net = handle->data;
    ghm_mem_free(NULL, handle, sizeof(uv_tcp_t));
    ghm_socket_group_gone(&net->sockets);
}

static void close_listener(uv_tcp_t *listener)
{
    ghm_socket_close_tcp(listener, on_listener_closed);
}

static int bind_and_listen(uv_tcp_t *listener, const struct sockaddr *addr)
{
    int error = uv_tcp_bind(listener, addr, 0);
    if (error == 0) error = uv_listen((uv_stream_t *)listener, BACKLOG, on_connection);
    if (error == 0) return GHM_OK;
    if (error == UV_EACCES) return GHM_EACCES;
    return error == UV_EADDRINUSE ? GHM_EBUSY : GHM_EIO;
}

static int try_port(struct ghm_net *net, const char *host, uint16_t port)
{
    struct sockaddr_storage addr;
    if (ghm_sockaddr_of(&addr, host, port) != GHM_OK) return GHM_ECONFIG;
    uv_tcp_t *listener = ghm_mem_alloc(NULL, sizeof *listener);
    if (listener == NULL) return GHM_ENOMEM;
    (void)uv_tcp_init(net->sockets.loop, listener);
    listener->data = net;
    net->sockets.handles++;
    int error = bind_and_listen(listener, (struct sockaddr *)&addr);
    if (error != GHM_OK) {
        close_listener(listener);
        return error;
    }
    ghm_inherit_refuse(ghm_socket_fd(listener));
    net->listeners[net->listeners_count++] = listener;
    return GHM_OK;
}

static uint16_t port_of(const uv_tcp_t *listener)
{
    struct sockaddr_storage addr;
    int len = sizeof addr;
    GHM_ASSERT(uv_tcp_getsockname(listener, (struct sockaddr *)&addr, &len) == 0);
    return ntohs(addr.ss_family == AF_INET
                     ? ((const struct sockaddr_in *)(const void *)&addr)->sin_port
                     : ((const struct sockaddr_in6 *)(const void *)&addr)->sin6_port);
}

static int tell_swarm(struct ghm_net *net, const char *host, uint16_t port)
{
    struct ghm_multiaddr addr;
    int error = ghm_multiaddr_of_tcp(&addr, host, port, GHM_BYTES_NONE);
    return error == GHM_OK ? ghm_swarm_listen_add(net->sockets.swarm, &addr) : error;
}

/* A listening address that means "every address of this machine" is told as each of them. */
static int tell_addresses(struct ghm_net *net, const char *host, uint16_t port)
{
    uv_interface_address_t *all;
    int count;
    char name[64];
    if (strcmp(host, "0.0.0.0") != 0) return tell_swarm(net, host, port);
    if (uv_interface_addresses(&all, &count) != 0) return GHM_EIO;
    for (int i = 0; i < count; i++) {
        if (all[i].address.address4.sin_family != AF_INET) continue;
        if (uv_ip4_name(&all[i].address.address4, name, sizeof name) != 0) continue;
        if (tell_swarm(net, name, port) != GHM_OK) break; /* more than are told: enough */
    }
    uv_free_interface_addresses(all, count);
    return GHM_OK;
}

static int read_where(struct ghm_multiaddr_tcp *ret_tcp, const char *where)
{
    struct ghm_multiaddr addr;
    char *end;
    long port = strtol(where, &end, 10);
    if (*where != '/' && *where != '\0' && *end == '\0' && port >= 0 && port <= 65535) {
        *ret_tcp =
            (struct ghm_multiaddr_tcp){.family = 4, .host = "0.0.0.0", .port = (uint16_t)port};
        return GHM_OK;
    }
    if (ghm_multiaddr_parse(&addr, where) != GHM_OK) return GHM_ECONFIG;
    if (ghm_multiaddr_as_tcp(ret_tcp, &addr) != GHM_OK) return GHM_ECONFIG;
    ret_tcp->peerid = GHM_BYTES_NONE; /* it viewed `addr` */
    return ret_tcp->is_name ? GHM_ECONFIG : GHM_OK;
}

int ghm_net_check(const char *where)
{
    struct ghm_multiaddr_tcp tcp;
    return read_where(&tcp, where);
}

int ghm_net_listen(struct ghm_net *net, uint16_t *ret_port, const char *where)
{
    struct ghm_multiaddr_tcp tcp;
    int error = read_where(&tcp, where);
    if (error != GHM_OK) return error;
    if (net->listeners_count == LISTENERS_MAX) return GHM_ELIMIT;
    for (int i = 0; i < GHM_NET_PORTS_TRIED && tcp.port + i <= 65535; i++) {
        error = try_port(net, tcp.host, (uint16_t)(tcp.port + i));
        if (error != GHM_EBUSY) break;
    }
    if (error != GHM_OK) return error;
    *ret_port = port_of(net->listeners[net->listeners_count - 1]);
    return tell_addresses(net, tcp.host, *ret_port);
}

/* ---- all of it ---- */

void ghm_net_dial(struct ghm_net *net, uint32_t connection, const struct ghm_multiaddr_tcp *tcp)
{
    ghm_dial_start(&net->sockets, connection, tcp);
}

void ghm_net_close(struct ghm_net *net, uint32_t connection)
{
    struct ghm_socket *socket = ghm_socket_find(&net->sockets, connection);
    if (socket != NULL) ghm_socket_end(socket);
}

bool ghm_net_flush(struct ghm_net *net)
{
    bool is_any = false;
    net->sockets.turn++;
    for (uint32_t connection; ghm_swarm_writer(net->sockets.swarm, &connection);) {
        struct ghm_socket *socket = ghm_socket_find(&net->sockets, connection);
        is_any = true;
        if (socket != NULL) ghm_socket_flush(socket);
    }
    return is_any;
}

static void on_emptied(void *context)
{
    struct ghm_net *net = context;
    ghm_mem_free(NULL, net, sizeof *net);
}

int ghm_net_new(struct ghm_net **ret_net, uv_loop_t *loop, struct ghm_swarm *swarm)
{
    struct ghm_net *net = ghm_mem_alloc(NULL, sizeof *net);
    if (net == NULL) return GHM_ENOMEM;
    ghm_socket_group_init(&net->sockets, loop, swarm);
    net->sockets.context = net;
    net->sockets.emptied = on_emptied;
    *ret_net = net;
    return GHM_OK;
}

void ghm_net_free(struct ghm_net *net)
{
    if (net == NULL) return;
    for (size_t i = 0; i < net->listeners_count; i++)
        close_listener(net->listeners[i]);
    ghm_socket_group_close(&net->sockets);
}
