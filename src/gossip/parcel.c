/* SPDX-License-Identifier: MIT */
#include "gossip/parcel.h"

#include "base/assert.h"

int ghm_parcel_new(struct ghm_parcel **ret_parcel, struct ghm_mem *mem,
                   const struct ghm_message *message, const struct ghm_message_id *id)
{
    struct ghm_bytes raw = message->raw;
    struct ghm_parcel *parcel = ghm_mem_alloc(mem, sizeof *parcel + raw.len);
    if (parcel == NULL) return GHM_ENOMEM;
    parcel->mem = mem;
    parcel->holders = 1;
    parcel->id = *id;
    parcel->len = raw.len;
    memcpy(parcel->bytes, raw.ptr, raw.len);
    int error = ghm_message_decode(&parcel->message, ghm_bytes(parcel->bytes, raw.len));
    GHM_ASSERT(error == GHM_OK); /* it was decoded from the same bytes before */
    *ret_parcel = parcel;
    return GHM_OK;
}

struct ghm_parcel *ghm_parcel_hold(struct ghm_parcel *parcel)
{
    parcel->holders++;
    return parcel;
}

void ghm_parcel_drop(struct ghm_parcel *parcel)
{
    if (parcel == NULL) return;
    GHM_ASSERT(parcel->holders > 0);
    parcel->holders--;
    if (parcel->holders == 0) ghm_mem_free(parcel->mem, parcel, sizeof *parcel + parcel->len);
}
