/* SPDX-License-Identifier: MIT */
/* Our side of the pings with foreign peers (ping_js.py):
 *
 *   p2p_peer listen             prints "listening MULTIADDR" and answers until SIGTERM
 *   p2p_peer ping ADDR COUNT    prints {"rtt_us":N} for each ping; exits 1 when one fails, or when
 *                               another peer than the one named in ADDR is there */
#include "io/lone.h"

#include <stdio.h>
#include <stdlib.h>

struct pinging {
    uint32_t connection;
    long left;
    bool is_up;
};

static int usage(void)
{
    (void)fprintf(stderr, "usage: p2p_peer listen | ping MULTIADDR COUNT\n");
    return 2;
}

/* ---- listen ---- */

static void ignore(struct ghm_lone *host, const struct ghm_swarm_event *event)
{
    (void)host;
    (void)event;
}

static int listen_until_told(struct ghm_lone *host)
{
    struct ghm_multiaddr addr;
    char text[GHM_MULTIADDR_TEXT_MAX];
    uint16_t port;
    if (ghm_net_listen(host->net, &port, "/ip4/127.0.0.1/tcp/0") != GHM_OK) return 1;
    if (ghm_multiaddr_of_tcp(&addr, "127.0.0.1", port, ghm_peerid_bytes(&host->self)) != GHM_OK)
        return 1;
    ghm_multiaddr_text(text, &addr);
    (void)printf("listening %s\n", text);
    (void)fflush(stdout);
    return ghm_lone_run(host);
}

/* ---- ping ---- */

static void ping_once(struct ghm_lone *host, const struct ghm_peerid *peer)
{
    int error = ghm_swarm_ping(host->swarm, peer, uv_hrtime());
    if (error == GHM_OK) return;
    (void)fprintf(stderr, "p2p_peer: cannot ping: %s\n", ghm_error_text(error));
    ghm_lone_end(host, 1);
}

static void on_pong(struct ghm_lone *host, const struct ghm_swarm_event *event)
{
    struct pinging *pinging = host->context;
    if (event->error != GHM_OK) {
        (void)fprintf(stderr, "p2p_peer: no pong: %s\n", ghm_error_text(event->error));
        ghm_lone_end(host, 1);
        return;
    }
    (void)printf("{\"rtt_us\":%llu}\n", (unsigned long long)(event->rtt_ns / 1000));
    pinging->left--;
    if (pinging->left == 0)
        ghm_lone_end(host, 0);
    else
        ping_once(host, &event->peer);
}

static void on_close(struct ghm_lone *host, uint32_t connection)
{
    const struct pinging *pinging = host->context;
    if (connection != pinging->connection || pinging->is_up) return;
    (void)fprintf(stderr, "p2p_peer: no connection to that peer\n");
    ghm_lone_end(host, 1);
}

static void heard(struct ghm_lone *host, const struct ghm_swarm_event *event)
{
    struct pinging *pinging = host->context;
    if (event->type == GHM_SWARM_CLOSE) on_close(host, event->connection);
    if (event->type == GHM_SWARM_PINGED) on_pong(host, event);
    if (event->type == GHM_SWARM_PEER_DOWN) ghm_lone_end(host, 1);
    if (event->type != GHM_SWARM_PEER_UP) return;
    pinging->is_up = true;
    ping_once(host, &event->peer);
}

static int ping(struct ghm_lone *host, const char *text)
{
    struct ghm_multiaddr addr;
    struct pinging *pinging = host->context;
    int error = ghm_multiaddr_parse(&addr, text);
    if (error == GHM_OK)
        error = ghm_swarm_dial(host->swarm, &pinging->connection, &addr, uv_hrtime());
    if (error == GHM_OK) return ghm_lone_run(host);
    (void)fprintf(stderr, "p2p_peer: %s: %s\n", text, ghm_error_text(error));
    return 1;
}

int main(int argc, char **argv)
{
    static const char *const protocols[] = {NULL};
    bool is_listening = argc == 2 && strcmp(argv[1], "listen") == 0;
    bool is_pinging = argc == 4 && strcmp(argv[1], "ping") == 0;
    struct pinging pinging = {.left = is_pinging ? strtol(argv[3], NULL, 10) : 0};
    struct ghm_lone host = {.context = &pinging, .heard = is_listening ? ignore : heard};
    if (!is_listening && (!is_pinging || pinging.left < 1)) return usage();
    if (ghm_lone_init(&host, "ghmesh-test", protocols) != GHM_OK) return 1;
    int code = is_listening ? listen_until_told(&host) : ping(&host, argv[2]);
    ghm_lone_fini(&host);
    return code;
}
