/* SPDX-License-Identifier: MIT */
#include "io/discovery.h"

#include "io/clock.h"
#include "io/multicast.h"
#include "io/txt.h"
#include "swarm/dnsaddr.h"
#include "swarm/mdns.h"

#define ROOM "discovery"
#define MEMORY_MAX ((size_t)1 << 20)

struct lookup {
    struct name *name;
    uint32_t number;
    struct ghm_txt *txt; /* NULL: free */
};

/* One bootstrap name. */
struct name {
    struct ghm_discovery *discovery;
    struct ghm_multiaddr addr;
    struct ghm_dnsaddr *dnsaddr; /* while it is being resolved */
    struct lookup lookups[GHM_DNSADDR_NAMES_MAX];
    uint64_t due_ns; /* when to resolve it again; GHM_NEVER: it is under way */
    uint64_t wait_ns;
};

struct ghm_discovery {
    struct ghm_discovery_config config;
    struct ghm_entropy entropy;
    struct ghm_mem mem;
    uv_timer_t timer;
    struct name *names[GHM_DISCOVERY_NAMES_MAX];
    size_t names_count;
    struct ghm_multicast *multicast; /* with it, `mdns` lives */
    struct ghm_mdns mdns;
};

static void work(struct ghm_discovery *discovery);

/* ---- names ---- */

static void on_texts(void *context, struct ghm_bytes texts)
{
    struct lookup *lookup = context;
    struct ghm_discovery *discovery = lookup->name->discovery;
    lookup->txt = NULL;
    ghm_dnsaddr_answer(lookup->name->dnsaddr, lookup->number, texts);
    work(discovery);
}

static void look_up(struct name *name, const struct ghm_dnsaddr_event *event)
{
    struct lookup *lookup = &name->lookups[event->number];
    *lookup = (struct lookup){.name = name, .number = event->number};
    uv_loop_t *loop = name->discovery->config.loop;
    if (ghm_txt_lookup(&lookup->txt, loop, event->name, on_texts, lookup) == GHM_OK) return;
    ghm_dnsaddr_answer(name->dnsaddr, event->number, GHM_BYTES_NONE);
}

static void bootstrap(struct ghm_discovery *discovery, const struct ghm_multiaddr *addr)
{
    int error = ghm_swarm_bootstrap(discovery->config.swarm, addr, ghm_clock_now_ns());
    if (error != GHM_OK)
        ghm_log_add(discovery->config.log, GHM_LOG_INFO, ROOM, "cannot use a found address: %s",
                    ghm_error_text(error));
}

static void end_name(struct name *name, int error, uint64_t now_ns)
{
    char text[GHM_MULTIADDR_TEXT_MAX];
    ghm_dnsaddr_free(name->dnsaddr);
    name->dnsaddr = NULL;
    if (error == GHM_OK) {
        name->due_ns = now_ns + GHM_DISCOVERY_AGAIN_NS;
        name->wait_ns = GHM_DISCOVERY_WAIT_MIN_NS;
        return;
    }
    ghm_multiaddr_text(text, &name->addr);
    ghm_log_add(name->discovery->config.log, GHM_LOG_WARN, ROOM, "nothing found under %s", text);
    name->due_ns = now_ns + name->wait_ns;
    name->wait_ns = ghm_deadline_first(name->wait_ns * 2, GHM_DISCOVERY_WAIT_MAX_NS);
}

static void work_name(struct name *name, uint64_t now_ns)
{
    struct ghm_discovery *discovery = name->discovery;
    struct ghm_dnsaddr_event event;
    if (name->due_ns <= now_ns) {
        name->due_ns = GHM_NEVER;
        if (ghm_dnsaddr_new(&name->dnsaddr, &discovery->mem, &name->addr) != GHM_OK)
            end_name(name, GHM_ENOMEM, now_ns);
    }
    while (name->dnsaddr != NULL && ghm_dnsaddr_next(name->dnsaddr, &event)) {
        switch (event.type) {
        case GHM_DNSADDR_LOOKUP:
            look_up(name, &event);
            break;
        case GHM_DNSADDR_FOUND:
            bootstrap(discovery, &event.addr);
            break;
        case GHM_DNSADDR_DONE:
            end_name(name, event.error, now_ns);
            break;
        }
    }
}

int ghm_discovery_bootstrap(struct ghm_discovery *discovery, const struct ghm_multiaddr *addr)
{
    struct ghm_multiaddr_dnsaddr to;
    if (ghm_multiaddr_as_dnsaddr(&to, addr) != GHM_OK) return GHM_ENOTSUP;
    if (discovery->names_count == GHM_DISCOVERY_NAMES_MAX) return GHM_ELIMIT;
    struct name *name = ghm_mem_alloc(&discovery->mem, sizeof *name);
    if (name == NULL) return GHM_ENOMEM;
    name->discovery = discovery;
    name->addr = *addr;
    name->due_ns = ghm_clock_now_ns();
    name->wait_ns = GHM_DISCOVERY_WAIT_MIN_NS;
    discovery->names[discovery->names_count++] = name;
    work(discovery);
    return GHM_OK;
}

static void free_name(struct name *name)
{
    struct ghm_mem *mem = &name->discovery->mem;
    for (size_t i = 0; i < GHM_DNSADDR_NAMES_MAX; i++) {
        if (name->lookups[i].txt != NULL) ghm_txt_cancel(name->lookups[i].txt);
    }
    ghm_dnsaddr_free(name->dnsaddr);
    ghm_mem_free(mem, name, sizeof *name);
}

/* ---- the local network ---- */

static void work_mdns(struct ghm_discovery *discovery, uint64_t now_ns)
{
    struct ghm_bytes message;
    struct ghm_mdns_found found;
    ghm_mdns_tick(&discovery->mdns, now_ns);
    while ((message = ghm_mdns_pull(&discovery->mdns)).len > 0) {
        ghm_multicast_send(discovery->multicast, message);
        ghm_mdns_pulled(&discovery->mdns);
    }
    while (ghm_mdns_next(&discovery->mdns, &found)) {
        /* Up, being reached, or left alone for now: as good. */
        (void)!ghm_swarm_reach(discovery->config.swarm, &found.peer, found.addrs, found.count,
                               now_ns);
    }
}

static void on_datagram(void *context, struct ghm_bytes message)
{
    struct ghm_discovery *discovery = context;
    ghm_mdns_push(&discovery->mdns, message, ghm_clock_now_ns());
    work(discovery);
}

static void listen_here(struct ghm_discovery *discovery)
{
    size_t count;
    const struct ghm_multiaddr *addrs = ghm_swarm_listen_addrs(discovery->config.swarm, &count);
    for (size_t i = 0; i < count; i++)
        ghm_mdns_listen(&discovery->mdns, &addrs[i]);
}

int ghm_discovery_mdns(struct ghm_discovery *discovery, bool has_loopback)
{
    const struct ghm_mdns_config config = {.self = discovery->config.self,
                                           .has_loopback = has_loopback};
    int error = ghm_mdns_init(&discovery->mdns, &discovery->mem, &config, &discovery->entropy,
                              ghm_clock_now_ns());
    if (error == GHM_OK)
        error = ghm_multicast_new(&discovery->multicast, discovery->config.loop, on_datagram,
                                  discovery);
    if (error != GHM_OK) return error;
    listen_here(discovery);
    work(discovery);
    return GHM_OK;
}

/* ---- both ---- */

static void on_timer(uv_timer_t *timer)
{
    work(timer->data);
}

static void set_timer(struct ghm_discovery *discovery)
{
    uint64_t now_ns = ghm_clock_now_ns();
    uint64_t first = discovery->multicast == NULL ? GHM_NEVER : ghm_mdns_deadline(&discovery->mdns);
    for (size_t i = 0; i < discovery->names_count; i++)
        first = ghm_deadline_first(first, discovery->names[i]->due_ns);
    if (first == GHM_NEVER) {
        (void)uv_timer_stop(&discovery->timer);
        return;
    }
    uint64_t wait_ms = first > now_ns ? (first - now_ns) / GHM_NS_PER_MS + 1 : 0;
    uv_update_time(discovery->config.loop);
    (void)uv_timer_start(&discovery->timer, on_timer, wait_ms, 0);
}

static void work(struct ghm_discovery *discovery)
{
    uint64_t now_ns = ghm_clock_now_ns();
    for (size_t i = 0; i < discovery->names_count; i++)
        work_name(discovery->names[i], now_ns);
    if (discovery->multicast != NULL) work_mdns(discovery, now_ns);
    set_timer(discovery);
}

int ghm_discovery_new(struct ghm_discovery **ret_discovery,
                      const struct ghm_discovery_config *config)
{
    struct ghm_discovery *discovery = ghm_mem_alloc(NULL, sizeof *discovery);
    if (discovery == NULL) return GHM_ENOMEM;
    discovery->config = *config;
    ghm_entropy_fork(config->entropy, &discovery->entropy);
    ghm_mem_init(&discovery->mem, NULL, MEMORY_MAX);
    (void)uv_timer_init(config->loop, &discovery->timer);
    discovery->timer.data = discovery;
    *ret_discovery = discovery;
    return GHM_OK;
}

static void on_closed(uv_handle_t *handle)
{
    ghm_mem_free(NULL, handle->data, sizeof(struct ghm_discovery));
}

void ghm_discovery_free(struct ghm_discovery *discovery)
{
    if (discovery == NULL) return;
    for (size_t i = 0; i < discovery->names_count; i++)
        free_name(discovery->names[i]);
    ghm_multicast_free(discovery->multicast);
    ghm_mdns_fini(&discovery->mdns);
    ghm_mem_fini(&discovery->mem);
    uv_close((uv_handle_t *)&discovery->timer, on_closed);
}
