/* SPDX-License-Identifier: MIT */
#include "base/assert.h"
#include "crypto/key.h"
#include "fuzz.h"

/* A key and a signature of somebody, the key's length in front: any outcome but a fault. A key that
 * decodes is at most GHM_KEY_PROTO_MAX long, whatever it verifies. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ghm_public_key key;
    if (size < 2) return 0;
    size_t key_len = (size_t)data[0] << 8 | data[1];
    struct ghm_bytes rest = ghm_bytes(data + 2, size - 2);
    if (ghm_public_key_decode(&key, ghm_bytes_upto(rest, key_len)) != GHM_OK) return 0;
    GHM_ASSERT(key.proto.len <= GHM_KEY_PROTO_MAX);
    int error =
        ghm_public_key_verify(&key, ghm_bytes_text("message"), ghm_bytes_from(rest, key_len));
    GHM_ASSERT(error == GHM_OK || error == GHM_EAUTH);
    return 0;
}
