/* SPDX-License-Identifier: MIT */
#include "swarm/admission.h"

#include "crypto/peerrecord.h"
#include "swarm/ending.h"
#include "swarm/hearsay.h"
#include "swarm/keeper.h"
#include "swarm/outreach.h"

#define PUSH_NS GHM_NS_PER_S /* changes of so long are told at once */

/* ---- sockets ---- */

int ghm_admission_start(struct ghm_swarm *swarm, struct ghm_connection *c)
{
    const struct ghm_link_config config = {
        .is_dialer = c->is_dialer,
        .identity = swarm->config.identity,
        .credential = swarm->credential,
        .expected = c->is_dialer ? c->expected : (struct ghm_peerid){.len = 0},
        .protocols = swarm->protocols,
        .security = swarm->config.security,
        .date_s = swarm->date_s,
    };
    return ghm_connection_start(c, &config, &swarm->entropy, swarm->now_ns);
}

static int enter(struct ghm_swarm *swarm, uint32_t *ret_connection,
                 const struct ghm_multiaddr *remote, struct ghm_limits_hold *take_hold)
{
    struct ghm_connection *c;
    int error = ghm_roster_enter(&swarm->roster, &c, remote);
    if (error != GHM_OK) {
        ghm_limits_release(&swarm->limits, take_hold);
        return error;
    }
    c->hold = *take_hold;
    error = ghm_admission_start(swarm, c);
    if (error != GHM_OK) {
        ghm_ending_forget(swarm, c);
        return error;
    }
    *ret_connection = c->number;
    return GHM_OK;
}

int ghm_admission_accept(struct ghm_swarm *swarm, uint32_t *ret_connection,
                         const struct ghm_multiaddr *remote)
{
    struct ghm_multiaddr_tcp tcp;
    struct ghm_limits_hold hold;
    int error = ghm_multiaddr_as_tcp(&tcp, remote);
    if (error == GHM_OK) error = ghm_limits_accept(&swarm->limits, &hold, tcp.host, swarm->now_ns);
    return error == GHM_OK ? enter(swarm, ret_connection, remote, &hold) : error;
}

/* ---- too many ---- */

static void shed_oldest(struct ghm_swarm *swarm, struct ghm_peer *peer)
{
    size_t count = 0;
    struct ghm_connection *first = NULL;
    struct ghm_list *head = &peer->connections;
    for (struct ghm_list *node = head->next; node != head; node = node->next) {
        struct ghm_connection *c = ghm_roster_of_peer(node);
        if (!ghm_connection_is_up(c)) continue;
        if (first == NULL) first = c;
        count++;
    }
    if (count > GHM_PEERS_CONNECTIONS_MAX)
        ghm_ending_begin_badly(swarm, first, "more than two to one peer");
}

static struct ghm_keeper_view view_of(const struct ghm_swarm *swarm, const struct ghm_connection *c)
{
    return (struct ghm_keeper_view){
        .is_protected = c->peer->is_protected || ghm_dialer_wants(&swarm->dialer, &c->peer->id),
        .is_dialer = c->is_dialer,
        .streams = c->streams,
        .up_ns = c->up_ns,
        .used_ns = c->used_ns,
    };
}

static size_t count_up(const struct ghm_swarm *swarm)
{
    size_t count = 0;
    struct ghm_connection *c = ghm_roster_after(&swarm->roster, NULL);
    for (; c != NULL; c = ghm_roster_after(&swarm->roster, c))
        count += ghm_connection_is_up(c);
    return count;
}

static struct ghm_connection *least_useful(const struct ghm_swarm *swarm)
{
    struct ghm_connection *least = NULL;
    struct ghm_connection *c = ghm_roster_after(&swarm->roster, NULL);
    for (; c != NULL; c = ghm_roster_after(&swarm->roster, c)) {
        if (!ghm_connection_is_up(c)) continue;
        struct ghm_keeper_view view = view_of(swarm, c);
        if (!ghm_keeper_may_go(&view, swarm->now_ns)) continue;
        struct ghm_keeper_view other = least == NULL ? view : view_of(swarm, least);
        if (least == NULL || ghm_keeper_is_less(&view, &other)) least = c;
    }
    return least;
}

/* While some are in their grace, or all are protected, there is nothing to do but look again. */
static void trim(struct ghm_swarm *swarm)
{
    size_t up = count_up(swarm);
    swarm->trim_ns = GHM_NEVER;
    if (up <= swarm->config.connections_high) return;
    for (; up > swarm->config.connections_low; up--) {
        struct ghm_connection *c = least_useful(swarm);
        if (c == NULL) {
            swarm->trim_ns = swarm->now_ns + GHM_KEEPER_AGAIN_NS;
            return;
        }
        ghm_ending_begin_badly(swarm, c, "trimmed: too many connections");
    }
}

/* ---- peers ---- */

static int enter_peer(struct ghm_swarm *swarm, struct ghm_connection *c,
                      const struct ghm_peerid *id)
{
    struct ghm_peer *peer;
    int error = ghm_peers_enter(&swarm->peers, &peer, id);
    if (error != GHM_OK) return error;
    c->peer = peer;
    c->up_ns = swarm->now_ns;
    c->used_ns = swarm->now_ns;
    ghm_list_append(&peer->connections, &c->of_peer);
    peer->connections_count++;
    ghm_limits_settle(&swarm->limits, &c->hold);
    ghm_outreach_up(swarm, c);
    return GHM_OK;
}

static void ask_who(struct ghm_swarm *swarm, struct ghm_connection *c)
{
    int error = ghm_exchange_ask(&c->exchange, c->link, swarm->now_ns);
    /* Not worth an end: a peer that cannot be asked now is known by its id alone. */
    if (error != GHM_OK)
        ghm_log_add(swarm->config.log, GHM_LOG_DEBUG, "swarm", "identify not asked: %s",
                    ghm_error_text(error));
}

bool ghm_admission_secured(struct ghm_swarm *swarm, struct ghm_connection *c,
                           struct ghm_swarm_event *ret_event)
{
    const struct ghm_peerid *id = ghm_link_peer(c->link);
    if (ghm_peerid_equal(id, &swarm->self)) {
        ghm_dialer_self(&swarm->dialer, c->number);
        ghm_ending_begin_badly(swarm, c, "that is ourselves");
        return false;
    }
    int error = enter_peer(swarm, c, id);
    if (error != GHM_OK) {
        ghm_ending_begin_badly(swarm, c, ghm_error_text(error));
        return false;
    }
    shed_oldest(swarm, c->peer);
    ask_who(swarm, c);
    trim(swarm);
    if (c->peer->connections_count > 1) return false;
    *ret_event = (struct ghm_swarm_event){
        .type = GHM_SWARM_PEER_UP, .connection = c->number, .peer = c->peer->id};
    return true;
}

/* ---- what is told ---- */

bool ghm_admission_learned(struct ghm_swarm *swarm, struct ghm_connection *c,
                           struct ghm_swarm_event *ret_event)
{
    const struct ghm_identify *told = ghm_exchange_take(&c->exchange);
    if (told == NULL || c->peer == NULL) return false;
    int error = ghm_hearsay_keep(swarm, c, told);
    if (error == GHM_OK) error = ghm_peers_identify(c->peer, told);
    ghm_exchange_taken(&c->exchange);
    if (error != GHM_OK) return false;
    *ret_event = (struct ghm_swarm_event){
        .type = GHM_SWARM_IDENTIFIED, .connection = c->number, .peer = c->peer->id};
    return true;
}

struct ghm_identify_self ghm_admission_self(const struct ghm_swarm *swarm)
{
    return (struct ghm_identify_self){
        .public_key = ghm_bytes(swarm->public_key, sizeof swarm->public_key),
        .agent_version = swarm->config.agent_version,
        .protocols = swarm->protocols,
        .listen = swarm->listen,
        .listen_count = swarm->listen_count,
        .record = ghm_buf_bytes(&swarm->record),
    };
}

/* Sealed anew with the next number. With many long addresses, only as many as fit. */
static void seal(struct ghm_swarm *swarm)
{
    int error = GHM_ELIMIT;
    ghm_buf_clear(&swarm->record);
    if (swarm->config.record_seq == 0) return;
    swarm->record_seq++;
    for (size_t count = swarm->listen_count; error == GHM_ELIMIT && count > 0; count--)
        error = ghm_peerrecord_append(&swarm->record, swarm->config.identity, swarm->record_seq,
                                      swarm->listen, count);
    if (error != GHM_OK)
        ghm_log_add(swarm->config.log, GHM_LOG_WARN, "swarm", "no signed peer record: %s",
                    ghm_error_text(error));
}

void ghm_admission_changed(struct ghm_swarm *swarm)
{
    seal(swarm);
    if (swarm->push_ns == GHM_NEVER && swarm->peers.map.count > 0)
        swarm->push_ns = swarm->now_ns + PUSH_NS;
}

static void push_to(struct ghm_swarm *swarm, const struct ghm_peer *peer)
{
    struct ghm_connection *c = ghm_roster_best(peer);
    if (c == NULL || !ghm_peers_speaks(peer, ghm_identify_push_protocol)) return;
    const struct ghm_identify_self self = ghm_admission_self(swarm);
    /* One that cannot be told now hears it at its next connection. */
    if (ghm_connection_push(c, &self, swarm->now_ns) == GHM_OK) ghm_roster_touch(&swarm->roster, c);
}

static void push(struct ghm_swarm *swarm)
{
    struct ghm_map_node *node = ghm_map_next(&swarm->peers.map, NULL);
    swarm->push_ns = GHM_NEVER;
    for (; node != NULL; node = ghm_map_next(&swarm->peers.map, node))
        push_to(swarm, GHM_LIST_OF(node, struct ghm_peer, by_id));
}

/* ---- time ---- */

uint64_t ghm_admission_deadline(const struct ghm_swarm *swarm)
{
    return ghm_deadline_first(swarm->trim_ns, swarm->push_ns);
}

void ghm_admission_tick(struct ghm_swarm *swarm)
{
    if (swarm->trim_ns <= swarm->now_ns) trim(swarm);
    if (swarm->push_ns <= swarm->now_ns) push(swarm);
}
