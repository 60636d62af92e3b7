/* SPDX-License-Identifier: MIT */
/* Threads meet in this room and nowhere else: callers' threads on one side, the loop's on the
 * other, one mutex and an inbox between them. */
#ifndef GHM_API_OPEN_H
#define GHM_API_OPEN_H

#include "base/list.h"
#include "io/home.h"
#include "io/loop.h"

#include <pthread.h>
#include <sys/types.h>

#define GHM_OPEN_IDENTITIES 8 /* tokens whose identity is remembered */

struct ghm_open_identity {
    uint8_t token_hash[32];
    struct ghm_identity identity;
};

struct ghm {
    struct ghm_home home;
    pid_t pid;                    /* that opened it */
    struct ghm_identity identity; /* of the configured token */
    pthread_mutex_t mutex;        /* guards all below */
    struct ghm_open_identity identities[GHM_OPEN_IDENTITIES];
    size_t identities_count; /* ever remembered; the oldest makes room */
    struct ghm_loop *loop;   /* NULL until it is needed */
    pthread_t thread;
    struct ghm_list inbox;     /* fetches for the loop to start or give up */
    struct ghm_list under_way; /* fetches that the loop has */
    bool is_closing;
    size_t holds; /* the opener's and one of each fetch: the last to go frees this */
};

enum ghm_open_role {
    GHM_OPEN_MEMBER,  /* joins the mesh when the configuration says so */
    GHM_OPEN_VISITOR, /* leaves that to a process that stays: for short commands */
};

/** ghm_open with a role, telling in `problem` (a text of `size`, or NULL) what went wrong. */
int ghm_open_as(struct ghm **ret_cache, const struct ghm_config *config, enum ghm_open_role role,
                char *problem, size_t size) GHM_MUST_USE;

/** The loop, started if it was not. With the mutex held. GHM_ECLOSED; GHM_ENOMEM; GHM_EIO. */
int ghm_open_loop(struct ghm *cache) GHM_MUST_USE;

/** Give one hold back; with the mutex held, which is given back too. */
void ghm_open_drop(struct ghm *cache);

/** The identity of a token; remembered. Without the mutex. Errors as ghm_home_identity. */
int ghm_open_identity(struct ghm *cache, struct ghm_identity *ret_identity,
                      const char *token) GHM_MUST_USE;

#endif
