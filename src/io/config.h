/* SPDX-License-Identifier: MIT */
/* The settings: flags over environment over config.ini over defaults. One table says all of them;
 * the manual page and `ghmesh config` are made from it. */
#ifndef GHM_IO_CONFIG_H
#define GHM_IO_CONFIG_H

#include "base/bytes.h"
#include "base/error.h"

#include <stdbool.h>

enum ghm_config_kind {
    GHM_CONFIG_BOOL,
    GHM_CONFIG_NUMBER,
    GHM_CONFIG_TEXT,
    GHM_CONFIG_SECRET, /* never shown */
};

/* id, canonical name, aliases (first found wins), kind, least, most, default, meaning */
#define GHM_SETTING_MAP(X)                                                                         \
    X(P2P, "GHMESH_P2P", "CACHE_ENABLE_P2P", GHM_CONFIG_BOOL, 0, 1, "true",                        \
      "share with the mesh; off: local only")                                                      \
    X(LISTEN, "GHMESH_LISTEN", "CACHE_LISTEN_PORT P2P_LISTEN_PORT", GHM_CONFIG_TEXT, 0, 0, "9000", \
      "TCP port, or multiaddr (/ip4/127.0.0.1/tcp/0); a busy port: the next free one")             \
    X(BOOTSTRAP, "GHMESH_BOOTSTRAP", "CACHE_BOOTSTRAP_PEERS", GHM_CONFIG_TEXT, 0, 0, "",           \
      "comma-separated multiaddrs of members to stay connected to; /dnsaddr/NAME: those of its "   \
      "TXT")                                                                                       \
    X(MDNS, "GHMESH_MDNS", "", GHM_CONFIG_BOOL, 0, 1, "false",                                     \
      "find members on the local network by multicast DNS")                                        \
    X(TTL_S, "GHMESH_TTL_S", "CACHE_DEFAULT_TTL", GHM_CONFIG_NUMBER, 1, 31536000, "300",           \
      "seconds an answer is fresh where no route rule says")                                       \
    X(DIR, "GHMESH_DIR", "CACHE_DIR", GHM_CONFIG_TEXT, 0, 0, "",                                   \
      "the cache directory; empty: $XDG_CACHE_HOME/ghmesh")                                        \
    X(MAX_BYTES, "GHMESH_MAX_BYTES", "", GHM_CONFIG_NUMBER, 1048576, 1099511627776, "268435456",   \
      "bytes of entries kept at most")                                                             \
    X(MAX_ENTRIES, "GHMESH_MAX_ENTRIES", "", GHM_CONFIG_NUMBER, 16, 100000000, "100000",           \
      "entries kept at most")                                                                      \
    X(SECRET, "GHMESH_SECRET", "CACHE_P2P_SHARED_SECRET", GHM_CONFIG_SECRET, 0, 0, "",             \
      "the mesh secret (ghmesh secret new); several, comma-separated, to rotate; empty: the "      \
      "token")                                                                                     \
    X(HOST, "GHMESH_HOST", "GITHUB_API_URL GH_HOST", GHM_CONFIG_TEXT, 0, 0, "api.github.com",      \
      "the API: a host or a base URL")                                                             \
    X(TOKEN, "GHMESH_TOKEN", "GH_TOKEN GITHUB_TOKEN", GHM_CONFIG_SECRET, 0, 0, "",                 \
      "the GitHub token; empty: the one of gh, or none")                                           \
    X(TRUST, "GHMESH_TRUST", "", GHM_CONFIG_TEXT, 0, 0, "proof",                                   \
      "proof: each token sees what GitHub has confirmed to it; mesh: all tokens of the mesh see "  \
      "the same")                                                                                  \
    X(LIMITS, "GHMESH_LIMITS", "", GHM_CONFIG_TEXT, 0, 0, "auto",                                  \
      "github: keep to GitHub's points a minute; off; auto: only where the API is GitHub's own, "  \
      "not an Enterprise Server's")                                                                \
    X(TIMEOUT_S, "GHMESH_TIMEOUT_S", "", GHM_CONFIG_NUMBER, 1, 3600, "30",                         \
      "seconds one fetch may take, over all tries")                                                \
    X(HTTP, "GHMESH_HTTP", "", GHM_CONFIG_TEXT, 0, 0, "socket",                                    \
      "where the agent answers HTTP, comma-separated: socket (http.sock in the directory), the "   \
      "path of another, a loopback port, or off")                                                  \
    X(HTTP_HOSTS, "GHMESH_HTTP_HOSTS", "", GHM_CONFIG_TEXT, 0, 0, "",                              \
      "hosts besides GitHub's to which the agent passes requests; http://HOST: without TLS")       \
    X(AGENT, "GHMESH_AGENT", "", GHM_CONFIG_TEXT, 0, 0, "auto",                                    \
      "auto: a command that must ask GitHub where nobody hosts leaves an agent in the background " \
      "that ends when it is idle; off: it does not")                                               \
    X(LOG, "GHMESH_LOG", "", GHM_CONFIG_TEXT, 0, 0, "warn", "error, warn, info or debug")

enum ghm_setting {
#define GHM_SETTING_ENUM(id, name, aliases, kind, least, most, value, text) GHM_SETTING_##id,
    GHM_SETTING_MAP(GHM_SETTING_ENUM)
#undef GHM_SETTING_ENUM
        GHM_SETTING_COUNT
};

/** The text of a setting; never NULL. */
const char *ghm_config_text(const struct ghm_config *config, enum ghm_setting setting);
int64_t ghm_config_number(const struct ghm_config *config, enum ghm_setting setting);
bool ghm_config_bool(const struct ghm_config *config, enum ghm_setting setting);

/** A copy that is independent of the original. GHM_ENOMEM. */
int ghm_config_copy(struct ghm_config **ret_config, const struct ghm_config *config) GHM_MUST_USE;

/** What a setting means, and its names: for help and the manual page. */
const char *ghm_config_meaning(enum ghm_setting setting);
const char *ghm_config_aliases(enum ghm_setting setting);

/** The cache directory: GHMESH_DIR, or the user's. GHM_ECONFIG when there is no home either. */
int ghm_config_dir(const struct ghm_config *config, char *ret_dir, size_t size) GHM_MUST_USE;

/** Where the API is. */
struct ghm_config_origin {
    bool is_tls;
    char host[264];   /* lower case, with ":port" unless it is the scheme's own */
    char prefix[128]; /* "" or "/api/v3" */
};
/** Read GHMESH_HOST: "api.github.com", "github.com", "ghe.example.org", "http://127.0.0.1:8080",
 * "https://ghe.example.org/api/v3". GHM_ECONFIG. */
int ghm_config_origin(struct ghm_config_origin *ret_origin,
                      const struct ghm_config *config) GHM_MUST_USE;

/** Are GitHub's points a minute kept to: because GHMESH_LIMITS says so, or this is GitHub itself?
 */
bool ghm_config_is_paced(const struct ghm_config *config, const struct ghm_config_origin *origin);

#endif
