/* SPDX-License-Identifier: MIT */
#include "io/lone.h"

#include "base/assert.h"
#include "base/deadline.h"
#include "io/clock.h"
#include "io/print.h"
#include "io/random.h"
#include "io/uvloop.h"

#include <signal.h>
#include <sodium.h>

#define MEMORY_MAX ((size_t)256 << 20)

static bool take_events(struct ghm_lone *lone)
{
    bool is_any = false;
    for (struct ghm_swarm_event event; ghm_swarm_next(lone->swarm, &event); is_any = true) {
        if (event.type == GHM_SWARM_DIAL)
            ghm_net_dial(lone->net, event.connection, &event.tcp);
        else if (event.type == GHM_SWARM_CLOSE)
            ghm_net_close(lone->net, event.connection);
        if (event.type != GHM_SWARM_DIAL) lone->heard(lone, &event);
    }
    return is_any;
}

/* True when there is more to do: what was sent made room, or something was heard. */
static bool turn(struct ghm_lone *lone)
{
    bool is_any = take_events(lone);
    if (lone->turned != NULL) lone->turned(lone);
    is_any |= take_events(lone);
    is_any |= ghm_net_flush(lone->net);
    return take_events(lone) || is_any;
}

static void on_timer(uv_timer_t *timer)
{
    (void)timer; /* it only ends the wait: the turn follows */
}

static void set_timer(struct ghm_lone *lone)
{
    uint64_t now_ns = ghm_clock_now_ns();
    uint64_t first = ghm_swarm_deadline(lone->swarm);
    if (lone->deadline != NULL) first = ghm_deadline_first(first, lone->deadline(lone));
    if (first == GHM_NEVER) return;
    uint64_t wait_ms = first > now_ns ? (first - now_ns) / GHM_NS_PER_MS + 1 : 0;
    uv_update_time(&lone->uv);
    (void)uv_timer_start(&lone->timer, on_timer, wait_ms, 0);
}

static void on_prepare(uv_prepare_t *prepare)
{
    struct ghm_lone *lone = prepare->data;
    if (lone->is_over) return;
    ghm_swarm_date(lone->swarm, ghm_clock_wall_ms() / 1000);
    ghm_swarm_tick(lone->swarm, ghm_clock_now_ns());
    while (turn(lone) && !lone->is_over)
        continue;
    ghm_print_log(&lone->log);
    set_timer(lone);
}

static void on_signal(uv_signal_t *signal, int number)
{
    (void)number;
    ghm_lone_end(signal->data, 0);
}

static void make_identity(struct ghm_lone *lone)
{
    uint8_t seed[32];
    uint8_t proto[GHM_KEY_ED25519_PROTO_LEN];
    ghm_random_entropy(&lone->entropy);
    ghm_entropy_fill(&lone->entropy, seed, sizeof seed);
    ghm_key_from_seed(&lone->key, seed);
    ghm_mem_wipe(seed, sizeof seed);
    ghm_key_encode(proto, &lone->key);
    ghm_peerid_of_key(&lone->self, ghm_bytes(proto, sizeof proto));
}

static void start_handles(struct ghm_lone *lone)
{
    (void)uv_prepare_init(&lone->uv, &lone->prepare);
    (void)uv_timer_init(&lone->uv, &lone->timer);
    (void)uv_signal_init(&lone->uv, &lone->term);
    (void)uv_signal_init(&lone->uv, &lone->interrupt);
    lone->prepare.data = lone;
    lone->term.data = lone;
    lone->interrupt.data = lone;
    (void)uv_prepare_start(&lone->prepare, on_prepare);
    (void)uv_signal_start(&lone->term, on_signal, SIGTERM);
    (void)uv_signal_start(&lone->interrupt, on_signal, SIGINT);
    (void)signal(SIGPIPE, SIG_IGN); /* a peer that is gone is told by the write */
}

int ghm_lone_init(struct ghm_lone *lone, const char *agent_version, const char *const *protocols)
{
    struct ghm_swarm_config config = {.identity = &lone->key,
                                      .record_seq = (uint64_t)ghm_clock_wall_ms() * GHM_NS_PER_MS,
                                      .agent_version = agent_version,
                                      .protocols = protocols,
                                      .log = &lone->log,
                                      .security = lone->security};
    if (sodium_init() < 0 || ghm_uvloop_init(&lone->uv) != GHM_OK) return GHM_EIO;
    ghm_mem_init(&lone->mem, NULL, MEMORY_MAX);
    ghm_log_init(&lone->log, GHM_LOG_WARN);
    make_identity(lone);
    start_handles(lone);
    int error = ghm_swarm_new(&lone->swarm, &lone->mem, &config, &lone->entropy);
    if (error == GHM_OK) error = ghm_net_new(&lone->net, &lone->uv, lone->swarm);
    if (error != GHM_OK) ghm_lone_fini(lone);
    return error;
}

void ghm_lone_end(struct ghm_lone *lone, int code)
{
    if (lone->is_over) return;
    lone->is_over = true;
    lone->code = code;
    uv_stop(&lone->uv);
}

int ghm_lone_run(struct ghm_lone *lone)
{
    while (!lone->is_over)
        (void)uv_run(&lone->uv, UV_RUN_DEFAULT);
    return lone->code;
}

void ghm_lone_fini(struct ghm_lone *lone)
{
    ghm_print_log(&lone->log);
    ghm_net_free(lone->net);
    ghm_swarm_free(lone->swarm);
    uv_close((uv_handle_t *)&lone->prepare, NULL);
    uv_close((uv_handle_t *)&lone->timer, NULL);
    uv_close((uv_handle_t *)&lone->term, NULL);
    uv_close((uv_handle_t *)&lone->interrupt, NULL);
    while (uv_run(&lone->uv, UV_RUN_DEFAULT) != 0)
        ;
    GHM_ASSERT(uv_loop_close(&lone->uv) == 0);
    ghm_key_wipe(&lone->key);
    ghm_mem_fini(&lone->mem);
}
