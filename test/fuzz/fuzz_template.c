/* SPDX-License-Identifier: MIT */
#include "base/assert.h"
#include "fuzz.h"
#include "template/template.h"

#include <string.h>

/* A template, a byte 0, and the JSON it is applied to, twice. Without the byte: to an object that
 * has a bit of everything. */

static const char everything[] =
    "{\"a\":[1,\"x\",null,{\"b\":2.5}],\"b\":{\"c\":\"d\"},\"t\":\"2011-01-26T19:14:43Z\","
    "\"n\":null,\"y\":true,\"s\":\"\xe6\x97\xa5 <&>\"}";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct template_screen screen = {.now_s = 1767603600, .width = 20, .is_colored = true};
    if (size == 0 || size > 4096) return 0;
    const uint8_t *end = memchr(data, 0, size);
    size_t len = end == NULL ? size : (size_t)(end - data);
    struct ghm_bytes json = ghm_bytes_text(everything);
    if (end != NULL) json = ghm_bytes_from(ghm_bytes(data, size), len + 1);
    struct template *template = template_new(ghm_bytes(data, len), &screen);
    GHM_ASSERT(template != NULL);
    for (int i = 0; i < 2; i++) {
        bool is_done = template_run(template, json);
        GHM_ASSERT(is_done == (template_problem(template)[0] == '\0'));
    }
    (void)template_flush(template);
    template_free(template);
    return 0;
}
