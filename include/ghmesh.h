/* SPDX-License-Identifier: MIT */
/* ghmesh: a cache for the GitHub API that a whole fleet shares.
 *
 *     ghm *cache;
 *     ghm_answer *answer;
 *     if (ghm_open(&cache, NULL) == GHM_OK) {
 *         if (ghm_fetch(cache, &answer, "/repos/octo-org/hello", NULL) == GHM_OK) {
 *             size_t len;
 *             const char *body = ghm_answer_body(answer, &len);
 *             ...
 *             ghm_answer_free(answer);
 *         }
 *         ghm_close(cache);
 *     }
 *
 * Any thread may call any function on a `ghm` at any time. A `ghm_answer` is immutable. Texts that
 * go in are borrowed for the call; texts that come out live as long as the object they came from.
 * After fork() a child must not use what its parent opened, but may open again; ghm_global() does
 * so by itself. */
#ifndef GHMESH_H
#define GHMESH_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__) && !defined(GHM_API)
#define GHM_API __attribute__((visibility("default")))
#elif !defined(GHM_API)
#define GHM_API
#endif

/* ---- errors ------------------------------------------------------------------------------------
 */

/* The one error enum of the house: 0 is success, negatives are failures. */
#define GHM_ERROR_MAP(X)                                                                           \
    X(GHM_OK, 0, "success")                                                                        \
    X(GHM_EAGAIN, -1, "not yet: more input or time is needed")                                     \
    X(GHM_ENOMEM, -2, "out of memory, or over a memory bound")                                     \
    X(GHM_EINVAL, -3, "malformed argument")                                                        \
    X(GHM_EPROTO, -4, "the peer broke the protocol")                                               \
    X(GHM_ELIMIT, -5, "a stated maximum was reached")                                              \
    X(GHM_ENOTFOUND, -6, "not in the cache")                                                       \
    X(GHM_EIO, -7, "input/output error")                                                           \
    X(GHM_ECORRUPT, -8, "stored data fails its checksum")                                          \
    X(GHM_EAUTH, -9, "authentication failed")                                                      \
    X(GHM_ETIMEOUT, -10, "timed out")                                                              \
    X(GHM_ECLOSED, -11, "closed")                                                                  \
    X(GHM_ENOTSUP, -12, "not supported")                                                           \
    X(GHM_EBUSY, -13, "in use by another process")                                                 \
    X(GHM_EORIGIN, -14, "GitHub could not be reached")                                             \
    X(GHM_ERATE, -15, "held back by a rate limit")                                                 \
    X(GHM_ECONFIG, -16, "bad configuration")                                                       \
    X(GHM_EACCES, -17, "permission denied")                                                        \
    X(GHM_EFULL, -18, "no room left on the disk or in the store")                                  \
    X(GHM_EOLD, -19, "a newer version is already there")

enum ghm_error {
#define GHM_ERROR_ENUM(name, value, text) name = value,
    GHM_ERROR_MAP(GHM_ERROR_ENUM)
#undef GHM_ERROR_ENUM
};

/** Name an error in one English phrase; "unknown error" for a number that is none. */
GHM_API const char *ghm_error_text(int error);

/** The library's version, "0.1.0". */
GHM_API const char *ghm_version(void);

/* ---- configuration -----------------------------------------------------------------------------
 */

typedef struct ghm_config ghm_config;

/**
 * Read the configuration: the environment over `config.ini` over defaults (ghmesh(1) lists all
 * names).
 *
 * @param ret_config free it with ghm_config_free
 * @return GHM_OK; GHM_ECONFIG when a value cannot be used (ghm_config_problem of the returned
 *         configuration says which and why; free it all the same); GHM_ENOMEM (nothing returned)
 */
GHM_API int ghm_config_new(ghm_config **ret_config);

/** Free a configuration and wipe the secrets in it. NULL is accepted. */
GHM_API void ghm_config_free(ghm_config *config);

/**
 * Set one value, over whatever the environment says.
 *
 * @param name  a canonical name ("GHMESH_TTL_S") or a seed alias ("CACHE_DEFAULT_TTL")
 * @param value its text form
 * @return GHM_OK; GHM_EINVAL for an unknown name; GHM_ECONFIG for a value it cannot have
 */
GHM_API int ghm_config_set(ghm_config *config, const char *name, const char *value);

/**
 * Read one value.
 *
 * @param ret_value  its text form; secrets are shown as "(set)"
 * @param ret_source "default", "config.ini", "environment GHMESH_TTL_S", "caller"
 * @param index      0, 1, 2 ... in the order of the manual page
 * @return its canonical name; NULL past the last
 */
GHM_API const char *ghm_config_at(const ghm_config *config, const char **ret_value,
                                  const char **ret_source, size_t index);

/** What is wrong with the configuration, in a sentence that says what to do; "" when nothing is. */
GHM_API const char *ghm_config_problem(const ghm_config *config);

/* ---- one cache ---------------------------------------------------------------------------------
 */

typedef struct ghm ghm;

/**
 * Open the cache in its directory, and start the node in the background unless GHMESH_P2P is off.
 *
 * Returns as soon as the store is open; joining the mesh goes on behind. Of all processes that have
 * the directory open the first hosts the node (one listener for all); each process and thread reads
 * what any of them wrote.
 *
 * @param ret_cache close it with ghm_close
 * @param config    copied; NULL: ghm_config_new's
 * @return GHM_OK; GHM_ECONFIG; GHM_EACCES or GHM_EIO when the directory cannot be used; GHM_EFULL;
 *         GHM_ENOMEM
 */
GHM_API int ghm_open(ghm **ret_cache, const ghm_config *config);

/** Leave the mesh, end what is under way (waiting fetches get GHM_ECLOSED) and close. NULL is
 * accepted. No other call on `cache` may be running. */
GHM_API void ghm_close(ghm *cache);

/**
 * The one cache of this process, opened at the first call by whichever thread comes first.
 *
 * @return the cache, never to be closed by the caller; NULL when it cannot be opened
 */
GHM_API ghm *ghm_global(void);

/**
 * Replace the process's one cache by one with this configuration. The old one is closed; nobody may
 * be using it.
 *
 * @return as ghm_open; on failure the old one stays
 */
GHM_API int ghm_configure(const ghm_config *config);

/* ---- answers -----------------------------------------------------------------------------------
 */

typedef struct ghm_answer ghm_answer;

enum ghm_source {
    GHM_SOURCE_ORIGIN = 1,      /* GitHub just sent it */
    GHM_SOURCE_REVALIDATED = 2, /* GitHub just confirmed it with a 304 */
    GHM_SOURCE_LOCAL = 3,       /* fresh, fetched or put earlier on this machine */
    GHM_SOURCE_PEER = 4,        /* fresh, sent by a member of the mesh */
    GHM_SOURCE_STALE = 5        /* past its time, because GitHub could not be asked */
};

/** GitHub's HTTP status, 100..599; that of the stored answer when GitHub was not asked. */
GHM_API int ghm_answer_status(const ghm_answer *answer);
/** The body's bytes; never NULL. */
GHM_API const char *ghm_answer_body(const ghm_answer *answer, size_t *ret_len);
/** The headers, "name: value\n" each, names in lower case. */
GHM_API const char *ghm_answer_headers(const ghm_answer *answer, size_t *ret_len);
/** Who vouched for it. */
GHM_API enum ghm_source ghm_answer_source(const ghm_answer *answer);
/** Milliseconds since GitHub last vouched for it, in GitHub's time. */
GHM_API int64_t ghm_answer_age_ms(const ghm_answer *answer);
/** Seconds for which it is fresh from its birth; its route's TTL or the caller's bound. */
GHM_API int64_t ghm_answer_ttl_s(const ghm_answer *answer);
/** The provenance as a Cache-Status value (RFC 9211): "ghmesh; hit; ttl=42; detail=peer". */
GHM_API const char *ghm_answer_cache_status(const ghm_answer *answer);
/** NULL is accepted. */
GHM_API void ghm_answer_free(ghm_answer *answer);

/* ---- values under keys -------------------------------------------------------------------------
 */

/**
 * Look a key up in the store. Never asks GitHub and never waits.
 *
 * @param ret_answer free it with ghm_answer_free
 * @param key        an operation key, "list_repos:limit=10:owner=me"; parameters in any order
 * @return GHM_OK; GHM_ENOTFOUND when missing or past its time; GHM_EINVAL for a malformed key;
 *         GHM_EIO, GHM_ENOMEM
 */
GHM_API int ghm_get(ghm *cache, ghm_answer **ret_answer, const char *key);

enum ghm_put_flags {
    GHM_PUT_PUBLIC = 1 /* every member may see it, whatever its token; else the same token only */
};

/**
 * Keep a value under a key and tell the members.
 *
 * @param key      as for ghm_get
 * @param json     bytes[json_len], one JSON text of at most 32 MiB
 * @param ttl_s    seconds, 1 or more; 0: the operation's own TTL, or GHMESH_TTL_S
 * @param flags    of enum ghm_put_flags
 * @return GHM_OK once it is stored; GHM_EINVAL for a malformed key or text that is no JSON;
 *         GHM_ELIMIT; GHM_EFULL; GHM_EIO; GHM_ENOMEM
 */
GHM_API int ghm_put(ghm *cache, const char *key, const char *json, size_t json_len, int64_t ttl_s,
                    unsigned flags);

/**
 * Forget, in this directory, every entry of a key or of a path.
 *
 * @param prefix "list_repos" forgets list_repos:...; "/repos/o/r" forgets that path and all below
 * it;
 *               "" forgets everything
 * @return how many entries were forgotten, or GHM_EINVAL, GHM_EIO
 */
GHM_API int ghm_invalidate(ghm *cache, const char *prefix);

/* ---- GitHub's answers --------------------------------------------------------------------------
 */

struct ghm_fetch_options {
    const char *const *headers; /* "Accept: ..." lines, NULL-terminated; NULL: none */
    int64_t max_age_s;  /* accept answers up to this old; 0: ask GitHub; -1: the route's TTL */
    int64_t timeout_ms; /* over all tries; 0: 30 000 */
    const char *token;  /* NULL: the configured one; "": none (anonymous) */
    const char *body;   /* of a query of GraphQL, JSON, which makes the request a POST; NULL: GET */
    size_t body_len;
};

/** Fill with what fetches use when they are given NULL. */
GHM_API void ghm_fetch_options_init(struct ghm_fetch_options *ret_options);

/**
 * GET one path: from the store when that is right, else from GitHub, conditionally when possible.
 * Or ask a query of GraphQL: from the store for as long as its path is fresh, by whatever way it is
 * written. What could change something is refused: it is not for a cache to send.
 *
 * @param path    "/repos/o/r?per_page=2", or a whole URL of the configured host
 * @param options NULL: as ghm_fetch_options_init
 * @return GHM_OK with whatever GitHub answered, errors (404, 403 ...) included; GHM_EINVAL, also
 *         for a body that is no query, or asks for `rateLimit`, or is longer than 64 KiB;
 *         GHM_EORIGIN, GHM_ETIMEOUT when GitHub cannot be reached and nothing usable is stored;
 *         GHM_ERATE while GitHub's limits forbid asking and nothing usable is stored; GHM_ECLOSED;
 *         GHM_ELIMIT when too much is under way; GHM_ENOMEM
 */
GHM_API int ghm_fetch(ghm *cache, ghm_answer **ret_answer, const char *path,
                      const struct ghm_fetch_options *options);

typedef struct ghm_fetching ghm_fetching;

/** Start a fetch without waiting. Errors of form are returned here, all others by
 * ghm_fetching_finish. */
GHM_API int ghm_fetch_start(ghm *cache, ghm_fetching **ret_fetching, const char *path,
                            const struct ghm_fetch_options *options);

/** A descriptor that becomes readable when the fetch is done; owned by `fetching`. */
GHM_API int ghm_fetching_fd(const ghm_fetching *fetching);

/** Take the outcome. GHM_EAGAIN while it is under way; then as ghm_fetch, once. */
GHM_API int ghm_fetching_finish(ghm_fetching *fetching, ghm_answer **ret_answer);

/** Free it, giving the fetch up if it is under way. NULL is accepted. */
GHM_API void ghm_fetching_free(ghm_fetching *fetching);

/* ---- statistics --------------------------------------------------------------------------------
 */

/* Counters of a cache directory, over all its processes since it was made: name, meaning. */
#define GHM_COUNTER_MAP(X)                                                                         \
    X(requests, "answers asked for")                                                               \
    X(local_hits, "answered from an entry that this directory's processes fetched or put")         \
    X(peer_hits, "answered from an entry that a member of the mesh sent")                          \
    X(stale_hits, "answered from an entry past its TTL because GitHub could not be asked")         \
    X(misses, "not answered by the store")                                                         \
    X(puts, "values put by programs")                                                              \
    X(expirations, "lookups that found an entry past its TTL")                                     \
    X(evictions, "entries removed to keep the bounds")                                             \
    X(corrupt, "entries refused by their checksum")                                                \
    X(api_calls_made, "requests sent to GitHub, but for free 304s")                                \
    X(api_calls_free, "requests answered by a free 304")                                           \
    X(api_calls_saved, "charged requests that did not happen")                                     \
    X(origin_errors, "requests that GitHub failed or refused, or was not asked for its limits")    \
    X(retries, "requests to GitHub sent again")                                                    \
    X(paced, "waits for GitHub's points a minute")                                                 \
    X(announces_sent, "entries announced to a member")                                             \
    X(announces_received, "announcements accepted from members")                                   \
    X(announces_stored, "announced entries newer than ours")                                       \
    X(announces_refused, "announcements refused: forged, replayed, dated ahead, malformed, large") \
    X(strangers_refused, "peers that failed the hello")                                            \
    X(peers_dropped, "connections ended because the peer broke the protocol")

struct ghm_stats {
#define GHM_COUNTER_FIELD(name, text) uint64_t name;
    GHM_COUNTER_MAP(GHM_COUNTER_FIELD)
#undef GHM_COUNTER_FIELD
    uint64_t cache_size;     /* entries now */
    uint64_t max_cache_size; /* entries at most */
    uint64_t cache_bytes;    /* of entries now */
    uint64_t max_cache_bytes;
    uint64_t connected_peers; /* members connected to the host of this directory */
    uint32_t host_pid;        /* the process that runs the node; 0: nobody */
    uint32_t listen_port;     /* of the host; 0: none */
    int p2p_enabled;          /* by configuration, and a secret is there */
    double hit_rate;          /* (local_hits + peer_hits) / requests; 0 before the first */
    char peer_id[80];         /* "12D3Koo..."; "" before there is one */
};

/** Read the statistics. GHM_OK; GHM_EIO. */
GHM_API int ghm_stats_read(ghm *cache, struct ghm_stats *ret_stats);

#ifdef __cplusplus
}
#endif

#endif
