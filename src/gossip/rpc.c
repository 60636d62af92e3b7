/* SPDX-License-Identifier: MIT */
#include "gossip/rpc.h"

#include "base/assert.h"

enum rpc_field {
    FIELD_SUBSCRIPTION = 1,
    FIELD_PUBLISH = 2,
    FIELD_CONTROL = 3,
};

enum subscription_field {
    FIELD_SUBSCRIBE = 1,
    FIELD_SUBSCRIBE_TOPIC = 2,
};

enum control_field {
    FIELD_IHAVE = 1,
    FIELD_IWANT = 2,
    FIELD_GRAFT = 3,
    FIELD_PRUNE = 4,
    FIELD_IDONTWANT = 5,
};

/* GRAFT, PRUNE and IHAVE name their topic in the same field. */
enum body_field {
    FIELD_TOPIC = 1,
    FIELD_IHAVE_ID = 2,
    FIELD_WANTED_ID = 1, /* IWANT and IDONTWANT have no topic */
    FIELD_OFFERED = 2,   /* of PRUNE */
    FIELD_BACKOFF = 3,   /* of PRUNE */
};

enum offer_field {
    FIELD_OFFER_PEER = 1,
    FIELD_OFFER_RECORD = 2,
};

/* ---- reading ---- */

static bool has_topic(enum ghm_rpc_type type)
{
    return type == GHM_RPC_IHAVE || type == GHM_RPC_GRAFT || type == GHM_RPC_PRUNE;
}

/* 0 where there are none. */
static uint32_t id_field(enum ghm_rpc_type type)
{
    if (type == GHM_RPC_IHAVE) return FIELD_IHAVE_ID;
    if (type == GHM_RPC_IWANT || type == GHM_RPC_IDONTWANT) return FIELD_WANTED_ID;
    return 0;
}

static int read_offer(struct ghm_rpc_offer *ret_offer, struct ghm_bytes bytes)
{
    struct ghm_proto_reader reader;
    struct ghm_proto_field field;
    int more;
    *ret_offer = (struct ghm_rpc_offer){.peer = GHM_BYTES_NONE};
    ghm_proto_reader_init(&reader, bytes);
    while ((more = ghm_proto_next(&reader, &field)) > 0) {
        if (field.number > FIELD_OFFER_RECORD) continue;
        if (field.type != GHM_PROTO_BYTES) return GHM_EPROTO;
        if (field.number == FIELD_OFFER_PEER)
            ret_offer->peer = field.bytes;
        else
            ret_offer->record = field.bytes;
    }
    return more;
}

static int on_offer(const struct ghm_proto_field *field, uint32_t *offered)
{
    struct ghm_rpc_offer offer;
    if (field->type != GHM_PROTO_BYTES || ++*offered > GHM_RPC_OFFERED_MAX) return GHM_EPROTO;
    return read_offer(&offer, field->bytes);
}

static int on_body_field(struct ghm_rpc_item *item, const struct ghm_proto_field *field,
                         uint32_t *offered)
{
    if (has_topic(item->type) && field->number == FIELD_TOPIC) {
        if (field->type != GHM_PROTO_BYTES) return GHM_EPROTO;
        item->topic = field->bytes;
    }
    if (item->type != GHM_RPC_PRUNE) return GHM_OK;
    if (field->number == FIELD_BACKOFF) {
        if (field->type != GHM_PROTO_VARINT) return GHM_EPROTO;
        item->backoff_s = field->value;
    }
    return field->number == FIELD_OFFERED ? on_offer(field, offered) : GHM_OK;
}

/* The content of one control field: what it names, and whether its list is within bounds. */
static int read_body(struct ghm_rpc_item *item)
{
    struct ghm_proto_reader reader;
    struct ghm_proto_field field;
    uint32_t ids = 0, offered = 0;
    int more;
    ghm_proto_reader_init(&reader, item->body);
    while ((more = ghm_proto_next(&reader, &field)) > 0) {
        if (field.number == id_field(item->type)) {
            if (field.type != GHM_PROTO_BYTES || ++ids > GHM_RPC_IDS_MAX) return GHM_EPROTO;
            continue;
        }
        int error = on_body_field(item, &field, &offered);
        if (error != GHM_OK) return error;
    }
    return more;
}

static int read_subscription(struct ghm_rpc_item *item)
{
    struct ghm_proto_reader reader;
    struct ghm_proto_field field;
    int more;
    item->type = GHM_RPC_UNSUBSCRIBE;
    ghm_proto_reader_init(&reader, item->body);
    while ((more = ghm_proto_next(&reader, &field)) > 0) {
        if (field.number == FIELD_SUBSCRIBE) {
            if (field.type != GHM_PROTO_VARINT) return GHM_EPROTO;
            item->type = field.value != 0 ? GHM_RPC_SUBSCRIBE : GHM_RPC_UNSUBSCRIBE;
        } else if (field.number == FIELD_SUBSCRIBE_TOPIC) {
            if (field.type != GHM_PROTO_BYTES) return GHM_EPROTO;
            item->topic = field.bytes;
        }
    }
    return more;
}

static bool control_type(uint32_t number, enum ghm_rpc_type *ret_type)
{
    static const enum ghm_rpc_type types[] = {
        [FIELD_IHAVE] = GHM_RPC_IHAVE,         [FIELD_IWANT] = GHM_RPC_IWANT,
        [FIELD_GRAFT] = GHM_RPC_GRAFT,         [FIELD_PRUNE] = GHM_RPC_PRUNE,
        [FIELD_IDONTWANT] = GHM_RPC_IDONTWANT,
    };
    if (number < FIELD_IHAVE || number > FIELD_IDONTWANT) return false;
    *ret_type = types[number];
    return true;
}

/* 1 and an item, 0 at the end of the control message, or GHM_EPROTO. */
static int next_control(struct ghm_rpc_reader *reader, struct ghm_rpc_item *ret_item)
{
    struct ghm_proto_field field;
    int more;
    while ((more = ghm_proto_next(&reader->control, &field)) > 0) {
        struct ghm_rpc_item item = {.type = GHM_RPC_IHAVE};
        if (!control_type(field.number, &item.type)) continue;
        if (field.type != GHM_PROTO_BYTES) return GHM_EPROTO;
        item.body = field.bytes;
        int error = read_body(&item);
        if (error != GHM_OK) return error;
        *ret_item = item;
        return 1;
    }
    return more;
}

static int next_item(struct ghm_rpc_reader *reader, struct ghm_rpc_item *ret_item)
{
    struct ghm_proto_field field;
    for (;;) {
        int more = next_control(reader, ret_item);
        if (more != 0) return more;
        more = ghm_proto_next(&reader->rpc, &field);
        if (more <= 0) return more;
        if (field.number > FIELD_CONTROL) continue;
        if (field.type != GHM_PROTO_BYTES) return GHM_EPROTO;
        if (field.number == FIELD_CONTROL) {
            ghm_proto_reader_init(&reader->control, field.bytes);
            continue;
        }
        *ret_item = (struct ghm_rpc_item){.type = GHM_RPC_MESSAGE, .body = field.bytes};
        if (field.number == FIELD_PUBLISH) return 1;
        int error = read_subscription(ret_item);
        return error == GHM_OK ? 1 : error;
    }
}

int ghm_rpc_check(struct ghm_bytes rpc)
{
    struct ghm_rpc_reader reader;
    struct ghm_rpc_item item;
    uint32_t subscriptions = 0, messages = 0, controls = 0;
    int more;
    if (rpc.len > GHM_RPC_LEN_MAX) return GHM_EPROTO;
    ghm_rpc_reader_init(&reader, rpc);
    while ((more = next_item(&reader, &item)) > 0) {
        if (item.type == GHM_RPC_MESSAGE)
            messages++;
        else if (item.type <= GHM_RPC_UNSUBSCRIBE)
            subscriptions++;
        else
            controls++;
        if (subscriptions > GHM_RPC_SUBSCRIPTIONS_MAX || messages > GHM_RPC_MESSAGES_MAX ||
            controls > GHM_RPC_CONTROLS_MAX)
            return GHM_EPROTO;
    }
    return more;
}

void ghm_rpc_reader_init(struct ghm_rpc_reader *reader, struct ghm_bytes rpc)
{
    ghm_proto_reader_init(&reader->rpc, rpc);
    ghm_proto_reader_init(&reader->control, GHM_BYTES_NONE);
}

bool ghm_rpc_next(struct ghm_rpc_reader *reader, struct ghm_rpc_item *ret_item)
{
    int more = next_item(reader, ret_item);
    GHM_ASSERT(more >= 0);
    return more > 0;
}

void ghm_rpc_ids_init(struct ghm_rpc_ids *ids, const struct ghm_rpc_item *item)
{
    ids->number = id_field(item->type);
    GHM_ASSERT(ids->number != 0);
    ghm_proto_reader_init(&ids->left, item->body);
}

bool ghm_rpc_ids_next(struct ghm_rpc_ids *ids, struct ghm_bytes *ret_id)
{
    struct ghm_proto_field field;
    int more;
    while ((more = ghm_proto_next(&ids->left, &field)) > 0) {
        if (field.number != ids->number) continue;
        *ret_id = field.bytes;
        return true;
    }
    GHM_ASSERT(more == 0);
    return false;
}

void ghm_rpc_offers_init(struct ghm_rpc_offers *offers, const struct ghm_rpc_item *item)
{
    GHM_ASSERT(item->type == GHM_RPC_PRUNE);
    ghm_proto_reader_init(&offers->left, item->body);
}

bool ghm_rpc_offers_next(struct ghm_rpc_offers *offers, struct ghm_rpc_offer *ret_offer)
{
    struct ghm_proto_field field;
    int more;
    while ((more = ghm_proto_next(&offers->left, &field)) > 0) {
        if (field.number != FIELD_OFFERED) continue;
        int error = read_offer(ret_offer, field.bytes);
        GHM_ASSERT(error == GHM_OK);
        return true;
    }
    GHM_ASSERT(more == 0);
    return false;
}

/* ---- writing ---- */

/* A small message of a varint or two and a topic, put into a field. */
#define SMALL_MAX 300 /* a topic of at most 256 bytes, its head, and a number */

static int append_small(struct ghm_buf *buf, uint32_t field, struct ghm_buf *small, int error)
{
    if (error == GHM_OK) error = ghm_proto_append_bytes(buf, field, ghm_buf_bytes(small));
    ghm_buf_fini(small);
    return error;
}

int ghm_rpc_append_subscription(struct ghm_buf *buf, struct ghm_bytes topic, bool is_subscribed)
{
    struct ghm_buf small;
    ghm_buf_init(&small, buf->mem, SMALL_MAX);
    int error = ghm_proto_append_varint(&small, FIELD_SUBSCRIBE, is_subscribed);
    if (error == GHM_OK) error = ghm_proto_append_bytes(&small, FIELD_SUBSCRIBE_TOPIC, topic);
    return append_small(buf, FIELD_SUBSCRIPTION, &small, error);
}

int ghm_rpc_append_graft(struct ghm_buf *buf, struct ghm_bytes topic)
{
    struct ghm_buf small;
    ghm_buf_init(&small, buf->mem, SMALL_MAX);
    int error = ghm_proto_append_bytes(&small, FIELD_TOPIC, topic);
    return append_small(buf, FIELD_GRAFT, &small, error);
}

int ghm_rpc_append_prune(struct ghm_buf *buf, struct ghm_bytes topic, uint64_t backoff_s)
{
    return ghm_rpc_append_prune_offering(buf, topic, backoff_s, GHM_BYTES_NONE);
}

int ghm_rpc_append_offer(struct ghm_buf *offers, const struct ghm_rpc_offer *offer)
{
    struct ghm_buf body;
    ghm_buf_init(&body, offers->mem, SMALL_MAX + offer->record.len);
    int error = ghm_proto_append_bytes(&body, FIELD_OFFER_PEER, offer->peer);
    if (error == GHM_OK) error = ghm_proto_append_bytes(&body, FIELD_OFFER_RECORD, offer->record);
    return append_small(offers, FIELD_OFFERED, &body, error);
}

int ghm_rpc_append_prune_offering(struct ghm_buf *buf, struct ghm_bytes topic, uint64_t backoff_s,
                                  struct ghm_bytes offers)
{
    struct ghm_buf small;
    ghm_buf_init(&small, buf->mem, SMALL_MAX + offers.len);
    int error = ghm_proto_append_bytes(&small, FIELD_TOPIC, topic);
    if (error == GHM_OK) error = ghm_buf_append(&small, offers);
    if (error == GHM_OK && backoff_s > 0)
        error = ghm_proto_append_varint(&small, FIELD_BACKOFF, backoff_s);
    return append_small(buf, FIELD_PRUNE, &small, error);
}

int ghm_rpc_append_topic(struct ghm_buf *body, struct ghm_bytes topic)
{
    return ghm_proto_append_bytes(body, FIELD_TOPIC, topic);
}

int ghm_rpc_append_id(struct ghm_buf *body, enum ghm_rpc_type type, struct ghm_bytes id)
{
    GHM_ASSERT(id_field(type) != 0);
    return ghm_proto_append_bytes(body, id_field(type), id);
}

int ghm_rpc_append_ids(struct ghm_buf *buf, enum ghm_rpc_type type, struct ghm_bytes body)
{
    uint32_t field = type == GHM_RPC_IHAVE
                         ? FIELD_IHAVE
                         : (type == GHM_RPC_IWANT ? FIELD_IWANT : FIELD_IDONTWANT);
    GHM_ASSERT(id_field(type) != 0);
    return ghm_proto_append_bytes(buf, field, body);
}

int ghm_rpc_append_message(struct ghm_buf *buf, struct ghm_bytes message)
{
    return ghm_proto_append_bytes(buf, FIELD_PUBLISH, message);
}

int ghm_rpc_append_control(struct ghm_buf *buf, struct ghm_bytes fragments)
{
    return ghm_proto_append_bytes(buf, FIELD_CONTROL, fragments);
}
