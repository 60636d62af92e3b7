/* SPDX-License-Identifier: MIT */
#include "command.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

static json_t *to_json(const struct ghm_stats *stats)
{
    json_t *object = json_object();
#define PUT_COUNTER(name, text)                                                                    \
    (void)json_object_set_new(object, #name, json_integer((json_int_t)stats->name));
    GHM_COUNTER_MAP(PUT_COUNTER)
#undef PUT_COUNTER
    (void)json_object_set_new(object, "total_requests", json_integer((json_int_t)stats->requests));
    (void)json_object_set_new(object, "hit_rate", json_real(stats->hit_rate));
    (void)json_object_set_new(object, "cache_size", json_integer((json_int_t)stats->cache_size));
    (void)json_object_set_new(object, "max_cache_size",
                              json_integer((json_int_t)stats->max_cache_size));
    (void)json_object_set_new(object, "cache_bytes", json_integer((json_int_t)stats->cache_bytes));
    (void)json_object_set_new(object, "max_cache_bytes",
                              json_integer((json_int_t)stats->max_cache_bytes));
    (void)json_object_set_new(object, "p2p_enabled", json_boolean(stats->p2p_enabled));
    (void)json_object_set_new(object, "connected_peers",
                              json_integer((json_int_t)stats->connected_peers));
    (void)json_object_set_new(object, "peer_id", json_string(stats->peer_id));
    (void)json_object_set_new(object, "host_pid", json_integer(stats->host_pid));
    (void)json_object_set_new(object, "listen_port", json_integer(stats->listen_port));
    return object;
}

static int print_json(const struct ghm_stats *stats)
{
    json_t *object = to_json(stats);
    int failed =
        json_dumpf(object, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(6));
    json_decref(object);
    return failed == 0 && puts("") >= 0 ? EXIT_DONE : EXIT_LOCAL;
}

static void print_text(const struct ghm_stats *stats)
{
    (void)printf("CACHE\n");
    (void)printf("  %-20s %" PRIu64 " of %" PRIu64 " entries, %" PRIu64 " of %" PRIu64 " bytes\n",
                 "size", stats->cache_size, stats->max_cache_size, stats->cache_bytes,
                 stats->max_cache_bytes);
    (void)printf("  %-20s %.1f %%\n", "hit rate", stats->hit_rate * 100);
#define PRINT_COUNTER(name, text)                                                                  \
    (void)printf("  %-20s %10" PRIu64 "  %s\n", #name, stats->name, text);
    GHM_COUNTER_MAP(PRINT_COUNTER)
#undef PRINT_COUNTER
    (void)printf("MESH\n");
    (void)printf("  %-20s %s\n", "sharing",
                 stats->p2p_enabled ? "on" : "off: GHMESH_P2P is false, or there is no secret");
    if (*stats->peer_id != '\0') (void)printf("  %-20s %s\n", "peer id", stats->peer_id);
    if (stats->host_pid == 0) {
        (void)printf("  %-20s nobody: start one with ghmesh agent\n", "host");
        return;
    }
    (void)printf("  %-20s process %u, TCP port %u\n", "host", stats->host_pid, stats->listen_port);
    (void)printf("  %-20s %" PRIu64 "\n", "connected peers", stats->connected_peers);
}

int command_stats(int argc, char **argv)
{
    struct ghm_stats stats;
    int code = EXIT_LOCAL;
    bool is_json = argc == 2 && strcmp(argv[1], "--json") == 0;
    if (argc > 1 && !is_json) return command_usage("stats", "unknown argument \"%s\"", argv[1]);
    ghm *cache = command_open(&code);
    if (cache == NULL) return code;
    int error = ghm_stats_read(cache, &stats);
    ghm_close(cache);
    if (error != GHM_OK) return command_failed(error, "cannot read the statistics");
    if (is_json) return print_json(&stats);
    print_text(&stats);
    return EXIT_DONE;
}
