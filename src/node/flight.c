/* SPDX-License-Identifier: MIT */
#include "node/flight.h"

#include "answer/budget.h"
#include "answer/graphql.h"
#include "answer/rule.h"
#include "answer/validator.h"
#include "base/assert.h"

#define URL_LEN_MAX 8192
#define HEADERS_LEN_MAX 16384
#define CONTENT_TYPE "Content-Type: application/json\n"
#define ETAGS_LEN_MAX ((GHM_FLIGHT_ETAG_MAX + 2) * GHM_FLIGHT_OFFERS_MAX)

static int append_line(struct ghm_buf *buf, const char *name, struct ghm_bytes value)
{
    if (value.ptr == NULL) return GHM_OK;
    int error = ghm_buf_append_text(buf, name);
    if (error == GHM_OK) error = ghm_buf_append_text(buf, ": ");
    if (error == GHM_OK) error = ghm_buf_append(buf, value);
    if (error == GHM_OK) error = ghm_buf_append_text(buf, "\n");
    return error;
}

static int write_url(struct ghm_flight *flight, const struct ghm_node_config *config,
                     const struct ghm_node_ask *ask)
{
    int error = ghm_buf_append_text(&flight->url, config->url_base);
    if (error == GHM_OK) error = ghm_buf_append(&flight->url, ask->request.target);
    if (error == GHM_OK) error = ghm_buf_append(&flight->url, ghm_bytes("", 1));
    return error;
}

/* All the room at once: a buf that grows leaves copies of the token behind. */
static int reserve_headers(struct ghm_flight *flight, const struct ghm_node_config *config,
                           const struct ghm_node_ask *ask)
{
    uint8_t *room;
    size_t names_len =
        sizeof "Accept: \nAuthorization: \nX-GitHub-Api-Version: \nUser-Agent: \n" CONTENT_TYPE
               "GraphQL-Features: \n";
    return ghm_buf_reserve(&flight->headers, &room,
                           names_len + ask->request.accept.len + ask->authorization.len +
                               ask->request.api_version.len + ask->request.features.len +
                               strlen(config->user_agent) + ask->headers.len);
}

static int write_headers(struct ghm_flight *flight, const struct ghm_node_config *config,
                         const struct ghm_node_ask *ask)
{
    static const uint8_t empty = 0;
    struct ghm_bytes accept = ask->request.accept;
    /* An absent Accept must stay absent: libcurl would send its own. "Name:" takes it out. */
    int error = accept.ptr == NULL ? ghm_buf_append_text(&flight->headers, "Accept:\n")
                                   : append_line(&flight->headers, "Accept",
                                                 accept.len == 0 ? ghm_bytes(&empty, 0) : accept);
    if (error == GHM_OK) error = append_line(&flight->headers, "Authorization", ask->authorization);
    if (error == GHM_OK)
        error = append_line(&flight->headers, "X-GitHub-Api-Version", ask->request.api_version);
    if (error == GHM_OK)
        error = append_line(&flight->headers, "User-Agent", ghm_bytes_text(config->user_agent));
    if (error == GHM_OK && ask->request.body.len > 0)
        error = ghm_buf_append_text(&flight->headers, CONTENT_TYPE);
    if (error == GHM_OK && ask->request.body.len > 0)
        error = append_line(&flight->headers, "GraphQL-Features", ask->request.features);
    if (error == GHM_OK) error = ghm_buf_append(&flight->headers, ask->headers);
    return error;
}

int ghm_flight_new(struct ghm_flight **ret_flight, struct ghm_mem *mem,
                   const struct ghm_node_config *config, const struct ghm_node_ask *ask,
                   const struct ghm_variant *variant)
{
    struct ghm_flight *flight = ghm_mem_alloc(mem, sizeof *flight);
    if (flight == NULL) return GHM_ENOMEM;
    flight->mem = mem;
    flight->variant = *variant;
    flight->identity = ask->identity;
    flight->is_bypass = ask->is_bypass;
    flight->due_ns = GHM_NEVER;
    ghm_local_slot(flight->slot, variant, &ask->identity);
    ghm_list_init(&flight->ready);
    ghm_list_init(&flight->followers);
    ghm_list_init(&flight->waiters);
    ghm_buf_init(&flight->url, mem, URL_LEN_MAX);
    ghm_buf_init(&flight->body, mem, GHM_GRAPHQL_BODY_MAX);
    ghm_buf_init(&flight->headers, mem, HEADERS_LEN_MAX);
    ghm_buf_init(&flight->sending, mem, HEADERS_LEN_MAX + ETAGS_LEN_MAX + 64);
    ghm_buf_init(&flight->etags, mem, ETAGS_LEN_MAX);
    int error = write_url(flight, config, ask);
    if (error == GHM_OK) error = ghm_buf_append(&flight->body, ask->request.body);
    if (error == GHM_OK) error = reserve_headers(flight, config, ask);
    if (error == GHM_OK) error = write_headers(flight, config, ask);
    if (error != GHM_OK) {
        ghm_flight_free(flight);
        return error;
    }
    *ret_flight = flight;
    return GHM_OK;
}

static void wipe_buf(struct ghm_buf *buf)
{
    if (buf->ptr != NULL) ghm_mem_wipe(buf->ptr, buf->size);
    ghm_buf_fini(buf);
}

void ghm_flight_free(struct ghm_flight *flight)
{
    GHM_ASSERT(ghm_list_is_empty(&flight->waiters));
    ghm_list_remove(&flight->ready);
    wipe_buf(&flight->headers);
    wipe_buf(&flight->sending);
    ghm_buf_fini(&flight->url);
    ghm_buf_fini(&flight->etags);
    ghm_buf_fini(&flight->body);
    ghm_mem_free(flight->mem, flight, sizeof *flight);
}

int ghm_flight_waiter_new(struct ghm_flight_waiter **ret_waiter, struct ghm_mem *mem,
                          const struct ghm_node_ask *ask, uint64_t now_ns)
{
    struct ghm_flight_waiter *waiter = ghm_mem_alloc(mem, sizeof *waiter);
    if (waiter == NULL) return GHM_ENOMEM;
    ghm_list_init(&waiter->node);
    waiter->mem = mem;
    waiter->id = ask->id;
    waiter->bound = ask->bound;
    waiter->deadline_ns = now_ns + ask->timeout_ns;
    *ret_waiter = waiter;
    return GHM_OK;
}

void ghm_flight_waiter_free(struct ghm_flight_waiter *waiter)
{
    ghm_list_remove(&waiter->node);
    ghm_reply_free(waiter->answer);
    ghm_mem_free(waiter->mem, waiter, sizeof *waiter);
}

static struct ghm_flight_waiter *of_node(struct ghm_list *node)
{
    return GHM_LIST_OF(node, struct ghm_flight_waiter, node);
}

void ghm_flight_join(struct ghm_flight *flight, struct ghm_flight_waiter *waiter)
{
    ghm_list_append(&flight->waiters, &waiter->node);
    flight->due_ns = ghm_deadline_first(flight->due_ns, waiter->deadline_ns);
    if (waiter->deadline_ns > flight->deadline_ns) flight->deadline_ns = waiter->deadline_ns;
}

struct ghm_flight_waiter *ghm_flight_leave(struct ghm_flight *flight)
{
    struct ghm_list *node = ghm_list_pop(&flight->waiters);
    return node == NULL ? NULL : of_node(node);
}

struct ghm_flight_waiter *ghm_flight_leave_late(struct ghm_flight *flight, uint64_t now_ns)
{
    struct ghm_list *head = &flight->waiters;
    flight->due_ns = GHM_NEVER;
    for (struct ghm_list *node = head->next; node != head; node = node->next) {
        struct ghm_flight_waiter *waiter = of_node(node);
        flight->due_ns = ghm_deadline_first(flight->due_ns, waiter->deadline_ns);
        if (waiter->deadline_ns > now_ns) continue;
        ghm_list_remove(node);
        return waiter;
    }
    return NULL;
}

/* ---- what is sent ---- */

/* The first line is Accept's, "Accept:\n" when there is none. */
struct ghm_bytes ghm_flight_asked(const struct ghm_flight *flight)
{
    const struct ghm_bytes absent = ghm_bytes_text("Accept:\n");
    struct ghm_bytes headers = ghm_buf_bytes(&flight->headers);
    return ghm_bytes_starts(headers, absent) ? ghm_bytes_from(headers, absent.len) : headers;
}

void ghm_flight_offer_none(struct ghm_flight *flight)
{
    flight->offers_count = 0;
    ghm_buf_clear(&flight->etags);
}

struct ghm_bytes ghm_flight_offer_etag(const struct ghm_flight *flight,
                                       const struct ghm_flight_offer *offer)
{
    struct ghm_bytes etags = ghm_buf_bytes(&flight->etags);
    return ghm_bytes_upto(ghm_bytes_from(etags, offer->etag_at), offer->etag_len);
}

static bool is_offered(const struct ghm_flight *flight, struct ghm_bytes etag)
{
    for (size_t i = 0; i < flight->offers_count; i++) {
        if (ghm_validator_equal(ghm_flight_offer_etag(flight, &flight->offers[i]), etag))
            return true;
    }
    return false;
}

/* In a list each is found by its quotes. */
static bool is_listable(struct ghm_bytes etag)
{
    return ghm_validator_match(etag, etag);
}

static bool is_offerable(const struct ghm_flight *flight, struct ghm_bytes etag)
{
    if (etag.len == 0 || etag.len > GHM_FLIGHT_ETAG_MAX) return false;
    if (flight->offers_count == 0) return true;
    return flight->offers_count < GHM_FLIGHT_OFFERS_MAX && is_listable(etag) &&
           is_listable(ghm_flight_offer_etag(flight, &flight->offers[0]));
}

int ghm_flight_offer(struct ghm_flight *flight, const struct ghm_flight_offer *offer,
                     struct ghm_bytes etag)
{
    if (!is_offerable(flight, etag)) return GHM_ELIMIT;
    if (is_offered(flight, etag)) return GHM_OK;
    struct ghm_flight_offer *mine = &flight->offers[flight->offers_count];
    int error = flight->offers_count == 0 ? GHM_OK : ghm_buf_append_text(&flight->etags, ", ");
    *mine = *offer;
    mine->etag_at = ghm_buf_len(&flight->etags);
    mine->etag_len = etag.len;
    if (error == GHM_OK) error = ghm_buf_append(&flight->etags, etag);
    if (error == GHM_OK) flight->offers_count++;
    return error;
}

int ghm_flight_compose(struct ghm_flight *flight)
{
    uint8_t *room;
    ghm_buf_clear(&flight->sending);
    flight->is_conditional = flight->offers_count > 0;
    size_t len = ghm_buf_len(&flight->headers) + sizeof "If-None-Match: \n" + ETAGS_LEN_MAX;
    int error = ghm_buf_reserve(&flight->sending, &room, len); /* for every try, as above */
    if (error == GHM_OK) error = ghm_buf_append(&flight->sending, ghm_buf_bytes(&flight->headers));
    if (error != GHM_OK || !flight->is_conditional) return error;
    return append_line(&flight->sending, "If-None-Match", ghm_buf_bytes(&flight->etags));
}

struct ghm_bytes ghm_flight_name(const struct ghm_flight *flight)
{
    return ghm_bytes(flight->variant.name, flight->variant.name_len);
}

const char *ghm_flight_resource(const struct ghm_flight *flight)
{
    return ghm_budget_resource(ghm_rule_target(ghm_flight_name(flight)));
}
