/* SPDX-License-Identifier: MIT */
#include "node/takeoff.h"

#include "answer/rule.h"
#include "node/landing.h"
#include "node/lead.h"
#include "node/ledger.h"
#include "node/vouch.h"
#include "node/wrote.h"

static int admit(struct ghm_node *node, struct ghm_flight *flight, struct ghm_node_time time)
{
    int64_t now_ms = ghm_node_github_ms(node, time);
    const char *resource = ghm_flight_resource(flight);
    int64_t until_ms =
        ghm_ledger_admit(&node->config.local, &node->budget, &flight->identity, resource, now_ms);
    if (until_ms == 0) return GHM_OK;
    ghm_log_add(node->config.log, GHM_LOG_INFO, GHM_INSIDE_ROOM,
                "GitHub's limits hold requests for %lld s more",
                (long long)((until_ms - now_ms + 999) / 1000));
    return GHM_ERATE;
}

/* Its point is spent here, where it gets ready to leave. A flight that must wait for one is paused,
 * as before another try. false: it is. */
static bool take_point(struct ghm_node *node, struct ghm_flight *flight, struct ghm_node_time time)
{
    int64_t now_ms = ghm_node_github_ms(node, time);
    enum ghm_pace_api api = ghm_pace_api_of(ghm_rule_target(ghm_flight_name(flight)));
    int64_t until_ms =
        node->config.is_paced ? ghm_pace_wait(&node->pace, &flight->identity, api, now_ms) : 0;
    if (until_ms == 0) {
        ghm_pace_spend(&node->pace, &flight->identity, api, GHM_PACE_READ_POINTS, now_ms);
        return true;
    }
    ghm_lead_release(node, flight); /* those that follow may have points */
    flight->state = GHM_FLIGHT_PAUSED;
    flight->resume_ns = time.now_ns + (uint64_t)(until_ms - now_ms) * GHM_NS_PER_MS;
    GHM_COUNT(node->config.local.shared, paced, 1);
    return false;
}

void ghm_takeoff_ready(struct ghm_node *node, struct ghm_flight *flight, struct ghm_node_time time)
{
    int error = flight->deadline_ns > time.now_ns ? admit(node, flight, time) : GHM_ETIMEOUT;
    flight->generation = ghm_wrote_epoch(&node->config.local, ghm_flight_name(flight)).generation;
    if (error == GHM_OK && !take_point(node, flight, time)) return;
    if (error == GHM_OK) error = ghm_vouch_choose(node, flight, time);
    if (error == GHM_OK) error = ghm_flight_compose(flight);
    if (error != GHM_OK) {
        ghm_landing_without(node, flight, error, NULL, time);
        return;
    }
    flight->state = GHM_FLIGHT_READY;
    flight->timeout_ms = (flight->deadline_ns - time.now_ns) / GHM_NS_PER_MS + 1;
    ghm_list_append(&node->ready, &flight->ready);
}

/* A hold that was just learned is for what is ready to be sent, too. */
void ghm_takeoff_admit_again(struct ghm_node *node, struct ghm_node_time time)
{
    struct ghm_list all;
    ghm_list_init(&all);
    for (struct ghm_list *at; (at = ghm_list_pop(&node->ready)) != NULL;)
        ghm_list_append(&all, at);
    for (struct ghm_list *at; (at = ghm_list_pop(&all)) != NULL;) {
        struct ghm_flight *flight = GHM_LIST_OF(at, struct ghm_flight, ready);
        int error = admit(node, flight, time);
        if (error == GHM_OK)
            ghm_list_append(&node->ready, at);
        else
            ghm_landing_without(node, flight, error, NULL, time);
    }
}

static uint64_t retry_wait_ns(struct ghm_node *node, unsigned tries)
{
    uint64_t wait_ms = (uint64_t)GHM_NODE_RETRY_FIRST_MS << (tries - 1);
    return (wait_ms + ghm_entropy_below(&node->entropy, wait_ms)) * GHM_NS_PER_MS;
}

/* Try again a little later, if there are tries and time left. */
bool ghm_takeoff_pause(struct ghm_node *node, struct ghm_flight *flight, struct ghm_node_time time)
{
    uint64_t wait_ns = retry_wait_ns(node, flight->tries);
    if (flight->tries >= GHM_NODE_TRIES_MAX || time.now_ns + wait_ns >= flight->deadline_ns)
        return false;
    flight->state = GHM_FLIGHT_PAUSED;
    flight->resume_ns = time.now_ns + wait_ns;
    GHM_COUNT(node->config.local.shared, retries, 1);
    return true;
}
