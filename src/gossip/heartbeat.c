/* SPDX-License-Identifier: MIT */
#include "gossip/heartbeat.h"

#include "gossip/ihave.h"
#include "gossip/router.h"

/* ---- choices ---- */

static double score_of(const struct ghm_router *router, const struct ghm_subscription *s)
{
    return ghm_neighbour_score(router, s->neighbour);
}

static void take_mesh(struct ghm_topic_choice *ret_choice, const struct ghm_topic *topic)
{
    struct ghm_subscription *s = NULL;
    ret_choice->count = 0;
    while ((s = ghm_topic_next(topic, s)) != NULL) {
        if (s->in_mesh) ret_choice->items[ret_choice->count++] = s;
    }
}

/* Best first; equals stay as they are. A mesh is small. */
static void sort_by_score(const struct ghm_router *router, struct ghm_topic_choice *choice)
{
    double scores[GHM_NEIGHBOUR_MAX];
    for (size_t i = 0; i < choice->count; i++) {
        struct ghm_subscription *item = choice->items[i];
        double score = score_of(router, item);
        size_t at = i;
        for (; at > 0 && scores[at - 1] < score; at--) {
            scores[at] = scores[at - 1];
            choice->items[at] = choice->items[at - 1];
        }
        scores[at] = score;
        choice->items[at] = item;
    }
}

/* All but the first `kept` in random order. */
static void shuffle_from(struct ghm_router *router, struct ghm_topic_choice *choice, size_t kept)
{
    struct ghm_topic_choice rest = {.count = choice->count - kept};
    size_t size = rest.count * sizeof(struct ghm_subscription *);
    memcpy(rest.items, choice->items + kept, size);
    ghm_topic_shuffle(router, &rest);
    memcpy(choice->items + kept, rest.items, size);
}

static size_t count_outbound(const struct ghm_topic_choice *choice, size_t count)
{
    size_t outbound = 0;
    for (size_t i = 0; i < count && i < choice->count; i++)
        outbound += choice->items[i]->neighbour->is_outbound;
    return outbound;
}

/* ---- the mesh ---- */

/* "Peers with a negative score are pruned from all meshes." */
static void dismiss_bad(struct ghm_router *router, struct ghm_topic *topic)
{
    struct ghm_subscription *s = ghm_topic_next(topic, NULL);
    for (; s != NULL; s = ghm_topic_next(topic, s)) {
        if (s->in_mesh && score_of(router, s) < 0)
            ghm_topic_dismiss(router, s, router->params.prune_wait_s, GHM_TOPIC_OFFERS_NOBODY);
    }
}

static void fill_mesh(struct ghm_router *router, struct ghm_topic *topic)
{
    struct ghm_topic_choice choice;
    ghm_topic_candidates(router, &choice, topic);
    for (size_t i = 0; i < choice.count && topic->mesh_count < router->params.d; i++)
        ghm_topic_invite(router, choice.items[i]);
}

/* "if the scoring plus random selection does not result in enough outbound connections, then we
 * replace the random and lower scoring peers in the selection with outbound connection peers" */
static void secure_outbound(const struct ghm_router *router, struct ghm_topic_choice *choice)
{
    size_t kept = router->params.d;
    size_t outbound = count_outbound(choice, kept);
    size_t last = kept;
    for (size_t i = kept; i < choice->count && outbound < router->params.d_out; i++) {
        if (!choice->items[i]->neighbour->is_outbound) continue;
        while (last > 0 && choice->items[last - 1]->neighbour->is_outbound)
            last--;
        if (last == 0) return;
        struct ghm_subscription *swapped = choice->items[last - 1];
        choice->items[last - 1] = choice->items[i];
        choice->items[i] = swapped;
        outbound++;
    }
}

static void thin_mesh(struct ghm_router *router, struct ghm_topic *topic)
{
    struct ghm_topic_choice choice;
    take_mesh(&choice, topic);
    ghm_topic_shuffle(router, &choice);
    sort_by_score(router, &choice);
    shuffle_from(router, &choice, router->params.d_score);
    secure_outbound(router, &choice);
    for (size_t i = router->params.d; i < choice.count; i++)
        ghm_topic_dismiss(router, choice.items[i], router->params.prune_wait_s,
                          GHM_TOPIC_OFFERS_OTHERS);
}

/* "if the peer already has at least D_lo peers in the mesh but not enough outbound connections,
 * then it selects as many needed peers to fill the quota and grafts them" */
static void fill_outbound(struct ghm_router *router, struct ghm_topic *topic)
{
    struct ghm_topic_choice choice;
    take_mesh(&choice, topic);
    size_t outbound = count_outbound(&choice, choice.count);
    if (outbound >= router->params.d_out) return;
    ghm_topic_candidates(router, &choice, topic);
    for (size_t i = 0; i < choice.count && outbound < router->params.d_out; i++) {
        if (!choice.items[i]->neighbour->is_outbound) continue;
        ghm_topic_invite(router, choice.items[i]);
        outbound++;
    }
}

/* gossipsub-v1.1.md, Opportunistic Grafting */
static void look_for_better(struct ghm_router *router, struct ghm_topic *topic)
{
    struct ghm_topic_choice choice;
    size_t grafted = 0;
    if (router->beat % router->params.better_beats != 0) return;
    take_mesh(&choice, topic);
    if (choice.count <= 1) return;
    sort_by_score(router, &choice);
    double median = score_of(router, choice.items[choice.count / 2]);
    if (median >= router->score_params.graft_threshold) return;
    ghm_topic_candidates(router, &choice, topic);
    for (size_t i = 0; i < choice.count && grafted < router->params.better_count; i++) {
        if (score_of(router, choice.items[i]) <= median) continue;
        ghm_topic_invite(router, choice.items[i]);
        grafted++;
    }
}

static void mend_mesh(struct ghm_router *router, struct ghm_topic *topic)
{
    dismiss_bad(router, topic);
    if (topic->mesh_count < router->params.d_low) fill_mesh(router, topic);
    if (topic->mesh_count > router->params.d_high) thin_mesh(router, topic);
    if (topic->mesh_count >= router->params.d_low) fill_outbound(router, topic);
    look_for_better(router, topic);
}

void ghm_heartbeat_join(struct ghm_router *router, struct ghm_topic *topic)
{
    struct ghm_subscription *s = NULL;
    while ((s = ghm_topic_next(topic, s)) != NULL) {
        bool is_wanted = s->in_fanout && topic->mesh_count < router->params.d;
        if (is_wanted && ghm_topic_may_graft(router, s)) ghm_topic_invite(router, s);
        s->in_fanout = false;
    }
    topic->fanout_until_ns = 0;
    fill_mesh(router, topic);
}

/* ---- the fanout ---- */

static bool is_good_for_fanout(const struct ghm_router *router, const struct ghm_subscription *s)
{
    if (s->neighbour->is_direct) return false; /* it gets everything anyhow */
    return score_of(router, s) >= router->score_params.publish_threshold;
}

static void mend_fanout(struct ghm_router *router, struct ghm_topic *topic)
{
    struct ghm_topic_choice choice = {.count = 0};
    size_t count = 0;
    if (topic->fanout_until_ns <= router->now_ns) {
        topic->fanout_until_ns = 0;
        ghm_topic_release(router, topic);
        return;
    }
    for (struct ghm_subscription *s = NULL; (s = ghm_topic_next(topic, s)) != NULL;) {
        bool is_good = is_good_for_fanout(router, s);
        s->in_fanout = s->in_fanout && is_good;
        count += s->in_fanout;
        if (is_good && !s->in_fanout) choice.items[choice.count++] = s;
    }
    ghm_topic_shuffle(router, &choice);
    for (size_t i = 0; i < choice.count && count < router->params.d; i++, count++)
        choice.items[i]->in_fanout = true;
}

/* ---- the whole ---- */

/* "If the message is not received (from any peer) within a period of time, then a behavioural
 * penalty is applied to the advertising peer through P7" (Spam Protection Measures). */
static void punish_broken_promises(struct ghm_router *router)
{
    uint16_t slot;
    while (ghm_promise_broken(&router->promises, &slot, router->now_ns)) {
        router->counts.broken_promises++;
        if (router->slots[slot] != NULL) ghm_score_penalty(router->slots[slot]->score, 1);
    }
}

static void begin_shares(struct ghm_router *router)
{
    for (struct ghm_neighbour *n = NULL; (n = ghm_neighbour_next(router, n)) != NULL;) {
        if (n->asks_too_often) ghm_score_penalty(n->score, 1);
        n->asks_too_often = false;
        n->ihaves = 0;
        n->ids_asked = 0;
        n->ids_wanted = 0;
        n->dontwants = 0;
        n->offers = 0;
    }
}

/* Nobody to mend a mesh with, and nothing that only a heartbeat takes away. */
static bool is_idle(const struct ghm_router *router)
{
    for (size_t i = 0; i < GHM_TOPIC_MAX; i++) {
        if (router->topics[i].is_used && !router->topics[i].is_subscribed) return false;
    }
    return router->neighbours.count == 0 && ghm_mcache_is_empty(&router->mcache);
}

void ghm_heartbeat_run(struct ghm_router *router)
{
    router->beat++;
    router->beat_ns = router->now_ns + router->params.heartbeat_ns;
    punish_broken_promises(router);
    begin_shares(router);
    ghm_score_decay(&router->scores, router->now_ns);
    ghm_backoff_sweep(&router->backoff, router->params.wait_slack_ns, router->now_ns);
    ghm_router_expire(router);
    for (size_t i = 0; i < GHM_TOPIC_MAX; i++) {
        struct ghm_topic *topic = &router->topics[i];
        if (!topic->is_used) continue;
        if (topic->is_subscribed)
            mend_mesh(router, topic);
        else
            mend_fanout(router, topic);
        if (topic->is_used) ghm_ihave_gossip(router, topic);
    }
    ghm_mcache_shift(&router->mcache);
    if (is_idle(router)) router->beat_ns = GHM_NEVER;
}
