/* SPDX-License-Identifier: MIT */
#include "io/outgoing.h"

#include "base/assert.h"
#include "base/mem.h"

#define LINE_MAX_LEN 8192

struct ghm_outgoing {
    const struct ghm_mhd *mhd;
    struct MHD_Response *made;
    int status;
    unsigned holders_count;
};

static void add_header(const struct ghm_outgoing *outgoing, const struct ghm_header *header)
{
    char line[LINE_MAX_LEN] GHM_UNSET;
    size_t name_len = header->name.len;
    size_t value_len = header->value.len;
    if (name_len + value_len + 2 > sizeof line) return;
    memcpy(line, header->name.ptr, name_len);
    line[name_len] = '\0';
    char *value = line + name_len + 1;
    ghm_bytes_copy(value, header->value);
    value[value_len] = '\0';
    /* Refused are values that no header may have, and those that frame the body: it knows better.
     */
    (void)outgoing->mhd->MHD_add_response_header(outgoing->made, line, value);
}

static int finish(struct ghm_outgoing **ret_outgoing, const struct ghm_mhd *mhd,
                  struct MHD_Response *take_made, const struct ghm_response *response)
{
    if (take_made == NULL) return GHM_ENOMEM;
    struct ghm_outgoing *outgoing = ghm_mem_alloc(NULL, sizeof *outgoing);
    if (outgoing == NULL) {
        mhd->MHD_destroy_response(take_made);
        return GHM_ENOMEM;
    }
    *outgoing = (struct ghm_outgoing){
        .mhd = mhd, .made = take_made, .status = response->status, .holders_count = 1};
    for (size_t i = 0; i < response->headers_count; i++)
        add_header(outgoing, &response->headers[i]);
    *ret_outgoing = outgoing;
    return GHM_OK;
}

static void drop_nothing(void *owner)
{
    (void)owner;
}

int ghm_outgoing_of_body(struct ghm_outgoing **ret_outgoing, const struct ghm_mhd *mhd,
                         const struct ghm_response *response, struct ghm_bytes body,
                         void (*drop)(void *owner), void *owner)
{
    size_t len = response->has_body ? body.len : 0;
    if (drop == NULL) drop = drop_nothing;
    struct MHD_Response *made = mhd->MHD_create_response_from_buffer_with_free_callback_cls(
        len, (void *)(uintptr_t)(body.ptr == NULL ? (const uint8_t *)"" : body.ptr), drop,
        owner); /* it only reads */
    if (made == NULL) drop(owner);
    return finish(ret_outgoing, mhd, made, response);
}

int ghm_outgoing_of_stream(struct ghm_outgoing **ret_outgoing, const struct ghm_mhd *mhd,
                           const struct ghm_response *response,
                           const struct ghm_outgoing_source *source)
{
    uint64_t size =
        source->length == GHM_OUTGOING_LENGTH_UNKNOWN ? MHD_SIZE_UNKNOWN : source->length;
    struct MHD_Response *made = mhd->MHD_create_response_from_callback(
        size, source->piece_len_max, source->more, source->context, NULL);
    return finish(ret_outgoing, mhd, made, response);
}

struct ghm_outgoing *ghm_outgoing_share(struct ghm_outgoing *outgoing)
{
    outgoing->holders_count++;
    return outgoing;
}

void ghm_outgoing_drop(struct ghm_outgoing *outgoing)
{
    if (outgoing == NULL || --outgoing->holders_count > 0) return;
    outgoing->mhd->MHD_destroy_response(outgoing->made);
    ghm_mem_free(NULL, outgoing, sizeof *outgoing);
}

enum MHD_Result ghm_outgoing_send(struct ghm_outgoing *outgoing, struct MHD_Connection *connection,
                                  bool is_last)
{
    static const struct ghm_header last = {{(const uint8_t *)"Connection", 10},
                                           {(const uint8_t *)"close", 5}};
    GHM_ASSERT(!is_last || outgoing->holders_count == 1);
    if (is_last) add_header(outgoing, &last);
    return outgoing->mhd->MHD_queue_response(connection, (unsigned)outgoing->status,
                                             outgoing->made);
}
