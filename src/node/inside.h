/* SPDX-License-Identifier: MIT */
/* The node as its own files see it: node.c is the door, takeoff.c sends, hearing.c takes what
 * GitHub said, landing.c answers. No other room includes this. */
#ifndef GHM_NODE_INSIDE_H
#define GHM_NODE_INSIDE_H

#include "answer/budget.h"
#include "answer/pace.h"
#include "node/absent.h"
#include "node/away.h"
#include "node/flight.h"

#define GHM_INSIDE_ROOM "node" /* in log records */

struct ghm_node {
    struct ghm_mem *mem;
    struct ghm_node_config config;
    struct ghm_entropy entropy;
    struct ghm_map by_slot;
    struct ghm_map by_id;
    struct ghm_map by_variant; /* flights that others wait for */
    struct ghm_list ready;     /* flights to send */
    struct ghm_list answered;  /* waiters whose answers are to be given */
    size_t waiters;
    size_t passing; /* requests past the node that are under way */
    uint64_t last_id;
    int64_t skew_ms; /* GitHub's clock minus ours, when nobody shares one */
    struct ghm_budget budget;
    struct ghm_pace pace;
    struct ghm_absent absent;
    struct ghm_away away;
    struct ghm_buf kept; /* headers of the answer being stored */
    bool has_news;       /* a NEWS event is to be given */
};

/** What is looked for when the caller's bound does not matter. */
struct ghm_freshness_bound ghm_inside_bound(void);

/** May an answer of this name and status be kept, by what its body says? */
bool ghm_inside_is_whole(struct ghm_bytes name, int status, struct ghm_bytes body);

/** Of a kind that is neither read from the store nor kept. */
bool ghm_inside_is_never_kept(struct ghm_bytes name);

#endif
