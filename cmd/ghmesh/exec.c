/* SPDX-License-Identifier: MIT */
/* Three processes: this one waits and passes signals on; its first child runs the node; its second
 * becomes the command. The doors are this one's, so that a node that dies is replaced by another
 * and the clients who knock meanwhile only wait. */
#include "base/assert.h"
#include "command.h"
#include "core.h"
#include "io/home.h"
#include "io/mhd.h"
#include "outfit.h"
#include "serve.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define NODES_MAX 5 /* started for one command; past it the command goes on without a cache */
#define EXIT_CANNOT 126
#define EXIT_NO_COMMAND 127
#define FD_FIRST 3 /* where ghm_door_given looks */

struct exec {
    char **command;
    bool is_telling;    /* -v */
    sigset_t mask;      /* that the caller gave us */
    struct rlimit core; /* likewise */
    struct outfit outfit;
    bool is_worn;
    pid_t node_pid; /* 0: none runs */
    unsigned nodes_count;
    pid_t command_pid;
    struct ghm_shared *shared; /* of -v; or NULL */
    struct ghm_shared_counters before;
};

/* ---- the node ---- */

static void hand_over(const struct outfit *outfit, int *ready_fd)
{
    char text[24];
    int fds[OUTFIT_DOORS + 1];
    /* Out of the way first: each may be where another has to go. */
    *ready_fd = fcntl(*ready_fd, F_DUPFD_CLOEXEC, 16);
    for (int i = 0; i < OUTFIT_DOORS; i++)
        fds[i] = fcntl(outfit->doors[i].fd, F_DUPFD_CLOEXEC, 16);
    for (int i = 0; i < OUTFIT_DOORS; i++) {
        if (*ready_fd < 0 || fds[i] < 0 || dup2(fds[i], FD_FIRST + i) < 0) _exit(EXIT_LOCAL);
        (void)close(fds[i]);
    }
    (void)snprintf(text, sizeof text, "%ld", (long)getpid());
    (void)setenv("LISTEN_PID", text, 1);
    (void)snprintf(text, sizeof text, "%d", OUTFIT_DOORS);
    (void)setenv("LISTEN_FDS", text, 1);
    (void)unsetenv("NOTIFY_SOCKET"); /* a service manager waits for the command, not for us */
}

/* Alone: the terminal's signals are for the command. Ends when the one that waits does. */
static void become_node(const struct exec *exec, pid_t parent)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    (void)setsid();
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) _exit(EXIT_LOCAL);
    core_write_on();
    (void)signal(SIGHUP, SIG_IGN);
    (void)signal(SIGINT, SIG_DFL);
    (void)signal(SIGTERM, SIG_DFL);
    (void)sigprocmask(SIG_SETMASK, &exec->mask, NULL);
    if (null >= 0) {
        (void)dup2(null, STDIN_FILENO);
        (void)dup2(null, STDOUT_FILENO);
    }
    core_fill_standard();
    core_forbid();
}

/* On the command's standard error only what it has to know; the user's own choice counts. */
static ghm_config *new_config(const struct outfit *outfit)
{
    int code;
    ghm_config *config = command_config_new(&code);
    const char *value;
    const char *source;
    for (size_t i = 0; config != NULL && i < GHM_SETTING_COUNT; i++) {
        const char *name = ghm_config_at(config, &value, &source, i);
        if (i == GHM_SETTING_LOG && strcmp(source, "default") == 0)
            (void)ghm_config_set(config, name, "error");
    }
    struct ghm_config_origin origin;
    if (config != NULL && ghm_config_origin(&origin, config) == GHM_OK)
        outfit_allow_hosts(outfit, config, origin.host);
    return config;
}

static bool open_home(struct ghm_home *home, const ghm_config *config)
{
    if (ghm_home_open(home, config) == GHM_OK) return true;
    (void)fprintf(stderr, "ghmesh: %s\n", home->problem);
    return false;
}

static void on_end(int number)
{
    (void)number; /* it ends the wait */
}

/* Until somebody stands at a door. false: told to end before. */
static bool wait_knock(void)
{
    struct pollfd fds[OUTFIT_DOORS];
    struct sigaction action = {.sa_handler = on_end};
    sigset_t ends;
    sigset_t mask;
    for (int i = 0; i < OUTFIT_DOORS; i++)
        fds[i] = (struct pollfd){.fd = FD_FIRST + i, .events = POLLIN};
    (void)sigemptyset(&ends);
    (void)sigaddset(&ends, SIGINT);
    (void)sigaddset(&ends, SIGTERM);
    (void)sigprocmask(SIG_BLOCK, &ends, &mask);
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    bool is_knocked = ppoll(fds, OUTFIT_DOORS, NULL, &mask) > 0;
    (void)signal(SIGINT, SIG_DFL);
    (void)signal(SIGTERM, SIG_DFL);
    (void)sigprocmask(SIG_SETMASK, &mask, NULL);
    return is_knocked;
}

/* A secret that is slow to use takes 100 ms, and finding the token of gh as long as gh takes: a
 * command that never asks does not pay for them. What may go wrong has gone well before. */
static int run_node(const struct outfit *outfit, int ready_fd)
{
    struct ghm_home home;
    struct serve_config serve_config = {.home = &home, .is_quiet = true, .needs_face = true};
    ghm_config *config = new_config(outfit);
    if (config == NULL || !open_home(&home, config)) return EXIT_LOCAL;
    if (ghm_mhd_load() == NULL) {
        (void)fprintf(stderr, "ghmesh: libmicrohttpd is not installed\n");
        return EXIT_LOCAL;
    }
    struct ghm_identity identity;
    if (ghm_keyring_is_fast(home.secrets) &&
        ghm_home_identity_quick(&home, &identity, ghm_home_token(&home)) != GHM_OK) {
        (void)fprintf(stderr,
                      "ghmesh: GHMESH_SECRET is not usable: make one with ghmesh secret new\n");
        return EXIT_LOCAL;
    }
    if (write(ready_fd, "", 1) != 1) return EXIT_LOCAL;
    (void)close(ready_fd);
    bool is_slow = *home.secrets == '\0' || !ghm_keyring_is_fast(home.secrets);
    if (is_slow && !wait_knock()) return EXIT_DONE;
    if (*home.secrets == '\0') {
        ghm_home_close(&home);
        command_find_token(config);
        if (!open_home(&home, config)) return EXIT_LOCAL;
    }
    ghm_config_free(config);
    int code = serve(&serve_config);
    ghm_home_close(&home);
    return code;
}

static void start_node(struct exec *exec, int *ret_ready_fd)
{
    int ends[2];
    pid_t parent = getpid();
    *ret_ready_fd = -1;
    if (pipe2(ends, O_CLOEXEC) != 0) return;
    exec->nodes_count++;
    exec->node_pid = fork();
    if (exec->node_pid == 0) {
        become_node(exec, parent);
        hand_over(&exec->outfit, &ends[1]);
        int code = run_node(&exec->outfit, ends[1]);
        if (getppid() != parent) outfit_drop(&exec->outfit); /* nobody else is left to do it */
        _exit(code);
    }
    (void)close(ends[1]);
    if (exec->node_pid < 0) exec->node_pid = 0;
    *ret_ready_fd = ends[0];
}

static bool wait_ready(int fd)
{
    char byte;
    ssize_t n;
    if (fd < 0) return false;
    while ((n = read(fd, &byte, 1)) < 0 && errno == EINTR)
        ;
    (void)close(fd);
    return n == 1;
}

static void end_node(struct exec *exec)
{
    if (exec->node_pid == 0) return;
    /* Two different ones, for two of one kind may become one: the second is "at once". */
    (void)kill(exec->node_pid, SIGTERM);
    (void)kill(exec->node_pid, SIGINT);
    while (waitpid(exec->node_pid, NULL, 0) < 0 && errno == EINTR)
        ;
    exec->node_pid = 0;
}

static void on_node_ended(struct exec *exec)
{
    int fd;
    exec->node_pid = 0;
    if (exec->nodes_count < NODES_MAX) start_node(exec, &fd);
    if (exec->node_pid != 0) {
        (void)close(fd); /* who knocks waits at the door: nobody has to wait here */
        return;
    }
    (void)fprintf(stderr, "ghmesh: the cache failed; going on without it\n");
    outfit_take_off(&exec->outfit);
}

/* Everything that may fail before the command runs, fails here. */
static bool prepare(struct exec *exec)
{
    struct ghm_config_origin origin;
    int fd;
    int code;
    ghm_config *config = command_config_new(&code);
    if (config == NULL) return false;
    bool is_fine = ghm_config_origin(&origin, config) == GHM_OK;
    if (!is_fine)
        (void)fprintf(stderr, "ghmesh: GHMESH_HOST must be a host or a base URL such as "
                              "https://api.github.com\n");
    char dir[GHM_FILES_PATH_MAX];
    bool has_dir = ghm_config_dir(config, dir, sizeof dir) == GHM_OK;
    ghm_config_free(config);
    if (!is_fine || !outfit_make(&exec->outfit, &origin)) return false;
    start_node(exec, &fd);
    if (!wait_ready(fd)) {
        end_node(exec);
        outfit_drop(&exec->outfit);
        return false;
    }
    if (exec->is_telling && has_dir && ghm_files_map(&exec->shared, dir) == GHM_OK)
        memcpy(&exec->before, &exec->shared->counters, sizeof exec->before);
    return true;
}

/* ---- the command ---- */

static void become_command(const struct exec *exec)
{
    if (exec->is_worn && !outfit_wear(&exec->outfit)) _exit(EXIT_LOCAL);
    (void)setrlimit(RLIMIT_CORE, &exec->core);
    (void)sigprocmask(SIG_SETMASK, &exec->mask, NULL);
    (void)execvp(exec->command[0], exec->command);
    int number = errno;
    (void)fprintf(stderr, "ghmesh: %s: %s\n", exec->command[0], strerror(number));
    _exit(number == ENOENT ? EXIT_NO_COMMAND : EXIT_CANNOT);
}

/* What is typed at the terminal reaches the command too, which is of our process group; what was
 * sent to us alone does not. */
static void pass_on(const struct exec *exec, const siginfo_t *info)
{
    if (info->si_code == SI_USER || info->si_code == SI_QUEUE || info->si_code == SI_TKILL)
        (void)kill(exec->command_pid, info->si_signo);
}

/* A shell that suspends itself has a process group of its own: only we can tell the one above. */
static void stop_too(const struct exec *exec)
{
    if (getpgid(exec->command_pid) == getpgrp()) return;
    (void)kill(getpid(), SIGSTOP);
    (void)kill(-getpgid(exec->command_pid), SIGCONT);
}

/* true: the command ended, with `ret_status`. */
static bool reap(struct exec *exec, int *ret_status)
{
    int status;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG | WUNTRACED)) > 0;) {
        if (pid == exec->node_pid && !WIFSTOPPED(status)) on_node_ended(exec);
        if (pid != exec->command_pid) continue;
        if (WIFSTOPPED(status)) {
            stop_too(exec);
            continue;
        }
        *ret_status = status;
        return true;
    }
    return false;
}

static int wait_command(struct exec *exec, const sigset_t *caught)
{
    siginfo_t info;
    int status = 0;
    while (!reap(exec, &status)) {
        int number = sigwaitinfo(caught, &info);
        if (number > 0 && number != SIGCHLD && number != SIGPIPE && number != SIGXFSZ)
            pass_on(exec, &info);
    }
    exec->command_pid = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Held from the start and taken one by one: none is lost, and none comes at a bad moment. */
static void hold_signals(sigset_t *ret_caught, sigset_t *ret_mask)
{
    static const int numbers[] = {SIGCHLD, SIGHUP,  SIGINT,  SIGQUIT,  SIGTERM, SIGUSR1,
                                  SIGUSR2, SIGALRM, SIGCONT, SIGWINCH, SIGPIPE, SIGXFSZ};
    (void)sigemptyset(ret_caught);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        (void)sigaddset(ret_caught, numbers[i]);
    (void)sigprocmask(SIG_BLOCK, ret_caught, ret_mask);
}

static void tell(const struct exec *exec)
{
    if (exec->shared == NULL) return;
#define SINCE(name) (exec->shared->counters.name - exec->before.name)
    (void)fprintf(stderr,
                  "ghmesh: %" PRIu64 " calls, %" PRIu64 " hits, %" PRIu64 " free, %" PRIu64
                  " charged\n",
                  SINCE(requests), SINCE(local_hits) + SINCE(peer_hits) + SINCE(stale_hits),
                  SINCE(api_calls_free), SINCE(api_calls_made));
#undef SINCE
}

static int run(struct exec *exec)
{
    sigset_t caught;
    hold_signals(&caught, &exec->mask);
    exec->is_worn = prepare(exec);
    if (!exec->is_worn) (void)fprintf(stderr, "ghmesh: going on without a cache\n");
    exec->command_pid = fork();
    if (exec->command_pid == 0) become_command(exec);
    int code = EXIT_LOCAL;
    if (exec->command_pid > 0)
        code = wait_command(exec, &caught);
    else
        (void)fprintf(stderr, "ghmesh: no new process: %s\n", strerror(errno));
    end_node(exec);
    if (exec->is_worn) outfit_drop(&exec->outfit);
    tell(exec);
    return code;
}

int command_exec(int argc, char **argv)
{
    static const struct option options[] = {{"verbose", no_argument, NULL, 'v'},
                                            {NULL, 0, NULL, 0}};
    struct exec exec = {.is_telling = false};
    optind = 0;
    opterr = 0;
    for (int option; (option = getopt_long(argc, argv, "+v", options, NULL)) != -1;) {
        if (option != 'v') return command_usage("exec", "unknown option; ghmesh's come before --");
        exec.is_telling = true;
    }
    if (optind == argc) return command_usage("exec", "wants a command, such as: -- gh run list");
    exec.command = argv + optind;
    /* As core_forbid, but so that it can be taken back. */
    (void)getrlimit(RLIMIT_CORE, &exec.core);
    struct rlimit none = {0, exec.core.rlim_max};
    (void)setrlimit(RLIMIT_CORE, &none);
    return run(&exec);
}
