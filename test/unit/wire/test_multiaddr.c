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

/* Source: the first is the example of multiformats/multiaddr test/multiaddr.feature; the others
 * follow from the codes and sizes of its protocols.csv. */
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
    struct ghm_multiaddr long_ip = parsed("/ip6/0:0:0:0:0:0:0:1");
    struct ghm_multiaddr short_ip = parsed("/ip6/::1");
    assert_true(ghm_multiaddr_equal(&ipfs, &want));
    assert_true(ghm_multiaddr_equal(&cid, &want));
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
        "/udp/1",
        "/ws/1",
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
        "/tcp/1/tcp/1/tcp/1/tcp/1/tcp/1/tcp/1/tcp/1/tcp/1/tcp/1", /* nine parts */
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
        "910200",               /* udp, which this form does not know */
        "8400",                 /* a code that is not in its shortest form */
        "3500",                 /* an empty name */
        "35026120",             /* a space in a name */
        "3502612f",             /* a slash, which the text form could not carry */
        "35026100",             /* a terminator */
        "358100 61",            /* a length that is not in its shortest form */
        "a5032600",             /* a peer id cut short */
        "a503020000",           /* an identity multihash of nothing */
        "35ffffffffffffffff7f", /* a length far past the end */
        "060001060001060001060001060001060001060001060001060001", /* nine parts */
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

    /* Eight parts are the most, and the longest texts fit. */
    addr = parsed(
        "/ip6/1111:2222:3333:4444:5555:6666:7777:8888/ip6/1111:2222:3333:4444:5555:6666:7777:"
        "8888/ip6/1111:2222:3333:4444:5555:6666:7777:8888/tcp/65535/p2p/" PEER "/p2p/" PEER
        "/p2p/" PEER "/p2p/" PEER);
    ghm_multiaddr_text(back, &addr);
    assert_true(strlen(back) < GHM_MULTIADDR_TEXT_MAX);
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
        if (strstr(golden[i].text, "ip6") != NULL) continue; /* has many texts for one address */
        hurt_by_truncation(ghm_bytes_text(golden[i].text), accept_only_canonical_text, NULL);
        hurt_by_flip(ghm_bytes_text(golden[i].text), accept_only_canonical_text, NULL);
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
        cmocka_unit_test(multiaddr_splits_for_a_dialer),
        cmocka_unit_test(multiaddr_tells_what_tcp_cannot_reach),
        cmocka_unit_test(multiaddr_is_made_of_a_socket_address),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
