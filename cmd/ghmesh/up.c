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

/* Until somebody hosts: this agent, or the program that it waits for. */
static int wait_up(const char *dir, pid_t pid, int fd)
{
    struct ghm_visit visit;
    for (int i = 0; i < START_STEPS; i++) {
        if (!pass_on(fd)) return say_failed(pid);
        if (ghm_visit_open(&visit, dir) != GHM_OK) continue;
        ghm_visit_close(&visit);
        return printf("agent %ld\n", (long)pid) >= 0 ? EXIT_DONE : EXIT_LOCAL;
    }
    return command_failed(GHM_ETIMEOUT, "agent %ld", (long)pid);
}

static int start(const struct ghm_home *home)
{
    int ends[2];
    pid_t pid;
    if (pipe2(ends, O_CLOEXEC) != 0) return command_failed(GHM_EIO, "cannot start an agent");
    int error = ghm_agent_start(&pid, home, 0, ends[1]);
    (void)close(ends[1]);
    int code = error == GHM_OK ? wait_up(home->dir, pid, ends[0])
                               : command_failed(error, "cannot start an agent");
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
    uint32_t pid = relieve(home.dir);
    if (pid == 0)
        code = start(&home);
    else
        code = printf("agent %" PRIu32 "\n", pid) >= 0 ? EXIT_DONE : EXIT_LOCAL;
    ghm_home_close(&home);
    return code;
}
