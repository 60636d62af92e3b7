/* SPDX-License-Identifier: MIT */
#include "sim.h"

#include "base/assert.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MESSAGE_MAX (60U << 10)
#define FAILURES_MAX 1000     /* then the world stands still: a message could go round for ever */
#define SAME_TIME_MAX 1000000 /* events; more are a deadline that no tick moves */

void sim_init(struct sim *sim, const struct sim_config *config)
{
    *sim = (struct sim){.config = *config, .lot = lot_of(config->seed, 2)};
    faults_init(&sim->faults, config->seed);
    net_init(&sim->net, &sim->queue, &sim->faults, config->nodes);
    sim->peers = calloc(config->nodes, sizeof *sim->peers);
    sim->messages = calloc(config->messages, sizeof *sim->messages);
    GHM_ASSERT(sim->peers != NULL && sim->messages != NULL);
    for (uint32_t i = 0; i < config->nodes; i++) {
        peer_init(&sim->peers[i], sim, i);
        sim->net.hosts[i].kind = &peer_kind;
        sim->net.hosts[i].self = &sim->peers[i];
    }
}

void sim_fini(struct sim *sim)
{
    for (uint32_t i = 0; i < sim->config.nodes; i++)
        peer_fini(&sim->peers[i]);
    net_fini(&sim->net);
    queue_fini(&sim->queue);
    free(sim->peers);
    free(sim->messages);
}

void sim_fail(struct sim *sim, const char *format, ...)
{
    va_list args;
    if (sim->failures++ > 0) return;
    va_start(args, format);
    vsnprintf(sim->failure, sizeof sim->failure, format, args);
    va_end(args);
}

/* ---- time ---- */

void sim_pass(struct sim *sim, uint64_t ns)
{
    struct queue_event event;
    uint64_t until_ns = sim->queue.now_ns + ns, last_ns = 0;
    for (uint64_t same = 0;
         sim->failures < FAILURES_MAX && queue_take(&sim->queue, &event, until_ns);) {
        same = event.at_ns == last_ns ? same + 1 : 0;
        last_ns = event.at_ns;
        GHM_ASSERT(same < SAME_TIME_MAX);
        if (event.type == QUEUE_DEED)
            peer_start(&sim->peers[event.whom]);
        else
            net_play(&sim->net, &event);
    }
}

/* ---- peers ---- */

static bool knows(const struct peer *peer, uint32_t other)
{
    if (other == peer->host) return true;
    for (uint32_t i = 0; i < peer->bootstrap_count; i++) {
        if (peer->bootstrap[i] == other) return true;
    }
    return false;
}

/* The next one always, so that the graph hangs together. */
static void draw_bootstrap(struct sim *sim, struct peer *peer)
{
    uint32_t hubs = sim->config.hubs, degree = sim->config.degree;
    uint32_t from = hubs == 0 ? sim->config.nodes : hubs;
    if (hubs == 0) peer->bootstrap[peer->bootstrap_count++] = (peer->host + 1) % from;
    if (degree > from - 1) degree = from - 1;
    while (peer->bootstrap_count < degree) {
        uint32_t other = (uint32_t)lot_below(&sim->lot, from);
        if (!knows(peer, other)) peer->bootstrap[peer->bootstrap_count++] = other;
    }
}

void sim_start(struct sim *sim)
{
    for (uint32_t i = 0; i < sim->config.nodes; i++) {
        draw_bootstrap(sim, &sim->peers[i]);
        queue_put(&sim->queue, lot_below(&sim->lot, 2 * GHM_NS_PER_S), QUEUE_DEED, i, 0);
    }
}

/* ---- messages ---- */

/* What follows the number in a message; nobody else makes it. */
static uint8_t filling(uint32_t number, size_t at)
{
    return (uint8_t)(number * 31 + at);
}

void sim_publish(struct sim *sim, uint32_t author, size_t len)
{
    static uint8_t data[MESSAGE_MAX];
    uint32_t number = sim->published++;
    GHM_ASSERT(number < sim->config.messages && len >= 4 && len <= sizeof data);
    ghm_store_be32(data, number);
    for (size_t i = 4; i < len; i++)
        data[i] = filling(number, i);
    sim->messages[number] = (struct sim_message){author, sim->queue.now_ns, (uint32_t)len};
    peer_publish(&sim->peers[author], ghm_bytes(data, len));
}

static bool is_real(const struct sim *sim, const struct ghm_gossip_event *event)
{
    if (event->data.len < 4) return false;
    uint32_t number = ghm_load_be32(event->data.ptr);
    if (number >= sim->published) return false;
    const struct sim_message *message = &sim->messages[number];
    if (event->data.len != message->len) return false;
    for (size_t i = 4; i < event->data.len; i++) {
        if (event->data.ptr[i] != filling(number, i)) return false;
    }
    return ghm_bytes_equal(event->author, ghm_peerid_bytes(&sim->peers[message->author].id));
}

bool sim_received(struct sim *sim, struct peer *peer, const struct ghm_gossip_event *event)
{
    if (!is_real(sim, event)) {
        sim_fail(sim, "node %u was given a message from nobody", peer->host);
        return false;
    }
    uint32_t number = ghm_load_be32(event->data.ptr);
    queue_note(&sim->queue, ((uint64_t)peer->host << 32) | number);
    if ((peer->got[number] & PEER_GOT_NOW) != 0)
        sim_fail(sim, "node %u was given message %u twice", peer->host, number);
    peer->got[number] = PEER_GOT | PEER_GOT_NOW;
    if (sim->messages[number].author == peer->host)
        sim_fail(sim, "node %u was given its own message %u", peer->host, number);
    uint64_t way_ns = sim->queue.now_ns - sim->messages[number].at_ns;
    if (way_ns > sim->latest_ns) sim->latest_ns = way_ns;
    return true;
}
