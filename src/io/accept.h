/* SPDX-License-Identifier: MIT */
/* Listening sockets in the loop: what connects is handed over. */
#ifndef GHM_IO_ACCEPT_H
#define GHM_IO_ACCEPT_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <uv.h>

#define GHM_ACCEPT_DOORS_MAX 8 /* sockets to accept from */

struct ghm_accept_config {
    uv_loop_t *uv;
    void *context; /* of the callbacks */
    /** Somebody connected. The descriptor does not block and is not inherited over exec. */
    void (*admit)(void *context, int take_fd, const struct sockaddr *addr, socklen_t len);
    /** That was all for this turn. */
    void (*turned)(void *context);
    /** After ghm_accept_close, once for each socket: its handle is closed. */
    void (*closed)(void *context);
};

struct ghm_accept_door {
    uv_poll_t poll;
    struct ghm_accept *accept;
    int fd; /* -1: closed */
    bool is_guarded;
};

struct ghm_accept {
    struct ghm_accept_config config;
    size_t doors_count;
    struct ghm_accept_door doors[GHM_ACCEPT_DOORS_MAX];
};

/** Nothing is listened to yet. `accept` stays where it is until all
 * handles are closed. */
void ghm_accept_init(struct ghm_accept *accept, const struct ghm_accept_config *config);

/** Accept from a listening socket, which is taken. `is_guarded`: only processes of this user or of
 * root are admitted (unix sockets). GHM_ELIMIT; GHM_EIO; on failure the socket is closed. */
int ghm_accept_listen(struct ghm_accept *accept, int take_fd, bool is_guarded) GHM_MUST_USE;

/** Second descriptors of the sockets that are accepted from, for who comes after this process:
 * what connects meanwhile waits in them. Returns how many; they are the caller's, and not
 * inherited. */
size_t ghm_accept_keep(const struct ghm_accept *accept, int ret_fds[GHM_ACCEPT_DOORS_MAX]);

/** Accept no more. May be called again. */
void ghm_accept_close(struct ghm_accept *accept);

#endif
