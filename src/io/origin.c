/* SPDX-License-Identifier: MIT */
#include "io/origin.h"

#include "answer/entry.h"
#include "base/assert.h"
#include "base/buf.h"
#include "base/list.h"
#include "io/curl.h"

#include <ctype.h>
#include <strings.h>

#define CONNECT_TIMEOUT_MS 10000L
#define CONNECTIONS_MAX 8L

struct ghm_origin {
    uv_loop_t *loop;
    uv_timer_t timer;
    const struct ghm_curl *curl;
    CURLM *multi;
    ghm_origin_done *done;
    void *context;
    struct ghm_list transfers;
    size_t transfers_count;
    size_t polls_count; /* sockets that libuv still holds */
    bool is_timer_closed;
    bool is_closing;
};

struct transfer {
    struct ghm_list node;
    struct ghm_origin *origin;
    uint64_t id;
    uint8_t hold_key[32];
    CURL *easy;
    struct curl_slist *headers_out;
    struct ghm_buf headers;
    struct ghm_buf body;
    int error; /* ours, when we end a transfer for a bound of ours */
    char reason[CURL_ERROR_SIZE];
};

/* A socket of libcurl's that libuv watches. */
struct poll {
    uv_poll_t handle;
    struct ghm_origin *origin;
    curl_socket_t socket;
};

/* ---- one transfer ---- */

static void free_slist(const struct ghm_curl *curl, struct curl_slist *list)
{
    /* The token is in one of these lines. */
    for (struct curl_slist *line = list; line != NULL; line = line->next)
        ghm_mem_wipe(line->data, strlen(line->data));
    curl->curl_slist_free_all(list);
}

static void free_transfer(struct transfer *transfer)
{
    struct ghm_origin *origin = transfer->origin;
    if (transfer->easy != NULL) {
        (void)origin->curl->curl_multi_remove_handle(origin->multi, transfer->easy);
        origin->curl->curl_easy_cleanup(transfer->easy);
    }
    free_slist(origin->curl, transfer->headers_out);
    ghm_buf_fini(&transfer->headers);
    ghm_buf_fini(&transfer->body);
    ghm_list_remove(&transfer->node);
    origin->transfers_count--;
    ghm_mem_free(NULL, transfer, sizeof *transfer);
}

static size_t on_body(char *bytes, size_t size, size_t count, void *user)
{
    struct transfer *transfer = user;
    int error = ghm_buf_append(&transfer->body, ghm_bytes(bytes, size * count));
    if (error == GHM_OK) return size * count;
    transfer->error = error;
    return 0;
}

/* One line with its CRLF. A status line starts a new header section (after "100 Continue"). */
static int keep_header(struct transfer *transfer, struct ghm_bytes line)
{
    while (line.len > 0 && strchr("\r\n \t", line.ptr[line.len - 1]) != NULL)
        line.len--;
    if (ghm_bytes_starts(line, ghm_bytes_text("HTTP/"))) {
        ghm_buf_clear(&transfer->headers);
        return GHM_OK;
    }
    const uint8_t *colon = line.len == 0 ? NULL : memchr(line.ptr, ':', line.len);
    if (colon == NULL || colon == line.ptr || memchr(line.ptr, '\0', line.len) != NULL)
        return GHM_OK;
    uint8_t *room;
    size_t name_len = (size_t)(colon - line.ptr);
    struct ghm_bytes value = ghm_bytes_from(line, name_len + 1);
    while (value.len > 0 && (value.ptr[0] == ' ' || value.ptr[0] == '\t'))
        value = ghm_bytes_from(value, 1);
    int error = ghm_buf_reserve(&transfer->headers, &room, name_len + 2 + value.len + 1);
    if (error != GHM_OK) return error;
    for (size_t i = 0; i < name_len; i++)
        room[i] = (uint8_t)tolower(line.ptr[i]);
    memcpy(room + name_len, ": ", 2);
    memcpy(room + name_len + 2, value.ptr, value.len);
    room[name_len + 2 + value.len] = '\n';
    ghm_buf_commit(&transfer->headers, name_len + 2 + value.len + 1);
    return GHM_OK;
}

static size_t on_header(char *bytes, size_t size, size_t count, void *user)
{
    struct transfer *transfer = user;
    int error = keep_header(transfer, ghm_bytes(bytes, size * count));
    if (error == GHM_OK) return size * count;
    transfer->error = error;
    return 0;
}

static int error_of_curl(CURLcode code)
{
    if (code == CURLE_OPERATION_TIMEDOUT) return GHM_ETIMEOUT;
    /* What libcurl 7.88 says of a header past its own bound; a machine that has no memory left
     * shows it elsewhere first. */
    if (code == CURLE_OUT_OF_MEMORY) return GHM_ELIMIT;
    return GHM_EORIGIN;
}

static void tell(struct transfer *transfer, CURLcode code)
{
    struct ghm_origin *origin = transfer->origin;
    long status = 0;
    (void)origin->curl->curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
    struct ghm_origin_response response = {
        .id = transfer->id,
        .hold_key = transfer->hold_key,
        .status = (int)status,
        .headers = ghm_buf_bytes(&transfer->headers),
        .body = ghm_buf_bytes(&transfer->body),
    };
    if (code != CURLE_OK) {
        bool is_bound = transfer->error != GHM_OK;
        response.error = is_bound ? transfer->error : error_of_curl(code);
        response.reason =
            transfer->reason[0] != '\0' ? transfer->reason : origin->curl->curl_easy_strerror(code);
        if (is_bound) response.reason = "the answer is larger than this program accepts";
    } else if (status < 200 || status > 599) {
        response.error = GHM_EORIGIN;
        response.reason = "not an HTTP answer";
    }
    origin->done(origin->context, &response);
}

static void reap(struct ghm_origin *origin)
{
    int left;
    for (CURLMsg *msg; (msg = origin->curl->curl_multi_info_read(origin->multi, &left)) != NULL;) {
        char *private;
        CURLcode code = msg->data.result;
        if (msg->msg != CURLMSG_DONE) continue;
        (void)origin->curl->curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &private);
        struct transfer *transfer = (struct transfer *)(void *)private;
        tell(transfer, code);
        free_transfer(transfer);
    }
}

/* ---- libcurl in libuv ---- */

static void act(struct ghm_origin *origin, curl_socket_t socket, int flags)
{
    int running;
    (void)origin->curl->curl_multi_socket_action(origin->multi, socket, flags, &running);
    reap(origin);
}

static void free_if_closed(struct ghm_origin *origin)
{
    if (!origin->is_closing || !origin->is_timer_closed || origin->polls_count > 0) return;
    ghm_mem_free(NULL, origin, sizeof *origin);
}

static void on_poll_closed(uv_handle_t *handle)
{
    struct poll *poll = handle->data;
    struct ghm_origin *origin = poll->origin;
    origin->polls_count--;
    ghm_mem_free(NULL, poll, sizeof *poll);
    free_if_closed(origin);
}

static void on_poll(uv_poll_t *handle, int status, int events)
{
    struct poll *poll = handle->data;
    int flags = status < 0 ? CURL_CSELECT_ERR : 0;
    if ((events & UV_READABLE) != 0) flags |= CURL_CSELECT_IN;
    if ((events & UV_WRITABLE) != 0) flags |= CURL_CSELECT_OUT;
    act(poll->origin, poll->socket, flags);
}

static struct poll *watch_new(struct ghm_origin *origin, curl_socket_t socket)
{
    struct poll *poll = ghm_mem_alloc(NULL, sizeof *poll);
    if (poll == NULL) return NULL;
    *poll = (struct poll){.origin = origin, .socket = socket};
    if (uv_poll_init_socket(origin->loop, &poll->handle, socket) != 0) {
        ghm_mem_free(NULL, poll, sizeof *poll);
        return NULL;
    }
    poll->handle.data = poll;
    origin->polls_count++;
    return poll;
}

static int on_curl_socket(CURL *easy, curl_socket_t socket, int what, void *user, void *socket_user)
{
    struct ghm_origin *origin = user;
    struct poll *poll = socket_user;
    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        if (poll == NULL) return 0;
        (void)uv_poll_stop(&poll->handle);
        uv_close((uv_handle_t *)&poll->handle, on_poll_closed);
        (void)origin->curl->curl_multi_assign(origin->multi, socket, NULL);
        return 0;
    }
    if (poll == NULL) poll = watch_new(origin, socket);
    if (poll == NULL) return -1;
    (void)origin->curl->curl_multi_assign(origin->multi, socket, poll);
    int events = 0;
    if ((what & CURL_POLL_IN) != 0) events |= UV_READABLE;
    if ((what & CURL_POLL_OUT) != 0) events |= UV_WRITABLE;
    return uv_poll_start(&poll->handle, events, on_poll) == 0 ? 0 : -1;
}

static void on_timer(uv_timer_t *timer)
{
    act(timer->data, CURL_SOCKET_TIMEOUT, 0);
}

static int on_curl_timer(CURLM *multi, long wait_ms, void *user)
{
    struct ghm_origin *origin = user;
    (void)multi;
    if (origin->is_closing) return 0;
    if (wait_ms < 0) return uv_timer_stop(&origin->timer) == 0 ? 0 : -1;
    /* 0 means soon, never now: libcurl must not be entered from its own callback. */
    return uv_timer_start(&origin->timer, on_timer, (uint64_t)wait_ms, 0) == 0 ? 0 : -1;
}

static void on_timer_closed(uv_handle_t *handle)
{
    struct ghm_origin *origin = handle->data;
    origin->is_timer_closed = true;
    free_if_closed(origin);
}

/* ---- the face ---- */

int ghm_origin_new(struct ghm_origin **ret_origin, uv_loop_t *loop, ghm_origin_done *done,
                   void *context)
{
    struct ghm_origin *origin = ghm_mem_alloc(NULL, sizeof *origin);
    if (origin == NULL) return GHM_ENOMEM;
    *origin = (struct ghm_origin){.loop = loop, .done = done, .context = context};
    ghm_list_init(&origin->transfers);
    origin->curl = ghm_curl_load();
    origin->multi = origin->curl == NULL ? NULL : origin->curl->curl_multi_init();
    if (origin->multi == NULL) {
        ghm_mem_free(NULL, origin, sizeof *origin);
        return GHM_EIO;
    }
    (void)origin->curl->curl_multi_setopt(origin->multi, CURLMOPT_SOCKETFUNCTION, on_curl_socket);
    (void)origin->curl->curl_multi_setopt(origin->multi, CURLMOPT_SOCKETDATA, origin);
    (void)origin->curl->curl_multi_setopt(origin->multi, CURLMOPT_TIMERFUNCTION, on_curl_timer);
    (void)origin->curl->curl_multi_setopt(origin->multi, CURLMOPT_TIMERDATA, origin);
    (void)origin->curl->curl_multi_setopt(origin->multi, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
    (void)origin->curl->curl_multi_setopt(origin->multi, CURLMOPT_MAX_HOST_CONNECTIONS,
                                          CONNECTIONS_MAX);
    (void)uv_timer_init(loop, &origin->timer);
    origin->timer.data = origin;
    *ret_origin = origin;
    return GHM_OK;
}

void ghm_origin_free(struct ghm_origin *origin)
{
    if (origin == NULL) return;
    origin->is_closing = true;
    while (!ghm_list_is_empty(&origin->transfers))
        free_transfer(GHM_LIST_OF(origin->transfers.next, struct transfer, node));
    (void)origin->curl->curl_multi_cleanup(origin->multi);
    uv_close((uv_handle_t *)&origin->timer, on_timer_closed);
}

static int add_headers(struct transfer *transfer, struct ghm_bytes lines)
{
    while (lines.len > 0) {
        char line[8192];
        const uint8_t *end = memchr(lines.ptr, '\n', lines.len);
        size_t len = end == NULL ? lines.len : (size_t)(end - lines.ptr);
        if (len >= sizeof line) return GHM_ELIMIT;
        memcpy(line, lines.ptr, len);
        line[len] = '\0';
        /* An empty value ("Name: ") is "Name;" to libcurl; "Name:" takes its own header out. */
        char *colon = strchr(line, ':');
        if (colon != NULL && strcmp(colon, ": ") == 0) memcpy(colon, ";", 2);
        struct curl_slist *more =
            transfer->origin->curl->curl_slist_append(transfer->headers_out, line);
        ghm_mem_wipe(line, len);
        if (more == NULL) return GHM_ENOMEM;
        transfer->headers_out = more;
        lines = ghm_bytes_from(lines, len + 1);
    }
    return GHM_OK;
}

static void set_options(struct transfer *transfer, const struct ghm_origin_request *request)
{
    CURL *easy = transfer->easy;
    const struct ghm_curl *curl = transfer->origin->curl;
    (void)curl->curl_easy_setopt(easy, CURLOPT_URL, request->url);
    (void)curl->curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl->curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->headers_out);
    if (request->body.ptr != NULL) {
        (void)curl->curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)request->body.len);
        (void)curl->curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, request->body.ptr);
    }
    (void)curl->curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    /* Share a connection rather than open one more, where it can be shared: without TLS it never
     * can, and libcurl would find that out only from the first answer. */
    bool is_tls = strncmp(request->url, "https:", 6) == 0;
    (void)curl->curl_easy_setopt(easy, CURLOPT_PIPEWAIT, is_tls ? 1L : 0L);
    (void)curl->curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    (void)curl->curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
    (void)curl->curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    (void)curl->curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)request->timeout_ms);
    (void)curl->curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS);
    (void)curl->curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    (void)curl->curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
    (void)curl->curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    (void)curl->curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
    (void)curl->curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->reason);
    (void)curl->curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
}

int ghm_origin_send(struct ghm_origin *origin, const struct ghm_origin_request *request)
{
    if (origin->transfers_count == GHM_ORIGIN_UNDER_WAY_MAX) return GHM_ELIMIT;
    struct transfer *transfer = ghm_mem_alloc(NULL, sizeof *transfer);
    if (transfer == NULL) return GHM_ENOMEM;
    *transfer = (struct transfer){.origin = origin, .id = request->id};
    memcpy(transfer->hold_key, request->hold_key, sizeof transfer->hold_key);
    ghm_buf_init(&transfer->headers, NULL, GHM_ORIGIN_HEADERS_MAX);
    ghm_buf_init(&transfer->body, NULL, GHM_ENTRY_BODY_MAX);
    ghm_list_append(&origin->transfers, &transfer->node);
    origin->transfers_count++;
    int error = add_headers(transfer, request->headers);
    transfer->easy = error == GHM_OK ? origin->curl->curl_easy_init() : NULL;
    if (transfer->easy == NULL) {
        free_transfer(transfer);
        return error == GHM_OK ? GHM_ENOMEM : error;
    }
    set_options(transfer, request);
    if (origin->curl->curl_multi_add_handle(origin->multi, transfer->easy) == CURLM_OK)
        return GHM_OK;
    free_transfer(transfer);
    return GHM_ENOMEM;
}
