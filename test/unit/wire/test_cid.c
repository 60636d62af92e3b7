/* SPDX-License-Identifier: MIT */
#include "wire/cid.h"

#include "hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Source: SHA-256 of "" and of "hello world"; the texts by Python's base64 and hashlib. The first
 * is the CID that IPFS gives to the empty raw block. */
static const struct {
    const char *sha256;
    const char *text;
} bodies[] = {
    {"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
     "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"},
    {"b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9",
     "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e"},
};

static void cid_names_a_body(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct hex hash = hex_of(bodies[i].sha256);
        char text[GHM_CID_TEXT_MAX];
        uint8_t back[32];
        ghm_cid_text(text, hash.bytes);
        assert_string_equal(text, bodies[i].text);
        assert_int_equal(ghm_cid_parse(back, ghm_bytes_text(text)), GHM_OK);
        assert_memory_equal(back, hash.bytes, 32);
    }
}

#define SHA_PEER "12209dff3b17d74cf4d38a50d8b6383e92d181a10395a5e73a726dcccbd21bf6f0b9"
#define KEY_PEER "0024080112202ffa35a99d3a3cfbb17bb7c1dc5561b18a8dcca4df38dc613ea859c37eb1336b"

/* Source: the three examples of libp2p/specs peer-ids/peer-ids.md, "String representation"; the
 * other texts of the same ids, and the bytes, by Python. */
static const struct {
    const char *text;
    const char *multihash;
} peers[] = {
    {"QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N", SHA_PEER},
    {"bafzbeie5745rpv2m6tjyuugywy4d5ewrqgqqhfnf445he3omzpjbx5xqxe", SHA_PEER},
    {"zdvgqC3jczfCwLUoSyWT8GLc5UZ9aG4RkAg7XAfidRbX9qVj6", SHA_PEER},
    {"12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA", KEY_PEER},
    {"bafzaajaiaejcal72gwuz2or47oyxxn6b3rkwdmmkrxgkjxzy3rqt5kczyn7lcm3l", KEY_PEER},
    {"BAFZBEIE5745RPV2M6TJYUUGYWY4D5EWRQGQQHFNF445HE3OMZPJBX5XQXE", SHA_PEER},
    {"f0172" SHA_PEER, SHA_PEER},
    /* of multiformats/go-multiaddr multiaddr_test.go */
    {"k51qzi5uqu5dhb6l8spkdx7yxafegfkee5by8h7lmjh2ehc2sgg34z7c15vzqs",
     "0024080112202d3de6d16ae87f7a933fe1552162a2d3f04951e90e8051e4ee2c18f002dd0fb4"},
    {"k2k4r8oqamigqdo6o7hsbfwd45y70oyynp98usk7zmyfrzpqxh1pohl7",
     "1220d52ebb89d85b02a284948203a62ff28389c57c9f42beec4ec20db76a68911c0b"},
};

static void cid_reads_every_form_of_a_peer(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof peers / sizeof peers[0]; i++) {
        struct hex hex = hex_of(peers[i].multihash);
        uint8_t multihash[GHM_MULTIHASH_LEN_MAX];
        int len = ghm_cid_parse_peer(multihash, ghm_bytes_text(peers[i].text));
        assert_int_equal(len, hex.len);
        assert_memory_equal(multihash, hex.bytes, hex.len);
    }
}

static void cid_refuses_other_kinds(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",
        "b",
        "z",
        "1",
        "Qm",
        "f0172",
        "k",
        "k2jmtxwoe2phm1hbqp0e7nufqf6umvuu2e9qd7ana7h411a0haqj6i2z", /* dag-pb, not libp2p-key */
        "f0173"
        "00"
        "0161",
        "YyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N",
        "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku", /* a body, not a peer */
    };
    uint8_t multihash[GHM_MULTIHASH_LEN_MAX];
    uint8_t hash[32];
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(ghm_cid_parse_peer(multihash, ghm_bytes_text(wrong[i])), GHM_EINVAL);
    for (size_t i = 0; i < sizeof peers / sizeof peers[0]; i++)
        assert_int_equal(ghm_cid_parse(hash, ghm_bytes_text(peers[i].text)), GHM_EINVAL);
    /* Raw, but the multihash is the content itself: of 32 bytes, and of one. */
    assert_int_equal(
        ghm_cid_parse(
            hash, ghm_bytes_text("bafkqaiaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")),
        GHM_EINVAL);
    assert_int_equal(ghm_cid_parse(hash, ghm_bytes_text("bafkqaaih")), GHM_EINVAL);
}

/* Source: multiformats/cid README.md, the examples of both versions; the codes of multicodec's
 * table.csv (raw 55, dag-pb 70, dag-cbor 71, libp2p-key 72). */
static const struct {
    const char *text; /* as it would be written in base32, or "Qm..." */
    const char *hex;
    unsigned version;
    uint64_t codec;
    uint64_t code;
} cids[] = {
    {"QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N", SHA_PEER, 0, 0x70, 0x12},
    {"bafybeie5745rpv2m6tjyuugywy4d5ewrqgqqhfnf445he3omzpjbx5xqxe", "0170" SHA_PEER, 1, 0x70, 0x12},
    {"bafkqaaih", "0155000107", 1, 0x55, 0x00},
    {"f01711114e861e452cfd84dca9a176258c3d06e020a0c93d8",
     "01711114e861e452cfd84dca9a176258c3d06e020a0c93d8", 1, 0x71, 0x11},
    {"f0155a0e40220431fb5d4c9b735ba1a34d0df045118806ae2336f2c431fb5d4c9b735ba1a34d0",
     "0155a0e40220431fb5d4c9b735ba1a34d0df045118806ae2336f2c431fb5d4c9b735ba1a34d0", 1, 0x55,
     0xb220}, /* blake2b-256 */
};

static void cid_has_two_versions(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cids / sizeof cids[0]; i++) {
        struct hex hex = hex_of(cids[i].hex);
        struct ghm_cid cid;
        uint8_t out[GHM_CID_LEN_MAX];
        int len = ghm_cid_bytes(out, ghm_bytes_text(cids[i].text));
        assert_int_equal(len, hex.len);
        assert_memory_equal(out, hex.bytes, hex.len);
        assert_int_equal(ghm_cid_decode(&cid, hex_bytes(&hex)), GHM_OK);
        assert_int_equal(cid.version, cids[i].version);
        assert_int_equal(cid.codec, cids[i].codec);
        assert_int_equal(cid.hash.code, cids[i].code);
        assert_int_equal(ghm_cid_encode(out, &cid), hex.len);
        assert_memory_equal(out, hex.bytes, hex.len);
    }
}

static void cid_refuses_what_is_neither_version(void **state)
{
    (void)state;
    static const char *const bytes[] = {
        "",
        "01",
        "0155",
        "015512",
        "00551200",
        "025500"
        "0161",
        "0255000161",
        "8155000161",
        "81005500"
        "0161",        /* version 1 in two bytes */
        SHA_PEER "00", /* version 0 with a byte more */
        "1220",        /* and with fewer */
        "01550001"
        "6100",         /* bytes left over */
        "0155000261",   /* cut short */
        "120155000161", /* 18, which is reserved */
    };
    static const char *const texts[] = {
        "",
        "Qm",
        "QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5",   /* 45 characters */
        "QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx50",  /* 0 is no digit */
        "zQmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N", /* version 0 in multibase */
        ("f" SHA_PEER),
        "0155000107",
    };
    for (size_t i = 0; i < sizeof bytes / sizeof bytes[0]; i++) {
        struct hex hex = hex_of(bytes[i]);
        struct ghm_cid cid = {.version = 7};
        assert_int_equal(ghm_cid_decode(&cid, hex_bytes(&hex)), GHM_EPROTO);
        assert_int_equal(cid.version, 7);
    }
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        uint8_t out[GHM_CID_LEN_MAX];
        assert_int_equal(ghm_cid_bytes(out, ghm_bytes_text(texts[i])), GHM_EINVAL);
    }
}

static void refuse_bytes(struct ghm_bytes in, struct ghm_bytes whole, void *arg)
{
    (void)whole;
    (void)arg;
    struct ghm_cid cid;
    assert_int_equal(ghm_cid_decode(&cid, in), GHM_EPROTO);
}

/* A flip may give another CID; what decodes is written as it was. */
static void write_what_was_read(struct ghm_bytes in, struct ghm_bytes whole, void *arg)
{
    (void)whole;
    (void)arg;
    struct ghm_cid cid;
    uint8_t out[GHM_CID_LEN_MAX];
    if (ghm_cid_decode(&cid, in) != GHM_OK) return;
    assert_true(ghm_bytes_equal(ghm_bytes(out, ghm_cid_encode(out, &cid)), in));
}

static void any_cid_survives_every_hurt(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cids / sizeof cids[0]; i++) {
        struct hex hex = hex_of(cids[i].hex);
        hurt_by_truncation(hex_bytes(&hex), refuse_bytes, NULL);
        hurt_by_flip(hex_bytes(&hex), write_what_was_read, NULL);
    }
}

static void refuse_body(struct ghm_bytes in, struct ghm_bytes whole, void *arg)
{
    (void)whole;
    (void)arg;
    uint8_t hash[32];
    assert_int_equal(ghm_cid_parse(hash, in), GHM_EINVAL);
}

static void accept_only_what_is_written(struct ghm_bytes in, struct ghm_bytes whole, void *arg)
{
    (void)whole;
    (void)arg;
    uint8_t hash[32];
    char text[GHM_CID_TEXT_MAX];
    if (ghm_cid_parse(hash, in) != GHM_OK) return;
    ghm_cid_text(text, hash);
    assert_true(ghm_bytes_equal(ghm_bytes_text(text), in));
}

/* base58 and base36 have no places: a prefix is another number, and may by chance be a short
 * identity multihash. */
static void refuse_or_name_another(struct ghm_bytes in, struct ghm_bytes whole, void *arg)
{
    (void)arg;
    uint8_t multihash[GHM_MULTIHASH_LEN_MAX];
    uint8_t first[GHM_MULTIHASH_LEN_MAX];
    int len = ghm_cid_parse_peer(multihash, in);
    if (whole.ptr[0] != '1' && whole.ptr[0] != 'k') assert_int_equal(len, GHM_EINVAL);
    if (len < 0) return;
    assert_true(len < ghm_cid_parse_peer(first, whole));
    assert_int_equal(multihash[0], GHM_MULTIHASH_IDENTITY);
}

/* A flip may name another peer, but what it names is a multihash. */
static void name_a_multihash_or_nothing(struct ghm_bytes in, struct ghm_bytes whole, void *arg)
{
    (void)whole;
    (void)arg;
    uint8_t multihash[GHM_MULTIHASH_LEN_MAX];
    struct ghm_multihash hash;
    int len = ghm_cid_parse_peer(multihash, in);
    if (len < 0) return;
    assert_int_equal(ghm_multihash_decode(&hash, ghm_bytes(multihash, (size_t)len)), GHM_OK);
}

static void cid_survives_every_hurt(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        hurt_by_truncation(ghm_bytes_text(bodies[i].text), refuse_body, NULL);
        hurt_by_flip(ghm_bytes_text(bodies[i].text), accept_only_what_is_written, NULL);
    }
    for (size_t i = 0; i < sizeof peers / sizeof peers[0]; i++) {
        hurt_by_truncation(ghm_bytes_text(peers[i].text), refuse_or_name_another, NULL);
        hurt_by_flip(ghm_bytes_text(peers[i].text), name_a_multihash_or_nothing, NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cid_names_a_body),
        cmocka_unit_test(cid_reads_every_form_of_a_peer),
        cmocka_unit_test(cid_refuses_other_kinds),
        cmocka_unit_test(cid_survives_every_hurt),
        cmocka_unit_test(cid_has_two_versions),
        cmocka_unit_test(cid_refuses_what_is_neither_version),
        cmocka_unit_test(any_cid_survives_every_hurt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
