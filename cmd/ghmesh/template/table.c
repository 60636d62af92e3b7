/* SPDX-License-Identifier: MIT */
#include "template/table.h"

#include "template/text.h"

#include <string.h>

#define GAP 2

struct columns {
    size_t count;
    long available;                 /* columns of the terminal that nobody has */
    long widest[TABLE_COLUMNS_MAX]; /* cell */
    long widths[TABLE_COLUMNS_MAX]; /* 0: not yet known */
};

void table_init(struct table *table, size_t width)
{
    *table = (struct table){.width = width};
    arena_init(&table->arena, TABLE_BYTES_MAX);
}

void table_fini(struct table *table)
{
    arena_clear(&table->arena);
    table->first = NULL;
    table->last = NULL;
}

struct table_row *table_add(struct table *table, size_t count)
{
    if (count > TABLE_COLUMNS_MAX) return NULL;
    struct table_row *row = arena_take(&table->arena, sizeof *row);
    if (row == NULL) return NULL;
    row->cells = arena_take(&table->arena, (count + 1) * sizeof *row->cells);
    if (row->cells == NULL) return NULL;
    row->count = count;
    if (table->last == NULL)
        table->first = row;
    else
        table->last->next = row;
    table->last = row;
    return row;
}

static void give(struct columns *columns, size_t i, long width)
{
    columns->widths[i] += width;
    columns->available -= width;
}

static long flexible(const struct columns *columns)
{
    long count = 0;
    for (size_t i = 0; i < columns->count; i++)
        count += columns->widths[i] > 0 ? 0 : 1;
    return count;
}

/* Short columns have what they need. */
static void fit_short(struct columns *columns)
{
    long count = flexible(columns);
    if (columns->available <= 0 || count == 0) return;
    long each = columns->available / count;
    for (size_t i = 0; i < columns->count; i++) {
        if (columns->widest[i] < each) give(columns, i, columns->widest[i]);
    }
}

/* Long ones share what is left. */
static void fit_long(struct columns *columns)
{
    long count = flexible(columns);
    if (count == 0) return;
    long each = columns->available / count;
    for (size_t i = 0; i < columns->count; i++) {
        if (columns->widths[i] != 0) continue;
        if (columns->widest[i] < each)
            give(columns, i, columns->widest[i]);
        else if (each > 0)
            give(columns, i, each);
    }
}

/* What remains goes to whom it helps, the first first. */
static void fit_rest(struct columns *columns)
{
    for (size_t i = 0; i < columns->count && columns->available > 0; i++) {
        long lacking = columns->widest[i] - columns->widths[i];
        give(columns, i, lacking < columns->available ? lacking : columns->available);
    }
}

static int measure(const struct table *table, struct columns *columns)
{
    columns->count = table->first->count;
    columns->available = (long)table->width - GAP * ((long)columns->count - 1);
    for (const struct table_row *row = table->first; row != NULL; row = row->next) {
        if (row->count > columns->count) return GHM_EINVAL;
        for (size_t i = 0; i < row->count; i++) {
            long width = (long)text_width(row->cells[i]);
            if (width > columns->widest[i]) columns->widest[i] = width;
        }
    }
    fit_short(columns);
    fit_long(columns);
    fit_rest(columns);
    return GHM_OK;
}

static int append_spaces(struct ghm_buf *buf, long count)
{
    int error = GHM_OK;
    for (long i = 0; error == GHM_OK && i < count; i++)
        error = ghm_buf_append_text(buf, " ");
    return error;
}

static int append_cell(struct ghm_buf *buf, const struct columns *columns, struct ghm_bytes cell,
                       size_t i)
{
    int error = append_spaces(buf, i > 0 ? GAP : 0);
    if (error == GHM_OK) error = text_append_line(buf, cell, (size_t)columns->widths[i]);
    if (error != GHM_OK || i + 1 >= columns->count) return error;
    return append_spaces(buf, columns->widths[i] - (long)text_width(cell));
}

static int append_rows(const struct table *table, struct ghm_buf *buf)
{
    struct columns columns = {.count = 0};
    int error = measure(table, &columns);
    for (const struct table_row *row = table->first; row != NULL; row = row->next) {
        for (size_t i = 0; error == GHM_OK && i < row->count; i++)
            error = append_cell(buf, &columns, row->cells[i], i);
        if (error == GHM_OK && row->count > 0) error = ghm_buf_append_text(buf, "\n");
    }
    return error;
}

int table_show(struct table *table, struct ghm_buf *buf)
{
    int error = table->first == NULL ? GHM_OK : append_rows(table, buf);
    table_fini(table);
    return error;
}
