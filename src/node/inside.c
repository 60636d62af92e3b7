/* SPDX-License-Identifier: MIT */
#include "node/inside.h"

#include "answer/graphql.h"
#include "answer/rule.h"

struct ghm_freshness_bound ghm_inside_bound(void)
{
    return (struct ghm_freshness_bound){.stale_s = GHM_FRESHNESS_STALE_S};
}

bool ghm_inside_is_whole(struct ghm_bytes name, int status, struct ghm_bytes body)
{
    bool is_graphql = ghm_graphql_is_target(ghm_rule_target(name));
    return status == 200 && (!is_graphql || ghm_graphql_outcome(body) == GHM_GRAPHQL_WHOLE);
}

bool ghm_inside_is_never_kept(struct ghm_bytes name)
{
    return ghm_rule_of_name(name, 0).change == GHM_ROUTE_NEVER;
}
