/* SPDX-License-Identifier: MIT */
#include "base/mem.h"
#include "command.h"
#include "io/random.h"
#include "mesh/keyring.h"

#include <stdio.h>
#include <string.h>

int command_secret(int argc, char **argv)
{
    struct ghm_entropy entropy;
    char secret[GHM_KEYRING_SECRET_TEXT_MAX];
    if (argc != 2 || strcmp(argv[1], "new") != 0) return command_usage("secret", "wants: new");
    ghm_random_entropy(&entropy);
    ghm_keyring_secret(secret, &entropy);
    int written = puts(secret);
    ghm_mem_wipe(secret, sizeof secret);
    ghm_mem_wipe(&entropy, sizeof entropy);
    return written >= 0 ? EXIT_DONE : EXIT_LOCAL;
}
