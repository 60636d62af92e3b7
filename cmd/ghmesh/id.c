/* SPDX-License-Identifier: MIT */
#include "command.h"
#include "crypto/peerid.h"
#include "io/home.h"
#include "io/random.h"

#include <stdio.h>

int command_id(int argc, char **argv)
{
    char dir[GHM_FILES_PATH_MAX];
    char text[GHM_PEERID_TEXT_MAX];
    uint8_t seed[32];
    uint8_t fresh[32];
    uint8_t proto[GHM_KEY_ED25519_PROTO_LEN];
    struct ghm_entropy entropy;
    struct ghm_key key;
    struct ghm_peerid id;
    int code = EXIT_LOCAL;
    if (argc > 1) return command_usage("id", "unknown argument \"%s\"", argv[1]);
    ghm_config *config = command_config_new(&code);
    if (config == NULL) return code;
    int error = ghm_config_dir(config, dir, sizeof dir);
    ghm_config_free(config);
    if (error == GHM_OK) error = ghm_files_make_dir(dir);
    ghm_random_entropy(&entropy);
    ghm_entropy_fill(&entropy, fresh, sizeof fresh);
    if (error == GHM_OK) error = ghm_files_key(seed, dir, "identity.key", fresh);
    ghm_mem_wipe(fresh, sizeof fresh);
    if (error != GHM_OK) return command_failed(error, "cannot use the directory; set GHMESH_DIR");
    ghm_key_from_seed(&key, seed);
    ghm_mem_wipe(seed, sizeof seed);
    ghm_key_encode(proto, &key);
    ghm_key_wipe(&key);
    ghm_peerid_of_key(&id, ghm_bytes(proto, sizeof proto));
    ghm_peerid_text(text, &id);
    return puts(text) >= 0 ? EXIT_DONE : EXIT_LOCAL;
}
