/* SPDX-License-Identifier: MIT */
#include "command.h"
#include "write.h"

int command_get(int argc, char **argv)
{
    ghm_answer *answer;
    int code = EXIT_LOCAL;
    if (argc != 2) return command_usage("get", "wants exactly one key");
    ghm *cache = command_open(&code);
    if (cache == NULL) return code;
    int error = ghm_get(cache, &answer, argv[1]);
    if (error == GHM_OK) {
        size_t len;
        const char *body = ghm_answer_body(answer, &len);
        code = write_all(body, len) ? EXIT_DONE : EXIT_LOCAL;
        ghm_answer_free(answer);
    } else if (error == GHM_ENOTFOUND) {
        code = EXIT_NO;
    } else {
        code = command_failed(error, "key \"%.200s\"", argv[1]);
    }
    ghm_close(cache);
    return code;
}
