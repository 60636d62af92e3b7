/* SPDX-License-Identifier: MIT */
/* Addresses as the kernel has them. */
#ifndef GHM_IO_SOCKADDR_H
#define GHM_IO_SOCKADDR_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

#include <sys/socket.h>

/** Of an IPv4 or IPv6 address in text and a port. GHM_EINVAL. */
int ghm_sockaddr_of(struct sockaddr_storage *ret_addr, const char *host,
                    uint16_t port) GHM_MUST_USE;

/** Are both ends of the connected socket at one address, that is on this machine? */
bool ghm_sockaddr_is_here(int fd);

#endif
