/* SPDX-License-Identifier: MIT */
#include "swarm/hearsay.h"

#include "crypto/peerrecord.h"
#include "swarm/scope.h"

static bool is_ours(const struct ghm_swarm *swarm, const struct ghm_multiaddr_tcp *tcp)
{
    struct ghm_multiaddr_tcp own;
    for (size_t i = 0; i < swarm->listen_count; i++) {
        if (ghm_multiaddr_as_tcp(&own, &swarm->listen[i]) != GHM_OK) continue;
        if (own.port == tcp->port && strcmp(own.host, tcp->host) == 0) return true;
    }
    return false;
}

/* Worth keeping: a dialer can use it, it can mean that peer, and it is no way to ourselves. */
static bool is_useful(const struct ghm_swarm *swarm, const struct ghm_connection *c,
                      const struct ghm_multiaddr *addr)
{
    struct ghm_multiaddr_tcp tcp;
    if (ghm_multiaddr_as_tcp(&tcp, addr) != GHM_OK || is_ours(swarm, &tcp)) return false;
    enum ghm_scope scope = ghm_scope_of_host(tcp.host);
    if (scope == GHM_SCOPE_UNSPECIFIED) return false;
    bool is_local = ghm_scope_of_host(c->ip) == GHM_SCOPE_LOOPBACK;
    if (scope == GHM_SCOPE_LOOPBACK && !is_local) return false;
    return tcp.peerid.ptr == NULL || ghm_bytes_equal(tcp.peerid, ghm_peerid_bytes(&c->peer->id));
}

static int keep_told(struct ghm_swarm *swarm, const struct ghm_connection *c,
                     const struct ghm_identify *told)
{
    struct ghm_bytes left = ghm_buf_bytes(&told->listen);
    size_t size = GHM_BOOK_ADDRS_MAX * sizeof(struct ghm_multiaddr);
    size_t count = 0;
    if (told->listen_count == 0) return GHM_OK; /* left out: unchanged */
    struct ghm_multiaddr *addrs = ghm_mem_alloc(swarm->mem, size);
    if (addrs == NULL) return GHM_ENOMEM;
    while (count < GHM_BOOK_ADDRS_MAX && ghm_identify_listen(&left, &addrs[count]))
        count += is_useful(swarm, c, &addrs[count]);
    int error = ghm_book_tell(&swarm->book, &c->peer->id, addrs, count);
    ghm_mem_free(swarm->mem, addrs, size);
    return error;
}

/* Those of a record's addresses that are worth keeping, in place. */
static void pick_useful(const struct ghm_swarm *swarm, const struct ghm_connection *c,
                        struct ghm_peerrecord *record)
{
    size_t count = 0;
    for (size_t i = 0; i < record->addrs_count; i++) {
        if (is_useful(swarm, c, &record->addrs[i])) record->addrs[count++] = record->addrs[i];
    }
    record->addrs_count = count;
}

/* GHM_EAUTH, GHM_EPROTO, GHM_EINVAL: the record is worth nothing; GHM_ENOMEM. */
static int certify(struct ghm_swarm *swarm, const struct ghm_connection *c,
                   struct ghm_bytes envelope)
{
    const struct ghm_peerid *peer = &c->peer->id;
    struct ghm_peerrecord *record = ghm_mem_alloc(swarm->mem, sizeof *record);
    if (record == NULL) return GHM_ENOMEM;
    int error = ghm_peerrecord_open(record, swarm->mem, envelope);
    /* Rightly signed by somebody is not yet signed by this peer. */
    if (error == GHM_OK && !ghm_peerid_equal(&record->peer, peer)) error = GHM_EAUTH;
    if (error == GHM_OK) {
        pick_useful(swarm, c, record);
        error = ghm_book_certify(&swarm->book, peer, record->seq, envelope, record->addrs,
                                 record->addrs_count);
    }
    ghm_mem_free(swarm->mem, record, sizeof *record);
    return error;
}

static int keep_record(struct ghm_swarm *swarm, const struct ghm_connection *c,
                       struct ghm_bytes envelope)
{
    if (envelope.len == 0) return GHM_OK;
    /* Told again, by a second connection or in a push about something else. */
    if (ghm_bytes_equal(envelope, ghm_book_record(&swarm->book, &c->peer->id))) return GHM_OK;
    int error = certify(swarm, c, envelope);
    if (error == GHM_ENOMEM) return error;
    if (error == GHM_OK) {
        swarm->counts.records++;
        return GHM_OK;
    }
    /* Not worth an end: the peer itself is authenticated, and old ones sign wrongly. */
    swarm->counts.refused_records++;
    ghm_log_add(swarm->config.log, GHM_LOG_DEBUG, "swarm", "a signed peer record is refused: %s",
                ghm_error_text(error));
    return GHM_OK;
}

int ghm_hearsay_keep(struct ghm_swarm *swarm, const struct ghm_connection *c,
                     const struct ghm_identify *told)
{
    int error = keep_told(swarm, c, told);
    return error == GHM_OK ? keep_record(swarm, c, ghm_buf_bytes(&told->record)) : error;
}
