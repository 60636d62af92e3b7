/* SPDX-License-Identifier: MIT */
#include "crypto/tls.h"

#include "crypto/certificate.h"

#include "forge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <malloc.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#define MEM_MAX (4 << 20)
#define NOW_S INT64_C(1700000000)
#define DAY_S 86400

static const char *const muxers[] = {"/yamux/1.0.0", "/mplex/6.7.0", NULL};
static const char *const greeting[] = {"hello from the initiator", "hello from the responder"};

struct end {
    struct ghm_mem mem;
    struct ghm_key identity;
    struct ghm_peerid id;
    struct ghm_entropy entropy;
    struct ghm_tls_config config;
    struct ghm_tls *tls;
};

static void end_init(struct end *end, bool is_initiator)
{
    uint8_t seed[32];
    uint8_t proto[GHM_KEY_ED25519_PROTO_LEN];
    *end = (struct end){0};
    ghm_mem_init(&end->mem, NULL, MEM_MAX);
    memset(seed, is_initiator ? 0x33 : 0x44, sizeof seed);
    ghm_key_from_seed(&end->identity, seed);
    ghm_key_encode(proto, &end->identity);
    ghm_peerid_of_key(&end->id, ghm_bytes(proto, sizeof proto));
    memset(seed, is_initiator ? 0x11 : 0x22, sizeof seed);
    ghm_entropy_init(&end->entropy, seed);
    end->config.is_initiator = is_initiator;
    end->config.identity = &end->identity;
    end->config.muxers = muxers;
    end->config.now_s = NOW_S;
}

static void end_start(struct end *end)
{
    assert_int_equal(ghm_tls_new(&end->tls, &end->mem, &end->config, &end->entropy), GHM_OK);
}

static void end_fini(struct end *end)
{
    ghm_tls_free(end->tls);
    ghm_mem_fini(&end->mem);
    assert_int_equal(ERR_peek_error(), 0);
}

static void pair_init(struct end pair[2])
{
    end_init(&pair[0], true);
    end_init(&pair[1], false);
}

static void pair_start(struct end pair[2])
{
    end_start(&pair[0]);
    end_start(&pair[1]);
}

static void pair_fini(struct end pair[2])
{
    end_fini(&pair[0]);
    end_fini(&pair[1]);
}

/* Give all that `from` has to send to `to`, `step` bytes at a time; stops at the first error. */
static int pump(struct end *from, struct end *to, size_t step)
{
    for (;;) {
        struct ghm_bytes out = ghm_bytes_upto(ghm_tls_pull(from->tls), step);
        if (out.len == 0) return GHM_OK;
        int error = ghm_tls_push(to->tls, out);
        ghm_tls_pulled(from->tls, out.len);
        if (error != GHM_OK) return error;
    }
}

static bool took_ready(struct end *end)
{
    enum ghm_tls_event event;
    if (!ghm_tls_next(end->tls, &event)) return false;
    assert_int_equal(event, GHM_TLS_READY);
    assert_false(ghm_tls_next(end->tls, &event));
    return true;
}

static void shake_hands(struct end pair[2], size_t step)
{
    assert_int_equal(pump(&pair[0], &pair[1], step), GHM_OK);
    assert_false(took_ready(&pair[1]));
    assert_int_equal(pump(&pair[1], &pair[0], step), GHM_OK);
    assert_true(took_ready(&pair[0]));
    assert_int_equal(pump(&pair[0], &pair[1], step), GHM_OK);
    assert_true(took_ready(&pair[1]));
}

static void expect_peers(struct end pair[2])
{
    for (size_t i = 0; i < 2; i++) {
        uint8_t proto[GHM_KEY_ED25519_PROTO_LEN];
        ghm_key_encode(proto, &pair[1 - i].identity);
        assert_true(ghm_peerid_equal(ghm_tls_peer(pair[i].tls), &pair[1 - i].id));
        assert_true(ghm_bytes_equal(ghm_tls_peer_key(pair[i].tls), ghm_bytes(proto, sizeof proto)));
        assert_string_equal(ghm_tls_reason(pair[i].tls), "");
    }
}

static void expect_plain(struct end *end, const char *text)
{
    assert_true(ghm_bytes_equal(ghm_tls_plain(end->tls), ghm_bytes_text(text)));
    ghm_tls_plain_drop(end->tls, strlen(text));
}

static void greet(struct end pair[2], size_t step)
{
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(ghm_tls_write(pair[i].tls, ghm_bytes_text(greeting[i])), GHM_OK);
        assert_int_equal(pump(&pair[i], &pair[1 - i], step), GHM_OK);
        expect_plain(&pair[1 - i], greeting[i]);
    }
}

/* A session that has died stays dead. */
static void expect_dead(struct end *end, int error, const char *reason)
{
    assert_string_equal(ghm_tls_reason(end->tls), reason);
    assert_int_equal(ghm_tls_push(end->tls, ghm_bytes("x", 1)), error);
    assert_int_equal(ghm_tls_push(end->tls, GHM_BYTES_NONE), error);
    assert_int_equal(ghm_tls_write(end->tls, ghm_bytes("x", 1)), GHM_ECLOSED);
    assert_string_equal(ghm_tls_reason(end->tls), reason);
    assert_false(took_ready(end));
}

/* ---- two of ours ---- */

static void tls_agrees_under_every_step(void **state)
{
    (void)state;
    for (size_t step = 1; step <= 1200; step += step < 40 ? 1 : 97) {
        struct end pair[2];
        pair_init(pair);
        pair_start(pair);
        shake_hands(pair, step);
        greet(pair, step);
        expect_peers(pair);
        assert_ptr_equal(ghm_tls_muxer(pair[0].tls), muxers[0]);
        assert_ptr_equal(ghm_tls_muxer(pair[1].tls), muxers[0]);
        pair_fini(pair);
    }
}

/* Each flight cut in two at every place: the same events and the same plaintext. */
static void tls_agrees_under_every_split(void **state)
{
    (void)state;
    bool is_past = false;
    for (size_t at = 0; !is_past; at += 3) {
        struct end pair[2];
        pair_init(pair);
        pair_start(pair);
        is_past = true;
        for (size_t turn = 0; turn < 4; turn++) {
            struct end *from = &pair[turn % 2], *to = &pair[1 - turn % 2];
            if (turn == 2) assert_true(took_ready(from));
            if (turn >= 2)
                assert_int_equal(ghm_tls_write(from->tls, ghm_bytes_text(greeting[turn - 2])),
                                 GHM_OK);
            struct ghm_bytes out = ghm_tls_pull(from->tls);
            if (at < out.len) is_past = false;
            assert_int_equal(ghm_tls_push(to->tls, ghm_bytes_upto(out, at)), GHM_OK);
            assert_int_equal(ghm_tls_push(to->tls, ghm_bytes_from(out, at)), GHM_OK);
            ghm_tls_pulled(from->tls, out.len);
            if (turn == 2) assert_true(took_ready(to));
            if (turn >= 2) expect_plain(to, greeting[turn - 2]);
        }
        pair_fini(pair);
    }
}

static void fill(uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)(i * 31 + (i >> 8));
}

static void tls_carries_large_plaintext(void **state)
{
    (void)state;
    static uint8_t sent[3 * GHM_TLS_PLAIN_MAX];
    static const size_t lens[] = {0,
                                  1,
                                  GHM_TLS_PLAIN_MAX - 1,
                                  GHM_TLS_PLAIN_MAX,
                                  GHM_TLS_PLAIN_MAX + 1,
                                  3 * GHM_TLS_PLAIN_MAX};
    static const size_t steps[] = {1, 7919, SIZE_MAX};
    fill(sent, sizeof sent);
    for (size_t s = 0; s < sizeof steps / sizeof steps[0]; s++) {
        struct end pair[2];
        pair_init(pair);
        pair_start(pair);
        shake_hands(pair, SIZE_MAX);
        for (size_t i = 0; i < sizeof lens / sizeof lens[0]; i++) {
            size_t records = (lens[i] + GHM_TLS_PLAIN_MAX - 1) / GHM_TLS_PLAIN_MAX;
            assert_int_equal(ghm_tls_write(pair[0].tls, ghm_bytes(sent, lens[i])), GHM_OK);
            assert_int_equal(ghm_tls_pull(pair[0].tls).len, lens[i] + records * 22);
            assert_int_equal(pump(&pair[0], &pair[1], steps[s]), GHM_OK);
            struct ghm_bytes got = ghm_tls_plain(pair[1].tls);
            assert_true(ghm_bytes_equal(got, ghm_bytes(sent, lens[i])));
            ghm_tls_plain_drop(pair[1].tls, got.len);
        }
        pair_fini(pair);
    }
}

static void tls_bounds_what_it_holds(void **state)
{
    (void)state;
    static uint8_t bytes[GHM_TLS_SEALED_HELD_MAX + 1];
    struct end pair[2];
    pair_init(pair);
    pair_start(pair);
    shake_hands(pair, SIZE_MAX);
    /* To send: 63 records fit into 1 MiB, the 64th does not and leaves no trace. */
    for (size_t i = 0; i < 63; i++)
        assert_int_equal(ghm_tls_write(pair[0].tls, ghm_bytes(bytes, GHM_TLS_PLAIN_MAX)), GHM_OK);
    size_t record = GHM_TLS_PLAIN_MAX + 22;
    assert_int_equal(ghm_tls_pull(pair[0].tls).len, 63 * record);
    assert_int_equal(ghm_tls_write(pair[0].tls, ghm_bytes(bytes, GHM_TLS_PLAIN_MAX)), GHM_ELIMIT);
    assert_int_equal(ghm_tls_write(pair[0].tls, ghm_bytes(bytes, sizeof bytes)), GHM_ELIMIT);
    /* With its records' heads and tags this length comes to 2^64 + 22, which a size_t takes for 22.
     */
    size_t wraps = SIZE_MAX / 16406 * GHM_TLS_PLAIN_MAX + SIZE_MAX % 16406 + 1;
    assert_int_equal(ghm_tls_write(pair[0].tls, ghm_bytes(bytes, wraps)), GHM_ELIMIT);
    assert_int_equal(ghm_tls_pull(pair[0].tls).len, 63 * record);
    /* Received: 16 of them are 256 KiB; one more, undrained, ends the session. */
    struct ghm_bytes out = ghm_tls_pull(pair[0].tls);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(ghm_tls_push(pair[1].tls, ghm_bytes_upto(out, 16 * record)), GHM_OK);
        assert_int_equal(ghm_tls_plain(pair[1].tls).len, GHM_TLS_PLAIN_HELD_MAX);
        out = ghm_bytes_from(out, 16 * record);
        if (i == 0) ghm_tls_plain_drop(pair[1].tls, GHM_TLS_PLAIN_HELD_MAX);
    }
    assert_int_equal(ghm_tls_push(pair[1].tls, ghm_bytes_upto(out, record)), GHM_ELIMIT);
    expect_dead(&pair[1], GHM_ELIMIT, "more is queued than its bound");
    assert_true(pair[1].mem.peak_bytes <= GHM_TLS_PLAIN_HELD_MAX + GHM_TLS_PLAIN_MAX + 16384);
    pair_fini(pair);
}

/* What OpenSSL holds, with what malloc adds to each block; counted from the start of main. */
static size_t openssl_bytes;
static uint64_t openssl_fails_after; /* its n-th allocation from now on is refused, once; 0: none */

static size_t cost_of(void *block)
{
    return block == NULL ? 0 : malloc_usable_size(block) + sizeof(size_t);
}

static void *take(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    if (openssl_fails_after > 0 && --openssl_fails_after == 0) return NULL;
    void *block = malloc(size);
    openssl_bytes += cost_of(block);
    return block;
}

static void *retake(void *block, size_t size, const char *file, int line)
{
    size_t before = cost_of(block);
    void *moved = realloc(block, size);
    (void)file;
    (void)line;
    if (moved != NULL) openssl_bytes += cost_of(moved) - before;
    return moved;
}

static void give(void *block, const char *file, int line)
{
    (void)file;
    (void)line;
    openssl_bytes -= cost_of(block);
    free(block);
}

/* Credentials for both ends, as two swarms have them. */
static void share(struct ghm_credential *credentials[2], struct ghm_mem *mem)
{
    static struct ghm_key identities[2];
    struct end pair[2];
    pair_init(pair);
    ghm_mem_init(mem, NULL, 4096);
    for (size_t i = 0; i < 2; i++) {
        identities[i] = pair[i].identity;
        assert_int_equal(ghm_credential_new(&credentials[i], mem, &identities[i], &pair[i].entropy),
                         GHM_OK);
    }
    pair_fini(pair);
}

static void stop_sharing(struct ghm_credential *credentials[2], struct ghm_mem *mem)
{
    ghm_credential_free(credentials[0]);
    ghm_credential_free(credentials[1]);
    ghm_mem_fini(mem);
}

static void pair_start_shared(struct end pair[2], struct ghm_credential *credentials[2])
{
    pair_init(pair);
    for (size_t i = 0; i < 2; i++) {
        pair[i].config.identity = NULL;
        pair[i].config.credential = credentials[i];
    }
    pair_start(pair);
}

/* Whatever went through it, an idle session holds no large buffer; of OpenSSL's memory too. */
static void tls_is_small_when_idle(void **state)
{
    (void)state;
    static uint8_t sent[15 * GHM_TLS_PLAIN_MAX];
    static const size_t steps[] = {777, 65536, SIZE_MAX};
    struct ghm_credential *credentials[2];
    struct ghm_mem mem;
    struct end first[2], pair[2];
    share(credentials, &mem);
    pair_start_shared(first, credentials); /* fills what OpenSSL keeps for all */
    shake_hands(first, SIZE_MAX);
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        size_t empty = openssl_bytes;
        pair_start_shared(pair, credentials);
        shake_hands(pair, steps[i]);
        greet(pair, steps[i]);
        size_t held = openssl_bytes - empty + pair[0].mem.used_bytes + pair[1].mem.used_bytes;
        print_message("an idle session holds %zu bytes, OpenSSL's included\n", held / 2);
        assert_in_range(held / 2, 10000, GHM_TLS_IDLE_MAX);
        size_t before[2] = {pair[0].mem.used_bytes, pair[1].mem.used_bytes};
        size_t after_hands = openssl_bytes;
        for (size_t way = 0; way < 2; way++) {
            assert_int_equal(ghm_tls_write(pair[way].tls, ghm_bytes(sent, sizeof sent)), GHM_OK);
            assert_int_equal(pump(&pair[way], &pair[1 - way], steps[i]), GHM_OK);
            assert_true(pair[1 - way].mem.used_bytes > sizeof sent);
            ghm_tls_plain_drop(pair[1 - way].tls, sizeof sent - 1);
            assert_int_equal(ghm_tls_plain(pair[1 - way].tls).len, 1);
            ghm_tls_plain_drop(pair[1 - way].tls, 1);
        }
        for (size_t who = 0; who < 2; who++)
            assert_true(pair[who].mem.used_bytes <= before[who] + 2 * GHM_TLS_KEPT_MAX);
        assert_in_range(openssl_bytes, 0, after_hands);
        greet(pair, steps[i]);
        pair_fini(pair);
        assert_in_range(openssl_bytes, 0, empty);
    }
    pair_fini(first);
    stop_sharing(credentials, &mem);
}

/* ---- one credential for many sessions ---- */

static void tls_sessions_of_one_credential_are_apart(void **state)
{
    (void)state;
    static const char *const other[] = {"/mplex/6.7.0", NULL};
    struct ghm_credential *credentials[2];
    struct ghm_mem mem;
    struct end good[2], bad[2];
    share(credentials, &mem);
    pair_start_shared(good, credentials);
    pair_init(bad);
    for (size_t i = 0; i < 2; i++)
        bad[i].config.credential = credentials[i];
    bad[0].config.expected = bad[0].id; /* it wants somebody else */
    bad[1].config.muxers = other;
    pair_start(bad);
    /* Their flights take turns: what the context calls must find the right one. */
    assert_int_equal(pump(&good[0], &good[1], SIZE_MAX), GHM_OK);
    assert_int_equal(pump(&bad[0], &bad[1], SIZE_MAX), GHM_OK);
    assert_int_equal(pump(&bad[1], &bad[0], SIZE_MAX), GHM_EAUTH);
    assert_int_equal(pump(&good[1], &good[0], SIZE_MAX), GHM_OK);
    expect_dead(&bad[0], GHM_EAUTH, "not the expected peer");
    assert_true(took_ready(&good[0]));
    assert_int_equal(pump(&good[0], &good[1], SIZE_MAX), GHM_OK);
    assert_true(took_ready(&good[1]));
    expect_peers(good);
    assert_string_equal(ghm_tls_muxer(good[0].tls), "/yamux/1.0.0");
    pair_fini(bad);
    greet(good, 100);
    stop_sharing(credentials, &mem); /* a session needs it no more */
    greet(good, 100);
    pair_fini(good);
}

static void tls_expects_its_peer(void **state)
{
    (void)state;
    for (size_t who = 0; who < 2; who++) {
        for (size_t right = 0; right < 2; right++) {
            struct end pair[2];
            pair_init(pair);
            pair[who].config.expected = pair[right == 1 ? 1 - who : who].id;
            pair_start(pair);
            if (right == 1) {
                shake_hands(pair, SIZE_MAX);
                pair_fini(pair);
                continue;
            }
            assert_int_equal(pump(&pair[0], &pair[1], SIZE_MAX), GHM_OK);
            int error = pump(&pair[1], &pair[0], SIZE_MAX);
            if (who == 1) {
                assert_int_equal(error, GHM_OK);
                error = pump(&pair[0], &pair[1], SIZE_MAX);
            }
            assert_int_equal(error, GHM_EAUTH);
            expect_dead(&pair[who], GHM_EAUTH, "not the expected peer");
            assert_int_equal(ghm_tls_peer(pair[who].tls)->len, 0);
            /* The other side is told by an alert. */
            assert_int_equal(pump(&pair[who], &pair[1 - who], SIZE_MAX), GHM_EPROTO);
            pair_fini(pair);
        }
    }
}

static void tls_agrees_on_the_initiators_muxer(void **state)
{
    (void)state;
    static const char *const turned[] = {"/x/1", "/mplex/6.7.0", "/yamux/1.0.0", NULL};
    for (size_t who = 0; who < 2; who++) {
        struct end pair[2];
        pair_init(pair);
        pair[who].config.muxers = turned;
        pair_start(pair);
        shake_hands(pair, SIZE_MAX);
        const char *want = who == 0 ? "/mplex/6.7.0" : "/yamux/1.0.0";
        assert_string_equal(ghm_tls_muxer(pair[0].tls), want);
        assert_string_equal(ghm_tls_muxer(pair[1].tls), want);
        pair_fini(pair);
    }
}

/* Then "libp2p" is agreed, and multistream finds the muxer. */
static void tls_agrees_on_no_muxer(void **state)
{
    (void)state;
    static const char *const others[] = {"/other/1", NULL};
    static const char *const none[] = {NULL};
    static const char *const *const lists[] = {NULL, none, others};
    for (size_t who = 0; who < 2; who++) {
        for (size_t i = 0; i < 3; i++) {
            struct end pair[2];
            pair_init(pair);
            pair[who].config.muxers = lists[i];
            pair_start(pair);
            shake_hands(pair, SIZE_MAX);
            assert_null(ghm_tls_muxer(pair[0].tls));
            assert_null(ghm_tls_muxer(pair[1].tls));
            pair_fini(pair);
        }
    }
}

static void tls_bounds_its_list_of_muxers(void **state)
{
    (void)state;
    static char name[257];
    memset(name, 'n', 256);
    static const char *const long_name[] = {name, NULL};
    static const char *const empty_name[] = {"", NULL};
    const char *many[GHM_TLS_MUXERS_MAX + 2] = {NULL};
    for (size_t i = 0; i <= GHM_TLS_MUXERS_MAX; i++)
        many[i] = "/m";
    const char *const *const lists[] = {long_name, empty_name, many};
    for (size_t i = 0; i < 3; i++) {
        struct end end;
        end_init(&end, true);
        end.config.muxers = lists[i];
        assert_int_equal(ghm_tls_new(&end.tls, &end.mem, &end.config, &end.entropy), GHM_EINVAL);
        assert_null(end.tls);
        end_fini(&end);
    }
    many[GHM_TLS_MUXERS_MAX] = NULL;
    struct end end;
    end_init(&end, true);
    end.config.muxers = many;
    end_start(&end);
    end_fini(&end);
}

/* ---- others, who speak TLS through OpenSSL and are wrong in one way ---- */

struct rogue {
    SSL *ssl;
    bool is_client;
    int version;      /* the highest it speaks; 0: TLS 1.3 */
    enum forge forge; /* its certificate; */
    bool has_none;    /* or none at all */
    bool has_two;     /* or one more behind it */
    int64_t from_s;
    const char *protocols; /* in the form of ALPN; NULL: none */
    char server_name[64];  /* what it was asked for */
};

static int let_pass(X509_STORE_CTX *store, void *arg)
{
    (void)arg;
    X509_STORE_CTX_set_error(store, X509_V_OK);
    return 1;
}

static int note_name(SSL *ssl, int *alert, void *arg)
{
    struct rogue *rogue = arg;
    const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    (void)alert;
    if (name != NULL) memcpy(rogue->server_name, name, strlen(name) + 1);
    return SSL_TLSEXT_ERR_OK;
}

static void rogue_certify(struct rogue *rogue, SSL_CTX *ctx)
{
    struct ghm_key key;
    static const uint8_t seed[32] = {0x55};
    ghm_key_from_seed(&key, seed);
    int64_t from_s = rogue->from_s == 0 ? NOW_S - DAY_S : rogue->from_s;
    struct forged_certificate c = forge_certificate(rogue->forge, &key, from_s, from_s + 2 * DAY_S);
    assert_int_equal(SSL_CTX_use_certificate(ctx, c.x509), 1);
    assert_int_equal(SSL_CTX_use_PrivateKey(ctx, c.key), 1);
    if (rogue->has_two) {
        assert_int_equal(X509_up_ref(c.x509), 1);
        assert_int_equal(SSL_CTX_add_extra_chain_cert(ctx, c.x509), 1);
    }
    forged_free(&c);
}

static void rogue_start(struct rogue *rogue)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());
    assert_non_null(ctx);
    SSL_CTX_set_security_level(ctx, 0);
    if (rogue->version != 0)
        assert_int_equal(SSL_CTX_set_max_proto_version(ctx, rogue->version), 1);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_cert_verify_callback(ctx, let_pass, NULL);
    SSL_CTX_set_tlsext_servername_callback(ctx, note_name);
    SSL_CTX_set_tlsext_servername_arg(ctx, rogue);
    (void)SSL_CTX_set_num_tickets(ctx, 2); /* a go or js server sends tickets */
    if (!rogue->has_none) rogue_certify(rogue, ctx);
    if (rogue->protocols != NULL)
        (void)SSL_CTX_set_alpn_protos(ctx, (const uint8_t *)rogue->protocols,
                                      (unsigned)strlen(rogue->protocols));
    rogue->ssl = SSL_new(ctx);
    SSL_CTX_free(ctx);
    assert_non_null(rogue->ssl);
    SSL_set_bio(rogue->ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    if (rogue->is_client) SSL_set_connect_state(rogue->ssl);
    if (!rogue->is_client) SSL_set_accept_state(rogue->ssl);
}

/* Carry bytes both ways until nothing moves or `end` says why not. */
static int rogue_pump(struct rogue *rogue, struct end *end)
{
    for (int idle = 0; idle < 2;) {
        uint8_t out[4096];
        struct ghm_bytes in = ghm_tls_pull(end->tls);
        if (in.len > 0)
            assert_int_equal(BIO_write(SSL_get_rbio(rogue->ssl), in.ptr, (int)in.len), in.len);
        ghm_tls_pulled(end->tls, in.len);
        (void)SSL_do_handshake(rogue->ssl);
        int len = BIO_read(SSL_get_wbio(rogue->ssl), out, sizeof out);
        idle = len <= 0 && in.len == 0 ? idle + 1 : 0;
        ERR_clear_error();
        if (len <= 0) continue;
        int error = ghm_tls_push(end->tls, ghm_bytes(out, (size_t)len));
        if (error != GHM_OK) return error;
    }
    return GHM_OK;
}

static void rogue_stop(struct rogue *rogue, struct end *end)
{
    SSL_free(rogue->ssl);
    ERR_clear_error();
    end_fini(end);
}

/* The same rogue as dialer and as listener. */
static void expect_rogue(const struct rogue *template, int error, const char *reason)
{
    for (size_t i = 0; i < 2; i++) {
        struct rogue rogue = *template;
        struct end end;
        end_init(&end, i == 0);
        end_start(&end);
        rogue.is_client = i == 1;
        rogue_start(&rogue);
        assert_int_equal(rogue_pump(&rogue, &end), error);
        assert_string_equal(ghm_tls_reason(end.tls), reason);
        assert_int_equal(took_ready(&end), error == GHM_OK);
        assert_int_equal(ghm_tls_peer(end.tls)->len > 0, error == GHM_OK);
        assert_string_equal(rogue.server_name, ""); /* ours never asks for a name */
        rogue_stop(&rogue, &end);
    }
}

#define LIBP2P "\x06libp2p"

static void expect_forged(enum forge forge, int error, const char *reason)
{
    const struct rogue rogue = {.forge = forge, .protocols = LIBP2P};
    expect_rogue(&rogue, error, reason);
}

static void tls_accepts_other_implementations(void **state)
{
    (void)state;
    expect_forged(FORGE_NOTHING, GHM_OK, "");
    expect_forged(FORGE_CRITICAL, GHM_OK, "");
    expect_forged(FORGE_OTHER_EXTENSION, GHM_OK, "");
    expect_forged(FORGE_ED25519_KEY, GHM_OK, "");
    expect_forged(FORGE_RSA_KEY, GHM_OK, "");
}

static void tls_refuses_wrong_certificates(void **state)
{
    (void)state;
    expect_forged(FORGE_NO_IDENTITY, GHM_EPROTO, "certificate without an identity");
    expect_forged(FORGE_NO_DER, GHM_EPROTO, "malformed identity in the certificate");
    expect_forged(FORGE_WRONG_SIGNATURE, GHM_EAUTH, "wrong signature of the certificate's key");
    expect_forged(FORGE_SIGNED_ELSEWHERE, GHM_EAUTH, "wrong signature of the certificate's key");
    expect_forged(FORGE_SELF_SIGNATURE, GHM_EAUTH, "wrong signature of the certificate");
    expect_forged(FORGE_OTHER_CRITICAL, GHM_EPROTO, "certificate with a critical extension");
}

static void tls_refuses_two_certificates(void **state)
{
    (void)state;
    const struct rogue rogue = {.has_two = true, .protocols = LIBP2P};
    expect_rogue(&rogue, GHM_EPROTO, "more than one certificate");
}

static void tls_requires_a_client_certificate(void **state)
{
    (void)state;
    struct rogue rogue = {.has_none = true, .is_client = true, .protocols = LIBP2P};
    struct end end;
    end_init(&end, false);
    end_start(&end);
    rogue_start(&rogue);
    assert_int_equal(rogue_pump(&rogue, &end), GHM_EAUTH);
    assert_string_equal(ghm_tls_reason(end.tls), "peer did not return a certificate");
    assert_false(took_ready(&end));
    rogue_stop(&rogue, &end);
}

static void tls_looks_at_dates(void **state)
{
    (void)state;
    struct rogue rogue = {.from_s = NOW_S + DAY_S, .protocols = LIBP2P};
    expect_rogue(&rogue, GHM_EAUTH, "certificate is not yet good");
    rogue.from_s = NOW_S - 4 * DAY_S;
    expect_rogue(&rogue, GHM_EAUTH, "certificate is no longer good");
    rogue.from_s = NOW_S + GHM_CERTIFICATE_SKEW_S / 2; /* its clock is ahead of ours */
    expect_rogue(&rogue, GHM_OK, "");
}

static void tls_speaks_no_older_version(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct rogue rogue = {.version = TLS1_2_VERSION, .protocols = LIBP2P, .is_client = i == 1};
        struct end end;
        end_init(&end, i == 0);
        end_start(&end);
        rogue_start(&rogue);
        assert_int_equal(rogue_pump(&rogue, &end), GHM_EPROTO);
        assert_false(took_ready(&end));
        assert_true(strlen(ghm_tls_reason(end.tls)) > 0);
        rogue_stop(&rogue, &end);
    }
}

static void tls_refuses_other_applications(void **state)
{
    (void)state;
    struct rogue rogue = {.protocols = "\x02h2\x08http/1.1", .is_client = true};
    struct end end;
    end_init(&end, false);
    end_start(&end);
    rogue_start(&rogue);
    assert_int_equal(rogue_pump(&rogue, &end), GHM_EPROTO);
    assert_string_equal(ghm_tls_reason(end.tls), "no application protocol");
    rogue_stop(&rogue, &end);
}

static void tls_needs_no_application(void **state)
{
    (void)state;
    const struct rogue rogue = {.protocols = NULL};
    expect_rogue(&rogue, GHM_OK, "");
}

/* Two ends in one: an identity of ours behind the rogue's certificate would be the same peer. The
 * certificate's signature is right, and it is not who was expected. */
static void tls_checks_signature_of_the_expected(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) { /* 0: claims who is expected, and cannot sign for it */
        struct rogue rogue = {.forge = i == 0 ? FORGE_WRONG_SIGNATURE : FORGE_NOTHING,
                              .protocols = LIBP2P};
        static const uint8_t seed[32] = {0x55};
        uint8_t proto[GHM_KEY_ED25519_PROTO_LEN];
        struct ghm_key claimed;
        struct end end;
        end_init(&end, true);
        ghm_key_from_seed(&claimed, seed);
        ghm_key_encode(proto, &claimed);
        end.config.expected = end.id;
        if (i == 0) ghm_peerid_of_key(&end.config.expected, ghm_bytes(proto, sizeof proto));
        end_start(&end);
        rogue_start(&rogue);
        assert_int_equal(rogue_pump(&rogue, &end), GHM_EAUTH);
        assert_string_equal(ghm_tls_reason(end.tls),
                            i == 0 ? "wrong signature of the certificate's key"
                                   : "not the expected peer");
        rogue_stop(&rogue, &end);
    }
}

/* What the other side asks of an open session: new keys, and an end without a word more. */
static void tls_survives_an_open_peer(void **state)
{
    (void)state;
    struct rogue rogue = {.protocols = LIBP2P};
    struct end end;
    char text[16];
    end_init(&end, true);
    end_start(&end);
    rogue_start(&rogue);
    assert_int_equal(rogue_pump(&rogue, &end), GHM_OK);
    assert_true(took_ready(&end));
    assert_int_equal(SSL_key_update(rogue.ssl, SSL_KEY_UPDATE_REQUESTED), 1);
    assert_int_equal(SSL_write(rogue.ssl, "ask", 3), 3);
    assert_int_equal(rogue_pump(&rogue, &end), GHM_OK);
    expect_plain(&end, "ask");
    assert_int_equal(ghm_tls_write(end.tls, ghm_bytes_text("answer")), GHM_OK);
    assert_int_equal(rogue_pump(&rogue, &end), GHM_OK);
    assert_int_equal(SSL_read(rogue.ssl, text, sizeof text), 6);
    assert_int_equal(SSL_write(rogue.ssl, "last", 4), 4);
    assert_int_equal(SSL_shutdown(rogue.ssl), 0);
    assert_int_equal(rogue_pump(&rogue, &end), GHM_OK);
    expect_plain(&end, "last");
    assert_string_equal(ghm_tls_reason(end.tls), "");
    assert_int_equal(ghm_tls_push(end.tls, ghm_bytes("more", 4)), GHM_OK);
    assert_int_equal(ghm_tls_plain(end.tls).len, 0);
    assert_int_equal(ghm_tls_write(end.tls, ghm_bytes_text("still")), GHM_OK);
    rogue_stop(&rogue, &end);
}

/* A peer that hears nothing but the end of the stream cannot know that all of it came. */
static void tls_says_that_it_ends(void **state)
{
    (void)state;
    struct rogue rogue = {.protocols = LIBP2P};
    struct end end;
    char text[16];
    end_init(&end, true);
    end_start(&end);
    assert_int_equal(ghm_tls_finish(end.tls),
                     GHM_OK); /* before it is open there is nothing to end */
    rogue_start(&rogue);
    assert_int_equal(rogue_pump(&rogue, &end), GHM_OK);
    assert_true(took_ready(&end));
    assert_int_equal(ghm_tls_write(end.tls, ghm_bytes_text("last")), GHM_OK);
    assert_int_equal(ghm_tls_finish(end.tls), GHM_OK);
    assert_int_equal(ghm_tls_finish(end.tls), GHM_OK);
    assert_int_equal(rogue_pump(&rogue, &end), GHM_OK);
    assert_int_equal(SSL_read(rogue.ssl, text, sizeof text), 4);
    assert_int_equal(SSL_get_shutdown(rogue.ssl), 0);
    assert_int_equal(SSL_read(rogue.ssl, text, sizeof text), 0);
    assert_int_equal(SSL_get_shutdown(rogue.ssl), SSL_RECEIVED_SHUTDOWN);
    assert_int_equal(ghm_tls_write(end.tls, ghm_bytes_text("more")), GHM_ECLOSED);
    assert_int_equal(SSL_write(rogue.ssl, "still", 5), 5);
    assert_int_equal(rogue_pump(&rogue, &end), GHM_OK);
    expect_plain(&end, "still");
    rogue_stop(&rogue, &end);
}

/* ---- bytes that are wrong ---- */

/* Every byte of the handshake hurt by one bit: never two ends that both believe in each other. */
static void tls_survives_every_hurt(void **state)
{
    (void)state;
    bool is_past = false;
    for (size_t at = 0; !is_past; at += 5) {
        struct end pair[2];
        size_t seen = 0;
        int error = GHM_OK;
        pair_init(pair);
        pair_start(pair);
        is_past = true;
        for (size_t turn = 0; turn < 3 && error == GHM_OK; turn++) {
            struct end *from = &pair[turn % 2], *to = &pair[1 - turn % 2];
            uint8_t copy[8192];
            struct ghm_bytes out = ghm_tls_pull(from->tls);
            assert_true(out.len <= sizeof copy);
            memcpy(copy, out.ptr, out.len);
            if (at >= seen && at - seen < out.len) {
                copy[at - seen] ^= (uint8_t)(1 << at % 8);
                is_past = false;
            }
            seen += out.len;
            ghm_tls_pulled(from->tls, out.len);
            error = ghm_tls_push(to->tls, ghm_bytes(copy, out.len));
        }
        bool first = took_ready(&pair[0]);
        bool second = took_ready(&pair[1]);
        assert_int_equal(first && second, is_past);
        pair_fini(pair);
    }
}

static void tls_refuses_a_tampered_record(void **state)
{
    (void)state;
    for (size_t at = 0; at < strlen(greeting[0]) + 22; at++) {
        struct end pair[2];
        uint8_t copy[64];
        pair_init(pair);
        pair_start(pair);
        shake_hands(pair, SIZE_MAX);
        assert_int_equal(ghm_tls_write(pair[0].tls, ghm_bytes_text(greeting[0])), GHM_OK);
        struct ghm_bytes out = ghm_tls_pull(pair[0].tls);
        assert_int_equal(out.len, strlen(greeting[0]) + 22);
        memcpy(copy, out.ptr, out.len);
        copy[at] ^= 1;
        int error = ghm_tls_push(pair[1].tls, ghm_bytes(copy, out.len));
        assert_int_equal(ghm_tls_plain(pair[1].tls).len, 0);
        if (at >= 5) assert_int_equal(error, GHM_EAUTH);
        if (at >= 5) expect_dead(&pair[1], GHM_EAUTH, "a record fails its authentication tag");
        pair_fini(pair);
    }
}

static void tls_refuses_a_replayed_record(void **state)
{
    (void)state;
    struct end pair[2];
    pair_init(pair);
    pair_start(pair);
    shake_hands(pair, SIZE_MAX);
    assert_int_equal(ghm_tls_write(pair[0].tls, ghm_bytes_text(greeting[0])), GHM_OK);
    struct ghm_bytes out = ghm_tls_pull(pair[0].tls);
    assert_int_equal(ghm_tls_push(pair[1].tls, out), GHM_OK);
    expect_plain(&pair[1], greeting[0]);
    assert_int_equal(ghm_tls_push(pair[1].tls, out), GHM_EAUTH);
    pair_fini(pair);
}

/* A handshake that never ends: bytes of no meaning in records of the right form. */
static void tls_bounds_the_handshake(void **state)
{
    (void)state;
    static uint8_t record[5 + 16384] = {0x16, 0x03, 0x01, 0x40, 0x00, 0x01, 0x02, 0x00, 0x00};
    struct end end;
    int error = GHM_OK;
    size_t sent = 0;
    end_init(&end, false);
    end_start(&end);
    size_t heap = openssl_bytes;
    size_t peak = heap;
    while (error == GHM_OK) {
        for (size_t i = 0; error == GHM_OK && i < sizeof record; i += 1000) {
            struct ghm_bytes part =
                ghm_bytes_upto(ghm_bytes_from(ghm_bytes(record, sizeof record), i), 1000);
            error = ghm_tls_push(end.tls, part);
            sent += part.len;
            if (openssl_bytes > peak) peak = openssl_bytes;
        }
        memset(record + 5, 0, 16384);
        assert_true(sent < 2 * GHM_TLS_HANDSHAKE_MAX);
    }
    assert_int_equal(error, GHM_EPROTO);
    assert_true(sent > GHM_TLS_HANDSHAKE_MAX);
    expect_dead(&end, GHM_EPROTO, "oversized handshake");
    assert_true(peak - heap <= 200 * 1024);
    end_fini(&end);
    /* No TLS at all. */
    static const char *const texts[] = {"GET / HTTP/1.1\r\n\r\n", "\x13/multistream/1.0.0\n",
                                        "\x16\x03\x01\xff\xff"};
    for (size_t i = 0; i < 3; i++) {
        for (size_t who = 0; who < 2; who++) {
            end_init(&end, who == 0);
            end_start(&end);
            assert_int_equal(ghm_tls_push(end.tls, ghm_bytes_text(texts[i])), GHM_EPROTO);
            assert_true(strlen(ghm_tls_reason(end.tls)) > 0);
            end_fini(&end);
        }
    }
}

/* ---- memory ---- */

/* A whole session with one end's n-th allocation refused. Returns whether one was. */
static bool run_with_refusal(size_t who, uint64_t n)
{
    struct end pair[2];
    bool failed = false;
    pair_init(pair);
    pair[who].mem.fail_after = n;
    for (size_t i = 0; i < 2; i++) {
        int error = ghm_tls_new(&pair[i].tls, &pair[i].mem, &pair[i].config, &pair[i].entropy);
        if (error == GHM_OK) continue;
        assert_int_equal(error, GHM_ENOMEM);
        assert_null(pair[i].tls);
        failed = true;
    }
    for (size_t turn = 0; !failed && turn < 5; turn++) {
        size_t from = turn == 3 ? 0 : turn == 4 ? 1 : turn % 2;
        if (turn >= 3) {
            int error = ghm_tls_write(pair[from].tls, ghm_bytes_text(greeting[turn - 3]));
            failed = error != GHM_OK;
            if (failed) assert_int_equal(error, GHM_ENOMEM);
            if (failed) assert_int_equal(ghm_tls_pull(pair[from].tls).len, 0);
        }
        int error = pump(&pair[from], &pair[1 - from], 900);
        if (error == GHM_OK) continue;
        assert_int_equal(error, GHM_ENOMEM);
        expect_dead(&pair[who], GHM_ENOMEM, "out of memory");
        failed = true;
    }
    pair_fini(pair);
    return failed;
}

static void tls_survives_every_refused_allocation(void **state)
{
    (void)state;
    for (size_t who = 0; who < 2; who++) {
        uint64_t n = 1;
        while (run_with_refusal(who, n))
            n++;
        assert_true(n > 4);
    }
}

/* An open session needs OpenSSL to find memory for both, a record in and a record out. */
static void tls_survives_openssl_without_memory(void **state)
{
    (void)state;
    size_t deaths[2] = {0, 0};
    for (uint64_t n = 1; n < 40; n++) {
        for (size_t is_push = 0; is_push < 2; is_push++) {
            struct end pair[2];
            pair_init(pair);
            pair_start(pair);
            shake_hands(pair, SIZE_MAX);
            assert_int_equal(ghm_tls_write(pair[0].tls, ghm_bytes_text("in")), GHM_OK);
            openssl_fails_after = n;
            int error = is_push ? ghm_tls_push(pair[1].tls, ghm_tls_pull(pair[0].tls))
                                : ghm_tls_write(pair[1].tls, ghm_bytes_text("out"));
            openssl_fails_after = 0;
            if (error != GHM_OK) {
                assert_int_equal(error, GHM_ENOMEM);
                expect_dead(&pair[1], GHM_ENOMEM, "out of memory");
                deaths[is_push]++;
            }
            pair_fini(pair);
        }
    }
    assert_in_range(deaths[0], 3, 30);
    assert_in_range(deaths[1], 3, 30);
}

static void tls_free_accepts_null(void **state)
{
    (void)state;
    ghm_tls_free(NULL);
}

int main(void)
{
    if (CRYPTO_set_mem_functions(take, retake, give) != 1) return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tls_agrees_under_every_step),
        cmocka_unit_test(tls_agrees_under_every_split),
        cmocka_unit_test(tls_carries_large_plaintext),
        cmocka_unit_test(tls_bounds_what_it_holds),
        cmocka_unit_test(tls_is_small_when_idle),
        cmocka_unit_test(tls_sessions_of_one_credential_are_apart),
        cmocka_unit_test(tls_expects_its_peer),
        cmocka_unit_test(tls_agrees_on_the_initiators_muxer),
        cmocka_unit_test(tls_agrees_on_no_muxer),
        cmocka_unit_test(tls_bounds_its_list_of_muxers),
        cmocka_unit_test(tls_accepts_other_implementations),
        cmocka_unit_test(tls_refuses_wrong_certificates),
        cmocka_unit_test(tls_refuses_two_certificates),
        cmocka_unit_test(tls_requires_a_client_certificate),
        cmocka_unit_test(tls_looks_at_dates),
        cmocka_unit_test(tls_speaks_no_older_version),
        cmocka_unit_test(tls_refuses_other_applications),
        cmocka_unit_test(tls_needs_no_application),
        cmocka_unit_test(tls_checks_signature_of_the_expected),
        cmocka_unit_test(tls_survives_an_open_peer),
        cmocka_unit_test(tls_says_that_it_ends),
        cmocka_unit_test(tls_survives_every_hurt),
        cmocka_unit_test(tls_refuses_a_tampered_record),
        cmocka_unit_test(tls_refuses_a_replayed_record),
        cmocka_unit_test(tls_bounds_the_handshake),
        cmocka_unit_test(tls_survives_every_refused_allocation),
        cmocka_unit_test(tls_survives_openssl_without_memory),
        cmocka_unit_test(tls_free_accepts_null),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
