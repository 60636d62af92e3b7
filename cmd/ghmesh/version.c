/* SPDX-License-Identifier: MIT */
#include "command.h"

#include <stdio.h>

int command_version(int argc, char **argv)
{
    if (argc > 1) return command_usage("version", "unknown argument \"%s\"", argv[1]);
    return printf("ghmesh %s\n", ghm_version()) > 0 ? EXIT_DONE : EXIT_LOCAL;
}
