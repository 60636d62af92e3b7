/* SPDX-License-Identifier: MIT */
#include "command.h"
#include "io/home.h"
#include "io/visit.h"

#include <getopt.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <time.h>

#define TIME_TEXT_MAX 32

static void write_time(char ret_text[TIME_TEXT_MAX], uint64_t ms)
{
    struct tm parts;
    time_t seconds = (time_t)(ms / 1000);
    ret_text[0] = '\0';
    if (gmtime_r(&seconds, &parts) != NULL)
        (void)strftime(ret_text, TIME_TEXT_MAX, "%Y-%m-%dT%H:%M:%SZ", &parts);
}

static int print_json(const struct ghm_parley_hello *hello, const char *dir)
{
    char since[TIME_TEXT_MAX];
    json_t *object = json_object();
    (void)json_object_set_new(object, "directory", json_string(dir));
    (void)json_object_set_new(object, "hosted", json_boolean(hello != NULL));
    if (hello != NULL) {
        write_time(since, hello->since_ms);
        (void)json_object_set_new(object, "pid", json_integer(hello->pid));
        (void)json_object_set_new(object, "agent", json_boolean(hello->is_agent));
        (void)json_object_set_new(object, "idle_s", json_integer(hello->idle_s));
        (void)json_object_set_new(object, "since", json_string(since));
        (void)json_object_set_new(object, "port", json_integer(hello->port));
        (void)json_object_set_new(object, "members", json_integer(hello->members));
        /* All that are connected, without this command. */
        (void)json_object_set_new(object, "guests", json_integer((json_int_t)hello->guests - 1));
    }
    int failed = json_dumpf(object, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
    json_decref(object);
    return failed == 0 && putchar('\n') != EOF ? EXIT_DONE : EXIT_LOCAL;
}

static int print_text(const struct ghm_parley_hello *hello, const char *dir)
{
    char since[TIME_TEXT_MAX];
    if (hello == NULL) return printf("nobody hosts %s\n", dir) >= 0 ? EXIT_DONE : EXIT_LOCAL;
    write_time(since, hello->since_ms);
    (void)printf("%s %" PRIu32 " hosts %s since %s\n", hello->is_agent ? "agent" : "process",
                 hello->pid, dir, since);
    if (hello->port != 0)
        (void)printf("port %" PRIu32 ", %" PRIu32 " members\n", hello->port, hello->members);
    if (hello->idle_s != 0)
        (void)printf("ends after %" PRIu32 " s without a request\n", hello->idle_s);
    return printf("%" PRIu32 " guests\n", hello->guests - 1) >= 0 ? EXIT_DONE : EXIT_LOCAL;
}

/* false: told, and `ret_code` set. */
static bool find_dir(int *ret_code, char ret_dir[GHM_FILES_PATH_MAX])
{
    ghm_config *config = command_config_new(ret_code);
    if (config == NULL) return false;
    int error = ghm_config_dir(config, ret_dir, GHM_FILES_PATH_MAX);
    ghm_config_free(config);
    if (error != GHM_OK)
        *ret_code = command_failed(error, "no place for the cache; set GHMESH_DIR");
    return error == GHM_OK;
}

int command_status(int argc, char **argv)
{
    static const struct option options[] = {{"json", no_argument, NULL, 'j'}, {NULL, 0, NULL, 0}};
    char dir[GHM_FILES_PATH_MAX];
    struct ghm_visit visit;
    bool is_json = false;
    int code = EXIT_LOCAL;
    optind = 0;
    opterr = 0;
    for (int option; (option = getopt_long(argc, argv, "+", options, NULL)) != -1;) {
        if (option != 'j') return command_usage("status", "unknown option");
        is_json = true;
    }
    if (optind < argc) return command_usage("status", "it takes options only");
    if (!find_dir(&code, dir)) return code;
    int error = ghm_visit_open(&visit, dir);
    if (error != GHM_OK && error != GHM_ENOTFOUND)
        return command_failed(error, "who hosts %s does not say so", dir);
    const struct ghm_parley_hello *hello = error == GHM_OK ? &visit.hello : NULL;
    code = is_json ? print_json(hello, dir) : print_text(hello, dir);
    if (hello == NULL) return code == EXIT_DONE ? EXIT_NO : code;
    ghm_visit_close(&visit);
    return code;
}
