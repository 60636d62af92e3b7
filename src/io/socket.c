/* SPDX-License-Identifier: MIT */
#include "io/socket.h"

#include "base/list.h"
#include "io/clock.h"
#include "io/inherit.h"
#include "io/resolve.h"
#include "io/sockaddr.h"

#include <netinet/in.h>
#include <netinet/tcp.h>

#define WRITE_MAX 262144 /* bytes of one write */
#define LINGER_MS                                                                                  \
    5000 /* how long a socket that is done with may take for its last bytes, twice at most */
#define CONNECTIONS_MAX 1024

/* ---- descriptors ---- */

int ghm_socket_fd(const uv_tcp_t *tcp)
{
    uv_os_fd_t fd;
    return uv_fileno((const uv_handle_t *)tcp, &fd) == 0 ? fd : -1;
}

void ghm_socket_close_tcp(uv_tcp_t *tcp, uv_close_cb closed)
{
    ghm_inherit_forget(ghm_socket_fd(tcp));
    uv_close((uv_handle_t *)tcp, closed);
}

/* ---- a socket's life ---- */

void ghm_socket_group_gone(struct ghm_socket_group *group)
{
    group->handles--;
    if (!group->is_closing || group->handles > 0) return;
    ghm_map_fini(&group->by_connection);
    group->emptied(group->context);
}

static void free_socket_if_done(struct ghm_socket *socket)
{
    struct ghm_socket_group *group = socket->group;
    if (!socket->is_closing || socket->tcp.data != NULL) return;
    ghm_mem_free(NULL, socket->out, socket->out_size);
    ghm_mem_free(NULL, socket, sizeof *socket);
    ghm_socket_group_gone(group);
}

static void on_closed(uv_handle_t *handle)
{
    struct ghm_socket *socket = handle->data;
    socket->tcp.data = NULL;
    free_socket_if_done(socket);
}

void ghm_socket_close(struct ghm_socket *socket)
{
    if (socket->is_closing) return;
    socket->is_closing = true;
    ghm_map_remove(&socket->group->by_connection, &socket->node);
    if (socket->resolve != NULL) ghm_resolve_cancel(socket->resolve);
    socket->resolve = NULL;
    ghm_socket_close_tcp(&socket->tcp, on_closed);
}

int ghm_socket_new(struct ghm_socket_group *group, struct ghm_socket **ret_socket)
{
    struct ghm_socket *socket = ghm_mem_alloc(NULL, sizeof *socket);
    if (socket == NULL) return GHM_ENOMEM;
    socket->group = group;
    (void)uv_tcp_init(group->loop, &socket->tcp);
    socket->tcp.data = socket;
    group->handles++;
    *ret_socket = socket;
    return GHM_OK;
}

int ghm_socket_number(struct ghm_socket *socket, uint32_t connection)
{
    socket->connection = connection;
    ghm_store_be32(socket->key, connection);
    return ghm_map_insert(&socket->group->by_connection, &socket->node, ghm_bytes(socket->key, 4));
}

/* For a socket that never got a number. */
void ghm_socket_discard(struct ghm_socket *socket)
{
    socket->is_closing = true;
    ghm_socket_close_tcp(&socket->tcp, on_closed);
}

struct ghm_socket *ghm_socket_find(const struct ghm_socket_group *group, uint32_t connection)
{
    uint8_t key[4];
    ghm_store_be32(key, connection);
    struct ghm_map_node *node = ghm_map_find(&group->by_connection, ghm_bytes(key, 4));
    return node == NULL ? NULL : GHM_LIST_OF(node, struct ghm_socket, node);
}

/* ---- bytes ---- */

/* One read a turn: libuv reads on while its buffer comes full, up to 32 times, and what is behind
 * (opening, delivering, giving the sender more window) would wait for all of it. Without room it
 * stops, and asks again in the next turn. */
static void on_room(uv_handle_t *handle, size_t suggested, uv_buf_t *ret_buf)
{
    struct ghm_socket *socket = handle->data;
    bool is_first = socket->read_turn != socket->group->turn;
    (void)suggested;
    socket->read_turn = socket->group->turn;
    *ret_buf = uv_buf_init(socket->group->read_room, is_first ? GHM_SOCKET_READ_SIZE : 0);
}

static void hang_up(struct ghm_socket *socket)
{
    struct ghm_socket_group *group = socket->group;
    ghm_swarm_hangup(group->swarm, socket->connection, ghm_clock_now_ns());
    ghm_socket_close(socket);
}

static void on_read(uv_stream_t *stream, ssize_t len, const uv_buf_t *buf)
{
    struct ghm_socket *socket = stream->data;
    struct ghm_socket_group *group = socket->group;
    if (len == 0 || len == UV_ENOBUFS) return;
    if (len < 0) {
        hang_up(socket);
        return;
    }
    ghm_swarm_push(group->swarm, socket->connection, ghm_bytes(buf->base, (size_t)len),
                   ghm_clock_now_ns());
    ghm_eager_note(&group->eager, (size_t)len, ghm_clock_now_ns());
}

static void on_written(uv_write_t *write, int status)
{
    struct ghm_socket *socket = write->data;
    socket->is_writing = false;
    if (socket->is_closing) return;
    if (status < 0) {
        if (socket->is_ending)
            ghm_socket_close(socket);
        else
            hang_up(socket);
        return;
    }
    ghm_socket_flush(socket);
}

/* The rest of a lent view that the socket did not take at once: copied, written when it can. */
static int write_rest(struct ghm_socket *socket, struct ghm_bytes rest)
{
    if (rest.len > socket->out_size) {
        ghm_mem_free(NULL, socket->out, socket->out_size);
        socket->out = ghm_mem_alloc(NULL, rest.len);
        socket->out_size = socket->out == NULL ? 0 : rest.len;
        if (socket->out == NULL) return GHM_ENOMEM;
    }
    memcpy(socket->out, rest.ptr, rest.len);
    uv_buf_t buf = uv_buf_init((char *)socket->out, (unsigned)rest.len);
    socket->write.data = socket;
    int error = uv_write(&socket->write, (uv_stream_t *)&socket->tcp, &buf, 1, on_written);
    if (error != 0) return GHM_EIO;
    socket->is_writing = true;
    return GHM_OK;
}

static int send_once(struct ghm_socket *socket, bool *ret_more)
{
    struct ghm_swarm *swarm = socket->group->swarm;
    struct ghm_bytes out = ghm_bytes_upto(ghm_swarm_pull(swarm, socket->connection), WRITE_MAX);
    *ret_more = false;
    if (out.len == 0) return GHM_OK;
    uv_buf_t buf = uv_buf_init((char *)(uintptr_t)out.ptr, (unsigned)out.len);
    int taken = uv_try_write((uv_stream_t *)&socket->tcp, &buf, 1);
    if (taken < 0 && taken != UV_EAGAIN) return GHM_EIO;
    size_t sent = taken < 0 ? 0 : (size_t)taken;
    int error = sent < out.len ? write_rest(socket, ghm_bytes_from(out, sent)) : GHM_OK;
    ghm_swarm_pulled(swarm, socket->connection, out.len, ghm_clock_now_ns());
    ghm_eager_note(&socket->group->eager, sent, ghm_clock_now_ns());
    *ret_more = error == GHM_OK && !socket->is_writing;
    return error;
}

void ghm_socket_flush(struct ghm_socket *socket)
{
    bool more = socket->is_open && !socket->is_writing && !socket->is_closing;
    while (more) {
        if (send_once(socket, &more) != GHM_OK) {
            hang_up(socket);
            return;
        }
    }
    if (socket->is_ending && !socket->is_writing) ghm_socket_close(socket);
}

/* BBR sends by timers. To a peer on this machine they cost a third of the sender's time, and there
 * is nothing to be careful of; Reno is in every kernel. Without it all works as before. */
static void unpace(int fd)
{
    static const char reno[] = "reno";
    if (ghm_sockaddr_is_here(fd))
        (void)setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, reno, sizeof reno - 1);
}

void ghm_socket_open(struct ghm_socket *socket)
{
    (void)uv_tcp_nodelay(&socket->tcp, 1);
    ghm_inherit_refuse(ghm_socket_fd(&socket->tcp));
    unpace(ghm_socket_fd(&socket->tcp));
    socket->is_open = true;
    if (uv_read_start((uv_stream_t *)&socket->tcp, on_room, on_read) != 0) hang_up(socket);
}

/* ---- ending ---- */

/* A peer that reads no more would keep its socket for ever. */
static void on_linger(uv_timer_t *timer)
{
    struct ghm_socket_group *group = timer->data;
    struct ghm_map_node *next;
    bool is_any = false;
    for (struct ghm_map_node *node = ghm_map_next(&group->by_connection, NULL); node != NULL;
         node = next) {
        struct ghm_socket *socket = GHM_LIST_OF(node, struct ghm_socket, node);
        next = ghm_map_next(&group->by_connection, node);
        if (!socket->is_ending) continue;
        if (socket->is_overdue) {
            ghm_socket_close(socket);
        } else {
            socket->is_overdue = true;
            is_any = true;
        }
    }
    if (!is_any) (void)uv_timer_stop(timer);
}

void ghm_socket_end(struct ghm_socket *socket)
{
    struct ghm_socket_group *group = socket->group;
    socket->is_ending = true;
    if (!socket->is_open) {
        ghm_socket_close(socket);
        return;
    }
    ghm_socket_flush(socket);
    if (!socket->is_closing && uv_is_active((uv_handle_t *)&group->linger) == 0)
        (void)uv_timer_start(&group->linger, on_linger, LINGER_MS, LINGER_MS);
}

/* ---- all of them ---- */

void ghm_socket_group_init(struct ghm_socket_group *group, uv_loop_t *loop, struct ghm_swarm *swarm)
{
    /* Keys are our own numbers: nobody can aim at a bucket, and each is its own hash. */
    static const uint8_t no_seed[16] = {0, 0, 0, 1};
    group->loop = loop;
    group->swarm = swarm;
    (void)uv_timer_init(loop, &group->linger);
    group->linger.data = group;
    ghm_eager_init(&group->eager, loop);
    group->eager.idle.data = group;
    group->handles = 2;
    ghm_map_init(&group->by_connection, NULL, CONNECTIONS_MAX, no_seed);
}

static void on_part_closed(uv_handle_t *handle)
{
    ghm_socket_group_gone(handle->data);
}

void ghm_socket_group_close(struct ghm_socket_group *group)
{
    group->is_closing = true;
    uv_close((uv_handle_t *)&group->linger, on_part_closed);
    ghm_eager_close(&group->eager, on_part_closed);
    for (struct ghm_map_node *node; (node = ghm_map_next(&group->by_connection, NULL)) != NULL;)
        ghm_socket_close(GHM_LIST_OF(node, struct ghm_socket, node));
}
