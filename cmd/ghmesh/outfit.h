/* SPDX-License-Identifier: MIT */
/* What makes a command use the cache without knowing of it: a private folder with a configuration
 * for gh and a socket, a port of this machine, and the variables that name them. */
#ifndef GHM_CMD_OUTFIT_H
#define GHM_CMD_OUTFIT_H

#include "io/config.h"
#include "io/door.h"

#include <ghmesh.h>

#define OUTFIT_PATH_MAX 4096
#define OUTFIT_DOORS 2 /* the socket, then the port */

struct outfit {
    char dir[64];                        /* 0700, ours alone; "" before outfit_make */
    struct ghm_door doors[OUTFIT_DOORS]; /* listening; nobody accepts yet */
    char gh_config_dir[OUTFIT_PATH_MAX]; /* gh's own, absolute; "" when there is none */
    char origin[sizeof(struct ghm_config_origin) + 16]; /* the API behind the cache, as a URL */
};

/** Make the folder and the sockets. false: not all could be made, and nothing is left. */
bool outfit_make(struct outfit *ret_outfit, const struct ghm_config_origin *origin);

/** Let the node pass requests to every host that gh is logged in to, not only to the one it caches:
 * through the socket gh asks them all. */
void outfit_allow_hosts(const struct outfit *outfit, ghm_config *config, const char *cached_host);

/** Set the variables, in the process that becomes the command. false: no memory. */
bool outfit_wear(const struct outfit *outfit);

/** From now on gh asks GitHub itself, and the port is closed. */
void outfit_take_off(struct outfit *outfit);

/** Close the doors and remove the folder with all that is in it; links are not followed. */
void outfit_drop(struct outfit *outfit);

#endif
