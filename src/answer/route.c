/* SPDX-License-Identifier: MIT */
#include "answer/routetable.h"

/* The rows that agree with the path so far; all have the same text before `offset`. */
struct range {
    size_t first;
    size_t end;
    size_t offset;
};

/* The segment of a template that starts after the '/' at `offset`; absent past the last. */
static struct ghm_bytes segment_at(size_t row, size_t offset)
{
    const char *text = ghm_routetable_paths[row].name + offset;
    if (*text == '\0') return GHM_BYTES_NONE;
    return ghm_bytes(text + 1, strcspn(text + 1, "/"));
}

/* As ghm_bytes_compare of that segment and `segment`; its length need not be known for it. */
static int compare_at(size_t row, size_t offset, struct ghm_bytes segment)
{
    const char *text = ghm_routetable_paths[row].name + offset;
    if (*text == '\0') return segment.len == 0 ? 0 : -1;
    text++;
    for (size_t i = 0; i < segment.len; i++) {
        if (text[i] == '\0' || text[i] == '/') return -1;
        int order = (uint8_t)text[i] - segment.ptr[i];
        if (order != 0) return order;
    }
    return text[segment.len] == '\0' || text[segment.len] == '/' ? 0 : 1;
}

/* The first row of a range whose next segment is not below `segment`, or not above it. */
static size_t bound(const struct range *range, struct ghm_bytes segment, bool is_above)
{
    size_t low = range->first;
    size_t high = range->end;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare_at(middle, range->offset, segment);
        if (order < 0 || (is_above && order == 0))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool narrow(struct range *range, struct ghm_bytes segment)
{
    struct range next = {bound(range, segment, false), bound(range, segment, true),
                         range->offset + 1 + segment.len};
    if (next.first == next.end) return false;
    *range = next;
    return true;
}

static bool is_hash(struct ghm_bytes segment)
{
    for (size_t i = 0; i < segment.len; i++) {
        uint8_t byte = segment.ptr[i];
        if (!(byte >= '0' && byte <= '9') && !(byte >= 'a' && byte <= 'f')) return false;
    }
    return segment.len == 40;
}

/* A literal segment, or the placeholder that sorts last. */
static bool step(struct range *range, struct ghm_bytes segment, bool *ret_takes_rest)
{
    *ret_takes_rest = false;
    if (segment.len == 0) return false;
    if (segment.ptr[0] != '{' && narrow(range, segment)) return true;
    struct ghm_bytes holder = segment_at(range->end - 1, range->offset);
    if (holder.len == 0 || holder.ptr[0] != '{') return false;
    if (ghm_bytes_equal(holder, ghm_bytes_text("{sha}")) && !is_hash(segment)) return false;
    *ret_takes_rest = ghm_bytes_equal(holder, ghm_bytes_text("{path*}"));
    return narrow(range, holder);
}

static struct ghm_bytes take_segment(struct ghm_bytes *path)
{
    struct ghm_bytes rest = ghm_bytes_from(*path, 1);
    const uint8_t *end = rest.len == 0 ? NULL : memchr(rest.ptr, '/', rest.len);
    struct ghm_bytes segment =
        ghm_bytes_upto(rest, end == NULL ? rest.len : (size_t)(end - rest.ptr));
    *path = ghm_bytes_from(rest, segment.len);
    return segment;
}

static const struct ghm_routetable_row *find(struct range range, struct ghm_bytes path)
{
    bool takes_rest = false;
    while (path.len > 0 && !takes_rest) {
        if (!step(&range, take_segment(&path), &takes_rest)) return NULL;
    }
    const struct ghm_routetable_row *row = &ghm_routetable_paths[range.first];
    return row->name[range.offset] == '\0' ? row : NULL;
}

/* Links name repositories and organizations by number: go on as if by name. */
static const struct ghm_routetable_row *find_aliased(struct ghm_bytes path)
{
    struct range range = {0, ghm_routetable_paths_count, 0};
    struct ghm_bytes rest = path;
    struct ghm_bytes kind = take_segment(&rest);
    bool is_repo = ghm_bytes_equal(kind, ghm_bytes_text("repositories"));
    bool is_org = ghm_bytes_equal(kind, ghm_bytes_text("organizations"));
    if (!is_repo && !is_org) return find(range, path);
    if (take_segment(&rest).len == 0) return NULL;
    bool is_found =
        is_repo ? narrow(&range, ghm_bytes_text("repos")) &&
                      narrow(&range, ghm_bytes_text("{owner}")) &&
                      narrow(&range, ghm_bytes_text("{repo}"))
                : narrow(&range, ghm_bytes_text("orgs")) && narrow(&range, ghm_bytes_text("{org}"));
    return is_found ? find(range, rest) : NULL;
}

static struct ghm_route route_of(const struct ghm_routetable_row *row, uint32_t default_ttl_s)
{
    struct ghm_route route = {default_ttl_s, GHM_ROUTE_SLOW, GHM_ROUTE_NO_RULE, GHM_ROUTE_PIN_NONE};
    if (row == NULL) return route;
    route = row->route;
    if (route.ttl_s == 0 && route.change != GHM_ROUTE_NEVER) route.ttl_s = default_ttl_s;
    return route;
}

/* "a...b", both hashes; "a..b" shows the same commits. */
static bool is_hash_range(struct ghm_bytes segment)
{
    struct ghm_bytes first = ghm_bytes_upto(segment, 40);
    struct ghm_bytes rest = ghm_bytes_from(segment, 40);
    bool is_long = ghm_bytes_starts(rest, ghm_bytes_text("..."));
    if (!is_long && !ghm_bytes_starts(rest, ghm_bytes_text(".."))) return false;
    return is_hash(first) && is_hash(ghm_bytes_from(rest, is_long ? 3 : 2));
}

static struct ghm_bytes last_segment(struct ghm_bytes path)
{
    size_t at = path.len;
    while (at > 0 && path.ptr[at - 1] != '/')
        at--;
    return ghm_bytes_from(path, at);
}

/* What is named by a hash in a place where a name may stand too. */
static struct ghm_route pinned(struct ghm_route route, struct ghm_bytes path)
{
    struct ghm_bytes segment = last_segment(path);
    bool is_pinned = route.pin == GHM_ROUTE_PIN_SEGMENT
                         ? is_hash(segment)
                         : route.pin == GHM_ROUTE_PIN_RANGE && is_hash_range(segment);
    if (!is_pinned) return route;
    route.change = GHM_ROUTE_FIXED;
    route.ttl_s = GHM_ROUTE_FIXED_S;
    return route;
}

static struct ghm_bytes path_of(struct ghm_bytes target)
{
    const struct ghm_bytes enterprise = ghm_bytes_text("/api/v3/");
    const uint8_t *query = target.len == 0 ? NULL : memchr(target.ptr, '?', target.len);
    struct ghm_bytes path =
        ghm_bytes_upto(target, query == NULL ? target.len : (size_t)(query - target.ptr));
    if (ghm_bytes_starts(path, enterprise)) path = ghm_bytes_from(path, enterprise.len - 1);
    return path;
}

static const struct ghm_routetable_row *row_of_path(struct ghm_bytes path)
{
    return path.len == 0 || path.ptr[0] != '/' ? NULL : find_aliased(path);
}

struct ghm_route ghm_route_of_target(struct ghm_bytes target, uint32_t default_ttl_s)
{
    struct ghm_bytes path = path_of(target);
    const struct ghm_routetable_row *row = row_of_path(path);
    struct ghm_route route = route_of(row, default_ttl_s);
    return row == NULL ? route : pinned(route, path);
}

const char *ghm_route_template_of(struct ghm_bytes target)
{
    const struct ghm_routetable_row *row = row_of_path(path_of(target));
    return row == NULL ? NULL : row->name;
}

struct ghm_route ghm_route_of_op(struct ghm_bytes op, uint32_t default_ttl_s)
{
    size_t low = 0;
    size_t high = ghm_routetable_ops_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = ghm_bytes_compare(ghm_bytes_text(ghm_routetable_ops[middle].name), op);
        if (order == 0) return route_of(&ghm_routetable_ops[middle], default_ttl_s);
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return route_of(NULL, default_ttl_s);
}

const char *ghm_route_template(struct ghm_route *ret_route, size_t index)
{
    if (index >= ghm_routetable_paths_count) return NULL;
    *ret_route = ghm_routetable_paths[index].route;
    return ghm_routetable_paths[index].name;
}

const char *ghm_route_op_name(struct ghm_route *ret_route, size_t index)
{
    if (index >= ghm_routetable_ops_count) return NULL;
    *ret_route = ghm_routetable_ops[index].route;
    return ghm_routetable_ops[index].name;
}
