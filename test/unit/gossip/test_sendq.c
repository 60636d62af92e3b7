/* SPDX-License-Identifier: MIT */
#include "gossip/sendq.h"
#include "wire/varint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "parcels.h"

static struct ghm_mem mem;
static struct ghm_sendq q;
static struct ghm_buf out, scratch;

static void start(void)
{
    ghm_mem_init(&mem, NULL, SIZE_MAX);
    ghm_sendq_init(&q, &mem);
    ghm_buf_init(&out, &mem, GHM_SENDQ_OUT_MAX);
    ghm_buf_init(&scratch, &mem, GHM_SENDQ_OUT_MAX);
}

static void end(void)
{
    ghm_sendq_fini(&q);
    ghm_buf_fini(&out);
    ghm_buf_fini(&scratch);
    ghm_mem_fini(&mem);
}

static void push_message(uint64_t number, size_t len)
{
    struct ghm_parcel *parcel = parcel_of(&mem, number, len);
    ghm_sendq_push_message(&q, parcel);
    ghm_parcel_drop(parcel);
}

/* A subscription or GRAFT of a topic of `len` bytes, or an IWANT of one such id. */
static int push_control(enum ghm_sendq_class class, size_t len)
{
    struct ghm_buf buf, body;
    static uint8_t zeros[GHM_SENDQ_FRAGMENT_MAX];
    struct ghm_bytes bytes = ghm_bytes(zeros, len);
    int error = GHM_OK;
    ghm_buf_init(&buf, &mem, GHM_SENDQ_FRAGMENT_MAX);
    ghm_buf_init(&body, &mem, GHM_SENDQ_FRAGMENT_MAX);
    switch (class) {
    case GHM_SENDQ_SUBSCRIPTION:
        error = ghm_rpc_append_subscription(&buf, bytes, true);
        break;
    case GHM_SENDQ_CONTROL:
        error = ghm_rpc_append_graft(&buf, bytes);
        break;
    case GHM_SENDQ_GOSSIP:
        assert_int_equal(ghm_rpc_append_id(&body, GHM_RPC_IWANT, bytes), GHM_OK);
        error = ghm_rpc_append_ids(&buf, GHM_RPC_IWANT, ghm_buf_bytes(&body));
        break;
    }
    assert_int_equal(error, GHM_OK);
    error = ghm_sendq_push(&q, class, ghm_buf_bytes(&buf));
    ghm_buf_fini(&buf);
    ghm_buf_fini(&body);
    return error;
}

static size_t counts[GHM_RPC_IDONTWANT + 1];

/* The next RPC, without its length; and what is in it. */
static size_t pack(void)
{
    struct ghm_sendq_batch batch;
    struct ghm_rpc_reader reader;
    struct ghm_rpc_item item;
    uint64_t len;
    memset(counts, 0, sizeof counts);
    int more = ghm_sendq_pack(&q, &out, &scratch, &batch);
    assert_true(more >= 0);
    if (more == 0) return 0;
    ghm_sendq_packed(&q, &batch);
    int head = ghm_varint_decode(&len, ghm_buf_bytes(&out));
    assert_true(head > 0);
    struct ghm_bytes rpc = ghm_bytes_from(ghm_buf_bytes(&out), (size_t)head);
    assert_int_equal(rpc.len, len);
    assert_int_equal(ghm_rpc_check(rpc), GHM_OK);
    ghm_rpc_reader_init(&reader, rpc);
    while (ghm_rpc_next(&reader, &item))
        counts[item.type]++;
    return rpc.len;
}

static void sendq_packs_all_in_one_when_it_fits(void **state)
{
    (void)state;
    start();
    assert_true(ghm_sendq_is_empty(&q));
    assert_int_equal(pack(), 0);
    push_message(1, 0);
    assert_int_equal(push_control(GHM_SENDQ_GOSSIP, 0), GHM_OK);
    assert_int_equal(push_control(GHM_SENDQ_CONTROL, 5), GHM_OK);
    assert_int_equal(push_control(GHM_SENDQ_SUBSCRIPTION, 5), GHM_OK);
    assert_int_equal(push_control(GHM_SENDQ_CONTROL, 6), GHM_OK);
    assert_false(ghm_sendq_is_empty(&q));
    assert_true(pack() > 0);
    assert_int_equal(counts[GHM_RPC_SUBSCRIBE], 1);
    assert_int_equal(counts[GHM_RPC_GRAFT], 2);
    assert_int_equal(counts[GHM_RPC_IWANT], 1);
    assert_int_equal(counts[GHM_RPC_MESSAGE], 1);
    assert_true(ghm_sendq_is_empty(&q));
    end();
}

/* js replaces a first control field by a second: there is one. */
static void sendq_writes_one_control_field(void **state)
{
    (void)state;
    struct ghm_proto_reader reader;
    struct ghm_proto_field field;
    size_t controls = 0;
    start();
    assert_int_equal(push_control(GHM_SENDQ_CONTROL, 5), GHM_OK);
    assert_int_equal(push_control(GHM_SENDQ_GOSSIP, 0), GHM_OK);
    assert_true(pack() < 128); /* one byte of length */
    ghm_proto_reader_init(&reader, ghm_bytes_from(ghm_buf_bytes(&out), 1));
    while (ghm_proto_next(&reader, &field) > 0)
        controls += field.number == 3;
    assert_int_equal(controls, 1);
    end();
}

/* What rust-libp2p takes of one sender by default: it refuses the stream when what it has buffered,
 * that is an RPC with its length and what follows it in the last 8 KiB read, is more than 64 KiB
 * (rust#6491), or when subscriptions and control are more than 16 KiB, or messages more than 500.
 */
static void an_rpc_is_what_rust_takes(void **state)
{
    (void)state;
    start();
    for (uint64_t i = 0; i < 30; i++)
        push_message(i, 20000 + 731 * i);
    for (uint64_t i = 30; i < 512; i++)
        push_message(i, 0);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(push_control(GHM_SENDQ_GOSSIP, GHM_SENDQ_FRAGMENT_MAX - 16), GHM_OK);
    for (int i = 0; i < 200; i++)
        assert_int_equal(push_control(i % 2 ? GHM_SENDQ_CONTROL : GHM_SENDQ_SUBSCRIPTION, 250),
                         GHM_OK);
    while (pack() > 0) {
        struct ghm_proto_reader reader;
        struct ghm_proto_field field;
        uint64_t len;
        size_t control = 0;
        assert_true(ghm_buf_len(&out) - 1 + 8192 <= 65536);
        assert_true(counts[GHM_RPC_MESSAGE] <= 500);
        size_t head = (size_t)ghm_varint_decode(&len, ghm_buf_bytes(&out));
        ghm_proto_reader_init(&reader, ghm_bytes_from(ghm_buf_bytes(&out), head));
        while (ghm_proto_next(&reader, &field) > 0)
            control += field.number == 2 ? 0 : field.raw.len;
        assert_true(control <= 16384);
    }
    assert_true(ghm_sendq_is_empty(&q));
    end();
}

/* nim#1640, rust#1910 */
static void rpcs_are_split_and_messages_are_not(void **state)
{
    (void)state;
    start();
    for (uint64_t i = 0; i < 5; i++)
        push_message(i, 28000);
    push_message(5, GHM_MESSAGE_LEN_MAX);
    push_message(6, 28000);
    size_t packs = 0, messages = 0;
    for (size_t len; (len = pack()) > 0; packs++) {
        assert_true(len <= GHM_SENDQ_RPC_MAX || counts[GHM_RPC_MESSAGE] == 1);
        messages += counts[GHM_RPC_MESSAGE];
    }
    assert_int_equal(messages, 7);
    assert_int_equal(packs, 5); /* 2, 2, 1, the large one, 1 */
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(push_control(GHM_SENDQ_GOSSIP, 8000), GHM_OK);
    for (packs = 0; pack() > 0; packs++)
        continue;
    assert_int_equal(packs, 2);
    end();
}

static void control_goes_first(void **state)
{
    (void)state;
    start();
    push_message(1, 56000);
    push_message(2, 56000);
    assert_int_equal(push_control(GHM_SENDQ_GOSSIP, 5000), GHM_OK);
    assert_int_equal(push_control(GHM_SENDQ_GOSSIP, 5000), GHM_OK);
    for (int i = 0; i < 40; i++)
        assert_int_equal(push_control(GHM_SENDQ_CONTROL, 250), GHM_OK);
    pack();
    assert_int_equal(counts[GHM_RPC_GRAFT], 40);
    assert_int_equal(counts[GHM_RPC_IWANT], 1);
    assert_int_equal(counts[GHM_RPC_MESSAGE], 0);
    end();
}

static void slow_peer_loses_gossip_and_messages_but_not_control(void **state)
{
    (void)state;
    start();
    size_t gossip = 0, control = 0;
    while (push_control(GHM_SENDQ_GOSSIP, 15000) == GHM_OK)
        gossip++;
    assert_int_equal(gossip, 8);
    assert_int_equal(q.lost, 1);
    for (uint64_t i = 0; i < 1000; i++)
        push_message(i, 0);
    assert_int_equal(q.count, GHM_SENDQ_MESSAGES_MAX);
    assert_int_equal(q.lost, 1 + 1000 - GHM_SENDQ_MESSAGES_MAX);
    while (push_control(GHM_SENDQ_CONTROL, 250) == GHM_OK)
        control++;
    assert_in_range(control, 240, 262);
    assert_int_equal(q.lost, 1 + 1000 - GHM_SENDQ_MESSAGES_MAX);
    end();
    start();
    for (uint64_t i = 0; i < 10; i++)
        push_message(i, 1000000);
    assert_int_equal(q.count, 2);
    assert_true(q.bytes <= GHM_SENDQ_BYTES_MAX);
    end();
}

static void cancelled_message_is_not_sent(void **state)
{
    (void)state;
    uint8_t id[20] = {0};
    start();
    for (uint64_t i = 0; i < 5; i++)
        push_message(i, 30000);
    ghm_store_be64(id + 12, 2);
    ghm_sendq_cancel(&q, ghm_bytes(id, 20));
    ghm_store_be64(id + 12, 0);
    ghm_sendq_cancel(&q, ghm_bytes(id, 20));
    ghm_store_be64(id + 12, 77);
    ghm_sendq_cancel(&q, ghm_bytes(id, 20));
    assert_int_equal(q.count, 3);
    assert_int_equal(q.bytes, 90000);
    assert_int_equal(q.messages[q.first]->id.bytes[19], 1);
    end();
}

static void refused_memory_loses_nothing_that_waits(void **state)
{
    (void)state;
    struct ghm_sendq_batch batch;
    int more = GHM_ENOMEM;
    for (uint64_t n = 1; more != 1; n++) {
        start();
        push_message(1, 30000);
        assert_int_equal(push_control(GHM_SENDQ_CONTROL, 5), GHM_OK);
        assert_int_equal(push_control(GHM_SENDQ_SUBSCRIPTION, 5), GHM_OK);
        mem.fail_after = n;
        more = ghm_sendq_pack(&q, &out, &scratch, &batch);
        assert_true(more == 1 || more == GHM_ENOMEM);
        mem.fail_after = 0;
        assert_true(pack() > 30000);
        assert_int_equal(counts[GHM_RPC_GRAFT] + counts[GHM_RPC_SUBSCRIBE], 2);
        end();
    }
    start();
    mem.fail_after = 2; /* the first is the parcel's own */
    push_message(1, 0);
    assert_int_equal(q.lost, 1);
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sendq_packs_all_in_one_when_it_fits),
        cmocka_unit_test(sendq_writes_one_control_field),
        cmocka_unit_test(an_rpc_is_what_rust_takes),
        cmocka_unit_test(rpcs_are_split_and_messages_are_not),
        cmocka_unit_test(control_goes_first),
        cmocka_unit_test(slow_peer_loses_gossip_and_messages_but_not_control),
        cmocka_unit_test(cancelled_message_is_not_sent),
        cmocka_unit_test(refused_memory_loses_nothing_that_waits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
