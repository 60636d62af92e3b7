/* SPDX-License-Identifier: MIT */
#include "place.h"

#include "store/check.h"
#include "store/claim.h"
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#define SAMPLES 200

static void fill(struct place *place)
{
    for (unsigned n = 0; n < SAMPLES; n++) {
        assert_int_equal(put_sample(place->store, n, DATE_MS, 0), GHM_OK);
    }
}

static unsigned count_right(struct place *place)
{
    unsigned right = 0;
    for (unsigned n = 0; n < SAMPLES; n++) {
        int error = get_sample(place->store, n, DATE_MS);
        assert_int_not_equal(error, GHM_EPROTO);
        right += error == GHM_OK ? 1 : 0;
    }
    return right;
}

/* ---- which boot --------------------------------------------------------------------------------
 */

static void same_boot_keeps_the_store(void **state)
{
    struct place *place = *state;
    fill(place);
    place_reopen(place);
    assert_int_equal(count_right(place), SAMPLES);
}

static void another_boot_starts_anew(void **state)
{
    struct place *place = *state;
    fill(place);
    place->options.boot_id = "boot two";
    place_reopen(place);
    assert_int_equal(count_right(place), 0);
    assert_int_equal(size_of(place->store).bytes, 0);
}

static void another_boot_keeps_what_was_flushed(void **state)
{
    struct place *place = *state;
    fill(place);
    assert_int_equal(ghm_store_sync(place->store), GHM_OK);
    place->options.boot_id = "boot two";
    place_reopen(place);
    assert_int_equal(count_right(place), SAMPLES);
    place->options.boot_id = "boot three";
    place_reopen(place);
    assert_int_equal(count_right(place), SAMPLES);
}

static void a_change_after_the_flush_takes_the_mark_off(void **state)
{
    struct place *place = *state;
    struct sample sample;
    sample_init(&sample, 1, DATE_MS);
    for (int i = 0; i < 4; i++) {
        fill(place);
        assert_int_equal(ghm_store_sync(place->store), GHM_OK);
        if (i == 0) assert_int_equal(put_sample(place->store, 1, DATE_MS + 1, 0), GHM_OK);
        if (i == 1) assert_int_equal(ghm_store_drop(place->store, sample.variant.id), GHM_OK);
        if (i == 2)
            assert_int_equal(ghm_store_fact_put(place->store, sample.variant.id, TEXT("x")), 0);
        if (i == 3) assert_int_equal(ghm_store_drop_prefix(place->store, TEXT("sample:1")), 111);
        place->options.boot_id = i % 2 == 0 ? "boot two" : "boot one";
        place_reopen(place);
        assert_int_equal(count_right(place), 0);
    }
}

static void flushing_twice_is_flushing(void **state)
{
    struct place *place = *state;
    fill(place);
    assert_int_equal(ghm_store_sync(place->store), GHM_OK);
    assert_int_equal(ghm_store_sync(place->store), GHM_OK);
    place->options.boot_id = "boot two";
    place_reopen(place);
    assert_int_equal(count_right(place), SAMPLES);
}

static void a_noted_damage_starts_anew(void **state)
{
    struct place *place = *state;
    struct ghm_claim claim;
    fill(place);
    place_close(place);
    assert_int_equal(ghm_claim_open(&claim, place->dir, ghm_form_of(GHM_FORM_NOW)), GHM_OK);
    claim.mark.is_damaged = true;
    assert_int_equal(ghm_claim_write(&claim), GHM_OK);
    ghm_claim_close(&claim);
    assert_int_equal(place_open(place), GHM_OK);
    assert_int_equal(count_right(place), 0);
    fill(place);
    place_reopen(place);
    assert_int_equal(count_right(place), SAMPLES);
}

static void a_condemned_store_starts_anew_when_all_have_gone(void **state)
{
    struct place *place = *state;
    fill(place);
    assert_int_equal(ghm_store_condemn(&place->options), GHM_OK);
    assert_int_equal(count_right(place), SAMPLES);
    place_reopen(place);
    assert_int_equal(count_right(place), 0);
}

/* ---- broken files ------------------------------------------------------------------------------
 */

static void overwrite(const struct place *place, const char *name, const void *bytes, size_t len)
{
    char path[128];
    place_path(place, path, name);
    int fd = open(path, O_WRONLY | O_TRUNC | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, len), len);
    (void)close(fd);
}

static void assert_started_anew(struct place *place)
{
    assert_int_equal(place_open(place), GHM_OK);
    assert_int_equal(count_right(place), 0);
    fill(place);
    assert_int_equal(count_right(place), SAMPLES);
}

static void foreign_files_are_replaced(void **state)
{
    struct place *place = *state;
    static const uint8_t zeros[20000];
    fill(place);
    place_close(place);
    overwrite(place, "store2.mdb", "this is no store", 16);
    assert_started_anew(place);
    place_close(place);
    overwrite(place, "store2.mdb", zeros, sizeof zeros);
    assert_started_anew(place);
    place_close(place);
    overwrite(place, "store2.mdb", "", 0);
    assert_started_anew(place);
    place_close(place);
    overwrite(place, "store2.mdb-lock", "garbage", 7);
    assert_int_equal(place_open(place), GHM_OK);
    place_close(place);
    overwrite(place, "store2.mark", "garbage", 7);
    assert_started_anew(place);
    place->options.boot_id = NULL;
    place_reopen(place);
    fill(place);
    place_close(place);
    overwrite(place, "store2.mark", "garbage", 7);
    assert_started_anew(place);
}

static void a_file_cut_short_is_replaced(void **state)
{
    struct place *place = *state;
    char path[128];
    struct stat file;
    place_path(place, path, "store2.mdb");
    for (int part = 1; part < 8; part++) {
        fill(place);
        place_close(place);
        assert_int_equal(stat(path, &file), 0);
        assert_int_equal(truncate(path, file.st_size * part / 8), 0);
        assert_started_anew(place);
        assert_int_equal(ghm_store_drop_prefix(place->store, TEXT("")), SAMPLES);
    }
}

/* Every byte of every stored value, changed in the file under an open store. */
static void changed_bytes_of_values_are_never_served(void **state)
{
    struct place *place = *state;
    static const char word[] = "17 at 1700000000000";
    char path[128];
    struct stat file;
    fill(place);
    place_path(place, path, "store2.mdb");
    int fd = open(path, O_RDWR | O_CLOEXEC);
    assert_int_equal(fstat(fd, &file), 0);
    char *bytes = malloc((size_t)file.st_size);
    assert_non_null(bytes);
    assert_int_equal(pread(fd, bytes, (size_t)file.st_size, 0), file.st_size);
    unsigned found = 0;
    for (off_t at = 200; at + (off_t)sizeof word < file.st_size; at++) {
        if (memcmp(bytes + at, word, sizeof word - 1) != 0) continue;
        found++;
        for (off_t i = at - 100; i < at + (off_t)sizeof word - 1; i++) {
            char changed = (char)(bytes[i] ^ 0x10);
            assert_int_equal(pwrite(fd, &changed, 1, i), 1);
            int error = get_sample(place->store, 17, DATE_MS);
            assert_true(error == GHM_ECORRUPT || error == GHM_OK);
            assert_int_equal(pwrite(fd, &bytes[i], 1, i), 1);
        }
    }
    assert_true(found > 0);
    assert_true(atomic_load(&place->shared->counters.corrupt) >= 100);
    assert_int_equal(count_right(place), SAMPLES);
    free(bytes);
    (void)close(fd);
}

static void a_damaged_record_can_be_replaced(void **state)
{
    struct place *place = *state;
    char path[128];
    char page[4096];
    static const char word[] = "\n17 at 1700000000000";
    fill(place);
    place_path(place, path, "store2.mdb");
    int fd = open(path, O_RDWR | O_CLOEXEC);
    for (off_t at = 0; pread(fd, page, sizeof page, at) == sizeof page; at += (off_t)sizeof page) {
        char *hit = memmem(page, sizeof page, word, sizeof word - 1);
        if (hit != NULL) assert_int_equal(pwrite(fd, "X", 1, at + (hit - page) + 1), 1);
    }
    (void)close(fd);
    assert_int_equal(get_sample(place->store, 17, DATE_MS), GHM_ECORRUPT);
    assert_int_equal(put_sample(place->store, 17, DATE_MS, 0), GHM_OK);
    assert_int_equal(count_right(place), SAMPLES);
}

/* ---- a full disk -------------------------------------------------------------------------------
 */

/* RLIMIT_FSIZE is a disk that is full at a known byte. In a child, for it cannot be taken back. */
static int fill_a_small_disk(struct place *place)
{
    struct stat file;
    char path[128];
    unsigned n = 0;
    unsigned stored = 0;
    (void)signal(SIGXFSZ, SIG_IGN);
    place_path(place, path, "store2.mdb");
    if (place_open(place) != GHM_OK || stat(path, &file) != 0) return 1;
    rlim_t bytes = (rlim_t)file.st_size + 200000;
    struct rlimit limit = {bytes, bytes};
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) return 2;
    for (; n < 20000; n++) {
        int error = put_sample(place->store, n, DATE_MS, 0);
        if (error != GHM_OK && error != GHM_EFULL) return 3;
        int found = get_sample(place->store, n, DATE_MS);
        if (found != (error == GHM_OK ? GHM_OK : GHM_ENOTFOUND)) return 4;
        stored += n >= 19000 && error == GHM_OK ? 1 : 0;
    }
    if (stored < 500) return 5;
    if (atomic_load(&place->shared->counters.evictions) == 0) return 6;
    int dropped = ghm_store_drop_prefix(place->store, TEXT("sample:199"));
    if (dropped < 0 && dropped != GHM_EFULL) return 7;
    place_close(place);
    return 0;
}

static void a_full_disk_leaves_a_store_that_works(void **state)
{
    struct place *place = *state;
    place_close(place);
    pid_t child = fork();
    if (child == 0) _exit(fill_a_small_disk(place));
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_int_equal(place_open(place), GHM_OK);
    assert_true(size_of(place->store).entries > 0);
    assert_int_equal(put_sample(place->store, 99999, DATE_MS, 0), GHM_OK);
    assert_true(ghm_store_drop_prefix(place->store, TEXT("sample:1")) >= 0);
    assert_true(ghm_store_drop_prefix(place->store, TEXT("")) > 0);
}

/* What is large and does not pack: it is put or refused, and what was put before can be read. */
static int put_large_on_a_small_disk(struct place *place)
{
    static uint8_t body[60000];
    struct stat file;
    char path[128];
    unsigned stored = 0;
    (void)signal(SIGXFSZ, SIG_IGN);
    place_path(place, path, "store2.mdb");
    if (place_open(place) != GHM_OK || stat(path, &file) != 0) return 1;
    for (unsigned n = 0; n < 20; n++)
        if (put_sample(place->store, n, DATE_MS, 0) != GHM_OK) return 2;
    rlim_t bytes = (rlim_t)file.st_size + 300000;
    struct rlimit limit = {bytes, bytes};
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) return 3;
    for (unsigned n = 0; n < 400; n++) {
        struct sample sample;
        struct ghm_store_read read;
        struct ghm_entry entry;
        sample_init(&sample, 1000 + n, DATE_MS);
        sample.entry.body = noise(body, n % 2 == 0 ? sizeof body : 100, n);
        int error = ghm_store_put(place->store, sample.variant.id, &sample.entry, 0, NOW_S);
        if (error != GHM_OK && error != GHM_EFULL) return 4;
        if (error != GHM_OK) continue;
        stored++;
        if (ghm_store_get(place->store, &read, &entry, sample.variant.id, NOW_S) != GHM_OK)
            return 5;
        if (!ghm_bytes_equal(entry.body, sample.entry.body)) return 6;
        ghm_store_done(place->store, &read);
    }
    place_close(place);
    return stored > 100 ? 0 : 7;
}

static void large_bodies_on_a_full_disk(void **state)
{
    struct place *place = *state;
    struct ghm_check check;
    int status;
    int error;
    place_close(place);
    pid_t child = fork();
    if (child == 0) _exit(put_large_on_a_small_disk(place));
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_int_equal(place_open(place), GHM_OK);
    assert_int_equal(ghm_store_check(place->store, &check), GHM_OK);
    while ((error = ghm_check_step(&check)) == GHM_EAGAIN)
        continue;
    ghm_check_end(&check);
    assert_int_equal(error, GHM_OK);
    assert_true(ghm_check_is_sound(&check.report));
}

static void a_larger_map_is_given_to_the_only_one(void **state)
{
    struct place *place = *state;
    static uint8_t body[1 << 20];
    place->options.bytes_max = 1 << 20;
    place->options.boot_id = "boot two";
    place_reopen(place);
    place->options.bytes_max = UINT64_C(200) << 20;
    place_reopen(place);
    for (unsigned n = 0; n < 150; n++) {
        struct sample sample;
        sample_init(&sample, n, DATE_MS);
        sample.entry.body = noise(body, sizeof body, n);
        assert_int_equal(ghm_store_put(place->store, sample.variant.id, &sample.entry, 0, NOW_S),
                         0);
    }
    assert_int_equal(size_of(place->store).entries, 150);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_condemned_store_starts_anew_when_all_have_gone,
                                        place_setup, place_teardown),
        cmocka_unit_test_setup_teardown(large_bodies_on_a_full_disk, place_setup, place_teardown),
        cmocka_unit_test_setup_teardown(same_boot_keeps_the_store, place_setup, place_teardown),
        cmocka_unit_test_setup_teardown(another_boot_starts_anew, place_setup, place_teardown),
        cmocka_unit_test_setup_teardown(another_boot_keeps_what_was_flushed, place_setup,
                                        place_teardown),
        cmocka_unit_test_setup_teardown(a_change_after_the_flush_takes_the_mark_off, place_setup,
                                        place_teardown),
        cmocka_unit_test_setup_teardown(flushing_twice_is_flushing, place_setup, place_teardown),
        cmocka_unit_test_setup_teardown(a_noted_damage_starts_anew, place_setup, place_teardown),
        cmocka_unit_test_setup_teardown(foreign_files_are_replaced, place_setup, place_teardown),
        cmocka_unit_test_setup_teardown(a_file_cut_short_is_replaced, place_setup, place_teardown),
        cmocka_unit_test_setup_teardown(changed_bytes_of_values_are_never_served, place_setup,
                                        place_teardown),
        cmocka_unit_test_setup_teardown(a_damaged_record_can_be_replaced, place_setup,
                                        place_teardown),
        cmocka_unit_test_setup_teardown(a_full_disk_leaves_a_store_that_works, place_setup,
                                        place_teardown),
        cmocka_unit_test_setup_teardown(a_larger_map_is_given_to_the_only_one, place_setup,
                                        place_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
