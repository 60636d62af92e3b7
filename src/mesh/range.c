/* SPDX-License-Identifier: MIT */
#include "mesh/range.h"

#include "base/assert.h"

int ghm_range_compare(const struct ghm_range_place *a, const struct ghm_range_place *b)
{
    if (a->timestamp != b->timestamp) return a->timestamp > b->timestamp ? 1 : -1;
    return memcmp(a->id, b->id, sizeof a->id);
}

struct ghm_range_bound ghm_range_end(void)
{
    return (struct ghm_range_bound){.place = {.timestamp = GHM_RANGE_END}};
}

struct ghm_range_bound ghm_range_between(const struct ghm_range_place *below,
                                         const struct ghm_range_place *at)
{
    struct ghm_range_bound bound = {.place = {.timestamp = at->timestamp}};
    if (below->timestamp != at->timestamp) return bound;
    while (bound.id_len < GHM_RANGE_ID_LEN && below->id[bound.id_len] == at->id[bound.id_len])
        bound.id_len++;
    if (bound.id_len < GHM_RANGE_ID_LEN) bound.id_len++;
    memcpy(bound.place.id, at->id, bound.id_len);
    return bound;
}

/* ---- reading ---- */

static int fail(struct ghm_range_reader *reader, const char *reason)
{
    reader->reason = reason;
    return GHM_EPROTO;
}

static int read_number(struct ghm_range_reader *reader, uint64_t *ret_number)
{
    uint64_t number = 0;
    for (size_t i = 0; i < reader->rest.len; i++) {
        uint8_t byte = reader->rest.ptr[i];
        if (i == 0 && byte == 0x80) return fail(reader, "a number not in its shortest form");
        if (number > UINT64_MAX >> 7) return fail(reader, "a number past 64 bits");
        number = number << 7 | (byte & 0x7f);
        if ((byte & 0x80) != 0) continue;
        reader->rest = ghm_bytes_from(reader->rest, i + 1);
        *ret_number = number;
        return GHM_OK;
    }
    return fail(reader, "cut short");
}

static int read_bytes(struct ghm_range_reader *reader, struct ghm_bytes *ret_bytes, size_t len)
{
    if (reader->rest.len < len) return fail(reader, "cut short");
    *ret_bytes = ghm_bytes_upto(reader->rest, len);
    reader->rest = ghm_bytes_from(reader->rest, len);
    return GHM_OK;
}

static int read_timestamp(struct ghm_range_reader *reader, uint64_t *ret_timestamp)
{
    uint64_t number;
    int error = read_number(reader, &number);
    if (error != GHM_OK) return error;
    if (number == 0) {
        *ret_timestamp = GHM_RANGE_END;
        return GHM_OK;
    }
    uint64_t before = reader->last.place.timestamp;
    if (number - 1 >= GHM_RANGE_END - before) return fail(reader, "a timestamp past the end");
    *ret_timestamp = before + number - 1;
    return GHM_OK;
}

static int read_bound(struct ghm_range_reader *reader, struct ghm_range_bound *ret_bound)
{
    struct ghm_range_bound bound = {.id_len = 0};
    uint64_t len;
    struct ghm_bytes start;
    int error = read_timestamp(reader, &bound.place.timestamp);
    if (error == GHM_OK) error = read_number(reader, &len);
    if (error != GHM_OK) return error;
    bool is_end = bound.place.timestamp == GHM_RANGE_END;
    if (len > GHM_RANGE_ID_LEN || (is_end && len > 0)) return fail(reader, "a bound too long");
    error = read_bytes(reader, &start, (size_t)len);
    if (error != GHM_OK) return error;
    bound.id_len = (size_t)len;
    ghm_bytes_copy(bound.place.id, start);
    if (ghm_range_compare(&bound.place, &reader->last.place) < 0)
        return fail(reader, "bounds out of order");
    *ret_bound = bound;
    return GHM_OK;
}

static int read_ids(struct ghm_range_reader *reader, struct ghm_bytes *ret_ids)
{
    uint64_t count;
    int error = read_number(reader, &count);
    if (error != GHM_OK) return error;
    if (count > reader->rest.len / GHM_RANGE_ID_LEN)
        return fail(reader, "a list shorter than it says");
    return read_bytes(reader, ret_ids, (size_t)count * GHM_RANGE_ID_LEN);
}

static int read_payload(struct ghm_range_reader *reader, struct ghm_range *ret_range)
{
    uint64_t mode;
    int error = read_number(reader, &mode);
    if (error != GHM_OK) return error;
    ret_range->mode = (enum ghm_range_mode)mode;
    ret_range->payload = GHM_BYTES_NONE;
    if (mode == GHM_RANGE_SKIP) return GHM_OK;
    if (mode == GHM_RANGE_FINGERPRINT)
        return read_bytes(reader, &ret_range->payload, GHM_RANGE_FINGERPRINT_LEN);
    if (mode == GHM_RANGE_IDS) return read_ids(reader, &ret_range->payload);
    return fail(reader, "an unknown mode");
}

int ghm_range_open(struct ghm_range_reader *ret_reader, struct ghm_bytes message)
{
    *ret_reader = (struct ghm_range_reader){.rest = ghm_bytes_from(message, 1), .reason = ""};
    if (message.len == 0) return fail(ret_reader, "an empty message");
    if (message.ptr[0] == GHM_RANGE_VERSION) return GHM_OK;
    if ((message.ptr[0] & 0xf0) == 0x60) return GHM_ENOTSUP;
    return fail(ret_reader, "no version");
}

int ghm_range_next(struct ghm_range_reader *reader, struct ghm_range *ret_range)
{
    struct ghm_range range;
    if (reader->rest.len == 0) return GHM_ENOTFOUND;
    if (reader->last.place.timestamp == GHM_RANGE_END) return fail(reader, "a range past the end");
    if (++reader->count > GHM_RANGE_COUNT_MAX) return fail(reader, "too many ranges");
    int error = read_bound(reader, &range.upper);
    if (error == GHM_OK) error = read_payload(reader, &range);
    if (error != GHM_OK) return error;
    reader->last = range.upper;
    *ret_range = range;
    return GHM_OK;
}

/* ---- writing ---- */

size_t ghm_range_number(uint8_t ret_bytes[GHM_RANGE_NUMBER_MAX], uint64_t number)
{
    size_t len = 1;
    while (len < GHM_RANGE_NUMBER_MAX && number >> 7 * len != 0)
        len++;
    for (size_t i = 0; i < len; i++) {
        uint64_t digit = number >> 7 * (len - 1 - i) & 0x7f;
        ret_bytes[i] = (uint8_t)(digit | (i + 1 < len ? 0x80 : 0));
    }
    return len;
}

static void write_bytes(struct ghm_range_writer *writer, struct ghm_bytes bytes)
{
    GHM_ASSERT(bytes.len <= writer->size - writer->len);
    ghm_bytes_copy(writer->bytes + writer->len, bytes);
    writer->len += bytes.len;
}

static void write_number(struct ghm_range_writer *writer, uint64_t number)
{
    uint8_t bytes[GHM_RANGE_NUMBER_MAX];
    size_t len = ghm_range_number(bytes, number);
    write_bytes(writer, ghm_bytes(bytes, len));
}

static void write_head(struct ghm_range_writer *writer, const struct ghm_range_bound *upper,
                       enum ghm_range_mode mode)
{
    bool is_end = upper->place.timestamp == GHM_RANGE_END;
    write_number(writer, is_end ? 0 : 1 + upper->place.timestamp - writer->timestamp);
    write_number(writer, upper->id_len);
    write_bytes(writer, ghm_bytes(upper->place.id, upper->id_len));
    write_number(writer, mode);
    writer->timestamp = upper->place.timestamp;
}

void ghm_range_begin(struct ghm_range_writer *ret_writer, uint8_t *bytes, size_t size)
{
    static const uint8_t version = GHM_RANGE_VERSION;
    *ret_writer = (struct ghm_range_writer){.bytes = bytes, .size = size};
    write_bytes(ret_writer, ghm_bytes(&version, 1));
}

void ghm_range_write_skip(struct ghm_range_writer *writer, const struct ghm_range_bound *upper)
{
    write_head(writer, upper, GHM_RANGE_SKIP);
}

void ghm_range_write_fingerprint(struct ghm_range_writer *writer,
                                 const struct ghm_range_bound *upper,
                                 const uint8_t fingerprint[GHM_RANGE_FINGERPRINT_LEN])
{
    write_head(writer, upper, GHM_RANGE_FINGERPRINT);
    write_bytes(writer, ghm_bytes(fingerprint, GHM_RANGE_FINGERPRINT_LEN));
}

void ghm_range_write_ids(struct ghm_range_writer *writer, const struct ghm_range_bound *upper,
                         size_t count)
{
    write_head(writer, upper, GHM_RANGE_IDS);
    write_number(writer, count);
}

void ghm_range_write_id(struct ghm_range_writer *writer, const uint8_t id[GHM_RANGE_ID_LEN])
{
    write_bytes(writer, ghm_bytes(id, GHM_RANGE_ID_LEN));
}
