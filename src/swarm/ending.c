/* SPDX-License-Identifier: MIT */
#include "swarm/ending.h"

#include "swarm/outreach.h"

void ghm_ending_begin(struct ghm_swarm *swarm, struct ghm_connection *c)
{
    if (c->state == GHM_CONNECTION_ENDING || c->state == GHM_CONNECTION_CLOSED) return;
    ghm_connection_end(c);
    ghm_limits_settle(&swarm->limits, &c->hold);
    ghm_outreach_ended(swarm, c);
    ghm_roster_touch(&swarm->roster, c);
}

void ghm_ending_begin_badly(struct ghm_swarm *swarm, struct ghm_connection *c, const char *reason)
{
    char text[GHM_MULTIADDR_TEXT_MAX];
    ghm_multiaddr_text(text, &c->remote);
    /* Whom we dialed somebody wants us to reach; whoever dials us is anybody. */
    bool is_wanted = c->is_dialer && c->peer == NULL;
    ghm_log_add(swarm->config.log, is_wanted ? GHM_LOG_WARN : GHM_LOG_DEBUG, "swarm", "%s: %s",
                text, reason);
    ghm_ending_begin(swarm, c);
}

static void detach(struct ghm_connection *c)
{
    ghm_list_remove(&c->of_peer);
    c->peer->connections_count--;
    c->peer = NULL;
}

void ghm_ending_forget(struct ghm_swarm *swarm, struct ghm_connection *c)
{
    if (c->peer != NULL) detach(c);
    ghm_limits_release(&swarm->limits, &c->hold);
    ghm_roster_drop(&swarm->roster, c);
}

static bool leave_peer(struct ghm_swarm *swarm, struct ghm_connection *c,
                       struct ghm_swarm_event *ret_event)
{
    struct ghm_peer *peer = c->peer;
    detach(c);
    if (peer->connections_count > 0) return false;
    *ret_event = (struct ghm_swarm_event){
        .type = GHM_SWARM_PEER_DOWN, .connection = c->number, .peer = peer->id};
    ghm_dialer_wake(&swarm->dialer, &peer->id, &swarm->entropy, swarm->now_ns);
    ghm_peers_leave(&swarm->peers, peer);
    return true;
}

/* One event at a time: the peer is gone, the socket is to be closed. */
bool ghm_ending_next(struct ghm_swarm *swarm, struct ghm_connection *c,
                     struct ghm_swarm_event *ret_event)
{
    if (c->peer != NULL && leave_peer(swarm, c, ret_event)) return true;
    if (!c->tells_close) {
        ghm_ending_forget(swarm, c);
        return false;
    }
    c->tells_close = false;
    *ret_event = (struct ghm_swarm_event){.type = GHM_SWARM_CLOSE, .connection = c->number};
    if (!c->has_socket) return true;
    c->state = GHM_CONNECTION_CLOSED;
    c->deadline_ns = swarm->now_ns + GHM_CONNECTION_LINGER_NS;
    return true;
}

bool ghm_ending_is_complete(const struct ghm_connection *c)
{
    return c->state == GHM_CONNECTION_CLOSED &&
           (c->link == NULL || ghm_link_pull(c->link).len == 0);
}
