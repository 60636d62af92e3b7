/* SPDX-License-Identifier: MIT */
/* `bench-visible DIR SECRET`: from the call of ghm_put in one process until ghm_get answers in
 * another that is a member of the same mesh, against a TCP echo between the same two processes.
 * Nanoseconds, the median and the 99th percentile of a round.
 *
 * The second process watches with a thread that runs only when its processor has nothing else to do
 * (SCHED_IDLE). It keeps that processor awake, so the echo is measured in the same state; and once
 * more with the watcher asleep. */
#include "echo.h"
#include "sample.h"
#include "stopwatch.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TIMES 400
#define WARM_UP 200
#define TTL_S 3600
#define PAUSE_NS 200000
#define POLL_NS 2000000
#define JOIN_POLLS 5000
#define LINE_SIZE 256

/* What both processes look at. */
struct board {
    atomic_uint wanted;    /* the number whose value is looked for; 0: none yet */
    atomic_bool is_asleep; /* the watcher */
    atomic_bool is_over;
};

struct pair {
    struct board *board;
    int listener;
    int address[2]; /* first process to second: where to connect to */
    int seen[2];    /* second to first: when a value was seen */
};

static void pause_for(long wait_ns)
{
    struct timespec wait = {.tv_nsec = wait_ns};
    (void)nanosleep(&wait, NULL);
}

static void key_of(char ret_key[SAMPLE_KEY_SIZE], unsigned number)
{
    (void)snprintf(ret_key, SAMPLE_KEY_SIZE, "bench_visible:number=%u", number);
}

/* Until the node listens, and then until it has a member. */
static void wait_until(ghm *cache, struct ghm_stats *ret_stats, bool is_joined)
{
    for (int i = 0; i < JOIN_POLLS; i++) {
        int error = ghm_stats_read(cache, ret_stats);
        if (error != GHM_OK) stopwatch_fail("ghm_stats_read", error);
        if (is_joined ? ret_stats->connected_peers > 0 : ret_stats->listen_port > 0) return;
        pause_for(POLL_NS);
    }
    stopwatch_fail("joining the mesh", 0);
}

/* ---- the second process ---- */

static void tell(int fd, uint64_t value)
{
    if (write(fd, &value, sizeof value) != sizeof value) stopwatch_fail("writing to a pipe", errno);
}

static void watch(struct pair *pair, ghm *cache)
{
    const struct sched_param none = {0};
    char key[SAMPLE_KEY_SIZE];
    unsigned seen = 0;
    if (sched_setscheduler(0, SCHED_IDLE, &none) != 0) stopwatch_fail("SCHED_IDLE", errno);
    while (!atomic_load(&pair->board->is_over)) {
        ghm_answer *answer;
        unsigned wanted = atomic_load(&pair->board->wanted);
        if (atomic_load(&pair->board->is_asleep)) pause_for(POLL_NS);
        if (wanted == seen) continue;
        key_of(key, wanted);
        if (ghm_get(cache, &answer, key) != GHM_OK) continue;
        tell(pair->seen[1], stopwatch_now_ns());
        ghm_answer_free(answer);
        seen = wanted;
    }
}

static void second(struct pair *pair, const char *dir, const char *secret)
{
    char address[LINE_SIZE];
    struct ghm_stats stats;
    /* The watcher never waits: it must not outlive the first process. */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) stopwatch_fail("PR_SET_PDEATHSIG", errno);
    stopwatch_pin(1);
    echo_serve(pair->listener);
    ssize_t len = read(pair->address[0], address, sizeof address - 1);
    if (len <= 0) exit(1);
    address[len] = '\0';
    ghm *cache = sample_open(SAMPLE_MEMBER, dir, secret, address);
    wait_until(cache, &stats, true);
    tell(pair->seen[1], 0);
    watch(pair, cache);
    ghm_close(cache);
}

/* ---- the first ---- */

static uint64_t hear(int fd)
{
    uint64_t value;
    if (read(fd, &value, sizeof value) != sizeof value) stopwatch_fail("reading a pipe", errno);
    return value;
}

static uint64_t put_once(struct pair *pair, ghm *cache, unsigned number)
{
    char key[SAMPLE_KEY_SIZE];
    char body[SAMPLE_BODY_LEN];
    key_of(key, number);
    sample_body(body, number);
    atomic_store(&pair->board->wanted, number);
    uint64_t start_ns = stopwatch_now_ns();
    int error = ghm_put(cache, key, body, sizeof body, TTL_S, 0);
    if (error != GHM_OK) stopwatch_fail("ghm_put", error);
    return hear(pair->seen[0]) - start_ns;
}

#define FIGURES(X)                                                                                 \
    X(VISIBLE, "visible")                                                                          \
    X(ONE_WAY, "one_way")                                                                          \
    X(ROUND_TRIP, "round_trip")                                                                    \
    X(ONE_WAY_ASLEEP, "one_way_asleep")                                                            \
    X(ROUND_TRIP_ASLEEP, "round_trip_asleep")

enum figure {
#define FIGURE_ENUM(id, name) id,
    FIGURES(FIGURE_ENUM)
#undef FIGURE_ENUM
        FIGURE_COUNT
};

static uint64_t samples[FIGURE_COUNT][TIMES];

static void put_all(struct pair *pair, ghm *cache, unsigned first)
{
    for (unsigned i = 0; i < TIMES; i++) {
        samples[VISIBLE][i] = put_once(pair, cache, first + i);
        pause_for(PAUSE_NS);
    }
}

static void echo_all(struct pair *pair, int fd, bool is_asleep)
{
    enum figure one_way = is_asleep ? ONE_WAY_ASLEEP : ONE_WAY;
    atomic_store(&pair->board->is_asleep, is_asleep);
    pause_for(2 * POLL_NS);
    for (unsigned i = 0; i < TIMES; i++) {
        struct echo_times times = echo_once(fd);
        samples[one_way][i] = times.one_way_ns;
        samples[one_way + 1][i] = times.round_trip_ns;
        pause_for(PAUSE_NS);
    }
    atomic_store(&pair->board->is_asleep, false);
    pause_for(2 * POLL_NS);
}

static void report(void)
{
    static const char *const names[2 * FIGURE_COUNT] = {
#define FIGURE_NAMES(id, name) name "_p50", name "_p99",
        FIGURES(FIGURE_NAMES)
#undef FIGURE_NAMES
    };
    double values[2 * FIGURE_COUNT];
    for (size_t i = 0; i < FIGURE_COUNT; i++) {
        values[2 * i] = stopwatch_quantile(samples[i], TIMES, 0.5);
        values[2 * i + 1] = stopwatch_quantile(samples[i], TIMES, 0.99);
    }
    stopwatch_report(names, values, 2 * FIGURE_COUNT);
}

static void first(struct pair *pair, const char *dir, const char *secret)
{
    char address[LINE_SIZE];
    struct ghm_stats stats;
    unsigned number = 1;
    stopwatch_pin(0);
    ghm *cache = sample_open(SAMPLE_MEMBER, dir, secret, "");
    wait_until(cache, &stats, false);
    int len = snprintf(address, sizeof address, "/ip4/127.0.0.1/tcp/%u/p2p/%s", stats.listen_port,
                       stats.peer_id);
    if (write(pair->address[1], address, (size_t)len) != len) stopwatch_fail("writing", errno);
    int fd = echo_accept(pair->listener);
    wait_until(cache, &stats, true);
    (void)hear(pair->seen[0]);
    for (; number <= WARM_UP; number++)
        (void)put_once(pair, cache, number);
    for (; stopwatch_round(); number += TIMES) {
        put_all(pair, cache, number);
        echo_all(pair, fd, false);
        echo_all(pair, fd, true);
        report();
    }
    atomic_store(&pair->board->is_over, true);
    (void)close(fd);
    ghm_close(cache);
}

int main(int argc, char **argv)
{
    char dir[1024];
    struct pair pair = {.listener = echo_listen()};
    if (argc != 3) stopwatch_fail("usage: bench-visible DIR SECRET", argc);
    pair.board =
        mmap(NULL, sizeof *pair.board, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (pair.board == MAP_FAILED || pipe(pair.address) != 0 || pipe(pair.seen) != 0)
        stopwatch_fail("mmap or pipe", errno);
    pid_t child = fork();
    if (child < 0) stopwatch_fail("fork", errno);
    (void)snprintf(dir, sizeof dir, "%s/%s", argv[1], child == 0 ? "second" : "first");
    /* Each end belongs to one process: when the other dies, reading ends. */
    (void)close(pair.address[child == 0 ? 1 : 0]);
    (void)close(pair.seen[child == 0 ? 0 : 1]);
    if (child == 0) {
        second(&pair, dir, argv[2]);
        return 0;
    }
    first(&pair, dir, argv[2]);
    return waitpid(child, NULL, 0) == child ? 0 : 1;
}
