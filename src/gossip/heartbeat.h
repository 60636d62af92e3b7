/* SPDX-License-Identifier: MIT */
/* Once a second: scores decay, meshes are mended, messages are gossiped about.
 *
 * Spec: gossipsub-v1.0.md, Heartbeat; gossipsub-v1.1.md, Heartbeat Maintenance */
#ifndef GHM_GOSSIP_HEARTBEAT_H
#define GHM_GOSSIP_HEARTBEAT_H

#include "gossip/topic.h"

void ghm_heartbeat_run(struct ghm_router *router);

/** We subscribed: the mesh is made at once, of the fanout first. */
void ghm_heartbeat_join(struct ghm_router *router, struct ghm_topic *topic);

#endif
