/* SPDX-License-Identifier: MIT */
#include "base/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void full_log_forgets_the_new_and_counts(void **state)
{
    (void)state;
    static struct ghm_log log;
    struct ghm_log_record record;
    ghm_log_init(&log, GHM_LOG_INFO);
    for (int i = 0; i < GHM_LOG_RECORDS_MAX + 3; i++)
        ghm_log_add(&log, GHM_LOG_INFO, "room", "record %d", i);
    assert_int_equal(log.count, GHM_LOG_RECORDS_MAX);
    assert_int_equal(log.forgotten, 3);
    for (int i = 0; i < GHM_LOG_RECORDS_MAX; i++) {
        char text[32];
        (void)snprintf(text, sizeof text, "record %d", i);
        assert_true(ghm_log_take(&log, &record));
        assert_string_equal(record.text, text);
        assert_string_equal(record.room, "room");
        assert_int_equal(record.level, GHM_LOG_INFO);
    }
    assert_false(ghm_log_take(&log, &record));
}

/* The ring's seam is passed many times over. */
static void order_holds_across_the_seam(void **state)
{
    (void)state;
    static struct ghm_log log;
    struct ghm_log_record record;
    char text[32];
    int added = 0, taken = 0;
    ghm_log_init(&log, GHM_LOG_DEBUG);
    for (int turn = 0; turn < 100; turn++) {
        for (int i = 0; i < 1 + turn % 5; i++)
            ghm_log_add(&log, GHM_LOG_DEBUG, "room", "%d", added++);
        for (int i = 0; i < 1 + turn % 4 && ghm_log_take(&log, &record); i++) {
            (void)snprintf(text, sizeof text, "%d", taken++);
            assert_string_equal(record.text, text);
        }
    }
    while (ghm_log_take(&log, &record))
        taken++;
    assert_int_equal(taken, added);
    assert_int_equal(log.forgotten, 0);
}

static void level_decides(void **state)
{
    (void)state;
    static struct ghm_log log;
    struct ghm_log_record record;
    ghm_log_init(&log, GHM_LOG_WARN);
    ghm_log_add(&log, GHM_LOG_INFO, "room", "quiet");
    ghm_log_add(&log, GHM_LOG_DEBUG, "room", "quiet");
    ghm_log_add(&log, GHM_LOG_WARN, "room", "loud");
    ghm_log_add(&log, GHM_LOG_ERROR, "room", "louder");
    ghm_log_add(NULL, GHM_LOG_ERROR, "room", "nobody hears");
    assert_int_equal(log.forgotten, 0);
    assert_true(ghm_log_take(&log, &record));
    assert_string_equal(record.text, "loud");
    assert_true(ghm_log_take(&log, &record));
    assert_string_equal(record.text, "louder");
    assert_false(ghm_log_take(&log, &record));
}

static void long_text_is_cut(void **state)
{
    (void)state;
    static struct ghm_log log;
    struct ghm_log_record record;
    char text[GHM_LOG_TEXT_MAX + 50];
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    ghm_log_init(&log, GHM_LOG_ERROR);
    ghm_log_add(&log, GHM_LOG_ERROR, "room", "%s", text);
    assert_true(ghm_log_take(&log, &record));
    assert_int_equal(strlen(record.text), GHM_LOG_TEXT_MAX - 1);
}

static void levels_have_names(void **state)
{
    (void)state;
    assert_string_equal(ghm_log_level_text(GHM_LOG_ERROR), "error");
    assert_string_equal(ghm_log_level_text(GHM_LOG_WARN), "warn");
    assert_string_equal(ghm_log_level_text(GHM_LOG_INFO), "info");
    assert_string_equal(ghm_log_level_text(GHM_LOG_DEBUG), "debug");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(full_log_forgets_the_new_and_counts),
        cmocka_unit_test(order_holds_across_the_seam),
        cmocka_unit_test(level_decides),
        cmocka_unit_test(long_text_is_cut),
        cmocka_unit_test(levels_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
