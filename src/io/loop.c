/* SPDX-License-Identifier: MIT */
#include "io/loop.h"

#include "base/assert.h"
#include "io/agent.h"
#include "io/clock.h"
#include "io/host.h"
#include "io/origin.h"
#include "io/print.h"
#include "io/random.h"
#include "io/seat.h"
#include "io/uvloop.h"
#include "io/wake.h"

#include <stdio.h>

#define ROOM "loop"
#define MEMORY_MAX ((size_t)512 << 20)
#define NODE_MEMORY_MAX ((size_t)128 << 20)
#define SEAT_MEMORY_MAX ((size_t)96 << 20) /* what is on its way to guests, or from the host */
#define LEARN_AT_ONCE                                                                              \
    256                /* announcements taken in one turn, so that callers are not kept waiting */
#define LINGER_MS 2000 /* a process that ends serves its guests so long */
#define ANNOUNCE_AT_ONCE 256 /* of the outbox, likewise */

struct ghm_loop {
    struct ghm_loop_config config;
    uv_loop_t uv;
    uv_prepare_t prepare; /* one turn of all rooms before every wait */
    uv_timer_t timer;     /* their first deadline */
    uv_timer_t linger;    /* the end of leaving */
    uv_async_t wake;
    uv_async_t stop;
    bool is_leaving; /* it was told to stop: guests are still served, for a while */
    bool is_stopping;
    bool has_more; /* a turn left something for the next */
    char url_base[512];
    char user_agent[64];
    struct ghm_mem mem;
    struct ghm_mem node_mem;
    struct ghm_mem seat_mem;
    struct ghm_entropy entropy;
    struct ghm_log log;
    struct ghm_origin *origin;
    struct ghm_node *node;
    struct ghm_seat seat;
    struct ghm_host host;
};

static struct ghm_node_time now(void)
{
    return (struct ghm_node_time){.now_ns = ghm_clock_now_ns(), .wall_ms = ghm_clock_wall_ms()};
}

/* ---- one turn ---- */

static void turn_swarm(struct ghm_loop *loop, struct ghm_node_time time)
{
    for (struct ghm_swarm_event event; ghm_swarm_next(loop->host.swarm, &event);) {
        if (event.type == GHM_SWARM_DIAL)
            ghm_net_dial(loop->host.net, event.connection, &event.tcp);
        else if (event.type == GHM_SWARM_CLOSE)
            ghm_net_close(loop->host.net, event.connection);
        else
            ghm_mesh_on(loop->host.mesh, &event, time.now_ns);
    }
}

static void log_member(struct ghm_loop *loop, const struct ghm_mesh_event *event, const char *what)
{
    char text[GHM_PEERID_TEXT_MAX];
    ghm_peerid_text(text, &event->peer);
    ghm_log_add(&loop->log, GHM_LOG_INFO, ROOM, "member %s %s", text, what);
}

static void turn_mesh(struct ghm_loop *loop, struct ghm_node_time time)
{
    int64_t github_ms = ghm_node_github_ms(loop->node, time);
    struct ghm_mesh_event event;
    for (int i = 0; i < LEARN_AT_ONCE; i++) {
        if (!ghm_mesh_next(loop->host.mesh, &event, github_ms)) return;
        switch (event.type) {
        case GHM_MESH_LEARNED:
            /* Older than ours, or of a kind that is not shared: nothing to do. */
            (void)!ghm_node_learn(loop->node, &event.entry, time);
            break;
        case GHM_MESH_MEMBER_UP:
            log_member(loop, &event, "joined");
            break;
        case GHM_MESH_MEMBER_DOWN:
            log_member(loop, &event, "left");
            break;
        }
    }
    loop->has_more = true;
}

static void on_origin(void *context, const struct ghm_origin_response *response);

/* libcurl and all that comes with it wake up at the first request: a node that only listens does
 * not carry them. */
static int ask_origin(struct ghm_loop *loop, const struct ghm_origin_request *request)
{
    int error = GHM_OK;
    if (loop->origin == NULL) error = ghm_origin_new(&loop->origin, &loop->uv, on_origin, loop);
    return error == GHM_OK ? ghm_origin_send(loop->origin, request) : error;
}

static void send_to_origin(struct ghm_loop *loop, const struct ghm_node_event *event)
{
    struct ghm_origin_request request = {.id = event->id,
                                         .url = event->url,
                                         .headers = event->headers,
                                         .body = event->body,
                                         .timeout_ms = event->timeout_ms};
    int error = ask_origin(loop, &request);
    if (error == GHM_OK) return;
    struct ghm_node_response failed = {
        .flight = event->id, .error = error, .reason = ghm_error_text(error)};
    ghm_node_response(loop->node, &failed, now());
}

/* To our own members, or through the process that hosts this directory. */
static void pass_news(struct ghm_loop *loop)
{
    if (loop->host.swarm != NULL)
        loop->host.has_outbox = true;
    else
        ghm_wake_send(loop->config.home->dir);
}

static void turn_node(struct ghm_loop *loop)
{
    for (struct ghm_node_event event; ghm_node_next(loop->node, &event);) {
        switch (event.type) {
        case GHM_NODE_SEND:
            send_to_origin(loop, &event);
            break;
        case GHM_NODE_ANSWER:
            ghm_seat_answered(&loop->seat, event.id, event.error, event.answer);
            break;
        case GHM_NODE_NEWS:
            pass_news(loop);
            break;
        }
    }
}

/* Tell the members one entry of the outbox, if it is still there and of use. */
static void announce_one(struct ghm_loop *loop, const uint8_t id[GHM_VARIANT_ID_LEN],
                         struct ghm_node_time time)
{
    struct ghm_store_read read;
    struct ghm_entry entry;
    struct ghm_store *store = loop->config.home->store;
    int64_t github_ms = ghm_node_github_ms(loop->node, time);
    struct ghm_freshness_bound bound = {.stale_s = 0};
    if (ghm_store_get(store, &read, &entry, id, time.wall_ms / 1000) != GHM_OK) return;
    if (ghm_freshness_of(&entry, &bound, github_ms).state == GHM_FRESHNESS_FRESH &&
        ghm_mesh_announce(loop->host.mesh, &entry, github_ms) == GHM_ELIMIT)
        ghm_log_add(&loop->log, GHM_LOG_INFO, ROOM, "an answer is too large to be announced");
    ghm_store_done(store, &read);
}

static void turn_outbox(struct ghm_loop *loop, struct ghm_node_time time)
{
    uint64_t number;
    uint8_t id[GHM_VARIANT_ID_LEN];
    struct ghm_store *store = loop->config.home->store;
    /* With nobody to hear it, it keeps until there is somebody. */
    if (!loop->host.has_outbox || !ghm_mesh_is_heard(loop->host.mesh)) return;
    for (int i = 0; i < ANNOUNCE_AT_ONCE; i++) {
        if (ghm_store_outbox(store, &number, id) != GHM_OK) {
            loop->host.has_outbox = false;
            return;
        }
        announce_one(loop, id, time);
        if (ghm_store_outbox_done(store, number) != GHM_OK) return;
    }
    loop->has_more = true;
}

static void set_timer(struct ghm_loop *loop);

static void turn(struct ghm_loop *loop)
{
    struct ghm_node_time time = now();
    loop->has_more = false;
    ghm_node_tick(loop->node, time);
    if (loop->host.swarm != NULL) {
        ghm_swarm_date(loop->host.swarm, time.wall_ms / 1000);
        ghm_swarm_tick(loop->host.swarm, time.now_ns);
        ghm_mesh_tick(loop->host.mesh, time.now_ns);
        turn_swarm(loop, time);
        turn_mesh(loop, time);
    }
    turn_node(loop);
    if (loop->host.swarm != NULL) {
        turn_outbox(loop, time);
        turn_swarm(loop, time);
        ghm_net_flush(loop->host.net);
        turn_swarm(loop, time);
    }
    ghm_print_log(&loop->log);
    set_timer(loop);
}

static void stop(struct ghm_loop *loop)
{
    loop->is_stopping = true;
    loop->host.is_ending = true;
    uv_stop(&loop->uv);
}

static void on_prepare(uv_prepare_t *prepare)
{
    struct ghm_loop *loop = prepare->data;
    if (loop->is_stopping) return;
    turn(loop);
    if (loop->is_leaving && !ghm_seat_is_awaited(&loop->seat)) stop(loop);
}

static void on_timer(uv_timer_t *timer)
{
    (void)timer; /* it only ends the wait: the turn follows */
}

static void set_timer(struct ghm_loop *loop)
{
    uint64_t first = ghm_node_deadline(loop->node);
    if (loop->host.swarm != NULL) {
        first = ghm_deadline_first(first, ghm_swarm_deadline(loop->host.swarm));
        first = ghm_deadline_first(first, ghm_mesh_deadline(loop->host.mesh));
    }
    if (loop->has_more) first = 0;
    if (first == GHM_NEVER) {
        (void)uv_timer_stop(&loop->timer);
        return;
    }
    uint64_t now_ns = ghm_clock_now_ns();
    uint64_t wait_ms = first > now_ns ? (first - now_ns + GHM_NS_PER_MS - 1) / GHM_NS_PER_MS : 0;
    uv_update_time(&loop->uv);
    (void)uv_timer_start(&loop->timer, on_timer, wait_ms, 0);
}

static void on_origin(void *context, const struct ghm_origin_response *response)
{
    struct ghm_loop *loop = context;
    struct ghm_node_response heard = {.flight = response->id,
                                      .error = response->error,
                                      .reason = response->reason,
                                      .status = response->status,
                                      .headers = response->headers,
                                      .body = response->body};
    ghm_node_response(loop->node, &heard, now());
}

/* ---- life ---- */

static void on_wake(uv_async_t *async)
{
    struct ghm_loop *loop = async->data;
    if (!loop->is_stopping) loop->config.woken(loop->config.context);
}

static void on_linger(uv_timer_t *timer)
{
    stop(timer->data);
}

/* Guests that wait get what is under way; told twice, or past its time, this process goes. */
static void on_stop(uv_async_t *async)
{
    struct ghm_loop *loop = async->data;
    if (loop->is_leaving || !ghm_seat_is_awaited(&loop->seat)) {
        stop(loop);
        return;
    }
    loop->is_leaving = true;
    (void)uv_timer_start(&loop->linger, on_linger, LINGER_MS, 0);
}

static void init_handles(struct ghm_loop *loop)
{
    (void)uv_prepare_init(&loop->uv, &loop->prepare);
    (void)uv_timer_init(&loop->uv, &loop->timer);
    (void)uv_timer_init(&loop->uv, &loop->linger);
    loop->prepare.data = loop;
    loop->timer.data = loop;
    loop->linger.data = loop;
    loop->wake.data = loop;
    loop->stop.data = loop;
    (void)uv_prepare_start(&loop->prepare, on_prepare);
}

static void init_memory(struct ghm_loop *loop)
{
    ghm_mem_init(&loop->mem, NULL, MEMORY_MAX);
    ghm_mem_init(&loop->node_mem, &loop->mem, NODE_MEMORY_MAX);
    ghm_mem_init(&loop->seat_mem, &loop->mem, SEAT_MEMORY_MAX);
}

static void init_host(struct ghm_loop *loop)
{
    (void)snprintf(loop->user_agent, sizeof loop->user_agent, "ghmesh/%s", GHM_VERSION_TEXT);
    struct ghm_host_config config = {.uv = &loop->uv,
                                     .home = loop->config.home,
                                     .mem = &loop->mem,
                                     .entropy = &loop->entropy,
                                     .log = &loop->log,
                                     .user_agent = loop->user_agent,
                                     .context = loop->config.context,
                                     .listening = loop->config.listening,
                                     .failed = loop->config.failed};
    ghm_host_init(&loop->host, &config);
}

static int ask_node(void *context, const struct ghm_node_ask *ask)
{
    struct ghm_loop *loop = context;
    return ghm_node_ask(loop->node, ask, now());
}

static void forget_at_node(void *context, uint64_t id)
{
    struct ghm_loop *loop = context;
    ghm_node_forget(loop->node, id);
}

static void on_answered(void *context, uint64_t id, int error, struct ghm_answer *take_answer)
{
    struct ghm_loop *loop = context;
    loop->config.answered(loop->config.context, id, error, take_answer);
}

static void on_leave(void *context)
{
    struct ghm_loop *loop = context;
    loop->config.leave(loop->config.context);
}

/* A command serves others while it lasts, and leaves somebody behind who does so afterwards. */
static void leave_agent(struct ghm_loop *loop)
{
    const struct ghm_home *home = loop->config.home;
    bool is_wanted = strcmp(ghm_config_text(home->config, GHM_SETTING_AGENT), "auto") == 0;
    int error = is_wanted ? ghm_agent_start(NULL, home, GHM_AGENT_IDLE_S, -1) : GHM_EBUSY;
    if (error != GHM_OK && error != GHM_EBUSY)
        ghm_log_add(&loop->log, GHM_LOG_INFO, ROOM, "cannot start an agent: %s",
                    ghm_error_text(error));
}

static void on_hosting(void *context)
{
    struct ghm_loop *loop = context;
    if (loop->config.home->is_visitor)
        leave_agent(loop);
    else
        ghm_host_join(&loop->host);
}

static int init_seat(struct ghm_loop *loop)
{
    struct ghm_seat_config config = {.uv = &loop->uv,
                                     .mem = &loop->seat_mem,
                                     .home = loop->config.home,
                                     .log = &loop->log,
                                     .context = loop,
                                     .ask = ask_node,
                                     .forget = forget_at_node,
                                     .answered = on_answered,
                                     .hosting = on_hosting,
                                     .leave = loop->config.leave == NULL ? NULL : on_leave,
                                     .idle_s = loop->config.idle_s};
    return ghm_seat_init(&loop->seat, &config);
}

static int make_node(struct ghm_loop *loop)
{
    const struct ghm_home *home = loop->config.home;
    (void)snprintf(loop->url_base, sizeof loop->url_base, "%s://%s",
                   home->origin.is_tls ? "https" : "http", home->origin.host);
    struct ghm_node_config config = {
        .local = home->local,
        .url_base = loop->url_base,
        .user_agent = loop->user_agent,
        .ttl_s = (uint32_t)ghm_config_number(home->config, GHM_SETTING_TTL_S),
        .has_mesh = ghm_home_has_mesh(home),
        .is_paced = ghm_config_is_paced(home->config, &home->origin),
        .log = &loop->log,
    };
    return ghm_node_new(&loop->node, &loop->node_mem, &config, &loop->entropy);
}

int ghm_loop_new(struct ghm_loop **ret_loop, const struct ghm_loop_config *config)
{
    struct ghm_loop *loop = ghm_mem_alloc(NULL, sizeof *loop);
    if (loop == NULL) return GHM_ENOMEM;
    loop->config = *config;
    init_memory(loop);
    ghm_random_entropy(&loop->entropy);
    ghm_log_init(&loop->log,
                 ghm_print_level(ghm_config_text(config->home->config, GHM_SETTING_LOG)));
    int error = ghm_uvloop_init(&loop->uv);
    if (error != GHM_OK) {
        ghm_mem_free(NULL, loop, sizeof *loop);
        return error;
    }
    /* These two first: they are all that another thread may touch. */
    bool is_heard = uv_async_init(&loop->uv, &loop->wake, on_wake) == 0 &&
                    uv_async_init(&loop->uv, &loop->stop, on_stop) == 0;
    if (!is_heard) error = GHM_EIO;
    init_handles(loop);
    init_host(loop);
    int seat_error = init_seat(loop);
    if (error == GHM_OK) error = seat_error;
    if (error == GHM_OK) error = make_node(loop);
    if (error != GHM_OK) {
        ghm_loop_free(loop);
        return error;
    }
    *ret_loop = loop;
    return GHM_OK;
}

void ghm_loop_run(struct ghm_loop *loop)
{
    ghm_host_start(&loop->host);
    ghm_seat_start(&loop->seat);
    while (!loop->is_stopping)
        (void)uv_run(&loop->uv, UV_RUN_DEFAULT);
}

static void close_handles(struct ghm_loop *loop)
{
    uv_close((uv_handle_t *)&loop->prepare, NULL);
    uv_close((uv_handle_t *)&loop->timer, NULL);
    uv_close((uv_handle_t *)&loop->linger, NULL);
    uv_close((uv_handle_t *)&loop->wake, NULL);
    uv_close((uv_handle_t *)&loop->stop, NULL);
}

static void end_node(struct ghm_loop *loop)
{
    if (loop->node == NULL) return;
    ghm_node_stop(loop->node);
    turn_node(loop);
    ghm_node_free(loop->node);
}

void ghm_loop_free(struct ghm_loop *loop)
{
    if (loop == NULL) return;
    loop->is_stopping = true;
    ghm_origin_free(loop->origin);
    end_node(loop);
    ghm_host_close(&loop->host);
    ghm_seat_close(&loop->seat);
    close_handles(loop);
    while (uv_run(&loop->uv, UV_RUN_DEFAULT) != 0)
        ;
    GHM_ASSERT(uv_loop_close(&loop->uv) == 0);
    ghm_host_fini(&loop->host);
    ghm_mem_fini(&loop->node_mem);
    ghm_mem_fini(&loop->seat_mem);
    ghm_mem_wipe(&loop->entropy, sizeof loop->entropy);
    ghm_mem_free(NULL, loop, sizeof *loop);
}

void ghm_loop_wake(struct ghm_loop *loop)
{
    (void)uv_async_send(&loop->wake);
}

void ghm_loop_stop(struct ghm_loop *loop)
{
    (void)uv_async_send(&loop->stop);
}

int ghm_loop_ask(struct ghm_loop *loop, const struct ghm_node_ask *ask)
{
    return ghm_seat_ask(&loop->seat, ask);
}

void ghm_loop_forget(struct ghm_loop *loop, uint64_t id)
{
    ghm_seat_forget(&loop->seat, id);
}

int64_t ghm_loop_wait_ms(struct ghm_loop *loop, const struct ghm_identity *identity,
                         struct ghm_bytes target, bool is_passed)
{
    return ghm_node_wait_ms(loop->node, identity, target, is_passed, now());
}

void ghm_loop_passed(struct ghm_loop *loop, const struct ghm_identity *identity,
                     const struct ghm_request *request, enum ghm_errand errand)
{
    ghm_node_passed(loop->node, identity, request, errand, now());
}

void ghm_loop_passed_end(struct ghm_loop *loop)
{
    ghm_node_passed_end(loop->node);
}

void ghm_loop_heard(struct ghm_loop *loop, const struct ghm_identity *identity,
                    const struct ghm_budget_answer *heard)
{
    ghm_node_heard(loop->node, identity, heard, now());
}

uv_loop_t *ghm_loop_uv(struct ghm_loop *loop)
{
    return &loop->uv;
}

struct ghm_log *ghm_loop_log(struct ghm_loop *loop)
{
    return &loop->log;
}
