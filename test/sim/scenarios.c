/* SPDX-License-Identifier: MIT */
#include "scenarios.h"

#include "checks.h"
#include "deeds.h"
#include "lossy.h"

#include "base/assert.h"

#include <string.h>

#define S DEEDS_S
#define MS DEEDS_MS
#define COPIES_MAX 6.0 /* D */

/* The world is well again: what is published now reaches everybody, and every mesh is in order. */
static void finish(struct sim *sim, uint64_t after_ns)
{
    sim->faults.packets_lost = 0;
    sim->faults.packets_fatal = 0;
    lossy_begin(0, 0);
    sim_pass(sim, after_ns);
    uint32_t first = deeds_chatter(sim, sim->config.messages, 100 * MS);
    sim_pass(sim, 5 * S);
    checks_reached(sim, "at the end", first, sim->published, 1.0);
    checks_mesh(sim);
    checks_always(sim, COPIES_MAX);
}

static void reach(struct sim *sim)
{
    deeds_settle(sim);
    finish(sim, 0);
}

static void skew(struct sim *sim)
{
    deeds_skew(sim);
    deeds_settle(sim);
    finish(sim, 0);
}

/* Everybody knows the same few. */
static void star(struct sim *sim)
{
    sim->config.hubs = 4;
    sim->config.degree = 3;
    deeds_settle(sim);
    deeds_chatter(sim, sim->config.messages, 100 * MS);
    sim_pass(sim, 15 * S);
    checks_reached(sim, "around hubs", 0, sim->published, 1.0);
    checks_mesh(sim);
    checks_always(sim, COPIES_MAX);
}

/* ---- loss ---- */

static void lose(struct sim *sim, double packets, double rpcs)
{
    deeds_settle(sim);
    sim->faults.packets_lost = packets;
    sim->faults.packets_fatal = packets / 500;
    lossy_begin(rpcs, sim->config.seed);
    deeds_chatter(sim, deeds_part(sim, 0.9), 100 * MS);
    sim_pass(sim, 15 * S);
    sim->rpcs_lost = lossy_count();
    checks_reached(sim, "with loss", 0, sim->published, 0.999);
    finish(sim, 0);
}

static void loss(struct sim *sim)
{
    lose(sim, 0.05, 0.05);
}

/* So much that the mesh alone does not do; enough are gossiped to to make up for it. */
static void storm(struct sim *sim)
{
    sim->config.degree = 10;
    lose(sim, 0.05, 0.4);
}

/* Three peers say nearly all at once; what finds a queue full is told by gossip. */
static void burst(struct sim *sim)
{
    deeds_settle(sim);
    for (uint32_t i = 0; i < 3; i++)
        deeds_burst(sim, deeds_part(sim, 0.3));
    sim_pass(sim, 20 * S);
    checks_reached(sim, "after the burst", 0, sim->published, 1.0);
    finish(sim, 0);
}

/* ---- closed ways ---- */

enum closing {
    STALL, /* for less than a silent connection lasts: TCP brings everything afterwards */
    CUT,   /* all connections break at once */
    LONG,  /* they die of silence */
    CLOSINGS,
};

static uint64_t draw_closing(struct sim *sim, enum closing closing)
{
    switch (closing) {
    case STALL:
        return lot_between(&sim->lot, 2, 12) * S;
    case CUT:
        return lot_between(&sim->lot, 2, 40) * S;
    case LONG:
    case CLOSINGS:
        return lot_between(&sim->lot, 50, 90) * S;
    }
    GHM_UNREACHABLE();
}

static void check_groups(struct sim *sim, uint32_t first)
{
    checks_reached_group(sim, "on side 0", first, sim->published, 1.0, 0);
    checks_reached_group(sim, "on side 1", first, sim->published, 1.0, 1);
}

/* What one side says while the way is closed reaches that side. After a stall it reaches the other
 * too; after more it may be too old for gossip, and what is said afterwards has to do. */
static void close_way(struct sim *sim, bool is_one_way)
{
    enum closing closing = (enum closing)(sim->config.seed % CLOSINGS);
    uint64_t closed_ns = draw_closing(sim, closing);
    uint32_t count = deeds_part(sim, 0.4);
    deeds_settle(sim);
    deeds_chatter(sim, deeds_part(sim, 0.2), 100 * MS);
    sim_pass(sim, 5 * S);
    checks_reached(sim, "before", 0, sim->published, 1.0);
    sim->faults.closed[0][1] = true;
    sim->faults.closed[1][0] = !is_one_way;
    if (closing == CUT) deeds_cut(sim);
    uint32_t first = deeds_chatter(sim, count, closed_ns / count);
    if (closing == STALL) sim_pass(sim, 2 * S);
    faults_part(&sim->faults, 0, 1, false);
    net_reopen(&sim->net);
    sim_pass(sim, 5 * S);
    check_groups(sim, first);
    sim_pass(sim, 30 * S);
    if (closing == STALL) checks_reached(sim, "across a stall", first, sim->published, 1.0);
    finish(sim, 90 * S);
}

static void partition(struct sim *sim)
{
    deeds_split(sim, sim->config.nodes / 2);
    close_way(sim, false);
}

static void asymmetric(struct sim *sim)
{
    deeds_split(sim, sim->config.nodes * 3 / 4);
    close_way(sim, true);
}

/* What was said just before two sides find each other again is still told by gossip. */
static void history(struct sim *sim)
{
    deeds_split(sim, sim->config.nodes / 2);
    deeds_settle(sim);
    faults_part(&sim->faults, 0, 1, true);
    deeds_cut(sim);
    sim_pass(sim, lot_between(&sim->lot, 20, 90) * S);
    uint32_t first = deeds_chatter(sim, deeds_part(sim, 0.5), 10 * MS);
    sim_pass(sim, 500 * MS);
    faults_part(&sim->faults, 0, 1, false);
    deeds_redial(sim);
    sim_pass(sim, 15 * S);
    checks_reached(sim, "within history", first, sim->published, 1.0);
    finish(sim, 90 * S);
}

/* ---- hosts ---- */

static void churn(struct sim *sim)
{
    deeds_settle(sim);
    deeds_churn(sim, 60 * S, deeds_part(sim, 0.8));
    sim_pass(sim, 10 * S);
    checks_reached(sim, "those that stayed", 0, sim->published, 0.999);
    finish(sim, 90 * S);
}

/* Silence is noticed (yamux: 30 s and 10 s), and those that are left close their ranks. */
static void vanish(struct sim *sim)
{
    sim->config.degree = 10;
    deeds_settle(sim);
    deeds_chatter(sim, deeds_part(sim, 0.2), 100 * MS);
    deeds_vanish(sim);
    uint32_t first = deeds_chatter(sim, deeds_part(sim, 0.5), 500 * MS);
    sim_pass(sim, 60 * S);
    checks_alive(sim);
    checks_reached(sim, "those that stayed", first, sim->published, 1.0);
    finish(sim, 60 * S);
}

/* Readers that cannot keep up lose messages; the others lose none, and nobody's memory fills. */
static void slow(struct sim *sim)
{
    sim->config.bytes = 40000;
    deeds_settle(sim);
    deeds_slow(sim, 20000);
    deeds_chatter(sim, deeds_part(sim, 0.9), 50 * MS);
    sim_pass(sim, 20 * S);
    checks_reached_group(sim, "those that keep up", 0, sim->published, 1.0, 0);
    deeds_slow(sim, 0);
    finish(sim, 90 * S);
}

static void chaos(struct sim *sim)
{
    deeds_skew(sim);
    deeds_split(sim, sim->config.nodes / 2);
    sim->faults.latency_max_ns = 300 * MS;
    deeds_settle(sim);
    sim->faults.packets_lost = 0.05;
    sim->faults.packets_fatal = 0.0005;
    lossy_begin(0.05, sim->config.seed);
    deeds_churn(sim, 20 * S, deeds_part(sim, 0.2));
    faults_part(&sim->faults, 0, 1, true);
    deeds_churn(sim, lot_between(&sim->lot, 5, 60) * S, deeds_part(sim, 0.3));
    faults_part(&sim->faults, 0, 1, false);
    net_reopen(&sim->net);
    deeds_slow(sim, 20000);
    deeds_churn(sim, 20 * S, deeds_part(sim, 0.2));
    deeds_slow(sim, 0);
    finish(sim, 120 * S);
}

const struct scenario scenarios[] = {
    {"reach", "nothing is wrong: all get all", reach, 1},
    {"skew", "clocks begin anywhere and drift by up to 500 ppm: all get all", skew, 1},
    {"star", "everybody knows the same few, who tell them of each other: all get all", star, 1},
    {"loss", "5 % of packets and 5 % of RPCs are lost: 99.9 %", loss, 1},
    {"storm", "5 % of packets and 40 % of RPCs are lost: 99.9 %, by IHAVE and IWANT", storm, 1},
    {"burst", "three peers say nearly everything at once", burst, 10},
    {"partition", "two halves do not hear each other for a while", partition, 1},
    {"asymmetric", "a quarter does not hear the others, but is heard", asymmetric, 1},
    {"history", "two halves meet again just after something was said", history, 1},
    {"churn", "peers leave, with a word or without, and come back", churn, 1},
    {"vanish", "every third peer is gone for good without a word", vanish, 1},
    {"slow", "every tenth peer reads slower than the others talk", slow, 1},
    {"chaos", "all of it at once", chaos, 1},
    {NULL, NULL, NULL, 0},
};

const struct scenario *scenarios_find(const char *name)
{
    for (const struct scenario *s = scenarios; s->name != NULL; s++) {
        if (strcmp(s->name, name) == 0) return s;
    }
    return NULL;
}
