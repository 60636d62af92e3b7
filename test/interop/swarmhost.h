/* SPDX-License-Identifier: MIT */
/* A swarm on sockets and nothing above it: what a test program needs to be a peer. Built from the
 * rooms of the product; the program drives what happens through `heard`. */
#ifndef GHM_TEST_SWARMHOST_H
#define GHM_TEST_SWARMHOST_H

#include "base/log.h"
#include "crypto/entropy.h"
#include "crypto/key.h"
#include "crypto/peerid.h"
#include "io/net.h"
#include "swarm/swarm.h"

struct swarmhost {
    uv_loop_t uv;
    uv_prepare_t prepare;
    uv_timer_t timer;
    uv_signal_t term;
    struct ghm_mem mem;
    struct ghm_entropy entropy;
    struct ghm_log log;
    struct ghm_key key;
    struct ghm_peerid self;
    struct ghm_swarm *swarm;
    struct ghm_net *net;
    void *context;
    /** Every event that is no socket's business. */
    void (*heard)(struct swarmhost *host, const struct ghm_swarm_event *event);
    /** Once a turn, after the events; or NULL. */
    void (*turned)(struct swarmhost *host);
    uint64_t (*deadline)(struct swarmhost *host); /* or NULL */
    bool is_over;
    int code; /* what the program exits with */
};

/** Start with a fresh identity; `host` is zeroed but for its context and callbacks. */
void swarmhost_init(struct swarmhost *host, const char *const *protocols);

/** Run until swarmhost_end, SIGTERM or SIGINT; returns the exit code. */
int swarmhost_run(struct swarmhost *host);
void swarmhost_end(struct swarmhost *host, int code);

/** Close everything and give the memory back. */
void swarmhost_fini(struct swarmhost *host);

#endif
