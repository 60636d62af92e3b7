/* SPDX-License-Identifier: MIT */
#include "past.h"

#include "answer/errand.h"
#include "answer/identity.h"
#include "node/ledger.h"
#include "node/wrote.h"

#include <string.h>
#include <strings.h>

#define TOKEN_MAX 4096

struct past {
    const struct sending *sending;
    const struct ghm_home *home;
    struct ghm_request request;
    struct ghm_identity identity;
    struct ghm_budget budget;
};

static struct ghm_bytes authorization_of(const struct sending *sending)
{
    for (const char *const *line = sending->headers; *line != NULL; line++) {
        if (strncasecmp(*line, "authorization:", 14) == 0)
            return ghm_bytes_text(*line + 14 + strspn(*line + 14, " \t"));
    }
    return GHM_BYTES_NONE;
}

/* In whose name it goes. */
static int identify(struct past *past, ghm *cache)
{
    char token[TOKEN_MAX + 1];
    struct ghm_bytes told = authorization_of(past->sending);
    if (told.ptr == NULL) {
        past->identity = cache->identity;
        return GHM_OK;
    }
    told = ghm_identity_token(told);
    if (told.len > TOKEN_MAX) return GHM_ELIMIT;
    ghm_bytes_copy((uint8_t *)token, told);
    token[told.len] = '\0';
    int error = ghm_open_identity(cache, &past->identity, token);
    ghm_mem_wipe(token, sizeof token);
    return error;
}

static bool is_write(const struct past *past)
{
    struct ghm_mem mem;
    ghm_mem_init(&mem, NULL, 1 << 20);
    enum ghm_errand errand = ghm_errand_of(&mem, &past->request);
    ghm_mem_fini(&mem);
    return errand == GHM_ERRAND_WRITE;
}

static void learn(struct past *past, const struct sent *sent)
{
    struct ghm_bytes body = ghm_buf_bytes(&sent->body);
    struct ghm_budget_answer heard = {
        .status = (unsigned)sent->status,
        .headers = ghm_buf_bytes(&sent->headers),
        .body = body.ptr == NULL ? ghm_bytes_text("") : body,
        .is_limit = ghm_graphql_is_limit(past->request.target, sent->status, body),
        .resource = ghm_budget_resource(past->request.target),
    };
    (void)ghm_ledger_learn(&past->home->local, &past->budget, &past->identity, &heard,
                           ghm_home_github_ms(past->home));
}

/* Sent once, whatever comes of it. What it changes is taken for no read's answer any more. */
static int send_around(struct past *past, struct sent *sent)
{
    const struct ghm_home *home = past->home;
    struct ghm_bytes target = past->request.target;
    bool has_epoch = is_write(past);
    if (has_epoch) ghm_wrote_begin(&home->local, target, ghm_home_github_ms(home));
    int error = sending_do(past->sending, sent);
    struct ghm_bytes headers = ghm_buf_bytes(&sent->headers);
    if (has_epoch) ghm_wrote_end(&home->local, target, headers, ghm_home_github_ms(home));
    if (error == GHM_OK) learn(past, sent);
    return error;
}

static bool is_held(struct past *past)
{
    return ghm_ledger_held(&past->home->local, &past->budget, &past->identity,
                           ghm_budget_resource(past->request.target),
                           ghm_home_github_ms(past->home)) > 0;
}

int past_send(ghm *cache, const struct sending *sending, struct sent *ret_sent)
{
    const char *host = strstr(sending->url, "://") + 3;
    struct past past = {
        .sending = sending,
        .home = &cache->home,
        .request = {.method = ghm_bytes_text(sending->method),
                    .host = ghm_bytes_text(cache->home.origin.host),
                    .target = ghm_bytes_text(host + strcspn(host, "/")),
                    .body = sending->has_body ? sending->body : GHM_BYTES_NONE},
    };
    ghm_budget_init(&past.budget);
    *ret_sent = (struct sent){.status = 0};
    int error = identify(&past, cache);
    if (error == GHM_OK && is_held(&past)) error = GHM_ERATE;
    return error == GHM_OK ? send_around(&past, ret_sent) : error;
}
