/* SPDX-License-Identifier: MIT */
#include "template/problem.h"

#include <stdarg.h>
#include <stdio.h>

bool problem_note(struct problem *problem, const char *format, ...)
{
    va_list arguments;
    if (problem->text[0] != '\0') return false;
    va_start(arguments, format);
    (void)vsnprintf(problem->text, sizeof problem->text, format, arguments);
    va_end(arguments);
    return false;
}
