/* SPDX-License-Identifier: MIT */
/* What the scenarios are made of. Each takes its time of the world. */
#ifndef GHM_SIM_DEEDS_H
#define GHM_SIM_DEEDS_H

#include "sim.h"

#define DEEDS_S GHM_NS_PER_S
#define DEEDS_MS GHM_NS_PER_MS
#define DEEDS_WARM_NS (15 * GHM_NS_PER_S)   /* up for so long, a peer has its mesh */
#define DEEDS_LASTING_NS (3 * GHM_NS_PER_S) /* so long after it published, a peer stays */

/** All start and find each other. */
void deeds_settle(struct sim *sim);

/** This share of all the messages, one or more. */
uint32_t deeds_part(const struct sim *sim, double share);

/** Random peers publish `count` of the messages that are left, one every `gap_ns`; the number of
 * the first. */
uint32_t deeds_chatter(struct sim *sim, uint32_t count, uint64_t gap_ns);

/** One random peer publishes so many at once. */
void deeds_burst(struct sim *sim, uint32_t count);

/** Hosts from `first` on are group 1, the others 0. Each group hangs together. */
void deeds_split(struct sim *sim, uint32_t first);

/** Each clock begins elsewhere and drifts by up to 500 ppm. Before the start. */
void deeds_skew(struct sim *sim);

/** For so long, peers leave, half of them without a word, so many that it would be each once in a
 * minute; they come back 2 s to 20 s later. `chatter` messages are published meanwhile. */
void deeds_churn(struct sim *sim, uint64_t ns, uint32_t chatter);

/** Every third host is gone for good, without a word. */
void deeds_vanish(struct sim *sim);

/** Every tenth host, one at least, reads at most so many bytes a second; 0: as fast as the others.
 * They are group 1. */
void deeds_slow(struct sim *sim, uint64_t bytes_per_s);

/** All connections between the groups break at once. */
void deeds_cut(struct sim *sim);

/** The owners of the peers hear that the network is back and dial their bootstrap peers. */
void deeds_redial(struct sim *sim);

#endif
