/* SPDX-License-Identifier: MIT */
#include "place.h"

#include "store/env.h"
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <xxhash.h>

/* A store as the first form wrote it. */
struct first {
    struct ghm_claim claim;
    struct ghm_env env;
    MDB_txn *txn;
};

static void first_open(struct first *first, const char *dir)
{
    assert_int_equal(ghm_claim_open(&first->claim, dir, ghm_form_of(1)), GHM_OK);
    first->claim.mark = (struct ghm_claim_mark){.map_bytes = 64 << 20, .boot_id = "boot one"};
    assert_int_equal(ghm_claim_write(&first->claim), GHM_OK);
    assert_int_equal(ghm_env_open(&first->env, dir, ghm_form_of(1), 64 << 20), GHM_OK);
    assert_int_equal(mdb_txn_begin(first->env.mdb, NULL, 0, &first->txn), 0);
}

static void first_close(struct first *first)
{
    ghm_env_close(&first->env);
    ghm_claim_close(&first->claim);
}

static void first_write(struct first *first, MDB_dbi table, const uint8_t key[32],
                        struct ghm_bytes content)
{
    static uint8_t record[70000];
    MDB_val name = ghm_env_value(key, 32);
    MDB_val data = {16 + content.len, record};
    memcpy(record, "GHR1", 4);
    ghm_store_be32(record + 4, (uint32_t)content.len);
    ghm_store_be64(record + 8, XXH3_64bits(content.ptr, content.len) ^ ghm_load_be64(key));
    ghm_bytes_copy(record + 16, content);
    assert_int_equal(mdb_put(first->txn, table, &name, &data, 0), 0);
}

static void first_put(struct first *first, const uint8_t id[32], const struct ghm_entry *entry)
{
    static uint8_t content[65000];
    ghm_entry_write(content, entry);
    first_write(first, first->env.entries, id, ghm_bytes(content, ghm_entry_size(entry)));
}

#define VALUES 40
#define ANSWERS 800

/* Values that a program put, numbers from 0, and answers of GitHub, numbers from VALUES. */
static void make_first(struct place *place)
{
    struct first first;
    struct sample sample;
    first_open(&first, place->dir);
    for (unsigned n = 0; n < VALUES + ANSWERS; n++) {
        sample_init(&sample, n, DATE_MS);
        if (n < VALUES) sample.entry.kind = GHM_ENTRY_PUT;
        first_put(&first, sample.variant.id, &sample.entry);
    }
    assert_int_equal(mdb_txn_commit(first.txn), 0);
    first_close(&first);
}

static bool is_there(const struct place *place, const char *name)
{
    char path[128];
    place_path(place, path, name);
    return access(path, F_OK) == 0;
}

static unsigned count_right(struct place *place, unsigned end)
{
    unsigned right = 0;
    for (unsigned n = 0; n < end; n++)
        right += get_sample(place->store, n, DATE_MS) == GHM_OK ? 1 : 0;
    return right;
}

static void all_of_the_first_form_is_taken_over(void **state)
{
    struct place *place = *state;
    make_first(place);
    place_reopen(place);
    assert_int_equal(count_right(place, VALUES + ANSWERS), VALUES + ANSWERS);
    assert_int_equal(size_of(place->store).entries, VALUES + ANSWERS);
    assert_false(is_there(place, "store.mdb"));
    assert_false(is_there(place, "store.mdb-lock"));
    place_reopen(place);
    assert_int_equal(count_right(place, VALUES + ANSWERS), VALUES + ANSWERS);
}

static void large_bodies_are_packed_then(void **state)
{
    struct place *place = *state;
    static char body[60000];
    struct first first;
    struct sample sample;
    struct ghm_store_read read;
    struct ghm_entry entry;
    memset(body, 'x', sizeof body);
    sample_init(&sample, 1, DATE_MS);
    sample.entry.body = ghm_bytes(body, sizeof body);
    first_open(&first, place->dir);
    first_put(&first, sample.variant.id, &sample.entry);
    assert_int_equal(mdb_txn_commit(first.txn), 0);
    first_close(&first);
    place_reopen(place);
    assert_true(size_of(place->store).bytes < 1000);
    assert_int_equal(ghm_store_get(place->store, &read, &entry, sample.variant.id, NOW_S), GHM_OK);
    assert_true(ghm_bytes_equal(entry.body, sample.entry.body));
    ghm_store_done(place->store, &read);
}

static void news_and_facts_come_too(void **state)
{
    struct place *place = *state;
    struct first first;
    struct sample sample;
    uint8_t number[8];
    uint8_t value[64];
    size_t len;
    uint64_t told;
    uint8_t id[GHM_VARIANT_ID_LEN];
    static const uint8_t known[32] = {1};
    static const uint8_t unknown[32] = {2};
    assert_int_equal(ghm_store_fact_put(place->store, known, TEXT("young")), GHM_OK);
    first_open(&first, place->dir);
    for (unsigned n = 0; n < 3; n++) {
        sample_init(&sample, n, DATE_MS);
        ghm_store_be64(number, 100 + n);
        MDB_val key = {sizeof number, number};
        MDB_val ids = ghm_env_value(sample.variant.id, GHM_VARIANT_ID_LEN);
        assert_int_equal(mdb_put(first.txn, first.env.outbox, &key, &ids, 0), 0);
    }
    first_write(&first, first.env.facts, known, TEXT("\0\0\0\0\0\0\0\1old"));
    first_write(&first, first.env.facts, unknown, TEXT("\0\0\0\0\0\0\0\2fact"));
    assert_int_equal(mdb_txn_commit(first.txn), 0);
    first_close(&first);
    place_reopen(place);
    for (unsigned n = 0; n < 3; n++) {
        sample_init(&sample, n, DATE_MS);
        assert_int_equal(ghm_store_outbox(place->store, &told, id), GHM_OK);
        assert_memory_equal(id, sample.variant.id, sizeof id);
        assert_int_equal(ghm_store_outbox_done(place->store, told), GHM_OK);
    }
    assert_int_equal(ghm_store_fact(place->store, value, &len, known), GHM_OK);
    assert_true(ghm_bytes_equal(ghm_bytes(value, len), TEXT("young")));
    assert_int_equal(ghm_store_fact(place->store, value, &len, unknown), GHM_OK);
    assert_true(ghm_bytes_equal(ghm_bytes(value, len), TEXT("fact")));
}

static void what_is_newer_here_stays(void **state)
{
    struct place *place = *state;
    assert_int_equal(put_sample(place->store, 1, DATE_MS + 5, 0), GHM_OK);
    make_first(place);
    place_reopen(place);
    assert_int_equal(get_sample(place->store, 1, DATE_MS + 5), GHM_OK);
    assert_int_equal(count_right(place, VALUES + ANSWERS), VALUES + ANSWERS - 1);
}

static void damaged_records_are_left_behind(void **state)
{
    struct place *place = *state;
    struct first first;
    struct sample sample;
    uint8_t record[300];
    make_first(place);
    assert_int_equal(ghm_claim_open(&first.claim, place->dir, ghm_form_of(1)), GHM_OK);
    assert_int_equal(ghm_env_open(&first.env, place->dir, ghm_form_of(1), 64 << 20), GHM_OK);
    assert_int_equal(mdb_txn_begin(first.env.mdb, NULL, 0, &first.txn), 0);
    sample_init(&sample, 3, DATE_MS);
    MDB_val key = ghm_env_value(sample.variant.id, GHM_VARIANT_ID_LEN);
    MDB_val data;
    assert_int_equal(mdb_get(first.txn, first.env.entries, &key, &data), 0);
    memcpy(record, data.mv_data, data.mv_size);
    record[data.mv_size - 1] ^= 1;
    data.mv_data = record;
    assert_int_equal(mdb_put(first.txn, first.env.entries, &key, &data, 0), 0);
    assert_int_equal(mdb_txn_commit(first.txn), 0);
    first_close(&first);
    place_reopen(place);
    assert_int_equal(get_sample(place->store, 3, DATE_MS), GHM_ENOTFOUND);
    assert_int_equal(count_right(place, VALUES + ANSWERS), VALUES + ANSWERS - 1);
}

/* What was never flushed is not trusted after another boot, in no form. */
static void another_boot_takes_nothing_over(void **state)
{
    struct place *place = *state;
    make_first(place);
    place->options.boot_id = "boot two";
    place_reopen(place);
    assert_int_equal(count_right(place, VALUES + ANSWERS), 0);
    assert_false(is_there(place, "store.mdb"));
}

/* A program of the older form goes on with its store; its values come when it has ended. */
static void what_is_in_use_is_left_alone(void **state)
{
    struct place *place = *state;
    struct first first;
    make_first(place);
    assert_int_equal(ghm_claim_open(&first.claim, place->dir, ghm_form_of(1)), GHM_OK);
    assert_int_equal(ghm_claim_settle(&first.claim), GHM_OK);
    place_reopen(place);
    assert_int_equal(count_right(place, VALUES + ANSWERS), 0);
    assert_true(is_there(place, "store.mdb"));
    assert_int_equal(put_sample(place->store, 1, DATE_MS + 1, 0), GHM_OK);
    ghm_claim_close(&first.claim);
    place_reopen(place);
    assert_int_equal(count_right(place, VALUES + ANSWERS), VALUES + ANSWERS - 1);
    assert_int_equal(get_sample(place->store, 1, DATE_MS + 1), GHM_OK);
    assert_false(is_there(place, "store.mdb"));
}

/* Values outlive answers where the bounds are smaller than they were. */
static void values_come_last(void **state)
{
    struct place *place = *state;
    make_first(place);
    place->options.entries_max = VALUES;
    place_reopen(place);
    assert_int_equal(size_of(place->store).entries, VALUES);
    assert_true(count_right(place, VALUES) > VALUES / 2);
}

/* RLIMIT_FSIZE kills at a known byte of the new file, or is a disk that is full there. */
static void upgrade_until_killed(struct place *place, rlim_t bytes)
{
    struct rlimit limit = {bytes, bytes};
    (void)signal(SIGXFSZ, bytes % 16384 == 0 ? SIG_IGN : SIG_DFL);
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) _exit(2);
    _exit(place_open(place) == GHM_OK ? 0 : 1);
}

static void a_failed_upgrade_is_repeated(void **state)
{
    struct place *place = *state;
    static const char *const names[] = {"store2.mdb", "store2.mdb-lock", "store2.mark",
                                        "store2.lock"};
    unsigned failed = 0;
    unsigned killed = 0;
    for (rlim_t bytes = 73728; bytes < 350000; bytes += 8192) {
        char path[128];
        int status;
        place_close(place);
        for (size_t i = 0; i < 4; i++) {
            place_path(place, path, names[i]);
            (void)unlink(path);
        }
        make_first(place);
        pid_t child = fork();
        if (child == 0) upgrade_until_killed(place, bytes);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
        killed += WIFSIGNALED(status) ? 1 : 0;
        failed += is_there(place, "store.mdb") ? 1 : 0;
        assert_int_equal(place_open(place), GHM_OK);
        assert_int_equal(count_right(place, VALUES + ANSWERS), VALUES + ANSWERS);
    }
    assert_true(failed > 10 && killed > 0);
}

int main(void)
{
#define UPGRADE_TEST(name) cmocka_unit_test_setup_teardown(name, place_setup, place_teardown)
    const struct CMUnitTest tests[] = {
        UPGRADE_TEST(all_of_the_first_form_is_taken_over),
        UPGRADE_TEST(large_bodies_are_packed_then),
        UPGRADE_TEST(news_and_facts_come_too),
        UPGRADE_TEST(what_is_newer_here_stays),
        UPGRADE_TEST(damaged_records_are_left_behind),
        UPGRADE_TEST(another_boot_takes_nothing_over),
        UPGRADE_TEST(what_is_in_use_is_left_alone),
        UPGRADE_TEST(values_come_last),
        UPGRADE_TEST(a_failed_upgrade_is_repeated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
