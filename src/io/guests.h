/* SPDX-License-Identifier: MIT */
/* The host's side of its guests: a socket in the directory (0600, this user's processes only) on
 * which other processes hand over their asks and get the answers. A guest that says what no guest
 * says, reads too slowly or stops in the middle of a frame is dropped; it asks GitHub itself then.
 *
 * Call protocol: new -> (answered)* -> close_door -> free, on the loop's thread. */
#ifndef GHM_IO_GUESTS_H
#define GHM_IO_GUESTS_H

#include "base/log.h"
#include "io/home.h"
#include "node/node.h"

#include <uv.h>

#define GHM_GUESTS_MAX 256                         /* connected at once */
#define GHM_GUESTS_ASKS_MAX 1024                   /* of one guest, under way at once */
#define GHM_GUESTS_UNSENT_MAX (UINT32_C(40) << 20) /* bytes held until one guest reads them */
#define GHM_GUESTS_TICKS_MAX 10                    /* seconds without progress in a frame */

struct ghm_guests;

/** All borrowed while it lives. */
struct ghm_guests_config {
    uv_loop_t *uv;
    struct ghm_mem *mem;
    struct ghm_home *home;
    struct ghm_log *log;
    void *context;
    /** Ask the node; as ghm_node_ask. */
    int (*ask)(void *context, const struct ghm_node_ask *ask);
    /** A guest's ask is of no use to anybody any more. */
    void (*forget)(void *context, uint64_t id);
    /** A guest asks this process to end. NULL: it is none that may be asked. */
    void (*leave)(void *context);
    uint32_t idle_s; /* told to guests: it ends when idle for so long */
};

/** Open the socket; this process must hold the directory's lock. GHM_EACCES; GHM_ELIMIT for a path
 * that is too long for a socket; GHM_EIO; GHM_ENOMEM. */
int ghm_guests_new(struct ghm_guests **ret_guests,
                   const struct ghm_guests_config *config) GHM_MUST_USE;

/** The node has answered. false: it is not an ask of a guest, and nothing was taken. */
bool ghm_guests_answered(struct ghm_guests *guests, uint64_t id, int error,
                         struct ghm_answer *take_answer);

/** Does a guest wait for an answer, or for the rest of one? NULL: no. */
bool ghm_guests_is_waiting(const struct ghm_guests *guests);

/** No guest comes any more, and the next host may open its socket. NULL is accepted. */
void ghm_guests_close_door(struct ghm_guests *guests);

/** Drop all guests and close the door. The memory is given back when the loop has closed the
 * handles. NULL is accepted. */
void ghm_guests_free(struct ghm_guests *guests);

#endif
