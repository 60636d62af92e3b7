/* SPDX-License-Identifier: MIT */
/* When GitHub said to come back, kept in the store for every process of the directory: a command
 * that starts after another was told to wait waits too. A hold is of one credential and one
 * resource; in the store both are named only by a hash under the directory's own key. */
#ifndef GHM_IO_HOLD_H
#define GHM_IO_HOLD_H

#include "io/home.h"
#include "io/origin.h"

/** Whose hold a request would be under. */
void ghm_hold_key(uint8_t ret_key[32], const struct ghm_home *home,
                  const struct ghm_origin_request *request);

/** GitHub's time in milliseconds before which nothing is to be asked; 0: no hold. */
int64_t ghm_hold_until(const struct ghm_home *home, const uint8_t key[32]);

/** Learn from an answer to a request of that key; remembers a hold, if it tells one. */
void ghm_hold_learn(const struct ghm_home *home, const uint8_t key[32],
                    const struct ghm_origin_response *response);

#endif
