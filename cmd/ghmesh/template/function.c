/* SPDX-License-Identifier: MIT */
#include "template/function.h"

#include "template/color.h"
#include "template/compare.h"
#include "template/escape.h"
#include "template/format.h"
#include "template/moment.h"
#include "template/text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define RESULT_MAX ((size_t)64 << 20)

/* ---- a text as the result ---- */

static void start(struct ghm_buf *buf)
{
    ghm_buf_init(buf, NULL, RESULT_MAX);
}

static bool finish(struct function_call *call, struct value *ret_value, struct ghm_buf *buf,
                   int error)
{
    struct ghm_bytes copy;
    bool is_kept = error == GHM_OK && arena_copy(&call->run->arena, &copy, ghm_buf_bytes(buf));
    if (is_kept) *ret_value = value_of_text(copy);
    ghm_buf_fini(buf);
    return is_kept || problem_note(&call->run->problem, "a text is too long");
}

static bool wrong(struct function_call *call, const char *why)
{
    return problem_note(&call->run->problem, "%s", why);
}

/* ---- Go's ---- */

static bool run_not(struct function_call *call, struct value *ret_value)
{
    *ret_value = value_of_bool(!value_is_true(&call->args[0]));
    return true;
}

static bool run_call(struct function_call *call, struct value *ret_value)
{
    (void)ret_value;
    return wrong(call, "call of what is no function");
}

static bool run_len(struct function_call *call, struct value *ret_value)
{
    const struct value *value = &call->args[0];
    if (value->type < VALUE_TEXT) return wrong(call, "len of what has no length");
    *ret_value =
        value_of_int((int64_t)(value->type == VALUE_TEXT ? value->text.len : value->count));
    return true;
}

static bool read_index(struct function_call *call, size_t *ret_index, const struct value *index,
                       size_t max)
{
    if (index->type != VALUE_INT && index->type != VALUE_BYTE)
        return wrong(call, "an index is no integer");
    if (index->integer < 0 || (uint64_t)index->integer > max)
        return wrong(call, "index out of range");
    *ret_index = (size_t)index->integer;
    return true;
}

static bool step_into(struct function_call *call, struct value *item, const struct value *index)
{
    size_t at = 0;
    size_t count = item->type == VALUE_TEXT ? item->text.len : item->count;
    if (item->type < VALUE_TEXT) return wrong(call, "index of what has no items");
    if (item->type == VALUE_MAP) {
        if (index->type != VALUE_TEXT) return wrong(call, "a key is no text");
        *item = value_of_key(item, index->text);
        if (item->type == VALUE_NONE) item->type = VALUE_NULL;
        return true;
    }
    if (count == 0) return wrong(call, "index out of range");
    if (!read_index(call, &at, index, count - 1)) return false;
    if (item->type == VALUE_TEXT)
        *item = (struct value){.type = VALUE_BYTE, .integer = item->text.ptr[at]};
    else
        *item = value_of_item(item, at);
    return true;
}

static bool run_index(struct function_call *call, struct value *ret_value)
{
    struct value item = call->args[0];
    if (item.type <= VALUE_NULL) return wrong(call, "index of nothing");
    for (size_t i = 1; i < call->count; i++) {
        if (!step_into(call, &item, &call->args[i])) return false;
    }
    *ret_value = item;
    return true;
}

static bool run_slice(struct function_call *call, struct value *ret_value)
{
    struct value item = call->args[0];
    size_t max = item.type == VALUE_TEXT ? item.text.len : item.count;
    size_t ends[3] = {0, max, max};
    bool is_text = item.type == VALUE_TEXT;
    if (!is_text && item.type != VALUE_LIST) return wrong(call, "slice of what has no parts");
    if (call->count > (is_text ? 3 : 4)) return wrong(call, "too many slice indexes");
    for (size_t i = 1; i < call->count; i++) {
        if (!read_index(call, &ends[i - 1], &call->args[i], max)) return false;
    }
    if (ends[0] > ends[1] || ends[1] > ends[2]) return wrong(call, "invalid slice index");
    *ret_value = item;
    if (is_text) ret_value->text = ghm_bytes(item.text.ptr + ends[0], ends[1] - ends[0]);
    ret_value->start = item.start + ends[0];
    ret_value->count = ends[1] - ends[0];
    return true;
}

static struct format_args args_from(const struct function_call *call, size_t first)
{
    return (struct format_args){.values = call->args + first, .count = call->count - first};
}

static bool run_print(struct function_call *call, struct value *ret_value)
{
    struct ghm_buf buf;
    start(&buf);
    return finish(call, ret_value, &buf, format_print(&buf, &call->run->arena, args_from(call, 0)));
}

static bool run_println(struct function_call *call, struct value *ret_value)
{
    struct ghm_buf buf;
    start(&buf);
    return finish(call, ret_value, &buf,
                  format_println(&buf, &call->run->arena, args_from(call, 0)));
}

static bool run_printf(struct function_call *call, struct value *ret_value)
{
    struct ghm_buf buf;
    start(&buf);
    int error = format_printf(&buf, &call->run->arena, call->args[0].text, args_from(call, 1));
    return finish(call, ret_value, &buf, error);
}

/* As print, but nothing is "<no value>"; then escaped. */
static bool escape(struct function_call *call, struct value *ret_value, escape_append *append)
{
    struct ghm_buf plain, escaped;
    start(&plain);
    start(&escaped);
    for (size_t i = 0; i < call->count; i++) {
        if (call->args[i].type <= VALUE_NULL)
            call->args[i] = value_of_text(ghm_bytes_text("<no value>"));
    }
    int error = format_print(&plain, &call->run->arena, args_from(call, 0));
    if (error == GHM_OK) error = append(&escaped, ghm_buf_bytes(&plain));
    ghm_buf_fini(&plain);
    return finish(call, ret_value, &escaped, error);
}

static bool run_html(struct function_call *call, struct value *ret_value)
{
    return escape(call, ret_value, escape_html);
}

static bool run_js(struct function_call *call, struct value *ret_value)
{
    return escape(call, ret_value, escape_js);
}

static bool run_urlquery(struct function_call *call, struct value *ret_value)
{
    return escape(call, ret_value, escape_query);
}

/* ---- gh's ---- */

static int append_scalar(struct ghm_buf *buf, const struct value *value)
{
    char number[400];
    if (value->type <= VALUE_NULL) return GHM_OK;
    if (value->type == VALUE_TEXT) return ghm_buf_append(buf, value->text);
    if (value->type == VALUE_BOOL) return ghm_buf_append_text(buf, value->truth ? "true" : "false");
    if (value->type != VALUE_FLOAT) return GHM_EINVAL;
    (void)snprintf(number, sizeof number, trunc(value->real) == value->real ? "%.0f" : "%.2f",
                   value->real);
    return ghm_buf_append_text(buf, number);
}

static bool finish_scalar(struct function_call *call, struct value *ret_value, struct ghm_buf *buf,
                          int error)
{
    if (error == GHM_EINVAL) (void)wrong(call, "what is no text, number or truth cannot be shown");
    return finish(call, ret_value, buf, error);
}

/* Where there are no colors, neither of the two has any: gh turns them off as a whole. */
static bool run_color(struct function_call *call, struct value *ret_value)
{
    struct ghm_buf text, colored;
    struct ghm_bytes style = call->run->is_colored ? call->args[0].text : GHM_BYTES_NONE;
    start(&text);
    start(&colored);
    int error = append_scalar(&text, &call->args[1]);
    if (error == GHM_OK) error = color_append(&colored, style, ghm_buf_bytes(&text));
    ghm_buf_fini(&text);
    return finish_scalar(call, ret_value, &colored, error);
}

static bool run_join(struct function_call *call, struct value *ret_value)
{
    struct ghm_buf buf;
    int error = GHM_OK;
    start(&buf);
    for (size_t i = 0; error == GHM_OK && i < call->args[1].count; i++) {
        struct value item = value_of_item(&call->args[1], i);
        if (i > 0) error = ghm_buf_append(&buf, call->args[0].text);
        if (error == GHM_OK) error = append_scalar(&buf, &item);
    }
    return finish_scalar(call, ret_value, &buf, error);
}

static bool pluck_all(struct function_call *call, json_t *plucked)
{
    const struct value *list = &call->args[1];
    for (size_t i = 0; i < list->count; i++) {
        struct value item = value_of_item(list, i);
        struct ghm_bytes key = call->args[0].text;
        if (item.type != VALUE_MAP) return wrong(call, "pluck: an item is no object");
        json_t *found = json_object_getn(item.json, (const char *)key.ptr, key.len);
        int error = found == NULL ? json_array_append_new(plucked, json_null())
                                  : json_array_append(plucked, found);
        if (error != 0) return wrong(call, "no memory");
    }
    return true;
}

static bool run_pluck(struct function_call *call, struct value *ret_value)
{
    json_t *plucked = json_array();
    if (json_array_append_new(call->run->made, plucked) != 0) return wrong(call, "no memory");
    if (!pluck_all(call, plucked)) return false;
    *ret_value = value_of_json(plucked);
    return true;
}

static bool fill_cell(struct function_call *call, struct ghm_bytes *cell, const struct value *value)
{
    struct ghm_buf buf;
    start(&buf);
    int error = append_scalar(&buf, value);
    if (error == GHM_OK && !arena_copy(&call->run->table.arena, cell, ghm_buf_bytes(&buf)))
        error = GHM_ELIMIT;
    ghm_buf_fini(&buf);
    return error == GHM_OK || wrong(call, "tablerow: a field cannot be shown");
}

static bool run_tablerow(struct function_call *call, struct value *ret_value)
{
    struct table_row *row = table_add(&call->run->table, call->count);
    if (row == NULL) return wrong(call, "the table is too large");
    for (size_t i = 0; i < call->count; i++) {
        if (!fill_cell(call, &row->cells[i], &call->args[i])) return false;
    }
    *ret_value = value_of_text(ghm_bytes_text(""));
    return true;
}

static bool run_tablerender(struct function_call *call, struct value *ret_value)
{
    *ret_value = value_of_text(ghm_bytes_text(""));
    return table_show(&call->run->table, &call->run->out) == GHM_OK ||
           wrong(call, "the table cannot be shown");
}

static bool read_moment(struct function_call *call, struct moment *ret_moment, size_t which)
{
    return moment_parse(ret_moment, call->args[which].text) || wrong(call, "that is no time");
}

static bool run_timeago(struct function_call *call, struct value *ret_value)
{
    struct moment moment;
    struct ghm_buf buf;
    if (!read_moment(call, &moment, 0)) return false;
    start(&buf);
    return finish(call, ret_value, &buf, moment_append_ago(&buf, &moment, call->run->now_s));
}

static bool run_timefmt(struct function_call *call, struct value *ret_value)
{
    struct moment moment;
    struct ghm_buf buf;
    if (!read_moment(call, &moment, 1)) return false;
    start(&buf);
    return finish(call, ret_value, &buf, moment_append(&buf, &moment, call->args[0].text));
}

static bool run_truncate(struct function_call *call, struct value *ret_value)
{
    struct ghm_buf buf;
    int64_t width = call->args[0].integer;
    if (call->args[1].type <= VALUE_NULL) call->args[1] = value_of_text(ghm_bytes_text(""));
    if (call->args[1].type != VALUE_TEXT) return wrong(call, "truncate wants a text");
    start(&buf);
    int error = text_append_cut(&buf, call->args[1].text, width < 0 ? SIZE_MAX : (size_t)width);
    return finish(call, ret_value, &buf, error);
}

static bool run_hyperlink(struct function_call *call, struct value *ret_value)
{
    struct ghm_buf buf;
    struct ghm_bytes text = call->args[1].text.len > 0 ? call->args[1].text : call->args[0].text;
    start(&buf);
    int error = ghm_buf_append_text(&buf, "\x1b]8;;");
    if (error == GHM_OK) error = ghm_buf_append(&buf, call->args[0].text);
    if (error == GHM_OK) error = ghm_buf_append_text(&buf, "\x1b\\");
    if (error == GHM_OK) error = ghm_buf_append(&buf, text);
    if (error == GHM_OK) error = ghm_buf_append_text(&buf, "\x1b]8;;\x1b\\");
    return finish(call, ret_value, &buf, error);
}

static const struct function functions[] = {
    {"and", NULL, {PARAM_VALUE}, PARAM_VALUE},
    {"autocolor", run_color, {PARAM_TEXT, PARAM_ANY}, PARAM_NO},
    {"call", run_call, {PARAM_VALUE}, PARAM_VALUE},
    {"color", run_color, {PARAM_TEXT, PARAM_ANY}, PARAM_NO},
    {"eq", compare_eq, {PARAM_VALUE}, PARAM_VALUE},
    {"ge", compare_ge, {PARAM_VALUE, PARAM_VALUE}, PARAM_NO},
    {"gt", compare_gt, {PARAM_VALUE, PARAM_VALUE}, PARAM_NO},
    {"html", run_html, {PARAM_NO}, PARAM_ANY},
    {"hyperlink", run_hyperlink, {PARAM_TEXT, PARAM_TEXT}, PARAM_NO},
    {"index", run_index, {PARAM_VALUE}, PARAM_VALUE},
    {"join", run_join, {PARAM_TEXT, PARAM_LIST}, PARAM_NO},
    {"js", run_js, {PARAM_NO}, PARAM_ANY},
    {"le", compare_le, {PARAM_VALUE, PARAM_VALUE}, PARAM_NO},
    {"len", run_len, {PARAM_VALUE}, PARAM_NO},
    {"lt", compare_lt, {PARAM_VALUE, PARAM_VALUE}, PARAM_NO},
    {"ne", compare_ne, {PARAM_VALUE, PARAM_VALUE}, PARAM_NO},
    {"not", run_not, {PARAM_VALUE}, PARAM_NO},
    {"or", NULL, {PARAM_VALUE}, PARAM_VALUE},
    {"pluck", run_pluck, {PARAM_TEXT, PARAM_LIST}, PARAM_NO},
    {"print", run_print, {PARAM_NO}, PARAM_ANY},
    {"printf", run_printf, {PARAM_TEXT}, PARAM_ANY},
    {"println", run_println, {PARAM_NO}, PARAM_ANY},
    {"slice", run_slice, {PARAM_VALUE}, PARAM_VALUE},
    {"tablerender", run_tablerender, {PARAM_NO}, PARAM_NO},
    {"tablerow", run_tablerow, {PARAM_NO}, PARAM_ANY},
    {"timeago", run_timeago, {PARAM_TEXT}, PARAM_NO},
    {"timefmt", run_timefmt, {PARAM_TEXT, PARAM_TEXT}, PARAM_NO},
    {"truncate", run_truncate, {PARAM_INT, PARAM_ANY}, PARAM_NO},
    {"urlquery", run_urlquery, {PARAM_NO}, PARAM_ANY},
};

const struct function *function_find(struct ghm_bytes name)
{
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        if (ghm_bytes_equal(name, ghm_bytes_text(functions[i].name))) return &functions[i];
    }
    return NULL;
}
