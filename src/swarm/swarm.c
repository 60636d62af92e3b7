/* SPDX-License-Identifier: MIT */
#include "swarm/swarm.h"

#include "swarm/admission.h"
#include "swarm/ending.h"
#include "swarm/keeper.h"
#include "swarm/outreach.h"

#define CONNECTIONS_MAX (GHM_KEEPER_HIGH + GHM_LIMITS_PENDING_MAX)
#define INBOUND_PER_IP_MAX 64
#define PENDING_PER_IP_MAX 8
#define ACCEPTS_PER_IP_PER_S 5
#define LISTEN_MAX 16

/* ---- life ---- */

static int gather_protocols(struct ghm_swarm *swarm)
{
    const char *const *names = swarm->config.protocols;
    size_t count = 0;
    swarm->protocols[count++] = ghm_identify_protocol;
    swarm->protocols[count++] = ghm_identify_push_protocol;
    swarm->protocols[count++] = ghm_ping_protocol;
    for (; names != NULL && *names != NULL; names++) {
        if (count == GHM_STATE_PROTOCOLS_OWN + GHM_STATE_PROTOCOLS_MAX) return GHM_ELIMIT;
        swarm->protocols[count++] = *names;
    }
    return GHM_OK;
}

static void set_default(uint32_t *value, uint32_t fallback)
{
    if (*value == 0) *value = fallback;
}

static void set_defaults(struct ghm_swarm_config *config)
{
    set_default(&config->connections_max, CONNECTIONS_MAX);
    set_default(&config->connections_high, GHM_KEEPER_HIGH);
    set_default(&config->connections_low, GHM_KEEPER_LOW);
    set_default(&config->inbound_per_ip_max, INBOUND_PER_IP_MAX);
    set_default(&config->pending_per_ip_max, PENDING_PER_IP_MAX);
    set_default(&config->accepts_per_ip_per_s, ACCEPTS_PER_IP_PER_S);
}

static void start_rooms(struct ghm_swarm *swarm, const uint8_t seed[16])
{
    const struct ghm_swarm_config *config = &swarm->config;
    const struct ghm_limits_config limits = {
        .connections_max = config->connections_max,
        .inbound_per_ip_max = config->inbound_per_ip_max,
        .pending_per_ip_max = config->pending_per_ip_max,
        .accepts_per_ip_per_s = config->accepts_per_ip_per_s,
    };
    ghm_limits_init(&swarm->limits, swarm->mem, &limits, seed);
    ghm_roster_init(&swarm->roster, swarm->mem, config->connections_max, seed);
    ghm_peers_init(&swarm->peers, swarm->mem, config->connections_max, seed);
    ghm_book_init(&swarm->book, swarm->mem, seed);
    ghm_dialer_init(&swarm->dialer, swarm->mem);
    ghm_failures_init(&swarm->failures, swarm->mem, seed);
    ghm_list_init(&swarm->races);
    ghm_list_init(&swarm->lost);
}

static void start(struct ghm_swarm *swarm, struct ghm_entropy *entropy)
{
    uint8_t seed[16];
    set_defaults(&swarm->config);
    ghm_entropy_fork(entropy, &swarm->entropy);
    ghm_key_encode(swarm->public_key, swarm->config.identity);
    ghm_peerid_of_key(&swarm->self, ghm_bytes(swarm->public_key, sizeof swarm->public_key));
    ghm_entropy_fill(&swarm->entropy, seed, sizeof seed);
    swarm->trim_ns = GHM_NEVER;
    swarm->push_ns = GHM_NEVER;
    swarm->record_seq = swarm->config.record_seq;
    ghm_buf_init(&swarm->record, swarm->mem, GHM_IDENTIFY_RECORD_TOLD_MAX);
    start_rooms(swarm, seed);
}

int ghm_swarm_new(struct ghm_swarm **ret_swarm, struct ghm_mem *mem,
                  const struct ghm_swarm_config *config, struct ghm_entropy *entropy)
{
    struct ghm_swarm *swarm = ghm_mem_alloc(mem, sizeof *swarm);
    if (swarm == NULL) return GHM_ENOMEM;
    swarm->mem = mem;
    swarm->config = *config;
    int error = gather_protocols(swarm);
    if (error == GHM_OK)
        error = ghm_credential_new(&swarm->credential, mem, config->identity, entropy);
    if (error != GHM_OK) {
        ghm_mem_free(mem, swarm, sizeof *swarm);
        return error;
    }
    start(swarm, entropy);
    *ret_swarm = swarm;
    return GHM_OK;
}

void ghm_swarm_free(struct ghm_swarm *swarm)
{
    if (swarm == NULL) return;
    struct ghm_connection *c;
    while ((c = ghm_roster_after(&swarm->roster, NULL)) != NULL)
        ghm_ending_forget(swarm, c);
    ghm_outreach_fini(swarm);
    ghm_limits_fini(&swarm->limits);
    ghm_roster_fini(&swarm->roster);
    ghm_peers_fini(&swarm->peers);
    ghm_book_fini(&swarm->book);
    ghm_dialer_fini(&swarm->dialer);
    ghm_failures_fini(&swarm->failures);
    ghm_credential_free(swarm->credential);
    ghm_buf_fini(&swarm->record);
    ghm_mem_free(swarm->mem, swarm->listen, LISTEN_MAX * sizeof *swarm->listen);
    struct ghm_mem *mem = swarm->mem;
    ghm_mem_wipe(swarm, sizeof *swarm);
    ghm_mem_free(mem, swarm, sizeof *swarm);
}

int ghm_swarm_listen_add(struct ghm_swarm *swarm, const struct ghm_multiaddr *addr)
{
    if (swarm->listen_count == LISTEN_MAX) return GHM_ELIMIT;
    if (swarm->listen == NULL) {
        swarm->listen = ghm_mem_alloc(swarm->mem, LISTEN_MAX * sizeof *swarm->listen);
        if (swarm->listen == NULL) return GHM_ENOMEM;
    }
    swarm->listen[swarm->listen_count++] = *addr;
    ghm_admission_changed(swarm);
    return GHM_OK;
}

const struct ghm_multiaddr *ghm_swarm_listen_addrs(const struct ghm_swarm *swarm, size_t *ret_count)
{
    *ret_count = swarm->listen_count;
    return swarm->listen;
}

/* ---- dialing ---- */

int ghm_swarm_bootstrap(struct ghm_swarm *swarm, const struct ghm_multiaddr *addr, uint64_t now_ns)
{
    swarm->now_ns = now_ns;
    return ghm_outreach_bootstrap(swarm, addr);
}

int ghm_swarm_dial(struct ghm_swarm *swarm, uint32_t *ret_connection,
                   const struct ghm_multiaddr *addr, uint64_t now_ns)
{
    swarm->now_ns = now_ns;
    return ghm_outreach_dial(swarm, ret_connection, addr);
}

int ghm_swarm_reach(struct ghm_swarm *swarm, const struct ghm_peerid *peer,
                    const struct ghm_multiaddr *addrs, size_t count, uint64_t now_ns)
{
    swarm->now_ns = now_ns;
    return ghm_outreach_reach(swarm, peer, addrs, count);
}

/* ---- the socket side ---- */

static struct ghm_connection *find(const struct ghm_swarm *swarm, uint32_t number)
{
    return ghm_roster_find(&swarm->roster, number);
}

static void touch(struct ghm_swarm *swarm, struct ghm_connection *c)
{
    ghm_roster_touch(&swarm->roster, c);
}

void ghm_swarm_connected(struct ghm_swarm *swarm, uint32_t connection, uint64_t now_ns)
{
    struct ghm_connection *c = find(swarm, connection);
    swarm->now_ns = now_ns;
    if (c == NULL || c->state != GHM_CONNECTION_ASKED) return;
    int error = ghm_admission_start(swarm, c);
    if (error != GHM_OK) {
        ghm_ending_begin_badly(swarm, c, ghm_error_text(error));
        return;
    }
    touch(swarm, c);
}

void ghm_swarm_failed(struct ghm_swarm *swarm, uint32_t connection, uint64_t now_ns)
{
    struct ghm_connection *c = find(swarm, connection);
    swarm->now_ns = now_ns;
    if (c == NULL || c->state != GHM_CONNECTION_ASKED) return;
    ghm_ending_begin_badly(swarm, c, "could not be dialed");
}

int ghm_swarm_accept(struct ghm_swarm *swarm, uint32_t *ret_connection,
                     const struct ghm_multiaddr *remote, uint64_t now_ns)
{
    swarm->now_ns = now_ns;
    return ghm_admission_accept(swarm, ret_connection, remote);
}

void ghm_swarm_push(struct ghm_swarm *swarm, uint32_t connection, struct ghm_bytes in,
                    uint64_t now_ns)
{
    struct ghm_connection *c = find(swarm, connection);
    swarm->now_ns = now_ns;
    if (c == NULL || c->state != GHM_CONNECTION_LIVE) return;
    int error = ghm_link_push(c->link, in, now_ns);
    if (error != GHM_OK) ghm_ending_begin_badly(swarm, c, ghm_link_reason(c->link));
    touch(swarm, c);
}

bool ghm_swarm_writer(struct ghm_swarm *swarm, uint32_t *ret_connection)
{
    struct ghm_connection *c;
    while ((c = ghm_roster_writing(&swarm->roster)) != NULL) {
        if (c->has_socket && c->link != NULL && ghm_link_pull(c->link).len > 0) {
            *ret_connection = c->number;
            return true;
        }
        if (ghm_ending_is_complete(c)) ghm_ending_forget(swarm, c);
    }
    return false;
}

struct ghm_bytes ghm_swarm_pull(struct ghm_swarm *swarm, uint32_t connection)
{
    struct ghm_connection *c = find(swarm, connection);
    if (c == NULL || c->link == NULL || !c->has_socket) return GHM_BYTES_NONE;
    struct ghm_bytes out = ghm_link_pull(c->link);
    if (ghm_ending_is_complete(c)) ghm_ending_forget(swarm, c);
    return out;
}

void ghm_swarm_pulled(struct ghm_swarm *swarm, uint32_t connection, size_t len, uint64_t now_ns)
{
    struct ghm_connection *c = find(swarm, connection);
    swarm->now_ns = now_ns;
    if (c == NULL || c->link == NULL) return;
    ghm_link_pulled(c->link, len);
    touch(swarm, c);
    if (ghm_ending_is_complete(c)) ghm_ending_forget(swarm, c);
}

void ghm_swarm_hangup(struct ghm_swarm *swarm, uint32_t connection, uint64_t now_ns)
{
    struct ghm_connection *c = find(swarm, connection);
    swarm->now_ns = now_ns;
    if (c == NULL) return;
    c->has_socket = false;
    if (c->state == GHM_CONNECTION_CLOSED) {
        ghm_ending_forget(swarm, c);
        return;
    }
    c->tells_close = c->tells_close && c->is_dialer && c->peer == NULL;
    ghm_ending_begin(swarm, c);
}

/* ---- events ---- */

/* One event of one connection, which may be forgotten when there is none. */
static bool next_of(struct ghm_swarm *swarm, struct ghm_connection *c,
                    struct ghm_swarm_event *ret_event)
{
    const struct ghm_identify_self self = ghm_admission_self(swarm);
    if (c->state == GHM_CONNECTION_CLOSED) return false;
    for (;;) {
        switch (ghm_connection_next(c, ret_event, &self, swarm->now_ns)) {
        case GHM_CONNECTION_TOLD:
            return true;
        case GHM_CONNECTION_SECURED:
            if (ghm_admission_secured(swarm, c, ret_event)) return true;
            continue;
        case GHM_CONNECTION_LEARNED:
            if (ghm_admission_learned(swarm, c, ret_event)) return true;
            continue;
        case GHM_CONNECTION_NOTHING:
            return c->state == GHM_CONNECTION_ENDING && ghm_ending_next(swarm, c, ret_event);
        }
    }
}

/* A connection with events waits its turn behind the others, so that a busy one starves nobody. */
bool ghm_swarm_next(struct ghm_swarm *swarm, struct ghm_swarm_event *ret_event)
{
    struct ghm_connection *c;
    while ((c = ghm_roster_ready(&swarm->roster)) != NULL) {
        if (!next_of(swarm, c, ret_event)) continue;
        touch(swarm, c);
        return true;
    }
    return ghm_outreach_next(swarm, ret_event);
}

/* ---- time ---- */

void ghm_swarm_date(struct ghm_swarm *swarm, int64_t date_s)
{
    swarm->date_s = date_s;
}

uint64_t ghm_swarm_deadline(const struct ghm_swarm *swarm)
{
    uint64_t deadline =
        ghm_deadline_first(ghm_outreach_deadline(swarm), ghm_admission_deadline(swarm));
    struct ghm_connection *c = ghm_roster_after(&swarm->roster, NULL);
    for (; c != NULL; c = ghm_roster_after(&swarm->roster, c))
        deadline = ghm_deadline_first(deadline, ghm_connection_deadline(c));
    return deadline;
}

static void tick_one(struct ghm_swarm *swarm, struct ghm_connection *c)
{
    if (ghm_connection_deadline(c) > swarm->now_ns) return;
    int error = ghm_connection_tick(c, swarm->now_ns);
    if (error != GHM_OK && c->state == GHM_CONNECTION_CLOSED) {
        ghm_ending_forget(swarm, c);
        return;
    }
    if (error != GHM_OK) ghm_ending_begin_badly(swarm, c, ghm_error_text(error));
    touch(swarm, c);
}

void ghm_swarm_tick(struct ghm_swarm *swarm, uint64_t now_ns)
{
    swarm->now_ns = now_ns;
    struct ghm_connection *c = ghm_roster_after(&swarm->roster, NULL);
    while (c != NULL) {
        struct ghm_connection *following = ghm_roster_after(&swarm->roster, c);
        tick_one(swarm, c);
        c = following;
    }
    ghm_outreach_tick(swarm);
    ghm_admission_tick(swarm);
}

/* ---- the protocol side ---- */

static struct ghm_connection *find_best(const struct ghm_swarm *swarm, const struct ghm_peerid *id)
{
    const struct ghm_peer *peer = ghm_peers_find(&swarm->peers, id);
    return peer == NULL ? NULL : ghm_roster_best(peer);
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
    c->streams++;
    touch(swarm, c);
    *ret_stream = (struct ghm_stream){c->number, id};
    return GHM_OK;
}

int ghm_swarm_write(struct ghm_swarm *swarm, struct ghm_stream stream, struct ghm_bytes bytes)
{
    struct ghm_connection *c = ghm_roster_linked(&swarm->roster, stream.connection);
    if (c == NULL) return GHM_ECLOSED;
    int error = ghm_link_write(c->link, stream.id, bytes);
    if (error == GHM_OK) touch(swarm, c);
    return error;
}

size_t ghm_swarm_queued(const struct ghm_swarm *swarm, struct ghm_stream stream)
{
    const struct ghm_connection *c = ghm_roster_linked(&swarm->roster, stream.connection);
    return c == NULL ? 0 : ghm_link_queued(c->link, stream.id);
}

struct ghm_bytes ghm_swarm_data(const struct ghm_swarm *swarm, struct ghm_stream stream)
{
    const struct ghm_connection *c = ghm_roster_linked(&swarm->roster, stream.connection);
    return c == NULL ? GHM_BYTES_NONE : ghm_link_data(c->link, stream.id);
}

void ghm_swarm_data_drop(struct ghm_swarm *swarm, struct ghm_stream stream, size_t len)
{
    struct ghm_connection *c = ghm_roster_linked(&swarm->roster, stream.connection);
    if (c == NULL) return;
    ghm_link_data_drop(c->link, stream.id, len);
    touch(swarm, c);
}

void ghm_swarm_finish(struct ghm_swarm *swarm, struct ghm_stream stream)
{
    struct ghm_connection *c = ghm_roster_linked(&swarm->roster, stream.connection);
    if (c == NULL) return;
    ghm_link_finish(c->link, stream.id);
    touch(swarm, c);
}

void ghm_swarm_reset(struct ghm_swarm *swarm, struct ghm_stream stream)
{
    struct ghm_connection *c = ghm_roster_linked(&swarm->roster, stream.connection);
    if (c == NULL) return;
    ghm_link_reset(c->link, stream.id, GHM_ECLOSED);
    touch(swarm, c);
}

static bool is_pinging(const struct ghm_peer *peer)
{
    const struct ghm_list *head = &peer->connections;
    for (struct ghm_list *node = head->next; node != head; node = node->next) {
        if (ghm_ping_is_busy(&ghm_roster_of_peer(node)->ping)) return true;
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
        ghm_ending_begin(swarm, ghm_roster_of_peer(node));
}

int ghm_swarm_protect(struct ghm_swarm *swarm, const struct ghm_peerid *peer, bool is_protected)
{
    struct ghm_peer *entry = ghm_peers_find(&swarm->peers, peer);
    if (entry == NULL) return GHM_ENOTFOUND;
    entry->is_protected = is_protected;
    return GHM_OK;
}

bool ghm_swarm_peer_speaks(const struct ghm_swarm *swarm, const struct ghm_peerid *peer,
                           const char *protocol)
{
    const struct ghm_peer *entry = ghm_peers_find(&swarm->peers, peer);
    return entry != NULL && ghm_peers_speaks(entry, protocol);
}

int ghm_swarm_peer_told(const struct ghm_swarm *swarm, struct ghm_swarm_told *ret_told,
                        const struct ghm_peerid *peer)
{
    const struct ghm_peer *entry = ghm_peers_find(&swarm->peers, peer);
    if (entry == NULL || !entry->is_identified) return GHM_ENOTFOUND;
    *ret_told = (struct ghm_swarm_told){
        .agent_version = entry->agent_version,
        .protocols = ghm_buf_bytes(&entry->protocols),
        .observed = ghm_buf_bytes(&entry->observed),
        .signed_record = ghm_book_record(&swarm->book, peer),
    };
    ret_told->certified = ghm_book_certified(&swarm->book, &ret_told->certified_count, peer);
    ret_told->listen = ghm_book_addrs(&swarm->book, &ret_told->listen_count, peer);
    return GHM_OK;
}

int ghm_swarm_peer_place(const struct ghm_swarm *swarm, struct ghm_swarm_place *ret_place,
                         const struct ghm_peerid *peer)
{
    const struct ghm_peer *entry = ghm_peers_find(&swarm->peers, peer);
    const struct ghm_connection *best = entry == NULL ? NULL : ghm_roster_best(entry);
    if (best == NULL) return GHM_ENOTFOUND;
    *ret_place = (struct ghm_swarm_place){.ip = best->ip};
    const struct ghm_list *head = &entry->connections;
    for (struct ghm_list *node = head->next; node != head; node = node->next)
        ret_place->is_outbound = ret_place->is_outbound || ghm_roster_of_peer(node)->is_dialer;
    return GHM_OK;
}

struct ghm_bytes ghm_swarm_record(const struct ghm_swarm *swarm, const struct ghm_peerid *peer)
{
    return ghm_book_record(&swarm->book, peer);
}

const struct ghm_swarm_counts *ghm_swarm_counts(const struct ghm_swarm *swarm)
{
    return &swarm->counts;
}

size_t ghm_swarm_peers_count(const struct ghm_swarm *swarm)
{
    return swarm->peers.map.count;
}
