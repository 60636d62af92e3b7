/* SPDX-License-Identifier: MIT */
/* A store in a directory of its own, for the tests of this room. */
#ifndef GHM_TEST_STORE_PLACE_H
#define GHM_TEST_STORE_PLACE_H

#include "store/store.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define TEXT(text) ghm_bytes((text), sizeof(text) - 1)
#define DATE_MS INT64_C(1700000000000)
#define NOW_S INT64_C(1700000000)

struct place {
    char dir[64];
    struct ghm_store *store;
    struct ghm_shared *shared;
    struct ghm_store_options options;
};

static inline int place_open(struct place *place)
{
    return ghm_store_open(&place->store, &place->options);
}

static inline void place_close(struct place *place)
{
    ghm_store_close(place->store);
    place->store = NULL;
}

static inline void place_reopen(struct place *place)
{
    place_close(place);
    assert_int_equal(place_open(place), GHM_OK);
}

/* cmocka's setup and teardown: state is a struct place with an open store. */
static inline int place_setup(void **state)
{
    const char *base = getenv("TMPDIR");
    struct place *place = calloc(1, sizeof *place);
    assert_non_null(place);
    place->shared = calloc(1, sizeof *place->shared);
    assert_non_null(place->shared);
    (void)snprintf(place->dir, sizeof place->dir, "%.40s/ghmesh-test-XXXXXX",
                   base == NULL ? "/tmp" : base);
    assert_non_null(mkdtemp(place->dir));
    place->options = (struct ghm_store_options){
        .dir = place->dir, .boot_id = "boot one", .shared = place->shared};
    assert_int_equal(place_open(place), GHM_OK);
    *state = place;
    return 0;
}

static inline void place_path(const struct place *place, char ret_path[128], const char *name)
{
    (void)snprintf(ret_path, 128, "%.60s/%.60s", place->dir, name);
}

static inline int place_teardown(void **state)
{
    struct place *place = *state;
    char path[128];
    ghm_store_close(place->store);
    DIR *dir = opendir(place->dir);
    for (struct dirent *file = readdir(dir); file != NULL; file = readdir(dir)) {
        place_path(place, path, file->d_name);
        (void)unlink(path);
    }
    (void)closedir(dir);
    (void)rmdir(place->dir);
    free(place->shared);
    free(place);
    return 0;
}

/* ---- entries -----------------------------------------------------------------------------------
 */

struct sample {
    struct ghm_variant variant;
    struct ghm_entry entry;
    char body[64];
};

/* The answer number `n`: its body says its number and date, so that a wrong one is seen. */
static inline void sample_init(struct sample *sample, unsigned n, int64_t date_ms)
{
    char key[32];
    (void)snprintf(key, sizeof key, "sample:%u", n);
    assert_int_equal(ghm_variant_of_key(&sample->variant, ghm_bytes_text(key)), GHM_OK);
    (void)snprintf(sample->body, sizeof sample->body, "%u at %lld", n, (long long)date_ms);
    sample->entry = (struct ghm_entry){
        .kind = GHM_ENTRY_ORIGIN,
        .status = 200,
        .date_ms = date_ms,
        .ttl_s = 60,
        .name = ghm_bytes(sample->variant.name, sample->variant.name_len),
        .headers = TEXT("etag: \"x\"\n"),
        .body = ghm_bytes_text(sample->body),
    };
}

/* A body that does not pack. */
static inline struct ghm_bytes noise(uint8_t *ret_bytes, size_t len, uint32_t random)
{
    for (size_t i = 0; i < len; i++) {
        random = random * 1664525U + 1013904223U;
        ret_bytes[i] = (uint8_t)(random >> 24);
    }
    return ghm_bytes(ret_bytes, len);
}

/* Likewise, but what GitHub can never change: a commit by its hash. */
static inline void commit_init(struct sample *sample, unsigned n, int64_t date_ms)
{
    char name[160];
    (void)snprintf(name, sizeof name,
                   "GET api.github.com/repos/o/r/git/commits/%040u version= accept=", n);
    sample_init(sample, n, date_ms);
    assert_int_equal(ghm_variant_of_name(&sample->variant, ghm_bytes_text(name)), GHM_OK);
    sample->entry.name = ghm_bytes(sample->variant.name, sample->variant.name_len);
}

static inline int put_sample(struct ghm_store *store, unsigned n, int64_t date_ms, unsigned flags)
{
    struct sample sample;
    sample_init(&sample, n, date_ms);
    return ghm_store_put(store, sample.variant.id, &sample.entry, flags, NOW_S);
}

/* GHM_OK when the answer number `n` of this date is there, byte for byte; GHM_EPROTO when another
 * answer is given for it. */
static inline int get_sample(struct ghm_store *store, unsigned n, int64_t date_ms)
{
    struct sample sample;
    struct ghm_store_read read;
    struct ghm_entry entry;
    sample_init(&sample, n, date_ms);
    int error = ghm_store_get(store, &read, &entry, sample.variant.id, NOW_S);
    if (error != GHM_OK) return error;
    bool is_right = entry.date_ms == date_ms && ghm_bytes_equal(entry.name, sample.entry.name) &&
                    ghm_bytes_equal(entry.headers, sample.entry.headers) &&
                    ghm_bytes_equal(entry.body, sample.entry.body);
    ghm_store_done(store, &read);
    return is_right ? GHM_OK : GHM_EPROTO;
}

static inline struct ghm_store_size size_of(struct ghm_store *store)
{
    struct ghm_store_size size;
    assert_int_equal(ghm_store_size(store, &size), GHM_OK);
    return size;
}

#endif
