/* SPDX-License-Identifier: MIT */
#include "place.h"

#include "store/compact.h"
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#define SAMPLES 3000
#define LEFT 500

/* Much was put, most of it has left. */
static void fill(struct place *place)
{
    for (unsigned n = 0; n < SAMPLES; n++)
        assert_int_equal(put_sample(place->store, n, DATE_MS, 0), GHM_OK);
    for (unsigned n = LEFT; n < SAMPLES; n++) {
        struct sample sample;
        sample_init(&sample, n, DATE_MS);
        assert_int_equal(ghm_store_drop(place->store, sample.variant.id), GHM_OK);
    }
}

static void assert_all_is_there(struct place *place)
{
    assert_int_equal(size_of(place->store).entries, LEFT);
    for (unsigned n = 0; n < LEFT; n++)
        assert_int_equal(get_sample(place->store, n, DATE_MS), GHM_OK);
}

static bool is_copy_there(const struct place *place)
{
    char path[128];
    place_path(place, path, "store2.mdb-new");
    return access(path, F_OK) == 0;
}

static void the_file_gets_smaller(void **state)
{
    struct place *place = *state;
    struct ghm_compact compact;
    fill(place);
    uint64_t file_bytes = size_of(place->store).file_bytes;
    place_close(place);
    assert_int_equal(ghm_store_compact(&compact, &place->options), GHM_OK);
    assert_true(compact.before_bytes >= file_bytes);
    assert_true(compact.after_bytes < compact.before_bytes / 2);
    assert_int_equal(place_open(place), GHM_OK);
    assert_all_is_there(place);
    assert_int_equal(size_of(place->store).file_bytes, compact.after_bytes);
    assert_int_equal(put_sample(place->store, LEFT, DATE_MS, 0), GHM_OK);
    place_reopen(place);
    assert_int_equal(size_of(place->store).entries, LEFT + 1);
    assert_false(is_copy_there(place));
}

static void what_was_flushed_stays_so(void **state)
{
    struct place *place = *state;
    struct ghm_compact compact;
    fill(place);
    assert_int_equal(ghm_store_sync(place->store), GHM_OK);
    place_close(place);
    assert_int_equal(ghm_store_compact(&compact, &place->options), GHM_OK);
    place->options.boot_id = "boot two";
    assert_int_equal(place_open(place), GHM_OK);
    assert_all_is_there(place);
}

static void others_keep_their_file(void **state)
{
    struct place *place = *state;
    struct ghm_compact compact;
    fill(place);
    assert_int_equal(ghm_store_compact(&compact, &place->options), GHM_EBUSY);
    assert_all_is_there(place);
    assert_int_equal(put_sample(place->store, LEFT, DATE_MS, 0), GHM_OK);
    place_reopen(place);
    assert_int_equal(size_of(place->store).entries, LEFT + 1);
}

/* RLIMIT_FSIZE kills at a known byte of the copy, or is a disk that is full there. */
static void compact_until(struct place *place, rlim_t bytes, bool is_killed)
{
    struct ghm_compact compact;
    struct rlimit limit = {bytes, bytes};
    (void)signal(SIGXFSZ, is_killed ? SIG_DFL : SIG_IGN);
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) _exit(2);
    int error = ghm_store_compact(&compact, &place->options);
    _exit(error == GHM_EFULL ? 3 : error == GHM_OK ? 0 : 1);
}

static void an_interrupted_copy_is_no_store(void **state)
{
    struct place *place = *state;
    fill(place);
    place_close(place);
    for (unsigned round = 0; round < 20; round++) {
        int status;
        bool is_killed = round % 2 == 0;
        pid_t child = fork();
        if (child == 0) compact_until(place, 4096 * (round / 2), is_killed);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(is_killed ? WIFSIGNALED(status) : WEXITSTATUS(status) == 3);
        if (!is_killed) assert_false(is_copy_there(place));
        assert_int_equal(place_open(place), GHM_OK);
        assert_false(is_copy_there(place));
        assert_all_is_there(place);
        place_close(place);
    }
    assert_int_equal(place_open(place), GHM_OK);
}

/* Killed between the last two steps: LMDB's second file is gone, the first is the old one. */
static void a_missing_lock_file_is_made_anew(void **state)
{
    struct place *place = *state;
    char path[128];
    fill(place);
    place_close(place);
    place_path(place, path, "store2.mdb-lock");
    assert_int_equal(unlink(path), 0);
    assert_int_equal(place_open(place), GHM_OK);
    assert_all_is_there(place);
}

int main(void)
{
#define COMPACT_TEST(name) cmocka_unit_test_setup_teardown(name, place_setup, place_teardown)
    const struct CMUnitTest tests[] = {
        COMPACT_TEST(the_file_gets_smaller),
        COMPACT_TEST(what_was_flushed_stays_so),
        COMPACT_TEST(others_keep_their_file),
        COMPACT_TEST(an_interrupted_copy_is_no_store),
        COMPACT_TEST(a_missing_lock_file_is_made_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
