/* SPDX-License-Identifier: MIT */
#include "template/color.h"

#include <stdio.h>
#include <string.h>

/* "name+letters" */
struct half {
    struct ghm_bytes name;
    struct ghm_bytes letters;
};

static struct ghm_bytes split(struct ghm_bytes *text, char mark)
{
    size_t len = 0;
    while (len < text->len && text->ptr[len] != (uint8_t)mark)
        len++;
    struct ghm_bytes head = ghm_bytes_upto(*text, len);
    *text = ghm_bytes_from(*text, len < text->len ? len + 1 : len);
    return head;
}

static struct half read_half(struct ghm_bytes *style)
{
    struct ghm_bytes rest = split(style, ':');
    struct half half = {.name = split(&rest, '+')};
    half.letters = split(&rest, '+');
    return half;
}

static bool has(struct ghm_bytes letters, char letter)
{
    return letters.len > 0 && memchr(letters.ptr, letter, letters.len) != NULL;
}

static int number_of(struct ghm_bytes name)
{
    static const char *const names[] = {"black",   "red",  "green", "yellow", "blue",
                                        "magenta", "cyan", "white", "",       "default"};
    for (int i = 0; i < 10; i++) {
        if (ghm_bytes_equal(name, ghm_bytes_text(names[i]))) return i == 8 ? 0 : i;
    }
    return 0;
}

/* Of 256 colors; false: it is no number. */
static bool read_number(long *ret_number, struct ghm_bytes name)
{
    size_t i = name.len > 0 && (name.ptr[0] == '+' || name.ptr[0] == '-') ? 1 : 0;
    if (i == name.len || name.len > 10) return false;
    long number = 0;
    for (; i < name.len; i++) {
        if (name.ptr[i] < '0' || name.ptr[i] > '9') return false;
        number = number * 10 + (name.ptr[i] - '0');
    }
    *ret_number = name.ptr[0] == '-' ? -number : number;
    return true;
}

static int append_number(struct ghm_buf *buf, const struct half *half, int base, const char *many)
{
    char code[48];
    long number;
    if (read_number(&number, half->name))
        (void)snprintf(code, sizeof code, ";%s;5;%ld", many, number);
    else
        (void)snprintf(code, sizeof code, ";%d",
                       base + (has(half->letters, 'h') ? 60 : 0) + number_of(half->name));
    return ghm_buf_append_text(buf, code);
}

static int append_letters(struct ghm_buf *buf, struct ghm_bytes letters)
{
    static const char known[] = "bdBuis";
    static const char *const codes[] = {";1", ";2", ";5", ";4", ";7", ";9"};
    int error = GHM_OK;
    for (size_t i = 0; error == GHM_OK && known[i] != '\0'; i++) {
        if (has(letters, known[i])) error = ghm_buf_append_text(buf, codes[i]);
    }
    return error;
}

static int append_code(struct ghm_buf *buf, struct ghm_bytes style)
{
    if (ghm_bytes_equal(style, ghm_bytes_text("off"))) return GHM_OK;
    if (ghm_bytes_equal(style, ghm_bytes_text("reset"))) return ghm_buf_append_text(buf, "\x1b[0m");
    struct half front = read_half(&style);
    struct half back = read_half(&style);
    int error = ghm_buf_append_text(buf, "\x1b[0");
    if (error == GHM_OK) error = append_letters(buf, front.letters);
    if (error == GHM_OK) error = append_number(buf, &front, 30, "38");
    if (error == GHM_OK && back.name.len > 0) error = append_number(buf, &back, 40, "48");
    return error == GHM_OK ? ghm_buf_append_text(buf, "m") : error;
}

int color_append(struct ghm_buf *buf, struct ghm_bytes style, struct ghm_bytes text)
{
    if (style.len == 0) return ghm_buf_append(buf, text);
    int error = append_code(buf, style);
    if (error == GHM_OK) error = ghm_buf_append(buf, text);
    return error == GHM_OK ? ghm_buf_append_text(buf, "\x1b[0m") : error;
}
