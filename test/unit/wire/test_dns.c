/* SPDX-License-Identifier: MIT */
#include "wire/dns.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* RFC 1035 section 4.1.4, its example of compression, as the names of four records: F.ISI.ARPA,
 * FOO.F.ISI.ARPA, ARPA and the root. */
#define RECORD "\0\x10\0\1\0\0\0\7\0\0"
static const char example[] = "\xab\xcd\x84\0\0\0\0\2\0\1\0\1"
                              "\1F\3ISI\4ARPA\0" RECORD /* at 12 */
                              "\3FOO\xc0\x0c" RECORD "\xc0\x12" RECORD "\0" RECORD;

static struct ghm_dns_name name_of(const char *text)
{
    struct ghm_dns_name name;
    assert_int_equal(ghm_dns_name_parse(&name, text), GHM_OK);
    return name;
}

static void compressed_names_are_read(void **state)
{
    (void)state;
    struct ghm_dns_reader reader;
    struct ghm_dns_header header;
    struct ghm_dns_record record;
    const struct ghm_dns_name names[] = {name_of("f.isi.arpa"), name_of("foo.F.ISI.arpa"),
                                         name_of("arpa")};
    assert_int_equal(ghm_dns_reader_init(&reader, &header, ghm_bytes(example, sizeof example - 1)),
                     GHM_OK);
    assert_int_equal(header.id, 0xabcd);
    assert_int_equal(header.flags, GHM_DNS_RESPONSE | GHM_DNS_AUTHORITATIVE);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(ghm_dns_reader_record(&reader, &record), 1);
        assert_true(ghm_dns_name_equal(&record.name, &names[i]));
        assert_int_equal(record.type, GHM_DNS_TXT);
        assert_int_equal(record.ttl_s, 7);
    }
    assert_int_equal(ghm_dns_reader_record(&reader, &record), 1);
    assert_int_equal(record.name.len, 1);
    assert_int_equal(ghm_dns_reader_record(&reader, &record), 0);
}

static int read_all(struct ghm_bytes message)
{
    struct ghm_dns_reader reader;
    struct ghm_dns_header header;
    struct ghm_dns_question question;
    struct ghm_dns_record record;
    int more = ghm_dns_reader_init(&reader, &header, message);
    if (more != GHM_OK) return more;
    while ((more = ghm_dns_reader_question(&reader, &question)) > 0)
        assert_in_range(question.name.len, 1, GHM_DNS_NAME_LEN_MAX);
    if (more < 0) return more;
    while ((more = ghm_dns_reader_record(&reader, &record)) > 0) {
        struct ghm_bytes left = record.data, text;
        assert_in_range(record.name.len, 1, GHM_DNS_NAME_LEN_MAX);
        while (ghm_dns_text(&left, &text))
            continue;
    }
    return more;
}

static size_t write_some(struct ghm_buf *buf)
{
    struct ghm_dns_header header = {.id = 7, .questions = 1, .answers = 1, .additionals = 1};
    struct ghm_dns_question question = {name_of("_a._udp.local"), GHM_DNS_PTR, GHM_DNS_CLASS_IN};
    struct ghm_dns_name host;
    assert_int_equal(ghm_dns_name_under(&host, ghm_bytes_text("x.y"), &question.name), GHM_OK);
    struct ghm_dns_record answer = {.name = question.name,
                                    .type = GHM_DNS_PTR,
                                    .class_id = GHM_DNS_CLASS_IN,
                                    .ttl_s = 120,
                                    .data = ghm_bytes(host.bytes, host.len)};
    struct ghm_dns_record text = {.name = host,
                                  .type = GHM_DNS_TXT,
                                  .class_id = GHM_DNS_CLASS_IN,
                                  .ttl_s = 120,
                                  .data = ghm_bytes_text("\3abc\0\2de")};
    text.data.len = 8;
    assert_int_equal(ghm_dns_append_header(buf, &header), GHM_OK);
    assert_int_equal(ghm_dns_append_question(buf, &question), GHM_OK);
    assert_int_equal(ghm_dns_append_record(buf, &answer), GHM_OK);
    assert_int_equal(ghm_dns_append_record(buf, &text), GHM_OK);
    return ghm_buf_len(buf);
}

static void what_is_written_is_read(void **state)
{
    (void)state;
    struct ghm_mem mem;
    struct ghm_buf buf;
    struct ghm_dns_reader reader;
    struct ghm_dns_header header;
    struct ghm_dns_question question;
    struct ghm_dns_record record;
    struct ghm_bytes text;
    ghm_mem_init(&mem, NULL, 1 << 16);
    ghm_buf_init(&buf, &mem, 1000);
    write_some(&buf);
    assert_int_equal(ghm_dns_reader_init(&reader, &header, ghm_buf_bytes(&buf)), GHM_OK);
    assert_int_equal(ghm_dns_reader_question(&reader, &question), 1);
    const struct ghm_dns_name name = name_of("_A._UDP.LOCAL");
    assert_true(ghm_dns_name_equal(&question.name, &name));
    assert_int_equal(ghm_dns_reader_question(&reader, &question), 0);
    assert_int_equal(ghm_dns_reader_record(&reader, &record), 1);
    struct ghm_dns_name host = record.host;
    assert_int_equal(host.bytes[0], 3); /* a dot within a label is no end of it */
    assert_int_equal(ghm_dns_reader_record(&reader, &record), 1);
    assert_true(ghm_dns_name_equal(&record.name, &host));
    assert_true(ghm_dns_text(&record.data, &text));
    assert_true(ghm_bytes_equal(text, ghm_bytes_text("abc")));
    assert_true(ghm_dns_text(&record.data, &text));
    assert_int_equal(text.len, 0);
    assert_true(ghm_dns_text(&record.data, &text));
    assert_false(ghm_dns_text(&record.data, &text));
    assert_int_equal(ghm_dns_reader_record(&reader, &record), 0);
    ghm_buf_fini(&buf);
    ghm_mem_fini(&mem);
}

static void text_beyond_its_record_is_not_read(void **state)
{
    (void)state;
    struct ghm_bytes left = ghm_bytes_text("\4abc"), text;
    assert_false(ghm_dns_text(&left, &text));
}

static void pointers_lead_back_only(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "\xc0\x0c",         /* to itself */
        "\xc0\x0e\xc0\x0c", /* forward, and round */
        "\1a\xc0\x0c",      /* to the start of the same name */
        "\xc0\xff",         /* beyond the message */
        "\xc0",             /* cut */
        "\x40",             /* a label type of RFC 2673 */
        "\x80",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char message[40] = "\0\0\0\0\0\1\0\0\0\0\0\0";
        memcpy(message + 12, bad[i], strlen(bad[i]));
        assert_int_equal(read_all(ghm_bytes(message, 12 + strlen(bad[i]))), GHM_EPROTO);
        memcpy(message + 12 + strlen(bad[i]), "\0\0\x0c\0\1", 5);
        assert_int_equal(read_all(ghm_bytes(message, 17 + strlen(bad[i]))), GHM_EPROTO);
    }
}

/* A ladder of pointers, each to the name before, makes a name longer than a name may be. */
static void name_is_bounded_over_its_pointers(void **state)
{
    (void)state;
    uint8_t message[12 + 66 + 4 * 67] = {0};
    size_t at = 12, before = 0;
    ghm_store_be16(message + 4, 5); /* questions */
    for (int i = 0; i < 5; i++) {
        size_t start = at;
        message[at] = 60;
        memset(message + at + 1, 'a', 60);
        at += 61;
        if (i == 0) {
            at++; /* the end */
        } else {
            ghm_store_be16(message + at, (uint16_t)(0xc000 | before));
            at += 2;
        }
        at += 4;
        before = start;
    }
    assert_int_equal(at, sizeof message);
    assert_int_equal(read_all(ghm_bytes(message, at)), GHM_EPROTO);
    ghm_store_be16(message + 4, 4); /* 4 * 61 + 1 bytes are within it */
    assert_int_equal(read_all(ghm_bytes(message, at)), GHM_OK);
}

static void names_have_their_bounds(void **state)
{
    (void)state;
    struct ghm_dns_name name, under;
    char text[300];
    assert_int_equal(ghm_dns_name_parse(&name, ""), GHM_EINVAL);
    assert_int_equal(ghm_dns_name_parse(&name, "a..b"), GHM_EINVAL);
    assert_int_equal(ghm_dns_name_parse(&name, "a."), GHM_EINVAL);
    memset(text, 'a', sizeof text);
    text[64] = '\0';
    assert_int_equal(ghm_dns_name_parse(&name, text), GHM_EINVAL);
    text[63] = '\0';
    assert_int_equal(ghm_dns_name_parse(&name, text), GHM_OK);
    assert_int_equal(name.len, 65);
    memset(text, 'a', sizeof text);
    for (size_t i = 63; i < 253; i += 64)
        text[i] = '.';
    text[253] = '\0';
    assert_int_equal(ghm_dns_name_parse(&name, text), GHM_OK);
    assert_int_equal(name.len, 255);
    assert_int_equal(ghm_dns_name_under(&under, ghm_bytes_text("b"), &name), GHM_EINVAL);
    text[253] = 'a';
    text[254] = '\0';
    assert_int_equal(ghm_dns_name_parse(&name, text), GHM_EINVAL);
}

static void truncations_and_flips_are_survived(void **state)
{
    (void)state;
    struct ghm_mem mem;
    struct ghm_buf buf;
    ghm_mem_init(&mem, NULL, 1 << 16);
    ghm_buf_init(&buf, &mem, 1000);
    write_some(&buf);
    const struct ghm_bytes messages[] = {ghm_buf_bytes(&buf),
                                         ghm_bytes(example, sizeof example - 1)};
    for (size_t m = 0; m < 2; m++) {
        for (size_t len = 0; len < messages[m].len; len++)
            assert_int_equal(read_all(ghm_bytes_upto(messages[m], len)), GHM_EPROTO);
        for (size_t bit = 0; bit < messages[m].len * 8; bit++) {
            uint8_t *copy = malloc(messages[m].len); /* so that a read past its end is seen */
            memcpy(copy, messages[m].ptr, messages[m].len);
            copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
            int error = read_all(ghm_bytes(copy, messages[m].len));
            assert_true(error == GHM_OK || error == GHM_EPROTO);
            free(copy);
        }
    }
    ghm_buf_fini(&buf);
    ghm_mem_fini(&mem);
}

static void refused_room_appends_nothing(void **state)
{
    (void)state;
    struct ghm_mem mem;
    ghm_mem_init(&mem, NULL, 1 << 16);
    struct ghm_dns_record record = {.name = name_of("a")};
    struct ghm_dns_question question = {.name = name_of("a")};
    struct ghm_dns_header header = {0};
    struct ghm_buf buf;
    ghm_buf_init(&buf, &mem, 6);
    assert_int_equal(ghm_dns_append_header(&buf, &header), GHM_ELIMIT);
    assert_int_equal(ghm_dns_append_question(&buf, &question), GHM_ELIMIT);
    assert_int_equal(ghm_dns_append_record(&buf, &record), GHM_ELIMIT);
    record.data = ghm_bytes(example, UINT16_MAX + (size_t)1);
    assert_int_equal(ghm_dns_append_record(&buf, &record), GHM_ELIMIT);
    assert_int_equal(ghm_buf_len(&buf), 0);
    ghm_buf_fini(&buf);
    ghm_mem_fini(&mem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compressed_names_are_read),
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(text_beyond_its_record_is_not_read),
        cmocka_unit_test(pointers_lead_back_only),
        cmocka_unit_test(name_is_bounded_over_its_pointers),
        cmocka_unit_test(names_have_their_bounds),
        cmocka_unit_test(truncations_and_flips_are_survived),
        cmocka_unit_test(refused_room_appends_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
