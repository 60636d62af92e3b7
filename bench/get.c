/* SPDX-License-Identifier: MIT */
/* `bench-get DIR SECRET`: ghm_get of 1 KB against LMDB's own get, in this process. Nanoseconds per
 * get. */
#include "bare.h"
#include "stopwatch.h"

#include <stdlib.h>

#define GETS 100000

static char keys[SAMPLE_COUNT][SAMPLE_KEY_SIZE];

/* Whoever reads must have read: the sum of all first and last bytes is known. */
static void check(unsigned sum)
{
    if (sum != GETS * ((unsigned)'{' + (unsigned)'}')) stopwatch_fail("reading", (int)sum);
}

static unsigned ours(ghm *cache, unsigned index)
{
    ghm_answer *answer;
    size_t len;
    int error = ghm_get(cache, &answer, keys[index]);
    if (error != GHM_OK) stopwatch_fail("ghm_get", error);
    const char *body = ghm_answer_body(answer, &len);
    unsigned sum = (unsigned)(unsigned char)body[0] + (unsigned char)body[len - 1];
    ghm_answer_free(answer);
    return sum;
}

enum who { OURS, TOUCH, COPY, WHO_COUNT };
static const char *const names[WHO_COUNT] = {"ours", "touch", "copy"};

static unsigned get(enum who who, ghm *cache, struct bare *bare, unsigned index)
{
    char body[SAMPLE_BODY_LEN];
    switch (who) {
    case OURS:
        return ours(cache, index);
    case TOUCH:
        return bare_touch(bare, index);
    case COPY:
        return bare_copy(bare, body, index);
    case WHO_COUNT:
        break;
    }
    abort();
}

static double run(enum who who, ghm *cache, struct bare *bare)
{
    unsigned sum = 0;
    unsigned index = 0;
    uint64_t start_ns = stopwatch_now_ns();
    for (int i = 0; i < GETS; i++, index = sample_next(index))
        sum += get(who, cache, bare, index);
    uint64_t took_ns = stopwatch_now_ns() - start_ns;
    check(sum);
    return (double)took_ns / GETS;
}

int main(int argc, char **argv)
{
    struct bare bare;
    double values[WHO_COUNT];
    if (argc != 3) stopwatch_fail("usage: bench-get DIR SECRET", argc);
    stopwatch_pin(0);
    for (unsigned i = 0; i < SAMPLE_COUNT; i++)
        sample_key(keys[i], i);
    ghm *cache = sample_open(SAMPLE_ALONE, argv[1], argv[2], "");
    sample_fill(cache);
    bare_open(&bare, argv[1]);
    for (unsigned round = 0; stopwatch_round(); round++) {
        for (unsigned i = 0; i < WHO_COUNT; i++) {
            enum who who = (enum who)((round + i) % WHO_COUNT);
            values[who] = run(who, cache, &bare);
        }
        stopwatch_report(names, values, WHO_COUNT);
    }
    bare_close(&bare);
    ghm_close(cache);
    return 0;
}
