/* SPDX-License-Identifier: MIT */
#include "io/door.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 511
#define FD_FIRST 3 /* SD_LISTEN_FDS_START */
#define FDS_MAX 8

static int error_of(int number)
{
    if (number == EACCES || number == EPERM || number == EROFS) return GHM_EACCES;
    return number == EADDRINUSE ? GHM_EBUSY : GHM_EIO;
}

/* ---- sockets in the file system ---- */

static bool is_answered(const struct sockaddr_un *addr)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return false;
    bool is_open = connect(fd, (const struct sockaddr *)addr, sizeof *addr) == 0;
    (void)close(fd);
    return is_open;
}

/* A socket that nobody answers is what a process left that was killed. Anything else stays. */
static int clear_way(const struct sockaddr_un *addr)
{
    struct stat found;
    if (lstat(addr->sun_path, &found) != 0) return GHM_OK;
    if (!S_ISSOCK(found.st_mode)) return GHM_EACCES;
    if (is_answered(addr)) return GHM_EBUSY;
    return unlink(addr->sun_path) == 0 ? GHM_OK : error_of(errno);
}

int ghm_door_open_socket(int *ret_fd, const char *path)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof addr.sun_path) return GHM_ELIMIT;
    memcpy(addr.sun_path, path, strlen(path) + 1);
    int error = clear_way(&addr);
    if (error != GHM_OK) return error;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return GHM_EIO;
    /* Before it has a name, so that it is never open to others; and once more where a system does
     * not take it from here. */
    (void)fchmod(fd, 0600);
    if (bind(fd, (const struct sockaddr *)&addr, sizeof addr) != 0 || chmod(path, 0600) != 0 ||
        listen(fd, BACKLOG) != 0) {
        error = error_of(errno);
        (void)close(fd);
        return error;
    }
    *ret_fd = fd;
    return GHM_OK;
}

/* ---- ports ---- */

static bool reads_as_port(in_port_t *ret_port, const char *text)
{
    char *end;
    long port = strtol(text, &end, 10);
    if (end == text || *end != '\0' || *text == '+' || port < 0 || port > 65535) return false;
    *ret_port = htons((uint16_t)port);
    return true;
}

/* "8080", "127.0.0.1:8080" or "[::1]:8080". */
static bool reads_as_loopback(struct sockaddr_storage *ret_addr, socklen_t *ret_len,
                              const char *text)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    *ret_len = sizeof v4;
    memset(ret_addr, 0, sizeof *ret_addr);
    if (strncmp(text, "[::1]:", 6) == 0) {
        *ret_len = sizeof v6;
        if (!reads_as_port(&v6.sin6_port, text + 6)) return false;
        memcpy(ret_addr, &v6, sizeof v6);
        return true;
    }
    if (strncmp(text, "127.0.0.1:", 10) == 0) text += 10;
    if (strncmp(text, "localhost:", 10) == 0) text += 10;
    if (!reads_as_port(&v4.sin_port, text)) return false;
    memcpy(ret_addr, &v4, sizeof v4);
    return true;
}

static void name_port(struct ghm_door *door)
{
    struct sockaddr_in6 addr = {0}; /* the larger of the two, and with the port in the same place */
    socklen_t len = sizeof addr;
    if (getsockname(door->fd, (struct sockaddr *)&addr, &len) != 0) return;
    (void)snprintf(door->place, sizeof door->place, "http://%s:%u",
                   addr.sin6_family == AF_INET6 ? "[::1]" : "127.0.0.1",
                   (unsigned)ntohs(addr.sin6_port));
}

static int open_port(struct ghm_door *door, const struct sockaddr_storage *addr, socklen_t len)
{
    int yes = 1;
    int fd = socket(addr->ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return GHM_EIO;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes); /* those accepted have it */
    if (bind(fd, (const struct sockaddr *)addr, len) != 0 || listen(fd, BACKLOG) != 0) {
        int error = error_of(errno);
        (void)close(fd);
        return error;
    }
    door->fd = fd;
    name_port(door);
    return GHM_OK;
}

/* ---- the setting ---- */

/* The next place; false at the end. Too long ones are cut, and then they are no place. */
static bool next_place(char ret_place[GHM_DOOR_PLACE_MAX], const char **setting)
{
    *setting += strspn(*setting, ", ");
    size_t len = strcspn(*setting, ", ");
    (void)snprintf(ret_place, GHM_DOOR_PLACE_MAX, "%.*s", (int)len, *setting);
    *setting += len;
    return len > 0;
}

static bool is_off(const char *place)
{
    return strcmp(place, "off") == 0;
}

int ghm_door_check(const char *setting)
{
    char place[GHM_DOOR_PLACE_MAX];
    struct sockaddr_storage addr;
    socklen_t len;
    while (next_place(place, &setting)) {
        bool is_word = strcmp(place, "socket") == 0 || is_off(place);
        if (!is_word && *place != '/' && !reads_as_loopback(&addr, &len, place)) return GHM_ECONFIG;
    }
    return GHM_OK;
}

int ghm_door_open(struct ghm_door *ret_door, const char **setting, const char *dir)
{
    struct sockaddr_storage addr;
    socklen_t len;
    ret_door->fd = -1;
    do {
        if (!next_place(ret_door->place, setting)) return GHM_ENOTFOUND;
    } while (is_off(ret_door->place));
    ret_door->is_socket = !reads_as_loopback(&addr, &len, ret_door->place);
    if (!ret_door->is_socket) return open_port(ret_door, &addr, len);
    if (strcmp(ret_door->place, "socket") == 0) {
        int size = snprintf(ret_door->place, sizeof ret_door->place, "%s/http.sock", dir);
        if (size < 0 || (size_t)size >= sizeof ret_door->place) return GHM_ELIMIT;
    }
    if (*ret_door->place != '/') return GHM_ECONFIG;
    return ghm_door_open_socket(&ret_door->fd, ret_door->place);
}

/* ---- the service manager ---- */

static unsigned given_count(void)
{
    const char *pid = getenv("LISTEN_PID");
    const char *count = getenv("LISTEN_FDS");
    if (pid == NULL || count == NULL || strtol(pid, NULL, 10) != (long)getpid()) return 0;
    long number = strtol(count, NULL, 10);
    return number < 0 ? 0 : number > FDS_MAX ? FDS_MAX : (unsigned)number;
}

static bool is_loopback(const struct sockaddr_storage *addr)
{
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    memcpy(&v4, addr, sizeof v4);
    memcpy(&v6, addr, sizeof v6);
    if (addr->ss_family == AF_INET) return ntohl(v4.sin_addr.s_addr) >> 24 == 127;
    return addr->ss_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr);
}

static void name_socket(struct ghm_door *door, const struct sockaddr_storage *addr, socklen_t len)
{
    struct sockaddr_un named;
    size_t before = offsetof(struct sockaddr_un, sun_path);
    memcpy(&named, addr, sizeof named);
    if (len <= before || named.sun_path[0] != '/') return; /* it has no place in the file system */
    (void)snprintf(door->place, sizeof door->place, "%.*s", (int)(len - before), named.sun_path);
}

int ghm_door_given(struct ghm_door *ret_door, unsigned index)
{
    struct sockaddr_storage addr = {.ss_family = AF_UNSPEC};
    socklen_t len = sizeof addr;
    int is_listening = 0;
    socklen_t size = sizeof is_listening;
    if (index >= given_count()) return GHM_ENOTFOUND;
    int fd = FD_FIRST + (int)index;
    *ret_door = (struct ghm_door){.fd = -1};
    (void)snprintf(ret_door->place, sizeof ret_door->place, "descriptor %d", fd);
    if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &is_listening, &size) != 0 || is_listening == 0 ||
        getsockname(fd, (struct sockaddr *)&addr, &len) != 0)
        return GHM_ECONFIG;
    ret_door->is_socket = addr.ss_family == AF_UNIX;
    if (!ret_door->is_socket && !is_loopback(&addr)) return GHM_ECONFIG;
    (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
    (void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    ret_door->fd = fd;
    if (ret_door->is_socket)
        name_socket(ret_door, &addr, len);
    else
        name_port(ret_door);
    return GHM_OK;
}

void ghm_door_hand_over(const int *take_fds, size_t count)
{
    char text[24];
    for (size_t i = 0; i < count && i < FDS_MAX; i++) {
        (void)dup2(take_fds[i], FD_FIRST + (int)i);
        (void)close(take_fds[i]);
    }
    (void)snprintf(text, sizeof text, "%ld", (long)getpid());
    (void)setenv("LISTEN_PID", text, 1); /* NOLINT(concurrency-mt-unsafe): no thread is left */
    (void)snprintf(text, sizeof text, "%zu", count);
    (void)setenv("LISTEN_FDS", text, 1); /* NOLINT(concurrency-mt-unsafe) */
}

void ghm_door_notify(const char *state)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    const char *path = getenv("NOTIFY_SOCKET");
    if (path == NULL || (*path != '/' && *path != '@') || strlen(path) >= sizeof addr.sun_path)
        return;
    memcpy(addr.sun_path, path, strlen(path));
    if (*path == '@') addr.sun_path[0] = '\0'; /* a name that is in no file system */
    socklen_t len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return;
    (void)sendto(fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&addr, len);
    (void)close(fd);
}
