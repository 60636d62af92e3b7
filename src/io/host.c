/* SPDX-License-Identifier: MIT */
#include "io/host.h"

#include "io/clock.h"
#include "io/serial.h"
#include "io/wake.h"

#include <stdlib.h>
#include <unistd.h>

#define ROOM "host"
#define SWARM_MEMORY_MAX ((size_t)256 << 20)
#define MESH_MEMORY_MAX ((size_t)128 << 20) /* 64 MiB of gossip, 40 MiB of bodies on their way */

static void on_wake_pipe(uv_poll_t *poll, int status, int events)
{
    struct ghm_host *host = poll->data;
    (void)status;
    (void)events;
    ghm_wake_drain(host->wake_fd);
    host->has_outbox = true;
}

static void watch_wake_pipe(struct ghm_host *host)
{
    int error = ghm_wake_open(&host->wake_fd, host->config.home->dir);
    if (error == GHM_OK && uv_poll_init(host->config.uv, &host->wake_poll, host->wake_fd) != 0)
        error = GHM_EIO;
    if (error != GHM_OK) {
        ghm_log_add(host->config.log, GHM_LOG_WARN, ROOM,
                    "other processes cannot wake this host: %s", ghm_error_text(error));
        return;
    }
    host->wake_poll.data = host;
    host->has_wake_poll = true;
    (void)uv_poll_start(&host->wake_poll, UV_READABLE, on_wake_pipe);
}

static int read_identity(struct ghm_host *host)
{
    uint8_t seed[32];
    uint8_t fresh[32];
    uint8_t proto[GHM_KEY_ED25519_PROTO_LEN];
    ghm_entropy_fill(host->config.entropy, fresh, sizeof fresh);
    int error = ghm_files_key(seed, host->config.home->dir, "identity.key", fresh);
    if (error == GHM_OK) {
        ghm_key_from_seed(&host->identity, seed);
        ghm_key_encode(proto, &host->identity);
        ghm_peerid_of_key(&host->self, ghm_bytes(proto, sizeof proto));
    }
    ghm_mem_wipe(seed, sizeof seed);
    ghm_mem_wipe(fresh, sizeof fresh);
    return error;
}

/* What the messages and records of this run are numbered after. */
static uint64_t reserve_numbers(struct ghm_host *host)
{
    uint64_t start = 0;
    uint64_t wall_ns = (uint64_t)ghm_clock_wall_ms() * GHM_NS_PER_MS;
    int error = ghm_serial_reserve(&start, host->config.home->dir, wall_ns);
    if (error == GHM_OK) return start;
    ghm_log_add(host->config.log, GHM_LOG_WARN, ROOM,
                "members may not hear us after the clock is set back: %s", ghm_error_text(error));
    return wall_ns;
}

static int make_rooms(struct ghm_host *host)
{
    uint64_t number = reserve_numbers(host);
    struct ghm_swarm_config swarm = {.identity = &host->identity,
                                     .record_seq = number,
                                     .agent_version = host->config.user_agent,
                                     .protocols = ghm_mesh_protocols,
                                     .log = host->config.log};
    int error = ghm_swarm_new(&host->swarm, &host->swarm_mem, &swarm, host->config.entropy);
    if (error != GHM_OK) return error;
    struct ghm_mesh_config mesh = {.keyring = &host->keyring,
                                   .identity = &host->identity,
                                   .seqno_start = number,
                                   .self = host->self,
                                   .swarm = host->swarm,
                                   .store = host->config.home->store,
                                   .shared = host->config.home->shared,
                                   .log = host->config.log};
    error = ghm_mesh_new(&host->mesh, &host->mesh_mem, &mesh, host->config.entropy);
    if (error != GHM_OK) return error;
    error = ghm_net_new(&host->net, host->config.uv, host->swarm);
    if (error != GHM_OK) return error;
    struct ghm_discovery_config discovery = {.loop = host->config.uv,
                                             .swarm = host->swarm,
                                             .log = host->config.log,
                                             .entropy = host->config.entropy,
                                             .self = host->self};
    return ghm_discovery_new(&host->discovery, &discovery);
}

static void publish(struct ghm_host *host, uint16_t port)
{
    struct ghm_shared *shared = host->config.home->shared;
    char text[GHM_PEERID_TEXT_MAX];
    ghm_peerid_text(text, &host->self);
    memcpy(shared->host_peer_id, text, sizeof text);
    atomic_store(&shared->connected_peers, 0);
    atomic_store(&shared->host_port, port);
}

static void unpublish(struct ghm_host *host)
{
    struct ghm_shared *shared = host->config.home->shared;
    atomic_store(&shared->host_port, 0);
    atomic_store(&shared->connected_peers, 0);
}

/* The addresses under which others can dial us, with our peer id. */
static void tell_listening(struct ghm_host *host, uint16_t port)
{
    const char *where = ghm_config_text(host->config.home->config, GHM_SETTING_LISTEN);
    struct ghm_multiaddr addr;
    struct ghm_multiaddr_tcp tcp;
    const char *name = "127.0.0.1";
    if (host->config.listening == NULL) return;
    if (ghm_multiaddr_parse(&addr, where) == GHM_OK &&
        ghm_multiaddr_as_tcp(&tcp, &addr) == GHM_OK && strcmp(tcp.host, "0.0.0.0") != 0)
        name = tcp.host;
    if (ghm_multiaddr_of_tcp(&addr, name, port, ghm_peerid_bytes(&host->self)) == GHM_OK)
        host->config.listening(host->config.context, &addr);
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

static void listen_and_tell(struct ghm_host *host)
{
    uint16_t port = 0;
    const char *where = ghm_config_text(host->config.home->config, GHM_SETTING_LISTEN);
    int error = ghm_net_listen(host->net, &port, where);
    publish(host, port);
    if (error != GHM_OK) {
        ghm_log_add(host->config.log, GHM_LOG_WARN, ROOM,
                    "cannot listen on %.100s (%s): members cannot dial us", where,
                    ghm_error_text(error));
        if (host->config.failed != NULL) host->config.failed(host->config.context, error);
        return;
    }
    uint16_t wanted = wanted_port(where);
    if (wanted != 0 && wanted != port)
        ghm_log_add(host->config.log, GHM_LOG_WARN, ROOM, "port %u is taken: listening on %u",
                    wanted, port);
    tell_listening(host, port);
}

static void add_bootstrap(struct ghm_host *host, const char *text, size_t len)
{
    char one[GHM_MULTIADDR_TEXT_MAX];
    struct ghm_multiaddr addr;
    int error = GHM_EINVAL;
    if (len < sizeof one) {
        memcpy(one, text, len);
        one[len] = '\0';
        error = ghm_multiaddr_parse(&addr, one);
    }
    if (error == GHM_OK) error = ghm_swarm_bootstrap(host->swarm, &addr, ghm_clock_now_ns());
    if (error == GHM_ENOTSUP) error = ghm_discovery_bootstrap(host->discovery, &addr);
    if (error != GHM_OK)
        ghm_log_add(host->config.log, GHM_LOG_WARN, ROOM,
                    "GHMESH_BOOTSTRAP: cannot use \"%.*s\": %s", (int)(len < 100 ? len : 100), text,
                    ghm_error_text(error));
}

static void add_bootstraps(struct ghm_host *host)
{
    const char *at = ghm_config_text(host->config.home->config, GHM_SETTING_BOOTSTRAP);
    while (*at != '\0') {
        at += strspn(at, ", ");
        size_t len = strcspn(at, ", ");
        if (len > 0) add_bootstrap(host, at, len);
        at += len;
    }
}

static void search_locally(struct ghm_host *host)
{
    if (!ghm_config_bool(host->config.home->config, GHM_SETTING_MDNS)) return;
    int error = ghm_discovery_mdns(host->discovery, false);
    if (error != GHM_OK)
        ghm_log_add(host->config.log, GHM_LOG_WARN, ROOM, "cannot search the local network: %s",
                    ghm_error_text(error));
}

static void drop_rooms(struct ghm_host *host)
{
    ghm_discovery_free(host->discovery);
    ghm_net_free(host->net);
    ghm_mesh_free(host->mesh);
    ghm_swarm_free(host->swarm);
    host->discovery = NULL;
    host->net = NULL;
    host->mesh = NULL;
    host->swarm = NULL;
}

static void join(struct ghm_host *host)
{
    int error = host->keyring_error;
    if (error == GHM_OK) error = read_identity(host);
    if (error == GHM_OK) error = make_rooms(host);
    if (error != GHM_OK) {
        ghm_log_add(host->config.log, GHM_LOG_ERROR, ROOM, "cannot join the mesh: %s%s",
                    ghm_error_text(error),
                    error == GHM_EINVAL ? " (a ghms1_ secret must be one from ghmesh secret new)"
                                        : "");
        drop_rooms(host);
        if (host->config.failed != NULL) host->config.failed(host->config.context, error);
        return;
    }
    watch_wake_pipe(host);
    listen_and_tell(host);
    add_bootstraps(host);
    search_locally(host);
    host->has_outbox = true;
}

static void on_derive(uv_work_t *work)
{
    struct ghm_host *host = work->data;
    host->keyring_error = ghm_keyring_init(&host->keyring, host->config.home->secrets);
}

static void on_derived(uv_work_t *work, int status)
{
    struct ghm_host *host = work->data;
    if (status == 0 && !host->is_ending) join(host);
}

void ghm_host_join(struct ghm_host *host)
{
    if (!host->is_wanted) return;
    host->derive.data = host;
    if (ghm_keyring_is_fast(host->config.home->secrets)) {
        on_derive(&host->derive);
        join(host);
        return;
    }
    (void)uv_queue_work(host->config.uv, &host->derive, on_derive, on_derived);
}

void ghm_host_start(struct ghm_host *host)
{
    const struct ghm_home *home = host->config.home;
    if (home->is_visitor || !ghm_config_bool(home->config, GHM_SETTING_P2P)) return;
    if (*home->secrets == '\0') {
        ghm_log_add(host->config.log, GHM_LOG_WARN, ROOM,
                    "local only: set GHMESH_SECRET (ghmesh secret new) to share with a mesh");
        return;
    }
    if (*ghm_config_text(home->config, GHM_SETTING_SECRET) == '\0' &&
        getenv("GITHUB_ACTIONS") != NULL)
        ghm_log_add(
            host->config.log, GHM_LOG_WARN, ROOM,
            "the GitHub token serves as the mesh secret, but in Actions every job has its own: "
            "set GHMESH_SECRET (ghmesh secret new) as a repository secret");
    host->is_wanted = true;
}

void ghm_host_init(struct ghm_host *host, const struct ghm_host_config *config)
{
    *host = (struct ghm_host){.config = *config, .wake_fd = -1};
    ghm_mem_init(&host->swarm_mem, config->mem, SWARM_MEMORY_MAX);
    ghm_mem_init(&host->mesh_mem, config->mem, MESH_MEMORY_MAX);
}

void ghm_host_close(struct ghm_host *host)
{
    host->is_ending = true;
    if (host->swarm != NULL) unpublish(host);
    drop_rooms(host);
    if (host->has_wake_poll) uv_close((uv_handle_t *)&host->wake_poll, NULL);
}

void ghm_host_fini(struct ghm_host *host)
{
    if (host->wake_fd >= 0) (void)close(host->wake_fd);
    ghm_keyring_fini(&host->keyring);
    ghm_key_wipe(&host->identity);
    ghm_mem_fini(&host->swarm_mem);
    ghm_mem_fini(&host->mesh_mem);
}
