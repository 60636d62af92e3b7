/* SPDX-License-Identifier: MIT */
/* Puts one value after the other from number argv[1] on, saying each number once it is stored,
 * until it is killed. */
#include "app.h"

int main(int argc, char **argv)
{
    ghm *cache;
    char key[64];
    char json[2048];
    MUST(argc == 2);
    MUST(ghm_open(&cache, NULL) == GHM_OK);
    for (long i = strtol(argv[1], NULL, 10);; i++) {
        (void)snprintf(key, sizeof key, "put:number=%ld", i);
        int len = snprintf(json, sizeof json, "{\"number\":%ld,\"filling\":\"%01000ld\"}", i, i);
        MUST(ghm_put(cache, key, json, (size_t)len, 3600, 0) == GHM_OK);
        (void)printf("%ld\n", i);
        (void)fflush(stdout);
    }
}
