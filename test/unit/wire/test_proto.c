/* SPDX-License-Identifier: MIT */
#include "wire/proto.h"

#include "hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct ghm_proto_field only_field(const char *text)
{
    struct hex hex = hex_of(text);
    struct ghm_proto_reader reader;
    struct ghm_proto_field field;
    ghm_proto_reader_init(&reader, hex_bytes(&hex));
    assert_int_equal(ghm_proto_next(&reader, &field), 1);
    assert_int_equal(field.raw.len, hex.len);
    assert_int_equal(ghm_proto_next(&reader, &field), 0);
    return field;
}

/* Source: protobuf.dev "Encoding": 150 as field 1, "testing" as field 2; fixed values by its rules.
 */
static void proto_reads_each_type(void **state)
{
    (void)state;
    struct ghm_proto_field field = only_field("089601");
    assert_int_equal(field.number, 1);
    assert_int_equal(field.type, GHM_PROTO_VARINT);
    assert_true(field.value == 150);

    struct hex hex = hex_of("120774657374696e67");
    struct ghm_proto_reader reader;
    ghm_proto_reader_init(&reader, hex_bytes(&hex));
    assert_int_equal(ghm_proto_next(&reader, &field), 1);
    assert_int_equal(field.number, 2);
    assert_int_equal(field.type, GHM_PROTO_BYTES);
    assert_true(ghm_bytes_equal(field.bytes, ghm_bytes_text("testing")));

    field = only_field("190807060504030201");
    assert_int_equal(field.type, GHM_PROTO_FIXED64);
    assert_true(field.value == 0x0102030405060708);
    field = only_field("2504030201");
    assert_int_equal(field.type, GHM_PROTO_FIXED32);
    assert_true(field.value == 0x01020304);
    field = only_field("08ffffffffffffffffff01");
    assert_true(field.value == UINT64_MAX);
    field = only_field("f8ffffff0f00"); /* the largest number, 2^29-1 */
    assert_int_equal(field.number, (1 << 29) - 1);
}

static void proto_refuses_what_is_no_field(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "0001",          /* number 0 */
        "8080808010 00", /* number 2^29 */
        "0b",
        "0c", /* groups */
        "0e00",
        "0f00",                      /* types that do not exist */
        "0880808080808080808080 01", /* eleven bytes */
        "08ffffffffffffffffff02",    /* more than 64 bits */
        "088000",                    /* not the shortest */
        "880001",                    /* a tag that is not the shortest */
        "1203 6162",                 /* length past the end */
        "12ffffffffffffffffff01",    /* length of 2^64-1 */
        "19 00000000000000",         /* seven of eight bytes */
        "25 000000",                 /* three of four */
        "08",
        "12", /* a tag alone */
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char text[64];
        size_t len = 0;
        for (const char *c = wrong[i]; *c != '\0'; c++) {
            if (*c != ' ') text[len++] = *c;
        }
        text[len] = '\0';
        struct hex hex = hex_of(text);
        struct ghm_proto_reader reader;
        struct ghm_proto_field field = {.number = 77};
        ghm_proto_reader_init(&reader, hex_bytes(&hex));
        assert_int_equal(ghm_proto_next(&reader, &field), GHM_EPROTO);
        assert_int_equal(field.number, 77);
    }
}

/* Walk a message and write it again; the two must agree, field by field. */
static int walk(struct ghm_bytes in)
{
    struct ghm_proto_reader reader;
    struct ghm_proto_field field;
    size_t seen = 0;
    int fields = 0;
    int taken;
    ghm_proto_reader_init(&reader, in);
    while ((taken = ghm_proto_next(&reader, &field)) > 0) {
        assert_ptr_equal(field.raw.ptr, in.ptr + seen);
        seen += field.raw.len;
        fields++;
    }
    assert_true(seen <= in.len);
    if (taken == 0) assert_int_equal(seen, in.len);
    return taken < 0 ? taken : fields;
}

/* One field of each type and an unknown one; fields end at 3, 12, 21, 26 and 30. */
static const char message[] = "089601"
                              "120774657374696e67"
                              "190807060504030201"
                              "2504030201"
                              "fa3e0162";

static void fail_unless_between_fields(struct ghm_bytes in, struct ghm_bytes whole, void *arg)
{
    (void)whole;
    (void)arg;
    bool is_boundary = in.len == 0 || in.len == 3 || in.len == 12 || in.len == 21 || in.len == 26;
    assert_int_equal(walk(in) >= 0, is_boundary);
}

static void just_walk(struct ghm_bytes in, struct ghm_bytes whole, void *arg)
{
    (void)whole;
    (void)arg;
    (void)walk(in);
}

static void proto_survives_every_hurt(void **state)
{
    (void)state;
    struct hex hex = hex_of(message);
    assert_int_equal(walk(hex_bytes(&hex)), 5);
    hurt_by_truncation(hex_bytes(&hex), fail_unless_between_fields, NULL);
    hurt_by_flip(hex_bytes(&hex), just_walk, NULL);
}

static void proto_writes_what_it_reads(void **state)
{
    (void)state;
    struct ghm_mem mem;
    struct ghm_buf buf;
    ghm_mem_init(&mem, NULL, 4096);
    ghm_buf_init(&buf, &mem, 64);
    assert_int_equal(ghm_proto_append_varint(&buf, 1, 150), GHM_OK);
    assert_int_equal(ghm_proto_append_bytes(&buf, 2, ghm_bytes_text("testing")), GHM_OK);
    assert_int_equal(ghm_proto_append_varint(&buf, (1 << 29) - 1, UINT64_MAX), GHM_OK);
    assert_int_equal(ghm_proto_append_bytes(&buf, 3, GHM_BYTES_NONE), GHM_OK);
    struct hex hex = hex_of("089601120774657374696e67f8ffffff0fffffffffffffffffff011a00");
    assert_true(ghm_bytes_equal(ghm_buf_bytes(&buf), hex_bytes(&hex)));
    ghm_buf_fini(&buf);
    ghm_mem_fini(&mem);
}

static void proto_append_is_whole_or_nothing(void **state)
{
    (void)state;
    struct ghm_mem mem;
    struct ghm_buf buf;
    ghm_mem_init(&mem, NULL, 4096);
    ghm_buf_init(&buf, &mem, 5);
    assert_int_equal(ghm_proto_append_bytes(&buf, 1, ghm_bytes_text("1234")), GHM_ELIMIT);
    assert_int_equal(ghm_buf_len(&buf), 0);
    assert_int_equal(ghm_proto_append_bytes(&buf, 1, ghm_bytes_text("123")), GHM_OK);
    assert_int_equal(ghm_proto_append_varint(&buf, 1, 1), GHM_ELIMIT);
    assert_int_equal(ghm_buf_len(&buf), 5);
    ghm_buf_fini(&buf);
    mem.fail_after = 1;
    assert_int_equal(ghm_proto_append_bytes(&buf, 1, ghm_bytes_text("123")), GHM_ENOMEM);
    assert_int_equal(ghm_buf_len(&buf), 0);
    ghm_mem_fini(&mem);
}

/* Nothing descends into a field that nobody asked for: 250 000 of them within one another are one.
 * Groups, the old way to nest, are refused at their first byte. */
static void proto_is_not_nested(void **state)
{
    (void)state;
    static uint8_t bytes[1 << 20];
    for (size_t at = 0; at + 4 <= sizeof bytes; at += 4) {
        size_t left = sizeof bytes - at - 4;
        bytes[at] = 0x7a;
        bytes[at + 1] = (uint8_t)(left | 0x80);
        bytes[at + 2] = (uint8_t)(left >> 7 | 0x80);
        bytes[at + 3] = (uint8_t)(left >> 14);
        if (left < 16384) { /* a length in two bytes: two fields that say nothing, and the end */
            memset(bytes + at, 0, sizeof bytes - at);
            for (size_t i = at; i + 2 <= sizeof bytes; i += 2)
                bytes[i] = 0x08;
            break;
        }
    }
    assert_int_equal(walk(ghm_bytes(bytes, sizeof bytes)), 1);
    memset(bytes, 0x0b, sizeof bytes);
    assert_int_equal(walk(ghm_bytes(bytes, sizeof bytes)), GHM_EPROTO);
    memset(bytes, 0x0c, sizeof bytes);
    assert_int_equal(walk(ghm_bytes(bytes, sizeof bytes)), GHM_EPROTO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(proto_reads_each_type),
        cmocka_unit_test(proto_refuses_what_is_no_field),
        cmocka_unit_test(proto_survives_every_hurt),
        cmocka_unit_test(proto_is_not_nested),
        cmocka_unit_test(proto_writes_what_it_reads),
        cmocka_unit_test(proto_append_is_whole_or_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
