/* SPDX-License-Identifier: MIT */
/* An entry: what is known of one variant's answer, and its two byte forms (the same codec serves
 * the store and, inside a sealed announcement, the wire). */
#ifndef GHM_ANSWER_ENTRY_H
#define GHM_ANSWER_ENTRY_H

#include "answer/variant.h"
#include "base/buf.h"

#include <stdbool.h>

#define GHM_ENTRY_BODY_MAX (UINT32_C(32) << 20) /* larger answers pass through uncached */
#define GHM_ENTRY_HEADERS_MAX (UINT32_C(64) << 10)

/** Who may see an answer without proof: the keyed fingerprint of one credential. All zero is the
 * anonymous identity, whose answers everybody may see. */
struct ghm_identity {
    uint8_t fp[16];
};

enum ghm_entry_kind {
    GHM_ENTRY_ORIGIN = 1, /* an answer of GitHub */
    GHM_ENTRY_PUT = 2,    /* a value put by a program */
};

struct ghm_entry {
    enum ghm_entry_kind kind;
    uint16_t status;              /* 200, ... ; 200 for PUT */
    bool from_peer;               /* learned from a member of the mesh */
    int64_t date_ms;              /* GitHub time of the newest proof that this body is right */
    uint32_t ttl_s;               /* fresh while younger than this */
    struct ghm_identity identity; /* who got it */
    uint8_t body_sha256[32];
    struct ghm_bytes name;    /* the variant's name */
    struct ghm_bytes headers; /* kept headers, "name: value\n" each, names in lower case */
    struct ghm_bytes body;
};

/** Is it within the bounds above: a name, and headers and a body that are not too long? */
bool ghm_entry_is_bounded(const struct ghm_entry *entry);

/** The bytes that ghm_entry_append will add. */
size_t ghm_entry_size(const struct ghm_entry *entry);

/** Write the byte form into ret_bytes[ghm_entry_size]. The entry is within the bounds above. */
void ghm_entry_write(uint8_t *ret_bytes, const struct ghm_entry *entry);

/** Append the byte form. GHM_ELIMIT for an entry past the bounds above; errors as ghm_buf_append.
 */
int ghm_entry_append(struct ghm_buf *buf, const struct ghm_entry *entry) GHM_MUST_USE;

/** Read the byte form; views point into `in`. Shape and bounds are checked, the body hash is not.
 * GHM_EPROTO. */
int ghm_entry_decode(struct ghm_entry *ret_entry, struct ghm_bytes in) GHM_MUST_USE;

/** The byte form up to the body, for who writes the body in another way: its length, and the bytes
 * that say the length of the body as it is. The entry is within the bounds above. */
size_t ghm_entry_front_size(const struct ghm_entry *entry);
void ghm_entry_write_front(uint8_t *ret_bytes, const struct ghm_entry *entry);

/** Read such a form: as ghm_entry_decode, but the entry's body is whatever follows, and
 * `ret_body_len` the length said, at most GHM_ENTRY_BODY_MAX. GHM_EPROTO. */
int ghm_entry_decode_front(struct ghm_entry *ret_entry, size_t *ret_body_len,
                           struct ghm_bytes in) GHM_MUST_USE;

/** Which of two answers of one variant every member keeps: positive when `a` wins. The newer GitHub
 * date, then the larger body hash, then 0 (the same answer). */
int ghm_entry_compare(const struct ghm_entry *a, const struct ghm_entry *b);

#endif
