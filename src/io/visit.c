/* SPDX-License-Identifier: MIT */
#include "io/visit.h"

#include "io/clock.h"
#include "io/files.h"
#include "io/ucred.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define FRAME_MAX 512 /* a hello's */

static int connect_to(int *ret_fd, const char *dir)
{
    char path[GHM_FILES_PATH_MAX];
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    int error = ghm_files_path(path, dir, "host.sock");
    if (error == GHM_OK && strlen(path) >= sizeof addr.sun_path) error = GHM_ELIMIT;
    if (error != GHM_OK) return error;
    memcpy(addr.sun_path, path, strlen(path));
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return GHM_EIO;
    if (connect(fd, (const struct sockaddr *)&addr, sizeof addr) != 0) {
        error = errno == EACCES || errno == EPERM ? GHM_EACCES : GHM_ENOTFOUND;
        (void)close(fd);
        return error;
    }
    *ret_fd = fd;
    return GHM_OK;
}

/* Until there is something to read, or its end. */
static int wait_until(int fd, uint64_t end_ns)
{
    struct pollfd wanted = {.fd = fd, .events = POLLIN};
    for (uint64_t now_ns; (now_ns = ghm_clock_now_ns()) < end_ns;) {
        int count = poll(&wanted, 1, (int)((end_ns - now_ns) / GHM_NS_PER_MS) + 1);
        if (count > 0) return GHM_OK;
        if (count < 0 && errno != EINTR) return GHM_EIO;
    }
    return GHM_ETIMEOUT;
}

static int read_hello(struct ghm_visit *visit)
{
    uint8_t bytes[FRAME_MAX];
    struct ghm_parley_frame frame;
    size_t len = 0;
    int taken;
    uint64_t end_ns = ghm_clock_now_ns() + GHM_VISIT_WAIT_MS * GHM_NS_PER_MS;
    while ((taken = ghm_parley_next(&frame, ghm_bytes(bytes, len), sizeof bytes)) == GHM_EAGAIN) {
        int error = wait_until(visit->fd, end_ns);
        if (error != GHM_OK) return error;
        ssize_t n = read(visit->fd, bytes + len, sizeof bytes - len);
        if (n <= 0) return GHM_ENOTFOUND; /* it just ended */
        len += (size_t)n;
    }
    if (taken < 0 || frame.kind != GHM_PARLEY_HELLO) return GHM_EPROTO;
    return ghm_parley_read_hello(&visit->hello, frame.fields);
}

int ghm_visit_open(struct ghm_visit *ret_visit, const char *dir)
{
    int error = connect_to(&ret_visit->fd, dir);
    if (error != GHM_OK) return error;
    error = ghm_ucred_is_ours(ret_visit->fd) ? read_hello(ret_visit) : GHM_EACCES;
    if (error != GHM_OK) ghm_visit_close(ret_visit);
    return error;
}

int ghm_visit_leave(struct ghm_visit *visit, int wait_ms)
{
    uint8_t bytes[FRAME_MAX];
    uint8_t leave[GHM_PARLEY_HEAD_LEN] = {0, 0, 0, 1, GHM_PARLEY_LEAVE};
    uint64_t end_ns = ghm_clock_now_ns() + (uint64_t)wait_ms * GHM_NS_PER_MS;
    if (!visit->hello.is_agent) return GHM_ENOTSUP;
    if (send(visit->fd, leave, sizeof leave, MSG_NOSIGNAL) != (ssize_t)sizeof leave) return GHM_EIO;
    for (;;) {
        int error = wait_until(visit->fd, end_ns);
        if (error != GHM_OK) return error;
        if (read(visit->fd, bytes, sizeof bytes) <= 0) return GHM_OK;
    }
}

void ghm_visit_close(struct ghm_visit *visit)
{
    (void)close(visit->fd);
    visit->fd = -1;
}
