/* SPDX-License-Identifier: MIT */
#include "store/tally.h"

#include "store/record.h"

static bool is_pinned(struct ghm_bytes record)
{
    return (ghm_record_flags(record) & GHM_RECORD_PINNED) != 0;
}

/* A record that rotted may leave as another than it came. */
static void subtract(uint64_t *sum, uint64_t part)
{
    *sum -= part < *sum ? part : *sum;
}

void ghm_tally_add(struct ghm_write *write, struct ghm_bytes record)
{
    write->state.entry_bytes += record.len;
    if (!is_pinned(record)) return;
    write->state.pinned_bytes += record.len;
    write->state.pinned_entries++;
}

void ghm_tally_remove(struct ghm_write *write, struct ghm_bytes record)
{
    subtract(&write->state.entry_bytes, record.len);
    if (!is_pinned(record)) return;
    subtract(&write->state.pinned_bytes, record.len);
    subtract(&write->state.pinned_entries, 1);
}

void ghm_tally_clear(struct ghm_write *write)
{
    write->state.entry_bytes = 0;
    write->state.pinned_bytes = 0;
    write->state.pinned_entries = 0;
}
