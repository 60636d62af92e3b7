/* SPDX-License-Identifier: MIT */
#include "front/site.h"

/* ---- names ---- */

static uint8_t lower(uint8_t byte)
{
    return byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte + ('a' - 'A')) : byte;
}

static bool equals(struct ghm_bytes a, struct ghm_bytes b)
{
    if (a.len != b.len) return false;
    for (size_t i = 0; i < a.len; i++) {
        if (lower(a.ptr[i]) != lower(b.ptr[i])) return false;
    }
    return true;
}

static bool ends(struct ghm_bytes name, struct ghm_bytes tail)
{
    return name.len > tail.len && equals(ghm_bytes_from(name, name.len - tail.len), tail);
}

static bool starts(struct ghm_bytes name, struct ghm_bytes head)
{
    return name.len >= head.len && equals(ghm_bytes_upto(name, head.len), head);
}

static bool is_host(struct ghm_bytes host)
{
    for (size_t i = 0; i < host.len; i++) {
        uint8_t letter = lower(host.ptr[i]);
        bool is_alnum = (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9');
        if (!is_alnum && (letter == '\0' || strchr("-._:[]", letter) == NULL)) return false;
    }
    return host.len <= 255;
}

/* Without the port. */
static struct ghm_bytes name_of(struct ghm_bytes host)
{
    for (size_t i = host.len; i > 0 && host.ptr[i - 1] != ']'; i--) {
        if (host.ptr[i - 1] == ':') return ghm_bytes_upto(host, i - 1);
    }
    return host;
}

/* Without a port that is the usual one of either scheme. */
static struct ghm_bytes usual(struct ghm_bytes host)
{
    struct ghm_bytes name = name_of(host);
    struct ghm_bytes port = ghm_bytes_from(host, name.len);
    bool is_usual = equals(port, ghm_bytes_text(":443")) || equals(port, ghm_bytes_text(":80"));
    return is_usual ? name : host;
}

static bool is_local(struct ghm_bytes host)
{
    struct ghm_bytes name = name_of(host);
    if (name.len == 0 || equals(name, ghm_bytes_text("localhost"))) return true;
    if (equals(name, ghm_bytes_text("[::1]"))) return true;
    if (ends(name, ghm_bytes_text(".localhost"))) return true; /* RFC 6761 section 6.3 */
    if (!starts(name, ghm_bytes_text("127."))) return false;
    for (size_t i = 0; i < name.len; i++) {
        if (name.ptr[i] != '.' && (name.ptr[i] < '0' || name.ptr[i] > '9')) return false;
    }
    return true;
}

/* ---- which host ---- */

static bool is_api(const struct ghm_site_config *config, struct ghm_bytes host)
{
    if (equals(host, config->host) || is_local(host)) return true;
    return is_local(config->host) && equals(host, ghm_bytes_text("api.github.com"));
}

/* What GitHub's API redirects to, and what its clients ask beside it. Below a name of the
 * configured host too: an Enterprise Server's "codeload." and "media.". */
static bool is_githubs(const struct ghm_site_config *config, struct ghm_bytes host)
{
    static const char *const whole[] = {"github.com", "api.github.com", "uploads.github.com",
                                        "codeload.github.com"};
    static const char *const tails[] = {".githubusercontent.com", ".blob.core.windows.net"};
    for (size_t i = 0; i < sizeof whole / sizeof whole[0]; i++) {
        if (equals(host, ghm_bytes_text(whole[i]))) return true;
    }
    for (size_t i = 0; i < sizeof tails / sizeof tails[0]; i++) {
        if (ends(host, ghm_bytes_text(tails[i]))) return true;
    }
    if (starts(host, ghm_bytes_text("github-")) &&
        ends(host, ghm_bytes_text(".s3.amazonaws.com")) &&
        memchr(host.ptr, '.', host.len - strlen(".s3.amazonaws.com")) == NULL)
        return true;
    size_t parent_len = config->host.len;
    return host.len > parent_len + 1 && host.ptr[host.len - parent_len - 1] == '.' &&
           ends(host, config->host);
}

static bool is_listed(struct ghm_site *site, struct ghm_bytes list, struct ghm_bytes host)
{
    while (list.len > 0) {
        const uint8_t *comma = memchr(list.ptr, ',', list.len);
        size_t len = comma == NULL ? list.len : (size_t)(comma - list.ptr);
        struct ghm_bytes one = ghm_bytes_upto(list, len);
        list = ghm_bytes_from(list, len + 1);
        while (one.len > 0 && one.ptr[0] == ' ')
            one = ghm_bytes_from(one, 1);
        site->is_tls = !starts(one, ghm_bytes_text("http://"));
        if (!site->is_tls) one = ghm_bytes_from(one, strlen("http://"));
        if (one.len > 0 && equals(one, host)) return true;
    }
    return false;
}

static enum ghm_refusal choose(struct ghm_site *site, const struct ghm_site_config *config,
                               struct ghm_bytes host)
{
    site->kind = GHM_SITE_OTHER;
    site->host = host;
    site->is_local = false;
    site->asked_host = GHM_BYTES_NONE;
    if (is_listed(site, config->others, host)) return GHM_REFUSAL_NONE;
    if (is_api(config, host)) {
        site->kind = GHM_SITE_API;
        site->is_tls = config->is_tls;
        site->is_local = is_local(host);
        site->host = config->host;
        site->prefix = config->prefix;
        if (!equals(host, config->host)) site->asked_host = host;
        return GHM_REFUSAL_NONE;
    }
    site->is_tls = true;
    return is_githubs(config, host) ? GHM_REFUSAL_NONE : GHM_REFUSAL_MISDIRECTED;
}

/* ---- which path ---- */

/* Is it `path`, or something below it? */
static bool is_below(struct ghm_bytes target, struct ghm_bytes path)
{
    if (!ghm_bytes_starts(target, path)) return false;
    return target.len == path.len || target.ptr[path.len] == '/' || target.ptr[path.len] == '?';
}

static enum ghm_refusal compose(struct ghm_site *site, struct ghm_bytes head, struct ghm_bytes tail)
{
    if (head.len + tail.len > sizeof site->room) return GHM_REFUSAL_TOO_LONG;
    ghm_bytes_copy(site->room, head);
    ghm_bytes_copy(site->room + head.len, tail);
    site->target = ghm_bytes(site->room, head.len + tail.len);
    return GHM_REFUSAL_NONE;
}

/* Clients of an Enterprise Server say "/api/v3/repos/..." and "/api/graphql"; others "/repos/..."
 * and "/graphql". Either is understood, and becomes what the configured API calls it. */
static enum ghm_refusal map_path(struct ghm_site *site, const struct ghm_site_config *config)
{
    struct ghm_bytes path = site->target;
    struct ghm_bytes v3 = ghm_bytes_text("/api/v3");
    struct ghm_bytes api = ghm_bytes_text("/api");
    site->is_asked_v3 = is_below(path, v3);
    if (site->is_asked_v3)
        path = ghm_bytes_from(path, v3.len);
    else if (is_below(path, ghm_bytes_text("/api/graphql")))
        path = ghm_bytes_from(path, api.len);
    struct ghm_bytes prefix = config->prefix;
    bool is_graphql = is_below(path, ghm_bytes_text("/graphql"));
    if (is_graphql && ghm_bytes_equal(prefix, v3)) prefix = api;
    bool needs_root = path.len == 0 || path.ptr[0] != '/';
    if (needs_root && prefix.len == 0) prefix = ghm_bytes_text("/");
    if (prefix.len > 0) return compose(site, prefix, path);
    site->target = path;
    return GHM_REFUSAL_NONE;
}

/* ---- the face ---- */

/* "http://host/path": the host counts, and the Host header does not. Spec: RFC 9112 section 3.2.2
 */
static enum ghm_refusal split(struct ghm_site *site, struct ghm_bytes *host,
                              struct ghm_bytes target)
{
    bool is_secure = starts(target, ghm_bytes_text("https://"));
    site->is_asked_tls = is_secure;
    if (target.ptr[0] == '/') {
        site->target = target;
        return GHM_REFUSAL_NONE;
    }
    if (!is_secure && !starts(target, ghm_bytes_text("http://"))) return GHM_REFUSAL_TARGET;
    target = ghm_bytes_from(target, is_secure ? 8 : 7);
    size_t len = 0;
    while (len < target.len && target.ptr[len] != '/' && target.ptr[len] != '?')
        len++;
    *host = ghm_bytes_upto(target, len);
    site->target = ghm_bytes_from(target, len);
    if (host->len == 0) return GHM_REFUSAL_HOST;
    if (site->target.len == 0) site->target = ghm_bytes_text("/");
    return site->target.ptr[0] == '/' ? GHM_REFUSAL_NONE : GHM_REFUSAL_TARGET;
}

enum ghm_refusal ghm_site_of(struct ghm_site *ret_site, const struct ghm_site_config *config,
                             const struct ghm_asked *asked)
{
    struct ghm_bytes host = ghm_asked_find(asked, "host");
    enum ghm_refusal refusal = split(ret_site, &host, asked->target);
    if (refusal != GHM_REFUSAL_NONE) return refusal;
    if (!is_host(host)) return GHM_REFUSAL_HOST;
    refusal = choose(ret_site, config, usual(host));
    if (refusal != GHM_REFUSAL_NONE || ret_site->kind == GHM_SITE_OTHER) return refusal;
    return map_path(ret_site, config);
}
