/* SPDX-License-Identifier: MIT */
#include "front.h"

#include "front/refusal.h"

#include <jansson.h>

static void every_refusal_is_json(void **state)
{
    static const enum ghm_refusal all[] = {
#define ID(id, status, text) id,
        GHM_REFUSAL_MAP(ID)
#undef ID
    };
    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        struct ghm_refusal_row row = ghm_refusal_row(all[i]);
        json_t *json = json_loadb((const char *)row.body.ptr, row.body.len, 0, NULL);
        assert_non_null(json);
        const char *message = json_string_value(json_object_get(json, "message"));
        assert_non_null(message);
        assert_int_equal(strncmp(message, "ghmesh: ", 8), 0);
        assert_in_range(row.status, 400, 599);
        json_decref(json);
    }
}

static void errors_have_statuses(void **state)
{
    static const struct {
        int error;
        int status;
    } rows[] = {
        {GHM_ETIMEOUT, 504}, {GHM_EORIGIN, 502}, {GHM_ERATE, 429},  {GHM_ELIMIT, 503},
        {GHM_ECLOSED, 503},  {GHM_EIO, 500},     {GHM_EINVAL, 500}, {GHM_ENOMEM, 500},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(ghm_refusal_row(ghm_refusal_of_error(rows[i].error)).status,
                         rows[i].status);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_refusal_is_json),
        cmocka_unit_test(errors_have_statuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
