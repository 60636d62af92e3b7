/* SPDX-License-Identifier: MIT */
#include "io/overheard.h"

#include "answer/header.h"

static void tell(struct ghm_overheard *overheard, const struct ghm_budget_answer *told)
{
    ghm_loop_heard(overheard->loop, &overheard->identity, told);
}

void ghm_overheard_init(struct ghm_overheard *overheard, struct ghm_loop *loop,
                        const struct ghm_identity *identity, struct ghm_bytes target)
{
    overheard->loop = loop;
    overheard->identity = *identity;
    overheard->resource = ghm_budget_resource(target);
    overheard->is_gathering = false;
    overheard->len = 0;
}

void ghm_overheard_head(struct ghm_overheard *overheard, int status, struct ghm_bytes headers)
{
    const struct ghm_budget_answer told = {.status = (unsigned)status,
                                           .headers = headers,
                                           .body = ghm_bytes_text(""),
                                           .resource = overheard->resource};
    overheard->is_gathering =
        ghm_budget_needs_body(&told) && ghm_header_find(headers, "content-encoding").ptr == NULL;
    if (!overheard->is_gathering) tell(overheard, &told);
}

void ghm_overheard_body(struct ghm_overheard *overheard, struct ghm_bytes bytes)
{
    if (!overheard->is_gathering) return;
    bytes = ghm_bytes_upto(bytes, sizeof overheard->body - overheard->len);
    ghm_bytes_copy((uint8_t *)overheard->body + overheard->len, bytes);
    overheard->len += bytes.len;
    if (overheard->len == sizeof overheard->body) ghm_overheard_end(overheard);
}

/* Its headers told nothing, or there would be nothing to gather. */
void ghm_overheard_end(struct ghm_overheard *overheard)
{
    const struct ghm_budget_answer told = {.status = 403,
                                           .body = ghm_bytes(overheard->body, overheard->len),
                                           .resource = overheard->resource};
    if (!overheard->is_gathering) return;
    overheard->is_gathering = false;
    tell(overheard, &told);
}
