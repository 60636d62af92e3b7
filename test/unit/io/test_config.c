/* SPDX-License-Identifier: MIT */
#include "io/config.h"

#include "scratch.h"

/* Nothing of the machine's own configuration is seen: this is the first thing each test does. */
static void clean(const struct scratch *scratch)
{
    for (int id = 0; id < GHM_SETTING_COUNT; id++) {
        char name[64];
        const char *at = ghm_config_aliases((enum ghm_setting)id);
        while (*at != '\0') {
            size_t len = strcspn(at, " ");
            (void)snprintf(name, sizeof name, "%.*s", (int)len, at);
            (void)unsetenv(name);
            at += len + strspn(at + len, " ");
        }
    }
#define UNSET(id, name, aliases, kind, least, most, value, text) (void)unsetenv(name);
    GHM_SETTING_MAP(UNSET)
#undef UNSET
    (void)unsetenv("XDG_CACHE_HOME");
    (void)setenv("HOME", "/nowhere", 1);
    (void)setenv("XDG_CONFIG_HOME", scratch->dir, 1);
}

static void write_ini(const struct scratch *scratch, const char *text)
{
    char path[256];
    scratch_path(scratch, path, "ghmesh");
    (void)mkdir(path, 0700);
    scratch_write(scratch, "ghmesh/config.ini", text, strlen(text));
}

static ghm_config *config_of(int error)
{
    ghm_config *config = NULL;
    assert_int_equal(ghm_config_new(&config), error);
    assert_non_null(config);
    assert_true((*ghm_config_problem(config) == '\0') == (error == GHM_OK));
    return config;
}

static const char *source_of(const ghm_config *config, enum ghm_setting setting)
{
    const char *value, *source;
    assert_non_null(ghm_config_at(config, &value, &source, setting));
    return source;
}

static void defaults_without_anything(void **state)
{
    clean(*state);
    ghm_config *config = config_of(GHM_OK);
    assert_true(ghm_config_bool(config, GHM_SETTING_P2P));
    assert_string_equal(ghm_config_text(config, GHM_SETTING_LISTEN), "9000");
    assert_string_equal(ghm_config_text(config, GHM_SETTING_BOOTSTRAP), "");
    assert_false(ghm_config_bool(config, GHM_SETTING_MDNS));
    assert_int_equal(ghm_config_number(config, GHM_SETTING_TTL_S), 300);
    assert_int_equal(ghm_config_number(config, GHM_SETTING_MAX_BYTES), 268435456);
    assert_int_equal(ghm_config_number(config, GHM_SETTING_MAX_ENTRIES), 100000);
    assert_int_equal(ghm_config_number(config, GHM_SETTING_TIMEOUT_S), 30);
    assert_string_equal(ghm_config_text(config, GHM_SETTING_HOST), "api.github.com");
    assert_string_equal(ghm_config_text(config, GHM_SETTING_TOKEN), "");
    assert_string_equal(ghm_config_text(config, GHM_SETTING_LOG), "warn");
    const char *value, *source;
    for (size_t i = 0; i < GHM_SETTING_COUNT; i++) {
        assert_non_null(ghm_config_at(config, &value, &source, i));
        assert_string_equal(source, "default");
        assert_true(*ghm_config_meaning((enum ghm_setting)i) != '\0');
    }
    assert_null(ghm_config_at(config, &value, &source, GHM_SETTING_COUNT));
    ghm_config_free(config);
    ghm_config_free(NULL);
}

/* Flags over environment over config.ini over defaults, for every setting. */
static void caller_over_environment_over_file(void **state)
{
    static const struct {
        enum ghm_setting id;
        const char *name, *file, *env, *caller;
    } rows[] = {
        {GHM_SETTING_P2P, "GHMESH_P2P", "no", "yes", "off"},
        {GHM_SETTING_LISTEN, "GHMESH_LISTEN", "1", "2", "/ip4/127.0.0.1/tcp/0"},
        {GHM_SETTING_BOOTSTRAP, "GHMESH_BOOTSTRAP", "/a", "/b", "/c"},
        {GHM_SETTING_MDNS, "GHMESH_MDNS", "yes", "no", "on"},
        {GHM_SETTING_TTL_S, "GHMESH_TTL_S", "1", "2", "31536000"},
        {GHM_SETTING_DIR, "GHMESH_DIR", "/a", "/b", "/c"},
        {GHM_SETTING_MAX_BYTES, "GHMESH_MAX_BYTES", "1048576", "1048577", "1099511627776"},
        {GHM_SETTING_MAX_ENTRIES, "GHMESH_MAX_ENTRIES", "16", "17", "100000000"},
        {GHM_SETTING_SECRET, "GHMESH_SECRET", "a", "b", "c"},
        {GHM_SETTING_HOST, "GHMESH_HOST", "a", "b", "c"},
        {GHM_SETTING_TOKEN, "GHMESH_TOKEN", "a", "b", "c"},
        {GHM_SETTING_TRUST, "GHMESH_TRUST", "mesh", "proof", "mesh"},
        {GHM_SETTING_AGENT, "GHMESH_AGENT", "off", "auto", "off"},
        {GHM_SETTING_LIMITS, "GHMESH_LIMITS", "off", "github", "auto"},
        {GHM_SETTING_TIMEOUT_S, "GHMESH_TIMEOUT_S", "1", "2", "3600"},
        {GHM_SETTING_HTTP, "GHMESH_HTTP", "off", "socket", "socket,8080"},
        {GHM_SETTING_HTTP_HOSTS, "GHMESH_HTTP_HOSTS", "a", "b", "http://c:1"},
        {GHM_SETTING_LOG, "GHMESH_LOG", "error", "info", "debug"},
    };
    assert_int_equal(sizeof rows / sizeof rows[0], GHM_SETTING_COUNT);
    for (size_t i = 0; i < GHM_SETTING_COUNT; i++) {
        char line[128], source[64];
        clean(*state);
        (void)snprintf(line, sizeof line, "# first\n%s = %s\n", rows[i].name, rows[i].file);
        write_ini(*state, line);
        ghm_config *config = config_of(GHM_OK);
        assert_string_equal(ghm_config_text(config, rows[i].id), rows[i].file);
        assert_string_equal(source_of(config, rows[i].id), "config.ini line 2");
        ghm_config_free(config);
        assert_int_equal(setenv(rows[i].name, rows[i].env, 1), 0);
        config = config_of(GHM_OK);
        assert_string_equal(ghm_config_text(config, rows[i].id), rows[i].env);
        (void)snprintf(source, sizeof source, "environment %s", rows[i].name);
        assert_string_equal(source_of(config, rows[i].id), source);
        assert_int_equal(ghm_config_set(config, rows[i].name, rows[i].caller), GHM_OK);
        assert_string_equal(ghm_config_text(config, rows[i].id), rows[i].caller);
        assert_string_equal(source_of(config, rows[i].id), "caller");
        ghm_config_free(config);
    }
}

static void aliases_are_read_in_their_order(void **state)
{
    static const struct {
        enum ghm_setting id;
        const char *names[4];
    } rows[] = {
        {GHM_SETTING_P2P, {"GHMESH_P2P", "CACHE_ENABLE_P2P"}},
        {GHM_SETTING_LISTEN, {"GHMESH_LISTEN", "CACHE_LISTEN_PORT", "P2P_LISTEN_PORT"}},
        {GHM_SETTING_BOOTSTRAP, {"GHMESH_BOOTSTRAP", "CACHE_BOOTSTRAP_PEERS"}},
        {GHM_SETTING_TTL_S, {"GHMESH_TTL_S", "CACHE_DEFAULT_TTL"}},
        {GHM_SETTING_DIR, {"GHMESH_DIR", "CACHE_DIR"}},
        {GHM_SETTING_SECRET, {"GHMESH_SECRET", "CACHE_P2P_SHARED_SECRET"}},
        {GHM_SETTING_HOST, {"GHMESH_HOST", "GITHUB_API_URL", "GH_HOST"}},
        {GHM_SETTING_TOKEN, {"GHMESH_TOKEN", "GH_TOKEN", "GITHUB_TOKEN"}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        clean(*state);
        /* From the last to the first: each wins over those after it. */
        int count = 0;
        while (count < 4 && rows[i].names[count] != NULL)
            count++;
        for (int at = count - 1; at >= 0; at--) {
            char value[8], source[64];
            (void)snprintf(value, sizeof value, "%d", at % 2);
            assert_int_equal(setenv(rows[i].names[at], at % 2 ? "1" : "0", 1), 0);
            if (rows[i].id == GHM_SETTING_TTL_S) {
                (void)snprintf(value, sizeof value, "%d", 5 + at);
                assert_int_equal(setenv(rows[i].names[at], value, 1), 0);
            }
            ghm_config *config = config_of(GHM_OK);
            assert_string_equal(ghm_config_text(config, rows[i].id), value);
            (void)snprintf(source, sizeof source, "environment %s", rows[i].names[at]);
            assert_string_equal(source_of(config, rows[i].id), source);
            /* By any of its names the caller, and the file, mean the same setting. */
            assert_int_equal(ghm_config_set(config, rows[i].names[at], "1"), GHM_OK);
            assert_string_equal(ghm_config_text(config, rows[i].id), "1");
            ghm_config_free(config);
        }
        /* An empty variable is none: the next name is looked at. */
        assert_int_equal(setenv(rows[i].names[0], "", 1), 0);
        ghm_config *config = config_of(GHM_OK);
        assert_string_not_equal(source_of(config, rows[i].id), "default");
        ghm_config_free(config);
    }
}

static void file_takes_short_names_and_comments(void **state)
{
    clean(*state);
    write_ini(*state,
              "; a comment\n[ghmesh]\n\n  ttl_s=5\r\nTTL_S = 6  \n\tHost\t=\tghe.example.org\n"
              "GH_TOKEN = t=o=k\nCACHE_DIR=/x y/z\n# log = no\n"
              "max_entries = 20");
    ghm_config *config = config_of(GHM_OK);
    assert_int_equal(ghm_config_number(config, GHM_SETTING_TTL_S), 6); /* the last line counts */
    assert_string_equal(ghm_config_text(config, GHM_SETTING_HOST), "ghe.example.org");
    assert_string_equal(ghm_config_text(config, GHM_SETTING_TOKEN), "t=o=k");
    assert_string_equal(ghm_config_text(config, GHM_SETTING_DIR), "/x y/z");
    assert_int_equal(ghm_config_number(config, GHM_SETTING_MAX_ENTRIES), 20);
    ghm_config_free(config);
}

static void file_is_found_at_home(void **state)
{
    const struct scratch *scratch = *state;
    char path[256];
    clean(scratch);
    (void)unsetenv("XDG_CONFIG_HOME");
    (void)setenv("HOME", scratch->dir, 1);
    scratch_path(scratch, path, ".config");
    assert_int_equal(mkdir(path, 0700), 0);
    scratch_path(scratch, path, ".config/ghmesh");
    assert_int_equal(mkdir(path, 0700), 0);
    scratch_write(scratch, ".config/ghmesh/config.ini", "ttl_s = 5", 9);
    ghm_config *config = config_of(GHM_OK);
    assert_int_equal(ghm_config_number(config, GHM_SETTING_TTL_S), 5);
    ghm_config_free(config);
    (void)setenv("HOME", "relative", 1); /* no place at all is no problem here */
    config = config_of(GHM_OK);
    ghm_config_free(config);
    (void)unsetenv("HOME");
    config = config_of(GHM_OK);
    ghm_config_free(config);
}

/* ---- problems ---- */

static void assert_problem(const ghm_config *config, const char *name, const char *source,
                           const char *rest)
{
    char want[256];
    (void)snprintf(want, sizeof want, "%s (%s) must be %s", name, source, rest);
    assert_string_equal(ghm_config_problem(config), want);
}

static void every_bad_value_is_named(void **state)
{
    static const struct {
        const char *name, *value, *rest;
    } rows[] = {
        {"GHMESH_P2P", "maybe", "true or false"},
        {"GHMESH_P2P", "2", "true or false"},
        {"GHMESH_TTL_S", "0", "a whole number from 1 to 31536000"},
        {"GHMESH_TTL_S", "31536001", "a whole number from 1 to 31536000"},
        {"GHMESH_TTL_S", "-1", "a whole number from 1 to 31536000"},
        {"GHMESH_TTL_S", "5m", "a whole number from 1 to 31536000"},
        {"GHMESH_TTL_S", "5.0", "a whole number from 1 to 31536000"},
        {"GHMESH_TTL_S", "0x10", "a whole number from 1 to 31536000"},
        {"GHMESH_TTL_S", "99999999999999999999", "a whole number from 1 to 31536000"},
        {"GHMESH_MAX_BYTES", "1048575", "a whole number from 1048576 to 1099511627776"},
        {"GHMESH_MAX_BYTES", "1099511627777", "a whole number from 1048576 to 1099511627776"},
        {"GHMESH_MAX_ENTRIES", "15", "a whole number from 16 to 100000000"},
        {"GHMESH_MAX_ENTRIES", "100000001", "a whole number from 16 to 100000000"},
        {"GHMESH_TIMEOUT_S", "3601", "a whole number from 1 to 3600"},
        {"GHMESH_LOG", "loud", "error, warn, info or debug"},
        {"GHMESH_LOG", "WARN", "error, warn, info or debug"},
        {"GHMESH_TRUST", "all", "proof or mesh"},
        {"GHMESH_AGENT", "on", "auto or off"},
        {"GHMESH_LIMITS", "on", "auto, github or off"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char source[64], line[128];
        clean(*state);
        write_ini(*state, "");
        assert_int_equal(setenv(rows[i].name, rows[i].value, 1), 0);
        ghm_config *config = config_of(GHM_ECONFIG);
        (void)snprintf(source, sizeof source, "environment %s", rows[i].name);
        assert_problem(config, rows[i].name, source, rows[i].rest);
        ghm_config_free(config);
        clean(*state);
        config = config_of(GHM_OK);
        assert_int_equal(ghm_config_set(config, rows[i].name, rows[i].value), GHM_ECONFIG);
        assert_problem(config, rows[i].name, "caller", rows[i].rest);
        ghm_config_free(config);
        (void)snprintf(line, sizeof line, "\n%s = %s\n", rows[i].name, rows[i].value);
        write_ini(*state, line);
        config = config_of(GHM_ECONFIG);
        assert_problem(config, rows[i].name, "config.ini line 2", rows[i].rest);
        ghm_config_free(config);
    }
}

static void texts_are_one_line_within_their_bound(void **state)
{
    clean(*state);
    char *text = malloc(16386);
    assert_non_null(text);
    memset(text, 'x', 16385);
    text[16385] = '\0';
    ghm_config *config = config_of(GHM_OK);
    assert_int_equal(ghm_config_set(config, "GHMESH_SECRET", text), GHM_ECONFIG);
    assert_string_equal(ghm_config_problem(config),
                        "GHMESH_SECRET (caller) must be one line of text");
    text[16384] = '\0';
    assert_int_equal(ghm_config_set(config, "GHMESH_SECRET", text), GHM_OK);
    assert_string_equal(ghm_config_problem(config), "");
    assert_int_equal(ghm_config_set(config, "GHMESH_TOKEN", "to\nken"), GHM_ECONFIG);
    assert_int_equal(ghm_config_set(config, "GHMESH_TOKEN", "to\rken"), GHM_ECONFIG);
    assert_int_equal(ghm_config_set(config, "GHMESH_NO", "x"), GHM_EINVAL);
    assert_int_equal(ghm_config_set(config, "", "x"), GHM_EINVAL);
    assert_int_equal(ghm_config_set(config, "GITHUB_API_URL GH_HOST", "x"), GHM_EINVAL);
    assert_int_equal(ghm_config_set(config, "GH_HOS", "x"), GHM_EINVAL);
    assert_int_equal(ghm_config_set(config, "H_HOST", "x"), GHM_EINVAL);
    ghm_config_free(config);
    free(text);
}

static void bad_lines_are_named(void **state)
{
    clean(*state);
    write_ini(*state, "ttl_s = 5\njust words\n");
    ghm_config *config = config_of(GHM_ECONFIG);
    assert_string_equal(ghm_config_problem(config), "config.ini line 2: expected NAME = VALUE");
    assert_int_equal(ghm_config_number(config, GHM_SETTING_TTL_S), 5); /* the rest is read */
    ghm_config_free(config);
    write_ini(*state, "no_such = ghp_secret\n");
    config = config_of(GHM_ECONFIG);
    assert_string_equal(ghm_config_problem(config),
                        "config.ini line 1: there is no setting no_such");
    ghm_config_free(config);
}

static void unreadable_file_is_a_problem(void **state)
{
    const struct scratch *scratch = *state;
    char path[256];
    clean(scratch);
    scratch_path(scratch, path, "ghmesh");
    assert_int_equal(mkdir(path, 0700), 0);
    scratch_path(scratch, path, "ghmesh/config.ini");
    assert_int_equal(mkdir(path, 0700), 0);
    ghm_config *config = config_of(GHM_ECONFIG);
    assert_non_null(strstr(ghm_config_problem(config), "cannot be read"));
    ghm_config_free(config);
    assert_int_equal(rmdir(path), 0);
    char *text = malloc(65537);
    assert_non_null(text);
    memset(text, '\n', 65537);
    scratch_write(scratch, "ghmesh/config.ini", text, 65536);
    config = config_of(GHM_OK); /* the largest */
    ghm_config_free(config);
    scratch_write(scratch, "ghmesh/config.ini", text, 65537);
    config = config_of(GHM_ECONFIG);
    assert_non_null(strstr(ghm_config_problem(config), "cannot be read"));
    ghm_config_free(config);
    free(text);
}

/* A value that is wrong below is no problem when one above it is right. */
static void right_value_mends_a_wrong_one(void **state)
{
    clean(*state);
    write_ini(*state, "ttl_s = never\nlog = loud\n");
    assert_int_equal(setenv("GHMESH_TTL_S", "7", 1), 0);
    ghm_config *config = config_of(GHM_ECONFIG);
    assert_non_null(strstr(ghm_config_problem(config), "GHMESH_LOG"));
    assert_int_equal(ghm_config_set(config, "log", "info"), GHM_OK);
    assert_string_equal(ghm_config_problem(config), "");
    assert_int_equal(ghm_config_number(config, GHM_SETTING_TTL_S), 7);
    ghm_config_free(config);
    /* And a wrong one above a right one is a problem. */
    clean(*state);
    write_ini(*state, "ttl_s = 7\n");
    assert_int_equal(setenv("GHMESH_TTL_S", "never", 1), 0);
    config = config_of(GHM_ECONFIG);
    ghm_config_free(config);
}

/* Opening works on a copy: it must know what the original's problem is. */
static void copy_is_whole(void **state)
{
    clean(*state);
    assert_int_equal(setenv("GHMESH_TTL_S", "never", 1), 0);
    assert_int_equal(setenv("GH_TOKEN", "t0ken", 1), 0);
    ghm_config *config = config_of(GHM_ECONFIG), *copy;
    assert_int_equal(ghm_config_copy(&copy, config), GHM_OK);
    for (size_t i = 0; i < GHM_SETTING_COUNT; i++) {
        const char *value, *source, *value_too, *source_too;
        (void)ghm_config_at(config, &value, &source, i);
        (void)ghm_config_at(copy, &value_too, &source_too, i);
        assert_string_equal(value, value_too);
        assert_string_equal(source, source_too);
    }
    assert_string_equal(ghm_config_problem(copy), ghm_config_problem(config));
    ghm_config_free(config);
    assert_string_equal(ghm_config_text(copy, GHM_SETTING_TOKEN), "t0ken");
    ghm_config_free(copy);
    write_ini(*state, "just words\n");
    (void)unsetenv("GHMESH_TTL_S");
    config = config_of(GHM_ECONFIG);
    assert_int_equal(ghm_config_copy(&copy, config), GHM_OK);
    assert_string_equal(ghm_config_problem(copy), ghm_config_problem(config));
    ghm_config_free(config);
    ghm_config_free(copy);
}

static void secrets_are_not_shown(void **state)
{
    clean(*state);
    const char *value, *source;
    ghm_config *config = config_of(GHM_OK);
    (void)ghm_config_at(config, &value, &source, GHM_SETTING_TOKEN);
    assert_string_equal(value, "");
    assert_int_equal(ghm_config_set(config, "GHMESH_TOKEN", "ghp_hidden"), GHM_OK);
    assert_int_equal(ghm_config_set(config, "GHMESH_SECRET", "ghms1_hidden"), GHM_OK);
    for (size_t i = 0; i < GHM_SETTING_COUNT; i++) {
        (void)ghm_config_at(config, &value, &source, i);
        assert_null(strstr(value, "hidden"));
        assert_null(strstr(source, "hidden"));
    }
    (void)ghm_config_at(config, &value, &source, GHM_SETTING_SECRET);
    assert_string_equal(value, "(set)");
    assert_string_equal(ghm_config_text(config, GHM_SETTING_TOKEN), "ghp_hidden");
    assert_int_equal(ghm_config_set(config, "GHMESH_TOKEN", "ghp_hidden\n"), GHM_ECONFIG);
    assert_null(strstr(ghm_config_problem(config), "hidden"));
    ghm_config_free(config);
}

static void every_word_for_yes_and_no(void **state)
{
    static const char *const words[] = {"true",  "1", "yes", "on",  "TRUE",  "Yes",
                                        "false", "0", "no",  "off", "FALSE", "No"};
    clean(*state);
    ghm_config *config = config_of(GHM_OK);
    for (size_t i = 0; i < 12; i++) {
        assert_int_equal(ghm_config_set(config, "P2P", words[i]), GHM_OK);
        assert_true(ghm_config_bool(config, GHM_SETTING_P2P) == (i < 6));
    }
    ghm_config_free(config);
}

/* ---- places ---- */

static void directory_is_the_users(void **state)
{
    char dir[32];
    clean(*state);
    ghm_config *config = config_of(GHM_OK);
    (void)setenv("HOME", "/home/me", 1);
    assert_int_equal(ghm_config_dir(config, dir, sizeof dir), GHM_OK);
    assert_string_equal(dir, "/home/me/.cache/ghmesh");
    (void)setenv("XDG_CACHE_HOME", "/cache", 1);
    assert_int_equal(ghm_config_dir(config, dir, sizeof dir), GHM_OK);
    assert_string_equal(dir, "/cache/ghmesh");
    (void)setenv("XDG_CACHE_HOME", "relative", 1); /* as if unset, says its specification */
    assert_int_equal(ghm_config_dir(config, dir, sizeof dir), GHM_OK);
    assert_string_equal(dir, "/home/me/.cache/ghmesh");
    assert_int_equal(ghm_config_dir(config, dir, 10), GHM_ECONFIG);
    (void)unsetenv("HOME");
    assert_int_equal(ghm_config_dir(config, dir, sizeof dir), GHM_ECONFIG);
    assert_int_equal(ghm_config_set(config, "DIR", "/there"), GHM_OK);
    assert_int_equal(ghm_config_dir(config, dir, sizeof dir), GHM_OK);
    assert_string_equal(dir, "/there");
    assert_int_equal(ghm_config_dir(config, dir, 6), GHM_ECONFIG);
    ghm_config_free(config);
}

static void origins_are_read(void **state)
{
    static const struct {
        const char *text;
        bool is_tls;
        const char *host, *prefix;
    } rows[] = {
        {"api.github.com", true, "api.github.com", ""},
        {"github.com", true, "api.github.com", ""},
        {"GitHub.com", true, "api.github.com", ""},
        {"api.github.com/", true, "api.github.com", ""},
        {"https://api.github.com", true, "api.github.com", ""},
        {"https://api.github.com/", true, "api.github.com", ""},
        {"https://github.com", true, "api.github.com", ""},
        {"https://API.GITHUB.COM:443/", true, "api.github.com", ""},
        {"HTTPS://api.github.com", true, "api.github.com", ""},
        {"ghe.example.org", true, "ghe.example.org", "/api/v3"},
        {"ghe.example.org/", true, "ghe.example.org", "/api/v3"},
        {"GHE.example.org:8443", true, "ghe.example.org:8443", "/api/v3"},
        {"ghe.example.org:443", true, "ghe.example.org", "/api/v3"},
        {"https://ghe.example.org/api/v3", true, "ghe.example.org", "/api/v3"},
        {"https://ghe.example.org/api/v3/", true, "ghe.example.org", "/api/v3"},
        {"https://ghe.example.org/api/v3///", true, "ghe.example.org", "/api/v3"},
        {"https://ghe.example.org", true, "ghe.example.org", ""},
        {"https://my_ghe-1.example.org", true, "my_ghe-1.example.org", ""},
        {"http://127.0.0.1:1", false, "127.0.0.1:1", ""},
        {"http://127.0.0.1:80/x", false, "127.0.0.1", "/x"},
        {"http://127.0.0.1:443", false, "127.0.0.1:443", ""},
        {"https://h:80", true, "h:80", ""},
        {"http://127.0.0.1:65535/", false, "127.0.0.1:65535", ""},
        {"http://[::1]:8080/api", false, "[::1]:8080", "/api"},
        {"http://[::1]", false, "[::1]", ""},
    };
    clean(*state);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ghm_config_origin origin;
        ghm_config *config = config_of(GHM_OK);
        assert_int_equal(ghm_config_set(config, "HOST", rows[i].text), GHM_OK);
        assert_int_equal(ghm_config_origin(&origin, config), GHM_OK);
        assert_true(origin.is_tls == rows[i].is_tls);
        assert_string_equal(origin.host, rows[i].host);
        assert_string_equal(origin.prefix, rows[i].prefix);
        ghm_config_free(config);
    }
}

static void bad_origins_are_refused(void **state)
{
    static const char *const bad[] = {
        "",
        " ",
        "/",
        "https://",
        "http:///x",
        "https://:443",
        ":80",
        "ftp://api.github.com",
        "ftp:/x",
        "file:///etc/passwd",
        "https:/api.github.com",
        "https//api.github.com:",
        "me@api.github.com",
        "https://user:password@api.github.com",
        "api.github.com:",
        "api.github.com:0",
        "api.github.com:65536",
        "api.github.com:99999999999",
        "api.github.com:http",
        "api.github.com:80:80",
        "api github.com",
        "https://api.github.com/?x",
        "https://api.github.com/#x",
        "https://api.github.com/a b",
        "api.github.com?x",
        "::1",
        "[::1",
        "[]",
        "[]:80",
        "[::1]x",
        "[g h]:1",
        "a]:80",
        "https://api.github.com\x01",
    };
    clean(*state);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct ghm_config_origin origin = {.prefix = "kept"};
        ghm_config *config = config_of(GHM_OK);
        assert_int_equal(ghm_config_set(config, "HOST", bad[i]), GHM_OK);
        if (ghm_config_origin(&origin, config) != GHM_ECONFIG) fail_msg("taken: %s", bad[i]);
        assert_string_equal(origin.prefix, "kept");
        ghm_config_free(config);
    }
}

static void lengths_of_an_origin_are_bounded(void **state)
{
    clean(*state);
    char text[600];
    struct ghm_config_origin origin;
    ghm_config *config = config_of(GHM_OK);
    for (size_t len = 262; len <= 265; len++) {
        memset(text, 'h', sizeof text);
        text[len] = '\0';
        assert_int_equal(ghm_config_set(config, "HOST", text), GHM_OK);
        int want = len < sizeof origin.host ? GHM_OK : GHM_ECONFIG;
        assert_int_equal(ghm_config_origin(&origin, config), want);
    }
    for (size_t len = 126; len <= 129; len++) {
        memset(text, 'p', sizeof text);
        memcpy(text, "http://h/", 9);
        text[8 + len] = '\0';
        assert_int_equal(ghm_config_set(config, "HOST", text), GHM_OK);
        int want = len < sizeof origin.prefix ? GHM_OK : GHM_ECONFIG;
        assert_int_equal(ghm_config_origin(&origin, config), want);
    }
    ghm_config_free(config);
}

static void points_are_kept_to_where_github_is(void **state)
{
    static const struct {
        const char *limits;
        const char *host;
        bool is_paced;
    } rows[] = {
        {"auto", "api.github.com", true},      {"auto", "github.com", true},
        {"auto", "api.octo.ghe.com", true},    {"auto", "ghe.example.org", false},
        {"auto", "http://127.0.0.1:1", false}, {"auto", "https://api.github.com.example", false},
        {"auto", "https://.ghe.com", false},   {"github", "ghe.example.org", true},
        {"off", "api.github.com", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ghm_config_origin origin;
        clean(*state);
        write_ini(*state, "");
        assert_int_equal(setenv("GHMESH_LIMITS", rows[i].limits, 1), 0);
        assert_int_equal(setenv("GHMESH_HOST", rows[i].host, 1), 0);
        ghm_config *config = config_of(GHM_OK);
        if (ghm_config_origin(&origin, config) == GHM_OK)
            assert_int_equal(ghm_config_is_paced(config, &origin), rows[i].is_paced);
        ghm_config_free(config);
    }
    clean(*state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(defaults_without_anything),
        SCRATCH_TEST(caller_over_environment_over_file),
        SCRATCH_TEST(aliases_are_read_in_their_order),
        SCRATCH_TEST(file_takes_short_names_and_comments),
        SCRATCH_TEST(file_is_found_at_home),
        SCRATCH_TEST(every_bad_value_is_named),
        SCRATCH_TEST(texts_are_one_line_within_their_bound),
        SCRATCH_TEST(bad_lines_are_named),
        SCRATCH_TEST(points_are_kept_to_where_github_is),
        SCRATCH_TEST(unreadable_file_is_a_problem),
        SCRATCH_TEST(right_value_mends_a_wrong_one),
        SCRATCH_TEST(copy_is_whole),
        SCRATCH_TEST(secrets_are_not_shown),
        SCRATCH_TEST(every_word_for_yes_and_no),
        SCRATCH_TEST(directory_is_the_users),
        SCRATCH_TEST(origins_are_read),
        SCRATCH_TEST(bad_origins_are_refused),
        SCRATCH_TEST(lengths_of_an_origin_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
