/* SPDX-License-Identifier: MIT */
#include "api/fetch.h"

#include "answer/errand.h"
#include "answer/header.h"
#include "answer/identity.h"
#include "base/assert.h"
#include "base/buf.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define TIMEOUT_MS 30000
#define HEADERS_LEN_MAX 16384
#define TARGET_LEN_MAX 4096
#define TOKEN_LEN_MAX 4096

#define FETCHING_STATE_MAP(X)                                                                      \
    X(QUEUED, "in the inbox: the loop has not seen it")                                            \
    X(UNDER_WAY, "the loop has it")                                                                \
    X(DONE, "its outcome is here")                                                                 \
    X(GIVEN_UP, "its caller went away: the loop frees it")

enum fetching_state {
#define FETCHING_STATE_ENUM(name, text) name,
    FETCHING_STATE_MAP(FETCHING_STATE_ENUM)
#undef FETCHING_STATE_ENUM
};

struct ghm_fetching {
    struct ghm_list node; /* in the inbox or under way */
    struct ghm *cache;
    enum fetching_state state;
    int fd;
    int error;
    struct ghm_answer *answer;
    struct ghm_node_ask ask; /* views the buffers below */
    struct ghm_buf target;
    struct ghm_buf headers; /* that are sent on as they are */
    struct ghm_buf authorization;
    struct ghm_buf accept;
    struct ghm_buf api_version;
    struct ghm_buf features;
    struct ghm_buf body;
};

/* ---- what is asked ---- */

static int read_path(struct ghm_fetching *fetching, const char *path)
{
    const struct ghm_config_origin *origin = &fetching->cache->home.origin;
    const char *scheme = origin->is_tls ? "https://" : "http://";
    if (strncmp(path, scheme, strlen(scheme)) == 0) {
        path += strlen(scheme);
        size_t host_len = strlen(origin->host);
        if (strncasecmp(path, origin->host, host_len) != 0 || path[host_len] != '/')
            return GHM_EINVAL;
        path += host_len;
        return ghm_buf_append_text(&fetching->target, path);
    }
    if (strstr(path, "://") != NULL) return GHM_EINVAL;
    int error = ghm_buf_append_text(&fetching->target, origin->prefix);
    if (error == GHM_OK && *path != '/') error = ghm_buf_append_text(&fetching->target, "/");
    return error == GHM_OK ? ghm_buf_append_text(&fetching->target, path) : error;
}

static int set_value(struct ghm_buf *buf, struct ghm_bytes *ret_view, struct ghm_bytes value)
{
    ghm_buf_clear(buf);
    /* One byte more, so that an empty value is present and not absent. */
    int error = ghm_buf_append(buf, value);
    if (error == GHM_OK) error = ghm_buf_append(buf, ghm_bytes("", 1));
    if (error == GHM_OK) *ret_view = ghm_bytes_upto(ghm_buf_bytes(buf), value.len);
    return error;
}

static bool is_named(struct ghm_bytes name, const char *text)
{
    return name.len == strlen(text) && strncasecmp((const char *)name.ptr, text, name.len) == 0;
}

static bool is_clean(const char *line)
{
    return strpbrk(line, "\r\n") == NULL;
}

/* Those that GraphQL has besides. GHM_ENOTFOUND: it is another. */
static int add_graphql_header(struct ghm_fetching *fetching, const struct ghm_header *header)
{
    if (is_named(header->name, "graphql-features"))
        return set_value(&fetching->features, &fetching->ask.request.features, header->value);
    if (!is_named(header->name, "content-type")) return GHM_ENOTFOUND;
    bool is_json = ghm_bytes_starts(header->value, ghm_bytes_text("application/json"));
    return is_json ? GHM_OK : GHM_EINVAL; /* it is sent anyway */
}

static int add_header(struct ghm_fetching *fetching, const char *line)
{
    struct ghm_bytes walk = ghm_bytes_text(line);
    struct ghm_header header;
    if (!is_clean(line) || !ghm_header_next(&walk, &header) || header.name.len == 0)
        return GHM_EINVAL;
    if (is_named(header.name, "accept"))
        return set_value(&fetching->accept, &fetching->ask.request.accept, header.value);
    if (is_named(header.name, "x-github-api-version"))
        return set_value(&fetching->api_version, &fetching->ask.request.api_version, header.value);
    if (is_named(header.name, "authorization"))
        return set_value(&fetching->authorization, &fetching->ask.authorization, header.value);
    if (is_named(header.name, "user-agent")) return GHM_OK; /* ours: GitHub's bytes depend on it */
    int error = GHM_ENOTFOUND;
    if (fetching->ask.request.body.ptr != NULL) error = add_graphql_header(fetching, &header);
    if (error != GHM_ENOTFOUND) return error;
    /* Any other may change the answer: such a request is neither read from the store nor kept. */
    fetching->ask.is_bypass = true;
    error = ghm_buf_append_text(&fetching->headers, line);
    return error == GHM_OK ? ghm_buf_append_text(&fetching->headers, "\n") : error;
}

static int add_token(struct ghm_fetching *fetching, const char *token)
{
    char value[TOKEN_LEN_MAX + 8];
    if (token == NULL) token = ghm_home_token(&fetching->cache->home);
    if (*token == '\0' || fetching->ask.authorization.ptr != NULL) return GHM_OK;
    if (strlen(token) > TOKEN_LEN_MAX || !is_clean(token)) return GHM_EINVAL;
    int len = snprintf(value, sizeof value, "token %s", token);
    int error = set_value(&fetching->authorization, &fetching->ask.authorization,
                          ghm_bytes(value, (size_t)len));
    ghm_mem_wipe(value, sizeof value);
    return error;
}

static int identify(struct ghm_fetching *fetching)
{
    char token[TOKEN_LEN_MAX + 1];
    struct ghm_bytes bytes = ghm_identity_token(fetching->ask.authorization);
    if (bytes.len > TOKEN_LEN_MAX) return GHM_ELIMIT;
    ghm_bytes_copy(token, bytes);
    token[bytes.len] = '\0';
    bool is_own = strcmp(token, ghm_home_token(&fetching->cache->home)) == 0;
    int error = ghm_open_identity(fetching->cache, &fetching->ask.identity, is_own ? NULL : token);
    ghm_mem_wipe(token, sizeof token);
    return error;
}

static void set_bounds(struct ghm_fetching *fetching, const struct ghm_fetch_options *options)
{
    struct ghm_freshness_bound *bound = &fetching->ask.bound;
    int64_t usual_s = ghm_config_number(fetching->cache->home.config, GHM_SETTING_TIMEOUT_S);
    int64_t timeout_ms = options->timeout_ms > 0 ? options->timeout_ms : usual_s * 1000;
    bound->stale_s = GHM_FRESHNESS_STALE_S;
    bound->has_max_age = options->max_age_s >= 0;
    if (bound->has_max_age)
        bound->max_age_s =
            options->max_age_s > UINT32_MAX ? UINT32_MAX : (uint32_t)options->max_age_s;
    if (timeout_ms > INT64_C(3600000)) timeout_ms = INT64_C(3600000);
    fetching->ask.timeout_ns = (uint64_t)timeout_ms * GHM_NS_PER_MS;
}

static int read_body(struct ghm_fetching *fetching, const struct ghm_fetch_options *options)
{
    struct ghm_bytes body = ghm_bytes(options->body, options->body_len);
    if (body.len == 0 || body.len > GHM_GRAPHQL_BODY_MAX) return GHM_EINVAL;
    return set_value(&fetching->body, &fetching->ask.request.body, body);
}

static int read_options(struct ghm_fetching *fetching, const char *path,
                        const struct ghm_fetch_options *options)
{
    struct ghm_fetch_options usual;
    if (options == NULL) {
        ghm_fetch_options_init(&usual);
        usual.timeout_ms = 0;
        options = &usual;
    }
    int error = read_path(fetching, path);
    if (error == GHM_OK && options->body != NULL) error = read_body(fetching, options);
    for (const char *const *line = options->headers;
         error == GHM_OK && line != NULL && *line != NULL; line++)
        error = add_header(fetching, *line);
    if (error == GHM_OK) error = add_token(fetching, options->token);
    if (error == GHM_OK) error = identify(fetching);
    if (error != GHM_OK) return error;
    set_bounds(fetching, options);
    fetching->ask.id = (uint64_t)(uintptr_t)fetching;
    fetching->ask.request.method = ghm_bytes_text(options->body == NULL ? "GET" : "POST");
    fetching->ask.request.host = ghm_bytes_text(fetching->cache->home.origin.host);
    fetching->ask.request.target = ghm_buf_bytes(&fetching->target);
    fetching->ask.headers = ghm_buf_bytes(&fetching->headers);
    return ghm_request_check(&fetching->ask.request);
}

/* ---- one fetch ---- */

static void wipe_buf(struct ghm_buf *buf)
{
    if (buf->ptr != NULL) ghm_mem_wipe(buf->ptr, buf->size);
    ghm_buf_fini(buf);
}

static void free_fetching(struct ghm_fetching *fetching)
{
    ghm_list_remove(&fetching->node);
    if (fetching->fd >= 0) (void)close(fetching->fd);
    ghm_answer_free(fetching->answer);
    wipe_buf(&fetching->authorization);
    wipe_buf(&fetching->headers);
    ghm_buf_fini(&fetching->target);
    ghm_buf_fini(&fetching->accept);
    ghm_buf_fini(&fetching->api_version);
    ghm_buf_fini(&fetching->features);
    ghm_buf_fini(&fetching->body);
    ghm_mem_free(NULL, fetching, sizeof *fetching);
}

/* A fetch may be finished and freed after its cache was closed. */
static void hold(struct ghm *cache)
{
    (void)pthread_mutex_lock(&cache->mutex);
    cache->holds++;
    (void)pthread_mutex_unlock(&cache->mutex);
}

/* Free it, and let go of its cache. Without the mutex. */
static void drop_fetching(struct ghm_fetching *fetching)
{
    struct ghm *cache = fetching->cache;
    (void)pthread_mutex_lock(&cache->mutex);
    free_fetching(fetching);
    ghm_open_drop(cache);
}

static int fetching_new(struct ghm_fetching **ret_fetching, struct ghm *cache, const char *path,
                        const struct ghm_fetch_options *options)
{
    struct ghm_fetching *fetching = ghm_mem_alloc(NULL, sizeof *fetching);
    if (fetching == NULL) return GHM_ENOMEM;
    fetching->cache = cache;
    hold(cache);
    fetching->fd = -1;
    ghm_list_init(&fetching->node);
    ghm_buf_init(&fetching->target, NULL, TARGET_LEN_MAX);
    ghm_buf_init(&fetching->headers, NULL, HEADERS_LEN_MAX);
    ghm_buf_init(&fetching->authorization, NULL, TOKEN_LEN_MAX + 64);
    ghm_buf_init(&fetching->accept, NULL, HEADERS_LEN_MAX);
    ghm_buf_init(&fetching->api_version, NULL, 256);
    ghm_buf_init(&fetching->features, NULL, HEADERS_LEN_MAX);
    ghm_buf_init(&fetching->body, NULL, GHM_GRAPHQL_BODY_MAX + 1);
    int error = read_options(fetching, path, options);
    if (error != GHM_OK) {
        drop_fetching(fetching);
        return error;
    }
    *ret_fetching = fetching;
    return GHM_OK;
}

/* With the mutex held, by the loop or after it: the opener's hold is still there. */
static void free_given_up(struct ghm_fetching *fetching)
{
    fetching->cache->holds--;
    free_fetching(fetching);
}

/* With the mutex held. */
static void finish(struct ghm_fetching *fetching, int error, struct ghm_answer *take_answer)
{
    ghm_list_remove(&fetching->node);
    if (fetching->state == GIVEN_UP) {
        ghm_answer_free(take_answer);
        free_given_up(fetching);
        return;
    }
    fetching->state = DONE;
    fetching->error = error;
    fetching->answer = take_answer;
    (void)eventfd_write(fetching->fd, 1);
}

/* The store may answer at once, on the caller's thread. */
static int answer_now(struct ghm_fetching *fetching)
{
    struct ghm_variant variant;
    const struct ghm_home *home = &fetching->cache->home;
    if (fetching->ask.is_bypass) return GHM_ENOTFOUND;
    int error = ghm_errand_variant(&variant, NULL, &fetching->ask.request);
    if (error != GHM_OK) return error;
    return ghm_local_answer(&home->local, &fetching->answer, &variant, &fetching->ask.identity,
                            &fetching->ask.bound, ghm_home_github_ms(home));
}

static int queue(struct ghm_fetching *fetching)
{
    struct ghm *cache = fetching->cache;
    (void)pthread_mutex_lock(&cache->mutex);
    int error = ghm_open_loop(cache);
    if (error == GHM_OK) {
        fetching->state = QUEUED;
        ghm_list_append(&cache->inbox, &fetching->node);
        ghm_loop_wake(cache->loop);
    }
    (void)pthread_mutex_unlock(&cache->mutex);
    return error;
}

static int start(struct ghm_fetching *fetching)
{
    fetching->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fetching->fd < 0) return errno == EMFILE || errno == ENFILE ? GHM_ELIMIT : GHM_EIO;
    if (answer_now(fetching) == GHM_OK) {
        fetching->state = DONE;
        (void)eventfd_write(fetching->fd, 1);
        return GHM_OK;
    }
    return queue(fetching);
}

/* ---- the loop's side ---- */

static void begin_one(struct ghm *cache, struct ghm_fetching *fetching)
{
    if (fetching->state == GIVEN_UP) {
        free_given_up(fetching);
        return;
    }
    fetching->state = UNDER_WAY;
    ghm_list_append(&cache->under_way, &fetching->node);
    int error = ghm_loop_ask(cache->loop, &fetching->ask);
    if (error != GHM_OK) finish(fetching, error, NULL);
}

void ghm_fetch_woken(void *context)
{
    struct ghm *cache = context;
    (void)pthread_mutex_lock(&cache->mutex);
    for (struct ghm_list *node; (node = ghm_list_pop(&cache->inbox)) != NULL;)
        begin_one(cache, GHM_LIST_OF(node, struct ghm_fetching, node));
    (void)pthread_mutex_unlock(&cache->mutex);
}

void ghm_fetch_answered(void *context, uint64_t id, int error, struct ghm_answer *take_answer)
{
    struct ghm *cache = context;
    struct ghm_fetching *fetching = (struct ghm_fetching *)(uintptr_t)id;
    (void)pthread_mutex_lock(&cache->mutex);
    finish(fetching, error, take_answer);
    (void)pthread_mutex_unlock(&cache->mutex);
}

void ghm_fetch_close_all(struct ghm *cache)
{
    (void)pthread_mutex_lock(&cache->mutex);
    for (struct ghm_list *node; (node = ghm_list_pop(&cache->inbox)) != NULL;)
        finish(GHM_LIST_OF(node, struct ghm_fetching, node), GHM_ECLOSED, NULL);
    GHM_ASSERT(ghm_list_is_empty(&cache->under_way));
    (void)pthread_mutex_unlock(&cache->mutex);
}

/* ---- the face ---- */

GHM_API void ghm_fetch_options_init(struct ghm_fetch_options *ret_options)
{
    *ret_options = (struct ghm_fetch_options){.max_age_s = -1, .timeout_ms = TIMEOUT_MS};
}

GHM_API int ghm_fetch_start(ghm *cache, ghm_fetching **ret_fetching, const char *path,
                            const struct ghm_fetch_options *options)
{
    struct ghm_fetching *fetching;
    int error = fetching_new(&fetching, cache, path, options);
    if (error != GHM_OK) return error;
    error = start(fetching);
    if (error != GHM_OK) {
        drop_fetching(fetching);
        return error;
    }
    *ret_fetching = fetching;
    return GHM_OK;
}

GHM_API int ghm_fetching_fd(const ghm_fetching *fetching)
{
    return fetching->fd;
}

GHM_API int ghm_fetching_finish(ghm_fetching *fetching, ghm_answer **ret_answer)
{
    struct ghm *cache = fetching->cache;
    (void)pthread_mutex_lock(&cache->mutex);
    int error = fetching->state == DONE ? fetching->error : GHM_EAGAIN;
    if (error == GHM_OK && fetching->answer == NULL) error = GHM_EINVAL; /* taken before */
    if (error == GHM_OK) {
        *ret_answer = fetching->answer;
        fetching->answer = NULL;
    }
    (void)pthread_mutex_unlock(&cache->mutex);
    return error;
}

GHM_API void ghm_fetching_free(ghm_fetching *fetching)
{
    if (fetching == NULL) return;
    struct ghm *cache = fetching->cache;
    (void)pthread_mutex_lock(&cache->mutex);
    bool is_loops = fetching->state == QUEUED || fetching->state == UNDER_WAY;
    if (is_loops) fetching->state = GIVEN_UP;
    (void)pthread_mutex_unlock(&cache->mutex);
    if (!is_loops) drop_fetching(fetching);
}

static int wait_for(struct ghm_fetching *fetching, struct ghm_answer **ret_answer)
{
    struct pollfd poll_fd = {.fd = fetching->fd, .events = POLLIN};
    for (int error; (error = ghm_fetching_finish(fetching, ret_answer)) != GHM_EAGAIN;)
        return error;
    while (poll(&poll_fd, 1, -1) < 0 && errno == EINTR)
        ;
    return ghm_fetching_finish(fetching, ret_answer);
}

GHM_API int ghm_fetch(ghm *cache, ghm_answer **ret_answer, const char *path,
                      const struct ghm_fetch_options *options)
{
    struct ghm_fetching *fetching;
    int error = ghm_fetch_start(cache, &fetching, path, options);
    if (error != GHM_OK) return error;
    error = wait_for(fetching, ret_answer);
    ghm_fetching_free(fetching);
    return error;
}
