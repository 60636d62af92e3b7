/* SPDX-License-Identifier: MIT */
#include "link/secure.h"

#include "base/assert.h"

const char *ghm_secure_protocol(enum ghm_secure_kind kind)
{
    switch (kind) {
    case GHM_SECURE_NOISE:
        return "/noise";
    case GHM_SECURE_TLS:
        return "/tls/1.0.0";
    case GHM_SECURE_NONE:
        break;
    }
    GHM_UNREACHABLE();
}

enum ghm_secure_kind ghm_secure_kind_of(const char *protocol)
{
    if (strcmp(protocol, ghm_secure_protocol(GHM_SECURE_NOISE)) == 0) return GHM_SECURE_NOISE;
    GHM_ASSERT(strcmp(protocol, ghm_secure_protocol(GHM_SECURE_TLS)) == 0);
    return GHM_SECURE_TLS;
}

static int start_noise(struct ghm_secure *secure, struct ghm_mem *mem,
                       const struct ghm_secure_config *config, struct ghm_entropy *entropy)
{
    const struct ghm_noise_config noise = {
        .is_initiator = config->is_dialer,
        .identity = config->identity,
        .expected = config->expected,
        .muxers = config->muxers,
    };
    return ghm_noise_new(&secure->noise, mem, &noise, entropy);
}

static int start_tls(struct ghm_secure *secure, struct ghm_mem *mem,
                     const struct ghm_secure_config *config, struct ghm_entropy *entropy)
{
    const struct ghm_tls_config tls = {
        .is_initiator = config->is_dialer,
        .identity = config->identity,
        .credential = config->credential,
        .expected = config->expected,
        .muxers = config->muxers,
        .now_s = config->date_s,
    };
    return ghm_tls_new(&secure->tls, mem, &tls, entropy);
}

int ghm_secure_init(struct ghm_secure *secure, struct ghm_mem *mem, enum ghm_secure_kind kind,
                    const struct ghm_secure_config *config, struct ghm_entropy *entropy)
{
    GHM_ASSERT(secure->kind == GHM_SECURE_NONE && kind != GHM_SECURE_NONE);
    int error = kind == GHM_SECURE_NOISE ? start_noise(secure, mem, config, entropy)
                                         : start_tls(secure, mem, config, entropy);
    if (error == GHM_OK) secure->kind = kind;
    return error;
}

void ghm_secure_fini(struct ghm_secure *secure)
{
    switch (secure->kind) {
    case GHM_SECURE_NOISE:
        ghm_noise_free(secure->noise);
        break;
    case GHM_SECURE_TLS:
        ghm_tls_free(secure->tls);
        break;
    case GHM_SECURE_NONE:
        break;
    }
    *secure = (struct ghm_secure){.kind = GHM_SECURE_NONE};
}

bool ghm_secure_next_ready(struct ghm_secure *secure)
{
    enum ghm_noise_event noise;
    enum ghm_tls_event tls;
    switch (secure->kind) {
    case GHM_SECURE_NOISE:
        return ghm_noise_next(secure->noise, &noise);
    case GHM_SECURE_TLS:
        return ghm_tls_next(secure->tls, &tls);
    case GHM_SECURE_NONE:
        return false;
    }
    GHM_UNREACHABLE();
}

int ghm_secure_push(struct ghm_secure *secure, struct ghm_bytes in)
{
    switch (secure->kind) {
    case GHM_SECURE_NOISE:
        return ghm_noise_push(secure->noise, in);
    case GHM_SECURE_TLS:
        return ghm_tls_push(secure->tls, in);
    case GHM_SECURE_NONE:
        break;
    }
    GHM_UNREACHABLE();
}

struct ghm_bytes ghm_secure_pull(const struct ghm_secure *secure)
{
    switch (secure->kind) {
    case GHM_SECURE_NOISE:
        return ghm_noise_pull(secure->noise);
    case GHM_SECURE_TLS:
        return ghm_tls_pull(secure->tls);
    case GHM_SECURE_NONE:
        return GHM_BYTES_NONE;
    }
    GHM_UNREACHABLE();
}

void ghm_secure_pulled(struct ghm_secure *secure, size_t len)
{
    switch (secure->kind) {
    case GHM_SECURE_NOISE:
        ghm_noise_pulled(secure->noise, len);
        return;
    case GHM_SECURE_TLS:
        ghm_tls_pulled(secure->tls, len);
        return;
    case GHM_SECURE_NONE:
        GHM_ASSERT(len == 0); /* of the nothing that was lent */
        return;
    }
    GHM_UNREACHABLE();
}

struct ghm_bytes ghm_secure_plain(const struct ghm_secure *secure)
{
    switch (secure->kind) {
    case GHM_SECURE_NOISE:
        return ghm_noise_plain(secure->noise);
    case GHM_SECURE_TLS:
        return ghm_tls_plain(secure->tls);
    case GHM_SECURE_NONE:
        return GHM_BYTES_NONE;
    }
    GHM_UNREACHABLE();
}

void ghm_secure_plain_drop(struct ghm_secure *secure, size_t len)
{
    switch (secure->kind) {
    case GHM_SECURE_NOISE:
        ghm_noise_plain_drop(secure->noise, len);
        return;
    case GHM_SECURE_TLS:
        ghm_tls_plain_drop(secure->tls, len);
        return;
    case GHM_SECURE_NONE:
        break;
    }
    GHM_UNREACHABLE();
}

int ghm_secure_write(struct ghm_secure *secure, struct ghm_bytes plain)
{
    switch (secure->kind) {
    case GHM_SECURE_NOISE:
        return ghm_noise_write(secure->noise, plain);
    case GHM_SECURE_TLS:
        return ghm_tls_write(secure->tls, plain);
    case GHM_SECURE_NONE:
        break;
    }
    GHM_UNREACHABLE();
}

int ghm_secure_finish(struct ghm_secure *secure)
{
    return secure->kind == GHM_SECURE_TLS ? ghm_tls_finish(secure->tls) : GHM_OK;
}

const struct ghm_peerid *ghm_secure_peer(const struct ghm_secure *secure)
{
    switch (secure->kind) {
    case GHM_SECURE_NOISE:
        return ghm_noise_peer(secure->noise);
    case GHM_SECURE_TLS:
        return ghm_tls_peer(secure->tls);
    case GHM_SECURE_NONE:
        break;
    }
    GHM_UNREACHABLE();
}

struct ghm_bytes ghm_secure_peer_key(const struct ghm_secure *secure)
{
    switch (secure->kind) {
    case GHM_SECURE_NOISE:
        return ghm_noise_peer_key(secure->noise);
    case GHM_SECURE_TLS:
        return ghm_tls_peer_key(secure->tls);
    case GHM_SECURE_NONE:
        return GHM_BYTES_NONE;
    }
    GHM_UNREACHABLE();
}

const char *ghm_secure_muxer(const struct ghm_secure *secure)
{
    switch (secure->kind) {
    case GHM_SECURE_NOISE:
        return ghm_noise_muxer(secure->noise);
    case GHM_SECURE_TLS:
        return ghm_tls_muxer(secure->tls);
    case GHM_SECURE_NONE:
        break;
    }
    GHM_UNREACHABLE();
}

const char *ghm_secure_reason(const struct ghm_secure *secure)
{
    switch (secure->kind) {
    case GHM_SECURE_NOISE:
        return ghm_noise_reason(secure->noise);
    case GHM_SECURE_TLS:
        return ghm_tls_reason(secure->tls);
    case GHM_SECURE_NONE:
        return "";
    }
    GHM_UNREACHABLE();
}
