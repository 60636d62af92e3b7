/* SPDX-License-Identifier: MIT */
#include "mesh/keyring.h"

#include "base/assert.h"
#include "base/mem.h"
#include "crypto/argon.h"
#include "crypto/hkdf.h"

#include <sodium.h>
#include <stdio.h>

#define PREFIX "ghms1_"
#define SECRET_LEN_MAX 4096

/* The salt is the same for all: members share nothing but the secret itself. */
static const uint8_t argon_salt[16] = "ghmesh/1/master";

static int read_random_secret(uint8_t ret_master[32], struct ghm_bytes text)
{
    size_t len;
    const char *end;
    const char *start = (const char *)text.ptr + strlen(PREFIX);
    size_t left = text.len - strlen(PREFIX);
    if (sodium_base642bin(ret_master, 32, start, left, NULL, &len, &end,
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0)
        return GHM_EINVAL;
    return len == 32 && end == start + left ? GHM_OK : GHM_EINVAL;
}

static bool is_random_secret(struct ghm_bytes text)
{
    return ghm_bytes_starts(text, ghm_bytes_text(PREFIX));
}

static int master_of(uint8_t ret_master[32], struct ghm_bytes text)
{
    if (text.len == 0) return GHM_EINVAL;
    if (text.len > SECRET_LEN_MAX) return GHM_ELIMIT;
    if (is_random_secret(text)) return read_random_secret(ret_master, text);
    return ghm_argon_derive(ret_master, text, argon_salt);
}

static void derive(struct ghm_keyring_keys *ret_keys, const uint8_t master[32])
{
    ghm_hkdf_expand(ret_keys->network_id, sizeof ret_keys->network_id, master,
                    ghm_bytes_text("ghmesh/1 network id"));
    ghm_hkdf_expand(ret_keys->hello, 32, master, ghm_bytes_text("ghmesh/1 hello"));
    ghm_hkdf_expand(ret_keys->seal, 32, master, ghm_bytes_text("ghmesh/1 seal"));
    ghm_hkdf_expand(ret_keys->index, 32, master, ghm_bytes_text("ghmesh/1 index"));
}

static int add(struct ghm_keyring *keyring, struct ghm_bytes text)
{
    uint8_t master[32];
    if (keyring->count == GHM_KEYRING_SECRETS_MAX) return GHM_ELIMIT;
    int error = master_of(master, text);
    if (error == GHM_OK) derive(&keyring->keys[keyring->count++], master);
    ghm_mem_wipe(master, sizeof master);
    return error;
}

static bool is_blank(uint8_t byte)
{
    return byte == ' ' || byte == '\t';
}

/* A blank after a comma would make another mesh of the same secret, and nobody would see why. */
static struct ghm_bytes trimmed(struct ghm_bytes text)
{
    while (text.len > 0 && is_blank(text.ptr[0]))
        text = ghm_bytes_from(text, 1);
    while (text.len > 0 && is_blank(text.ptr[text.len - 1]))
        text.len--;
    return text;
}

/* The next text of a comma-separated list; moves `at` past it, to NULL at the end. */
static struct ghm_bytes next_secret(const char **at)
{
    size_t len = strcspn(*at, ",");
    struct ghm_bytes text = ghm_bytes(*at, len);
    *at = (*at)[len] == ',' ? *at + len + 1 : NULL;
    return trimmed(text);
}

int ghm_keyring_init(struct ghm_keyring *ret_keyring, const char *secrets)
{
    struct ghm_keyring keyring = {0};
    GHM_ASSERT(sodium_init() >= 0);
    for (const char *at = secrets; at != NULL;) {
        int error = add(&keyring, next_secret(&at));
        if (error != GHM_OK) {
            ghm_keyring_fini(&keyring);
            ghm_keyring_fini(ret_keyring);
            return error;
        }
    }
    *ret_keyring = keyring;
    ghm_keyring_fini(&keyring);
    return GHM_OK;
}

void ghm_keyring_fini(struct ghm_keyring *keyring)
{
    ghm_mem_wipe(keyring, sizeof *keyring);
}

bool ghm_keyring_is_fast(const char *secrets)
{
    for (const char *at = secrets; at != NULL;) {
        if (!is_random_secret(next_secret(&at))) return false;
    }
    return true;
}

void ghm_keyring_secret(char ret_text[GHM_KEYRING_SECRET_TEXT_MAX], struct ghm_entropy *entropy)
{
    uint8_t secret[32];
    char text[48];
    ghm_entropy_fill(entropy, secret, sizeof secret);
    (void)sodium_bin2base64(text, sizeof text, secret, sizeof secret,
                            sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    (void)snprintf(ret_text, GHM_KEYRING_SECRET_TEXT_MAX, PREFIX "%s", text);
    ghm_mem_wipe(secret, sizeof secret);
    ghm_mem_wipe(text, sizeof text);
}
