/* SPDX-License-Identifier: MIT */
/* Secrets, keyrings, peer ids and randomness that every run has the same. */
#ifndef GHM_TEST_MESH_MEMBERS_H
#define GHM_TEST_MESH_MEMBERS_H

#include "crypto/peerid.h"
#include "mesh/keyring.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

/* The bytes 0..31, 1..32, 2..33, 3..34 and 4..35. */
#define SECRET_A "ghms1_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
#define SECRET_B "ghms1_AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA"
#define SECRET_C "ghms1_AgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4fICE"
#define SECRET_D "ghms1_AwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISI"
#define SECRET_E "ghms1_BAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyAhIiM"

static inline struct ghm_keyring ring_of(const char *secrets)
{
    struct ghm_keyring keyring;
    assert_int_equal(ghm_keyring_init(&keyring, secrets), GHM_OK);
    return keyring;
}

/* The peer whose Ed25519 public key is 32 times this byte. */
static inline struct ghm_peerid peer_of(uint8_t byte)
{
    uint8_t proto[GHM_KEY_ED25519_PROTO_LEN] = {0x08, 0x01, 0x12, 0x20};
    struct ghm_peerid id;
    memset(proto + 4, byte, 32);
    ghm_peerid_of_key(&id, ghm_bytes(proto, sizeof proto));
    return id;
}

static inline struct ghm_entropy entropy_of(uint8_t byte)
{
    uint8_t seed[32];
    struct ghm_entropy entropy;
    memset(seed, byte, sizeof seed);
    ghm_entropy_init(&entropy, seed);
    return entropy;
}

#endif
