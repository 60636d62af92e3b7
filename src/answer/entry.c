/* SPDX-License-Identifier: MIT */
#include "answer/entry.h"

#include "answer/header.h"
#include "answer/visible.h"
#include "base/assert.h"

/* The byte form, integers big-endian:
 *
 *    0  version (1)     4  status          20  headers length    76  name
 *    1  kind            6  name length     24  body length           headers
 *    2  from peer (0/1) 8  date, ms        28  identity              body
 *    3  0              16  ttl, s          44  body's SHA-256
 */
enum {
    VERSION = 1,
    FIXED_LEN = 76,
};

bool ghm_entry_is_bounded(const struct ghm_entry *entry)
{
    return entry->name.len > 0 && entry->name.len <= GHM_VARIANT_NAME_MAX &&
           entry->headers.len <= GHM_ENTRY_HEADERS_MAX && entry->body.len <= GHM_ENTRY_BODY_MAX;
}

size_t ghm_entry_front_size(const struct ghm_entry *entry)
{
    return FIXED_LEN + entry->name.len + entry->headers.len;
}

size_t ghm_entry_size(const struct ghm_entry *entry)
{
    return ghm_entry_front_size(entry) + entry->body.len;
}

static uint8_t *write_part(uint8_t *at, struct ghm_bytes part)
{
    ghm_bytes_copy(at, part);
    return at + part.len;
}

void ghm_entry_write_front(uint8_t *ret_bytes, const struct ghm_entry *entry)
{
    GHM_ASSERT(ghm_entry_is_bounded(entry));
    ret_bytes[0] = VERSION;
    ret_bytes[1] = (uint8_t)entry->kind;
    ret_bytes[2] = entry->from_peer ? 1 : 0;
    ret_bytes[3] = 0;
    ghm_store_be16(ret_bytes + 4, entry->status);
    ghm_store_be16(ret_bytes + 6, (uint16_t)entry->name.len);
    ghm_store_be64(ret_bytes + 8, (uint64_t)entry->date_ms);
    ghm_store_be32(ret_bytes + 16, entry->ttl_s);
    ghm_store_be32(ret_bytes + 20, (uint32_t)entry->headers.len);
    ghm_store_be32(ret_bytes + 24, (uint32_t)entry->body.len);
    memcpy(ret_bytes + 28, entry->identity.fp, sizeof entry->identity.fp);
    memcpy(ret_bytes + 44, entry->body_sha256, sizeof entry->body_sha256);
    uint8_t *at = write_part(ret_bytes + FIXED_LEN, entry->name);
    (void)write_part(at, entry->headers);
}

void ghm_entry_write(uint8_t *ret_bytes, const struct ghm_entry *entry)
{
    ghm_entry_write_front(ret_bytes, entry);
    ghm_bytes_copy(ret_bytes + ghm_entry_front_size(entry), entry->body);
}

int ghm_entry_append(struct ghm_buf *buf, const struct ghm_entry *entry)
{
    uint8_t *room;
    if (!ghm_entry_is_bounded(entry)) return GHM_ELIMIT;
    int error = ghm_buf_reserve(buf, &room, ghm_entry_size(entry));
    if (error != GHM_OK) return error;
    ghm_entry_write(room, entry);
    ghm_buf_commit(buf, ghm_entry_size(entry));
    return GHM_OK;
}

static bool is_fixed_part_right(const uint8_t *in)
{
    bool is_kind = in[1] == GHM_ENTRY_ORIGIN || in[1] == GHM_ENTRY_PUT;
    uint16_t status = ghm_load_be16(in + 4);
    bool is_status = in[1] == GHM_ENTRY_PUT ? status == 200 : status >= 100 && status <= 599;
    bool is_date = (in[8] & 0x80) == 0;
    return in[0] == VERSION && is_kind && in[2] <= 1 && in[3] == 0 && is_status && is_date;
}

static void read_fixed_part(struct ghm_entry *ret_entry, const uint8_t *in)
{
    ret_entry->kind = in[1] == GHM_ENTRY_PUT ? GHM_ENTRY_PUT : GHM_ENTRY_ORIGIN;
    ret_entry->status = ghm_load_be16(in + 4);
    ret_entry->from_peer = in[2] == 1;
    ret_entry->date_ms = (int64_t)ghm_load_be64(in + 8);
    ret_entry->ttl_s = ghm_load_be32(in + 16);
    memcpy(ret_entry->identity.fp, in + 28, sizeof ret_entry->identity.fp);
    memcpy(ret_entry->body_sha256, in + 44, sizeof ret_entry->body_sha256);
}

static bool is_front_right(const struct ghm_entry *entry, const uint8_t *in)
{
    bool is_whole =
        entry->name.len == ghm_load_be16(in + 6) && entry->headers.len == ghm_load_be32(in + 20);
    bool is_bounded = entry->name.len > 0 && entry->name.len <= GHM_VARIANT_NAME_MAX &&
                      entry->headers.len <= GHM_ENTRY_HEADERS_MAX &&
                      ghm_load_be32(in + 24) <= GHM_ENTRY_BODY_MAX;
    return is_whole && is_bounded && ghm_visible_is_line(entry->name) &&
           ghm_header_is_block(entry->headers);
}

int ghm_entry_decode_front(struct ghm_entry *ret_entry, size_t *ret_body_len, struct ghm_bytes in)
{
    struct ghm_entry entry;
    if (in.len < FIXED_LEN || !is_fixed_part_right(in.ptr)) return GHM_EPROTO;
    struct ghm_bytes rest = ghm_bytes_from(in, FIXED_LEN);
    entry.name = ghm_bytes_upto(rest, ghm_load_be16(in.ptr + 6));
    rest = ghm_bytes_from(rest, entry.name.len);
    entry.headers = ghm_bytes_upto(rest, ghm_load_be32(in.ptr + 20));
    entry.body = ghm_bytes_from(rest, entry.headers.len);
    if (!is_front_right(&entry, in.ptr)) return GHM_EPROTO;
    read_fixed_part(&entry, in.ptr);
    *ret_entry = entry;
    *ret_body_len = ghm_load_be32(in.ptr + 24);
    return GHM_OK;
}

int ghm_entry_decode(struct ghm_entry *ret_entry, struct ghm_bytes in)
{
    struct ghm_entry entry;
    size_t body_len;
    int error = ghm_entry_decode_front(&entry, &body_len, in);
    if (error != GHM_OK || entry.body.len != body_len) return GHM_EPROTO;
    *ret_entry = entry;
    return GHM_OK;
}

int ghm_entry_compare(const struct ghm_entry *a, const struct ghm_entry *b)
{
    if (a->date_ms != b->date_ms) return a->date_ms > b->date_ms ? 1 : -1;
    int order = memcmp(a->body_sha256, b->body_sha256, sizeof a->body_sha256);
    return (order > 0) - (order < 0);
}
