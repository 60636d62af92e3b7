/* SPDX-License-Identifier: MIT */
#include "wire/dns.h"

#define POINTER 0xc0

/* ---- names ---- */

static int add_label(struct ghm_dns_name *name, struct ghm_bytes label)
{
    /* One byte stays for the end. */
    if (label.len == 0 || label.len > GHM_DNS_LABEL_LEN_MAX) return GHM_EINVAL;
    if (label.len + 2 > (size_t)(GHM_DNS_NAME_LEN_MAX - name->len)) return GHM_EINVAL;
    name->bytes[name->len] = (uint8_t)label.len;
    memcpy(name->bytes + name->len + 1, label.ptr, label.len);
    name->len = (uint8_t)(name->len + 1 + label.len);
    return GHM_OK;
}

int ghm_dns_name_parse(struct ghm_dns_name *ret_name, const char *text)
{
    struct ghm_dns_name name = {.len = 0};
    for (;;) {
        size_t len = strcspn(text, ".");
        int error = add_label(&name, ghm_bytes(text, len));
        if (error != GHM_OK) return error;
        text += len;
        if (*text == '\0') break;
        text++;
    }
    name.bytes[name.len++] = 0;
    *ret_name = name;
    return GHM_OK;
}

int ghm_dns_name_under(struct ghm_dns_name *ret_name, struct ghm_bytes label,
                       const struct ghm_dns_name *parent)
{
    struct ghm_dns_name name = {.len = 0};
    int error = add_label(&name, label);
    if (error != GHM_OK) return error;
    if (parent->len > GHM_DNS_NAME_LEN_MAX - name.len) return GHM_EINVAL;
    memcpy(name.bytes + name.len, parent->bytes, parent->len);
    name.len = (uint8_t)(name.len + parent->len);
    *ret_name = name;
    return GHM_OK;
}

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

/* The bytes of lengths are below 'A': they are compared as they are. */
bool ghm_dns_name_equal(const struct ghm_dns_name *a, const struct ghm_dns_name *b)
{
    if (a->len != b->len) return false;
    for (size_t i = 0; i < a->len; i++) {
        if (lower(a->bytes[i]) != lower(b->bytes[i])) return false;
    }
    return true;
}

/* ---- reading ---- */

/* The label or pointer at `*at`: 1 for a label (appended), 0 for the end. A pointer leads to before
 * `*bound`, which moves down with each, so that no chain of them goes round. */
static int take_label(struct ghm_bytes message, size_t *at, size_t *bound,
                      struct ghm_dns_name *name)
{
    struct ghm_bytes rest = ghm_bytes_from(message, *at);
    if (rest.ptr == NULL || rest.len == 0) return GHM_EPROTO;
    uint8_t first = rest.ptr[0];
    if (first == 0) return 0;
    if ((first & POINTER) == POINTER) {
        if (rest.len < 2) return GHM_EPROTO;
        size_t to = ghm_load_be16(rest.ptr) & 0x3fff;
        if (to >= *bound || to < GHM_DNS_HEADER_LEN) return GHM_EPROTO;
        *bound = to;
        *at = to;
        return 1;
    }
    if (first > GHM_DNS_LABEL_LEN_MAX || rest.len < (size_t)first + 1) return GHM_EPROTO;
    if (add_label(name, ghm_bytes(rest.ptr + 1, first)) != GHM_OK) return GHM_EPROTO;
    *at += (size_t)first + 1;
    return 1;
}

/* How many bytes a name takes where it stands. */
static size_t name_len(struct ghm_bytes message, size_t at)
{
    size_t start = at;
    while (message.ptr[at] != 0) {
        if ((message.ptr[at] & POINTER) == POINTER) return at + 2 - start;
        at += (size_t)message.ptr[at] + 1;
    }
    return at + 1 - start;
}

static int take_name(struct ghm_dns_name *ret_name, struct ghm_bytes message, size_t *at)
{
    struct ghm_dns_name name = {.len = 0};
    size_t walk = *at;
    size_t bound = walk;
    int more;
    while ((more = take_label(message, &walk, &bound, &name)) > 0)
        continue;
    if (more < 0) return more;
    name.bytes[name.len++] = 0;
    *ret_name = name;
    *at += name_len(message, *at);
    return GHM_OK;
}

int ghm_dns_reader_init(struct ghm_dns_reader *reader, struct ghm_dns_header *ret_header,
                        struct ghm_bytes message)
{
    if (message.len < GHM_DNS_HEADER_LEN) return GHM_EPROTO;
    *ret_header = (struct ghm_dns_header){
        .id = ghm_load_be16(message.ptr),
        .flags = ghm_load_be16(message.ptr + 2),
        .questions = ghm_load_be16(message.ptr + 4),
        .answers = ghm_load_be16(message.ptr + 6),
        .authorities = ghm_load_be16(message.ptr + 8),
        .additionals = ghm_load_be16(message.ptr + 10),
    };
    *reader = (struct ghm_dns_reader){
        .message = message,
        .at = GHM_DNS_HEADER_LEN,
        .questions_left = ret_header->questions,
        .records_left =
            (uint32_t)ret_header->answers + ret_header->authorities + ret_header->additionals,
    };
    return GHM_OK;
}

int ghm_dns_reader_question(struct ghm_dns_reader *reader, struct ghm_dns_question *ret_question)
{
    if (reader->questions_left == 0) return 0;
    int error = take_name(&ret_question->name, reader->message, &reader->at);
    if (error != GHM_OK) return error;
    struct ghm_bytes rest = ghm_bytes_from(reader->message, reader->at);
    if (rest.ptr == NULL || rest.len < 4) return GHM_EPROTO;
    ret_question->type = ghm_load_be16(rest.ptr);
    ret_question->class_id = ghm_load_be16(rest.ptr + 2);
    reader->at += 4;
    reader->questions_left--;
    return 1;
}

static int skip_questions(struct ghm_dns_reader *reader)
{
    struct ghm_dns_question question;
    int more;
    while ((more = ghm_dns_reader_question(reader, &question)) > 0)
        continue;
    return more;
}

int ghm_dns_reader_record(struct ghm_dns_reader *reader, struct ghm_dns_record *ret_record)
{
    int error = skip_questions(reader);
    if (error != GHM_OK) return error;
    if (reader->records_left == 0) return 0;
    error = take_name(&ret_record->name, reader->message, &reader->at);
    if (error != GHM_OK) return error;
    struct ghm_bytes rest = ghm_bytes_from(reader->message, reader->at);
    if (rest.ptr == NULL || rest.len < 10) return GHM_EPROTO;
    ret_record->type = ghm_load_be16(rest.ptr);
    ret_record->class_id = ghm_load_be16(rest.ptr + 2);
    ret_record->ttl_s = ghm_load_be32(rest.ptr + 4);
    size_t len = ghm_load_be16(rest.ptr + 8);
    if (len > rest.len - 10) return GHM_EPROTO;
    ret_record->data = ghm_bytes(rest.ptr + 10, len);
    ret_record->host.len = 0;
    size_t at = reader->at + 10;
    reader->at += 10 + len;
    reader->records_left--;
    if (ret_record->type != GHM_DNS_PTR) return 1;
    /* A name that ends within its record; what it points to may stand anywhere before. */
    error = take_name(&ret_record->host, ghm_bytes_upto(reader->message, reader->at), &at);
    return error == GHM_OK ? 1 : error;
}

bool ghm_dns_text(struct ghm_bytes *left, struct ghm_bytes *ret_text)
{
    if (left->len == 0 || left->ptr[0] > left->len - 1) return false;
    struct ghm_bytes rest = ghm_bytes_from(*left, 1);
    *ret_text = ghm_bytes_upto(rest, left->ptr[0]);
    *left = ghm_bytes_from(rest, ret_text->len);
    return true;
}

/* ---- writing ---- */

int ghm_dns_append_header(struct ghm_buf *buf, const struct ghm_dns_header *header)
{
    uint8_t *room;
    int error = ghm_buf_reserve(buf, &room, GHM_DNS_HEADER_LEN);
    if (error != GHM_OK) return error;
    ghm_store_be16(room, header->id);
    ghm_store_be16(room + 2, header->flags);
    ghm_store_be16(room + 4, header->questions);
    ghm_store_be16(room + 6, header->answers);
    ghm_store_be16(room + 8, header->authorities);
    ghm_store_be16(room + 10, header->additionals);
    ghm_buf_commit(buf, GHM_DNS_HEADER_LEN);
    return GHM_OK;
}

int ghm_dns_append_question(struct ghm_buf *buf, const struct ghm_dns_question *question)
{
    uint8_t *room;
    size_t len = question->name.len;
    int error = ghm_buf_reserve(buf, &room, len + 4);
    if (error != GHM_OK) return error;
    memcpy(room, question->name.bytes, len);
    ghm_store_be16(room + len, question->type);
    ghm_store_be16(room + len + 2, question->class_id);
    ghm_buf_commit(buf, len + 4);
    return GHM_OK;
}

int ghm_dns_append_record(struct ghm_buf *buf, const struct ghm_dns_record *record)
{
    uint8_t *room;
    size_t len = record->name.len;
    if (record->data.len > UINT16_MAX) return GHM_ELIMIT;
    int error = ghm_buf_reserve(buf, &room, len + 10 + record->data.len);
    if (error != GHM_OK) return error;
    memcpy(room, record->name.bytes, len);
    ghm_store_be16(room + len, record->type);
    ghm_store_be16(room + len + 2, record->class_id);
    ghm_store_be32(room + len + 4, record->ttl_s);
    ghm_store_be16(room + len + 8, (uint16_t)record->data.len);
    ghm_bytes_copy(room + len + 10, record->data);
    ghm_buf_commit(buf, len + 10 + record->data.len);
    return GHM_OK;
}
