/* SPDX-License-Identifier: MIT */
/* Argon2id: a key from a secret that people chose or that was made for another use. */
#ifndef GHM_CRYPTO_ARGON_H
#define GHM_CRYPTO_ARGON_H

#include "base/bytes.h"
#include "base/error.h"

#define GHM_ARGON_SALT_LEN 16
#define GHM_ARGON_KEY_LEN 32
#define GHM_ARGON_PASSES 2
#define GHM_ARGON_MEMORY_BYTES (64 * 1024 * 1024)

/**
 * Derive a key; takes some 100 ms and 64 MiB for the time of the call, not charged to any ghm_mem.
 *
 * @param password any length; borrowed for the call
 * @return GHM_OK; GHM_ENOMEM when the memory cannot be had
 *
 * Spec: RFC 9106; version 1.3, one lane, 2 passes
 */
int ghm_argon_derive(uint8_t ret_key[GHM_ARGON_KEY_LEN], struct ghm_bytes password,
                     const uint8_t salt[GHM_ARGON_SALT_LEN]) GHM_MUST_USE;

#endif
