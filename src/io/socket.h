/* SPDX-License-Identifier: MIT */
/* A connection's socket: carries bytes between the kernel and the swarm, and ends when the swarm is
 * done with it and its last bytes are gone. For src/io alone. */
#ifndef GHM_IO_SOCKET_H
#define GHM_IO_SOCKET_H

#include "base/map.h"
#include "io/eager.h"
#include "swarm/swarm.h"

#include <uv.h>

#define GHM_SOCKET_READ_SIZE 262144 /* the window that a yamux stream begins with */

struct ghm_resolve;

/** All sockets of a swarm, and what they share. */
struct ghm_socket_group {
    uv_loop_t *loop;
    struct ghm_swarm *swarm;
    struct ghm_map by_connection;
    uv_timer_t linger; /* runs while a socket is ending */
    struct ghm_eager eager;
    size_t handles; /* that libuv still holds */
    uint64_t turn;  /* counts flushes */
    void *context;
    void (*emptied)(void *context); /* after ghm_socket_group_close: libuv holds nothing more */
    bool is_closing;
    char read_room[GHM_SOCKET_READ_SIZE]; /* one read at a time: the loop is one thread */
};

struct ghm_socket {
    struct ghm_map_node node;
    uint8_t key[4];
    struct ghm_socket_group *group;
    uint32_t connection; /* 0 until the swarm gave it a number */
    uv_tcp_t tcp;
    uv_connect_t connect;
    struct ghm_resolve *resolve; /* while it is dialed by name */
    uv_write_t write;
    uint8_t *out; /* being written: the swarm's bytes are lent for one call only */
    size_t out_size;
    uint64_t read_turn; /* the turn of the last read */
    bool is_open;       /* connected: bytes may flow */
    bool is_writing;
    bool is_ending;  /* the swarm is done with it: send what is left, then close */
    bool is_overdue; /* and it had time to */
    bool is_closing;
};

void ghm_socket_group_init(struct ghm_socket_group *group, uv_loop_t *loop,
                           struct ghm_swarm *swarm);

/** Close every socket; `emptied` tells when the group's memory may go. */
void ghm_socket_group_close(struct ghm_socket_group *group);

/** A handle that the owner counted in `handles` is closed. */
void ghm_socket_group_gone(struct ghm_socket_group *group);

/** Its descriptor; -1: none yet. */
int ghm_socket_fd(const uv_tcp_t *tcp);

/** uv_close, for a handle whose descriptor no forked child was to have. */
void ghm_socket_close_tcp(uv_tcp_t *tcp, uv_close_cb closed);

/** GHM_ENOMEM. */
int ghm_socket_new(struct ghm_socket_group *group, struct ghm_socket **ret_socket) GHM_MUST_USE;

/** Give it the swarm's number. GHM_ENOMEM; GHM_ELIMIT. */
int ghm_socket_number(struct ghm_socket *socket, uint32_t connection) GHM_MUST_USE;

/** NULL: none, or none any more. */
struct ghm_socket *ghm_socket_find(const struct ghm_socket_group *group, uint32_t connection);

/** It is connected: begin to read. */
void ghm_socket_open(struct ghm_socket *socket);

/** Send what the swarm has for it. */
void ghm_socket_flush(struct ghm_socket *socket);

/** The swarm is done with it: what is left is sent, for some seconds at most. */
void ghm_socket_end(struct ghm_socket *socket);

/** At once; the swarm knows. Frees it when libuv is done with it. */
void ghm_socket_close(struct ghm_socket *socket);

/** The same, for one that never got a number. */
void ghm_socket_discard(struct ghm_socket *socket);

#endif
