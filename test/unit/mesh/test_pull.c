/* SPDX-License-Identifier: MIT */
#include "mesh/pull.h"

#include "crypto/hash.h"

#include "members.h"

#define NOW_NS (1000 * GHM_NS_PER_S)
#define LEN (3 * GHM_PULL_PIECE_MAX + 1000)

static uint8_t truth[GHM_PULL_BODY_MAX];

struct fixture {
    struct ghm_mem mem;
    struct ghm_pull pull;
    struct ghm_buf answers; /* on their way from the source */
};

static void begin(struct fixture *f, size_t body_len)
{
    uint8_t id[GHM_VARIANT_ID_LEN] = {7}, sha256[32];
    for (size_t i = 0; i < sizeof truth; i++)
        truth[i] = (uint8_t)(i ^ i >> 8 ^ i >> 16);
    ghm_hash_sha256(sha256, ghm_bytes(truth, body_len));
    ghm_mem_init(&f->mem, NULL, 32 << 20);
    assert_int_equal(ghm_pull_init(&f->pull, &f->mem, id, sha256, body_len), GHM_OK);
    ghm_buf_init(&f->answers, NULL, 16 << 20);
}

static void end(struct fixture *f)
{
    ghm_pull_fini(&f->pull);
    assert_int_equal(f->mem.used_bytes, 0);
    ghm_buf_fini(&f->answers);
    ghm_mem_fini(&f->mem);
}

/* The source answers all that it was asked so far, from `body`. */
static size_t answer(struct fixture *f, struct ghm_bytes body)
{
    struct ghm_pull_ask ask;
    size_t count = 0;
    for (; ghm_pull_read_ask(&ask, ghm_pull_pull(&f->pull)) == GHM_OK; count++) {
        ghm_pull_pulled(&f->pull, GHM_PULL_ASK_LEN);
        assert_int_equal(ask.variant_id[0], 7);
        assert_int_equal(ghm_pull_append_answer(&f->answers, &ask, body), GHM_OK);
    }
    return count;
}

/* What is on its way arrives, `step` bytes at a time. */
static int arrive(struct fixture *f, size_t step)
{
    int error = GHM_OK;
    while (error == GHM_OK && ghm_buf_len(&f->answers) > 0) {
        struct ghm_bytes in = ghm_bytes_upto(ghm_buf_bytes(&f->answers), step);
        error = ghm_pull_push(&f->pull, in, NOW_NS);
        ghm_buf_drop(&f->answers, in.len);
    }
    ghm_buf_clear(&f->answers);
    return error;
}

/* A source that gives `body` to the end. */
static int serve(struct fixture *f, struct ghm_bytes body, size_t step)
{
    int error = GHM_OK;
    ghm_pull_begin(&f->pull, NOW_NS);
    while (error == GHM_OK && answer(f, body) > 0)
        error = arrive(f, step);
    return error;
}

static void assert_done(const struct fixture *f)
{
    assert_int_equal(f->pull.state, GHM_PULL_DONE);
    assert_int_equal(ghm_buf_len(&f->pull.body), f->pull.body_len);
    assert_memory_equal(ghm_buf_bytes(&f->pull.body).ptr, truth, f->pull.body_len);
    assert_true(ghm_pull_deadline(&f->pull) == GHM_NEVER);
}

static void every_split_gives_the_same_body(void **state)
{
    (void)state;
    static const size_t steps[] = {1, 2, 5, 6, 7, 4096, GHM_PULL_PIECE_MAX + 5, 1 << 24};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        struct fixture f;
        begin(&f, LEN);
        assert_int_equal(serve(&f, ghm_bytes(truth, LEN), steps[i]), GHM_OK);
        assert_done(&f);
        end(&f);
    }
}

static void lengths_are_bounded(void **state)
{
    (void)state;
    static const size_t lens[] = {1, GHM_PULL_PIECE_MAX, GHM_PULL_PIECE_MAX + 1, GHM_PULL_BODY_MAX};
    uint8_t id[GHM_VARIANT_ID_LEN] = {0}, sha256[32] = {0};
    struct ghm_pull pull;
    for (size_t i = 0; i < sizeof lens / sizeof lens[0]; i++) {
        struct fixture f;
        begin(&f, lens[i]);
        assert_int_equal(serve(&f, ghm_bytes(truth, lens[i]), 1 << 24), GHM_OK);
        assert_done(&f);
        end(&f);
    }
    assert_int_equal(ghm_pull_init(&pull, NULL, id, sha256, 0), GHM_ELIMIT);
    assert_int_equal(ghm_pull_init(&pull, NULL, id, sha256, GHM_PULL_BODY_MAX + 1), GHM_ELIMIT);
}

static void no_more_is_asked_ahead_than_stated(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, GHM_PULL_BODY_MAX);
    ghm_pull_begin(&f.pull, NOW_NS);
    assert_int_equal(f.mem.used_bytes, 0); /* nothing is taken on a promise */
    assert_int_equal(answer(&f, ghm_bytes(truth, GHM_PULL_BODY_MAX)), GHM_PULL_PIECES_AHEAD);
    assert_int_equal(answer(&f, ghm_bytes(truth, GHM_PULL_BODY_MAX)), 0);
    assert_int_equal(ghm_pull_push(&f.pull,
                                   ghm_bytes_upto(ghm_buf_bytes(&f.answers),
                                                  GHM_PULL_HEAD_LEN + GHM_PULL_PIECE_MAX),
                                   NOW_NS),
                     GHM_OK);
    assert_int_equal(answer(&f, ghm_bytes(truth, GHM_PULL_BODY_MAX)), 1);
    end(&f);
}

/* It dies at every place of its answers: the next one goes on, and nothing is asked for twice that
 * had come. */
static void next_source_goes_on_where_the_last_one_died(void **state)
{
    (void)state;
    static const size_t deaths[] = {0,
                                    1,
                                    4,
                                    5,
                                    6,
                                    1000,
                                    GHM_PULL_PIECE_MAX,
                                    GHM_PULL_PIECE_MAX + 5,
                                    GHM_PULL_PIECE_MAX + 7,
                                    2 * GHM_PULL_PIECE_MAX};
    for (size_t i = 0; i < sizeof deaths / sizeof deaths[0]; i++) {
        struct fixture f;
        begin(&f, LEN);
        ghm_pull_begin(&f.pull, NOW_NS);
        (void)answer(&f, ghm_bytes(truth, LEN));
        assert_int_equal(
            ghm_pull_push(&f.pull, ghm_bytes_upto(ghm_buf_bytes(&f.answers), deaths[i]), NOW_NS),
            GHM_OK);
        ghm_buf_clear(&f.answers);
        ghm_pull_end(&f.pull);
        size_t had = ghm_buf_len(&f.pull.body);
        ghm_pull_begin(&f.pull, NOW_NS);
        struct ghm_pull_ask ask;
        assert_int_equal(ghm_pull_read_ask(&ask, ghm_pull_pull(&f.pull)), GHM_OK);
        assert_int_equal(ask.offset, had);
        ghm_pull_end(&f.pull);
        assert_int_equal(serve(&f, ghm_bytes(truth, LEN), 10000), GHM_OK);
        assert_done(&f);
        end(&f);
    }
}

static void one_that_does_not_have_it_is_left(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, LEN);
    assert_int_equal(serve(&f, GHM_BYTES_NONE, 1), GHM_ENOTFOUND);
    assert_int_equal(f.pull.state, GHM_PULL_WANTS_SOURCE);
    assert_int_equal(serve(&f, ghm_bytes(truth, 1000), 1), GHM_ENOTFOUND); /* a shorter one */
    assert_int_equal(serve(&f, ghm_bytes(truth, LEN), 4096), GHM_OK);
    assert_done(&f);
    end(&f);
}

/* One lies about the first part and dies, an honest one gives the rest: the whole is wrong, nobody
 * knows whose fault it is, and the honest one alone makes it right. */
static void liar_cannot_spoil_what_another_gives_alone(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, LEN);
    static uint8_t lie[LEN];
    ghm_pull_begin(&f.pull, NOW_NS);
    (void)answer(&f, ghm_bytes(lie, LEN));
    ghm_buf_clear(&f.answers);
    uint8_t head[GHM_PULL_HEAD_LEN + 10] = {1};
    ghm_store_be32(head + 1, GHM_PULL_PIECE_MAX);
    assert_int_equal(ghm_pull_push(&f.pull, ghm_bytes(head, sizeof head), NOW_NS), GHM_OK);
    ghm_pull_end(&f.pull);
    assert_int_equal(serve(&f, ghm_bytes(truth, LEN), 4096), GHM_ECORRUPT);
    assert_int_equal(f.pull.state, GHM_PULL_WANTS_SOURCE);
    /* The liar again, for a while: its part is not mixed in any more. */
    ghm_pull_begin(&f.pull, NOW_NS);
    assert_int_equal(ghm_pull_push(&f.pull, ghm_bytes(head, sizeof head), NOW_NS), GHM_OK);
    ghm_pull_end(&f.pull);
    assert_int_equal(serve(&f, ghm_bytes(truth, LEN), 4096), GHM_OK);
    assert_done(&f);
    end(&f);
}

static void liar_alone_is_known(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, 1000);
    for (size_t bit = 0; bit < 8000; bit += 7) {
        uint8_t lie[1000];
        memcpy(lie, truth, sizeof lie);
        lie[bit / 8] ^= (uint8_t)(1U << bit % 8);
        assert_int_equal(serve(&f, ghm_bytes(lie, sizeof lie), 1000), GHM_EAUTH);
    }
    assert_int_equal(serve(&f, ghm_bytes(truth, 1000), 1000), GHM_OK);
    assert_done(&f);
    end(&f);
}

/* Every bit of an answer's head: refused, or not there, and never a byte past what was asked for.
 */
static void malformed_answers_are_refused(void **state)
{
    (void)state;
    for (size_t bit = 0; bit < 8 * GHM_PULL_HEAD_LEN; bit++) {
        struct fixture f;
        begin(&f, 1000);
        ghm_pull_begin(&f.pull, NOW_NS);
        (void)answer(&f, ghm_bytes(truth, 1000));
        f.answers.ptr[f.answers.start + bit / 8] ^= (uint8_t)(1U << bit % 8);
        assert_int_equal(arrive(&f, 1 << 20), GHM_EPROTO);
        assert_int_equal(f.pull.state, GHM_PULL_WANTS_SOURCE);
        assert_int_equal(ghm_buf_len(&f.pull.body), 0);
        end(&f);
    }
}

/* Pieces that nobody asked for. */
static void unasked_answers_are_refused(void **state)
{
    (void)state;
    struct fixture f;
    uint8_t head[GHM_PULL_HEAD_LEN] = {1};
    begin(&f, LEN);
    ghm_store_be32(head + 1, GHM_PULL_PIECE_MAX);
    ghm_pull_begin(&f.pull, NOW_NS);
    struct ghm_pull_ask ask;
    assert_int_equal(ghm_pull_read_ask(&ask, ghm_pull_pull(&f.pull)), GHM_OK);
    for (uint32_t i = 0; i < GHM_PULL_PIECES_AHEAD; i++) {
        ask.offset = i * GHM_PULL_PIECE_MAX;
        assert_int_equal(ghm_pull_append_answer(&f.answers, &ask, ghm_bytes(truth, LEN)), GHM_OK);
    }
    /* Its asks cannot leave: no further piece is asked for. */
    assert_int_equal(ghm_pull_push(&f.pull, ghm_buf_bytes(&f.answers), NOW_NS), GHM_OK);
    assert_int_equal(ghm_pull_push(&f.pull, ghm_bytes(head, sizeof head), NOW_NS), GHM_EPROTO);
    end(&f);
}

/* Nor are drops: a piece has its time, and only a whole one begins it anew. */
static void silence_is_no_answer(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, LEN);
    assert_true(ghm_pull_deadline(&f.pull) == GHM_NEVER);
    ghm_pull_begin(&f.pull, NOW_NS);
    assert_false(ghm_pull_tick(&f.pull, NOW_NS + GHM_PULL_WAIT_NS - 1));
    (void)answer(&f, ghm_bytes(truth, LEN));
    uint64_t later_ns = NOW_NS + GHM_PULL_WAIT_NS - 1;
    size_t piece = GHM_PULL_HEAD_LEN + GHM_PULL_PIECE_MAX;
    assert_int_equal(
        ghm_pull_push(&f.pull, ghm_bytes_upto(ghm_buf_bytes(&f.answers), piece - 1), later_ns),
        GHM_OK);
    assert_true(ghm_pull_deadline(&f.pull) == NOW_NS + GHM_PULL_WAIT_NS);
    ghm_buf_drop(&f.answers, piece - 1);
    assert_int_equal(ghm_pull_push(&f.pull, ghm_bytes_upto(ghm_buf_bytes(&f.answers), 1), later_ns),
                     GHM_OK);
    assert_true(ghm_pull_deadline(&f.pull) == later_ns + GHM_PULL_WAIT_NS);
    assert_true(ghm_pull_tick(&f.pull, later_ns + GHM_PULL_WAIT_NS));
    assert_int_equal(f.pull.state, GHM_PULL_WANTS_SOURCE);
    assert_int_equal(ghm_pull_pull(&f.pull).len, 0);
    end(&f);
}

static void refused_memory_loses_the_source_and_nothing_else(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, LEN);
    int error = GHM_ENOMEM;
    for (uint64_t fail = 1; error == GHM_ENOMEM; fail++) {
        assert_true(fail < 20);
        f.mem.fail_after = fail;
        error = serve(&f, ghm_bytes(truth, LEN), 30000);
        ghm_buf_clear(&f.answers);
        if (error == GHM_OK) break;
        assert_int_equal(f.pull.state, GHM_PULL_WANTS_SOURCE);
        f.pull.is_alone = true;
    }
    assert_done(&f);
    end(&f);
}

/* ---- asks ---- */

static void asks_are_read_whole_and_within_bounds(void **state)
{
    (void)state;
    struct fixture f;
    struct ghm_pull_ask ask;
    begin(&f, LEN);
    ghm_pull_begin(&f.pull, NOW_NS);
    struct ghm_bytes whole = ghm_bytes_upto(ghm_pull_pull(&f.pull), GHM_PULL_ASK_LEN);
    for (size_t len = 0; len < whole.len; len++)
        assert_int_equal(ghm_pull_read_ask(&ask, ghm_bytes_upto(whole, len)), GHM_EAGAIN);
    assert_int_equal(ghm_pull_read_ask(&ask, whole), GHM_OK);
    assert_int_equal(ask.len, GHM_PULL_PIECE_MAX);
    uint8_t bytes[GHM_PULL_ASK_LEN];
    static const struct {
        uint32_t offset, len;
        int want;
    } cases[] = {
        {0, 0, GHM_EPROTO},
        {0, 1, GHM_OK},
        {0, GHM_PULL_PIECE_MAX + 1, GHM_EPROTO},
        {GHM_PULL_BODY_MAX - 1, 1, GHM_OK},
        {GHM_PULL_BODY_MAX, 1, GHM_EPROTO},
        {UINT32_MAX, GHM_PULL_PIECE_MAX, GHM_EPROTO},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        memcpy(bytes, whole.ptr, sizeof bytes);
        ghm_store_be32(bytes + 65, cases[i].offset);
        ghm_store_be32(bytes + 69, cases[i].len);
        assert_int_equal(ghm_pull_read_ask(&ask, ghm_bytes(bytes, sizeof bytes)), cases[i].want);
    }
    for (unsigned version = 0; version < 256; version++) {
        bytes[0] = (uint8_t)version;
        if (version != 1)
            assert_int_equal(ghm_pull_read_ask(&ask, ghm_bytes(bytes, 1)), GHM_EPROTO);
    }
    end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_split_gives_the_same_body),
        cmocka_unit_test(lengths_are_bounded),
        cmocka_unit_test(no_more_is_asked_ahead_than_stated),
        cmocka_unit_test(next_source_goes_on_where_the_last_one_died),
        cmocka_unit_test(one_that_does_not_have_it_is_left),
        cmocka_unit_test(liar_cannot_spoil_what_another_gives_alone),
        cmocka_unit_test(liar_alone_is_known),
        cmocka_unit_test(malformed_answers_are_refused),
        cmocka_unit_test(unasked_answers_are_refused),
        cmocka_unit_test(silence_is_no_answer),
        cmocka_unit_test(refused_memory_loses_the_source_and_nothing_else),
        cmocka_unit_test(asks_are_read_whole_and_within_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
