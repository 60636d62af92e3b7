/* SPDX-License-Identifier: MIT */
/* libmicrohttpd, loaded when a process answers HTTP and not before: it brings GnuTLS and all that
 * this needs, which a library's user or a command should not carry. */
#ifndef GHM_IO_MHD_H
#define GHM_IO_MHD_H

#include "base/error.h"

#include <microhttpd.h>

#define GHM_MHD_MAP(X)                                                                             \
    X(MHD_start_daemon)                                                                            \
    X(MHD_stop_daemon)                                                                             \
    X(MHD_run)                                                                                     \
    X(MHD_get_timeout)                                                                             \
    X(MHD_get_daemon_info)                                                                         \
    X(MHD_get_version)                                                                             \
    X(MHD_get_connection_info)                                                                     \
    X(MHD_set_connection_option)                                                                   \
    X(MHD_get_connection_values_n)                                                                 \
    X(MHD_add_connection)                                                                          \
    X(MHD_suspend_connection)                                                                      \
    X(MHD_resume_connection)                                                                       \
    X(MHD_create_response_from_buffer_with_free_callback_cls)                                      \
    X(MHD_create_response_from_callback)                                                           \
    X(MHD_add_response_header)                                                                     \
    X(MHD_queue_response)                                                                          \
    X(MHD_destroy_response)

/** libmicrohttpd's functions under their own names. */
struct ghm_mhd {
#define GHM_MHD_FIELD(name) __typeof__(name) *name;
    GHM_MHD_MAP(GHM_MHD_FIELD)
#undef GHM_MHD_FIELD
};

/** Load libmicrohttpd, once for the process and for ever. NULL when the machine has none that will
 * do. */
const struct ghm_mhd *ghm_mhd_load(void);

#endif
