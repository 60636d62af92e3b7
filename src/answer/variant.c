/* SPDX-License-Identifier: MIT */
#include "answer/variant.h"

#include "answer/opkey.h"

#include <sodium.h>
#include <xxhash.h>

_Static_assert(GHM_VARIANT_NAME_FIXED + GHM_REQUEST_METHOD_MAX + GHM_REQUEST_HOST_MAX +
                       GHM_REQUEST_TARGET_MAX + GHM_REQUEST_ACCEPT_MAX + GHM_REQUEST_VERSION_MAX <=
                   GHM_VARIANT_NAME_MAX,
               "the longest request has a name");
_Static_assert(GHM_OPKEY_TEXT_MAX == GHM_VARIANT_NAME_MAX, "a key is its own name");
_Static_assert(GHM_VARIANT_ID_LEN == 2 * sizeof(XXH128_canonical_t), "two halves");

static void add(struct ghm_variant *variant, struct ghm_bytes part)
{
    ghm_bytes_copy(variant->name + variant->name_len, part);
    variant->name_len += part.len;
}

static void add_text(struct ghm_variant *variant, const char *text)
{
    add(variant, ghm_bytes_text(text));
}

static void add_labelled(struct ghm_variant *variant, const char *label, struct ghm_bytes part)
{
    if (part.ptr == NULL) return;
    add_text(variant, label);
    add(variant, part);
}

static void add_lower(struct ghm_variant *variant, struct ghm_bytes host)
{
    for (size_t i = 0; i < host.len; i++) {
        uint8_t byte = host.ptr[i];
        bool is_upper = byte >= 'A' && byte <= 'Z';
        variant->name[variant->name_len++] = (char)(is_upper ? byte + ('a' - 'A') : byte);
    }
}

static void add_digest(struct ghm_variant *variant, struct ghm_bytes body)
{
    uint8_t digest[crypto_generichash_BYTES];
    char hex[2 * sizeof digest + 1];
    crypto_generichash(digest, sizeof digest, body.ptr, body.len, NULL, 0);
    add_text(variant, sodium_bin2hex(hex, sizeof hex, digest, sizeof digest));
}

static void put_half(uint8_t ret_half[16], const struct ghm_variant *variant, uint64_t seed)
{
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical,
                             XXH3_128bits_withSeed(variant->name, variant->name_len, seed));
    memcpy(ret_half, canonical.digest, 16);
}

/* Two independent halves. Who chooses names could make two of them meet; the entry carries its
 * whole name, so that costs them a miss and nobody an answer of something else. */
static void set_id(struct ghm_variant *variant)
{
    put_half(variant->id, variant, 0);
    put_half(variant->id + 16, variant, UINT64_C(0x9e3779b97f4a7c15));
}

/* An absent part leaves nothing, an empty one leaves its label: they are two variants. */
int ghm_variant_of_request(struct ghm_variant *ret_variant, const struct ghm_request *request)
{
    int error = ghm_request_check(request);
    if (error != GHM_OK) return error;
    ret_variant->name_len = 0;
    add(ret_variant, request->method);
    add_text(ret_variant, " ");
    add_lower(ret_variant, request->host);
    add(ret_variant, request->target);
    add_labelled(ret_variant, " version=", request->api_version);
    if (request->body.ptr != NULL) {
        add_text(ret_variant, " body=");
        add_digest(ret_variant, request->body);
    }
    add_labelled(ret_variant, " accept=", request->accept);
    set_id(ret_variant);
    return GHM_OK;
}

int ghm_variant_of_key(struct ghm_variant *ret_variant, struct ghm_bytes key)
{
    int len = ghm_opkey_canon(ret_variant->name, key);
    if (len < 0) return len;
    ret_variant->name_len = (size_t)len;
    set_id(ret_variant);
    return GHM_OK;
}

int ghm_variant_of_name(struct ghm_variant *ret_variant, struct ghm_bytes name)
{
    if (name.len == 0 || name.len > GHM_VARIANT_NAME_MAX) return GHM_EINVAL;
    ret_variant->name_len = 0;
    add(ret_variant, name);
    set_id(ret_variant);
    return GHM_OK;
}
