/* SPDX-License-Identifier: MIT */
#include "crypto/credential.h"

#include "crypto/certificate.h"

#include <openssl/ssl.h>

/* Ours are good whenever they are looked at, as rust-libp2p's are: 1975 to 4096. */
static const struct ghm_certificate_dates dates = {157766400, INT64_C(67090118400)};

struct ghm_credential {
    struct ghm_mem *mem;
    const struct ghm_key *identity;
    struct ghm_entropy entropy; /* wiped when the context is made */
    SSL_CTX *context;           /* once needed */
};

int ghm_credential_new(struct ghm_credential **ret_credential, struct ghm_mem *mem,
                       const struct ghm_key *identity, struct ghm_entropy *entropy)
{
    struct ghm_credential *credential = ghm_mem_alloc(mem, sizeof *credential);
    if (credential == NULL) return GHM_ENOMEM;
    credential->mem = mem;
    credential->identity = identity;
    ghm_entropy_fork(entropy, &credential->entropy);
    *ret_credential = credential;
    return GHM_OK;
}

void ghm_credential_free(struct ghm_credential *credential)
{
    if (credential == NULL) return;
    SSL_CTX_free(credential->context); /* accepts NULL; sessions keep their own reference */
    ghm_mem_wipe(&credential->entropy, sizeof credential->entropy);
    ghm_mem_free(credential->mem, credential, sizeof *credential);
}

static bool use_certificate(SSL_CTX *context, const struct ghm_key *identity,
                            struct ghm_entropy *entropy)
{
    struct ghm_certificate certificate;
    if (ghm_certificate_make(&certificate, identity, &dates, entropy) != GHM_OK) return false;
    bool done = SSL_CTX_use_certificate(context, certificate.x509) == 1 &&
                SSL_CTX_use_PrivateKey(context, certificate.key) == 1;
    ghm_certificate_fini(&certificate);
    return done;
}

/* One certificate each, TLS 1.3, no server name, no tickets, and nothing kept for later. */
static bool set_rules(SSL_CTX *context)
{
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    (void)SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    (void)SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION);
    (void)SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_NO_AUTO_CHAIN);
    SSL_CTX_set_max_cert_list(context, GHM_CERTIFICATE_LEN_MAX);
    return SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) == 1 &&
           SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) == 1 &&
           SSL_CTX_set_num_tickets(context, 0) == 1;
}

struct ssl_ctx_st *ghm_credential_context(struct ghm_credential *credential)
{
    if (credential->context != NULL) return credential->context;
    SSL_CTX *context = SSL_CTX_new(TLS_method());
    if (context == NULL) return NULL;
    if (!set_rules(context) ||
        !use_certificate(context, credential->identity, &credential->entropy)) {
        SSL_CTX_free(context);
        return NULL;
    }
    ghm_mem_wipe(&credential->entropy, sizeof credential->entropy);
    credential->context = context;
    return context;
}
