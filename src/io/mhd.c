/* SPDX-License-Identifier: MIT */
#include "io/mhd.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct ghm_mhd mhd;
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
    void *library = dlopen("libmicrohttpd.so.12", RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) library = dlopen("libmicrohttpd.12.dylib", RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) return;
    is_loaded = true;
#define FIND(name) is_loaded = find(library, #name, &mhd.name) && is_loaded;
    GHM_MHD_MAP(FIND)
#undef FIND
}

const struct ghm_mhd *ghm_mhd_load(void)
{
    (void)pthread_once(&once, load);
    return is_loaded ? &mhd : NULL;
}
