/* SPDX-License-Identifier: MIT */
/* The wire form of range-based set reconciliation: a message is a version and ranges that follow
 * one another from the beginning of the order; what no range covers is skipped.
 *
 *   message: 0x61  range*          range: bound  mode  payload
 *   bound:   timestamp  id length  the start of an id (the rest is zeros); not in the range itself
 *   mode:    0 skip: nothing   1 fingerprint: 16 bytes   2 ids: their number, 32 bytes each
 *
 * Numbers have 7 bits a byte, the most significant first. A timestamp is 0 for the end of the
 * order, else 1 + what it is more than the one before.
 *
 * Spec: negentropy protocol v1 */
#ifndef GHM_MESH_RANGE_H
#define GHM_MESH_RANGE_H

#include "base/bytes.h"
#include "base/error.h"

#define GHM_RANGE_VERSION 0x61
#define GHM_RANGE_ID_LEN 32
#define GHM_RANGE_FINGERPRINT_LEN 16
#define GHM_RANGE_END UINT64_MAX /* the timestamp behind every other */
#define GHM_RANGE_NUMBER_MAX 10
#define GHM_RANGE_HEAD_MAX (10 + 2 + 32) /* bytes of a bound and a mode at most */
#define GHM_RANGE_COUNT_MAX 8192         /* ranges in one message at most */

/** Write a number in its shortest form; returns the bytes written. */
size_t ghm_range_number(uint8_t ret_bytes[GHM_RANGE_NUMBER_MAX], uint64_t number);

/** A place in the order: by timestamp, then by id. */
struct ghm_range_place {
    uint64_t timestamp;
    uint8_t id[GHM_RANGE_ID_LEN];
};

int ghm_range_compare(const struct ghm_range_place *a, const struct ghm_range_place *b);

/** Where a range ends: at the first place that has these first bytes of an id. */
struct ghm_range_bound {
    struct ghm_range_place place; /* zeros after the id's start */
    size_t id_len;
};

struct ghm_range_bound ghm_range_end(void);

/** The shortest bound that is above `below` and not above `at`, which is above it. */
struct ghm_range_bound ghm_range_between(const struct ghm_range_place *below,
                                         const struct ghm_range_place *at);

enum ghm_range_mode {
    GHM_RANGE_SKIP = 0,
    GHM_RANGE_FINGERPRINT = 1,
    GHM_RANGE_IDS = 2,
};

struct ghm_range {
    struct ghm_range_bound upper;
    enum ghm_range_mode mode;
    struct ghm_bytes payload; /* the fingerprint, or the ids one after another */
};

struct ghm_range_reader {
    struct ghm_bytes rest;
    struct ghm_range_bound last;
    size_t count;
    const char *reason; /* of GHM_EPROTO */
};

/** Begin to read a message. GHM_OK; GHM_ENOTSUP for another version; GHM_EPROTO. */
int ghm_range_open(struct ghm_range_reader *ret_reader, struct ghm_bytes message) GHM_MUST_USE;

/** Read one range; its payload views the message. GHM_OK; GHM_ENOTFOUND at the end; GHM_EPROTO with
 * a reason: cut short, a number that is too long or not in its shortest form, bounds that descend,
 * ranges behind the end, too many. */
int ghm_range_next(struct ghm_range_reader *reader, struct ghm_range *ret_range) GHM_MUST_USE;

/** A message as it is written, into bytes of the caller that are enough. */
struct ghm_range_writer {
    uint8_t *bytes;
    size_t size;
    size_t len;
    uint64_t timestamp; /* of the last bound */
};

/** Begin a message in bytes[size]. */
void ghm_range_begin(struct ghm_range_writer *ret_writer, uint8_t *bytes, size_t size);

void ghm_range_write_skip(struct ghm_range_writer *writer, const struct ghm_range_bound *upper);
void ghm_range_write_fingerprint(struct ghm_range_writer *writer,
                                 const struct ghm_range_bound *upper,
                                 const uint8_t fingerprint[GHM_RANGE_FINGERPRINT_LEN]);

/** The head of a list; `count` times ghm_range_write_id follows. */
void ghm_range_write_ids(struct ghm_range_writer *writer, const struct ghm_range_bound *upper,
                         size_t count);
void ghm_range_write_id(struct ghm_range_writer *writer, const uint8_t id[GHM_RANGE_ID_LEN]);

#endif
