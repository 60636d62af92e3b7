/* SPDX-License-Identifier: MIT */
/* The members: who passed the hello, and what they tell each other. Sits on the swarm and is driven
 * by its events; has no sockets, clock or randomness of its own.
 *
 * Call protocol: every event of the swarm that is not DIAL or CLOSE goes to ghm_mesh_on; then
 * ghm_mesh_next until it has none. `now_ms` is GitHub time. */
#ifndef GHM_MESH_MESH_H
#define GHM_MESH_MESH_H

#include "answer/entry.h"
#include "base/deadline.h"
#include "mesh/keyring.h"
#include "store/shared.h"
#include "swarm/swarm.h"

#define GHM_MESH_HELLO_PROTOCOL "/ghmesh/hello/1"
#define GHM_MESH_ANNOUNCE_PROTOCOL "/ghmesh/announce/1"
#define GHM_MESH_PULL_PROTOCOL "/ghmesh/pull/1"
#define GHM_MESH_PEERS_MAX 256
#define GHM_MESH_HELLO_WAIT_NS (10 * GHM_NS_PER_S)
#define GHM_MESH_REOPEN_WAIT_NS (1 * GHM_NS_PER_S)

/** For ghm_swarm_config.protocols. */
extern const char *const ghm_mesh_protocols[];

struct ghm_mesh;

struct ghm_mesh_config {
    const struct ghm_keyring *keyring; /* borrowed; at least one secret */
    const struct ghm_key *identity;    /* borrowed; signs what goes by gossip */
    struct ghm_peerid self;
    uint64_t seqno_start;      /* as in gossip/gossip.h */
    struct ghm_swarm *swarm;   /* borrowed */
    struct ghm_store *store;   /* borrowed; bodies are given from it; or NULL: there are none */
    struct ghm_shared *shared; /* or NULL */
    struct ghm_log *log;       /* or NULL */
};

int ghm_mesh_new(struct ghm_mesh **ret_mesh, struct ghm_mem *mem,
                 const struct ghm_mesh_config *config, struct ghm_entropy *entropy) GHM_MUST_USE;
void ghm_mesh_free(struct ghm_mesh *mesh);

/** Hear what happened in the swarm. */
void ghm_mesh_on(struct ghm_mesh *mesh, const struct ghm_swarm_event *event, uint64_t now_ns);

enum ghm_mesh_event_type {
    GHM_MESH_MEMBER_UP, /* `peer` will read what we announce */
    GHM_MESH_MEMBER_DOWN,
    GHM_MESH_LEARNED, /* `peer`, who need not be connected, announced `entry`: authentic, of this
                         mesh, not yet judged */
};

struct ghm_mesh_event {
    enum ghm_mesh_event_type type;
    struct ghm_peerid peer;
    struct ghm_entry entry; /* views the mesh, until the next call of ghm_mesh_next */
};

/** Take one event; false when there is none. */
bool ghm_mesh_next(struct ghm_mesh *mesh, struct ghm_mesh_event *ret_event, int64_t now_ms);

/** Would anybody hear what is announced now? */
bool ghm_mesh_is_heard(const struct ghm_mesh *mesh);

/** Tell every member an entry: by gossip, and those that it does not reach by a stream of their
 * own. GHM_OK, also when there are none; GHM_ELIMIT when it is too large to be announced;
 * GHM_ENOMEM. A member that cannot keep up (1 MiB waits for it, 2 MiB of gossip) misses it. */
int ghm_mesh_announce(struct ghm_mesh *mesh, const struct ghm_entry *entry,
                      int64_t now_ms) GHM_MUST_USE;

/** Peers that are members now. */
size_t ghm_mesh_members_count(const struct ghm_mesh *mesh);

uint64_t ghm_mesh_deadline(const struct ghm_mesh *mesh);
void ghm_mesh_tick(struct ghm_mesh *mesh, uint64_t now_ns);

#endif
