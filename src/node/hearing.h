/* SPDX-License-Identifier: MIT */
/* What GitHub said, and what follows from it. */
#ifndef GHM_NODE_HEARING_H
#define GHM_NODE_HEARING_H

#include "node/inside.h"

/** Judge the response to a flight that was sent: keep it, confirm what is kept, hold, try again, or
 * hand it on. */
void ghm_hearing_response(struct ghm_node *node, struct ghm_flight *flight,
                          const struct ghm_node_response *response, struct ghm_node_time time);

#endif
