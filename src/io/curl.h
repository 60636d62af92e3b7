/* SPDX-License-Identifier: MIT */
/* libcurl, loaded when the first request to GitHub is made and not before: with the forty libraries
 * it brings it is most of the memory and of the start time of a process that never asks. */
#ifndef GHM_IO_CURL_H
#define GHM_IO_CURL_H

#include "base/error.h"

#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#undef curl_easy_setopt
#undef curl_easy_getinfo
#undef curl_multi_setopt

#define GHM_CURL_MAP(X)                                                                            \
    X(curl_global_init)                                                                            \
    X(curl_slist_append)                                                                           \
    X(curl_slist_free_all)                                                                         \
    X(curl_easy_init)                                                                              \
    X(curl_easy_setopt)                                                                            \
    X(curl_easy_getinfo)                                                                           \
    X(curl_easy_strerror)                                                                          \
    X(curl_easy_cleanup)                                                                           \
    X(curl_multi_init)                                                                             \
    X(curl_multi_setopt)                                                                           \
    X(curl_multi_assign)                                                                           \
    X(curl_multi_add_handle)                                                                       \
    X(curl_multi_remove_handle)                                                                    \
    X(curl_multi_socket_action)                                                                    \
    X(curl_multi_info_read)                                                                        \
    X(curl_multi_cleanup)

/** libcurl's functions under their own names. */
struct ghm_curl {
#define GHM_CURL_FIELD(name) __typeof__(name) *name;
    GHM_CURL_MAP(GHM_CURL_FIELD)
#undef GHM_CURL_FIELD
};

/** Load libcurl, once for the process and for ever. NULL when the machine has none that will do. */
const struct ghm_curl *ghm_curl_load(void);

#endif
