/* SPDX-License-Identifier: MIT */
/* A directory of the test's own, gone with all that is in it when the test is over. */
#ifndef GHM_TEST_IO_SCRATCH_H
#define GHM_TEST_IO_SCRATCH_H

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct scratch {
    char dir[64];
};

static inline int scratch_setup(void **state)
{
    const char *base = getenv("TMPDIR");
    struct scratch *scratch = calloc(1, sizeof *scratch);
    assert_non_null(scratch);
    (void)snprintf(scratch->dir, sizeof scratch->dir, "%.40s/ghmesh-io-XXXXXX",
                   base == NULL ? "/tmp" : base);
    assert_non_null(mkdtemp(scratch->dir));
    *state = scratch;
    return 0;
}

static inline int scratch_remove(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static inline int scratch_teardown(void **state)
{
    struct scratch *scratch = *state;
    (void)nftw(scratch->dir, scratch_remove, 8, FTW_DEPTH | FTW_PHYS);
    free(scratch);
    return 0;
}

static inline void scratch_path(const struct scratch *scratch, char ret_path[256], const char *name)
{
    (void)snprintf(ret_path, 256, "%s/%s", scratch->dir, name);
}

static inline void scratch_write(const struct scratch *scratch, const char *name, const void *bytes,
                                 size_t len)
{
    char path[256];
    scratch_path(scratch, path, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

#define SCRATCH_TEST(name) cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

#endif
