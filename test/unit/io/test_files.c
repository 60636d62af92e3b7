/* SPDX-License-Identifier: MIT */
#include "io/files.h"

#include "scratch.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

/* root may do what others may not: then the kernel is not asked about permissions. */
static bool is_root(void)
{
    return geteuid() == 0;
}

static mode_t mode_of(const char *path)
{
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    return st.st_mode & 0777;
}

/* ---- paths and directories ---- */

static void paths_are_joined_within_their_bound(void **state)
{
    (void)state;
    char path[GHM_FILES_PATH_MAX], dir[GHM_FILES_PATH_MAX];
    assert_int_equal(ghm_files_path(path, "/a/b", "c"), GHM_OK);
    assert_string_equal(path, "/a/b/c");
    memset(dir, 'd', sizeof dir);
    dir[GHM_FILES_PATH_MAX - 3] = '\0';
    assert_int_equal(ghm_files_path(path, dir, "c"), GHM_OK);
    assert_int_equal(ghm_files_path(path, dir, "cc"), GHM_ELIMIT);
}

static void directories_are_made_with_their_parents(void **state)
{
    const struct scratch *scratch = *state;
    char path[256];
    scratch_path(scratch, path, "a/b//c/");
    (void)umask(0);
    assert_int_equal(ghm_files_make_dir(path), GHM_OK);
    assert_int_equal(ghm_files_make_dir(path), GHM_OK);
    assert_int_equal(mode_of(path), 0700);
    scratch_path(scratch, path, "a");
    assert_int_equal(mode_of(path), 0700);
    assert_int_equal(chmod(path, 0755), 0);
    assert_int_equal(ghm_files_make_dir(path), GHM_OK);
    assert_int_equal(mode_of(path), 0755); /* what was there stays as it was */
    scratch_write(scratch, "file", "x", 1);
    scratch_path(scratch, path, "file");
    assert_int_equal(ghm_files_make_dir(path), GHM_EIO);
    scratch_path(scratch, path, "file/below");
    assert_int_equal(ghm_files_make_dir(path), GHM_EIO);
    assert_int_equal(ghm_files_make_dir(""), GHM_EINVAL);
    char *longest = malloc(5000);
    assert_non_null(longest);
    memset(longest, '/', 4999);
    longest[4999] = '\0';
    assert_int_equal(ghm_files_make_dir(longest), GHM_EINVAL);
    free(longest);
    if (is_root()) return;
    scratch_path(scratch, path, "closed");
    assert_int_equal(mkdir(path, 0500), 0);
    scratch_path(scratch, path, "closed/within");
    assert_int_equal(ghm_files_make_dir(path), GHM_EACCES);
}

static void files_are_read_whole_or_not(void **state)
{
    const struct scratch *scratch = *state;
    char path[256];
    struct ghm_buf buf;
    static char bytes[10000];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)(i * 7);
    scratch_write(scratch, "file", bytes, sizeof bytes);
    scratch_path(scratch, path, "file");
    ghm_buf_init(&buf, NULL, 65536);
    assert_int_equal(ghm_buf_append_text(&buf, "before"), GHM_OK);
    assert_int_equal(ghm_files_read(&buf, path, sizeof bytes), GHM_OK);
    assert_int_equal(ghm_buf_len(&buf), 6 + sizeof bytes);
    assert_memory_equal(ghm_buf_bytes(&buf).ptr + 6, bytes, sizeof bytes);
    ghm_buf_clear(&buf);
    assert_int_equal(ghm_files_read(&buf, path, sizeof bytes - 1), GHM_ELIMIT);
    scratch_write(scratch, "empty", "", 0);
    scratch_path(scratch, path, "empty");
    ghm_buf_clear(&buf);
    assert_int_equal(ghm_files_read(&buf, path, 0), GHM_OK);
    assert_int_equal(ghm_buf_len(&buf), 0);
    scratch_path(scratch, path, "none");
    assert_int_equal(ghm_files_read(&buf, path, 100), GHM_ENOTFOUND);
    assert_int_equal(ghm_files_read(&buf, scratch->dir, 100), GHM_EIO);
    scratch_path(scratch, path, "file");
    assert_int_equal(chmod(path, 0), 0);
    if (!is_root()) assert_int_equal(ghm_files_read(&buf, path, 100), GHM_EACCES);
    ghm_buf_fini(&buf);
}

/* ---- keys ---- */

static void key_is_made_once(void **state)
{
    const struct scratch *scratch = *state;
    char path[256];
    uint8_t key[32], first[32], second[32];
    memset(first, 1, sizeof first);
    memset(second, 2, sizeof second);
    assert_int_equal(ghm_files_key(key, scratch->dir, "local.key", first), GHM_OK);
    assert_memory_equal(key, first, sizeof key);
    scratch_path(scratch, path, "local.key");
    assert_int_equal(mode_of(path), 0600);
    assert_int_equal(ghm_files_key(key, scratch->dir, "local.key", second), GHM_OK);
    assert_memory_equal(key, first, sizeof key);
    assert_int_equal(ghm_files_key(key, scratch->dir, "other.key", second), GHM_OK);
    assert_memory_equal(key, second, sizeof key);
}

static void wrong_lengths_are_told(void **state)
{
    const struct scratch *scratch = *state;
    static const size_t lengths[] = {0, 1, 31, 33, 64};
    uint8_t key[32] = {9}, fresh[64] = {7};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        scratch_write(scratch, "local.key", fresh, lengths[i]);
        assert_int_equal(ghm_files_key(key, scratch->dir, "local.key", fresh), GHM_ECORRUPT);
        assert_int_equal(key[0], 9); /* written on success only */
    }
}

static void unwritable_directory_is_told(void **state)
{
    const struct scratch *scratch = *state;
    char path[256];
    uint8_t key[32], fresh[32] = {7};
    int fd;
    struct ghm_shared *shared;
    scratch_path(scratch, path, "none");
    assert_int_equal(ghm_files_key(key, path, "local.key", fresh), GHM_ENOTFOUND);
    assert_int_equal(ghm_files_lock(&fd, path, "host.lock"), GHM_ENOTFOUND);
    assert_int_equal(ghm_files_map(&shared, path), GHM_ENOTFOUND);
    if (is_root()) return;
    assert_int_equal(mkdir(path, 0500), 0);
    assert_int_equal(ghm_files_key(key, path, "local.key", fresh), GHM_EACCES);
    assert_int_equal(ghm_files_lock(&fd, path, "host.lock"), GHM_EACCES);
    assert_int_equal(ghm_files_map(&shared, path), GHM_EACCES);
}

/* What is left of a maker that was killed in the middle does not stop the next. */
static void leavings_stop_nobody(void **state)
{
    const struct scratch *scratch = *state;
    char name[64];
    uint8_t key[32], fresh[32];
    memset(fresh, 3, sizeof fresh);
    (void)snprintf(name, sizeof name, "local.key.%ld", (long)getpid());
    scratch_write(scratch, name, "half", 4);
    scratch_write(scratch, "local.key.XXXXXX", "half", 4);
    assert_int_equal(ghm_files_key(key, scratch->dir, "local.key", fresh), GHM_OK);
    assert_memory_equal(key, fresh, sizeof key);
}

enum { RACERS = 8, ROUNDS = 25 };

struct racer {
    const struct scratch *scratch;
    const char *name;
    int gate; /* all start when it closes */
    uint8_t number;
    uint8_t key[32];
    int error;
};

static void race(struct racer *racer)
{
    uint8_t fresh[32];
    char nothing;
    memset(fresh, racer->number, sizeof fresh);
    (void)!read(racer->gate, &nothing, 1);
    racer->error = ghm_files_key(racer->key, racer->scratch->dir, racer->name, fresh);
}

/* One key for all who raced, and it is one of theirs, whole. */
static void assert_one_key(const uint8_t keys[RACERS][32])
{
    for (int i = 0; i < RACERS; i++) {
        assert_memory_equal(keys[i], keys[0], 32);
        for (int at = 1; at < 32; at++)
            assert_int_equal(keys[i][at], keys[i][0]);
    }
    assert_in_range(keys[0][0], 1, RACERS);
}

static void assert_no_leavings(const struct scratch *scratch, const char *name)
{
    char command[256];
    (void)snprintf(command, sizeof command, "test \"$(ls %s | wc -l)\" = 1 && test -f %s/%s",
                   scratch->dir, scratch->dir, name);
    assert_int_equal(system(command), 0);
}

static void racing_processes_get_one_key(void **state)
{
    const struct scratch *scratch = *state;
    for (int round = 0; round < ROUNDS; round++) {
        uint8_t keys[RACERS][32];
        int gate[2], results[2];
        assert_int_equal(pipe(gate), 0);
        assert_int_equal(pipe(results), 0);
        for (int i = 0; i < RACERS; i++) {
            pid_t child = fork();
            assert_true(child >= 0);
            if (child > 0) continue;
            (void)close(gate[1]);
            struct racer racer = {.scratch = scratch,
                                  .name = "local.key",
                                  .gate = gate[0],
                                  .number = (uint8_t)(i + 1)};
            race(&racer);
            bool is_told = racer.error == GHM_OK && write(results[1], racer.key, 32) == 32;
            _exit(is_told ? 0 : 1);
        }
        (void)close(gate[0]);
        (void)close(gate[1]);
        for (int i = 0; i < RACERS; i++) {
            int status;
            assert_true(wait(&status) > 0);
            assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
            assert_int_equal(read(results[0], keys[i], 32), 32);
        }
        (void)close(results[0]);
        (void)close(results[1]);
        assert_one_key((const uint8_t(*)[32])keys);
        assert_no_leavings(scratch, "local.key");
        char path[256];
        scratch_path(scratch, path, "local.key");
        assert_int_equal(unlink(path), 0);
    }
}

static void *race_in_thread(void *arg)
{
    race(arg);
    return NULL;
}

/* Threads share a pid, as the first processes of two containers on one volume do. */
static void racing_threads_get_one_key(void **state)
{
    const struct scratch *scratch = *state;
    for (int round = 0; round < ROUNDS; round++) {
        pthread_t threads[RACERS];
        struct racer racers[RACERS];
        uint8_t keys[RACERS][32];
        int gate[2];
        assert_int_equal(pipe(gate), 0);
        for (int i = 0; i < RACERS; i++) {
            racers[i] = (struct racer){.scratch = scratch,
                                       .name = "local.key",
                                       .gate = gate[0],
                                       .number = (uint8_t)(i + 1)};
            assert_int_equal(pthread_create(&threads[i], NULL, race_in_thread, &racers[i]), 0);
        }
        (void)close(gate[1]);
        for (int i = 0; i < RACERS; i++) {
            assert_int_equal(pthread_join(threads[i], NULL), 0);
            assert_int_equal(racers[i].error, GHM_OK);
            memcpy(keys[i], racers[i].key, 32);
        }
        (void)close(gate[0]);
        assert_one_key((const uint8_t(*)[32])keys);
        assert_no_leavings(scratch, "local.key");
        char path[256];
        scratch_path(scratch, path, "local.key");
        assert_int_equal(unlink(path), 0);
    }
}

/* ---- the host's lock ---- */

static void lock_is_free_when_its_holder_is_killed(void **state)
{
    const struct scratch *scratch = *state;
    int fd, ready[2];
    char told;
    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        int error = ghm_files_lock(&fd, scratch->dir, "host.lock");
        (void)!write(ready[1], error == GHM_OK ? "y" : "n", 1);
        for (;;)
            (void)pause();
    }
    assert_int_equal(read(ready[0], &told, 1), 1);
    assert_int_equal(told, 'y');
    fd = -5;
    assert_int_equal(ghm_files_lock(&fd, scratch->dir, "host.lock"), GHM_EBUSY);
    assert_int_equal(fd, -5);
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_int_equal(ghm_files_lock(&fd, scratch->dir, "host.lock"), GHM_OK);
    int again;
    assert_int_equal(ghm_files_lock(&again, scratch->dir, "host.lock"), GHM_EBUSY);
    ghm_files_unlock(fd);
    assert_int_equal(ghm_files_lock(&again, scratch->dir, "host.lock"), GHM_OK);
    ghm_files_unlock(again);
    ghm_files_unlock(-1);
    (void)close(ready[0]);
    (void)close(ready[1]);
}

/* ---- the shared counters ---- */

static void map_is_one_for_all(void **state)
{
    const struct scratch *scratch = *state;
    struct ghm_shared *a, *b;
    char path[256];
    assert_int_equal(ghm_files_map(&a, scratch->dir), GHM_OK);
    assert_true(a->magic == GHM_SHARED_MAGIC && a->size == sizeof *a);
    scratch_path(scratch, path, "shared");
    assert_int_equal(mode_of(path), 0600);
    assert_int_equal(ghm_files_map(&b, scratch->dir), GHM_OK);
    GHM_COUNT(a, requests, 3);
    assert_int_equal(atomic_load(&b->counters.requests), 3);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct ghm_shared *c;
        if (ghm_files_map(&c, scratch->dir) == GHM_OK) GHM_COUNT(c, requests, 4);
        _exit(0);
    }
    assert_int_equal(waitpid(child, NULL, 0), child);
    ghm_files_unmap(b);
    assert_int_equal(atomic_load(&a->counters.requests), 7);
    ghm_files_unmap(a);
    ghm_files_unmap(NULL);
    assert_int_equal(ghm_files_map(&a, scratch->dir), GHM_OK); /* and outlives its users */
    assert_int_equal(atomic_load(&a->counters.requests), 7);
    ghm_files_unmap(a);
}

static void map_of_another_shape_is_made_anew(void **state)
{
    const struct scratch *scratch = *state;
    static uint8_t noise[2 * sizeof(struct ghm_shared)];
    static const size_t lengths[] = {0,
                                     1,
                                     16,
                                     sizeof(struct ghm_shared) - 1,
                                     sizeof(struct ghm_shared),
                                     2 * sizeof(struct ghm_shared)};
    memset(noise, 0xa5, sizeof noise);
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        struct ghm_shared *shared;
        scratch_write(scratch, "shared", noise, lengths[i]);
        assert_int_equal(ghm_files_map(&shared, scratch->dir), GHM_OK);
        assert_true(shared->magic == GHM_SHARED_MAGIC);
        const uint8_t *bytes = (const uint8_t *)shared;
        for (size_t at = 16; at < sizeof *shared; at++)
            if (bytes[at] != 0) fail_msg("byte %zu of a map made from %zu", at, lengths[i]);
        ghm_files_unmap(shared);
    }
    /* Of our magic, but of another version's size. */
    struct ghm_shared *shared;
    assert_int_equal(ghm_files_map(&shared, scratch->dir), GHM_OK);
    GHM_COUNT(shared, requests, 3);
    shared->size--;
    ghm_files_unmap(shared);
    assert_int_equal(ghm_files_map(&shared, scratch->dir), GHM_OK);
    assert_int_equal(atomic_load(&shared->counters.requests), 0);
    assert_true(shared->size == sizeof *shared);
    ghm_files_unmap(shared);
}

static void boot_id_is_one_line(void **state)
{
    (void)state;
    char first[64], second[64];
    memset(first, 'x', sizeof first);
    ghm_files_boot_id(first);
    ghm_files_boot_id(second);
    assert_string_equal(first, second);
    assert_true(strlen(first) < 64);
    assert_null(strchr(first, '\n'));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(paths_are_joined_within_their_bound),
        SCRATCH_TEST(directories_are_made_with_their_parents),
        SCRATCH_TEST(files_are_read_whole_or_not),
        SCRATCH_TEST(key_is_made_once),
        SCRATCH_TEST(wrong_lengths_are_told),
        SCRATCH_TEST(unwritable_directory_is_told),
        SCRATCH_TEST(leavings_stop_nobody),
        SCRATCH_TEST(racing_processes_get_one_key),
        SCRATCH_TEST(racing_threads_get_one_key),
        SCRATCH_TEST(lock_is_free_when_its_holder_is_killed),
        SCRATCH_TEST(map_is_one_for_all),
        SCRATCH_TEST(map_of_another_shape_is_made_anew),
        SCRATCH_TEST(boot_id_is_one_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
