/* SPDX-License-Identifier: MIT */
#include "link/rtt.h"

void ghm_rtt_init(struct ghm_rtt *rtt)
{
    *rtt = (struct ghm_rtt){.asked_ns = GHM_NEVER};
}

bool ghm_rtt_ask(struct ghm_rtt *rtt, uint64_t now_ns)
{
    bool is_fresh = rtt->estimate_ns != 0 && now_ns - rtt->answered_ns < GHM_RTT_FRESH_NS;
    if (rtt->asked_ns != GHM_NEVER || is_fresh) return false;
    rtt->asked_ns = now_ns;
    return true;
}

void ghm_rtt_ask_anew(struct ghm_rtt *rtt, uint64_t now_ns)
{
    if (rtt->asked_ns != GHM_NEVER) rtt->number++;
    rtt->asked_ns = now_ns;
}

void ghm_rtt_answered(struct ghm_rtt *rtt, uint32_t number, uint64_t now_ns)
{
    if (rtt->asked_ns == GHM_NEVER || number != rtt->number) return;
    uint64_t sample_ns = now_ns > rtt->asked_ns ? now_ns - rtt->asked_ns : 1;
    bool is_larger = rtt->estimate_ns != 0 && sample_ns > rtt->estimate_ns;
    rtt->estimate_ns =
        is_larger ? rtt->estimate_ns + (sample_ns - rtt->estimate_ns) / 8 : sample_ns;
    rtt->asked_ns = GHM_NEVER;
    rtt->answered_ns = now_ns;
    rtt->number++;
}
