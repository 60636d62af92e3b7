/* SPDX-License-Identifier: MIT */
#include "base/list.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct thing {
    int number;
    struct ghm_list node;
};

static void assert_order(struct ghm_list *list, const int *numbers, size_t count)
{
    struct ghm_list *at = list->next;
    for (size_t i = 0; i < count; i++, at = at->next) {
        assert_ptr_not_equal(at, list);
        assert_int_equal(GHM_LIST_OF(at, struct thing, node)->number, numbers[i]);
        assert_ptr_equal(at->next->prev, at);
    }
    assert_ptr_equal(at, list);
}

static void first_in_first_out(void **state)
{
    (void)state;
    struct ghm_list list;
    struct thing things[3] = {{1, {0}}, {2, {0}}, {3, {0}}};
    ghm_list_init(&list);
    assert_true(ghm_list_is_empty(&list));
    assert_null(ghm_list_pop(&list));
    for (int i = 0; i < 3; i++)
        ghm_list_append(&list, &things[i].node);
    assert_order(&list, (int[]){1, 2, 3}, 3);
    assert_ptr_equal(ghm_list_pop(&list), &things[0].node);
    assert_true(ghm_list_is_empty(&things[0].node));
    assert_order(&list, (int[]){2, 3}, 2);
    ghm_list_append(&list, &things[0].node);
    assert_order(&list, (int[]){2, 3, 1}, 3);
    while (ghm_list_pop(&list) != NULL)
        continue;
    assert_true(ghm_list_is_empty(&list));
}

static void remove_from_anywhere_and_twice(void **state)
{
    (void)state;
    for (int gone = 0; gone < 3; gone++) {
        struct ghm_list list;
        struct thing things[3] = {{0, {0}}, {1, {0}}, {2, {0}}};
        int left[2], count = 0;
        ghm_list_init(&list);
        for (int i = 0; i < 3; i++)
            ghm_list_append(&list, &things[i].node);
        ghm_list_remove(&things[gone].node);
        ghm_list_remove(&things[gone].node);
        for (int i = 0; i < 3; i++)
            if (i != gone) left[count++] = i;
        assert_order(&list, left, 2);
        assert_true(ghm_list_is_empty(&things[gone].node));
    }
}

static void node_moves_from_list_to_list(void **state)
{
    (void)state;
    struct ghm_list a, b;
    struct thing thing = {7, {0}};
    ghm_list_init(&a);
    ghm_list_init(&b);
    ghm_list_append(&a, &thing.node);
    ghm_list_remove(&thing.node);
    ghm_list_append(&b, &thing.node);
    assert_true(ghm_list_is_empty(&a));
    assert_order(&b, (int[]){7}, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_in_first_out),
        cmocka_unit_test(remove_from_anywhere_and_twice),
        cmocka_unit_test(node_moves_from_list_to_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
