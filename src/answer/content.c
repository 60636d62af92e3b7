/* SPDX-License-Identifier: MIT */
#include "answer/content.h"

#include <sodium.h>

void ghm_content_id(char ret_text[GHM_CID_TEXT_MAX], struct ghm_bytes canonical)
{
    uint8_t digest[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(digest, canonical.ptr, canonical.len);
    ghm_cid_text(ret_text, digest);
}

void ghm_content_hex(char ret_text[GHM_CONTENT_HEX_MAX], struct ghm_bytes canonical)
{
    uint8_t digest[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(digest, canonical.ptr, canonical.len);
    sodium_bin2hex(ret_text, GHM_CONTENT_HEX_MAX, digest, sizeof digest);
}

bool ghm_content_is(struct ghm_bytes text, struct ghm_bytes canonical)
{
    char id[GHM_CID_TEXT_MAX];
    char hex[GHM_CONTENT_HEX_MAX];
    ghm_content_id(id, canonical);
    ghm_content_hex(hex, canonical);
    return ghm_bytes_equal(text, ghm_bytes_text(id)) || ghm_bytes_equal(text, ghm_bytes_text(hex));
}
