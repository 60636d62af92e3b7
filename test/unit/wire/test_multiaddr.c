/* SPDX-License-Identifier: MIT */
#include "wire/multiaddr.h"

#include "hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define PEER "12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA"
#define PEER_HEX "0024080112202ffa35a99d3a3cfbb17bb7c1dc5561b18a8dcca4df38dc613ea859c37eb1336b"

/* Source: the first is the example of multiformats/multiaddr test/multiaddr.feature; texts after
 * the first dozen are those that multiformats/go-multiaddr multiaddr_test.go accepts (014cd90), or
 * like them. The bytes were computed by Python from the codes and sizes of protocols.csv (9b7b3fa).
 */
static const struct {
    const char *text;
    const char *hex;
} golden[] = {
    {"/ip4/192.0.2.42/tcp/443", "04c000022a0601bb"},
    {"/ip4/127.0.0.1/tcp/9000", "047f000001062328"},
    {"/ip4/0.0.0.0/tcp/0", "0400000000060000"},
    {"/ip4/255.255.255.255/tcp/65535", "04ffffffff06ffff"},
    {"/ip6/::1/tcp/9000", "2900000000000000000000000000000001062328"},
    {"/ip6/2001:db8::42", "2920010db8000000000000000000000042"},
    {"/dns/a.example/tcp/1", "3509612e6578616d706c65060001"},
    {"/dns4/a.example/tcp/1", "3609612e6578616d706c65060001"},
    {"/dns6/a.example/tcp/1", "3709612e6578616d706c65060001"},
    {"/dnsaddr/bootstrap.example", "3811626f6f7473747261702e6578616d706c65"},
    {"/p2p/" PEER, "a50326" PEER_HEX},
    {"/ip4/127.0.0.1/tcp/9000/p2p/" PEER, "047f000001062328a50326" PEER_HEX},
    {"/ip4/127.0.0.1/udp/1234", "047f000001910204d2"},
    {"/ip4/127.0.0.1/udp/1234/ip4/127.0.0.1/tcp/4321", "047f000001910204d2047f0000010610e1"},
    {"/ip6zone/x%y/ip6/fe80::1/udp/1234/quic-v1",
     "2a0378257929fe800000000000000000000000000001910204d2cd03"},
    {"/ip4/192.0.2.0/ipcidr/24", "04c00002002b18"},
    {"/udp/1234/sctp/1234", "910204d2840104d2"},
    {"/dccp/5", "210005"},
    {"/udp/1234/udt", "910204d2ad02"},
    {"/udp/1234/utp", "910204d2ae02"},
    {"/ip4/127.0.0.1/udp/1234/quic", "047f000001910204d2cc03"},
    {"/ip4/127.0.0.1/udp/1234/quic-v1/webtransport/certhash/"
     "uEiDDq4_xNyDorZBH3TlGazyJdOWSwvo4PUo5YHFMrvDE8g",
     "047f000001910204d2cd03d103d203221220c3ab8ff13720e8ad9047dd39466b3c8974e592c2fa383d4a3960714ca"
     "ef0c4f2"},
    {"/ip4/127.0.0.1/udp/9/webrtc-direct/certhash/uEiDDq4_xNyDorZBH3TlGazyJdOWSwvo4PUo5YHFMrvDE8g/"
     "p2p/" PEER,
     "047f000001910200099802d203221220c3ab8ff13720e8ad9047dd39466b3c8974e592c2fa383d4a3960714caef0c"
     "4f2a50326" PEER_HEX},
    {"/ip4/127.0.0.1/tcp/127/ws", "047f00000106007fdd03"},
    {"/ip4/127.0.0.1/tcp/127/wss", "047f00000106007fde03"},
    {"/ip4/127.0.0.1/tcp/127/tls/ws", "047f00000106007fc003dd03"},
    {"/ip4/127.0.0.1/tcp/127/noise", "047f00000106007fc603"},
    {"/tcp/1234/https", "0604d2bb03"},
    {"/ip4/127.0.0.1/tcp/9090/http/p2p-webrtc-direct", "047f000001062382e0039402"},
    {"/ip4/1.2.3.4/tcp/4001/tls/sni/*.k51.libp2p.direct/ws",
     "0401020304060fa1c003c103132a2e6b35312e6c69627032702e646972656374dd03"},
    {"/ip4/127.0.0.1/tcp/443/tls/sni/example.com/http/http-path/foo",
     "047f0000010601bbc003c1030b6578616d706c652e636f6de003e10303666f6f"},
    {"/http-path/tmp%2Fbar", "e10307746d702f626172"},
    {"/http-path/a%2520space", "e10309612532307370616365"},
    {"/unix/a/b/c/d/e", "90030a2f612f622f632f642f65"},
    {"/ip4/1.2.3.4/tcp/80/unix/stdio", "04010203040600509003062f737464696f"},
    {"/p2p/" PEER "/p2p-circuit", "a50326" PEER_HEX "a202"},
    {"/ip4/1.2.3.4/tcp/1/p2p/" PEER "/p2p-circuit/webrtc/p2p/" PEER,
     "0401020304060001a50326" PEER_HEX "a2029902a50326" PEER_HEX},
    {"/dns4/a.example/tcp/443/wss/p2p-webrtc-star", "3609612e6578616d706c650601bbde039302"},
    {"/dns4/a.example/tcp/443/wss/p2p-websocket-star", "3609612e6578616d706c650601bbde03df03"},
    {"/p2p-stardust", "9502"},
};

#define GOLDEN_COUNT (sizeof golden / sizeof golden[0])

static struct ghm_multiaddr parsed(const char *text)
{
    struct ghm_multiaddr addr;
    assert_int_equal(ghm_multiaddr_parse(&addr, text), GHM_OK);
    return addr;
}

static void multiaddr_has_two_forms(void **state)
{
    (void)state;
    for (size_t i = 0; i < GOLDEN_COUNT; i++) {
        struct hex hex = hex_of(golden[i].hex);
        struct ghm_multiaddr addr = parsed(golden[i].text);
        struct ghm_multiaddr decoded;
        char text[GHM_MULTIADDR_TEXT_MAX];
        assert_int_equal(addr.len, hex.len);
        assert_memory_equal(addr.bytes, hex.bytes, hex.len);
        assert_int_equal(ghm_multiaddr_decode(&decoded, hex_bytes(&hex)), GHM_OK);
        assert_true(ghm_multiaddr_equal(&decoded, &addr));
        ghm_multiaddr_text(text, &decoded);
        assert_string_equal(text, golden[i].text);
    }
}

static void multiaddr_reads_other_texts_of_the_same(void **state)
{
    (void)state;
    struct ghm_multiaddr want = parsed("/p2p/" PEER);
    struct ghm_multiaddr ipfs = parsed("/ipfs/" PEER);
    struct ghm_multiaddr cid =
        parsed("/p2p/bafzaajaiaejcal72gwuz2or47oyxxn6b3rkwdmmkrxgkjxzy3rqt5kczyn7lcm3l");
    struct ghm_multiaddr base36 =
        parsed("/p2p/k51qzi5uqu5dhb6l8spkdx7yxafegfkee5by8h7lmjh2ehc2sgg34z7c15vzqs");
    struct ghm_multiaddr base58 =
        parsed("/p2p/12D3KooWCryG7Mon9orvQxcS1rYZjotPgpwoJNHHKcLLfE4Hf5mV");
    struct ghm_multiaddr hash = parsed("/certhash/uEiDDq4_xNyDorZBH3TlGazyJdOWSwvo4PUo5YHFMrvDE8g");
    struct ghm_multiaddr hash58 =
        parsed("/certhash/zQmbWTwYGcmdyK9CYfNBcfs9nhZs17a6FQ4Y8oea278xx41");
    struct ghm_multiaddr path = parsed("/http-path/tmp%2Fbar");
    struct ghm_multiaddr small = parsed("/http-path/%74mp%2fbar");
    struct ghm_multiaddr long_ip = parsed("/ip6/0:0:0:0:0:0:0:1");
    struct ghm_multiaddr short_ip = parsed("/ip6/::1");
    assert_true(ghm_multiaddr_equal(&ipfs, &want));
    assert_true(ghm_multiaddr_equal(&cid, &want));
    assert_true(ghm_multiaddr_equal(&base36, &base58));
    assert_true(ghm_multiaddr_equal(&hash, &hash58));
    assert_true(ghm_multiaddr_equal(&path, &small));
    assert_true(ghm_multiaddr_equal(&long_ip, &short_ip));
    assert_false(ghm_multiaddr_equal(&want, &short_ip));
}

static void multiaddr_refuses_wrong_texts(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",
        "/",
        "//",
        "ip4/127.0.0.1",
        "/ip4",
        "/ip4/",
        "/ip4//tcp/1",
        "/ip4/127.0.0.1/",
        "/ip4/127.0.0.1/tcp",
        "/ip4/127.0.0.1/tcp/",
        "/ip4/256.256.256.256",
        "/ip4/127.0.0.01",
        "/ip4/127.0.0",
        "/ip4/127.0.0.1.1",
        "/ip4/localhost",
        "/ip4/::1",
        "/ip6/127.0.0.1",
        "/ip6/fe80::1%eth0",
        "/ip6/:::1",
        "/tcp/65536",
        "/tcp/99999",
        "/tcp/100000",
        "/tcp/-1",
        "/tcp/+1",
        "/tcp/01",
        "/tcp/1a",
        "/tcp/ 1",
        "/udp/65536",
        "/ws/1",
        "/ws/",
        "/quic-v1/1234",
        "/p2p-circuit/x",
        "/p2p-webcrt-direct",
        "/onion3/vww6ybal4bd7szmgncyruucpgfkqahzddi37ktceo3ah7ngmcopnpyyd:1",
        "/memory/4",
        "/ip6zone",
        "/ip6zone/",
        "/ip6zone//ip6/fe80::1",
        "/ip6zone/a b/ip6/fe80::1",
        "/ip4/1.2.3.4/ipcidr/256",
        "/ip4/1.2.3.4/ipcidr/",
        "/ip4/1.2.3.4/ipcidr/08",
        "/udp/1/quic-v1/webtransport/certhash",
        "/certhash/b2uaraocy6yrdblb4sfptaddgimjmmp", /* a character less than a multihash */
        "/certhash/2uaraocy6yrdblb4sfptaddgimjmmpy", /* no multibase */
        "/certhash/bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku", /* a CID */
        "/unix",
        "/unix/",
        "/sni/*",
        "/sni/*.",
        "/sni/a.*.b",
        "/dns4/*.example",
        "/http-path/",
        "/http-path/%",
        "/http-path/%2",
        "/http-path/%2g",
        "/http-path/a b",
        "/p2p/k2k4r8oqamigqdo6o7hsbfwd45y70oyynp98usk7zmyfrzpqxh1pohl-",
        "/p2p/k2jmtxwoe2phm1hbqp0e7nufqf6umvuu2e9qd7ana7h411a0haqj6i2z", /* no libp2p-key */
        "/p2p/?unknownmultibase",
        "/IP4/127.0.0.1",
        "/dns/",
        "/dns/a b",
        "/dns/a\nb",
        "/dns/b\xc3\xbc",
        "/p2p/",
        "/p2p/notapeer",
        "/p2p/Qm",
        "/p2p/12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5S",
        "/p2p/bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku",
        "/ws/ws/ws/ws/ws/ws/ws/ws/ws/ws/ws/ws/ws/ws/ws/ws/ws", /* seventeen parts */
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct ghm_multiaddr addr = {.len = 7};
        assert_int_equal(ghm_multiaddr_parse(&addr, wrong[i]), GHM_EINVAL);
        assert_int_equal(addr.len, 7);
    }
}

static void multiaddr_refuses_wrong_bytes(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",
        "910200",         /* half of a port */
        "bd0300",         /* onion3, which this form does not know */
        "ffffff7f",       /* nobody's code */
        "dd0300",         /* ws, which has no value */
        "2a00",           /* an empty zone */
        "2a022f61",       /* a slash in one */
        "900300",         /* an empty path */
        "90030161",       /* a path without its slash */
        "9003022f61dd03", /* something after a path, which its text would swallow */
        "d20300",         /* a hash of nothing */
        "d20304120161ff", /* bytes left over behind it */
        "d203021221",     /* cut short */
        "d20323122100000000000000000000000000000000000000000000000000000000000000000000", /* too
                                                                                           * long
                                                                                           */
        "e10300",               /* an empty segment */
        "2b",                   /* no prefix length */
        "8400",                 /* a code that is not in its shortest form */
        "3500",                 /* an empty name */
        "35026120",             /* a space in a name */
        "3502612f",             /* a slash, which the text form could not carry */
        "35026100",             /* a terminator */
        "358100 61",            /* a length that is not in its shortest form */
        "a5032600",             /* a peer id cut short */
        "a503020000",           /* an identity multihash of nothing */
        "35ffffffffffffffff7f", /* a length far past the end */
        "dd03dd03dd03dd03dd03dd03dd03dd03dd03dd03dd03dd03dd03dd03dd03dd03dd03", /* 17 parts */
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char text[128];
        size_t len = 0;
        for (const char *c = wrong[i]; *c != '\0'; c++) {
            if (*c != ' ') text[len++] = *c;
        }
        text[len] = '\0';
        struct hex hex = hex_of(text);
        struct ghm_multiaddr addr = {.len = 7};
        assert_int_equal(ghm_multiaddr_decode(&addr, hex_bytes(&hex)), GHM_EPROTO);
        assert_int_equal(addr.len, 7);
    }
}

static void multiaddr_reaches_its_bounds(void **state)
{
    (void)state;
    char text[GHM_MULTIADDR_TEXT_MAX + 8] = "/dns/";
    char back[GHM_MULTIADDR_TEXT_MAX];
    struct ghm_multiaddr addr;
    /* A name of 253: code, two bytes of length, name: 256 bytes, the most there may be. */
    memset(text + 5, 'a', 253);
    assert_int_equal(ghm_multiaddr_parse(&addr, text), GHM_OK);
    assert_int_equal(addr.len, GHM_MULTIADDR_LEN_MAX);
    ghm_multiaddr_text(back, &addr);
    assert_string_equal(back, text);
    text[5 + 253] = 'a';
    assert_int_equal(ghm_multiaddr_parse(&addr, text), GHM_EINVAL);
    memset(text + 5, 'a', GHM_MULTIADDR_TEXT_MAX);
    assert_int_equal(ghm_multiaddr_parse(&addr, text), GHM_EINVAL);

    uint8_t in[GHM_MULTIADDR_LEN_MAX + 3] = {0x35, 0xfd, 0x01};
    memset(in + 3, 'a', 253);
    in[GHM_MULTIADDR_LEN_MAX] = 0x06; /* a part that would be right in a shorter address */
    assert_int_equal(ghm_multiaddr_decode(&addr, ghm_bytes(in, GHM_MULTIADDR_LEN_MAX)), GHM_OK);
    assert_int_equal(ghm_multiaddr_decode(&addr, ghm_bytes(in, sizeof in)), GHM_EPROTO);

    /* Sixteen parts are the most. */
    addr = parsed("/ws/ws/ws/ws/ws/ws/ws/ws/ws/ws/ws/ws/ws/ws/ws/ws");
    assert_int_equal(addr.len, 32);

    /* The longest texts fit: a segment all of %xx, and parts of long names around it. */
    uint8_t longest[GHM_MULTIADDR_LEN_MAX];
    size_t len = 0;
    for (size_t i = 0; i < 15; i++) {
        longest[len++] = 0xdf; /* p2p-websocket-star */
        longest[len++] = 0x03;
    }
    memcpy(longest + len, "\xe1\x03\xde\x01", 4); /* http-path of 222 bytes */
    len += 4;
    memset(longest + len, '/', 222);
    assert_int_equal(len + 222, GHM_MULTIADDR_LEN_MAX);
    assert_int_equal(ghm_multiaddr_decode(&addr, ghm_bytes(longest, sizeof longest)), GHM_OK);
    ghm_multiaddr_text(back, &addr);
    assert_true(strlen(back) < GHM_MULTIADDR_TEXT_MAX);
    struct ghm_multiaddr again = parsed(back);
    assert_true(ghm_multiaddr_equal(&again, &addr));

    /* Fifteen IPv6 addresses are the longest of what has no escapes. */
    len = 0;
    for (size_t i = 0; i < 15; i++) {
        longest[len++] = 0x29;
        memset(longest + len, 0x11, 16);
        len += 16;
    }
    assert_int_equal(ghm_multiaddr_decode(&addr, ghm_bytes(longest, len)), GHM_OK);
    ghm_multiaddr_text(back, &addr);
    assert_int_equal(strlen(back), 15 * 44);
}

/* A prefix is accepted only where a part ends. */
static void accept_whole_parts_only(struct ghm_bytes in, struct ghm_bytes whole, void *arg)
{
    (void)whole;
    (void)arg;
    struct ghm_multiaddr addr;
    int error = ghm_multiaddr_decode(&addr, in);
    assert_int_equal(error, in.len == 5 || in.len == 8 ? GHM_OK : GHM_EPROTO);
}

static void accept_only_what_is_written(struct ghm_bytes in, struct ghm_bytes whole, void *arg)
{
    (void)whole;
    (void)arg;
    struct ghm_multiaddr addr;
    struct ghm_multiaddr again;
    char text[GHM_MULTIADDR_TEXT_MAX];
    if (ghm_multiaddr_decode(&addr, in) != GHM_OK) return;
    assert_int_equal(addr.len, in.len);
    ghm_multiaddr_text(text, &addr);
    assert_int_equal(ghm_multiaddr_parse(&again, text), GHM_OK);
    assert_true(ghm_multiaddr_equal(&again, &addr));
}

static void accept_only_canonical_text(struct ghm_bytes in, struct ghm_bytes whole, void *arg)
{
    (void)whole;
    (void)arg;
    struct ghm_multiaddr addr;
    char text[GHM_MULTIADDR_TEXT_MAX];
    char copy[GHM_MULTIADDR_TEXT_MAX];
    memcpy(copy, in.ptr, in.len);
    copy[in.len] = '\0';
    if (ghm_multiaddr_parse(&addr, copy) != GHM_OK) return;
    ghm_multiaddr_text(text, &addr);
    assert_string_equal(text, copy);
}

static void multiaddr_survives_every_hurt(void **state)
{
    (void)state;
    struct hex hex = hex_of("047f000001062328a50326" PEER_HEX);
    hurt_by_truncation(hex_bytes(&hex), accept_whole_parts_only, NULL);
    for (size_t i = 0; i < GOLDEN_COUNT; i++) {
        hex = hex_of(golden[i].hex);
        hurt_by_flip(hex_bytes(&hex), accept_only_what_is_written, NULL);
        hurt_by_truncation(hex_bytes(&hex), accept_only_what_is_written, NULL);
        /* These have many texts for one address. */
        if (strstr(golden[i].text, "ip6") != NULL) continue;
        if (strstr(golden[i].text, "http-path") != NULL) continue;
        hurt_by_truncation(ghm_bytes_text(golden[i].text), accept_only_canonical_text, NULL);
        hurt_by_flip(ghm_bytes_text(golden[i].text), accept_only_canonical_text, NULL);
    }
}

/* multiformats/unsigned-varint: one form of a number, of at most 9 bytes, wherever one stands. */
static void multiaddr_refuses_long_varints(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "c08300dd03",             /* tls in three bytes */
        "8080808080808080808001", /* ten bytes */
        "ffffffffffffffffff7f",   /* and more than 63 bits */
        "d203a2801220",           /* a length */
        "d20324920020",
        "d203241280a000", /* a hash's code and length */
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        uint8_t in[64] = {0};
        struct hex hex = hex_of(wrong[i]);
        struct ghm_multiaddr addr;
        memcpy(in, hex.bytes, hex.len);
        for (size_t len = hex.len; len <= sizeof in; len++)
            assert_int_equal(ghm_multiaddr_decode(&addr, ghm_bytes(in, len)), GHM_EPROTO);
    }
}

static void multiaddr_splits_for_a_dialer(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *host;
        int family;
        bool is_name;
        bool has_peer;
    } cases[] = {
        {"/ip4/127.0.0.1/tcp/9000", "127.0.0.1", 4, false, false},
        {"/ip4/127.0.0.1/tcp/9000/p2p/" PEER, "127.0.0.1", 4, false, true},
        {"/ip6/::1/tcp/9000", "::1", 6, false, false},
        {"/dns/a.example/tcp/9000", "a.example", 0, true, false},
        {"/dns4/a.example/tcp/9000", "a.example", 4, true, false},
        {"/dns6/a.example/tcp/9000/p2p/" PEER, "a.example", 6, true, true},
    };
    struct hex peer = hex_of(PEER_HEX);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ghm_multiaddr addr = parsed(cases[i].text);
        struct ghm_multiaddr_tcp tcp;
        assert_int_equal(ghm_multiaddr_as_tcp(&tcp, &addr), GHM_OK);
        assert_string_equal(tcp.host, cases[i].host);
        assert_int_equal(tcp.family, cases[i].family);
        assert_int_equal(tcp.is_name, cases[i].is_name);
        assert_int_equal(tcp.port, 9000);
        assert_int_equal(tcp.peerid.ptr != NULL, cases[i].has_peer);
        if (cases[i].has_peer) assert_true(ghm_bytes_equal(tcp.peerid, hex_bytes(&peer)));
    }
}

static void multiaddr_tells_what_tcp_cannot_reach(void **state)
{
    (void)state;
    static const char *const others[] = {
        "/ip4/127.0.0.1",
        "/tcp/1",
        "/tcp/1/ip4/127.0.0.1",
        "/p2p/" PEER,
        "/dnsaddr/a.example",
        "/dnsaddr/a.example/tcp/1",
        "/ip4/127.0.0.1/udp/1/quic-v1",
        "/ip4/127.0.0.1/tcp/1/ws",
        "/ip4/127.0.0.1/tcp/1/p2p/" PEER "/p2p-circuit",
        "/ip6zone/eth0/ip6/fe80::1/tcp/1",
        "/ip4/127.0.0.1/tcp/1/tcp/2",
        "/ip4/127.0.0.1/p2p/" PEER,
        "/ip4/127.0.0.1/tcp/1/p2p/" PEER "/p2p/" PEER,
    };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        struct ghm_multiaddr addr = parsed(others[i]);
        struct ghm_multiaddr_tcp tcp;
        assert_int_equal(ghm_multiaddr_as_tcp(&tcp, &addr), GHM_ENOTSUP);
    }
}

static void multiaddr_is_made_of_a_socket_address(void **state)
{
    (void)state;
    struct hex peer = hex_of(PEER_HEX);
    struct ghm_multiaddr addr = {.len = 7};
    char text[GHM_MULTIADDR_TEXT_MAX];
    assert_int_equal(ghm_multiaddr_of_tcp(&addr, "a.example", 1, GHM_BYTES_NONE), GHM_EINVAL);
    assert_int_equal(ghm_multiaddr_of_tcp(&addr, "1.2.3.4", 1, ghm_bytes("x", 1)), GHM_EINVAL);
    assert_int_equal(addr.len, 7);
    assert_int_equal(ghm_multiaddr_of_tcp(&addr, "1.2.3.4", 9000, GHM_BYTES_NONE), GHM_OK);
    ghm_multiaddr_text(text, &addr);
    assert_string_equal(text, "/ip4/1.2.3.4/tcp/9000");
    assert_int_equal(ghm_multiaddr_of_tcp(&addr, "::1", 9000, hex_bytes(&peer)), GHM_OK);
    ghm_multiaddr_text(text, &addr);
    assert_string_equal(text, "/ip6/::1/tcp/9000/p2p/" PEER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(multiaddr_has_two_forms),
        cmocka_unit_test(multiaddr_reads_other_texts_of_the_same),
        cmocka_unit_test(multiaddr_refuses_wrong_texts),
        cmocka_unit_test(multiaddr_refuses_wrong_bytes),
        cmocka_unit_test(multiaddr_reaches_its_bounds),
        cmocka_unit_test(multiaddr_survives_every_hurt),
        cmocka_unit_test(multiaddr_refuses_long_varints),
        cmocka_unit_test(multiaddr_splits_for_a_dialer),
        cmocka_unit_test(multiaddr_tells_what_tcp_cannot_reach),
        cmocka_unit_test(multiaddr_is_made_of_a_socket_address),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
