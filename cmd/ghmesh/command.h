/* SPDX-License-Identifier: MIT */
/* The subcommands: one file each, one row each in main.c. */
#ifndef GHM_CMD_COMMAND_H
#define GHM_CMD_COMMAND_H

#include <ghmesh.h>

#include <stdbool.h>

/* The exit codes of all subcommands; ghmesh(1) lists them. */
enum exit_code {
    EXIT_DONE = 0,
    EXIT_NO = 1,     /* GitHub answered with an error status; the key is not in the cache */
    EXIT_USAGE = 2,  /* the command line or the configuration cannot be used */
    EXIT_LOCAL = 3,  /* this machine's fault: directory, disk, memory */
    EXIT_ORIGIN = 4, /* GitHub could not be reached, and nothing usable is stored */
    EXIT_RATE = 5,   /* GitHub's limits forbid asking now, and nothing usable is stored */
};

typedef int command_run(int argc, char **argv);

command_run command_api;
command_run command_why;
command_run command_get;
command_run command_put;
command_run command_stats;
command_run command_store;
command_run command_agent;
command_run command_up;
command_run command_down;
command_run command_status;
command_run command_exec;
command_run command_id;
command_run command_p2p;
command_run command_secret;
command_run command_config;
command_run command_version;

/** Is it a call for help: -h or --help among the arguments before "--"? Of a command that runs
 * another, `is_wrapper`, only among those before the first word. */
bool command_wants_help(int argc, char **argv, bool is_wrapper);

/** Say on standard error what is wrong with the command line, and where help is. */
int command_usage(const char *name, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** Say on standard error what failed; returns the exit code for `error`. */
int command_failed(int error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** The configuration, or NULL and the exit code in `ret_code` with its problem told. */
ghm_config *command_config_new(int *ret_code);

/** The token that gh is logged in with, if nothing else says one; set in the configuration. */
void command_find_token(ghm_config *config);

/** As command_open, of `hostname` when it is not NULL; but where the cache cannot be had, warn and
 * go on with an empty one that lasts as long as this process: the request to GitHub is what the
 * caller wants. */
ghm *command_open_anyhow(int *ret_code, const char *hostname);

/** Remove what command_open_anyhow made. */
void command_clean(void);

/** Open the cache for a command that does not stay. NULL: told, and `ret_code` set. */
ghm *command_open(int *ret_code);

/** Likewise, for another host than the configured one, with that host's token; NULL: not. */
ghm *command_open_of(int *ret_code, const char *hostname);

#endif
