/* SPDX-License-Identifier: MIT */
#include "wire/protocol.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Source: multiformats/multiaddr protocols.csv (9b7b3fa), without those that hold onion, garlic and
 * memory addresses. */
static const struct {
    uint64_t code;
    const char *name;
    int bits; /* -1: V */
} listed[] = {
    {4, "ip4", 32},
    {6, "tcp", 16},
    {273, "udp", 16},
    {33, "dccp", 16},
    {41, "ip6", 128},
    {42, "ip6zone", -1},
    {43, "ipcidr", 8},
    {53, "dns", -1},
    {54, "dns4", -1},
    {55, "dns6", -1},
    {56, "dnsaddr", -1},
    {132, "sctp", 16},
    {301, "udt", 0},
    {302, "utp", 0},
    {400, "unix", -1},
    {421, "p2p", -1},
    {448, "tls", 0},
    {449, "sni", -1},
    {454, "noise", 0},
    {460, "quic", 0},
    {461, "quic-v1", 0},
    {465, "webtransport", 0},
    {466, "certhash", -1},
    {480, "http", 0},
    {481, "http-path", -1},
    {443, "https", 0},
    {477, "ws", 0},
    {478, "wss", 0},
    {479, "p2p-websocket-star", 0},
    {277, "p2p-stardust", 0},
    {275, "p2p-webrtc-star", 0},
    {276, "p2p-webrtc-direct", 0},
    {280, "webrtc-direct", 0},
    {281, "webrtc", 0},
    {290, "p2p-circuit", 0},
};

static void protocol_table_is_the_list(void **state)
{
    (void)state;
    size_t known = 0;
    for (uint64_t code = 0; code < 100000; code++)
        known += ghm_protocol_of_code(code) != NULL;
    assert_int_equal(known, sizeof listed / sizeof listed[0]);
    for (size_t i = 0; i < sizeof listed / sizeof listed[0]; i++) {
        const struct ghm_protocol *protocol = ghm_protocol_of_code(listed[i].code);
        assert_non_null(protocol);
        assert_string_equal(protocol->name, listed[i].name);
        assert_int_equal(protocol->len,
                         listed[i].bits < 0 ? GHM_PROTOCOL_VARIES : listed[i].bits / 8);
        assert_ptr_equal(ghm_protocol_of_name(ghm_bytes_text(listed[i].name)), protocol);
    }
}

static void protocol_ipfs_is_p2p(void **state)
{
    (void)state;
    const struct ghm_protocol *p2p = ghm_protocol_of_name(ghm_bytes_text("p2p"));
    assert_ptr_equal(ghm_protocol_of_name(ghm_bytes_text("ipfs")), p2p);
}

static void protocol_unknown_is_null(void **state)
{
    (void)state;
    static const char *const names[] = {"", "tc", "tcpx", "TCP", "onion3", "memory", "ipfs2"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_null(ghm_protocol_of_name(ghm_bytes_text(names[i])));
    assert_null(
        ghm_protocol_of_code((UINT64_C(1) << 32) + 6)); /* which an int would take for tcp */
    assert_null(ghm_protocol_of_code(UINT64_MAX));
}

/* Every value of one byte and every pair of bytes: what is right has a text that gives it back. */
static void protocol_right_values_have_a_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof listed / sizeof listed[0]; i++) {
        const struct ghm_protocol_form *form = ghm_protocol_of_code(listed[i].code)->form;
        for (unsigned n = 0; n < 65536; n++) {
            uint8_t value[2] = {(uint8_t)n, (uint8_t)(n >> 8)};
            uint8_t again[GHM_PROTOCOL_VALUE_MAX];
            char text[GHM_PROTOCOL_TEXT_MAX];
            size_t len = n < 256 ? 1 : 2;
            if (!form->is_right(ghm_bytes(value, len))) continue;
            size_t text_len = form->text(text, ghm_bytes(value, len));
            assert_int_equal(form->parse(again, ghm_bytes(text, text_len)), len);
            assert_memory_equal(again, value, len);
            bool has_slash = memchr(text, '/', text_len) != NULL;
            assert_true(!has_slash || form->is_last);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(protocol_table_is_the_list),
        cmocka_unit_test(protocol_ipfs_is_p2p),
        cmocka_unit_test(protocol_unknown_is_null),
        cmocka_unit_test(protocol_right_values_have_a_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
