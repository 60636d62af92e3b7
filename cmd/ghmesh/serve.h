/* SPDX-License-Identifier: MIT */
/* The node of this process: mesh and HTTP face in one loop, until it is told to end. */
#ifndef GHM_CMD_SERVE_H
#define GHM_CMD_SERVE_H

#include "io/home.h"

struct serve_config {
    struct ghm_home *home;
    bool is_quiet;   /* the places where it listens and answers are not printed */
    bool is_agent;   /* a program of its own: SIGHUP ends it too, for serve_anew, and so may a
                        guest */
    uint32_t idle_s; /* it ends when nobody has asked for so long; 0: never */
    bool needs_face; /* a node that cannot answer HTTP is of no use; else it is still a node */
};

/** Run until SIGINT or SIGTERM; the first lets what is under way be answered, the next does not.
 * Once in a process. Returns the exit code. */
int serve(const struct serve_config *config);

/** After `serve`, and after all is closed: if SIGHUP ended it, become the same program with the
 * settings as they are now and the arguments `argv`; what connected meanwhile waits in the sockets.
 * Else returns `code`. */
int serve_anew(int code, char **argv);

#endif
