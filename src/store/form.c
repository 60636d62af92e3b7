/* SPDX-License-Identifier: MIT */
#include "store/form.h"

#include "base/assert.h"

static const struct ghm_form forms[GHM_FORM_NOW] = {
    {"store.lock", "store.mark", "store.mdb", "store.mdb-lock", "store.mdb-new"},
    {"store2.lock", "store2.mark", "store2.mdb", "store2.mdb-lock", "store2.mdb-new"},
};

const struct ghm_form *ghm_form_of(unsigned number)
{
    GHM_ASSERT(number >= 1 && number <= GHM_FORM_NOW);
    return &forms[number - 1];
}
