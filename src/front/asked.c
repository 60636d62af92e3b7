/* SPDX-License-Identifier: MIT */
#include "front/asked.h"

#define LENGTH_DIGITS_MAX 18

/* ---- looking ---- */

static uint8_t lower(uint8_t byte)
{
    return byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte + ('a' - 'A')) : byte;
}

bool ghm_asked_is(struct ghm_bytes name, const char *lower_name)
{
    size_t i = 0;
    while (i < name.len && lower_name[i] != '\0' && lower(name.ptr[i]) == (uint8_t)lower_name[i])
        i++;
    return i == name.len && lower_name[i] == '\0';
}

struct ghm_bytes ghm_asked_find(const struct ghm_asked *asked, const char *lower_name)
{
    for (size_t i = 0; i < asked->headers_count; i++) {
        const struct ghm_header *header = &asked->headers[i];
        if (ghm_asked_may_be(header->name, lower_name) && ghm_asked_is(header->name, lower_name))
            return header->value;
    }
    return GHM_BYTES_NONE;
}

static bool is_blank(uint8_t byte)
{
    return byte == ' ' || byte == '\t';
}

/* Take the next word of a comma-separated list; empty at its end. */
static struct ghm_bytes take_word(struct ghm_bytes *walk)
{
    while (walk->len > 0 && (is_blank(walk->ptr[0]) || walk->ptr[0] == ','))
        *walk = ghm_bytes_from(*walk, 1);
    const uint8_t *comma = walk->len == 0 ? NULL : memchr(walk->ptr, ',', walk->len);
    struct ghm_bytes word =
        ghm_bytes_upto(*walk, comma == NULL ? walk->len : (size_t)(comma - walk->ptr));
    *walk = ghm_bytes_from(*walk, word.len);
    while (word.len > 0 && is_blank(word.ptr[word.len - 1]))
        word.len--;
    return word;
}

bool ghm_asked_lists(const struct ghm_asked *asked, const char *lower_name, const char *word)
{
    for (size_t i = 0; i < asked->headers_count; i++) {
        if (!ghm_asked_may_be(asked->headers[i].name, lower_name)) continue;
        if (!ghm_asked_is(asked->headers[i].name, lower_name)) continue;
        struct ghm_bytes walk = asked->headers[i].value;
        for (struct ghm_bytes one; (one = take_word(&walk)).len > 0;) {
            if (ghm_asked_is(one, word)) return true;
        }
    }
    return false;
}

static bool is_zero(struct ghm_bytes digits)
{
    for (size_t i = 0; i < digits.len; i++) {
        if (digits.ptr[i] != '0') return false;
    }
    return true;
}

bool ghm_asked_has_body(const struct ghm_asked *asked)
{
    struct ghm_bytes length = ghm_asked_find(asked, "content-length");
    if (length.ptr != NULL) return !is_zero(length);
    return ghm_asked_find(asked, "transfer-encoding").ptr != NULL;
}

/* ---- checking ---- */

/* A bit for each byte that a token may have: from '!' on, digits and capitals, small letters.
 * Spec: RFC 9110 section 5.6.2 */
static bool is_token_byte(uint8_t byte)
{
    static const uint64_t bits[4] = {UINT64_C(0x03ff6cfa00000000), UINT64_C(0x57ffffffc7fffffe), 0,
                                     0};
    return (bits[byte >> 6] >> (byte & 63) & 1) != 0;
}

static bool is_token(struct ghm_bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!is_token_byte(text.ptr[i])) return false;
    }
    return text.len > 0;
}

static bool is_target(struct ghm_bytes target)
{
    for (size_t i = 0; i < target.len; i++) {
        if (target.ptr[i] <= ' ' || target.ptr[i] >= 0x7f || target.ptr[i] == '#') return false;
    }
    return target.len > 0;
}

static bool is_value(struct ghm_bytes value)
{
    for (size_t i = 0; i < value.len; i++) {
        bool is_control = value.ptr[i] < ' ' && value.ptr[i] != '\t';
        if (is_control || value.ptr[i] == 0x7f) return false;
    }
    return true;
}

static bool is_number(struct ghm_bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') return false;
    }
    return text.len > 0 && text.len <= LENGTH_DIGITS_MAX;
}

/* Those that decide where a request ends, where it goes, and in whose name. */
struct counts {
    size_t hosts;
    size_t lengths;
    size_t encodings;
    size_t credentials;
};

static enum ghm_refusal count_header(struct counts *counts, const struct ghm_header *header)
{
    if (!is_token(header->name) || !is_value(header->value)) return GHM_REFUSAL_HEADER;
    if (ghm_asked_is(header->name, "host")) counts->hosts++;
    if (ghm_asked_is(header->name, "authorization")) counts->credentials++;
    if (ghm_asked_is(header->name, "content-length")) {
        counts->lengths++;
        if (!is_number(header->value)) return GHM_REFUSAL_FRAMING;
    }
    if (ghm_asked_is(header->name, "transfer-encoding")) {
        counts->encodings++;
        if (!ghm_asked_is(header->value, "chunked")) return GHM_REFUSAL_FRAMING;
    }
    return GHM_REFUSAL_NONE;
}

static enum ghm_refusal check_counts(const struct counts *counts, bool is_old)
{
    if (counts->lengths + counts->encodings > 1) return GHM_REFUSAL_FRAMING;
    if (is_old && counts->encodings > 0) return GHM_REFUSAL_FRAMING;
    if (counts->hosts > 1 || (counts->hosts == 0 && !is_old)) return GHM_REFUSAL_HOST;
    return counts->credentials > 1 ? GHM_REFUSAL_TWICE : GHM_REFUSAL_NONE;
}

enum ghm_refusal ghm_asked_check(const struct ghm_asked *asked)
{
    struct counts counts = {0};
    if (asked->is_cut) return GHM_REFUSAL_TOO_LARGE;
    if (asked->is_hiding) return GHM_REFUSAL_HIDING;
    if (!is_token(asked->method) || asked->method.len > GHM_ASKED_METHOD_MAX)
        return GHM_REFUSAL_METHOD;
    for (size_t i = 0; i < asked->headers_count; i++) {
        enum ghm_refusal refusal = count_header(&counts, &asked->headers[i]);
        if (refusal != GHM_REFUSAL_NONE) return refusal;
    }
    enum ghm_refusal refusal = check_counts(&counts, asked->is_old);
    if (refusal != GHM_REFUSAL_NONE) return refusal;
    if (ghm_asked_is(asked->method, "connect")) return GHM_REFUSAL_CONNECT;
    if (ghm_asked_is(asked->method, "trace")) return GHM_REFUSAL_TRACE;
    if (asked->target.len > GHM_ASKED_TARGET_MAX) return GHM_REFUSAL_TOO_LONG;
    return is_target(asked->target) ? GHM_REFUSAL_NONE : GHM_REFUSAL_TARGET;
}
