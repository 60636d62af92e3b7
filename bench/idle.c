/* SPDX-License-Identifier: MIT */
/* `bench-idle noise|tls COUNT`: what one idle connection costs a process in resident pages, in KiB.
 *
 * A second process has COUNT peers, each with an identity of its own, that dial one after another;
 * this one accepts, identifies them and lets them be. The first connection is not counted: with it
 * come the libraries' tables. */
#include "stopwatch.h"

#include "crypto/key.h"
#include "io/clock.h"
#include "io/net.h"
#include "io/random.h"

#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define COUNT_MAX 4096
#define MEMORY_MAX ((size_t)1 << 30)
#define IDLE_MS 2000

struct peer {
    struct ghm_mem mem;
    struct ghm_key key;
    struct ghm_swarm *swarm;
    struct ghm_net *net;
};

struct side {
    uv_loop_t uv;
    uv_prepare_t prepare;
    uv_timer_t timer;
    struct ghm_entropy entropy;
    enum ghm_link_security security;
    size_t count; /* of connections that are wanted */
    struct peer *peers;
    size_t peers_count;
    struct ghm_multiaddr target; /* of those that dial */
    size_t identified;
    double first_kib;
    void (*heard)(struct side *side, const struct ghm_swarm_event *event);
};

static void must(int error, const char *what)
{
    if (error != GHM_OK) stopwatch_fail(what, error);
}

static struct peer *add_peer(struct side *side)
{
    static const char *const protocols[] = {NULL};
    uint8_t seed[32];
    struct peer *peer = &side->peers[side->peers_count++];
    uint32_t most = (uint32_t)side->count + 1;
    struct ghm_swarm_config config = {
        .identity = &peer->key,
        .agent_version = "bench",
        .protocols = protocols,
        .security = side->security,
        .connections_max = most,
        .connections_high = most,
        .connections_low = most,
        .inbound_per_ip_max = most,
    };
    ghm_entropy_fill(&side->entropy, seed, sizeof seed);
    ghm_key_from_seed(&peer->key, seed);
    ghm_mem_init(&peer->mem, NULL, MEMORY_MAX);
    must(ghm_swarm_new(&peer->swarm, &peer->mem, &config, &side->entropy), "ghm_swarm_new");
    must(ghm_net_new(&peer->net, &side->uv, peer->swarm), "ghm_net_new");
    return peer;
}

static void take_events(struct side *side, struct peer *peer)
{
    for (struct ghm_swarm_event event; ghm_swarm_next(peer->swarm, &event);) {
        if (event.type == GHM_SWARM_DIAL) ghm_net_dial(peer->net, event.connection, &event.tcp);
        if (event.type == GHM_SWARM_CLOSE) stopwatch_fail("keeping a connection", 0);
        side->heard(side, &event);
    }
}

static void on_prepare(uv_prepare_t *prepare)
{
    struct side *side = prepare->data;
    for (size_t i = 0; i < side->peers_count; i++) {
        ghm_swarm_tick(side->peers[i].swarm, ghm_clock_now_ns());
        do
            take_events(side, &side->peers[i]);
        while (ghm_net_flush(side->peers[i].net));
    }
}

static void start(struct side *side)
{
    if (sodium_init() < 0 || uv_loop_init(&side->uv) != 0) stopwatch_fail("uv_loop_init", 0);
    ghm_random_entropy(&side->entropy);
    (void)uv_prepare_init(&side->uv, &side->prepare);
    (void)uv_timer_init(&side->uv, &side->timer);
    side->prepare.data = side;
    side->timer.data = side;
    (void)uv_prepare_start(&side->prepare, on_prepare);
    side->peers = calloc(side->count, sizeof *side->peers);
    if (side->peers == NULL) stopwatch_fail("calloc", GHM_ENOMEM);
}

/* ---- those that dial ---- */

static void dial_next(struct side *side)
{
    uint32_t connection;
    if (side->peers_count == side->count) return;
    struct peer *peer = add_peer(side);
    must(ghm_swarm_dial(peer->swarm, &connection, &side->target, ghm_clock_now_ns()), "dialing");
}

static void heard_dialing(struct side *side, const struct ghm_swarm_event *event)
{
    if (event->type == GHM_SWARM_IDENTIFIED) dial_next(side);
}

static void dial_all(struct side *side, uint16_t port)
{
    side->heard = heard_dialing;
    start(side);
    must(ghm_multiaddr_of_tcp(&side->target, "127.0.0.1", port, GHM_BYTES_NONE), "an address");
    dial_next(side);
    (void)uv_run(&side->uv, UV_RUN_DEFAULT); /* until it is killed */
}

/* ---- the one that is measured ---- */

static double resident_kib(void)
{
    double kib = 0;
    char line[256];
    FILE *file = fopen("/proc/self/status", "re");
    if (file == NULL) stopwatch_fail("reading /proc/self/status", 0);
    while (fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, "VmRSS:", 6) == 0) kib = strtod(line + 6, NULL);
    }
    (void)fclose(file);
    return kib;
}

static void on_idle(uv_timer_t *timer)
{
    static const char *const names[] = {"kib"};
    const struct side *side = timer->data;
    double kib = (resident_kib() - side->first_kib) / (double)(side->count - 1);
    stopwatch_report(names, &kib, 1);
    uv_stop(timer->loop);
}

static void heard_accepting(struct side *side, const struct ghm_swarm_event *event)
{
    if (event->type != GHM_SWARM_IDENTIFIED) return;
    side->identified++;
    if (side->identified == 1) side->first_kib = resident_kib();
    if (side->identified == side->count) (void)uv_timer_start(&side->timer, on_idle, IDLE_MS, 0);
}

static void accept_all(struct side *side, int told)
{
    uint16_t port;
    side->heard = heard_accepting;
    start(side);
    must(ghm_net_listen(add_peer(side)->net, &port, "/ip4/127.0.0.1/tcp/0"), "listening");
    if (write(told, &port, sizeof port) != sizeof port) stopwatch_fail("write", 0);
    (void)uv_run(&side->uv, UV_RUN_DEFAULT);
}

int main(int argc, char **argv)
{
    int ends[2];
    uint16_t port;
    bool is_tls = argc == 3 && strcmp(argv[1], "tls") == 0;
    struct side side = {.security = is_tls ? GHM_LINK_TLS : GHM_LINK_NOISE,
                        .count = argc == 3 ? strtoul(argv[2], NULL, 10) : 0};
    if (side.count < 2 || side.count > COUNT_MAX)
        stopwatch_fail("usage: bench-idle noise|tls COUNT", 0);
    if (!stopwatch_round()) return 0;
    if (pipe(ends) != 0) stopwatch_fail("pipe", 0);
    pid_t child = fork();
    if (child < 0) stopwatch_fail("fork", 0);
    if (child == 0) {
        if (read(ends[0], &port, sizeof port) == sizeof port) dial_all(&side, port);
        return 1;
    }
    accept_all(&side, ends[1]);
    (void)kill(child, SIGKILL);
    return 0;
}
