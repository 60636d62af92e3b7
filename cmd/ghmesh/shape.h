/* SPDX-License-Identifier: MIT */
/* Answers in the shape that a template gives them (`-t`). */
#ifndef GHM_CMD_SHAPE_H
#define GHM_CMD_SHAPE_H

#include "base/bytes.h"

struct shape;

/** Read a template. NULL: it is none, and standard error says why. */
struct shape *shape_new(const char *text);
void shape_free(struct shape *shape);

/** Print what it makes of one JSON text. false: it failed, or the output is closed; standard error
 * says so. */
bool shape_show(struct shape *shape, struct ghm_bytes json);

/** Print the rows that wait for the end. Likewise. */
bool shape_end(struct shape *shape);

#endif
