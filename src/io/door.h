/* SPDX-License-Identifier: MIT */
/* The sockets on which HTTP is answered: one of this user in the file system, a port of this
 * machine, or what a service manager hands over. */
#ifndef GHM_IO_DOOR_H
#define GHM_IO_DOOR_H

#include "base/bytes.h"
#include "base/error.h"

#include <stdbool.h>

#define GHM_DOOR_PLACE_MAX 160

struct ghm_door {
    int fd;                         /* the taker's */
    bool is_socket;                 /* in the file system: its peers can be asked who they are */
    char place[GHM_DOOR_PLACE_MAX]; /* "/run/x/http.sock" or "http://127.0.0.1:8080" */
};

/** Does GHMESH_HTTP have the right form? GHM_ECONFIG. */
int ghm_door_check(const char *setting) GHM_MUST_USE;

/**
 * Open the next place of a setting.
 *
 * @param ret_door of the place, its `place` in any case
 * @param setting  moved on, past the place; the end of the text when there is no more
 * @param dir      where "socket" is
 * @return GHM_OK; GHM_ENOTFOUND at the end; GHM_EBUSY when somebody answers there already;
 *         GHM_ECONFIG; GHM_ELIMIT for a path that is too long for a socket; GHM_EACCES; GHM_EIO
 */
int ghm_door_open(struct ghm_door *ret_door, const char **setting, const char *dir) GHM_MUST_USE;

/** Open the socket at a path, 0600, in the place of one that nobody answers. Errors as of
 * ghm_door_open. */
int ghm_door_open_socket(int *ret_fd, const char *path) GHM_MUST_USE;

/** The socket number `index` that the service manager handed over (LISTEN_FDS); GHM_ENOTFOUND past
 * the last. Anything but a listening socket in the file system or on loopback is GHM_ECONFIG. */
int ghm_door_given(struct ghm_door *ret_door, unsigned index) GHM_MUST_USE;

/** Put sockets where a program that is executed next finds them with ghm_door_given. They stay open
 * across exec. */
void ghm_door_hand_over(const int *take_fds, size_t count);

/** Tell the service manager, if there is one: "READY=1". Spec: sd_notify(3) */
void ghm_door_notify(const char *state);

#endif
