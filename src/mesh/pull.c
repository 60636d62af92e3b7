/* SPDX-License-Identifier: MIT */
#include "mesh/pull.h"

#include "base/assert.h"
#include "crypto/digest.h"

#define VERSION 1
#define SHA256_AT 33
#define OFFSET_AT 65
#define LEN_AT 69

/* ---- bytes ---- */

int ghm_pull_read_ask(struct ghm_pull_ask *ret_ask, struct ghm_bytes in)
{
    if (in.len > 0 && in.ptr[0] != VERSION) return GHM_EPROTO;
    if (in.len < GHM_PULL_ASK_LEN) return GHM_EAGAIN;
    uint32_t offset = ghm_load_be32(in.ptr + OFFSET_AT);
    uint32_t len = ghm_load_be32(in.ptr + LEN_AT);
    if (len == 0 || len > GHM_PULL_PIECE_MAX || offset > GHM_PULL_BODY_MAX - len) return GHM_EPROTO;
    memcpy(ret_ask->variant_id, in.ptr + 1, sizeof ret_ask->variant_id);
    memcpy(ret_ask->sha256, in.ptr + SHA256_AT, sizeof ret_ask->sha256);
    ret_ask->offset = offset;
    ret_ask->len = len;
    return GHM_OK;
}

static void write_ask(uint8_t ret_bytes[GHM_PULL_ASK_LEN], const struct ghm_pull *pull,
                      uint32_t offset, uint32_t len)
{
    ret_bytes[0] = VERSION;
    memcpy(ret_bytes + 1, pull->variant_id, sizeof pull->variant_id);
    memcpy(ret_bytes + SHA256_AT, pull->sha256, sizeof pull->sha256);
    ghm_store_be32(ret_bytes + OFFSET_AT, offset);
    ghm_store_be32(ret_bytes + LEN_AT, len);
}

int ghm_pull_append_answer(struct ghm_buf *buf, const struct ghm_pull_ask *ask,
                           struct ghm_bytes body)
{
    uint8_t *room;
    bool has = body.len >= ask->len && ask->offset <= body.len - ask->len;
    size_t len = has ? ask->len : 0;
    int error = ghm_buf_reserve(buf, &room, GHM_PULL_HEAD_LEN + len);
    if (error != GHM_OK) return error;
    room[0] = has;
    ghm_store_be32(room + 1, (uint32_t)len);
    if (has) memcpy(room + GHM_PULL_HEAD_LEN, body.ptr + ask->offset, len);
    ghm_buf_commit(buf, GHM_PULL_HEAD_LEN + len);
    return GHM_OK;
}

/* ---- life ---- */

int ghm_pull_init(struct ghm_pull *ret_pull, struct ghm_mem *mem,
                  const uint8_t variant_id[GHM_VARIANT_ID_LEN], const uint8_t sha256[32],
                  size_t body_len)
{
    if (body_len == 0 || body_len > GHM_PULL_BODY_MAX) return GHM_ELIMIT;
    *ret_pull = (struct ghm_pull){.body_len = (uint32_t)body_len, .deadline_ns = GHM_NEVER};
    memcpy(ret_pull->variant_id, variant_id, sizeof ret_pull->variant_id);
    memcpy(ret_pull->sha256, sha256, sizeof ret_pull->sha256);
    ghm_buf_init(&ret_pull->body, mem, body_len);
    return GHM_OK;
}

void ghm_pull_fini(struct ghm_pull *pull)
{
    ghm_buf_fini(&pull->body);
}

int ghm_pull_fill(struct ghm_pull *pull, struct ghm_bytes body)
{
    if (body.len != pull->body_len) return GHM_EINVAL;
    ghm_buf_clear(&pull->body);
    int error = ghm_buf_append(&pull->body, body);
    if (error == GHM_OK) pull->state = GHM_PULL_DONE;
    return error;
}

/* ---- asking ---- */

static uint32_t held(const struct ghm_pull *pull)
{
    return (uint32_t)ghm_buf_len(&pull->body);
}

static uint32_t piece_at(const struct ghm_pull *pull, uint32_t offset)
{
    uint32_t left = pull->body_len - offset;
    return left < GHM_PULL_PIECE_MAX ? left : GHM_PULL_PIECE_MAX;
}

/* So many pieces are asked for that the source has always one to send. */
static void ask_ahead(struct ghm_pull *pull)
{
    while (pull->asked < pull->body_len &&
           pull->asked - held(pull) < GHM_PULL_PIECES_AHEAD * GHM_PULL_PIECE_MAX &&
           sizeof pull->out - pull->out_len >= GHM_PULL_ASK_LEN) {
        uint32_t len = piece_at(pull, pull->asked);
        write_ask(pull->out + pull->out_len, pull, pull->asked, len);
        pull->out_len += GHM_PULL_ASK_LEN;
        pull->asked += len;
    }
}

void ghm_pull_begin(struct ghm_pull *pull, uint64_t now_ns)
{
    GHM_ASSERT(pull->state == GHM_PULL_WANTS_SOURCE);
    if (pull->is_alone) ghm_buf_clear(&pull->body);
    pull->is_mixed = held(pull) > 0;
    pull->state = GHM_PULL_ASKING;
    pull->asked = held(pull);
    pull->deadline_ns = now_ns + GHM_PULL_WAIT_NS;
    ask_ahead(pull);
}

void ghm_pull_end(struct ghm_pull *pull)
{
    if (pull->state != GHM_PULL_ASKING) return;
    pull->state = GHM_PULL_WANTS_SOURCE;
    pull->head_len = 0;
    pull->piece_left = 0;
    pull->out_len = 0;
    pull->deadline_ns = GHM_NEVER;
}

struct ghm_bytes ghm_pull_pull(const struct ghm_pull *pull)
{
    return ghm_bytes(pull->out, pull->out_len);
}

void ghm_pull_pulled(struct ghm_pull *pull, size_t len)
{
    GHM_ASSERT(len <= pull->out_len);
    memmove(pull->out, pull->out + len, pull->out_len - len);
    pull->out_len -= len;
}

/* ---- what comes ---- */

static int hear_head(struct ghm_pull *pull)
{
    uint32_t len = ghm_load_be32(pull->head + 1);
    pull->head_len = 0;
    if (pull->head[0] == 0) return len == 0 ? GHM_ENOTFOUND : GHM_EPROTO;
    /* Only what was asked for, and whole. */
    if (pull->head[0] != 1 || held(pull) == pull->asked) return GHM_EPROTO;
    if (len != piece_at(pull, held(pull))) return GHM_EPROTO;
    pull->piece_left = len;
    return GHM_OK;
}

static int check_whole(struct ghm_pull *pull)
{
    uint8_t sha256[32];
    ghm_digest_sha256(sha256, ghm_buf_bytes(&pull->body));
    if (memcmp(sha256, pull->sha256, sizeof sha256) == 0) {
        pull->state = GHM_PULL_DONE;
        pull->deadline_ns = GHM_NEVER;
        return GHM_OK;
    }
    ghm_buf_clear(&pull->body);
    pull->is_alone = true;
    return pull->is_mixed ? GHM_ECORRUPT : GHM_EAUTH;
}

static int take_head(struct ghm_pull *pull, struct ghm_bytes *in)
{
    size_t take = sizeof pull->head - pull->head_len;
    if (take > in->len) take = in->len;
    memcpy(pull->head + pull->head_len, in->ptr, take);
    pull->head_len += take;
    *in = ghm_bytes_from(*in, take);
    return pull->head_len < sizeof pull->head ? GHM_OK : hear_head(pull);
}

static int take_piece(struct ghm_pull *pull, struct ghm_bytes *in, uint64_t now_ns)
{
    struct ghm_bytes piece = ghm_bytes_upto(*in, pull->piece_left);
    int error = ghm_buf_append(&pull->body, piece);
    if (error != GHM_OK) return error;
    pull->piece_left -= (uint32_t)piece.len;
    *in = ghm_bytes_from(*in, piece.len);
    if (held(pull) == pull->body_len) return check_whole(pull);
    if (pull->piece_left > 0) return GHM_OK;
    pull->deadline_ns = now_ns + GHM_PULL_WAIT_NS;
    ask_ahead(pull);
    return GHM_OK;
}

int ghm_pull_push(struct ghm_pull *pull, struct ghm_bytes in, uint64_t now_ns)
{
    int error = GHM_OK;
    while (error == GHM_OK && in.len > 0 && pull->state == GHM_PULL_ASKING)
        error = pull->piece_left == 0 ? take_head(pull, &in) : take_piece(pull, &in, now_ns);
    if (error != GHM_OK) ghm_pull_end(pull);
    return error;
}

/* ---- time ---- */

uint64_t ghm_pull_deadline(const struct ghm_pull *pull)
{
    return pull->deadline_ns;
}

bool ghm_pull_tick(struct ghm_pull *pull, uint64_t now_ns)
{
    if (now_ns < pull->deadline_ns) return false;
    ghm_pull_end(pull);
    return true;
}
