/* SPDX-License-Identifier: MIT */
#include "peer.h"

#include "sim.h"

#include "base/assert.h"

#include <stdlib.h>
#include <string.h>

#define TRUST 20.0 /* what it gives those that it was started with */

/* ---- life ---- */

void peer_init(struct peer *peer, struct sim *sim, uint32_t host)
{
    uint8_t seed[32] = {1}, proto[GHM_KEY_ED25519_PROTO_LEN];
    *peer = (struct peer){.sim = sim, .host = host, .seqno = 1000};
    ghm_store_be64(seed + 8, sim->config.seed);
    ghm_store_be32(seed + 16, host);
    ghm_key_from_seed(&peer->key, seed);
    ghm_key_encode(proto, &peer->key);
    ghm_peerid_of_key(&peer->id, ghm_bytes(proto, sizeof proto));
    seed[0] = 2;
    ghm_entropy_init(&peer->entropy, seed);
    peer->got = calloc(sim->config.messages, 1);
    GHM_ASSERT(peer->got != NULL);
}

struct ghm_gossip_counts peer_add(struct ghm_gossip_counts a, const struct ghm_gossip_counts *b)
{
    uint64_t *to = (uint64_t *)&a;
    const uint64_t *from = (const uint64_t *)b;
    for (size_t i = 0; i < sizeof a / sizeof *to; i++)
        to[i] += from[i];
    return a;
}

struct ghm_gossip_counts peer_counts(const struct peer *peer)
{
    if (peer->gossip == NULL) return peer->before;
    return peer_add(peer->before, ghm_gossip_counts(peer->gossip));
}

size_t peer_peak(const struct peer *peer)
{
    return peer->mem.peak_bytes > peer->peak_bytes ? peer->mem.peak_bytes : peer->peak_bytes;
}

static void free_run(struct peer *peer)
{
    if (peer->swarm == NULL) return;
    peer->before = peer_counts(peer);
    peer->seqno = ghm_gossip_seqno(peer->gossip);
    ghm_gossip_free(peer->gossip);
    ghm_swarm_free(peer->swarm);
    peer->gossip = NULL;
    peer->swarm = NULL;
    peer->peak_bytes = peer_peak(peer);
    /* asserts that all was given back */
    ghm_mem_fini(&peer->mem);
}

void peer_fini(struct peer *peer)
{
    free_run(peer);
    free(peer->got);
}

static void start_gossip(struct peer *peer, uint64_t own_ns)
{
    const struct ghm_gossip_config config = {
        .swarm = peer->swarm,
        .identity = &peer->key,
        .seqno_start = peer->seqno,
    };
    struct ghm_bytes topic = ghm_bytes_text(PEER_TOPIC);
    GHM_ASSERT(ghm_gossip_new(&peer->gossip, &peer->mem, &config, &peer->entropy) == GHM_OK);
    GHM_ASSERT(ghm_gossip_subscribe(peer->gossip, topic, own_ns) == GHM_OK);
}

void peer_start(struct peer *peer)
{
    struct net *net = &peer->sim->net;
    uint64_t own_ns = net_now(net, peer->host);
    const struct ghm_swarm_config config = {
        .identity = &peer->key,
        .agent_version = "sim/1",
        .protocols = ghm_gossip_protocols,
        .record_seq = own_ns + 1,
    };
    struct ghm_multiaddr addr = net_addr(peer->host);
    ghm_mem_init(&peer->mem, NULL, PEER_MEM_MAX);
    GHM_ASSERT(ghm_swarm_new(&peer->swarm, &peer->mem, &config, &peer->entropy) == GHM_OK);
    GHM_ASSERT(ghm_swarm_listen_add(peer->swarm, &addr) == GHM_OK);
    start_gossip(peer, own_ns);
    peer->since_ns = net->queue->now_ns;
    for (uint32_t i = 0; i < peer->sim->config.messages; i++)
        peer->got[i] &= PEER_GOT;
    net_up(net, peer->host, peer->swarm);
    for (uint32_t i = 0; i < peer->bootstrap_count; i++) {
        addr = net_addr(peer->bootstrap[i]);
        GHM_ASSERT(ghm_swarm_bootstrap(peer->swarm, &addr, own_ns) == GHM_OK);
    }
    net_wake(net, peer->host);
}

void peer_stop(struct peer *peer, bool is_told)
{
    if (peer->swarm == NULL) return;
    net_down(&peer->sim->net, peer->host, is_told);
    free_run(peer);
}

void peer_redial(struct peer *peer)
{
    struct net *net = &peer->sim->net;
    uint32_t connection;
    if (peer->swarm == NULL) return;
    for (uint32_t i = 0; i < peer->bootstrap_count; i++) {
        struct ghm_multiaddr addr = net_addr(peer->bootstrap[i]);
        int error = ghm_swarm_dial(peer->swarm, &connection, &addr, net_now(net, peer->host));
        GHM_ASSERT(error == GHM_OK);
    }
    net_wake(net, peer->host);
}

void peer_publish(struct peer *peer, struct ghm_bytes data)
{
    struct net *net = &peer->sim->net;
    int error = ghm_gossip_publish(peer->gossip, ghm_bytes_text(PEER_TOPIC), data,
                                   net_now(net, peer->host));
    GHM_ASSERT(error == GHM_OK);
    net_wake(net, peer->host);
}

bool peer_knows(const struct peer *peer, const struct peer *other)
{
    return ghm_swarm_peer_speaks(peer->swarm, &other->id, ghm_gossip_protocols[0]);
}

/* ---- as a host ---- */

/* Whom it was started with it trusts: those may tell it of others when they have enough. */
static void on_up(struct peer *peer, const struct ghm_swarm_event *event)
{
    for (uint32_t i = 0; i < peer->bootstrap_count; i++) {
        const struct peer *known = &peer->sim->peers[peer->bootstrap[i]];
        if (ghm_peerid_equal(&known->id, &event->peer))
            ghm_gossip_rate(peer->gossip, &event->peer, TRUST);
    }
}

static void on_gossip(struct peer *peer, const struct ghm_gossip_event *event, uint64_t own_ns)
{
    if (event->type == GHM_GOSSIP_GRAYLISTED) {
        peer->graylisted++;
        return;
    }
    bool is_real = sim_received(peer->sim, peer, event);
    enum ghm_gossip_verdict verdict = is_real ? GHM_GOSSIP_ACCEPT : GHM_GOSSIP_REJECT;
    int error = ghm_gossip_validate(peer->gossip, event->ticket, verdict, own_ns);
    GHM_ASSERT(error == GHM_OK || error == GHM_ENOMEM);
}

static void drain(void *self)
{
    struct peer *peer = self;
    struct net *net = &peer->sim->net;
    struct ghm_swarm_event event;
    struct ghm_gossip_event heard;
    uint64_t own_ns = net_now(net, peer->host);
    do {
        while (ghm_swarm_next(peer->swarm, &event)) {
            net_on(net, peer->host, &event);
            ghm_gossip_on(peer->gossip, &event, own_ns);
            if (event.type == GHM_SWARM_PEER_UP) on_up(peer, &event);
        }
        while (ghm_gossip_next(peer->gossip, &heard, own_ns))
            on_gossip(peer, &heard, own_ns);
    } while (net_flush(net, peer->host));
}

static uint64_t deadline(void *self)
{
    const struct peer *peer = self;
    return ghm_deadline_first(ghm_swarm_deadline(peer->swarm), ghm_gossip_deadline(peer->gossip));
}

static void tick(void *self, uint64_t own_ns)
{
    struct peer *peer = self;
    ghm_swarm_tick(peer->swarm, own_ns);
    ghm_gossip_tick(peer->gossip, own_ns);
}

const struct net_kind peer_kind = {.deadline = deadline, .tick = tick, .drain = drain};
