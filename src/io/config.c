/* SPDX-License-Identifier: MIT */
#include "io/config.h"

#include "base/assert.h"
#include "base/mem.h"
#include "io/files.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#define VALUE_LEN_MAX 16384
#define PROBLEM_LEN_MAX 512

struct value {
    char *text; /* owned, or a constant when size is 0 */
    size_t size;
    char source[64];
    char problem[PROBLEM_LEN_MAX]; /* what was last refused for it; "" after a good value */
};

struct ghm_config {
    struct value values[GHM_SETTING_COUNT];
    char problem[PROBLEM_LEN_MAX]; /* of the file, and of no one setting */
};

struct setting {
    const char *name;
    const char *aliases;
    enum ghm_config_kind kind;
    int64_t least;
    int64_t most;
    const char *value;
    const char *meaning;
};

static const struct setting settings[GHM_SETTING_COUNT] = {
#define SETTING_ROW(id, name, aliases, kind, least, most, value, text)                             \
    [GHM_SETTING_##id] = {name, aliases, kind, least, most, value, text},
    GHM_SETTING_MAP(SETTING_ROW)
#undef SETTING_ROW
};

/* ---- values ---- */

static bool reads_as_bool(bool *ret_value, const char *text)
{
    static const char *const yes[] = {"true", "1", "yes", "on"};
    static const char *const no[] = {"false", "0", "no", "off"};
    for (size_t i = 0; i < 4; i++) {
        if (strcasecmp(text, yes[i]) == 0 || strcasecmp(text, no[i]) == 0) {
            *ret_value = strcasecmp(text, yes[i]) == 0;
            return true;
        }
    }
    return false;
}

static bool reads_as_number(int64_t *ret_value, const struct setting *setting, const char *text)
{
    char *end;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0') return false;
    if (value < setting->least || value > setting->most) return false;
    *ret_value = value;
    return true;
}

/* Settings that are one word of a few. */
struct choice {
    enum ghm_setting id;
    const char *wanted; /* for people */
    const char *words[5];
};

static const struct choice *choice_of(enum ghm_setting id)
{
    static const struct choice choices[] = {
        {GHM_SETTING_LOG, "error, warn, info or debug", {"error", "warn", "info", "debug"}},
        {GHM_SETTING_TRUST, "proof or mesh", {"proof", "mesh"}},
        {GHM_SETTING_AGENT, "auto or off", {"auto", "off"}},
        {GHM_SETTING_LIMITS, "auto, github or off", {"auto", "github", "off"}},
    };
    for (size_t i = 0; i < sizeof choices / sizeof choices[0]; i++) {
        if (choices[i].id == id) return &choices[i];
    }
    return NULL;
}

static bool is_chosen(const struct choice *choice, const char *text)
{
    for (const char *const *word = choice->words; *word != NULL; word++) {
        if (strcmp(*word, text) == 0) return true;
    }
    return false;
}

static bool is_acceptable(enum ghm_setting id, const char *text)
{
    bool yes;
    int64_t number;
    if (strlen(text) > VALUE_LEN_MAX || strpbrk(text, "\r\n") != NULL) return false;
    switch (settings[id].kind) {
    case GHM_CONFIG_BOOL:
        return reads_as_bool(&yes, text);
    case GHM_CONFIG_NUMBER:
        return reads_as_number(&number, &settings[id], text);
    case GHM_CONFIG_TEXT:
        return choice_of(id) == NULL || is_chosen(choice_of(id), text);
    case GHM_CONFIG_SECRET:
        return true;
    }
    GHM_UNREACHABLE();
}

static void drop_value(struct value *value)
{
    if (value->size > 0) {
        ghm_mem_wipe(value->text, value->size);
        ghm_mem_free(NULL, value->text, value->size);
    }
    value->size = 0;
}

static int keep_value(struct ghm_config *config, enum ghm_setting id, const char *text,
                      const char *source)
{
    size_t size = strlen(text) + 1;
    char *copy = ghm_mem_alloc(NULL, size);
    if (copy == NULL) return GHM_ENOMEM;
    memcpy(copy, text, size);
    struct value *value = &config->values[id];
    drop_value(value);
    value->text = copy;
    value->size = size;
    value->problem[0] = '\0';
    (void)snprintf(value->source, sizeof value->source, "%s", source);
    return GHM_OK;
}

static const char *wanted_text(enum ghm_setting id)
{
    const struct choice *choice = choice_of(id);
    return choice == NULL ? "one line of text" : choice->wanted;
}

static void complain(struct ghm_config *config, enum ghm_setting id, const char *source)
{
    const struct setting *setting = &settings[id];
    char *problem = config->values[id].problem;
    if (setting->kind == GHM_CONFIG_NUMBER) {
        (void)snprintf(problem, PROBLEM_LEN_MAX, "%s (%s) must be a whole number from %lld to %lld",
                       setting->name, source, (long long)setting->least, (long long)setting->most);
    } else if (setting->kind == GHM_CONFIG_BOOL) {
        (void)snprintf(problem, PROBLEM_LEN_MAX, "%s (%s) must be true or false", setting->name,
                       source);
    } else {
        (void)snprintf(problem, PROBLEM_LEN_MAX, "%s (%s) must be %s", setting->name, source,
                       wanted_text(id));
    }
}

static int set_value(struct ghm_config *config, enum ghm_setting id, const char *text,
                     const char *source)
{
    if (!is_acceptable(id, text)) {
        complain(config, id, source);
        return GHM_ECONFIG;
    }
    return keep_value(config, id, text, source);
}

/* ---- names ---- */

static bool is_alias(const char *aliases, const char *name)
{
    size_t len = strlen(name);
    if (strchr(name, ' ') != NULL) return false;
    for (const char *at = aliases; len > 0 && (at = strstr(at, name)) != NULL; at += len) {
        bool starts = at == aliases || at[-1] == ' ';
        if (starts && (at[len] == ' ' || at[len] == '\0')) return true;
    }
    return false;
}

static bool find_setting(enum ghm_setting *ret_id, const char *name)
{
    for (int id = 0; id < GHM_SETTING_COUNT; id++) {
        const char *full = settings[id].name;
        bool is_short = strcasecmp(full + strlen("GHMESH_"), name) == 0;
        if (strcasecmp(full, name) == 0 || is_short || is_alias(settings[id].aliases, name)) {
            *ret_id = (enum ghm_setting)id;
            return true;
        }
    }
    return false;
}

/* ---- sources ---- */

static int read_variable(struct ghm_config *config, enum ghm_setting id, const char *variable)
{
    char source[96];
    const char *text = getenv(variable);
    if (text == NULL || *text == '\0') return GHM_EAGAIN;
    (void)snprintf(source, sizeof source, "environment %s", variable);
    return set_value(config, id, text, source);
}

static int read_environment(struct ghm_config *config, enum ghm_setting id)
{
    int error = read_variable(config, id, settings[id].name);
    const char *at = settings[id].aliases;
    while (error == GHM_EAGAIN && *at != '\0') {
        char name[64];
        size_t len = strcspn(at, " ");
        (void)snprintf(name, sizeof name, "%.*s", (int)len, at);
        error = read_variable(config, id, name);
        at += len + strspn(at + len, " ");
    }
    return error == GHM_EAGAIN ? GHM_OK : error;
}

static char *trimmed(char *text)
{
    while (isspace((unsigned char)*text))
        text++;
    size_t len = strlen(text);
    while (len > 0 && isspace((unsigned char)text[len - 1]))
        text[--len] = '\0';
    return text;
}

static int read_line(struct ghm_config *config, char *line, unsigned number)
{
    char source[64];
    enum ghm_setting id;
    line = trimmed(line);
    if (*line == '\0' || *line == '#' || *line == ';' || *line == '[') return GHM_OK;
    (void)snprintf(source, sizeof source, "config.ini line %u", number);
    char *equals = strchr(line, '=');
    if (equals == NULL) {
        (void)snprintf(config->problem, sizeof config->problem, "%s: expected NAME = VALUE",
                       source);
        return GHM_ECONFIG;
    }
    *equals = '\0';
    if (!find_setting(&id, trimmed(line))) {
        (void)snprintf(config->problem, sizeof config->problem, "%s: there is no setting %.64s",
                       source, trimmed(line));
        return GHM_ECONFIG;
    }
    return set_value(config, id, trimmed(equals + 1), source);
}

static int read_lines(struct ghm_config *config, char *text)
{
    unsigned number = 1;
    int worst = GHM_OK;
    for (char *line = text; line != NULL; number++) {
        char *next = strchr(line, '\n');
        if (next != NULL) *next++ = '\0';
        int error = read_line(config, line, number);
        if (error != GHM_OK) worst = error;
        line = next;
    }
    return worst;
}

static int user_path(char *ret_path, size_t size, const char *variable, const char *fallback,
                     const char *name)
{
    const char *base = getenv(variable);
    const char *home = getenv("HOME");
    int len;
    if (base != NULL && *base == '/') {
        len = snprintf(ret_path, size, "%s/%s", base, name);
    } else if (home != NULL && *home == '/') {
        len = snprintf(ret_path, size, "%s/%s/%s", home, fallback, name);
    } else {
        return GHM_ENOTFOUND;
    }
    return len < 0 || (size_t)len >= size ? GHM_ELIMIT : GHM_OK;
}

static int read_file(struct ghm_config *config)
{
    char path[GHM_FILES_PATH_MAX];
    struct ghm_buf buf;
    if (user_path(path, sizeof path, "XDG_CONFIG_HOME", ".config", "ghmesh/config.ini") != GHM_OK)
        return GHM_OK;
    ghm_buf_init(&buf, NULL, 131072);
    int error = ghm_files_read(&buf, path, 65536);
    if (error == GHM_OK) error = ghm_buf_append(&buf, ghm_bytes("", 1));
    if (error == GHM_OK) error = read_lines(config, (char *)buf.ptr + buf.start);
    if (error != GHM_OK && error != GHM_ECONFIG && error != GHM_ENOTFOUND) {
        (void)snprintf(config->problem, sizeof config->problem, "%.400s cannot be read: %s", path,
                       ghm_error_text(error));
        error = GHM_ECONFIG;
    }
    if (buf.ptr != NULL) ghm_mem_wipe(buf.ptr, buf.size);
    ghm_buf_fini(&buf);
    return error == GHM_ENOTFOUND ? GHM_OK : error;
}

/* ---- the public face ---- */

GHM_API int ghm_config_new(ghm_config **ret_config)
{
    struct ghm_config *config = ghm_mem_alloc(NULL, sizeof *config);
    if (config == NULL) return GHM_ENOMEM;
    for (int id = 0; id < GHM_SETTING_COUNT; id++)
        (void)snprintf(config->values[id].source, sizeof config->values[id].source, "default");
    int worst = read_file(config);
    for (int id = 0; id < GHM_SETTING_COUNT; id++) {
        int error = read_environment(config, (enum ghm_setting)id);
        if (error != GHM_OK) worst = error;
    }
    if (worst != GHM_OK && worst != GHM_ECONFIG) {
        ghm_config_free(config);
        return worst;
    }
    /* What the file says wrongly and the environment rightly is no problem. */
    *ret_config = config;
    return *ghm_config_problem(config) == '\0' ? GHM_OK : GHM_ECONFIG;
}

GHM_API void ghm_config_free(ghm_config *config)
{
    if (config == NULL) return;
    for (int id = 0; id < GHM_SETTING_COUNT; id++)
        drop_value(&config->values[id]);
    ghm_mem_free(NULL, config, sizeof *config);
}

GHM_API int ghm_config_set(ghm_config *config, const char *name, const char *value)
{
    enum ghm_setting id;
    if (!find_setting(&id, name)) return GHM_EINVAL;
    return set_value(config, id, value, "caller");
}

GHM_API const char *ghm_config_at(const ghm_config *config, const char **ret_value,
                                  const char **ret_source, size_t index)
{
    if (index >= GHM_SETTING_COUNT) return NULL;
    enum ghm_setting id = (enum ghm_setting)index;
    bool is_hidden = settings[id].kind == GHM_CONFIG_SECRET && *ghm_config_text(config, id) != '\0';
    *ret_value = is_hidden ? "(set)" : ghm_config_text(config, id);
    *ret_source = config->values[id].source;
    return settings[id].name;
}

GHM_API const char *ghm_config_problem(const ghm_config *config)
{
    for (int id = 0; id < GHM_SETTING_COUNT; id++) {
        if (config->values[id].problem[0] != '\0') return config->values[id].problem;
    }
    return config->problem;
}

/* ---- the house's face ---- */

const char *ghm_config_text(const struct ghm_config *config, enum ghm_setting setting)
{
    const struct value *value = &config->values[setting];
    return value->size > 0 ? value->text : settings[setting].value;
}

int64_t ghm_config_number(const struct ghm_config *config, enum ghm_setting setting)
{
    int64_t number = 0;
    GHM_ASSERT(reads_as_number(&number, &settings[setting], ghm_config_text(config, setting)));
    return number;
}

bool ghm_config_bool(const struct ghm_config *config, enum ghm_setting setting)
{
    bool yes = false;
    GHM_ASSERT(reads_as_bool(&yes, ghm_config_text(config, setting)));
    return yes;
}

int ghm_config_copy(struct ghm_config **ret_config, const struct ghm_config *config)
{
    struct ghm_config *copy = ghm_mem_alloc(NULL, sizeof *copy);
    if (copy == NULL) return GHM_ENOMEM;
    memcpy(copy->problem, config->problem, sizeof copy->problem);
    for (int id = 0; id < GHM_SETTING_COUNT; id++) {
        const struct value *value = &config->values[id];
        int error = GHM_OK;
        if (value->size > 0)
            error = keep_value(copy, (enum ghm_setting)id, value->text, value->source);
        memcpy(copy->values[id].source, value->source, sizeof value->source);
        memcpy(copy->values[id].problem, value->problem, sizeof value->problem);
        if (error != GHM_OK) {
            ghm_config_free(copy);
            return error;
        }
    }
    *ret_config = copy;
    return GHM_OK;
}

const char *ghm_config_meaning(enum ghm_setting setting)
{
    return settings[setting].meaning;
}

const char *ghm_config_aliases(enum ghm_setting setting)
{
    return settings[setting].aliases;
}

int ghm_config_dir(const struct ghm_config *config, char *ret_dir, size_t size)
{
    const char *dir = ghm_config_text(config, GHM_SETTING_DIR);
    if (*dir == '\0')
        return user_path(ret_dir, size, "XDG_CACHE_HOME", ".cache", "ghmesh") == GHM_OK
                   ? GHM_OK
                   : GHM_ECONFIG;
    int len = snprintf(ret_dir, size, "%s", dir);
    return len < 0 || (size_t)len >= size ? GHM_ECONFIG : GHM_OK;
}

/* A DNS name, an IPv4 address, or an IPv6 address in brackets. */
static bool is_name(const char *text, size_t len)
{
    if (len == 0) return false;
    const char *others = text[0] == '[' ? ":." : "-._";
    if (text[0] == '[') {
        if (len < 4 || text[len - 1] != ']') return false;
        text++;
        len -= 2;
    }
    for (size_t i = 0; i < len; i++) {
        if (!isalnum((unsigned char)text[i]) && strchr(others, text[i]) == NULL) return false;
    }
    return true;
}

static bool is_port(const char *text, size_t len)
{
    unsigned port = 0;
    for (size_t i = 0; i < len && i < 6; i++) {
        if (!isdigit((unsigned char)text[i])) return false;
        port = 10 * port + (unsigned)(text[i] - '0');
    }
    return len >= 1 && len <= 5 && port >= 1 && port <= 65535;
}

/* Bytes before the port's colon. */
static size_t name_len_of(const char *text, size_t len)
{
    for (size_t i = len; i > 0 && text[i - 1] != ']'; i--) {
        if (text[i - 1] == ':') return i - 1;
    }
    return len;
}

static int read_host(struct ghm_config_origin *origin, const char *text, size_t len)
{
    size_t name_len = name_len_of(text, len);
    if (len >= sizeof origin->host || !is_name(text, name_len)) return GHM_ECONFIG;
    if (name_len < len && !is_port(text + name_len + 1, len - name_len - 1)) return GHM_ECONFIG;
    for (size_t i = 0; i < len; i++)
        origin->host[i] = (char)tolower((unsigned char)text[i]);
    origin->host[len] = '\0';
    const char *own_port = origin->is_tls ? ":443" : ":80";
    if (strcmp(origin->host + name_len, own_port) == 0) origin->host[name_len] = '\0';
    return GHM_OK;
}

static int read_prefix(struct ghm_config_origin *origin, const char *text)
{
    size_t len = strlen(text);
    while (len > 0 && text[len - 1] == '/')
        len--;
    if (len >= sizeof origin->prefix || strcspn(text, "?# \t") < len) return GHM_ECONFIG;
    const char *empty = strstr(text, "//");
    if (empty != NULL && empty < text + len) return GHM_ECONFIG;
    memcpy(origin->prefix, text, len);
    origin->prefix[len] = '\0';
    return GHM_OK;
}

int ghm_config_origin(struct ghm_config_origin *ret_origin, const struct ghm_config *config)
{
    struct ghm_config_origin origin = {.is_tls = true};
    const char *text = ghm_config_text(config, GHM_SETTING_HOST);
    bool is_url = strncasecmp(text, "https://", 8) == 0 || strncasecmp(text, "http://", 7) == 0;
    origin.is_tls = strncasecmp(text, "http://", 7) != 0;
    if (is_url) text = strstr(text, "//") + 2;
    size_t host_len = strcspn(text, "/");
    int error = read_host(&origin, text, host_len);
    if (error == GHM_OK) error = read_prefix(&origin, text + host_len);
    if (error != GHM_OK) return error;
    bool is_public = strcmp(origin.host, "github.com") == 0;
    if (is_public) (void)snprintf(origin.host, sizeof origin.host, "api.github.com");
    /* A bare name that is not GitHub's own API is an Enterprise Server, whose API is below a path.
     */
    if (!is_url && !is_public && strcmp(origin.host, "api.github.com") != 0 &&
        *origin.prefix == '\0')
        (void)snprintf(origin.prefix, sizeof origin.prefix, "/api/v3");
    *ret_origin = origin;
    return GHM_OK;
}

/* An Enterprise Server has no limits unless its owner sets some. */
static bool is_github(const char *host)
{
    static const char tenant[] = ".ghe.com";
    size_t len = strlen(host);
    if (strcmp(host, "api.github.com") == 0) return true;
    return len > strlen(tenant) && strcmp(host + len - strlen(tenant), tenant) == 0;
}

bool ghm_config_is_paced(const struct ghm_config *config, const struct ghm_config_origin *origin)
{
    const char *limits = ghm_config_text(config, GHM_SETTING_LIMITS);
    if (strcmp(limits, "auto") == 0) return is_github(origin->host);
    return strcmp(limits, "github") == 0;
}
