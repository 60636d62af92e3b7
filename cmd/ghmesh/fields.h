/* SPDX-License-Identifier: MIT */
/* The parameters of `ghmesh api`, as gh api reads them: -f KEY=VALUE as texts, -F KEY=VALUE as what
 * they look like, "key[sub]=", "key[]=" for what is nested. */
#ifndef GHM_CMD_FIELDS_H
#define GHM_CMD_FIELDS_H

#include "asking.h"
#include "base/buf.h"

#include <jansson.h>

#define FIELDS_FILE_MAX ((size_t)64 << 20)

/** The fields as one JSON object. NULL: standard error says which is wrong. */
json_t *fields_read(const struct asking *asking);

/** Append them to a path as a query, sorted. false: standard error says why not. */
bool fields_as_query(struct ghm_buf *path, const json_t *fields);

/** Write them as a JSON body, in place of what is there. Of GraphQL all that is not "query" or
 * "operationName" becomes variables. false: no memory. */
bool fields_as_body(struct ghm_buf *body, json_t *fields, bool is_graphql);

/** Read a file, or standard input for "-", to its end. false: standard error says why not. */
bool fields_read_file(struct ghm_buf *buf, const char *name);

/** "{owner}", "{repo}" (and ":owner", ":repo") become those of GH_REPO. false: it is needed and is
 * not there, and standard error says so. */
bool fields_fill(struct ghm_buf *ret_text, const char *text);

#endif
