/* SPDX-License-Identifier: MIT */
#include "io/net.h"

#include "base/assert.h"
#include "base/list.h"
#include "base/map.h"
#include "io/clock.h"
#include "io/inherit.h"
#include "io/resolve.h"

#include <stdlib.h>
#include <unistd.h>

#define READ_SIZE 262144 /* the window that a yamux stream begins with */
#define WRITE_MAX 262144 /* bytes of one write */
#define LISTENERS_MAX 4
#define LINGER_MS                                                                                  \
    5000 /* how long a socket that is done with may take for its last bytes, twice at most */
#define BACKLOG 128

struct ghm_net {
    uv_loop_t *loop;
    struct ghm_swarm *swarm;
    struct ghm_map sockets; /* by connection number */
    uv_tcp_t *listeners[LISTENERS_MAX];
    size_t listeners_count;
    uv_timer_t linger; /* runs while a socket is ending */
    size_t handles;    /* that libuv still holds */
    uint64_t turn;     /* counts flushes */
    bool is_closing;
    char read_room[READ_SIZE]; /* one read at a time: the loop is one thread */
};

struct socket {
    struct ghm_map_node node;
    uint8_t key[4];
    struct ghm_net *net;
    uint32_t connection; /* 0 until the swarm gave it a number */
    uv_tcp_t tcp;
    uv_connect_t connect;
    struct ghm_resolve *resolve; /* while it is dialed by name */
    uv_write_t write;
    uint8_t *out; /* being written: the swarm's bytes are lent for one call only */
    size_t out_size;
    uint64_t read_turn; /* the turn of the last read */
    bool is_open;       /* connected: bytes may flow */
    bool is_writing;
    bool is_ending;  /* the swarm is done with it: send what is left, then close */
    bool is_overdue; /* and it had time to */
    bool is_closing;
};

/* ---- descriptors ---- */

static int fd_of(const uv_tcp_t *tcp)
{
    uv_os_fd_t fd;
    return uv_fileno((const uv_handle_t *)tcp, &fd) == 0 ? fd : -1;
}

/* uv_close, for a handle whose descriptor no forked child was to have. */
static void close_tcp(uv_tcp_t *tcp, uv_close_cb closed)
{
    ghm_inherit_forget(fd_of(tcp));
    uv_close((uv_handle_t *)tcp, closed);
}

/* ---- a socket's life ---- */

static void free_net_if_closed(struct ghm_net *net)
{
    if (!net->is_closing || net->handles > 0) return;
    ghm_map_fini(&net->sockets);
    ghm_mem_free(NULL, net, sizeof *net);
}

static void free_socket_if_done(struct socket *socket)
{
    struct ghm_net *net = socket->net;
    if (!socket->is_closing || socket->tcp.data != NULL) return;
    ghm_mem_free(NULL, socket->out, socket->out_size);
    ghm_mem_free(NULL, socket, sizeof *socket);
    net->handles--;
    free_net_if_closed(net);
}

static void on_closed(uv_handle_t *handle)
{
    struct socket *socket = handle->data;
    socket->tcp.data = NULL;
    free_socket_if_done(socket);
}

static void close_socket(struct socket *socket)
{
    if (socket->is_closing) return;
    socket->is_closing = true;
    ghm_map_remove(&socket->net->sockets, &socket->node);
    if (socket->resolve != NULL) ghm_resolve_cancel(socket->resolve);
    socket->resolve = NULL;
    close_tcp(&socket->tcp, on_closed);
}

static int socket_new(struct ghm_net *net, struct socket **ret_socket)
{
    struct socket *socket = ghm_mem_alloc(NULL, sizeof *socket);
    if (socket == NULL) return GHM_ENOMEM;
    socket->net = net;
    (void)uv_tcp_init(net->loop, &socket->tcp);
    socket->tcp.data = socket;
    net->handles++;
    *ret_socket = socket;
    return GHM_OK;
}

static int number_socket(struct socket *socket, uint32_t connection)
{
    socket->connection = connection;
    ghm_store_be32(socket->key, connection);
    return ghm_map_insert(&socket->net->sockets, &socket->node, ghm_bytes(socket->key, 4));
}

/* For a socket that never got a number. */
static void discard_socket(struct socket *socket)
{
    socket->is_closing = true;
    close_tcp(&socket->tcp, on_closed);
}

static struct socket *find_socket(struct ghm_net *net, uint32_t connection)
{
    uint8_t key[4];
    ghm_store_be32(key, connection);
    struct ghm_map_node *node = ghm_map_find(&net->sockets, ghm_bytes(key, 4));
    return node == NULL ? NULL : GHM_LIST_OF(node, struct socket, node);
}

/* ---- bytes ---- */

/* One read a turn: libuv reads on while its buffer comes full, up to 32 times, and what is behind
 * (opening, delivering, giving the sender more window) would wait for all of it. Without room it
 * stops, and asks again in the next turn. */
static void on_room(uv_handle_t *handle, size_t suggested, uv_buf_t *ret_buf)
{
    struct socket *socket = handle->data;
    bool is_first = socket->read_turn != socket->net->turn;
    (void)suggested;
    socket->read_turn = socket->net->turn;
    *ret_buf = uv_buf_init(socket->net->read_room, is_first ? READ_SIZE : 0);
}

static void hang_up(struct socket *socket)
{
    struct ghm_net *net = socket->net;
    ghm_swarm_hangup(net->swarm, socket->connection, ghm_clock_now_ns());
    close_socket(socket);
}

static void on_read(uv_stream_t *stream, ssize_t len, const uv_buf_t *buf)
{
    struct socket *socket = stream->data;
    struct ghm_net *net = socket->net;
    if (len == 0 || len == UV_ENOBUFS) return;
    if (len < 0) {
        hang_up(socket);
        return;
    }
    ghm_swarm_push(net->swarm, socket->connection, ghm_bytes(buf->base, (size_t)len),
                   ghm_clock_now_ns());
}

static void flush_socket(struct socket *socket);

static void on_written(uv_write_t *write, int status)
{
    struct socket *socket = write->data;
    socket->is_writing = false;
    if (socket->is_closing) return;
    if (status < 0) {
        if (socket->is_ending)
            close_socket(socket);
        else
            hang_up(socket);
        return;
    }
    flush_socket(socket);
}

/* The rest of a lent view that the socket did not take at once: copied, written when it can. */
static int write_rest(struct socket *socket, struct ghm_bytes rest)
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

static int send_once(struct socket *socket, bool *ret_more)
{
    struct ghm_swarm *swarm = socket->net->swarm;
    struct ghm_bytes out = ghm_bytes_upto(ghm_swarm_pull(swarm, socket->connection), WRITE_MAX);
    *ret_more = false;
    if (out.len == 0) return GHM_OK;
    uv_buf_t buf = uv_buf_init((char *)(uintptr_t)out.ptr, (unsigned)out.len);
    int taken = uv_try_write((uv_stream_t *)&socket->tcp, &buf, 1);
    if (taken < 0 && taken != UV_EAGAIN) return GHM_EIO;
    size_t sent = taken < 0 ? 0 : (size_t)taken;
    int error = sent < out.len ? write_rest(socket, ghm_bytes_from(out, sent)) : GHM_OK;
    ghm_swarm_pulled(swarm, socket->connection, out.len, ghm_clock_now_ns());
    *ret_more = error == GHM_OK && !socket->is_writing;
    return error;
}

static void flush_socket(struct socket *socket)
{
    bool more = socket->is_open && !socket->is_writing && !socket->is_closing;
    while (more) {
        if (send_once(socket, &more) != GHM_OK) {
            hang_up(socket);
            return;
        }
    }
    if (socket->is_ending && !socket->is_writing) close_socket(socket);
}

bool ghm_net_flush(struct ghm_net *net)
{
    bool is_any = false;
    net->turn++;
    for (uint32_t connection; ghm_swarm_writer(net->swarm, &connection);) {
        struct socket *socket = find_socket(net, connection);
        is_any = true;
        if (socket != NULL) flush_socket(socket);
    }
    return is_any;
}

/* ---- dialing ---- */

static void dial_failed(struct socket *socket)
{
    struct ghm_net *net = socket->net;
    ghm_swarm_failed(net->swarm, socket->connection, ghm_clock_now_ns());
    close_socket(socket);
}

static void open_socket(struct socket *socket)
{
    (void)uv_tcp_nodelay(&socket->tcp, 1);
    ghm_inherit_refuse(fd_of(&socket->tcp));
    socket->is_open = true;
    if (uv_read_start((uv_stream_t *)&socket->tcp, on_room, on_read) != 0) hang_up(socket);
}

static void on_connected(uv_connect_t *connect, int status)
{
    struct socket *socket = connect->data;
    if (socket->is_closing) return;
    if (status < 0) {
        dial_failed(socket);
        return;
    }
    ghm_swarm_connected(socket->net->swarm, socket->connection, ghm_clock_now_ns());
    open_socket(socket);
}

static void connect_to(struct socket *socket, const struct sockaddr *addr)
{
    socket->connect.data = socket;
    if (uv_tcp_connect(&socket->connect, &socket->tcp, addr, on_connected) != 0)
        dial_failed(socket);
}

static void on_resolved(void *context, int fd)
{
    struct socket *socket = context;
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
    ghm_swarm_connected(socket->net->swarm, socket->connection, ghm_clock_now_ns());
    open_socket(socket);
}

static int resolve_name(struct socket *socket, const struct ghm_multiaddr_tcp *tcp)
{
    const struct ghm_resolve_config config = {
        .loop = socket->net->loop, .context = socket, .done = on_resolved};
    return ghm_resolve_new(&socket->resolve, &config, tcp);
}

static int address_of(struct sockaddr_storage *ret_addr, const char *host, uint16_t port)
{
    if (uv_ip4_addr(host, port, (struct sockaddr_in *)(void *)ret_addr) == 0) return GHM_OK;
    if (uv_ip6_addr(host, port, (struct sockaddr_in6 *)(void *)ret_addr) == 0) return GHM_OK;
    return GHM_EINVAL;
}

void ghm_net_dial(struct ghm_net *net, uint32_t connection, const struct ghm_multiaddr_tcp *tcp)
{
    struct socket *socket;
    struct sockaddr_storage addr;
    if (socket_new(net, &socket) != GHM_OK) {
        ghm_swarm_failed(net->swarm, connection, ghm_clock_now_ns());
        return;
    }
    if (number_socket(socket, connection) != GHM_OK) {
        discard_socket(socket);
        ghm_swarm_failed(net->swarm, connection, ghm_clock_now_ns());
        return;
    }
    if (tcp->is_name) {
        if (resolve_name(socket, tcp) != GHM_OK) dial_failed(socket);
    } else if (address_of(&addr, tcp->host, tcp->port) != GHM_OK) {
        dial_failed(socket);
    } else {
        connect_to(socket, (struct sockaddr *)&addr);
    }
}

/* A peer that reads no more would keep its socket for ever. */
static void on_linger(uv_timer_t *timer)
{
    struct ghm_net *net = timer->data;
    struct ghm_map_node *next;
    bool is_any = false;
    for (struct ghm_map_node *node = ghm_map_next(&net->sockets, NULL); node != NULL; node = next) {
        struct socket *socket = GHM_LIST_OF(node, struct socket, node);
        next = ghm_map_next(&net->sockets, node);
        if (!socket->is_ending) continue;
        if (socket->is_overdue) {
            close_socket(socket);
        } else {
            socket->is_overdue = true;
            is_any = true;
        }
    }
    if (!is_any) (void)uv_timer_stop(timer);
}

void ghm_net_close(struct ghm_net *net, uint32_t connection)
{
    struct socket *socket = find_socket(net, connection);
    if (socket == NULL) return;
    socket->is_ending = true;
    if (!socket->is_open) {
        close_socket(socket);
        return;
    }
    flush_socket(socket);
    if (!socket->is_closing && uv_is_active((uv_handle_t *)&net->linger) == 0)
        (void)uv_timer_start(&net->linger, on_linger, LINGER_MS, LINGER_MS);
}

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

static void accept_socket(struct ghm_net *net, uv_stream_t *listener, struct socket *socket)
{
    struct ghm_multiaddr remote;
    uint32_t connection;
    if (uv_accept(listener, (uv_stream_t *)&socket->tcp) != 0 ||
        remote_of(&remote, &socket->tcp) != GHM_OK ||
        ghm_swarm_accept(net->swarm, &connection, &remote, ghm_clock_now_ns()) != GHM_OK) {
        discard_socket(socket);
        return;
    }
    if (number_socket(socket, connection) != GHM_OK) {
        ghm_swarm_hangup(net->swarm, connection, ghm_clock_now_ns());
        discard_socket(socket);
        return;
    }
    open_socket(socket);
}

static void on_connection(uv_stream_t *listener, int status)
{
    struct ghm_net *net = listener->data;
    struct socket *socket;
    if (status < 0 || socket_new(net, &socket) != GHM_OK) return;
    accept_socket(net, listener, socket);
}

static void on_listener_closed(uv_handle_t *handle)
{
    struct ghm_net *net = handle->data;
    ghm_mem_free(NULL, handle, sizeof(uv_tcp_t));
    net->handles--;
    free_net_if_closed(net);
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
    if (address_of(&addr, host, port) != GHM_OK) return GHM_ECONFIG;
    uv_tcp_t *listener = ghm_mem_alloc(NULL, sizeof *listener);
    if (listener == NULL) return GHM_ENOMEM;
    (void)uv_tcp_init(net->loop, listener);
    listener->data = net;
    net->handles++;
    int error = bind_and_listen(listener, (struct sockaddr *)&addr);
    if (error != GHM_OK) {
        close_tcp(listener, on_listener_closed);
        return error;
    }
    ghm_inherit_refuse(fd_of(listener));
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
    return error == GHM_OK ? ghm_swarm_listen_add(net->swarm, &addr) : error;
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

int ghm_net_new(struct ghm_net **ret_net, uv_loop_t *loop, struct ghm_swarm *swarm)
{
    /* Keys are our own numbers: nobody can aim at a bucket, and each is its own hash. */
    static const uint8_t no_seed[16] = {0, 0, 0, 1};
    struct ghm_net *net = ghm_mem_alloc(NULL, sizeof *net);
    if (net == NULL) return GHM_ENOMEM;
    net->loop = loop;
    net->swarm = swarm;
    (void)uv_timer_init(loop, &net->linger);
    net->linger.data = net;
    net->handles++;
    ghm_map_init(&net->sockets, NULL, 1024, no_seed);
    *ret_net = net;
    return GHM_OK;
}

static void on_linger_closed(uv_handle_t *handle)
{
    struct ghm_net *net = handle->data;
    net->handles--;
    free_net_if_closed(net);
}

void ghm_net_free(struct ghm_net *net)
{
    if (net == NULL) return;
    net->is_closing = true;
    uv_close((uv_handle_t *)&net->linger, on_linger_closed);
    net->handles++; /* so that nothing below frees it too early */
    for (struct ghm_map_node *node; (node = ghm_map_next(&net->sockets, NULL)) != NULL;)
        close_socket(GHM_LIST_OF(node, struct socket, node));
    for (size_t i = 0; i < net->listeners_count; i++)
        close_tcp(net->listeners[i], on_listener_closed);
    net->handles--;
    free_net_if_closed(net);
}
