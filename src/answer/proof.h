/* SPDX-License-Identifier: MIT */
/* Who may see an answer. A proof is an entry in somebody's own slot: what GitHub itself said to
 * this identity at the entry's date, by a 200 or by a 304 to a tag of that very body, and it is
 * good for the route's TTL. Whoever has none asks GitHub first. */
#ifndef GHM_ANSWER_PROOF_H
#define GHM_ANSWER_PROOF_H

#include "answer/entry.h"

#define GHM_PROOF_VERDICT_MAP(X)                                                                   \
    X(GHM_PROOF_SERVE, "theirs, or everybody's: serve it while it is fresh")                       \
    X(GHM_PROOF_PROVE, "somebody else's: serve it after GitHub's 304 to this identity")            \
    X(GHM_PROOF_NEVER, "nothing that a 304 could prove: as if it were not there")

enum ghm_proof_verdict {
#define GHM_PROOF_ENUM(name, text) name,
    GHM_PROOF_VERDICT_MAP(GHM_PROOF_ENUM)
#undef GHM_PROOF_ENUM
};

/**
 * The serving rule.
 *
 * Only an answer of GitHub to a GET with status 200 can be proven: a refusal says what its own
 * identity may not see, and a value that a program put is nothing GitHub knows. The anonymous
 * identity proves nothing, for its 304 is charged and tells no more than a plain answer.
 *
 * @param entry of the variant that is asked for
 */
enum ghm_proof_verdict ghm_proof_judge(const struct ghm_entry *entry,
                                       const struct ghm_identity *asker);

#endif
