/* SPDX-License-Identifier: MIT */
#include "base/buf.h"
#include "command.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define JSON_LEN_MAX ((size_t)32 << 20)

struct putting {
    const char *key;
    int64_t ttl_s;
    unsigned flags;
};

static bool read_ttl(struct putting *putting, const char *text)
{
    char *end;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || value < 1 || value > 31536000) return false;
    putting->ttl_s = value;
    return true;
}

static const char *parse(struct putting *ret_putting, int argc, char **argv)
{
    static const struct option options[] = {{"ttl", required_argument, NULL, 't'},
                                            {"public", no_argument, NULL, 'p'},
                                            {NULL, 0, NULL, 0}};
    *ret_putting = (struct putting){.key = NULL};
    optind = 0;
    opterr = 0;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (option == 'p')
            ret_putting->flags |= GHM_PUT_PUBLIC;
        else if (option != 't')
            return "unknown option, or one that lacks its value";
        else if (!read_ttl(ret_putting, optarg))
            return "--ttl wants whole seconds, 1 to 31536000";
    }
    if (optind + 1 != argc) return "wants exactly one key";
    ret_putting->key = argv[optind];
    return NULL;
}

static int read_all(struct ghm_buf *buf)
{
    for (;;) {
        uint8_t *room;
        int error = ghm_buf_reserve(buf, &room, 65536);
        if (error != GHM_OK) return error;
        ssize_t n = read(STDIN_FILENO, room, 65536);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return GHM_EIO;
        if (n == 0) return GHM_OK;
        ghm_buf_commit(buf, (size_t)n);
    }
}

static int put(ghm *cache, const struct putting *putting)
{
    struct ghm_buf buf;
    ghm_buf_init(&buf, NULL, JSON_LEN_MAX + 65536);
    int error = read_all(&buf);
    struct ghm_bytes json = ghm_buf_bytes(&buf);
    if (error == GHM_OK)
        error = ghm_put(cache, putting->key, (const char *)json.ptr, json.len, putting->ttl_s,
                        putting->flags);
    ghm_buf_fini(&buf);
    if (error == GHM_OK) return EXIT_DONE;
    if (error == GHM_EINVAL)
        return command_usage("put", "the key is malformed, or standard input is not one JSON text");
    return command_failed(error, "cannot keep \"%.200s\"", putting->key);
}

int command_put(int argc, char **argv)
{
    struct putting putting;
    int code = EXIT_LOCAL;
    const char *problem = parse(&putting, argc, argv);
    if (problem != NULL) return command_usage("put", "%s", problem);
    ghm *cache = command_open(&code);
    if (cache == NULL) return code;
    code = put(cache, &putting);
    ghm_close(cache);
    return code;
}
