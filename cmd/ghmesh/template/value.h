/* SPDX-License-Identifier: MIT */
/* What templates work with: JSON as Go's encoding/json decodes it, and what functions make. */
#ifndef GHM_CMD_VALUE_H
#define GHM_CMD_VALUE_H

#include "template/arena.h"

#include <jansson.h>

enum value_type {
    VALUE_NONE, /* nothing: no such key, or null after a pipeline */
    VALUE_NULL, /* null where it is found */
    VALUE_BOOL,
    VALUE_INT,
    VALUE_BYTE, /* of a text */
    VALUE_FLOAT,
    VALUE_TEXT,
    VALUE_LIST,
    VALUE_MAP,
};

struct value {
    enum value_type type;
    bool truth;
    int64_t integer; /* VALUE_BYTE too */
    double real;
    struct ghm_bytes text;
    const json_t *json; /* of a list or a map, borrowed */
    size_t start;       /* of a list: a part of the array */
    size_t count;
};

struct value value_of_json(const json_t *json);
struct value value_of_text(struct ghm_bytes text);
struct value value_of_int(int64_t integer);
struct value value_of_bool(bool truth);

struct value value_of_item(const struct value *list, size_t index);

/** VALUE_NONE: there is no such key. */
struct value value_of_key(const struct value *map, struct ghm_bytes key);

/** Neither zero nor empty? */
bool value_is_true(const struct value *value);

/** As Go calls its type. */
const char *value_type_name(const struct value *value);

/** The keys of an object, sorted; NULL when there is no memory. */
const char **value_keys(struct arena *arena, const json_t *map);

#endif
