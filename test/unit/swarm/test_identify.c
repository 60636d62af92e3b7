/* SPDX-License-Identifier: MIT */
#include "swarm/identify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define KEY "key"

static struct ghm_bytes key(void)
{
    return ghm_bytes_text(KEY);
}

struct told {
    struct ghm_mem mem;
    struct ghm_identify identify;
};

static void start(struct told *told)
{
    ghm_mem_init(&told->mem, NULL, 1 << 20);
    ghm_identify_init(&told->identify, &told->mem);
}

static void stop(struct told *told)
{
    ghm_identify_fini(&told->identify);
    ghm_mem_fini(&told->mem);
}

static int give(struct told *told, const char *bytes, size_t len, size_t used_wanted)
{
    size_t used;
    int error = ghm_identify_push(&told->identify, &used, ghm_bytes(bytes, len), key());
    if (error == GHM_OK) assert_int_equal(used, used_wanted);
    return error;
}

static bool lists(const struct told *told, const char *name)
{
    return ghm_identify_lists(ghm_buf_bytes(&told->identify.protocols), name);
}

/* libp2p/specs identify/README.md, "The Identify Message", written by hand */
#define GOLDEN                                                                                     \
    "\x2e"                                                                                         \
    "\x0a\x03key"                                                                                  \
    "\x2a\x0aipfs/0.1.0"                                                                           \
    "\x32\x03\x61/1"                                                                               \
    "\x1a\x02/x"                                                                                   \
    "\x22\x08\x04\x0a\0\0\2\x06\x23\x28"                                                           \
    "\x12\x08\x04\x0a\0\0\1\x06\x23\x28"

static void message_is_as_the_spec_says(void **state)
{
    (void)state;
    struct ghm_mem mem;
    struct ghm_buf buf;
    struct ghm_multiaddr listen, observed;
    const char *const protocols[] = {"/x", NULL};
    ghm_mem_init(&mem, NULL, 1 << 20);
    ghm_buf_init(&buf, &mem, 8192);
    assert_int_equal(ghm_multiaddr_parse(&listen, "/ip4/10.0.0.1/tcp/9000"), GHM_OK);
    assert_int_equal(ghm_multiaddr_parse(&observed, "/ip4/10.0.0.2/tcp/9000"), GHM_OK);
    struct ghm_identify_self self = {
        .public_key = key(),
        .agent_version = "a/1",
        .protocols = protocols,
        .listen = &listen,
        .listen_count = 1,
        .observed = &observed,
    };
    assert_int_equal(ghm_identify_append(&buf, &self), GHM_OK);
    assert_true(ghm_bytes_equal(ghm_buf_bytes(&buf), ghm_bytes(GOLDEN, sizeof GOLDEN - 1)));

    struct told told;
    start(&told);
    assert_int_equal(give(&told, GOLDEN, sizeof GOLDEN - 1, sizeof GOLDEN - 1), GHM_OK);
    assert_true(lists(&told, "/x"));
    assert_string_equal(told.identify.agent_version, "a/1");
    stop(&told);
    ghm_buf_fini(&buf);
    ghm_mem_fini(&mem);
}

static void what_does_not_fit_is_left_out(void **state)
{
    (void)state;
    static struct ghm_multiaddr listen[100];
    static char long_name[5000];
    struct ghm_mem mem;
    struct ghm_buf buf;
    const char *const protocols[] = {"/x", NULL}, *const too_long[] = {long_name, NULL};
    ghm_mem_init(&mem, NULL, 1 << 20);
    ghm_buf_init(&buf, &mem, 8192);
    for (size_t i = 0; i < 100; i++) {
        listen[i].len = 200;
    }
    struct ghm_identify_self self = {
        .public_key = key(),
        .agent_version = "a/1",
        .protocols = protocols,
        .listen = listen,
        .listen_count = 100,
    };
    assert_int_equal(ghm_identify_append(&buf, &self), GHM_OK);
    assert_in_range(ghm_buf_len(&buf), 3800, GHM_IDENTIFY_TOLD_MAX);
    memset(long_name, 'n', sizeof long_name - 1);
    self.protocols = too_long;
    assert_int_equal(ghm_identify_append(&buf, &self), GHM_ELIMIT);
    ghm_buf_fini(&buf);
    ghm_mem_fini(&mem);
}

static void messages_are_merged_in_any_split(void **state)
{
    (void)state;
    static const char two[] = "\x04\x1a\x02/a\x08\x1a\x02/b\x1a\x02/c";
    struct told told;
    start(&told);
    for (size_t at = 0, len = 1; at + len < sizeof two;) {
        size_t used;
        assert_int_equal(ghm_identify_push(&told.identify, &used, ghm_bytes(two + at, len), key()),
                         GHM_OK);
        at += used;
        len = used > 0 ? 1 : len + 1;
    }
    assert_int_equal(told.identify.frames, 2);
    assert_true(lists(&told, "/a") && lists(&told, "/b") && lists(&told, "/c"));
    assert_false(lists(&told, "/") || lists(&told, "a") || lists(&told, "/a/"));
    stop(&told);
}

/* go-libp2p tells in two messages when the record makes it more than 2 KiB: go-libp2p#3483 */
static void a_record_may_come_in_a_second_message(void **state)
{
    (void)state;
    static uint8_t both[4096];
    const size_t record_len = 3000, field_len = 1 + 2 + record_len;
    size_t at = 0, used = 0;
    struct told told;
    start(&told);
    memcpy(both, GOLDEN, sizeof GOLDEN - 1);
    at += sizeof GOLDEN - 1;
    both[at++] = (uint8_t)(field_len | 0x80);
    both[at++] = (uint8_t)(field_len >> 7);
    both[at++] = 8 << 3 | 2;
    both[at++] = (uint8_t)(record_len | 0x80);
    both[at++] = (uint8_t)(record_len >> 7);
    memset(both + at, 'r', record_len);
    at += record_len;
    /* all of the first, and all but the last byte of the second */
    assert_int_equal(ghm_identify_push(&told.identify, &used, ghm_bytes(both, at - 1), key()),
                     GHM_OK);
    assert_int_equal(used, sizeof GOLDEN - 1);
    assert_int_equal(ghm_buf_len(&told.identify.record), 0);
    assert_int_equal(
        ghm_identify_push(&told.identify, &used, ghm_bytes(both + used, at - used), key()), GHM_OK);
    assert_int_equal(told.identify.frames, 2);
    assert_int_equal(ghm_buf_len(&told.identify.record), record_len);
    assert_int_equal(told.identify.listen_kept, 1);
    assert_true(lists(&told, "/x"));
    stop(&told);
}

static void a_record_is_told_when_it_fits(void **state)
{
    (void)state;
    static uint8_t record[GHM_IDENTIFY_TOLD_MAX];
    static char name[2500];
    const char *const protocols[] = {name, NULL};
    struct ghm_multiaddr listen;
    assert_int_equal(ghm_multiaddr_parse(&listen, "/ip4/10.0.0.1/tcp/9000"), GHM_OK);
    memset(name, 'n', sizeof name - 1);
    const size_t lens[] = {0, 1, 127, 128, 1400, 1700, GHM_IDENTIFY_RECORD_TOLD_MAX};
    for (size_t i = 0; i < sizeof lens / sizeof lens[0]; i++) {
        size_t len = lens[i], used;
        struct told told;
        struct ghm_buf buf;
        struct ghm_identify_self self = {
            .public_key = key(),
            .agent_version = "a/1",
            .protocols = protocols,
            .listen = &listen,
            .listen_count = 1,
            .record = ghm_bytes(record, len),
        };
        start(&told);
        ghm_buf_init(&buf, &told.mem, 8192);
        assert_int_equal(ghm_identify_append(&buf, &self), GHM_OK);
        assert_in_range(ghm_buf_len(&buf), 1, GHM_IDENTIFY_TOLD_MAX);
        assert_int_equal(ghm_identify_push(&told.identify, &used, ghm_buf_bytes(&buf), key()),
                         GHM_OK);
        assert_int_equal(ghm_buf_len(&told.identify.record), len <= 1400 ? len : 0);
        assert_int_equal(told.identify.listen_kept, 1);
        ghm_buf_fini(&buf);
        stop(&told);
    }
}

static void another_key_is_refused(void **state)
{
    (void)state;
    struct told told;
    start(&told);
    assert_int_equal(give(&told, "\x05\x0a\x03keY", 6, 6), GHM_EPROTO);
    stop(&told);
}

static void oversized_message_is_refused_by_its_length(void **state)
{
    (void)state;
    struct told told;
    start(&told);
    assert_int_equal(give(&told, "\x80\x40", 2, 0), GHM_OK); /* 8192: waits for the rest */
    assert_int_equal(give(&told, "\x81\x40", 2, 0), GHM_EPROTO);
    assert_int_equal(give(&told, "\xff\xff\xff\xff\x7f", 5, 0), GHM_EPROTO);
    assert_int_equal(told.mem.peak_bytes, 0);
    stop(&told);
}

static void eleventh_message_is_refused(void **state)
{
    (void)state;
    struct told told;
    start(&told);
    for (int i = 0; i < 10; i++)
        assert_int_equal(give(&told, "\0", 1, 1), GHM_OK);
    assert_int_equal(give(&told, "\0", 1, 1), GHM_EPROTO);
    stop(&told);
}

static void names_are_bounded(void **state)
{
    (void)state;
    struct told told;
    char frame[2 + 3 * 1025];
    start(&told);
    frame[0] = (char)((3072 & 0x7f) | 0x80);
    frame[1] = (char)(3072 >> 7);
    for (size_t i = 0; i < 1025; i++)
        memcpy(frame + 2 + 3 * i, "\x1a\x01/", 3);
    assert_int_equal(give(&told, frame, 2 + 3072, 2 + 3072), GHM_OK);
    assert_int_equal(told.identify.protocols_count, GHM_IDENTIFY_PROTOCOLS_MAX);
    assert_int_equal(give(&told, "\x03\x1a\x01/", 4, 4), GHM_EPROTO);
    stop(&told);
    start(&told);
    assert_int_equal(give(&told, "\x02\x1a\0", 3, 3), GHM_EPROTO); /* no name */
    stop(&told);
    start(&told);
    assert_int_equal(give(&told, "\x05\x1a\x03/\0x", 6, 6), GHM_EPROTO); /* two names in one */
    stop(&told);
}

static void agent_version_is_made_printable_and_short(void **state)
{
    (void)state;
    struct told told;
    char frame[2 + 2 + 100] = {102, 0x32, 100};
    start(&told);
    memset(frame + 3, 'v', 100);
    frame[3] = '\n';
    frame[4] = '\x1b';
    assert_int_equal(give(&told, frame, 103, 103), GHM_OK);
    assert_int_equal(strlen(told.identify.agent_version), GHM_IDENTIFY_AGENT_MAX - 1);
    assert_memory_equal(told.identify.agent_version, "??v", 3);
    stop(&told);
}

static void truncations_wait_and_flips_are_survived(void **state)
{
    (void)state;
    for (size_t len = 0; len < sizeof GOLDEN - 1; len++) {
        struct told told;
        start(&told);
        assert_int_equal(give(&told, GOLDEN, len, 0), GHM_OK);
        assert_int_equal(told.identify.frames, 0);
        stop(&told);
    }
    for (size_t bit = 0; bit < 8 * (sizeof GOLDEN - 1); bit++) {
        struct told told;
        size_t used;
        char flipped[sizeof GOLDEN];
        memcpy(flipped, GOLDEN, sizeof GOLDEN);
        flipped[bit / 8] = (char)(flipped[bit / 8] ^ 1 << bit % 8);
        start(&told);
        int error =
            ghm_identify_push(&told.identify, &used, ghm_bytes(flipped, sizeof GOLDEN - 1), key());
        assert_true(error == GHM_OK || error == GHM_EPROTO);
        stop(&told);
    }
}

static void addresses_are_kept_and_bounded(void **state)
{
    (void)state;
    struct told told;
    struct ghm_multiaddr addr;
    start(&told);
    char message[2 + 80 * 10] = "\xa0\x06"; /* 800 bytes */
    for (int i = 0; i < 80; i++)
        memcpy(message + 2 + i * 10, "\x12\x08\x04\x0a\0\0\1\x06\x23\x28", 10);
    message[2 + 3] = '\x7f'; /* the first: an unknown protocol */
    assert_int_equal(give(&told, message, sizeof message, sizeof message), GHM_OK);
    assert_int_equal(told.identify.listen_count, 80);
    assert_int_equal(told.identify.listen_kept, GHM_IDENTIFY_LISTEN_KEPT);
    struct ghm_bytes left = ghm_buf_bytes(&told.identify.listen);
    size_t count = 0;
    for (; ghm_identify_listen(&left, &addr); count++)
        assert_int_equal(addr.len, 8);
    assert_int_equal(count, GHM_IDENTIFY_LISTEN_KEPT);
    for (int i = 1; i < 6; i++)
        assert_int_equal(give(&told, message, sizeof message, sizeof message), GHM_OK);
    assert_int_equal(give(&told, message, sizeof message, 0), GHM_EPROTO); /* 560 */
    stop(&told);
}

static void record_and_observed_address_are_kept(void **state)
{
    (void)state;
    static const char message[] = "\x14\x42\x03old\x42\x03new\x22\x08\x04\x0a\0\0\2\x06\x23\x28";
    struct told told;
    start(&told);
    assert_int_equal(give(&told, message, sizeof message - 1, sizeof message - 1), GHM_OK);
    assert_true(ghm_bytes_equal(ghm_buf_bytes(&told.identify.record), ghm_bytes_text("new")));
    assert_int_equal(ghm_buf_len(&told.identify.observed), 8);
    stop(&told);
}

static void refused_memory_is_an_error(void **state)
{
    (void)state;
    struct told told;
    start(&told);
    told.mem.fail_after = 1;
    assert_int_equal(give(&told, GOLDEN, sizeof GOLDEN - 1, 0), GHM_ENOMEM);
    stop(&told);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(message_is_as_the_spec_says),
        cmocka_unit_test(what_does_not_fit_is_left_out),
        cmocka_unit_test(messages_are_merged_in_any_split),
        cmocka_unit_test(a_record_may_come_in_a_second_message),
        cmocka_unit_test(a_record_is_told_when_it_fits),
        cmocka_unit_test(another_key_is_refused),
        cmocka_unit_test(oversized_message_is_refused_by_its_length),
        cmocka_unit_test(eleventh_message_is_refused),
        cmocka_unit_test(names_are_bounded),
        cmocka_unit_test(agent_version_is_made_printable_and_short),
        cmocka_unit_test(truncations_wait_and_flips_are_survived),
        cmocka_unit_test(addresses_are_kept_and_bounded),
        cmocka_unit_test(record_and_observed_address_are_kept),
        cmocka_unit_test(refused_memory_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
