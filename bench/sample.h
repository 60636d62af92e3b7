/* SPDX-License-Identifier: MIT */
/* What is stored: 10 000 values of 1 KB, each a repository as GitHub tells of one, under keys in
 * the seed's form, and one order in which all contenders ask for them. */
#ifndef BENCH_SAMPLE_H
#define BENCH_SAMPLE_H

#include <ghmesh.h>

#define SAMPLE_COUNT 10000
#define SAMPLE_BODY_LEN 1024
#define SAMPLE_KEY_SIZE 64

/** Write the key of a sample, terminated. */
void sample_key(char ret_key[SAMPLE_KEY_SIZE], unsigned index);

/** Write its value: JSON text of exactly SAMPLE_BODY_LEN bytes, not terminated. */
void sample_body(char ret_body[SAMPLE_BODY_LEN], unsigned index);

/** The index after this one: all of them once, in an order that no prefetcher knows. */
unsigned sample_next(unsigned index);

enum sample_role {
    SAMPLE_ALONE,  /* GHMESH_P2P=false */
    SAMPLE_MEMBER, /* a node of the mesh of `secret` */
};

/** Open a cache in `dir`. `bootstrap` is the multiaddr of another member, or "". */
ghm *sample_open(enum sample_role role, const char *dir, const char *secret, const char *bootstrap);

/** Put all samples into a cache. */
void sample_fill(ghm *cache);

#endif
