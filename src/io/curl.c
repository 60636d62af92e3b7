/* SPDX-License-Identifier: MIT */
#include "io/curl.h"

#include "base/mem.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct ghm_curl curl;
static bool is_loaded;

/* A pointer to data is not one to code in ISO C; dlsym promises that on this system it is. */
static bool find(void *library, const char *name, void *ret_function)
{
    void *symbol = dlsym(library, name);
    memcpy(ret_function, &symbol, sizeof symbol);
    return symbol != NULL;
}

static void load(void)
{
    void *library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) library = dlopen("libcurl.4.dylib", RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) return;
    bool has_all = true;
#define FIND(name) has_all = find(library, #name, &curl.name) && has_all;
    GHM_CURL_MAP(FIND)
#undef FIND
    is_loaded = has_all && curl.curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}

const struct ghm_curl *ghm_curl_load(void)
{
    (void)pthread_once(&once, load);
    return is_loaded ? &curl : NULL;
}

void ghm_curl_lines_free(const struct ghm_curl *from, struct curl_slist *lines)
{
    /* The token is in one of these. */
    for (struct curl_slist *line = lines; line != NULL; line = line->next)
        ghm_mem_wipe(line->data, strlen(line->data));
    from->curl_slist_free_all(lines);
}

int ghm_curl_line(const struct ghm_curl *from, struct curl_slist **lines, struct ghm_bytes name,
                  struct ghm_bytes value)
{
    char line[GHM_CURL_LINE_MAX] GHM_UNSET;
    size_t len = name.len + 2 + value.len;
    if (len >= sizeof line) return GHM_ELIMIT;
    ghm_bytes_copy(line, name);
    /* An empty value is "Name;" to libcurl; "Name:" takes its own header out. */
    memcpy(line + name.len, value.len == 0 ? ";" : ": ", value.len == 0 ? 2 : 3);
    ghm_bytes_copy(line + name.len + 2, value);
    line[value.len == 0 ? name.len + 1 : len] = '\0';
    struct curl_slist *more = from->curl_slist_append(*lines, line);
    ghm_mem_wipe(line, len);
    if (more == NULL) return GHM_ENOMEM;
    *lines = more;
    return GHM_OK;
}

int ghm_curl_without(const struct ghm_curl *from, struct curl_slist **lines, struct ghm_bytes name)
{
    char line[64];
    (void)snprintf(line, sizeof line, "%.*s:", (int)name.len, (const char *)name.ptr);
    struct curl_slist *more = from->curl_slist_append(*lines, line);
    if (more == NULL) return GHM_ENOMEM;
    *lines = more;
    return GHM_OK;
}

int ghm_curl_lines(const struct ghm_curl *from, struct curl_slist **lines, struct ghm_bytes block)
{
    while (block.len > 0) {
        const uint8_t *end = memchr(block.ptr, '\n', block.len);
        size_t len = end == NULL ? block.len : (size_t)(end - block.ptr);
        struct ghm_bytes line = ghm_bytes_upto(block, len);
        block = ghm_bytes_from(block, len + 1);
        const uint8_t *colon = len == 0 ? NULL : memchr(line.ptr, ':', len);
        if (colon == NULL) continue;
        struct ghm_bytes name = ghm_bytes_upto(line, (size_t)(colon - line.ptr));
        struct ghm_bytes value = ghm_bytes_from(line, name.len + 1);
        if (value.len == 0) {
            int error = ghm_curl_without(from, lines, name);
            if (error != GHM_OK) return error;
            continue;
        }
        while (value.len > 0 && value.ptr[0] == ' ')
            value = ghm_bytes_from(value, 1);
        int error = ghm_curl_line(from, lines, name, value);
        if (error != GHM_OK) return error;
    }
    return GHM_OK;
}
