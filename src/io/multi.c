/* SPDX-License-Identifier: MIT */
#include "io/multi.h"

#include "base/assert.h"
#include "base/mem.h"

struct ghm_multi {
    uv_loop_t *loop;
    uv_timer_t timer;
    const struct ghm_curl *curl;
    CURLM *multi;
    size_t jobs_count;
    size_t polls_count; /* sockets that libuv still holds */
    bool is_timer_closed;
    bool is_closing;
};

/* A socket of libcurl's that libuv watches. */
struct poll {
    uv_poll_t handle;
    struct ghm_multi *multi;
    curl_socket_t socket;
};

static void reap(struct ghm_multi *multi)
{
    int left;
    for (CURLMsg *msg; (msg = multi->curl->curl_multi_info_read(multi->multi, &left)) != NULL;) {
        char *private;
        CURLcode code = msg->data.result;
        if (msg->msg != CURLMSG_DONE) continue;
        (void)multi->curl->curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &private);
        struct ghm_multi_job *job = (struct ghm_multi_job *)(void *)private;
        job->ended(job, code);
    }
}

static void act(struct ghm_multi *multi, curl_socket_t socket, int flags)
{
    int running;
    (void)multi->curl->curl_multi_socket_action(multi->multi, socket, flags, &running);
    reap(multi);
}

static void free_if_closed(struct ghm_multi *multi)
{
    if (!multi->is_closing || !multi->is_timer_closed || multi->polls_count > 0) return;
    ghm_mem_free(NULL, multi, sizeof *multi);
}

static void on_poll_closed(uv_handle_t *handle)
{
    struct poll *poll = handle->data;
    struct ghm_multi *multi = poll->multi;
    multi->polls_count--;
    ghm_mem_free(NULL, poll, sizeof *poll);
    free_if_closed(multi);
}

static void on_poll(uv_poll_t *handle, int status, int events)
{
    struct poll *poll = handle->data;
    int flags = status < 0 ? CURL_CSELECT_ERR : 0;
    if ((events & UV_READABLE) != 0) flags |= CURL_CSELECT_IN;
    if ((events & UV_WRITABLE) != 0) flags |= CURL_CSELECT_OUT;
    act(poll->multi, poll->socket, flags);
}

static struct poll *watch_new(struct ghm_multi *multi, curl_socket_t socket)
{
    struct poll *poll = ghm_mem_alloc(NULL, sizeof *poll);
    if (poll == NULL) return NULL;
    *poll = (struct poll){.multi = multi, .socket = socket};
    if (uv_poll_init_socket(multi->loop, &poll->handle, socket) != 0) {
        ghm_mem_free(NULL, poll, sizeof *poll);
        return NULL;
    }
    poll->handle.data = poll;
    multi->polls_count++;
    return poll;
}

static int on_curl_socket(CURL *easy, curl_socket_t socket, int what, void *user, void *socket_user)
{
    struct ghm_multi *multi = user;
    struct poll *poll = socket_user;
    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        if (poll == NULL) return 0;
        (void)uv_poll_stop(&poll->handle);
        uv_close((uv_handle_t *)&poll->handle, on_poll_closed);
        (void)multi->curl->curl_multi_assign(multi->multi, socket, NULL);
        return 0;
    }
    if (poll == NULL) poll = watch_new(multi, socket);
    if (poll == NULL) return -1;
    (void)multi->curl->curl_multi_assign(multi->multi, socket, poll);
    int events = 0;
    if ((what & CURL_POLL_IN) != 0) events |= UV_READABLE;
    if ((what & CURL_POLL_OUT) != 0) events |= UV_WRITABLE;
    return uv_poll_start(&poll->handle, events, on_poll) == 0 ? 0 : -1;
}

static void on_timer(uv_timer_t *timer)
{
    act(timer->data, CURL_SOCKET_TIMEOUT, 0);
}

static int on_curl_timer(CURLM *handle, long wait_ms, void *user)
{
    struct ghm_multi *multi = user;
    (void)handle;
    if (multi->is_closing) return 0;
    if (wait_ms < 0) return uv_timer_stop(&multi->timer) == 0 ? 0 : -1;
    /* 0 means soon, never now: libcurl must not be entered from its own callback. */
    return uv_timer_start(&multi->timer, on_timer, (uint64_t)wait_ms, 0) == 0 ? 0 : -1;
}

static void on_timer_closed(uv_handle_t *handle)
{
    struct ghm_multi *multi = handle->data;
    multi->is_timer_closed = true;
    free_if_closed(multi);
}

/* ---- the face ---- */

int ghm_multi_new(struct ghm_multi **ret_multi, uv_loop_t *loop, unsigned connections_max)
{
    struct ghm_multi *multi = ghm_mem_alloc(NULL, sizeof *multi);
    if (multi == NULL) return GHM_ENOMEM;
    *multi = (struct ghm_multi){.loop = loop, .curl = ghm_curl_load()};
    multi->multi = multi->curl == NULL ? NULL : multi->curl->curl_multi_init();
    if (multi->multi == NULL) {
        ghm_mem_free(NULL, multi, sizeof *multi);
        return GHM_EIO;
    }
    const struct ghm_curl *curl = multi->curl;
    (void)curl->curl_multi_setopt(multi->multi, CURLMOPT_SOCKETFUNCTION, on_curl_socket);
    (void)curl->curl_multi_setopt(multi->multi, CURLMOPT_SOCKETDATA, multi);
    (void)curl->curl_multi_setopt(multi->multi, CURLMOPT_TIMERFUNCTION, on_curl_timer);
    (void)curl->curl_multi_setopt(multi->multi, CURLMOPT_TIMERDATA, multi);
    (void)curl->curl_multi_setopt(multi->multi, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
    (void)curl->curl_multi_setopt(multi->multi, CURLMOPT_MAX_HOST_CONNECTIONS,
                                  (long)connections_max);
    (void)uv_timer_init(loop, &multi->timer);
    multi->timer.data = multi;
    *ret_multi = multi;
    return GHM_OK;
}

void ghm_multi_free(struct ghm_multi *multi)
{
    if (multi == NULL) return;
    GHM_ASSERT(multi->jobs_count == 0);
    multi->is_closing = true;
    (void)multi->curl->curl_multi_cleanup(multi->multi);
    uv_close((uv_handle_t *)&multi->timer, on_timer_closed);
}

const struct ghm_curl *ghm_multi_curl(const struct ghm_multi *multi)
{
    return multi->curl;
}

int ghm_multi_add(struct ghm_multi *multi, struct ghm_multi_job *job)
{
    (void)multi->curl->curl_easy_setopt(job->easy, CURLOPT_PRIVATE, job);
    if (multi->curl->curl_multi_add_handle(multi->multi, job->easy) != CURLM_OK) return GHM_ENOMEM;
    multi->jobs_count++;
    return GHM_OK;
}

void ghm_multi_remove(struct ghm_multi *multi, struct ghm_multi_job *job)
{
    (void)multi->curl->curl_multi_remove_handle(multi->multi, job->easy);
    multi->jobs_count--;
}
