/* SPDX-License-Identifier: MIT */
#include "answer/canon.h"

#include "answer/number.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* An array or object that is being written. */
struct frame {
    json_t *value;
    const char **keys; /* of an object, sorted; charged to the buf's memory */
    size_t count;
    size_t at;
};

struct writer {
    struct ghm_buf *buf;
    size_t depth;
    struct frame frames[GHM_CANON_DEPTH_MAX];
};

/* ---- scalars -----------------------------------------------------------------------------------
 */

/* One code point of valid UTF-8 (jansson takes no other). */
static uint32_t take_point(struct ghm_bytes *text)
{
    const uint8_t *p = text->ptr;
    size_t len = p[0] < 0x80 ? 1 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
    uint32_t point = len == 1 ? p[0] : (uint32_t)p[0] & (0x7fU >> len);
    for (size_t i = 1; i < len && i < text->len; i++)
        point = point << 6 | (p[i] & 0x3fU);
    *text = ghm_bytes_from(*text, len);
    return point;
}

static int append_unit(struct ghm_buf *buf, uint32_t unit)
{
    char text[16];
    (void)snprintf(text, sizeof text, "\\u%04" PRIx32, unit);
    return ghm_buf_append_text(buf, text);
}

static int append_point(struct ghm_buf *buf, uint32_t point)
{
    static const char short_of[] = "\"\"\\\\\bb\ff\nn\rr\tt";
    for (size_t i = 0; short_of[i] != '\0'; i += 2) {
        char text[2] = {'\\', short_of[i + 1]};
        if (point == (uint8_t)short_of[i]) return ghm_buf_append(buf, ghm_bytes(text, 2));
    }
    if (point >= ' ' && point <= '~') {
        uint8_t byte = (uint8_t)point;
        return ghm_buf_append(buf, ghm_bytes(&byte, 1));
    }
    if (point < 0x10000) return append_unit(buf, point);
    int error = append_unit(buf, 0xd800 + ((point - 0x10000) >> 10));
    return error == GHM_OK ? append_unit(buf, 0xdc00 + ((point - 0x10000) & 0x3ff)) : error;
}

static int append_string(struct ghm_buf *buf, struct ghm_bytes text)
{
    int error = ghm_buf_append_text(buf, "\"");
    while (error == GHM_OK && text.len > 0)
        error = append_point(buf, take_point(&text));
    return error == GHM_OK ? ghm_buf_append_text(buf, "\"") : error;
}

static int append_scalar(struct ghm_buf *buf, const json_t *value)
{
    char text[GHM_NUMBER_TEXT_MAX];
    switch (json_typeof(value)) {
    case JSON_STRING:
        return append_string(buf, ghm_bytes(json_string_value(value), json_string_length(value)));
    case JSON_INTEGER:
        (void)snprintf(text, sizeof text, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        return ghm_buf_append_text(buf, text);
    case JSON_REAL:
        (void)ghm_number_text(text, json_real_value(value));
        return ghm_buf_append_text(buf, text);
    case JSON_TRUE:
        return ghm_buf_append_text(buf, "true");
    case JSON_FALSE:
        return ghm_buf_append_text(buf, "false");
    case JSON_NULL:
    case JSON_ARRAY:
    case JSON_OBJECT:
        break;
    }
    return ghm_buf_append_text(buf, "null");
}

/* ---- arrays and objects ------------------------------------------------------------------------
 */

/* UTF-8 sorts by bytes as its code points do. */
static int compare_keys(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int sort_keys(struct ghm_buf *buf, struct frame *frame)
{
    const char *key;
    json_t *child;
    size_t at = 0;
    if (frame->count == 0) return GHM_OK;
    frame->keys = ghm_mem_alloc(buf->mem, frame->count * sizeof *frame->keys);
    if (frame->keys == NULL) return GHM_ENOMEM;
    json_object_foreach(frame->value, key, child) frame->keys[at++] = key;
    qsort(frame->keys, frame->count, sizeof *frame->keys, compare_keys);
    return GHM_OK;
}

static void pop(struct writer *writer)
{
    struct frame *frame = &writer->frames[--writer->depth];
    size_t size = frame->count * sizeof *frame->keys;
    if (frame->keys != NULL) ghm_mem_free(writer->buf->mem, frame->keys, size);
}

static int push(struct writer *writer, json_t *value)
{
    bool is_object = json_is_object(value);
    if (!is_object && !json_is_array(value)) return append_scalar(writer->buf, value);
    if (writer->depth == GHM_CANON_DEPTH_MAX) return GHM_ELIMIT;
    struct frame *frame = &writer->frames[writer->depth];
    *frame = (struct frame){.value = value};
    frame->count = is_object ? json_object_size(value) : json_array_size(value);
    int error = is_object ? sort_keys(writer->buf, frame) : GHM_OK;
    if (error != GHM_OK) return error;
    writer->depth++;
    return ghm_buf_append_text(writer->buf, is_object ? "{" : "[");
}

/* The next child of the innermost frame, or its end. */
static int step(struct writer *writer)
{
    struct frame *frame = &writer->frames[writer->depth - 1];
    bool is_object = json_is_object(frame->value);
    if (frame->at == frame->count) {
        pop(writer);
        return ghm_buf_append_text(writer->buf, is_object ? "}" : "]");
    }
    size_t at = frame->at++;
    int error = at == 0 ? GHM_OK : ghm_buf_append_text(writer->buf, ", ");
    if (error != GHM_OK) return error;
    if (!is_object) return push(writer, json_array_get(frame->value, at));
    const char *key = frame->keys[at];
    error = append_string(writer->buf, ghm_bytes_text(key));
    if (error == GHM_OK) error = ghm_buf_append_text(writer->buf, ": ");
    return error == GHM_OK ? push(writer, json_object_get(frame->value, key)) : error;
}

int ghm_canon_append(struct ghm_buf *buf, json_t *value)
{
    struct writer writer = {.buf = buf};
    int error = push(&writer, value);
    while (error == GHM_OK && writer.depth > 0)
        error = step(&writer);
    while (writer.depth > 0)
        pop(&writer);
    return error;
}
