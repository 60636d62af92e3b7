/* SPDX-License-Identifier: MIT */
/* The HTTP face of a node: the doors that HTTP clients come in by, opened, kept and closed. What
 * they ask is for calls.h. */
#ifndef GHM_IO_FACE_H
#define GHM_IO_FACE_H

#include "io/loop.h"

#define GHM_FACE_DOORS_MAX 8

struct ghm_face;

struct ghm_face_config {
    struct ghm_home *home; /* borrowed while the face lives */
    struct ghm_loop *loop; /* likewise; its ANSWERs are to be handed to ghm_face_answered */
    void *context;
    /** HTTP is answered at `place`: a path, or "http://127.0.0.1:8080". Once for each. */
    void (*opened)(void *context, const char *place);
    /** After ghm_face_stop: nothing is under way any more. */
    void (*stopped)(void *context);
};

/** Make the face and open its doors. A door that cannot be opened is logged and left out; one at
 * which another process answers is tried again until it is free. GHM_ECONFIG; GHM_ENOMEM. */
int ghm_face_new(struct ghm_face **ret_face, const struct ghm_face_config *config) GHM_MUST_USE;

/** An ask of the loop is answered: ghm_loop_config.answered. */
void ghm_face_answered(struct ghm_face *face, uint64_t id, int error,
                       struct ghm_answer *take_answer);

/** As ghm_httpd_keep, before ghm_face_stop. */
size_t ghm_face_keep(const struct ghm_face *face, int ret_fds[GHM_FACE_DOORS_MAX]);

/** Accept no more, answer what is under way, then say `stopped`. */
void ghm_face_stop(struct ghm_face *face);

/** Drop everything and begin to close the handles; the memory is given back while the loop runs
 * on. NULL is accepted. */
void ghm_face_free(struct ghm_face *face);

#endif
