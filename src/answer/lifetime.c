/* SPDX-License-Identifier: MIT */
#include "answer/lifetime.h"

#include "answer/header.h"
#include "answer/member.h"

static bool is_completed(struct ghm_bytes body)
{
    struct ghm_bytes status;
    if (body.len > GHM_LIFETIME_BODY_MAX) return false;
    return ghm_member_find(&status, body, "status") == GHM_OK && ghm_member_is(status, "completed");
}

static bool is_fixed(const struct ghm_route *route, struct ghm_bytes body)
{
    return route->change == GHM_ROUTE_FIXED ||
           (route->pin == GHM_ROUTE_PIN_COMPLETED && is_completed(body));
}

bool ghm_lifetime_is_fixed(struct ghm_bytes name, struct ghm_bytes body)
{
    struct ghm_route route = ghm_rule_of_name(name, 0);
    return is_fixed(&route, body);
}

uint32_t ghm_lifetime_s(struct ghm_bytes name, struct ghm_bytes headers, struct ghm_bytes body,
                        uint32_t default_ttl_s)
{
    int64_t interval_s;
    struct ghm_route route = ghm_rule_of_name(name, default_ttl_s);
    if (route.change == GHM_ROUTE_NEVER) return 0;
    if (route.pin == GHM_ROUTE_PIN_COMPLETED && is_completed(body)) return GHM_ROUTE_FIXED_S;
    if (ghm_header_number(&interval_s, headers, "x-poll-interval") != GHM_OK) return route.ttl_s;
    if (interval_s > GHM_ROUTE_FIXED_S) interval_s = GHM_ROUTE_FIXED_S;
    return interval_s > route.ttl_s ? (uint32_t)interval_s : route.ttl_s;
}
