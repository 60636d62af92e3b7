/* SPDX-License-Identifier: MIT */
#include "io/calls.h"

#include "answer/errand.h"
#include "answer/header.h"
#include "answer/identity.h"
#include "base/assert.h"
#include "io/forward.h"
#include "io/overheard.h"
#include "io/recall.h"
#include "node/wrote.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>

#define ROOM "http"
#define CONNECTIONS_MAX 64U /* of streams, to one host */
#define HEALTH "{\"status\":\"ok\"}\n"

#define CALL_STATE_MAP(X)                                                                          \
    X(CALL_NEW, "the rest of it is coming")                                                        \
    X(CALL_ASKED, "the node was asked")                                                            \
    X(CALL_PASSED, "it was sent on; no head yet")                                                  \
    X(CALL_DONE, "it has its answer")

enum call_state {
#define CALL_STATE_ENUM(name, text) name,
    CALL_STATE_MAP(CALL_STATE_ENUM)
#undef CALL_STATE_ENUM
};

/* One request, in the place that its connection has for it. */
struct call {
    enum call_state state;
    struct ghm_exchange *exchange;
    struct ghm_calls *calls;
    struct ghm_passage *passage;   /* what is passed through; or NULL */
    struct ghm_outgoing *recalled; /* what the same request was given just now; or NULL */
    struct ghm_buf body;           /* of WEIGH, until it is known what it asks */
    enum ghm_errand errand;
    bool is_writing; /* GitHub may be changing what it is about */
    struct ghm_overheard overheard;
    struct ghm_identity identity;
    struct ghm_intent intent;
};

struct ghm_calls {
    struct ghm_home *home;
    struct ghm_loop *loop;
    struct ghm_site_config site;
    uint8_t index_key[GHM_IDENTITY_KEY_LEN];
    uint64_t timeout_ns;
    struct ghm_recall *recall;
    struct ghm_multi *multi; /* NULL until something is passed through */
    size_t passages_count;
    char name[32];
};

/* ---- answers ---- */

static void drop_answer(void *owner)
{
    ghm_reply_free(owner);
}

static struct ghm_outgoing *make_response(const struct call *call, struct ghm_answer *take_answer)
{
    struct ghm_response response GHM_UNSET;
    struct ghm_bytes body =
        ghm_bytes(take_answer->bytes + take_answer->headers_len + 1, take_answer->body_len);
    ghm_response_of_answer(&response, &call->intent, take_answer);
    return ghm_httpd_make(call->exchange, &response, body, drop_answer, take_answer);
}

static void send_made(struct call *call, struct ghm_outgoing *take_outgoing)
{
    call->state = CALL_DONE;
    ghm_httpd_send(call->exchange, take_outgoing);
}

static void give(struct call *call, struct ghm_answer *take_answer)
{
    send_made(call, make_response(call, take_answer));
}

static int64_t wait_ms(const struct call *call, bool is_passed)
{
    if (call->intent.site.kind != GHM_SITE_API) return 0;
    return ghm_loop_wait_ms(call->calls->loop, &call->identity, call->intent.site.target,
                            is_passed);
}

static void refuse(struct call *call, enum ghm_refusal refusal)
{
    struct ghm_response response GHM_UNSET;
    ghm_response_of_refusal(&response, refusal);
    if (refusal == GHM_REFUSAL_HELD || refusal == GHM_REFUSAL_LIMITED)
        ghm_response_retry_after(&response, wait_ms(call, refusal == GHM_REFUSAL_HELD));
    call->state = CALL_DONE;
    ghm_httpd_answer(call->exchange, &response, ghm_refusal_row(refusal).body, NULL, NULL);
}

static void say_health(struct call *call)
{
    struct ghm_response response GHM_UNSET;
    ghm_response_of_refusal(&response, GHM_REFUSAL_INTERNAL);
    response.status = 200;
    response.headers_count = 1; /* Content-Type */
    call->state = CALL_DONE;
    ghm_httpd_answer(call->exchange, &response, ghm_bytes_text(HEALTH), NULL, NULL);
}

/* ---- reading ---- */

/* What is asked for again within a second need not be made again. */
static void give_and_keep(struct call *call, struct ghm_still *still,
                          struct ghm_answer *take_answer)
{
    ghm_still_end(still, take_answer);
    struct ghm_recent_given given = {.still = *still,
                                     .answer = take_answer,
                                     .response = make_response(call, take_answer),
                                     .response_len = take_answer->size};
    if (given.response != NULL)
        ghm_recall_keep(call->calls->recall, ghm_httpd_asked(call->exchange), &given);
    send_made(call, given.response);
}

/* Of GraphQL it is the body that asks, and a body is not looked at when a response is found. */
static bool is_to_be_kept(const struct call *call, struct ghm_still *ret_still,
                          const struct ghm_variant *variant, int64_t now_ms)
{
    uint8_t slot[GHM_VARIANT_ID_LEN];
    const struct ghm_calls *calls = call->calls;
    if (call->intent.kind != GHM_INTENT_READ || ghm_httpd_is_last(call->exchange)) return false;
    ghm_local_slot(slot, variant, &call->identity);
    return ghm_recall_is_due(calls->recall, slot) &&
           ghm_still_begin(ret_still, &calls->home->local, variant, now_ms) == GHM_OK;
}

/* The store, on this thread and without a detour: most requests end here. */
static int answer_now(struct ghm_calls *calls, struct call *call)
{
    struct ghm_variant variant GHM_UNSET;
    struct ghm_still still GHM_UNSET;
    struct ghm_answer *answer;
    const struct ghm_home *home = calls->home;
    int64_t now_ms = ghm_home_github_ms(home);
    int error = ghm_errand_variant(&variant, NULL, &call->intent.request);
    if (error != GHM_OK) return error;
    bool is_kept = is_to_be_kept(call, &still, &variant, now_ms);
    error = ghm_local_answer(&home->local, &answer, &variant, &call->identity,
                             &call->intent.wish.bound, now_ms);
    if (error != GHM_OK) return error;
    if (is_kept)
        give_and_keep(call, &still, answer);
    else
        give(call, answer);
    return GHM_OK;
}

/* It is in READ, and nothing else was looked at. */
static bool recall(struct ghm_calls *calls, struct call *call)
{
    if (ghm_httpd_is_last(call->exchange)) return false;
    call->recalled = ghm_recall_find(calls->recall, ghm_httpd_asked(call->exchange));
    if (call->recalled != NULL) call->intent.kind = GHM_INTENT_READ;
    return call->recalled != NULL;
}

static void send_recalled(struct call *call)
{
    struct ghm_outgoing *recalled = call->recalled;
    call->recalled = NULL;
    send_made(call, recalled);
}

static void read_answer(struct ghm_calls *calls, struct call *call)
{
    const struct ghm_intent *intent = &call->intent;
    int error = answer_now(calls, call);
    if (error == GHM_OK) return;
    if (intent->wish.is_only_stored) {
        ghm_local_missed(&calls->home->local, error);
        refuse(call, GHM_REFUSAL_NOT_STORED);
        return;
    }
    struct ghm_node_ask ask = {.id = (uint64_t)(uintptr_t)call,
                               .request = intent->request,
                               .authorization = intent->authorization,
                               .identity = call->identity,
                               .bound = intent->wish.bound,
                               .timeout_ns = calls->timeout_ns};
    call->state = CALL_ASKED;
    error = ghm_loop_ask(calls->loop, &ask);
    if (error != GHM_OK) ghm_calls_answered(calls, ask.id, error, NULL);
}

/* ---- writing ---- */

static void begin_write(struct call *call)
{
    const struct ghm_home *home = call->calls->home;
    call->is_writing = true;
    ghm_wrote_begin(&home->local, call->intent.site.target, ghm_home_github_ms(home));
}

/* GitHub has answered, or nobody will hear its answer: either way it may have been done. */
static void end_write(struct call *call, struct ghm_bytes headers)
{
    const struct ghm_home *home = call->calls->home;
    if (!call->is_writing) return;
    call->is_writing = false;
    ghm_wrote_end(&home->local, call->intent.site.target, headers, ghm_home_github_ms(home));
}

/* ---- passing through ---- */

/* As it came, without its body. */
static struct ghm_request request_by_head(const struct call *call)
{
    return (struct ghm_request){.method = ghm_httpd_asked(call->exchange)->method,
                                .host = call->intent.site.host,
                                .target = call->intent.site.target};
}

static enum ghm_errand errand_by_head(const struct call *call)
{
    struct ghm_request request = request_by_head(call);
    bool is_api = call->intent.site.kind == GHM_SITE_API;
    return is_api ? ghm_errand_of(NULL, &request) : GHM_ERRAND_PASS;
}

static void on_passage_head(void *context)
{
    struct call *call = context;
    struct ghm_response response GHM_UNSET;
    int64_t length;
    struct ghm_bytes headers = ghm_passage_headers(call->passage);
    int status = ghm_passage_status(call->passage);
    end_write(call, headers);
    if (call->intent.site.kind == GHM_SITE_API) {
        ghm_overheard_head(&call->overheard, status, headers);
        GHM_COUNT(call->calls->home->shared, api_calls_made, 1);
    }
    bool is_told = ghm_header_number(&length, headers, "content-length") == GHM_OK;
    ghm_response_of_head(&response, &call->intent, status, headers);
    call->state = CALL_DONE;
    ghm_httpd_stream(call->exchange, &response,
                     is_told ? (uint64_t)length : GHM_HTTPD_LENGTH_UNKNOWN);
}

static void on_passage_moved(void *context)
{
    struct call *call = context;
    int error = ghm_passage_error(call->passage);
    if (error != GHM_OK && call->state == CALL_PASSED)
        refuse(call, error == GHM_ETIMEOUT ? GHM_REFUSAL_LATE : GHM_REFUSAL_ORIGIN);
    else
        ghm_httpd_go_on(call->exchange);
}

/* What was held back of its body; there is room, for nothing was given before. */
static bool give_held(struct call *call)
{
    static_assert(GHM_GRAPHQL_BODY_MAX <= GHM_PASSAGE_BYTES_MAX, "all of it at once");
    struct ghm_bytes held = ghm_buf_bytes(&call->body);
    if (held.len == 0 || ghm_passage_give(call->passage, held) == held.len) return true;
    ghm_passage_free(call->passage);
    call->passage = NULL;
    return false;
}

static enum ghm_refusal try_passage(struct ghm_calls *calls, struct call *call)
{
    int error = GHM_OK;
    const struct ghm_forward forward = {.asked = ghm_httpd_asked(call->exchange),
                                        .intent = &call->intent,
                                        .name = calls->name,
                                        .context = call,
                                        .head = on_passage_head,
                                        .moved = on_passage_moved};
    if (calls->passages_count == GHM_CALLS_PASSAGES_MAX) return GHM_REFUSAL_BUSY;
    if (calls->multi == NULL)
        error = ghm_multi_new(&calls->multi, ghm_loop_uv(calls->loop), CONNECTIONS_MAX);
    if (error != GHM_OK) return ghm_refusal_of_error(error);
    enum ghm_refusal refusal = ghm_forward_start(&call->passage, calls->multi, &forward);
    if (refusal != GHM_REFUSAL_NONE) return refusal;
    return give_held(call) ? GHM_REFUSAL_NONE : GHM_REFUSAL_INTERNAL;
}

static void pass(struct ghm_calls *calls, struct call *call)
{
    struct ghm_shared *shared = calls->home->shared;
    GHM_COUNT(shared, requests, 1);
    GHM_COUNT(shared, misses, 1);
    if (wait_ms(call, true) > 0) {
        GHM_COUNT(shared, origin_errors, 1);
        refuse(call, GHM_REFUSAL_HELD);
        return;
    }
    if (call->errand == GHM_ERRAND_WRITE) begin_write(call);
    enum ghm_refusal refusal = try_passage(calls, call);
    if (refusal != GHM_REFUSAL_NONE) {
        end_write(call, GHM_BYTES_NONE);
        refuse(call, refusal);
        return;
    }
    calls->passages_count++;
    call->state = CALL_PASSED;
    if (call->intent.site.kind == GHM_SITE_API) {
        struct ghm_request request = request_by_head(call);
        ghm_loop_passed(calls->loop, &call->identity, &request, call->errand);
    }
}

/* The same, of what is all here. */
static void pass_whole(struct ghm_calls *calls, struct call *call)
{
    pass(calls, call);
    if (call->passage != NULL) ghm_passage_give_end(call->passage);
}

/* ---- GraphQL ---- */

/* What is too long to be looked into goes on as what it may be. */
static size_t hold_back(struct call *call, struct ghm_bytes bytes)
{
    if (ghm_buf_append(&call->body, bytes) == GHM_OK) return bytes.len;
    call->errand = GHM_ERRAND_WRITE;
    pass(call->calls, call);
    return call->passage == NULL ? bytes.len : ghm_passage_give(call->passage, bytes);
}

static void weigh(struct ghm_calls *calls, struct call *call)
{
    struct ghm_request *request = &call->intent.request;
    request->body = ghm_buf_bytes(&call->body);
    call->errand = ghm_errand_of(NULL, request);
    if (call->errand == GHM_ERRAND_QUERY && call->intent.is_keepable)
        read_answer(calls, call);
    else
        pass_whole(calls, call);
}

/* ---- the node's answers ---- */

/* What the node cannot carry, or has no room for, goes as if there were no cache. */
static bool is_passed_instead(int error)
{
    return error == GHM_ELIMIT || error == GHM_ENOMEM;
}

void ghm_calls_answered(struct ghm_calls *calls, uint64_t id, int error,
                        struct ghm_answer *take_answer)
{
    struct call *call = (struct call *)(uintptr_t)id;
    if (error == GHM_OK) {
        give(call, take_answer);
    } else if (is_passed_instead(error)) {
        pass_whole(calls, call);
    } else {
        refuse(call, ghm_refusal_of_error(error));
    }
}

/* ---- what httpd calls ---- */

static void identify(struct ghm_calls *calls, struct call *call)
{
    const struct ghm_intent *intent = &call->intent;
    struct ghm_bytes token = ghm_identity_token(intent->authorization);
    ghm_identity_of(&call->identity, calls->index_key, ghm_home_known_as(calls->home, token));
    ghm_overheard_init(&call->overheard, calls->loop, &call->identity, intent->site.target);
}

static void on_head(void *context, struct ghm_exchange *exchange)
{
    struct ghm_calls *calls = context;
    struct call *call = ghm_httpd_call(exchange);
    call->state = CALL_NEW;
    call->exchange = exchange;
    call->calls = calls;
    call->passage = NULL;
    call->recalled = NULL;
    call->is_writing = false;
    call->overheard.is_gathering = false;
    ghm_buf_init(&call->body, NULL, GHM_GRAPHQL_BODY_MAX);
    if (recall(calls, call)) return;
    ghm_intent_of(&call->intent, &calls->site, ghm_httpd_asked(exchange));
    if (call->intent.kind == GHM_INTENT_REFUSE) {
        refuse(call, call->intent.refusal);
        return;
    }
    if (call->intent.kind == GHM_INTENT_HEALTH) return;
    call->errand = errand_by_head(call);
    if (call->intent.site.kind == GHM_SITE_API) identify(calls, call);
    if (call->intent.kind == GHM_INTENT_PASS) pass(calls, call);
}

static size_t on_body(void *context, struct ghm_exchange *exchange, struct ghm_bytes bytes)
{
    struct call *call = ghm_httpd_call(exchange);
    (void)context;
    if (call->passage != NULL) return ghm_passage_give(call->passage, bytes);
    bool is_held = call->intent.kind == GHM_INTENT_WEIGH && call->state == CALL_NEW;
    return is_held ? hold_back(call, bytes) : bytes.len;
}

static void on_ready(void *context, struct ghm_exchange *exchange)
{
    struct ghm_calls *calls = context;
    struct call *call = ghm_httpd_call(exchange);
    switch (call->intent.kind) {
    case GHM_INTENT_REFUSE:
        return; /* answered with the head */
    case GHM_INTENT_HEALTH:
        say_health(call);
        return;
    case GHM_INTENT_READ:
        if (call->recalled != NULL)
            send_recalled(call);
        else
            read_answer(calls, call);
        return;
    case GHM_INTENT_WEIGH:
        if (call->state == CALL_NEW) {
            weigh(calls, call);
            return;
        }
        break;
    case GHM_INTENT_PASS:
        break;
    }
    if (call->passage != NULL) ghm_passage_give_end(call->passage);
}

static ssize_t on_more(void *context, struct ghm_exchange *exchange, char *room, size_t size)
{
    struct call *call = ghm_httpd_call(exchange);
    (void)context;
    ssize_t n = ghm_passage_take(call->passage, room, size);
    if (n < 0) ghm_overheard_end(&call->overheard);
    if (n > 0) ghm_overheard_body(&call->overheard, ghm_bytes(room, (size_t)n));
    return n;
}

static void end_passage(struct ghm_calls *calls, const struct call *call)
{
    calls->passages_count--;
    if (call->intent.site.kind == GHM_SITE_API) ghm_loop_passed_end(calls->loop);
}

static void on_gone(void *context, struct ghm_exchange *exchange)
{
    struct ghm_calls *calls = context;
    struct call *call = ghm_httpd_call(exchange);
    if (call->state == CALL_ASKED) ghm_loop_forget(calls->loop, (uint64_t)(uintptr_t)call);
    ghm_overheard_end(&call->overheard);
    if (call->passage != NULL) end_passage(calls, call);
    end_write(call, GHM_BYTES_NONE);
    ghm_passage_free(call->passage);
    call->passage = NULL;
    ghm_outgoing_drop(call->recalled);
    call->recalled = NULL;
    ghm_buf_drop_wiped(&call->body, ghm_buf_len(&call->body));
    ghm_buf_fini(&call->body);
    call->state = CALL_DONE;
}

static void on_httpd_failed(void *context, int error)
{
    struct ghm_calls *calls = context;
    ghm_log_add(ghm_loop_log(calls->loop), GHM_LOG_ERROR, ROOM, "no answer by HTTP: %s%s",
                ghm_error_text(error),
                error == GHM_ENOTSUP ? " (libmicrohttpd is not installed)" : "");
}

/* ---- life ---- */

struct ghm_httpd_config ghm_calls_httpd(struct ghm_calls *calls)
{
    return (struct ghm_httpd_config){.uv = ghm_loop_uv(calls->loop),
                                     .context = calls,
                                     .call_size = sizeof(struct call),
                                     .head = on_head,
                                     .body = on_body,
                                     .ready = on_ready,
                                     .more = on_more,
                                     .gone = on_gone,
                                     .failed = on_httpd_failed};
}

/* Two nodes in a row are fine; one that leads back to itself is not. */
static void make_name(struct ghm_calls *calls)
{
    char text[GHM_IDENTITY_TEXT_MAX];
    const struct ghm_home *home = calls->home;
    ghm_identity_text(text, ghm_bytes(home->local_key, sizeof home->local_key));
    (void)snprintf(calls->name, sizeof calls->name, "1.1 ghmesh-%s", text);
    for (char *at = calls->name + strlen("1.1 "); *at != '\0'; at++)
        *at = *at == '/' || *at == '+' ? '-' : (char)tolower((unsigned char)*at);
}

static struct ghm_site_config site_of(const struct ghm_calls *calls)
{
    const struct ghm_home *home = calls->home;
    return (struct ghm_site_config){
        .name = calls->name,
        .host = ghm_bytes_text(home->origin.host),
        .prefix = ghm_bytes_text(home->origin.prefix),
        .is_tls = home->origin.is_tls,
        .others = ghm_bytes_text(ghm_config_text(home->config, GHM_SETTING_HTTP_HOSTS))};
}

int ghm_calls_new(struct ghm_calls **ret_calls, struct ghm_home *home, struct ghm_loop *loop)
{
    struct ghm_calls *calls = ghm_mem_alloc(NULL, sizeof *calls);
    if (calls == NULL) return GHM_ENOMEM;
    calls->home = home;
    calls->loop = loop;
    make_name(calls);
    calls->site = site_of(calls);
    calls->timeout_ns =
        (uint64_t)ghm_config_number(home->config, GHM_SETTING_TIMEOUT_S) * 1000 * GHM_NS_PER_MS;
    int error = ghm_home_index_key(home, calls->index_key);
    if (error == GHM_OK) error = ghm_recall_new(&calls->recall, ghm_loop_uv(loop), home);
    if (error != GHM_OK) {
        ghm_calls_free(calls);
        return error;
    }
    *ret_calls = calls;
    return GHM_OK;
}

void ghm_calls_free(struct ghm_calls *calls)
{
    if (calls == NULL) return;
    ghm_multi_free(calls->multi);
    ghm_recall_free(calls->recall);
    ghm_mem_wipe(calls->index_key, sizeof calls->index_key);
    ghm_mem_free(NULL, calls, sizeof *calls);
}
