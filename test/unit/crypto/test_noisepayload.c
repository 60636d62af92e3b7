/* SPDX-License-Identifier: MIT */
#include "crypto/noisepayload.h"

#include "crypto/noise.h"
#include "hex.h"
#include "wire/proto.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const char *const muxers[] = {"/yamux/1.0.0", "/mplex/6.7.0", NULL};
static const uint8_t static_key[32] = {9, 9, 9};

struct bench {
    struct ghm_mem mem;
    struct ghm_buf buf;
    struct ghm_key identity;
};

static void bench_init(struct bench *bench)
{
    static const uint8_t seed[32] = {5};
    ghm_mem_init(&bench->mem, NULL, 1 << 20);
    ghm_buf_init(&bench->buf, &bench->mem, 1 << 16);
    ghm_key_from_seed(&bench->identity, seed);
}

static void bench_fini(struct bench *bench)
{
    ghm_buf_fini(&bench->buf);
    ghm_mem_fini(&bench->mem);
}

static struct ghm_noisepayload decoded(struct ghm_bytes in)
{
    struct ghm_noisepayload payload;
    assert_int_equal(ghm_noisepayload_decode(&payload, in), GHM_OK);
    return payload;
}

static void noisepayload_says_who_and_which_muxers(void **state)
{
    (void)state;
    struct bench bench;
    uint8_t key[GHM_KEY_ED25519_PROTO_LEN];
    const char *muxer;
    bench_init(&bench);
    ghm_key_encode(key, &bench.identity);
    assert_int_equal(ghm_noisepayload_append(&bench.buf, &bench.identity, static_key, muxers),
                     GHM_OK);
    struct ghm_noisepayload payload = decoded(ghm_buf_bytes(&bench.buf));
    assert_true(ghm_bytes_equal(payload.key, ghm_bytes(key, sizeof key)));
    assert_int_equal(payload.signature.len, 64);
    assert_int_equal(ghm_noisepayload_verify(&payload, static_key), GHM_OK);
    assert_int_equal(ghm_noisepayload_match(&muxer, &payload, muxers, true), GHM_OK);
    assert_ptr_equal(muxer, muxers[0]);
    bench_fini(&bench);
}

static void noisepayload_sends_no_list_unless_asked(void **state)
{
    (void)state;
    struct bench bench;
    const char *muxer = "x";
    bench_init(&bench);
    assert_int_equal(ghm_noisepayload_append(&bench.buf, &bench.identity, static_key, NULL),
                     GHM_OK);
    struct ghm_noisepayload payload = decoded(ghm_buf_bytes(&bench.buf));
    assert_null(payload.extensions.ptr);
    assert_int_equal(ghm_noisepayload_match(&muxer, &payload, muxers, true), GHM_OK);
    assert_null(muxer);
    bench_fini(&bench);
}

static void noisepayload_binds_the_static_key(void **state)
{
    (void)state;
    struct bench bench;
    bench_init(&bench);
    assert_int_equal(ghm_noisepayload_append(&bench.buf, &bench.identity, static_key, NULL),
                     GHM_OK);
    struct ghm_noisepayload payload = decoded(ghm_buf_bytes(&bench.buf));
    uint8_t other[32];
    memcpy(other, static_key, sizeof other);
    for (size_t bit = 0; bit < 256; bit++) {
        other[bit / 8] ^= (uint8_t)(1U << (bit % 8));
        assert_int_equal(ghm_noisepayload_verify(&payload, other), GHM_EAUTH);
        other[bit / 8] ^= (uint8_t)(1U << (bit % 8));
    }
    bench_fini(&bench);
}

static void noisepayload_wants_key_and_signature_once(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        int want;
    } cases[] = {
        {"", GHM_EPROTO},
        {"0a016b", GHM_EPROTO},         /* no signature */
        {"120173", GHM_EPROTO},         /* no key */
        {"0a016b120173", GHM_OK},       /* key "k", signature "s" */
        {"1201730a016b", GHM_OK},       /* in any order */
        {"0a016b1201731a0161", GHM_OK}, /* field 3, the early data of old drafts, is passed over */
        {"0a016b1201732200", GHM_OK},   /* empty extensions */
        {"0a016b0a016b120173", GHM_EPROTO},   /* the key twice */
        {"0a016b120173120173", GHM_EPROTO},   /* the signature twice */
        {"0a016b12017322002200", GHM_EPROTO}, /* the extensions twice */
        {"0801120173", GHM_EPROTO},           /* the key as a number */
        {"0a016b1001", GHM_EPROTO},           /* the signature as a number */
        {"0a016b1201732001", GHM_EPROTO},     /* the extensions as a number */
        {"0a016b12017322", GHM_EPROTO},       /* cut off */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct hex hex = hex_of(cases[i].hex);
        struct ghm_noisepayload payload;
        assert_int_equal(ghm_noisepayload_decode(&payload, hex_bytes(&hex)), cases[i].want);
    }
}

static void noisepayload_bounds_its_length(void **state)
{
    (void)state;
    static uint8_t in[GHM_NOISEPAYLOAD_LEN_MAX + 1] = {0x0a, 1, 'k', 0x12, 1, 's', 0x1a};
    struct ghm_noisepayload payload;
    size_t filler = GHM_NOISEPAYLOAD_LEN_MAX - 9;
    in[7] = (uint8_t)(filler | 0x80);
    in[8] = (uint8_t)(filler >> 7);
    assert_int_equal(ghm_noisepayload_decode(&payload, ghm_bytes(in, GHM_NOISEPAYLOAD_LEN_MAX)),
                     GHM_OK);
    filler++;
    in[7] = (uint8_t)(filler | 0x80);
    in[8] = (uint8_t)(filler >> 7);
    assert_int_equal(ghm_noisepayload_decode(&payload, ghm_bytes(in, sizeof in)), GHM_EPROTO);
}

/* Match our muxers against a peer's list, a space between its names. */
static const char *match(const char *const *ours, const char *theirs, bool is_initiator)
{
    struct bench bench;
    struct ghm_noisepayload payload = {GHM_BYTES_NONE, GHM_BYTES_NONE, GHM_BYTES_NONE};
    const char *muxer = "not written";
    bench_init(&bench);
    while (*theirs != '\0') {
        size_t len = strcspn(theirs, " ");
        assert_int_equal(ghm_proto_append_bytes(&bench.buf, 2, ghm_bytes(theirs, len)), GHM_OK);
        theirs += len;
        theirs += *theirs == ' ';
    }
    payload.extensions = ghm_buf_bytes(&bench.buf);
    assert_int_equal(ghm_noisepayload_match(&muxer, &payload, ours, is_initiator), GHM_OK);
    bench_fini(&bench);
    return muxer;
}

/* spec noise, stream_muxers: the first of the initiator's list that the responder has too. */
static void noisepayload_matches_the_initiators_order(void **state)
{
    (void)state;
    static const char *const ours[] = {"a", "b", "c", NULL};
    assert_string_equal(match(ours, "c b", true), "b");
    assert_string_equal(match(ours, "c b", false), "c");
    assert_string_equal(match(ours, "x y c a", true), "a");
    assert_string_equal(match(ours, "x y c a", false), "c");
    assert_null(match(ours, "x y", true));
    assert_null(match(ours, "x y", false));
    assert_null(match(ours, "", true));
    assert_null(match(NULL, "a b", true));
    assert_null(match(NULL, "a b", false));
}

/* Up to the bound every name counts; a longer list counts as absent. */
static void noisepayload_bounds_the_list(void **state)
{
    (void)state;
    static const char *const ours[] = {"a", NULL};
    char list[4 * GHM_NOISE_MUXERS_MAX] = "";
    for (size_t i = 0; i < GHM_NOISE_MUXERS_MAX - 1; i++)
        memcpy(list + 2 * i, "x ", 3);
    memcpy(list + 2 * (GHM_NOISE_MUXERS_MAX - 1), "a", 2);
    assert_string_equal(match(ours, list, false), "a");
    assert_string_equal(match(ours, list, true), "a");
    memcpy(list + 2 * (GHM_NOISE_MUXERS_MAX - 1), "a a", 4);
    assert_null(match(ours, list, false));
    assert_null(match(ours, list, true));
}

static void noisepayload_refuses_a_malformed_list(void **state)
{
    (void)state;
    static const char *const wrong[] = {"1001", "12", "120561", "00"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct hex hex = hex_of(wrong[i]);
        struct ghm_noisepayload payload = {GHM_BYTES_NONE, GHM_BYTES_NONE, hex_bytes(&hex)};
        const char *muxer = "x";
        assert_int_equal(ghm_noisepayload_match(&muxer, &payload, muxers, true), GHM_EPROTO);
        assert_string_equal(muxer, "x");
    }
}

/* All that may remain whole after a hurt is key and signature; then only the list was hurt. */
static void refuse_or_keep_the_identity(struct ghm_bytes in, struct ghm_bytes whole, void *arg)
{
    (void)arg;
    struct ghm_noisepayload payload;
    struct ghm_noisepayload first = decoded(whole);
    const char *muxer;
    if (ghm_noisepayload_decode(&payload, in) != GHM_OK) return;
    int error = ghm_noisepayload_match(&muxer, &payload, muxers, false);
    assert_true(error == GHM_OK || error == GHM_EPROTO);
    if (ghm_noisepayload_verify(&payload, static_key) != GHM_OK) return;
    assert_true(ghm_bytes_equal(payload.key, first.key));
    assert_true(ghm_bytes_equal(payload.signature, first.signature));
}

static void noisepayload_survives_every_hurt(void **state)
{
    (void)state;
    struct bench bench;
    bench_init(&bench);
    assert_int_equal(ghm_noisepayload_append(&bench.buf, &bench.identity, static_key, muxers),
                     GHM_OK);
    hurt_by_truncation(ghm_buf_bytes(&bench.buf), refuse_or_keep_the_identity, NULL);
    hurt_by_flip(ghm_buf_bytes(&bench.buf), refuse_or_keep_the_identity, NULL);
    bench_fini(&bench);
}

static void noisepayload_append_is_whole_or_nothing(void **state)
{
    (void)state;
    struct bench bench;
    uint64_t failures = 0;
    int error = GHM_ENOMEM;
    for (uint64_t at = 1; error != GHM_OK; at++) {
        bench_init(&bench);
        assert_int_equal(ghm_buf_append_text(&bench.buf, "before"), GHM_OK);
        bench.mem.fail_after = at;
        error = ghm_noisepayload_append(&bench.buf, &bench.identity, static_key, muxers);
        failures += error == GHM_ENOMEM;
        if (error != GHM_OK) {
            assert_int_equal(error, GHM_ENOMEM);
            assert_true(ghm_bytes_equal(ghm_buf_bytes(&bench.buf), ghm_bytes_text("before")));
        }
        bench_fini(&bench);
    }
    assert_true(failures >= 1);
    bench_init(&bench);
    bench.buf.len_max = 110; /* key and signature fit, the list does not */
    assert_int_equal(ghm_noisepayload_append(&bench.buf, &bench.identity, static_key, muxers),
                     GHM_ELIMIT);
    assert_int_equal(ghm_buf_len(&bench.buf), 0);
    bench_fini(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(noisepayload_says_who_and_which_muxers),
        cmocka_unit_test(noisepayload_sends_no_list_unless_asked),
        cmocka_unit_test(noisepayload_binds_the_static_key),
        cmocka_unit_test(noisepayload_wants_key_and_signature_once),
        cmocka_unit_test(noisepayload_bounds_its_length),
        cmocka_unit_test(noisepayload_matches_the_initiators_order),
        cmocka_unit_test(noisepayload_bounds_the_list),
        cmocka_unit_test(noisepayload_refuses_a_malformed_list),
        cmocka_unit_test(noisepayload_survives_every_hurt),
        cmocka_unit_test(noisepayload_append_is_whole_or_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
