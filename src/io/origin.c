/* SPDX-License-Identifier: MIT */
#include "io/origin.h"

#include "answer/entry.h"
#include "base/assert.h"
#include "base/buf.h"
#include "base/list.h"
#include "io/multi.h"

#include <ctype.h>
#include <strings.h>

#define CONNECT_TIMEOUT_MS 10000L
#define CONNECTIONS_MAX 8U

struct ghm_origin {
    const struct ghm_curl *curl;
    struct ghm_multi *multi;
    ghm_origin_done *done;
    void *context;
    struct ghm_list transfers;
    size_t transfers_count;
};

struct transfer {
    struct ghm_multi_job job;
    struct ghm_list node;
    struct ghm_origin *origin;
    uint64_t id;
    bool is_added;
    struct curl_slist *headers_out;
    struct ghm_buf headers;
    struct ghm_buf body;
    int error; /* ours, when we end a transfer for a bound of ours */
    char reason[CURL_ERROR_SIZE];
};

/* ---- one transfer ---- */

static void free_transfer(struct transfer *transfer)
{
    struct ghm_origin *origin = transfer->origin;
    if (transfer->is_added) ghm_multi_remove(origin->multi, &transfer->job);
    if (transfer->job.easy != NULL) origin->curl->curl_easy_cleanup(transfer->job.easy);
    ghm_curl_lines_free(origin->curl, transfer->headers_out);
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
    (void)origin->curl->curl_easy_getinfo(transfer->job.easy, CURLINFO_RESPONSE_CODE, &status);
    struct ghm_origin_response response = {
        .id = transfer->id,
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

static void on_ended(struct ghm_multi_job *job, CURLcode code)
{
    struct transfer *transfer = (struct transfer *)(void *)job; /* its first member */
    tell(transfer, code);
    free_transfer(transfer);
}

/* ---- the face ---- */

int ghm_origin_new(struct ghm_origin **ret_origin, uv_loop_t *loop, ghm_origin_done *done,
                   void *context)
{
    struct ghm_origin *origin = ghm_mem_alloc(NULL, sizeof *origin);
    if (origin == NULL) return GHM_ENOMEM;
    *origin = (struct ghm_origin){.done = done, .context = context};
    ghm_list_init(&origin->transfers);
    int error = ghm_multi_new(&origin->multi, loop, CONNECTIONS_MAX);
    if (error != GHM_OK) {
        ghm_mem_free(NULL, origin, sizeof *origin);
        return error;
    }
    origin->curl = ghm_multi_curl(origin->multi);
    *ret_origin = origin;
    return GHM_OK;
}

void ghm_origin_free(struct ghm_origin *origin)
{
    if (origin == NULL) return;
    while (!ghm_list_is_empty(&origin->transfers))
        free_transfer(GHM_LIST_OF(origin->transfers.next, struct transfer, node));
    ghm_multi_free(origin->multi);
    ghm_mem_free(NULL, origin, sizeof *origin);
}

static void set_options(struct transfer *transfer, const struct ghm_origin_request *request)
{
    CURL *easy = transfer->job.easy;
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
}

int ghm_origin_send(struct ghm_origin *origin, const struct ghm_origin_request *request)
{
    if (origin->transfers_count == GHM_ORIGIN_UNDER_WAY_MAX) return GHM_ELIMIT;
    struct transfer *transfer = ghm_mem_alloc(NULL, sizeof *transfer);
    if (transfer == NULL) return GHM_ENOMEM;
    *transfer = (struct transfer){.job = {.ended = on_ended}, .origin = origin, .id = request->id};
    ghm_buf_init(&transfer->headers, NULL, GHM_ORIGIN_HEADERS_MAX);
    ghm_buf_init(&transfer->body, NULL, GHM_ENTRY_BODY_MAX);
    ghm_list_append(&origin->transfers, &transfer->node);
    origin->transfers_count++;
    int error = ghm_curl_lines(origin->curl, &transfer->headers_out, request->headers);
    transfer->job.easy = error == GHM_OK ? origin->curl->curl_easy_init() : NULL;
    if (transfer->job.easy == NULL) {
        free_transfer(transfer);
        return error == GHM_OK ? GHM_ENOMEM : error;
    }
    set_options(transfer, request);
    error = ghm_multi_add(origin->multi, &transfer->job);
    if (error != GHM_OK) {
        free_transfer(transfer);
        return error;
    }
    transfer->is_added = true;
    return GHM_OK;
}
