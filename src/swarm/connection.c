/* SPDX-License-Identifier: MIT */
#include "swarm/connection.h"

#include "base/assert.h"

static int read_remote(struct ghm_connection *c)
{
    struct ghm_multiaddr_tcp tcp;
    int error = ghm_multiaddr_as_tcp(&tcp, &c->remote);
    if (error != GHM_OK) return error;
    if (!tcp.is_name) memcpy(c->ip, tcp.host, strnlen(tcp.host, sizeof c->ip - 1));
    if (tcp.peerid.ptr == NULL) return GHM_OK;
    return ghm_peerid_decode(&c->expected, tcp.peerid) == GHM_OK ? GHM_OK : GHM_EINVAL;
}

int ghm_connection_new(struct ghm_connection **ret_connection, struct ghm_mem *mem,
                       const struct ghm_multiaddr *remote)
{
    struct ghm_connection *c = ghm_mem_alloc(mem, sizeof *c);
    if (c == NULL) return GHM_ENOMEM;
    ghm_list_init(&c->ready);
    ghm_list_init(&c->writing);
    ghm_list_init(&c->of_peer);
    c->remote = *remote;
    c->deadline_ns = GHM_NEVER;
    ghm_mem_init(&c->mem, mem, GHM_LINK_MEM_MAX);
    ghm_exchange_init(&c->exchange, &c->mem);
    ghm_ping_init(&c->ping);
    int error = read_remote(c);
    if (error != GHM_OK) {
        ghm_connection_free(c, mem);
        return error;
    }
    *ret_connection = c;
    return GHM_OK;
}

void ghm_connection_free(struct ghm_connection *c, struct ghm_mem *mem)
{
    ghm_list_remove(&c->ready);
    ghm_list_remove(&c->writing);
    ghm_list_remove(&c->of_peer);
    ghm_exchange_fini(&c->exchange);
    ghm_link_free(c->link);
    ghm_mem_fini(&c->mem);
    ghm_mem_free(mem, c, sizeof *c);
}

int ghm_connection_start(struct ghm_connection *c, const struct ghm_link_config *config,
                         struct ghm_entropy *entropy, uint64_t now_ns)
{
    c->state = GHM_CONNECTION_LIVE;
    c->has_socket = true;
    c->deadline_ns = GHM_NEVER;
    return ghm_link_new(&c->link, &c->mem, config, entropy, now_ns);
}

bool ghm_connection_is_up(const struct ghm_connection *c)
{
    return c->state == GHM_CONNECTION_LIVE && c->peer != NULL;
}

/* A dial that was never authenticated always ends in CLOSE, which is its outcome. */
void ghm_connection_end(struct ghm_connection *c)
{
    if (c->state == GHM_CONNECTION_ENDING || c->state == GHM_CONNECTION_CLOSED) return;
    if (c->link != NULL) ghm_link_leave(c->link, GHM_ECLOSED);
    ghm_ping_lose(&c->ping, GHM_ECLOSED);
    c->deadline_ns = GHM_NEVER;
    c->tells_dial = false;
    c->tells_close = c->has_socket || (c->is_dialer && c->peer == NULL);
    c->state = GHM_CONNECTION_ENDING;
}

/* ---- events ---- */

static bool is_of_identify(const char *protocol)
{
    return protocol == ghm_identify_protocol || protocol == ghm_identify_push_protocol;
}

/* Where we see the peer: without the id it was dialed with, and nowhere when it was dialed by name.
 */
static bool observe(const struct ghm_connection *c, struct ghm_multiaddr *ret_addr)
{
    struct ghm_multiaddr_tcp tcp;
    if (ghm_multiaddr_as_tcp(&tcp, &c->remote) != GHM_OK || tcp.is_name) return false;
    return ghm_multiaddr_of_tcp(ret_addr, tcp.host, tcp.port, GHM_BYTES_NONE) == GHM_OK;
}

static void answer_identify(struct ghm_connection *c, uint32_t stream,
                            const struct ghm_identify_self *self)
{
    struct ghm_multiaddr observed;
    struct ghm_identify_self told = *self;
    if (observe(c, &observed)) told.observed = &observed;
    ghm_exchange_answer(c->link, stream, &told, &c->mem);
}

int ghm_connection_push(struct ghm_connection *c, const struct ghm_identify_self *self,
                        uint64_t now_ns)
{
    struct ghm_multiaddr observed;
    struct ghm_identify_self told = *self;
    if (observe(c, &observed)) told.observed = &observed;
    return ghm_exchange_push(c->link, &told, &c->mem, now_ns);
}

static void on_identify(struct ghm_connection *c, const struct ghm_link_event *event,
                        const struct ghm_identify_self *self, uint64_t now_ns)
{
    if (event->type == GHM_LINK_OPENED && event->protocol == ghm_identify_protocol) {
        answer_identify(c, event->id, self);
        return;
    }
    ghm_exchange_event(&c->exchange, c->link, event, now_ns);
}

static enum ghm_connection_news tell(struct ghm_connection *c, struct ghm_swarm_event *ret_event,
                                     enum ghm_swarm_event_type type,
                                     const struct ghm_link_event *event)
{
    /* Of a peer that was not admitted no stream is ever agreed: the link was over before. */
    GHM_ASSERT(c->peer != NULL);
    *ret_event = (struct ghm_swarm_event){
        .type = type,
        .connection = c->number,
        .stream = {c->number, event->id},
        .protocol = event->protocol,
        .peer = c->peer->id,
        .error = event->error,
    };
    return GHM_CONNECTION_TOLD;
}

/* What the owner of the swarm hears of its own streams, and the swarm of the connection. */
static enum ghm_connection_news on_event(struct ghm_connection *c,
                                         struct ghm_swarm_event *ret_event,
                                         const struct ghm_link_event *event, uint64_t now_ns)
{
    if (event->type == GHM_LINK_OPENED) c->streams++;
    if (event->type == GHM_LINK_CLOSED) c->streams--;
    c->used_ns = now_ns;
    switch (event->type) {
    case GHM_LINK_SECURED:
        return GHM_CONNECTION_SECURED;
    case GHM_LINK_LEAVING:
        c->is_leaving = true;
        c->deadline_ns = now_ns + GHM_CONNECTION_LEAVE_NS;
        return GHM_CONNECTION_NOTHING;
    case GHM_LINK_OPENED:
        return tell(c, ret_event, GHM_SWARM_STREAM_OPENED, event);
    case GHM_LINK_READY:
        return tell(c, ret_event, GHM_SWARM_STREAM_READY, event);
    case GHM_LINK_DATA:
        return tell(c, ret_event, GHM_SWARM_STREAM_DATA, event);
    case GHM_LINK_FINISHED:
        return tell(c, ret_event, GHM_SWARM_STREAM_FINISHED, event);
    case GHM_LINK_CLOSED:
        return tell(c, ret_event, GHM_SWARM_STREAM_CLOSED, event);
    }
    GHM_UNREACHABLE();
}

static enum ghm_connection_news tell_ping(struct ghm_connection *c,
                                          struct ghm_swarm_event *ret_event,
                                          const struct ghm_ping_result *result)
{
    *ret_event = (struct ghm_swarm_event){
        .type = GHM_SWARM_PINGED,
        .connection = c->number,
        .peer = c->peer->id, /* only an admitted peer is pinged */
        .error = result->error,
        .rtt_ns = result->rtt_ns,
    };
    return GHM_CONNECTION_TOLD;
}

static enum ghm_connection_news tell_dial(struct ghm_connection *c,
                                          struct ghm_swarm_event *ret_event)
{
    *ret_event = (struct ghm_swarm_event){
        .type = GHM_SWARM_DIAL,
        .connection = c->number,
        .peer = c->expected,
    };
    c->tells_dial = false;
    /* It could be split when the connection was made. */
    if (ghm_multiaddr_as_tcp(&ret_event->tcp, &c->remote) != GHM_OK) GHM_UNREACHABLE();
    return GHM_CONNECTION_TOLD;
}

static bool has_learned(const struct ghm_connection *c)
{
    return c->exchange.asked.is_complete || c->exchange.pushed.is_complete;
}

enum ghm_connection_news ghm_connection_next(struct ghm_connection *c,
                                             struct ghm_swarm_event *ret_event,
                                             const struct ghm_identify_self *self, uint64_t now_ns)
{
    struct ghm_link_event event;
    struct ghm_ping_result result;
    if (c->tells_dial) return tell_dial(c, ret_event);
    for (;;) {
        if (ghm_ping_take(&c->ping, &result)) return tell_ping(c, ret_event, &result);
        if (has_learned(c)) return GHM_CONNECTION_LEARNED;
        if (c->link == NULL || !ghm_link_next(c->link, &event)) return GHM_CONNECTION_NOTHING;
        if (event.protocol == ghm_ping_protocol) {
            ghm_ping_event(&c->ping, c->link, &event, now_ns);
        } else if (is_of_identify(event.protocol)) {
            on_identify(c, &event, self, now_ns);
        } else {
            enum ghm_connection_news news = on_event(c, ret_event, &event, now_ns);
            if (news != GHM_CONNECTION_NOTHING) return news;
        }
    }
}

/* ---- time ---- */

uint64_t ghm_connection_deadline(const struct ghm_connection *c)
{
    uint64_t deadline = c->deadline_ns;
    if (c->state != GHM_CONNECTION_LIVE) return deadline;
    deadline = ghm_deadline_first(deadline, ghm_link_deadline(c->link));
    deadline = ghm_deadline_first(deadline, ghm_ping_deadline(&c->ping));
    return ghm_deadline_first(deadline, ghm_exchange_deadline(&c->exchange));
}

int ghm_connection_tick(struct ghm_connection *c, uint64_t now_ns)
{
    if (c->deadline_ns <= now_ns) return GHM_ETIMEOUT;
    if (c->state != GHM_CONNECTION_LIVE) return GHM_OK;
    ghm_ping_tick(&c->ping, c->link, now_ns);
    ghm_exchange_tick(&c->exchange, c->link, now_ns);
    return ghm_link_tick(c->link, now_ns);
}
