/* SPDX-License-Identifier: MIT */
#include "base/assert.h"
#include "fuzz.h"
#include "mesh/announce.h"

/* Sealed bytes that nobody sealed do not open; opened bytes that make no sense are refused. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct ghm_keyring keyring;
    struct ghm_mem mem;
    struct ghm_envelope_cipher cipher = {.is_set = false};
    struct ghm_envelope letter;
    struct ghm_announce_packer packer;
    struct ghm_entry entry;
    struct ghm_buf opened;
    const char *reason;
    if (keyring.count == 0)
        GHM_ASSERT(ghm_keyring_init(&keyring,
                                    "ghms1_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8") == GHM_OK);
    ghm_mem_init(&mem, NULL, (size_t)8 << 20);
    ghm_buf_init(&opened, &mem, GHM_ENVELOPE_LEN_MAX);
    ghm_announce_packer_init(&packer, &mem);
    GHM_ASSERT(ghm_envelope_open(&opened, &cipher, &letter, &keyring, ghm_bytes(data, size)) !=
               GHM_OK);
    if (ghm_announce_unpack(&packer, &entry, &reason, ghm_bytes(data, size), 1000) == GHM_OK)
        GHM_ASSERT(entry.from_peer && entry.date_ms <= 6000);
    ghm_announce_packer_fini(&packer);
    ghm_envelope_cipher_fini(&cipher);
    ghm_buf_fini(&opened);
    ghm_mem_fini(&mem);
    return 0;
}
