/* SPDX-License-Identifier: MIT */
#include "io/seat.h"

#include "io/clock.h"

#include <unistd.h>

#define ROOM "host"
#define STEADY_NS (100 * GHM_NS_PER_MS) /* a host that lasted so long is sought anew at once */

static void on_timer(uv_timer_t *timer);

static void try_again(struct ghm_seat *seat)
{
    uv_update_time(seat->config.uv);
    (void)uv_timer_start(&seat->timer, on_timer, seat->wait_ms, 0);
    seat->wait_ms = seat->wait_ms == 0 ? 1 : seat->wait_ms * 2;
    if (seat->wait_ms > GHM_SEAT_RETRY_MS) seat->wait_ms = GHM_SEAT_RETRY_MS;
}

/* What waited for a host is flown here. */
static void stand_alone(struct ghm_seat *seat)
{
    seat->state = GHM_SEAT_ALONE;
    seat->seated_ns = ghm_clock_now_ns();
    if (seat->guest != NULL) ghm_guest_give_back(seat->guest);
}

/* ---- hosting ---- */

static void publish(const struct ghm_seat *seat, uint32_t pid)
{
    struct ghm_shared *shared = seat->config.home->shared;
    atomic_store(&shared->host_port, 0);
    atomic_store(&shared->connected_peers, 0);
    atomic_store(&shared->host_pid, pid);
}

/* To a command, whose standard error is its caller's, it is no news: it asks GitHub as ever. */
static void complain(const struct ghm_seat *seat, const char *what, int error)
{
    bool is_command = seat->config.home->is_visitor;
    ghm_log_add(seat->config.log, is_command ? GHM_LOG_INFO : GHM_LOG_WARN, ROOM, "%s: %s", what,
                ghm_error_text(error));
}

static void open_to_guests(struct ghm_seat *seat)
{
    struct ghm_guests_config config = {.uv = seat->config.uv,
                                       .mem = seat->config.mem,
                                       .home = seat->config.home,
                                       .log = seat->config.log,
                                       .context = seat->config.context,
                                       .ask = seat->config.ask,
                                       .forget = seat->config.forget,
                                       .leave = seat->config.leave,
                                       .idle_s = seat->config.idle_s};
    int error = ghm_guests_new(&seat->guests, &config);
    if (error != GHM_OK)
        complain(seat, "other processes of this directory ask GitHub themselves", error);
}

static void become_host(struct ghm_seat *seat)
{
    seat->state = GHM_SEAT_HOST;
    publish(seat, (uint32_t)getpid());
    open_to_guests(seat);
    if (seat->guest != NULL) ghm_guest_give_back(seat->guest);
    seat->config.hosting(seat->config.context);
}

/* ---- seeking ---- */

static void tell_waiting(struct ghm_seat *seat)
{
    if (!seat->is_told_waiting)
        ghm_log_add(seat->config.log, GHM_LOG_INFO, ROOM,
                    "process %u hosts this directory: waiting to take over",
                    atomic_load(&seat->config.home->shared->host_pid));
    seat->is_told_waiting = true;
}

static void try_now(struct ghm_seat *seat)
{
    int error = ghm_files_lock(&seat->lock_fd, seat->config.home->dir, "host.lock");
    if (error == GHM_OK) {
        become_host(seat);
        return;
    }
    if (error != GHM_EBUSY) {
        complain(seat, "cannot host this directory", error);
        stand_alone(seat);
        return;
    }
    tell_waiting(seat);
    if (seat->guest != NULL) {
        ghm_guest_connect(seat->guest);
        return;
    }
    stand_alone(seat);
    try_again(seat);
}

static void on_timer(uv_timer_t *timer)
{
    struct ghm_seat *seat = timer->data;
    if (!seat->is_ending) try_now(seat);
}

/* Held back are asks only where a host was, or may be any moment. */
static void seek(struct ghm_seat *seat)
{
    uint64_t now_ns = ghm_clock_now_ns();
    bool was_host_there = seat->state == GHM_SEAT_GUEST;
    bool was_steady = seat->state != GHM_SEAT_SEEKING && now_ns - seat->seated_ns > STEADY_NS;
    if (was_steady) seat->wait_ms = 0;
    if (was_host_there) seat->seek_until_ns = now_ns + GHM_SEAT_SEEK_MS * GHM_NS_PER_MS;
    if (now_ns < seat->seek_until_ns)
        seat->state = GHM_SEAT_SEEKING;
    else if (seat->state != GHM_SEAT_ALONE)
        stand_alone(seat);
    try_again(seat);
}

static void on_changed(void *context, enum ghm_guest_state state)
{
    struct ghm_seat *seat = context;
    if (seat->is_ending) return;
    switch (state) {
    case GHM_GUEST_OPENING:
        return;
    case GHM_GUEST_READY:
        seat->state = GHM_SEAT_GUEST;
        seat->seated_ns = ghm_clock_now_ns();
        return;
    case GHM_GUEST_UNFIT:
    case GHM_GUEST_SILENT:
        stand_alone(seat);
        return;
    case GHM_GUEST_CLOSED:
        seek(seat);
        return;
    }
}

/* ---- asking ---- */

static void on_answered(void *context, uint64_t id, int error, struct ghm_answer *take_answer)
{
    struct ghm_seat *seat = context;
    seat->config.answered(seat->config.context, id, error, take_answer);
}

static void on_fly(void *context, const struct ghm_node_ask *ask)
{
    struct ghm_seat *seat = context;
    int error = seat->config.ask(seat->config.context, ask);
    if (error != GHM_OK) seat->config.answered(seat->config.context, ask->id, error, NULL);
}

int ghm_seat_ask(struct ghm_seat *seat, const struct ghm_node_ask *ask)
{
    bool is_passed_on = seat->state == GHM_SEAT_SEEKING || seat->state == GHM_SEAT_GUEST;
    if (is_passed_on && seat->guest != NULL && ghm_guest_ask(seat->guest, ask) == GHM_OK)
        return GHM_OK;
    return seat->config.ask(seat->config.context, ask);
}

void ghm_seat_forget(struct ghm_seat *seat, uint64_t id)
{
    if (seat->guest != NULL && ghm_guest_forget(seat->guest, id)) return;
    seat->config.forget(seat->config.context, id);
}

void ghm_seat_answered(struct ghm_seat *seat, uint64_t id, int error,
                       struct ghm_answer *take_answer)
{
    if (!ghm_guests_answered(seat->guests, id, error, take_answer))
        seat->config.answered(seat->config.context, id, error, take_answer);
}

bool ghm_seat_is_awaited(const struct ghm_seat *seat)
{
    return ghm_guests_is_waiting(seat->guests);
}

/* ---- life ---- */

int ghm_seat_init(struct ghm_seat *seat, const struct ghm_seat_config *config)
{
    *seat = (struct ghm_seat){.config = *config, .lock_fd = -1};
    struct ghm_guest_config guest = {.uv = config->uv,
                                     .mem = config->mem,
                                     .home = config->home,
                                     .log = config->log,
                                     .context = seat,
                                     .changed = on_changed,
                                     .answered = on_answered,
                                     .fly = on_fly};
    (void)uv_timer_init(config->uv, &seat->timer);
    seat->timer.data = seat;
    int error = ghm_guest_new(&seat->guest, &guest);
    return error == GHM_ELIMIT ? GHM_OK : error; /* it can only be alone, or host */
}

void ghm_seat_start(struct ghm_seat *seat)
{
    seat->seek_until_ns = ghm_clock_now_ns() + GHM_SEAT_SEEK_MS * GHM_NS_PER_MS;
    try_now(seat);
}

void ghm_seat_close(struct ghm_seat *seat)
{
    seat->is_ending = true;
    ghm_guests_close_door(seat->guests);
    if (seat->lock_fd >= 0) publish(seat, 0);
    ghm_files_unlock(seat->lock_fd);
    seat->lock_fd = -1;
    ghm_guests_free(seat->guests);
    ghm_guest_free(seat->guest);
    seat->guests = NULL;
    seat->guest = NULL;
    uv_close((uv_handle_t *)&seat->timer, NULL);
}
