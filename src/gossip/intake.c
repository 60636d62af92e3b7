/* SPDX-License-Identifier: MIT */
#include "gossip/intake.h"

#include "gossip/rpc.h"
#include "wire/varint.h"

#define HEAD_LEN_MAX 3 /* of 2^20 */

void ghm_intake_init(struct ghm_intake *intake, struct ghm_mem *mem)
{
    *intake = (struct ghm_intake){.wanted = 0};
    ghm_buf_init(&intake->gathered, mem, GHM_RPC_LEN_MAX);
}

void ghm_intake_fini(struct ghm_intake *intake)
{
    ghm_buf_fini(&intake->gathered);
    intake->wanted = 0;
    intake->skipping = 0;
}

static int gather(struct ghm_intake *intake, struct ghm_bytes *ret_rpc, size_t *ret_used,
                  struct ghm_bytes in)
{
    size_t held = ghm_buf_len(&intake->gathered);
    struct ghm_bytes part = ghm_bytes_upto(in, intake->wanted - held);
    int error = ghm_buf_append(&intake->gathered, part);
    if (error != GHM_OK) return error;
    *ret_used += part.len;
    if (held + part.len < intake->wanted) return 0;
    intake->wanted = 0;
    *ret_rpc = ghm_buf_bytes(&intake->gathered);
    return 1;
}

static void skip(struct ghm_intake *intake, size_t *ret_used, struct ghm_bytes in)
{
    size_t len = ghm_bytes_upto(in, intake->skipping).len;
    intake->skipping -= len;
    *ret_used += len;
}

static int begin(struct ghm_intake *intake, struct ghm_bytes *ret_rpc, size_t *ret_used,
                 struct ghm_bytes in, bool is_ignored)
{
    uint64_t len;
    int head = ghm_varint_decode(&len, in);
    if (head == GHM_EAGAIN && in.len < HEAD_LEN_MAX) return 0;
    if (head < 0 || len > GHM_RPC_LEN_MAX) return GHM_EPROTO;
    struct ghm_bytes body = ghm_bytes_from(in, (size_t)head);
    if (body.len >= len) {
        *ret_used += (size_t)head + (size_t)len;
        *ret_rpc = ghm_bytes_upto(body, (size_t)len);
        return 1;
    }
    if (len <= GHM_INTAKE_IN_PLACE_MAX) return 0;
    *ret_used += (size_t)head;
    if (is_ignored) {
        intake->skipping = (size_t)len;
        skip(intake, ret_used, body);
        return 0;
    }
    intake->wanted = (size_t)len;
    return gather(intake, ret_rpc, ret_used, body);
}

int ghm_intake_next(struct ghm_intake *intake, struct ghm_bytes *ret_rpc, size_t *ret_used,
                    struct ghm_bytes in, bool is_ignored)
{
    *ret_used = 0;
    if (intake->wanted > 0) return gather(intake, ret_rpc, ret_used, in);
    ghm_buf_fini(&intake->gathered);
    skip(intake, ret_used, in);
    in = ghm_bytes_from(in, *ret_used);
    if (in.len == 0) return 0;
    return begin(intake, ret_rpc, ret_used, in, is_ignored);
}
