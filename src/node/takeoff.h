/* SPDX-License-Identifier: MIT */
/* May GitHub be asked now, and with what? */
#ifndef GHM_NODE_TAKEOFF_H
#define GHM_NODE_TAKEOFF_H

#include "node/inside.h"

/** Compose the request and put the flight among those to send; or land it when GitHub's limits or
 * its time forbid asking. */
void ghm_takeoff_ready(struct ghm_node *node, struct ghm_flight *flight, struct ghm_node_time time);

/** A hold that was just learned is for what is ready to be sent, too. */
void ghm_takeoff_admit_again(struct ghm_node *node, struct ghm_node_time time);

/** Try again a little later. false: no tries or no time left. */
bool ghm_takeoff_pause(struct ghm_node *node, struct ghm_flight *flight, struct ghm_node_time time);

#endif
