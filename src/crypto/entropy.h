/* SPDX-License-Identifier: MIT */
/* Randomness as an argument: a stream from one 32-byte seed (ChaCha20), so that the simulator can
 * repeat a run. src/io seeds the first one from the kernel; owners fork theirs from it. */
#ifndef GHM_CRYPTO_ENTROPY_H
#define GHM_CRYPTO_ENTROPY_H

#include <stddef.h>
#include <stdint.h>

struct ghm_entropy {
    uint8_t key[32];
};

void ghm_entropy_init(struct ghm_entropy *entropy, const uint8_t seed[32]);

/** Fill `ret_out` with fresh bytes. Earlier output cannot be computed from the state left behind.
 */
void ghm_entropy_fill(struct ghm_entropy *entropy, void *ret_out, size_t len);

/** A number in 0..bound-1 without bias; bound is 1 or more. */
uint64_t ghm_entropy_below(struct ghm_entropy *entropy, uint64_t bound);

/** Start an independent stream. */
void ghm_entropy_fork(struct ghm_entropy *entropy, struct ghm_entropy *ret_child);

#endif
