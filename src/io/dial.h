/* SPDX-License-Identifier: MIT */
/* Dialing as the swarm says: by address, or by a name that is resolved first. */
#ifndef GHM_IO_DIAL_H
#define GHM_IO_DIAL_H

#include "io/socket.h"

/** The swarm hears of its end: connected, or failed. */
void ghm_dial_start(struct ghm_socket_group *group, uint32_t connection,
                    const struct ghm_multiaddr_tcp *tcp);

#endif
