/* SPDX-License-Identifier: MIT */
#include "core.h"

#include <sys/resource.h>

void core_forbid(void)
{
    static const struct rlimit none = {0, 0};
    (void)setrlimit(RLIMIT_CORE, &none);
}
