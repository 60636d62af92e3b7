/* SPDX-License-Identifier: MIT */
/* Several identities want the same thing at once: one of them asks, the others wait and then offer
 * the body that it brought, which costs them nothing. */
#ifndef GHM_NODE_LEAD_H
#define GHM_NODE_LEAD_H

#include "node/inside.h"

/**
 * Wait for the flight of another identity that asks for the same, or be the one that others wait
 * for.
 *
 * Neither is done by who cannot prove a body for free: nobody's flights, those of what has no tag
 * or whose tags were seen not to be as computed, and those that keep nothing.
 *
 * @return whether it waits: it is paused, until the other has landed or its own time is over
 */
bool ghm_lead_follow(struct ghm_node *node, struct ghm_flight *flight);

/** It has landed, however: those that wait for it are due. */
void ghm_lead_release(struct ghm_node *node, struct ghm_flight *flight);

#endif
