/* SPDX-License-Identifier: MIT */
/* Our own store, as the mesh looks into it: bodies that we have, for others and for ourselves. */
#ifndef GHM_MESH_SHELF_H
#define GHM_MESH_SHELF_H

#include "mesh/fellow.h"
#include "mesh/pull.h"

/** Is what we have in an entry's slot not older than it? */
bool ghm_shelf_is_newer(const struct ghm_mesh *mesh, const struct ghm_entry *entry);

/** Have we the body that is pulled, of whatever identity? Then it is copied, and the pull is done.
 */
bool ghm_shelf_fill(const struct ghm_mesh *mesh, struct ghm_pull *pull);

/** A member opened a stream to pull from us, or asks for more on it. Strangers are refused. */
void ghm_shelf_accept(struct ghm_mesh *mesh, const struct ghm_fellow *fellow,
                      struct ghm_stream stream);
void ghm_shelf_hear(struct ghm_mesh *mesh, struct ghm_stream stream);

#endif
