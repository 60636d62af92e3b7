/* SPDX-License-Identifier: MIT */
/* A swarm on sockets and nothing above it, with an identity of its own: what a program needs to be
 * a libp2p peer. Its owner decides by `heard` what happens.
 *
 * Call protocol: init -> (swarm verbs, run)* -> fini; all in one thread. */
#ifndef GHM_IO_LONE_H
#define GHM_IO_LONE_H

#include "base/log.h"
#include "crypto/entropy.h"
#include "crypto/key.h"
#include "crypto/peerid.h"
#include "io/net.h"
#include "swarm/swarm.h"

struct ghm_lone {
    uv_loop_t uv;
    uv_prepare_t prepare;
    uv_timer_t timer;
    uv_signal_t term;
    uv_signal_t interrupt;
    struct ghm_mem mem;
    struct ghm_entropy entropy;
    struct ghm_log log;
    struct ghm_key key;
    struct ghm_peerid self;
    struct ghm_swarm *swarm;
    struct ghm_net *net;
    enum ghm_link_security security; /* what is offered to those that are dialed */
    void *context;
    /** Every event that is no socket's business. */
    void (*heard)(struct ghm_lone *lone, const struct ghm_swarm_event *event);
    /** After events, and after bytes were sent; or NULL. */
    void (*turned)(struct ghm_lone *lone);
    uint64_t (*deadline)(struct ghm_lone *lone); /* or NULL */
    bool is_over;
    int code; /* what the program exits with */
};

/** Start with a fresh identity; `lone` is zeroed but for its security, context and callbacks.
 * GHM_EIO, GHM_ENOMEM, GHM_ELIMIT: nothing is left to fini. `protocols` as ghm_swarm_config. */
int ghm_lone_init(struct ghm_lone *lone, const char *agent_version,
                  const char *const *protocols) GHM_MUST_USE;

/** Run until ghm_lone_end, SIGTERM or SIGINT; returns the exit code, 0 after a signal. */
int ghm_lone_run(struct ghm_lone *lone);
void ghm_lone_end(struct ghm_lone *lone, int code);

/** Close everything and give the memory back. */
void ghm_lone_fini(struct ghm_lone *lone);

#endif
