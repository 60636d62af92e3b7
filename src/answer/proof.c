/* SPDX-License-Identifier: MIT */
#include "answer/proof.h"

#include "answer/identity.h"

enum ghm_proof_verdict ghm_proof_judge(const struct ghm_entry *entry,
                                       const struct ghm_identity *asker)
{
    if (ghm_identity_equal(&entry->identity, asker)) return GHM_PROOF_SERVE;
    if (ghm_identity_is_anonymous(&entry->identity)) return GHM_PROOF_SERVE;
    if (ghm_identity_is_anonymous(asker)) return GHM_PROOF_NEVER;
    if (entry->kind != GHM_ENTRY_ORIGIN || entry->status != 200) return GHM_PROOF_NEVER;
    bool is_get = ghm_bytes_starts(entry->name, ghm_bytes_text("GET "));
    return is_get ? GHM_PROOF_PROVE : GHM_PROOF_NEVER;
}
