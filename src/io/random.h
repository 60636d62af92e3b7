/* SPDX-License-Identifier: MIT */
#ifndef GHM_IO_RANDOM_H
#define GHM_IO_RANDOM_H

#include "crypto/entropy.h"

/** Start an entropy stream from the kernel's randomness. */
void ghm_random_entropy(struct ghm_entropy *ret_entropy);

#endif
