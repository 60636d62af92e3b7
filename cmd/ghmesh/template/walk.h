/* SPDX-License-Identifier: MIT */
/* From node to node of a template's tree. */
#ifndef GHM_CMD_WALK_H
#define GHM_CMD_WALK_H

#include "template/run.h"

/** Apply the tree to one JSON value. false: the problem is noted. */
bool walk_all(struct run *run, const json_t *json);

#endif
