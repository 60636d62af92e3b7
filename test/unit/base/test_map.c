/* SPDX-License-Identifier: MIT */
#include "base/map.h"

#include "base/list.h"
#include "death.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT 5000

static const uint8_t seed[16] = {1, 2, 3};

struct thing {
    struct ghm_map_node node;
    uint32_t key;
    bool is_seen;
};

struct fixture {
    struct ghm_mem mem;
    struct ghm_map map;
    struct thing things[COUNT];
};

static struct fixture *fixture_new(size_t count_max)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    ghm_mem_init(&f->mem, NULL, 1 << 20);
    ghm_map_init(&f->map, &f->mem, count_max, seed);
    for (uint32_t i = 0; i < COUNT; i++)
        f->things[i].key = i;
    return f;
}

static void fixture_free(struct fixture *f)
{
    ghm_map_fini(&f->map);
    ghm_mem_fini(&f->mem);
    free(f);
}

static struct ghm_bytes key_of(const struct thing *thing)
{
    return ghm_bytes(&thing->key, sizeof thing->key);
}

static int insert(struct fixture *f, uint32_t i)
{
    return ghm_map_insert(&f->map, &f->things[i].node, key_of(&f->things[i]));
}

static void bound_is_reached_and_not_passed(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(100);
    for (uint32_t i = 0; i < 100; i++)
        assert_int_equal(insert(f, i), GHM_OK);
    assert_int_equal(insert(f, 100), GHM_ELIMIT);
    assert_int_equal(f->map.count, 100);
    assert_null(ghm_map_find(&f->map, key_of(&f->things[100])));
    /* A key that is there is told from a full map. */
    struct thing again = {.key = 5};
    assert_int_equal(ghm_map_insert(&f->map, &again.node, key_of(&again)), GHM_EINVAL);
    ghm_map_remove(&f->map, &f->things[7].node);
    assert_int_equal(insert(f, 100), GHM_OK);
    assert_int_equal(insert(f, 7), GHM_ELIMIT);
    fixture_free(f);
}

static void growth_loses_nothing(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(COUNT);
    assert_null(ghm_map_find(&f->map, ghm_bytes_text("x"))); /* before the first bucket */
    assert_null(ghm_map_next(&f->map, NULL));
    for (uint32_t i = 0; i < COUNT; i++) {
        assert_int_equal(insert(f, i), GHM_OK);
        if ((i & (i + 1)) != 0) continue; /* around every growth */
        for (uint32_t j = 0; j <= i; j++)
            assert_ptr_equal(ghm_map_find(&f->map, key_of(&f->things[j])), &f->things[j].node);
    }
    assert_true(f->map.buckets_count >= COUNT && f->map.buckets_count < 4 * COUNT);
    fixture_free(f);
}

static void refused_growth_loses_nothing(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(COUNT);
    for (uint32_t i = 0; i < 64; i++) {
        f->mem.fail_after = 1;
        int error = insert(f, i);
        bool is_grown = i == 0 || i == 16 || i == 32;
        assert_int_equal(error, is_grown ? GHM_ENOMEM : GHM_OK);
        f->mem.fail_after = 0;
        if (is_grown) assert_null(ghm_map_find(&f->map, key_of(&f->things[i])));
        if (is_grown) assert_int_equal(insert(f, i), GHM_OK);
    }
    for (uint32_t i = 0; i < 64; i++)
        assert_ptr_equal(ghm_map_find(&f->map, key_of(&f->things[i])), &f->things[i].node);
    fixture_free(f);
}

static void walk_meets_each_once(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(COUNT);
    size_t met = 0;
    for (uint32_t i = 0; i < COUNT; i++)
        assert_int_equal(insert(f, i), GHM_OK);
    for (struct ghm_map_node *at = NULL; (at = ghm_map_next(&f->map, at)) != NULL; met++) {
        struct thing *thing = GHM_LIST_OF(at, struct thing, node);
        assert_false(thing->is_seen);
        thing->is_seen = true;
    }
    assert_int_equal(met, COUNT);
    fixture_free(f);
}

/* As the header allows: the node before the one held goes away during the walk. */
static void walk_with_removal_behind(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(COUNT);
    size_t met = 0;
    for (uint32_t i = 0; i < COUNT; i++)
        assert_int_equal(insert(f, i), GHM_OK);
    struct ghm_map_node *at = ghm_map_next(&f->map, NULL);
    while (at != NULL) {
        struct ghm_map_node *following = ghm_map_next(&f->map, at);
        struct thing *thing = GHM_LIST_OF(at, struct thing, node);
        assert_false(thing->is_seen);
        thing->is_seen = true;
        if (thing->key % 3 != 0) ghm_map_remove(&f->map, at);
        at = following;
        met++;
    }
    assert_int_equal(met, COUNT);
    assert_int_equal(f->map.count, (COUNT + 2) / 3);
    for (uint32_t i = 0; i < COUNT; i++) {
        struct ghm_map_node *found = ghm_map_find(&f->map, key_of(&f->things[i]));
        assert_ptr_equal(found, i % 3 == 0 ? &f->things[i].node : NULL);
    }
    fixture_free(f);
}

/* Everything in one bucket: chains work, from their head, middle and end. */
static void chains_lose_nothing(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(16);
    for (uint32_t i = 0; i < 16; i++)
        assert_int_equal(insert(f, i), GHM_OK); /* 16 buckets, 16 nodes: some share */
    for (uint32_t i = 0; i < 16; i++) {
        ghm_map_remove(&f->map, &f->things[i].node);
        for (uint32_t j = 0; j < 16; j++) {
            struct ghm_map_node *found = ghm_map_find(&f->map, key_of(&f->things[j]));
            assert_ptr_equal(found, j > i ? &f->things[j].node : NULL);
        }
    }
    assert_int_equal(f->map.count, 0);
    assert_null(ghm_map_next(&f->map, NULL));
    fixture_free(f);
}

static void keys_are_bytes_and_not_text(void **state)
{
    (void)state;
    struct ghm_mem mem;
    struct ghm_map map;
    struct ghm_map_node nodes[4] = {{0}};
    ghm_mem_init(&mem, NULL, 4096);
    ghm_map_init(&map, &mem, 10, seed);
    assert_int_equal(ghm_map_insert(&map, &nodes[0], ghm_bytes("a\0b", 3)), GHM_OK);
    assert_int_equal(ghm_map_insert(&map, &nodes[1], ghm_bytes("a\0c", 3)), GHM_OK);
    assert_int_equal(ghm_map_insert(&map, &nodes[2], ghm_bytes("a", 1)), GHM_OK);
    assert_int_equal(ghm_map_insert(&map, &nodes[3], ghm_bytes("", 0)), GHM_OK);
    assert_ptr_equal(ghm_map_find(&map, ghm_bytes("a\0c", 3)), &nodes[1]);
    assert_ptr_equal(ghm_map_find(&map, ghm_bytes("a", 1)), &nodes[2]);
    assert_ptr_equal(ghm_map_find(&map, ghm_bytes("", 0)), &nodes[3]);
    assert_null(ghm_map_find(&map, ghm_bytes("a\0", 2)));
    ghm_map_fini(&map);
    ghm_map_fini(&map);
    ghm_mem_fini(&mem);
}

/* Two keys of one hash, which no test can find: the bucket is made by hand. */
static void equal_hashes_are_not_equal_keys(void **state)
{
    (void)state;
    struct ghm_mem mem;
    struct ghm_map map;
    struct ghm_map_node one = {0}, two = {0};
    ghm_mem_init(&mem, NULL, 4096);
    ghm_map_init(&map, &mem, 10, seed);
    assert_int_equal(ghm_map_insert(&map, &one, ghm_bytes_text("one")), GHM_OK);
    one.key = ghm_bytes_text("two that has the hash of one");
    assert_null(ghm_map_find(&map, ghm_bytes_text("one")));
    assert_int_equal(ghm_map_insert(&map, &two, ghm_bytes_text("one")), GHM_OK);
    assert_ptr_equal(ghm_map_find(&map, ghm_bytes_text("one")), &two);
    ghm_map_fini(&map);
    ghm_mem_fini(&mem);
}

static void assert_seed_decides(struct ghm_bytes key)
{
    struct ghm_mem mem;
    struct ghm_map a, b;
    struct ghm_map_node one = {0}, two = {0};
    const uint8_t other[16] = {9};
    ghm_mem_init(&mem, NULL, 4096);
    ghm_map_init(&a, &mem, 10, seed);
    ghm_map_init(&b, &mem, 10, other);
    assert_int_equal(ghm_map_insert(&a, &one, key), GHM_OK);
    assert_int_equal(ghm_map_insert(&b, &two, key), GHM_OK);
    assert_true(one.hash != two.hash);
    ghm_map_fini(&a);
    ghm_map_fini(&b);
    ghm_mem_fini(&mem);
}

static void seed_decides_the_buckets(void **state)
{
    (void)state;
    assert_seed_decides(ghm_bytes_text("key"));
    assert_seed_decides(ghm_bytes_text("four"));
}

static void remove_what_is_not_there(void)
{
    struct fixture *f = fixture_new(16);
    (void)!insert(f, 1);
    ghm_map_remove(&f->map, &f->things[2].node);
}

static void our_bugs_stop_the_process(void **state)
{
    (void)state;
    assert_true(dies(remove_what_is_not_there));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bound_is_reached_and_not_passed),
        cmocka_unit_test(growth_loses_nothing),
        cmocka_unit_test(refused_growth_loses_nothing),
        cmocka_unit_test(walk_meets_each_once),
        cmocka_unit_test(walk_with_removal_behind),
        cmocka_unit_test(chains_lose_nothing),
        cmocka_unit_test(keys_are_bytes_and_not_text),
        cmocka_unit_test(equal_hashes_are_not_equal_keys),
        cmocka_unit_test(seed_decides_the_buckets),
        cmocka_unit_test(our_bugs_stop_the_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
