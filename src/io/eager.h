/* SPDX-License-Identifier: MIT */
/* A loop that looks once more before it sleeps. Waking a process that sleeps on another core costs
 * its waker more than handing over 64 KiB does, and in the middle of a long stream the next piece,
 * or the room for it, is a few microseconds away: so after a large read or write the loop polls on
 * for about the time that one wake-up costs, and sleeps when nothing came. That is at most twice
 * the best that could be done without knowing the future. And two who sleep and wake by turns are
 * put on one core; two who do not are soon apart. */
#ifndef GHM_IO_EAGER_H
#define GHM_IO_EAGER_H

#include <stddef.h>
#include <stdint.h>

#include <uv.h>

#define GHM_EAGER_LEN_MIN 16384 /* bytes that tell a long stream: a record of TLS */
#define GHM_EAGER_NS 100000     /* of polling, after the last of them */

struct ghm_eager {
    uv_idle_t idle; /* while it is active, libuv polls without waiting */
    uint64_t until_ns;
};

void ghm_eager_init(struct ghm_eager *eager, uv_loop_t *loop);

/** So many bytes were read or written at `now_ns`. */
void ghm_eager_note(struct ghm_eager *eager, size_t len, uint64_t now_ns);

/** uv_close on its handle; `closed` is told once its memory may go. */
void ghm_eager_close(struct ghm_eager *eager, uv_close_cb closed);

#endif
