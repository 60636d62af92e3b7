/* SPDX-License-Identifier: MIT */
#include "serve.h"

#include "command.h"
#include "io/clock.h"
#include "io/door.h"
#include "io/face.h"
#include "io/lull.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static struct ghm_loop *running;              /* for the signal handler */
static struct ghm_face *face;                 /* NULL: HTTP is not answered */
static volatile sig_atomic_t signals_pending; /* told to end so often */
static volatile sig_atomic_t is_reloading;    /* by SIGHUP: and then to start anew */
static int kept[GHM_FACE_DOORS_MAX];          /* sockets for the one that starts anew */
static size_t kept_count;
static int failure; /* why the node cannot be one */

static void on_signal(int number)
{
    is_reloading = number == SIGHUP;
    if (face == NULL || signals_pending > 0)
        ghm_loop_stop(running);
    else
        ghm_loop_wake(running);
    signals_pending++;
}

/* Spec: sd_notify(3), RELOADING */
static void tell_reloading(void)
{
    char state[64];
    (void)snprintf(state, sizeof state, "RELOADING=1\nMONOTONIC_USEC=%llu",
                   (unsigned long long)(ghm_clock_now_ns() / 1000));
    ghm_door_notify(state);
}

static void on_woken(void *context)
{
    (void)context;
    if (signals_pending == 0 || face == NULL) return;
    if (is_reloading)
        tell_reloading();
    else
        ghm_door_notify("STOPPING=1");
    if (is_reloading && kept_count == 0) kept_count = ghm_face_keep(face, kept);
    ghm_face_stop(face);
}

static void on_opened(void *context, const char *place)
{
    const struct serve_config *config = context;
    if (config->is_quiet) return;
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
    const struct serve_config *config = context;
    char text[GHM_MULTIADDR_TEXT_MAX];
    if (config->is_quiet) return;
    ghm_multiaddr_text(text, addr);
    (void)printf("listening %s\n", text);
    (void)fflush(stdout);
}

/* As if told by a signal: what is under way is answered. */
static void end(void *context)
{
    (void)context;
    on_signal(SIGTERM);
}

/* A node that has a face goes on without the mesh, when the face is what it is for. */
static void on_failed(void *context, int error)
{
    const struct serve_config *config = context;
    if (config->needs_face) return;
    failure = error;
    ghm_loop_stop(running);
}

static bool open_face(const struct serve_config *config, void *context)
{
    struct ghm_face_config face_config = {.home = config->home,
                                          .loop = running,
                                          .context = context,
                                          .opened = on_opened,
                                          .stopped = on_stopped};
    bool is_off = strcmp(ghm_config_text(config->home->config, GHM_SETTING_HTTP), "off") == 0;
    if (is_off && !config->needs_face) return true;
    int error = ghm_face_new(&face, &face_config);
    if (error == GHM_OK) return true;
    (void)fprintf(stderr, "ghmesh: HTTP cannot be answered: %s\n", ghm_error_text(error));
    return !config->needs_face;
}

int serve(const struct serve_config *config)
{
    struct serve_config own = *config;
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    struct ghm_loop_config loop_config = {.home = config->home,
                                          .context = &own,
                                          .woken = on_woken,
                                          .answered = on_answered,
                                          .listening = on_listening,
                                          .failed = on_failed,
                                          .leave = config->is_agent ? end : NULL,
                                          .idle_s = config->idle_s};
    struct ghm_lull lull = {.over = end};
    int error = ghm_loop_new(&running, &loop_config);
    if (error != GHM_OK) return command_failed(error, "cannot start");
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    if (config->is_agent) (void)sigaction(SIGHUP, &action, NULL);
    if (config->idle_s > 0)
        ghm_lull_init(&lull, ghm_loop_uv(running), config->home->shared, config->idle_s);
    if (open_face(config, &own)) {
        ghm_door_notify("READY=1");
        ghm_loop_run(running);
    } else {
        failure = GHM_EIO;
    }
    (void)signal(SIGINT, SIG_DFL);
    (void)signal(SIGTERM, SIG_DFL);
    if (config->is_agent) (void)signal(SIGHUP, SIG_DFL);
    struct ghm_face *last = face;
    face = NULL;
    ghm_face_free(last);
    if (config->idle_s > 0) ghm_lull_fini(&lull);
    ghm_loop_free(running);
    return failure == GHM_OK ? EXIT_DONE : EXIT_LOCAL;
}

int serve_anew(int code, char **argv)
{
    if (!is_reloading || code != EXIT_DONE) return code;
    ghm_door_hand_over(kept, kept_count);
    (void)execv("/proc/self/exe", argv);
    return command_failed(GHM_EIO, "cannot start anew");
}
