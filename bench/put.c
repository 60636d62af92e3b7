/* SPDX-License-Identifier: MIT */
/* `bench-put DIR SECRET`: ghm_put of 1 KB, alone and as a node of a mesh, against one LMDB put that
 * does not wait for the disk. All replace what is there. DIR has a directory `bare`.
 * Nanoseconds per put. */
#include "bare.h"
#include "stopwatch.h"

#include <stdio.h>
#include <stdlib.h>

#define PUTS 4000
#define TTL_S 86400

static char keys[SAMPLE_COUNT][SAMPLE_KEY_SIZE];
static char bodies[SAMPLE_COUNT][SAMPLE_BODY_LEN];

enum who { ALONE, MESH, BARE, WHO_COUNT };
static const char *const names[WHO_COUNT] = {"alone", "mesh", "bare"};

struct contest {
    ghm *caches[BARE];
    struct bare bare;
};

static void put(struct contest *contest, enum who who, unsigned index)
{
    if (who == BARE) {
        bare_put(&contest->bare, index, bodies[index]);
        return;
    }
    int error =
        ghm_put(contest->caches[who], keys[index], bodies[index], SAMPLE_BODY_LEN, TTL_S, 0);
    if (error != GHM_OK) stopwatch_fail("ghm_put", error);
}

static double run(struct contest *contest, enum who who, unsigned index)
{
    uint64_t start_ns = stopwatch_now_ns();
    for (int i = 0; i < PUTS; i++, index = sample_next(index))
        put(contest, who, index);
    return (double)(stopwatch_now_ns() - start_ns) / PUTS;
}

static void open_all(struct contest *contest, const char *dir, const char *secret)
{
    static const enum sample_role roles[BARE] = {SAMPLE_ALONE, SAMPLE_MEMBER};
    char path[1024];
    for (unsigned who = ALONE; who < BARE; who++) {
        (void)snprintf(path, sizeof path, "%s/%s", dir, names[who]);
        contest->caches[who] = sample_open(roles[who], path, secret, "");
        sample_fill(contest->caches[who]);
    }
    (void)snprintf(path, sizeof path, "%s/%s", dir, names[BARE]);
    bare_open(&contest->bare, path);
}

int main(int argc, char **argv)
{
    struct contest contest;
    double values[WHO_COUNT];
    if (argc != 3) stopwatch_fail("usage: bench-put DIR SECRET", argc);
    for (unsigned i = 0; i < SAMPLE_COUNT; i++) {
        sample_key(keys[i], i);
        sample_body(bodies[i], i);
    }
    open_all(&contest, argv[1], argv[2]);
    /* After the node's thread was made, which may use the other processor. */
    stopwatch_pin(0);
    for (unsigned round = 0; stopwatch_round(); round++) {
        for (unsigned i = 0; i < WHO_COUNT; i++) {
            enum who who = (enum who)((round + i) % WHO_COUNT);
            values[who] = run(&contest, who, round * 61 % SAMPLE_COUNT);
        }
        stopwatch_report(names, values, WHO_COUNT);
    }
    bare_close(&contest.bare);
    ghm_close(contest.caches[MESH]);
    ghm_close(contest.caches[ALONE]);
    return 0;
}
