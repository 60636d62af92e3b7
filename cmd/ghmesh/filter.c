/* SPDX-License-Identifier: MIT */
#include "filter.h"

#include "base/mem.h"
#include "write.h"

#include <jq.h>
#include <jv.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct filter {
    jq_state *jq;
};

struct filter *filter_new(const char *expression)
{
    struct filter *filter = ghm_mem_alloc(NULL, sizeof *filter);
    if (filter == NULL) return NULL;
    filter->jq = jq_init();
    if (filter->jq != NULL && jq_compile(filter->jq, expression)) return filter;
    (void)fprintf(stderr, "ghmesh: that is no jq expression: %s\n", expression);
    filter_free(filter);
    return NULL;
}

void filter_free(struct filter *filter)
{
    if (filter == NULL) return;
    if (filter->jq != NULL) jq_teardown(&filter->jq);
    ghm_mem_free(NULL, filter, sizeof *filter);
}

static bool show_text(jv text)
{
    bool is_written =
        write_all(jv_string_value(text), (size_t)jv_string_length_bytes(jv_copy(text))) &&
        write_all("\n", 1);
    jv_free(text);
    return is_written;
}

/* Characters of HTML, and two that end lines in scripts, are escaped in values as gh escapes them:
 * a script may compare. In texts that are printed as they are, they are not. */
static const struct {
    const char *text;
    const char *escape;
} escapes[] = {{"<", "\\u003c"},
               {">", "\\u003e"},
               {"&", "\\u0026"},
               {"\xe2\x80\xa8", "\\u2028"},
               {"\xe2\x80\xa9", "\\u2029"}};
#define ESCAPES (sizeof escapes / sizeof escapes[0])

static bool starts(const char *json, size_t len, const char *text)
{
    size_t text_len = strlen(text);
    return len >= text_len && memcmp(json, text, text_len) == 0;
}

static bool show_json(const char *json, size_t len)
{
    size_t start = 0;
    for (size_t i = 0; i < len; i++) {
        size_t which = 0;
        while (which < ESCAPES && !starts(json + i, len - i, escapes[which].text))
            which++;
        if (which == ESCAPES) continue;
        if (!write_all(json + start, i - start) || !write_all(escapes[which].escape, 6))
            return false;
        start = i + strlen(escapes[which].text);
    }
    return write_all(json + start, len - start) && write_all("\n", 1);
}

/* As gh: texts as they are, nothing for null, the keys of objects sorted. */
static bool show_value(jv value)
{
    jv_kind kind = jv_get_kind(value);
    if (kind == JV_KIND_STRING) return show_text(value);
    if (kind == JV_KIND_NULL) {
        jv_free(value);
        return write_all("\n", 1);
    }
    jv text = jv_dump_string(value, JV_PRINT_SORTED);
    bool is_written =
        show_json(jv_string_value(text), (size_t)jv_string_length_bytes(jv_copy(text)));
    jv_free(text);
    return is_written;
}

/* What ended the expression: nothing more to select, or an error with a message. */
static bool is_good_end(jv end)
{
    bool is_error = jv_invalid_has_msg(jv_copy(end));
    if (!is_error) {
        jv_free(end);
        return true;
    }
    jv message = jv_invalid_get_msg(end);
    jv text = jv_get_kind(message) == JV_KIND_STRING ? message : jv_dump_string(message, 0);
    (void)fprintf(stderr, "ghmesh: jq: %s\n", jv_string_value(text));
    jv_free(text);
    return false;
}

bool filter_show(struct filter *filter, const char *json, size_t len)
{
    jv input = len > (size_t)INT32_MAX ? jv_invalid() : jv_parse_sized(json, (int)len);
    if (!jv_is_valid(input)) {
        jv_free(input);
        (void)fprintf(stderr, "ghmesh: the answer is no JSON\n");
        return false;
    }
    jq_start(filter->jq, input, 0);
    jv value = jq_next(filter->jq);
    for (; jv_is_valid(value); value = jq_next(filter->jq)) {
        if (!show_value(value)) return false;
    }
    return is_good_end(value);
}
