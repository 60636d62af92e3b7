/* SPDX-License-Identifier: MIT */
#include "place.h"

#include "store/claim.h"
#include <sys/file.h>

static struct ghm_claim claim_again(const struct place *place)
{
    struct ghm_claim claim;
    assert_int_equal(ghm_claim_open(&claim, place->dir, ghm_form_of(GHM_FORM_NOW)), GHM_OK);
    return claim;
}

static void only_one_is_alone(void **state)
{
    struct place *place = *state;
    struct ghm_claim second = claim_again(place);
    assert_false(second.is_alone);
    assert_true(second.is_valid);
    assert_int_equal(ghm_claim_settle(&second), GHM_OK);
    place_close(place);
    struct ghm_claim third = claim_again(place);
    assert_false(third.is_alone);
    ghm_claim_close(&third);
    ghm_claim_close(&second);
    third = claim_again(place);
    assert_true(third.is_alone);
    ghm_claim_close(&third);
}

static bool is_opening_free(const struct place *place)
{
    char path[128];
    place_path(place, path, "store2.lock");
    int fd = open(path, O_RDWR | O_CLOEXEC);
    bool is_free = flock(fd, LOCK_EX | LOCK_NB) == 0;
    (void)close(fd);
    return is_free;
}

static void one_opens_at_a_time(void **state)
{
    struct place *place = *state;
    assert_true(is_opening_free(place));
    struct ghm_claim claim = claim_again(place);
    assert_false(is_opening_free(place));
    assert_int_equal(ghm_claim_settle(&claim), GHM_OK);
    assert_true(is_opening_free(place));
    ghm_claim_close(&claim);
}

static void mark_is_read_as_written(void **state)
{
    struct place *place = *state;
    place_close(place);
    struct ghm_claim claim = claim_again(place);
    claim.mark = (struct ghm_claim_mark){.map_bytes = 12345, .is_clean = true, .boot_id = {'b', 7}};
    assert_int_equal(ghm_claim_write(&claim), GHM_OK);
    ghm_claim_close(&claim);
    claim = claim_again(place);
    assert_true(claim.is_valid);
    assert_int_equal(claim.mark.map_bytes, 12345);
    assert_true(claim.mark.is_clean);
    assert_false(claim.mark.is_damaged);
    assert_int_equal(claim.mark.boot_id[1], 7);
    ghm_claim_close(&claim);
}

static void every_torn_or_flipped_mark_is_invalid(void **state)
{
    struct place *place = *state;
    uint8_t mark[128];
    char path[128];
    place_close(place);
    place_path(place, path, "store2.mark");
    int fd = open(path, O_RDWR | O_CLOEXEC);
    ssize_t len = pread(fd, mark, sizeof mark, 0);
    assert_true(len > 0 && len < (ssize_t)sizeof mark);
    for (ssize_t bit = 0; bit < 8 * len; bit++) {
        uint8_t flipped = (uint8_t)(mark[bit / 8] ^ (1U << bit % 8));
        assert_int_equal(pwrite(fd, &flipped, 1, bit / 8), 1);
        struct ghm_claim claim = claim_again(place);
        assert_false(claim.is_valid);
        ghm_claim_close(&claim);
        assert_int_equal(pwrite(fd, &mark[bit / 8], 1, bit / 8), 1);
    }
    for (ssize_t cut = len - 1; cut >= 0; cut--) {
        assert_int_equal(ftruncate(fd, cut), 0);
        struct ghm_claim claim = claim_again(place);
        assert_false(claim.is_valid);
        ghm_claim_close(&claim);
    }
    (void)close(fd);
}

static void directories_that_cannot_be_used_are_told(void **state)
{
    struct place *place = *state;
    struct ghm_claim claim;
    char path[GHM_CLAIM_PATH_MAX + 1];
    assert_int_equal(ghm_claim_open(&claim, "/proc/no/such/directory", ghm_form_of(GHM_FORM_NOW)),
                     GHM_EIO);
    memset(path, 'a', GHM_CLAIM_PATH_MAX);
    path[GHM_CLAIM_PATH_MAX] = '\0';
    assert_int_equal(ghm_claim_open(&claim, path, ghm_form_of(GHM_FORM_NOW)), GHM_EINVAL);
    place_close(place);
    place->options.dir = path;
    assert_int_equal(place_open(place), GHM_EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(only_one_is_alone, place_setup, place_teardown),
        cmocka_unit_test_setup_teardown(one_opens_at_a_time, place_setup, place_teardown),
        cmocka_unit_test_setup_teardown(mark_is_read_as_written, place_setup, place_teardown),
        cmocka_unit_test_setup_teardown(every_torn_or_flipped_mark_is_invalid, place_setup,
                                        place_teardown),
        cmocka_unit_test_setup_teardown(directories_that_cannot_be_used_are_told, place_setup,
                                        place_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
