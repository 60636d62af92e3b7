/* SPDX-License-Identifier: MIT */
/* Our side of libp2p's own interoperability tests: a listener tells its address by Redis, a dialer
 * takes it from there, connects, pings once and prints how long that took.
 *
 * Two dialects, both told by the environment. unified-testing's:
 *
 *   IS_DIALER REDIS_ADDR TEST_KEY TRANSPORT=tcp SECURE_CHANNEL=noise|tls MUXER=yamux LISTENER_IP
 *   [DEBUG] [TEST_TIMEOUT_SECS]; key "<TEST_KEY>_listener_multiaddr"; YAML
 *
 * and the older test-plans', when `is_dialer` is set:
 *
 *   is_dialer redis_addr transport security muxer ip [test_timeout_seconds]; key "listenerAddr";
 * JSON
 *
 * Ends with 0 when all went well; a listener, when it is ended by a signal. Only the result is on
 * standard output. Spec: libp2p/unified-testing docs, libp2p/test-plans transport-interop/README.md
 */
#include "io/clock.h"
#include "io/lone.h"

#include <arpa/inet.h>
#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>

#define TIMEOUT_DEFAULT_S 180
#define TIMEOUT_MAX_S 86400
#define REDIS_PORT 6379
#define HOST_MAX 256
#define KEY_MAX 256
#define MS(ns) ((double)(ns) / 1e6)

struct settings {
    bool is_legacy;
    bool is_dialer;
    bool is_debug;
    enum ghm_link_security security;
    char redis_host[HOST_MAX];
    int redis_port;
    char key[KEY_MAX];
    const char *ip;
    uint64_t timeout_ns;
};

struct run {
    struct ghm_lone lone;
    struct settings settings;
    redisContext *redis;
    uint64_t deadline_ns;
    /* of the dialer */
    uint32_t connection;
    uint64_t began_ns;
    bool is_up;
};

static int complain(const char *what, const char *why)
{
    (void)fprintf(stderr, "transport: %s: %s\n", what, why);
    return 1;
}

/* ---- settings ---- */

/* A variable by its name in either dialect; "" when it is not set. */
static const char *told(const struct settings *settings, const char *name, const char *legacy_name)
{
    const char *value = getenv(settings->is_legacy ? legacy_name : name);
    return value == NULL ? "" : value;
}

static int read_redis(struct settings *settings, const char *addr)
{
    const char *colon = strrchr(addr, ':');
    size_t len = colon == NULL ? strlen(addr) : (size_t)(colon - addr);
    long port = colon == NULL ? REDIS_PORT : strtol(colon + 1, NULL, 10);
    if (len == 0 || len >= HOST_MAX || port < 1 || port > UINT16_MAX)
        return complain("REDIS_ADDR", "HOST:PORT is due");
    memcpy(settings->redis_host, addr, len);
    settings->redis_host[len] = '\0';
    settings->redis_port = (int)port;
    return 0;
}

static int read_stack(struct settings *settings)
{
    const char *security = told(settings, "SECURE_CHANNEL", "security");
    if (strcmp(told(settings, "TRANSPORT", "transport"), "tcp") != 0)
        return complain("TRANSPORT", "not supported: only tcp is");
    if (strcmp(told(settings, "MUXER", "muxer"), "yamux") != 0)
        return complain("MUXER", "not supported: only yamux is");
    if (strcmp(security, "noise") != 0 && strcmp(security, "tls") != 0)
        return complain("SECURE_CHANNEL", "not supported: only noise and tls are");
    settings->security = strcmp(security, "tls") == 0 ? GHM_LINK_TLS : GHM_LINK_NOISE;
    return 0;
}

static int read_key(struct settings *settings)
{
    const char *test = told(settings, "TEST_KEY", "");
    int len = settings->is_legacy ? snprintf(settings->key, KEY_MAX, "listenerAddr")
                                  : snprintf(settings->key, KEY_MAX, "%s_listener_multiaddr", test);
    if (len >= KEY_MAX || (!settings->is_legacy && test[0] == '\0'))
        return complain("TEST_KEY", "missing, or too long");
    return 0;
}

static int read_settings(struct settings *settings)
{
    settings->is_legacy = getenv("is_dialer") != NULL;
    settings->is_dialer = strcasecmp(told(settings, "IS_DIALER", "is_dialer"), "true") == 0;
    settings->is_debug = strcasecmp(told(settings, "DEBUG", "debug"), "true") == 0;
    settings->ip = told(settings, "LISTENER_IP", "ip");
    if (settings->ip[0] == '\0') settings->ip = "0.0.0.0";
    long timeout_s = strtol(told(settings, "TEST_TIMEOUT_SECS", "test_timeout_seconds"), NULL, 10);
    if (timeout_s < 1 || timeout_s > TIMEOUT_MAX_S) timeout_s = TIMEOUT_DEFAULT_S;
    settings->timeout_ns = (uint64_t)timeout_s * GHM_NS_PER_S;
    int code = read_redis(settings, told(settings, "REDIS_ADDR", "redis_addr"));
    if (code == 0) code = read_stack(settings);
    if (code == 0) code = read_key(settings);
    return code;
}

/* ---- Redis ---- */

static int join_redis(struct run *run)
{
    struct timeval wait = {.tv_sec = (time_t)(run->settings.timeout_ns / GHM_NS_PER_S)};
    run->redis = redisConnectWithTimeout(run->settings.redis_host, run->settings.redis_port, wait);
    if (run->redis == NULL) return complain("Redis", "no memory");
    return run->redis->err == 0 ? 0 : complain("Redis", run->redis->errstr);
}

static int publish(struct run *run, const char *addr)
{
    static const char *const forms[] = {"DEL %s", "RPUSH %s %s"};
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        redisReply *reply = redisCommand(run->redis, forms[i], run->settings.key, addr);
        if (reply == NULL) return complain("Redis", run->redis->errstr);
        bool is_wrong = reply->type == REDIS_REPLY_ERROR;
        if (is_wrong) (void)complain("Redis", reply->str);
        freeReplyObject(reply);
        if (is_wrong) return 1;
    }
    return 0;
}

static bool copy_text(char ret_addr[GHM_MULTIADDR_TEXT_MAX], const redisReply *reply)
{
    if (reply->type != REDIS_REPLY_STRING || reply->len >= GHM_MULTIADDR_TEXT_MAX) return false;
    memcpy(ret_addr, reply->str, reply->len + 1);
    return true;
}

/* Some listeners SET the key: a list is not what it is then. */
static bool get(struct run *run, char ret_addr[GHM_MULTIADDR_TEXT_MAX])
{
    redisReply *reply = redisCommand(run->redis, "GET %s", run->settings.key);
    bool is_there = reply != NULL && copy_text(ret_addr, reply);
    freeReplyObject(reply);
    return is_there;
}

/* One second of waiting: no wait of Redis ends when a key is SET. */
static bool pop(struct run *run, char ret_addr[GHM_MULTIADDR_TEXT_MAX])
{
    redisReply *reply = redisCommand(run->redis, "BLPOP %s 1", run->settings.key);
    if (reply == NULL) return false;
    bool is_there = reply->type == REDIS_REPLY_ARRAY && reply->elements == 2 &&
                    copy_text(ret_addr, reply->element[1]);
    bool is_other = reply->type == REDIS_REPLY_ERROR;
    freeReplyObject(reply);
    return is_there || (is_other && get(run, ret_addr));
}

static int take_addr(struct run *run, char ret_addr[GHM_MULTIADDR_TEXT_MAX])
{
    while (run->redis->err == 0 && ghm_clock_now_ns() < run->deadline_ns) {
        if (pop(run, ret_addr)) return 0;
    }
    return complain(run->settings.key,
                    run->redis->err == 0 ? "no listener's address" : run->redis->errstr);
}

/* ---- the listener ---- */

/* Listening everywhere, we are told by the address at which Redis sees us. */
static bool own_ip(const struct run *run, char ret_ip[INET6_ADDRSTRLEN])
{
    struct sockaddr_storage at;
    socklen_t len = sizeof at;
    if (getsockname(run->redis->fd, (struct sockaddr *)&at, &len) != 0) return false;
    const void *ip = at.ss_family == AF_INET6
                         ? (const void *)&((const struct sockaddr_in6 *)&at)->sin6_addr
                         : (const void *)&((const struct sockaddr_in *)&at)->sin_addr;
    return inet_ntop(at.ss_family, ip, ret_ip, INET6_ADDRSTRLEN) != NULL;
}

static int be_listener(struct run *run)
{
    struct ghm_multiaddr addr;
    char where[GHM_MULTIADDR_TEXT_MAX], text[GHM_MULTIADDR_TEXT_MAX], ip[INET6_ADDRSTRLEN];
    uint16_t port;
    (void)snprintf(where, sizeof where, "/%s/%s/tcp/0",
                   strchr(run->settings.ip, ':') == NULL ? "ip4" : "ip6", run->settings.ip);
    int error = ghm_net_listen(run->lone.net, &port, where);
    if (error != GHM_OK) return complain(where, ghm_error_text(error));
    (void)snprintf(ip, sizeof ip, "%s", run->settings.ip);
    bool is_anywhere = strcmp(ip, "0.0.0.0") == 0 || strcmp(ip, "::") == 0;
    if (is_anywhere && !own_ip(run, ip)) return complain("Redis", "its socket has no address");
    error = ghm_multiaddr_of_tcp(&addr, ip, port, ghm_peerid_bytes(&run->lone.self));
    if (error != GHM_OK) return complain(ip, ghm_error_text(error));
    ghm_multiaddr_text(text, &addr);
    (void)fprintf(stderr, "transport: listening %s\n", text);
    int code = publish(run, text);
    return code == 0 ? ghm_lone_run(&run->lone) : code;
}

/* ---- the dialer ---- */

static int be_dialer(struct run *run)
{
    struct ghm_multiaddr addr;
    char text[GHM_MULTIADDR_TEXT_MAX];
    int code = take_addr(run, text);
    if (code != 0) return code;
    (void)fprintf(stderr, "transport: dialing %s\n", text);
    int error = ghm_multiaddr_parse(&addr, text);
    if (error != GHM_OK) return complain(text, ghm_error_text(error));
    run->began_ns = ghm_clock_now_ns();
    error = ghm_swarm_dial(run->lone.swarm, &run->connection, &addr, run->began_ns);
    if (error != GHM_OK) return complain(text, ghm_error_text(error));
    return ghm_lone_run(&run->lone);
}

/* pingRTTMilllis: so it is spelled there. */
static void print_result(const struct run *run, double all_ms, double ping_ms)
{
    if (run->settings.is_legacy)
        (void)printf("{\"handshakePlusOneRTTMillis\":%.3f,\"pingRTTMilllis\":%.3f}\n", all_ms,
                     ping_ms);
    else
        (void)printf("latency:\n  handshake_plus_one_rtt: %.3f\n  ping_rtt: %.3f\n  unit: ms\n",
                     all_ms, ping_ms);
}

static void on_pong(struct run *run, const struct ghm_swarm_event *event)
{
    if (event->error != GHM_OK) {
        ghm_lone_end(&run->lone, complain("no pong", ghm_error_text(event->error)));
        return;
    }
    print_result(run, MS(ghm_clock_now_ns() - run->began_ns), MS(event->rtt_ns));
    ghm_lone_end(&run->lone, 0);
}

static void ping(struct run *run, const struct ghm_peerid *peer)
{
    run->is_up = true;
    int error = ghm_swarm_ping(run->lone.swarm, peer, ghm_clock_now_ns());
    if (error != GHM_OK) ghm_lone_end(&run->lone, complain("ping", ghm_error_text(error)));
}

static void heard(struct ghm_lone *lone, const struct ghm_swarm_event *event)
{
    struct run *run = lone->context;
    if (!run->settings.is_dialer) return;
    if (event->type == GHM_SWARM_PEER_UP)
        ping(run, &event->peer);
    else if (event->type == GHM_SWARM_PINGED)
        on_pong(run, event);
    else if (event->type == GHM_SWARM_CLOSE && event->connection == run->connection && !run->is_up)
        ghm_lone_end(lone, complain("dialing", "no connection to that peer"));
}

/* ---- both ---- */

static uint64_t deadline(struct ghm_lone *lone)
{
    return ((struct run *)lone->context)->deadline_ns;
}

static void turned(struct ghm_lone *lone)
{
    if (ghm_clock_now_ns() >= deadline(lone)) ghm_lone_end(lone, complain("time", "it is over"));
}

int main(void)
{
    static const char *const protocols[] = {NULL};
    struct run run = {.redis = NULL};
    int code = read_settings(&run.settings);
    if (code != 0) return code;
    run.deadline_ns = ghm_clock_now_ns() + run.settings.timeout_ns;
    run.lone = (struct ghm_lone){.context = &run,
                                 .heard = heard,
                                 .turned = turned,
                                 .deadline = deadline,
                                 .security = run.settings.security};
    if (ghm_lone_init(&run.lone, "ghmesh-transport", protocols) != GHM_OK)
        return complain("start", "it cannot");
    if (run.settings.is_debug) ghm_log_init(&run.lone.log, GHM_LOG_DEBUG);
    code = join_redis(&run);
    if (code == 0) code = run.settings.is_dialer ? be_dialer(&run) : be_listener(&run);
    if (run.redis != NULL) redisFree(run.redis);
    ghm_lone_fini(&run.lone);
    return code;
}
