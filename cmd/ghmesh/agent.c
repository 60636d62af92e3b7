/* SPDX-License-Identifier: MIT */
#include "command.h"
#include "io/door.h"
#include "io/face.h"
#include "io/net.h"

#include <signal.h>
#include <stdio.h>

static struct ghm_loop *running;              /* for the signal handler */
static struct ghm_face *face;                 /* NULL: HTTP is not answered */
static volatile sig_atomic_t signals_pending; /* told to end so often */

/* The first lets what is under way be answered, the next does not. */
static void on_signal(int number)
{
    (void)number;
    if (face == NULL || signals_pending > 0)
        ghm_loop_stop(running);
    else
        ghm_loop_wake(running);
    signals_pending++;
}

static void on_woken(void *context)
{
    (void)context;
    if (signals_pending == 0 || face == NULL) return;
    ghm_door_notify("STOPPING=1");
    ghm_face_stop(face);
}

static void on_opened(void *context, const char *place)
{
    (void)context;
    (void)printf("http %s\n", place);
    (void)fflush(stdout);
}

static void on_stopped(void *context)
{
    (void)context;
    ghm_loop_stop(running);
}

static void on_answered(void *context, uint64_t id, int error, struct ghm_answer *take_answer)
{
    (void)context;
    if (face == NULL)
        ghm_answer_free(take_answer);
    else
        ghm_face_answered(face, id, error, take_answer);
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

/* A node that cannot answer HTTP is still a node. */
static void open_face(struct ghm_home *home)
{
    struct ghm_face_config config = {
        .home = home, .loop = running, .opened = on_opened, .stopped = on_stopped};
    if (strcmp(ghm_config_text(home->config, GHM_SETTING_HTTP), "off") == 0) return;
    int error = ghm_face_new(&face, &config);
    if (error != GHM_OK)
        (void)fprintf(stderr, "ghmesh: HTTP cannot be answered: %s%s\n", ghm_error_text(error),
                      error == GHM_ENOTSUP ? " (libmicrohttpd is not installed)" : "");
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
    open_face(home);
    ghm_door_notify("READY=1");
    ghm_loop_run(running);
    (void)signal(SIGINT, SIG_DFL);
    (void)signal(SIGTERM, SIG_DFL);
    struct ghm_face *last = face;
    face = NULL;
    ghm_face_free(last);
    ghm_loop_free(running);
    return failure == GHM_OK ? EXIT_DONE : EXIT_LOCAL;
}

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
        code = run(&home);
    } else {
        (void)fprintf(stderr, "ghmesh: %s\n", problem);
        code = EXIT_USAGE;
    }
    ghm_home_close(&home);
    return code;
}
