/* SPDX-License-Identifier: MIT */
#include "gossip/message.h"
#include "hex.h"
#include "rpc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define TOPIC "/test/topic/1"

struct desk {
    struct ghm_mem mem;
    struct ghm_buf raw, scratch;
};

static void desk_init(struct desk *d)
{
    ghm_mem_init(&d->mem, NULL, SIZE_MAX);
    ghm_buf_init(&d->raw, &d->mem, GHM_MESSAGE_LEN_MAX);
    ghm_buf_init(&d->scratch, &d->mem, GHM_MESSAGE_SIGNED_MAX);
}

static void desk_fini(struct desk *d)
{
    ghm_buf_fini(&d->raw);
    ghm_buf_fini(&d->scratch);
    ghm_mem_fini(&d->mem);
}

static struct ghm_key key_of(uint8_t first, uint8_t step)
{
    struct ghm_key key;
    uint8_t seed[32];
    for (size_t i = 0; i < sizeof seed; i++)
        seed[i] = (uint8_t)(first + step * i);
    ghm_key_from_seed(&key, seed);
    return key;
}

/* GHM_OK only when it is all that STRICT_SIGN asks for. */
static int judge(struct ghm_bytes raw)
{
    struct ghm_message message;
    struct desk d;
    int error = ghm_message_decode(&message, raw);
    if (error == GHM_OK) error = ghm_message_check(&message, GHM_MESSAGE_STRICT_SIGN);
    if (error != GHM_OK) return error;
    desk_init(&d);
    error = ghm_message_verify(&message, &d.scratch);
    desk_fini(&d);
    return error;
}

static void message_of_another_implementation_is_verified(void **state)
{
    (void)state;
    struct ghm_message message;
    struct ghm_message_id id;
    struct hex hex = hex_of(message_signed);
    assert_int_equal(judge(hex_bytes(&hex)), GHM_OK);
    assert_int_equal(ghm_message_decode(&message, hex_bytes(&hex)), GHM_OK);
    assert_true(ghm_bytes_equal(message.data, ghm_bytes_text("hello")));
    assert_true(ghm_bytes_equal(message.topic, ghm_bytes_text(TOPIC)));
    assert_true(ghm_message_seqno(&message) == UINT64_C(1234567890123456789));
    assert_null(message.key.ptr);
    ghm_message_identify(&id, &message, GHM_MESSAGE_BY_ORIGIN);
    assert_int_equal(id.len, 46);
    assert_memory_equal(id.bytes, message.from.ptr, 38);
    assert_memory_equal(id.bytes + 38, message.seqno.ptr, 8);
}

/* The same bytes as the other implementation: Ed25519 leaves no choice. */
static void message_is_written_as_others_write_it(void **state)
{
    (void)state;
    struct desk d;
    struct ghm_key key = key_of(0, 1);
    struct ghm_message_draft draft = {.key = &key,
                                      .seqno = UINT64_C(1234567890123456789),
                                      .topic = ghm_bytes_text(TOPIC),
                                      .data = ghm_bytes_text("hello")};
    struct hex hex = hex_of(message_signed);
    desk_init(&d);
    assert_int_equal(ghm_message_append(&d.raw, &d.scratch, &draft), GHM_OK);
    assert_true(ghm_bytes_equal(ghm_buf_bytes(&d.raw), hex_bytes(&hex)));
    ghm_buf_clear(&d.raw);
    draft.key = NULL;
    hex = hex_of(message_unsigned);
    assert_int_equal(ghm_message_append(&d.raw, &d.scratch, &draft), GHM_OK);
    assert_true(ghm_bytes_equal(ghm_buf_bytes(&d.raw), hex_bytes(&hex)));
    desk_fini(&d);
}

/* "This includes any fields that are not recognized" */
static void unknown_fields_are_under_the_signature(void **state)
{
    (void)state;
    struct hex hex = hex_of(message_unknown);
    assert_int_equal(judge(hex_bytes(&hex)), GHM_OK);
    assert_int_equal(hex.bytes[hex.len - 1], 'r');
    hex.bytes[hex.len - 1] = 'R';
    assert_int_equal(judge(hex_bytes(&hex)), GHM_EAUTH);
    hex.len -= 7; /* without it */
    assert_int_equal(judge(hex_bytes(&hex)), GHM_EAUTH);
}

static void key_beside_the_id_must_be_the_authors(void **state)
{
    (void)state;
    struct hex hex = hex_of(message_rsa);
    int error = judge(hex_bytes(&hex));
    /* a kind of key that crypto cannot verify is told as such: nobody is at fault */
    assert_true(error == GHM_OK || error == GHM_ENOTSUP);
    /* without the key there is nothing to verify with: field 6 is the last, 297 bytes and 3 of head
     */
    struct hex bare = hex;
    struct ghm_message message;
    assert_int_equal(ghm_message_decode(&message, hex_bytes(&hex)), GHM_OK);
    bare.len -= 3 + message.key.len; /* the last field, with its head */
    assert_int_equal(judge(hex_bytes(&bare)), GHM_EAUTH);
    /* another one's key, well formed: of the Ed25519 author below, in an RSA author's message */
    struct hex mixed = bare;
    struct ghm_key key = key_of(9, 0);
    mixed.bytes[mixed.len++] = 0x32;
    mixed.bytes[mixed.len++] = GHM_KEY_ED25519_PROTO_LEN;
    ghm_key_encode(mixed.bytes + mixed.len, &key);
    mixed.len += GHM_KEY_ED25519_PROTO_LEN;
    assert_int_equal(judge(hex_bytes(&mixed)), GHM_EAUTH);
}

/* A key that names its author is allowed even when the id holds it. */
static void key_inside_and_beside_the_id(void **state)
{
    (void)state;
    struct hex hex = hex_of(message_signed);
    struct ghm_key key = key_of(0, 1);
    hex.bytes[hex.len++] = 0x32;
    hex.bytes[hex.len++] = GHM_KEY_ED25519_PROTO_LEN;
    ghm_key_encode(hex.bytes + hex.len, &key);
    hex.len += GHM_KEY_ED25519_PROTO_LEN;
    assert_int_equal(judge(hex_bytes(&hex)), GHM_OK);
}

static void hurt_is_refused(struct ghm_bytes in, struct ghm_bytes whole, void *arg)
{
    (void)whole;
    (void)arg;
    assert_int_not_equal(judge(in), GHM_OK);
}

static void every_cut_and_every_flip_is_refused(void **state)
{
    (void)state;
    struct hex hex = hex_of(message_signed);
    hurt_by_truncation(hex_bytes(&hex), hurt_is_refused, NULL);
    hurt_by_flip(hex_bytes(&hex), hurt_is_refused, NULL);
}

/* What another implementation would put together in another order, it would verify otherwise. */
static void only_the_canonical_order_is_accepted(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "12017822016112017a", /* data twice */
        "22016122016212017a", /* two topics */
        "220161120178",       /* data behind the topic */
        "7a0161120178220161", /* an unknown field before known ones */
        "120178",             /* no topic */
        "1201782200",         /* an empty one */
        "1001220161",         /* data as a number */
    };
    struct ghm_message message;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct hex hex = hex_of(wrong[i]);
        assert_int_equal(ghm_message_decode(&message, hex_bytes(&hex)), GHM_EPROTO);
    }
    struct hex hex = hex_of("1201782201617a01617a0162");
    assert_int_equal(ghm_message_decode(&message, hex_bytes(&hex)), GHM_OK);
}

/* specs#294: "The corresponding protobuf key-value pairs are absent from the marshalled message,
 * not just empty." */
static void absent_is_not_empty(void **state)
{
    (void)state;
    static const char *const wrong[] = {"0a00120178220161", "1201781a00220161", "1201782201612a00",
                                        "1201782201613200"};
    struct ghm_message message;
    struct hex hex = hex_of(message_unsigned);
    assert_int_equal(ghm_message_decode(&message, hex_bytes(&hex)), GHM_OK);
    assert_int_equal(ghm_message_check(&message, GHM_MESSAGE_STRICT_NO_SIGN), GHM_OK);
    assert_int_equal(ghm_message_check(&message, GHM_MESSAGE_STRICT_SIGN), GHM_EPROTO);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        hex = hex_of(wrong[i]);
        assert_int_equal(ghm_message_decode(&message, hex_bytes(&hex)), GHM_OK);
        assert_int_equal(ghm_message_check(&message, GHM_MESSAGE_STRICT_NO_SIGN), GHM_EPROTO);
        assert_int_equal(ghm_message_check(&message, GHM_MESSAGE_STRICT_SIGN), GHM_EPROTO);
    }
    hex = hex_of(message_signed);
    assert_int_equal(ghm_message_decode(&message, hex_bytes(&hex)), GHM_OK);
    assert_int_equal(ghm_message_check(&message, GHM_MESSAGE_STRICT_NO_SIGN), GHM_EPROTO);
}

static void content_makes_the_id_when_told_so(void **state)
{
    (void)state;
    struct ghm_message message;
    struct ghm_message_id id;
    struct hex hex = hex_of(message_unsigned);
    assert_int_equal(ghm_message_decode(&message, hex_bytes(&hex)), GHM_OK);
    ghm_message_identify(&id, &message, GHM_MESSAGE_BY_CONTENT);
    /* sha256("hello"), by sha256sum */
    struct hex hash = hex_of("2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
    assert_true(ghm_bytes_equal(ghm_message_id_bytes(&id), hex_bytes(&hash)));
}

static void sizes_are_bounded(void **state)
{
    (void)state;
    static uint8_t raw[GHM_MESSAGE_LEN_MAX + 1];
    struct ghm_message message;
    assert_int_equal(ghm_message_decode(&message, ghm_bytes(raw, sizeof raw)), GHM_ELIMIT);
    uint8_t topic[3 + 257] = {0x22, 0x80, 0x02};
    memset(topic + 3, 't', 257);
    assert_int_equal(ghm_message_decode(&message, ghm_bytes(topic, 259)), GHM_OK);
    topic[1] = 0x81;
    assert_int_equal(ghm_message_decode(&message, ghm_bytes(topic, 260)), GHM_EPROTO);
}

static void every_refused_allocation_is_told(void **state)
{
    (void)state;
    struct ghm_key key = key_of(0, 1);
    struct ghm_message_draft draft = {
        .key = &key, .seqno = 1, .topic = ghm_bytes_text(TOPIC), .data = ghm_bytes_text("hello")};
    int error = GHM_ENOMEM;
    for (uint64_t n = 1; error != GHM_OK; n++) {
        struct desk d;
        desk_init(&d);
        d.mem.fail_after = n;
        error = ghm_message_append(&d.raw, &d.scratch, &draft);
        assert_true(error == GHM_OK || error == GHM_ENOMEM);
        desk_fini(&d);
    }
    struct hex hex = hex_of(message_signed);
    struct ghm_message message;
    struct desk d;
    assert_int_equal(ghm_message_decode(&message, hex_bytes(&hex)), GHM_OK);
    desk_init(&d);
    d.mem.fail_after = 1;
    assert_int_equal(ghm_message_verify(&message, &d.scratch), GHM_ENOMEM);
    assert_int_equal(ghm_message_verify(&message, &d.scratch), GHM_OK);
    desk_fini(&d);
}

/* The attack that field 6 invites: another one's name, our own key, and a good signature by it. */
static void anothers_name_under_our_own_key(void **state)
{
    (void)state;
    struct desk d;
    struct ghm_key author = key_of(0, 1), thief = key_of(50, 3);
    uint8_t key[GHM_KEY_ED25519_PROTO_LEN], signature[64];
    struct ghm_message_draft draft = {.key = &author,
                                      .seqno = 7,
                                      .topic = ghm_bytes_text(TOPIC),
                                      .data = ghm_bytes_text("stolen")};
    desk_init(&d);
    assert_int_equal(ghm_message_append(&d.raw, &d.scratch, &draft), GHM_OK);
    size_t signed_len = ghm_buf_len(&d.raw) - 66; /* without the signature */
    ghm_buf_clear(&d.scratch);
    assert_int_equal(ghm_buf_append_text(&d.scratch, "libp2p-pubsub:"), GHM_OK);
    assert_int_equal(ghm_buf_append(&d.scratch, ghm_bytes_upto(ghm_buf_bytes(&d.raw), signed_len)),
                     GHM_OK);
    ghm_key_sign(signature, &thief, ghm_buf_bytes(&d.scratch));
    memcpy(d.raw.ptr + d.raw.start + signed_len + 2, signature, 64);
    assert_int_equal(judge(ghm_buf_bytes(&d.raw)), GHM_EAUTH);
    ghm_key_encode(key, &thief);
    assert_int_equal(ghm_buf_append(&d.raw, ghm_bytes("\x32\x24", 2)), GHM_OK);
    assert_int_equal(ghm_buf_append(&d.raw, ghm_bytes(key, sizeof key)), GHM_OK);
    assert_int_equal(judge(ghm_buf_bytes(&d.raw)), GHM_EAUTH);
    desk_fini(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(message_of_another_implementation_is_verified),
        cmocka_unit_test(message_is_written_as_others_write_it),
        cmocka_unit_test(unknown_fields_are_under_the_signature),
        cmocka_unit_test(key_beside_the_id_must_be_the_authors),
        cmocka_unit_test(key_inside_and_beside_the_id),
        cmocka_unit_test(every_cut_and_every_flip_is_refused),
        cmocka_unit_test(only_the_canonical_order_is_accepted),
        cmocka_unit_test(absent_is_not_empty),
        cmocka_unit_test(content_makes_the_id_when_told_so),
        cmocka_unit_test(sizes_are_bounded),
        cmocka_unit_test(every_refused_allocation_is_told),
        cmocka_unit_test(anothers_name_under_our_own_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
