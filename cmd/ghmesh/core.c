/* SPDX-License-Identifier: MIT */
#include "core.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

static void fill(int fd, int how)
{
    if (fcntl(fd, F_GETFD) >= 0) return;
    /* The lowest free number is this one: those below it are taken by now. */
    int opened = open("/dev/null", how);
    if (opened >= 0 && opened != fd) (void)close(opened);
}

void core_fill_standard(void)
{
    fill(STDIN_FILENO, O_WRONLY);
    fill(STDOUT_FILENO, O_RDONLY);
    fill(STDERR_FILENO, O_WRONLY);
}

void core_write_on(void)
{
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGXFSZ, SIG_IGN);
}

void core_forbid(void)
{
    static const struct rlimit none = {0, 0};
    (void)setrlimit(RLIMIT_CORE, &none);
}
