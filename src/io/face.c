/* SPDX-License-Identifier: MIT */
#include "io/face.h"

#include "io/calls.h"
#include "io/door.h"

#include <assert.h>

#define ROOM "http"
#define STOP_MS 10000    /* what is under way may take so long when the node ends */
#define DOOR_TRY_MS 1000 /* how often a door that another process holds is tried */

struct ghm_face {
    struct ghm_face_config config;
    struct ghm_calls *calls;
    struct ghm_httpd *httpd;
    uv_timer_t timer; /* for doors, then for the end */
    bool is_stopping;
    uint64_t stop_ms;
    const char *places; /* of the setting that are still to be opened */
};

/* ---- doors ---- */

static void tell_door(struct ghm_face *face, const struct ghm_door *door, int error)
{
    struct ghm_log *log = ghm_loop_log(face->config.loop);
    if (error == GHM_OK) error = ghm_httpd_listen(face->httpd, door->fd, door->is_socket);
    if (error != GHM_OK) {
        ghm_log_add(log, GHM_LOG_WARN, ROOM, "cannot answer HTTP at %.120s: %s", door->place,
                    ghm_error_text(error));
        return;
    }
    ghm_log_add(log, GHM_LOG_INFO, ROOM, "HTTP is answered at %.120s", door->place);
    face->config.opened(face->config.context, door->place);
}

static bool open_given(struct ghm_face *face)
{
    struct ghm_door door;
    unsigned index = 0;
    for (int error; (error = ghm_door_given(&door, index)) != GHM_ENOTFOUND; index++)
        tell_door(face, &door, error);
    return index > 0;
}

/* Another process of this directory answers at its socket: wait until it ends, as for hosting. */
static void open_doors(struct ghm_face *face)
{
    struct ghm_door door;
    const char *at = face->places;
    for (int error; (error = ghm_door_open(&door, &at, face->config.home->dir)) != GHM_ENOTFOUND;) {
        if (error == GHM_EBUSY && *door.place == '/') return;
        tell_door(face, &door, error);
        face->places = at;
    }
    face->places = at;
}

static void on_timer(uv_timer_t *timer)
{
    struct ghm_face *face = timer->data;
    if (!face->is_stopping) {
        open_doors(face);
        if (*face->places == '\0') (void)uv_timer_stop(timer);
        return;
    }
    bool is_late = uv_now(ghm_loop_uv(face->config.loop)) - face->stop_ms > STOP_MS;
    if (ghm_httpd_count(face->httpd) > 0 && !is_late) return;
    (void)uv_timer_stop(timer);
    face->config.stopped(face->config.context);
}

/* ---- life ---- */

static int make_calls(struct ghm_face *face)
{
    int error = ghm_calls_new(&face->calls, face->config.home, face->config.loop);
    if (error != GHM_OK) return error;
    struct ghm_httpd_config config = ghm_calls_httpd(face->calls);
    error = ghm_httpd_new(&face->httpd, &config);
    if (error != GHM_OK) ghm_calls_free(face->calls);
    return error;
}

int ghm_face_new(struct ghm_face **ret_face, const struct ghm_face_config *config)
{
    struct ghm_face *face = ghm_mem_alloc(NULL, sizeof *face);
    if (face == NULL) return GHM_ENOMEM;
    face->config = *config;
    face->places = ghm_config_text(config->home->config, GHM_SETTING_HTTP);
    int error = make_calls(face);
    if (error != GHM_OK) {
        ghm_mem_free(NULL, face, sizeof *face);
        return error;
    }
    (void)uv_timer_init(ghm_loop_uv(config->loop), &face->timer);
    face->timer.data = face;
    if (open_given(face))
        face->places = "";
    else
        open_doors(face);
    if (*face->places != '\0')
        (void)uv_timer_start(&face->timer, on_timer, DOOR_TRY_MS, DOOR_TRY_MS);
    *ret_face = face;
    return GHM_OK;
}

void ghm_face_answered(struct ghm_face *face, uint64_t id, int error,
                       struct ghm_answer *take_answer)
{
    ghm_calls_answered(face->calls, id, error, take_answer);
}

size_t ghm_face_keep(const struct ghm_face *face, int ret_fds[GHM_FACE_DOORS_MAX])
{
    static_assert(GHM_FACE_DOORS_MAX == GHM_HTTPD_DOORS_MAX, "one for each");
    return ghm_httpd_keep(face->httpd, ret_fds);
}

void ghm_face_stop(struct ghm_face *face)
{
    if (face->is_stopping) return;
    face->is_stopping = true;
    face->stop_ms = uv_now(ghm_loop_uv(face->config.loop));
    ghm_httpd_quiesce(face->httpd);
    (void)uv_timer_start(&face->timer, on_timer, 0, 20);
}

static void on_closed(uv_handle_t *handle)
{
    struct ghm_face *face = handle->data;
    ghm_mem_free(NULL, face, sizeof *face);
}

void ghm_face_free(struct ghm_face *face)
{
    if (face == NULL) return;
    ghm_httpd_free(face->httpd);
    ghm_calls_free(face->calls);
    uv_close((uv_handle_t *)&face->timer, on_closed);
}
