/* SPDX-License-Identifier: MIT */
#include "api/open.h"

#include <errno.h>
#include <signal.h>

/* A host that was killed could not take its name out. */
static bool is_alive(uint32_t pid)
{
    return pid != 0 && (kill((pid_t)pid, 0) == 0 || errno == EPERM);
}

static void read_counters(struct ghm_stats *stats, const struct ghm_shared *shared)
{
#define READ_COUNTER(name, text)                                                                   \
    stats->name = atomic_load_explicit(&shared->counters.name, memory_order_relaxed);
    GHM_COUNTER_MAP(READ_COUNTER)
#undef READ_COUNTER
    uint64_t hits = stats->local_hits + stats->peer_hits;
    if (stats->requests > 0) stats->hit_rate = (double)hits / (double)stats->requests;
}

static void read_host(struct ghm_stats *stats, const struct ghm_shared *shared)
{
    memcpy(stats->peer_id, shared->host_peer_id, sizeof stats->peer_id);
    stats->peer_id[sizeof stats->peer_id - 1] = '\0';
    uint32_t pid = atomic_load(&shared->host_pid);
    if (!is_alive(pid)) return;
    stats->host_pid = pid;
    stats->listen_port = atomic_load(&shared->host_port);
    stats->connected_peers = atomic_load(&shared->connected_peers);
}

GHM_API int ghm_stats_read(ghm *cache, struct ghm_stats *ret_stats)
{
    struct ghm_store_size size;
    const struct ghm_home *home = &cache->home;
    struct ghm_stats stats = {
        .max_cache_size = (uint64_t)ghm_config_number(home->config, GHM_SETTING_MAX_ENTRIES),
        .max_cache_bytes = (uint64_t)ghm_config_number(home->config, GHM_SETTING_MAX_BYTES),
        .p2p_enabled = ghm_home_has_mesh(home),
    };
    int error = ghm_store_size(home->store, &size);
    if (error != GHM_OK) return GHM_EIO;
    stats.cache_size = size.entries;
    stats.cache_bytes = size.bytes;
    read_counters(&stats, home->shared);
    read_host(&stats, home->shared);
    *ret_stats = stats;
    return GHM_OK;
}
