/* SPDX-License-Identifier: MIT */
/* The program `ghmesh`: answers from the store when that is enough, and becomes `ghmesh-node`,
 * which has all the rest, when it is not. Loading what a node needs takes longer than a whole hit.
 */
#include "core.h"
#include "quick.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int quick(int argc, char **argv)
{
    if (argc < 2) return QUICK_CANNOT;
    if (strcmp(argv[1], "api") == 0) return quick_api(argc - 1, argv + 1);
    if (strcmp(argv[1], "get") == 0) return quick_get(argc - 1, argv + 1);
    return QUICK_CANNOT;
}

/* Beside this program, or where the package puts it. */
static void become_node(char **argv)
{
    char path[PATH_MAX + sizeof "/ghmesh-node"];
    ssize_t len = readlink("/proc/self/exe", path, PATH_MAX);
    char *slash = NULL;
    if (len > 0) {
        path[len] = '\0';
        slash = strrchr(path, '/');
    }
    if (slash != NULL) {
        memcpy(slash, "/ghmesh-node", sizeof "/ghmesh-node");
        (void)execv(path, argv);
    }
    (void)execv(GHM_LIBEXEC_DIR "/ghmesh-node", argv);
}

int main(int argc, char **argv)
{
    /* What is run for somebody else gets what we were given. */
    if (argc > 1 && strcmp(argv[1], "exec") == 0) become_node(argv);
    core_write_on();
    core_fill_standard();
    core_forbid();
    int code = quick(argc, argv);
    if (code != QUICK_CANNOT) return code;
    become_node(argv);
    (void)fprintf(
        stderr, "ghmesh: ghmesh-node is neither beside this program nor in %s: install it whole\n",
        GHM_LIBEXEC_DIR);
    return 3;
}
