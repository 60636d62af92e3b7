/* SPDX-License-Identifier: MIT */
#include "base/assert.h"

#include <stdio.h>
#include <stdlib.h>

_Noreturn void ghm_assert_fail(const char *file, int line, const char *text)
{
    (void)fprintf(stderr, "ghmesh: bug at %s:%d: %s\n", file, line, text);
    abort();
}
