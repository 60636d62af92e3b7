/* SPDX-License-Identifier: MIT */
#include "world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define WORLD_PIPE_MAX (16 << 20)

static const char *const protocols[] = {ECHO, HOLD, NULL};

static uint64_t draw(struct world *w, uint64_t bound)
{
    w->random ^= w->random << 13;
    w->random ^= w->random >> 7;
    w->random ^= w->random << 17;
    return w->random % bound;
}

static void start_node(struct world *w, int i, const struct ghm_swarm_config *limits)
{
    struct world_node *node = &w->nodes[i];
    uint8_t seed[32] = {(uint8_t)(i + 1)}, proto[GHM_KEY_ED25519_PROTO_LEN];
    struct ghm_swarm_config config = limits == NULL ? (struct ghm_swarm_config){0} : *limits;
    ghm_key_from_seed(&node->key, seed);
    ghm_key_encode(proto, &node->key);
    ghm_peerid_of_key(&node->id, ghm_bytes(proto, sizeof proto));
    seed[31] = 7;
    ghm_entropy_init(&node->entropy, seed);
    ghm_log_init(&node->log, GHM_LOG_DEBUG);
    ghm_mem_init(&node->mem, NULL, 256 << 20);
    config.identity = &node->key;
    config.agent_version = "world/1";
    config.protocols = protocols;
    config.log = &node->log;
    assert_int_equal(ghm_swarm_new(&node->swarm, &node->mem, &config, &node->entropy), GHM_OK);
    struct ghm_multiaddr addr = world_addr(w, i, false);
    assert_int_equal(ghm_swarm_listen_add(node->swarm, &addr), GHM_OK);
}

struct world *world_new_with(int nodes_count, const struct ghm_swarm_config *limits)
{
    struct world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    w->random = 88172645463325252u;
    w->now_ns = 1000 * GHM_NS_PER_S;
    w->nodes_count = nodes_count;
    ghm_mem_init(&w->mem, NULL, SIZE_MAX);
    for (int i = 0; i < nodes_count; i++)
        start_node(w, i, limits);
    return w;
}

struct world *world_new(int nodes_count)
{
    return world_new_with(nodes_count, NULL);
}

void world_free(struct world *w)
{
    for (size_t s = 0; s < w->sockets_count; s++) {
        ghm_buf_fini(&w->sockets[s].ends[0].in);
        ghm_buf_fini(&w->sockets[s].ends[1].in);
    }
    for (int i = 0; i < w->nodes_count; i++) {
        ghm_swarm_free(w->nodes[i].swarm);
        ghm_mem_fini(&w->nodes[i].mem);
    }
    ghm_mem_fini(&w->mem);
    free(w);
}

struct ghm_multiaddr world_addr(const struct world *w, int i, bool with_id)
{
    struct ghm_multiaddr addr;
    char host[32];
    snprintf(host, sizeof host, "10.0.0.%d", i + 1);
    struct ghm_bytes id = with_id ? ghm_peerid_bytes(&w->nodes[i].id) : GHM_BYTES_NONE;
    assert_int_equal(ghm_multiaddr_of_tcp(&addr, host, 9000, id), GHM_OK);
    return addr;
}

void world_bootstrap(struct world *w, int from, int to, bool with_id)
{
    struct ghm_multiaddr addr = world_addr(w, to, with_id);
    assert_int_equal(ghm_swarm_bootstrap(w->nodes[from].swarm, &addr, w->now_ns), GHM_OK);
}

/* ---- sockets ---- */

static struct world_socket *new_socket(struct world *w)
{
    assert_true(w->sockets_count < WORLD_SOCKETS_MAX);
    struct world_socket *s = &w->sockets[w->sockets_count++];
    s->is_open = true;
    for (int side = 0; side < 2; side++) {
        s->ends[side] = (struct world_end){.node = -1};
        ghm_buf_init(&s->ends[side].in, &w->mem, WORLD_PIPE_MAX);
    }
    return s;
}

static bool accept_at(struct world *w, struct world_socket *s, int to, const char *ip)
{
    struct ghm_multiaddr remote;
    uint16_t port = (uint16_t)(40000 + w->sockets_count);
    assert_int_equal(ghm_multiaddr_of_tcp(&remote, ip, port, GHM_BYTES_NONE), GHM_OK);
    uint32_t number;
    int error = ghm_swarm_accept(w->nodes[to].swarm, &number, &remote, w->now_ns);
    if (error != GHM_OK) {
        s->is_open = false;
        return false;
    }
    s->ends[1].node = to;
    s->ends[1].connection = number;
    return true;
}

size_t world_knock(struct world *w, int to, const char *ip)
{
    struct world_socket *s = new_socket(w);
    accept_at(w, s, to, ip);
    return (size_t)(s - w->sockets);
}

void world_say(struct world *w, size_t socket, struct ghm_bytes bytes)
{
    assert_int_equal(ghm_buf_append(&w->sockets[socket].ends[1].in, bytes), GHM_OK);
}

static void on_dial(struct world *w, int from, const struct ghm_swarm_event *event)
{
    struct ghm_swarm *swarm = w->nodes[from].swarm;
    int to = atoi(event->tcp.host + strlen("10.0.0.")) - 1;
    if (to >= 0 && to < w->nodes_count && w->nodes[to].hangs) return;
    if (to < 0 || to >= w->nodes_count || w->nodes[to].refuses || event->tcp.port != 9000) {
        ghm_swarm_failed(swarm, event->connection, w->now_ns);
        return;
    }
    char ip[32];
    snprintf(ip, sizeof ip, "10.0.0.%d", from + 1);
    struct world_socket *s = new_socket(w);
    s->ends[0].node = from;
    s->ends[0].connection = event->connection;
    ghm_swarm_connected(swarm, event->connection, w->now_ns);
    if (!accept_at(w, s, to, ip)) ghm_swarm_hangup(swarm, event->connection, w->now_ns);
}

static struct world_end *find_end(struct world *w, int node, uint32_t connection,
                                  struct world_socket **ret_socket)
{
    for (size_t i = w->sockets_count; i > 0; i--) {
        struct world_socket *s = &w->sockets[i - 1];
        for (int side = 0; side < 2; side++) {
            if (s->ends[side].node != node || s->ends[side].connection != connection) continue;
            *ret_socket = s;
            return &s->ends[side];
        }
    }
    return NULL;
}

static struct world_end *other(struct world_socket *s, const struct world_end *end)
{
    return end == &s->ends[0] ? &s->ends[1] : &s->ends[0];
}

/* What one end's swarm wants to send, all of it or a piece. */
static bool send_from(struct world *w, struct world_socket *s, struct world_end *end)
{
    struct ghm_swarm *swarm = w->nodes[end->node].swarm;
    struct ghm_bytes out = ghm_swarm_pull(swarm, end->connection);
    if (out.len == 0) return false;
    struct world_end *to = other(s, end);
    size_t len = w->piece_max == 0 ? out.len : 1 + (size_t)draw(w, w->piece_max);
    out = ghm_bytes_upto(out, len);
    if (s->is_open) assert_int_equal(ghm_buf_append(&to->in, out), GHM_OK);
    ghm_swarm_pulled(swarm, end->connection, out.len, w->now_ns);
    return true;
}

static bool deliver(struct world *w, struct world_end *end)
{
    struct ghm_bytes in = ghm_buf_bytes(&end->in);
    if (end->node < 0 || in.len == 0) return false;
    size_t len = w->piece_max == 0 ? in.len : 1 + (size_t)draw(w, w->piece_max);
    in = ghm_bytes_upto(in, len);
    ghm_swarm_push(w->nodes[end->node].swarm, end->connection, in, w->now_ns);
    ghm_buf_drop(&end->in, in.len);
    return true;
}

static void close_end(struct world *w, struct world_socket *s, struct world_end *end)
{
    while (send_from(w, s, end))
        continue;
    s->is_open = false;
    end->node = -1;
    struct world_end *peer = other(s, end);
    while (deliver(w, peer))
        continue;
    if (peer->node >= 0) ghm_swarm_hangup(w->nodes[peer->node].swarm, peer->connection, w->now_ns);
    peer->node = -1;
}

void world_cut(struct world *w, int node, uint32_t connection)
{
    struct world_socket *s = &w->sockets[0];
    assert_non_null(find_end(w, node, connection, &s));
    s->is_open = false;
    for (int side = 0; side < 2; side++) {
        struct world_end *end = &s->ends[side];
        if (end->node >= 0) ghm_swarm_hangup(w->nodes[end->node].swarm, end->connection, w->now_ns);
        end->node = -1;
    }
}

void world_cut_all(struct world *w)
{
    for (size_t i = 0; i < w->sockets_count; i++) {
        struct world_socket *s = &w->sockets[i];
        if (s->ends[0].node >= 0) world_cut(w, s->ends[0].node, s->ends[0].connection);
    }
}

/* ---- events ---- */

static void echo(struct world *w, int i, const struct ghm_swarm_event *event)
{
    struct world_node *node = &w->nodes[i];
    struct ghm_bytes data = ghm_swarm_data(node->swarm, event->stream);
    if (data.len == 0 || ghm_swarm_write(node->swarm, event->stream, data) != GHM_OK) return;
    node->echoed += data.len;
    ghm_swarm_data_drop(node->swarm, event->stream, data.len);
}

/* Inbound, and for us to echo: it was OPENED before. */
static bool is_echo(const struct world_node *node, const struct ghm_swarm_event *event)
{
    if (event->protocol == NULL || strcmp(event->protocol, ECHO) != 0) return false;
    for (size_t i = 0; i < node->events_count; i++) {
        const struct ghm_swarm_event *before = &node->events[i];
        if (before->type == GHM_SWARM_STREAM_OPENED &&
            before->stream.connection == event->stream.connection &&
            before->stream.id == event->stream.id) {
            return true;
        }
    }
    return false;
}

static void ask(struct world *w, struct world_node *node, const struct ghm_peerid *peer)
{
    struct ghm_stream stream;
    if (ghm_swarm_open(node->swarm, &stream, peer, ECHO, w->now_ns) != GHM_OK) return;
    int error = ghm_swarm_write(node->swarm, stream, ghm_bytes_text("asked"));
    assert_true(error == GHM_OK || error == GHM_ENOMEM);
}

static void on_event(struct world *w, int i, const struct ghm_swarm_event *event)
{
    struct world_node *node = &w->nodes[i];
    struct world_socket *s;
    struct world_end *end;
    assert_true(node->events_count < WORLD_EVENTS_MAX);
    node->events[node->events_count++] = *event;
    if (event->type == GHM_SWARM_DIAL) on_dial(w, i, event);
    if (event->type == GHM_SWARM_PEER_UP && node->asks) ask(w, node, &event->peer);
    if (event->type == GHM_SWARM_CLOSE) {
        end = find_end(w, i, event->connection, &s);
        if (end != NULL) close_end(w, s, end);
    }
    if (event->type == GHM_SWARM_STREAM_DATA && is_echo(node, event)) echo(w, i, event);
    if (event->type == GHM_SWARM_STREAM_FINISHED && is_echo(node, event)) {
        echo(w, i, event);
        ghm_swarm_finish(node->swarm, event->stream);
    }
}

static bool drain_events(struct world *w, int i)
{
    struct ghm_swarm_event event;
    bool moved = false;
    while (ghm_swarm_next(w->nodes[i].swarm, &event)) {
        on_event(w, i, &event);
        moved = true;
    }
    return moved;
}

static bool drain_writers(struct world *w, int i)
{
    uint32_t number;
    bool moved = false;
    while (ghm_swarm_writer(w->nodes[i].swarm, &number)) {
        struct world_socket *s;
        struct world_end *end = find_end(w, i, number, &s);
        if (end == NULL) continue;
        while (send_from(w, s, end))
            continue;
        moved = true;
    }
    return moved;
}

void world_settle(struct world *w)
{
    bool moved = true;
    while (moved) {
        moved = false;
        for (int i = 0; i < w->nodes_count; i++) {
            moved |= drain_events(w, i);
            moved |= drain_writers(w, i);
        }
        w->now_ns += w->latency_ns;
        for (size_t s = 0; s < w->sockets_count; s++) {
            moved |= deliver(w, &w->sockets[s].ends[0]);
            moved |= deliver(w, &w->sockets[s].ends[1]);
        }
    }
}

void world_pass(struct world *w, uint64_t ns)
{
    uint64_t end_ns = w->now_ns + ns;
    world_settle(w);
    for (;;) {
        uint64_t deadline = GHM_NEVER;
        for (int i = 0; i < w->nodes_count; i++)
            deadline = ghm_deadline_first(deadline, ghm_swarm_deadline(w->nodes[i].swarm));
        if (deadline > end_ns) break;
        if (deadline > w->now_ns) w->now_ns = deadline;
        for (int i = 0; i < w->nodes_count; i++)
            ghm_swarm_tick(w->nodes[i].swarm, w->now_ns);
        world_settle(w);
    }
    if (end_ns > w->now_ns) w->now_ns = end_ns;
}

size_t world_count(const struct world *w, int node, enum ghm_swarm_event_type type)
{
    size_t count = 0;
    for (size_t i = 0; i < w->nodes[node].events_count; i++)
        count += w->nodes[node].events[i].type == type;
    return count;
}

const struct ghm_swarm_event *world_last(const struct world *w, int node,
                                         enum ghm_swarm_event_type type)
{
    for (size_t i = w->nodes[node].events_count; i > 0; i--) {
        if (w->nodes[node].events[i - 1].type == type) return &w->nodes[node].events[i - 1];
    }
    fail_msg("node %d has told no event of type %d", node, (int)type);
    return &w->nodes[node].events[0];
}
