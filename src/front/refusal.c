/* SPDX-License-Identifier: MIT */
#include "front/refusal.h"

#include "base/assert.h"

struct ghm_refusal_row ghm_refusal_row(enum ghm_refusal refusal)
{
    switch (refusal) {
    case GHM_REFUSAL_NONE:
        break;
#define ROW(id, status, text)                                                                      \
    case id:                                                                                       \
        return (struct ghm_refusal_row){                                                           \
            status, ghm_bytes("{\"message\":\"ghmesh: " text "\"}\n",                              \
                              sizeof("{\"message\":\"ghmesh: " text "\"}\n") - 1)};
        GHM_REFUSAL_MAP(ROW)
#undef ROW
    }
    GHM_UNREACHABLE();
}

enum ghm_refusal ghm_refusal_of_error(int error)
{
    if (error == GHM_ETIMEOUT) return GHM_REFUSAL_LATE;
    if (error == GHM_EORIGIN) return GHM_REFUSAL_ORIGIN;
    if (error == GHM_ERATE) return GHM_REFUSAL_LIMITED;
    if (error == GHM_ELIMIT) return GHM_REFUSAL_BUSY;
    if (error == GHM_ECLOSED) return GHM_REFUSAL_ENDING;
    return GHM_REFUSAL_INTERNAL;
}
