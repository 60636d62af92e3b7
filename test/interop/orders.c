/* SPDX-License-Identifier: MIT */
/* The orders about connections, ping and identify. */
#include "partner.h"

#include "io/clock.h"

static json_t *peer_json(const struct ghm_peerid *peer)
{
    char text[GHM_PEERID_TEXT_MAX];
    ghm_peerid_text(text, peer);
    return json_string(text);
}

static json_t *addr_json(const struct ghm_multiaddr *addr)
{
    char text[GHM_MULTIADDR_TEXT_MAX];
    ghm_multiaddr_text(text, addr);
    return json_string(text);
}

static json_t *protocols_json(struct ghm_bytes names)
{
    json_t *list = json_array();
    while (names.len > 0) {
        size_t len = strnlen((const char *)names.ptr, names.len);
        (void)json_array_append_new(list, json_stringn((const char *)names.ptr, len));
        names = ghm_bytes_from(names, len + 1);
    }
    return list;
}

static void answer_us(struct partner *partner)
{
    partner_answer(partner, json_pack("{s:O}", "us", partner->us));
}

/* ---- dial ---- */

static bool dial(struct partner *partner)
{
    struct ghm_multiaddr addr;
    uint64_t now_ns = ghm_clock_now_ns();
    int error = ghm_multiaddr_parse(&addr, partner_text(partner, "address"));
    partner->began_ns = now_ns;
    if (error == GHM_OK)
        error = ghm_swarm_dial(partner->lone.swarm, &partner->connection, &addr, now_ns);
    if (error != GHM_OK) partner_fail(partner, ghm_error_text(error));
    return error == GHM_OK;
}

static void begin_dial(struct partner *partner)
{
    (void)dial(partner);
}

static void heard_dial(struct partner *partner, const struct ghm_swarm_event *event)
{
    if (event->connection != partner->connection) return;
    if (event->type == GHM_SWARM_CLOSE) partner_fail(partner, "no connection to that peer");
    if (event->type != GHM_SWARM_PEER_UP) return;
    partner_answer(partner, json_pack("{s:o,s:f}", "peer", peer_json(&event->peer), "us",
                                      partner_us(partner)));
}

static void begin_of_peer(struct partner *partner)
{
    (void)partner_peer(partner);
}

static void look_connected(struct partner *partner)
{
    if (partner_is_connected(partner, &partner->peer)) partner_answer(partner, NULL);
}

static void begin_hangup(struct partner *partner)
{
    if (!partner_peer(partner)) return;
    ghm_swarm_disconnect(partner->lone.swarm, &partner->peer, ghm_clock_now_ns());
}

static void look_hangup(struct partner *partner)
{
    if (!partner_is_connected(partner, &partner->peer)) partner_answer(partner, NULL);
}

/* ---- dial_many ---- */

static void begin_dial_many(struct partner *partner)
{
    partner->left = (long)partner_number(partner, "count");
    if (partner->left == 0)
        partner_fail(partner, "`count` is missing");
    else
        (void)dial(partner);
}

static void heard_dial_many(struct partner *partner, const struct ghm_swarm_event *event)
{
    if (event->connection != partner->connection) return;
    if (event->type == GHM_SWARM_PEER_UP) {
        (void)json_array_append_new(partner->us, json_real(partner_us(partner)));
        partner->left--;
        ghm_swarm_disconnect(partner->lone.swarm, &event->peer, ghm_clock_now_ns());
    } else if (event->type == GHM_SWARM_PEER_DOWN) {
        if (partner->left == 0)
            answer_us(partner);
        else
            (void)dial(partner);
    } else if (event->type == GHM_SWARM_CLOSE) {
        partner_fail(partner, "no connection to that peer");
    }
}

/* ---- ping ---- */

static void ping(struct partner *partner)
{
    int error = ghm_swarm_ping(partner->lone.swarm, &partner->peer, ghm_clock_now_ns());
    if (error != GHM_OK) partner_fail(partner, ghm_error_text(error));
}

static void begin_ping(struct partner *partner)
{
    if (!partner_peer(partner)) return;
    partner->left = (long)partner_number(partner, "count");
    if (partner->left == 0)
        partner_fail(partner, "`count` is missing");
    else
        ping(partner);
}

static void heard_ping(struct partner *partner, const struct ghm_swarm_event *event)
{
    if (event->type != GHM_SWARM_PINGED) return;
    if (event->error != GHM_OK) {
        partner_fail(partner, ghm_error_text(event->error));
        return;
    }
    (void)json_array_append_new(partner->us, json_real((double)event->rtt_ns / 1000));
    partner->left--;
    if (partner->left == 0)
        answer_us(partner);
    else
        ping(partner);
}

/* ---- identify ---- */

static void look_identify(struct partner *partner)
{
    struct ghm_swarm_told told;
    struct ghm_multiaddr observed;
    if (ghm_swarm_peer_told(partner->lone.swarm, &told, &partner->peer) != GHM_OK) return;
    bool is_seen = ghm_multiaddr_decode(&observed, told.observed) == GHM_OK;
    json_t *listen = json_array();
    for (size_t i = 0; i < told.listen_count; i++)
        (void)json_array_append_new(listen, addr_json(&told.listen[i]));
    partner_answer(partner, json_pack("{s:s,s:o,s:o,s:o}", "agent", told.agent_version, "protocols",
                                      protocols_json(told.protocols), "listen", listen, "observed",
                                      is_seen ? addr_json(&observed) : json_null()));
}

/* One more place to listen at. */
static void begin_push(struct partner *partner)
{
    size_t count;
    uint16_t port;
    int error = ghm_net_listen(partner->lone.net, &port, "/ip4/127.0.0.1/tcp/0");
    if (error != GHM_OK) {
        partner_fail(partner, ghm_error_text(error));
        return;
    }
    const struct ghm_multiaddr *addrs = ghm_swarm_listen_addrs(partner->lone.swarm, &count);
    partner_answer(partner, json_pack("{s:o}", "address", addr_json(&addrs[count - 1])));
}

static bool is_known(const struct ghm_swarm_told *told, const char *wanted)
{
    struct ghm_multiaddr addr;
    struct ghm_multiaddr_tcp a, b;
    if (ghm_multiaddr_parse(&addr, wanted) != GHM_OK) return false;
    if (ghm_multiaddr_as_tcp(&a, &addr) != GHM_OK) return false;
    for (size_t i = 0; i < told->listen_count; i++) {
        if (ghm_multiaddr_as_tcp(&b, &told->listen[i]) != GHM_OK) continue;
        if (a.port == b.port && strcmp(a.host, b.host) == 0) return true;
    }
    return false;
}

static void look_heard_push(struct partner *partner)
{
    struct ghm_swarm_told told;
    const char *protocol = partner_text(partner, "protocol");
    if (ghm_swarm_peer_told(partner->lone.swarm, &told, &partner->peer) != GHM_OK) return;
    if (ghm_swarm_peer_speaks(partner->lone.swarm, &partner->peer, protocol) ||
        is_known(&told, partner_text(partner, "address")))
        partner_answer(partner, NULL);
}

const struct order orders_table[] = {
    {.name = "dial", .begin = begin_dial, .heard = heard_dial},
    {.name = "connected", .begin = begin_of_peer, .look = look_connected},
    {.name = "hangup", .begin = begin_hangup, .look = look_hangup},
    {.name = "dial_many", .begin = begin_dial_many, .heard = heard_dial_many},
    {.name = "ping", .begin = begin_ping, .heard = heard_ping},
    {.name = "identify", .begin = begin_of_peer, .look = look_identify},
    {.name = "push", .begin = begin_push},
    {.name = "heard_push", .begin = begin_of_peer, .look = look_heard_push},
    {.name = NULL},
};
