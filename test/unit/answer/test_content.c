/* SPDX-License-Identifier: MIT */
#include "answer/canon.h"
#include "answer/content.h"
#include "answer/validate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define TEXT(text) ghm_bytes((text), sizeof(text) - 1)

static json_t *parse(const char *text)
{
    json_error_t error;
    json_t *value = json_loads(text, JSON_DECODE_ANY, &error);
    assert_non_null(value);
    return value;
}

struct text {
    char canonical[1024];
    char id[GHM_CID_TEXT_MAX];
    char hex[GHM_CONTENT_HEX_MAX];
};

static struct text hash_of(const char *json)
{
    struct text text = {.canonical = ""};
    struct ghm_mem mem;
    struct ghm_buf buf;
    ghm_mem_init(&mem, NULL, 8192);
    ghm_buf_init(&buf, &mem, 1023);
    json_t *value = parse(json);
    assert_int_equal(ghm_canon_append(&buf, value), GHM_OK);
    json_decref(value);
    struct ghm_bytes bytes = ghm_buf_bytes(&buf);
    memcpy(text.canonical, bytes.ptr, bytes.len);
    ghm_content_id(text.id, bytes);
    ghm_content_hex(text.hex, bytes);
    ghm_buf_fini(&buf);
    ghm_mem_fini(&mem);
    return text;
}

static void assert_id(const char *json, const char *canonical, const char *id)
{
    struct text text = hash_of(json);
    assert_string_equal(text.canonical, canonical);
    assert_string_equal(text.id, id);
}

/* Source: the Python system's _compute_validation_hash, recomputed with hashlib and base64. */
static void has_the_known_hashes(void **state)
{
    (void)state;
    assert_id("{\"updatedAt\":\"2025-11-06T10:00:00Z\",\"pushedAt\":null}",
              "{\"pushedAt\": null, \"updatedAt\": \"2025-11-06T10:00:00Z\"}",
              "bafkreiaji6wqzeev5q2dkx7xibndtoqj6pp5p5dp2bwn5h7gyl4gyjtk2m");
    assert_id(
        "{\"r\xc3\xa9po\":{\"updatedAt\":null,\"pushedAt\":null},\"repo1\":{\"updatedAt\":"
        "\"2025-11-08T10:00:00Z\",\"pushedAt\":\"2025-11-08T09:00:00Z\"}}",
        "{\"repo1\": {\"pushedAt\": \"2025-11-08T09:00:00Z\", \"updatedAt\": "
        "\"2025-11-08T10:00:00Z\"}, \"r\\u00e9po\": {\"pushedAt\": null, \"updatedAt\": null}}",
        "bafkreigara24wh5ioadbbd5ova2eqwu6mvce3xucszhpnap32uosnse7ji");
    assert_id("{\"12345\":{\"status\":\"in_progress\",\"conclusion\":null,\"updatedAt\":"
              "\"2025-11-06T10:00:00Z\"}}",
              "{\"12345\": {\"conclusion\": null, \"status\": \"in_progress\", \"updatedAt\": "
              "\"2025-11-06T10:00:00Z\"}}",
              "bafkreiei6lphovosokraoyda7x42hl33zku75fkxt42xjj2era7ujsil6q");
    assert_id("{\"2\":{\"status\":\"offline\",\"busy\":true},\"1\":{\"status\":\"online\",\"busy\":"
              "false}}",
              "{\"1\": {\"busy\": false, \"status\": \"online\"}, \"2\": {\"busy\": true, "
              "\"status\": \"offline\"}}",
              "bafkreifmmz2pebgoal3uoacp4l2hw65n4ur5eoti5567cfdacpmep6zgri");
    struct text text = hash_of("{\"pushedAt\":null,\"updatedAt\":\"2025-11-06T10:00:00Z\"}");
    assert_string_equal(text.hex,
                        "0947ad0c9095ec34355ff7405a39ba09f3dfd7f46fd06cde9fe6c2f86c266ad3");
}

static void runners_of_a_list_have_the_known_hash(void **state)
{
    (void)state;
    json_t *data = parse("[{\"id\":2,\"name\":\"b\",\"status\":\"offline\",\"busy\":true},"
                         "{\"id\":1,\"name\":\"a\",\"status\":\"online\",\"busy\":false}]");
    json_t *fields;
    assert_int_equal(ghm_validate_fields(&fields, GHM_ROUTE_RUNNER, data), GHM_OK);
    char *json = json_dumps(fields, 0);
    struct text text = hash_of(json);
    assert_string_equal(text.id, "bafkreifmmz2pebgoal3uoacp4l2hw65n4ur5eoti5567cfdacpmep6zgri");
    free(json);
    json_decref(fields);
    json_decref(data);
}

static void both_forms_are_read(void **state)
{
    (void)state;
    struct text text = hash_of("{}");
    struct ghm_bytes canonical = TEXT("{}");
    assert_true(ghm_content_is(ghm_bytes_text(text.id), canonical));
    assert_true(ghm_content_is(ghm_bytes_text(text.hex), canonical));
    assert_false(ghm_content_is(ghm_bytes_text(text.id), TEXT("{ }")));
    assert_false(ghm_content_is(TEXT(""), canonical));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(has_the_known_hashes),
        cmocka_unit_test(runners_of_a_list_have_the_known_hash),
        cmocka_unit_test(both_forms_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
