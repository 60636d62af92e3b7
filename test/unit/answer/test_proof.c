/* SPDX-License-Identifier: MIT */
#include "answer/proof.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define TEXT(text) ghm_bytes((text), sizeof(text) - 1)

static const struct ghm_identity anonymous = {{0}};
static const struct ghm_identity a = {{1}};
static const struct ghm_identity b = {{2}};

static struct ghm_entry of(struct ghm_identity identity)
{
    return (struct ghm_entry){.kind = GHM_ENTRY_ORIGIN,
                              .status = 200,
                              .identity = identity,
                              .name = TEXT("GET api.github.com/repos/o/r")};
}

static void own_and_public_answers_are_served(void **state)
{
    (void)state;
    struct ghm_entry entry = of(a);
    assert_int_equal(ghm_proof_judge(&entry, &a), GHM_PROOF_SERVE);
    entry = of(anonymous);
    assert_int_equal(ghm_proof_judge(&entry, &a), GHM_PROOF_SERVE);
    assert_int_equal(ghm_proof_judge(&entry, &anonymous), GHM_PROOF_SERVE);
}

/* T4: what A got is A's until GitHub says 304 to B. */
static void t4_anothers_answer_is_proven_first(void **state)
{
    (void)state;
    struct ghm_entry entry = of(a);
    assert_int_equal(ghm_proof_judge(&entry, &b), GHM_PROOF_PROVE);
}

/* T4: a refusal of A's says nothing about B. */
static void t4_anothers_refusal_is_of_no_use(void **state)
{
    (void)state;
    static const uint16_t statuses[] = {204, 301, 401, 403, 404, 410, 422, 451, 500};
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
        struct ghm_entry entry = of(a);
        entry.status = statuses[i];
        assert_int_equal(ghm_proof_judge(&entry, &b), GHM_PROOF_NEVER);
    }
}

/* T27: an anonymous 304 is charged and proves nothing. */
static void t27_nobody_proves_nothing(void **state)
{
    (void)state;
    struct ghm_entry entry = of(a);
    assert_int_equal(ghm_proof_judge(&entry, &anonymous), GHM_PROOF_NEVER);
}

static void values_and_posts_cannot_be_proven(void **state)
{
    (void)state;
    struct ghm_entry entry = of(a);
    entry.kind = GHM_ENTRY_PUT;
    assert_int_equal(ghm_proof_judge(&entry, &b), GHM_PROOF_NEVER);
    entry = of(a);
    entry.name = TEXT("POST api.github.com/graphql body=00");
    assert_int_equal(ghm_proof_judge(&entry, &b), GHM_PROOF_NEVER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(own_and_public_answers_are_served),
        cmocka_unit_test(t4_anothers_answer_is_proven_first),
        cmocka_unit_test(t4_anothers_refusal_is_of_no_use),
        cmocka_unit_test(t27_nobody_proves_nothing),
        cmocka_unit_test(values_and_posts_cannot_be_proven),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
