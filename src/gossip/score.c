/* SPDX-License-Identifier: MIT */
#include "gossip/score.h"

#define MOST 1e9 /* of a weight or a cap: squares of sums of such are still numbers */

const struct ghm_score_params ghm_score_defaults = {
    .topic =
        {
            .weight = 1,
            .mesh_time_weight = 0.01,
            .mesh_time_max = 300,
            .mesh_time_quantum_ns = GHM_NS_PER_S,
            .first_weight = 0.5,
            .first_decay = 0.98,
            .first_max = 20,
            .mesh_window_ns = 10 * GHM_NS_PER_MS,
            .failure_decay = 0.98,
            .invalid_weight = -20,
            .invalid_decay = 0.995,
        },
    .topics_max = 20,
    .app_weight = 1,
    .place_weight = -1,
    .place_threshold = 32,
    .behaviour_weight = -10,
    .behaviour_threshold = 1,
    .behaviour_decay = 0.99,
    .zero = 0.01,
    .retain_ns = 600 * GHM_NS_PER_S,
    .gossip_threshold = -100,
    .publish_threshold = -200,
    .graylist_threshold = -400,
    .graft_threshold = 1,
    .offer_threshold = 10,
};

void ghm_score_init(struct ghm_score_book *book, struct ghm_mem *mem,
                    const struct ghm_score_params *params, const uint8_t seed[16])
{
    *book = (struct ghm_score_book){.mem = mem, .params = params};
    for (size_t i = 0; i < GHM_SCORE_TOPICS_MAX; i++)
        book->topics[i] = &params->topic;
    ghm_list_init(&book->gone);
    ghm_map_init(&book->map, mem, GHM_SCORE_PEERS_MAX + GHM_SCORE_GONE_MAX, seed);
}

static struct ghm_score_peer *of_node(struct ghm_map_node *node)
{
    return node == NULL ? NULL : GHM_LIST_OF(node, struct ghm_score_peer, by_id);
}

static struct ghm_score_peer *after(const struct ghm_score_book *book, struct ghm_score_peer *peer)
{
    return of_node(ghm_map_next(&book->map, peer == NULL ? NULL : &peer->by_id));
}

static struct ghm_score_peer *first_gone(struct ghm_score_book *book)
{
    return GHM_LIST_OF(book->gone.next, struct ghm_score_peer, gone);
}

static void forget(struct ghm_score_book *book, struct ghm_score_peer *peer)
{
    if (!ghm_list_is_empty(&peer->gone)) book->gone_count--;
    ghm_list_remove(&peer->gone);
    ghm_map_remove(&book->map, &peer->by_id);
    ghm_mem_free(book->mem, peer, sizeof *peer);
}

void ghm_score_fini(struct ghm_score_book *book)
{
    for (struct ghm_score_peer *peer; (peer = after(book, NULL)) != NULL;)
        forget(book, peer);
    ghm_map_fini(&book->map);
}

/* ---- who ---- */

static int enter_new(struct ghm_score_book *book, struct ghm_score_peer **ret_peer,
                     const struct ghm_peerid *id)
{
    struct ghm_score_peer *peer = ghm_mem_alloc(book->mem, sizeof *peer);
    if (peer == NULL) return GHM_ENOMEM;
    peer->id = *id;
    ghm_list_init(&peer->gone);
    int error = ghm_map_insert(&book->map, &peer->by_id, ghm_peerid_bytes(&peer->id));
    if (error != GHM_OK) {
        ghm_mem_free(book->mem, peer, sizeof *peer);
        return error;
    }
    *ret_peer = peer;
    return GHM_OK;
}

int ghm_score_enter(struct ghm_score_book *book, struct ghm_score_peer **ret_peer,
                    const struct ghm_peerid *id)
{
    struct ghm_score_peer *peer = of_node(ghm_map_find(&book->map, ghm_peerid_bytes(id)));
    if (peer == NULL) {
        int error = enter_new(book, &peer, id);
        if (error != GHM_OK) return error;
    }
    if (!ghm_list_is_empty(&peer->gone)) book->gone_count--;
    ghm_list_remove(&peer->gone);
    peer->is_connected = true;
    *ret_peer = peer;
    return GHM_OK;
}

static bool is_loopback(const char *ip)
{
    return strncmp(ip, "127.", 4) == 0 || strcmp(ip, "::1") == 0;
}

static uint32_t count_at(const struct ghm_score_book *book, const char *ip)
{
    uint32_t count = 0;
    for (struct ghm_score_peer *peer = after(book, NULL); peer != NULL; peer = after(book, peer))
        count += peer->is_connected && strcmp(peer->ip, ip) == 0;
    return count;
}

static void recount_at(struct ghm_score_book *book, const char *ip)
{
    if (ip[0] == '\0') return;
    uint32_t count = is_loopback(ip) ? 0 : count_at(book, ip);
    for (struct ghm_score_peer *peer = after(book, NULL); peer != NULL; peer = after(book, peer)) {
        if (strcmp(peer->ip, ip) == 0) peer->place_peers = count;
    }
}

void ghm_score_place(struct ghm_score_book *book, struct ghm_score_peer *peer, const char *ip)
{
    char old[GHM_SCORE_IP_MAX];
    memcpy(old, peer->ip, sizeof old);
    struct ghm_bytes text = ghm_bytes_upto(ghm_bytes_text(ip), GHM_SCORE_IP_MAX - 1);
    memset(peer->ip, 0, sizeof peer->ip);
    ghm_bytes_copy(peer->ip, text);
    peer->place_peers = 0;
    recount_at(book, old);
    recount_at(book, peer->ip);
}

void ghm_score_leave(struct ghm_score_book *book, struct ghm_score_peer *peer, uint64_t now_ns)
{
    for (size_t i = 0; i < GHM_SCORE_TOPICS_MAX; i++) {
        ghm_score_prune(book, peer, i);
        /* "peers don't lose their status because of a disconnection" is not for credit that could
         * be farmed: go drops first deliveries here too. */
        peer->tallies[i].first = 0;
    }
    peer->is_connected = false;
    recount_at(book, peer->ip);
    if (ghm_score_of(book, peer) >= 0) {
        forget(book, peer);
        return;
    }
    if (book->gone_count == GHM_SCORE_GONE_MAX) forget(book, first_gone(book));
    peer->forget_ns = now_ns + book->params->retain_ns;
    ghm_list_append(&book->gone, &peer->gone);
    book->gone_count++;
}

/* ---- what it did ---- */

void ghm_score_graft(struct ghm_score_peer *peer, size_t topic, uint64_t now_ns)
{
    struct ghm_score_tally *tally = &peer->tallies[topic];
    tally->in_mesh = true;
    tally->is_active = false;
    tally->grafted_ns = now_ns;
    tally->mesh_time_ns = 0;
}

void ghm_score_prune(const struct ghm_score_book *book, struct ghm_score_peer *peer, size_t topic)
{
    struct ghm_score_tally *tally = &peer->tallies[topic];
    double deficit = book->topics[topic]->mesh_threshold - tally->mesh;
    if (tally->in_mesh && tally->is_active && deficit > 0) tally->failure += deficit * deficit;
    tally->in_mesh = false;
    tally->is_active = false;
    tally->mesh_time_ns = 0;
}

static void add_up_to(double *counter, double most)
{
    *counter += 1;
    if (*counter > most) *counter = most;
}

void ghm_score_first(const struct ghm_score_book *book, struct ghm_score_peer *peer, size_t topic)
{
    struct ghm_score_tally *tally = &peer->tallies[topic];
    add_up_to(&tally->first, book->topics[topic]->first_max);
    if (tally->in_mesh) add_up_to(&tally->mesh, book->topics[topic]->mesh_max);
}

void ghm_score_copy(const struct ghm_score_book *book, struct ghm_score_peer *peer, size_t topic,
                    uint64_t since_ns)
{
    struct ghm_score_tally *tally = &peer->tallies[topic];
    if (!tally->in_mesh || since_ns > book->topics[topic]->mesh_window_ns) return;
    add_up_to(&tally->mesh, book->topics[topic]->mesh_max);
}

void ghm_score_invalid(struct ghm_score_peer *peer, size_t topic)
{
    peer->tallies[topic].invalid += 1;
}

void ghm_score_penalty(struct ghm_score_peer *peer, double count)
{
    peer->behaviour += count;
}

void ghm_score_clear_topic(struct ghm_score_book *book, size_t topic)
{
    for (struct ghm_score_peer *peer = after(book, NULL); peer != NULL; peer = after(book, peer))
        peer->tallies[topic] = (struct ghm_score_tally){.in_mesh = false};
    book->topics[topic] = &book->params->topic;
}

void ghm_score_set_topic(struct ghm_score_book *book, size_t topic,
                         const struct ghm_score_topic_params *params)
{
    book->topics[topic] = params;
}

static bool are_within(const double *values, size_t count, double least, double most)
{
    for (size_t i = 0; i < count; i++) {
        if (!(values[i] >= least && values[i] <= most)) return false; /* NaN is neither */
    }
    return true;
}

bool ghm_score_is_valid(const struct ghm_score_topic_params *params)
{
    const double rewards[] = {
        params->weight,    params->mesh_time_weight, params->mesh_time_max, params->first_weight,
        params->first_max, params->mesh_max,         params->mesh_threshold};
    const double penalties[] = {params->mesh_weight, params->failure_weight,
                                params->invalid_weight};
    const double decays[] = {params->first_decay, params->mesh_decay, params->failure_decay,
                             params->invalid_decay};
    return are_within(rewards, sizeof rewards / sizeof rewards[0], 0, MOST) &&
           are_within(penalties, sizeof penalties / sizeof penalties[0], -MOST, 0) &&
           are_within(decays, sizeof decays / sizeof decays[0], 0, 1);
}

/* ---- time ---- */

static void decay(double *counter, double factor, double zero)
{
    *counter *= factor;
    if (*counter < zero) *counter = 0;
}

static void decay_topic(const struct ghm_score_topic_params *topic, struct ghm_score_tally *tally,
                        double zero, uint64_t now_ns)
{
    decay(&tally->first, topic->first_decay, zero);
    decay(&tally->mesh, topic->mesh_decay, zero);
    decay(&tally->failure, topic->failure_decay, zero);
    decay(&tally->invalid, topic->invalid_decay, zero);
    if (!tally->in_mesh) return;
    tally->mesh_time_ns = now_ns - tally->grafted_ns;
    if (tally->mesh_time_ns > topic->mesh_activation_ns) tally->is_active = true;
}

/* "the score is retained for some period of time when a peer disconnects": unchanged, so that being
 * away does not heal faster than being good. */
void ghm_score_decay(struct ghm_score_book *book, uint64_t now_ns)
{
    while (book->gone_count > 0 && first_gone(book)->forget_ns <= now_ns)
        forget(book, first_gone(book));
    for (struct ghm_score_peer *peer = after(book, NULL); peer != NULL; peer = after(book, peer)) {
        if (!peer->is_connected) continue;
        decay(&peer->behaviour, book->params->behaviour_decay, book->params->zero);
        for (size_t i = 0; i < GHM_SCORE_TOPICS_MAX; i++)
            decay_topic(book->topics[i], &peer->tallies[i], book->params->zero, now_ns);
    }
}

/* ---- the sum ---- */

static double of_topic(const struct ghm_score_topic_params *params,
                       const struct ghm_score_tally *tally)
{
    double score = tally->first * params->first_weight + tally->failure * params->failure_weight +
                   tally->invalid * tally->invalid * params->invalid_weight;
    if (tally->in_mesh && params->mesh_time_quantum_ns > 0) {
        uint64_t quanta = tally->mesh_time_ns / params->mesh_time_quantum_ns; /* whole ones count */
        double points = (double)quanta;
        if (points > params->mesh_time_max) points = params->mesh_time_max;
        score += points * params->mesh_time_weight;
    }
    double deficit = params->mesh_threshold - tally->mesh;
    if (tally->is_active && deficit > 0) score += deficit * deficit * params->mesh_weight;
    return score * params->weight;
}

double ghm_score_of(const struct ghm_score_book *book, const struct ghm_score_peer *peer)
{
    const struct ghm_score_params *params = book->params;
    double score = 0;
    for (size_t i = 0; i < GHM_SCORE_TOPICS_MAX; i++)
        score += of_topic(book->topics[i], &peer->tallies[i]);
    if (params->topics_max > 0 && score > params->topics_max) score = params->topics_max;
    score += peer->app * params->app_weight;
    if (peer->place_peers > params->place_threshold) {
        double surplus = (double)(peer->place_peers - params->place_threshold);
        score += surplus * surplus * params->place_weight;
    }
    double excess = peer->behaviour - params->behaviour_threshold;
    if (excess > 0) score += excess * excess * params->behaviour_weight;
    return score;
}
