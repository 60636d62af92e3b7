/* SPDX-License-Identifier: MIT */
/* One connected peer: a stranger until the hello is done, then a member until it goes.
 *
 * Bounds: GHM_MESH_PEERS_MAX. */
#ifndef GHM_MESH_FELLOW_H
#define GHM_MESH_FELLOW_H

#include "mesh/circle.h"
#include "mesh/envelope.h"
#include "mesh/hello.h"

struct ghm_fellow {
    struct ghm_map_node node;
    struct ghm_list waiting; /* in mesh->waiting while it has something for ghm_mesh_next */
    struct ghm_peerid id;
    struct ghm_hello hello;
    struct ghm_stream hello_stream;
    struct ghm_stream in;  /* its announcements */
    struct ghm_stream out; /* ours; id 0 while there is none */
    bool has_hello;
    bool has_in;
    bool has_out;
    bool is_proven;       /* it holds the secret: we read it */
    bool is_member;       /* and it knows that we do: it reads us */
    bool is_told_up;      /* MEMBER_UP was given */
    bool is_gone;         /* MEMBER_DOWN is to be given, then it is freed */
    bool owes_down;       /* MEMBER_DOWN is to be given for the last time it was here */
    uint32_t faults;      /* bad letters of its own, or that it could have read */
    uint64_t deadline_ns; /* of the hello, or of reopening `out` */
    struct ghm_envelope_cipher cipher; /* opens what it seals */
};

struct ghm_fellow *ghm_fellow_find(const struct ghm_mesh *mesh, const struct ghm_peerid *id);

/** The one after `fellow`, the first after NULL; NULL after the last. */
struct ghm_fellow *ghm_fellow_next(const struct ghm_mesh *mesh, const struct ghm_fellow *fellow);

/** The swarm is connected to a peer. NULL: there is no room for it, or no memory. */
struct ghm_fellow *ghm_fellow_up(struct ghm_mesh *mesh, const struct ghm_peerid *id);

/** The swarm is not connected to it any more. */
void ghm_fellow_down(struct ghm_mesh *mesh, struct ghm_fellow *fellow);

/** It passed the hello; again is accepted. */
void ghm_fellow_join(struct ghm_mesh *mesh, struct ghm_fellow *fellow);

/** It has something for ghm_mesh_next. */
void ghm_fellow_wake(struct ghm_mesh *mesh, struct ghm_fellow *fellow);

/** Is its coming or going still to be told? Then `ret_event` is that, and a member that is gone is
 * freed. */
bool ghm_fellow_tell(struct ghm_mesh *mesh, struct ghm_fellow *fellow,
                     struct ghm_mesh_event *ret_event);

/** It broke the protocol: its connections end. */
void ghm_fellow_drop(struct ghm_mesh *mesh, const struct ghm_fellow *fellow, const char *reason,
                     uint64_t now_ns);

/** Forget all, without a word. */
void ghm_fellow_free_all(struct ghm_mesh *mesh);

#endif
