/* SPDX-License-Identifier: MIT */
#include "command.h"

#include "api/open.h"
#include "io/config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/wait.h>
#include <unistd.h>

bool command_wants_help(int argc, char **argv, bool is_wrapper)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (is_wrapper && argv[i][0] != '-') return false;
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) return true;
    }
    return false;
}

int command_usage(const char *name, const char *format, ...)
{
    va_list args;
    (void)fprintf(stderr, "ghmesh %s: ", name);
    va_start(args, format);
    (void)vfprintf(stderr, format, args);
    va_end(args);
    (void)fprintf(stderr, "\nSee: ghmesh %s --help\n", name);
    return EXIT_USAGE;
}

static int exit_of(int error)
{
    switch ((enum ghm_error)error) {
    case GHM_ENOTFOUND:
        return EXIT_NO;
    case GHM_EINVAL:
    case GHM_ECONFIG:
        return EXIT_USAGE;
    case GHM_EORIGIN:
    case GHM_ETIMEOUT:
        return EXIT_ORIGIN;
    case GHM_ERATE:
        return EXIT_RATE;
    case GHM_OK:
    case GHM_EAGAIN:
    case GHM_ENOMEM:
    case GHM_EPROTO:
    case GHM_ELIMIT:
    case GHM_EIO:
    case GHM_ECORRUPT:
    case GHM_EAUTH:
    case GHM_ECLOSED:
    case GHM_ENOTSUP:
    case GHM_EBUSY:
    case GHM_EACCES:
    case GHM_EFULL:
    case GHM_EOLD:
        break;
    }
    return EXIT_LOCAL;
}

int command_failed(int error, const char *format, ...)
{
    va_list args;
    (void)fprintf(stderr, "ghmesh: ");
    va_start(args, format);
    (void)vfprintf(stderr, format, args);
    va_end(args);
    (void)fprintf(stderr, ": %s\n", ghm_error_text(error));
    return exit_of(error);
}

ghm_config *command_config_new(int *ret_code)
{
    ghm_config *config = NULL;
    int error = ghm_config_new(&config);
    if (error == GHM_OK) return config;
    if (config == NULL)
        *ret_code = command_failed(error, "cannot read the configuration");
    else {
        (void)fprintf(stderr, "ghmesh: %s\n", ghm_config_problem(config));
        *ret_code = EXIT_USAGE;
    }
    ghm_config_free(config);
    return NULL;
}

/* ---- the token of gh ---- */

static bool is_token_set(const ghm_config *config)
{
    const char *value;
    const char *source;
    const char *name;
    for (size_t i = 0; (name = ghm_config_at(config, &value, &source, i)) != NULL; i++) {
        if (strcmp(name, "GHMESH_TOKEN") == 0) return *value != '\0';
    }
    return false;
}

static void exec_gh(int out, const char *hostname)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0 || dup2(null, 0) < 0 || dup2(out, 1) < 0 || dup2(null, 2) < 0) _exit(127);
    if (hostname == NULL)
        (void)execlp("gh", "gh", "auth", "token", (char *)NULL);
    else
        (void)execlp("gh", "gh", "auth", "token", "--hostname", hostname, (char *)NULL);
    _exit(127);
}

static size_t read_line(int fd, char *ret_line, size_t size)
{
    size_t len = 0;
    for (ssize_t n; len + 1 < size && (n = read(fd, ret_line + len, size - 1 - len)) != 0;) {
        if (n < 0 && errno != EINTR) break;
        if (n > 0) len += (size_t)n;
    }
    ret_line[len] = '\0';
    return strcspn(ret_line, "\r\n");
}

static void ask_gh(ghm_config *config, const char *hostname)
{
    char token[512];
    int ends[2];
    int status;
    if (pipe2(ends, O_CLOEXEC) != 0) return;
    pid_t pid = fork();
    if (pid == 0) exec_gh(ends[1], hostname);
    (void)close(ends[1]);
    size_t len = pid < 0 ? 0 : read_line(ends[0], token, sizeof token);
    (void)close(ends[0]);
    if (pid < 0) return;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    token[len] = '\0';
    if (len > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0)
        (void)ghm_config_set(config, "GHMESH_TOKEN", token);
    ghm_mem_wipe(token, sizeof token);
}

void command_find_token(ghm_config *config)
{
    if (!is_token_set(config)) ask_gh(config, NULL);
}

/* Of api.github.com in its two spellings, or the same host. */
static bool is_configured(const ghm_config *config, const char *hostname)
{
    struct ghm_config_origin origin;
    if (ghm_config_origin(&origin, config) != GHM_OK) return false;
    if (strcasecmp(hostname, "github.com") == 0) hostname = "api.github.com";
    return strcasecmp(origin.host, hostname) == 0;
}

/* With the token that is meant for the host, and no other: one host's is not sent to another. */
static void set_host(ghm_config *config, const char *hostname)
{
    bool is_public = strcasecmp(hostname, "github.com") == 0;
    const char *const names[] = {is_public ? "GH_TOKEN" : "GH_ENTERPRISE_TOKEN",
                                 is_public ? "GITHUB_TOKEN" : "GITHUB_ENTERPRISE_TOKEN"};
    if (is_configured(config, hostname)) {
        command_find_token(config);
        return;
    }
    const char *token = getenv(names[0]);
    if (token == NULL || *token == '\0') token = getenv(names[1]);
    /* An agent that is left behind is the configured host's. */
    (void)ghm_config_set(config, "GHMESH_AGENT", "off");
    (void)ghm_config_set(config, "GHMESH_HOST", hostname);
    (void)ghm_config_set(config, "GHMESH_TOKEN", token == NULL ? "" : token);
    if (token == NULL || *token == '\0') ask_gh(config, hostname);
}

/* ---- opening ---- */

static int open_cache(ghm **ret_cache, const ghm_config *config)
{
    char problem[512] = "";
    int error = ghm_open_as(ret_cache, config, GHM_OPEN_VISITOR, problem, sizeof problem);
    if (error != GHM_OK)
        (void)fprintf(stderr, "ghmesh: %s\n", *problem != '\0' ? problem : ghm_error_text(error));
    return error;
}

static void find_token_of(ghm_config *config, const char *hostname)
{
    if (hostname == NULL)
        command_find_token(config);
    else
        set_host(config, hostname);
}

ghm *command_open(int *ret_code)
{
    return command_open_of(ret_code, NULL);
}

ghm *command_open_of(int *ret_code, const char *hostname)
{
    ghm *cache = NULL;
    ghm_config *config = command_config_new(ret_code);
    if (config == NULL) return NULL;
    find_token_of(config, hostname);
    int error = open_cache(&cache, config);
    ghm_config_free(config);
    if (error == GHM_OK) return cache;
    *ret_code = exit_of(error);
    return NULL;
}

static char passing_dir[] = "/tmp/ghmesh-XXXXXX";
static bool has_passing_dir;

static int open_passing(ghm **ret_cache, ghm_config *config)
{
    if (mkdtemp(passing_dir) == NULL) return GHM_EIO;
    has_passing_dir = true;
    (void)ghm_config_set(config, "GHMESH_DIR", passing_dir);
    (void)ghm_config_set(config, "GHMESH_P2P", "false");
    (void)ghm_config_set(config, "GHMESH_AGENT", "off");
    (void)ghm_config_set(config, "GHMESH_MAX_BYTES", "1048576");
    return open_cache(ret_cache, config);
}

ghm *command_open_anyhow(int *ret_code, const char *hostname)
{
    ghm *cache = NULL;
    ghm_config *config = command_config_new(ret_code);
    if (config == NULL) return NULL;
    find_token_of(config, hostname);
    int error = open_cache(&cache, config);
    bool is_settings = error == GHM_ECONFIG && *ghm_config_problem(config) != '\0';
    if (error != GHM_OK && !is_settings) {
        (void)fprintf(stderr, "ghmesh: going on without a cache\n");
        if (open_passing(&cache, config) == GHM_OK) error = GHM_OK;
    }
    ghm_config_free(config);
    if (error == GHM_OK) return cache;
    *ret_code = exit_of(error);
    return NULL;
}

static void drop_passing(const char *name)
{
    char path[sizeof passing_dir + 257];
    (void)snprintf(path, sizeof path, "%s/%s", passing_dir, name);
    (void)unlink(path);
}

void command_clean(void)
{
    if (!has_passing_dir) return;
    DIR *dir = opendir(passing_dir);
    for (struct dirent *entry; dir != NULL && (entry = readdir(dir)) != NULL;)
        drop_passing(entry->d_name);
    if (dir != NULL) (void)closedir(dir);
    (void)rmdir(passing_dir);
}
