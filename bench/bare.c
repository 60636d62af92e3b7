/* SPDX-License-Identifier: MIT */
#include "bare.h"

#include "stopwatch.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define MAP_BYTES ((size_t)832 << 20) /* of our store with its defaults */

static void must(int result, const char *what)
{
    if (result != MDB_SUCCESS) stopwatch_fail(what, result);
}

struct id {
    uint64_t words[4];
};

/* Spread over the tree as hashes are (splitmix64), and cheap. */
static struct id id_of(unsigned index)
{
    struct id id = {0};
    uint64_t state = index;
    for (int i = 0; i < 4; i++) {
        state += UINT64_C(0x9e3779b97f4a7c15);
        uint64_t mixed = (state ^ (state >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
        mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94d049bb133111eb);
        id.words[i] = mixed ^ (mixed >> 31);
    }
    return id;
}

void bare_put(struct bare *bare, unsigned index, const char body[SAMPLE_BODY_LEN])
{
    MDB_txn *txn;
    struct id id = id_of(index);
    MDB_val key = {sizeof id, &id};
    MDB_val value = {SAMPLE_BODY_LEN, NULL};
    must(mdb_txn_begin(bare->env, NULL, 0, &txn), "mdb_txn_begin");
    must(mdb_put(txn, bare->table, &key, &value, MDB_RESERVE), "mdb_put");
    memcpy(value.mv_data, body, SAMPLE_BODY_LEN);
    must(mdb_txn_commit(txn), "mdb_txn_commit");
}

void bare_open(struct bare *bare, const char *dir)
{
    char path[1024];
    char body[SAMPLE_BODY_LEN];
    MDB_txn *txn;
    const unsigned flags = MDB_NOSUBDIR | MDB_NOSYNC | MDB_NOTLS | MDB_NORDAHEAD;
    (void)snprintf(path, sizeof path, "%s/bare.mdb", dir);
    must(mdb_env_create(&bare->env), "mdb_env_create");
    must(mdb_env_set_mapsize(bare->env, MAP_BYTES), "mdb_env_set_mapsize");
    must(mdb_env_open(bare->env, path, flags, 0600), "mdb_env_open");
    must(mdb_txn_begin(bare->env, NULL, 0, &txn), "mdb_txn_begin");
    must(mdb_dbi_open(txn, NULL, 0, &bare->table), "mdb_dbi_open");
    must(mdb_txn_commit(txn), "mdb_txn_commit");
    for (unsigned i = 0; i < SAMPLE_COUNT; i++) {
        sample_body(body, i);
        bare_put(bare, i, body);
    }
    must(mdb_txn_begin(bare->env, NULL, MDB_RDONLY, &bare->read), "mdb_txn_begin");
    mdb_txn_reset(bare->read);
}

void bare_close(struct bare *bare)
{
    mdb_txn_abort(bare->read);
    mdb_env_close(bare->env);
}

static MDB_val find(struct bare *bare, unsigned index)
{
    struct id id = id_of(index);
    MDB_val key = {sizeof id, &id};
    MDB_val value;
    must(mdb_txn_renew(bare->read), "mdb_txn_renew");
    must(mdb_get(bare->read, bare->table, &key, &value), "mdb_get");
    if (value.mv_size != SAMPLE_BODY_LEN) stopwatch_fail("a value's length", (int)value.mv_size);
    return value;
}

unsigned bare_touch(struct bare *bare, unsigned index)
{
    MDB_val value = find(bare, index);
    const unsigned char *bytes = value.mv_data;
    unsigned sum = (unsigned)bytes[0] + bytes[SAMPLE_BODY_LEN - 1];
    mdb_txn_reset(bare->read);
    return sum;
}

unsigned bare_copy(struct bare *bare, char ret_body[SAMPLE_BODY_LEN], unsigned index)
{
    MDB_val value = find(bare, index);
    memcpy(ret_body, value.mv_data, SAMPLE_BODY_LEN);
    mdb_txn_reset(bare->read);
    return (unsigned)(unsigned char)ret_body[0] + (unsigned char)ret_body[SAMPLE_BODY_LEN - 1];
}
