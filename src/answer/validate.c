/* SPDX-License-Identifier: MIT */
#include "answer/validate.h"

#include "answer/number.h"

#include <stdio.h>

#define COLUMNS_MAX 4
#define KEY_MAX 64 /* bytes of one step of a path, or of a number as text */

enum otherwise { OR_NULL, OR_ZERO, OR_FALSE, OR_EMPTY };
enum form {
    AS_IS,
    AS_TEXT,   /* Python's str() */
    AS_LENGTH, /* of a text, in code points */
};

/* One field: where it is found ("a.b" is b inside of a; `second` if `first` is not true, or for ids
 * only if it is not there), what it is when it is nowhere, and how it is written. */
struct column {
    const char *name;
    const char *first;
    const char *second;
    enum otherwise otherwise;
    enum form form;
    bool is_null_kept;
};

struct rule {
    struct column id;
    struct column columns[COLUMNS_MAX];
};

#define FIELD(name, first, second, otherwise, form)                                                \
    {                                                                                              \
        name, first, second, otherwise, form, false                                                \
    }
#define PLAIN(name) FIELD(name, name, NULL, OR_NULL, AS_IS)
#define EITHER(name, second) FIELD(name, name, second, OR_NULL, AS_IS)
#define UPDATED EITHER("updatedAt", "updated_at")
#define COMMIT_SHA FIELD("sha", "commit.sha", NULL, OR_EMPTY, AS_IS)
#define BY_TRUE(first, second) FIELD("id", first, second, OR_EMPTY, AS_TEXT)
#define BY_ID(first, second)                                                                       \
    {                                                                                              \
        "id", first, second, OR_EMPTY, AS_TEXT, true                                               \
    }

/* clang-format off */
static const struct rule rules[] = {
    [GHM_ROUTE_REPO]       = {BY_TRUE("name", "url"),
                              {PLAIN("updatedAt"), PLAIN("pushedAt")}},
    [GHM_ROUTE_ISSUE]      = {BY_ID("number", "id"),
                              {PLAIN("state"), UPDATED,
                               FIELD("comments", "comments", NULL, OR_ZERO, AS_IS)}},
    [GHM_ROUTE_PULL]       = {BY_ID("number", "id"),
                              {PLAIN("state"), UPDATED, EITHER("mergeable", "mergeableState"),
                               FIELD("reviews", "reviews.totalCount", NULL, OR_ZERO, AS_IS)}},
    [GHM_ROUTE_COMMENT]    = {BY_ID("id", NULL),
                              {UPDATED, FIELD("bodyLength", "body", NULL, OR_EMPTY, AS_LENGTH)}},
    [GHM_ROUTE_COMMIT]     = {BY_TRUE("sha", "oid"),
                              {FIELD("sha", "sha", "oid", OR_EMPTY, AS_IS),
                               FIELD("date", "committedDate", "commit.committer.date", OR_NULL, AS_IS)}},
    [GHM_ROUTE_RELEASE]    = {BY_ID("id", "tagName"),
                              {EITHER("tagName", "tag_name"), EITHER("publishedAt", "published_at")}},
    [GHM_ROUTE_WORKFLOW]   = {BY_ID("databaseId", "id"),
                              {PLAIN("status"), PLAIN("conclusion"), PLAIN("updatedAt")}},
    [GHM_ROUTE_RUNNER]     = {BY_ID("id", "name"),
                              {PLAIN("status"), PLAIN("busy")}},
    [GHM_ROUTE_BRANCH]     = {BY_ID("name", NULL),
                              {FIELD("name", "name", NULL, OR_EMPTY, AS_IS),
                               FIELD("protected", "protected", NULL, OR_FALSE, AS_IS), COMMIT_SHA}},
    [GHM_ROUTE_TAG]        = {BY_ID("name", NULL),
                              {FIELD("name", "name", NULL, OR_EMPTY, AS_IS), COMMIT_SHA}},
    [GHM_ROUTE_DEPLOYMENT] = {BY_ID("id", NULL),
                              {FIELD("id", "id", NULL, OR_EMPTY, AS_TEXT), PLAIN("state"), UPDATED}},
    [GHM_ROUTE_CHECK]      = {BY_ID("id", "name"),
                              {PLAIN("status"), PLAIN("conclusion"),
                               EITHER("completedAt", "completed_at")}},
};
/* clang-format on */

/* ---- reading -----------------------------------------------------------------------------------
 */

static const json_t *look_up(const json_t *data, const char *path)
{
    char key[KEY_MAX];
    while (data != NULL && path != NULL) {
        const char *dot = strchr(path, '.');
        size_t len = dot == NULL ? strlen(path) : (size_t)(dot - path);
        (void)snprintf(key, sizeof key, "%.*s", (int)len, path);
        data = json_object_get(data, key);
        path = dot == NULL ? NULL : dot + 1;
    }
    return data;
}

/* What Python takes for true. */
static bool is_true(const json_t *value)
{
    if (value == NULL) return false;
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return json_object_size(value) > 0;
    case JSON_ARRAY:
        return json_array_size(value) > 0;
    case JSON_STRING:
        return json_string_length(value) > 0;
    case JSON_INTEGER:
        return json_integer_value(value) != 0;
    case JSON_REAL:
        return json_real_value(value) < 0 || json_real_value(value) > 0;
    case JSON_TRUE:
        return true;
    case JSON_FALSE:
    case JSON_NULL:
        break;
    }
    return false;
}

static json_t *value_otherwise(enum otherwise otherwise)
{
    switch (otherwise) {
    case OR_ZERO:
        return json_integer(0);
    case OR_FALSE:
        return json_false();
    case OR_EMPTY:
        return json_string("");
    case OR_NULL:
        break;
    }
    return json_null();
}

static json_int_t code_points(const json_t *text)
{
    const char *bytes = json_string_value(text);
    json_int_t count = 0;
    for (size_t i = 0; i < json_string_length(text); i++)
        count += (bytes[i] & 0xc0) != 0x80;
    return count;
}

static json_t *as_text(const json_t *value)
{
    char text[KEY_MAX] = "None";
    _Static_assert(KEY_MAX >= GHM_NUMBER_TEXT_MAX, "a number fits");
    if (json_is_string(value)) return json_deep_copy(value);
    if (json_is_boolean(value)) return json_string(json_is_true(value) ? "True" : "False");
    if (json_is_integer(value)) {
        (void)snprintf(text, sizeof text, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    }
    if (json_is_real(value)) (void)ghm_number_text(text, json_real_value(value));
    return json_string(text);
}

/* A new reference, or NULL without memory. */
static json_t *field(const struct column *column, const json_t *data)
{
    const json_t *value = look_up(data, column->first);
    bool wants_second = column->is_null_kept ? value == NULL : !is_true(value);
    if (column->second != NULL && wants_second) value = look_up(data, column->second);
    switch (column->form) {
    case AS_LENGTH:
        return json_integer(code_points(value));
    case AS_TEXT:
        return value == NULL ? value_otherwise(column->otherwise) : as_text(value);
    case AS_IS:
        break;
    }
    return value == NULL ? value_otherwise(column->otherwise) : json_deep_copy(value);
}

/* ---- writing -----------------------------------------------------------------------------------
 */

/* A new object, or NULL without memory. */
static json_t *fields_of(const struct rule *rule, const json_t *data)
{
    json_t *fields = json_object();
    for (size_t i = 0; i < COLUMNS_MAX && rule->columns[i].name != NULL; i++) {
        const struct column *column = &rule->columns[i];
        if (json_object_set_new(fields, column->name, field(column, data)) == 0) continue;
        json_decref(fields);
        return NULL;
    }
    return fields;
}

static int add_item(json_t *all, const struct rule *rule, const json_t *item)
{
    json_t *id = field(&rule->id, item);
    int failed = id == NULL ? -1 : 0;
    if (failed == 0) {
        failed = json_object_set_new(all, json_string_value(id), fields_of(rule, item));
    }
    json_decref(id);
    return failed == 0 ? GHM_OK : GHM_ENOMEM;
}

static int fields_of_list(json_t **ret_fields, const struct rule *rule, const json_t *list)
{
    json_t *all = json_object();
    int error = all == NULL ? GHM_ENOMEM : GHM_OK;
    for (size_t i = 0; error == GHM_OK && i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);
        if (json_is_object(item)) error = add_item(all, rule, item);
    }
    if (error == GHM_OK && json_object_size(all) == 0) error = GHM_ENOTFOUND;
    if (error == GHM_OK)
        *ret_fields = all;
    else
        json_decref(all);
    return error;
}

int ghm_validate_fields(json_t **ret_fields, enum ghm_route_rule rule, const json_t *data)
{
    if (rule == GHM_ROUTE_NO_RULE || !is_true(data)) return GHM_ENOTFOUND;
    if (json_is_array(data)) return fields_of_list(ret_fields, &rules[rule], data);
    if (!json_is_object(data)) return GHM_ENOTFOUND;
    json_t *fields = fields_of(&rules[rule], data);
    if (fields == NULL) return GHM_ENOMEM;
    *ret_fields = fields;
    return GHM_OK;
}
