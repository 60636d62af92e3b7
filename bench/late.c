/* SPDX-License-Identifier: MIT */
/* `bench-late DIR SECRET`: a member with 10 000 values, and in each round a new one that has none
 * and dials it. Milliseconds from the start of the new one's node, and from the moment in which the
 * other is a member to it, until ghm_get first answers there and until it has them all; and the
 * bytes of the comparison, without the entries.
 *
 * The value that is asked for is a second newer than all others: the newest are sent first. */
#include "sample.h"
#include "stopwatch.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>

#define PAUSE_NS 100000
#define NEWER_NS 1100000000
#define TTL_S 86400
#define WAIT_NS UINT64_C(30000000000)
#define PATH_SIZE 1024

enum figure { START_TO_FIRST, MEMBER_TO_FIRST, MEMBER_TO_ALL, COMPARED, FIGURES };
static const char *const names[FIGURES] = {"start_to_first_ms", "member_to_first_ms",
                                           "member_to_all_ms", "compared_bytes"};

static void pause_for(long wait_ns)
{
    struct timespec wait = {.tv_sec = wait_ns / 1000000000, .tv_nsec = wait_ns % 1000000000};
    (void)nanosleep(&wait, NULL);
}

static bool is_member(ghm *cache, const struct ghm_stats *stats)
{
    (void)cache;
    return stats->connected_peers > 0;
}

static bool is_answered(ghm *cache, const struct ghm_stats *stats)
{
    char key[SAMPLE_KEY_SIZE];
    ghm_answer *answer;
    (void)stats;
    sample_key(key, SAMPLE_COUNT - 1);
    if (ghm_get(cache, &answer, key) != GHM_OK) return false;
    ghm_answer_free(answer);
    return true;
}

static bool has_all(ghm *cache, const struct ghm_stats *stats)
{
    (void)cache;
    return stats->cache_size >= SAMPLE_COUNT && stats->syncs > 0;
}

static bool is_listening(ghm *cache, const struct ghm_stats *stats)
{
    (void)cache;
    return stats->listen_port > 0;
}

/* Until it is so; when it was. */
static uint64_t wait_until(ghm *cache, struct ghm_stats *ret_stats, const char *what,
                           bool (*is_so)(ghm *cache, const struct ghm_stats *stats))
{
    uint64_t start_ns = stopwatch_now_ns();
    while (stopwatch_now_ns() - start_ns < WAIT_NS) {
        int error = ghm_stats_read(cache, ret_stats);
        if (error != GHM_OK) stopwatch_fail("ghm_stats_read", error);
        if (is_so(cache, ret_stats)) return stopwatch_now_ns();
        pause_for(PAUSE_NS);
    }
    stopwatch_fail(what, 0);
}

static double ms_between(uint64_t from_ns, uint64_t to_ns)
{
    return (double)(to_ns - from_ns) / 1e6;
}

static void play(double ret_values[FIGURES], const char *dir, const char *secret,
                 const char *bootstrap)
{
    struct ghm_stats stats;
    uint64_t start_ns = stopwatch_now_ns();
    ghm *late = sample_open(SAMPLE_MEMBER, dir, secret, bootstrap);
    uint64_t member_ns = wait_until(late, &stats, "joining the mesh", is_member);
    uint64_t first_ns = wait_until(late, &stats, "the first answer", is_answered);
    uint64_t all_ns = wait_until(late, &stats, "all answers", has_all);
    ret_values[START_TO_FIRST] = ms_between(start_ns, first_ns);
    ret_values[MEMBER_TO_FIRST] = ms_between(member_ns, first_ns);
    ret_values[MEMBER_TO_ALL] = ms_between(member_ns, all_ns);
    ret_values[COMPARED] = (double)stats.sync_bytes;
    ghm_close(late);
}

static void put_newest(ghm *cache)
{
    char key[SAMPLE_KEY_SIZE];
    char body[SAMPLE_BODY_LEN];
    pause_for(NEWER_NS);
    sample_key(key, SAMPLE_COUNT - 1);
    sample_body(body, SAMPLE_COUNT - 1);
    int error = ghm_put(cache, key, body, sizeof body, TTL_S, 0);
    if (error != GHM_OK) stopwatch_fail("ghm_put", error);
}

int main(int argc, char **argv)
{
    struct ghm_stats stats;
    double values[FIGURES];
    char path[PATH_SIZE];
    char bootstrap[PATH_SIZE];
    if (argc != 3) stopwatch_fail("usage: bench-late DIR SECRET", EINVAL);
    (void)snprintf(path, sizeof path, "%.900s/knowing", argv[1]);
    ghm *knowing = sample_open(SAMPLE_MEMBER, path, argv[2], "");
    sample_fill(knowing);
    put_newest(knowing);
    (void)wait_until(knowing, &stats, "listening", is_listening);
    (void)snprintf(bootstrap, sizeof bootstrap, "/ip4/127.0.0.1/tcp/%u/p2p/%s", stats.listen_port,
                   stats.peer_id);
    for (unsigned round = 0; stopwatch_round(); round++) {
        (void)snprintf(path, sizeof path, "%.900s/late-%u", argv[1], round);
        play(values, path, argv[2], bootstrap);
        stopwatch_report(names, values, FIGURES);
    }
    ghm_close(knowing);
    return 0;
}
