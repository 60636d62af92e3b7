/* SPDX-License-Identifier: MIT */
/* Hosting a directory: the process that holds its lock listens, dials and announces for all of
 * them. The others look every second whether the lock is free, and take over.
 *
 * Call protocol: init -> start -> close -> the loop runs until nothing is open -> fini, all on the
 * loop's thread. */
#ifndef GHM_IO_HOST_H
#define GHM_IO_HOST_H

#include "crypto/entropy.h"
#include "io/discovery.h"
#include "io/home.h"
#include "io/net.h"
#include "mesh/mesh.h"
#include "swarm/swarm.h"

#include <uv.h>

/** All borrowed while the host lives. */
struct ghm_host_config {
    uv_loop_t *uv;
    struct ghm_home *home;
    struct ghm_mem *mem;
    struct ghm_entropy *entropy;
    struct ghm_log *log;
    const char *user_agent;
    void *context; /* of the callbacks, which are those of struct ghm_loop_config */
    void (*listening)(void *context, const struct ghm_multiaddr *addr);
    void (*failed)(void *context, int error);
};

struct ghm_host {
    struct ghm_host_config config;
    uv_timer_t timer;
    uv_poll_t wake_poll;
    uv_work_t derive; /* of keys from a slow secret, off this thread */
    bool has_wake_poll;
    bool is_ending;       /* set by the owner: not to become the host any more */
    bool is_told_waiting; /* that another process hosts */
    bool has_outbox;      /* somebody put something into it */
    int lock_fd;
    int wake_fd;
    struct ghm_mem swarm_mem;
    struct ghm_mem mesh_mem;
    struct ghm_key identity;
    struct ghm_peerid self;
    struct ghm_keyring keyring;
    int keyring_error;
    struct ghm_swarm *swarm; /* these four: NULL unless this process hosts */
    struct ghm_mesh *mesh;
    struct ghm_net *net;
    struct ghm_discovery *discovery;
};

/** Prepare; nothing is opened yet. */
void ghm_host_init(struct ghm_host *host, const struct ghm_host_config *config);

/** Become the host as soon as the directory has none, if the configuration has a mesh. What is in
 * the way is logged, and told to `failed` when it will not go away. */
void ghm_host_start(struct ghm_host *host);

/** Leave the mesh and close what is open. The lock is held until ghm_host_fini. */
void ghm_host_close(struct ghm_host *host);

/** Wipe the keys and let the next process host. */
void ghm_host_fini(struct ghm_host *host);

#endif
