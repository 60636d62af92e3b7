/* SPDX-License-Identifier: MIT */
#include "io/accept.h"

#include "io/inherit.h"
#include "io/ucred.h"

#include <fcntl.h>
#include <unistd.h>

#define KEPT_FD_LEAST 64 /* above those that ghm_door_hand_over puts in place */
#define ACCEPTS_AT_ONCE 64

void ghm_accept_init(struct ghm_accept *accept, const struct ghm_accept_config *config)
{
    accept->config = *config;
    accept->doors_count = 0;
}

static void on_door(uv_poll_t *poll, int status, int events)
{
    struct ghm_accept_door *door = poll->data;
    const struct ghm_accept_config *config = &door->accept->config;
    (void)status;
    (void)events;
    for (int i = 0; i < ACCEPTS_AT_ONCE; i++) {
        struct sockaddr_storage addr = {.ss_family = AF_UNSPEC};
        socklen_t len = sizeof addr;
        int fd = accept4(door->fd, (struct sockaddr *)&addr, &len, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0) break;
        if (!door->is_guarded || ghm_ucred_is_ours(fd))
            config->admit(config->context, fd, (const struct sockaddr *)&addr, len);
        else
            (void)close(fd);
    }
    config->turned(config->context);
}

int ghm_accept_listen(struct ghm_accept *accept, int take_fd, bool is_guarded)
{
    struct ghm_accept_door *door = &accept->doors[accept->doors_count];
    bool is_full = accept->doors_count == GHM_ACCEPT_DOORS_MAX;
    if (is_full || uv_poll_init(accept->config.uv, &door->poll, take_fd) != 0) {
        (void)close(take_fd);
        return is_full ? GHM_ELIMIT : GHM_EIO;
    }
    door->accept = accept;
    door->fd = take_fd;
    door->is_guarded = is_guarded;
    door->poll.data = door;
    accept->doors_count++;
    ghm_inherit_refuse(take_fd);
    (void)uv_poll_start(&door->poll, UV_READABLE, on_door);
    return GHM_OK;
}

size_t ghm_accept_keep(const struct ghm_accept *accept, int ret_fds[GHM_ACCEPT_DOORS_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < accept->doors_count; i++) {
        int fd = accept->doors[i].fd;
        if (fd >= 0) fd = fcntl(fd, F_DUPFD_CLOEXEC, KEPT_FD_LEAST);
        if (fd >= 0) ret_fds[count++] = fd;
    }
    return count;
}

static void on_closed(uv_handle_t *handle)
{
    struct ghm_accept *accept = ((struct ghm_accept_door *)handle->data)->accept;
    accept->config.closed(accept->config.context);
}

static void close_door(struct ghm_accept_door *door)
{
    if (door->fd < 0) return;
    (void)uv_poll_stop(&door->poll);
    ghm_inherit_forget(door->fd);
    (void)close(door->fd);
    door->fd = -1;
    uv_close((uv_handle_t *)&door->poll, on_closed);
}

void ghm_accept_close(struct ghm_accept *accept)
{
    for (size_t i = 0; i < accept->doors_count; i++)
        close_door(&accept->doors[i]);
}
