/* SPDX-License-Identifier: MIT */
/* Sealed letters over gossip: on one topic for each secret, "/ghmesh/1/<network id in base32>",
 * also through peers that hold none. Who holds no secret cannot tell a good letter from a bad one,
 * so nobody is at fault who only passed a bad one on without being able to read it; its author is,
 * and so is a member.
 *
 * Bounds: gossip's own (gossip/gossip.h). */
#ifndef GHM_MESH_RUMOUR_H
#define GHM_MESH_RUMOUR_H

#include "mesh/fellow.h"

#define GHM_RUMOUR_MEMBER_SCORE 10   /* a member is offered peers, and its offers are taken */
#define GHM_RUMOUR_FAULT_SCORE (-50) /* of each bad letter; gossip hears nobody below -400 */

/** GHM_ENOMEM. */
int ghm_rumour_init(struct ghm_mesh *mesh) GHM_MUST_USE;
void ghm_rumour_fini(struct ghm_mesh *mesh);

/** A peer is a member now. */
void ghm_rumour_welcome(struct ghm_mesh *mesh, const struct ghm_fellow *fellow);

/** Does a peer get by gossip what is published now? */
bool ghm_rumour_reaches(const struct ghm_mesh *mesh, const struct ghm_fellow *fellow);

/** Does anybody listen? */
bool ghm_rumour_is_heard(const struct ghm_mesh *mesh);

/** Publish the letter in mesh->sealed. */
void ghm_rumour_publish(struct ghm_mesh *mesh);

/** The next good letter, and who wrote it; false when there is none. */
bool ghm_rumour_next(struct ghm_mesh *mesh, struct ghm_mesh_event *ret_event, int64_t now_ms);

#endif
