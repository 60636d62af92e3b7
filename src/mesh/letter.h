/* SPDX-License-Identifier: MIT */
/* An entry as a sealed letter, written and read: the envelope, once, in its time, and what is in
 * it. */
#ifndef GHM_MESH_LETTER_H
#define GHM_MESH_LETTER_H

#include "mesh/fellow.h"

/** Seal an entry into mesh->sealed. GHM_ELIMIT: too large; GHM_ENOMEM. */
int ghm_letter_write(struct ghm_mesh *mesh, const struct ghm_entry *entry,
                     int64_t now_ms) GHM_MUST_USE;

/** Open, date and unpack the letter of a member; what is wrong with it is counted and logged.
 * GHM_OK when `ret_entry` (views the mesh, until the next letter) is to be judged. */
int ghm_letter_read(struct ghm_mesh *mesh, struct ghm_fellow *fellow, struct ghm_entry *ret_entry,
                    struct ghm_bytes sealed, int64_t now_ms) GHM_MUST_USE;

/** Count and log what came from a peer and was refused. */
void ghm_letter_refuse(struct ghm_mesh *mesh, const struct ghm_peerid *peer, const char *reason);

#endif
