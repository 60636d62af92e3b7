/* SPDX-License-Identifier: MIT */
#include "outfit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#define SOCKET_KEY "http_unix_socket"

static bool is_set(const char *value)
{
    return value != NULL && *value != '\0';
}

static bool join(char *ret_path, size_t size, const char *dir, const char *name)
{
    int len = snprintf(ret_path, size, "%s/%s", dir, name);
    return len > 0 && (size_t)len < size;
}

/* ---- the folder ---- */

static bool make_below(struct outfit *outfit, const char *parent)
{
    /* Short, or the socket in it has no name: 108 bytes. */
    if (!is_set(parent) || *parent != '/' || strlen(parent) > 40) return false;
    (void)snprintf(outfit->dir, sizeof outfit->dir, "%s/ghmesh-XXXXXX", parent);
    return mkdtemp(outfit->dir) != NULL;
}

static bool make_dir(struct outfit *outfit)
{
    if (make_below(outfit, getenv("XDG_RUNTIME_DIR")) || make_below(outfit, getenv("TMPDIR")) ||
        make_below(outfit, "/tmp"))
        return true;
    outfit->dir[0] = '\0';
    return false;
}

static int drop_one(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    (void)status;
    (void)kind;
    (void)walk;
    (void)remove(path);
    return 0;
}

void outfit_drop(struct outfit *outfit)
{
    for (size_t i = 0; i < OUTFIT_DOORS; i++) {
        if (outfit->doors[i].fd >= 0) (void)close(outfit->doors[i].fd);
        outfit->doors[i].fd = -1;
    }
    if (outfit->dir[0] != '\0') (void)nftw(outfit->dir, drop_one, 8, FTW_DEPTH | FTW_PHYS);
    outfit->dir[0] = '\0';
}

/* ---- gh's configuration ---- */

/* As gh looks for it. */
static void find_gh_config(struct outfit *outfit)
{
    char path[OUTFIT_PATH_MAX];
    const char *own = getenv("GH_CONFIG_DIR");
    const char *config = getenv("XDG_CONFIG_HOME");
    const char *home = getenv("HOME");
    bool is_found = false;
    if (is_set(own))
        is_found = realpath(own, outfit->gh_config_dir) != NULL;
    else if (is_set(config))
        is_found =
            join(path, sizeof path, config, "gh") && realpath(path, outfit->gh_config_dir) != NULL;
    else if (is_set(home))
        is_found = join(path, sizeof path, home, ".config/gh") &&
                   realpath(path, outfit->gh_config_dir) != NULL;
    if (!is_found) outfit->gh_config_dir[0] = '\0';
}

/* A key at the left margin: not a comment, not the mark before or after a document. */
static bool is_key(const char *line)
{
    return *line != '\0' && strchr(" \t\r\n#-.%", *line) == NULL;
}

/* Everything as it is, but for the socket. */
static void copy_settings(FILE *out, FILE *in, const char *socket)
{
    char *line = NULL;
    size_t size = 0;
    bool is_written = socket == NULL;
    bool is_skipped = false; /* in the value of the user's own socket, which may go on */
    while (getline(&line, &size, in) > 0) {
        if (is_key(line)) is_skipped = strncmp(line, SOCKET_KEY ":", strlen(SOCKET_KEY) + 1) == 0;
        if (is_key(line) && !is_written) {
            (void)fprintf(out, SOCKET_KEY ": \"%s\"\n", socket);
            is_written = true;
        }
        if (!is_skipped || socket == NULL) (void)fputs(line, out);
    }
    if (!is_written) (void)fprintf(out, SOCKET_KEY ": \"%s\"\n", socket);
    free(line);
}

/* Whole or not at all, for a gh may be reading it. NULL: without a socket of ours. */
static bool write_settings(const struct outfit *outfit, const char *socket)
{
    char theirs[OUTFIT_PATH_MAX];
    char ours[OUTFIT_PATH_MAX];
    char fresh[OUTFIT_PATH_MAX];
    FILE *in = NULL;
    if (outfit->gh_config_dir[0] != '\0' &&
        join(theirs, sizeof theirs, outfit->gh_config_dir, "config.yml"))
        in = fopen(theirs, "re");
    if (in == NULL) in = fopen("/dev/null", "re");
    bool is_named = join(ours, sizeof ours, outfit->dir, "gh/config.yml") &&
                    join(fresh, sizeof fresh, outfit->dir, "gh/config.new");
    int fd = in != NULL && is_named
                 ? open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600)
                 : -1;
    FILE *out = fd < 0 ? NULL : fdopen(fd, "w");
    if (out != NULL) copy_settings(out, in, socket);
    if (in != NULL) (void)fclose(in);
    return out != NULL && fclose(out) == 0 && rename(fresh, ours) == 0;
}

/* Logins, and what extensions keep there: the user's own files, so that nothing of them is copied,
 * and what is changed is changed. */
static void link_others(const struct outfit *outfit)
{
    char theirs[OUTFIT_PATH_MAX];
    char ours[OUTFIT_PATH_MAX];
    if (outfit->gh_config_dir[0] == '\0') return;
    if (join(theirs, sizeof theirs, outfit->gh_config_dir, "hosts.yml") &&
        join(ours, sizeof ours, outfit->dir, "gh/hosts.yml"))
        (void)!symlink(theirs, ours); /* also before the first login */
    DIR *dir = opendir(outfit->gh_config_dir);
    for (struct dirent *entry; dir != NULL && (entry = readdir(dir)) != NULL;) {
        if (entry->d_name[0] == '.' || strcmp(entry->d_name, "config.yml") == 0) continue;
        if (join(theirs, sizeof theirs, outfit->gh_config_dir, entry->d_name) &&
            snprintf(ours, sizeof ours, "%s/gh/%s", outfit->dir, entry->d_name) < (int)sizeof ours)
            (void)!symlink(theirs, ours);
    }
    if (dir != NULL) (void)closedir(dir);
}

static bool make_gh_config(struct outfit *outfit)
{
    char path[OUTFIT_PATH_MAX];
    find_gh_config(outfit);
    if (!join(path, sizeof path, outfit->dir, "gh") || mkdir(path, 0700) != 0) return false;
    link_others(outfit);
    return write_settings(outfit, outfit->doors[0].place);
}

/* The keys at the left margin of hosts.yml, each a host; with what is allowed already. */
static void list_hosts(char *list, size_t size, FILE *in, const char *cached_host)
{
    char *line = NULL;
    size_t line_size = 0;
    while (getline(&line, &line_size, in) > 0) {
        size_t len = strcspn(line, ": \t\r\n");
        size_t used = strlen(list);
        if (!is_key(line) || line[len] != ':' || used + len + 2 > size) continue;
        line[len] = '\0';
        if (strcasecmp(line, cached_host) != 0)
            (void)snprintf(list + used, size - used, "%s%s", used > 0 ? "," : "", line);
    }
    free(line);
}

void outfit_allow_hosts(const struct outfit *outfit, ghm_config *config, const char *cached_host)
{
    char path[OUTFIT_PATH_MAX];
    char list[OUTFIT_PATH_MAX];
    int len = snprintf(list, sizeof list, "%s", ghm_config_text(config, GHM_SETTING_HTTP_HOSTS));
    bool is_fine = len >= 0 && (size_t)len < sizeof list &&
                   join(path, sizeof path, outfit->dir, "gh/hosts.yml");
    FILE *in = is_fine ? fopen(path, "re") : NULL;
    if (in == NULL) return;
    list_hosts(list, sizeof list, in, cached_host);
    (void)fclose(in);
    (void)ghm_config_set(config, "GHMESH_HTTP_HOSTS", list);
}

/* ---- the doors ---- */

static bool open_doors(struct outfit *outfit)
{
    const char *at = "socket,0";
    for (size_t i = 0; i < OUTFIT_DOORS; i++) {
        if (ghm_door_open(&outfit->doors[i], &at, outfit->dir) != GHM_OK) return false;
    }
    return true;
}

bool outfit_make(struct outfit *ret_outfit, const struct ghm_config_origin *origin)
{
    *ret_outfit = (struct outfit){.doors = {{.fd = -1}, {.fd = -1}}};
    (void)snprintf(ret_outfit->origin, sizeof ret_outfit->origin, "%s://%s%s",
                   origin->is_tls ? "https" : "http", origin->host, origin->prefix);
    if (make_dir(ret_outfit) && open_doors(ret_outfit) && make_gh_config(ret_outfit)) return true;
    outfit_drop(ret_outfit);
    return false;
}

void outfit_take_off(struct outfit *outfit)
{
    (void)write_settings(outfit, NULL);
    for (size_t i = 0; i < OUTFIT_DOORS; i++) {
        (void)close(outfit->doors[i].fd);
        outfit->doors[i].fd = -1;
    }
}

/* ---- the variables ---- */

static bool set(const char *name, const char *value)
{
    return setenv(name, value, 1) == 0;
}

static bool set_below(const char *name, const char *base, const char *path)
{
    char value[OUTFIT_PATH_MAX];
    int len = snprintf(value, sizeof value, "%s%s", base, path);
    return len > 0 && (size_t)len < sizeof value && set(name, value);
}

/* Where there is a proxy for everything, this machine's own port must not go through it. */
static bool add_no_proxy(const char *name)
{
    char value[OUTFIT_PATH_MAX];
    const char *old = getenv(name);
    if (!is_set(old)) return set(name, "127.0.0.1,localhost");
    if (strcmp(old, "*") == 0) return true;
    int len = snprintf(value, sizeof value, "%s,127.0.0.1,localhost", old);
    return len > 0 && (size_t)len < sizeof value && set(name, value);
}

static bool has_proxy(void)
{
    static const char *const names[] = {"http_proxy", "HTTP_PROXY",  "all_proxy",
                                        "ALL_PROXY",  "https_proxy", "HTTPS_PROXY"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (is_set(getenv(names[i]))) return true;
    }
    return false;
}

bool outfit_wear(const struct outfit *outfit)
{
    const char *url = outfit->doors[1].place;
    bool is_fine = set_below("GH_CONFIG_DIR", outfit->dir, "/gh") && set("GITHUB_API_URL", url) &&
                   set_below("GITHUB_GRAPHQL_URL", url, "/graphql") &&
                   set("GHMESH_HTTP_URL", url) &&
                   set("GHMESH_HTTP_SOCKET", outfit->doors[0].place) &&
                   set("GHMESH_HOST", outfit->origin); /* ghmesh reads GITHUB_API_URL too */
    if (is_fine && has_proxy()) is_fine = add_no_proxy("no_proxy") && add_no_proxy("NO_PROXY");
    return is_fine;
}
