/* SPDX-License-Identifier: MIT */
#include "fleet.h"

#include "crypto/hash.h"
#include "mesh/circle.h"

#include <stdio.h>

#define PIPE_MAX (16 << 20)

/* ---- nodes ---- */

static void address_of(struct ghm_multiaddr *ret_addr, int node)
{
    char host[32];
    (void)snprintf(host, sizeof host, "10.0.0.%d", node + 1);
    assert_int_equal(ghm_multiaddr_of_tcp(ret_addr, host, 9000, GHM_BYTES_NONE), GHM_OK);
}

void fleet_start(struct fleet *fleet, int i, const char *secrets)
{
    struct fleet_node *node = &fleet->nodes[i];
    struct ghm_multiaddr addr;
    uint8_t seed[32] = {(uint8_t)(i + 1)}, proto[GHM_KEY_ED25519_PROTO_LEN];
    assert_false(node->is_on);
    node->is_on = true;
    node->told_count = 0;
    node->ring = ring_of(secrets);
    ghm_key_from_seed(&node->key, seed);
    ghm_key_encode(proto, &node->key);
    ghm_peerid_of_key(&node->id, ghm_bytes(proto, sizeof proto));
    node->entropy = entropy_of((uint8_t)(0x40 + i + (int)(fleet->now_ns / GHM_NS_PER_S % 100)));
    ghm_log_init(&node->log, GHM_LOG_DEBUG);
    ghm_mem_init(&node->mem, NULL, 256 << 20);
    ghm_mem_init(&node->mesh_mem, NULL, 32 << 20);
    struct ghm_swarm_config swarm = {.identity = &node->key,
                                     .agent_version = "fleet/1",
                                     .protocols = fleet->protocols,
                                     .log = &node->log};
    assert_int_equal(ghm_swarm_new(&node->swarm, &node->mem, &swarm, &node->entropy), GHM_OK);
    struct ghm_mesh_config mesh = {.keyring = &node->ring,
                                   .identity = &node->key,
                                   .seqno_start = (uint64_t)++node->starts << 32,
                                   .self = node->id,
                                   .swarm = node->swarm,
                                   .shared = node->shared,
                                   .log = &node->log};
    assert_int_equal(ghm_mesh_new(&node->mesh, &node->mesh_mem, &mesh, &node->entropy), GHM_OK);
    address_of(&addr, i);
    assert_int_equal(ghm_swarm_listen_add(node->swarm, &addr), GHM_OK);
}

static const char *const straight[] = {GHM_MESH_HELLO_PROTOCOL, GHM_MESH_ANNOUNCE_PROTOCOL, NULL};

struct fleet *fleet_new(int nodes_count, const char *secrets)
{
    return fleet_new_speaking(nodes_count, secrets, straight);
}

struct fleet *fleet_new_speaking(int nodes_count, const char *secrets, const char *const *protocols)
{
    struct fleet *fleet = calloc(1, sizeof *fleet);
    assert_non_null(fleet);
    fleet->now_ns = 1000 * GHM_NS_PER_S;
    fleet->now_ms = INT64_C(1700000000000);
    fleet->nodes_count = nodes_count;
    fleet->protocols = protocols;
    for (int i = 0; i < nodes_count; i++) {
        fleet->nodes[i].shared = calloc(1, sizeof *fleet->nodes[i].shared);
        assert_non_null(fleet->nodes[i].shared);
        fleet_start(fleet, i, secrets);
    }
    return fleet;
}

static void hang_up(struct fleet *fleet, struct fleet_end *end)
{
    if (end->node < 0) return;
    struct fleet_node *node = &fleet->nodes[end->node];
    end->node = -1;
    ghm_buf_clear(&end->in);
    if (node->is_on) ghm_swarm_hangup(node->swarm, end->connection, fleet->now_ns);
}

static void cut(struct fleet *fleet, struct fleet_socket *socket)
{
    hang_up(fleet, &socket->ends[0]);
    hang_up(fleet, &socket->ends[1]);
}

void fleet_cut(struct fleet *fleet, int node)
{
    for (size_t i = 0; i < fleet->sockets_count; i++) {
        struct fleet_socket *socket = &fleet->sockets[i];
        if (socket->ends[0].node == node || socket->ends[1].node == node) cut(fleet, socket);
    }
}

void fleet_stop(struct fleet *fleet, int i, bool is_silent)
{
    struct fleet_node *node = &fleet->nodes[i];
    if (!node->is_on) return;
    if (!is_silent) fleet_cut(fleet, i);
    for (size_t s = 0; s < fleet->sockets_count; s++) {
        for (int side = 0; side < 2; side++) {
            struct fleet_end *end = &fleet->sockets[s].ends[side];
            if (end->node == i) end->node = -1;
        }
    }
    node->is_on = false;
    ghm_mesh_free(node->mesh);
    ghm_swarm_free(node->swarm);
    ghm_mem_fini(&node->mesh_mem);
    ghm_mem_fini(&node->mem);
}

void fleet_free(struct fleet *fleet)
{
    for (int i = 0; i < fleet->nodes_count; i++) {
        fleet_stop(fleet, i, true);
        free(fleet->nodes[i].shared);
    }
    for (size_t s = 0; s < fleet->sockets_count; s++) {
        ghm_buf_fini(&fleet->sockets[s].ends[0].in);
        ghm_buf_fini(&fleet->sockets[s].ends[1].in);
    }
    free(fleet);
}

void fleet_bootstrap(struct fleet *fleet, int from, int to)
{
    struct ghm_multiaddr addr;
    address_of(&addr, to);
    assert_int_equal(ghm_swarm_bootstrap(fleet->nodes[from].swarm, &addr, fleet->now_ns), GHM_OK);
}

/* ---- sockets ---- */

static void on_dial(struct fleet *fleet, int from, const struct ghm_swarm_event *event)
{
    struct ghm_swarm *swarm = fleet->nodes[from].swarm;
    struct ghm_multiaddr remote;
    char host[32];
    int to = atoi(event->tcp.host + strlen("10.0.0.")) - 1;
    if (to < 0 || to >= fleet->nodes_count || !fleet->nodes[to].is_on) {
        ghm_swarm_failed(swarm, event->connection, fleet->now_ns);
        return;
    }
    assert_true(fleet->sockets_count < FLEET_SOCKETS_MAX);
    struct fleet_socket *socket = &fleet->sockets[fleet->sockets_count++];
    for (int side = 0; side < 2; side++) {
        socket->ends[side].node = side == 0 ? from : to;
        ghm_buf_init(&socket->ends[side].in, NULL, PIPE_MAX);
    }
    socket->ends[0].connection = event->connection;
    (void)snprintf(host, sizeof host, "10.0.0.%d", from + 1);
    assert_int_equal(ghm_multiaddr_of_tcp(&remote, host, (uint16_t)(40000 + fleet->sockets_count),
                                          GHM_BYTES_NONE),
                     GHM_OK);
    ghm_swarm_connected(swarm, event->connection, fleet->now_ns);
    assert_int_equal(ghm_swarm_accept(fleet->nodes[to].swarm, &socket->ends[1].connection, &remote,
                                      fleet->now_ns),
                     GHM_OK);
}

static struct fleet_socket *find(struct fleet *fleet, int node, uint32_t connection, int *ret_side)
{
    for (size_t i = 0; i < fleet->sockets_count; i++) {
        for (int side = 0; side < 2; side++) {
            const struct fleet_end *end = &fleet->sockets[i].ends[side];
            if (end->node != node || end->connection != connection) continue;
            *ret_side = side;
            return &fleet->sockets[i];
        }
    }
    return NULL;
}

/* All that one side has to send goes on the way. */
static bool send_from(struct fleet *fleet, int i, uint32_t connection)
{
    int side;
    struct ghm_swarm *swarm = fleet->nodes[i].swarm;
    struct fleet_socket *socket = find(fleet, i, connection, &side);
    if (socket == NULL) return false;
    struct fleet_end *to = &socket->ends[!side];
    /* A socket takes no more than its buffer while nobody reads. */
    if (to->is_deaf && ghm_buf_len(&to->in) > 65536) return false;
    struct ghm_bytes out = ghm_swarm_pull(swarm, connection);
    if (out.len == 0) return false;
    if (to->node >= 0) assert_int_equal(ghm_buf_append(&to->in, out), GHM_OK);
    fleet->bytes_sent += out.len;
    ghm_swarm_pulled(swarm, connection, out.len, fleet->now_ns);
    return true;
}

static bool deliver(struct fleet *fleet, struct fleet_end *end)
{
    struct ghm_bytes in = ghm_buf_bytes(&end->in);
    if (end->node < 0 || end->is_deaf || in.len == 0) return false;
    ghm_swarm_push(fleet->nodes[end->node].swarm, end->connection, in, fleet->now_ns);
    ghm_buf_drop(&end->in, in.len);
    return true;
}

static void on_close(struct fleet *fleet, int i, uint32_t connection)
{
    int side;
    while (send_from(fleet, i, connection))
        continue;
    struct fleet_socket *socket = find(fleet, i, connection, &side);
    if (socket == NULL) return;
    socket->ends[side].node = -1;
    ghm_swarm_hangup(fleet->nodes[i].swarm, connection, fleet->now_ns);
    while (deliver(fleet, &socket->ends[!side]))
        continue;
    hang_up(fleet, &socket->ends[!side]);
}

void fleet_deafen(struct fleet *fleet, int to, bool is_deaf)
{
    for (size_t i = 0; i < fleet->sockets_count; i++) {
        for (int side = 0; side < 2; side++) {
            struct fleet_end *end = &fleet->sockets[i].ends[side];
            if (end->node == to) end->is_deaf = is_deaf;
        }
    }
}

/* ---- events ---- */

static bool drain_swarm(struct fleet *fleet, int i)
{
    struct fleet_node *node = &fleet->nodes[i];
    struct ghm_swarm_event event;
    bool moved = false;
    for (; ghm_swarm_next(node->swarm, &event); moved = true) {
        if (event.type == GHM_SWARM_DIAL) {
            on_dial(fleet, i, &event);
        } else if (event.type == GHM_SWARM_CLOSE) {
            on_close(fleet, i, event.connection);
        } else if (node->is_relay) {
            ghm_gossip_on(node->mesh->gossip, &event, fleet->now_ns);
        } else if (!node->is_dumb) {
            ghm_mesh_on(node->mesh, &event, fleet->now_ns);
        } else if (event.type == GHM_SWARM_STREAM_OPENED) {
            node->opened = event.stream;
        } else if (event.type == GHM_SWARM_STREAM_CLOSED) {
            node->closed = event.stream;
        }
    }
    return moved;
}

static bool drain_relay(struct fleet *fleet, int i)
{
    struct ghm_gossip *gossip = fleet->nodes[i].mesh->gossip;
    struct ghm_gossip_event event;
    bool moved = false;
    for (; ghm_gossip_next(gossip, &event, fleet->now_ns); moved = true) {
        if (event.type != GHM_GOSSIP_MESSAGE) continue;
        assert_int_equal(
            ghm_gossip_validate(gossip, event.ticket, GHM_GOSSIP_ACCEPT, fleet->now_ns), GHM_OK);
    }
    return moved;
}

static bool drain_mesh(struct fleet *fleet, int i)
{
    struct fleet_node *node = &fleet->nodes[i];
    if (node->is_relay) return drain_relay(fleet, i);
    struct ghm_mesh_event event;
    bool moved = false;
    for (; !node->is_still && ghm_mesh_next(node->mesh, &event, fleet->now_ms); moved = true) {
        assert_true(node->told_count < FLEET_TOLD_MAX);
        struct fleet_told *told = &node->told[node->told_count++];
        *told = (struct fleet_told){.type = event.type, .peer = event.peer};
        if (event.type != GHM_MESH_LEARNED) continue;
        struct ghm_bytes start = ghm_bytes_upto(event.entry.body, FLEET_BODY_MAX - 1);
        if (start.len > 0) memcpy(told->body, start.ptr, start.len);
        told->body_len = event.entry.body.len;
        assert_true(event.entry.from_peer);
    }
    return moved;
}

static bool drain_writers(struct fleet *fleet, int i)
{
    uint32_t connection;
    bool moved = false;
    while (ghm_swarm_writer(fleet->nodes[i].swarm, &connection)) {
        while (send_from(fleet, i, connection))
            moved = true;
    }
    return moved;
}

/* Sockets that were full are written again once somebody has read. */
static bool drain_waiting(struct fleet *fleet)
{
    bool moved = false;
    for (size_t s = 0; s < fleet->sockets_count; s++) {
        for (int side = 0; side < 2; side++) {
            struct fleet_end *end = &fleet->sockets[s].ends[side];
            if (end->node < 0) continue;
            while (send_from(fleet, end->node, end->connection))
                moved = true;
        }
    }
    return moved;
}

void fleet_settle(struct fleet *fleet)
{
    for (bool moved = true; moved;) {
        moved = false;
        for (int i = 0; i < fleet->nodes_count; i++) {
            if (!fleet->nodes[i].is_on) continue;
            moved |= drain_swarm(fleet, i);
            moved |= drain_mesh(fleet, i);
            moved |= drain_swarm(fleet, i);
            moved |= drain_writers(fleet, i);
        }
        moved |= drain_waiting(fleet);
        for (size_t s = 0; s < fleet->sockets_count; s++) {
            moved |= deliver(fleet, &fleet->sockets[s].ends[0]);
            moved |= deliver(fleet, &fleet->sockets[s].ends[1]);
        }
    }
}

static uint64_t deadline_of(const struct fleet *fleet)
{
    uint64_t first = GHM_NEVER;
    for (int i = 0; i < fleet->nodes_count; i++) {
        if (!fleet->nodes[i].is_on) continue;
        first = ghm_deadline_first(first, ghm_swarm_deadline(fleet->nodes[i].swarm));
        first = ghm_deadline_first(first, ghm_mesh_deadline(fleet->nodes[i].mesh));
    }
    return first;
}

static void move_clock(struct fleet *fleet, uint64_t now_ns)
{
    if (now_ns <= fleet->now_ns) return;
    fleet->now_ms += (int64_t)((now_ns - fleet->now_ns) / GHM_NS_PER_MS);
    fleet->now_ns = now_ns;
}

void fleet_pass(struct fleet *fleet, uint64_t ns)
{
    uint64_t end_ns = fleet->now_ns + ns;
    fleet_settle(fleet);
    for (uint64_t deadline; (deadline = deadline_of(fleet)) <= end_ns;) {
        move_clock(fleet, deadline);
        for (int i = 0; i < fleet->nodes_count; i++) {
            if (!fleet->nodes[i].is_on) continue;
            ghm_swarm_tick(fleet->nodes[i].swarm, fleet->now_ns);
            ghm_mesh_tick(fleet->nodes[i].mesh, fleet->now_ns);
        }
        fleet_settle(fleet);
    }
    move_clock(fleet, end_ns);
}

/* ---- what is said and told ---- */

struct ghm_entry fleet_entry(const struct fleet *fleet, struct ghm_bytes body)
{
    struct ghm_entry entry = {
        .kind = GHM_ENTRY_ORIGIN,
        .status = 200,
        .date_ms = fleet->now_ms,
        .ttl_s = 300,
        .name = ghm_bytes_text("GET api.github.com/repos/o/r"),
        .headers = ghm_bytes_text("etag: \"x\"\n"),
        .body = body,
    };
    ghm_hash_sha256(entry.body_sha256, body);
    return entry;
}

int fleet_announce(struct fleet *fleet, int node, struct ghm_bytes body)
{
    struct ghm_entry entry = fleet_entry(fleet, body);
    return ghm_mesh_announce(fleet->nodes[node].mesh, &entry, fleet->now_ms);
}

size_t fleet_count(const struct fleet *fleet, int node, enum ghm_mesh_event_type type)
{
    size_t count = 0;
    for (size_t i = 0; i < fleet->nodes[node].told_count; i++)
        count += fleet->nodes[node].told[i].type == type;
    return count;
}

size_t fleet_learned(const struct fleet *fleet, int node, const char *body)
{
    size_t count = 0;
    for (size_t i = 0; i < fleet->nodes[node].told_count; i++) {
        const struct fleet_told *told = &fleet->nodes[node].told[i];
        count += told->type == GHM_MESH_LEARNED && strcmp(told->body, body) == 0;
    }
    return count;
}
