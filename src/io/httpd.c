/* SPDX-License-Identifier: MIT */
#include "io/httpd.h"

#include "base/assert.h"
#include "base/list.h"
#include "io/accept.h"
#include "io/inherit.h"
#include "io/mhdhead.h"
#include "io/outgoing.h"

#include <assert.h>
#include <unistd.h>

#define SWEEP_MS 1000
#define LAST_HEAD_MS 500 /* for the first request of who connected just before the end */
#define RUNS_AT_ONCE 16  /* turns of libmicrohttpd before the loop's others have theirs */

#define EXCHANGE_STATE_MAP(X)                                                                      \
    X(IDLE, "no whole head of a request is here")                                                  \
    X(BODY, "its body comes")                                                                      \
    X(WAITING, "all of it is here; no answer yet")                                                 \
    X(ANSWERED, "the answer is being sent")

enum exchange_state {
#define EXCHANGE_STATE_ENUM(name, text) name,
    EXCHANGE_STATE_MAP(EXCHANGE_STATE_ENUM)
#undef EXCHANGE_STATE_ENUM
};

struct ghm_exchange {
    struct ghm_list node; /* of all connections, the longest idle first */
    struct ghm_httpd *httpd;
    struct MHD_Connection *connection;
    int fd;
    enum exchange_state state;
    uint64_t since_ms; /* in this state */
    uint64_t body_bytes;
    bool is_suspended;
    bool is_new;                  /* nothing was asked on it yet */
    struct ghm_outgoing *pending; /* to be sent; or NULL */
    struct ghm_asked asked;
    const char *uri; /* the target in libmicrohttpd's memory: to be measured, not to be read */
    size_t target_len;
    char target[GHM_ASKED_TARGET_MAX + 1];
    _Alignas(max_align_t) uint8_t call[];
};

struct ghm_httpd {
    struct ghm_httpd_config config;
    const struct ghm_mhd *mhd;
    struct MHD_Daemon *daemon;
    uv_poll_t poll;
    uv_timer_t kick;  /* something is to be done at once, but not here */
    uv_timer_t sweep; /* looks for those who take too long */
    int handles_open;
    bool is_ending; /* connections are not kept */
    bool is_over;   /* nothing is waited for any more */
    struct ghm_list exchanges;
    size_t exchanges_count;
    struct ghm_accept accept;
};

/* ---- running ---- */

static void on_kick(uv_timer_t *timer);

static void kick(struct ghm_httpd *httpd)
{
    if (!uv_is_active((uv_handle_t *)&httpd->kick))
        (void)uv_timer_start(&httpd->kick, on_kick, 0, 0);
}

static void run(struct ghm_httpd *httpd)
{
    MHD_UNSIGNED_LONG_LONG wait_ms = 0;
    if (httpd->daemon == NULL) return;
    for (int i = 0; i < RUNS_AT_ONCE; i++) {
        (void)httpd->mhd->MHD_run(httpd->daemon);
        bool is_waiting = httpd->mhd->MHD_get_timeout(httpd->daemon, &wait_ms) == MHD_YES;
        if (!is_waiting || wait_ms > 0) return;
    }
    kick(httpd);
}

static void on_kick(uv_timer_t *timer)
{
    run(timer->data);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    run(poll->data);
}

/* ---- connections ---- */

static void enter(struct ghm_exchange *exchange, enum exchange_state state)
{
    exchange->state = state;
    exchange->since_ms = uv_now(exchange->httpd->config.uv);
}

static void open_exchange(struct ghm_httpd *httpd, struct MHD_Connection *connection, void **socket)
{
    size_t size = sizeof(struct ghm_exchange) + httpd->config.call_size;
    struct ghm_exchange *exchange = ghm_mem_alloc_unset(NULL, size);
    *socket = exchange;
    if (exchange == NULL) return; /* the handler will close it */
    exchange->httpd = httpd;
    exchange->connection = connection;
    exchange->fd =
        httpd->mhd->MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)
            ->connect_fd;
    exchange->is_suspended = false;
    exchange->is_new = true;
    exchange->pending = NULL;
    enter(exchange, IDLE);
    ghm_list_append(&httpd->exchanges, &exchange->node);
    httpd->exchanges_count++;
}

static void close_exchange(struct ghm_httpd *httpd, struct ghm_exchange *exchange)
{
    if (exchange == NULL) return;
    ghm_list_remove(&exchange->node);
    ghm_inherit_forget(exchange->fd);
    httpd->exchanges_count--;
    ghm_mem_free(NULL, exchange, sizeof *exchange + httpd->config.call_size);
}

static void on_connection(void *user, struct MHD_Connection *connection, void **socket,
                          enum MHD_ConnectionNotificationCode code)
{
    if (code == MHD_CONNECTION_NOTIFY_STARTED)
        open_exchange(user, connection, socket);
    else
        close_exchange(user, *socket);
}

/* Its client sees the end; libmicrohttpd does too, and cleans up. */
static void hang_up(struct ghm_exchange *exchange)
{
    (void)shutdown(exchange->fd, SHUT_RDWR);
}

static bool is_too_slow(const struct ghm_exchange *exchange, uint64_t now_ms)
{
    uint64_t spent_ms = now_ms - exchange->since_ms;
    if (exchange->state == IDLE && exchange->httpd->is_ending) return spent_ms > LAST_HEAD_MS;
    if (exchange->state == IDLE) return spent_ms > GHM_HTTPD_HEAD_MS_MAX;
    if (exchange->state != BODY || exchange->is_suspended) return false;
    return spent_ms > GHM_HTTPD_SILENCE_S_MAX * 1000 &&
           exchange->body_bytes < spent_ms / 1000 * GHM_HTTPD_BODY_RATE_MIN;
}

static void on_sweep(uv_timer_t *timer)
{
    struct ghm_httpd *httpd = timer->data;
    uint64_t now_ms = uv_now(httpd->config.uv);
    struct ghm_list *next;
    for (struct ghm_list *at = httpd->exchanges.next; at != &httpd->exchanges; at = next) {
        struct ghm_exchange *exchange = GHM_LIST_OF(at, struct ghm_exchange, node);
        next = at->next;
        if (is_too_slow(exchange, now_ms)) hang_up(exchange);
    }
    run(httpd); /* it counts silence only when it runs */
    if (httpd->exchanges_count == 0) (void)uv_timer_stop(timer);
}

static void evict_idle(struct ghm_httpd *httpd)
{
    for (struct ghm_list *at = httpd->exchanges.next; at != &httpd->exchanges; at = at->next) {
        struct ghm_exchange *exchange = GHM_LIST_OF(at, struct ghm_exchange, node);
        if (exchange->state != IDLE) continue;
        hang_up(exchange);
        run(httpd);
        return;
    }
}

/* ---- admitting ---- */

static int awaken(struct ghm_httpd *httpd);

static void admit(void *context, int take_fd, const struct sockaddr *addr, socklen_t len)
{
    struct ghm_httpd *httpd = context;
    if (httpd->exchanges_count >= GHM_HTTPD_CONNECTIONS_MAX) evict_idle(httpd);
    if (httpd->exchanges_count >= GHM_HTTPD_CONNECTIONS_MAX) {
        (void)close(take_fd);
        return;
    }
    int error = awaken(httpd);
    if (error != GHM_OK) {
        (void)close(take_fd);
        httpd->config.failed(httpd->config.context, error);
        return;
    }
    ghm_inherit_refuse(take_fd);
    if (httpd->mhd->MHD_add_connection(httpd->daemon, take_fd, addr, len) != MHD_YES)
        ghm_inherit_forget(take_fd); /* it closed it */
    if (!uv_is_active((uv_handle_t *)&httpd->sweep))
        (void)uv_timer_start(&httpd->sweep, on_sweep, SWEEP_MS, SWEEP_MS);
}

static void on_turned(void *context)
{
    run(context);
}

size_t ghm_httpd_keep(const struct ghm_httpd *httpd, int ret_fds[GHM_HTTPD_DOORS_MAX])
{
    static_assert(GHM_HTTPD_DOORS_MAX == GHM_ACCEPT_DOORS_MAX, "one for each");
    return ghm_accept_keep(&httpd->accept, ret_fds);
}

int ghm_httpd_listen(struct ghm_httpd *httpd, int take_fd, bool is_guarded)
{
    int error = ghm_accept_listen(&httpd->accept, take_fd, is_guarded);
    if (error == GHM_OK) httpd->handles_open++;
    return error;
}

/* ---- requests ---- */

/* The target as it stands in the request line; libmicrohttpd cuts it up later. */
static void *on_uri(void *user, const char *uri, struct MHD_Connection *connection)
{
    struct ghm_httpd *httpd = user;
    struct ghm_exchange *exchange =
        httpd->mhd->MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)
            ->socket_context;
    if (exchange == NULL) return NULL;
    size_t len = strlen(uri);
    exchange->uri = uri;
    exchange->target_len = len;
    memcpy(exchange->target, uri, len < sizeof exchange->target ? len : sizeof exchange->target);
    return exchange;
}

static size_t on_escape(void *user, struct MHD_Connection *connection, char *text)
{
    (void)user;
    (void)connection;
    return strlen(text); /* nothing is unescaped: the target goes on as it came */
}

static struct ghm_bytes trim(struct ghm_bytes value)
{
    while (value.len > 0 && (value.ptr[0] == ' ' || value.ptr[0] == '\t'))
        value = ghm_bytes_from(value, 1);
    while (value.len > 0 && (value.ptr[value.len - 1] == ' ' || value.ptr[value.len - 1] == '\t'))
        value.len--;
    return value;
}

static enum MHD_Result on_header(void *user, enum MHD_ValueKind kind, const char *name,
                                 size_t name_len, const char *value, size_t value_len)
{
    struct ghm_exchange *exchange = user;
    struct ghm_asked *asked = &exchange->asked;
    (void)kind;
    if (asked->headers_count == GHM_ASKED_HEADERS_MAX) {
        asked->is_cut = true;
        return MHD_NO;
    }
    struct ghm_bytes text = ghm_bytes(value == NULL ? "" : value, value == NULL ? 0 : value_len);
    asked->headers[asked->headers_count++] =
        (struct ghm_header){.name = ghm_bytes(name, name_len), .value = trim(text)};
    return MHD_YES;
}

static bool hides_something(const struct ghm_exchange *exchange, const char *method,
                            const char *version)
{
    const struct ghm_mhd *mhd = exchange->httpd->mhd;
    size_t size =
        mhd->MHD_get_connection_info(exchange->connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE)
            ->header_size;
    const struct ghm_mhdhead head = {.bytes = ghm_bytes(method, size),
                                     .target = ghm_bytes(exchange->uri, exchange->target_len),
                                     .version = version,
                                     .headers_count = exchange->asked.headers_count,
                                     .library_text = mhd->MHD_get_version()};
    return ghm_mhdhead_hides(&head);
}

static void take_head(struct ghm_exchange *exchange, const char *method, const char *version)
{
    struct ghm_httpd *httpd = exchange->httpd;
    struct ghm_asked *asked = &exchange->asked;
    asked->method = ghm_bytes_text(method);
    asked->target = ghm_bytes(exchange->target, exchange->target_len);
    asked->is_old = strcmp(version, MHD_HTTP_VERSION_1_1) != 0;
    asked->headers_count = 0;
    asked->is_cut = false;
    exchange->body_bytes = 0;
    exchange->is_new = false;
    (void)httpd->mhd->MHD_get_connection_values_n(exchange->connection, MHD_HEADER_KIND, on_header,
                                                  exchange);
    asked->is_hiding = hides_something(exchange, method, version);
    enter(exchange, BODY);
    httpd->config.head(httpd->config.context, exchange);
}

static enum MHD_Result send_pending(struct ghm_exchange *exchange)
{
    enum MHD_Result result =
        ghm_outgoing_send(exchange->pending, exchange->connection, exchange->httpd->is_ending);
    ghm_outgoing_drop(exchange->pending);
    exchange->pending = NULL;
    enter(exchange, ANSWERED);
    return result;
}

static enum MHD_Result suspend(struct ghm_exchange *exchange)
{
    exchange->is_suspended = true;
    exchange->httpd->mhd->MHD_suspend_connection(exchange->connection);
    return MHD_YES;
}

static enum MHD_Result take_body(struct ghm_exchange *exchange, const char *bytes, size_t *len)
{
    struct ghm_httpd *httpd = exchange->httpd;
    size_t taken = httpd->config.body(httpd->config.context, exchange, ghm_bytes(bytes, *len));
    exchange->body_bytes += taken;
    *len -= taken;
    return taken == 0 ? suspend(exchange) : MHD_YES;
}

/* libmicrohttpd calls this with the head, then with each piece of the body, then at its end and
 * whenever it may go on. An answer to the first call would close the connection: that is what a
 * request deserves whose end nobody can tell. */
static enum MHD_Result on_request(void *user, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *bytes,
                                  size_t *len, void **request)
{
    struct ghm_exchange *exchange = *request;
    (void)user;
    (void)connection;
    (void)url;
    if (exchange == NULL || exchange->httpd->is_over) return MHD_NO;
    if (exchange->state == IDLE) {
        take_head(exchange, method, version);
        const struct ghm_asked *asked = &exchange->asked;
        bool has_end = !ghm_asked_has_body(asked) && !asked->is_hiding;
        bool is_dubious = exchange->pending != NULL && !has_end;
        return is_dubious ? send_pending(exchange) : MHD_YES;
    }
    if (*len > 0) return take_body(exchange, bytes, len);
    struct ghm_httpd *httpd = exchange->httpd;
    if (exchange->state == BODY && exchange->pending == NULL) {
        enter(exchange, WAITING);
        httpd->config.ready(httpd->config.context, exchange);
    }
    return exchange->pending != NULL ? send_pending(exchange) : suspend(exchange);
}

static void on_completed(void *user, struct MHD_Connection *connection, void **request,
                         enum MHD_RequestTerminationCode code)
{
    struct ghm_httpd *httpd = user;
    struct ghm_exchange *exchange = *request;
    (void)connection;
    (void)code;
    if (exchange == NULL || exchange->state == IDLE) return;
    ghm_outgoing_drop(exchange->pending);
    exchange->pending = NULL;
    enter(exchange, IDLE);
    /* Idle from now on: to the end of the line of those that may have to make room. */
    ghm_list_remove(&exchange->node);
    ghm_list_append(&httpd->exchanges, &exchange->node);
    httpd->config.gone(httpd->config.context, exchange);
}

/* ---- responses ---- */

void ghm_httpd_send(struct ghm_exchange *exchange, struct ghm_outgoing *take_outgoing)
{
    GHM_ASSERT(exchange->pending == NULL && exchange->state != ANSWERED);
    if (take_outgoing == NULL) hang_up(exchange);
    exchange->pending = take_outgoing;
    ghm_httpd_go_on(exchange);
}

bool ghm_httpd_is_last(const struct ghm_exchange *exchange)
{
    return exchange->httpd->is_ending;
}

struct ghm_outgoing *ghm_httpd_make(const struct ghm_exchange *exchange,
                                    const struct ghm_response *response, struct ghm_bytes body,
                                    void (*drop)(void *owner), void *owner)
{
    struct ghm_outgoing *made;
    int error = ghm_outgoing_of_body(&made, exchange->httpd->mhd, response, body, drop, owner);
    return error == GHM_OK ? made : NULL;
}

void ghm_httpd_answer(struct ghm_exchange *exchange, const struct ghm_response *response,
                      struct ghm_bytes body, void (*drop)(void *owner), void *owner)
{
    ghm_httpd_send(exchange, ghm_httpd_make(exchange, response, body, drop, owner));
}

static ssize_t on_more(void *user, uint64_t at, char *room, size_t size)
{
    struct ghm_exchange *exchange = user;
    const struct ghm_httpd_config *config = &exchange->httpd->config;
    (void)at;
    if (exchange->httpd->is_over) return MHD_CONTENT_READER_END_WITH_ERROR;
    ssize_t len = config->more(config->context, exchange, room, size);
    if (len > 0) return len;
    if (len == -1) return MHD_CONTENT_READER_END_OF_STREAM;
    if (len < 0) return MHD_CONTENT_READER_END_WITH_ERROR;
    (void)suspend(exchange);
    return 0;
}

void ghm_httpd_stream(struct ghm_exchange *exchange, const struct ghm_response *response,
                      uint64_t length)
{
    struct ghm_outgoing *made;
    if (!response->has_body) {
        ghm_httpd_answer(exchange, response, GHM_BYTES_NONE, NULL, NULL);
        return;
    }
    const struct ghm_outgoing_source source = {.length = length,
                                               .piece_len_max = GHM_HTTPD_MEMORY_MAX / 2,
                                               .more = on_more,
                                               .context = exchange};
    int error = ghm_outgoing_of_stream(&made, exchange->httpd->mhd, response, &source);
    ghm_httpd_send(exchange, error == GHM_OK ? made : NULL);
}

void ghm_httpd_go_on(struct ghm_exchange *exchange)
{
    if (!exchange->is_suspended) return;
    exchange->is_suspended = false;
    exchange->httpd->mhd->MHD_resume_connection(exchange->connection);
    kick(exchange->httpd);
}

const struct ghm_asked *ghm_httpd_asked(const struct ghm_exchange *exchange)
{
    return &exchange->asked;
}

void *ghm_httpd_call(struct ghm_exchange *exchange)
{
    return exchange->call;
}

/* ---- life ---- */

/* Its own strictness is left off: it hangs up where ghm_asked_check says what is wrong. */
static struct MHD_Daemon *start(struct ghm_httpd *httpd)
{
    unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_NO_LISTEN_SOCKET;
    return httpd->mhd->MHD_start_daemon(
        flags, 0, NULL, NULL, on_request, httpd, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)GHM_HTTPD_CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)GHM_HTTPD_SILENCE_S_MAX, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)GHM_HTTPD_MEMORY_MAX, MHD_OPTION_NOTIFY_CONNECTION, on_connection, httpd,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, httpd, MHD_OPTION_URI_LOG_CALLBACK, on_uri,
        httpd, MHD_OPTION_UNESCAPE_CALLBACK, on_escape, httpd, MHD_OPTION_END);
}

static int watch(struct ghm_httpd *httpd)
{
    const union MHD_DaemonInfo *info =
        httpd->mhd->MHD_get_daemon_info(httpd->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    if (info == NULL || uv_poll_init(httpd->config.uv, &httpd->poll, info->epoll_fd) != 0)
        return GHM_EIO;
    httpd->poll.data = httpd;
    httpd->handles_open++;
    (void)uv_poll_start(&httpd->poll, UV_READABLE, on_poll);
    return GHM_OK;
}

/* At the first connection: a node that nobody asks by HTTP does not carry libmicrohttpd. */
static int awaken(struct ghm_httpd *httpd)
{
    if (httpd->daemon != NULL) return GHM_OK;
    httpd->mhd = ghm_mhd_load();
    if (httpd->mhd == NULL) return GHM_ENOTSUP;
    httpd->daemon = start(httpd);
    int error = httpd->daemon == NULL ? GHM_EIO : watch(httpd);
    if (error == GHM_OK || httpd->daemon == NULL) return error;
    httpd->mhd->MHD_stop_daemon(httpd->daemon);
    httpd->daemon = NULL;
    return error;
}

static void count_closed(struct ghm_httpd *httpd)
{
    if (--httpd->handles_open == 0) ghm_mem_free(NULL, httpd, sizeof *httpd);
}

static void on_closed(uv_handle_t *handle)
{
    count_closed(handle->data);
}

static void on_door_closed(void *context)
{
    count_closed(context);
}

int ghm_httpd_new(struct ghm_httpd **ret_httpd, const struct ghm_httpd_config *config)
{
    struct ghm_httpd *httpd = ghm_mem_alloc(NULL, sizeof *httpd);
    if (httpd == NULL) return GHM_ENOMEM;
    const struct ghm_accept_config accept = {.uv = config->uv,
                                             .context = httpd,
                                             .admit = admit,
                                             .turned = on_turned,
                                             .closed = on_door_closed};
    ghm_accept_init(&httpd->accept, &accept);
    httpd->config = *config;
    ghm_list_init(&httpd->exchanges);
    (void)uv_timer_init(config->uv, &httpd->kick);
    (void)uv_timer_init(config->uv, &httpd->sweep);
    httpd->kick.data = httpd;
    httpd->sweep.data = httpd;
    httpd->handles_open = 2;
    *ret_httpd = httpd;
    return GHM_OK;
}

void ghm_httpd_quiesce(struct ghm_httpd *httpd)
{
    httpd->is_ending = true;
    ghm_accept_close(&httpd->accept);
    for (struct ghm_list *at = httpd->exchanges.next; at != &httpd->exchanges; at = at->next) {
        struct ghm_exchange *exchange = GHM_LIST_OF(at, struct ghm_exchange, node);
        if (exchange->state == IDLE && !exchange->is_new) hang_up(exchange);
    }
    kick(httpd);
}

size_t ghm_httpd_count(const struct ghm_httpd *httpd)
{
    return httpd->exchanges_count;
}

void ghm_httpd_free(struct ghm_httpd *httpd)
{
    if (httpd == NULL) return;
    ghm_httpd_quiesce(httpd);
    httpd->is_over = true;
    for (struct ghm_list *at = httpd->exchanges.next; at != &httpd->exchanges; at = at->next) {
        struct ghm_exchange *exchange = GHM_LIST_OF(at, struct ghm_exchange, node);
        hang_up(exchange);
        ghm_httpd_go_on(exchange);
    }
    if (httpd->daemon != NULL) {
        (void)httpd->mhd->MHD_run(httpd->daemon);
        (void)uv_poll_stop(&httpd->poll);
        httpd->mhd->MHD_stop_daemon(httpd->daemon);
        uv_close((uv_handle_t *)&httpd->poll, on_closed);
    }
    uv_close((uv_handle_t *)&httpd->kick, on_closed);
    uv_close((uv_handle_t *)&httpd->sweep, on_closed);
}
