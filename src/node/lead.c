/* SPDX-License-Identifier: MIT */
#include "node/lead.h"

#include "node/vouch.h"
#include "node/wrote.h"

static bool may(const struct ghm_node *node, const struct ghm_flight *flight)
{
    bool is_get = ghm_bytes_starts(ghm_flight_name(flight), ghm_bytes_text("GET "));
    return is_get && !flight->is_bypass && ghm_vouch_is_believed(node, flight);
}

/* What was asked before a write is not kept: nothing to wait for. */
static bool is_worth_waiting(const struct ghm_node *node, const struct ghm_flight *lead)
{
    struct ghm_epoch epoch = ghm_wrote_epoch(&node->config.local, ghm_flight_name(lead));
    return !lead->is_passed_by && epoch.generation == lead->generation;
}

bool ghm_lead_follow(struct ghm_node *node, struct ghm_flight *flight)
{
    struct ghm_bytes key = ghm_bytes(flight->variant.id, sizeof flight->variant.id);
    if (!may(node, flight)) return false;
    struct ghm_map_node *found = ghm_map_find(&node->by_variant, key);
    if (found == NULL) {
        flight->is_lead = ghm_map_insert(&node->by_variant, &flight->by_variant, key) == GHM_OK;
        return false;
    }
    struct ghm_flight *lead = GHM_LIST_OF(found, struct ghm_flight, by_variant);
    if (!is_worth_waiting(node, lead)) return false;
    flight->state = GHM_FLIGHT_PAUSED;
    flight->resume_ns = GHM_NEVER;
    ghm_list_append(&lead->followers, &flight->ready);
    return true;
}

void ghm_lead_release(struct ghm_node *node, struct ghm_flight *flight)
{
    if (flight->is_lead) ghm_map_remove(&node->by_variant, &flight->by_variant);
    flight->is_lead = false;
    for (struct ghm_list *at; (at = ghm_list_pop(&flight->followers)) != NULL;)
        GHM_LIST_OF(at, struct ghm_flight, ready)->resume_ns = 0;
}
