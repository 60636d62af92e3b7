/* SPDX-License-Identifier: MIT */
#include "answer/place.h"

#include <xxhash.h>

/* A segment as GitHub reads it: unescaped, and without case. */
struct segment {
    size_t len;
    char text[GHM_PLACE_SEGMENT_MAX];
};

static int hex_value(uint8_t digit)
{
    uint8_t letter = digit | 0x20;
    if (digit >= '0' && digit <= '9') return digit - '0';
    return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

/* One byte of a segment; gives how many bytes it is written in. */
static size_t unescape(char *ret_byte, struct ghm_bytes at)
{
    int high = at.ptr[0] == '%' && at.len > 2 ? hex_value(at.ptr[1]) : -1;
    int low = high >= 0 ? hex_value(at.ptr[2]) : -1;
    uint8_t byte = low >= 0 ? (uint8_t)(high << 4 | low) : at.ptr[0];
    *ret_byte = (char)(byte >= 'A' && byte <= 'Z' ? byte + ('a' - 'A') : byte);
    return low >= 0 ? 3 : 1;
}

/* Take the next segment; false when there is none or it is no name. */
static bool take(struct ghm_bytes *path, struct segment *ret_segment)
{
    ret_segment->len = 0;
    if (path->len == 0) return false;
    struct ghm_bytes rest = ghm_bytes_from(*path, 1);
    while (rest.len > 0 && rest.ptr[0] != '/') {
        if (ret_segment->len == sizeof ret_segment->text) return false;
        rest = ghm_bytes_from(rest, unescape(&ret_segment->text[ret_segment->len++], rest));
    }
    *path = rest;
    return ret_segment->len > 0;
}

static bool is(const struct segment *segment, const char *name)
{
    return ghm_bytes_equal(ghm_bytes(segment->text, segment->len), ghm_bytes_text(name));
}

static struct ghm_bytes path_of(struct ghm_bytes target)
{
    static const char *const prefixes[] = {"/api/v3/", "/api/uploads/"};
    const uint8_t *query = target.len == 0 ? NULL : memchr(target.ptr, '?', target.len);
    if (query != NULL) target = ghm_bytes_upto(target, (size_t)(query - target.ptr));
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
        struct ghm_bytes prefix = ghm_bytes_text(prefixes[i]);
        if (ghm_bytes_starts(target, prefix)) return ghm_bytes_from(target, prefix.len - 1);
    }
    return target;
}

static enum ghm_place_kind kind_of(const struct segment *segment)
{
    if (is(segment, "repos")) return GHM_PLACE_REPO;
    if (is(segment, "repositories")) return GHM_PLACE_REPO_NUMBERED;
    if (is(segment, "orgs") || is(segment, "users")) return GHM_PLACE_OWNER;
    if (is(segment, "organizations")) return GHM_PLACE_OWNER_NUMBERED;
    return is(segment, "enterprises") ? GHM_PLACE_ENTERPRISE : GHM_PLACE_ELSEWHERE;
}

static uint64_t hash_of(const struct segment *segment, uint64_t seed)
{
    return XXH3_64bits_withSeed(segment->text, segment->len, seed);
}

/* GHM_PLACE_ELSEWHERE is whose no more is known. */
static bool take_whose(struct ghm_place *place, struct ghm_bytes *path)
{
    struct segment segment;
    if (!take(path, &segment)) return false;
    place->kind = kind_of(&segment);
    if (place->kind == GHM_PLACE_ELSEWHERE) return true;
    if (!take(path, &segment)) return false;
    place->hash = hash_of(&segment, place->kind);
    if (place->kind != GHM_PLACE_REPO) return true;
    place->owner = hash_of(&segment, GHM_PLACE_OWNER);
    if (!take(path, &segment)) return false;
    place->hash = hash_of(&segment, place->owner);
    return true;
}

static bool take_area(struct ghm_place *place, struct ghm_bytes path)
{
    struct segment segment;
    if (place->kind == GHM_PLACE_ELSEWHERE || path.len == 0) return true;
    if (!take(&path, &segment)) return false;
    place->area_len = segment.len;
    memcpy(place->area, segment.text, segment.len);
    if (!is(&segment, "actions") || path.len == 0) return true;
    if (!take(&path, &segment)) return false;
    place->is_runners = is(&segment, "runners") || is(&segment, "runner-groups");
    return true;
}

void ghm_place_of(struct ghm_place *ret_place, struct ghm_bytes target)
{
    static const struct ghm_place odd = {.kind = GHM_PLACE_ELSEWHERE, .is_odd = true};
    struct ghm_bytes path = path_of(target);
    *ret_place = (struct ghm_place){.kind = GHM_PLACE_ELSEWHERE};
    if (!take_whose(ret_place, &path) || !take_area(ret_place, path)) *ret_place = odd;
}
