/* SPDX-License-Identifier: MIT */
#include "base/assert.h"
#include "fuzz.h"
#include "mesh/negentropy.h"

#define ITEMS 200

/* The first byte says which side hears, and how many items it has; every length of a message is
 * answered within its bound, and what is said is well-formed. */
static void read_answer(const uint8_t *answer, size_t len)
{
    struct ghm_range_reader reader;
    struct ghm_range range;
    int error = ghm_range_open(&reader, ghm_bytes(answer, len));
    GHM_ASSERT(error == GHM_OK);
    while ((error = ghm_range_next(&reader, &range)) == GHM_OK)
        continue;
    GHM_ASSERT(error == GHM_ENOTFOUND);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct ghm_negentropy_item items[ITEMS];
    static struct ghm_negentropy side;
    static uint8_t answer[GHM_NEGENTROPY_MESSAGE_MAX];
    uint8_t have[GHM_BITSET_SIZE(ITEMS)] = {0};
    size_t len = 0;
    if (size == 0) return 0;
    for (uint32_t i = 0; i < ITEMS; i++)
        items[i] = (struct ghm_negentropy_item){
            .place = {.timestamp = i / 8, .id = {(uint8_t)(i % 8), (uint8_t)(i * 37)}}, .mark = i};
    size_t count = (size_t)(data[0] >> 1) % ITEMS;
    bool is_initiator = (data[0] & 1) != 0;
    ghm_negentropy_init(&side, items, count, is_initiator ? have : NULL,
                        GHM_NEGENTROPY_MESSAGE_MIN);
    if (is_initiator) read_answer(answer, ghm_negentropy_begin(&side, answer));
    int error = ghm_negentropy_hear(&side, answer, &len, ghm_bytes(data + 1, size - 1));
    GHM_ASSERT(error == GHM_OK || error == GHM_EPROTO);
    GHM_ASSERT(len <= GHM_NEGENTROPY_MESSAGE_MIN);
    GHM_ASSERT(side.listed_count <= GHM_NEGENTROPY_LISTED_MAX);
    if (error == GHM_EPROTO) GHM_ASSERT(*side.reason != '\0');
    if (error == GHM_OK && len > 0) read_answer(answer, len);
    return 0;
}
