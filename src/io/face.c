/* SPDX-License-Identifier: MIT */
#include "io/face.h"

#include "answer/identity.h"
#include "base/assert.h"
#include "io/clock.h"
#include "io/door.h"
#include "io/httpd.h"

#include <stdio.h>

#define ROOM "http"
#define STOP_MS 10000    /* what is under way may take so long when the node ends */
#define DOOR_TRY_MS 1000 /* how often a door that another process holds is tried */
#define HEALTH "{\"status\":\"ok\"}\n"

#define CALL_STATE_MAP(X)                                                                          \
    X(CALL_NEW, "the rest of it is coming")                                                        \
    X(CALL_ASKED, "the node was asked")                                                            \
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
    struct ghm_identity identity;
    struct ghm_intent intent;
};

struct ghm_face {
    struct ghm_face_config config;
    struct ghm_httpd *httpd;
    struct ghm_site_config site;
    uint8_t index_key[GHM_IDENTITY_KEY_LEN];
    uint64_t timeout_ns;
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

static void give(struct call *call, struct ghm_answer *take_answer)
{
    struct ghm_response response GHM_UNSET;
    struct ghm_bytes body =
        ghm_bytes(take_answer->bytes + take_answer->headers_len + 1, take_answer->body_len);
    ghm_response_of_answer(&response, &call->intent, take_answer);
    call->state = CALL_DONE;
    ghm_httpd_answer(call->exchange, &response, body, drop_answer, take_answer);
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

/* The store, on this thread and without a detour: most requests end here. */
static int answer_now(struct ghm_face *face, struct call *call)
{
    struct ghm_variant variant GHM_UNSET;
    struct ghm_answer *answer;
    const struct ghm_home *home = face->config.home;
    int error = ghm_variant_of_request(&variant, &call->intent.request);
    if (error != GHM_OK) return error;
    error = ghm_local_answer(&home->local, &answer, &variant, &call->identity,
                             &call->intent.wish.bound, ghm_home_github_ms(home));
    if (error == GHM_OK) give(call, answer);
    return error;
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
    if (error != GHM_OK) refuse(call, ghm_refusal_of_error(error));
}

void ghm_face_answered(struct ghm_face *face, uint64_t id, int error,
                       struct ghm_answer *take_answer)
{
    struct call *call = (struct call *)(uintptr_t)id;
    (void)face;
    if (error == GHM_OK)
        give(call, take_answer);
    else
        refuse(call, ghm_refusal_of_error(error));
}

/* ---- what httpd calls ---- */

static void on_head(void *context, struct ghm_exchange *exchange)
{
    struct ghm_face *face = context;
    struct call *call = ghm_httpd_call(exchange);
    call->state = CALL_NEW;
    call->exchange = exchange;
    ghm_intent_of(&call->intent, &face->site, ghm_httpd_asked(exchange));
    if (call->intent.kind == GHM_INTENT_REFUSE) refuse(call, call->intent.refusal);
}

static size_t on_body(void *context, struct ghm_exchange *exchange, struct ghm_bytes bytes)
{
    (void)context;
    (void)exchange;
    return bytes.len;
}

static void on_ready(void *context, struct ghm_exchange *exchange)
{
    struct ghm_face *face = context;
    struct call *call = ghm_httpd_call(exchange);
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
        refuse(call, GHM_REFUSAL_INTERNAL);
        return;
    }
    GHM_UNREACHABLE();
}

static ssize_t on_more(void *context, struct ghm_exchange *exchange, char *room, size_t size)
{
    (void)context;
    (void)exchange;
    (void)room;
    (void)size;
    return -2;
}

static void on_gone(void *context, struct ghm_exchange *exchange)
{
    struct ghm_face *face = context;
    struct call *call = ghm_httpd_call(exchange);
    if (call->state == CALL_ASKED) ghm_loop_forget(face->config.loop, (uint64_t)(uintptr_t)call);
    call->state = CALL_DONE;
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
    if (ghm_httpd_under_way(face->httpd) > 0 && !is_late) return;
    (void)uv_timer_stop(timer);
    face->config.stopped(face->config.context);
}

/* ---- life ---- */

static struct ghm_site_config site_of(const struct ghm_home *home)
{
    return (struct ghm_site_config){
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
                                      .gone = on_gone};
    return ghm_httpd_new(&face->httpd, &config);
}

int ghm_face_new(struct ghm_face **ret_face, const struct ghm_face_config *config)
{
    const struct ghm_home *home = config->home;
    struct ghm_face *face = ghm_mem_alloc(NULL, sizeof *face);
    if (face == NULL) return GHM_ENOMEM;
    face->config = *config;
    face->site = site_of(home);
    face->places = ghm_config_text(home->config, GHM_SETTING_HTTP);
    face->timeout_ns =
        (uint64_t)ghm_config_number(home->config, GHM_SETTING_TIMEOUT_S) * 1000 * GHM_NS_PER_MS;
    int error = ghm_home_index_key(home, face->index_key);
    if (error == GHM_OK) error = make_httpd(face);
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
    uv_close((uv_handle_t *)&face->timer, on_closed);
}
