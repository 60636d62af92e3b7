/* SPDX-License-Identifier: MIT */
#include "base/assert.h"
#include "front/intent.h"
#include "front/reverse.h"
#include "fuzz.h"

#include <stdlib.h>

static const struct ghm_site_config config = {
    .host = {(const uint8_t *)"api.github.com", 14},
    .prefix = {(const uint8_t *)"", 0},
    .name = "1.1 ghmesh-me",
    .is_tls = true,
    .others = {(const uint8_t *)"a.example,http://b", 18}};

/* The client's headers as GitHub's: what the client is told is theirs, or made of the room given.
 */
static void turn(const struct ghm_site *site, const struct ghm_asked *asked)
{
    for (size_t i = 0; i < asked->headers_count; i++) {
        char room[48];
        struct ghm_bytes value = asked->headers[i].value;
        struct ghm_bytes told = ghm_reverse_value(site, value, room, sizeof room);
        if (told.ptr == value.ptr) continue;
        GHM_ASSERT(told.ptr == (const uint8_t *)room && told.len <= sizeof room);
        GHM_ASSERT(site->kind == GHM_SITE_API && site->asked_host.len > 0);
    }
}

/* A method, a target and headers, each on a line. Whatever they are, what is read has a name and
 * goes to the API, and what is passed goes to a host that may be passed to. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ghm_intent intent;
    struct ghm_asked asked = {0};
    struct ghm_bytes walk = ghm_bytes(data, size);
    struct ghm_bytes *first[] = {&asked.method, &asked.target};
    for (size_t i = 0; i < 2; i++) {
        const uint8_t *end = walk.len == 0 ? NULL : memchr(walk.ptr, '\n', walk.len);
        if (end == NULL) return 0;
        *first[i] = ghm_bytes_upto(walk, (size_t)(end - walk.ptr));
        walk = ghm_bytes_from(walk, first[i]->len + 1);
    }
    while (asked.headers_count < GHM_ASKED_HEADERS_MAX &&
           ghm_header_next(&walk, &asked.headers[asked.headers_count]))
        asked.headers_count++;
    ghm_intent_of(&intent, &config, &asked);
    switch (intent.kind) {
    case GHM_INTENT_REFUSE:
        GHM_ASSERT(ghm_refusal_row(intent.refusal).status >= 400);
        break;
    case GHM_INTENT_HEALTH:
        GHM_ASSERT(intent.site.is_local);
        break;
    case GHM_INTENT_READ:
        GHM_ASSERT(intent.site.kind == GHM_SITE_API && !ghm_asked_has_body(&asked));
        GHM_ASSERT(ghm_request_check(&intent.request) == GHM_OK);
        turn(&intent.site, &asked);
        break;
    case GHM_INTENT_WEIGH:
        GHM_ASSERT(intent.site.kind == GHM_SITE_API && intent.is_write);
        break;
    case GHM_INTENT_PASS:
        GHM_ASSERT(intent.site.host.len > 0 && intent.site.target.ptr[0] == '/');
        GHM_ASSERT(memchr(intent.site.host.ptr, '/', intent.site.host.len) == NULL);
        turn(&intent.site, &asked);
        break;
    }
    return 0;
}
