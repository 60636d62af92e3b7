/* SPDX-License-Identifier: MIT */
#include "mesh/replay.h"

#include "members.h"

#define NOW_MS INT64_C(1700000000000)

struct fixture {
    struct ghm_mem mem;
    struct ghm_replay replay;
};

static void begin(struct fixture *f)
{
    static const uint8_t seed[16] = {4};
    ghm_mem_init(&f->mem, NULL, 16 << 20);
    ghm_replay_init(&f->replay, &f->mem, seed);
}

static void end(struct fixture *f)
{
    ghm_replay_fini(&f->replay);
    ghm_mem_fini(&f->mem);
}

static int accept(struct fixture *f, uint32_t number, int64_t sent_ms, int64_t now_ms)
{
    uint8_t id[GHM_REPLAY_ID_LEN] = {0};
    ghm_store_be32(id, number);
    return ghm_replay_accept(&f->replay, id, sent_ms, now_ms);
}

static void message_is_accepted_once(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    assert_int_equal(accept(&f, 1, NOW_MS, NOW_MS), GHM_OK);
    assert_int_equal(accept(&f, 1, NOW_MS, NOW_MS), GHM_EOLD);
    assert_int_equal(accept(&f, 1, NOW_MS + 1, NOW_MS + 50), GHM_EOLD); /* the id decides */
    assert_int_equal(accept(&f, 2, NOW_MS, NOW_MS), GHM_OK);
    end(&f);
}

static void age_is_bounded_both_ways(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    assert_int_equal(accept(&f, 1, NOW_MS - GHM_REPLAY_AGE_MAX_MS, NOW_MS), GHM_OK);
    assert_int_equal(accept(&f, 2, NOW_MS - GHM_REPLAY_AGE_MAX_MS - 1, NOW_MS), GHM_EOLD);
    assert_int_equal(accept(&f, 3, NOW_MS + GHM_REPLAY_AHEAD_MAX_MS, NOW_MS), GHM_OK);
    assert_int_equal(accept(&f, 4, NOW_MS + GHM_REPLAY_AHEAD_MAX_MS + 1, NOW_MS), GHM_EAGAIN);
    assert_int_equal(accept(&f, 5, INT64_MAX, NOW_MS), GHM_EAGAIN);
    assert_int_equal(accept(&f, 6, 0, NOW_MS), GHM_EOLD);
    assert_int_equal(f.replay.seen.count, 2); /* what is refused is not remembered */
    end(&f);
}

/* Between the moment it is sent and the moment it is too old, a copy is never accepted. */
static void no_gap_between_seen_and_old(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    int64_t sent_ms = NOW_MS + GHM_REPLAY_AHEAD_MAX_MS;
    assert_int_equal(accept(&f, 0, sent_ms, NOW_MS), GHM_OK);
    for (int64_t now_ms = NOW_MS; now_ms < sent_ms + GHM_REPLAY_AGE_MAX_MS + 2000; now_ms += 500) {
        assert_int_equal(accept(&f, (uint32_t)(now_ms - NOW_MS) + 1, now_ms, now_ms), GHM_OK);
        assert_int_equal(accept(&f, 0, sent_ms, now_ms), GHM_EOLD);
    }
    end(&f);
}

static void old_ones_are_forgotten(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    for (uint32_t i = 0; i < 100; i++)
        assert_int_equal(accept(&f, i, NOW_MS, NOW_MS), GHM_OK);
    int64_t later_ms = NOW_MS + GHM_REPLAY_AGE_MAX_MS + 1;
    assert_int_equal(accept(&f, 100, later_ms, later_ms), GHM_OK);
    assert_int_equal(f.replay.seen.count, 1);
    end(&f);
}

static void bound_is_reached_with_the_oldest_out(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    for (uint32_t i = 0; i < GHM_REPLAY_SEEN_MAX; i++)
        assert_int_equal(accept(&f, i, NOW_MS, NOW_MS), GHM_OK);
    assert_int_equal(f.replay.seen.count, GHM_REPLAY_SEEN_MAX);
    assert_int_equal(accept(&f, 0, NOW_MS, NOW_MS), GHM_EOLD); /* still known */
    size_t used = f.mem.used_bytes;
    assert_int_equal(accept(&f, GHM_REPLAY_SEEN_MAX, NOW_MS, NOW_MS), GHM_OK);
    assert_int_equal(f.replay.seen.count, GHM_REPLAY_SEEN_MAX);
    assert_int_equal(f.mem.used_bytes, used);
    for (uint32_t i = 1; i <= GHM_REPLAY_SEEN_MAX; i++)
        assert_int_equal(accept(&f, i, NOW_MS, NOW_MS), GHM_EOLD);
    assert_int_equal(accept(&f, 0, NOW_MS, NOW_MS), GHM_OK); /* the oldest went */
    assert_int_equal(accept(&f, 1, NOW_MS, NOW_MS), GHM_OK); /* and now the next */
    end(&f);
}

static void refused_memory_accepts_nothing(void **state)
{
    (void)state;
    struct fixture f;
    for (uint64_t fail = 1; fail <= 2; fail++) {
        begin(&f);
        f.mem.fail_after = fail;
        assert_int_equal(accept(&f, 1, NOW_MS, NOW_MS), GHM_ENOMEM);
        assert_int_equal(accept(&f, 1, NOW_MS, NOW_MS), GHM_OK);
        assert_int_equal(accept(&f, 1, NOW_MS, NOW_MS), GHM_EOLD);
        end(&f);
    }
}

static void fini_takes_a_zeroed_one(void **state)
{
    (void)state;
    struct ghm_replay replay = {0};
    ghm_replay_fini(&replay);
    struct fixture f;
    begin(&f);
    assert_int_equal(accept(&f, 1, NOW_MS, NOW_MS), GHM_OK);
    ghm_replay_fini(&f.replay);
    end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(message_is_accepted_once),
        cmocka_unit_test(age_is_bounded_both_ways),
        cmocka_unit_test(no_gap_between_seen_and_old),
        cmocka_unit_test(old_ones_are_forgotten),
        cmocka_unit_test(bound_is_reached_with_the_oldest_out),
        cmocka_unit_test(refused_memory_accepts_nothing),
        cmocka_unit_test(fini_takes_a_zeroed_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
