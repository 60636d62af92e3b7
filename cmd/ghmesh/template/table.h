/* SPDX-License-Identifier: MIT */
/* Rows of texts, shown in columns that fit the terminal. */
#ifndef GHM_CMD_TABLE_H
#define GHM_CMD_TABLE_H

#include "base/buf.h"
#include "template/arena.h"

#define TABLE_BYTES_MAX ((size_t)64 << 20)
#define TABLE_COLUMNS_MAX 256

struct table_row {
    struct table_row *next;
    size_t count;
    struct ghm_bytes *cells;
};

struct table {
    struct arena arena;
    struct table_row *first;
    struct table_row *last;
    size_t width; /* of the terminal */
};

void table_init(struct table *table, size_t width);
void table_fini(struct table *table);

/** Room for the texts of one more row; NULL: too many, or no memory. */
struct table_row *table_add(struct table *table, size_t count);

/** Append what the table shows, and empty it. Errors as ghm_buf_append; GHM_EINVAL when a row is
 * longer than the first. */
int table_show(struct table *table, struct ghm_buf *buf);

#endif
