/* SPDX-License-Identifier: MIT */
/* The orders about gossip, and the messages that come. */
#include "partner.h"

#include "io/clock.h"

#include <stdlib.h>

#define HEAD_LEN 16 /* number, time */
#define TIMES_MAX 255

static struct topic *find_topic(struct partner *partner, struct ghm_bytes name)
{
    for (size_t i = 0; i < partner->topics_count; i++) {
        if (ghm_bytes_equal(ghm_bytes_text(partner->topics[i].name), name))
            return &partner->topics[i];
    }
    return NULL;
}

static struct ghm_bytes asked_topic(const struct partner *partner)
{
    return ghm_bytes_text(partner_text(partner, "topic"));
}

/* ---- what comes ---- */

static void note_message(struct topic *topic, struct ghm_bytes data)
{
    uint64_t now_ns = ghm_clock_now_ns();
    bool is_right = data.len >= HEAD_LEN && ghm_load_be64(data.ptr) < PARTNER_MESSAGES_MAX;
    for (size_t i = HEAD_LEN; i < data.len; i++)
        is_right &= data.ptr[i] == partner_byte(i);
    if (!is_right) {
        topic->wrong++;
        return;
    }
    uint8_t *times = &topic->times[ghm_load_be64(data.ptr)];
    if (*times > 0) topic->copies++;
    if (*times == 0) topic->distinct++;
    if (*times < TIMES_MAX) (*times)++;
    if (topic->latencies_count == PARTNER_MESSAGES_MAX) return;
    topic->latencies_us[topic->latencies_count++] =
        ((double)now_ns - (double)ghm_load_be64(data.ptr + 8)) / 1000;
}

void topics_turn(struct partner *partner)
{
    struct ghm_gossip_event event;
    uint64_t now_ns = ghm_clock_now_ns();
    ghm_gossip_tick(partner->gossip, now_ns);
    while (ghm_gossip_next(partner->gossip, &event, now_ns)) {
        if (event.type != GHM_GOSSIP_MESSAGE) continue;
        struct topic *topic = find_topic(partner, event.topic);
        if (topic != NULL) note_message(topic, event.data);
        /* Without memory some of the peers miss it, which they will say. */
        (void)!ghm_gossip_validate(partner->gossip, event.ticket, GHM_GOSSIP_ACCEPT, now_ns);
    }
}

void topics_free(struct partner *partner)
{
    for (size_t i = 0; i < partner->topics_count; i++) {
        free(partner->topics[i].times);
        free(partner->topics[i].latencies_us);
    }
}

/* ---- orders ---- */

static int add_topic(struct partner *partner, struct ghm_bytes name)
{
    struct topic *topic = &partner->topics[partner->topics_count];
    if (find_topic(partner, name) != NULL) return GHM_OK;
    if (partner->topics_count == PARTNER_TOPICS_MAX || name.len > GHM_MESSAGE_TOPIC_MAX)
        return GHM_ELIMIT;
    memcpy(topic->name, name.ptr, name.len);
    topic->times = calloc(PARTNER_MESSAGES_MAX, 1);
    topic->latencies_us = calloc(PARTNER_MESSAGES_MAX, sizeof(double));
    partner->topics_count++;
    return topic->times == NULL || topic->latencies_us == NULL ? GHM_ENOMEM : GHM_OK;
}

static void begin_subscribe(struct partner *partner)
{
    struct ghm_bytes name = asked_topic(partner);
    int error = add_topic(partner, name);
    if (error == GHM_OK) error = ghm_gossip_subscribe(partner->gossip, name, ghm_clock_now_ns());
    if (error == GHM_OK)
        partner_answer(partner, NULL);
    else
        partner_fail(partner, ghm_error_text(error));
}

static void look_subscribers(struct partner *partner)
{
    size_t count = ghm_gossip_subscribers(partner->gossip, asked_topic(partner));
    if (count >= partner_number(partner, "count")) partner_answer(partner, NULL);
}

static void begin_in_mesh(struct partner *partner)
{
    (void)partner_peer(partner);
}

static void look_in_mesh(struct partner *partner)
{
    if (ghm_gossip_in_mesh(partner->gossip, asked_topic(partner), &partner->peer))
        partner_answer(partner, NULL);
}

/* `room` holds GHM_GOSSIP_DATA_LIMIT. */
static int publish_one(struct partner *partner, uint8_t *room, uint64_t number, size_t len)
{
    uint64_t now_ns = ghm_clock_now_ns();
    ghm_store_be64(room, number);
    ghm_store_be64(room + 8, now_ns);
    for (size_t i = HEAD_LEN; i < len; i++)
        room[i] = partner_byte(i);
    return ghm_gossip_publish(partner->gossip, asked_topic(partner), ghm_bytes(room, len), now_ns);
}

static int publish_all(struct partner *partner, uint8_t *room)
{
    uint64_t first = partner_number(partner, "first"), count = partner_number(partner, "count");
    uint64_t min = partner_number(partner, "min"), max = partner_number(partner, "max");
    if (min < HEAD_LEN || max < min || max > GHM_GOSSIP_DATA_LIMIT) return GHM_EINVAL;
    for (uint64_t k = 0; k < count; k++) {
        uint64_t len = count == 1 ? min : min + (max - min) * k / (count - 1);
        int error = publish_one(partner, room, first + k, (size_t)len);
        if (error != GHM_OK) return error;
    }
    return GHM_OK;
}

static void begin_publish(struct partner *partner)
{
    uint8_t *room = malloc(GHM_GOSSIP_DATA_LIMIT);
    int error = room == NULL ? GHM_ENOMEM : publish_all(partner, room);
    free(room);
    if (error == GHM_OK)
        partner_answer(partner, NULL);
    else
        partner_fail(partner, ghm_error_text(error));
}

static void begin_of_topic(struct partner *partner)
{
    if (find_topic(partner, asked_topic(partner)) == NULL)
        partner_fail(partner, "not subscribed to that topic");
}

static void look_received(struct partner *partner)
{
    const struct topic *topic = find_topic(partner, asked_topic(partner));
    if (topic->distinct < partner_number(partner, "count")) return;
    partner_answer(partner,
                   json_pack("{s:I,s:I,s:I}", "distinct", (json_int_t)topic->distinct, "copies",
                             (json_int_t)topic->copies, "wrong", (json_int_t)topic->wrong));
}

static void look_latencies(struct partner *partner)
{
    struct topic *topic = find_topic(partner, asked_topic(partner));
    for (size_t i = 0; i < topic->latencies_count; i++)
        (void)json_array_append_new(partner->us, json_real(topic->latencies_us[i]));
    topic->latencies_count = 0;
    partner_answer(partner, json_pack("{s:O}", "us", partner->us));
}

const struct order topics_table[] = {
    {.name = "subscribe", .begin = begin_subscribe},
    {.name = "subscribers", .look = look_subscribers},
    {.name = "in_mesh", .begin = begin_in_mesh, .look = look_in_mesh},
    {.name = "publish", .begin = begin_publish},
    {.name = "received", .begin = begin_of_topic, .look = look_received},
    {.name = "latencies", .begin = begin_of_topic, .look = look_latencies},
    {.name = NULL},
};
