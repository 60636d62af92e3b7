/* SPDX-License-Identifier: MIT */
/* A world of gossiping peers: its hosts, its network, its clock, the messages that were really
 * published, and what is known to be wrong so far. All of it follows from the configuration: the
 * same one twice is the same run, to the last byte. */
#ifndef GHM_SIM_SIM_H
#define GHM_SIM_SIM_H

#include "peer.h"

#define SIM_FAILURE_MAX 200

struct sim_config {
    uint64_t seed;
    uint32_t nodes;
    uint32_t messages;
    uint32_t degree; /* bootstrap peers of each */
    uint32_t hubs;   /* bootstrap peers are drawn from the first so many; 0: from all */
    uint32_t bytes;  /* of a message; 4 at least, for its number */
};

struct sim_message {
    uint32_t author;
    uint64_t at_ns;
    uint32_t len;
};

struct sim {
    struct sim_config config;
    struct queue queue;
    struct faults faults;
    struct net net;
    struct lot lot; /* of the scenario */
    struct peer *peers;
    struct sim_message *messages;
    uint32_t published;
    uint64_t wanted; /* pairs of a message and a node that should have it, and those that have */
    uint64_t got;
    uint64_t rpcs_lost; /* by lossy.h */
    uint64_t latest_ns; /* the longest way of a message */
    uint32_t failures;
    char failure[SIM_FAILURE_MAX]; /* the first */
};

void sim_init(struct sim *sim, const struct sim_config *config);

/** End the world: every peer must give all its memory back. */
void sim_fini(struct sim *sim);

/** Write down what is wrong; the first is kept. */
__attribute__((format(printf, 2, 3))) void sim_fail(struct sim *sim, const char *format, ...);

/** Each peer gets `degree` others to dial, drawn by lot, the next one among them unless there are
 * hubs; all start within two seconds. */
void sim_start(struct sim *sim);

/** Let time pass. */
void sim_pass(struct sim *sim, uint64_t ns);

/** Publish the next message, from a peer that is up. */
void sim_publish(struct sim *sim, uint32_t author, size_t len);

/** A peer was given a message: is it one that was published, and for the first time? */
bool sim_received(struct sim *sim, struct peer *peer, const struct ghm_gossip_event *event);

#endif
