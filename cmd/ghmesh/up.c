/* SPDX-License-Identifier: MIT */
#include "command.h"
#include "io/agent.h"
#include "io/visit.h"
#include "relieve.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define START_STEPS 1500 /* of waiting for it to host */
#define STEP_MS 10

/* Pass on what the agent complains of while it starts. false: it has ended. */
static bool pass_on(int fd)
{
    char text[1024];
    struct pollfd wanted = {.fd = fd, .events = POLLIN};
    if (poll(&wanted, 1, STEP_MS) <= 0) return true;
    ssize_t len = read(fd, text, sizeof text);
    if (len > 0) (void)fwrite(text, 1, (size_t)len, stderr);
    return len > 0 || (len < 0 && errno == EINTR);
}

static int say_failed(pid_t pid)
{
    int status;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (WIFEXITED(status) && WEXITSTATUS(status) != EXIT_DONE) return WEXITSTATUS(status);
    (void)fprintf(stderr, "ghmesh: the agent ended at once\n");
    return EXIT_LOCAL;
}

static int say_up(uint32_t pid)
{
    return printf("agent %" PRIu32 "\n", pid) >= 0 ? EXIT_DONE : EXIT_LOCAL;
}

/* Until somebody hosts: this agent, or the program that it waits for. */
static int wait_up(const char *dir, pid_t pid, int fd)
{
    struct ghm_visit visit;
    for (int i = 0; i < START_STEPS; i++) {
        if (!pass_on(fd)) return say_failed(pid);
        if (ghm_visit_open(&visit, dir) != GHM_OK) continue;
        ghm_visit_close(&visit);
        return say_up((uint32_t)pid);
    }
    return command_failed(GHM_ETIMEOUT, "agent %ld", (long)pid);
}

/* An agent that does not host yet, or no longer, has the lock: it is asked once it does.
 * `ret_there` is that of one that stays. */
static int start(const struct ghm_home *home, pid_t *ret_pid, uint32_t *ret_there, int error_fd)
{
    int error = GHM_EBUSY;
    for (int i = 0; i < START_STEPS && error == GHM_EBUSY; i++) {
        if (i > 0) (void)poll(NULL, 0, STEP_MS);
        *ret_there = relieve(home->dir);
        if (*ret_there != 0) return GHM_OK;
        error = ghm_agent_start(ret_pid, home, 0, error_fd);
    }
    return error;
}

static int up(const struct ghm_home *home)
{
    int ends[2];
    pid_t pid = 0;
    uint32_t there = 0;
    if (pipe2(ends, O_CLOEXEC) != 0) return command_failed(GHM_EIO, "cannot start an agent");
    int error = start(home, &pid, &there, ends[1]);
    (void)close(ends[1]);
    int code = EXIT_DONE;
    if (error != GHM_OK)
        code = command_failed(error, "cannot start an agent");
    else
        code = there != 0 ? say_up(there) : wait_up(home->dir, pid, ends[0]);
    (void)close(ends[0]);
    return code;
}

int command_up(int argc, char **argv)
{
    struct ghm_home home;
    int code = EXIT_LOCAL;
    if (argc > 1) return command_usage("up", "unknown argument \"%s\"", argv[1]);
    ghm_config *config = command_config_new(&code);
    if (config == NULL) return code;
    int error = ghm_home_open(&home, config);
    ghm_config_free(config);
    if (error != GHM_OK) {
        (void)fprintf(stderr, "ghmesh: %s\n", home.problem);
        return error == GHM_ECONFIG ? EXIT_USAGE : EXIT_LOCAL;
    }
    code = up(&home);
    ghm_home_close(&home);
    return code;
}
