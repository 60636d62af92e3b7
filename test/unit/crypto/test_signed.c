/* SPDX-License-Identifier: MIT */
#include "crypto/signed.h"

#include "hex.h"
#include "verify.h"
#include "wire/proto.h"
#include "wire/varint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Source: go-libp2p-core record/envelope_test.go (b18a4c9), as kept by nim-libp2p
 * tests/testsigned_envelope.nim. */
#define GO_KEY "080112206f1581709bb7b1ef030d210db18e3b0ba1c776fba65d8cdaad05415142d189f8"
#define GO_TYPE "12102f6c69627032702f7465737464617461"
#define GO_PAYLOAD "1a0c68656c6c6f20776f726c6421"
#define GO_SIGNATURE                                                                               \
    "2a401178673b51dfa842aad17e465e25d646ad16628916b964c3fb10c711fee87872bdd4e4646f58c277cdff0970" \
    "4913d8be1aec6322de8d3d0bb852120374aece08"
#define GO_ENVELOPE "0a24" GO_KEY GO_TYPE GO_PAYLOAD GO_SIGNATURE

#define TYPE ((struct ghm_bytes){(const uint8_t *)"/libp2p/testdata", 16})

static const struct ghm_signed_kind kind = {"libp2p-testing",
                                            {(const uint8_t *)"/libp2p/testdata", 16}};

static int open_as(struct ghm_signed *ret_signed, const struct ghm_signed_kind *as,
                   struct ghm_bytes in)
{
    struct ghm_mem mem;
    ghm_mem_init(&mem, NULL, 1 << 20);
    int error = ghm_signed_open(ret_signed, &mem, as, in);
    ghm_mem_fini(&mem); /* nothing is kept */
    return error;
}

static int open_hex(const char *text)
{
    struct hex hex = hex_of(text);
    struct ghm_signed opened = {.key = GHM_BYTES_NONE};
    int error = open_as(&opened, &kind, hex_bytes(&hex));
    if (error != GHM_OK) assert_null(opened.key.ptr);
    return error;
}

static void signed_opens_what_go_signed(void **state)
{
    (void)state;
    struct hex hex = hex_of(GO_ENVELOPE);
    struct hex key = hex_of(GO_KEY);
    struct ghm_signed opened;
    struct ghm_peerid signer;
    assert_int_equal(open_as(&opened, &kind, hex_bytes(&hex)), GHM_OK);
    assert_true(ghm_bytes_equal(opened.payload, ghm_bytes_text("hello world!")));
    assert_true(ghm_bytes_equal(opened.key, hex_bytes(&key)));
    ghm_peerid_of_key(&signer, hex_bytes(&key));
    assert_true(ghm_peerid_equal(&opened.signer, &signer));
}

static void signed_is_bound_to_domain_and_type(void **state)
{
    (void)state;
    struct hex hex = hex_of(GO_ENVELOPE);
    struct ghm_signed opened;
    static const char *const domains[] = {"", "libp2p-testin", "libp2p-testing2",
                                          "libp2p-peer-record"};
    for (size_t i = 0; i < sizeof domains / sizeof domains[0]; i++) {
        const struct ghm_signed_kind other = {domains[i], TYPE};
        assert_int_equal(open_as(&opened, &other, hex_bytes(&hex)), GHM_EAUTH);
    }
    const struct ghm_signed_kind other = {"libp2p-testing", {(const uint8_t *)"\x03\x01", 2}};
    assert_int_equal(open_as(&opened, &other, hex_bytes(&hex)), GHM_EPROTO);
    /* A type moved into the payload keeps the bytes and not the meaning. */
    assert_int_equal(open_hex("0a24" GO_KEY "120f2f6c69627032702f74657374646174"
                              "1a0d6168656c6c6f20776f726c6421" GO_SIGNATURE),
                     GHM_EPROTO);
}

static void signed_refuses_wrong_forms(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        int want;
    } cases[] = {
        {"", GHM_EPROTO},
        {GO_TYPE GO_PAYLOAD GO_SIGNATURE, GHM_EPROTO},       /* no key */
        {"0a24" GO_KEY GO_PAYLOAD GO_SIGNATURE, GHM_EPROTO}, /* no type */
        {"0a24" GO_KEY GO_TYPE GO_SIGNATURE, GHM_EAUTH},     /* no payload */
        {"0a24" GO_KEY GO_TYPE GO_PAYLOAD, GHM_EAUTH},       /* no signature */
        {GO_ENVELOPE "0a24" GO_KEY, GHM_EPROTO},             /* repeated fields */
        {GO_ENVELOPE GO_TYPE, GHM_EPROTO},
        {GO_ENVELOPE GO_PAYLOAD, GHM_EPROTO},
        {GO_ENVELOPE GO_SIGNATURE, GHM_EPROTO},
        {GO_ENVELOPE "2801", GHM_EPROTO}, /* a signature that is a number */
        {"0a26" GO_KEY "1801" GO_TYPE GO_PAYLOAD GO_SIGNATURE, GHM_EPROTO}, /* a loose key */
        {GO_ENVELOPE "220161", GHM_OK}, /* fields that mean nothing */
        {GO_ENVELOPE "3801", GHM_OK},
        {"0a24" GO_KEY GO_SIGNATURE GO_PAYLOAD GO_TYPE, GHM_OK}, /* another order */
        {"0a24" GO_KEY GO_TYPE "1a0c00006c6c6f20776f726c6421" GO_SIGNATURE, GHM_EAUTH},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(open_hex(cases[i].hex), cases[i].want);
}

static void fail_to_open(struct ghm_bytes in, struct ghm_bytes whole, void *arg)
{
    (void)whole;
    (void)arg;
    struct ghm_signed opened;
    int error = open_as(&opened, &kind, in);
    assert_true(error == GHM_EPROTO || error == GHM_EAUTH);
}

static void signed_survives_every_hurt(void **state)
{
    (void)state;
    struct hex hex = hex_of(GO_ENVELOPE);
    hurt_by_truncation(hex_bytes(&hex), fail_to_open, NULL);
    hurt_by_flip(hex_bytes(&hex), fail_to_open, NULL);
}

static void make_key(struct ghm_key *ret_key)
{
    static const uint8_t seed[32] = {7};
    ghm_key_from_seed(ret_key, seed);
}

static void signed_opens_what_it_signed(void **state)
{
    (void)state;
    static const size_t lens[] = {0, 1, 127, 128, 16000};
    static uint8_t payload[16000];
    for (size_t i = 0; i < sizeof lens / sizeof lens[0]; i++) {
        struct ghm_mem mem;
        struct ghm_buf out;
        struct ghm_key key;
        struct ghm_signed opened;
        make_key(&key);
        ghm_mem_init(&mem, NULL, 1 << 20);
        ghm_buf_init(&out, &mem, 1 << 16);
        assert_int_equal(ghm_buf_append_text(&out, "before"), GHM_OK);
        struct ghm_bytes in = ghm_bytes(payload, lens[i]);
        assert_int_equal(ghm_signed_append(&out, &key, &kind, in), GHM_OK);
        struct ghm_bytes envelope = ghm_bytes_from(ghm_buf_bytes(&out), 6);
        assert_int_equal(ghm_signed_open(&opened, &mem, &kind, envelope), GHM_OK);
        assert_true(ghm_bytes_equal(opened.payload, in));
        ghm_buf_fini(&out);
        ghm_mem_fini(&mem);
    }
}

static void signed_bounds_its_length(void **state)
{
    (void)state;
    static uint8_t payload[GHM_SIGNED_LEN_MAX];
    struct ghm_mem mem;
    struct ghm_buf out;
    struct ghm_key key;
    struct ghm_signed opened;
    make_key(&key);
    ghm_mem_init(&mem, NULL, 1 << 20);
    ghm_buf_init(&out, &mem, 1 << 16);
    assert_int_equal(ghm_buf_append_text(&out, "before"), GHM_OK);
    size_t most = GHM_SIGNED_LEN_MAX - 38 - 18 - 3 - 66; /* the other fields and the heads */
    assert_int_equal(ghm_signed_append(&out, &key, &kind, ghm_bytes(payload, most + 1)),
                     GHM_ELIMIT);
    assert_true(ghm_bytes_equal(ghm_buf_bytes(&out), ghm_bytes_text("before")));
    assert_int_equal(ghm_signed_append(&out, &key, &kind, ghm_bytes(payload, sizeof payload)),
                     GHM_ELIMIT);
    assert_int_equal(ghm_signed_append(&out, &key, &kind, ghm_bytes(payload, most)), GHM_OK);
    struct ghm_bytes envelope = ghm_bytes_from(ghm_buf_bytes(&out), 6);
    assert_int_equal(envelope.len, GHM_SIGNED_LEN_MAX);
    assert_int_equal(ghm_signed_open(&opened, &mem, &kind, envelope), GHM_OK);
    /* A byte more, though it means nothing, is too much. */
    assert_int_equal(ghm_buf_append(&out, ghm_bytes("\x38\x01", 2)), GHM_OK);
    envelope = ghm_bytes_from(ghm_buf_bytes(&out), 6);
    assert_int_equal(ghm_signed_open(&opened, &mem, &kind, envelope), GHM_EPROTO);
    ghm_buf_fini(&out);
    ghm_mem_fini(&mem);
}

static void signed_is_opened_for_every_type_of_key(void **state)
{
    (void)state;
    static const char *const others[] = {VERIFY_RSA_KEY, VERIFY_SECP256K1_KEY, VERIFY_ECDSA_KEY};
    for (size_t i = 0; i < 3; i++) { /* known keys that did not sign this */
        struct hex key = hex_of(others[i]);
        struct hex rest = hex_of(GO_TYPE GO_PAYLOAD GO_SIGNATURE);
        struct ghm_mem mem;
        struct ghm_buf in;
        struct ghm_signed opened;
        ghm_mem_init(&mem, NULL, 1 << 20);
        ghm_buf_init(&in, &mem, 1 << 16);
        assert_int_equal(ghm_proto_append_bytes(&in, 1, hex_bytes(&key)), GHM_OK);
        assert_int_equal(ghm_buf_append(&in, hex_bytes(&rest)), GHM_OK);
        assert_int_equal(ghm_signed_open(&opened, &mem, &kind, ghm_buf_bytes(&in)), GHM_EAUTH);
        ghm_buf_fini(&in);
        ghm_mem_fini(&mem);
    }
}

static void signed_survives_every_refused_allocation(void **state)
{
    (void)state;
    struct hex hex = hex_of(GO_ENVELOPE);
    struct ghm_key key;
    make_key(&key);
    for (uint64_t n = 1; n <= 3; n++) {
        struct ghm_mem mem;
        struct ghm_buf out;
        struct ghm_signed opened;
        ghm_mem_init(&mem, NULL, 1 << 20);
        ghm_buf_init(&out, &mem, 1 << 16);
        mem.fail_after = n;
        int error = ghm_signed_append(&out, &key, &kind, ghm_bytes_text("payload"));
        assert_int_equal(error, n <= 2 ? GHM_ENOMEM : GHM_OK);
        if (error != GHM_OK) assert_int_equal(ghm_buf_len(&out), 0);
        mem.fail_after = n;
        error = ghm_signed_open(&opened, &mem, &kind, hex_bytes(&hex));
        assert_int_equal(error, n == 1 ? GHM_ENOMEM : GHM_OK);
        ghm_buf_fini(&out);
        ghm_mem_fini(&mem);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signed_opens_what_go_signed),
        cmocka_unit_test(signed_is_bound_to_domain_and_type),
        cmocka_unit_test(signed_refuses_wrong_forms),
        cmocka_unit_test(signed_survives_every_hurt),
        cmocka_unit_test(signed_opens_what_it_signed),
        cmocka_unit_test(signed_bounds_its_length),
        cmocka_unit_test(signed_is_opened_for_every_type_of_key),
        cmocka_unit_test(signed_survives_every_refused_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
