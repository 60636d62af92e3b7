/* SPDX-License-Identifier: MIT */
/* Care for the store of a directory: no node, no loop, no network. */
#include "command.h"

#include "io/home.h"
#include "store/check.h"
#include "store/compact.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct wish {
    bool is_json;
    bool is_repair;
};

static int print(json_t *object)
{
    int failed = json_dumpf(object, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
    json_decref(object);
    return failed == 0 && puts("") >= 0 ? EXIT_DONE : EXIT_LOCAL;
}

static void put_number(json_t *object, const char *name, uint64_t number)
{
    (void)json_object_set_new(object, name, json_integer((json_int_t)number));
}

/* ---- check ---- */

/* On a terminal alone, and only when a percent more is done. */
static void show_progress(const struct ghm_check *check, unsigned *percent)
{
    unsigned now = check->records == 0 ? 100 : (unsigned)(100 * check->looked_at / check->records);
    if (now == *percent || isatty(STDERR_FILENO) == 0) return;
    *percent = now;
    (void)fprintf(stderr, "\rchecking %3u %%", now);
}

static int run_check(struct ghm_check *check, struct ghm_home *home)
{
    unsigned percent = 101;
    int error = ghm_store_check(home->store, check);
    if (error != GHM_OK) return error;
    do {
        show_progress(check, &percent);
        error = ghm_check_step(check);
    } while (error == GHM_EAGAIN);
    ghm_check_end(check);
    if (percent <= 100) (void)fprintf(stderr, "\r              \r");
    return error;
}

static int print_report_json(const struct ghm_check_report *report, const uint64_t *dropped)
{
    json_t *object = json_object();
    put_number(object, "entries", report->entries);
    put_number(object, "bytes", report->bytes);
    put_number(object, "packed", report->packed);
    put_number(object, "pinned", report->pinned);
    put_number(object, "pinned_bytes", report->pinned_bytes);
    put_number(object, "index_rows", report->index_rows);
    put_number(object, "index_strays", report->index_strays);
    put_number(object, "index_missing", report->index_missing);
    put_number(object, "damaged", report->damaged);
    (void)json_object_set_new(object, "sums_wrong", json_boolean(report->are_sums_wrong));
    if (dropped != NULL) put_number(object, "dropped", *dropped);
    return print(object);
}

static void print_report(const struct ghm_check_report *report, const uint64_t *dropped)
{
    (void)printf("%-9s %" PRIu64 ", of them %" PRIu64 " packed and %" PRIu64 " pinned\n", "entries",
                 report->entries, report->packed, report->pinned);
    (void)printf("%-9s %" PRIu64 ", of them %" PRIu64 " pinned\n", "bytes", report->bytes,
                 report->pinned_bytes);
    (void)printf("%-9s %" PRIu64 " rows, %" PRIu64 " lead nowhere, %" PRIu64 " are missing\n",
                 "index", report->index_rows, report->index_strays, report->index_missing);
    (void)printf("%-9s %" PRIu64 " records%s\n", "damaged", report->damaged,
                 report->are_sums_wrong ? ", and the sums are wrong" : "");
    if (dropped != NULL) (void)printf("%-9s %" PRIu64 " records dropped\n", "repaired", *dropped);
}

static int check(struct ghm_home *home, const struct wish *wish)
{
    struct ghm_check check;
    uint64_t dropped = 0;
    int error = run_check(&check, home);
    if (error == GHM_ECORRUPT) {
        (void)fprintf(stderr,
                      "ghmesh: a page of the store's file is broken: the store is made anew "
                      "when no process has it open any more\n");
        return EXIT_NO;
    }
    if (error != GHM_OK) return command_failed(error, "cannot check the store");
    if (wish->is_repair) error = ghm_store_repair(home->store, &dropped);
    if (error != GHM_OK) return command_failed(error, "cannot repair the store");
    const uint64_t *told = wish->is_repair ? &dropped : NULL;
    int code = EXIT_DONE;
    if (wish->is_json)
        code = print_report_json(&check.report, told);
    else
        print_report(&check.report, told);
    return ghm_check_is_sound(&check.report) ? code : EXIT_NO;
}

/* ---- compact and clear ---- */

static int compact(struct ghm_home *home, const struct wish *wish)
{
    struct ghm_compact compact;
    if (isatty(STDERR_FILENO) != 0) (void)fprintf(stderr, "compacting\r");
    int error = ghm_home_compact(home, &compact);
    if (error == GHM_EBUSY)
        return command_failed(error, "cannot compact the store: stop the agent and programs that "
                                     "have it open, and try again");
    if (error != GHM_OK) return command_failed(error, "cannot compact the store");
    if (wish->is_json) {
        json_t *object = json_object();
        put_number(object, "before_bytes", compact.before_bytes);
        put_number(object, "after_bytes", compact.after_bytes);
        return print(object);
    }
    (void)printf("%" PRIu64 " bytes, before %" PRIu64 "\n", compact.after_bytes,
                 compact.before_bytes);
    return EXIT_DONE;
}

static int clear(struct ghm_home *home, const struct wish *wish)
{
    int dropped = ghm_store_drop_prefix(home->store, GHM_BYTES_NONE);
    if (dropped < 0) return command_failed(dropped, "cannot clear the store");
    if (wish->is_json) {
        json_t *object = json_object();
        put_number(object, "dropped", (uint64_t)dropped);
        return print(object);
    }
    (void)printf("%d entries forgotten\n", dropped);
    return EXIT_DONE;
}

/* ---- words ---- */

typedef int act_run(struct ghm_home *home, const struct wish *wish);

static const struct {
    const char *name;
    act_run *act;
} acts[] = {{"check", check}, {"compact", compact}, {"clear", clear}};

static act_run *find_act(const char *name)
{
    for (size_t i = 0; i < sizeof acts / sizeof acts[0]; i++) {
        if (strcmp(acts[i].name, name) == 0) return acts[i].act;
    }
    return NULL;
}

static int run(act_run *act, const struct wish *wish)
{
    struct ghm_home home;
    int code = EXIT_LOCAL;
    ghm_config *config = command_config_new(&code);
    if (config == NULL) return code;
    int error = ghm_home_open(&home, config);
    ghm_config_free(config);
    if (error != GHM_OK) {
        (void)fprintf(stderr, "ghmesh: %s\n", home.problem);
        return error == GHM_ECONFIG ? EXIT_USAGE : EXIT_LOCAL;
    }
    code = act(&home, wish);
    ghm_home_close(&home);
    return code;
}

/* LMDB trusts the heads of its pages: on a broken one it may end the process. That one is a child,
 * and its end is the answer. */
static int tell_of_crash(const struct wish *wish)
{
    int code = EXIT_LOCAL;
    (void)fprintf(stderr, "ghmesh: a page of the store's file is broken%s\n",
                  wish->is_repair ? ": the store is made anew when no process has it open any more"
                                  : "; ghmesh store check --repair makes the store anew");
    ghm_config *config = wish->is_repair ? command_config_new(&code) : NULL;
    int error = config == NULL ? GHM_OK : ghm_home_condemn(config);
    ghm_config_free(config);
    return error == GHM_OK ? EXIT_NO : command_failed(error, "cannot condemn the store");
}

static int check_apart(const struct wish *wish)
{
    int status;
    pid_t pid = fork();
    if (pid <= 0) return run(check, wish);
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR) return EXIT_LOCAL;
    }
    if (WIFEXITED(status)) return WEXITSTATUS(status);
    int number = WTERMSIG(status);
    bool is_crash = number == SIGSEGV || number == SIGBUS || number == SIGABRT;
    return is_crash ? tell_of_crash(wish) : EXIT_LOCAL;
}

int command_store(int argc, char **argv)
{
    struct wish wish = {.is_json = false};
    if (argc < 2) return command_usage("store", "check, compact or clear?");
    act_run *act = find_act(argv[1]);
    if (act == NULL) return command_usage("store", "unknown argument \"%s\"", argv[1]);
    for (int i = 2; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0)
            wish.is_json = true;
        else if (strcmp(argv[i], "--repair") == 0 && act == check)
            wish.is_repair = true;
        else
            return command_usage("store", "unknown argument \"%s\"", argv[i]);
    }
    return act == check ? check_apart(&wish) : run(act, &wish);
}
