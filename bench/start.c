/* SPDX-License-Identifier: MIT */
/* `bench-start COMMAND ARGUMENT... [-- COMMAND ARGUMENT...]...`: from the start of a process until
 * its answer is read and it has ended, for each command in turn. Nanoseconds, the median of a
 * round; the commands are named by their number. */
#include "stopwatch.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define COMMANDS_MAX 8
#define RUNS 15

extern char **environ;

static uint64_t run_once(char **command)
{
    char bytes[65536];
    int ends[2];
    int status;
    pid_t pid;
    posix_spawn_file_actions_t actions;
    if (pipe2(ends, O_CLOEXEC) != 0) stopwatch_fail("pipe2", 0);
    (void)posix_spawn_file_actions_init(&actions);
    (void)posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
    uint64_t start_ns = stopwatch_now_ns();
    int error = posix_spawn(&pid, command[0], &actions, NULL, command, environ);
    if (error != 0) stopwatch_fail(command[0], error);
    (void)close(ends[1]);
    while (read(ends[0], bytes, sizeof bytes) > 0)
        ;
    if (waitpid(pid, &status, 0) != pid || status != 0) stopwatch_fail(command[0], status);
    uint64_t took_ns = stopwatch_now_ns() - start_ns;
    (void)close(ends[0]);
    (void)posix_spawn_file_actions_destroy(&actions);
    return took_ns;
}

static size_t split(char **ret_commands[COMMANDS_MAX], char **argv)
{
    size_t count = 0;
    ret_commands[count++] = argv;
    for (; *argv != NULL; argv++) {
        if (strcmp(*argv, "--") != 0) continue;
        *argv = NULL;
        if (count == COMMANDS_MAX) stopwatch_fail("too many commands", COMMANDS_MAX);
        ret_commands[count++] = argv + 1;
    }
    return count;
}

int main(int argc, char **argv)
{
    static const char *const names[COMMANDS_MAX] = {"0", "1", "2", "3", "4", "5", "6", "7"};
    static uint64_t samples[COMMANDS_MAX][RUNS];
    double values[COMMANDS_MAX];
    char **commands[COMMANDS_MAX];
    if (argc < 2) stopwatch_fail("usage: bench-start COMMAND... [-- COMMAND...]", argc);
    size_t count = split(commands, argv + 1);
    while (stopwatch_round()) {
        for (size_t run = 0; run < RUNS; run++) {
            for (size_t i = 0; i < count; i++)
                samples[i][run] = run_once(commands[i]);
        }
        for (size_t i = 0; i < count; i++)
            values[i] = stopwatch_quantile(samples[i], RUNS, 0.5);
        stopwatch_report(names, values, count);
    }
    return 0;
}
