/* SPDX-License-Identifier: MIT */
/* ghmesh-sim: play one scenario and print one line. Exit 0: all that must hold held; 1: it did not,
 * and the line before tells what and how to see it again; 2: the arguments. */
#include "checks.h"
#include "lossy.h"
#include "scenarios.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

static const char usage_text[] = "usage: ghmesh-sim --scenario NAME [--nodes N] [--seed S] "
                                 "[--messages M] [--degree D] [--json]\n"
                                 "       ghmesh-sim --list\n";

struct options {
    const struct scenario *scenario;
    struct sim_config config;
    bool is_json;
};

static const struct option names[] = {
    {"scenario", required_argument, NULL, 'c'}, {"nodes", required_argument, NULL, 'n'},
    {"seed", required_argument, NULL, 's'},     {"messages", required_argument, NULL, 'm'},
    {"degree", required_argument, NULL, 'd'},   {"json", no_argument, NULL, 'j'},
    {"list", no_argument, NULL, 'l'},           {NULL, 0, NULL, 0},
};

static int list(void)
{
    for (const struct scenario *s = scenarios; s->name != NULL; s++)
        printf("%-12s %s\n", s->name, s->about);
    exit(0);
}

static bool is_usable(const struct options *options)
{
    const struct sim_config *config = &options->config;
    if (options->scenario == NULL || config->nodes < 2 || config->nodes > 100000) return false;
    return config->messages > 0 && config->degree > 0 && config->degree <= PEER_BOOTSTRAP_MAX;
}

static bool read_options(struct options *options, int argc, char **argv)
{
    for (int c; (c = getopt_long(argc, argv, "", names, NULL)) != -1;) {
        uint64_t number = optarg == NULL ? 0 : strtoull(optarg, NULL, 10);
        if (c == 'l') list();
        if (c == 'c') options->scenario = scenarios_find(optarg);
        if (c == 'n') options->config.nodes = (uint32_t)number;
        if (c == 's') options->config.seed = number;
        if (c == 'm') options->config.messages = (uint32_t)number;
        if (c == 'd') options->config.degree = (uint32_t)number;
        if (c == 'j') options->is_json = true;
        if (c == '?') return false;
    }
    return optind == argc && is_usable(options);
}

static void print(const struct options *options, const struct sim *sim, double seconds)
{
    static const char text[] =
        "%-4s %s nodes=%u seed=%llu messages=%u reach=%.5f copies=%.2f mesh=%zu..%zu/%.1f "
        "latest_ms=%.0f node_kib=%.0f/%zu events=%llu hash=%016llx world_s=%.0f s=%.1f rss_mib=%ld "
        "asked=%llu answered=%llu lost_rpcs=%llu broken=%llu replays=%llu promises=%llu\n";
    static const char json[] =
        "{\"result\": \"%s\", \"scenario\": \"%s\", \"nodes\": %u, \"seed\": %llu, "
        "\"messages\": %u, \"reach\": %.6f, \"copies\": %.3f, \"mesh_min\": %zu, \"mesh_max\": "
        "%zu, \"mesh_mean\": %.2f, \"latest_ms\": %.1f, \"node_mean_kib\": %.0f, "
        "\"node_peak_kib\": %zu, \"events\": %llu, \"hash\": \"%016llx\", \"world_s\": %.1f, "
        "\"seconds\": %.2f, \"rss_mib\": %ld, \"asked\": %llu, \"answered\": %llu, "
        "\"lost_rpcs\": %llu, \"broken\": %llu, \"replays\": %llu, \"broken_promises\": %llu}\n";
    struct checks_sum sum = checks_sum(sim);
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    double share = sim->wanted == 0 ? 0 : (double)sim->got / (double)sim->wanted;
    printf(options->is_json ? json : text, sim->failures > 0 ? "FAIL" : "ok",
           options->scenario->name, sim->config.nodes, (unsigned long long)sim->config.seed,
           sim->published, share, sum.copies, sum.mesh_min, sum.mesh_max, sum.mesh_mean,
           (double)sim->latest_ns / 1e6, sum.peak_mean_bytes / 1024, sum.peak_bytes / 1024,
           (unsigned long long)sim->queue.done, (unsigned long long)sim->queue.hash,
           (double)sim->queue.now_ns / 1e9, seconds, usage.ru_maxrss / 1024,
           (unsigned long long)sum.counts.asked, (unsigned long long)sum.counts.answered,
           (unsigned long long)sim->rpcs_lost, (unsigned long long)sim->net.broken,
           (unsigned long long)sum.counts.replays, (unsigned long long)sum.counts.broken_promises);
}

static void print_failure(const struct options *options, const struct sim *sim)
{
    const struct sim_config *config = &sim->config;
    printf("%s (%u in all)\n"
           "again: ghmesh-sim --scenario %s --nodes %u --seed %llu --messages %u --degree %u\n",
           sim->failure, sim->failures, options->scenario->name, config->nodes,
           (unsigned long long)config->seed, config->messages / options->scenario->times,
           config->degree);
}

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    struct options options = {
        .config = {.seed = 1, .nodes = 30, .messages = 40, .degree = 5, .bytes = 200},
    };
    struct sim sim;
    if (!read_options(&options, argc, argv)) {
        fputs(usage_text, stderr);
        return 2;
    }
    options.config.messages *= options.scenario->times;
    sim_init(&sim, &options.config);
    lossy_begin(0, options.config.seed);
    options.scenario->play(&sim);
    if (sim.failures > 0) print_failure(&options, &sim);
    print(&options, &sim, seconds_now());
    sim_fini(&sim);
    return sim.failures > 0 ? 1 : 0;
}
