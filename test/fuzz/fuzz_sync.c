/* SPDX-License-Identifier: MIT */
#include "base/assert.h"
#include "fuzz.h"
#include "mesh/sync.h"

#define ITEMS 100

/* Whatever the other says, in pieces of the size that the first byte tells: a session stays within
 * its memory, sends nothing twice, and ends with a reason when it ends badly. */
static void make_items(struct ghm_negentropy_item *ret_items)
{
    for (uint32_t i = 0; i < ITEMS; i++)
        ret_items[i] = (struct ghm_negentropy_item){
            .place = {.timestamp = i / 8, .id = {(uint8_t)(i % 8), (uint8_t)(i * 37)}}, .mark = i};
}

static void say_all(struct ghm_sync *sync, size_t *sent)
{
    size_t item;
    if (ghm_sync_due(sync, &item)) {
        GHM_ASSERT(item < ITEMS);
        GHM_ASSERT(ghm_sync_give(sync, ghm_bytes("entry", 5)) == GHM_OK);
        ++*sent;
    }
    ghm_sync_pulled(sync, ghm_sync_pull(sync).len, 0);
}

static void play(struct ghm_sync *sync, struct ghm_bytes in, size_t step)
{
    struct ghm_bytes packed;
    size_t sent = 0;
    while (in.len > 0) {
        size_t taken;
        int error = ghm_sync_push(sync, &taken, ghm_bytes_upto(in, step), 0);
        GHM_ASSERT(error == GHM_OK || error == GHM_EPROTO);
        if (error != GHM_OK) {
            GHM_ASSERT(*ghm_sync_reason(sync) != '\0');
            return;
        }
        in = ghm_bytes_from(in, taken);
        bool has_entry = ghm_sync_next(sync, &packed);
        GHM_ASSERT(taken > 0 || has_entry);
        say_all(sync, &sent);
    }
    GHM_ASSERT(sync->is_initiator || sent <= in.len + ITEMS * (size_t)GHM_NEGENTROPY_ROUNDS_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct ghm_negentropy_item items[ITEMS];
    static struct ghm_sync sync;
    struct ghm_mem mem;
    if (size == 0) return 0;
    make_items(items);
    ghm_mem_init(&mem, NULL, 1 << 20);
    struct ghm_sync_config config = {.items = items,
                                     .count = (data[0] & 2) != 0 ? ITEMS : 3,
                                     .is_opener = (data[0] & 1) != 0,
                                     .silence_ns = GHM_NS_PER_S,
                                     .whole_ns = GHM_NS_PER_S,
                                     .sent_bytes_max = 1 << 20,
                                     .heard_bytes_max = 1 << 20};
    GHM_ASSERT(ghm_sync_init(&sync, &mem, &config, 0) == GHM_OK);
    play(&sync, ghm_bytes(data + 1, size - 1), (size_t)1 + (data[0] >> 2));
    ghm_sync_fini(&sync);
    ghm_mem_fini(&mem);
    return 0;
}
