/* SPDX-License-Identifier: MIT */
/* Closes a cache while fetches of it wait: closing PATH, against an origin that does not answer.
 * What was started is told that it is over, and may be finished and freed after the close. */
#include "app.h"

#include <poll.h>

#define FETCHES 8

int main(int argc, char **argv)
{
    ghm *cache;
    char line[64];
    ghm_answer *answer;
    ghm_fetching *under_way[FETCHES];
    MUST(argc == 2);
    MUST(ghm_open(&cache, NULL) == GHM_OK);
    for (int i = 0; i < FETCHES; i++) {
        char path[256];
        (void)snprintf(path, sizeof path, "%s/%d", argv[1], i / 2); /* two wait for one answer */
        MUST(ghm_fetch_start(cache, &under_way[i], path, NULL) == GHM_OK);
        MUST(ghm_fetching_finish(under_way[i], &answer) == GHM_EAGAIN);
    }
    app_say("waiting");
    (void)app_hear(line, sizeof line); /* the origin has seen them */
    ghm_fetching_free(under_way[0]);
    ghm_close(cache);
    for (int i = 1; i < FETCHES; i++) {
        struct pollfd fd = {.fd = ghm_fetching_fd(under_way[i]), .events = POLLIN};
        MUST(poll(&fd, 1, 0) == 1);
        MUST(ghm_fetching_finish(under_way[i], &answer) == GHM_ECLOSED);
        ghm_fetching_free(under_way[i]);
    }
    app_say("closed");
    return 0;
}
