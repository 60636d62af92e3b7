/* SPDX-License-Identifier: MIT */
#include "front/passing.h"

static bool is_among(struct ghm_bytes name, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (ghm_asked_may_be(name, list[i]) && ghm_asked_is(name, list[i])) return true;
    }
    return false;
}

static bool starts(struct ghm_bytes name, const char *head)
{
    return ghm_asked_is(ghm_bytes_upto(name, strlen(head)), head);
}

bool ghm_passing_is_hop(struct ghm_bytes name)
{
    static const char *const hop[] = {"connection",
                                      "keep-alive",
                                      "proxy-authenticate",
                                      "proxy-authorization",
                                      "proxy-connection",
                                      "te",
                                      "trailer",
                                      "transfer-encoding",
                                      "upgrade"};
    return is_among(name, hop, sizeof hop / sizeof hop[0]);
}

bool ghm_passing_is_harmless(struct ghm_bytes name)
{
    /* Of the variant, of the identity, of the wish; then what says nothing about a GET: gh sends
     * Content-Type and Time-Zone with every one. */
    static const char *const harmless[] = {
        "accept",
        "authorization",
        "x-github-api-version",
        "if-none-match",
        "cache-control",
        "if-modified-since",
        "pragma",
        "x-gh-cache-ttl",
        "host",
        "user-agent",
        "accept-encoding",
        "accept-language",
        "content-type",
        "content-length",
        "time-zone",
        "graphql-features",
        "expect",
        "referer",
        "origin",
        "from",
        "dnt",
        "priority",
        "via",
        "forwarded",
        "x-real-ip",
        "x-request-id",
        "traceparent",
        "tracestate",
        "baggage",
    };
    return is_among(name, harmless, sizeof harmless / sizeof harmless[0]) ||
           ghm_passing_is_hop(name) || starts(name, "sec-") || starts(name, "x-forwarded-") ||
           starts(name, "x-prow-");
}

bool ghm_passing_is_sent(const struct ghm_asked *asked, struct ghm_bytes name)
{
    /* Host and framing are made anew; a 100 is ours to give. */
    static const char *const ours[] = {"host", "content-length", "expect", "x-gh-cache-ttl", "via"};
    if (ghm_passing_is_hop(name) || is_among(name, ours, sizeof ours / sizeof ours[0]))
        return false;
    for (size_t i = 0; i < asked->headers_count; i++) {
        if (!ghm_asked_is(asked->headers[i].name, "connection")) continue;
        /* Named there, a header is of that connection only. */
        char lower_name[64];
        size_t len = 0;
        for (; len < name.len && len < sizeof lower_name - 1; len++)
            lower_name[len] =
                (char)(name.ptr[len] | (name.ptr[len] >= 'A' && name.ptr[len] <= 'Z' ? 0x20 : 0));
        lower_name[len] = '\0';
        return !ghm_asked_lists(asked, "connection", lower_name);
    }
    return true;
}

bool ghm_passing_is_told(struct ghm_bytes name)
{
    static const char *const ours[] = {"content-length", "content-encoding", "date", "age",
                                       "cache-status",   "x-cache-mode",     "via"};
    return !ghm_passing_is_hop(name) && !is_among(name, ours, sizeof ours / sizeof ours[0]);
}
