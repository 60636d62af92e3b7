/* SPDX-License-Identifier: MIT */
#include "node/flight.h"

#include "answer/validator.h"
#include "base/assert.h"

#define URL_LEN_MAX 8192
#define HEADERS_LEN_MAX 16384
#define ETAG_LEN_MAX 512

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
    ghm_local_slot(flight->slot, variant, &ask->identity);
    ghm_list_init(&flight->ready);
    ghm_list_init(&flight->waiters);
    ghm_buf_init(&flight->url, mem, URL_LEN_MAX);
    ghm_buf_init(&flight->headers, mem, HEADERS_LEN_MAX);
    ghm_buf_init(&flight->sending, mem, HEADERS_LEN_MAX + ETAG_LEN_MAX + 64);
    ghm_buf_init(&flight->etag, mem, ETAG_LEN_MAX);
    int error = write_url(flight, config, ask);
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
    ghm_buf_fini(&flight->etag);
    ghm_mem_free(flight->mem, flight, sizeof *flight);
}

int ghm_flight_waiter_new(struct ghm_flight_waiter **ret_waiter, struct ghm_mem *mem,
                          const struct ghm_node_ask *ask)
{
    struct ghm_flight_waiter *waiter = ghm_mem_alloc(mem, sizeof *waiter);
    if (waiter == NULL) return GHM_ENOMEM;
    ghm_list_init(&waiter->node);
    waiter->mem = mem;
    waiter->id = ask->id;
    waiter->bound = ask->bound;
    *ret_waiter = waiter;
    return GHM_OK;
}

void ghm_flight_waiter_free(struct ghm_flight_waiter *waiter)
{
    ghm_list_remove(&waiter->node);
    ghm_answer_free(waiter->answer);
    ghm_mem_free(waiter->mem, waiter, sizeof *waiter);
}

struct ghm_flight_waiter *ghm_flight_leave(struct ghm_flight *flight)
{
    struct ghm_list *node = ghm_list_pop(&flight->waiters);
    return node == NULL ? NULL : GHM_LIST_OF(node, struct ghm_flight_waiter, node);
}

int ghm_flight_compose(struct ghm_flight *flight, const struct ghm_entry *entry)
{
    struct ghm_validator validator = {GHM_BYTES_NONE, GHM_BYTES_NONE};
    ghm_buf_clear(&flight->sending);
    ghm_buf_clear(&flight->etag);
    if (entry != NULL) validator = ghm_validator_of(entry);
    /* Only the tag: GitHub has answered 304 to a date after the thing had changed. */
    flight->is_conditional = validator.etag.len > 0 && validator.etag.len <= ETAG_LEN_MAX;
    int error = ghm_buf_append(&flight->sending, ghm_buf_bytes(&flight->headers));
    if (error != GHM_OK || !flight->is_conditional) return error;
    error = ghm_buf_append(&flight->etag, validator.etag);
    if (error == GHM_OK) error = append_line(&flight->sending, "If-None-Match", validator.etag);
    return error;
}
