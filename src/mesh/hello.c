/* SPDX-License-Identifier: MIT */
#include "mesh/hello.h"

#include "base/assert.h"

#include <sodium.h>

#define VERSION 1
#define HINT_LEN 8

/* ---- what is said ---- */

static void hint_of(uint8_t ret_hint[HINT_LEN], const uint8_t key[32], const uint8_t nonce_a[32])
{
    uint8_t mac[32];
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, key, 32);
    crypto_auth_hmacsha256_update(&state, (const uint8_t *)"hint", 4);
    crypto_auth_hmacsha256_update(&state, nonce_a, 32);
    crypto_auth_hmacsha256_final(&state, mac);
    memcpy(ret_hint, mac, HINT_LEN);
}

static void mac_of(uint8_t ret_mac[32], const struct ghm_hello *hello, const char role[6])
{
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, hello->keyring->keys[hello->key].hello, 32);
    crypto_auth_hmacsha256_update(&state, (const uint8_t *)role, 6);
    crypto_auth_hmacsha256_update(&state, hello->nonce_a, 32);
    crypto_auth_hmacsha256_update(&state, hello->nonce_b, 32);
    /* Lengths before ids: two pairs of ids never read as the same bytes. */
    crypto_auth_hmacsha256_update(&state, &hello->opener.len, 1);
    crypto_auth_hmacsha256_update(&state, hello->opener.bytes, hello->opener.len);
    crypto_auth_hmacsha256_update(&state, &hello->other.len, 1);
    crypto_auth_hmacsha256_update(&state, hello->other.bytes, hello->other.len);
    crypto_auth_hmacsha256_final(&state, ret_mac);
}

static void say(struct ghm_hello *hello, const void *bytes, size_t len)
{
    GHM_ASSERT(len <= sizeof hello->out - hello->out_len);
    memcpy(hello->out + hello->out_len, bytes, len);
    hello->out_len += len;
}

static void say_nonce(struct ghm_hello *hello)
{
    uint8_t head[2] = {VERSION, (uint8_t)hello->keyring->count};
    say(hello, head, sizeof head);
    say(hello, hello->nonce_a, 32);
    for (size_t i = 0; i < hello->keyring->count; i++) {
        uint8_t hint[HINT_LEN];
        hint_of(hint, hello->keyring->keys[i].hello, hello->nonce_a);
        say(hello, hint, sizeof hint);
    }
}

static int fail(struct ghm_hello *hello, int error, const char *reason)
{
    hello->state = GHM_HELLO_FAILED;
    hello->reason = reason;
    return error;
}

/* ---- what is heard ---- */

static int hear_other_mac(struct ghm_hello *hello)
{
    uint8_t mac[32];
    if (hello->in[0] != VERSION) return fail(hello, GHM_EPROTO, "unknown hello version");
    if (hello->in[1] >= hello->keyring->count) return fail(hello, GHM_EPROTO, "no such hint");
    hello->key = hello->in[1];
    memcpy(hello->nonce_b, hello->in + 2, 32);
    mac_of(mac, hello, "other ");
    if (sodium_memcmp(mac, hello->in + 34, 32) != 0)
        return fail(hello, GHM_EAUTH, "the peer does not hold the mesh secret");
    mac_of(mac, hello, "opener");
    say(hello, mac, sizeof mac);
    hello->events |= 1U << GHM_HELLO_PROVEN;
    hello->state = GHM_HELLO_OPENER_WAITS_WELCOME;
    return GHM_OK;
}

static int hear_welcome(struct ghm_hello *hello)
{
    if (hello->in[0] != 1) return fail(hello, GHM_EPROTO, "malformed welcome");
    hello->events |= 1U << GHM_HELLO_WELCOME;
    hello->state = GHM_HELLO_DONE;
    return GHM_OK;
}

/* Our first secret that the opener holds too; its place in the opener's list. */
static bool find_common(struct ghm_hello *hello, size_t *ret_index)
{
    for (size_t ours = 0; ours < hello->keyring->count; ours++) {
        uint8_t hint[HINT_LEN];
        hint_of(hint, hello->keyring->keys[ours].hello, hello->nonce_a);
        for (size_t theirs = 0; theirs < hello->in[1]; theirs++) {
            if (sodium_memcmp(hint, hello->in + 34 + theirs * HINT_LEN, HINT_LEN) != 0) continue;
            hello->key = ours;
            *ret_index = theirs;
            return true;
        }
    }
    return false;
}

static int hear_nonce(struct ghm_hello *hello)
{
    uint8_t head[2] = {VERSION, 0};
    uint8_t mac[32];
    size_t index;
    memcpy(hello->nonce_a, hello->in + 2, 32);
    if (!find_common(hello, &index))
        return fail(hello, GHM_EAUTH, "the peer does not hold the mesh secret");
    head[1] = (uint8_t)index;
    mac_of(mac, hello, "other ");
    say(hello, head, sizeof head);
    say(hello, hello->nonce_b, 32);
    say(hello, mac, sizeof mac);
    hello->state = GHM_HELLO_OTHER_WAITS_MAC;
    return GHM_OK;
}

static int hear_opener_mac(struct ghm_hello *hello)
{
    static const uint8_t welcome = 1;
    uint8_t mac[32];
    mac_of(mac, hello, "opener");
    if (sodium_memcmp(mac, hello->in, 32) != 0)
        return fail(hello, GHM_EAUTH, "the peer does not hold the mesh secret");
    say(hello, &welcome, 1);
    hello->events |= 1U << GHM_HELLO_PROVEN | 1U << GHM_HELLO_WELCOME;
    hello->state = GHM_HELLO_DONE;
    return GHM_OK;
}

/* How long the awaited message is; 0 when none is. The opener's first says its own length. */
static int wanted_len(const struct ghm_hello *hello, size_t *ret_len)
{
    size_t len = 0;
    switch (hello->state) {
    case GHM_HELLO_OPENER_WAITS_MAC:
        len = 66;
        break;
    case GHM_HELLO_OPENER_WAITS_WELCOME:
        len = 1;
        break;
    case GHM_HELLO_OTHER_WAITS_NONCE:
        len = 2;
        if (hello->in_len < 2) break;
        if (hello->in[0] != VERSION || hello->in[1] == 0 || hello->in[1] > GHM_KEYRING_SECRETS_MAX)
            return GHM_EPROTO;
        len = 34 + (size_t)hello->in[1] * HINT_LEN;
        break;
    case GHM_HELLO_OTHER_WAITS_MAC:
        len = 32;
        break;
    case GHM_HELLO_DONE:
    case GHM_HELLO_FAILED:
        break;
    }
    *ret_len = len;
    return GHM_OK;
}

static int hear(struct ghm_hello *hello)
{
    switch (hello->state) {
    case GHM_HELLO_OPENER_WAITS_MAC:
        return hear_other_mac(hello);
    case GHM_HELLO_OPENER_WAITS_WELCOME:
        return hear_welcome(hello);
    case GHM_HELLO_OTHER_WAITS_NONCE:
        return hear_nonce(hello);
    case GHM_HELLO_OTHER_WAITS_MAC:
        return hear_opener_mac(hello);
    case GHM_HELLO_DONE:
    case GHM_HELLO_FAILED:
        break;
    }
    GHM_UNREACHABLE();
}

/* ---- the verbs ---- */

void ghm_hello_init(struct ghm_hello *ret_hello, bool is_opener, const struct ghm_keyring *keyring,
                    const struct ghm_peerid *self, const struct ghm_peerid *peer,
                    struct ghm_entropy *entropy)
{
    GHM_ASSERT(keyring->count > 0);
    *ret_hello = (struct ghm_hello){
        .state = is_opener ? GHM_HELLO_OPENER_WAITS_MAC : GHM_HELLO_OTHER_WAITS_NONCE,
        .keyring = keyring,
        .opener = is_opener ? *self : *peer,
        .other = is_opener ? *peer : *self,
        .reason = "",
    };
    ghm_entropy_fill(entropy, is_opener ? ret_hello->nonce_a : ret_hello->nonce_b, 32);
    if (is_opener) say_nonce(ret_hello);
}

int ghm_hello_push(struct ghm_hello *hello, struct ghm_bytes in)
{
    if (hello->state == GHM_HELLO_FAILED) return GHM_ECLOSED;
    while (in.len > 0) {
        size_t wanted;
        int error = wanted_len(hello, &wanted);
        if (error != GHM_OK) return fail(hello, error, "malformed hello");
        if (wanted == 0) return fail(hello, GHM_EPROTO, "bytes after the hello");
        size_t take = wanted - hello->in_len < in.len ? wanted - hello->in_len : in.len;
        memcpy(hello->in + hello->in_len, in.ptr, take);
        hello->in_len += take;
        in = ghm_bytes_from(in, take);
        error = wanted_len(hello, &wanted);
        if (error != GHM_OK) return fail(hello, error, "malformed hello");
        if (hello->in_len < wanted) continue;
        error = hear(hello);
        hello->in_len = 0;
        if (error != GHM_OK) return error;
    }
    return GHM_OK;
}

struct ghm_bytes ghm_hello_pull(const struct ghm_hello *hello)
{
    return ghm_bytes(hello->out, hello->out_len);
}

void ghm_hello_pulled(struct ghm_hello *hello, size_t len)
{
    GHM_ASSERT(len <= hello->out_len);
    memmove(hello->out, hello->out + len, hello->out_len - len);
    hello->out_len -= len;
}

bool ghm_hello_next(struct ghm_hello *hello, enum ghm_hello_event *ret_event)
{
    for (unsigned event = GHM_HELLO_PROVEN; event <= GHM_HELLO_WELCOME; event++) {
        if ((hello->events & 1U << event) == 0) continue;
        hello->events &= ~(1U << event);
        *ret_event = (enum ghm_hello_event)event;
        return true;
    }
    return false;
}

const char *ghm_hello_reason(const struct ghm_hello *hello)
{
    return hello->reason;
}
