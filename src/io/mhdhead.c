/* SPDX-License-Identifier: MIT */
#include "io/mhdhead.h"

#define ENDS_OF_TWO_LINES 4 /* the request line's CR LF, and the empty line's */
#define NULS_OF_A_HEADER 3  /* its colon, and its CR LF */

static size_t count_nuls(struct ghm_bytes bytes)
{
    size_t count = 0;
    for (size_t i = 0; i < bytes.len; i++)
        count += bytes.ptr[i] == '\0';
    return count;
}

bool ghm_mhdhead_hides(const struct ghm_mhdhead *head)
{
    if (strncmp(head->library_text, "0.", 2) != 0) return false;
    uintptr_t start = (uintptr_t)head->bytes.ptr;
    size_t target_end = (uintptr_t)head->target.ptr - start + head->target.len;
    size_t version_at = (uintptr_t)head->version - start;
    if (version_at >= head->bytes.len || version_at != target_end + 1) return true;
    size_t nuls_max = ENDS_OF_TWO_LINES + NULS_OF_A_HEADER * head->headers_count;
    return count_nuls(ghm_bytes_from(head->bytes, version_at)) > nuls_max;
}
