/* SPDX-License-Identifier: MIT */
#include "io/passage.h"

#include "base/assert.h"
#include "base/buf.h"

#include <ctype.h>

#define CONNECT_TIMEOUT_MS 10000L

struct ghm_passage {
    struct ghm_multi_job job;
    struct ghm_multi *multi;
    const struct ghm_curl *curl;
    struct curl_slist *headers_out;
    struct ghm_passage_request request; /* its texts are not ours to use after the start */
    struct ghm_buf up;                  /* of the request, not yet sent */
    struct ghm_buf down;                /* of the response, not yet taken */
    struct ghm_buf headers;
    int status;
    bool is_added;
    bool is_up_ended;  /* all of the request's body was given */
    bool is_up_held;   /* libcurl waits for more of it */
    bool is_down_held; /* libcurl waits for room */
    bool is_ended;
    int error;
};

/* ---- what libcurl calls ---- */

static size_t on_wanted(char *room, size_t size, size_t count, void *user)
{
    struct ghm_passage *passage = user;
    struct ghm_bytes held = ghm_bytes_upto(ghm_buf_bytes(&passage->up), size * count);
    if (held.len > 0) {
        memcpy(room, held.ptr, held.len);
        ghm_buf_drop(&passage->up, held.len);
        passage->request.moved(passage->request.context);
        return held.len;
    }
    if (passage->is_up_ended) return 0;
    passage->is_up_held = true;
    return CURL_READFUNC_PAUSE;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *user)
{
    struct ghm_passage *passage = user;
    size_t len = size * count;
    int error = ghm_buf_append(&passage->down, ghm_bytes(bytes, len));
    if (error == GHM_OK) {
        passage->request.moved(passage->request.context);
        return len;
    }
    if (error == GHM_ELIMIT) {
        passage->is_down_held = true;
        return CURL_WRITEFUNC_PAUSE;
    }
    passage->error = error;
    return 0;
}

static struct ghm_bytes trimmed(struct ghm_bytes line)
{
    while (line.len > 0 && strchr("\r\n \t", line.ptr[line.len - 1]) != NULL)
        line.len--;
    return line;
}

/* The last line of a head: a 1xx is followed by another one. */
static void end_head(struct ghm_passage *passage)
{
    long status = 0;
    (void)passage->curl->curl_easy_getinfo(passage->job.easy, CURLINFO_RESPONSE_CODE, &status);
    if (status < 200) return;
    passage->status = (int)status;
    passage->request.head(passage->request.context);
}

static int keep_line(struct ghm_passage *passage, struct ghm_bytes line)
{
    uint8_t *room;
    int error = ghm_buf_reserve(&passage->headers, &room, line.len + 1);
    if (error != GHM_OK) return error;
    ghm_bytes_copy(room, line);
    for (size_t i = 0; i < line.len && room[i] != ':'; i++)
        room[i] = (uint8_t)tolower(room[i]);
    room[line.len] = '\n';
    ghm_buf_commit(&passage->headers, line.len + 1);
    return GHM_OK;
}

static size_t on_header(char *bytes, size_t size, size_t count, void *user)
{
    struct ghm_passage *passage = user;
    struct ghm_bytes line = trimmed(ghm_bytes(bytes, size * count));
    int error = GHM_OK;
    if (passage->status != 0) return size * count; /* trailers */
    if (ghm_bytes_starts(line, ghm_bytes_text("HTTP/")))
        ghm_buf_clear(&passage->headers);
    else if (line.len == 0)
        end_head(passage);
    else
        error = keep_line(passage, line);
    if (error == GHM_OK) return size * count;
    passage->error = error;
    return 0;
}

static int error_of(CURLcode code)
{
    if (code == CURLE_OK) return GHM_OK;
    return code == CURLE_OPERATION_TIMEDOUT ? GHM_ETIMEOUT : GHM_EORIGIN;
}

static void on_ended(struct ghm_multi_job *job, CURLcode code)
{
    struct ghm_passage *passage = (struct ghm_passage *)(void *)job; /* its first member */
    ghm_multi_remove(passage->multi, job);
    passage->is_added = false;
    passage->is_ended = true;
    if (passage->error == GHM_OK) passage->error = error_of(code);
    if (passage->error == GHM_OK && passage->status == 0) passage->error = GHM_EORIGIN;
    passage->request.moved(passage->request.context);
}

/* ---- the face ---- */

static void set_body(struct ghm_passage *passage, const struct ghm_passage_request *request)
{
    CURL *easy = passage->job.easy;
    const struct ghm_curl *curl = passage->curl;
    if (strcmp(request->method, "HEAD") == 0)
        (void)curl->curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    else
        (void)curl->curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
    if (!request->has_body) return;
    (void)curl->curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
    (void)curl->curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_wanted);
    (void)curl->curl_easy_setopt(easy, CURLOPT_READDATA, passage);
    (void)curl->curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)request->body_bytes);
}

static void set_options(struct ghm_passage *passage, const struct ghm_passage_request *request)
{
    CURL *easy = passage->job.easy;
    const struct ghm_curl *curl = passage->curl;
    (void)curl->curl_easy_setopt(easy, CURLOPT_URL, request->url);
    (void)curl->curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl->curl_easy_setopt(easy, CURLOPT_HTTPHEADER, passage->headers_out);
    (void)curl->curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    (void)curl->curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    (void)curl->curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    (void)curl->curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS);
    (void)curl->curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
    (void)curl->curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, (long)GHM_PASSAGE_SILENCE_S_MAX);
    /* libcurl sends a request again when a kept connection turns out to be dead, even if it was
     * read before it died: what changes something gets a connection of its own. */
    if (request->is_write) (void)curl->curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
    (void)curl->curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    (void)curl->curl_easy_setopt(easy, CURLOPT_WRITEDATA, passage);
    (void)curl->curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    (void)curl->curl_easy_setopt(easy, CURLOPT_HEADERDATA, passage);
    set_body(passage, request);
}

int ghm_passage_new(struct ghm_passage **ret_passage, struct ghm_multi *multi,
                    const struct ghm_passage_request *request)
{
    const struct ghm_curl *curl = ghm_multi_curl(multi);
    struct ghm_passage *passage = ghm_mem_alloc(NULL, sizeof *passage);
    if (passage == NULL) {
        ghm_curl_lines_free(curl, request->take_headers);
        return GHM_ENOMEM;
    }
    *passage = (struct ghm_passage){.job = {.ended = on_ended},
                                    .multi = multi,
                                    .curl = curl,
                                    .headers_out = request->take_headers,
                                    .request = *request};
    ghm_buf_init(&passage->up, NULL, GHM_PASSAGE_BYTES_MAX);
    ghm_buf_init(&passage->down, NULL, GHM_PASSAGE_BYTES_MAX);
    ghm_buf_init(&passage->headers, NULL, GHM_PASSAGE_HEAD_MAX);
    passage->job.easy = curl->curl_easy_init();
    int error = passage->job.easy == NULL ? GHM_ENOMEM : GHM_OK;
    if (error == GHM_OK) {
        set_options(passage, request);
        error = ghm_multi_add(multi, &passage->job);
    }
    passage->is_added = error == GHM_OK;
    if (error != GHM_OK) {
        ghm_passage_free(passage);
        return error;
    }
    *ret_passage = passage;
    return GHM_OK;
}

void ghm_passage_free(struct ghm_passage *passage)
{
    if (passage == NULL) return;
    if (passage->is_added) ghm_multi_remove(passage->multi, &passage->job);
    if (passage->job.easy != NULL) passage->curl->curl_easy_cleanup(passage->job.easy);
    ghm_curl_lines_free(passage->curl, passage->headers_out);
    ghm_buf_drop_wiped(&passage->up, ghm_buf_len(&passage->up));
    ghm_buf_fini(&passage->up);
    ghm_buf_fini(&passage->down);
    ghm_buf_fini(&passage->headers);
    ghm_mem_free(NULL, passage, sizeof *passage);
}

/* Let libcurl go on with what it was held for, as far as it is no longer. */
static void release(struct ghm_passage *passage)
{
    int held = CURLPAUSE_CONT;
    if (passage->is_up_held) held |= CURLPAUSE_SEND;
    if (passage->is_down_held) held |= CURLPAUSE_RECV;
    if (!passage->is_ended) (void)passage->curl->curl_easy_pause(passage->job.easy, held);
}

size_t ghm_passage_give(struct ghm_passage *passage, struct ghm_bytes bytes)
{
    if (passage->is_ended) return bytes.len;
    size_t room = GHM_PASSAGE_BYTES_MAX - ghm_buf_len(&passage->up);
    bytes = ghm_bytes_upto(bytes, room);
    if (bytes.len == 0 || ghm_buf_append(&passage->up, bytes) != GHM_OK) return 0;
    if (passage->is_up_held) {
        passage->is_up_held = false;
        release(passage);
    }
    return bytes.len;
}

void ghm_passage_give_end(struct ghm_passage *passage)
{
    passage->is_up_ended = true;
    if (!passage->is_up_held) return;
    passage->is_up_held = false;
    release(passage);
}

int ghm_passage_status(const struct ghm_passage *passage)
{
    return passage->status;
}

struct ghm_bytes ghm_passage_headers(const struct ghm_passage *passage)
{
    return ghm_buf_bytes(&passage->headers);
}

int ghm_passage_error(const struct ghm_passage *passage)
{
    return passage->error;
}

ssize_t ghm_passage_take(struct ghm_passage *passage, char *room, size_t size)
{
    struct ghm_bytes held = ghm_bytes_upto(ghm_buf_bytes(&passage->down), size);
    if (held.len == 0 && passage->is_ended) return passage->error == GHM_OK ? -1 : -2;
    GHM_ASSERT(held.len > 0 || !passage->is_down_held);
    ghm_bytes_copy(room, held);
    ghm_buf_drop(&passage->down, held.len);
    if (passage->is_down_held && ghm_buf_len(&passage->down) <= GHM_PASSAGE_BYTES_MAX / 2) {
        passage->is_down_held = false;
        release(passage);
    }
    return (ssize_t)held.len;
}
