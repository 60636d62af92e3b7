/* SPDX-License-Identifier: MIT */
#include "answer/header.h"

#include "answer/visible.h"

/* ---- walking -----------------------------------------------------------------------------------
 */

static bool is_blank(uint8_t byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r';
}

static struct ghm_bytes trim(struct ghm_bytes text)
{
    while (text.len > 0 && is_blank(text.ptr[0]))
        text = ghm_bytes_from(text, 1);
    while (text.len > 0 && is_blank(text.ptr[text.len - 1]))
        text.len--;
    return text;
}

static struct ghm_bytes take_line(struct ghm_bytes *walk)
{
    const uint8_t *end = memchr(walk->ptr, '\n', walk->len);
    size_t len = end == NULL ? walk->len : (size_t)(end - walk->ptr);
    struct ghm_bytes line = ghm_bytes_upto(*walk, len);
    *walk = ghm_bytes_from(*walk, end == NULL ? len : len + 1);
    return line;
}

bool ghm_header_next(struct ghm_bytes *walk, struct ghm_header *ret_header)
{
    while (walk->len > 0) {
        struct ghm_bytes line = take_line(walk);
        const uint8_t *colon = line.len == 0 ? NULL : memchr(line.ptr, ':', line.len);
        if (colon == NULL) continue;
        size_t name_len = (size_t)(colon - line.ptr);
        ret_header->name = ghm_bytes_upto(line, name_len);
        ret_header->value = trim(ghm_bytes_from(line, name_len + 1));
        return true;
    }
    return false;
}

static uint8_t lower(uint8_t byte)
{
    return byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte + ('a' - 'A')) : byte;
}

bool ghm_header_is_named(struct ghm_bytes name, const char *lower_name)
{
    size_t i = 0;
    while (i < name.len && lower_name[i] != '\0' && lower(name.ptr[i]) == (uint8_t)lower_name[i])
        i++;
    return i == name.len && lower_name[i] == '\0';
}

struct ghm_bytes ghm_header_find(struct ghm_bytes block, const char *name)
{
    struct ghm_header header;
    while (ghm_header_next(&block, &header)) {
        if (ghm_header_is_named(header.name, name)) return header.value;
    }
    return GHM_BYTES_NONE;
}

bool ghm_header_has(struct ghm_bytes block, struct ghm_bytes lower_name)
{
    struct ghm_header header;
    while (ghm_header_next(&block, &header)) {
        size_t i = 0;
        if (header.name.len != lower_name.len) continue;
        while (i < lower_name.len && lower(header.name.ptr[i]) == lower_name.ptr[i])
            i++;
        if (i == lower_name.len) return true;
    }
    return false;
}

int ghm_header_number(int64_t *ret_number, struct ghm_bytes block, const char *name)
{
    struct ghm_bytes value = ghm_header_find(block, name);
    int64_t number = 0;
    if (value.ptr == NULL) return GHM_ENOTFOUND;
    if (value.len == 0 || value.len > 18) return GHM_EINVAL;
    for (size_t i = 0; i < value.len; i++) {
        if (value.ptr[i] < '0' || value.ptr[i] > '9') return GHM_EINVAL;
        number = 10 * number + (value.ptr[i] - '0');
    }
    *ret_number = number;
    return GHM_OK;
}

/* ---- kept blocks -------------------------------------------------------------------------------
 */

static bool is_name_byte(uint8_t byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == '-' ||
           byte == '_';
}

static bool is_line(struct ghm_bytes line)
{
    size_t name_len = 0;
    while (name_len < line.len && is_name_byte(line.ptr[name_len]))
        name_len++;
    struct ghm_bytes rest = ghm_bytes_from(line, name_len);
    if (name_len == 0 || !ghm_bytes_starts(rest, ghm_bytes_text(": "))) return false;
    return ghm_visible_is_line(ghm_bytes_from(rest, 2));
}

bool ghm_header_is_block(struct ghm_bytes block)
{
    if (block.len > 0 && block.ptr[block.len - 1] != '\n') return false;
    while (block.len > 0) {
        if (!is_line(take_line(&block))) return false;
    }
    return true;
}

bool ghm_header_is_kept(struct ghm_bytes name, unsigned status)
{
    static const char *const kept[] = {
        "cache-control",
        "content-language",
        "content-type",
        "deprecation",
        "etag",
        "last-modified",
        "link",
        "sunset",
        "vary",
        "x-github-api-version-selected",
        "x-github-media-type",
        "x-poll-interval",
    };
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
        if (ghm_header_is_named(name, kept[i])) return true;
    }
    return ghm_header_is_named(name, "location") && (status == 301 || status == 308);
}

int ghm_header_keep(struct ghm_buf *buf, const struct ghm_header *header, unsigned status)
{
    if (!ghm_header_is_kept(header->name, status) || !ghm_visible_is_line(header->value))
        return GHM_OK;
    size_t len = header->name.len + 2 + header->value.len + 1;
    uint8_t *room;
    int error = ghm_buf_reserve(buf, &room, len);
    if (error != GHM_OK) return error;
    for (size_t i = 0; i < header->name.len; i++)
        *room++ = lower(header->name.ptr[i]);
    *room++ = ':';
    *room++ = ' ';
    ghm_bytes_copy(room, header->value);
    room[header->value.len] = '\n';
    ghm_buf_commit(buf, len);
    return GHM_OK;
}

/* ---- dates -------------------------------------------------------------------------------------
 */

/* The number of a three-letter word in a row of them, or -1. */
static int word_index(const char *words, const uint8_t *word)
{
    for (int i = 0; words[3 * i] != '\0'; i++) {
        if (memcmp(words + 3 * i, word, 3) == 0) return i;
    }
    return -1;
}

static int digits(const uint8_t *text, size_t count)
{
    int number = 0;
    for (size_t i = 0; i < count; i++) {
        if (text[i] < '0' || text[i] > '9') return -1;
        number = 10 * number + (text[i] - '0');
    }
    return number;
}

/* Days since 1970-01-01, counting years from March so that the leap day is a year's last. */
static int64_t days_since_1970(int year, int month, int day)
{
    int64_t from_march = month <= 1 ? year - 1 : year;
    int64_t days_before_month = (153 * ((month + 10) % 12) + 2) / 5;
    return 365 * from_march + from_march / 4 - from_march / 100 + from_march / 400 +
           days_before_month + day - 1 - 719468;
}

static bool is_shaped(struct ghm_bytes value)
{
    static const char shape[] = "xxx, 00 xxx 0000 00:00:00 GMT";
    if (value.len != sizeof shape - 1) return false;
    for (size_t i = 0; i < value.len; i++) {
        bool is_free = shape[i] == 'x' || shape[i] == '0';
        if (!is_free && value.ptr[i] != (uint8_t)shape[i]) return false;
    }
    return true;
}

static int month_days(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month] + (month == 1 && is_leap ? 1 : 0);
}

int ghm_header_date_ms(int64_t *ret_ms, struct ghm_bytes value)
{
    if (!is_shaped(value)) return GHM_EINVAL;
    int weekday = word_index("SunMonTueWedThuFriSat", value.ptr);
    int day = digits(value.ptr + 5, 2);
    int month = word_index("JanFebMarAprMayJunJulAugSepOctNovDec", value.ptr + 8);
    int year = digits(value.ptr + 12, 4);
    int hour = digits(value.ptr + 17, 2);
    int minute = digits(value.ptr + 20, 2);
    int second = digits(value.ptr + 23, 2);
    if (weekday < 0 || month < 0 || year < 1970 || day < 1 || day > month_days(year, month)) {
        return GHM_EINVAL;
    }
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) {
        return GHM_EINVAL;
    }
    int64_t days = days_since_1970(year, month, day);
    *ret_ms = (((days * 24 + hour) * 60 + minute) * 60 + second) * 1000;
    return GHM_OK;
}
