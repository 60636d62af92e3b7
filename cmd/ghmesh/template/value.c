/* SPDX-License-Identifier: MIT */
#include "template/value.h"

#include <stdlib.h>
#include <string.h>

struct value value_of_text(struct ghm_bytes text)
{
    return (struct value){.type = VALUE_TEXT, .text = text};
}

struct value value_of_int(int64_t integer)
{
    return (struct value){.type = VALUE_INT, .integer = integer};
}

struct value value_of_bool(bool truth)
{
    return (struct value){.type = VALUE_BOOL, .truth = truth};
}

struct value value_of_json(const json_t *json)
{
    if (json_is_string(json))
        return value_of_text(ghm_bytes(json_string_value(json), json_string_length(json)));
    if (json_is_number(json))
        return (struct value){.type = VALUE_FLOAT, .real = json_number_value(json)};
    if (json_is_boolean(json)) return value_of_bool(json_is_true(json));
    if (json_is_array(json))
        return (struct value){.type = VALUE_LIST, .json = json, .count = json_array_size(json)};
    if (json_is_object(json))
        return (struct value){.type = VALUE_MAP, .json = json, .count = json_object_size(json)};
    return (struct value){.type = VALUE_NULL};
}

struct value value_of_item(const struct value *list, size_t index)
{
    return value_of_json(json_array_get(list->json, list->start + index));
}

struct value value_of_key(const struct value *map, struct ghm_bytes key)
{
    const json_t *found = json_object_getn(map->json, (const char *)key.ptr, key.len);
    return found == NULL ? (struct value){.type = VALUE_NONE} : value_of_json(found);
}

bool value_is_true(const struct value *value)
{
    switch (value->type) {
    case VALUE_NONE:
    case VALUE_NULL:
        return false;
    case VALUE_BOOL:
        return value->truth;
    case VALUE_INT:
    case VALUE_BYTE:
        return value->integer != 0;
    case VALUE_FLOAT:
        return value->real != 0;
    case VALUE_TEXT:
        return value->text.len > 0;
    case VALUE_LIST:
    case VALUE_MAP:
        return value->count > 0;
    }
    return false;
}

const char *value_type_name(const struct value *value)
{
    static const char *const names[] = {
        [VALUE_NONE] = "<nil>",
        [VALUE_NULL] = "<nil>",
        [VALUE_BOOL] = "bool",
        [VALUE_INT] = "int",
        [VALUE_BYTE] = "uint8",
        [VALUE_FLOAT] = "float64",
        [VALUE_TEXT] = "string",
        [VALUE_LIST] = "[]interface {}",
        [VALUE_MAP] = "map[string]interface {}",
    };
    return names[value->type];
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const char **value_keys(struct arena *arena, const json_t *map)
{
    size_t count = 0;
    const char *key;
    json_t *value;
    const char **keys = arena_take(arena, (json_object_size(map) + 1) * sizeof *keys);
    if (keys == NULL) return NULL;
    json_object_foreach((json_t *)(uintptr_t)map, key, value)
    {
        keys[count++] = key;
    }
    qsort(keys, count, sizeof *keys, compare);
    return keys;
}
