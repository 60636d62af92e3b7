/* SPDX-License-Identifier: MIT */
#include "gossip/params.h"

#define HIGH_MAX 64

const struct ghm_params ghm_params_defaults = {
    .d = 6,
    .d_low = 5,
    .d_high = 12,
    .d_score = 4,
    .d_out = 2,
    .d_lazy = 6,
    .gossip_factor = 0.25,
    .floods = true,
    .heartbeat_ns = GHM_NS_PER_S,
    .heartbeat_first_ns = 100 * GHM_NS_PER_MS,
    .fanout_ns = 60 * GHM_NS_PER_S,
    .seen_ns = 120 * GHM_NS_PER_S,
    .prune_wait_s = 60,
    .leave_wait_s = 10,
    .wait_slack_ns = GHM_NS_PER_S,
    .flood_graft_ns = 10 * GHM_NS_PER_S,
    .follow_up_ns = 3 * GHM_NS_PER_S,
    .ihaves_max = 10,
    .ids_max = 5000,
    .dontwants_max = 512,
    .dontwant_bytes = 1024,
    .offered_max = 16,
    .better_beats = 60,
    .better_count = 2,
};

bool ghm_params_are_valid(const struct ghm_params *params)
{
    if (params->d_low > params->d || params->d > params->d_high) return false;
    if (params->d_high > HIGH_MAX || params->d_score > params->d) return false;
    /* "D_out [...] must be set below D_lo and at most D/2" (gossipsub-v1.1.md, Outbound Mesh
     * Quotas); a node without a mesh has all of them 0 */
    if (params->d > 0 && params->d_out >= params->d_low) return false;
    if (params->d_out > params->d / 2) return false;
    return params->heartbeat_ns > 0 && params->better_beats > 0;
}
