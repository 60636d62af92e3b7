/* SPDX-License-Identifier: MIT */
#include "io/multicast.h"

#include "base/mem.h"
#include "io/inherit.h"
#include "swarm/mdns.h"

#define GROUP "224.0.0.251" /* RFC 6762 section 3 */
#define PORT 5353
#define TTL 255 /* RFC 6762 section 11 */

struct ghm_multicast {
    uv_udp_t udp;
    ghm_multicast_heard *heard;
    void *context;
    struct sockaddr_in group;
    char room[GHM_MDNS_IN_MAX];
};

static int fd_of(const struct ghm_multicast *multicast)
{
    uv_os_fd_t fd;
    return uv_fileno((const uv_handle_t *)&multicast->udp, &fd) == 0 ? fd : -1;
}

static void on_room(uv_handle_t *handle, size_t suggested, uv_buf_t *ret_buf)
{
    struct ghm_multicast *multicast = handle->data;
    (void)suggested;
    *ret_buf = uv_buf_init(multicast->room, sizeof multicast->room);
}

static void on_datagram(uv_udp_t *udp, ssize_t len, const uv_buf_t *buf,
                        const struct sockaddr *from, unsigned flags)
{
    struct ghm_multicast *multicast = udp->data;
    if (len <= 0 || from == NULL || (flags & UV_UDP_PARTIAL) != 0) return;
    multicast->heard(multicast->context, ghm_bytes(buf->base, (size_t)len));
}

static int join(struct ghm_multicast *multicast)
{
    struct sockaddr_in all;
    uv_udp_t *udp = &multicast->udp;
    if (uv_ip4_addr(GROUP, PORT, &multicast->group) != 0) return GHM_EIO;
    if (uv_ip4_addr("0.0.0.0", PORT, &all) != 0) return GHM_EIO;
    if (uv_udp_bind(udp, (const struct sockaddr *)&all, UV_UDP_REUSEADDR) != 0) return GHM_EIO;
    ghm_inherit_refuse(fd_of(multicast));
    if (uv_udp_set_membership(udp, GROUP, NULL, UV_JOIN_GROUP) != 0) return GHM_EIO;
    if (uv_udp_set_multicast_ttl(udp, TTL) != 0) return GHM_EIO;
    return uv_udp_recv_start(udp, on_room, on_datagram) == 0 ? GHM_OK : GHM_EIO;
}

int ghm_multicast_new(struct ghm_multicast **ret_multicast, uv_loop_t *loop,
                      ghm_multicast_heard *heard, void *context)
{
    struct ghm_multicast *multicast = ghm_mem_alloc(NULL, sizeof *multicast);
    if (multicast == NULL) return GHM_ENOMEM;
    multicast->heard = heard;
    multicast->context = context;
    if (uv_udp_init(loop, &multicast->udp) != 0) {
        ghm_mem_free(NULL, multicast, sizeof *multicast);
        return GHM_EIO;
    }
    multicast->udp.data = multicast;
    int error = join(multicast);
    if (error != GHM_OK) {
        ghm_multicast_free(multicast);
        return error;
    }
    *ret_multicast = multicast;
    return GHM_OK;
}

static void on_closed(uv_handle_t *handle)
{
    ghm_mem_free(NULL, handle->data, sizeof(struct ghm_multicast));
}

void ghm_multicast_free(struct ghm_multicast *multicast)
{
    if (multicast == NULL) return;
    ghm_inherit_forget(fd_of(multicast));
    uv_close((uv_handle_t *)&multicast->udp, on_closed);
}

void ghm_multicast_send(struct ghm_multicast *multicast, struct ghm_bytes message)
{
    uv_buf_t buf = uv_buf_init((char *)(uintptr_t)message.ptr, (unsigned)message.len);
    (void)uv_udp_try_send(&multicast->udp, &buf, 1, (const struct sockaddr *)&multicast->group);
}
