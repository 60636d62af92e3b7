/* SPDX-License-Identifier: MIT */
#include "deeds.h"

#include "base/assert.h"

void deeds_settle(struct sim *sim)
{
    sim_start(sim);
    sim_pass(sim, 20 * DEEDS_S);
}

uint32_t deeds_part(const struct sim *sim, double share)
{
    uint32_t count = (uint32_t)((double)sim->config.messages * share);
    return count == 0 ? 1 : count;
}

/* Up for long enough, so that what it says is heard; it then stays for a while. */
static uint32_t draw_author(struct sim *sim)
{
    for (uint32_t tries = 0; tries < 10000; tries++) {
        uint32_t i = (uint32_t)lot_below(&sim->lot, sim->config.nodes);
        struct peer *peer = &sim->peers[i];
        if (peer->swarm == NULL) continue;
        if (peer->since_ns + DEEDS_WARM_NS > sim->queue.now_ns) continue;
        peer->stays_ns = sim->queue.now_ns + DEEDS_LASTING_NS;
        return i;
    }
    GHM_UNREACHABLE();
}

uint32_t deeds_chatter(struct sim *sim, uint32_t count, uint64_t gap_ns)
{
    uint32_t first = sim->published;
    for (uint32_t i = 0; i < count && sim->published < sim->config.messages; i++) {
        sim_publish(sim, draw_author(sim), sim->config.bytes);
        sim_pass(sim, gap_ns);
    }
    return first;
}

void deeds_burst(struct sim *sim, uint32_t count)
{
    uint32_t author = draw_author(sim);
    for (uint32_t i = 0; i < count && sim->published < sim->config.messages; i++)
        sim_publish(sim, author, sim->config.bytes);
}

void deeds_split(struct sim *sim, uint32_t first)
{
    for (uint32_t i = 0; i < sim->config.nodes; i++)
        sim->net.hosts[i].group = i >= first;
}

void deeds_skew(struct sim *sim)
{
    for (uint32_t i = 0; i < sim->config.nodes; i++) {
        sim->net.hosts[i].clock.begin_ns = lot_between(&sim->lot, 1, 100000) * DEEDS_S;
        sim->net.hosts[i].clock.drift_ppm = (int64_t)lot_below(&sim->lot, 1001) - 500;
    }
}

static void leave(struct sim *sim, bool is_told)
{
    uint32_t i = (uint32_t)lot_below(&sim->lot, sim->config.nodes);
    struct peer *peer = &sim->peers[i];
    uint64_t away_ns = lot_between(&sim->lot, 2, 20) * DEEDS_S;
    if (peer->swarm == NULL || peer->stays_ns > sim->queue.now_ns) return;
    peer_stop(peer, is_told);
    queue_put(&sim->queue, sim->queue.now_ns + away_ns, QUEUE_DEED, i, 0);
}

void deeds_churn(struct sim *sim, uint64_t ns, uint32_t chatter)
{
    uint64_t turns = ns / (500 * DEEDS_MS);
    for (uint64_t turn = 0; turn < turns; turn++) {
        uint64_t due_leaves = (turn + 1) * sim->config.nodes / 120 - turn * sim->config.nodes / 120;
        for (uint64_t i = 0; i < due_leaves; i++)
            leave(sim, lot_below(&sim->lot, 2) == 0);
        uint64_t due = chatter * (turn + 1) / turns - chatter * turn / turns;
        deeds_chatter(sim, (uint32_t)due, 0);
        sim_pass(sim, 500 * DEEDS_MS);
    }
}

void deeds_vanish(struct sim *sim)
{
    for (uint32_t i = 2; i < sim->config.nodes; i += 3)
        peer_stop(&sim->peers[i], false);
}

void deeds_slow(struct sim *sim, uint64_t bytes_per_s)
{
    for (uint32_t i = 0; i < sim->config.nodes; i += 10) {
        sim->net.hosts[i].reads_per_s = bytes_per_s;
        sim->net.hosts[i].group = 1;
    }
}

void deeds_cut(struct sim *sim)
{
    for (uint32_t i = 0; i < sim->net.sockets_count; i++) {
        const struct net_socket *s = sim->net.sockets[i];
        if (sim->net.hosts[s->hosts[0]].group != sim->net.hosts[s->hosts[1]].group)
            net_cut(&sim->net, i);
    }
}

void deeds_redial(struct sim *sim)
{
    for (uint32_t i = 0; i < sim->config.nodes; i++)
        peer_redial(&sim->peers[i]);
}
