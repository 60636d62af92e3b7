/* SPDX-License-Identifier: MIT */
#include "answer/json.h"

#include <jansson.h>

bool ghm_json_is_text(struct ghm_bytes text)
{
    if (text.len == 0) return false;
    json_t *value = json_loadb((const char *)text.ptr, text.len, JSON_DECODE_ANY, NULL);
    bool is_text = value != NULL;
    json_decref(value);
    return is_text;
}
