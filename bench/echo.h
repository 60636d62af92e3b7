/* SPDX-License-Identifier: MIT */
/* A bare TCP echo of 1 KB between two processes: the floor of every message. */
#ifndef BENCH_ECHO_H
#define BENCH_ECHO_H

#include <stdint.h>

#define ECHO_LEN 1024

struct echo_times {
    uint64_t one_way_ns;
    uint64_t round_trip_ns;
};

/** Listen on loopback. Returns the descriptor. */
int echo_listen(void);

/** Connect to it, in the other process, and answer from a thread of its own until it is closed. */
void echo_serve(int listener);

/** Take the connection of echo_serve. Returns the descriptor. */
int echo_accept(int listener);

struct echo_times echo_once(int fd);

#endif
