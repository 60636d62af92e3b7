/* SPDX-License-Identifier: MIT */
/* Go templates over answers, with the functions of gh. No I/O: what they show is held until it is
 * taken. Spec: text/template of Go 1.19; gh 2.23, `gh help formatting` */
#ifndef GHM_CMD_TEMPLATE_H
#define GHM_CMD_TEMPLATE_H

#include "base/bytes.h"

struct template;

struct template_screen {
    int64_t now_s;
    size_t width; /* columns */
    bool is_colored;
};

/** Read a template. NULL: no memory. A template that cannot be read fails in template_run. */
struct template *template_new(struct ghm_bytes text, const struct template_screen *screen);
void template_free(struct template *template);

/** What is wrong with it; "": nothing yet. */
const char *template_problem(const struct template *template);

/** Apply it to one JSON text. false: template_problem says why; what was shown before is held. */
bool template_run(struct template *template, struct ghm_bytes json);

/** Show the rows of a table that was not rendered. Likewise. */
bool template_flush(struct template *template);

/** What was shown since the last template_shown; good until the next call. */
struct ghm_bytes template_out(const struct template *template);
void template_shown(struct template *template);

#endif
