/* SPDX-License-Identifier: MIT */
/* What GitHub said of its limits, learned in one place whoever asked: the node, or who passes
 * something on. A hold that one process of the directory hears is kept in the store, and stops the
 * identity in all of them. */
#ifndef GHM_NODE_LEDGER_H
#define GHM_NODE_LEDGER_H

#include "answer/budget.h"
#include "node/local.h"

/**
 * Learn from an answer of GitHub; a hold is remembered for the other processes, and never
 * shortened.
 *
 * @param budget this process's own
 * @return as ghm_budget_learn
 */
int64_t ghm_ledger_learn(const struct ghm_local *local, struct ghm_budget *budget,
                         const struct ghm_identity *identity,
                         const struct ghm_budget_answer *answer, int64_t now_ms);

/** GitHub's time until which nothing may be asked of the resource, by what any process of the
 * directory heard; 0: no hold. */
int64_t ghm_ledger_held(const struct ghm_local *local, struct ghm_budget *budget,
                        const struct ghm_identity *identity, const char *resource, int64_t now_ms);

/** The same for a read, which also leaves the last of what remains to writes. */
int64_t ghm_ledger_admit(const struct ghm_local *local, struct ghm_budget *budget,
                         const struct ghm_identity *identity, const char *resource, int64_t now_ms);

#endif
