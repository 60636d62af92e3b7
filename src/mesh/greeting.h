/* SPDX-License-Identifier: MIT */
/* The hello of each connected peer, on its stream: who begins it, how long it may take, and what
 * follows from its end. */
#ifndef GHM_MESH_GREETING_H
#define GHM_MESH_GREETING_H

#include "mesh/fellow.h"

/** A peer is connected: it is greeted, or has its time to greet. */
void ghm_greeting_begin(struct ghm_mesh *mesh, struct ghm_fellow *fellow, uint64_t now_ns);

/** It opened a stream for a hello. */
void ghm_greeting_accept(struct ghm_mesh *mesh, struct ghm_fellow *fellow, struct ghm_stream stream,
                         uint64_t now_ns);

/** More came on a stream of hellos. */
void ghm_greeting_hear(struct ghm_mesh *mesh, struct ghm_fellow *fellow, struct ghm_stream stream,
                       uint64_t now_ns);

/** A stream of hellos is gone. */
void ghm_greeting_closed(struct ghm_mesh *mesh, struct ghm_fellow *fellow,
                         const struct ghm_swarm_event *event, uint64_t now_ns);

/** The member's deadline is over: its hello comes too late, or is said (again). False: it is none
 * of a hello. */
bool ghm_greeting_tick(struct ghm_mesh *mesh, struct ghm_fellow *fellow, uint64_t now_ns);

#endif
