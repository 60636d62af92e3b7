/* SPDX-License-Identifier: MIT */
#include "crypto/peerrecord.h"

#include "hex.h"
#include "wire/proto.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define MEM_MAX (1 << 20)

/* Source: Python's cryptography, with the key of seed 33.., two addresses, and the sequence number
 * of the next. */
static const char envelope_hex[] =
    "0a240801122017cb79fb2b4120f2b1ec65e4198d6e08b28e813feb01e4a400839b85e18080ce120203011a4d"
    "0a2600240801122017cb79fb2b4120f2b1ec65e4198d6e08b28e813feb01e4a400839b85e18080ce109bf59d"
    "8dd99d8ddb161a0a0a0804010203040600011a0d0a0b047f000001910204d2cd032a4086932b546f18ed5b2f"
    "17175538d187b7df7b7dee4563f8d8e9bed2ba71bf9791a504463d788ef980ccb1c65da51212d4dd67078d87"
    "c1d72cad77152fc6c9ee00";

/* Source: go-libp2p-core peer/record_test.go (b18a4c9), as kept by nim-libp2p
 * tests/testrouting_record.nim: a payload without its envelope. */
#define GO_SEQ UINT64_C(1636553709551319707)
#define GO_RECORD                                                                                  \
    "0a2600240801122011bba3ed1721948cefb4e50b0a0bb5cad8a6b52dc7b1a40f4f6652105c91e2c4109bf59d8dd9" \
    "9d8ddb161a0a0a0804010203040600001a0a0a080401020304060001"

#define TYPE_BYTES "\x03\x01"

static struct ghm_key key_of(uint8_t fill)
{
    struct ghm_key key;
    uint8_t seed[32];
    memset(seed, fill, sizeof seed);
    ghm_key_from_seed(&key, seed);
    return key;
}

static struct ghm_multiaddr addr_of(const char *text)
{
    struct ghm_multiaddr addr;
    assert_int_equal(ghm_multiaddr_parse(&addr, text), GHM_OK);
    return addr;
}

static int open_once(struct ghm_peerrecord *ret_record, struct ghm_bytes in)
{
    struct ghm_mem mem;
    ghm_mem_init(&mem, NULL, MEM_MAX);
    int error = ghm_peerrecord_open(ret_record, &mem, in);
    ghm_mem_fini(&mem);
    return error;
}

static void peerrecord_matches_another_implementation(void **state)
{
    (void)state;
    struct hex want = hex_of(envelope_hex);
    struct ghm_key key = key_of(0x33);
    struct ghm_mem mem;
    struct ghm_buf out;
    struct ghm_peerrecord record;
    const struct ghm_multiaddr addrs[] = {addr_of("/ip4/1.2.3.4/tcp/1"),
                                          addr_of("/ip4/127.0.0.1/udp/1234/quic-v1")};
    ghm_mem_init(&mem, NULL, MEM_MAX);
    ghm_buf_init(&out, &mem, GHM_PEERRECORD_LEN_MAX);
    assert_int_equal(ghm_peerrecord_append(&out, &key, GO_SEQ, addrs, 2), GHM_OK);
    assert_true(ghm_bytes_equal(ghm_buf_bytes(&out), hex_bytes(&want)));
    assert_int_equal(ghm_peerrecord_open(&record, &mem, hex_bytes(&want)), GHM_OK);
    assert_int_equal(record.seq, GO_SEQ);
    assert_int_equal(record.addrs_count, 2);
    assert_true(ghm_multiaddr_equal(&record.addrs[0], &addrs[0]));
    assert_true(ghm_multiaddr_equal(&record.addrs[1], &addrs[1]));
    ghm_buf_fini(&out);
    ghm_mem_fini(&mem);
}

/* ---- records that are signed rightly and say what the test wants ---- */

struct forged {
    struct ghm_mem mem;
    struct ghm_buf payload;
    struct ghm_buf out;
    struct ghm_key key;
};

static void forged_init(struct forged *forged)
{
    ghm_mem_init(&forged->mem, NULL, MEM_MAX);
    ghm_buf_init(&forged->payload, &forged->mem, GHM_SIGNED_LEN_MAX);
    ghm_buf_init(&forged->out, &forged->mem, GHM_SIGNED_LEN_MAX);
    forged->key = key_of(0x33);
}

static void forged_fini(struct forged *forged)
{
    ghm_buf_fini(&forged->payload);
    ghm_buf_fini(&forged->out);
    ghm_mem_fini(&forged->mem);
}

static void say(struct forged *forged, const char *text)
{
    struct hex hex = hex_of(text);
    assert_int_equal(ghm_buf_append(&forged->payload, hex_bytes(&hex)), GHM_OK);
}

static void say_peer(struct forged *forged)
{
    uint8_t proto[GHM_KEY_ED25519_PROTO_LEN];
    struct ghm_peerid peer;
    ghm_key_encode(proto, &forged->key);
    ghm_peerid_of_key(&peer, ghm_bytes(proto, sizeof proto));
    assert_int_equal(ghm_proto_append_bytes(&forged->payload, 1, ghm_peerid_bytes(&peer)), GHM_OK);
}

static int open_as(struct forged *forged, struct ghm_peerrecord *ret_record, const char *domain,
                   struct ghm_bytes type)
{
    const struct ghm_signed_kind kind = {domain, type};
    struct ghm_bytes payload = ghm_buf_bytes(&forged->payload);
    ghm_buf_clear(&forged->out);
    assert_int_equal(ghm_signed_append(&forged->out, &forged->key, &kind, payload), GHM_OK);
    return open_once(ret_record, ghm_buf_bytes(&forged->out));
}

static int open_forged(struct forged *forged, struct ghm_peerrecord *ret_record)
{
    return open_as(forged, ret_record, "libp2p-peer-record", ghm_bytes(TYPE_BYTES, 2));
}

static void peerrecord_of_go_is_read(void **state)
{
    (void)state;
    struct forged forged;
    struct ghm_peerrecord record = {.seq = 5};
    forged_init(&forged);
    say_peer(&forged);
    say(&forged, &GO_RECORD[80]); /* all of it but the peer id, which is not ours */
    assert_int_equal(open_forged(&forged, &record), GHM_OK);
    assert_int_equal(record.seq, GO_SEQ);
    assert_int_equal(record.addrs_count, 2);
    char text[GHM_MULTIADDR_TEXT_MAX];
    ghm_multiaddr_text(text, &record.addrs[1]);
    assert_string_equal(text, "/ip4/1.2.3.4/tcp/1");
    forged_fini(&forged);
}

/* rust-libp2p#2511: a right signature by a key that is not the record's peer. */
static void peerrecord_signer_must_be_its_peer(void **state)
{
    (void)state;
    struct forged forged;
    struct ghm_peerrecord record = {.seq = 5};
    forged_init(&forged);
    say(&forged, GO_RECORD);
    assert_int_equal(open_forged(&forged, &record), GHM_EAUTH);
    assert_int_equal(record.seq, 5);
    forged_fini(&forged);
}

/* The RFC's text names another domain and type, which no implementation uses. */
static void peerrecord_has_the_domain_and_type_in_use(void **state)
{
    (void)state;
    struct forged forged;
    struct ghm_peerrecord record;
    const char *type = "/libp2p/routing-state-record";
    forged_init(&forged);
    say_peer(&forged);
    struct ghm_bytes right = ghm_bytes(TYPE_BYTES, 2);
    assert_int_equal(open_as(&forged, &record, "libp2p-peer-record", right), GHM_OK);
    assert_int_equal(open_as(&forged, &record, "libp2p-routing-state", right), GHM_EAUTH);
    assert_int_equal(open_as(&forged, &record, "libp2p-peer-record", ghm_bytes_text(type)),
                     GHM_EPROTO);
    assert_int_equal(open_as(&forged, &record, "libp2p-peer-record", ghm_bytes("\x03\x02", 2)),
                     GHM_EPROTO);
    forged_fini(&forged);
}

static void peerrecord_refuses_wrong_payloads(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "0a0100",     /* the peer again */
        "0801",       /* and as a number */
        "12021001",   /* a sequence number in bytes */
        "1d00000000", /* an address as a number */
        "1a020801",   /* with a number inside */
        "1a030a0204", /* cut short inside */
        "1a",         /* and outside */
        "0b",         /* a group */
    };
    struct ghm_peerrecord record = {.seq = 5};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct forged forged;
        forged_init(&forged);
        say_peer(&forged);
        say(&forged, wrong[i]);
        assert_int_equal(open_forged(&forged, &record), GHM_EPROTO);
        forged_fini(&forged);
    }
    struct forged twice;
    forged_init(&twice);
    say_peer(&twice);
    say_peer(&twice);
    assert_int_equal(open_forged(&twice, &record), GHM_EPROTO);
    forged_fini(&twice);
    static const char *const peers[] = {"", "1001", "0a00",
                                        "0a03"
                                        "000161"
                                        "00",
                                        "0a020061"};
    for (size_t i = 0; i < sizeof peers / sizeof peers[0]; i++) { /* no peer, or no peer id */
        struct forged forged;
        forged_init(&forged);
        say(&forged, peers[i]);
        assert_int_equal(open_forged(&forged, &record), GHM_EPROTO);
        forged_fini(&forged);
    }
    assert_int_equal(record.seq, 5);
}

static void peerrecord_passes_over_unknown_things(void **state)
{
    (void)state;
    struct forged forged;
    struct ghm_peerrecord record;
    forged_init(&forged);
    say_peer(&forged);
    say(&forged, "1a050a03bd0300" /* an onion3 address, which we cannot read */
                 "1a0a0a08040102030406"
                 "0001"
                 "1a020a00" /* an empty one */
                 "1a00"     /* none at all */
                 "1a0d"
                 "1201ff"
                 "0a080401020304060002"
                 "22024142"
                 "2801");
    assert_int_equal(open_forged(&forged, &record), GHM_OK);
    assert_int_equal(record.addrs_count, 2);
    assert_int_equal(record.addrs[1].bytes[7], 2);
    forged_fini(&forged);
}

static void peerrecord_bounds_its_addresses(void **state)
{
    (void)state;
    struct forged forged;
    struct ghm_peerrecord record;
    forged_init(&forged);
    say_peer(&forged);
    for (size_t i = 0; i < 500; i++)
        say(&forged, "1a0a0a080401020304060001");
    assert_int_equal(open_forged(&forged, &record), GHM_OK);
    assert_int_equal(record.addrs_count, GHM_PEERRECORD_ADDRS_MAX);
    while (ghm_buf_len(&forged.payload) < GHM_PEERRECORD_LEN_MAX)
        say(&forged, "1a0a0a080401020304060001");
    assert_int_equal(open_forged(&forged, &record), GHM_EPROTO);
    forged_fini(&forged);
}

static void peerrecord_of_ours_is_bounded(void **state)
{
    (void)state;
    struct ghm_mem mem;
    struct ghm_buf out;
    struct ghm_peerrecord record;
    struct ghm_key key = key_of(0x33);
    static struct ghm_multiaddr addrs[40];
    char text[260] = "/dns/";
    memset(text + 5, 'a', 253);
    for (size_t i = 0; i < 40; i++) /* long ones, and short ones behind them */
        addrs[i] = addr_of(i < 31 ? text : "/ip4/1.2.3.4/tcp/1");
    ghm_mem_init(&mem, NULL, MEM_MAX);
    ghm_buf_init(&out, &mem, MEM_MAX);
    assert_int_equal(ghm_peerrecord_append(&out, &key, UINT64_MAX, addrs, 40), GHM_OK);
    assert_true(ghm_buf_len(&out) <= GHM_PEERRECORD_LEN_MAX);
    assert_int_equal(ghm_peerrecord_open(&record, &mem, ghm_buf_bytes(&out)), GHM_OK);
    assert_int_equal(record.seq, UINT64_MAX);
    assert_int_equal(record.addrs_count, 31); /* 30 long ones fit, and one short one */
    ghm_buf_clear(&out);
    assert_int_equal(ghm_peerrecord_append(&out, &key, 0, addrs + 31, 9), GHM_OK);
    for (size_t i = 0; i < 40; i++)
        addrs[i] = addr_of("/ip4/1.2.3.4/tcp/1");
    ghm_buf_clear(&out);
    assert_int_equal(ghm_peerrecord_append(&out, &key, 0, addrs, 40), GHM_OK);
    assert_int_equal(ghm_peerrecord_open(&record, &mem, ghm_buf_bytes(&out)), GHM_OK);
    assert_int_equal(record.addrs_count, GHM_PEERRECORD_ADDRS_MAX);
    assert_int_equal(record.seq, 0);
    ghm_buf_fini(&out);
    ghm_mem_fini(&mem);
}

/* Addresses of every length that has another head come back. */
static void peerrecord_carries_every_length(void **state)
{
    (void)state;
    static const size_t lens[] = {1, 120, 123, 124, 125, 126, 127, 250, 253};
    for (size_t i = 0; i < sizeof lens / sizeof lens[0]; i++) {
        char text[260] = "/dns/";
        struct ghm_mem mem;
        struct ghm_buf out;
        struct ghm_peerrecord record;
        struct ghm_key key = key_of(0x33);
        memset(text + 5, 'a', lens[i]);
        struct ghm_multiaddr addr = addr_of(text);
        ghm_mem_init(&mem, NULL, MEM_MAX);
        ghm_buf_init(&out, &mem, MEM_MAX);
        assert_int_equal(ghm_peerrecord_append(&out, &key, 1, &addr, 1), GHM_OK);
        assert_int_equal(ghm_peerrecord_open(&record, &mem, ghm_buf_bytes(&out)), GHM_OK);
        assert_int_equal(record.addrs_count, 1);
        assert_true(ghm_multiaddr_equal(&record.addrs[0], &addr));
        ghm_buf_fini(&out);
        ghm_mem_fini(&mem);
    }
}

/* The signature comes first: what nobody signed is not looked into. */
static void peerrecord_checks_the_signature_first(void **state)
{
    (void)state;
    struct forged forged;
    struct ghm_peerrecord record;
    forged_init(&forged);
    say(&forged, "ffffffff");
    assert_int_equal(open_forged(&forged, &record), GHM_EPROTO);
    struct ghm_bytes in = ghm_buf_bytes(&forged.out);
    forged.out.ptr[forged.out.end - 1] ^= 1;
    assert_int_equal(open_once(&record, in), GHM_EAUTH);
    forged_fini(&forged);
}

static void fail_to_open(struct ghm_bytes in, struct ghm_bytes whole, void *arg)
{
    (void)whole;
    (void)arg;
    struct ghm_peerrecord record;
    int error = open_once(&record, in);
    assert_true(error == GHM_EPROTO || error == GHM_EAUTH);
}

static void peerrecord_survives_every_hurt(void **state)
{
    (void)state;
    struct hex hex = hex_of(envelope_hex);
    hurt_by_truncation(hex_bytes(&hex), fail_to_open, NULL);
    hurt_by_flip(hex_bytes(&hex), fail_to_open, NULL);
}

static void peerrecord_survives_every_refused_allocation(void **state)
{
    (void)state;
    struct hex hex = hex_of(envelope_hex);
    struct ghm_key key = key_of(0x33);
    struct ghm_multiaddr addr = addr_of("/ip4/1.2.3.4/tcp/1");
    for (uint64_t n = 1; n < 6; n++) {
        struct ghm_mem mem;
        struct ghm_buf out;
        struct ghm_peerrecord record;
        ghm_mem_init(&mem, NULL, MEM_MAX);
        ghm_buf_init(&out, &mem, MEM_MAX);
        mem.fail_after = n;
        int error = ghm_peerrecord_append(&out, &key, 1, &addr, 1);
        assert_int_equal(error, n <= 3 ? GHM_ENOMEM : GHM_OK);
        if (error != GHM_OK) assert_int_equal(ghm_buf_len(&out), 0);
        mem.fail_after = n;
        error = ghm_peerrecord_open(&record, &mem, hex_bytes(&hex));
        assert_int_equal(error, n == 1 ? GHM_ENOMEM : GHM_OK);
        ghm_buf_fini(&out);
        ghm_mem_fini(&mem);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(peerrecord_matches_another_implementation),
        cmocka_unit_test(peerrecord_of_go_is_read),
        cmocka_unit_test(peerrecord_signer_must_be_its_peer),
        cmocka_unit_test(peerrecord_has_the_domain_and_type_in_use),
        cmocka_unit_test(peerrecord_refuses_wrong_payloads),
        cmocka_unit_test(peerrecord_passes_over_unknown_things),
        cmocka_unit_test(peerrecord_bounds_its_addresses),
        cmocka_unit_test(peerrecord_of_ours_is_bounded),
        cmocka_unit_test(peerrecord_carries_every_length),
        cmocka_unit_test(peerrecord_checks_the_signature_first),
        cmocka_unit_test(peerrecord_survives_every_hurt),
        cmocka_unit_test(peerrecord_survives_every_refused_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
