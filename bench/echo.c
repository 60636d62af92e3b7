/* SPDX-License-Identifier: MIT */
#include "echo.h"

#include "stopwatch.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void send_at_once(int fd)
{
    int on = 1;
    if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0)
        stopwatch_fail("TCP_NODELAY", errno);
}

int echo_listen(void)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&addr, sizeof addr) != 0 || listen(fd, 1) != 0)
        stopwatch_fail("listening", errno);
    return fd;
}

static bool receive(int fd, uint8_t *bytes)
{
    for (size_t got = 0; got < ECHO_LEN;) {
        ssize_t n = recv(fd, bytes + got, ECHO_LEN - got, 0);
        if (n <= 0) return false;
        got += (size_t)n;
    }
    return true;
}

/* What comes back begins with the time at which it arrived: both processes read one clock. */
static void *answer(void *connection)
{
    uint8_t bytes[ECHO_LEN];
    int fd = (int)(intptr_t)connection;
    while (receive(fd, bytes)) {
        uint64_t now_ns = stopwatch_now_ns();
        memcpy(bytes, &now_ns, sizeof now_ns);
        if (send(fd, bytes, sizeof bytes, MSG_NOSIGNAL) != ECHO_LEN) break;
    }
    (void)close(fd);
    return NULL;
}

void echo_serve(int listener)
{
    struct sockaddr_in addr;
    socklen_t len = sizeof addr;
    pthread_t thread;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || getsockname(listener, (struct sockaddr *)&addr, &len) != 0 ||
        connect(fd, (struct sockaddr *)&addr, len) != 0)
        stopwatch_fail("connecting", errno);
    send_at_once(fd);
    if (pthread_create(&thread, NULL, answer, (void *)(intptr_t)fd) != 0)
        stopwatch_fail("pthread_create", 0);
    (void)pthread_detach(thread);
}

int echo_accept(int listener)
{
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0) stopwatch_fail("accept4", errno);
    send_at_once(fd);
    return fd;
}

struct echo_times echo_once(int fd)
{
    uint8_t bytes[ECHO_LEN] = {0};
    uint64_t seen_ns;
    uint64_t start_ns = stopwatch_now_ns();
    if (send(fd, bytes, sizeof bytes, MSG_NOSIGNAL) != ECHO_LEN || !receive(fd, bytes))
        stopwatch_fail("echoing", errno);
    uint64_t end_ns = stopwatch_now_ns();
    memcpy(&seen_ns, bytes, sizeof seen_ns);
    return (struct echo_times){seen_ns - start_ns, end_ns - start_ns};
}
