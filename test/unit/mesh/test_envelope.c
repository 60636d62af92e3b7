/* SPDX-License-Identifier: MIT */
#include "mesh/envelope.h"

#include "hex.h"
#include "members.h"

#define SENT_MS INT64_C(1700000000123)
#define EPOCH_MS INT64_C(3600000)

struct fixture {
    struct ghm_mem mem;
    struct ghm_keyring ring;
    struct ghm_entropy entropy;
    struct ghm_buf sealed;
    struct ghm_buf opened;
    struct ghm_envelope_cipher sealer;
    struct ghm_envelope_cipher opener;
};

static void begin(struct fixture *f, const char *secrets)
{
    *f = (struct fixture){.ring = ring_of(secrets), .entropy = entropy_of(7)};
    ghm_mem_init(&f->mem, NULL, 1 << 20);
    ghm_buf_init(&f->sealed, &f->mem, 2 * GHM_ENVELOPE_LEN_MAX);
    ghm_buf_init(&f->opened, &f->mem, GHM_ENVELOPE_LEN_MAX);
}

static void end(struct fixture *f)
{
    ghm_envelope_cipher_fini(&f->sealer);
    ghm_envelope_cipher_fini(&f->opener);
    ghm_buf_fini(&f->sealed);
    ghm_buf_fini(&f->opened);
    ghm_mem_fini(&f->mem);
}

static int seal_of(struct fixture *f, uint8_t sender, int64_t sent_ms, struct ghm_bytes plain)
{
    struct ghm_envelope letter = {
        .kind = GHM_ENVELOPE_ENTRY, .sender = peer_of(sender), .sent_ms = sent_ms, .plain = plain};
    ghm_buf_clear(&f->sealed);
    return ghm_envelope_seal(&f->sealed, &f->sealer, &f->ring, &letter, &f->entropy);
}

static void seal(struct fixture *f, const char *text)
{
    assert_int_equal(seal_of(f, 0x11, SENT_MS, ghm_bytes_text(text)), GHM_OK);
}

static int open_bytes(struct fixture *f, struct ghm_envelope *ret_letter, struct ghm_bytes sealed)
{
    return ghm_envelope_open(&f->opened, &f->opener, ret_letter, &f->ring, sealed);
}

static void assert_opens(struct fixture *f, uint8_t sender, int64_t sent_ms, const char *text)
{
    struct ghm_envelope letter;
    struct ghm_peerid id = peer_of(sender);
    assert_int_equal(open_bytes(f, &letter, ghm_buf_bytes(&f->sealed)), GHM_OK);
    assert_int_equal(letter.kind, GHM_ENVELOPE_ENTRY);
    assert_true(ghm_peerid_equal(&letter.sender, &id));
    assert_true(letter.sent_ms == sent_ms);
    assert_true(ghm_bytes_equal(letter.plain, ghm_bytes_text(text)));
}

/* Source: HKDF-Expand and AES-256-GCM of OpenSSL through Python's `cryptography`, written from the
 * header's drawing. */
static const char *const golden =
    "0101f5743143f1849e6600c05a111a188cb20007349e26002408011220111111111111111111111111111111111111"
    "11111111111111111111111111113784290c606b04fdc0720400fa4b79f3bc15683a7b45e00cbfc71fed0936e8d43f"
    "86b2aedb8c7290e6a2b552178d516406";

static void bytes_match_another_implementation(void **state)
{
    (void)state;
    struct fixture f;
    struct hex want = hex_of(golden);
    begin(&f, SECRET_A);
    seal(&f, "hello members");
    assert_int_equal(ghm_buf_len(&f.sealed), want.len);
    assert_memory_equal(ghm_buf_bytes(&f.sealed).ptr, want.bytes, want.len);
    ghm_buf_clear(&f.sealed);
    assert_int_equal(ghm_buf_append(&f.sealed, hex_bytes(&want)), GHM_OK);
    assert_opens(&f, 0x11, SENT_MS, "hello members");
    end(&f);
}

static void hurt_is_refused(struct ghm_bytes in, struct ghm_bytes whole, void *arg)
{
    struct fixture *f = arg;
    struct ghm_envelope letter = {.sent_ms = -7};
    (void)whole;
    int error = open_bytes(f, &letter, in);
    assert_true(error == GHM_EPROTO || error == GHM_EAUTH);
    assert_true(letter.sent_ms == -7); /* nothing is written */
}

static void every_truncation_and_flip_is_refused(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, SECRET_A);
    seal(&f, "hello members");
    struct hex whole = {.len = ghm_buf_len(&f.sealed)};
    memcpy(whole.bytes, ghm_buf_bytes(&f.sealed).ptr, whole.len);
    hurt_by_truncation(hex_bytes(&whole), hurt_is_refused, &f);
    hurt_by_flip(hex_bytes(&whole), hurt_is_refused, &f);
    whole.bytes[whole.len++] = 0; /* one byte more */
    hurt_is_refused(hex_bytes(&whole), hex_bytes(&whole), &f);
    /* And the opener's kept key took no harm from all that. */
    assert_opens(&f, 0x11, SENT_MS, "hello members");
    end(&f);
}

static void other_mesh_is_refused(void **state)
{
    (void)state;
    struct fixture ours, theirs;
    struct ghm_envelope letter;
    begin(&ours, SECRET_A "," SECRET_C);
    begin(&theirs, SECRET_B);
    seal(&theirs, "hello");
    assert_int_equal(open_bytes(&ours, &letter, ghm_buf_bytes(&theirs.sealed)), GHM_EAUTH);
    /* Also under our network's name, which is no secret. */
    struct hex forged = {.len = ghm_buf_len(&theirs.sealed)};
    memcpy(forged.bytes, ghm_buf_bytes(&theirs.sealed).ptr, forged.len);
    memcpy(forged.bytes + 2, ours.ring.keys[0].network_id, 16);
    assert_int_equal(open_bytes(&ours, &letter, hex_bytes(&forged)), GHM_EAUTH);
    end(&ours);
    end(&theirs);
}

static void other_senders_name_is_refused(void **state)
{
    (void)state;
    struct fixture f;
    struct ghm_envelope letter;
    struct ghm_peerid other = peer_of(0x22);
    begin(&f, SECRET_A);
    seal(&f, "hello");
    struct hex forged = {.len = ghm_buf_len(&f.sealed)};
    memcpy(forged.bytes, ghm_buf_bytes(&f.sealed).ptr, forged.len);
    memcpy(forged.bytes + 23, other.bytes, other.len);
    assert_int_equal(open_bytes(&f, &letter, hex_bytes(&forged)), GHM_EAUTH);
    /* An id that is none. */
    memset(forged.bytes + 23, 0xff, other.len);
    assert_int_equal(open_bytes(&f, &letter, hex_bytes(&forged)), GHM_EPROTO);
    end(&f);
}

/* What is not for us to read is told from what was altered. */
static void other_forms_are_malformed(void **state)
{
    (void)state;
    struct fixture f;
    struct ghm_envelope letter;
    begin(&f, SECRET_A);
    for (size_t at = 0; at < 2; at++) {
        for (unsigned value = 0; value < 256; value++) {
            seal(&f, "hello");
            struct hex other = {.len = ghm_buf_len(&f.sealed)};
            memcpy(other.bytes, ghm_buf_bytes(&f.sealed).ptr, other.len);
            other.bytes[at] = (uint8_t)value;
            int want = value == 1 ? GHM_OK : GHM_EPROTO;
            assert_int_equal(open_bytes(&f, &letter, hex_bytes(&other)), want);
        }
    }
    end(&f);
}

/* The second secret opens what a member sealed that has it as its first. */
static void every_secret_opens_and_the_first_seals(void **state)
{
    (void)state;
    struct fixture old, both;
    struct ghm_envelope letter;
    begin(&old, SECRET_A);
    begin(&both, SECRET_B "," SECRET_A);
    seal(&old, "sealed with the old");
    assert_int_equal(open_bytes(&both, &letter, ghm_buf_bytes(&old.sealed)), GHM_OK);
    seal(&both, "sealed with the new");
    assert_opens(&both, 0x11, SENT_MS, "sealed with the new");
    assert_int_equal(open_bytes(&old, &letter, ghm_buf_bytes(&both.sealed)), GHM_EAUTH);
    /* The kept key is of one secret: turn about, both are opened. */
    for (int i = 0; i < 3; i++) {
        assert_int_equal(open_bytes(&both, &letter, ghm_buf_bytes(&old.sealed)), GHM_OK);
        assert_int_equal(both.opener.ring, 1);
        assert_opens(&both, 0x11, SENT_MS, "sealed with the new");
        assert_int_equal(both.opener.ring, 0);
    }
    end(&old);
    end(&both);
}

static void kept_key_is_of_one_sender_and_hour(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, SECRET_A);
    for (int round = 0; round < 2; round++) {
        for (uint8_t sender = 1; sender <= 2; sender++) {
            for (int hour = 0; hour < 2; hour++) {
                int64_t sent_ms = SENT_MS + hour * EPOCH_MS;
                assert_int_equal(seal_of(&f, sender, sent_ms, ghm_bytes_text("x")), GHM_OK);
                assert_opens(&f, sender, sent_ms, "x");
                assert_int_equal(f.opener.epoch, sent_ms / EPOCH_MS);
            }
        }
    }
    /* One key from message to message. */
    seal(&f, "first");
    struct evp_cipher_ctx_st *ctx = f.sealer.aead.ctx;
    seal(&f, "second");
    assert_ptr_equal(f.sealer.aead.ctx, ctx);
    assert_opens(&f, 0x11, SENT_MS, "second");
    ctx = f.opener.aead.ctx;
    assert_opens(&f, 0x11, SENT_MS, "second");
    assert_ptr_equal(f.opener.aead.ctx, ctx);
    end(&f);
}

/* The epoch in clear chooses the key: sender, epoch and ring are all of it. */
static void same_text_never_looks_the_same(void **state)
{
    (void)state;
    struct fixture f;
    uint8_t first[64];
    begin(&f, SECRET_A);
    seal(&f, "same");
    memcpy(first, ghm_buf_bytes(&f.sealed).ptr + 61, 40);
    seal(&f, "same");
    assert_memory_not_equal(first, ghm_buf_bytes(&f.sealed).ptr + 61, 12); /* the nonce */
    assert_memory_not_equal(first + 12, ghm_buf_bytes(&f.sealed).ptr + 61 + 12, 28);
    end(&f);
}

static void plain_bound_is_reached_and_not_passed(void **state)
{
    (void)state;
    struct fixture f;
    struct ghm_envelope letter;
    uint8_t *plain = calloc(1, GHM_ENVELOPE_PLAIN_MAX + 7);
    assert_non_null(plain);
    begin(&f, SECRET_A);
    assert_int_equal(seal_of(&f, 1, SENT_MS, ghm_bytes(plain, GHM_ENVELOPE_PLAIN_MAX)), GHM_OK);
    assert_true(ghm_buf_len(&f.sealed) <= GHM_ENVELOPE_LEN_MAX);
    assert_int_equal(open_bytes(&f, &letter, ghm_buf_bytes(&f.sealed)), GHM_OK);
    assert_int_equal(letter.plain.len, GHM_ENVELOPE_PLAIN_MAX);
    assert_int_equal(seal_of(&f, 1, SENT_MS, ghm_bytes(plain, GHM_ENVELOPE_PLAIN_MAX + 1)),
                     GHM_ELIMIT);
    assert_int_equal(ghm_buf_len(&f.sealed), 0);
    assert_int_equal(seal_of(&f, 1, SENT_MS, GHM_BYTES_NONE), GHM_OK); /* nothing is fine */
    assert_int_equal(open_bytes(&f, &letter, ghm_buf_bytes(&f.sealed)), GHM_OK);
    assert_int_equal(letter.plain.len, 0);
    end(&f);
    free(plain);
}

/* A member of another make that seals one byte too many, rightly: by hand, with the same key. */
static void too_much_plain_is_refused_on_arrival(void **state)
{
    (void)state;
    struct fixture f;
    struct ghm_envelope letter;
    begin(&f, SECRET_A);
    seal(&f, "x"); /* sets the key */
    size_t head = 61, len = 8 + GHM_ENVELOPE_PLAIN_MAX + 1;
    uint8_t *bytes = calloc(1, head + 12 + len + 16);
    assert_non_null(bytes);
    memcpy(bytes, ghm_buf_bytes(&f.sealed).ptr, head);
    assert_int_equal(ghm_aead_seal(&f.sealer.aead, bytes + head + 12, bytes + head,
                                   ghm_bytes(bytes, head), ghm_bytes(bytes + head + 12, len)),
                     GHM_OK);
    assert_true(head + 12 + len + 16 <= GHM_ENVELOPE_LEN_MAX);
    assert_int_equal(open_bytes(&f, &letter, ghm_bytes(bytes, head + 12 + len + 16)), GHM_EPROTO);
    free(bytes);
    end(&f);
}

/* A time that no clock has: the sign bit is set. */
static void time_past_the_end_is_refused(void **state)
{
    (void)state;
    struct fixture f;
    struct ghm_envelope letter;
    begin(&f, SECRET_A);
    seal(&f, "x");
    uint8_t bytes[128] = {0}, plain[9] = {0x80};
    memcpy(bytes, ghm_buf_bytes(&f.sealed).ptr, 61);
    assert_int_equal(ghm_aead_seal(&f.sealer.aead, bytes + 73, bytes + 61, ghm_bytes(bytes, 61),
                                   ghm_bytes(plain, 9)),
                     GHM_OK);
    assert_int_equal(open_bytes(&f, &letter, ghm_bytes(bytes, 73 + 9 + 16)), GHM_EPROTO);
    end(&f);
}

static void refused_memory_is_told(void **state)
{
    (void)state;
    struct fixture f;
    struct ghm_envelope letter;
    begin(&f, SECRET_A);
    f.mem.fail_after = 1;
    assert_int_equal(seal_of(&f, 1, SENT_MS, ghm_bytes_text("x")), GHM_ENOMEM);
    assert_int_equal(ghm_buf_len(&f.sealed), 0);
    seal(&f, "x");
    f.mem.fail_after = 1;
    assert_int_equal(open_bytes(&f, &letter, ghm_buf_bytes(&f.sealed)), GHM_ENOMEM);
    assert_opens(&f, 0x11, SENT_MS, "x");
    end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_match_another_implementation),
        cmocka_unit_test(every_truncation_and_flip_is_refused),
        cmocka_unit_test(other_mesh_is_refused),
        cmocka_unit_test(other_senders_name_is_refused),
        cmocka_unit_test(other_forms_are_malformed),
        cmocka_unit_test(every_secret_opens_and_the_first_seals),
        cmocka_unit_test(kept_key_is_of_one_sender_and_hour),
        cmocka_unit_test(same_text_never_looks_the_same),
        cmocka_unit_test(plain_bound_is_reached_and_not_passed),
        cmocka_unit_test(too_much_plain_is_refused_on_arrival),
        cmocka_unit_test(time_past_the_end_is_refused),
        cmocka_unit_test(refused_memory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
