/* SPDX-License-Identifier: MIT */
#include "node/parley.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define TEXT(text) ghm_bytes((text), sizeof(text) - 1)

static struct ghm_node_ask sample_ask(void)
{
    return (struct ghm_node_ask){
        .id = 7,
        .request = {.method = TEXT("GET"),
                    .host = TEXT("h"),
                    .target = TEXT("/p?q"),
                    .accept = TEXT(""),
                    .api_version = TEXT("1"),
                    .features = TEXT("f")},
        .authorization = TEXT("token t"),
        .headers = TEXT("X-A: b\n"),
        .is_bypass = true,
        .bound = {.has_max_age = true, .max_age_s = 0, .stale_s = 3600},
        .timeout_ns = UINT64_C(30000) * GHM_NS_PER_MS,
    };
}

static struct ghm_parley_answer sample_answer(void)
{
    static const uint8_t sha256[32] = {9};
    return (struct ghm_parley_answer){.id = 7,
                                      .reply = {.status = 200,
                                                .source = GHM_SOURCE_PEER,
                                                .age_ms = 5,
                                                .ttl_s = 60,
                                                .foreign_sha256 = sha256,
                                                .headers = TEXT("etag: \"x\"\n"),
                                                .body = TEXT("b\0dy")}};
}

static struct ghm_parley_hello sample_hello(void)
{
    return (struct ghm_parley_hello){.version = GHM_PARLEY_VERSION,
                                     .terms = {1, 2, 3},
                                     .pid = 42,
                                     .since_ms = 1700000000000,
                                     .port = 9000,
                                     .members = 3,
                                     .guests = 20,
                                     .is_agent = true,
                                     .idle_s = 60};
}

/* Each kind of message once, in one buf. */
static void say_all(struct ghm_buf *buf)
{
    struct ghm_node_ask ask = sample_ask();
    struct ghm_parley_answer answer = sample_answer();
    struct ghm_parley_answer failed = {.id = 8, .error = GHM_EORIGIN};
    struct ghm_parley_hello hello = sample_hello();
    assert_int_equal(ghm_parley_append_hello(buf, &hello), GHM_OK);
    assert_int_equal(ghm_parley_append_ask(buf, &ask), GHM_OK);
    assert_int_equal(ghm_parley_append_forget(buf, 7), GHM_OK);
    assert_int_equal(ghm_parley_append_word(buf, GHM_PARLEY_PING), GHM_OK);
    assert_int_equal(ghm_parley_append_word(buf, GHM_PARLEY_LEAVE), GHM_OK);
    assert_int_equal(ghm_parley_append_word(buf, GHM_PARLEY_PONG), GHM_OK);
    assert_int_equal(ghm_parley_append_answer(buf, &failed), GHM_OK);
    assert_int_equal(ghm_parley_append_answer(buf, &answer), GHM_OK);
}

static int read_one(const struct ghm_parley_frame *frame)
{
    struct ghm_parley_hello hello;
    struct ghm_parley_answer answer;
    struct ghm_node_ask ask;
    uint64_t id;
    switch (frame->kind) {
    case GHM_PARLEY_HELLO:
        return ghm_parley_read_hello(&hello, frame->fields);
    case GHM_PARLEY_ASK:
        return ghm_parley_read_ask(&ask, frame->fields);
    case GHM_PARLEY_FORGET:
        return ghm_parley_read_forget(&id, frame->fields);
    case GHM_PARLEY_ANSWER:
        return ghm_parley_read_answer(&answer, frame->fields);
    case GHM_PARLEY_PING:
    case GHM_PARLEY_LEAVE:
    case GHM_PARLEY_PONG:
        return frame->fields.len == 0 ? GHM_OK : GHM_EPROTO;
    }
    return GHM_EPROTO;
}

/* How many messages are read before the bytes end or are wrong; `ret_error` says which. */
static int count_read(struct ghm_bytes in, int *ret_error)
{
    struct ghm_parley_frame frame;
    int count = 0;
    int len;
    while ((len = ghm_parley_next(&frame, in, GHM_PARLEY_ANSWER_MAX)) > 0) {
        *ret_error = read_one(&frame);
        if (*ret_error != GHM_OK) return count;
        in = ghm_bytes_from(in, (size_t)len);
        count++;
    }
    *ret_error = len;
    return count;
}

/* Source: the layout told at the head of parley.h, by hand. */
static void byte_form_is_the_known_one(void **state)
{
    (void)state;
    static const uint8_t golden[] = {
        0,    0, 0,    54,   2,                                    /* length, ASK */
        0x08, 7,                                                   /* id */
        0x12, 3, 'G',  'E',  'T',  0x1a, 1,    'h',                /* method, host */
        0x22, 4, '/',  'p',  '?',  'q',  0x2a, 0,                  /* target, accept */
        0x32, 1, '1',  0x3a, 1,    'f',                            /* version, features */
        0x4a, 7, 't',  'o',  'k',  'e',  'n',  ' ',  't',          /* authorization */
        0x52, 7, 'X',  '-',  'A',  ':',  ' ',  'b',  '\n',         /* headers */
        0x58, 1, 0x60, 1,    0x68, 0x90, 0x1c, 0x70, 0xb0, 0xea, 1 /* the rest */
    };
    struct ghm_buf buf;
    struct ghm_node_ask ask = sample_ask();
    ghm_buf_init(&buf, NULL, 4096);
    assert_int_equal(ghm_parley_append_ask(&buf, &ask), GHM_OK);
    assert_int_equal(ghm_buf_len(&buf), sizeof golden);
    assert_memory_equal(ghm_buf_bytes(&buf).ptr, golden, sizeof golden);
    ghm_buf_fini(&buf);
}

static void what_is_read_is_what_was_said(void **state)
{
    (void)state;
    struct ghm_buf buf;
    struct ghm_parley_frame frame;
    struct ghm_node_ask said = sample_ask();
    struct ghm_node_ask ask;
    ghm_buf_init(&buf, NULL, 4096);
    assert_int_equal(ghm_parley_append_ask(&buf, &said), GHM_OK);
    int len = ghm_parley_next(&frame, ghm_buf_bytes(&buf), GHM_PARLEY_ASK_MAX);
    assert_int_equal(len, ghm_buf_len(&buf));
    assert_int_equal(ghm_parley_read_ask(&ask, frame.fields), GHM_OK);
    assert_int_equal(ask.id, 7);
    assert_true(ghm_bytes_equal(ask.request.target, said.request.target));
    assert_non_null(ask.request.accept.ptr); /* empty is not absent */
    assert_null(ask.request.body.ptr);
    assert_true(ghm_bytes_equal(ask.authorization, said.authorization));
    assert_true(ghm_bytes_equal(ask.headers, said.headers));
    assert_true(ask.is_bypass && ask.bound.has_max_age);
    assert_int_equal(ask.bound.max_age_s, 0);
    assert_int_equal(ask.bound.stale_s, 3600);
    assert_int_equal(ask.timeout_ns, said.timeout_ns);
    ghm_buf_fini(&buf);
}

static void answers_and_hellos_come_as_they_were(void **state)
{
    (void)state;
    struct ghm_buf buf;
    struct ghm_parley_frame frame;
    struct ghm_parley_answer said = sample_answer();
    struct ghm_parley_answer answer;
    struct ghm_parley_hello greeting = sample_hello();
    struct ghm_parley_hello hello;
    ghm_buf_init(&buf, NULL, 4096);
    assert_int_equal(ghm_parley_append_hello(&buf, &greeting), GHM_OK);
    int len = ghm_parley_next(&frame, ghm_buf_bytes(&buf), GHM_PARLEY_ANSWER_MAX);
    assert_int_equal(ghm_parley_read_hello(&hello, frame.fields), GHM_OK);
    assert_memory_equal(&hello, &greeting, sizeof hello);
    ghm_buf_drop(&buf, (size_t)len);
    assert_int_equal(ghm_parley_append_answer(&buf, &said), GHM_OK);
    assert_true(ghm_parley_next(&frame, ghm_buf_bytes(&buf), GHM_PARLEY_ANSWER_MAX) > 0);
    assert_int_equal(ghm_parley_read_answer(&answer, frame.fields), GHM_OK);
    assert_int_equal(answer.error, GHM_OK);
    assert_int_equal(answer.reply.status, 200);
    assert_int_equal(answer.reply.source, GHM_SOURCE_PEER);
    assert_int_equal(answer.reply.ttl_s, 60);
    assert_memory_equal(answer.reply.foreign_sha256, said.reply.foreign_sha256, 32);
    assert_true(ghm_bytes_equal(answer.reply.headers, said.reply.headers));
    assert_true(ghm_bytes_equal(answer.reply.body, said.reply.body));
    ghm_buf_fini(&buf);
}

/* A time that is over is a millisecond: no limit at all would be another thing. */
static void shortest_and_longest_timeouts(void **state)
{
    (void)state;
    static const uint64_t said_ns[] = {0, GHM_NS_PER_MS, UINT64_MAX};
    static const uint64_t read_ms[] = {1, 1, GHM_PARLEY_TIMEOUT_MS_MAX};
    for (size_t i = 0; i < 3; i++) {
        struct ghm_buf buf;
        struct ghm_parley_frame frame;
        struct ghm_node_ask ask = sample_ask();
        ask.timeout_ns = said_ns[i];
        ghm_buf_init(&buf, NULL, 4096);
        assert_int_equal(ghm_parley_append_ask(&buf, &ask), GHM_OK);
        assert_true(ghm_parley_next(&frame, ghm_buf_bytes(&buf), GHM_PARLEY_ASK_MAX) > 0);
        assert_int_equal(ghm_parley_read_ask(&ask, frame.fields), GHM_OK);
        assert_int_equal(ask.timeout_ns / GHM_NS_PER_MS, read_ms[i]);
        ghm_buf_fini(&buf);
    }
}

/* Cut anywhere there is less to read, and nothing is wrong: the rest may come. */
static void every_truncation_waits(void **state)
{
    (void)state;
    struct ghm_buf buf;
    int error;
    ghm_buf_init(&buf, NULL, 4096);
    say_all(&buf);
    struct ghm_bytes all = ghm_buf_bytes(&buf);
    assert_int_equal(count_read(all, &error), 8);
    for (size_t len = 0; len < all.len; len++) {
        uint8_t *copy = malloc(len + 1); /* its own block: a read past the end is seen */
        assert_non_null(copy);
        ghm_bytes_copy(copy, ghm_bytes_upto(all, len));
        assert_true(count_read(ghm_bytes(copy, len), &error) < 8);
        assert_int_equal(error, GHM_EAGAIN);
        free(copy);
    }
    ghm_buf_fini(&buf);
}

/* A flipped bit may make another right message, never a read outside. */
static void every_flip_is_survived(void **state)
{
    (void)state;
    struct ghm_buf buf;
    int error;
    ghm_buf_init(&buf, NULL, 4096);
    say_all(&buf);
    for (size_t bit = 0; bit < ghm_buf_len(&buf) * 8; bit++) {
        buf.ptr[bit / 8] ^= (uint8_t)(1 << bit % 8);
        (void)count_read(ghm_buf_bytes(&buf), &error);
        buf.ptr[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    assert_int_equal(count_read(ghm_buf_bytes(&buf), &error), 8);
    ghm_buf_fini(&buf);
}

/* By its head alone, before a byte of it is here. */
static void too_long_is_refused_by_its_head(void **state)
{
    (void)state;
    struct ghm_parley_frame frame;
    uint8_t head[GHM_PARLEY_HEAD_LEN] = {[4] = GHM_PARLEY_ASK};
    ghm_store_be32(head, GHM_PARLEY_ASK_MAX - 4);
    assert_int_equal(ghm_parley_next(&frame, ghm_bytes(head, 5), GHM_PARLEY_ASK_MAX), GHM_EAGAIN);
    ghm_store_be32(head, GHM_PARLEY_ASK_MAX - 3);
    assert_int_equal(ghm_parley_next(&frame, ghm_bytes(head, 5), GHM_PARLEY_ASK_MAX), GHM_EPROTO);
    ghm_store_be32(head, UINT32_MAX);
    assert_int_equal(ghm_parley_next(&frame, ghm_bytes(head, 5), GHM_PARLEY_ASK_MAX), GHM_EPROTO);
    ghm_store_be32(head, 0);
    assert_int_equal(ghm_parley_next(&frame, ghm_bytes(head, 5), GHM_PARLEY_ASK_MAX), GHM_EPROTO);
    ghm_store_be32(head, 1);
    for (unsigned kind = 0; kind < 256; kind++) {
        head[4] = (uint8_t)kind;
        int want = kind >= GHM_PARLEY_HELLO && kind <= GHM_PARLEY_PONG ? 5 : GHM_EPROTO;
        assert_int_equal(ghm_parley_next(&frame, ghm_bytes(head, 5), GHM_PARLEY_ASK_MAX), want);
    }
}

static int read_altered_ask(const struct ghm_node_ask *ask)
{
    struct ghm_buf buf;
    struct ghm_parley_frame frame;
    struct ghm_node_ask heard;
    ghm_buf_init(&buf, NULL, (size_t)4 * GHM_PARLEY_ASK_MAX);
    int error = ghm_parley_append_ask(&buf, ask);
    if (error == GHM_OK) {
        assert_true(ghm_parley_next(&frame, ghm_buf_bytes(&buf), GHM_PARLEY_ASK_MAX) > 0);
        error = ghm_parley_read_ask(&heard, frame.fields);
    }
    ghm_buf_fini(&buf);
    return error;
}

/* What would become lines of its own in the request to GitHub, and what is no request. */
static void asks_that_smuggle_are_refused(void **state)
{
    (void)state;
    struct ghm_node_ask ask = sample_ask();
    assert_int_equal(read_altered_ask(&ask), GHM_OK);
    ask.authorization = TEXT("token t\nX-Evil: 1");
    assert_int_equal(read_altered_ask(&ask), GHM_EPROTO);
    ask = sample_ask();
    ask.headers = TEXT("X-A: b\r\n");
    assert_int_equal(read_altered_ask(&ask), GHM_EPROTO);
    ask.headers = TEXT("X-A: b"); /* no end: the next would be its continuation */
    assert_int_equal(read_altered_ask(&ask), GHM_EPROTO);
    ask.headers = TEXT("no header\n");
    assert_int_equal(read_altered_ask(&ask), GHM_EPROTO);
    ask = sample_ask();
    ask.request.target = TEXT("/p HTTP/1.1");
    assert_int_equal(read_altered_ask(&ask), GHM_EPROTO);
    ask.request.target = TEXT("p");
    assert_int_equal(read_altered_ask(&ask), GHM_EPROTO);
    ask = sample_ask();
    ask.id = 0;
    assert_int_equal(read_altered_ask(&ask), GHM_EPROTO);
}

static void parts_have_their_bounds(void **state)
{
    (void)state;
    static uint8_t many[GHM_PARLEY_ASK_MAX];
    memset(many, 'a', sizeof many);
    struct ghm_node_ask ask = sample_ask();
    ask.authorization = ghm_bytes(many, GHM_PARLEY_AUTHORIZATION_MAX);
    assert_int_equal(read_altered_ask(&ask), GHM_OK);
    ask.authorization.len++;
    assert_int_equal(read_altered_ask(&ask), GHM_EPROTO);
    ask = sample_ask();
    ask.request.body = ghm_bytes(many, GHM_GRAPHQL_BODY_MAX);
    assert_int_equal(read_altered_ask(&ask), GHM_OK);
    ask.request.body.len++;
    assert_int_equal(read_altered_ask(&ask), GHM_EPROTO);
    ask.request.body.len = GHM_PARLEY_ASK_MAX;
    assert_int_equal(read_altered_ask(&ask), GHM_ELIMIT);
    ask = sample_ask();
    many[1] = ':';
    ask.headers = ghm_bytes(many, GHM_PARLEY_HEADERS_MAX + 1);
    many[GHM_PARLEY_HEADERS_MAX] = '\n';
    assert_int_equal(read_altered_ask(&ask), GHM_EPROTO);
    many[GHM_PARLEY_HEADERS_MAX - 1] = '\n';
    ask.headers.len = GHM_PARLEY_HEADERS_MAX;
    assert_int_equal(read_altered_ask(&ask), GHM_OK);
}

/* The largest entry that is kept fits, and one byte more is the guest's own to fetch. */
static void largest_answer_fits(void **state)
{
    (void)state;
    struct ghm_buf buf;
    struct ghm_parley_frame frame;
    struct ghm_parley_answer answer = sample_answer();
    uint8_t *many = calloc(1, GHM_ENTRY_BODY_MAX + 1);
    assert_non_null(many);
    answer.reply.headers = ghm_bytes(many, GHM_ENTRY_HEADERS_MAX);
    answer.reply.body = ghm_bytes(many, GHM_ENTRY_BODY_MAX);
    ghm_buf_init(&buf, NULL, GHM_PARLEY_ANSWER_MAX);
    assert_int_equal(ghm_parley_append_answer(&buf, &answer), GHM_OK);
    assert_true(ghm_parley_next(&frame, ghm_buf_bytes(&buf), GHM_PARLEY_ANSWER_MAX) > 0);
    assert_int_equal(ghm_parley_read_answer(&answer, frame.fields), GHM_OK);
    answer.reply.body.len++;
    ghm_buf_clear(&buf);
    assert_int_equal(ghm_parley_append_answer(&buf, &answer), GHM_ELIMIT);
    assert_int_equal(ghm_buf_len(&buf), 0);
    ghm_buf_fini(&buf);
    free(many);
}

static void fields_have_one_order_and_type(void **state)
{
    (void)state;
    uint64_t id;
    static const uint8_t twice[] = {8, 1, 8, 1};
    static const uint8_t zero[] = {8, 0};
    static const uint8_t bytes[] = {10, 1, 1};
    static const uint8_t unknown[] = {8, 1, 16, 1};
    static const uint8_t right[] = {8, 1};
    assert_int_equal(ghm_parley_read_forget(&id, ghm_bytes(right, 2)), GHM_OK);
    assert_int_equal(ghm_parley_read_forget(&id, ghm_bytes(twice, 4)), GHM_EPROTO);
    assert_int_equal(ghm_parley_read_forget(&id, ghm_bytes(zero, 2)), GHM_EPROTO);
    assert_int_equal(ghm_parley_read_forget(&id, ghm_bytes(bytes, 3)), GHM_EPROTO);
    assert_int_equal(ghm_parley_read_forget(&id, ghm_bytes(unknown, 4)), GHM_EPROTO);
    assert_int_equal(ghm_parley_read_forget(&id, ghm_bytes(right, 0)), GHM_EPROTO);
}

static void a_hello_of_another_version_is_not_read(void **state)
{
    (void)state;
    struct ghm_buf buf;
    struct ghm_parley_frame frame;
    struct ghm_parley_hello hello = sample_hello();
    hello.version++;
    ghm_buf_init(&buf, NULL, 4096);
    assert_int_equal(ghm_parley_append_hello(&buf, &hello), GHM_OK);
    assert_true(ghm_parley_next(&frame, ghm_buf_bytes(&buf), GHM_PARLEY_ANSWER_MAX) > 0);
    assert_int_equal(ghm_parley_read_hello(&hello, frame.fields), GHM_EPROTO);
    ghm_buf_fini(&buf);
}

static void errors_are_ours_and_alone(void **state)
{
    (void)state;
    struct ghm_parley_answer answer;
    static const uint8_t origin[] = {8, 7, 16, 14};
    static const uint8_t unknown[] = {8, 7, 16, 99};
    static const uint8_t more[] = {8, 7, 16, 14, 24, 0xc8, 1};
    assert_int_equal(ghm_parley_read_answer(&answer, ghm_bytes(origin, 4)), GHM_OK);
    assert_int_equal(answer.error, GHM_EORIGIN);
    assert_int_equal(ghm_parley_read_answer(&answer, ghm_bytes(unknown, 4)), GHM_EPROTO);
    assert_int_equal(ghm_parley_read_answer(&answer, ghm_bytes(more, 7)), GHM_EPROTO);
}

static void nothing_is_left_where_memory_ends(void **state)
{
    (void)state;
    for (uint64_t fail = 1; fail <= 3; fail++) {
        struct ghm_mem mem;
        struct ghm_buf buf;
        struct ghm_node_ask ask = sample_ask();
        ghm_mem_init(&mem, NULL, 1 << 20);
        ghm_buf_init(&buf, &mem, 4096);
        mem.fail_after = fail;
        int error = ghm_parley_append_ask(&buf, &ask);
        /* All the room at once: there is nothing else that could fail. */
        assert_int_equal(error, fail == 1 ? GHM_ENOMEM : GHM_OK);
        if (error != GHM_OK) assert_int_equal(ghm_buf_len(&buf), 0);
        mem.fail_after = 0;
        ghm_buf_fini(&buf);
        ghm_mem_fini(&mem);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(byte_form_is_the_known_one),
        cmocka_unit_test(what_is_read_is_what_was_said),
        cmocka_unit_test(answers_and_hellos_come_as_they_were),
        cmocka_unit_test(shortest_and_longest_timeouts),
        cmocka_unit_test(every_truncation_waits),
        cmocka_unit_test(every_flip_is_survived),
        cmocka_unit_test(too_long_is_refused_by_its_head),
        cmocka_unit_test(asks_that_smuggle_are_refused),
        cmocka_unit_test(parts_have_their_bounds),
        cmocka_unit_test(largest_answer_fits),
        cmocka_unit_test(fields_have_one_order_and_type),
        cmocka_unit_test(a_hello_of_another_version_is_not_read),
        cmocka_unit_test(errors_are_ours_and_alone),
        cmocka_unit_test(nothing_is_left_where_memory_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
