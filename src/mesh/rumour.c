/* SPDX-License-Identifier: MIT */
#include "mesh/rumour.h"

#include "base/assert.h"
#include "mesh/letter.h"
#include "wire/base32.h"

#include <stdio.h>

/* ---- topics ---- */

static struct ghm_bytes topic_of(const struct ghm_mesh *mesh, size_t ring)
{
    return ghm_bytes_text(mesh->topics[ring]);
}

static int subscribe(struct ghm_mesh *mesh, size_t ring)
{
    char network[GHM_BASE32_TEXT_MAX];
    const struct ghm_keyring_keys *keys = &mesh->config.keyring->keys[ring];
    (void)ghm_base32_encode(network, ghm_bytes(keys->network_id, sizeof keys->network_id));
    (void)snprintf(mesh->topics[ring], GHM_CIRCLE_TOPIC_SIZE, "/ghmesh/1/%s", network);
    ghm_log_add(mesh->config.log, GHM_LOG_INFO, GHM_CIRCLE_ROOM, "members meet on the topic %s",
                mesh->topics[ring]);
    return ghm_gossip_subscribe(mesh->gossip, topic_of(mesh, ring), mesh->now_ns);
}

static int subscribe_all(struct ghm_mesh *mesh)
{
    for (size_t ring = 0; ring < mesh->config.keyring->count; ring++) {
        int error = subscribe(mesh, ring);
        if (error != GHM_OK) return error;
    }
    return GHM_OK;
}

/* The secret whose topic it is. */
static bool find_ring(const struct ghm_mesh *mesh, size_t *ret_ring, struct ghm_bytes topic)
{
    for (size_t ring = 0; ring < mesh->config.keyring->count; ring++) {
        if (!ghm_bytes_equal(topic_of(mesh, ring), topic)) continue;
        *ret_ring = ring;
        return true;
    }
    return false;
}

/* ---- life ---- */

/* Many members behind one address are a company, no conspiracy: the swarm bounds their number. */
static struct ghm_score_params score_params(void)
{
    struct ghm_score_params params = ghm_score_defaults;
    params.place_weight = 0;
    return params;
}

int ghm_rumour_init(struct ghm_mesh *mesh)
{
    struct ghm_score_params scores = score_params();
    struct ghm_gossip_config config = {.swarm = mesh->config.swarm,
                                       .identity = mesh->config.identity,
                                       .log = mesh->config.log,
                                       .policy = GHM_MESSAGE_STRICT_SIGN,
                                       .message_identity = GHM_MESSAGE_BY_ORIGIN,
                                       .seqno_start = mesh->config.seqno_start,
                                       .score_params = &scores};
    int error = ghm_gossip_new(&mesh->gossip, mesh->mem, &config, &mesh->entropy);
    return error == GHM_OK ? subscribe_all(mesh) : error;
}

void ghm_rumour_fini(struct ghm_mesh *mesh)
{
    ghm_gossip_free(mesh->gossip);
    ghm_envelope_cipher_fini(&mesh->far_cipher);
}

/* ---- standing ---- */

static void rate(struct ghm_mesh *mesh, const struct ghm_fellow *fellow)
{
    double score = fellow->is_member ? GHM_RUMOUR_MEMBER_SCORE : 0;
    score += (double)fellow->faults * GHM_RUMOUR_FAULT_SCORE;
    ghm_gossip_rate(mesh->gossip, &fellow->id, score);
}

void ghm_rumour_welcome(struct ghm_mesh *mesh, const struct ghm_fellow *fellow)
{
    rate(mesh, fellow);
}

/* It wrote a bad letter, or it could read one and passed it on. */
static void blame(struct ghm_mesh *mesh, const struct ghm_gossip_event *event)
{
    struct ghm_fellow *fellow = ghm_fellow_find(mesh, &event->peer);
    if (fellow == NULL || fellow->is_gone) return;
    bool is_author = ghm_bytes_equal(ghm_peerid_bytes(&fellow->id), event->author);
    if (!is_author && !fellow->is_proven) return;
    fellow->faults++;
    rate(mesh, fellow);
}

static void drop(struct ghm_mesh *mesh, const struct ghm_peerid *id)
{
    const struct ghm_fellow *fellow = ghm_fellow_find(mesh, id);
    if (fellow == NULL || fellow->is_gone) return;
    ghm_fellow_drop(mesh, fellow, "what it gossips is of no use", mesh->now_ns);
}

/* ---- what we say ---- */

bool ghm_rumour_reaches(const struct ghm_mesh *mesh, const struct ghm_fellow *fellow)
{
    return ghm_gossip_reaches(mesh->gossip, topic_of(mesh, 0), &fellow->id);
}

bool ghm_rumour_is_heard(const struct ghm_mesh *mesh)
{
    return ghm_gossip_subscribers(mesh->gossip, topic_of(mesh, 0)) > 0;
}

void ghm_rumour_publish(struct ghm_mesh *mesh)
{
    uint64_t before = ghm_gossip_counts(mesh->gossip)->forwarded;
    int error = ghm_gossip_publish(mesh->gossip, topic_of(mesh, 0), ghm_buf_bytes(&mesh->sealed),
                                   mesh->now_ns);
    GHM_COUNT(mesh->config.shared, announces_sent,
              ghm_gossip_counts(mesh->gossip)->forwarded - before);
    if (error != GHM_OK)
        ghm_log_add(mesh->config.log, GHM_LOG_INFO, GHM_CIRCLE_ROOM,
                    "some members miss an announcement: %s", ghm_error_text(error));
    ghm_gossip_tick(mesh->gossip, mesh->now_ns); /* it waits for the swarm's writers no more */
}

/* ---- what we hear ---- */

/* That of a connected member is kept; strangers' letters take no part of it. */
static struct ghm_envelope_cipher *cipher_of(struct ghm_mesh *mesh, struct ghm_bytes author)
{
    struct ghm_peerid id;
    struct ghm_fellow *fellow = NULL;
    if (ghm_peerid_decode(&id, author) == GHM_OK) fellow = ghm_fellow_find(mesh, &id);
    return fellow != NULL && fellow->is_proven ? &fellow->cipher : &mesh->far_cipher;
}

static enum ghm_letter_verdict read_one(struct ghm_mesh *mesh, struct ghm_mesh_event *ret_event,
                                        const struct ghm_gossip_event *event, int64_t now_ms)
{
    struct ghm_letter_post post = {
        .sealed = event->data, .author = event->author, .is_rumour = true};
    if (!find_ring(mesh, &post.ring, event->topic)) return GHM_LETTER_USELESS;
    post.cipher = cipher_of(mesh, event->author);
    ret_event->type = GHM_MESH_LEARNED;
    enum ghm_letter_verdict verdict = ghm_letter_read(mesh, &ret_event->entry, &post, now_ms);
    if (verdict == GHM_LETTER_GOOD)
        GHM_ASSERT(ghm_peerid_decode(&ret_event->peer, post.author) == GHM_OK);
    return verdict;
}

/* What is not good goes no further, and gossip's own REJECT is for what anybody can tell. */
static bool judge(struct ghm_mesh *mesh, struct ghm_mesh_event *ret_event,
                  const struct ghm_gossip_event *event, int64_t now_ms)
{
    enum ghm_letter_verdict verdict = read_one(mesh, ret_event, event, now_ms);
    bool is_good = verdict == GHM_LETTER_GOOD;
    if (verdict == GHM_LETTER_BAD) blame(mesh, event);
    /* Without memory some of our neighbours miss it; they hear of it from others. */
    (void)!ghm_gossip_validate(mesh->gossip, event->ticket,
                               is_good ? GHM_GOSSIP_ACCEPT : GHM_GOSSIP_IGNORE, mesh->now_ns);
    return is_good;
}

bool ghm_rumour_next(struct ghm_mesh *mesh, struct ghm_mesh_event *ret_event, int64_t now_ms)
{
    struct ghm_gossip_event event;
    while (ghm_gossip_next(mesh->gossip, &event, mesh->now_ns)) {
        if (event.type == GHM_GOSSIP_GRAYLISTED)
            drop(mesh, &event.peer);
        else if (judge(mesh, ret_event, &event, now_ms))
            return true;
    }
    return false;
}
