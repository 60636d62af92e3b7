/* SPDX-License-Identifier: MIT */
#include "node/parley.h"

#include "answer/visible.h"
#include "base/assert.h"
#include "wire/proto.h"

#define FIELDS_MAX 14

/* ---- frames ---- */

static bool is_kind(uint8_t byte)
{
    switch ((enum ghm_parley_kind)byte) {
#define KIND_CASE(name, value, text) case GHM_PARLEY_##name:
        GHM_PARLEY_KIND_MAP(KIND_CASE)
#undef KIND_CASE
        return true;
    }
    return false;
}

int ghm_parley_next(struct ghm_parley_frame *ret_frame, struct ghm_bytes in, size_t len_max)
{
    if (in.len < GHM_PARLEY_HEAD_LEN) return GHM_EAGAIN;
    uint32_t len = ghm_load_be32(in.ptr);
    if (len == 0 || len > len_max - 4 || !is_kind(in.ptr[4])) return GHM_EPROTO;
    if (in.len - 4 < len) return GHM_EAGAIN;
    ret_frame->kind = (enum ghm_parley_kind)in.ptr[4];
    ret_frame->fields = ghm_bytes(in.ptr + GHM_PARLEY_HEAD_LEN, len - 1);
    return (int)len + 4;
}

static int begin(struct ghm_buf *buf, enum ghm_parley_kind kind, size_t fields_len)
{
    uint8_t *room;
    int error = ghm_buf_reserve(buf, &room, GHM_PARLEY_HEAD_LEN + fields_len);
    if (error != GHM_OK) return error;
    ghm_store_be32(room, 1);
    room[4] = (uint8_t)kind;
    ghm_buf_commit(buf, GHM_PARLEY_HEAD_LEN);
    return GHM_OK;
}

/* What was begun at `start` is whole, or is taken back. */
static int finish(struct ghm_buf *buf, size_t start, int error)
{
    size_t len = ghm_buf_len(buf) - start;
    if (error == GHM_OK)
        ghm_store_be32(buf->ptr + buf->start + start, (uint32_t)(len - 4));
    else
        buf->end -= len;
    return error;
}

/* ---- fields ---- */

/* By their numbers; `types` has a letter for each: v a number, b bytes. */
static int read_fields(struct ghm_proto_field ret_fields[FIELDS_MAX + 1], struct ghm_bytes message,
                       const char *types)
{
    struct ghm_proto_reader reader;
    struct ghm_proto_field field;
    uint32_t last = 0;
    int is_one;
    memset(ret_fields, 0, sizeof(struct ghm_proto_field) * (FIELDS_MAX + 1));
    ghm_proto_reader_init(&reader, message);
    while ((is_one = ghm_proto_next(&reader, &field)) > 0) {
        bool is_known = field.number > last && field.number <= strlen(types);
        if (!is_known) return GHM_EPROTO;
        bool is_number = types[field.number - 1] == 'v';
        if (field.type != (is_number ? GHM_PROTO_VARINT : GHM_PROTO_BYTES)) return GHM_EPROTO;
        if (is_number && field.value == 0) return GHM_EPROTO; /* it is left out */
        last = field.number;
        ret_fields[last] = field;
    }
    return is_one;
}

static int put_number(struct ghm_buf *buf, uint32_t number, uint64_t value)
{
    return value == 0 ? GHM_OK : ghm_proto_append_varint(buf, number, value);
}

static int put_bytes(struct ghm_buf *buf, uint32_t number, struct ghm_bytes bytes)
{
    return bytes.ptr == NULL ? GHM_OK : ghm_proto_append_bytes(buf, number, bytes);
}

/* ---- hello ---- */

int ghm_parley_append_hello(struct ghm_buf *buf, const struct ghm_parley_hello *hello)
{
    size_t start = ghm_buf_len(buf);
    int error = begin(buf, GHM_PARLEY_HELLO, 0);
    if (error != GHM_OK) return error;
    error = put_number(buf, 1, hello->version);
    if (error == GHM_OK) error = put_bytes(buf, 2, ghm_bytes(hello->terms, sizeof hello->terms));
    if (error == GHM_OK) error = put_number(buf, 3, hello->pid);
    if (error == GHM_OK) error = put_number(buf, 4, hello->since_ms);
    if (error == GHM_OK) error = put_number(buf, 5, hello->port);
    if (error == GHM_OK) error = put_number(buf, 6, hello->members);
    if (error == GHM_OK) error = put_number(buf, 7, hello->guests);
    if (error == GHM_OK) error = put_number(buf, 8, hello->is_agent);
    if (error == GHM_OK) error = put_number(buf, 9, hello->is_full);
    if (error == GHM_OK) error = put_number(buf, 10, hello->idle_s);
    return finish(buf, start, error);
}

static bool is_hello(const struct ghm_proto_field fields[FIELDS_MAX + 1])
{
    for (size_t i = 3; i <= 7; i++) {
        if (i != 4 && fields[i].value > UINT32_MAX) return false;
    }
    return fields[1].value == GHM_PARLEY_VERSION && fields[2].bytes.len == GHM_PARLEY_TERMS_LEN &&
           fields[8].value <= 1 && fields[9].value <= 1 && fields[10].value <= UINT32_MAX;
}

int ghm_parley_read_hello(struct ghm_parley_hello *ret_hello, struct ghm_bytes message)
{
    struct ghm_proto_field fields[FIELDS_MAX + 1];
    int error = read_fields(fields, message, "vbvvvvvvvv");
    if (error != GHM_OK) return error;
    if (!is_hello(fields)) return GHM_EPROTO;
    *ret_hello = (struct ghm_parley_hello){.version = (uint32_t)fields[1].value,
                                           .pid = (uint32_t)fields[3].value,
                                           .since_ms = fields[4].value,
                                           .port = (uint32_t)fields[5].value,
                                           .members = (uint32_t)fields[6].value,
                                           .guests = (uint32_t)fields[7].value,
                                           .is_agent = fields[8].value == 1,
                                           .is_full = fields[9].value == 1,
                                           .idle_s = (uint32_t)fields[10].value};
    memcpy(ret_hello->terms, fields[2].bytes.ptr, sizeof ret_hello->terms);
    return GHM_OK;
}

/* ---- ask ---- */

static size_t ask_len(const struct ghm_node_ask *ask)
{
    const struct ghm_request *request = &ask->request;
    return (size_t)FIELDS_MAX * 12 + request->method.len + request->host.len + request->target.len +
           request->accept.len + request->api_version.len + request->features.len +
           request->body.len + ask->authorization.len + ask->headers.len;
}

static int put_request(struct ghm_buf *buf, const struct ghm_request *request)
{
    int error = put_bytes(buf, 2, request->method);
    if (error == GHM_OK) error = put_bytes(buf, 3, request->host);
    if (error == GHM_OK) error = put_bytes(buf, 4, request->target);
    if (error == GHM_OK) error = put_bytes(buf, 5, request->accept);
    if (error == GHM_OK) error = put_bytes(buf, 6, request->api_version);
    if (error == GHM_OK) error = put_bytes(buf, 7, request->features);
    if (error == GHM_OK) error = put_bytes(buf, 8, request->body);
    return error;
}

static int put_terms(struct ghm_buf *buf, const struct ghm_node_ask *ask)
{
    const struct ghm_freshness_bound *bound = &ask->bound;
    uint64_t timeout_ms = ask->timeout_ns / GHM_NS_PER_MS;
    if (timeout_ms > GHM_PARLEY_TIMEOUT_MS_MAX) timeout_ms = GHM_PARLEY_TIMEOUT_MS_MAX;
    int error = put_bytes(buf, 9, ask->authorization);
    if (error == GHM_OK && ask->headers.len > 0) error = put_bytes(buf, 10, ask->headers);
    if (error == GHM_OK) error = put_number(buf, 11, ask->is_bypass);
    if (error == GHM_OK && bound->has_max_age)
        error = put_number(buf, 12, (uint64_t)bound->max_age_s + 1);
    if (error == GHM_OK) error = put_number(buf, 13, bound->stale_s);
    if (error == GHM_OK) error = put_number(buf, 14, timeout_ms == 0 ? 1 : timeout_ms);
    return error;
}

int ghm_parley_append_ask(struct ghm_buf *buf, const struct ghm_node_ask *ask)
{
    size_t start = ghm_buf_len(buf);
    size_t len = ask_len(ask);
    if (len + GHM_PARLEY_HEAD_LEN > GHM_PARLEY_ASK_MAX) return GHM_ELIMIT;
    int error = begin(buf, GHM_PARLEY_ASK, len);
    if (error != GHM_OK) return error;
    error = put_number(buf, 1, ask->id);
    if (error == GHM_OK) error = put_request(buf, &ask->request);
    if (error == GHM_OK) error = put_terms(buf, ask);
    return finish(buf, start, error);
}

/* Lines of their own: nothing in them makes another. */
static bool is_block(struct ghm_bytes block)
{
    while (block.ptr != NULL && block.len > 0) {
        const uint8_t *end = memchr(block.ptr, '\n', block.len);
        if (end == NULL || end == block.ptr) return false;
        struct ghm_bytes line = ghm_bytes_upto(block, (size_t)(end - block.ptr));
        if (!ghm_visible_is_line(line) || memchr(line.ptr, ':', line.len) == NULL) return false;
        block = ghm_bytes_from(block, line.len + 1);
    }
    return true;
}

static bool is_ask(const struct ghm_proto_field fields[FIELDS_MAX + 1])
{
    if (fields[8].bytes.len > GHM_GRAPHQL_BODY_MAX) return false;
    if (fields[9].bytes.len > GHM_PARLEY_AUTHORIZATION_MAX || !ghm_visible_is_line(fields[9].bytes))
        return false;
    bool is_empty = fields[10].bytes.ptr != NULL && fields[10].bytes.len == 0;
    if (is_empty || fields[10].bytes.len > GHM_PARLEY_HEADERS_MAX || !is_block(fields[10].bytes))
        return false;
    return fields[1].value != 0 && fields[11].value <= 1 &&
           fields[12].value <= (uint64_t)UINT32_MAX + 1 && fields[13].value <= UINT32_MAX &&
           fields[14].value != 0 && fields[14].value <= GHM_PARLEY_TIMEOUT_MS_MAX;
}

int ghm_parley_read_ask(struct ghm_node_ask *ret_ask, struct ghm_bytes message)
{
    struct ghm_proto_field fields[FIELDS_MAX + 1];
    int error = read_fields(fields, message, "vbbbbbbbbbvvvv");
    if (error != GHM_OK) return error;
    if (!is_ask(fields)) return GHM_EPROTO;
    bool has_max_age = fields[12].value != 0;
    *ret_ask = (struct ghm_node_ask){
        .id = fields[1].value,
        .request = {.method = fields[2].bytes,
                    .host = fields[3].bytes,
                    .target = fields[4].bytes,
                    .accept = fields[5].bytes,
                    .api_version = fields[6].bytes,
                    .features = fields[7].bytes,
                    .body = fields[8].bytes},
        .authorization = fields[9].bytes,
        .headers = fields[10].bytes,
        .is_bypass = fields[11].value == 1,
        .bound = {.has_max_age = has_max_age,
                  .max_age_s = has_max_age ? (uint32_t)(fields[12].value - 1) : 0,
                  .stale_s = (uint32_t)fields[13].value},
        .timeout_ns = fields[14].value * GHM_NS_PER_MS,
    };
    return ghm_request_check(&ret_ask->request) == GHM_OK ? GHM_OK : GHM_EPROTO;
}

/* ---- forget, ping, pong, leave ---- */

int ghm_parley_append_forget(struct ghm_buf *buf, uint64_t id)
{
    size_t start = ghm_buf_len(buf);
    int error = begin(buf, GHM_PARLEY_FORGET, 0);
    return error == GHM_OK ? finish(buf, start, put_number(buf, 1, id)) : error;
}

int ghm_parley_read_forget(uint64_t *ret_id, struct ghm_bytes message)
{
    struct ghm_proto_field fields[FIELDS_MAX + 1];
    int error = read_fields(fields, message, "v");
    if (error != GHM_OK) return error;
    if (fields[1].value == 0) return GHM_EPROTO;
    *ret_id = fields[1].value;
    return GHM_OK;
}

int ghm_parley_append_word(struct ghm_buf *buf, enum ghm_parley_kind kind)
{
    return begin(buf, kind, 0);
}

/* ---- answer ---- */

static int put_reply(struct ghm_buf *buf, const struct ghm_reply *reply)
{
    struct ghm_bytes foreign = ghm_bytes(reply->foreign_sha256, 32);
    int error = put_number(buf, 3, (uint64_t)reply->status);
    if (error == GHM_OK) error = put_number(buf, 4, (uint64_t)reply->source);
    if (error == GHM_OK) error = put_number(buf, 5, (uint64_t)reply->age_ms);
    if (error == GHM_OK) error = put_number(buf, 6, (uint64_t)reply->ttl_s);
    if (error == GHM_OK) error = put_bytes(buf, 7, foreign);
    if (error == GHM_OK) error = put_bytes(buf, 8, reply->headers);
    if (error == GHM_OK) error = put_bytes(buf, 9, reply->body);
    return error;
}

int ghm_parley_append_answer(struct ghm_buf *buf, const struct ghm_parley_answer *answer)
{
    size_t start = ghm_buf_len(buf);
    const struct ghm_reply *reply = &answer->reply;
    bool is_fine = answer->error == GHM_OK;
    if (is_fine &&
        (reply->headers.len > GHM_ENTRY_HEADERS_MAX || reply->body.len > GHM_ENTRY_BODY_MAX))
        return GHM_ELIMIT;
    size_t len = is_fine ? (size_t)FIELDS_MAX * 12 + reply->headers.len + reply->body.len : 0;
    int error = begin(buf, GHM_PARLEY_ANSWER, len);
    if (error != GHM_OK) return error;
    error = put_number(buf, 1, answer->id);
    if (error == GHM_OK) error = put_number(buf, 2, (uint64_t)-answer->error);
    if (error == GHM_OK && is_fine) error = put_reply(buf, reply);
    return finish(buf, start, error);
}

static bool is_error(uint64_t number)
{
#define IS_ERROR(name, value, text)                                                                \
    if (value != 0 && number == (uint64_t)(-(value))) return true;
    GHM_ERROR_MAP(IS_ERROR)
#undef IS_ERROR
    return false;
}

static bool is_reply(const struct ghm_proto_field fields[FIELDS_MAX + 1])
{
    return fields[3].value >= 100 && fields[3].value <= 599 &&
           fields[4].value >= GHM_SOURCE_ORIGIN && fields[4].value <= GHM_SOURCE_STALE &&
           (fields[7].bytes.ptr == NULL || fields[7].bytes.len == 32) &&
           fields[8].bytes.len <= GHM_ENTRY_HEADERS_MAX &&
           fields[9].bytes.len <= GHM_ENTRY_BODY_MAX;
}

static bool is_answer(const struct ghm_proto_field fields[FIELDS_MAX + 1])
{
    if (fields[1].value == 0) return false;
    if (fields[2].value == 0) return is_reply(fields);
    for (size_t i = 3; i <= 9; i++) {
        if (fields[i].raw.len > 0) return false;
    }
    return is_error(fields[2].value);
}

int ghm_parley_read_answer(struct ghm_parley_answer *ret_answer, struct ghm_bytes message)
{
    struct ghm_proto_field fields[FIELDS_MAX + 1];
    int error = read_fields(fields, message, "vvvvvvbbb");
    if (error != GHM_OK) return error;
    if (!is_answer(fields)) return GHM_EPROTO;
    *ret_answer = (struct ghm_parley_answer){
        .id = fields[1].value,
        .error = -(int)fields[2].value,
        .reply = {.status = (int)fields[3].value,
                  .source = (enum ghm_source)fields[4].value,
                  .age_ms = (int64_t)fields[5].value,
                  .ttl_s = (int64_t)fields[6].value,
                  .foreign_sha256 = fields[7].bytes.ptr,
                  .headers = fields[8].bytes,
                  .body = fields[9].bytes},
    };
    return GHM_OK;
}
