/* SPDX-License-Identifier: MIT */
#include "command.h"
#include "io/loop.h"
#include "io/net.h"

#include <signal.h>
#include <stdio.h>

static struct ghm_loop *running; /* for the signal handler */

static void on_signal(int number)
{
    (void)number;
    ghm_loop_stop(running);
}

static void on_woken(void *context)
{
    (void)context; /* nobody asks the agent's own loop for anything */
}

static void on_answered(void *context, uint64_t id, int error, struct ghm_answer *take_answer)
{
    (void)context;
    (void)id;
    (void)error;
    ghm_answer_free(take_answer);
}

static void on_listening(void *context, const struct ghm_multiaddr *addr)
{
    char text[GHM_MULTIADDR_TEXT_MAX];
    (void)context;
    ghm_multiaddr_text(text, addr);
    (void)printf("listening %s\n", text);
    (void)fflush(stdout);
}

static int failure; /* why the node cannot be one */

static void on_failed(void *context, int error)
{
    (void)context;
    failure = error;
    ghm_loop_stop(running);
}

static int run(struct ghm_home *home)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    struct ghm_loop_config config = {.home = home,
                                     .woken = on_woken,
                                     .answered = on_answered,
                                     .listening = on_listening,
                                     .failed = on_failed};
    int error = ghm_loop_new(&running, &config);
    if (error != GHM_OK) return command_failed(error, "cannot start");
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    ghm_loop_run(running);
    (void)signal(SIGINT, SIG_DFL);
    (void)signal(SIGTERM, SIG_DFL);
    ghm_loop_free(running);
    return failure == GHM_OK ? EXIT_DONE : EXIT_LOCAL;
}

/* A node in the foreground says what it cannot use before it starts, instead of in its log. NULL:
 * all is well. */
static const char *check(struct ghm_home *home)
{
    struct ghm_identity identity;
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
        code = run(&home);
    } else {
        (void)fprintf(stderr, "ghmesh: %s\n", problem);
        code = EXIT_USAGE;
    }
    ghm_home_close(&home);
    return code;
}
