/* SPDX-License-Identifier: MIT */
/* The numbers of gossipsub. The defaults are go-libp2p-pubsub's, which other implementations share:
 * IHAVE and IWANT bounds must not be lower than what an honest peer sends.
 *
 * Spec: gossipsub-v1.0.md, Parameters; gossipsub-v1.1.md, Overview of New Parameters */
#ifndef GHM_GOSSIP_PARAMS_H
#define GHM_GOSSIP_PARAMS_H

#include "base/deadline.h"

#include <stdbool.h>
#include <stddef.h>

struct ghm_params {
    size_t d;             /* wanted in a mesh */
    size_t d_low;         /* fewer: graft */
    size_t d_high;        /* more: prune; at most 64 */
    size_t d_score;       /* of those kept at a prune, the best */
    size_t d_out;         /* connections we opened among them; below d_low and at most d / 2 */
    size_t d_lazy;        /* gossiped to, at least */
    double gossip_factor; /* of all who could be gossiped to */
    bool floods;          /* our own messages go to all who subscribed */
    uint64_t heartbeat_ns;
    uint64_t heartbeat_first_ns;
    uint64_t fanout_ns; /* for which a topic we only publish in keeps its peers */
    uint64_t seen_ns;
    uint64_t prune_wait_s;   /* back-off after a prune */
    uint64_t leave_wait_s;   /* after an unsubscription */
    uint64_t wait_slack_ns;  /* we graft this much later, they check this much earlier */
    uint64_t flood_graft_ns; /* a graft this soon after a prune is worse */
    uint64_t follow_up_ns;   /* for what was asked for to come */
    uint32_t ihaves_max;     /* RPCs with IHAVE taken from one peer per heartbeat */
    uint32_t ids_max;        /* ids asked of, or looked up for, one peer per heartbeat */
    uint32_t dontwants_max;  /* ids of IDONTWANT taken from one peer per heartbeat */
    size_t dontwant_bytes;   /* messages this large are announced with IDONTWANT */
    size_t offered_max;      /* peers offered in one PRUNE, and taken from one peer per heartbeat */
    uint64_t better_beats;   /* heartbeats between looks for better peers */
    size_t better_count;     /* grafted then */
};

extern const struct ghm_params ghm_params_defaults;

/** Do they hold together? */
bool ghm_params_are_valid(const struct ghm_params *params);

#endif
