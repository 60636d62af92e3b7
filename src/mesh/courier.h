/* SPDX-License-Identifier: MIT */
/* /ghmesh/announce/1: sealed letters from one member straight to another, on one stream in each
 * direction; each is its length (a varint) and the envelope. */
#ifndef GHM_MESH_COURIER_H
#define GHM_MESH_COURIER_H

#include "mesh/fellow.h"

/** A member greeted: it hears us on the connection that it greeted on. */
void ghm_courier_greeted(struct ghm_mesh *mesh, struct ghm_fellow *fellow, uint64_t now_ns);

/** It opened a stream of letters. */
void ghm_courier_accept(struct ghm_mesh *mesh, struct ghm_fellow *fellow, struct ghm_stream stream);

/** More came on a stream of letters; the peer will say no more there; it is gone. */
void ghm_courier_hear(struct ghm_mesh *mesh, struct ghm_fellow *fellow, struct ghm_stream stream);
void ghm_courier_finished(struct ghm_mesh *mesh, const struct ghm_fellow *fellow,
                          struct ghm_stream stream);
void ghm_courier_closed(struct ghm_fellow *fellow, struct ghm_stream stream, uint64_t now_ns);

/** The member's deadline is over: the stream that was lost is opened again. */
void ghm_courier_tick(struct ghm_mesh *mesh, struct ghm_fellow *fellow, uint64_t now_ns);

/** The next good letter of a member. GHM_EAGAIN: there is none now. */
int ghm_courier_next(struct ghm_mesh *mesh, struct ghm_fellow *fellow, struct ghm_entry *ret_entry,
                     int64_t now_ms) GHM_MUST_USE;

/** Make the sealed letter of mesh->sealed ready for ghm_courier_send. GHM_ENOMEM. */
int ghm_courier_frame(struct ghm_mesh *mesh) GHM_MUST_USE;

/** Send it to one member. One that cannot keep up misses it. */
void ghm_courier_send(struct ghm_mesh *mesh, const struct ghm_fellow *fellow);

#endif
