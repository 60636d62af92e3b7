/* SPDX-License-Identifier: MIT */
#include "command.h"

#include "io/clock.h"
#include "io/lone.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_DEFAULT 5
#define COUNT_MAX 1000000

struct p2p {
    long left;           /* pings to do */
    uint32_t connection; /* of the dial */
    bool is_identify;
    bool is_up;
};

/* ---- what is printed ---- */

/* A peer may say anything: what is not plain ASCII becomes a question mark. */
static json_t *plain(struct ghm_bytes text)
{
    char copy[1024];
    size_t len = ghm_bytes_upto(text, sizeof copy).len;
    for (size_t i = 0; i < len; i++) {
        bool is_plain = text.ptr[i] >= ' ' && text.ptr[i] <= '~';
        copy[i] = '?';
        if (is_plain) memcpy(&copy[i], &text.ptr[i], 1);
    }
    return json_stringn(copy, len);
}

static json_t *peer_json(const struct ghm_peerid *peer)
{
    char text[GHM_PEERID_TEXT_MAX];
    ghm_peerid_text(text, peer);
    return json_string(text);
}

static json_t *addr_json(const struct ghm_multiaddr *addr)
{
    char text[GHM_MULTIADDR_TEXT_MAX];
    ghm_multiaddr_text(text, addr);
    return json_string(text);
}

static void print_line(json_t *take_line)
{
    (void)json_dumpf(take_line, stdout, JSON_COMPACT);
    (void)putchar('\n');
    (void)fflush(stdout);
    json_decref(take_line);
}

static void print_peer(const char *event, const struct ghm_peerid *peer)
{
    print_line(json_pack("{s:s,s:o}", "event", event, "peer", peer_json(peer)));
}

static json_t *protocols_json(struct ghm_bytes names)
{
    json_t *list = json_array();
    while (names.len > 0) {
        size_t len = strnlen((const char *)names.ptr, names.len);
        (void)json_array_append_new(list, plain(ghm_bytes_upto(names, len)));
        names = ghm_bytes_from(names, len + 1);
    }
    return list;
}

static json_t *addrs_json(const struct ghm_multiaddr *addrs, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        (void)json_array_append_new(list, addr_json(&addrs[i]));
    return list;
}

static void print_told(const struct ghm_peerid *peer, const struct ghm_swarm_told *told)
{
    struct ghm_multiaddr observed;
    bool is_seen = ghm_multiaddr_decode(&observed, told->observed) == GHM_OK;
    print_line(json_pack(
        "{s:s,s:o,s:o,s:o,s:o,s:o,s:i}", "event", "identify", "peer", peer_json(peer),
        "agent_version", plain(ghm_bytes_text(told->agent_version)), "protocols",
        protocols_json(told->protocols), "listen", addrs_json(told->listen, told->listen_count),
        "observed", is_seen ? addr_json(&observed) : json_null(), "signed_record_bytes",
        (int)told->signed_record.len));
}

/* ---- ping and identify ---- */

static void fail(struct ghm_lone *lone, const char *what, int error)
{
    (void)fprintf(stderr, "ghmesh: %s: %s\n", what, ghm_error_text(error));
    ghm_lone_end(lone, EXIT_NO);
}

static void ping_once(struct ghm_lone *lone, const struct ghm_peerid *peer)
{
    int error = ghm_swarm_ping(lone->swarm, peer, ghm_clock_now_ns());
    if (error != GHM_OK) fail(lone, "cannot ping", error);
}

static void on_pong(struct ghm_lone *lone, const struct ghm_swarm_event *event)
{
    struct p2p *p2p = lone->context;
    if (event->error != GHM_OK) {
        fail(lone, "no answer to a ping", event->error);
        return;
    }
    print_line(json_pack("{s:s,s:o,s:I}", "event", "ping", "peer", peer_json(&event->peer),
                         "rtt_us", (json_int_t)(event->rtt_ns / 1000)));
    p2p->left--;
    if (p2p->left == 0)
        ghm_lone_end(lone, EXIT_DONE);
    else
        ping_once(lone, &event->peer);
}

static void on_identified(struct ghm_lone *lone, const struct ghm_peerid *peer)
{
    struct ghm_swarm_told told;
    if (ghm_swarm_peer_told(lone->swarm, &told, peer) != GHM_OK) return;
    print_told(peer, &told);
    ghm_lone_end(lone, EXIT_DONE);
}

static void on_up(struct ghm_lone *lone, const struct ghm_peerid *peer)
{
    struct p2p *p2p = lone->context;
    p2p->is_up = true;
    if (!p2p->is_identify) ping_once(lone, peer);
}

static void on_close(struct ghm_lone *lone, uint32_t connection)
{
    const struct p2p *p2p = lone->context;
    if (connection != p2p->connection || p2p->is_up) return;
    (void)fprintf(stderr, "ghmesh: no connection to that peer\n");
    ghm_lone_end(lone, EXIT_NO);
}

static void asks(struct ghm_lone *lone, const struct ghm_swarm_event *event)
{
    const struct p2p *p2p = lone->context;
    if (event->type == GHM_SWARM_PEER_UP) on_up(lone, &event->peer);
    if (event->type == GHM_SWARM_PINGED) on_pong(lone, event);
    if (event->type == GHM_SWARM_IDENTIFIED && p2p->is_identify) on_identified(lone, &event->peer);
    if (event->type == GHM_SWARM_CLOSE) on_close(lone, event->connection);
    if (event->type == GHM_SWARM_PEER_DOWN) fail(lone, "the peer is gone", GHM_ECLOSED);
}

static int ask(struct ghm_lone *lone, const struct ghm_multiaddr *addr)
{
    struct p2p *p2p = lone->context;
    int error = ghm_swarm_dial(lone->swarm, &p2p->connection, addr, ghm_clock_now_ns());
    if (error == GHM_OK) return ghm_lone_run(lone);
    return command_failed(error, "cannot dial that address");
}

/* ---- listen ---- */

static void answers(struct ghm_lone *lone, const struct ghm_swarm_event *event)
{
    struct ghm_swarm_told told;
    if (event->type == GHM_SWARM_PEER_UP) print_peer("up", &event->peer);
    if (event->type == GHM_SWARM_PEER_DOWN) print_peer("down", &event->peer);
    if (event->type != GHM_SWARM_IDENTIFIED) return;
    if (ghm_swarm_peer_told(lone->swarm, &told, &event->peer) == GHM_OK)
        print_told(&event->peer, &told);
}

static void print_listening(const struct ghm_lone *lone)
{
    size_t count;
    const struct ghm_multiaddr *addrs = ghm_swarm_listen_addrs(lone->swarm, &count);
    for (size_t i = 0; i < count; i++) {
        struct ghm_multiaddr addr;
        struct ghm_multiaddr_tcp tcp;
        struct ghm_bytes id = ghm_peerid_bytes(&lone->self);
        if (ghm_multiaddr_as_tcp(&tcp, &addrs[i]) != GHM_OK) continue;
        if (ghm_multiaddr_of_tcp(&addr, tcp.host, tcp.port, id) != GHM_OK) continue;
        print_line(json_pack("{s:s,s:o}", "event", "listening", "addr", addr_json(&addr)));
    }
}

static int listen_until_told(struct ghm_lone *lone, const char *where)
{
    uint16_t port;
    int error = ghm_net_listen(lone->net, &port, where);
    if (error != GHM_OK) return command_failed(error, "cannot listen there");
    print_listening(lone);
    return ghm_lone_run(lone);
}

/* ---- the command line ---- */

static bool read_count(long *ret_count, int argc, char **argv)
{
    char *end;
    *ret_count = COUNT_DEFAULT;
    if (argc == 3) return true;
    if (argc != 5 || strcmp(argv[1], "ping") != 0 || strcmp(argv[3], "-c") != 0) return false;
    *ret_count = strtol(argv[4], &end, 10);
    return *argv[4] != '\0' && *end == '\0' && *ret_count >= 1 && *ret_count <= COUNT_MAX;
}

static bool is_verb(const char *word)
{
    return strcmp(word, "ping") == 0 || strcmp(word, "identify") == 0 ||
           strcmp(word, "listen") == 0;
}

int command_p2p(int argc, char **argv)
{
    static const char *const protocols[] = {NULL};
    struct p2p p2p = {.left = 0};
    struct ghm_multiaddr addr;
    char agent[64];
    if (argc < 3 || !is_verb(argv[1])) {
        return command_usage("p2p", "wants: ping, identify or listen, and a multiaddr");
    }
    if (!read_count(&p2p.left, argc, argv)) return command_usage("p2p", "unexpected arguments");
    if (ghm_multiaddr_parse(&addr, argv[2]) != GHM_OK) {
        return command_usage("p2p", "\"%s\" is no multiaddr", argv[2]);
    }
    bool is_listening = strcmp(argv[1], "listen") == 0;
    p2p.is_identify = strcmp(argv[1], "identify") == 0;
    struct ghm_lone lone = {.context = &p2p, .heard = is_listening ? answers : asks};
    (void)snprintf(agent, sizeof agent, "ghmesh/%s", ghm_version());
    int error = ghm_lone_init(&lone, agent, protocols);
    if (error != GHM_OK) return command_failed(error, "cannot start");
    int code = is_listening ? listen_until_told(&lone, argv[2]) : ask(&lone, &addr);
    ghm_lone_fini(&lone);
    return code;
}
