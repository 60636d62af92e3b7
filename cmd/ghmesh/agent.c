/* SPDX-License-Identifier: MIT */
#include "command.h"
#include "io/door.h"
#include "io/net.h"
#include "serve.h"

#include <stdio.h>

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

int command_agent(int argc, char **argv)
{
    struct ghm_home home;
    int code = EXIT_LOCAL;
    if (argc > 1) return command_usage("agent", "unknown argument \"%s\"", argv[1]);
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
        struct serve_config serve_config = {.home = &home, .is_reloadable = true};
        code = serve(&serve_config);
    } else {
        (void)fprintf(stderr, "ghmesh: %s\n", problem);
        code = EXIT_USAGE;
    }
    ghm_home_close(&home);
    return serve_anew(code);
}
