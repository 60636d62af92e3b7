/* SPDX-License-Identifier: MIT */
#include "answer/lexeme.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

/* The tokens of a text as "N:name M:{ ..."; read from a block of its own size. */
static void tokens(const char *text, size_t len, char ret_tokens[256])
{
    static const char letters[] = "ENDSMB";
    char *copy = malloc(len == 0 ? 1 : len);
    assert_non_null(copy);
    memcpy(copy, text, len);
    struct ghm_bytes walk = ghm_bytes(copy, len);
    struct ghm_lexeme lexeme;
    size_t at = 0;
    do {
        lexeme = ghm_lexeme_next(&walk);
        assert_true(at + lexeme.text.len + 3 < 256);
        ret_tokens[at++] = letters[lexeme.type];
        memcpy(ret_tokens + at, lexeme.text.ptr, lexeme.text.len);
        at += lexeme.text.len;
        ret_tokens[at++] = ' ';
    } while (lexeme.type != GHM_LEXEME_END && lexeme.type != GHM_LEXEME_BAD);
    ret_tokens[at - 1] = '\0';
    free(copy);
}

static void documents_are_cut_into_tokens(void **state)
{
    static const struct {
        const char *text;
        const char *tokens;
    } rows[] = {
        {"", "E"},
        {" \t\r\n,,# all\n# of it", "E"},
        {"\xef\xbb\xbf{a}", "M{ Na M} E"},
        {"query Q($n:Int=-1.5e+3){a}", "Nquery NQ M( M$ Nn M: NInt M= D-1.5e+3 M) M{ Na M} E"},
        {"{...F@x(y:[1,2]){_b}}", "M{ M... NF M@ Nx M( Ny M: M[ D1 D2 M] M) M{ N_b M} M} E"},
        {"a#{}\nb", "Na Nb E"},
        {"a#{}\rb", "Na Nb E"},
        {"\"#}\"", "S\"#}\" E"},
        {"\"a\\\"b\" c", "S\"a\\\"b\" Nc E"},
        {"\"\" x", "S\"\" Nx E"},
        {"\"\"\"a\"b\n#\"\"\"c", "S\"\"\"a\"b\n#\"\"\" Nc E"},
        {"\"\"\"\\\"\"\"}\"\"\"c", "S\"\"\"\\\"\"\"}\"\"\" Nc E"},
        {"\"\"\"\"\"\"c", "S\"\"\"\"\"\" Nc E"},
        {"\"a\nb\"", "B"},
        {"\"a", "B"},
        {"\"a\\", "B"},
        {"\"\"\"a\"\"", "B"},
        {"a..b", "Na B"},
        {"a%", "Na B"},
        {"\xc3\xa4", "B"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[256];
        tokens(rows[i].text, strlen(rows[i].text), text);
        assert_string_equal(text, rows[i].tokens);
    }
}

static void a_nul_and_every_byte_alone_are_read_in_bounds(void **state)
{
    (void)state;
    for (int byte = 0; byte < 256; byte++) {
        char text[256];
        char one = (char)byte;
        tokens(&one, 1, text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(documents_are_cut_into_tokens),
        cmocka_unit_test(a_nul_and_every_byte_alone_are_read_in_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
