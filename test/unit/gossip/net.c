/* SPDX-License-Identifier: MIT */
#include "net.h"

#include "gossip/message.h"
#include "wire/varint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define PIPE_MAX (64U << 20)
#define TURNS_MAX 20000

static const char *const flood_protocols[] = {"/floodsub/1.0.0", NULL};

static uint64_t draw(struct net *net, uint64_t bound)
{
    net->random ^= net->random << 13;
    net->random ^= net->random >> 7;
    net->random ^= net->random << 17;
    return net->random % bound;
}

/* ---- life ---- */

struct net *net_new(uint64_t seed)
{
    struct net *net = calloc(1, sizeof *net);
    assert_non_null(net);
    net->random = 88172645463325252u + seed * 7919;
    net->now_ns = 1000 * GHM_NS_PER_S;
    ghm_mem_init(&net->mem, NULL, SIZE_MAX);
    return net;
}

static struct ghm_multiaddr addr_of(int i)
{
    struct ghm_multiaddr addr;
    char host[32];
    snprintf(host, sizeof host, "10.0.0.%d", i + 1);
    assert_int_equal(ghm_multiaddr_of_tcp(&addr, host, 9000, GHM_BYTES_NONE), GHM_OK);
    return addr;
}

void net_start(struct net *net, int i)
{
    struct net_node *node = &net->nodes[i];
    struct ghm_swarm_config config = {
        .identity = &node->key,
        .agent_version = "net/1",
        .protocols = node->kind == NET_FLOOD ? flood_protocols : ghm_gossip_protocols,
        .log = &node->log,
        .inbound_per_ip_max = 1000,
        .record_seq = net->now_ns,
    };
    ghm_mem_init(&node->mem, NULL, (size_t)1 << 30);
    assert_int_equal(ghm_swarm_new(&node->swarm, &node->mem, &config, &node->entropy), GHM_OK);
    struct ghm_multiaddr addr = addr_of(i);
    assert_int_equal(ghm_swarm_listen_add(node->swarm, &addr), GHM_OK);
    if (node->kind != NET_PEER) {
        node->peers = calloc(NET_PEERS_MAX, sizeof *node->peers);
        return;
    }
    struct ghm_gossip_config gossip = net->config;
    gossip.swarm = node->swarm;
    gossip.identity = &node->key;
    gossip.log = &node->log;
    gossip.seqno_start = node->seqno;
    assert_int_equal(ghm_gossip_new(&node->gossip, &node->mem, &gossip, &node->entropy), GHM_OK);
}

static void free_node(struct net_node *node)
{
    if (node->swarm == NULL) return;
    if (node->gossip != NULL) node->seqno = ghm_gossip_seqno(node->gossip);
    ghm_gossip_free(node->gossip);
    ghm_swarm_free(node->swarm);
    node->gossip = NULL;
    node->swarm = NULL;
    for (size_t i = 0; i < node->peers_count; i++)
        ghm_buf_fini(&node->peers[i].heard);
    free(node->peers);
    node->peers = NULL;
    node->peers_count = 0;
    memset(node->sockets, 0, sizeof node->sockets);
    ghm_mem_fini(&node->mem);
}

int net_add(struct net *net, enum net_kind kind, int count)
{
    int first = net->nodes_count;
    for (int i = first; i < first + count; i++) {
        assert_true(i < NET_NODES_MAX);
        struct net_node *node = &net->nodes[i];
        uint8_t seed[32] = {(uint8_t)(i + 1), 77}, proto[GHM_KEY_ED25519_PROTO_LEN];
        node->kind = kind;
        ghm_key_from_seed(&node->key, seed);
        ghm_key_encode(proto, &node->key);
        ghm_peerid_of_key(&node->id, ghm_bytes(proto, sizeof proto));
        ghm_store_be64(seed + 8, net->random);
        ghm_entropy_init(&node->entropy, seed);
        ghm_log_init(&node->log, GHM_LOG_ERROR);
        node->seqno = 1000;
        net->nodes_count++;
        net_start(net, i);
    }
    return first;
}

void net_free(struct net *net)
{
    for (int i = 0; i < net->nodes_count; i++)
        free_node(&net->nodes[i]);
    for (size_t s = 0; s < net->sockets_count; s++) {
        ghm_buf_fini(&net->sockets[s].ends[0].in);
        ghm_buf_fini(&net->sockets[s].ends[1].in);
    }
    ghm_mem_fini(&net->mem);
    free(net);
}

/* ---- sockets ---- */

static struct net_end *other(struct net_socket *s, const struct net_end *end)
{
    return end == &s->ends[0] ? &s->ends[1] : &s->ends[0];
}

static void bind_end(struct net *net, struct net_end *end, int node, uint32_t connection)
{
    struct net_socket *s = &net->sockets[net->sockets_count - 1];
    assert_true(connection < NET_CONNECTIONS_MAX);
    end->node = node;
    end->connection = connection;
    (void)s;
    net->nodes[node].sockets[connection] = (uint16_t)net->sockets_count;
}

static struct net_end *find_end(struct net *net, int node, uint32_t connection,
                                struct net_socket **ret_socket)
{
    uint16_t at = connection < NET_CONNECTIONS_MAX ? net->nodes[node].sockets[connection] : 0;
    if (at == 0) return NULL;
    struct net_socket *s = &net->sockets[at - 1];
    *ret_socket = s;
    for (int side = 0; side < 2; side++) {
        struct net_end *end = &s->ends[side];
        if (end->node == node && end->connection == connection) return end;
    }
    return NULL;
}

static void on_dial(struct net *net, int from, const struct ghm_swarm_event *event)
{
    struct ghm_swarm *swarm = net->nodes[from].swarm;
    int to = atoi(event->tcp.host + strlen("10.0.0.")) - 1;
    bool is_refused = to < 0 || to >= net->nodes_count || net->nodes[to].swarm == NULL ||
                      net->nodes[to].group != net->nodes[from].group;
    if (is_refused) {
        ghm_swarm_failed(swarm, event->connection, net->now_ns);
        return;
    }
    assert_true(net->sockets_count < NET_SOCKETS_MAX);
    struct net_socket *s = &net->sockets[net->sockets_count++];
    s->is_open = true;
    for (int side = 0; side < 2; side++) {
        s->ends[side] = (struct net_end){.node = -1};
        ghm_buf_init(&s->ends[side].in, &net->mem, PIPE_MAX);
    }
    bind_end(net, &s->ends[0], from, event->connection);
    ghm_swarm_connected(swarm, event->connection, net->now_ns);
    struct ghm_multiaddr remote = addr_of(from);
    uint32_t number;
    if (ghm_swarm_accept(net->nodes[to].swarm, &number, &remote, net->now_ns) == GHM_OK)
        bind_end(net, &s->ends[1], to, number);
    else
        ghm_swarm_hangup(swarm, event->connection, net->now_ns);
}

static bool send_from(struct net *net, struct net_socket *s, struct net_end *end)
{
    struct ghm_swarm *swarm = net->nodes[end->node].swarm;
    struct ghm_bytes out = ghm_swarm_pull(swarm, end->connection);
    if (out.len == 0) return false;
    size_t len = net->piece_max == 0 ? out.len : 1 + (size_t)draw(net, net->piece_max);
    out = ghm_bytes_upto(out, len);
    if (s->is_open) assert_int_equal(ghm_buf_append(&other(s, end)->in, out), GHM_OK);
    ghm_swarm_pulled(swarm, end->connection, out.len, net->now_ns);
    return true;
}

static bool deliver(struct net *net, const struct net_socket *s, struct net_end *end)
{
    struct ghm_bytes in = ghm_buf_bytes(&end->in);
    if (end->node < 0 || in.len == 0 || s->is_stalled) return false;
    size_t len = net->piece_max == 0 ? in.len : 1 + (size_t)draw(net, net->piece_max);
    in = ghm_bytes_upto(in, len);
    ghm_swarm_push(net->nodes[end->node].swarm, end->connection, in, net->now_ns);
    ghm_buf_drop(&end->in, in.len);
    return true;
}

static void hang_up(struct net *net, struct net_end *end)
{
    if (end->node >= 0 && net->nodes[end->node].swarm != NULL)
        ghm_swarm_hangup(net->nodes[end->node].swarm, end->connection, net->now_ns);
    end->node = -1;
}

static void close_end(struct net *net, struct net_socket *s, struct net_end *end)
{
    while (send_from(net, s, end))
        continue;
    s->is_open = false;
    end->node = -1;
    struct net_end *peer = other(s, end);
    while (deliver(net, s, peer))
        continue;
    hang_up(net, peer);
}

static void break_socket(struct net *net, struct net_socket *s)
{
    s->is_open = false;
    hang_up(net, &s->ends[0]);
    hang_up(net, &s->ends[1]);
}

static bool is_between(const struct net_socket *s, int a, int b)
{
    return (s->ends[0].node == a && s->ends[1].node == b) ||
           (s->ends[0].node == b && s->ends[1].node == a);
}

void net_cut(struct net *net, int a, int b)
{
    for (size_t i = 0; i < net->sockets_count; i++) {
        if (is_between(&net->sockets[i], a, b)) break_socket(net, &net->sockets[i]);
    }
}

void net_stall(struct net *net, int a, int b, bool is_stalled)
{
    for (size_t i = 0; i < net->sockets_count; i++) {
        if (is_between(&net->sockets[i], a, b)) net->sockets[i].is_stalled = is_stalled;
    }
}

void net_stop(struct net *net, int node)
{
    for (size_t i = 0; i < net->sockets_count; i++) {
        struct net_socket *s = &net->sockets[i];
        if (s->ends[0].node == node || s->ends[1].node == node) break_socket(net, s);
    }
    free_node(&net->nodes[node]);
}

/* ---- RAW and FLOOD ---- */

static struct net_seen_peer *peer_of(struct net *net, struct net_node *node,
                                     const struct ghm_peerid *id)
{
    for (size_t i = 0; i < node->peers_count; i++) {
        if (ghm_peerid_equal(&node->peers[i].id, id)) return &node->peers[i];
    }
    assert_true(node->peers_count < NET_PEERS_MAX);
    struct net_seen_peer *peer = &node->peers[node->peers_count++];
    peer->id = *id;
    ghm_buf_init(&peer->heard, &net->mem, PIPE_MAX);
    return peer;
}

struct net_seen_peer *net_peer(struct net *net, int node, int of)
{
    return peer_of(net, &net->nodes[node], &net->nodes[of].id);
}

void net_say_bytes(struct net *net, int i, int to, struct ghm_bytes bytes)
{
    struct net_node *node = &net->nodes[i];
    struct net_seen_peer *peer = net_peer(net, i, to);
    const char *protocol = node->kind == NET_FLOOD ? flood_protocols[0] : ghm_gossip_protocols[0];
    if (!peer->has_out) {
        int error = ghm_swarm_open(node->swarm, &peer->out, &peer->id, protocol, net->now_ns);
        if (error != GHM_OK) return; /* it dropped us */
        peer->has_out = true;
    }
    while (bytes.len > 0) {
        struct ghm_bytes part = ghm_bytes_upto(bytes, 100000);
        if (ghm_swarm_write(node->swarm, peer->out, part) != GHM_OK) return;
        bytes = ghm_bytes_from(bytes, part.len);
    }
}

void net_say(struct net *net, int node, int to, struct ghm_bytes rpc)
{
    uint8_t head[GHM_VARINT_LEN_MAX];
    size_t len = ghm_varint_encode(head, rpc.len);
    net_say_bytes(net, node, to, ghm_bytes(head, len));
    net_say_bytes(net, node, to, rpc);
}

/* A whole RPC at `at` of what was heard; 0 when there is none. */
static size_t rpc_at(struct ghm_bytes heard, size_t at, struct ghm_bytes *ret_rpc)
{
    uint64_t len;
    struct ghm_bytes rest = ghm_bytes_from(heard, at);
    int head = ghm_varint_decode(&len, rest);
    if (head < 0 || rest.len - (size_t)head < len) return 0;
    *ret_rpc = ghm_bytes(rest.ptr + head, (size_t)len);
    assert_int_equal(ghm_rpc_check(*ret_rpc), GHM_OK);
    return (size_t)head + (size_t)len;
}

size_t net_heard(struct net *net, int node, int from, enum ghm_rpc_type type)
{
    struct ghm_bytes heard = ghm_buf_bytes(&net_peer(net, node, from)->heard), rpc;
    size_t count = 0;
    for (size_t at = 0, len; (len = rpc_at(heard, at, &rpc)) > 0; at += len) {
        struct ghm_rpc_reader reader;
        struct ghm_rpc_item item;
        ghm_rpc_reader_init(&reader, rpc);
        while (ghm_rpc_next(&reader, &item))
            count += item.type == type;
    }
    return count;
}

static size_t read_offers(const struct ghm_rpc_item *item, struct ghm_rpc_offer *ret_offers,
                          size_t most)
{
    struct ghm_rpc_offers offers;
    struct ghm_rpc_offer offer;
    size_t count = 0;
    ghm_rpc_offers_init(&offers, item);
    while (ghm_rpc_offers_next(&offers, &offer)) {
        assert_true(count < most);
        ret_offers[count++] = offer;
    }
    return count;
}

size_t net_offers(struct net *net, int node, int from, struct ghm_rpc_offer *ret_offers,
                  size_t most, size_t *ret_bytes)
{
    struct ghm_bytes heard = ghm_buf_bytes(&net_peer(net, node, from)->heard), rpc;
    size_t count = 0;
    for (size_t at = 0, len; (len = rpc_at(heard, at, &rpc)) > 0; at += len) {
        struct ghm_rpc_reader reader;
        struct ghm_rpc_item item;
        ghm_rpc_reader_init(&reader, rpc);
        while (ghm_rpc_next(&reader, &item)) {
            if (item.type != GHM_RPC_PRUNE) continue;
            count = read_offers(&item, ret_offers, most);
            *ret_bytes = item.body.len;
        }
    }
    return count;
}

static void got(struct net_node *node, struct ghm_bytes data)
{
    if (data.len < 4) return;
    uint32_t number = ghm_load_be32(data.ptr);
    assert_true(number < NET_MESSAGES_MAX);
    node->got[number]++;
    node->got_count++;
}

static void flood_hello(struct net *net, int i, struct net_seen_peer *peer)
{
    struct net_rpc rpc;
    net_rpc_init(&rpc);
    assert_int_equal(ghm_rpc_append_subscription(&rpc.rpc, ghm_bytes_text(TOPIC), true), GHM_OK);
    for (int to = 0; to < net->nodes_count; to++) {
        if (ghm_peerid_equal(&net->nodes[to].id, &peer->id))
            net_say(net, i, to, net_rpc_done(&rpc));
    }
    net_rpc_fini(&rpc);
}

/* "floodsub": what is new goes to all who subscribed, but to whom it came from. */
static void flood_message(struct net *net, int i, const struct ghm_peerid *from,
                          struct ghm_bytes raw)
{
    struct net_node *node = &net->nodes[i];
    struct ghm_message message;
    struct net_rpc rpc;
    assert_int_equal(ghm_message_decode(&message, raw), GHM_OK);
    if (node->got[ghm_load_be32(message.data.ptr)] > 0) return;
    got(node, message.data);
    net_rpc_init(&rpc);
    assert_int_equal(ghm_rpc_append_message(&rpc.rpc, raw), GHM_OK);
    for (int to = 0; to < net->nodes_count; to++) {
        struct net_node *target = &net->nodes[to];
        if (to == i || ghm_peerid_equal(&target->id, from) || target->swarm == NULL) continue;
        for (size_t p = 0; p < node->peers_count; p++) {
            struct net_seen_peer *peer = &node->peers[p];
            if (peer->is_up && peer->is_subscribed && ghm_peerid_equal(&peer->id, &target->id))
                net_say(net, i, to, net_rpc_done(&rpc));
        }
    }
    net_rpc_fini(&rpc);
}

static void flood_hear(struct net *net, int i, struct net_seen_peer *peer)
{
    struct ghm_bytes rpc;
    size_t len;
    while ((len = rpc_at(ghm_buf_bytes(&peer->heard), 0, &rpc)) > 0) {
        struct ghm_rpc_reader reader;
        struct ghm_rpc_item item;
        ghm_rpc_reader_init(&reader, rpc);
        while (ghm_rpc_next(&reader, &item)) {
            if (item.type <= GHM_RPC_UNSUBSCRIBE)
                peer->is_subscribed = item.type == GHM_RPC_SUBSCRIBE;
            else if (item.type == GHM_RPC_MESSAGE)
                flood_message(net, i, &peer->id, item.body);
            else
                fail_msg("control was sent to a floodsub peer");
        }
        ghm_buf_drop(&peer->heard, len);
    }
}

static bool same_stream(struct ghm_stream a, struct ghm_stream b)
{
    return a.connection == b.connection && a.id == b.id;
}

static void on_closed(struct net_seen_peer *peer, const struct ghm_swarm_event *event)
{
    if (peer->has_out && same_stream(peer->out, event->stream)) {
        peer->has_out = false;
        peer->resets++;
    }
    if (peer->has_in && same_stream(peer->in, event->stream)) peer->has_in = false;
}

static void on_foreign(struct net *net, int i, const struct ghm_swarm_event *event)
{
    struct net_node *node = &net->nodes[i];
    if (event->peer.len == 0) return;
    struct net_seen_peer *peer = peer_of(net, node, &event->peer);
    struct ghm_bytes data;
    if (event->type == GHM_SWARM_PEER_UP) {
        peer->is_up = true;
        if (node->kind == NET_FLOOD) flood_hello(net, i, peer);
    } else if (event->type == GHM_SWARM_PEER_DOWN) {
        peer->is_up = false;
        peer->has_out = peer->has_in = peer->is_subscribed = false;
        ghm_buf_clear(&peer->heard);
    } else if (event->type == GHM_SWARM_STREAM_OPENED) {
        peer->in = event->stream;
        peer->has_in = true;
        ghm_buf_clear(&peer->heard);
    } else if (event->type == GHM_SWARM_STREAM_DATA) {
        data = ghm_swarm_data(node->swarm, event->stream);
        if (peer->has_in && same_stream(peer->in, event->stream))
            assert_int_equal(ghm_buf_append(&peer->heard, data), GHM_OK);
        ghm_swarm_data_drop(node->swarm, event->stream, data.len);
        if (node->kind == NET_FLOOD) flood_hear(net, i, peer);
    } else if (event->type == GHM_SWARM_STREAM_CLOSED) {
        on_closed(peer, event);
    }
}

/* ---- the pump ---- */

static void on_event(struct net *net, int i, const struct ghm_swarm_event *event)
{
    struct net_node *node = &net->nodes[i];
    struct net_socket *s;
    if (event->type == GHM_SWARM_DIAL) on_dial(net, i, event);
    if (event->type == GHM_SWARM_CLOSE) {
        struct net_end *end = find_end(net, i, event->connection, &s);
        if (end != NULL) close_end(net, s, end);
    }
    if (node->kind != NET_PEER) {
        on_foreign(net, i, event);
        return;
    }
    ghm_gossip_on(node->gossip, event, net->now_ns);
}

static void on_gossip(struct net *net, struct net_node *node, const struct ghm_gossip_event *event)
{
    if (event->type == GHM_GOSSIP_GRAYLISTED) {
        node->graylisted++;
        node->last_graylisted = event->peer;
        if (node->drops_graylisted) ghm_swarm_disconnect(node->swarm, &event->peer, net->now_ns);
        return;
    }
    if (node->verdict == GHM_GOSSIP_ACCEPT) got(node, event->data);
    if (node->holds) {
        assert_true(node->tickets_count < NET_MESSAGES_MAX);
        node->tickets[node->tickets_count++] = event->ticket;
        return;
    }
    int error = ghm_gossip_validate(node->gossip, event->ticket, node->verdict, net->now_ns);
    assert_true(error == GHM_OK || error == GHM_ENOMEM);
}

bool net_judge_held(struct net *net)
{
    bool was_any = false;
    for (int i = 0; i < net->nodes_count; i++) {
        struct net_node *node = &net->nodes[i];
        for (size_t t = 0; t < node->tickets_count; t++) {
            int error =
                ghm_gossip_validate(node->gossip, node->tickets[t], node->verdict, net->now_ns);
            assert_int_equal(error, GHM_OK);
            was_any = true;
        }
        node->tickets_count = 0;
    }
    return was_any;
}

static bool drain(struct net *net, int i)
{
    struct net_node *node = &net->nodes[i];
    struct ghm_swarm_event event;
    struct ghm_gossip_event heard;
    uint32_t number;
    bool moved = false;
    while (ghm_swarm_next(node->swarm, &event)) {
        on_event(net, i, &event);
        moved = true;
    }
    while (node->gossip != NULL && ghm_gossip_next(node->gossip, &heard, net->now_ns)) {
        on_gossip(net, node, &heard);
        moved = true;
    }
    while (ghm_swarm_writer(node->swarm, &number)) {
        struct net_socket *s;
        struct net_end *end = find_end(net, i, number, &s);
        if (end == NULL || s->is_stalled) continue;
        while (send_from(net, s, end))
            moved = true;
    }
    return moved;
}

/* A stalled socket's writers asked once and were not heard; they are again when it is free. */
static bool drain_socket(struct net *net, struct net_socket *s)
{
    bool moved = false;
    for (int side = 0; side < 2; side++) {
        struct net_end *end = &s->ends[side];
        if (end->node < 0 || s->is_stalled) continue;
        while (send_from(net, s, end))
            moved = true;
    }
    moved |= deliver(net, s, &s->ends[0]);
    moved |= deliver(net, s, &s->ends[1]);
    return moved;
}

void net_settle(struct net *net)
{
    bool moved = true;
    for (int turn = 0; moved; turn++) {
        /* what goes on for ever in no time is a fault */
        assert_true(turn < TURNS_MAX);
        moved = false;
        for (int i = 0; i < net->nodes_count; i++) {
            if (net->nodes[i].swarm != NULL) moved |= drain(net, i);
        }
        for (size_t s = 0; s < net->sockets_count; s++) {
            if (net->sockets[s].is_open) moved |= drain_socket(net, &net->sockets[s]);
        }
    }
}

static uint64_t deadline_of(const struct net_node *node)
{
    if (node->swarm == NULL) return GHM_NEVER;
    uint64_t first = ghm_swarm_deadline(node->swarm);
    if (node->gossip != NULL) first = ghm_deadline_first(first, ghm_gossip_deadline(node->gossip));
    return first;
}

void net_pass(struct net *net, uint64_t ns)
{
    uint64_t end_ns = net->now_ns + ns;
    int same = 0;
    net_settle(net);
    for (;;) {
        uint64_t deadline = GHM_NEVER;
        for (int i = 0; i < net->nodes_count; i++)
            deadline = ghm_deadline_first(deadline, deadline_of(&net->nodes[i]));
        if (deadline > end_ns) break;
        same = deadline > net->now_ns ? 0 : same + 1;
        assert_true(same < TURNS_MAX); /* a deadline that no tick moves is a fault */
        if (deadline > net->now_ns) net->now_ns = deadline;
        for (int i = 0; i < net->nodes_count; i++) {
            struct net_node *node = &net->nodes[i];
            if (deadline_of(node) > net->now_ns) continue;
            ghm_swarm_tick(node->swarm, net->now_ns);
            if (node->gossip != NULL) ghm_gossip_tick(node->gossip, net->now_ns);
        }
        net_settle(net);
    }
    if (end_ns > net->now_ns) net->now_ns = end_ns;
}

/* ---- links and words ---- */

void net_link(struct net *net, int from, int to)
{
    struct ghm_multiaddr addr = addr_of(to);
    assert_int_equal(ghm_swarm_bootstrap(net->nodes[from].swarm, &addr, net->now_ns), GHM_OK);
}

void net_link_all(struct net *net)
{
    for (int a = 0; a < net->nodes_count; a++) {
        for (int b = a + 1; b < net->nodes_count; b++)
            net_link(net, a, b);
    }
}

void net_link_some(struct net *net, int more)
{
    for (int a = 0; a < net->nodes_count; a++) {
        if (a + 1 < net->nodes_count) net_link(net, a, a + 1);
        for (int i = 0; i < more; i++) {
            int b = (int)draw(net, (uint64_t)net->nodes_count);
            if (b > a + 1)
                net_link(net, a, b);
            else if (b < a - 1)
                net_link(net, b, a);
        }
    }
}

void net_subscribe(struct net *net, int node, const char *topic)
{
    assert_int_equal(
        ghm_gossip_subscribe(net->nodes[node].gossip, ghm_bytes_text(topic), net->now_ns), GHM_OK);
}

void net_subscribe_all(struct net *net)
{
    for (int i = 0; i < net->nodes_count; i++) {
        if (net->nodes[i].gossip != NULL) net_subscribe(net, i, TOPIC);
    }
}

uint32_t net_publish_in(struct net *net, int node, const char *topic, size_t len)
{
    static uint8_t data[1 << 20];
    uint32_t number = net->published++;
    assert_true(len >= 4 && len <= sizeof data);
    ghm_store_be32(data, number);
    assert_int_equal(ghm_gossip_publish(net->nodes[node].gossip, ghm_bytes_text(topic),
                                        ghm_bytes(data, len), net->now_ns),
                     GHM_OK);
    return number;
}

uint32_t net_publish(struct net *net, int node, size_t len)
{
    return net_publish_in(net, node, TOPIC, len);
}

size_t net_reached(const struct net *net, uint32_t number)
{
    size_t count = 0;
    for (int i = 0; i < net->nodes_count; i++) {
        assert_true(net->nodes[i].got[number] <= 1);
        count += net->nodes[i].got[number];
    }
    return count;
}

void net_assert_reached(const struct net *net, uint32_t number, int author)
{
    for (int i = 0; i < net->nodes_count; i++) {
        const struct net_node *node = &net->nodes[i];
        if (node->kind == NET_RAW || node->swarm == NULL) continue;
        if (node->got[number] != (i == author ? 0 : 1))
            fail_msg("node %d got message %u of %d %d times", i, number, author, node->got[number]);
    }
}

const struct ghm_gossip_counts *net_counts(const struct net *net, int node)
{
    return ghm_gossip_counts(net->nodes[node].gossip);
}

double net_score(const struct net *net, int node, int of)
{
    return ghm_gossip_score(net->nodes[node].gossip, &net->nodes[of].id);
}

/* ---- building RPCs ---- */

void net_rpc_init(struct net_rpc *rpc)
{
    ghm_mem_init(&rpc->mem, NULL, SIZE_MAX);
    ghm_buf_init(&rpc->rpc, &rpc->mem, PIPE_MAX);
    ghm_buf_init(&rpc->control, &rpc->mem, PIPE_MAX);
}

void net_rpc_fini(struct net_rpc *rpc)
{
    ghm_buf_fini(&rpc->rpc);
    ghm_buf_fini(&rpc->control);
    ghm_mem_fini(&rpc->mem);
}

struct ghm_bytes net_rpc_done(struct net_rpc *rpc)
{
    if (ghm_buf_len(&rpc->control) > 0)
        assert_int_equal(ghm_rpc_append_control(&rpc->rpc, ghm_buf_bytes(&rpc->control)), GHM_OK);
    ghm_buf_clear(&rpc->control);
    return ghm_buf_bytes(&rpc->rpc);
}

void net_rpc_ids(struct net_rpc *rpc, enum ghm_rpc_type type, const char *topic, size_t count,
                 uint64_t first)
{
    struct ghm_buf body;
    uint8_t id[46] = {0x5a};
    ghm_buf_init(&body, &rpc->mem, PIPE_MAX);
    if (topic != NULL) assert_int_equal(ghm_rpc_append_topic(&body, ghm_bytes_text(topic)), GHM_OK);
    for (size_t i = 0; i < count; i++) {
        ghm_store_be64(id + 38, first + i);
        assert_int_equal(ghm_rpc_append_id(&body, type, ghm_bytes(id, sizeof id)), GHM_OK);
    }
    assert_int_equal(ghm_rpc_append_ids(&rpc->control, type, ghm_buf_bytes(&body)), GHM_OK);
    ghm_buf_fini(&body);
}
