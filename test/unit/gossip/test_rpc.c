/* SPDX-License-Identifier: MIT */
#include "gossip/rpc.h"
#include "hex.h"
#include "rpc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define TOPIC "/test/topic/1"

static struct ghm_rpc_item items[8];

static size_t read_all(struct ghm_bytes rpc)
{
    struct ghm_rpc_reader reader;
    size_t count = 0;
    assert_int_equal(ghm_rpc_check(rpc), GHM_OK);
    ghm_rpc_reader_init(&reader, rpc);
    while (ghm_rpc_next(&reader, &items[count]))
        count++;
    return count;
}

static void assert_topic(size_t i, enum ghm_rpc_type type, const char *topic)
{
    assert_int_equal(items[i].type, type);
    assert_true(ghm_bytes_equal(items[i].topic, ghm_bytes_text(topic)));
}

static void assert_ids(size_t i, size_t count, uint8_t first)
{
    struct ghm_rpc_ids ids;
    struct ghm_bytes id;
    ghm_rpc_ids_init(&ids, &items[i]);
    for (size_t k = 0; k < count; k++) {
        assert_true(ghm_rpc_ids_next(&ids, &id));
        assert_int_equal(id.len, 46);
        assert_int_equal(id.ptr[0], first + k);
    }
    assert_false(ghm_rpc_ids_next(&ids, &id));
}

static void rpc_reads_what_another_one_wrote(void **state)
{
    (void)state;
    struct hex hex = hex_of(rpc_hello);
    assert_int_equal(read_all(hex_bytes(&hex)), 2);
    assert_topic(0, GHM_RPC_SUBSCRIBE, TOPIC);
    assert_topic(1, GHM_RPC_UNSUBSCRIBE, "/other");

    hex = hex_of(rpc_control);
    assert_int_equal(read_all(hex_bytes(&hex)), 5);
    assert_topic(0, GHM_RPC_IHAVE, TOPIC);
    assert_ids(0, 2, 1);
    assert_int_equal(items[1].type, GHM_RPC_IWANT);
    assert_ids(1, 1, 1);
    assert_topic(2, GHM_RPC_GRAFT, TOPIC);
    assert_topic(3, GHM_RPC_PRUNE, TOPIC);
    assert_int_equal(items[3].backoff_s, 60);
    assert_int_equal(items[4].type, GHM_RPC_IDONTWANT);
    assert_ids(4, 1, 2);

    hex = hex_of(rpc_prune_offering);
    assert_int_equal(read_all(hex_bytes(&hex)), 1);
    assert_topic(0, GHM_RPC_PRUNE, TOPIC);
    assert_int_equal(items[0].backoff_s, 0);

    hex = hex_of(rpc_message);
    struct hex message = hex_of(message_signed);
    assert_int_equal(read_all(hex_bytes(&hex)), 1);
    assert_int_equal(items[0].type, GHM_RPC_MESSAGE);
    assert_true(ghm_bytes_equal(items[0].body, hex_bytes(&message)));
}

static void rpc_passes_over_what_it_does_not_know(void **state)
{
    (void)state;
    struct hex hex = hex_of(rpc_unknown);
    assert_int_equal(read_all(hex_bytes(&hex)), 2);
    assert_topic(0, GHM_RPC_SUBSCRIBE, TOPIC);
    assert_topic(1, GHM_RPC_GRAFT, TOPIC);
    assert_int_equal(read_all(GHM_BYTES_NONE), 0);
}

static void rpc_reads_several_control_messages(void **state)
{
    (void)state;
    /* protobuf merges repeated fields of a message */
    struct hex hex = hex_of("1a051a030a01611a0522030a0162");
    assert_int_equal(read_all(hex_bytes(&hex)), 2);
    assert_topic(0, GHM_RPC_GRAFT, "a");
    assert_topic(1, GHM_RPC_PRUNE, "b");
}

static void rpc_writes_what_another_one_reads(void **state)
{
    (void)state;
    struct ghm_mem mem;
    struct ghm_buf rpc, control, body;
    struct ghm_bytes topic = ghm_bytes_text(TOPIC);
    uint8_t one[46], two[46];
    memset(one, 1, sizeof one);
    memset(two, 2, sizeof two);
    struct ghm_bytes first = ghm_bytes(one, 46), second = ghm_bytes(two, 46);
    ghm_mem_init(&mem, NULL, 1 << 16);
    ghm_buf_init(&rpc, &mem, 4096);
    ghm_buf_init(&control, &mem, 4096);
    ghm_buf_init(&body, &mem, 4096);

    assert_int_equal(ghm_rpc_append_subscription(&rpc, topic, true), GHM_OK);
    assert_int_equal(ghm_rpc_append_subscription(&rpc, ghm_bytes_text("/other"), false), GHM_OK);
    struct hex hex = hex_of(rpc_hello);
    assert_true(ghm_bytes_equal(ghm_buf_bytes(&rpc), hex_bytes(&hex)));

    ghm_buf_clear(&rpc);
    assert_int_equal(ghm_rpc_append_topic(&body, topic), GHM_OK);
    assert_int_equal(ghm_rpc_append_id(&body, GHM_RPC_IHAVE, first), GHM_OK);
    assert_int_equal(ghm_rpc_append_id(&body, GHM_RPC_IHAVE, second), GHM_OK);
    assert_int_equal(ghm_rpc_append_ids(&control, GHM_RPC_IHAVE, ghm_buf_bytes(&body)), GHM_OK);
    ghm_buf_clear(&body);
    assert_int_equal(ghm_rpc_append_id(&body, GHM_RPC_IWANT, first), GHM_OK);
    assert_int_equal(ghm_rpc_append_ids(&control, GHM_RPC_IWANT, ghm_buf_bytes(&body)), GHM_OK);
    assert_int_equal(ghm_rpc_append_graft(&control, topic), GHM_OK);
    assert_int_equal(ghm_rpc_append_prune(&control, topic, 60), GHM_OK);
    ghm_buf_clear(&body);
    assert_int_equal(ghm_rpc_append_id(&body, GHM_RPC_IDONTWANT, second), GHM_OK);
    assert_int_equal(ghm_rpc_append_ids(&control, GHM_RPC_IDONTWANT, ghm_buf_bytes(&body)), GHM_OK);
    assert_int_equal(ghm_rpc_append_control(&rpc, ghm_buf_bytes(&control)), GHM_OK);
    hex = hex_of(rpc_control);
    assert_true(ghm_bytes_equal(ghm_buf_bytes(&rpc), hex_bytes(&hex)));

    ghm_buf_fini(&rpc);
    ghm_buf_fini(&control);
    ghm_buf_fini(&body);
    ghm_mem_fini(&mem);
}

/* Never more than what was whole, never a crash: whatever check lets pass can be walked. */
static void walk_hurt(struct ghm_bytes in, struct ghm_bytes whole, void *arg)
{
    struct ghm_rpc_reader reader;
    struct ghm_rpc_item item;
    (void)whole;
    (void)arg;
    if (ghm_rpc_check(in) != GHM_OK) return;
    ghm_rpc_reader_init(&reader, in);
    while (ghm_rpc_next(&reader, &item)) {
        struct ghm_rpc_ids ids;
        struct ghm_bytes id;
        if (item.type != GHM_RPC_IHAVE && item.type != GHM_RPC_IWANT) continue;
        ghm_rpc_ids_init(&ids, &item);
        while (ghm_rpc_ids_next(&ids, &id))
            assert_true(id.ptr >= in.ptr && id.ptr + id.len <= in.ptr + in.len);
    }
}

static void cut_is_refused(struct ghm_bytes in, struct ghm_bytes whole, void *arg)
{
    walk_hurt(in, whole, arg);
    if (in.len > 0) assert_int_equal(ghm_rpc_check(in), GHM_EPROTO);
}

static void rpc_refuses_truncation_and_survives_flips(void **state)
{
    (void)state;
    static const char *const all[] = {rpc_control, rpc_prune_offering, rpc_message};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        struct hex hex = hex_of(all[i]);
        hurt_by_truncation(hex_bytes(&hex), cut_is_refused, NULL);
        hurt_by_flip(hex_bytes(&hex), walk_hurt, NULL);
    }
    struct hex hex = hex_of(rpc_unknown);
    hurt_by_truncation(hex_bytes(&hex), walk_hurt, NULL);
    hurt_by_flip(hex_bytes(&hex), walk_hurt, NULL);
}

static void rpc_refuses_wrong_types(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "0801",         /* a subscription that is a number */
        "1001",         /* a message that is one */
        "1801",         /* control */
        "0a020a00",     /* subscribe as bytes */
        "0a021001",     /* its topic as a number */
        "1a020801",     /* an IHAVE */
        "1a041a020801", /* the topic of a GRAFT */
        "1a0422021a00", /* the back-off of a PRUNE as bytes */
        "1a0412020801", /* an id as a number */
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct hex hex = hex_of(wrong[i]);
        assert_int_equal(ghm_rpc_check(hex_bytes(&hex)), GHM_EPROTO);
    }
}

/* `count` times `piece`, in a control message when told so. */
static int check_many(struct ghm_bytes piece, size_t count, bool in_control)
{
    struct ghm_mem mem;
    struct ghm_buf buf, rpc;
    ghm_mem_init(&mem, NULL, SIZE_MAX);
    ghm_buf_init(&buf, &mem, 1 << 22);
    ghm_buf_init(&rpc, &mem, 1 << 22);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(ghm_buf_append(&buf, piece), GHM_OK);
    if (in_control) assert_int_equal(ghm_rpc_append_control(&rpc, ghm_buf_bytes(&buf)), GHM_OK);
    int error = ghm_rpc_check(ghm_buf_bytes(in_control ? &rpc : &buf));
    ghm_buf_fini(&buf);
    ghm_buf_fini(&rpc);
    ghm_mem_fini(&mem);
    return error;
}

static int check_ids(size_t count)
{
    struct ghm_mem mem;
    struct ghm_buf ids, control;
    ghm_mem_init(&mem, NULL, SIZE_MAX);
    ghm_buf_init(&ids, &mem, 1 << 22);
    ghm_buf_init(&control, &mem, 1 << 22);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(ghm_rpc_append_id(&ids, GHM_RPC_IWANT, ghm_bytes_text("i")), GHM_OK);
    assert_int_equal(ghm_rpc_append_ids(&control, GHM_RPC_IWANT, ghm_buf_bytes(&ids)), GHM_OK);
    int error = check_many(ghm_buf_bytes(&control), 1, true);
    ghm_buf_fini(&ids);
    ghm_buf_fini(&control);
    ghm_mem_fini(&mem);
    return error;
}

static void rpc_lists_are_bounded(void **state)
{
    (void)state;
    struct ghm_bytes subscription = ghm_bytes("\x0a\x00", 2), message = ghm_bytes("\x12\x00", 2);
    struct ghm_bytes graft = ghm_bytes("\x1a\x00", 2), offered = ghm_bytes("\x12\x00", 2);
    assert_int_equal(check_many(subscription, GHM_RPC_SUBSCRIPTIONS_MAX, false), GHM_OK);
    assert_int_equal(check_many(subscription, GHM_RPC_SUBSCRIPTIONS_MAX + 1, false), GHM_EPROTO);
    assert_int_equal(check_many(message, GHM_RPC_MESSAGES_MAX, false), GHM_OK);
    assert_int_equal(check_many(message, GHM_RPC_MESSAGES_MAX + 1, false), GHM_EPROTO);
    assert_int_equal(check_many(graft, GHM_RPC_CONTROLS_MAX, true), GHM_OK);
    assert_int_equal(check_many(graft, GHM_RPC_CONTROLS_MAX + 1, true), GHM_EPROTO);
    assert_int_equal(check_ids(GHM_RPC_IDS_MAX), GHM_OK);
    assert_int_equal(check_ids(GHM_RPC_IDS_MAX + 1), GHM_EPROTO);
    uint8_t prune[2 + 2 * (GHM_RPC_OFFERED_MAX + 1) + 1] = {0x22, 0x80, 0x01};
    for (size_t i = 0; i < GHM_RPC_OFFERED_MAX; i++)
        memcpy(prune + 3 + 2 * i, offered.ptr, 2);
    assert_int_equal(check_many(ghm_bytes(prune, 3 + 128), 1, true), GHM_OK);
    prune[1] = 0x82;
    memcpy(prune + 3 + 128, offered.ptr, 2);
    assert_int_equal(check_many(ghm_bytes(prune, 3 + 130), 1, true), GHM_EPROTO);
    /* one unknown field of a whole MiB, and one byte more */
    static uint8_t large[GHM_RPC_LEN_MAX + 1] = {0x4a, 0xfb, 0xff, 0x3f};
    large[1] = 0xfc;
    assert_int_equal(ghm_rpc_check(ghm_bytes(large, GHM_RPC_LEN_MAX)), GHM_OK);
    large[1] = 0xfd;
    assert_int_equal(ghm_rpc_check(ghm_bytes(large, GHM_RPC_LEN_MAX + 1)), GHM_EPROTO);
}

/* libp2p/specs gossipsub-v1.1.md, PRUNE Backoff and Peer Exchange, "Protobuf", written by hand */
static void offers_are_as_the_spec_says(void **state)
{
    (void)state;
    static const char golden[] = "\x22\x10\x0a\x01t\x12\x09\x0a\x03"
                                 "abc"
                                 "\x12\x02rr\x18\x3c";
    struct ghm_mem mem;
    struct ghm_buf offers, control, rpc;
    struct ghm_rpc_offer offer = {ghm_bytes_text("abc"), ghm_bytes_text("rr")};
    struct ghm_rpc_reader reader;
    struct ghm_rpc_item item;
    struct ghm_rpc_offers walk;
    ghm_mem_init(&mem, NULL, 1 << 20);
    ghm_buf_init(&offers, &mem, 4096);
    ghm_buf_init(&control, &mem, 4096);
    ghm_buf_init(&rpc, &mem, 4096);
    assert_int_equal(ghm_rpc_append_offer(&offers, &offer), GHM_OK);
    assert_int_equal(
        ghm_rpc_append_prune_offering(&control, ghm_bytes_text("t"), 60, ghm_buf_bytes(&offers)),
        GHM_OK);
    assert_true(ghm_bytes_equal(ghm_buf_bytes(&control), ghm_bytes(golden, sizeof golden - 1)));
    assert_int_equal(ghm_rpc_append_control(&rpc, ghm_buf_bytes(&control)), GHM_OK);
    assert_int_equal(ghm_rpc_check(ghm_buf_bytes(&rpc)), GHM_OK);
    ghm_rpc_reader_init(&reader, ghm_buf_bytes(&rpc));
    assert_true(ghm_rpc_next(&reader, &item));
    ghm_rpc_offers_init(&walk, &item);
    assert_true(ghm_rpc_offers_next(&walk, &offer));
    assert_true(ghm_bytes_equal(offer.peer, ghm_bytes_text("abc")));
    assert_true(ghm_bytes_equal(offer.record, ghm_bytes_text("rr")));
    assert_false(ghm_rpc_offers_next(&walk, &offer));
    /* what is offered must itself be well-formed, or the whole RPC is refused */
    uint8_t *at = rpc.ptr + rpc.end - sizeof golden + 1;
    at[8] = 0x09; /* its id would end behind it */
    assert_int_equal(ghm_rpc_check(ghm_buf_bytes(&rpc)), GHM_EPROTO);
    at[8] = 0x03;
    at[7] = 0x08; /* a number, where its id should be */
    assert_int_equal(ghm_rpc_check(ghm_buf_bytes(&rpc)), GHM_EPROTO);
    ghm_buf_fini(&offers);
    ghm_buf_fini(&control);
    ghm_buf_fini(&rpc);
    ghm_mem_fini(&mem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(offers_are_as_the_spec_says),
        cmocka_unit_test(rpc_reads_what_another_one_wrote),
        cmocka_unit_test(rpc_passes_over_what_it_does_not_know),
        cmocka_unit_test(rpc_reads_several_control_messages),
        cmocka_unit_test(rpc_writes_what_another_one_reads),
        cmocka_unit_test(rpc_refuses_truncation_and_survives_flips),
        cmocka_unit_test(rpc_refuses_wrong_types),
        cmocka_unit_test(rpc_lists_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
