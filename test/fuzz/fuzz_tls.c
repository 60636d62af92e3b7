/* SPDX-License-Identifier: MIT */
#include "base/assert.h"
#include "crypto/certificate.h"
#include "crypto/tls.h"
#include "fuzz.h"

/* A certificate of somebody; and handshake bytes of somebody who has no key, as listener and as
 * dialer, in pieces: nobody is ever authenticated by them. */
static void shake_hands(const uint8_t *data, size_t size)
{
    static const uint8_t seed[32] = {9};
    static const char *const muxers[] = {"/yamux/1.0.0", NULL};
    struct ghm_entropy entropy;
    struct ghm_key key;
    struct ghm_mem mem;
    struct ghm_tls *tls;
    enum ghm_tls_event event;
    ghm_entropy_init(&entropy, seed);
    ghm_key_from_seed(&key, seed);
    ghm_mem_init(&mem, NULL, (size_t)4 << 20);
    const struct ghm_tls_config config = {
        .is_initiator = (data[0] & 1) != 0, .identity = &key, .muxers = muxers};
    GHM_ASSERT(ghm_tls_new(&tls, &mem, &config, &entropy) == GHM_OK);
    size_t step = (size_t)data[1] + 1;
    for (size_t at = 2; at < size; at += step) {
        struct ghm_bytes in = ghm_bytes_upto(ghm_bytes(data + at, size - at), step);
        if (ghm_tls_push(tls, in) != GHM_OK) break;
        GHM_ASSERT(!ghm_tls_next(tls, &event));
        ghm_tls_pulled(tls, ghm_tls_pull(tls).len);
    }
    ghm_tls_free(tls);
    ghm_mem_fini(&mem);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ghm_certificate_owner owner;
    const char *reason = "";
    if (size < 2) return 0;
    if (ghm_certificate_check(&owner, &reason, ghm_bytes(data, size), 0) == GHM_OK)
        GHM_ASSERT(owner.key_len > 0 && owner.peer.len > 0);
    shake_hands(data, size);
    return 0;
}
