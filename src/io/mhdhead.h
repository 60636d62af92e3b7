/* SPDX-License-Identifier: MIT */
/* What libmicrohttpd hides of a request's head: it hands out texts that end at the first NUL, also
 * at one that the client sent, so that another request is answered than the one that was asked. */
#ifndef GHM_IO_MHDHEAD_H
#define GHM_IO_MHDHEAD_H

#include "base/bytes.h"

#include <stdbool.h>

struct ghm_mhdhead {
    struct ghm_bytes bytes;   /* the head's memory, from the method to the empty line */
    struct ghm_bytes target;  /* as handed out; in `bytes` */
    const char *version;      /* likewise */
    size_t headers_count;     /* likewise */
    const char *library_text; /* libmicrohttpd's version, "0.9.75" */
};

/** Did the client send a NUL, or a line that is handed out in no header or goes on in the next?
 * Versions from 1 on refuse all of these themselves; what they leave in memory is not known. */
bool ghm_mhdhead_hides(const struct ghm_mhdhead *head);

#endif
