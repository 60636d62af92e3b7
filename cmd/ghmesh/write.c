/* SPDX-License-Identifier: MIT */
#include "write.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool write_all(const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t n = write(STDOUT_FILENO, bytes, len);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) {
            if (errno != EPIPE)
                (void)fprintf(stderr, "ghmesh: standard output: %s\n", strerror(errno));
            return false;
        }
        bytes += n;
        len -= (size_t)n;
    }
    return true;
}
