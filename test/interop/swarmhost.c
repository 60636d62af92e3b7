/* SPDX-License-Identifier: MIT */
#include "swarmhost.h"

#include "base/assert.h"
#include "base/deadline.h"
#include "io/clock.h"
#include "io/print.h"
#include "io/random.h"

#include <signal.h>
#include <sodium.h>

static void take_events(struct swarmhost *host)
{
    for (struct ghm_swarm_event event; ghm_swarm_next(host->swarm, &event);) {
        if (event.type == GHM_SWARM_DIAL)
            ghm_net_dial(host->net, event.connection, &event.tcp);
        else if (event.type == GHM_SWARM_CLOSE)
            ghm_net_close(host->net, event.connection);
        if (event.type != GHM_SWARM_DIAL) host->heard(host, &event);
    }
}

static void on_timer(uv_timer_t *timer)
{
    (void)timer; /* it only ends the wait: the turn follows */
}

static void set_timer(struct swarmhost *host)
{
    uint64_t now_ns = ghm_clock_now_ns();
    uint64_t first = ghm_swarm_deadline(host->swarm);
    if (host->deadline != NULL) first = ghm_deadline_first(first, host->deadline(host));
    if (first == GHM_NEVER) return;
    uint64_t wait_ms = first > now_ns ? (first - now_ns) / GHM_NS_PER_MS + 1 : 0;
    uv_update_time(&host->uv);
    (void)uv_timer_start(&host->timer, on_timer, wait_ms, 0);
}

static void on_prepare(uv_prepare_t *prepare)
{
    struct swarmhost *host = prepare->data;
    if (host->is_over) return;
    ghm_swarm_tick(host->swarm, ghm_clock_now_ns());
    take_events(host);
    if (host->turned != NULL) host->turned(host);
    take_events(host);
    ghm_net_flush(host->net);
    take_events(host);
    ghm_print_log(&host->log);
    set_timer(host);
}

static void on_signal(uv_signal_t *signal, int number)
{
    (void)number;
    swarmhost_end(signal->data, 0);
}

void swarmhost_init(struct swarmhost *host, const char *const *protocols)
{
    uint8_t seed[32];
    uint8_t proto[GHM_KEY_ED25519_PROTO_LEN];
    GHM_ASSERT(sodium_init() >= 0);
    ghm_mem_init(&host->mem, NULL, (size_t)256 << 20);
    ghm_log_init(&host->log, GHM_LOG_WARN);
    ghm_random_entropy(&host->entropy);
    ghm_entropy_fill(&host->entropy, seed, sizeof seed);
    ghm_key_from_seed(&host->key, seed);
    ghm_key_encode(proto, &host->key);
    ghm_peerid_of_key(&host->self, ghm_bytes(proto, sizeof proto));
    GHM_ASSERT(uv_loop_init(&host->uv) == 0);
    (void)uv_prepare_init(&host->uv, &host->prepare);
    (void)uv_timer_init(&host->uv, &host->timer);
    (void)uv_signal_init(&host->uv, &host->term);
    host->prepare.data = host;
    host->term.data = host;
    (void)uv_prepare_start(&host->prepare, on_prepare);
    (void)uv_signal_start(&host->term, on_signal, SIGTERM);
    struct ghm_swarm_config config = {.identity = &host->key,
                                      .agent_version = "ghmesh-test",
                                      .protocols = protocols,
                                      .log = &host->log};
    GHM_ASSERT(ghm_swarm_new(&host->swarm, &host->mem, &config, &host->entropy) == GHM_OK);
    GHM_ASSERT(ghm_net_new(&host->net, &host->uv, host->swarm) == GHM_OK);
}

void swarmhost_end(struct swarmhost *host, int code)
{
    if (host->is_over) return;
    host->is_over = true;
    host->code = code;
    uv_stop(&host->uv);
}

int swarmhost_run(struct swarmhost *host)
{
    while (!host->is_over)
        (void)uv_run(&host->uv, UV_RUN_DEFAULT);
    return host->code;
}

void swarmhost_fini(struct swarmhost *host)
{
    ghm_print_log(&host->log);
    ghm_net_free(host->net);
    ghm_swarm_free(host->swarm);
    uv_close((uv_handle_t *)&host->prepare, NULL);
    uv_close((uv_handle_t *)&host->timer, NULL);
    uv_close((uv_handle_t *)&host->term, NULL);
    while (uv_run(&host->uv, UV_RUN_DEFAULT) != 0)
        ;
    GHM_ASSERT(uv_loop_close(&host->uv) == 0);
    ghm_key_wipe(&host->key);
    ghm_mem_fini(&host->mem);
}
