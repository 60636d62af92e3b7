/* SPDX-License-Identifier: MIT */
/* Our side of the tests with foreign peers: a libp2p peer that does what it is told on its standard
 * input (PARTNER.md). */
#include "partner.h"

#include "io/clock.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#define LINE_MAX_BYTES 65536
#define GOSSIP_VERSIONS 2

/* ---- answers ---- */

static void print_line(json_t *take_line)
{
    (void)json_dumpf(take_line, stdout, JSON_COMPACT | JSON_REAL_PRECISION(15));
    (void)putchar('\n');
    (void)fflush(stdout);
    json_decref(take_line);
}

static void end_order(struct partner *partner)
{
    json_decref(partner->asked);
    json_decref(partner->us);
    partner->asked = NULL;
    partner->us = NULL;
    partner->order = NULL;
}

void partner_answer(struct partner *partner, json_t *take_more)
{
    json_t *line = json_pack("{s:b}", "ok", 1);
    if (take_more != NULL) (void)json_object_update(line, take_more);
    json_decref(take_more);
    print_line(line);
    end_order(partner);
}

void partner_fail(struct partner *partner, const char *why)
{
    print_line(json_pack("{s:b,s:s}", "ok", 0, "error", why));
    end_order(partner);
}

const char *partner_text(const struct partner *partner, const char *member)
{
    const char *text = json_string_value(json_object_get(partner->asked, member));
    return text == NULL ? "" : text;
}

uint64_t partner_number(const struct partner *partner, const char *member)
{
    json_int_t number = json_integer_value(json_object_get(partner->asked, member));
    return number < 0 ? 0 : (uint64_t)number;
}

double partner_us(const struct partner *partner)
{
    return (double)(ghm_clock_now_ns() - partner->began_ns) / 1000;
}

/* ---- who is connected ---- */

static size_t place_of(const struct partner *partner, const struct ghm_peerid *peer)
{
    size_t i = 0;
    while (i < partner->peers_count && !ghm_peerid_equal(&partner->peers[i], peer))
        i++;
    return i;
}

bool partner_is_connected(const struct partner *partner, const struct ghm_peerid *peer)
{
    return place_of(partner, peer) < partner->peers_count;
}

bool partner_peer(struct partner *partner)
{
    if (ghm_peerid_parse(&partner->peer, partner_text(partner, "peer")) == GHM_OK) return true;
    partner_fail(partner, "`peer` is no peer id");
    return false;
}

static void note_peers(struct partner *partner, const struct ghm_swarm_event *event)
{
    size_t i = place_of(partner, &event->peer);
    if (event->type == GHM_SWARM_PEER_UP && partner->peers_count < PARTNER_CONNECTIONS_MAX) {
        partner->peers[partner->peers_count++] = event->peer;
    } else if (event->type == GHM_SWARM_PEER_DOWN && i < partner->peers_count) {
        partner->peers_count--;
        partner->peers[i] = partner->peers[partner->peers_count];
    }
}

/* ---- orders ---- */

static void quit(struct partner *partner)
{
    partner_answer(partner, NULL);
    ghm_lone_end(&partner->lone, 0);
}

static const struct order own_table[] = {{.name = "quit", .begin = quit}, {.name = NULL}};

static const struct order *find_order(const char *name)
{
    const struct order *const tables[] = {own_table, orders_table, talks_table, topics_table};
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        for (const struct order *order = tables[i]; order->name != NULL; order++) {
            if (strcmp(order->name, name) == 0) return order;
        }
    }
    return NULL;
}

static void begin_order(struct partner *partner, struct ghm_bytes line)
{
    static const struct order unknown = {.name = ""};
    partner->asked = json_loadb((const char *)line.ptr, line.len, 0, NULL);
    partner->order = find_order(partner_text(partner, "do"));
    partner->began_ns = ghm_clock_now_ns();
    partner->us = json_array();
    partner->errand = (struct errand){.protocol = NULL};
    if (partner->order == NULL) {
        partner->order = &unknown;
        partner_fail(partner, "no such order");
        return;
    }
    if (partner->order->begin != NULL) partner->order->begin(partner);
}

static bool next_order(struct partner *partner)
{
    struct ghm_bytes lines = ghm_buf_bytes(&partner->lines);
    const uint8_t *end = lines.len == 0 ? NULL : memchr(lines.ptr, '\n', lines.len);
    if (end == NULL || partner->lone.is_over) return false;
    size_t len = (size_t)(end - lines.ptr);
    begin_order(partner, ghm_bytes_upto(lines, len));
    ghm_buf_drop(&partner->lines, len + 1);
    return true;
}

static void turned(struct ghm_lone *lone)
{
    struct partner *partner = lone->context;
    topics_turn(partner);
    talks_turn(partner);
    do {
        if (partner->order != NULL && partner->order->look != NULL) partner->order->look(partner);
    } while (partner->order == NULL && next_order(partner));
    topics_turn(partner); /* what orders did moves into the swarm */
}

static void heard(struct ghm_lone *lone, const struct ghm_swarm_event *event)
{
    struct partner *partner = lone->context;
    note_peers(partner, event);
    ghm_gossip_on(partner->gossip, event, ghm_clock_now_ns());
    talks_on(partner, event);
    if (partner->order != NULL && partner->order->heard != NULL)
        partner->order->heard(partner, event);
}

static uint64_t deadline(struct ghm_lone *lone)
{
    const struct partner *partner = lone->context;
    return ghm_gossip_deadline(partner->gossip);
}

/* ---- standard input ---- */

static void on_room(uv_handle_t *handle, size_t wanted, uv_buf_t *buf)
{
    static char room[LINE_MAX_BYTES];
    (void)handle;
    (void)wanted;
    *buf = uv_buf_init(room, sizeof room);
}

static void on_input(uv_stream_t *stream, ssize_t len, const uv_buf_t *buf)
{
    struct partner *partner = stream->data;
    if (len == 0) return;
    if (len > 0 && ghm_buf_append(&partner->lines, ghm_bytes(buf->base, (size_t)len)) == GHM_OK)
        return;
    ghm_lone_end(&partner->lone, 0);
}

static int open_input(struct partner *partner)
{
    ghm_buf_init(&partner->lines, &partner->lone.mem, (size_t)16 * LINE_MAX_BYTES);
    if (uv_pipe_init(&partner->lone.uv, &partner->input, 0) != 0) return GHM_EIO;
    partner->input.data = partner;
    if (uv_pipe_open(&partner->input, 0) != 0) return GHM_EIO;
    if (uv_read_start((uv_stream_t *)&partner->input, on_room, on_input) != 0) return GHM_EIO;
    return GHM_OK;
}

/* ---- life ---- */

static int start_gossip(struct partner *partner)
{
    struct ghm_score_params scores = ghm_score_defaults;
    scores.place_weight = 0;
    struct ghm_gossip_config config = {
        .swarm = partner->lone.swarm,
        .identity = &partner->lone.key,
        .log = &partner->lone.log,
        .policy = GHM_MESSAGE_STRICT_SIGN,
        .message_identity = GHM_MESSAGE_BY_ORIGIN,
        .seqno_start = (uint64_t)ghm_clock_wall_ms() * 1000000,
        .data_bytes_max = GHM_GOSSIP_DATA_LIMIT,
        .score_params = &scores,
    };
    return ghm_gossip_new(&partner->gossip, &partner->lone.mem, &config, &partner->lone.entropy);
}

static int tell_listening(struct partner *partner, const char *where)
{
    size_t count;
    uint16_t port;
    struct ghm_multiaddr addr;
    struct ghm_multiaddr_tcp tcp;
    char text[GHM_MULTIADDR_TEXT_MAX];
    int error = ghm_net_listen(partner->lone.net, &port, where);
    if (error != GHM_OK) return error;
    const struct ghm_multiaddr *addrs = ghm_swarm_listen_addrs(partner->lone.swarm, &count);
    if (count == 0 || ghm_multiaddr_as_tcp(&tcp, &addrs[0]) != GHM_OK) return GHM_EINVAL;
    struct ghm_bytes self = ghm_peerid_bytes(&partner->lone.self);
    error = ghm_multiaddr_of_tcp(&addr, tcp.host, tcp.port, self);
    if (error != GHM_OK) return error;
    ghm_multiaddr_text(text, &addr);
    print_line(json_pack("{s:s}", "listening", text));
    return GHM_OK;
}

static int run(struct partner *partner, const char *where)
{
    partner->lone.log.level = GHM_LOG_DEBUG; /* why connections end */
    int error = start_gossip(partner);
    if (error == GHM_OK) error = open_input(partner);
    if (error == GHM_OK) error = tell_listening(partner, where);
    if (error == GHM_OK) return ghm_lone_run(&partner->lone);
    (void)fprintf(stderr, "partner: %s\n", ghm_error_text(error));
    return 1;
}

static void end(struct partner *partner)
{
    if (partner->input.data != NULL) uv_close((uv_handle_t *)&partner->input, NULL);
    end_order(partner);
    topics_free(partner);
    ghm_buf_fini(&partner->lines);
    ghm_gossip_free(partner->gossip);
    ghm_lone_fini(&partner->lone);
}

/* ---- what it is started with ---- */

struct options {
    enum ghm_link_security security;
    const char *where;
    const char *const *gossip; /* the first of ghm_gossip_protocols that is spoken */
};

static bool read_security(enum ghm_link_security *ret_security, const char *text)
{
    bool is_tls = strcmp(text, "tls") == 0;
    *ret_security = is_tls ? GHM_LINK_TLS : GHM_LINK_NOISE;
    return is_tls || strcmp(text, "noise") == 0;
}

static bool read_gossip(const char *const **ret_gossip, const char *text)
{
    static const char *const versions[GOSSIP_VERSIONS] = {"1.2", "1.1"};
    for (size_t i = 0; i < GOSSIP_VERSIONS; i++) {
        *ret_gossip = ghm_gossip_protocols + i;
        if (strcmp(text, versions[i]) == 0) return true;
    }
    return false;
}

static bool read_options(struct options *ret_options, int argc, char **argv)
{
    static const struct option known[] = {{"security", required_argument, NULL, 's'},
                                          {"gossip", required_argument, NULL, 'g'},
                                          {"listen", required_argument, NULL, 'l'},
                                          {NULL, 0, NULL, 0}};
    bool is_good = true;
    for (int c; (c = getopt_long(argc, argv, "", known, NULL)) != -1;) {
        if (c == 's')
            is_good &= read_security(&ret_options->security, optarg);
        else if (c == 'g')
            is_good &= read_gossip(&ret_options->gossip, optarg);
        else if (c == 'l')
            ret_options->where = optarg;
        else
            is_good = false;
    }
    return is_good && optind == argc;
}

static void list_protocols(const char *ret_protocols[], const char *const *gossip)
{
    size_t count = 0;
    for (const char *const *name = talks_protocols; *name != NULL; name++)
        ret_protocols[count++] = *name;
    for (const char *const *name = gossip; *name != NULL; name++)
        ret_protocols[count++] = *name;
    ret_protocols[count] = NULL;
}

int main(int argc, char **argv)
{
    const char *protocols[16];
    struct options options = {.security = GHM_LINK_NOISE_THEN_TLS,
                              .where = "/ip4/127.0.0.1/tcp/0",
                              .gossip = ghm_gossip_protocols};
    if (!read_options(&options, argc, argv)) {
        (void)fprintf(stderr, "usage: partner [--security noise|tls] [--gossip 1.1|1.2]"
                              " [--listen MULTIADDR]\n");
        return 2;
    }
    struct partner *partner = calloc(1, sizeof *partner);
    if (partner == NULL) return 1;
    partner->lone.security = options.security;
    partner->lone.context = partner;
    partner->lone.heard = heard;
    partner->lone.turned = turned;
    partner->lone.deadline = deadline;
    list_protocols(protocols, options.gossip);
    int code = 1;
    if (ghm_lone_init(&partner->lone, "ghmesh-partner", protocols) == GHM_OK) {
        code = run(partner, options.where);
        end(partner);
    }
    free(partner);
    return code;
}
