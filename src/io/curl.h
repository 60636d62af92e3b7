/* SPDX-License-Identifier: MIT */
/* libcurl, loaded when the first request to GitHub is made and not before: with the forty libraries
 * it brings it is most of the memory and of the start time of a process that never asks. */
#ifndef GHM_IO_CURL_H
#define GHM_IO_CURL_H

#include "base/bytes.h"
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
    X(curl_easy_pause)                                                                             \
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

#define GHM_CURL_LINE_MAX 8192 /* of one header, in bytes */

/** Append a header to a list that libcurl sends; an empty value is sent too. GHM_ELIMIT for one
 * that is too long; GHM_ENOMEM. */
int ghm_curl_line(const struct ghm_curl *from, struct curl_slist **lines, struct ghm_bytes name,
                  struct ghm_bytes value) GHM_MUST_USE;

/** Append "Name: value\n" lines; "Name: \n" has an empty value, "Name:\n" is ghm_curl_without.
 * Errors as ghm_curl_line. */
int ghm_curl_lines(const struct ghm_curl *from, struct curl_slist **lines,
                   struct ghm_bytes block) GHM_MUST_USE;

/** Keep libcurl from sending a header of its own. GHM_ENOMEM. */
int ghm_curl_without(const struct ghm_curl *from, struct curl_slist **lines,
                     struct ghm_bytes name) GHM_MUST_USE;

/** Wipe a list and give it back; NULL is accepted. */
void ghm_curl_lines_free(const struct ghm_curl *from, struct curl_slist *lines);

#endif
