/* SPDX-License-Identifier: MIT */
#include "crypto/cipherstate.h"

int ghm_cipherstate_init(struct ghm_cipherstate *ret_state, enum ghm_aead_use use,
                         const uint8_t key[GHM_AEAD_KEY_LEN])
{
    struct ghm_aead aead;
    int error = ghm_aead_init(&aead, GHM_AEAD_CHACHA20_POLY1305, use, key);
    if (error != GHM_OK) return error;
    *ret_state = (struct ghm_cipherstate){.aead = aead};
    return GHM_OK;
}

void ghm_cipherstate_fini(struct ghm_cipherstate *state)
{
    ghm_aead_fini(&state->aead);
    state->nonce = 0;
}

/* spec 12.3: 32 bits of zeros, then the counter in little-endian order. */
static int take_nonce(struct ghm_cipherstate *state, uint8_t ret_nonce[GHM_AEAD_NONCE_LEN])
{
    if (state->nonce == GHM_CIPHERSTATE_NONCE_END) return GHM_ECLOSED;
    memset(ret_nonce, 0, 4);
    for (size_t i = 0; i < 8; i++)
        ret_nonce[4 + i] = (uint8_t)(state->nonce >> (8 * i));
    state->nonce++;
    return GHM_OK;
}

int ghm_cipherstate_seal(struct ghm_cipherstate *state, uint8_t *ret_out, struct ghm_bytes plain)
{
    uint8_t nonce[GHM_AEAD_NONCE_LEN];
    int error = take_nonce(state, nonce);
    if (error != GHM_OK) return error;
    return ghm_aead_seal(&state->aead, ret_out, nonce, GHM_BYTES_NONE, plain);
}

int ghm_cipherstate_open(struct ghm_cipherstate *state, uint8_t *ret_out, struct ghm_bytes sealed)
{
    uint8_t nonce[GHM_AEAD_NONCE_LEN];
    int error = take_nonce(state, nonce);
    if (error != GHM_OK) return error;
    return ghm_aead_open(&state->aead, ret_out, nonce, GHM_BYTES_NONE, sealed);
}
