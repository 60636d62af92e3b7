/* SPDX-License-Identifier: MIT */
#include "mesh/hello.h"

#include "hex.h"
#include "members.h"

#define MESSAGES 4

/* Two sides and what was said, message by message. */
struct talk {
    struct ghm_keyring rings[2];
    struct ghm_hello sides[2]; /* 0 opens */
    unsigned events[2];
    int errors[2];
};

static void begin(struct talk *talk, const char *opener_secrets, const char *other_secrets)
{
    struct ghm_peerid a = peer_of(0x11), b = peer_of(0x22);
    struct ghm_entropy entropies[2] = {entropy_of(0x0a), entropy_of(0x0b)};
    *talk = (struct talk){.rings = {ring_of(opener_secrets), ring_of(other_secrets)}};
    ghm_hello_init(&talk->sides[0], true, &talk->rings[0], &a, &b, &entropies[0]);
    ghm_hello_init(&talk->sides[1], false, &talk->rings[1], &b, &a, &entropies[1]);
}

static void collect(struct talk *talk, int side)
{
    enum ghm_hello_event event;
    while (ghm_hello_next(&talk->sides[side], &event)) {
        assert_int_equal(talk->events[side] & 1U << event, 0); /* each once */
        talk->events[side] |= 1U << event;
    }
}

static void push(struct talk *talk, int side, struct ghm_bytes in)
{
    if (talk->errors[side] == GHM_OK) talk->errors[side] = ghm_hello_push(&talk->sides[side], in);
    collect(talk, side);
}

/* What a side wants to say, as a copy; taken from it. */
static struct hex say(struct talk *talk, int side)
{
    struct hex said;
    struct ghm_bytes out = ghm_hello_pull(&talk->sides[side]);
    assert_true(out.len <= sizeof said.bytes);
    said.len = out.len;
    if (out.len > 0) memcpy(said.bytes, out.ptr, out.len);
    ghm_hello_pulled(&talk->sides[side], out.len);
    return said;
}

static void pass(struct talk *talk, int from)
{
    struct hex said = say(talk, from);
    push(talk, !from, hex_bytes(&said));
}

static void run(struct talk *talk)
{
    for (int message = 0; message < MESSAGES; message++)
        pass(talk, message % 2);
}

static bool is_proven(const struct talk *talk, int side)
{
    return (talk->events[side] & 1U << GHM_HELLO_PROVEN) != 0;
}

static bool is_welcome(const struct talk *talk, int side)
{
    return (talk->events[side] & 1U << GHM_HELLO_WELCOME) != 0;
}

static void assert_members(const struct talk *talk)
{
    for (int side = 0; side < 2; side++) {
        assert_int_equal(talk->errors[side], GHM_OK);
        assert_int_equal(talk->sides[side].state, GHM_HELLO_DONE);
        assert_true(is_proven(talk, side) && is_welcome(talk, side));
        assert_string_equal(ghm_hello_reason(&talk->sides[side]), "");
    }
}

static void assert_strangers(const struct talk *talk)
{
    for (int side = 0; side < 2; side++)
        assert_false(is_proven(talk, side) || is_welcome(talk, side));
}

/* Source: HMAC-SHA256 of Python over the two nonces, which are ChaCha20 of OpenSSL. */
static const char *const golden[MESSAGES] = {
    "010100130139e299ebca2a69a0021306e8197bbf42ccaa0427501729e4bdf39b1e766f7636c1e1139f64",
    ("0100abdfe113c8864befc83335bf49ad8c1ec7a9535e771a10bbd6c5eac82ce6a7ff6f346e4346ac999219c1a8ce"
     "453bf7888cfbe4b0a943e296d97c166bbfb7c5bb"),
    "d83969088a65a12c9f3f208096efe91c17c44a1274fd00e37318c0946b8ddbbb",
    "01",
};

static void messages_match_another_implementation(void **state)
{
    (void)state;
    struct talk talk;
    begin(&talk, SECRET_A, SECRET_A);
    for (int message = 0; message < MESSAGES; message++) {
        struct hex want = hex_of(golden[message]);
        struct hex said = say(&talk, message % 2);
        assert_int_equal(said.len, want.len);
        assert_memory_equal(said.bytes, want.bytes, want.len);
        push(&talk, !(message % 2), hex_bytes(&said));
    }
    assert_members(&talk);
    assert_int_equal(say(&talk, 0).len + say(&talk, 1).len, 0);
}

/* The opener knows the other before the other knows it, and is told when it is known. */
static void events_come_in_turn(void **state)
{
    (void)state;
    struct talk talk;
    begin(&talk, SECRET_A, SECRET_A);
    pass(&talk, 0);
    assert_strangers(&talk);
    pass(&talk, 1);
    assert_true(is_proven(&talk, 0) && !is_welcome(&talk, 0) && !is_proven(&talk, 1));
    pass(&talk, 0);
    assert_true(!is_welcome(&talk, 0) && is_proven(&talk, 1) && is_welcome(&talk, 1));
    pass(&talk, 1);
    assert_members(&talk);
}

/* All messages in pieces of each size from 1 byte on, pulled in pieces too. */
static void every_split_gives_the_same(void **state)
{
    (void)state;
    for (size_t piece = 1; piece <= 70; piece++) {
        struct talk talk;
        begin(&talk, SECRET_A "," SECRET_B "," SECRET_C "," SECRET_D, SECRET_D);
        for (int message = 0; message < MESSAGES; message++) {
            int from = message % 2;
            for (struct ghm_bytes out; (out = ghm_hello_pull(&talk.sides[from])).len > 0;) {
                out = ghm_bytes_upto(out, piece);
                push(&talk, !from, out);
                ghm_hello_pulled(&talk.sides[from], out.len);
            }
        }
        assert_members(&talk);
    }
}

static void wrong_secret_is_refused_at_once(void **state)
{
    (void)state;
    struct talk talk;
    begin(&talk, SECRET_A "," SECRET_C, SECRET_B "," SECRET_D);
    pass(&talk, 0);
    assert_int_equal(talk.errors[1], GHM_EAUTH);
    assert_string_equal(ghm_hello_reason(&talk.sides[1]), "the peer does not hold the mesh secret");
    assert_int_equal(say(&talk, 1).len, 0); /* not a byte from which it could learn more */
    assert_strangers(&talk);
    assert_int_equal(ghm_hello_push(&talk.sides[1], ghm_bytes("x", 1)), GHM_ECLOSED);
}

static void rotated_secrets_meet_in_any_order(void **state)
{
    (void)state;
    static const char *const rings[] = {
        SECRET_A,
        SECRET_A "," SECRET_B,
        SECRET_B "," SECRET_A,
        SECRET_C "," SECRET_D "," SECRET_B "," SECRET_A,
        SECRET_A "," SECRET_A,
    };
    for (size_t i = 0; i < sizeof rings / sizeof rings[0]; i++) {
        for (size_t j = 0; j < sizeof rings / sizeof rings[0]; j++) {
            struct talk talk;
            begin(&talk, rings[i], rings[j]);
            run(&talk);
            assert_members(&talk);
        }
    }
}

/* No single wrong bit of any message leaves both sides members, and the side that gets it never
 * takes it for a proof. */
static void every_flip_is_refused(void **state)
{
    (void)state;
    for (int wrong = 0; wrong < MESSAGES; wrong++) {
        size_t len = strlen(golden[wrong]) / 2;
        for (size_t bit = 0; bit < 8 * len; bit++) {
            struct talk talk;
            begin(&talk, SECRET_A, SECRET_A);
            for (int message = 0; message < MESSAGES; message++) {
                struct hex said = say(&talk, message % 2);
                if (message == wrong) said.bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
                push(&talk, !(message % 2), hex_bytes(&said));
            }
            int hearer = !(wrong % 2);
            assert_false(is_welcome(&talk, hearer));
            assert_int_not_equal(talk.sides[hearer].state, GHM_HELLO_DONE);
            /* The opener has its proof before it waits for the welcome. */
            if (wrong < 3) assert_false(is_proven(&talk, hearer));
            assert_false(is_welcome(&talk, 0));
        }
    }
}

/* With several secrets the index decides which one is meant: a turned index proves nothing. */
static void wrong_index_proves_nothing(void **state)
{
    (void)state;
    for (int index = 0; index < 256; index++) {
        struct talk talk;
        begin(&talk, SECRET_A "," SECRET_B "," SECRET_C "," SECRET_D, SECRET_C);
        pass(&talk, 0);
        struct hex said = say(&talk, 1);
        assert_int_equal(said.bytes[1], 2);
        said.bytes[1] = (uint8_t)index;
        push(&talk, 0, hex_bytes(&said));
        assert_true(is_proven(&talk, 0) == (index == 2));
        int error = index < 4 ? GHM_EAUTH : GHM_EPROTO;
        assert_int_equal(talk.errors[0], index == 2 ? GHM_OK : error);
    }
}

/* A stranger gives back what it was given: our own mac, or our own first message. */
static void reflection_proves_nothing(void **state)
{
    (void)state;
    struct talk talk;
    begin(&talk, SECRET_A, SECRET_A);
    pass(&talk, 0);
    struct hex said = say(&talk, 1);
    push(&talk, 1, ghm_bytes(said.bytes + 34, 32)); /* the other's mac as the opener's */
    assert_int_equal(talk.errors[1], GHM_EAUTH);
    assert_strangers(&talk);

    begin(&talk, SECRET_A, SECRET_A);
    said = say(&talk, 0);
    push(&talk, 0, hex_bytes(&said));
    push(&talk, 0, hex_bytes(&said));
    assert_int_equal(talk.errors[0], GHM_EPROTO);
    assert_strangers(&talk);
}

/* Two talks of one member with a stranger in between: what it says in one is of no use in the
 * other, for the peer ids and both nonces are in every mac. */
static void relayed_mac_proves_nothing(void **state)
{
    (void)state;
    struct ghm_keyring ring = ring_of(SECRET_A);
    struct ghm_peerid member = peer_of(0x11), victim = peer_of(0x22), stranger = peer_of(0x33);
    struct ghm_entropy entropies[2] = {entropy_of(1), entropy_of(2)};
    struct ghm_hello to_stranger, to_victim;
    ghm_hello_init(&to_stranger, true, &ring, &member, &stranger, &entropies[0]);
    ghm_hello_init(&to_victim, false, &ring, &victim, &stranger, &entropies[1]);
    struct ghm_bytes out = ghm_hello_pull(&to_stranger);
    assert_int_equal(ghm_hello_push(&to_victim, out), GHM_OK);
    assert_int_equal(ghm_hello_push(&to_stranger, ghm_hello_pull(&to_victim)), GHM_EAUTH);
}

static void bytes_after_the_end_are_refused(void **state)
{
    (void)state;
    struct talk talk;
    begin(&talk, SECRET_A, SECRET_A);
    run(&talk);
    for (int side = 0; side < 2; side++) {
        assert_int_equal(ghm_hello_push(&talk.sides[side], GHM_BYTES_NONE), GHM_OK);
        assert_int_equal(ghm_hello_push(&talk.sides[side], ghm_bytes("x", 1)), GHM_EPROTO);
        assert_string_equal(ghm_hello_reason(&talk.sides[side]), "bytes after the hello");
    }
    /* In one piece with the last message too. */
    begin(&talk, SECRET_A, SECRET_A);
    pass(&talk, 0);
    pass(&talk, 1);
    struct hex said = say(&talk, 0);
    said.bytes[said.len++] = 'x';
    push(&talk, 1, hex_bytes(&said));
    assert_int_equal(talk.errors[1], GHM_EPROTO);
}

/* A message that is not whole proves nothing, however long one waits. */
static void every_truncation_waits(void **state)
{
    (void)state;
    for (int cut = 0; cut < MESSAGES; cut++) {
        for (size_t len = 0; len < strlen(golden[cut]) / 2; len++) {
            struct talk talk;
            begin(&talk, SECRET_A, SECRET_A);
            for (int message = 0; message < cut; message++)
                pass(&talk, message % 2);
            unsigned events = talk.events[!(cut % 2)];
            enum ghm_hello_state before = talk.sides[!(cut % 2)].state;
            struct hex said = say(&talk, cut % 2);
            push(&talk, !(cut % 2), ghm_bytes(said.bytes, len));
            assert_int_equal(talk.errors[!(cut % 2)], GHM_OK);
            assert_int_equal(talk.events[!(cut % 2)], events);
            assert_int_equal(talk.sides[!(cut % 2)].state, before);
            assert_int_equal(say(&talk, !(cut % 2)).len, 0);
        }
    }
}

static void malformed_heads_are_refused(void **state)
{
    (void)state;
    static const uint8_t heads[][2] = {{0, 1}, {2, 1}, {1, 0}, {1, 5}, {1, 255}, {255, 255}};
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        struct talk talk;
        begin(&talk, SECRET_A, SECRET_A);
        push(&talk, 1, ghm_bytes(heads[i], 2));
        assert_int_equal(talk.errors[1], GHM_EPROTO);
    }
}

/* Any bytes at all: no crash, no proof. */
static void noise_proves_nothing(void **state)
{
    (void)state;
    struct ghm_entropy entropy = entropy_of(0x77);
    for (int round = 0; round < 2000; round++) {
        struct talk talk;
        uint8_t bytes[200];
        begin(&talk, SECRET_A, SECRET_B);
        ghm_entropy_fill(&entropy, bytes, sizeof bytes);
        bytes[0] = 1;
        if (round % 2 == 0) bytes[1] = (uint8_t)(1 + round % 4);
        push(&talk, round % 3 == 0, ghm_bytes(bytes, (size_t)(round % 200)));
        assert_strangers(&talk);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_match_another_implementation),
        cmocka_unit_test(events_come_in_turn),
        cmocka_unit_test(every_split_gives_the_same),
        cmocka_unit_test(wrong_secret_is_refused_at_once),
        cmocka_unit_test(rotated_secrets_meet_in_any_order),
        cmocka_unit_test(every_flip_is_refused),
        cmocka_unit_test(wrong_index_proves_nothing),
        cmocka_unit_test(reflection_proves_nothing),
        cmocka_unit_test(relayed_mac_proves_nothing),
        cmocka_unit_test(bytes_after_the_end_are_refused),
        cmocka_unit_test(every_truncation_waits),
        cmocka_unit_test(malformed_heads_are_refused),
        cmocka_unit_test(noise_proves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
