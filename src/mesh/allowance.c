/* SPDX-License-Identifier: MIT */
#include "mesh/allowance.h"

static uint64_t ahead_of(const struct ghm_allowance *allowance, uint64_t now_ns)
{
    return allowance->paid_ns > now_ns ? allowance->paid_ns - now_ns : 0;
}

uint64_t ghm_allowance_left(const struct ghm_allowance *allowance,
                            const struct ghm_allowance_rule *rule, uint64_t now_ns)
{
    uint64_t ahead_ns = ahead_of(allowance, now_ns);
    return ahead_ns < rule->ahead_ns ? (rule->ahead_ns - ahead_ns) / rule->each_ns : 0;
}

void ghm_allowance_use(struct ghm_allowance *allowance, const struct ghm_allowance_rule *rule,
                       uint64_t count, uint64_t now_ns)
{
    allowance->paid_ns = now_ns + ahead_of(allowance, now_ns) + count * rule->each_ns;
}
