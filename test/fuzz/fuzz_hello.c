/* SPDX-License-Identifier: MIT */
#include "base/assert.h"
#include "fuzz.h"
#include "mesh/hello.h"

/* Nobody passes the hello without the secret, whatever is said, and the other side stays bounded.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct ghm_keyring keyring;
    static const uint8_t seed[32] = {7};
    struct ghm_entropy entropy;
    struct ghm_hello hello;
    struct ghm_peerid self = {.len = 2, .bytes = {0, 1}};
    struct ghm_peerid peer = {.len = 2, .bytes = {0, 2}};
    enum ghm_hello_event event;
    if (size == 0) return 0;
    if (keyring.count == 0)
        GHM_ASSERT(ghm_keyring_init(&keyring,
                                    "ghms1_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8") == GHM_OK);
    ghm_entropy_init(&entropy, seed);
    ghm_hello_init(&hello, (data[0] & 1) != 0, &keyring, &self, &peer, &entropy);
    ghm_hello_pulled(&hello, ghm_hello_pull(&hello).len);
    (void)!ghm_hello_push(&hello, ghm_bytes(data + 1, size - 1));
    GHM_ASSERT(!ghm_hello_next(&hello, &event));
    return 0;
}
