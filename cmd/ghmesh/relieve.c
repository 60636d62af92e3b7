/* SPDX-License-Identifier: MIT */
#include "relieve.h"

#include "io/visit.h"

#define WAIT_MS 15000 /* it may answer for 10 s what it was asked, and serve its guests */

uint32_t relieve(const char *dir)
{
    struct ghm_visit visit;
    uint32_t pid = 0;
    if (ghm_visit_open(&visit, dir) != GHM_OK) return 0;
    if (visit.hello.is_agent && visit.hello.idle_s == 0)
        pid = visit.hello.pid;
    else if (visit.hello.is_agent)
        (void)!ghm_visit_leave(&visit, WAIT_MS);
    ghm_visit_close(&visit);
    return pid;
}
