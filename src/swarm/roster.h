/* SPDX-License-Identifier: MIT */
/* The connections of a swarm by number, and which of them may have events or bytes. Numbers rise
 * and are never used again. */
#ifndef GHM_SWARM_ROSTER_H
#define GHM_SWARM_ROSTER_H

#include "swarm/connection.h"

struct ghm_roster {
    struct ghm_mem *mem;
    struct ghm_map connections;
    struct ghm_list ready;   /* those that may have events */
    struct ghm_list writing; /* those that may have bytes */
    uint32_t last_number;
};

void ghm_roster_init(struct ghm_roster *roster, struct ghm_mem *mem, size_t count_max,
                     const uint8_t seed[16]);
/** All connections were dropped before. */
void ghm_roster_fini(struct ghm_roster *roster);

/** Enter a new one. Errors as ghm_connection_new; GHM_ELIMIT. */
int ghm_roster_enter(struct ghm_roster *roster, struct ghm_connection **ret_connection,
                     const struct ghm_multiaddr *remote) GHM_MUST_USE;

/** Take one that belongs to no peer out, and free it. */
void ghm_roster_drop(struct ghm_roster *roster, struct ghm_connection *c);

struct ghm_connection *ghm_roster_find(const struct ghm_roster *roster, uint32_t number);

/** The one that has a link; NULL when there is none of that number. */
struct ghm_connection *ghm_roster_linked(const struct ghm_roster *roster, uint32_t number);

/** Walk: NULL gives the first, the last gives NULL. Drop only the one before the one held. */
struct ghm_connection *ghm_roster_after(const struct ghm_roster *roster, struct ghm_connection *c);

/** Something happened on it: it may have events and bytes now. */
void ghm_roster_touch(struct ghm_roster *roster, struct ghm_connection *c);

/** Take the next that may have events, or bytes; NULL when none may. */
struct ghm_connection *ghm_roster_ready(struct ghm_roster *roster);
struct ghm_connection *ghm_roster_writing(struct ghm_roster *roster);

/** The newest connection of a peer on which streams can be opened (of two, an older one may be dead
 * without knowing); NULL when there is none. */
struct ghm_connection *ghm_roster_best(const struct ghm_peer *peer);

/** The connection whose `of_peer` this is. */
struct ghm_connection *ghm_roster_of_peer(struct ghm_list *of_peer);

#endif
