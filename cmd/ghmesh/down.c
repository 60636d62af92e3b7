/* SPDX-License-Identifier: MIT */
#include "command.h"
#include "io/home.h"
#include "io/visit.h"

#include <inttypes.h>
#include <stdio.h>

#define WAIT_MS 15000 /* it may answer for 10 s what it was asked, and serve its guests */

static int end(struct ghm_visit *visit)
{
    uint32_t pid = visit->hello.pid;
    int error = ghm_visit_leave(visit, WAIT_MS);
    if (error == GHM_ENOTSUP) {
        (void)fprintf(stderr, "ghmesh: process %" PRIu32 " hosts, and is no agent\n", pid);
        return EXIT_NO;
    }
    if (error != GHM_OK) return command_failed(error, "agent %" PRIu32 " does not end", pid);
    return printf("agent %" PRIu32 " ended\n", pid) >= 0 ? EXIT_DONE : EXIT_LOCAL;
}

int command_down(int argc, char **argv)
{
    char dir[GHM_FILES_PATH_MAX];
    struct ghm_visit visit;
    int code = EXIT_LOCAL;
    if (argc > 1) return command_usage("down", "unknown argument \"%s\"", argv[1]);
    ghm_config *config = command_config_new(&code);
    if (config == NULL) return code;
    int error = ghm_config_dir(config, dir, sizeof dir);
    ghm_config_free(config);
    if (error != GHM_OK) return command_failed(error, "no place for the cache; set GHMESH_DIR");
    error = ghm_visit_open(&visit, dir);
    if (error == GHM_ENOTFOUND) return EXIT_DONE; /* as it was to be */
    if (error != GHM_OK) return command_failed(error, "who hosts %s does not say so", dir);
    code = end(&visit);
    ghm_visit_close(&visit);
    return code;
}
