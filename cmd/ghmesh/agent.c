/* SPDX-License-Identifier: MIT */
#include "io/agent.h"
#include "asking.h"
#include "command.h"
#include "io/door.h"
#include "io/net.h"
#include "relieve.h"
#include "serve.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#define ARGUMENTS_MAX 8

/* A node in the foreground says what it cannot use before it starts, instead of in its log. NULL:
 * all is well. */
static const char *check(struct ghm_home *home)
{
    struct ghm_identity identity;
    if (ghm_door_check(ghm_config_text(home->config, GHM_SETTING_HTTP)) != GHM_OK)
        return "GHMESH_HTTP must be socket, off, the absolute path of a socket, a port of this "
               "machine (8080, 127.0.0.1:8080), or several of them, comma-separated";
    if (!ghm_home_has_mesh(home)) return NULL;
    /* Of a secret that is slow to use this remembers what it finds: later starts do not wait. */
    if (ghm_home_identity(home, &identity, ghm_home_token(home)) != GHM_OK)
        return "GHMESH_SECRET is not usable: make one with ghmesh secret new";
    if (ghm_net_check(ghm_config_text(home->config, GHM_SETTING_LISTEN)) != GHM_OK)
        return "GHMESH_LISTEN must be a TCP port, or a multiaddr such as /ip4/127.0.0.1/tcp/9000";
    return NULL;
}

struct agent {
    int64_t idle_s;
    bool is_background;
};

/* NULL, or what is wrong. */
static const char *parse(struct agent *ret_agent, int argc, char **argv)
{
    static const struct option options[] = {{"idle", required_argument, NULL, 'i'},
                                            {"background", no_argument, NULL, 'b'},
                                            {NULL, 0, NULL, 0}};
    optind = 0;
    opterr = 0;
    if (argc > ARGUMENTS_MAX) return "too many arguments";
    for (int option; (option = getopt_long(argc, argv, "+", options, NULL)) != -1;) {
        if (option == '?') return "unknown option, or one that lacks its value";
        if (option == 'b') ret_agent->is_background = true;
        if (option == 'i' && !asking_duration(&ret_agent->idle_s, optarg))
            return "--idle wants a duration: 90s, 5m, 1h";
    }
    return optind == argc ? NULL : "it takes options only";
}

/* Of those in the background one is enough: it has the lock as long as it lives. */
static int run(struct ghm_home *home, const struct agent *agent)
{
    int lock_fd = -1;
    struct serve_config serve_config = {.home = home,
                                        .is_quiet = agent->is_background,
                                        .is_agent = true,
                                        .idle_s = (uint32_t)agent->idle_s};
    int error = agent->is_background ? ghm_files_lock(&lock_fd, home->dir, GHM_AGENT_LOCK) : GHM_OK;
    if (error == GHM_EBUSY) return EXIT_DONE;
    if (!agent->is_background) (void)relieve(home->dir);
    if (error != GHM_OK) return command_failed(error, "%s", home->dir);
    int code = serve(&serve_config);
    ghm_files_unlock(lock_fd);
    return code;
}

int command_agent(int argc, char **argv)
{
    struct ghm_home home;
    struct agent agent = {0};
    int code = EXIT_LOCAL;
    const char *wrong = parse(&agent, argc, argv);
    if (wrong != NULL) return command_usage("agent", "%s", wrong);
    ghm_config *config = command_config_new(&code);
    if (config == NULL) return code;
    command_find_token(config);
    int error = ghm_home_open(&home, config);
    ghm_config_free(config);
    if (error != GHM_OK) {
        (void)fprintf(stderr, "ghmesh: %s\n", home.problem);
        return error == GHM_ECONFIG ? EXIT_USAGE : EXIT_LOCAL;
    }
    const char *problem = check(&home);
    if (problem == NULL) {
        code = run(&home, &agent);
    } else {
        (void)fprintf(stderr, "ghmesh: %s\n", problem);
        code = EXIT_USAGE;
    }
    ghm_home_close(&home);
    char *anew[ARGUMENTS_MAX + 2] = {(char[]){"ghmesh"}};
    memcpy(anew + 1, argv, (size_t)argc * sizeof argv[0]);
    return serve_anew(code, anew);
}
