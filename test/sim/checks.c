/* SPDX-License-Identifier: MIT */
#include "checks.h"

#include "deeds.h"

#include "gossip/params.h"

static bool is_wanted(const struct sim *sim, const struct sim_message *message, uint32_t node,
                      uint64_t warm_ns, int group)
{
    const struct peer *peer = &sim->peers[node];
    if (peer->swarm == NULL || message->author == node) return false;
    if (peer->since_ns + warm_ns > message->at_ns) return false;
    if (group < 0) return true;
    return sim->net.hosts[node].group == group && sim->net.hosts[message->author].group == group;
}

struct checks_reach checks_reach(const struct sim *sim, uint32_t first, uint32_t end,
                                 uint64_t warm_ns, int group)
{
    struct checks_reach reach = {0};
    for (uint32_t m = first; m < end; m++) {
        for (uint32_t i = 0; i < sim->config.nodes; i++) {
            if (!is_wanted(sim, &sim->messages[m], i, warm_ns, group)) continue;
            reach.wanted++;
            reach.got += sim->peers[i].got[m] > 0;
            if (sim->peers[i].got[m] > 0) continue;
            reach.message = m;
            reach.node = i;
        }
    }
    return reach;
}

void checks_reached_group(struct sim *sim, const char *what, uint32_t first, uint32_t end,
                          double share, int group)
{
    struct checks_reach reach = checks_reach(sim, first, end, DEEDS_WARM_NS, group);
    sim->wanted += reach.wanted;
    sim->got += reach.got;
    if (reach.wanted == 0 && group < 0) sim_fail(sim, "%s: nobody could be reached", what);
    if ((double)reach.got >= share * (double)reach.wanted) return;
    sim_fail(sim, "%s: %llu of %llu, such as message %u of %u not at node %u", what,
             (unsigned long long)reach.got, (unsigned long long)reach.wanted, reach.message,
             sim->messages[reach.message].author, reach.node);
}

void checks_reached(struct sim *sim, const char *what, uint32_t first, uint32_t end, double share)
{
    checks_reached_group(sim, what, first, end, share, -1);
}

void checks_mesh(struct sim *sim)
{
    struct ghm_bytes topic = ghm_bytes_text(PEER_TOPIC);
    for (uint32_t i = 0; i < sim->config.nodes; i++) {
        const struct peer *peer = &sim->peers[i];
        if (peer->swarm == NULL) continue;
        size_t mesh = ghm_gossip_mesh_size(peer->gossip, topic);
        size_t low = ghm_gossip_subscribers(peer->gossip, topic);
        if (low > ghm_params_defaults.d_low) low = ghm_params_defaults.d_low;
        if (mesh < low || mesh > ghm_params_defaults.d_high)
            sim_fail(sim, "node %u has %zu peers in its mesh, of %zu", i, mesh,
                     ghm_gossip_subscribers(peer->gossip, topic));
    }
}

void checks_alive(struct sim *sim)
{
    for (uint32_t i = 0; i < sim->net.sockets_count; i++) {
        const struct net_socket *s = sim->net.sockets[i];
        for (int side = 0; side < 2; side++) {
            if (s->ends[side].host == NET_NOBODY || sim->peers[s->hosts[!side]].swarm != NULL)
                continue;
            if (peer_knows(&sim->peers[s->hosts[side]], &sim->peers[s->hosts[!side]]))
                sim_fail(sim, "node %u holds a connection to %u, which is gone", s->hosts[side],
                         s->hosts[!side]);
        }
    }
}

struct checks_sum checks_sum(const struct sim *sim)
{
    struct checks_sum sum = {.mesh_min = SIZE_MAX};
    uint32_t up = 0;
    for (uint32_t i = 0; i < sim->config.nodes; i++) {
        const struct peer *peer = &sim->peers[i];
        struct ghm_gossip_counts counts = peer_counts(peer);
        sum.counts = peer_add(sum.counts, &counts);
        sum.graylisted += peer->graylisted;
        size_t peak = peer_peak(peer);
        if (peak > sum.peak_bytes) sum.peak_bytes = peak;
        sum.peak_mean_bytes += (double)peak / sim->config.nodes;
        if (peer->swarm == NULL) continue;
        size_t mesh = ghm_gossip_mesh_size(peer->gossip, ghm_bytes_text(PEER_TOPIC));
        if (mesh < sum.mesh_min) sum.mesh_min = mesh;
        if (mesh > sum.mesh_max) sum.mesh_max = mesh;
        sum.mesh_mean += (double)mesh;
        up++;
    }
    if (up > 0) sum.mesh_mean /= up;
    if (sim->published > 0)
        sum.copies = (double)sum.counts.copies / sim->published / sim->config.nodes;
    return sum;
}

void checks_always(struct sim *sim, double copies_max)
{
    struct checks_sum sum = checks_sum(sim);
    const struct ghm_gossip_counts *counts = &sum.counts;
    if (sum.graylisted > 0)
        sim_fail(sim, "%llu honest peers were graylisted", (unsigned long long)sum.graylisted);
    if (counts->forged + counts->malformed > 0)
        sim_fail(sim, "%llu messages forged, %llu RPCs malformed",
                 (unsigned long long)counts->forged, (unsigned long long)counts->malformed);
    if (sum.peak_bytes > PEER_MEM_EXPECTED) sim_fail(sim, "a node held %zu bytes", sum.peak_bytes);
    if (sum.copies > copies_max)
        sim_fail(sim, "%.2f copies of each message at each node", sum.copies);
}
