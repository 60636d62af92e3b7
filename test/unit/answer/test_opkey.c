/* SPDX-License-Identifier: MIT */
#include "answer/opkey.h"
#include <math.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define TEXT(text) ghm_bytes((text), sizeof(text) - 1)

static char encoded[GHM_OPKEY_TEXT_MAX + 1];

static int encode(const char *op, const struct ghm_opkey_arg *args, size_t count)
{
    struct ghm_mem mem;
    struct ghm_buf buf;
    ghm_mem_init(&mem, NULL, 16384);
    ghm_buf_init(&buf, &mem, GHM_OPKEY_TEXT_MAX);
    int error = ghm_opkey_encode(&buf, op, args, count);
    struct ghm_bytes text = ghm_buf_bytes(&buf);
    if (text.len > 0) memcpy(encoded, text.ptr, text.len);
    encoded[text.len] = '\0';
    ghm_buf_fini(&buf);
    ghm_mem_fini(&mem);
    return error;
}

static struct ghm_opkey_arg string(const char *name, const char *text)
{
    return (struct ghm_opkey_arg){name, GHM_OPKEY_STRING, {.string = ghm_bytes_text(text)}};
}

static struct ghm_opkey_arg integer(const char *name, int64_t number)
{
    return (struct ghm_opkey_arg){name, GHM_OPKEY_INTEGER, {.integer = number}};
}

static struct ghm_opkey_arg real(const char *name, double number)
{
    return (struct ghm_opkey_arg){name, GHM_OPKEY_REAL, {.real = number}};
}

static struct ghm_opkey_arg truth(const char *name, bool is_true)
{
    return (struct ghm_opkey_arg){name, GHM_OPKEY_TRUTH, {.truth = is_true}};
}

static struct ghm_opkey_arg null(const char *name)
{
    return (struct ghm_opkey_arg){.name = name, .type = GHM_OPKEY_NULL};
}

static void assert_canon(const char *key, const char *expected)
{
    char text[GHM_OPKEY_TEXT_MAX];
    int len = ghm_opkey_canon(text, ghm_bytes_text(key));
    assert_int_equal(len, strlen(expected));
    assert_memory_equal(text, expected, (size_t)len);
}

/* An encoded key is canonical already. */
static void assert_one(struct ghm_opkey_arg arg, const char *expected)
{
    assert_int_equal(encode("op", &arg, 1), GHM_OK);
    assert_string_equal(encoded, expected);
    assert_canon(encoded, expected);
}

/* Source: keys that the programs in Python have always made. */
static void plain_forms_look_as_always(void **state)
{
    (void)state;
    const struct ghm_opkey_arg repos[] = {string("owner", "me"), integer("limit", 10)};
    assert_int_equal(encode("list_repos", repos, 2), GHM_OK);
    assert_string_equal(encoded, "list_repos:limit=10:owner=me");
    const struct ghm_opkey_arg runs[] = {string("repo", "o/r"), string("status", "in_progress"),
                                         null("branch"), integer("limit", 20)};
    assert_int_equal(encode("list_workflow_runs", runs, 4), GHM_OK);
    assert_string_equal(encoded,
                        "list_workflow_runs:branch=None:limit=20:repo=o/r:status=in_progress");
    assert_int_equal(encode("runners", (struct ghm_opkey_arg[]){string(NULL, "all")}, 1), GHM_OK);
    assert_string_equal(encoded, "runners:all");
    assert_int_equal(encode("op", NULL, 0), GHM_OK);
    assert_string_equal(encoded, "op");
}

static void every_type_has_its_form(void **state)
{
    (void)state;
    assert_one(integer("n", INT64_MIN), "op:n=-9223372036854775808");
    assert_one(integer(NULL, 0), "op:0");
    assert_one(real("x", 1.0), "op:x=1.0");
    assert_one(real("x", 1e16), "op:x=1e+16");
    assert_one(real("x", -(double)INFINITY), "op:x=-inf");
    assert_one(truth("t", true), "op:t=True");
    assert_one(truth("t", false), "op:t=False");
    assert_one(null(NULL), "op:None");
    assert_one(string("s", ""), "op:s=");
    assert_one(string(NULL, ""), "op:");
    assert_one(string("s", "\xc3\xa9"), "op:s=\xc3\xa9");
}

static void strings_that_look_like_another_type_are_quoted(void **state)
{
    (void)state;
    assert_one(string("s", "10"), "op:s='10");
    assert_one(string("s", "-007"), "op:s='-007");
    assert_one(string("s", "1.5"), "op:s='1.5");
    assert_one(string("s", "1e5"), "op:s='1e5");
    assert_one(string("s", "1e+16"), "op:s='1e+16");
    assert_one(string("s", "None"), "op:s='None");
    assert_one(string("s", "True"), "op:s='True");
    assert_one(string("s", "False"), "op:s='False");
    assert_one(string("s", "nan"), "op:s='nan");
    assert_one(string("s", "-inf"), "op:s='-inf");
    assert_one(string("s", "'quoted"), "op:s=''quoted");
    assert_one(string("s", "'"), "op:s=''");
    assert_one(string("s", "1."), "op:s=1.");
    assert_one(string("s", "-"), "op:s=-");
    assert_one(string("s", "none"), "op:s=none");
    assert_one(string("s", "1e"), "op:s=1e");
    assert_one(string("s", "it's"), "op:s=it's");
}

static void reserved_bytes_are_escaped(void **state)
{
    (void)state;
    assert_one(string("s", "a:b=c%d e\tf\x7f"), "op:s=a%3Ab%3Dc%25d%20e%09f%7F");
    assert_one(string("a:b", "x"), "op:a%3Ab=x");
    struct ghm_opkey_arg nul = {"s", GHM_OPKEY_STRING, {.string = ghm_bytes("a\0b", 3)}};
    assert_one(nul, "op:s=a%00b");
    assert_int_equal(encode("a:b", NULL, 0), GHM_OK);
    assert_string_equal(encoded, "a%3Ab");
}

static void assert_distinct(const struct ghm_opkey_arg *a, size_t a_count,
                            const struct ghm_opkey_arg *b, size_t b_count)
{
    char first[GHM_OPKEY_TEXT_MAX + 1];
    assert_int_equal(encode("op", a, a_count), GHM_OK);
    memcpy(first, encoded, sizeof first);
    assert_int_equal(encode("op", b, b_count), GHM_OK);
    assert_string_not_equal(first, encoded);
}

static void two_arguments_are_not_one_with_a_colon(void **state)
{
    (void)state;
    const struct ghm_opkey_arg two[] = {string(NULL, "a"), string(NULL, "b")};
    const struct ghm_opkey_arg one[] = {string(NULL, "a:b")};
    assert_distinct(two, 2, one, 1);
}

static void none_is_not_its_name(void **state)
{
    (void)state;
    assert_distinct((struct ghm_opkey_arg[]){null("x")}, 1,
                    (struct ghm_opkey_arg[]){string("x", "None")}, 1);
    assert_distinct((struct ghm_opkey_arg[]){truth("x", true)}, 1,
                    (struct ghm_opkey_arg[]){string("x", "True")}, 1);
}

static void a_number_is_not_its_digits(void **state)
{
    (void)state;
    assert_distinct((struct ghm_opkey_arg[]){integer("x", 1)}, 1,
                    (struct ghm_opkey_arg[]){string("x", "1")}, 1);
    assert_distinct((struct ghm_opkey_arg[]){integer("x", 1)}, 1,
                    (struct ghm_opkey_arg[]){real("x", 1.0)}, 1);
}

static void a_value_is_not_two_parameters(void **state)
{
    (void)state;
    const struct ghm_opkey_arg two[] = {integer("a", 1), integer("b", 2)};
    const struct ghm_opkey_arg one[] = {string("a", "1:b=2")};
    assert_distinct(two, 2, one, 1);
    assert_distinct((struct ghm_opkey_arg[]){string(NULL, "a=b")}, 1,
                    (struct ghm_opkey_arg[]){string("a", "b")}, 1);
}

static void positional_ones_keep_their_order(void **state)
{
    (void)state;
    const struct ghm_opkey_arg args[] = {integer("b", 1), string(NULL, "z"), integer("a", 2),
                                         string(NULL, "y")};
    assert_int_equal(encode("op", args, 4), GHM_OK);
    assert_string_equal(encoded, "op:z:y:a=2:b=1");
}

static void any_order_and_spelling_is_one_key(void **state)
{
    (void)state;
    assert_canon("list_repos:limit=10:owner=me", "list_repos:limit=10:owner=me");
    assert_canon("list_repos:owner=me:limit=10", "list_repos:limit=10:owner=me");
    assert_canon("op:b=1:x:a=2", "op:x:a=2:b=1");
    assert_canon("op:a=%6de", "op:a=me");
    assert_canon("op:a=x y", "op:a=x%20y");
    assert_canon("op:a=x=y", "op:a=x%3Dy");
    assert_canon("op:a=x%3dy", "op:a=x%3Dy");
    assert_canon("op:a='me", "op:a=me");
    assert_canon("op:a=%31", "op:a='1");
    assert_canon("op:a='%27x", "op:a=''x");
    assert_canon("op:", "op:");
    assert_canon("op::", "op::");
}

static void malformed_keys_are_refused(void **state)
{
    (void)state;
    static const char *const malformed[] = {
        "",       ":a=1",    "op:=1",    "op:a=1:a=2", "op:a=1:%61=2",
        "op:a=%", "op:a=%4", "op:a=%4g", "%",          "op%zz"};
    char text[GHM_OPKEY_TEXT_MAX];
    for (size_t i = 0; i < sizeof malformed / sizeof malformed[0]; i++) {
        assert_int_equal(ghm_opkey_canon(text, ghm_bytes_text(malformed[i])), GHM_EINVAL);
    }
    assert_int_equal(encode("", NULL, 0), GHM_EINVAL);
    assert_int_equal(encode("op", (struct ghm_opkey_arg[]){null("")}, 1), GHM_EINVAL);
    const struct ghm_opkey_arg twice[] = {null("a"), string("b", "x"), integer("a", 1)};
    assert_int_equal(encode("op", twice, 3), GHM_EINVAL);
}

static void holds_its_bounds(void **state)
{
    (void)state;
    static char key[GHM_OPKEY_TEXT_MAX + 2];
    char text[GHM_OPKEY_TEXT_MAX];
    memset(key, 'a', sizeof key - 1);
    assert_int_equal(ghm_opkey_canon(text, ghm_bytes(key, GHM_OPKEY_TEXT_MAX)), GHM_OPKEY_TEXT_MAX);
    assert_int_equal(ghm_opkey_canon(text, ghm_bytes(key, GHM_OPKEY_TEXT_MAX + 1)), GHM_ELIMIT);
    key[7] = ' ';
    assert_int_equal(ghm_opkey_canon(text, ghm_bytes(key, GHM_OPKEY_TEXT_MAX)), GHM_ELIMIT);
    assert_int_equal(encode(key, NULL, 0), GHM_ELIMIT);
    struct ghm_opkey_arg args[GHM_OPKEY_ARGS_MAX + 1];
    for (size_t i = 0; i <= GHM_OPKEY_ARGS_MAX; i++)
        args[i] = null(NULL);
    assert_int_equal(encode("op", args, GHM_OPKEY_ARGS_MAX), GHM_OK);
    struct ghm_bytes longest = ghm_bytes_text(encoded);
    assert_true(ghm_opkey_canon(text, longest) > 0);
    memcpy(encoded + longest.len, ":", 2);
    assert_int_equal(ghm_opkey_canon(text, ghm_bytes_text(encoded)), GHM_ELIMIT);
    assert_int_equal(encode("op", args, GHM_OPKEY_ARGS_MAX + 1), GHM_ELIMIT);
}

/* Every truncation and every flipped bit is either refused or has a canonical form of its own. */
static void canonical_forms_are_fixed_points(void **state)
{
    (void)state;
    static const char key[] = "list_runs:x:branch=None:limit=20:name='10:repo=o%3Ar:v=1.5";
    char once[GHM_OPKEY_TEXT_MAX];
    char twice[GHM_OPKEY_TEXT_MAX];
    for (size_t i = 0; i < 8 * (sizeof key - 1) + sizeof key; i++) {
        char changed[sizeof key];
        size_t len = i < sizeof key ? i : sizeof key - 1;
        memcpy(changed, key, sizeof key);
        if (i >= sizeof key) {
            size_t bit = i - sizeof key;
            changed[bit / 8] = (char)(changed[bit / 8] ^ (1 << bit % 8));
        }
        int first = ghm_opkey_canon(once, ghm_bytes(changed, len));
        if (first < 0) continue;
        int second = ghm_opkey_canon(twice, ghm_bytes(once, (size_t)first));
        assert_int_equal(first, second);
        assert_memory_equal(once, twice, (size_t)first);
    }
}

static void op_is_the_first_part(void **state)
{
    (void)state;
    assert_true(ghm_bytes_equal(ghm_opkey_op(TEXT("list_repos:limit=10")), TEXT("list_repos")));
    assert_true(ghm_bytes_equal(ghm_opkey_op(TEXT("list_repos")), TEXT("list_repos")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_forms_look_as_always),
        cmocka_unit_test(every_type_has_its_form),
        cmocka_unit_test(strings_that_look_like_another_type_are_quoted),
        cmocka_unit_test(reserved_bytes_are_escaped),
        cmocka_unit_test(two_arguments_are_not_one_with_a_colon),
        cmocka_unit_test(none_is_not_its_name),
        cmocka_unit_test(a_number_is_not_its_digits),
        cmocka_unit_test(a_value_is_not_two_parameters),
        cmocka_unit_test(positional_ones_keep_their_order),
        cmocka_unit_test(any_order_and_spelling_is_one_key),
        cmocka_unit_test(malformed_keys_are_refused),
        cmocka_unit_test(holds_its_bounds),
        cmocka_unit_test(canonical_forms_are_fixed_points),
        cmocka_unit_test(op_is_the_first_part),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
