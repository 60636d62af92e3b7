/* SPDX-License-Identifier: MIT */
/* Addresses that we want to be connected to for ever: when to dial which, and how long to wait
 * after a failure or a fall.
 *
 *     WAITING --due--> (start) --> TRYING --up--> HELD --ended--> WAITING
 *        |                            `--ended--> WAITING
 *        `--(rest: its peer is connected some other way)--> RESTING --(wake: that peer is gone)-->
 * WAITING
 *
 * Call protocol: init -> add* -> (due -> start | rest | put_off; up; ended; wake)* -> fini. */
#ifndef GHM_SWARM_DIALER_H
#define GHM_SWARM_DIALER_H

#include "base/deadline.h"
#include "base/list.h"
#include "crypto/entropy.h"
#include "crypto/peerid.h"
#include "wire/multiaddr.h"

#define GHM_DIALER_TARGETS_MAX 64
#define GHM_DIALER_WAIT_MIN_NS (1 * GHM_NS_PER_S)
#define GHM_DIALER_WAIT_MAX_NS (60 * GHM_NS_PER_S)
#define GHM_DIALER_STEADY_NS (10 * GHM_NS_PER_S) /* a connection that lived so long starts anew */

#define GHM_DIALER_STATE_MAP(X)                                                                    \
    X(GHM_DIALER_WAITING, "waiting for its time")                                                  \
    X(GHM_DIALER_RESTING, "its peer is connected")                                                 \
    X(GHM_DIALER_TRYING, "dialing")                                                                \
    X(GHM_DIALER_HELD, "connected")                                                                \
    X(GHM_DIALER_SELF, "our own address, never dialed again")

#define GHM_DIALER_MOVE_MAP(X)                                                                     \
    X(GHM_DIALER_WAITING, GHM_DIALER_TRYING, "its time has come")                                  \
    X(GHM_DIALER_WAITING, GHM_DIALER_RESTING, "its peer is connected some other way")              \
    X(GHM_DIALER_RESTING, GHM_DIALER_WAITING, "that peer is gone")                                 \
    X(GHM_DIALER_TRYING, GHM_DIALER_HELD, "the peer is authenticated")                             \
    X(GHM_DIALER_TRYING, GHM_DIALER_WAITING, "it failed")                                          \
    X(GHM_DIALER_HELD, GHM_DIALER_WAITING, "it fell")                                              \
    X(GHM_DIALER_TRYING, GHM_DIALER_SELF, "we answered ourselves")

enum ghm_dialer_state {
#define GHM_DIALER_STATE_ENUM(name, text) name,
    GHM_DIALER_STATE_MAP(GHM_DIALER_STATE_ENUM)
#undef GHM_DIALER_STATE_ENUM
};

struct ghm_dialer_target {
    struct ghm_list all;
    struct ghm_multiaddr addr;
    struct ghm_peerid peer; /* the one expected or, without one, the one that answered last */
    enum ghm_dialer_state state;
    uint32_t connection; /* of TRYING and HELD */
    uint64_t due_ns;     /* of WAITING */
    uint64_t up_ns;      /* of HELD: since when */
    uint64_t wait_ns;    /* after the next failure, before jitter */
};

struct ghm_dialer {
    struct ghm_mem *mem;
    struct ghm_list targets;
    size_t count;
};

void ghm_dialer_init(struct ghm_dialer *dialer, struct ghm_mem *mem);
void ghm_dialer_fini(struct ghm_dialer *dialer);

/** Want `addr`, from now on; the same address again changes nothing. `expected` len 0: any peer.
 * GHM_ELIMIT; GHM_ENOMEM. */
int ghm_dialer_add(struct ghm_dialer *dialer, const struct ghm_multiaddr *addr,
                   const struct ghm_peerid *expected, uint64_t now_ns) GHM_MUST_USE;

/** A target whose time has come; NULL when none has. */
struct ghm_dialer_target *ghm_dialer_due(struct ghm_dialer *dialer, uint64_t now_ns);
uint64_t ghm_dialer_deadline(const struct ghm_dialer *dialer);

/* What became of a due target: dialed; its peer is connected anyhow; it could not be dialed now. */
void ghm_dialer_start(struct ghm_dialer_target *target, uint32_t connection);
void ghm_dialer_rest(struct ghm_dialer_target *target);
void ghm_dialer_put_off(struct ghm_dialer_target *target, struct ghm_entropy *entropy,
                        uint64_t now_ns);

/* What became of a dialed one; other connections are ignored. */
void ghm_dialer_up(struct ghm_dialer *dialer, uint32_t connection, const struct ghm_peerid *peer,
                   uint64_t now_ns);
void ghm_dialer_self(struct ghm_dialer *dialer, uint32_t connection);
void ghm_dialer_ended(struct ghm_dialer *dialer, uint32_t connection, struct ghm_entropy *entropy,
                      uint64_t now_ns);

/** Is it one of those that we want to be connected to? */
bool ghm_dialer_wants(const struct ghm_dialer *dialer, const struct ghm_peerid *peer);

/** A peer has lost its last connection: who rests for it waits again. */
void ghm_dialer_wake(struct ghm_dialer *dialer, const struct ghm_peerid *peer,
                     struct ghm_entropy *entropy, uint64_t now_ns);

#endif
