/* SPDX-License-Identifier: MIT */
#include "gossip/sendq.h"

#include "base/assert.h"
#include "wire/varint.h"

#define HEAD_LEN 5   /* class, length */
#define FIELD_ROOM 8 /* around a field: its tag and its length */

_Static_assert(GHM_SENDQ_FRAGMENT_MAX + FIELD_ROOM <= GHM_SENDQ_RPC_CONTROL_MAX,
               "every fragment fits into an RPC");

void ghm_sendq_init(struct ghm_sendq *q, struct ghm_mem *mem)
{
    *q = (struct ghm_sendq){.mem = mem};
    ghm_buf_init(&q->control, mem, GHM_SENDQ_CONTROL_MAX);
    ghm_buf_init(&q->gossip, mem, GHM_SENDQ_GOSSIP_MAX);
}

static struct ghm_parcel **place(struct ghm_sendq *q, size_t i)
{
    return &q->messages[(q->first + i) % GHM_SENDQ_MESSAGES_MAX];
}

static void drop_first(struct ghm_sendq *q)
{
    struct ghm_parcel *parcel = q->messages[q->first];
    q->first = (q->first + 1) % GHM_SENDQ_MESSAGES_MAX;
    q->count--;
    q->bytes -= parcel->len;
    ghm_parcel_drop(parcel);
}

void ghm_sendq_fini(struct ghm_sendq *q)
{
    while (q->count > 0)
        drop_first(q);
    ghm_mem_free(q->mem, q->messages, GHM_SENDQ_MESSAGES_MAX * sizeof(struct ghm_parcel *));
    q->messages = NULL;
    q->first = 0;
    ghm_buf_fini(&q->control);
    ghm_buf_fini(&q->gossip);
}

/* ---- in ---- */

int ghm_sendq_push(struct ghm_sendq *q, enum ghm_sendq_class class, struct ghm_bytes fragment)
{
    struct ghm_buf *buf = class == GHM_SENDQ_GOSSIP ? &q->gossip : &q->control;
    uint8_t *room;
    GHM_ASSERT(fragment.len <= GHM_SENDQ_FRAGMENT_MAX);
    int error = ghm_buf_reserve(buf, &room, HEAD_LEN + fragment.len);
    if (error != GHM_OK) {
        if (class == GHM_SENDQ_GOSSIP) q->lost++;
        return error;
    }
    room[0] = (uint8_t) class;
    ghm_store_be32(room + 1, (uint32_t)fragment.len);
    ghm_bytes_copy(room + HEAD_LEN, fragment);
    ghm_buf_commit(buf, HEAD_LEN + fragment.len);
    return GHM_OK;
}

static bool has_room(struct ghm_sendq *q, const struct ghm_parcel *parcel)
{
    if (q->count == GHM_SENDQ_MESSAGES_MAX) return false;
    if (q->count > 0 && q->bytes + parcel->len > GHM_SENDQ_BYTES_MAX) return false;
    if (q->messages != NULL) return true;
    q->messages = ghm_mem_alloc(q->mem, GHM_SENDQ_MESSAGES_MAX * sizeof(struct ghm_parcel *));
    return q->messages != NULL;
}

void ghm_sendq_push_message(struct ghm_sendq *q, struct ghm_parcel *parcel)
{
    if (!has_room(q, parcel)) {
        q->lost++;
        return;
    }
    *place(q, q->count) = ghm_parcel_hold(parcel);
    q->count++;
    q->bytes += parcel->len;
}

bool ghm_sendq_is_empty(const struct ghm_sendq *q)
{
    return q->count == 0 && ghm_buf_len(&q->control) == 0 && ghm_buf_len(&q->gossip) == 0;
}

void ghm_sendq_cancel(struct ghm_sendq *q, struct ghm_bytes id)
{
    size_t kept = 0, count = q->count;
    for (size_t i = 0; i < count; i++) {
        struct ghm_parcel *parcel = *place(q, i);
        if (ghm_bytes_equal(ghm_message_id_bytes(&parcel->id), id)) {
            q->bytes -= parcel->len;
            ghm_parcel_drop(parcel);
            continue;
        }
        *place(q, kept) = parcel;
        kept++;
    }
    q->count = kept;
}

/* ---- out ---- */

/* Each fragment of `from` behind `used` that fits, when it is of the wanted kind. Fragments leave
 * in the order in which they came, so the first one that does not fit ends it. */
static int take_fragments(struct ghm_buf *to, struct ghm_bytes from, size_t *used, bool is_control)
{
    size_t at = 0;
    while (from.len - at > 0) {
        struct ghm_bytes rest = ghm_bytes_from(from, at);
        struct ghm_bytes fragment = ghm_bytes(rest.ptr + HEAD_LEN, ghm_load_be32(rest.ptr + 1));
        if (*used + fragment.len + FIELD_ROOM > GHM_SENDQ_RPC_CONTROL_MAX) break;
        if ((rest.ptr[0] != GHM_SENDQ_SUBSCRIPTION) == is_control) {
            int error = ghm_buf_append(to, fragment);
            if (error != GHM_OK) return error;
        }
        *used += fragment.len + FIELD_ROOM;
        at += HEAD_LEN + fragment.len;
    }
    return (int)at;
}

/* The subscriptions go straight into the RPC, the control fields into their own message. */
static int pack_control(struct ghm_sendq *q, struct ghm_buf *out, struct ghm_buf *scratch,
                        struct ghm_sendq_batch *batch, size_t *used)
{
    size_t again = *used;
    int taken = take_fragments(out, ghm_buf_bytes(&q->control), used, false);
    if (taken < 0) return taken;
    batch->control_bytes = (size_t)taken;
    taken = take_fragments(scratch, ghm_buf_bytes(&q->control), &again, true);
    if (taken < 0) return taken;
    taken = take_fragments(scratch, ghm_buf_bytes(&q->gossip), used, true);
    if (taken < 0) return taken;
    batch->gossip_bytes = (size_t)taken;
    return GHM_OK;
}

static int pack_messages(struct ghm_sendq *q, struct ghm_buf *out, struct ghm_sendq_batch *batch,
                         size_t *used)
{
    while (batch->messages < q->count && batch->messages < GHM_SENDQ_RPC_MESSAGES_MAX) {
        const struct ghm_parcel *parcel = *place(q, batch->messages);
        if (*used > 0 && *used + parcel->len + FIELD_ROOM > GHM_SENDQ_RPC_MAX) break;
        struct ghm_bytes raw = ghm_bytes(parcel->bytes, parcel->len);
        int error = ghm_rpc_append_message(out, raw);
        if (error != GHM_OK) return error;
        *used += parcel->len + FIELD_ROOM;
        batch->messages++;
    }
    return GHM_OK;
}

static int put_length_before(struct ghm_buf *out, struct ghm_buf *scratch)
{
    ghm_buf_clear(scratch);
    int error = ghm_varint_append(scratch, ghm_buf_len(out));
    if (error == GHM_OK) error = ghm_buf_append(scratch, ghm_buf_bytes(out));
    if (error != GHM_OK) return error;
    struct ghm_buf swapped = *out;
    *out = *scratch;
    *scratch = swapped;
    return GHM_OK;
}

int ghm_sendq_pack(struct ghm_sendq *q, struct ghm_buf *out, struct ghm_buf *scratch,
                   struct ghm_sendq_batch *ret_batch)
{
    struct ghm_sendq_batch batch = {.messages = 0};
    size_t used = 0;
    ghm_buf_clear(out);
    ghm_buf_clear(scratch);
    int error = pack_control(q, out, scratch, &batch, &used);
    if (error == GHM_OK) error = pack_messages(q, out, &batch, &used);
    if (error == GHM_OK && ghm_buf_len(scratch) > 0)
        error = ghm_rpc_append_control(out, ghm_buf_bytes(scratch));
    if (error == GHM_OK && ghm_buf_len(out) == 0) return 0;
    if (error == GHM_OK) error = put_length_before(out, scratch);
    if (error != GHM_OK) return error;
    *ret_batch = batch;
    return 1;
}

void ghm_sendq_packed(struct ghm_sendq *q, const struct ghm_sendq_batch *batch)
{
    ghm_buf_drop(&q->control, batch->control_bytes);
    ghm_buf_drop(&q->gossip, batch->gossip_bytes);
    for (size_t i = 0; i < batch->messages; i++)
        drop_first(q);
}
