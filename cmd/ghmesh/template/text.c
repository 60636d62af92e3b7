/* SPDX-License-Identifier: MIT */
#include "template/text.h"

#include "template/rune.h"

#include <string.h>

#define ELLIPSIS "..."
#define ELLIPSIS_WIDTH 3

/* Where in an escape sequence a walk is, and whether what it showed still holds. */
struct walk {
    bool is_escape;
    bool is_styled;
    bool is_reset; /* "[0m" so far */
    size_t escape_len;
};

static unsigned step(struct walk *walk, uint32_t rune)
{
    static const char reset[] = "\x1b[0m";
    if (rune == 0x1b)
        *walk = (struct walk){.is_escape = true, .is_styled = walk->is_styled, .is_reset = true};
    if (!walk->is_escape) return rune_width(rune);
    if (walk->escape_len >= 4 || rune != (uint32_t)reset[walk->escape_len]) walk->is_reset = false;
    walk->escape_len++;
    bool is_last = (rune >= 'A' && rune <= 'Z') || (rune >= 'a' && rune <= 'z');
    if (!is_last) return 0;
    walk->is_escape = false;
    if (walk->is_reset)
        walk->is_styled = false;
    else if (rune == 'm')
        walk->is_styled = true;
    return 0;
}

size_t text_width(struct ghm_bytes text)
{
    struct walk walk = {.is_escape = false};
    size_t width = 0;
    for (uint32_t rune; text.len > 0;) {
        text = ghm_bytes_from(text, rune_decode(&rune, text));
        width += step(&walk, rune);
    }
    return width;
}

static int append_rune(struct ghm_buf *buf, uint32_t rune)
{
    uint8_t bytes[4];
    return ghm_buf_append(buf, ghm_bytes(bytes, rune_encode(bytes, rune)));
}

static int cut(struct ghm_buf *buf, struct ghm_bytes text, size_t width_max, const char *tail)
{
    struct walk walk = {.is_escape = false};
    size_t width = 0;
    int error = GHM_OK;
    for (uint32_t rune; error == GHM_OK && text.len > 0;) {
        text = ghm_bytes_from(text, rune_decode(&rune, text));
        width += step(&walk, rune);
        if (width > width_max) break;
        error = append_rune(buf, rune);
    }
    if (error == GHM_OK) error = ghm_buf_append_text(buf, tail);
    if (error == GHM_OK && walk.is_styled) error = ghm_buf_append_text(buf, "\x1b[0m");
    return error;
}

int text_append_cut(struct ghm_buf *buf, struct ghm_bytes text, size_t width_max)
{
    if (text_width(text) <= width_max) return ghm_buf_append(buf, text);
    bool has_tail = width_max >= ELLIPSIS_WIDTH + 2;
    size_t before = ghm_buf_len(buf);
    int error =
        cut(buf, text, has_tail ? width_max - ELLIPSIS_WIDTH : width_max, has_tail ? ELLIPSIS : "");
    if (error != GHM_OK) return error;
    size_t width = text_width(ghm_bytes_from(ghm_buf_bytes(buf), before));
    return width < width_max ? ghm_buf_append_text(buf, " ") : GHM_OK;
}

static size_t line_len(struct ghm_bytes text)
{
    size_t len = 0;
    while (len < text.len && text.ptr[len] != '\r' && text.ptr[len] != '\n')
        len++;
    return len;
}

int text_append_line(struct ghm_buf *buf, struct ghm_bytes text, size_t width_max)
{
    struct ghm_buf line;
    size_t len = line_len(text);
    if (len == text.len) return text_append_cut(buf, text, width_max);
    ghm_buf_init(&line, NULL, len + ELLIPSIS_WIDTH);
    int error = ghm_buf_append(&line, ghm_bytes_upto(text, len));
    if (error == GHM_OK) error = ghm_buf_append_text(&line, ELLIPSIS);
    if (error == GHM_OK) error = text_append_cut(buf, ghm_buf_bytes(&line), width_max);
    ghm_buf_fini(&line);
    return error;
}
