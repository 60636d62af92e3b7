/* SPDX-License-Identifier: MIT */
#include "swarm/swarm.h"

#include "base/assert.h"
#include "base/list.h"
#include "base/map.h"
#include "swarm/connection.h"
#include "swarm/dialer.h"
#include "swarm/peers.h"

#define GHM_SWARM_CONNECTIONS_MAX 192
#define GHM_SWARM_INBOUND_PER_IP_MAX 64
#define GHM_SWARM_PENDING_MAX 64 /* handshakes of accepted, and dials, each */
#define GHM_SWARM_LISTEN_MAX 16
#define GHM_SWARM_PROTOCOLS_MAX 64 /* of the owner */
#define GHM_SWARM_PROTOCOLS_OWN 3

struct ghm_swarm {
    struct ghm_mem *mem;
    struct ghm_swarm_config config;
    struct ghm_entropy entropy;
    struct ghm_peerid self;
    uint8_t public_key[GHM_KEY_ED25519_PROTO_LEN];
    const char *protocols[GHM_SWARM_PROTOCOLS_OWN + GHM_SWARM_PROTOCOLS_MAX + 1];
    struct ghm_multiaddr *listen; /* LISTEN_MAX of them, once there is one */
    size_t listen_count;
    struct ghm_map connections;
    struct ghm_list ready;   /* connections that may have events */
    struct ghm_list writing; /* connections that may have bytes */
    struct ghm_peers peers;
    struct ghm_dialer dialer;
    uint32_t last_number;
    uint64_t now_ns; /* the latest that we were told */
};

/* ---- life ---- */

static int gather_protocols(struct ghm_swarm *swarm)
{
    const char *const *names = swarm->config.protocols;
    size_t count = 0;
    swarm->protocols[count++] = ghm_identify_protocol;
    swarm->protocols[count++] = ghm_identify_push_protocol;
    swarm->protocols[count++] = ghm_ping_protocol;
    for (; names != NULL && *names != NULL; names++) {
        if (count == GHM_SWARM_PROTOCOLS_OWN + GHM_SWARM_PROTOCOLS_MAX) return GHM_ELIMIT;
        swarm->protocols[count++] = *names;
    }
    return GHM_OK;
}

static void set_defaults(struct ghm_swarm_config *config)
{
    if (config->connections_max == 0) config->connections_max = GHM_SWARM_CONNECTIONS_MAX;
    if (config->inbound_per_ip_max == 0) config->inbound_per_ip_max = GHM_SWARM_INBOUND_PER_IP_MAX;
}

static void start(struct ghm_swarm *swarm, struct ghm_entropy *entropy)
{
    uint8_t seed[16];
    set_defaults(&swarm->config);
    ghm_entropy_fork(entropy, &swarm->entropy);
    ghm_key_encode(swarm->public_key, swarm->config.identity);
    ghm_peerid_of_key(&swarm->self, ghm_bytes(swarm->public_key, sizeof swarm->public_key));
    ghm_list_init(&swarm->ready);
    ghm_list_init(&swarm->writing);
    ghm_entropy_fill(&swarm->entropy, seed, sizeof seed);
    ghm_map_init(&swarm->connections, swarm->mem, swarm->config.connections_max, seed);
    ghm_peers_init(&swarm->peers, swarm->mem, swarm->config.connections_max, seed);
    ghm_dialer_init(&swarm->dialer, swarm->mem);
}

int ghm_swarm_new(struct ghm_swarm **ret_swarm, struct ghm_mem *mem,
                  const struct ghm_swarm_config *config, struct ghm_entropy *entropy)
{
    struct ghm_swarm *swarm = ghm_mem_alloc(mem, sizeof *swarm);
    if (swarm == NULL) return GHM_ENOMEM;
    swarm->mem = mem;
    swarm->config = *config;
    int error = gather_protocols(swarm);
    if (error != GHM_OK) {
        ghm_mem_free(mem, swarm, sizeof *swarm);
        return error;
    }
    start(swarm, entropy);
    *ret_swarm = swarm;
    return GHM_OK;
}

static struct ghm_connection *of_node(struct ghm_map_node *node)
{
    return node == NULL ? NULL : GHM_LIST_OF(node, struct ghm_connection, by_number);
}

static struct ghm_connection *find(const struct ghm_swarm *swarm, uint32_t number)
{
    return of_node(ghm_map_find(&swarm->connections, ghm_bytes(&number, sizeof number)));
}

static struct ghm_connection *after(const struct ghm_swarm *swarm, struct ghm_connection *c)
{
    return of_node(ghm_map_next(&swarm->connections, c == NULL ? NULL : &c->by_number));
}

static void detach(struct ghm_connection *c)
{
    ghm_list_remove(&c->of_peer);
    c->peer->connections_count--;
    c->peer = NULL;
}

static void forget(struct ghm_swarm *swarm, struct ghm_connection *c)
{
    if (c->peer != NULL) detach(c);
    ghm_map_remove(&swarm->connections, &c->by_number);
    ghm_connection_free(c, swarm->mem);
}

void ghm_swarm_free(struct ghm_swarm *swarm)
{
    if (swarm == NULL) return;
    struct ghm_connection *c;
    while ((c = after(swarm, NULL)) != NULL)
        forget(swarm, c);
    ghm_map_fini(&swarm->connections);
    ghm_peers_fini(&swarm->peers);
    ghm_dialer_fini(&swarm->dialer);
    ghm_mem_free(swarm->mem, swarm->listen, GHM_SWARM_LISTEN_MAX * sizeof *swarm->listen);
    struct ghm_mem *mem = swarm->mem;
    ghm_mem_wipe(swarm, sizeof *swarm);
    ghm_mem_free(mem, swarm, sizeof *swarm);
}

int ghm_swarm_listen_add(struct ghm_swarm *swarm, const struct ghm_multiaddr *addr)
{
    if (swarm->listen_count == GHM_SWARM_LISTEN_MAX) return GHM_ELIMIT;
    if (swarm->listen == NULL) {
        swarm->listen = ghm_mem_alloc(swarm->mem, GHM_SWARM_LISTEN_MAX * sizeof *swarm->listen);
        if (swarm->listen == NULL) return GHM_ENOMEM;
    }
    swarm->listen[swarm->listen_count++] = *addr;
    return GHM_OK;
}

/* ---- connections ---- */

/* Something happened on it: it may have events and bytes now. */
static void touch(struct ghm_swarm *swarm, struct ghm_connection *c)
{
    if (ghm_list_is_empty(&c->ready)) ghm_list_append(&swarm->ready, &c->ready);
    if (ghm_list_is_empty(&c->writing)) ghm_list_append(&swarm->writing, &c->writing);
}

static void end(struct ghm_swarm *swarm, struct ghm_connection *c)
{
    if (c->state == GHM_CONNECTION_ENDING || c->state == GHM_CONNECTION_CLOSED) return;
    ghm_connection_end(c);
    ghm_dialer_ended(&swarm->dialer, c->number, &swarm->entropy, swarm->now_ns);
    touch(swarm, c);
}

static void end_badly(struct ghm_swarm *swarm, struct ghm_connection *c, const char *reason)
{
    char text[GHM_MULTIADDR_TEXT_MAX];
    ghm_multiaddr_text(text, &c->remote);
    /* Whom we dialed somebody wants us to reach; whoever dials us is anybody. */
    bool is_wanted = c->is_dialer && c->peer == NULL;
    ghm_log_add(swarm->config.log, is_wanted ? GHM_LOG_WARN : GHM_LOG_DEBUG, "swarm", "%s: %s",
                text, reason);
    end(swarm, c);
}

static int new_connection(struct ghm_swarm *swarm, struct ghm_connection **ret_connection,
                          const struct ghm_multiaddr *remote)
{
    struct ghm_connection *c;
    if (swarm->last_number == UINT32_MAX) return GHM_ELIMIT;
    int error = ghm_connection_new(&c, swarm->mem, remote);
    if (error != GHM_OK) return error;
    c->number = swarm->last_number + 1;
    error =
        ghm_map_insert(&swarm->connections, &c->by_number, ghm_bytes(&c->number, sizeof c->number));
    if (error != GHM_OK) {
        ghm_connection_free(c, swarm->mem);
        return error;
    }
    swarm->last_number++;
    *ret_connection = c;
    return GHM_OK;
}

static int start_link(struct ghm_swarm *swarm, struct ghm_connection *c)
{
    const struct ghm_link_config config = {
        .is_dialer = c->is_dialer,
        .identity = swarm->config.identity,
        .expected = c->is_dialer ? c->expected : (struct ghm_peerid){.len = 0},
        .protocols = swarm->protocols,
    };
    return ghm_connection_start(c, &config, &swarm->entropy, swarm->now_ns);
}

/* ---- dialing ---- */

static bool is_dial_pending(const struct ghm_connection *c)
{
    return c->is_dialer && (c->state == GHM_CONNECTION_ASKED || ghm_connection_is_pending(c));
}

static size_t count_dials(const struct ghm_swarm *swarm)
{
    size_t count = 0;
    for (struct ghm_connection *c = after(swarm, NULL); c != NULL; c = after(swarm, c))
        count += is_dial_pending(c);
    return count;
}

static int dial(struct ghm_swarm *swarm, uint32_t *ret_number, const struct ghm_multiaddr *addr)
{
    struct ghm_connection *c;
    if (count_dials(swarm) >= GHM_SWARM_PENDING_MAX) return GHM_ELIMIT;
    int error = new_connection(swarm, &c, addr);
    if (error != GHM_OK) return error;
    c->is_dialer = true;
    c->tells_dial = true;
    c->deadline_ns = swarm->now_ns + GHM_CONNECTION_DIAL_NS;
    touch(swarm, c);
    *ret_number = c->number;
    return GHM_OK;
}

static bool is_up(const struct ghm_peer *peer);

static void dial_target(struct ghm_swarm *swarm, struct ghm_dialer_target *target)
{
    uint32_t number;
    const struct ghm_peer *peer = ghm_peers_find(&swarm->peers, &target->peer);
    if (peer != NULL && is_up(peer)) {
        ghm_dialer_rest(target);
    } else if (dial(swarm, &number, &target->addr) == GHM_OK) {
        ghm_dialer_start(target, number);
    } else {
        ghm_dialer_put_off(target, &swarm->entropy, swarm->now_ns);
    }
}

static void dial_due(struct ghm_swarm *swarm)
{
    struct ghm_dialer_target *target;
    while ((target = ghm_dialer_due(&swarm->dialer, swarm->now_ns)) != NULL)
        dial_target(swarm, target);
}

/* The peer id that an address asks for; len 0 when it asks for none. */
static int read_expected(struct ghm_peerid *ret_id, const struct ghm_multiaddr *addr)
{
    struct ghm_multiaddr_tcp tcp;
    struct ghm_peerid id = {.len = 0};
    int error = ghm_multiaddr_as_tcp(&tcp, addr);
    if (error != GHM_OK) return error;
    if (tcp.peerid.ptr != NULL && ghm_peerid_decode(&id, tcp.peerid) != GHM_OK) return GHM_EINVAL;
    *ret_id = id;
    return GHM_OK;
}

int ghm_swarm_bootstrap(struct ghm_swarm *swarm, const struct ghm_multiaddr *addr, uint64_t now_ns)
{
    struct ghm_peerid expected;
    swarm->now_ns = now_ns;
    int error = read_expected(&expected, addr);
    if (error != GHM_OK) return error;
    if (ghm_peerid_equal(&expected, &swarm->self)) return GHM_OK; /* one list for a whole fleet */
    error = ghm_dialer_add(&swarm->dialer, addr, &expected, now_ns);
    if (error == GHM_OK) dial_due(swarm);
    return error;
}

int ghm_swarm_dial(struct ghm_swarm *swarm, uint32_t *ret_connection,
                   const struct ghm_multiaddr *addr, uint64_t now_ns)
{
    struct ghm_peerid expected;
    swarm->now_ns = now_ns;
    int error = read_expected(&expected, addr);
    if (error != GHM_OK) return error;
    if (ghm_peerid_equal(&expected, &swarm->self)) return GHM_EINVAL;
    return dial(swarm, ret_connection, addr);
}

/* ---- the socket side ---- */

void ghm_swarm_connected(struct ghm_swarm *swarm, uint32_t connection, uint64_t now_ns)
{
    struct ghm_connection *c = find(swarm, connection);
    swarm->now_ns = now_ns;
    if (c == NULL || c->state != GHM_CONNECTION_ASKED) return;
    int error = start_link(swarm, c);
    if (error != GHM_OK) {
        end_badly(swarm, c, ghm_error_text(error));
        return;
    }
    touch(swarm, c);
}

void ghm_swarm_failed(struct ghm_swarm *swarm, uint32_t connection, uint64_t now_ns)
{
    struct ghm_connection *c = find(swarm, connection);
    swarm->now_ns = now_ns;
    if (c == NULL || c->state != GHM_CONNECTION_ASKED) return;
    end_badly(swarm, c, "could not be dialed");
}

static bool has_room(const struct ghm_swarm *swarm, const char *ip)
{
    size_t pending = 0, same_ip = 0;
    for (struct ghm_connection *c = after(swarm, NULL); c != NULL; c = after(swarm, c)) {
        if (c->is_dialer) continue;
        pending += ghm_connection_is_pending(c);
        same_ip += strcmp(c->ip, ip) == 0;
    }
    return pending < GHM_SWARM_PENDING_MAX && same_ip < swarm->config.inbound_per_ip_max;
}

int ghm_swarm_accept(struct ghm_swarm *swarm, uint32_t *ret_connection,
                     const struct ghm_multiaddr *remote, uint64_t now_ns)
{
    struct ghm_connection *c;
    struct ghm_multiaddr_tcp tcp;
    swarm->now_ns = now_ns;
    int error = ghm_multiaddr_as_tcp(&tcp, remote);
    if (error != GHM_OK) return error;
    if (!has_room(swarm, tcp.host)) return GHM_ELIMIT;
    error = new_connection(swarm, &c, remote);
    if (error != GHM_OK) return error;
    error = start_link(swarm, c);
    if (error != GHM_OK) {
        forget(swarm, c);
        return error;
    }
    *ret_connection = c->number;
    return GHM_OK;
}

void ghm_swarm_push(struct ghm_swarm *swarm, uint32_t connection, struct ghm_bytes in,
                    uint64_t now_ns)
{
    struct ghm_connection *c = find(swarm, connection);
    swarm->now_ns = now_ns;
    if (c == NULL || c->state != GHM_CONNECTION_LIVE) return;
    int error = ghm_link_push(c->link, in, now_ns);
    if (error != GHM_OK) end_badly(swarm, c, ghm_link_reason(c->link));
    touch(swarm, c);
}

/* All is told and all is sent: the connection may be forgotten. */
static bool is_sent(const struct ghm_connection *c)
{
    return c->state == GHM_CONNECTION_CLOSED &&
           (c->link == NULL || ghm_link_pull(c->link).len == 0);
}

bool ghm_swarm_writer(struct ghm_swarm *swarm, uint32_t *ret_connection)
{
    struct ghm_list *node;
    while ((node = ghm_list_pop(&swarm->writing)) != NULL) {
        struct ghm_connection *c = GHM_LIST_OF(node, struct ghm_connection, writing);
        if (c->has_socket && c->link != NULL && ghm_link_pull(c->link).len > 0) {
            *ret_connection = c->number;
            return true;
        }
        if (is_sent(c)) forget(swarm, c);
    }
    return false;
}

struct ghm_bytes ghm_swarm_pull(struct ghm_swarm *swarm, uint32_t connection)
{
    struct ghm_connection *c = find(swarm, connection);
    if (c == NULL || c->link == NULL || !c->has_socket) return GHM_BYTES_NONE;
    struct ghm_bytes out = ghm_link_pull(c->link);
    if (is_sent(c)) forget(swarm, c);
    return out;
}

void ghm_swarm_pulled(struct ghm_swarm *swarm, uint32_t connection, size_t len, uint64_t now_ns)
{
    struct ghm_connection *c = find(swarm, connection);
    swarm->now_ns = now_ns;
    if (c == NULL || c->link == NULL) return;
    ghm_link_pulled(c->link, len);
    touch(swarm, c);
    if (is_sent(c)) forget(swarm, c);
}

void ghm_swarm_hangup(struct ghm_swarm *swarm, uint32_t connection, uint64_t now_ns)
{
    struct ghm_connection *c = find(swarm, connection);
    swarm->now_ns = now_ns;
    if (c == NULL) return;
    c->has_socket = false;
    if (c->state == GHM_CONNECTION_CLOSED) {
        forget(swarm, c);
        return;
    }
    c->tells_close = c->tells_close && c->is_dialer && c->peer == NULL;
    end(swarm, c);
}

/* ---- events ---- */

static struct ghm_connection *of_peer(struct ghm_list *node)
{
    return GHM_LIST_OF(node, struct ghm_connection, of_peer);
}

static void shed_oldest(struct ghm_swarm *swarm, struct ghm_peer *peer)
{
    size_t count = 0;
    struct ghm_connection *first = NULL;
    struct ghm_list *head = &peer->connections;
    for (struct ghm_list *node = head->next; node != head; node = node->next) {
        if (!ghm_connection_is_up(of_peer(node))) continue;
        if (first == NULL) first = of_peer(node);
        count++;
    }
    if (count > GHM_PEERS_CONNECTIONS_MAX) end_badly(swarm, first, "more than two to one peer");
}

static bool tell(struct ghm_connection *c, struct ghm_swarm_event *ret_event,
                 enum ghm_swarm_event_type type, const struct ghm_peerid *peer)
{
    *ret_event = (struct ghm_swarm_event){.type = type, .connection = c->number};
    if (peer != NULL) ret_event->peer = *peer;
    return true;
}

static struct ghm_identify_self self_of(const struct ghm_swarm *swarm)
{
    return (struct ghm_identify_self){
        .public_key = ghm_bytes(swarm->public_key, sizeof swarm->public_key),
        .agent_version = swarm->config.agent_version,
        .protocols = swarm->protocols,
        .listen = swarm->listen,
        .listen_count = swarm->listen_count,
    };
}

/* The peer is authenticated: it becomes a member of the book, or the connection ends. */
static bool admit(struct ghm_swarm *swarm, struct ghm_connection *c,
                  struct ghm_swarm_event *ret_event)
{
    struct ghm_peer *peer;
    const struct ghm_peerid *id = ghm_link_peer(c->link);
    if (ghm_peerid_equal(id, &swarm->self)) {
        ghm_dialer_self(&swarm->dialer, c->number);
        end_badly(swarm, c, "that is ourselves");
        return false;
    }
    int error = ghm_peers_enter(&swarm->peers, &peer, id);
    if (error != GHM_OK) {
        end_badly(swarm, c, ghm_error_text(error));
        return false;
    }
    c->peer = peer;
    ghm_list_append(&peer->connections, &c->of_peer);
    peer->connections_count++;
    ghm_dialer_up(&swarm->dialer, c->number, id, swarm->now_ns);
    shed_oldest(swarm, peer);
    /* Not worth an end: a peer that cannot be asked now is known by its id alone. */
    error = ghm_exchange_ask(&c->exchange, c->link, swarm->now_ns);
    if (error != GHM_OK) {
        ghm_log_add(swarm->config.log, GHM_LOG_DEBUG, "swarm", "identify not asked: %s",
                    ghm_error_text(error));
    }
    if (peer->connections_count > 1) return false;
    return tell(c, ret_event, GHM_SWARM_PEER_UP, &peer->id);
}

static bool learn(struct ghm_connection *c, struct ghm_swarm_event *ret_event)
{
    const struct ghm_identify *told = ghm_exchange_take(&c->exchange);
    if (told == NULL || c->peer == NULL) return false;
    if (ghm_peers_identify(c->peer, told) != GHM_OK) return false;
    return tell(c, ret_event, GHM_SWARM_IDENTIFIED, &c->peer->id);
}

static bool leave_peer(struct ghm_swarm *swarm, struct ghm_connection *c,
                       struct ghm_swarm_event *ret_event)
{
    struct ghm_peer *peer = c->peer;
    detach(c);
    if (peer->connections_count > 0) return false;
    tell(c, ret_event, GHM_SWARM_PEER_DOWN, &peer->id);
    ghm_dialer_wake(&swarm->dialer, &peer->id, &swarm->entropy, swarm->now_ns);
    ghm_peers_leave(&swarm->peers, peer);
    return true;
}

/* The end of a connection, one event at a time: the peer is gone, the socket is to be closed. */
static bool conclude(struct ghm_swarm *swarm, struct ghm_connection *c,
                     struct ghm_swarm_event *ret_event)
{
    if (c->peer != NULL && leave_peer(swarm, c, ret_event)) return true;
    if (!c->tells_close) {
        forget(swarm, c);
        return false;
    }
    c->tells_close = false;
    tell(c, ret_event, GHM_SWARM_CLOSE, NULL);
    if (!c->has_socket) return true;
    c->state = GHM_CONNECTION_CLOSED;
    c->deadline_ns = swarm->now_ns + GHM_CONNECTION_LINGER_NS;
    return true;
}

/* One event of one connection, which may be forgotten when there is none. */
static bool next_of(struct ghm_swarm *swarm, struct ghm_connection *c,
                    struct ghm_swarm_event *ret_event)
{
    const struct ghm_identify_self self = self_of(swarm);
    if (c->state == GHM_CONNECTION_CLOSED) return false;
    for (;;) {
        switch (ghm_connection_next(c, ret_event, &self, swarm->now_ns)) {
        case GHM_CONNECTION_TOLD:
            return true;
        case GHM_CONNECTION_SECURED:
            if (admit(swarm, c, ret_event)) return true;
            continue;
        case GHM_CONNECTION_LEARNED:
            if (learn(c, ret_event)) return true;
            continue;
        case GHM_CONNECTION_NOTHING:
            return c->state == GHM_CONNECTION_ENDING && conclude(swarm, c, ret_event);
        }
    }
}

/* A connection with events waits its turn behind the others, so that a busy one starves nobody. */
bool ghm_swarm_next(struct ghm_swarm *swarm, struct ghm_swarm_event *ret_event)
{
    struct ghm_list *node;
    while ((node = ghm_list_pop(&swarm->ready)) != NULL) {
        struct ghm_connection *c = GHM_LIST_OF(node, struct ghm_connection, ready);
        if (!next_of(swarm, c, ret_event)) continue;
        touch(swarm, c);
        return true;
    }
    return false;
}

/* ---- time ---- */

uint64_t ghm_swarm_deadline(const struct ghm_swarm *swarm)
{
    uint64_t deadline = ghm_dialer_deadline(&swarm->dialer);
    for (struct ghm_connection *c = after(swarm, NULL); c != NULL; c = after(swarm, c))
        deadline = ghm_deadline_first(deadline, ghm_connection_deadline(c));
    return deadline;
}

static void tick_one(struct ghm_swarm *swarm, struct ghm_connection *c)
{
    if (ghm_connection_deadline(c) > swarm->now_ns) return;
    int error = ghm_connection_tick(c, swarm->now_ns);
    if (error != GHM_OK && c->state == GHM_CONNECTION_CLOSED) {
        forget(swarm, c);
        return;
    }
    if (error != GHM_OK) end_badly(swarm, c, ghm_error_text(error));
    touch(swarm, c);
}

void ghm_swarm_tick(struct ghm_swarm *swarm, uint64_t now_ns)
{
    swarm->now_ns = now_ns;
    struct ghm_connection *c = after(swarm, NULL);
    while (c != NULL) {
        struct ghm_connection *following = after(swarm, c);
        tick_one(swarm, c);
        c = following;
    }
    dial_due(swarm);
}

/* ---- the protocol side ---- */

/* The newest connection: of two to one peer, an older one may be dead without knowing. */
static struct ghm_connection *best_of(const struct ghm_peer *peer)
{
    const struct ghm_list *head = &peer->connections;
    for (struct ghm_list *node = head->prev; node != head; node = node->prev) {
        struct ghm_connection *c = of_peer(node);
        if (ghm_connection_is_up(c) && !c->is_leaving) return c;
    }
    return NULL;
}

static bool is_up(const struct ghm_peer *peer)
{
    return best_of(peer) != NULL;
}

static struct ghm_connection *find_best(const struct ghm_swarm *swarm, const struct ghm_peerid *id)
{
    const struct ghm_peer *peer = ghm_peers_find(&swarm->peers, id);
    return peer == NULL ? NULL : best_of(peer);
}

int ghm_swarm_open(struct ghm_swarm *swarm, struct ghm_stream *ret_stream,
                   const struct ghm_peerid *peer, const char *protocol, uint64_t now_ns)
{
    uint32_t id;
    struct ghm_connection *c = find_best(swarm, peer);
    swarm->now_ns = now_ns;
    if (c == NULL) return GHM_ENOTFOUND;
    int error = ghm_link_open(c->link, &id, protocol, now_ns);
    if (error != GHM_OK) return error;
    touch(swarm, c);
    *ret_stream = (struct ghm_stream){c->number, id};
    return GHM_OK;
}

static struct ghm_connection *find_linked(const struct ghm_swarm *swarm, uint32_t number)
{
    struct ghm_connection *c = find(swarm, number);
    return c != NULL && c->link != NULL ? c : NULL;
}

int ghm_swarm_write(struct ghm_swarm *swarm, struct ghm_stream stream, struct ghm_bytes bytes)
{
    struct ghm_connection *c = find_linked(swarm, stream.connection);
    if (c == NULL) return GHM_ECLOSED;
    int error = ghm_link_write(c->link, stream.id, bytes);
    if (error == GHM_OK) touch(swarm, c);
    return error;
}

size_t ghm_swarm_queued(const struct ghm_swarm *swarm, struct ghm_stream stream)
{
    const struct ghm_connection *c = find_linked(swarm, stream.connection);
    return c == NULL ? 0 : ghm_link_queued(c->link, stream.id);
}

struct ghm_bytes ghm_swarm_data(const struct ghm_swarm *swarm, struct ghm_stream stream)
{
    const struct ghm_connection *c = find_linked(swarm, stream.connection);
    return c == NULL ? GHM_BYTES_NONE : ghm_link_data(c->link, stream.id);
}

void ghm_swarm_data_drop(struct ghm_swarm *swarm, struct ghm_stream stream, size_t len)
{
    struct ghm_connection *c = find_linked(swarm, stream.connection);
    if (c == NULL) return;
    ghm_link_data_drop(c->link, stream.id, len);
    touch(swarm, c);
}

void ghm_swarm_finish(struct ghm_swarm *swarm, struct ghm_stream stream)
{
    struct ghm_connection *c = find_linked(swarm, stream.connection);
    if (c == NULL) return;
    ghm_link_finish(c->link, stream.id);
    touch(swarm, c);
}

void ghm_swarm_reset(struct ghm_swarm *swarm, struct ghm_stream stream)
{
    struct ghm_connection *c = find_linked(swarm, stream.connection);
    if (c == NULL) return;
    ghm_link_reset(c->link, stream.id, GHM_ECLOSED);
    touch(swarm, c);
}

static bool is_pinging(const struct ghm_peer *peer)
{
    const struct ghm_list *head = &peer->connections;
    for (struct ghm_list *node = head->next; node != head; node = node->next) {
        if (ghm_ping_is_busy(&of_peer(node)->ping)) return true;
    }
    return false;
}

int ghm_swarm_ping(struct ghm_swarm *swarm, const struct ghm_peerid *peer, uint64_t now_ns)
{
    struct ghm_connection *c = find_best(swarm, peer);
    swarm->now_ns = now_ns;
    if (c == NULL) return GHM_ENOTFOUND;
    if (is_pinging(c->peer)) return GHM_EBUSY;
    int error = ghm_ping_start(&c->ping, c->link, &swarm->entropy, now_ns);
    if (error == GHM_OK) touch(swarm, c);
    return error;
}

void ghm_swarm_disconnect(struct ghm_swarm *swarm, const struct ghm_peerid *peer, uint64_t now_ns)
{
    struct ghm_peer *entry = ghm_peers_find(&swarm->peers, peer);
    swarm->now_ns = now_ns;
    if (entry == NULL) return;
    struct ghm_list *head = &entry->connections;
    for (struct ghm_list *node = head->next; node != head; node = node->next)
        end(swarm, of_peer(node));
}

bool ghm_swarm_peer_speaks(const struct ghm_swarm *swarm, const struct ghm_peerid *peer,
                           const char *protocol)
{
    const struct ghm_peer *entry = ghm_peers_find(&swarm->peers, peer);
    return entry != NULL && ghm_peers_speaks(entry, protocol);
}

size_t ghm_swarm_peers_count(const struct ghm_swarm *swarm)
{
    return swarm->peers.map.count;
}
