/* SPDX-License-Identifier: MIT */
#include "answer/entry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define TEXT(text) ghm_bytes((text), sizeof(text) - 1)

static struct ghm_entry sample(void)
{
    struct ghm_entry entry = {
        .kind = GHM_ENTRY_ORIGIN,
        .status = 200,
        .from_peer = true,
        .date_ms = INT64_C(0x0000019a0b0c0d0e),
        .ttl_s = 300,
        .name = TEXT("GET h/p"),
        .headers = TEXT("etag: \"x\"\n"),
        .body = TEXT("{}"),
    };
    memset(entry.identity.fp, 0x11, sizeof entry.identity.fp);
    memset(entry.body_sha256, 0x22, sizeof entry.body_sha256);
    return entry;
}

/* Source: the layout drawn in src/answer/entry.c. */
static const uint8_t golden[] = {
    1,    1,    1,    0,    0,    200,  0,    7,    /* version, kind, peer, status, name */
    0,    0,    1,    0x9a, 0x0b, 0x0c, 0x0d, 0x0e, /* date */
    0,    0,    1,    0x2c, 0,    0,    0,    10,   0,    0,    0,    2, /* ttl, headers, body */
    0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11,
    0x11, 0x11, 0x22, 0x22, 0x22, 0x22, 0x22, 0x22, 0x22, 0x22, 0x22, 0x22, 0x22, 0x22,
    0x22, 0x22, 0x22, 0x22, 0x22, 0x22, 0x22, 0x22, 0x22, 0x22, 0x22, 0x22, 0x22, 0x22,
    0x22, 0x22, 0x22, 0x22, 0x22, 0x22, 'G',  'E',  'T',  ' ',  'h',  '/',  'p',  'e',
    't',  'a',  'g',  ':',  ' ',  '"',  'x',  '"',  '\n', '{',  '}',
};

static void byte_form_is_the_known_one(void **state)
{
    (void)state;
    struct ghm_mem mem;
    struct ghm_buf buf;
    struct ghm_entry entry = sample();
    ghm_mem_init(&mem, NULL, 4096);
    ghm_buf_init(&buf, &mem, 1024);
    assert_int_equal(ghm_entry_size(&entry), sizeof golden);
    assert_int_equal(ghm_entry_append(&buf, &entry), GHM_OK);
    assert_true(ghm_bytes_equal(ghm_buf_bytes(&buf), ghm_bytes(golden, sizeof golden)));
    ghm_buf_fini(&buf);
    ghm_mem_fini(&mem);
}

static void decodes_what_was_written(void **state)
{
    (void)state;
    struct ghm_entry expected = sample();
    struct ghm_entry entry;
    assert_int_equal(ghm_entry_decode(&entry, ghm_bytes(golden, sizeof golden)), GHM_OK);
    assert_int_equal(entry.kind, expected.kind);
    assert_int_equal(entry.status, 200);
    assert_true(entry.from_peer);
    assert_int_equal(entry.date_ms, expected.date_ms);
    assert_int_equal(entry.ttl_s, 300);
    assert_memory_equal(entry.identity.fp, expected.identity.fp, sizeof entry.identity.fp);
    assert_memory_equal(entry.body_sha256, expected.body_sha256, sizeof entry.body_sha256);
    assert_true(ghm_bytes_equal(entry.name, expected.name));
    assert_true(ghm_bytes_equal(entry.headers, expected.headers));
    assert_true(ghm_bytes_equal(entry.body, expected.body));
}

static void every_truncation_and_addition_is_refused(void **state)
{
    (void)state;
    uint8_t longer[sizeof golden + 1] = {0};
    struct ghm_entry entry;
    for (size_t len = 0; len < sizeof golden; len++) {
        assert_int_equal(ghm_entry_decode(&entry, ghm_bytes(golden, len)), GHM_EPROTO);
    }
    memcpy(longer, golden, sizeof golden);
    assert_int_equal(ghm_entry_decode(&entry, ghm_bytes(longer, sizeof longer)), GHM_EPROTO);
}

/* With nothing behind it a part must not be taken for whole when it is cut. */
static void last_parts_cannot_be_cut(void **state)
{
    (void)state;
    uint8_t bytes[sizeof golden];
    struct ghm_entry decoded;
    struct ghm_entry entry = sample();
    entry.body = TEXT("");
    for (int parts = 2; parts > 0; parts--) {
        size_t size = ghm_entry_size(&entry);
        ghm_entry_write(bytes, &entry);
        assert_int_equal(ghm_entry_decode(&decoded, ghm_bytes(bytes, size)), GHM_OK);
        for (size_t len = 0; len < size; len++) {
            assert_int_equal(ghm_entry_decode(&decoded, ghm_bytes(bytes, len)), GHM_EPROTO);
        }
        entry.headers = TEXT("");
    }
}

/* What is accepted has this one byte form and no other. */
static void every_flipped_bit_is_refused_or_kept(void **state)
{
    (void)state;
    uint8_t bytes[sizeof golden];
    uint8_t again[sizeof golden];
    struct ghm_entry entry;
    for (size_t bit = 0; bit < 8 * sizeof golden; bit++) {
        memcpy(bytes, golden, sizeof golden);
        bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
        if (ghm_entry_decode(&entry, ghm_bytes(bytes, sizeof bytes)) != GHM_OK) continue;
        assert_int_equal(ghm_entry_size(&entry), sizeof again);
        ghm_entry_write(again, &entry);
        assert_memory_equal(again, bytes, sizeof again);
    }
}

static int decode_with(size_t at, uint8_t value)
{
    uint8_t bytes[sizeof golden];
    struct ghm_entry entry;
    memcpy(bytes, golden, sizeof golden);
    bytes[at] = value;
    return ghm_entry_decode(&entry, ghm_bytes(bytes, sizeof bytes));
}

static void fields_out_of_range_are_refused(void **state)
{
    (void)state;
    assert_int_equal(decode_with(0, 0), GHM_EPROTO); /* version */
    assert_int_equal(decode_with(0, 2), GHM_EPROTO);
    assert_int_equal(decode_with(1, 0), GHM_EPROTO); /* kind */
    assert_int_equal(decode_with(1, 3), GHM_EPROTO);
    assert_int_equal(decode_with(1, 2), GHM_OK);
    assert_int_equal(decode_with(2, 2), GHM_EPROTO); /* from peer */
    assert_int_equal(decode_with(3, 1), GHM_EPROTO);
    assert_int_equal(decode_with(5, 99), GHM_EPROTO); /* status */
    assert_int_equal(decode_with(4, 3), GHM_EPROTO);
    assert_int_equal(decode_with(8, 0x80), GHM_EPROTO);  /* date */
    assert_int_equal(decode_with(77, '\n'), GHM_EPROTO); /* name */
    assert_int_equal(decode_with(83, 'E'), GHM_EPROTO);  /* headers: "Etag" */
    assert_int_equal(decode_with(90, '\r'), GHM_EPROTO);
}

static void a_put_has_status_200(void **state)
{
    (void)state;
    uint8_t bytes[sizeof golden];
    struct ghm_entry entry;
    memcpy(bytes, golden, sizeof golden);
    bytes[1] = GHM_ENTRY_PUT;
    assert_int_equal(ghm_entry_decode(&entry, ghm_bytes(bytes, sizeof bytes)), GHM_OK);
    assert_int_equal(entry.kind, GHM_ENTRY_PUT);
    bytes[5] = 201;
    assert_int_equal(ghm_entry_decode(&entry, ghm_bytes(bytes, sizeof bytes)), GHM_EPROTO);
}

static int append(const struct ghm_entry *entry)
{
    struct ghm_mem mem;
    struct ghm_buf buf;
    ghm_mem_init(&mem, NULL, SIZE_MAX);
    ghm_buf_init(&buf, &mem, SIZE_MAX);
    int error = ghm_entry_append(&buf, entry);
    ghm_buf_fini(&buf);
    ghm_mem_fini(&mem);
    return error;
}

static void bounds_are_held(void **state)
{
    (void)state;
    uint8_t byte = 'x';
    struct ghm_entry entry = sample();
    entry.name = ghm_bytes(&byte, GHM_VARIANT_NAME_MAX + 1);
    assert_int_equal(append(&entry), GHM_ELIMIT);
    entry = sample();
    entry.name = GHM_BYTES_NONE;
    assert_int_equal(append(&entry), GHM_ELIMIT);
    entry = sample();
    entry.headers = ghm_bytes(&byte, GHM_ENTRY_HEADERS_MAX + 1);
    assert_int_equal(append(&entry), GHM_ELIMIT);
    entry = sample();
    entry.body = ghm_bytes(&byte, (size_t)GHM_ENTRY_BODY_MAX + 1);
    assert_int_equal(append(&entry), GHM_ELIMIT);
}

static void allocation_failure_appends_nothing(void **state)
{
    (void)state;
    struct ghm_mem mem;
    struct ghm_buf buf;
    struct ghm_entry entry = sample();
    ghm_mem_init(&mem, NULL, 4096);
    ghm_buf_init(&buf, &mem, 1024);
    mem.fail_after = 1;
    assert_int_equal(ghm_entry_append(&buf, &entry), GHM_ENOMEM);
    assert_int_equal(ghm_buf_len(&buf), 0);
    ghm_buf_fini(&buf);
    ghm_mem_fini(&mem);
}

static void newer_wins_then_larger_hash(void **state)
{
    (void)state;
    struct ghm_entry a = sample();
    struct ghm_entry b = sample();
    assert_int_equal(ghm_entry_compare(&a, &b), 0);
    b.body_sha256[31]++;
    assert_int_equal(ghm_entry_compare(&a, &b), -1);
    assert_int_equal(ghm_entry_compare(&b, &a), 1);
    a.date_ms++;
    assert_int_equal(ghm_entry_compare(&a, &b), 1);
    assert_int_equal(ghm_entry_compare(&b, &a), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(byte_form_is_the_known_one),
        cmocka_unit_test(decodes_what_was_written),
        cmocka_unit_test(every_truncation_and_addition_is_refused),
        cmocka_unit_test(last_parts_cannot_be_cut),
        cmocka_unit_test(every_flipped_bit_is_refused_or_kept),
        cmocka_unit_test(fields_out_of_range_are_refused),
        cmocka_unit_test(a_put_has_status_200),
        cmocka_unit_test(bounds_are_held),
        cmocka_unit_test(allocation_failure_appends_nothing),
        cmocka_unit_test(newer_wins_then_larger_hash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
