/* SPDX-License-Identifier: MIT */
/* Bodies that are on their way to us: of each an entry was announced without it. One that lies in
 * our store is taken from there; the others are pulled from who announced them, and then from any
 * member, until one has it.
 *
 * Bounds: 8 bodies at once, of pull's size, 40 MiB in all; 16 sources for each, asked in 4 rounds
 * 1, 2 and 4 s apart. What finds no room
 * is not pulled: it is fetched when somebody asks for it, as if it had not been announced. */
#ifndef GHM_MESH_HAUL_H
#define GHM_MESH_HAUL_H

#include "mesh/fellow.h"
#include "mesh/pull.h"

#define GHM_HAUL_MAX 8
#define GHM_HAUL_MEM_MAX (40U << 20)
#define GHM_HAUL_SOURCES_MAX 16
#define GHM_HAUL_ROUNDS_MAX 4
#define GHM_HAUL_AGAIN_NS (1 * GHM_NS_PER_S)

void ghm_haul_init(struct ghm_mesh *mesh);
void ghm_haul_fini(struct ghm_mesh *mesh);

/** `author` announced `entry` without its body of `body_len` bytes. */
void ghm_haul_want(struct ghm_mesh *mesh, const struct ghm_peerid *author,
                   const struct ghm_entry *entry, size_t body_len);

/** The next entry whose body is here; it is good until the next call. */
bool ghm_haul_next(struct ghm_mesh *mesh, struct ghm_mesh_event *ret_event);

/** More came on a stream; it is gone. False: it is none of ours. */
bool ghm_haul_hear(struct ghm_mesh *mesh, struct ghm_stream stream);
void ghm_haul_closed(struct ghm_mesh *mesh, struct ghm_stream stream);

uint64_t ghm_haul_deadline(const struct ghm_mesh *mesh);
void ghm_haul_tick(struct ghm_mesh *mesh);

#endif
