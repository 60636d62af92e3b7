/* SPDX-License-Identifier: MIT */
#include "io/curl.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
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
