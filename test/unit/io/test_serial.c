/* SPDX-License-Identifier: MIT */
#include "io/serial.h"

#include "base/bytes.h"
#include "io/files.h"

#include "scratch.h"

#include <fcntl.h>

#define WALL_NS UINT64_C(1700000000000000000)

static uint64_t reserve(const struct scratch *scratch, uint64_t wall_ns)
{
    uint64_t start = 0;
    assert_int_equal(ghm_serial_reserve(&start, scratch->dir, wall_ns), GHM_OK);
    return start;
}

static void number_is_the_clock_s_at_first(void **state)
{
    const struct scratch *scratch = *state;
    char path[256];
    struct stat st;
    assert_int_equal(reserve(scratch, WALL_NS), WALL_NS);
    scratch_path(scratch, path, "identity.seq");
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(st.st_size, 8);
}

/* Set back by a year, or not a number at all: no run begins where another one may have been. */
static void number_rises_whatever_the_clock_says(void **state)
{
    const struct scratch *scratch = *state;
    static const uint64_t clocks[] = {WALL_NS, WALL_NS, WALL_NS - (UINT64_C(1) << 55), 0, 1};
    uint64_t last = 0;
    for (size_t i = 0; i < sizeof clocks / sizeof clocks[0]; i++) {
        uint64_t start = reserve(scratch, clocks[i]);
        assert_true(i == 0 || start >= last + GHM_SERIAL_RUN);
        last = start;
    }
    uint64_t later = last + 3 * GHM_SERIAL_RUN;
    assert_int_equal(reserve(scratch, later), later);
}

static void file_of_another_form_counts_for_nothing(void **state)
{
    const struct scratch *scratch = *state;
    uint8_t bytes[9];
    for (size_t len = 0; len <= sizeof bytes; len++) {
        memset(bytes, 0x7f, sizeof bytes);
        scratch_write(scratch, "identity.seq", bytes, len);
        bool is_number = len == 8;
        assert_int_equal(reserve(scratch, WALL_NS),
                         is_number ? UINT64_C(0x7f7f7f7f7f7f7f7f) : WALL_NS);
    }
    memset(bytes, 0xff, sizeof bytes); /* no run fits after it */
    scratch_write(scratch, "identity.seq", bytes, 8);
    assert_int_equal(reserve(scratch, WALL_NS), WALL_NS);
}

static void link_in_its_place_is_not_followed(void **state)
{
    const struct scratch *scratch = *state;
    char path[256], elsewhere[256];
    struct stat st;
    uint64_t start;
    scratch_path(scratch, path, "identity.seq.new");
    scratch_path(scratch, elsewhere, "elsewhere");
    assert_int_equal(symlink(elsewhere, path), 0);
    assert_int_equal(ghm_serial_reserve(&start, scratch->dir, WALL_NS), GHM_EACCES);
    assert_int_not_equal(stat(elsewhere, &st), 0);
}

static void what_cannot_be_written_is_told(void **state)
{
    const struct scratch *scratch = *state;
    char path[256], longest[GHM_FILES_PATH_MAX];
    uint64_t start;
    scratch_path(scratch, path, "nowhere");
    assert_int_equal(ghm_serial_reserve(&start, path, WALL_NS), GHM_EIO);
    memset(longest, 'd', sizeof longest);
    longest[sizeof longest - 1] = '\0';
    assert_int_equal(ghm_serial_reserve(&start, longest, WALL_NS), GHM_ELIMIT);
    /* A name that cannot be taken: the number was not reserved. */
    scratch_path(scratch, path, "identity.seq");
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_not_equal(ghm_serial_reserve(&start, scratch->dir, WALL_NS), GHM_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(number_is_the_clock_s_at_first),
        SCRATCH_TEST(number_rises_whatever_the_clock_says),
        SCRATCH_TEST(file_of_another_form_counts_for_nothing),
        SCRATCH_TEST(link_in_its_place_is_not_followed),
        SCRATCH_TEST(what_cannot_be_written_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
