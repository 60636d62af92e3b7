/* SPDX-License-Identifier: MIT */
#include "io/ucred.h"

#include <sys/socket.h>
#include <unistd.h>

bool ghm_ucred_is_ours(int fd)
{
    struct ucred peer;
    socklen_t len = sizeof peer;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0) return false;
    return peer.uid == geteuid() || peer.uid == 0;
}
