/* SPDX-License-Identifier: MIT */
/* A guest's side: a connection to the process that hosts the directory, and what this process asks
 * of it. Every ask is kept until it is answered, so that it can be handed to the next host, or
 * given back to be flown here.
 *
 * Call protocol: new -> (connect, ask, forget, give_back)* -> free, on the loop's thread. */
#ifndef GHM_IO_GUEST_H
#define GHM_IO_GUEST_H

#include "base/log.h"
#include "io/home.h"
#include "node/parley.h"

#include <uv.h>

#define GHM_GUEST_ASKS_MAX 1024 /* kept at once */
#define GHM_GUEST_HOSTS_MAX                                                                        \
    2 /* that may be lost over one ask: the next is asked of GitHub here                           \
       */
#define GHM_GUEST_TICK_MS 250
#define GHM_GUEST_HELLO_TICKS 4   /* a host has so long to say who it is */
#define GHM_GUEST_SILENCE_TICKS 8 /* and so long to say anything while it is asked */

#define GHM_GUEST_STATE_MAP(X)                                                                     \
    X(CLOSED, "there is no connection")                                                            \
    X(OPENING, "it is being made, or the host has not said who it is")                             \
    X(READY, "the host takes asks")                                                                \
    X(UNFIT, "the host asks another origin, or in another way; its end is still of interest")      \
    X(SILENT, "the host says nothing for too long")

enum ghm_guest_state {
#define GHM_GUEST_STATE_ENUM(name, text) GHM_GUEST_##name,
    GHM_GUEST_STATE_MAP(GHM_GUEST_STATE_ENUM)
#undef GHM_GUEST_STATE_ENUM
};

struct ghm_guest;

/** All borrowed while it lives. */
struct ghm_guest_config {
    uv_loop_t *uv;
    struct ghm_mem *mem;
    struct ghm_home *home;
    struct ghm_log *log;
    void *context;
    /** The state is another now; what was kept is kept. */
    void (*changed)(void *context, enum ghm_guest_state state);
    /** The host answered; `take_answer` is NULL unless `error` is GHM_OK. */
    void (*answered)(void *context, uint64_t id, int error, struct ghm_answer *take_answer);
    /** An ask that is to be flown here, with what is left of its time. */
    void (*fly)(void *context, const struct ghm_node_ask *ask);
};

/** GHM_ENOMEM; GHM_ELIMIT for a path that is too long for a socket. */
int ghm_guest_new(struct ghm_guest **ret_guest, const struct ghm_guest_config *config) GHM_MUST_USE;

/** Connect to the directory's host; told by `changed`, CLOSED when that fails. When CLOSED only. */
void ghm_guest_connect(struct ghm_guest *guest);

/** Keep an ask, copied, and send it as soon as the host takes it. GHM_ELIMIT; GHM_ENOMEM: fly it.
 */
int ghm_guest_ask(struct ghm_guest *guest, const struct ghm_node_ask *ask) GHM_MUST_USE;

/** No answer will follow. false: it is not kept here. */
bool ghm_guest_forget(struct ghm_guest *guest, uint64_t id);

/** Give all that is kept to `fly`. */
void ghm_guest_give_back(struct ghm_guest *guest);

/** Answer what is kept with GHM_ECLOSED and close. The memory is given back when the loop has
 * closed the handles. NULL is accepted. */
void ghm_guest_free(struct ghm_guest *guest);

#endif
