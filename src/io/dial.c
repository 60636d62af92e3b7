/* SPDX-License-Identifier: MIT */
#include "io/dial.h"

#include "io/clock.h"
#include "io/resolve.h"
#include "io/sockaddr.h"

#include <unistd.h>

static void dial_failed(struct ghm_socket *socket)
{
    struct ghm_socket_group *group = socket->group;
    ghm_swarm_failed(group->swarm, socket->connection, ghm_clock_now_ns());
    ghm_socket_close(socket);
}

static void on_connected(uv_connect_t *connect, int status)
{
    struct ghm_socket *socket = connect->data;
    if (socket->is_closing) return;
    if (status < 0) {
        dial_failed(socket);
        return;
    }
    ghm_swarm_connected(socket->group->swarm, socket->connection, ghm_clock_now_ns());
    ghm_socket_open(socket);
}

static void connect_to(struct ghm_socket *socket, const struct sockaddr *addr)
{
    socket->connect.data = socket;
    if (uv_tcp_connect(&socket->connect, &socket->tcp, addr, on_connected) != 0)
        dial_failed(socket);
}

static void on_resolved(void *context, int fd)
{
    struct ghm_socket *socket = context;
    socket->resolve = NULL;
    if (fd < 0) {
        dial_failed(socket);
        return;
    }
    if (uv_tcp_open(&socket->tcp, fd) != 0) {
        (void)close(fd);
        dial_failed(socket);
        return;
    }
    ghm_swarm_connected(socket->group->swarm, socket->connection, ghm_clock_now_ns());
    ghm_socket_open(socket);
}

static int resolve_name(struct ghm_socket *socket, const struct ghm_multiaddr_tcp *tcp)
{
    const struct ghm_resolve_config config = {
        .loop = socket->group->loop, .context = socket, .done = on_resolved};
    return ghm_resolve_new(&socket->resolve, &config, tcp);
}

void ghm_dial_start(struct ghm_socket_group *group, uint32_t connection,
                    const struct ghm_multiaddr_tcp *tcp)
{
    struct ghm_socket *socket;
    struct sockaddr_storage addr;
    if (ghm_socket_new(group, &socket) != GHM_OK) {
        ghm_swarm_failed(group->swarm, connection, ghm_clock_now_ns());
        return;
    }
    if (ghm_socket_number(socket, connection) != GHM_OK) {
        ghm_socket_discard(socket);
        ghm_swarm_failed(group->swarm, connection, ghm_clock_now_ns());
        return;
    }
    if (tcp->is_name) {
        if (resolve_name(socket, tcp) != GHM_OK) dial_failed(socket);
    } else if (ghm_sockaddr_of(&addr, tcp->host, tcp->port) != GHM_OK) {
        dial_failed(socket);
    } else {
        connect_to(socket, (struct sockaddr *)&addr);
    }
}
