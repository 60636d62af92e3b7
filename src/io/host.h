/* SPDX-License-Identifier: MIT */
/* The mesh's side of hosting: the process that holds the directory's lock (seat.h) listens, dials
 * and announces for all of them.
 *
 * Call protocol: init -> start -> join -> close -> the loop runs until nothing is open -> fini, all
 * on the loop's thread. */
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
    uv_poll_t wake_poll;
    uv_work_t derive; /* of keys from a slow secret, off this thread */
    bool has_wake_poll;
    bool is_wanted;  /* there is a mesh to join */
    bool is_ending;  /* set by the owner: not to join it any more */
    bool has_outbox; /* somebody put something into it */
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

/** See whether the configuration has a mesh, and log what is in the way of one. */
void ghm_host_start(struct ghm_host *host);

/** This process holds the lock: join the mesh, if there is one. What is in the way is logged, and
 * told to `failed` when it will not go away. */
void ghm_host_join(struct ghm_host *host);

/** Leave the mesh and close what is open. */
void ghm_host_close(struct ghm_host *host);

/** Wipe the keys. */
void ghm_host_fini(struct ghm_host *host);

#endif
