/* SPDX-License-Identifier: MIT */
/* Parcels for tests of what keeps them. */
#ifndef GHM_TEST_PARCELS_H
#define GHM_TEST_PARCELS_H

#include "gossip/parcel.h"

/** A message of a topic and, when it is long, one unknown field; its id is a number. */
static inline struct ghm_parcel *parcel_of(struct ghm_mem *mem, uint64_t number, size_t len)
{
    static uint8_t raw[GHM_MESSAGE_LEN_MAX] = {0x22, 1, 't', 0x4a};
    struct ghm_parcel *parcel;
    struct ghm_message message;
    struct ghm_message_id id = {.len = 20};
    ghm_store_be64(id.bytes + 12, number);
    if (len < 20000) len = 3;
    raw[4] = (uint8_t)(0x80 | ((len - 7) & 0x7f));
    raw[5] = (uint8_t)(0x80 | ((len - 7) >> 7 & 0x7f));
    raw[6] = (uint8_t)((len - 7) >> 14 & 0x7f);
    assert_int_equal(ghm_message_decode(&message, ghm_bytes(raw, len)), GHM_OK);
    assert_int_equal(ghm_parcel_new(&parcel, mem, &message, &id), GHM_OK);
    return parcel;
}

#endif
