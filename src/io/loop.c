/* SPDX-License-Identifier: MIT */
#include "io/loop.h"

#include "base/assert.h"
#include "io/clock.h"
#include "io/discovery.h"
#include "io/hold.h"
#include "io/net.h"
#include "io/origin.h"
#include "io/print.h"
#include "io/random.h"
#include "io/wake.h"
#include "mesh/mesh.h"
#include "swarm/swarm.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define ROOM "loop"
#define MEMORY_MAX ((size_t)512 << 20)
#define SWARM_MEMORY_MAX ((size_t)256 << 20)
#define NODE_MEMORY_MAX ((size_t)128 << 20)
#define MESH_MEMORY_MAX ((size_t)32 << 20)
#define LEARN_AT_ONCE                                                                              \
    256 /* announcements taken in one turn, so that callers are not kept waiting */
#define ANNOUNCE_AT_ONCE 256 /* of the outbox, likewise */
#define HOST_TRY_MS 1000     /* how often a guest looks whether the host is gone */

struct ghm_loop {
    struct ghm_loop_config config;
    uv_loop_t uv;
    uv_prepare_t prepare; /* one turn of all rooms before every wait */
    uv_timer_t timer;     /* their first deadline */
    uv_timer_t host_timer;
    uv_async_t wake;
    uv_async_t stop;
    uv_poll_t wake_poll;
    uv_work_t derive; /* of keys from a slow secret, off this thread */
    bool is_deriving;
    bool has_wake_poll;
    bool is_stopping;
    bool is_told_waiting; /* that another process hosts */
    bool has_more;        /* a turn left something for the next */
    bool has_outbox;      /* somebody put something into it */
    int lock_fd;
    int wake_fd;
    char url_base[512];
    char user_agent[64];
    struct ghm_mem mem;
    struct ghm_mem swarm_mem;
    struct ghm_mem node_mem;
    struct ghm_mem mesh_mem;
    struct ghm_entropy entropy;
    struct ghm_log log;
    struct ghm_origin *origin;
    struct ghm_node *node;
    struct ghm_key identity;
    struct ghm_peerid self;
    struct ghm_keyring keyring;
    int keyring_error;
    struct ghm_swarm *swarm; /* these four: only while hosting */
    struct ghm_mesh *mesh;
    struct ghm_net *net;
    struct ghm_discovery *discovery;
};

static struct ghm_node_time now(void)
{
    return (struct ghm_node_time){.now_ns = ghm_clock_now_ns(), .wall_ms = ghm_clock_wall_ms()};
}

/* ---- one turn ---- */

static void turn_swarm(struct ghm_loop *loop, struct ghm_node_time time)
{
    for (struct ghm_swarm_event event; ghm_swarm_next(loop->swarm, &event);) {
        if (event.type == GHM_SWARM_DIAL)
            ghm_net_dial(loop->net, event.connection, &event.tcp);
        else if (event.type == GHM_SWARM_CLOSE)
            ghm_net_close(loop->net, event.connection);
        else
            ghm_mesh_on(loop->mesh, &event, time.now_ns);
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
        if (!ghm_mesh_next(loop->mesh, &event, github_ms)) return;
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
                                         .timeout_ms = event->timeout_ms};
    ghm_hold_key(request.hold_key, loop->config.home, &request);
    bool is_held = ghm_hold_until(loop->config.home, request.hold_key) != 0;
    int error = is_held ? GHM_ERATE : ask_origin(loop, &request);
    if (error == GHM_OK) return;
    struct ghm_node_response failed = {
        .flight = event->id, .error = error, .reason = ghm_error_text(error)};
    ghm_node_response(loop->node, &failed, now());
}

/* To our own members, or through the process that hosts this directory. */
static void pass_news(struct ghm_loop *loop)
{
    if (loop->swarm != NULL)
        loop->has_outbox = true;
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
            loop->config.answered(loop->config.context, event.id, event.error, event.answer);
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
        ghm_mesh_announce(loop->mesh, &entry, github_ms) == GHM_ELIMIT)
        ghm_log_add(&loop->log, GHM_LOG_INFO, ROOM, "an answer is too large to be announced");
    ghm_store_done(store, &read);
}

static void turn_outbox(struct ghm_loop *loop, struct ghm_node_time time)
{
    uint64_t number;
    uint8_t id[GHM_VARIANT_ID_LEN];
    struct ghm_store *store = loop->config.home->store;
    /* Without members it would be told to nobody: it keeps until there is one. */
    if (!loop->has_outbox || ghm_mesh_members_count(loop->mesh) == 0) return;
    for (int i = 0; i < ANNOUNCE_AT_ONCE; i++) {
        if (ghm_store_outbox(store, &number, id) != GHM_OK) {
            loop->has_outbox = false;
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
    if (loop->swarm != NULL) {
        ghm_swarm_date(loop->swarm, time.wall_ms / 1000);
        ghm_swarm_tick(loop->swarm, time.now_ns);
        ghm_mesh_tick(loop->mesh, time.now_ns);
        turn_swarm(loop, time);
        turn_mesh(loop, time);
    }
    turn_node(loop);
    if (loop->swarm != NULL) {
        turn_outbox(loop, time);
        turn_swarm(loop, time);
        ghm_net_flush(loop->net);
        turn_swarm(loop, time);
    }
    ghm_print_log(&loop->log);
    set_timer(loop);
}

static void on_prepare(uv_prepare_t *prepare)
{
    struct ghm_loop *loop = prepare->data;
    if (!loop->is_stopping) turn(loop);
}

static void on_timer(uv_timer_t *timer)
{
    (void)timer; /* it only ends the wait: the turn follows */
}

static void set_timer(struct ghm_loop *loop)
{
    uint64_t first = ghm_node_deadline(loop->node);
    if (loop->swarm != NULL) {
        first = ghm_deadline_first(first, ghm_swarm_deadline(loop->swarm));
        first = ghm_deadline_first(first, ghm_mesh_deadline(loop->mesh));
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
    /* After the node: GitHub's time is learned from this very answer. */
    ghm_hold_learn(loop->config.home, response->hold_key, response);
}

/* ---- hosting ---- */

static void on_wake_pipe(uv_poll_t *poll, int status, int events)
{
    struct ghm_loop *loop = poll->data;
    (void)status;
    (void)events;
    ghm_wake_drain(loop->wake_fd);
    loop->has_outbox = true;
}

static void watch_wake_pipe(struct ghm_loop *loop)
{
    int error = ghm_wake_open(&loop->wake_fd, loop->config.home->dir);
    if (error == GHM_OK && uv_poll_init(&loop->uv, &loop->wake_poll, loop->wake_fd) != 0)
        error = GHM_EIO;
    if (error != GHM_OK) {
        ghm_log_add(&loop->log, GHM_LOG_WARN, ROOM, "other processes cannot wake this host: %s",
                    ghm_error_text(error));
        return;
    }
    loop->wake_poll.data = loop;
    loop->has_wake_poll = true;
    (void)uv_poll_start(&loop->wake_poll, UV_READABLE, on_wake_pipe);
}

static int read_identity(struct ghm_loop *loop)
{
    uint8_t seed[32];
    uint8_t fresh[32];
    uint8_t proto[GHM_KEY_ED25519_PROTO_LEN];
    ghm_entropy_fill(&loop->entropy, fresh, sizeof fresh);
    int error = ghm_files_key(seed, loop->config.home->dir, "identity.key", fresh);
    if (error == GHM_OK) {
        ghm_key_from_seed(&loop->identity, seed);
        ghm_key_encode(proto, &loop->identity);
        ghm_peerid_of_key(&loop->self, ghm_bytes(proto, sizeof proto));
    }
    ghm_mem_wipe(seed, sizeof seed);
    ghm_mem_wipe(fresh, sizeof fresh);
    return error;
}

static int make_rooms(struct ghm_loop *loop)
{
    struct ghm_swarm_config swarm = {.identity = &loop->identity,
                                     .record_seq = (uint64_t)ghm_clock_wall_ms() * GHM_NS_PER_MS,
                                     .agent_version = loop->user_agent,
                                     .protocols = ghm_mesh_protocols,
                                     .log = &loop->log};
    int error = ghm_swarm_new(&loop->swarm, &loop->swarm_mem, &swarm, &loop->entropy);
    if (error != GHM_OK) return error;
    struct ghm_mesh_config mesh = {.keyring = &loop->keyring,
                                   .self = loop->self,
                                   .swarm = loop->swarm,
                                   .shared = loop->config.home->shared,
                                   .log = &loop->log};
    error = ghm_mesh_new(&loop->mesh, &loop->mesh_mem, &mesh, &loop->entropy);
    if (error != GHM_OK) return error;
    error = ghm_net_new(&loop->net, &loop->uv, loop->swarm);
    if (error != GHM_OK) return error;
    struct ghm_discovery_config discovery = {.loop = &loop->uv,
                                             .swarm = loop->swarm,
                                             .log = &loop->log,
                                             .entropy = &loop->entropy,
                                             .self = loop->self};
    return ghm_discovery_new(&loop->discovery, &discovery);
}

static void publish(struct ghm_loop *loop, uint16_t port)
{
    struct ghm_shared *shared = loop->config.home->shared;
    char text[GHM_PEERID_TEXT_MAX];
    ghm_peerid_text(text, &loop->self);
    memcpy(shared->host_peer_id, text, sizeof text);
    atomic_store(&shared->host_port, port);
    atomic_store(&shared->connected_peers, 0);
    atomic_store(&shared->host_pid, (uint32_t)getpid());
}

static void unpublish(struct ghm_loop *loop)
{
    struct ghm_shared *shared = loop->config.home->shared;
    atomic_store(&shared->host_pid, 0);
    atomic_store(&shared->host_port, 0);
    atomic_store(&shared->connected_peers, 0);
}

/* The addresses under which others can dial us, with our peer id. */
static void tell_listening(struct ghm_loop *loop, uint16_t port)
{
    const char *where = ghm_config_text(loop->config.home->config, GHM_SETTING_LISTEN);
    struct ghm_multiaddr addr;
    struct ghm_multiaddr_tcp tcp;
    const char *host = "127.0.0.1";
    if (loop->config.listening == NULL) return;
    if (ghm_multiaddr_parse(&addr, where) == GHM_OK &&
        ghm_multiaddr_as_tcp(&tcp, &addr) == GHM_OK && strcmp(tcp.host, "0.0.0.0") != 0)
        host = tcp.host;
    if (ghm_multiaddr_of_tcp(&addr, host, port, ghm_peerid_bytes(&loop->self)) == GHM_OK)
        loop->config.listening(loop->config.context, &addr);
}

/* The port that a place to listen names; 0: any. */
static uint16_t wanted_port(const char *where)
{
    struct ghm_multiaddr addr;
    struct ghm_multiaddr_tcp tcp;
    if (*where != '/') return (uint16_t)strtol(where, NULL, 10);
    if (ghm_multiaddr_parse(&addr, where) != GHM_OK) return 0;
    return ghm_multiaddr_as_tcp(&tcp, &addr) == GHM_OK ? tcp.port : 0;
}

static void listen_and_tell(struct ghm_loop *loop)
{
    uint16_t port = 0;
    const char *where = ghm_config_text(loop->config.home->config, GHM_SETTING_LISTEN);
    int error = ghm_net_listen(loop->net, &port, where);
    publish(loop, port);
    if (error != GHM_OK) {
        ghm_log_add(&loop->log, GHM_LOG_WARN, ROOM,
                    "cannot listen on %.100s (%s): members cannot dial us", where,
                    ghm_error_text(error));
        if (loop->config.failed != NULL) loop->config.failed(loop->config.context, error);
        return;
    }
    uint16_t wanted = wanted_port(where);
    if (wanted != 0 && wanted != port)
        ghm_log_add(&loop->log, GHM_LOG_WARN, ROOM, "port %u is taken: listening on %u", wanted,
                    port);
    tell_listening(loop, port);
}

static void add_bootstrap(struct ghm_loop *loop, const char *text, size_t len)
{
    char one[GHM_MULTIADDR_TEXT_MAX];
    struct ghm_multiaddr addr;
    int error = GHM_EINVAL;
    if (len < sizeof one) {
        memcpy(one, text, len);
        one[len] = '\0';
        error = ghm_multiaddr_parse(&addr, one);
    }
    if (error == GHM_OK) error = ghm_swarm_bootstrap(loop->swarm, &addr, ghm_clock_now_ns());
    if (error == GHM_ENOTSUP) error = ghm_discovery_bootstrap(loop->discovery, &addr);
    if (error != GHM_OK)
        ghm_log_add(&loop->log, GHM_LOG_WARN, ROOM, "GHMESH_BOOTSTRAP: cannot use \"%.*s\": %s",
                    (int)(len < 100 ? len : 100), text, ghm_error_text(error));
}

static void add_bootstraps(struct ghm_loop *loop)
{
    const char *at = ghm_config_text(loop->config.home->config, GHM_SETTING_BOOTSTRAP);
    while (*at != '\0') {
        at += strspn(at, ", ");
        size_t len = strcspn(at, ", ");
        if (len > 0) add_bootstrap(loop, at, len);
        at += len;
    }
}

static void search_locally(struct ghm_loop *loop)
{
    if (!ghm_config_bool(loop->config.home->config, GHM_SETTING_MDNS)) return;
    int error = ghm_discovery_mdns(loop->discovery, false);
    if (error != GHM_OK)
        ghm_log_add(&loop->log, GHM_LOG_WARN, ROOM, "cannot search the local network: %s",
                    ghm_error_text(error));
}

static void drop_rooms(struct ghm_loop *loop)
{
    ghm_discovery_free(loop->discovery);
    ghm_net_free(loop->net);
    ghm_mesh_free(loop->mesh);
    ghm_swarm_free(loop->swarm);
    loop->discovery = NULL;
    loop->net = NULL;
    loop->mesh = NULL;
    loop->swarm = NULL;
}

static void become_host(struct ghm_loop *loop)
{
    int error = loop->keyring_error;
    if (error == GHM_OK) error = read_identity(loop);
    if (error == GHM_OK) error = make_rooms(loop);
    if (error != GHM_OK) {
        ghm_log_add(
            &loop->log, GHM_LOG_ERROR, ROOM, "cannot join the mesh: %s%s", ghm_error_text(error),
            error == GHM_EINVAL ? " (a ghms1_ secret must be one from ghmesh secret new)" : "");
        drop_rooms(loop);
        if (loop->config.failed != NULL) loop->config.failed(loop->config.context, error);
        return;
    }
    watch_wake_pipe(loop);
    listen_and_tell(loop);
    add_bootstraps(loop);
    search_locally(loop);
    loop->has_outbox = true;
}

static void on_derive(uv_work_t *work)
{
    struct ghm_loop *loop = work->data;
    loop->keyring_error = ghm_keyring_init(&loop->keyring, loop->config.home->secrets);
}

static void on_derived(uv_work_t *work, int status)
{
    struct ghm_loop *loop = work->data;
    loop->is_deriving = false;
    if (status == 0 && !loop->is_stopping) become_host(loop);
}

static void start_hosting(struct ghm_loop *loop)
{
    loop->derive.data = loop;
    if (ghm_keyring_is_fast(loop->config.home->secrets)) {
        on_derive(&loop->derive);
        become_host(loop);
        return;
    }
    loop->is_deriving = uv_queue_work(&loop->uv, &loop->derive, on_derive, on_derived) == 0;
}

/* Whoever holds the directory's lock is its host; the others look again from time to time. */
static void on_host_timer(uv_timer_t *timer)
{
    struct ghm_loop *loop = timer->data;
    int error = ghm_files_lock(&loop->lock_fd, loop->config.home->dir);
    if (error == GHM_EBUSY) {
        if (!loop->is_told_waiting)
            ghm_log_add(&loop->log, GHM_LOG_INFO, ROOM,
                        "process %u hosts this directory: waiting to take over",
                        atomic_load(&loop->config.home->shared->host_pid));
        loop->is_told_waiting = true;
        return;
    }
    (void)uv_timer_stop(timer);
    if (error == GHM_OK)
        start_hosting(loop);
    else
        ghm_log_add(&loop->log, GHM_LOG_ERROR, ROOM, "cannot join the mesh: %s",
                    ghm_error_text(error));
}

static void try_hosting(struct ghm_loop *loop)
{
    const struct ghm_home *home = loop->config.home;
    if (home->is_visitor || !ghm_config_bool(home->config, GHM_SETTING_P2P)) return;
    if (*home->secrets == '\0') {
        ghm_log_add(&loop->log, GHM_LOG_WARN, ROOM,
                    "local only: set GHMESH_SECRET (ghmesh secret new) to share with a mesh");
        return;
    }
    if (*ghm_config_text(home->config, GHM_SETTING_SECRET) == '\0' &&
        getenv("GITHUB_ACTIONS") != NULL)
        ghm_log_add(
            &loop->log, GHM_LOG_WARN, ROOM,
            "the GitHub token serves as the mesh secret, but in Actions every job has its own: "
            "set GHMESH_SECRET (ghmesh secret new) as a repository secret");
    (void)uv_timer_start(&loop->host_timer, on_host_timer, 0, HOST_TRY_MS);
}

/* ---- life ---- */

static void on_wake(uv_async_t *async)
{
    struct ghm_loop *loop = async->data;
    if (!loop->is_stopping) loop->config.woken(loop->config.context);
}

static void on_stop(uv_async_t *async)
{
    struct ghm_loop *loop = async->data;
    loop->is_stopping = true;
    uv_stop(&loop->uv);
}

static void init_handles(struct ghm_loop *loop)
{
    (void)uv_prepare_init(&loop->uv, &loop->prepare);
    (void)uv_timer_init(&loop->uv, &loop->timer);
    (void)uv_timer_init(&loop->uv, &loop->host_timer);
    loop->prepare.data = loop;
    loop->timer.data = loop;
    loop->host_timer.data = loop;
    loop->wake.data = loop;
    loop->stop.data = loop;
    (void)uv_prepare_start(&loop->prepare, on_prepare);
}

static void init_memory(struct ghm_loop *loop)
{
    ghm_mem_init(&loop->mem, NULL, MEMORY_MAX);
    ghm_mem_init(&loop->swarm_mem, &loop->mem, SWARM_MEMORY_MAX);
    ghm_mem_init(&loop->node_mem, &loop->mem, NODE_MEMORY_MAX);
    ghm_mem_init(&loop->mesh_mem, &loop->mem, MESH_MEMORY_MAX);
}

static int make_node(struct ghm_loop *loop)
{
    const struct ghm_home *home = loop->config.home;
    (void)snprintf(loop->url_base, sizeof loop->url_base, "%s://%s",
                   home->origin.is_tls ? "https" : "http", home->origin.host);
    (void)snprintf(loop->user_agent, sizeof loop->user_agent, "ghmesh/%s", GHM_VERSION_TEXT);
    struct ghm_node_config config = {
        .local = home->local,
        .url_base = loop->url_base,
        .user_agent = loop->user_agent,
        .ttl_s = (uint32_t)ghm_config_number(home->config, GHM_SETTING_TTL_S),
        .has_mesh = ghm_home_has_mesh(home),
        .log = &loop->log,
    };
    return ghm_node_new(&loop->node, &loop->node_mem, &config, &loop->entropy);
}

int ghm_loop_new(struct ghm_loop **ret_loop, const struct ghm_loop_config *config)
{
    struct ghm_loop *loop = ghm_mem_alloc(NULL, sizeof *loop);
    if (loop == NULL) return GHM_ENOMEM;
    loop->config = *config;
    loop->lock_fd = -1;
    loop->wake_fd = -1;
    init_memory(loop);
    ghm_random_entropy(&loop->entropy);
    ghm_log_init(&loop->log,
                 ghm_print_level(ghm_config_text(config->home->config, GHM_SETTING_LOG)));
    if (uv_loop_init(&loop->uv) != 0) {
        ghm_mem_free(NULL, loop, sizeof *loop);
        return GHM_EIO;
    }
    /* These two first: they are all that another thread may touch. */
    int error = uv_async_init(&loop->uv, &loop->wake, on_wake) == 0 &&
                        uv_async_init(&loop->uv, &loop->stop, on_stop) == 0
                    ? GHM_OK
                    : GHM_EIO;
    init_handles(loop);
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
    try_hosting(loop);
    while (!loop->is_stopping)
        (void)uv_run(&loop->uv, UV_RUN_DEFAULT);
}

static void close_handles(struct ghm_loop *loop)
{
    uv_close((uv_handle_t *)&loop->prepare, NULL);
    uv_close((uv_handle_t *)&loop->timer, NULL);
    uv_close((uv_handle_t *)&loop->host_timer, NULL);
    uv_close((uv_handle_t *)&loop->wake, NULL);
    uv_close((uv_handle_t *)&loop->stop, NULL);
    if (loop->has_wake_poll) uv_close((uv_handle_t *)&loop->wake_poll, NULL);
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
    if (loop->swarm != NULL) unpublish(loop);
    drop_rooms(loop);
    close_handles(loop);
    while (uv_run(&loop->uv, UV_RUN_DEFAULT) != 0)
        ;
    GHM_ASSERT(uv_loop_close(&loop->uv) == 0);
    if (loop->wake_fd >= 0) (void)close(loop->wake_fd);
    ghm_files_unlock(loop->lock_fd);
    ghm_keyring_fini(&loop->keyring);
    ghm_key_wipe(&loop->identity);
    ghm_mem_fini(&loop->swarm_mem);
    ghm_mem_fini(&loop->node_mem);
    ghm_mem_fini(&loop->mesh_mem);
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
    return ghm_node_ask(loop->node, ask, now());
}

void ghm_loop_forget(struct ghm_loop *loop, uint64_t id)
{
    ghm_node_forget(loop->node, id);
}

uv_loop_t *ghm_loop_uv(struct ghm_loop *loop)
{
    return &loop->uv;
}

struct ghm_log *ghm_loop_log(struct ghm_loop *loop)
{
    return &loop->log;
}
