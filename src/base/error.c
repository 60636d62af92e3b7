/* SPDX-License-Identifier: MIT */
#include "base/error.h"

const char *ghm_error_text(int error)
{
    switch ((enum ghm_error)error) {
#define GHM_ERROR_CASE(name, value, text)                                                          \
    case name:                                                                                     \
        return text;
        GHM_ERROR_MAP(GHM_ERROR_CASE)
#undef GHM_ERROR_CASE
    }
    return "unknown error";
}
