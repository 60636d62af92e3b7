/* SPDX-License-Identifier: MIT */
/* The loop: one thread that owns the node, the origin and, in the process that hosts the directory,
 * the swarm and the mesh. It carries bytes and time to them and does what their events say.
 *
 * Call protocol: new -> run (until stop) -> free, all on one thread; wake and stop from any. */
#ifndef GHM_IO_LOOP_H
#define GHM_IO_LOOP_H

#include "io/home.h"
#include "node/node.h"
#include "wire/multiaddr.h"

#include <uv.h>

struct ghm_loop;

struct ghm_loop_config {
    struct ghm_home *home; /* borrowed while the loop lives */
    void *context;         /* of the callbacks; all are called on the loop's thread */
    /** ghm_loop_wake was called. */
    void (*woken)(void *context);
    /** An ask of this loop is answered. `answer` is the callee's, NULL unless `error` is GHM_OK. */
    void (*answered)(void *context, uint64_t id, int error, struct ghm_answer *take_answer);
    /** This process hosts the directory and can be dialed at `addr` (once for each address). NULL:
     * not wanted. */
    void (*listening)(void *context, const struct ghm_multiaddr *addr);
    /** This process should host the directory and never will be able to: `error` says why, and it
     * was logged. NULL: not wanted. */
    void (*failed)(void *context, int error);
    /** A user asks this process to end. NULL: it is not for them to say. */
    void (*leave)(void *context);
    uint32_t idle_s; /* told to who asks: its owner ends it when it is idle for so long; 0: never */
};

/** GHM_ENOMEM; GHM_EIO. */
int ghm_loop_new(struct ghm_loop **ret_loop, const struct ghm_loop_config *config) GHM_MUST_USE;

/** Run until ghm_loop_stop. Joins the mesh on the way, if there is one. */
void ghm_loop_run(struct ghm_loop *loop);

/** Answer what waits with GHM_ECLOSED, close everything, give the memory back. NULL is accepted. */
void ghm_loop_free(struct ghm_loop *loop);

/** From any thread, and from a signal handler. */
void ghm_loop_wake(struct ghm_loop *loop);
void ghm_loop_stop(struct ghm_loop *loop);

/** On the loop's thread: as ghm_node_ask and ghm_node_forget, of this process's node or of its
 * host's. */
int ghm_loop_ask(struct ghm_loop *loop, const struct ghm_node_ask *ask) GHM_MUST_USE;
void ghm_loop_forget(struct ghm_loop *loop, uint64_t id);

/** On the loop's thread: ghm_node_wait_ms, ghm_node_passed, ghm_node_passed_end and ghm_node_heard.
 */
int64_t ghm_loop_wait_ms(struct ghm_loop *loop, const struct ghm_identity *identity,
                         struct ghm_bytes target, bool is_passed);
void ghm_loop_passed(struct ghm_loop *loop, const struct ghm_identity *identity,
                     const struct ghm_request *request, enum ghm_errand errand);
void ghm_loop_passed_end(struct ghm_loop *loop);
void ghm_loop_heard(struct ghm_loop *loop, const struct ghm_identity *identity,
                    const struct ghm_budget_answer *heard);

/** For others that live on the same thread and close their handles before ghm_loop_free. */
uv_loop_t *ghm_loop_uv(struct ghm_loop *loop);
struct ghm_log *ghm_loop_log(struct ghm_loop *loop);

#endif
