/* SPDX-License-Identifier: MIT */
#include "template/escape.h"

#include "template/rune.h"

#include <stdio.h>
#include <string.h>

static const char *html_of(uint8_t c)
{
    switch (c) {
    case 0:
        return "\xef\xbf\xbd";
    case '"':
        return "&#34;";
    case '\'':
        return "&#39;";
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    }
    return NULL;
}

int escape_html(struct ghm_buf *buf, struct ghm_bytes text)
{
    int error = GHM_OK;
    for (size_t i = 0; error == GHM_OK && i < text.len; i++) {
        const char *html = html_of(text.ptr[i]);
        error = html != NULL ? ghm_buf_append_text(buf, html)
                             : ghm_buf_append(buf, ghm_bytes(text.ptr + i, 1));
    }
    return error;
}

static int append_js(struct ghm_buf *buf, uint32_t rune, struct ghm_bytes bytes)
{
    char code[16];
    bool is_quote = rune == '\\' || rune == '\'' || rune == '"';
    bool is_mark = rune == '<' || rune == '>' || rune == '&' || rune == '=' || rune < ' ';
    if (is_quote)
        (void)snprintf(code, sizeof code, "\\%c", (char)rune);
    else if (is_mark || (rune >= 0x80 && !rune_is_printable(rune)))
        (void)snprintf(code, sizeof code, "\\u%04X", (unsigned)rune);
    else
        return ghm_buf_append(buf, bytes);
    return ghm_buf_append_text(buf, code);
}

int escape_js(struct ghm_buf *buf, struct ghm_bytes text)
{
    int error = GHM_OK;
    while (error == GHM_OK && text.len > 0) {
        uint32_t rune;
        size_t len = rune_decode(&rune, text);
        error = append_js(buf, rune, ghm_bytes_upto(text, len));
        text = ghm_bytes_from(text, len);
    }
    return error;
}

static bool is_kept(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != 0 && strchr("-_.~", c) != NULL);
}

int escape_query(struct ghm_buf *buf, struct ghm_bytes text)
{
    char code[4];
    int error = GHM_OK;
    for (size_t i = 0; error == GHM_OK && i < text.len; i++) {
        uint8_t c = text.ptr[i];
        (void)snprintf(code, sizeof code, "%%%02X", c);
        if (is_kept(c))
            error = ghm_buf_append(buf, ghm_bytes(&c, 1));
        else
            error = ghm_buf_append_text(buf, c == ' ' ? "+" : code);
    }
    return error;
}
