/* SPDX-License-Identifier: MIT */
/* LMDB with nothing around it: the same values under random keys of 32 bytes, opened as our store
 * opens its own. The rival of get and put. */
#ifndef BENCH_BARE_H
#define BENCH_BARE_H

#include "sample.h"

#include <lmdb.h>

struct bare {
    MDB_env *env;
    MDB_dbi table;
    MDB_txn *read; /* reset between reads */
};

/** Open a new file in `dir` and fill it. */
void bare_open(struct bare *bare, const char *dir);
void bare_close(struct bare *bare);

/** One read transaction, renewed for it: the sum of the first and last byte where they lie. */
unsigned bare_touch(struct bare *bare, unsigned index);

/** The same, and a copy of the value. */
unsigned bare_copy(struct bare *bare, char ret_body[SAMPLE_BODY_LEN], unsigned index);

/** One write transaction, not waited for on the disk. */
void bare_put(struct bare *bare, unsigned index, const char body[SAMPLE_BODY_LEN]);

#endif
