/* SPDX-License-Identifier: MIT */
/* Telling peers which messages we have, so that they can ask for those that they missed.
 *
 * Bound: per topic and telling, GHM_IHAVE_FRAGMENTS_MAX fragments of GHM_SENDQ_FRAGMENT_MAX.
 *
 * Spec: gossipsub-v1.0.md, Control Messages; gossipsub-v1.1.md, Adaptive Gossip Dissemination */
#ifndef GHM_GOSSIP_IHAVE_H
#define GHM_GOSSIP_IHAVE_H

#include "gossip/topic.h"

#define GHM_IHAVE_FRAGMENTS_MAX 3

/** A heartbeat's gossip: the last messages of a topic, to some of those who are not in its mesh. */
void ghm_ihave_gossip(struct ghm_router *router, const struct ghm_topic *topic);

/** One enters the mesh of its topic. It gets what comes from now on; what came just before would
 * fall between two stools, neither forwarded nor gossiped about, so it is told at once. */
void ghm_ihave_tell(struct ghm_router *router, struct ghm_subscription *newcomer);

#endif
