/* SPDX-License-Identifier: MIT */
#include "net.h"

#include "base/assert.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

/* ---- life ---- */

void net_init(struct net *net, struct queue *queue, struct faults *faults, uint32_t hosts_count)
{
    *net = (struct net){.queue = queue, .faults = faults, .hosts_count = hosts_count};
    net->hosts = calloc(hosts_count, sizeof *net->hosts);
    GHM_ASSERT(net->hosts != NULL);
    for (uint32_t i = 0; i < hosts_count; i++) {
        net->hosts[i].timer_ns = GHM_NEVER;
        net->hosts[i].clock.begin_ns = 1000 * GHM_NS_PER_S;
    }
}

static void empty(struct net_pipe *pipe)
{
    while (pipe->first != NULL) {
        struct net_flight *flight = pipe->first;
        pipe->first = flight->next;
        free(flight);
    }
    pipe->last = NULL;
}

void net_fini(struct net *net)
{
    for (uint32_t i = 0; i < net->sockets_count; i++) {
        empty(&net->sockets[i]->pipes[0]);
        empty(&net->sockets[i]->pipes[1]);
        free(net->sockets[i]);
    }
    for (uint32_t i = 0; i < net->hosts_count; i++)
        free(net->hosts[i].sockets);
    free(net->sockets);
    free(net->hosts);
}

uint64_t net_now(const struct net *net, uint32_t host)
{
    return clock_shows(&net->hosts[host].clock, net->queue->now_ns);
}

/* ---- addresses ---- */

void net_name(char ret_name[20], uint32_t host)
{
    uint32_t n = host + 1;
    snprintf(ret_name, 20, "10.%u.%u.%u", n >> 16 & 255, n >> 8 & 255, n & 255);
}

struct ghm_multiaddr net_addr(uint32_t host)
{
    struct ghm_multiaddr addr;
    char name[20];
    net_name(name, host);
    GHM_ASSERT(ghm_multiaddr_of_tcp(&addr, name, NET_PORT, GHM_BYTES_NONE) == GHM_OK);
    return addr;
}

static uint32_t host_at(const struct net *net, const struct ghm_multiaddr_tcp *tcp)
{
    unsigned a, b, c;
    if (tcp->port != NET_PORT || sscanf(tcp->host, "10.%u.%u.%u", &a, &b, &c) != 3)
        return NET_NOBODY;
    uint32_t host = (a << 16 | b << 8 | c) - 1;
    return host < net->hosts_count ? host : NET_NOBODY;
}

/* ---- sockets ---- */

static uint32_t new_socket(struct net *net, uint32_t from, uint32_t to)
{
    if (net->sockets_count == net->sockets_size) {
        net->sockets_size = net->sockets_size == 0 ? 256 : net->sockets_size * 2;
        net->sockets = realloc(net->sockets, net->sockets_size * sizeof(struct net_socket *));
        GHM_ASSERT(net->sockets != NULL);
    }
    struct net_socket *s = calloc(1, sizeof *s);
    GHM_ASSERT(s != NULL);
    s->ends[0].host = s->ends[1].host = NET_NOBODY;
    s->hosts[0] = from;
    s->hosts[1] = to;
    net->sockets[net->sockets_count] = s;
    return net->sockets_count++;
}

static void bind_end(struct net *net, uint32_t socket, uint32_t side, uint32_t connection)
{
    struct net_socket *s = net->sockets[socket];
    struct net_host *host = &net->hosts[s->hosts[side]];
    if (connection >= host->sockets_size) {
        size_t size = connection + 1 + host->sockets_size * 2;
        host->sockets = realloc(host->sockets, size * sizeof *host->sockets);
        GHM_ASSERT(host->sockets != NULL);
        memset(host->sockets + host->sockets_size, 0,
               (size - host->sockets_size) * sizeof *host->sockets);
        host->sockets_size = size;
    }
    host->sockets[connection] = socket + 1;
    s->ends[side].host = s->hosts[side];
    s->ends[side].connection = connection;
}

/* The socket of a host's connection and the side it is; false when it is gone. */
static bool find(const struct net *net, uint32_t host, uint32_t connection, uint32_t *ret_socket,
                 uint32_t *ret_side)
{
    const struct net_host *h = &net->hosts[host];
    if (connection >= h->sockets_size || h->sockets[connection] == 0) return false;
    *ret_socket = h->sockets[connection] - 1;
    const struct net_socket *s = net->sockets[*ret_socket];
    *ret_side = s->hosts[0] == host ? 0 : 1;
    return s->ends[*ret_side].host == host && s->ends[*ret_side].connection == connection;
}

static bool is_closed(const struct net *net, const struct net_socket *s, uint32_t side)
{
    int from = net->hosts[s->hosts[side]].group, to = net->hosts[s->hosts[!side]].group;
    return net->faults->closed[from][to];
}

static uint64_t latency(const struct net *net, const struct net_socket *s)
{
    return faults_latency(net->faults, s->hosts[0], s->hosts[1]);
}

/* ---- flights ---- */

static void await(struct net *net, uint32_t socket, uint32_t side, uint64_t at_ns)
{
    struct net_pipe *pipe = &net->sockets[socket]->pipes[side];
    if (pipe->is_awaited) return;
    pipe->is_awaited = true;
    queue_put(net->queue, at_ns, QUEUE_ARRIVAL, socket, side);
}

static void launch(struct net *net, uint32_t socket, uint32_t side, struct net_flight *flight,
                   uint64_t at_ns)
{
    struct net_pipe *pipe = &net->sockets[socket]->pipes[side];
    if (at_ns < pipe->order_ns) at_ns = pipe->order_ns;
    pipe->order_ns = at_ns;
    flight->arrives_ns = at_ns;
    flight->next = NULL;
    if (pipe->last == NULL)
        pipe->first = flight;
    else
        pipe->last->next = flight;
    pipe->last = flight;
    await(net, socket, side, pipe->first->arrives_ns);
}

static struct net_flight *new_flight(size_t len)
{
    struct net_flight *flight = malloc(sizeof *flight + len);
    GHM_ASSERT(flight != NULL);
    flight->len = len;
    flight->is_end = len == 0;
    return flight;
}

static void launch_end(struct net *net, uint32_t socket, uint32_t side)
{
    const struct net_socket *s = net->sockets[socket];
    launch(net, socket, side, new_flight(0), net->queue->now_ns + latency(net, s));
}

/* A connection that a packet's loss ended: both hear of it, and what was under way is gone. */
static void break_socket(struct net *net, uint32_t socket)
{
    net->broken++;
    net->sockets[socket]->is_broken = true;
    for (uint32_t side = 0; side < 2; side++) {
        empty(&net->sockets[socket]->pipes[side]);
        launch_end(net, socket, side);
    }
}

static void send(struct net *net, uint32_t socket, uint32_t side, const uint8_t *bytes, size_t len)
{
    struct net_socket *s = net->sockets[socket];
    struct net_pipe *pipe = &s->pipes[side];
    uint64_t now = net->queue->now_ns, bound = net->faults->bytes_per_s;
    uint64_t delay = faults_delay(net->faults, len);
    queue_note(net->queue, XXH3_64bits(bytes, len));
    if (delay == GHM_NEVER) {
        break_socket(net, socket);
        return;
    }
    struct net_flight *flight = new_flight(len);
    memcpy(flight->bytes, bytes, len);
    pipe->unread += len;
    net->bytes += len;
    if (pipe->free_ns < now) pipe->free_ns = now;
    if (bound > 0) pipe->free_ns += len * GHM_NS_PER_S / bound;
    launch(net, socket, side, flight, pipe->free_ns + latency(net, s) + delay);
}

/* As much as the window takes, in few flights. */
static bool send_from(struct net *net, uint32_t socket, uint32_t side)
{
    static uint8_t flight[NET_FLIGHT_MAX];
    struct net_socket *s = net->sockets[socket];
    struct net_pipe *pipe = &s->pipes[side];
    struct ghm_swarm *swarm = net->hosts[s->hosts[side]].swarm;
    uint64_t own_ns = net_now(net, s->hosts[side]);
    bool was_any = false;
    for (size_t len = 0; !s->is_broken; len = 0) {
        struct ghm_bytes out = GHM_BYTES_NONE;
        while (len < sizeof flight && pipe->unread + len < NET_WINDOW) {
            out = ghm_swarm_pull(swarm, s->ends[side].connection);
            if (out.len == 0) break;
            out = ghm_bytes_upto(out, sizeof flight - len);
            out = ghm_bytes_upto(out, NET_WINDOW - pipe->unread - len);
            memcpy(flight + len, out.ptr, out.len);
            len += out.len;
            ghm_swarm_pulled(swarm, s->ends[side].connection, out.len, own_ns);
        }
        pipe->is_full = pipe->unread + len >= NET_WINDOW;
        if (len == 0) return was_any;
        was_any = true;
        send(net, socket, side, flight, len);
    }
    return was_any;
}

bool net_flush(struct net *net, uint32_t host)
{
    uint32_t connection, socket, side;
    bool was_any = false;
    while (ghm_swarm_writer(net->hosts[host].swarm, &connection)) {
        if (find(net, host, connection, &socket, &side)) was_any |= send_from(net, socket, side);
    }
    return was_any;
}

/* ---- hosts ---- */

void net_up(struct net *net, uint32_t host, struct ghm_swarm *swarm)
{
    struct net_host *h = &net->hosts[host];
    h->swarm = swarm;
    h->timer_ns = GHM_NEVER;
    if (h->sockets_size > 0) memset(h->sockets, 0, h->sockets_size * sizeof *h->sockets);
}

void net_down(struct net *net, uint32_t host, bool is_told)
{
    struct net_host *h = &net->hosts[host];
    for (size_t i = 0; i < h->sockets_size; i++) {
        uint32_t socket, side;
        if (!find(net, host, (uint32_t)i, &socket, &side)) continue;
        net->sockets[socket]->ends[side].host = NET_NOBODY;
        if (is_told) launch_end(net, socket, side);
    }
    h->swarm = NULL;
    h->is_silent = !is_told;
}

void net_wake(struct net *net, uint32_t host)
{
    struct net_host *h = &net->hosts[host];
    if (h->swarm == NULL) return;
    h->kind->drain(h->self);
    uint64_t at_ns = clock_when(&h->clock, h->kind->deadline(h->self), net->queue->now_ns);
    if (at_ns >= h->timer_ns) return;
    h->timer_ns = at_ns;
    queue_put(net->queue, at_ns, QUEUE_TIMER, host, 0);
}

static void on_timer(struct net *net, const struct queue_event *event)
{
    struct net_host *h = &net->hosts[event->whom];
    if (h->swarm == NULL || h->timer_ns != event->at_ns) return;
    uint64_t own_ns = net_now(net, event->whom);
    h->timer_ns = GHM_NEVER;
    if (h->kind->deadline(h->self) <= own_ns) h->kind->tick(h->self, own_ns);
    net_wake(net, event->whom);
}

/* ---- dialing ---- */

static void dial(struct net *net, uint32_t host, const struct ghm_swarm_event *event)
{
    uint32_t to = host_at(net, &event->tcp);
    GHM_ASSERT(to != NET_NOBODY && to != host);
    uint32_t socket = new_socket(net, host, to);
    bind_end(net, socket, 0, event->connection);
    uint64_t at_ns = net->queue->now_ns + latency(net, net->sockets[socket]);
    queue_put(net->queue, at_ns, QUEUE_KNOCK, socket, 0);
}

/* A way closed in one direction takes no dial: its answer or itself is lost. A host whose process
 * ended refuses, a machine that is off does not answer. */
static void on_knock(struct net *net, const struct queue_event *event)
{
    struct net_socket *s = net->sockets[event->whom];
    struct net_host *h = &net->hosts[s->hosts[1]];
    uint32_t connection;
    if (is_closed(net, s, 0) || is_closed(net, s, 1)) return;
    if (h->swarm == NULL && h->is_silent) return;
    queue_put(net->queue, event->at_ns + latency(net, s), QUEUE_ANSWER, event->whom, 0);
    if (h->swarm == NULL || s->ends[0].host == NET_NOBODY) return;
    struct ghm_multiaddr remote = net_addr(s->hosts[0]);
    int error = ghm_swarm_accept(h->swarm, &connection, &remote, net_now(net, s->hosts[1]));
    if (error != GHM_OK) return;
    s->is_taken = true;
    bind_end(net, event->whom, 1, connection);
    net_wake(net, s->hosts[1]);
}

static void on_answer(struct net *net, const struct queue_event *event)
{
    struct net_socket *s = net->sockets[event->whom];
    uint32_t host = s->ends[0].host;
    if (host == NET_NOBODY) return;
    if (s->is_taken) {
        ghm_swarm_connected(net->hosts[host].swarm, s->ends[0].connection, net_now(net, host));
    } else {
        s->ends[0].host = NET_NOBODY;
        ghm_swarm_failed(net->hosts[host].swarm, s->ends[0].connection, net_now(net, host));
    }
    net_wake(net, host);
}

static void close_socket(struct net *net, uint32_t host, uint32_t connection)
{
    uint32_t socket, side;
    if (!find(net, host, connection, &socket, &side)) return;
    send_from(net, socket, side);
    net->sockets[socket]->ends[side].host = NET_NOBODY;
    launch_end(net, socket, side);
}

void net_on(struct net *net, uint32_t host, const struct ghm_swarm_event *event)
{
    if (event->type == GHM_SWARM_DIAL) dial(net, host, event);
    if (event->type == GHM_SWARM_CLOSE) close_socket(net, host, event->connection);
}

/* ---- arriving ---- */

static void hang_up(struct net *net, uint32_t socket, uint32_t side)
{
    struct net_socket *s = net->sockets[socket];
    uint32_t host = s->ends[side].host;
    if (host == NET_NOBODY) return;
    s->ends[side].host = NET_NOBODY;
    ghm_swarm_hangup(net->hosts[host].swarm, s->ends[side].connection, net_now(net, host));
    net_wake(net, host);
}

static void count_read(struct net *net, uint32_t socket, uint32_t side, size_t len)
{
    const struct net_socket *s = net->sockets[socket];
    struct net_pipe *pipe = &net->sockets[socket]->pipes[side];
    if (s->is_broken) return;
    if (is_closed(net, s, !side)) {
        pipe->unheard += len;
        return;
    }
    pipe->unread -= len;
    if (!pipe->is_full) return;
    pipe->is_full = false;
    queue_put(net->queue, net->queue->now_ns + latency(net, s), QUEUE_WRITABLE, socket, side);
}

/* Nobody has this connection (any more): say so, when there is somebody to say it. */
static void refuse(struct net *net, uint32_t socket, uint32_t side)
{
    const struct net_socket *s = net->sockets[socket];
    bool is_up = net->hosts[s->hosts[!side]].swarm != NULL;
    if (is_up && s->ends[side].host != NET_NOBODY) launch_end(net, socket, !side);
}

static void land(struct net *net, uint32_t socket, uint32_t side, struct net_flight *flight)
{
    struct net_socket *s = net->sockets[socket];
    uint32_t host = s->ends[!side].host;
    if (flight->is_end) {
        hang_up(net, socket, !side);
    } else if (host == NET_NOBODY) {
        refuse(net, socket, side);
    } else {
        struct net_host *h = &net->hosts[host];
        if (h->reads_per_s > 0)
            h->reads_ns = net->queue->now_ns + flight->len * GHM_NS_PER_S / h->reads_per_s;
        ghm_swarm_push(h->swarm, s->ends[!side].connection, ghm_bytes(flight->bytes, flight->len),
                       net_now(net, host));
        count_read(net, socket, side, flight->len);
        net_wake(net, host);
    }
}

static void on_arrival(struct net *net, const struct queue_event *event)
{
    struct net_socket *s = net->sockets[event->whom];
    struct net_pipe *pipe = &s->pipes[event->side];
    const struct net_host *to = &net->hosts[s->hosts[!event->side]];
    pipe->is_awaited = false;
    while (pipe->first != NULL && pipe->first->arrives_ns <= event->at_ns) {
        struct net_flight *flight = pipe->first;
        if (is_closed(net, s, event->side)) return;
        if (to->reads_per_s > 0 && to->reads_ns > event->at_ns && !flight->is_end) {
            await(net, event->whom, event->side, to->reads_ns);
            return;
        }
        pipe->first = flight->next;
        if (pipe->first == NULL) pipe->last = NULL;
        land(net, event->whom, event->side, flight);
        free(flight);
    }
    if (pipe->first != NULL) await(net, event->whom, event->side, pipe->first->arrives_ns);
}

static void on_writable(struct net *net, const struct queue_event *event)
{
    const struct net_socket *s = net->sockets[event->whom];
    uint32_t host = s->ends[event->side].host;
    if (host == NET_NOBODY) return;
    send_from(net, event->whom, event->side);
    net_wake(net, host);
}

void net_play(struct net *net, const struct queue_event *event)
{
    switch (event->type) {
    case QUEUE_TIMER:
        on_timer(net, event);
        return;
    case QUEUE_ARRIVAL:
        on_arrival(net, event);
        return;
    case QUEUE_WRITABLE:
        on_writable(net, event);
        return;
    case QUEUE_KNOCK:
        on_knock(net, event);
        return;
    case QUEUE_ANSWER:
        on_answer(net, event);
        return;
    case QUEUE_DEED:
        return;
    }
}

/* ---- what the scenario does ---- */

void net_cut(struct net *net, uint32_t socket)
{
    empty(&net->sockets[socket]->pipes[0]);
    empty(&net->sockets[socket]->pipes[1]);
    hang_up(net, socket, 0);
    hang_up(net, socket, 1);
}

/* TCP tries again at growing intervals: as late again as the way was closed, at most. */
static void resume(struct net *net, uint32_t socket, uint32_t side)
{
    struct net_socket *s = net->sockets[socket];
    struct net_pipe *pipe = &s->pipes[side];
    uint64_t now = net->queue->now_ns;
    if (is_closed(net, s, side)) return;
    if (pipe->first != NULL && pipe->first->arrives_ns <= now) {
        uint64_t waited = now - pipe->first->arrives_ns;
        uint64_t at_ns = now + lot_below(&net->faults->lot, waited + FAULTS_RESEND_NS);
        for (struct net_flight *f = pipe->first; f != NULL && f->arrives_ns < at_ns; f = f->next)
            f->arrives_ns = at_ns;
        if (pipe->order_ns < at_ns) pipe->order_ns = at_ns;
        await(net, socket, side, at_ns);
    }
    size_t unheard = s->pipes[!side].unheard;
    s->pipes[!side].unheard = 0;
    if (unheard > 0) count_read(net, socket, !side, unheard);
}

void net_reopen(struct net *net)
{
    for (uint32_t i = 0; i < net->sockets_count; i++) {
        resume(net, i, 0);
        resume(net, i, 1);
    }
}
