/* SPDX-License-Identifier: MIT */
/* What is wrong with the network: how long bytes take, what is lost, and which way is closed. The
 * network asks, the scenario sets. */
#ifndef GHM_SIM_FAULTS_H
#define GHM_SIM_FAULTS_H

#include "lot.h"

#include "base/deadline.h"

#include <stddef.h>

#define FAULTS_GROUPS 4
#define FAULTS_PACKET_BYTES 1460
#define FAULTS_RESEND_NS (200 * GHM_NS_PER_MS) /* doubling */
#define FAULTS_RESENDS_MAX 8                   /* then the connection is broken */

struct faults {
    struct lot lot;
    uint64_t seed;
    uint64_t latency_min_ns; /* one way, of a pair of hosts, drawn once */
    uint64_t latency_max_ns;
    uint64_t jitter_ns;                        /* more, of each flight */
    uint64_t bytes_per_s;                      /* of one direction of a connection; 0: no bound */
    double packets_lost;                       /* TCP sends them again: late, never missing */
    double packets_fatal;                      /* a connection broken by a packet's fate */
    bool closed[FAULTS_GROUPS][FAULTS_GROUPS]; /* from, to: nothing arrives */
};

void faults_init(struct faults *faults, uint64_t seed);

/** One way between two hosts; the same in both directions. */
uint64_t faults_latency(const struct faults *faults, uint32_t a, uint32_t b);

/** How much later a flight of so many bytes arrives than on an idle and perfect way; GHM_NEVER when
 * the connection does not survive it. */
uint64_t faults_delay(struct faults *faults, size_t len);

/** Close or open the way between two groups, both ways. */
void faults_part(struct faults *faults, int a, int b, bool is_closed);

#endif
