/* SPDX-License-Identifier: MIT */
#include "place.h"

#include "store/check.h"
#include <signal.h>
#include <sys/wait.h>

static void assert_child_is_well(pid_t child)
{
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* ---- many at once ------------------------------------------------------------------------------
 */

#define PROCESSES 4
#define KEYS 300

/* Writers of one set of keys with rising dates, each reading what any of them wrote. */
static int write_and_read(struct place *place, unsigned self)
{
    if (place_open(place) != GHM_OK) return 1;
    for (unsigned i = 0; i < KEYS; i++) {
        int error = put_sample(place->store, i, DATE_MS + self, 0);
        if (error != GHM_OK && error != GHM_EOLD) return 2;
        struct sample sample;
        struct ghm_store_read read;
        struct ghm_entry entry;
        sample_init(&sample, i, DATE_MS);
        error = ghm_store_get(place->store, &read, &entry, sample.variant.id, NOW_S);
        if (error != GHM_OK || entry.date_ms < DATE_MS + self) return 3;
        ghm_store_done(place->store, &read);
    }
    place_close(place);
    return 0;
}

static void many_processes_agree_on_the_newest(void **state)
{
    struct place *place = *state;
    pid_t children[PROCESSES];
    place_close(place);
    for (unsigned i = 0; i < PROCESSES; i++) {
        children[i] = fork();
        if (children[i] == 0) _exit(write_and_read(place, i));
    }
    for (unsigned i = 0; i < PROCESSES; i++)
        assert_child_is_well(children[i]);
    assert_int_equal(place_open(place), GHM_OK);
    assert_int_equal(size_of(place->store).entries, KEYS);
    for (unsigned i = 0; i < KEYS; i++) {
        assert_int_equal(get_sample(place->store, i, DATE_MS + PROCESSES - 1), GHM_OK);
    }
}

/* All at once make the store: exactly one makes it, all use it. */
static int create_and_put(struct place *place, unsigned self)
{
    if (place_open(place) != GHM_OK) return 1;
    if (put_sample(place->store, self, DATE_MS, 0) != GHM_OK) return 2;
    place_close(place);
    return 0;
}

static void many_processes_create_one_store(void **state)
{
    struct place *place = *state;
    char path[128];
    pid_t children[PROCESSES];
    static const char *const names[] = {"store2.mdb", "store2.mdb-lock", "store2.mark",
                                        "store2.lock"};
    place_close(place);
    for (unsigned round = 0; round < 20; round++) {
        for (size_t i = 0; i < 4; i++) {
            place_path(place, path, names[i]);
            (void)unlink(path);
        }
        for (unsigned i = 0; i < PROCESSES; i++) {
            children[i] = fork();
            if (children[i] == 0) _exit(create_and_put(place, i));
        }
        for (unsigned i = 0; i < PROCESSES; i++)
            assert_child_is_well(children[i]);
        assert_int_equal(place_open(place), GHM_OK);
        assert_int_equal(size_of(place->store).entries, PROCESSES);
        place_close(place);
    }
}

/* A process that has the store open keeps its file, whatever the others believe. */
static int open_with_other_wishes(struct place *place)
{
    place->options.boot_id = "boot two";
    place->options.bytes_max = UINT64_C(1) << 40;
    if (place_open(place) != GHM_OK) return 1;
    if (get_sample(place->store, 1, DATE_MS) != GHM_OK) return 2;
    if (put_sample(place->store, 2, DATE_MS, 0) != GHM_OK) return 3;
    place_close(place);
    return 0;
}

static void nobody_takes_a_file_that_is_in_use(void **state)
{
    struct place *place = *state;
    assert_int_equal(put_sample(place->store, 1, DATE_MS, 0), GHM_OK);
    pid_t child = fork();
    if (child == 0) _exit(open_with_other_wishes(place));
    assert_child_is_well(child);
    assert_int_equal(get_sample(place->store, 1, DATE_MS), GHM_OK);
    assert_int_equal(get_sample(place->store, 2, DATE_MS), GHM_OK);
}

/* Who comes later gets no more than the map of the first holds. */
static int put_much(struct place *place)
{
    static uint8_t body[1 << 18];
    place->options.bytes_max = UINT64_C(1) << 30;
    if (place_open(place) != GHM_OK) return 1;
    for (unsigned n = 0; n < 400; n++) {
        struct sample sample;
        sample_init(&sample, n, DATE_MS);
        sample.entry.body = noise(body, sizeof body, n);
        if (ghm_store_put(place->store, sample.variant.id, &sample.entry, 0, NOW_S) != 0) return 2;
    }
    if (size_of(place->store).bytes > (1 << 20) + 4096) return 3;
    place_close(place);
    return 0;
}

static void later_ones_keep_to_the_map(void **state)
{
    struct place *place = *state;
    place->options.bytes_max = 1 << 20;
    place->options.boot_id = "boot two";
    place_reopen(place);
    pid_t child = fork();
    if (child == 0) _exit(put_much(place));
    assert_child_is_well(child);
    assert_int_equal(put_sample(place->store, 1000, DATE_MS, 0), GHM_OK);
}

static int put_one(struct place *place)
{
    if (place_open(place) != GHM_OK) return 1;
    if (put_sample(place->store, 2, DATE_MS, 0) != GHM_OK) return 2;
    place_close(place);
    return 0;
}

/* The mark of a flush by one process is taken off by the change of another. */
static void a_flush_is_over_when_another_process_writes(void **state)
{
    struct place *place = *state;
    assert_int_equal(put_sample(place->store, 1, DATE_MS, 0), GHM_OK);
    assert_int_equal(ghm_store_sync(place->store), GHM_OK);
    pid_t child = fork();
    if (child == 0) _exit(put_one(place));
    assert_child_is_well(child);
    place->options.boot_id = "boot two";
    place_reopen(place);
    assert_int_equal(size_of(place->store).entries, 0);
}

/* ---- bounds under load -------------------------------------------------------------------------
 */

#define LOAD_BYTES 400000
#define LOAD_ENTRIES 150
#define LOAD_PUTS 600

/* Small ones, large ones that pack, large ones that do not, and pinned ones of all three. */
static void load_init(struct sample *sample, unsigned n, uint8_t body[30000])
{
    unsigned kind = n / PROCESSES % 4; /* each process has all, whoever is the last to put */
    if (n % 3 == 0)
        commit_init(sample, n, DATE_MS + n);
    else
        sample_init(sample, n, DATE_MS + n);
    if (kind == 0) return;
    if (kind == 1) {
        sample->entry.body = noise(body, 3000 + n % 6000, n);
        return;
    }
    for (size_t i = 0; i < 30000; i++)
        body[i] = (uint8_t)("{\"id\": 0, }"[i % 12]);
    sample->entry.body = ghm_bytes(body, 30000);
}

static int is_read_back(struct place *place, const struct sample *sample)
{
    struct ghm_store_read read;
    struct ghm_entry entry;
    int error = ghm_store_get(place->store, &read, &entry, sample->variant.id, NOW_S);
    if (error != GHM_OK) return error == GHM_ENOTFOUND; /* others have put much since */
    bool is_right = ghm_bytes_equal(entry.body, sample->entry.body);
    ghm_store_done(place->store, &read);
    return is_right;
}

static int put_load(struct place *place, unsigned self)
{
    static uint8_t body[30000];
    struct ghm_store_size size;
    if (place_open(place) != GHM_OK) return 1;
    for (unsigned i = 0; i < LOAD_PUTS; i++) {
        struct sample sample;
        load_init(&sample, i * PROCESSES + self, body);
        if (ghm_store_put(place->store, sample.variant.id, &sample.entry, 0, NOW_S) != GHM_OK)
            return 2;
        if (ghm_store_size(place->store, &size) != GHM_OK) return 3;
        if (size.bytes > LOAD_BYTES || size.entries > LOAD_ENTRIES) return 4;
        if (!is_read_back(place, &sample)) return 5;
    }
    place_close(place);
    return 0;
}

static void bounds_hold_while_many_put(void **state)
{
    struct place *place = *state;
    pid_t children[PROCESSES];
    struct ghm_check check;
    int error;
    place->options.bytes_max = LOAD_BYTES;
    place->options.entries_max = LOAD_ENTRIES;
    place_close(place);
    for (unsigned i = 0; i < PROCESSES; i++) {
        children[i] = fork();
        if (children[i] == 0) _exit(put_load(place, i));
    }
    for (unsigned i = 0; i < PROCESSES; i++)
        assert_child_is_well(children[i]);
    assert_int_equal(place_open(place), GHM_OK);
    assert_int_equal(ghm_store_check(place->store, &check), GHM_OK);
    while ((error = ghm_check_step(&check)) == GHM_EAGAIN)
        continue;
    ghm_check_end(&check);
    assert_int_equal(error, GHM_OK);
    assert_true(ghm_check_is_sound(&check.report));
    assert_true(check.report.packed > 0 && check.report.pinned > 0);
    assert_true(check.report.pinned < check.report.entries);
    assert_int_equal(check.report.index_rows, check.report.entries);
}

/* ---- killed writers ----------------------------------------------------------------------------
 */

/* Puts for ever; says the number of each put that was acknowledged. */
static void write_until_killed(struct place *place, int pipe_fd, unsigned first)
{
    if (place_open(place) != GHM_OK) _exit(1);
    for (unsigned n = first;; n++) {
        if (put_sample(place->store, n, DATE_MS, GHM_STORE_ANNOUNCE) != GHM_OK) _exit(2);
        if (write(pipe_fd, &n, sizeof n) != sizeof n) _exit(3);
    }
}

/* Reads what the child says, kills it somewhere, and returns the last number said. */
static unsigned kill_after(pid_t child, int pipe_fd, unsigned count)
{
    unsigned n = 0;
    int status;
    for (unsigned i = 0; i < count; i++)
        assert_int_equal(read(pipe_fd, &n, sizeof n), sizeof n);
    assert_int_equal(kill(child, SIGKILL), 0);
    while (read(pipe_fd, &n, sizeof n) == sizeof n)
        continue;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    return n;
}

static void killed_writers_lose_nothing_acknowledged(void **state)
{
    struct place *place = *state;
    unsigned next = 0;
    place_close(place);
    for (unsigned round = 0; round < 60; round++) {
        int fds[2];
        assert_int_equal(pipe(fds), 0);
        pid_t child = fork();
        if (child == 0) {
            (void)close(fds[0]);
            write_until_killed(place, fds[1], next);
        }
        (void)close(fds[1]);
        unsigned last = kill_after(child, fds[0], 1 + round * 7 % 50);
        (void)close(fds[0]);
        assert_int_equal(place_open(place), GHM_OK);
        for (unsigned n = 0; n <= last; n++) {
            assert_int_equal(get_sample(place->store, n, DATE_MS), GHM_OK);
        }
        uint64_t entries = size_of(place->store).entries;
        assert_in_range(entries, last + 1, last + 2);
        assert_int_equal(put_sample(place->store, 4000000000 + round, DATE_MS, 0), GHM_OK);
        assert_int_equal(ghm_store_drop_prefix(place->store, TEXT("sample:40000000")), 1);
        next = (unsigned)entries;
        place_close(place);
    }
}

/* Readers and a writer go on while others are killed with reads and changes open. */
static void the_killed_leave_no_lock_behind(void **state)
{
    struct place *place = *state;
    for (unsigned round = 0; round < 30; round++) {
        int fds[2];
        assert_int_equal(pipe(fds), 0);
        pid_t child = fork();
        if (child == 0) {
            (void)close(fds[0]);
            write_until_killed(place, fds[1], 100000 * (round + 1));
        }
        (void)close(fds[1]);
        (void)kill_after(child, fds[0], 1 + round % 5);
        (void)close(fds[0]);
        assert_int_equal(put_sample(place->store, round, DATE_MS, 0), GHM_OK);
        assert_int_equal(get_sample(place->store, round, DATE_MS), GHM_OK);
    }
}

/* Guard: ghm_store_is_at asks the file. */
static void a_change_of_another_process_has_a_number(void **state)
{
    struct place *place = *state;
    uint64_t first, second;
    assert_int_equal(put_sample(place->store, 1, DATE_MS, 0), GHM_OK);
    assert_int_equal(ghm_store_version(place->store, &first), GHM_OK);
    assert_int_equal(get_sample(place->store, 1, DATE_MS), GHM_OK);
    assert_true(ghm_store_is_at(place->store, first));
    pid_t child = fork();
    if (child == 0) _exit(put_one(place));
    assert_child_is_well(child);
    assert_false(ghm_store_is_at(place->store, first));
    assert_int_equal(ghm_store_version(place->store, &second), GHM_OK);
    assert_true(second > first && ghm_store_is_at(place->store, second));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(many_processes_agree_on_the_newest, place_setup,
                                        place_teardown),
        cmocka_unit_test_setup_teardown(many_processes_create_one_store, place_setup,
                                        place_teardown),
        cmocka_unit_test_setup_teardown(nobody_takes_a_file_that_is_in_use, place_setup,
                                        place_teardown),
        cmocka_unit_test_setup_teardown(later_ones_keep_to_the_map, place_setup, place_teardown),
        cmocka_unit_test_setup_teardown(a_flush_is_over_when_another_process_writes, place_setup,
                                        place_teardown),
        cmocka_unit_test_setup_teardown(a_change_of_another_process_has_a_number, place_setup,
                                        place_teardown),
        cmocka_unit_test_setup_teardown(bounds_hold_while_many_put, place_setup, place_teardown),
        cmocka_unit_test_setup_teardown(killed_writers_lose_nothing_acknowledged, place_setup,
                                        place_teardown),
        cmocka_unit_test_setup_teardown(the_killed_leave_no_lock_behind, place_setup,
                                        place_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
