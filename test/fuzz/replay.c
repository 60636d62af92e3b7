/* SPDX-License-Identifier: MIT */
/* One target without libFuzzer: it is given every file of its corpus, and every file cut short at a
 * few places, so that what was found once is looked for in every run of the tests. */
#include "fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#define FILE_SIZE_MAX 65536

static size_t read_file(uint8_t *ret_bytes, const char *folder, const char *name)
{
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    if (file == NULL) abort();
    size_t len = fread(ret_bytes, 1, FILE_SIZE_MAX, file);
    (void)fclose(file);
    return len;
}

/* In a block of exactly its size: a read past the end is seen by the sanitizer. */
static void give(const uint8_t *bytes, size_t len)
{
    uint8_t *copy = malloc(len == 0 ? 1 : len);
    if (copy == NULL) abort();
    for (size_t i = 0; i < len; i++)
        copy[i] = bytes[i];
    (void)LLVMFuzzerTestOneInput(copy, len);
    free(copy);
}

int main(int argc, char **argv)
{
    static uint8_t bytes[FILE_SIZE_MAX];
    size_t files = 0;
    DIR *folder = argc == 2 ? opendir(argv[1]) : NULL;
    if (folder == NULL) {
        (void)fprintf(stderr, "usage: replay CORPUS\n");
        return 2;
    }
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        if (entry->d_name[0] == '.') continue;
        size_t len = read_file(bytes, argv[1], entry->d_name);
        for (size_t part = 1; part <= 4; part++)
            give(bytes, len * part / 4);
        files++;
    }
    (void)closedir(folder);
    give(bytes, 0);
    (void)printf("%zu files\n[  PASSED  ] 1 test(s).\n", files);
    return 0;
}
