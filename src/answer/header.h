/* SPDX-License-Identifier: MIT */
/* Header blocks: "name: value\n" lines. Blocks that are kept have names in lower case and only
 * headers that belong to the answer, never those that belong to one caller or one moment. */
#ifndef GHM_ANSWER_HEADER_H
#define GHM_ANSWER_HEADER_H

#include "base/buf.h"

#include <stdbool.h>

struct ghm_header {
    struct ghm_bytes name;
    struct ghm_bytes value; /* without blanks around it; empty but not absent when there is none */
};

/**
 * Take the next header out of a block, kept or as it came from the network.
 *
 * Lines end with LF or CR LF; a line without a colon (a status line, the blank last line) is passed
 * over.
 *
 * @param walk the rest of the block; moved on
 * @return false at the end, and then nothing is written
 */
bool ghm_header_next(struct ghm_bytes *walk, struct ghm_header *ret_header);

/** Is this the name, in any case? `lower_name` is in lower case. */
bool ghm_header_is_named(struct ghm_bytes name, const char *lower_name);

/** The value of the first header of this name in any case; absent when there is none. */
struct ghm_bytes ghm_header_find(struct ghm_bytes block, const char *name);

/** Is there a header of this name, which is in lower case, in the block in any case? */
bool ghm_header_has(struct ghm_bytes block, struct ghm_bytes lower_name);

/** Read the first header of this name as decimal digits. GHM_OK; GHM_ENOTFOUND; GHM_EINVAL for
 * anything but 1 to 18 digits. */
int ghm_header_number(int64_t *ret_number, struct ghm_bytes block, const char *name) GHM_MUST_USE;

/** Does a kept block have the right form: names in lower case, no control characters, every line
 * ended? What a peer sent is not used before this says yes. */
bool ghm_header_is_block(struct ghm_bytes block);

/** Is this response header, in any case, part of the answer? Location is for permanent redirects
 * only: others lead to addresses that are secrets of a minute. */
bool ghm_header_is_kept(struct ghm_bytes name, unsigned status);

/**
 * Append a response header to a kept block if it is kept, with its name in lower case.
 *
 * @param header what ghm_header_next gave
 * @return GHM_OK, appended or passed over (a value that no block can hold is passed over too);
 * errors as ghm_buf_append
 */
int ghm_header_keep(struct ghm_buf *buf, const struct ghm_header *header,
                    unsigned status) GHM_MUST_USE;

/**
 * Read an HTTP date.
 *
 * @param ret_ms milliseconds since 1970 UTC
 * @param value  "Sun, 06 Nov 1994 08:49:37 GMT", the one form that servers may send
 * @return GHM_OK; GHM_EINVAL for any other form or a day that is not in the calendar
 *
 * Spec: RFC 9110 section 5.6.7, IMF-fixdate
 */
int ghm_header_date_ms(int64_t *ret_ms, struct ghm_bytes value) GHM_MUST_USE;

#endif
