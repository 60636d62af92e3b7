/* SPDX-License-Identifier: MIT */
#include "io/face.h"

#include "answer/errand.h"
#include "answer/header.h"
#include "answer/identity.h"
#include "base/assert.h"
#include "front/passing.h"
#include "io/door.h"
#include "io/httpd.h"
#include "io/passage.h"
#include "io/recall.h"
#include "node/wrote.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>

#define ROOM "http"
#define PASSAGES_MAX 128    /* streams at once */
#define CONNECTIONS_MAX 64U /* of streams, to one host */
#define STOP_MS 10000       /* what is under way may take so long when the node ends */
#define DOOR_TRY_MS 1000    /* how often a door that another process holds is tried */
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
    struct ghm_face *face;
    struct ghm_passage *passage;   /* what is passed through; or NULL */
    struct ghm_outgoing *recalled; /* what the same request was given just now; or NULL */
    bool is_writing;               /* GitHub may be changing what it is about */
    struct ghm_identity identity;
    struct ghm_intent intent;
};

struct ghm_face {
    struct ghm_face_config config;
    struct ghm_httpd *httpd;
    struct ghm_recall *recall;
    struct ghm_site_config site;
    uint8_t index_key[GHM_IDENTITY_KEY_LEN];
    uint64_t timeout_ns;
    struct ghm_multi *multi; /* NULL until something is passed through */
    size_t passages_count;
    char name[32];
    uv_timer_t timer; /* for doors, then for the end */
    bool is_stopping;
    uint64_t stop_ms;
    const char *places; /* of the setting that are still to be opened */
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

static void refuse(struct call *call, enum ghm_refusal refusal)
{
    struct ghm_response response GHM_UNSET;
    ghm_response_of_refusal(&response, refusal);
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
    struct ghm_recall *recall = call->face->recall;
    ghm_still_end(still, take_answer);
    struct ghm_recent_given given = {
        .still = *still, .answer = take_answer, .response_len = take_answer->size};
    given.response = make_response(call, take_answer);
    if (given.response != NULL) ghm_recall_keep(recall, ghm_httpd_asked(call->exchange), &given);
    send_made(call, given.response);
}

static bool is_to_be_kept(struct call *call, struct ghm_still *ret_still,
                          const struct ghm_variant *variant, int64_t now_ms)
{
    uint8_t slot[GHM_VARIANT_ID_LEN];
    const struct ghm_face *face = call->face;
    ghm_local_slot(slot, variant, &call->identity);
    return ghm_recall_is_due(face->recall, slot) && !face->is_stopping &&
           ghm_still_begin(ret_still, &face->config.home->local, variant, now_ms) == GHM_OK;
}

/* The store, on this thread and without a detour: most requests end here. */
static int answer_now(struct ghm_face *face, struct call *call)
{
    struct ghm_variant variant GHM_UNSET;
    struct ghm_still still GHM_UNSET;
    struct ghm_answer *answer;
    const struct ghm_home *home = face->config.home;
    int64_t now_ms = ghm_home_github_ms(home);
    int error = ghm_variant_of_request(&variant, &call->intent.request);
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

static void read_answer(struct ghm_face *face, struct call *call)
{
    const struct ghm_intent *intent = &call->intent;
    ghm_identity_of(&call->identity, face->index_key, ghm_identity_token(intent->authorization));
    int error = answer_now(face, call);
    if (error == GHM_OK) return;
    if (intent->wish.is_only_stored) {
        ghm_local_missed(&face->config.home->local, error);
        refuse(call, GHM_REFUSAL_NOT_STORED);
        return;
    }
    struct ghm_node_ask ask = {.id = (uint64_t)(uintptr_t)call,
                               .request = intent->request,
                               .authorization = intent->authorization,
                               .identity = call->identity,
                               .bound = intent->wish.bound,
                               .timeout_ns = face->timeout_ns};
    call->state = CALL_ASKED;
    error = ghm_loop_ask(face->config.loop, &ask);
    if (error != GHM_OK) ghm_face_answered(face, ask.id, error, NULL);
}

/* ---- writing ---- */

/* What GraphQL changes is not known before its body is here: it is passed through unnoticed. */
static bool changes_answers(const struct call *call)
{
    const struct ghm_asked *asked = ghm_httpd_asked(call->exchange);
    const struct ghm_site *site = &call->intent.site;
    const struct ghm_request request = {
        .method = asked->method, .host = site->host, .target = site->target};
    if (!call->intent.is_write || site->kind != GHM_SITE_API) return false;
    if (ghm_graphql_is_target(site->target)) return false;
    return ghm_errand_of(NULL, &request) == GHM_ERRAND_WRITE;
}

static void begin_write(struct call *call)
{
    const struct ghm_home *home = call->face->config.home;
    call->is_writing = true;
    ghm_wrote_begin(&home->local, call->intent.site.target, ghm_home_github_ms(home));
}

/* GitHub has answered, or nobody will hear its answer: either way it may have been done. */
static void end_write(struct call *call, struct ghm_bytes headers)
{
    const struct ghm_home *home = call->face->config.home;
    if (!call->is_writing) return;
    call->is_writing = false;
    ghm_wrote_end(&home->local, call->intent.site.target, headers, ghm_home_github_ms(home));
}

/* ---- passing through ---- */

static void on_passage_head(void *context)
{
    struct call *call = context;
    struct ghm_response response GHM_UNSET;
    int64_t length;
    struct ghm_bytes headers = ghm_passage_headers(call->passage);
    int status = ghm_passage_status(call->passage);
    end_write(call, headers);
    struct ghm_shared *shared = call->face->config.home->shared;
    if (call->intent.site.kind == GHM_SITE_API) GHM_COUNT(shared, api_calls_made, 1);
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

/* What the client sent, without what was between it and us. libcurl adds nothing of its own. */
static int add_lines(const struct call *call, const struct ghm_curl *curl,
                     struct curl_slist **lines)
{
    const struct ghm_asked *asked = ghm_httpd_asked(call->exchange);
    int error = ghm_curl_line(curl, lines, ghm_bytes_text("Via"), ghm_bytes_text(call->face->name));
    for (size_t i = 0; error == GHM_OK && i < asked->headers_count; i++) {
        const struct ghm_header *header = &asked->headers[i];
        if (ghm_passing_is_sent(asked, header->name))
            error = ghm_curl_line(curl, lines, header->name, header->value);
    }
    if (error == GHM_OK) error = ghm_curl_without(curl, lines, ghm_bytes_text("Expect"));
    if (error == GHM_OK && ghm_asked_find(asked, "accept").ptr == NULL)
        error = ghm_curl_without(curl, lines, ghm_bytes_text("Accept"));
    return error;
}

/* Its framing is told as it was told to us. */
static void fill_body(struct ghm_passage_request *request, const struct ghm_asked *asked)
{
    int64_t length = 0;
    struct ghm_bytes told = ghm_asked_find(asked, "content-length");
    for (size_t i = 0; i < told.len; i++)
        length = 10 * length + (told.ptr[i] - '0'); /* checked: digits, not too many */
    bool is_chunked = ghm_asked_find(asked, "transfer-encoding").ptr != NULL;
    request->has_body = is_chunked || (told.ptr != NULL && (length > 0 || request->is_write));
    request->body_bytes = is_chunked ? -1 : length;
}

static int start_passage(struct ghm_face *face, struct call *call, struct curl_slist *take_lines)
{
    char url[GHM_SITE_TARGET_MAX + 300] GHM_UNSET;
    char method[GHM_ASKED_METHOD_MAX + 1];
    const struct ghm_asked *asked = ghm_httpd_asked(call->exchange);
    const struct ghm_site *site = &call->intent.site;
    (void)snprintf(method, sizeof method, "%.*s", (int)asked->method.len,
                   (const char *)asked->method.ptr);
    (void)snprintf(url, sizeof url, "%s://%.*s%.*s", site->is_tls ? "https" : "http",
                   (int)site->host.len, (const char *)site->host.ptr, (int)site->target.len,
                   (const char *)site->target.ptr);
    struct ghm_passage_request request = {.method = method,
                                          .url = url,
                                          .take_headers = take_lines,
                                          .is_write = call->intent.is_write,
                                          .context = call,
                                          .head = on_passage_head,
                                          .moved = on_passage_moved};
    fill_body(&request, asked);
    return ghm_passage_new(&call->passage, face->multi, &request);
}

static enum ghm_refusal try_passage(struct ghm_face *face, struct call *call)
{
    struct curl_slist *lines = NULL;
    int error = GHM_OK;
    if (face->passages_count == PASSAGES_MAX) return GHM_REFUSAL_BUSY;
    if (face->multi == NULL)
        error = ghm_multi_new(&face->multi, ghm_loop_uv(face->config.loop), CONNECTIONS_MAX);
    if (error != GHM_OK) return ghm_refusal_of_error(error);
    error = add_lines(call, ghm_multi_curl(face->multi), &lines);
    if (error == GHM_OK) {
        error = start_passage(face, call, lines);
        return error == GHM_OK ? GHM_REFUSAL_NONE : ghm_refusal_of_error(error);
    }
    ghm_curl_lines_free(ghm_multi_curl(face->multi), lines);
    return error == GHM_ELIMIT ? GHM_REFUSAL_TOO_LARGE : ghm_refusal_of_error(error);
}

static void pass(struct ghm_face *face, struct call *call)
{
    struct ghm_shared *shared = face->config.home->shared;
    if (changes_answers(call)) begin_write(call);
    enum ghm_refusal refusal = try_passage(face, call);
    GHM_COUNT(shared, requests, 1);
    GHM_COUNT(shared, misses, 1);
    if (refusal != GHM_REFUSAL_NONE) {
        end_write(call, GHM_BYTES_NONE);
        refuse(call, refusal);
        return;
    }
    face->passages_count++;
    call->state = CALL_PASSED;
}

/* ---- the node's answers ---- */

/* What the node cannot carry, or has no room for, goes as if there were no cache. */
static bool is_passed_instead(int error)
{
    return error == GHM_ELIMIT || error == GHM_ENOMEM;
}

void ghm_face_answered(struct ghm_face *face, uint64_t id, int error,
                       struct ghm_answer *take_answer)
{
    struct call *call = (struct call *)(uintptr_t)id;
    if (error == GHM_OK) {
        give(call, take_answer);
    } else if (is_passed_instead(error)) {
        pass(face, call);
        if (call->passage != NULL) ghm_passage_give_end(call->passage);
    } else {
        refuse(call, ghm_refusal_of_error(error));
    }
}

/* ---- what httpd calls ---- */

static void on_head(void *context, struct ghm_exchange *exchange)
{
    struct ghm_face *face = context;
    struct call *call = ghm_httpd_call(exchange);
    call->state = CALL_NEW;
    call->exchange = exchange;
    call->face = face;
    call->passage = NULL;
    call->is_writing = false;
    call->recalled =
        face->is_stopping ? NULL : ghm_recall_find(face->recall, ghm_httpd_asked(exchange));
    if (call->recalled != NULL) return;
    ghm_intent_of(&call->intent, &face->site, ghm_httpd_asked(exchange));
    if (call->intent.kind == GHM_INTENT_REFUSE) refuse(call, call->intent.refusal);
    if (call->intent.kind == GHM_INTENT_PASS) pass(face, call);
}

static size_t on_body(void *context, struct ghm_exchange *exchange, struct ghm_bytes bytes)
{
    struct call *call = ghm_httpd_call(exchange);
    (void)context;
    return call->passage == NULL ? bytes.len : ghm_passage_give(call->passage, bytes);
}

static void on_ready(void *context, struct ghm_exchange *exchange)
{
    struct ghm_face *face = context;
    struct call *call = ghm_httpd_call(exchange);
    if (call->recalled != NULL) {
        send_made(call, call->recalled);
        call->recalled = NULL;
        return;
    }
    switch (call->intent.kind) {
    case GHM_INTENT_REFUSE:
        return; /* answered with the head */
    case GHM_INTENT_HEALTH:
        say_health(call);
        return;
    case GHM_INTENT_READ:
        read_answer(face, call);
        return;
    case GHM_INTENT_PASS:
        if (call->passage != NULL) ghm_passage_give_end(call->passage);
        return;
    }
    GHM_UNREACHABLE();
}

static ssize_t on_more(void *context, struct ghm_exchange *exchange, char *room, size_t size)
{
    struct call *call = ghm_httpd_call(exchange);
    (void)context;
    return ghm_passage_take(call->passage, room, size);
}

static void on_gone(void *context, struct ghm_exchange *exchange)
{
    struct ghm_face *face = context;
    struct call *call = ghm_httpd_call(exchange);
    if (call->state == CALL_ASKED) ghm_loop_forget(face->config.loop, (uint64_t)(uintptr_t)call);
    if (call->passage != NULL) face->passages_count--;
    end_write(call, GHM_BYTES_NONE);
    ghm_passage_free(call->passage);
    call->passage = NULL;
    ghm_outgoing_drop(call->recalled);
    call->recalled = NULL;
    call->state = CALL_DONE;
}

static void on_httpd_failed(void *context, int error)
{
    struct ghm_face *face = context;
    ghm_log_add(ghm_loop_log(face->config.loop), GHM_LOG_ERROR, ROOM, "no answer by HTTP: %s%s",
                ghm_error_text(error),
                error == GHM_ENOTSUP ? " (libmicrohttpd is not installed)" : "");
}

/* ---- doors ---- */

static void tell_door(struct ghm_face *face, const struct ghm_door *door, int error)
{
    struct ghm_log *log = ghm_loop_log(face->config.loop);
    if (error == GHM_OK) error = ghm_httpd_listen(face->httpd, door->fd, door->is_socket);
    if (error != GHM_OK) {
        ghm_log_add(log, GHM_LOG_WARN, ROOM, "cannot answer HTTP at %.120s: %s", door->place,
                    ghm_error_text(error));
        return;
    }
    ghm_log_add(log, GHM_LOG_INFO, ROOM, "HTTP is answered at %.120s", door->place);
    face->config.opened(face->config.context, door->place);
}

static bool open_given(struct ghm_face *face)
{
    struct ghm_door door;
    unsigned index = 0;
    for (int error; (error = ghm_door_given(&door, index)) != GHM_ENOTFOUND; index++)
        tell_door(face, &door, error);
    return index > 0;
}

/* Another process of this directory answers at its socket: wait until it ends, as for hosting. */
static void open_doors(struct ghm_face *face)
{
    struct ghm_door door;
    const char *at = face->places;
    for (int error; (error = ghm_door_open(&door, &at, face->config.home->dir)) != GHM_ENOTFOUND;) {
        if (error == GHM_EBUSY && *door.place == '/') return;
        tell_door(face, &door, error);
        face->places = at;
    }
    face->places = at;
}

static void on_timer(uv_timer_t *timer)
{
    struct ghm_face *face = timer->data;
    if (!face->is_stopping) {
        open_doors(face);
        if (*face->places == '\0') (void)uv_timer_stop(timer);
        return;
    }
    bool is_late = uv_now(ghm_loop_uv(face->config.loop)) - face->stop_ms > STOP_MS;
    if (ghm_httpd_count(face->httpd) > 0 && !is_late) return;
    (void)uv_timer_stop(timer);
    face->config.stopped(face->config.context);
}

/* ---- life ---- */

/* Two nodes in a row are fine; one that leads back to itself is not. */
static void make_name(struct ghm_face *face)
{
    char text[GHM_IDENTITY_TEXT_MAX];
    const struct ghm_home *home = face->config.home;
    ghm_identity_text(text, ghm_bytes(home->local_key, sizeof home->local_key));
    (void)snprintf(face->name, sizeof face->name, "1.1 ghmesh-%s", text);
    for (char *at = face->name + strlen("1.1 "); *at != '\0'; at++)
        *at = *at == '/' || *at == '+' ? '-' : (char)tolower((unsigned char)*at);
}

static struct ghm_site_config site_of(const struct ghm_face *face)
{
    const struct ghm_home *home = face->config.home;
    return (struct ghm_site_config){
        .name = face->name,
        .host = ghm_bytes_text(home->origin.host),
        .prefix = ghm_bytes_text(home->origin.prefix),
        .is_tls = home->origin.is_tls,
        .others = ghm_bytes_text(ghm_config_text(home->config, GHM_SETTING_HTTP_HOSTS))};
}

static int make_httpd(struct ghm_face *face)
{
    struct ghm_httpd_config config = {.uv = ghm_loop_uv(face->config.loop),
                                      .context = face,
                                      .call_size = sizeof(struct call),
                                      .head = on_head,
                                      .body = on_body,
                                      .ready = on_ready,
                                      .more = on_more,
                                      .gone = on_gone,
                                      .failed = on_httpd_failed};
    return ghm_httpd_new(&face->httpd, &config);
}

int ghm_face_new(struct ghm_face **ret_face, const struct ghm_face_config *config)
{
    const struct ghm_home *home = config->home;
    struct ghm_face *face = ghm_mem_alloc(NULL, sizeof *face);
    if (face == NULL) return GHM_ENOMEM;
    face->config = *config;
    make_name(face);
    face->site = site_of(face);
    face->places = ghm_config_text(home->config, GHM_SETTING_HTTP);
    face->timeout_ns =
        (uint64_t)ghm_config_number(home->config, GHM_SETTING_TIMEOUT_S) * 1000 * GHM_NS_PER_MS;
    int error = ghm_home_index_key(home, face->index_key);
    if (error == GHM_OK) error = make_httpd(face);
    if (error == GHM_OK) {
        error = ghm_recall_new(&face->recall, ghm_loop_uv(config->loop), home);
        if (error != GHM_OK) ghm_httpd_free(face->httpd);
    }
    if (error != GHM_OK) {
        ghm_mem_free(NULL, face, sizeof *face);
        return error;
    }
    (void)uv_timer_init(ghm_loop_uv(config->loop), &face->timer);
    face->timer.data = face;
    if (open_given(face))
        face->places = "";
    else
        open_doors(face);
    if (*face->places != '\0')
        (void)uv_timer_start(&face->timer, on_timer, DOOR_TRY_MS, DOOR_TRY_MS);
    *ret_face = face;
    return GHM_OK;
}

size_t ghm_face_keep(const struct ghm_face *face, int ret_fds[GHM_FACE_DOORS_MAX])
{
    static_assert(GHM_FACE_DOORS_MAX == GHM_HTTPD_DOORS_MAX, "one for each");
    return ghm_httpd_keep(face->httpd, ret_fds);
}

void ghm_face_stop(struct ghm_face *face)
{
    if (face->is_stopping) return;
    face->is_stopping = true;
    face->stop_ms = uv_now(ghm_loop_uv(face->config.loop));
    ghm_httpd_quiesce(face->httpd);
    (void)uv_timer_start(&face->timer, on_timer, 0, 20);
}

static void on_closed(uv_handle_t *handle)
{
    struct ghm_face *face = handle->data;
    ghm_mem_wipe(face->index_key, sizeof face->index_key);
    ghm_mem_free(NULL, face, sizeof *face);
}

void ghm_face_free(struct ghm_face *face)
{
    if (face == NULL) return;
    ghm_httpd_free(face->httpd);
    ghm_recall_free(face->recall);
    ghm_multi_free(face->multi);
    uv_close((uv_handle_t *)&face->timer, on_closed);
}
