/* SPDX-License-Identifier: MIT */
#include "node/landing.h"

#include "node/lead.h"

void ghm_landing_give(struct ghm_node *node, struct ghm_flight_waiter *waiter, int error,
                      struct ghm_answer *take_answer)
{
    waiter->error = error;
    waiter->answer = take_answer;
    ghm_list_append(&node->answered, &waiter->node);
}

static void give_copy(struct ghm_node *node, struct ghm_flight_waiter *waiter,
                      const struct ghm_answer *answer)
{
    struct ghm_answer *copy = NULL;
    int error = ghm_reply_copy(&copy, answer);
    ghm_landing_give(node, waiter, error, copy);
}

void ghm_landing_end(struct ghm_node *node, struct ghm_flight *flight)
{
    if (!flight->is_bypass && !flight->is_passed_by)
        ghm_map_remove(&node->by_slot, &flight->by_slot);
    ghm_map_remove(&node->by_id, &flight->by_id);
    ghm_lead_release(node, flight);
    ghm_flight_free(flight);
}

/* Answer everyone with the same thing: `answer`, or `error` when it is NULL. */
void ghm_landing_with(struct ghm_node *node, struct ghm_flight *flight, int error,
                      const struct ghm_answer *answer)
{
    size_t served = 0;
    for (struct ghm_flight_waiter *waiter; (waiter = ghm_flight_leave(flight)) != NULL; served++) {
        if (answer == NULL)
            ghm_landing_give(node, waiter, error, NULL);
        else
            give_copy(node, waiter, answer);
    }
    /* One asked for all: without us each would have. */
    if (answer != NULL && served > 1)
        GHM_COUNT(node->config.local.shared, api_calls_saved, served - 1);
    ghm_landing_end(node, flight);
}

/* It may even be fresh by now: a member's answer came in while GitHub was asked. */
static enum ghm_source source_of(const struct ghm_local_found *found)
{
    if (found->freshness.state != GHM_FRESHNESS_FRESH) return GHM_SOURCE_STALE;
    return found->entry.from_peer ? GHM_SOURCE_PEER : GHM_SOURCE_LOCAL;
}

static int stale_answer(struct ghm_node *node, const struct ghm_variant *variant,
                        const struct ghm_identity *identity,
                        const struct ghm_freshness_bound *bound, struct ghm_node_time time,
                        struct ghm_answer **ret_answer)
{
    struct ghm_local_found found;
    const struct ghm_local *local = &node->config.local;
    int error =
        ghm_local_find(local, &found, variant, identity, bound, ghm_node_github_ms(node, time));
    if (error != GHM_OK) return error;
    if (found.freshness.state == GHM_FRESHNESS_EXPIRED)
        error = GHM_ENOTFOUND;
    else
        error = ghm_local_reply(ret_answer, &found, source_of(&found), bound);
    ghm_local_done(local, &found);
    return error;
}

bool ghm_landing_stale(struct ghm_node *node, struct ghm_flight_waiter *waiter,
                       const struct ghm_variant *variant, const struct ghm_identity *identity,
                       struct ghm_node_time time)
{
    struct ghm_answer *stale = NULL;
    if (stale_answer(node, variant, identity, &waiter->bound, time, &stale) != GHM_OK) return false;
    if (stale->source == GHM_SOURCE_STALE) GHM_COUNT(node->config.local.shared, stale_hits, 1);
    ghm_landing_give(node, waiter, GHM_OK, stale);
    return true;
}

/* A waiter gets what is stored if its own bound allows, else GitHub's refusal itself (`refusal`),
 * else the error. */
void ghm_landing_one_without(struct ghm_node *node, const struct ghm_flight *flight,
                             struct ghm_flight_waiter *waiter, int error,
                             const struct ghm_answer *refusal, struct ghm_node_time time)
{
    bool is_stale = !flight->is_bypass &&
                    ghm_landing_stale(node, waiter, &flight->variant, &flight->identity, time);
    if (is_stale) return;
    if (refusal != NULL)
        give_copy(node, waiter, refusal);
    else
        ghm_landing_give(node, waiter, error, NULL);
}

/* GitHub could not be asked, or would not answer. */
void ghm_landing_without(struct ghm_node *node, struct ghm_flight *flight, int error,
                         const struct ghm_answer *refusal, struct ghm_node_time time)
{
    bool is_unheard = error == GHM_EORIGIN || error == GHM_ETIMEOUT;
    if (is_unheard && flight->tries > 0) ghm_away_note(&node->away, time.now_ns);
    for (struct ghm_flight_waiter *waiter; (waiter = ghm_flight_leave(flight)) != NULL;)
        ghm_landing_one_without(node, flight, waiter, error, refusal, time);
    ghm_landing_end(node, flight);
}
