/* SPDX-License-Identifier: MIT */
#include "front/reverse.h"

struct writer {
    char *room;
    size_t size;
    size_t len;
    bool is_full;
};

static void put(struct writer *writer, struct ghm_bytes text)
{
    if (text.len > writer->size - writer->len) writer->is_full = true;
    if (writer->is_full) return;
    ghm_bytes_copy((uint8_t *)writer->room + writer->len, text);
    writer->len += text.len;
}

static struct ghm_bytes scheme(bool is_tls)
{
    return ghm_bytes_text(is_tls ? "https://" : "http://");
}

static bool take(struct ghm_bytes *walk, struct ghm_bytes head)
{
    if (!ghm_bytes_starts(*walk, head)) return false;
    *walk = ghm_bytes_from(*walk, head.len);
    return true;
}

/* Take the API's root in front of a URL: what is left is a path of it, or nothing. */
static bool take_root(struct ghm_bytes *url, const struct ghm_site *site)
{
    struct ghm_bytes walk = *url;
    if (!take(&walk, scheme(site->is_tls)) || !take(&walk, site->host) ||
        !take(&walk, site->prefix))
        return false;
    if (walk.len > 0 && walk.ptr[0] != '/' && walk.ptr[0] != '?') return false;
    *url = walk;
    return true;
}

static void put_url(struct writer *writer, const struct ghm_site *site, struct ghm_bytes url)
{
    if (take_root(&url, site)) {
        put(writer, scheme(site->is_asked_tls));
        put(writer, site->asked_host);
        if (site->is_asked_v3) put(writer, ghm_bytes_text("/api/v3"));
    }
    put(writer, url);
}

/* The length of what ends with `end`, and with the text at the latest. */
static size_t length_upto(struct ghm_bytes text, char end)
{
    const uint8_t *at = text.len == 0 ? NULL : memchr(text.ptr, end, text.len);
    return at == NULL ? text.len : (size_t)(at - text.ptr);
}

/* Spec: RFC 8288 section 3. What is quoted is no link, whatever it looks like. */
static void put_links(struct writer *writer, const struct ghm_site *site, struct ghm_bytes walk)
{
    while (walk.len > 0) {
        char mark = (char)walk.ptr[0];
        put(writer, ghm_bytes_upto(walk, 1));
        walk = ghm_bytes_from(walk, 1);
        if (mark != '<' && mark != '"') continue;
        struct ghm_bytes inside = ghm_bytes_upto(walk, length_upto(walk, mark == '<' ? '>' : '"'));
        walk = ghm_bytes_from(walk, inside.len);
        if (mark == '<')
            put_url(writer, site, inside);
        else
            put(writer, inside);
        put(writer, ghm_bytes_upto(walk, 1));
        walk = ghm_bytes_from(walk, 1);
    }
}

bool ghm_reverse_is_way(struct ghm_bytes name)
{
    return ghm_asked_is(name, "link") || ghm_asked_is(name, "location");
}

struct ghm_bytes ghm_reverse_value(const struct ghm_site *site, struct ghm_bytes value, char *room,
                                   size_t size)
{
    struct writer writer = {.room = room, .size = size};
    if (site->asked_host.len == 0) return value;
    if (value.len > 0 && memchr(value.ptr, '<', value.len) != NULL)
        put_links(&writer, site, value);
    else
        put_url(&writer, site, value);
    return writer.is_full ? value : ghm_bytes(room, writer.len);
}
