/* SPDX-License-Identifier: MIT */
#include "template/eval.h"
#include "template/template.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct template_screen screen = {.now_s = 1767603600, .width = 20};

/* What went wrong with a template on some JSON; `ret_out`: what was shown. */
static void run(char ret_problem[256], char ret_out[256], struct ghm_bytes text, const char *json)
{
    struct template *template = template_new(text, &screen);
    assert_non_null(template);
    (void)template_run(template, ghm_bytes_text(json));
    (void)template_flush(template);
    struct ghm_bytes out = template_out(template);
    (void)snprintf(ret_problem, 256, "%s", template_problem(template));
    (void)snprintf(ret_out, 256, "%.*s", (int)(out.len < 255 ? out.len : 255),
                   (const char *)out.ptr);
    template_free(template);
}

static void expect(const char *text, const char *json, const char *out)
{
    char problem[256], shown[256];
    run(problem, shown, ghm_bytes_text(text), json);
    assert_string_equal(problem, "");
    assert_string_equal(shown, out);
}

static void refuse(const char *text, const char *json, const char *why)
{
    char problem[256], shown[256];
    run(problem, shown, ghm_bytes_text(text), json);
    assert_non_null(strstr(problem, why));
}

/* `count` times `before`, `middle`, and as often `after`. */
static const char *nest(char room[65536], size_t count, const char *before, const char *middle,
                        const char *after)
{
    size_t at = 0;
    for (size_t i = 0; i < count; i++)
        at += (size_t)snprintf(room + at, 65536 - at, "%s", before);
    at += (size_t)snprintf(room + at, 65536 - at, "%s", middle);
    for (size_t i = 0; i < count; i++)
        at += (size_t)snprintf(room + at, 65536 - at, "%s", after);
    return room;
}

static void shows_values(void **state)
{
    (void)state;
    expect("{{.a}} {{.b}} {{len .c}}", "{\"a\":1296269,\"c\":[1]}", "1.296269e+06 <no value> 1");
    expect("{{range $k, $v := .}}{{$k}}{{$v}}{{end}}", "{\"b\":1,\"a\":\"x\"}", "axb1");
    expect("{{range .}}{{tablerow .}}{{end}}", "[\"a long line that is cut\"]",
           "a long line that ...\n");
}

static void nesting_is_bounded(void **state)
{
    static char room[65536];
    (void)state;
    nest(room, 100, "{{if 1}}", "x", "{{end}}");
    expect(room, "{}", "x");
    refuse(nest(room, 300, "{{if 1}}", "x", "{{end}}"), "{}", "nested too deeply");
    refuse(nest(room, 300, "{{range .}}{{else}}", "x", "{{end}}"), "{}", "nested too deeply");
    (void)nest(room, 1, "{{", "", "");
    for (int i = 0; i < 300; i++)
        (void)strncat(room, "(", 2);
    refuse(room, "{}", "nested too deeply");
    (void)nest(room, 1, "{{if 0}}", "", "");
    for (int i = 0; i < 300; i++)
        (void)strncat(room, "{{else if 0}}", 14);
    refuse(room, "{}", "nested too deeply");
}

static void recursion_is_bounded(void **state)
{
    (void)state;
    refuse("{{define \"T\"}}{{template \"T\" .}}{{end}}{{template \"T\" .}}", "{}", "too deeply");
    refuse("{{define \"T\"}}{{template \"T\" (print .)}}{{end}}{{template \"T\" .}}", "{}",
           "too deeply");
}

static void variables_are_bounded(void **state)
{
    static char room[65536];
    (void)state;
    refuse(nest(room, TREE_VARIABLES_MAX, "{{$x := 1}}", "", ""), "{}", "too many variables");
}

static void output_is_bounded(void **state)
{
    (void)state;
    refuse("{{define \"T\"}}{{range .}}{{printf \"%1000000d\" 1}}{{end}}{{end}}"
           "{{template \"T\" .}}{{template \"T\" .}}{{template \"T\" .}}{{template \"T\" .}}"
           "{{template \"T\" .}}{{template \"T\" .}}{{template \"T\" .}}{{template \"T\" .}}",
           "[1,2,3,4,5,6,7,8,9]", "too large");
}

static void loops_are_bounded(void **state)
{
    static char room[65536];
    (void)state;
    (void)nest(room, 8, "{{range $}}", "", "{{end}}");
    refuse(room, "[1,2,3,4,5,6,7,8,9,10]", "too long");
}

static void calls_take_many_arguments(void **state)
{
    (void)state;
    expect("{{print 1 2 3 4 5 6 7 8 9 .}}", "10", "1 2 3 4 5 6 7 8 9 10");
    expect("{{10 | print 1 2 3 4 5 6 7 8}}", "10", "1 2 3 4 5 6 7 8 10");
}

static void every_truncation_ends(void **state)
{
    static const char text[] =
        "a {{- /* c */ -}} {{define \"T\"}}{{$x := \"q\\\"\"}}{{range $i, $e := .a}}{{if eq $i 1}}"
        "{{printf \"%5.2f|%v\" 1.5e3 $e | print}}{{else if "
        "'c'}}{{`raw`}}{{end}}{{break}}{{end}}{{end}}"
        "{{template \"T\" .}}{{with (index .a 0)}}{{.}}{{end}}";
    char problem[256], shown[256];
    (void)state;
    for (size_t len = 0; len <= strlen(text); len++)
        run(problem, shown, ghm_bytes(text, len), "{\"a\":[1,2]}");
    assert_string_equal(problem, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shows_values),         cmocka_unit_test(nesting_is_bounded),
        cmocka_unit_test(recursion_is_bounded), cmocka_unit_test(variables_are_bounded),
        cmocka_unit_test(output_is_bounded),    cmocka_unit_test(every_truncation_ends),
        cmocka_unit_test(loops_are_bounded),    cmocka_unit_test(calls_take_many_arguments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
