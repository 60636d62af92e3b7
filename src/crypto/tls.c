/* SPDX-License-Identifier: MIT */
#include "crypto/tls.h"

#include "base/assert.h"
#include "crypto/certificate.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#define RECORD_OVERHEAD (5 + 1 + 16) /* head, type of the content, tag: RFC 8446 section 5.2 */
#define ALERT_LEN (RECORD_OVERHEAD + 2)
#define PROTOCOLS_LEN_MAX 1024 /* bytes of the list of ALPN */
#define NO_MUXER "libp2p"

#define STATE_MAP(X)                                                                               \
    X(HANDSHAKE)                                                                                   \
    X(OPEN)                                                                                        \
    X(DEAD)

/* From, to, when; ANY: every state but the last. Drawn in doc/design/. */
#define MOVE_MAP(X)                                                                                \
    X(HANDSHAKE, OPEN, "both have finished")                                                       \
    X(ANY, DEAD, "the first error")

enum state {
#define STATE_ENUM(name) name,
    STATE_MAP(STATE_ENUM)
#undef STATE_ENUM
};

struct ghm_tls {
    struct ghm_mem *mem;
    struct ghm_tls_config config;
    enum state state;
    int error;          /* of DEAD */
    const char *reason; /* of DEAD, else "" */
    int refusal;        /* of the peer's certificate, told by the callback */
    const char *refusal_reason;
    bool has_event;        /* READY has not been taken yet */
    bool is_finished;      /* the peer is told that no more follows */
    size_t received_bytes; /* of HANDSHAKE */
    SSL *ssl;              /* NULL when DEAD */
    struct ghm_buf out;    /* records to send */
    struct ghm_buf plain;  /* received and checked */
    const char *muxer;
    struct ghm_credential *own; /* when none is shared */
    struct ghm_peerid peer;     /* the owner of the peer's certificate */
    uint8_t *key;               /* and its key, in protobuf form; NULL: not known yet */
    size_t key_len;
};

/* ---- dying ---- */

static void forget(struct ghm_tls *tls)
{
    SSL_free(tls->ssl); /* and all that it refers to; accepts NULL */
    tls->ssl = NULL;
    ERR_clear_error(); /* the queue belongs to the thread: nothing of ours stays there */
}

static int die(struct ghm_tls *tls, int error, const char *reason)
{
    forget(tls);
    tls->state = DEAD;
    tls->error = error;
    tls->reason = reason;
    tls->has_event = false;
    return error;
}

static int die_of_memory(struct ghm_tls *tls)
{
    return die(tls, GHM_ENOMEM, "out of memory");
}

/* Die of what OpenSSL said first: what follows is its consequence. */
static int die_of_openssl(struct ghm_tls *tls)
{
    unsigned long code = ERR_peek_error();
    int reason = ERR_GET_REASON(code);
    const char *text = ERR_reason_error_string(code); /* from a table: lives as long as we do */
    if (tls->refusal != GHM_OK) return die(tls, tls->refusal, tls->refusal_reason);
    if (reason == ERR_R_MALLOC_FAILURE) return die_of_memory(tls);
    if (reason == SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC)
        return die(tls, GHM_EAUTH, "a record fails its authentication tag");
    if (reason == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE || reason == SSL_R_BAD_SIGNATURE ||
        reason == SSL_R_DIGEST_CHECK_FAILED)
        return die(tls, GHM_EAUTH, text);
    return die(tls, GHM_EPROTO, text == NULL ? "malformed TLS" : text);
}

/* ---- the callbacks of OpenSSL: they only note what the session reads ---- */

static int refuse(struct ghm_tls *tls, int error, const char *reason)
{
    tls->refusal = error;
    tls->refusal_reason = reason;
    return 0;
}

/* The certificate by itself, whoever the peer may be. */
static int check_certificate(struct ghm_tls *tls, X509_STORE_CTX *store,
                             struct ghm_certificate_owner *ret_owner)
{
    const char *reason = "";
    uint8_t *der = NULL;
    const STACK_OF(X509) *chain = X509_STORE_CTX_get0_untrusted(store);
    if (sk_X509_num(chain) != 1) return refuse(tls, GHM_EPROTO, "more than one certificate");
    int len = i2d_X509(X509_STORE_CTX_get0_cert(store), &der);
    if (len <= 0) return refuse(tls, GHM_ENOMEM, "out of memory");
    struct ghm_bytes bytes = ghm_bytes(der, (size_t)len);
    int error = ghm_certificate_check(ret_owner, &reason, bytes, tls->config.now_s);
    OPENSSL_free(der);
    return error == GHM_OK ? 1 : refuse(tls, error, reason);
}

/* The peer, whose certificate has been found right. */
static int check_expected(struct ghm_tls *tls, const struct ghm_peerid *peer)
{
    if (tls->config.expected.len == 0) return 1;
    if (ghm_peerid_equal(&tls->config.expected, peer)) return 1;
    return refuse(tls, GHM_EAUTH, "not the expected peer");
}

static int note_owner(struct ghm_tls *tls, const struct ghm_certificate_owner *owner)
{
    GHM_ASSERT(tls->key == NULL); /* a handshake has one certificate, and there is one handshake */
    tls->key = ghm_mem_alloc_unset(tls->mem, owner->key_len);
    if (tls->key == NULL) return refuse(tls, GHM_ENOMEM, "out of memory");
    memcpy(tls->key, owner->key, owner->key_len);
    tls->key_len = owner->key_len;
    tls->peer = owner->peer;
    return 1;
}

/* The context is shared: whose handshake it is, the session itself tells. */
static int on_certificate(X509_STORE_CTX *store, void *arg)
{
    const SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    struct ghm_tls *tls = SSL_get_app_data(ssl);
    struct ghm_certificate_owner owner;
    (void)arg;
    int done = check_certificate(tls, store, &owner);
    if (done == 1) done = check_expected(tls, &owner.peer);
    if (done == 1) done = note_owner(tls, &owner);
    X509_STORE_CTX_set_error(store, done == 1 ? X509_V_OK : X509_V_ERR_APPLICATION_VERIFICATION);
    return done;
}

/* Take one name, behind its length, from a list of ALPN. */
static bool take_name(struct ghm_bytes *left, struct ghm_bytes *ret_name)
{
    if (left->len == 0 || left->ptr[0] >= left->len) return false;
    *ret_name = ghm_bytes_upto(ghm_bytes_from(*left, 1), left->ptr[0]);
    *left = ghm_bytes_from(*left, 1 + ret_name->len);
    return true;
}

/* NULL when it is none of ours. */
static const char *find_muxer(const struct ghm_tls *tls, struct ghm_bytes name)
{
    for (const char *const *m = tls->config.muxers; m != NULL && *m != NULL; m++) {
        if (ghm_bytes_equal(name, ghm_bytes_text(*m))) return *m;
    }
    return NULL;
}

/* The first of the initiator's list that is in ours. */
static int on_protocols(SSL *ssl, const unsigned char **ret_name, unsigned char *ret_len,
                        const unsigned char *list, unsigned int len, void *arg)
{
    const struct ghm_tls *tls = SSL_get_app_data(ssl);
    struct ghm_bytes theirs = ghm_bytes(list, len);
    struct ghm_bytes name;
    (void)arg;
    while (take_name(&theirs, &name)) {
        bool is_ours =
            find_muxer(tls, name) != NULL || ghm_bytes_equal(name, ghm_bytes_text(NO_MUXER));
        if (!is_ours) continue;
        *ret_name = name.ptr;
        *ret_len = (unsigned char)name.len;
        return SSL_TLSEXT_ERR_OK;
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

/* ---- life ---- */

/* Our list of ALPN, each name behind its length. */
struct offer {
    size_t len;
    uint8_t bytes[PROTOCOLS_LEN_MAX];
};

static int append_name(struct offer *offer, const char *name)
{
    size_t len = strlen(name);
    if (len == 0 || len > UINT8_MAX || len >= PROTOCOLS_LEN_MAX - offer->len) return GHM_EINVAL;
    offer->bytes[offer->len] = (uint8_t)len;
    memcpy(offer->bytes + offer->len + 1, name, len);
    offer->len += 1 + len;
    return GHM_OK;
}

static int list_protocols(struct offer *ret_offer, const char *const *muxers)
{
    size_t count = 0;
    int error = GHM_OK;
    ret_offer->len = 0;
    for (; muxers != NULL && *muxers != NULL; muxers++) {
        if (count++ == GHM_TLS_MUXERS_MAX) return GHM_EINVAL;
        error = append_name(ret_offer, *muxers);
        if (error != GHM_OK) return error;
    }
    return append_name(ret_offer, NO_MUXER);
}

/* What it writes, OpenSSL writes to memory, from which it is fetched at once. */
static bool give_writer(struct ghm_tls *tls)
{
    if (SSL_get_wbio(tls->ssl) != NULL) return true;
    BIO *writer = BIO_new(BIO_s_mem());
    if (writer == NULL) return false;
    SSL_set0_wbio(tls->ssl, writer);
    return true;
}

/* Between the calls an open session needs neither: the memory under a writer never shrinks. */
static void take_bios(struct ghm_tls *tls)
{
    if (tls->state != OPEN) return;
    SSL_set0_rbio(tls->ssl, NULL);
    SSL_set0_wbio(tls->ssl, NULL);
}

static bool open_session(struct ghm_tls *tls, SSL_CTX *context, const struct offer *offer)
{
    if (context == NULL) return false;
    SSL_CTX_set_cert_verify_callback(context, on_certificate, NULL);
    SSL_CTX_set_alpn_select_cb(context, on_protocols, NULL);
    tls->ssl = SSL_new(context);
    return tls->ssl != NULL && SSL_set_app_data(tls->ssl, tls) == 1 &&
           SSL_set_alpn_protos(tls->ssl, offer->bytes, (unsigned)offer->len) == 0;
}

static int start(struct ghm_tls *tls, struct ghm_entropy *entropy)
{
    struct offer offer;
    struct ghm_credential *credential = tls->config.credential;
    int error = list_protocols(&offer, tls->config.muxers);
    if (error == GHM_OK && credential == NULL) {
        error = ghm_credential_new(&tls->own, tls->mem, tls->config.identity, entropy);
        credential = tls->own;
    }
    if (error != GHM_OK) return error;
    if (!open_session(tls, ghm_credential_context(credential), &offer)) return GHM_ENOMEM;
    if (!tls->config.is_initiator) {
        SSL_set_accept_state(tls->ssl);
        return GHM_OK;
    }
    SSL_set_connect_state(tls->ssl);
    return ghm_tls_push(tls, GHM_BYTES_NONE);
}

int ghm_tls_new(struct ghm_tls **ret_tls, struct ghm_mem *mem, const struct ghm_tls_config *config,
                struct ghm_entropy *entropy)
{
    struct ghm_tls *tls = ghm_mem_alloc(mem, sizeof *tls);
    if (tls == NULL) return GHM_ENOMEM;
    tls->mem = mem;
    tls->config = *config;
    tls->reason = "";
    ghm_buf_init(&tls->out, mem, GHM_TLS_SEALED_HELD_MAX);
    /* Behind what is held there must be room for a record: its length is not known before. */
    ghm_buf_init(&tls->plain, mem, GHM_TLS_PLAIN_HELD_MAX + GHM_TLS_PLAIN_MAX);
    int error = start(tls, entropy);
    tls->config.identity = NULL;
    tls->config.credential = NULL;
    if (error != GHM_OK) {
        ghm_tls_free(tls);
        return error;
    }
    *ret_tls = tls;
    return GHM_OK;
}

void ghm_tls_free(struct ghm_tls *tls)
{
    if (tls == NULL) return;
    struct ghm_mem *mem = tls->mem;
    forget(tls);
    ghm_credential_free(tls->own);
    ghm_mem_free(mem, tls->key, tls->key_len);
    if (tls->plain.ptr != NULL) ghm_mem_wipe(tls->plain.ptr, tls->plain.size);
    ghm_buf_fini(&tls->out);
    ghm_buf_fini(&tls->plain);
    ghm_mem_free(mem, tls, sizeof *tls);
}

/* ---- receiving ---- */

/* Move what OpenSSL has written to `out`. */
static int fetch(struct ghm_tls *tls)
{
    BIO *writer = SSL_get_wbio(tls->ssl);
    size_t len = writer == NULL ? 0 : BIO_ctrl_pending(writer);
    uint8_t *room;
    if (len == 0) return GHM_OK;
    int error = ghm_buf_reserve(&tls->out, &room, len);
    if (error != GHM_OK) return error;
    int got = BIO_read(writer, room, (int)len);
    GHM_ASSERT(got == (int)len);
    ghm_buf_commit(&tls->out, len);
    return GHM_OK;
}

static void note_muxer(struct ghm_tls *tls)
{
    const unsigned char *name;
    unsigned len;
    SSL_get0_alpn_selected(tls->ssl, &name, &len);
    tls->muxer = find_muxer(tls, ghm_bytes(name, len));
}

/* OpenSSL keeps the peer's certificate while the session lives, and in it the peer's key worked out
 * into 2 KiB. Both have served: in the place of that key stands ours, which all sessions share. */
static void shrink_certificate(struct ghm_tls *tls)
{
    X509 *certificate = SSL_get0_peer_certificate(tls->ssl);
    if (certificate == NULL) return;
    (void)X509_set_pubkey(certificate, SSL_get_privatekey(tls->ssl)); /* or else it stays large */
}

/* One step of the handshake: 1 when it is done, 0 when more bytes are needed. */
static int shake_hands(struct ghm_tls *tls)
{
    int done = SSL_do_handshake(tls->ssl);
    if (done == 1) {
        note_muxer(tls);
        shrink_certificate(tls);
        tls->state = OPEN;
        tls->has_event = true;
        return 1;
    }
    return SSL_get_error(tls->ssl, done) == SSL_ERROR_WANT_READ ? 0 : GHM_EPROTO;
}

/* Open one record: 1 when there was one, 0 when more bytes are needed, or none will come. */
static int open_record(struct ghm_tls *tls)
{
    uint8_t *room;
    int error = ghm_buf_reserve(&tls->plain, &room, GHM_TLS_PLAIN_MAX);
    if (error != GHM_OK) return error;
    int len = SSL_read(tls->ssl, room, GHM_TLS_PLAIN_MAX);
    if (len > 0) {
        ghm_buf_commit(&tls->plain, (size_t)len);
        return 1;
    }
    int why = SSL_get_error(tls->ssl, len);
    bool is_waiting = why == SSL_ERROR_WANT_READ || why == SSL_ERROR_ZERO_RETURN;
    return is_waiting ? 0 : GHM_EPROTO;
}

/* Whatever the bytes in the reader lead to; 0 when they are used up. */
static int step(struct ghm_tls *tls)
{
    int done = 1;
    while (done == 1)
        done = tls->state == HANDSHAKE ? shake_hands(tls) : open_record(tls);
    ghm_buf_trim(&tls->plain, GHM_TLS_KEPT_MAX);
    return done;
}

/* Read `in` where it lies: OpenSSL keeps the start of a record that has not come whole. */
static int read_bytes(struct ghm_tls *tls, struct ghm_bytes in)
{
    BIO *reader = BIO_new_mem_buf(in.len == 0 ? "" : (const void *)in.ptr, (int)in.len);
    if (reader == NULL || !give_writer(tls)) {
        BIO_free(reader); /* accepts NULL */
        return GHM_ENOMEM;
    }
    BIO_set_mem_eof_return(reader, -1); /* the end of these bytes is not that of the stream */
    SSL_set0_rbio(tls->ssl, reader);
    ERR_clear_error();
    return step(tls);
}

int ghm_tls_push(struct ghm_tls *tls, struct ghm_bytes in)
{
    if (tls->state == DEAD) return tls->error;
    if (in.len > INT32_MAX) return die(tls, GHM_ELIMIT, "more bytes than one push takes");
    if (tls->state == HANDSHAKE) tls->received_bytes += ghm_bytes_upto(in, INT32_MAX).len;
    int done = read_bytes(tls, in);
    if (tls->state == HANDSHAKE && tls->received_bytes > GHM_TLS_HANDSHAKE_MAX)
        return die(tls, GHM_EPROTO, "oversized handshake");
    int error = fetch(tls); /* also an alert that says why we go */
    if (done == GHM_EPROTO) return die_of_openssl(tls);
    if (done == GHM_OK) done = error;
    if (done == GHM_OK) take_bios(tls);
    if (done == GHM_ELIMIT) return die(tls, done, "more is queued than its bound");
    return done == GHM_OK ? GHM_OK : die_of_memory(tls);
}

/* ---- sending ---- */

struct ghm_bytes ghm_tls_pull(const struct ghm_tls *tls)
{
    return ghm_buf_bytes(&tls->out);
}

void ghm_tls_pulled(struct ghm_tls *tls, size_t len)
{
    ghm_buf_drop(&tls->out, len);
    ghm_buf_trim(&tls->out, GHM_TLS_KEPT_MAX);
}

bool ghm_tls_next(struct ghm_tls *tls, enum ghm_tls_event *ret_event)
{
    if (!tls->has_event) return false;
    tls->has_event = false;
    *ret_event = GHM_TLS_READY;
    return true;
}

struct ghm_bytes ghm_tls_plain(const struct ghm_tls *tls)
{
    return ghm_buf_bytes(&tls->plain);
}

void ghm_tls_plain_drop(struct ghm_tls *tls, size_t len)
{
    ghm_buf_drop_wiped(&tls->plain, len);
    ghm_buf_trim(&tls->plain, GHM_TLS_KEPT_MAX);
}

static size_t sealed_len(size_t len)
{
    size_t records = (len + GHM_TLS_PLAIN_MAX - 1) / GHM_TLS_PLAIN_MAX;
    return len + records * RECORD_OVERHEAD;
}

static int seal_record(struct ghm_tls *tls, struct ghm_bytes plain)
{
    ERR_clear_error();
    if (!give_writer(tls)) return die_of_memory(tls);
    if (SSL_write(tls->ssl, plain.ptr, (int)plain.len) != (int)plain.len)
        return die_of_openssl(tls);
    int error = fetch(tls);
    return error == GHM_OK ? GHM_OK : die_of_memory(tls);
}

int ghm_tls_write(struct ghm_tls *tls, struct ghm_bytes plain)
{
    uint8_t *room;
    if (tls->state == DEAD || tls->is_finished) return GHM_ECLOSED;
    GHM_ASSERT(tls->state == OPEN);
    if (plain.len == 0) return GHM_OK;
    if (plain.len > GHM_TLS_SEALED_HELD_MAX) return GHM_ELIMIT;
    /* Room for all of it first, so that it is taken whole or not at all. */
    int error = ghm_buf_reserve(&tls->out, &room, sealed_len(plain.len));
    while (error == GHM_OK && plain.len > 0) {
        struct ghm_bytes part = ghm_bytes_upto(plain, GHM_TLS_PLAIN_MAX);
        error = seal_record(tls, part);
        plain = ghm_bytes_from(plain, part.len);
    }
    if (error == GHM_OK) take_bios(tls);
    return error;
}

/* "Each party MUST send a close_notify alert before closing its write side of the connection"
 * (RFC 8446 section 6.1). */
int ghm_tls_finish(struct ghm_tls *tls)
{
    uint8_t *room;
    if (tls->state != OPEN || tls->is_finished) return GHM_OK;
    int error = ghm_buf_reserve(&tls->out, &room, ALERT_LEN);
    if (error != GHM_OK) return error;
    if (!give_writer(tls)) return die_of_memory(tls);
    ERR_clear_error();
    tls->is_finished = true;
    (void)SSL_shutdown(tls->ssl);
    error = fetch(tls);
    if (error != GHM_OK) return die_of_memory(tls);
    take_bios(tls);
    return GHM_OK;
}

/* ---- facts ---- */

const struct ghm_peerid *ghm_tls_peer(const struct ghm_tls *tls)
{
    return &tls->peer;
}

struct ghm_bytes ghm_tls_peer_key(const struct ghm_tls *tls)
{
    return ghm_bytes(tls->key, tls->key_len);
}

const char *ghm_tls_muxer(const struct ghm_tls *tls)
{
    return tls->muxer;
}

const char *ghm_tls_reason(const struct ghm_tls *tls)
{
    return tls->reason;
}
