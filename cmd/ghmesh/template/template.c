/* SPDX-License-Identifier: MIT */
#include "template/template.h"

#include "template/walk.h"

struct template
{
    struct tree tree;
    struct run run;
};

struct template *template_new(struct ghm_bytes text, const struct template_screen *screen)
{
    struct template *template = ghm_mem_alloc(NULL, sizeof *template);
    if (template == NULL) return NULL;
    struct run *run = &template->run;
    arena_init(&run->arena, RUN_BYTES_MAX);
    ghm_buf_init(&run->out, NULL, RUN_OUT_MAX);
    table_init(&run->table, screen->width);
    run->now_s = screen->now_s;
    run->is_colored = screen->is_colored;
    run->tree = &template->tree;
    (void)tree_parse(&template->tree, text, &run->problem);
    return template;
}

void template_free(struct template *template)
{
    if (template == NULL) return;
    tree_fini(&template->tree);
    arena_clear(&template->run.arena);
    table_fini(&template->run.table);
    ghm_buf_fini(&template->run.out);
    ghm_mem_free(NULL, template, sizeof *template);
}

const char *template_problem(const struct template *template)
{
    return template->run.problem.text;
}

bool template_run(struct template *template, struct ghm_bytes json)
{
    struct run *run = &template->run;
    size_t flags = JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL | JSON_ALLOW_NUL;
    if (run->problem.text[0] != '\0') return false;
    json_t *data = json_loadb((const char *)json.ptr, json.len, flags, NULL);
    if (data == NULL) return problem_note(&run->problem, "the answer is no JSON");
    run->steps = 0;
    run->depth = 0;
    run->made = json_array();
    bool is_done = run->made != NULL && walk_all(run, data);
    json_decref(run->made);
    json_decref(data);
    arena_clear(&run->arena);
    return is_done || problem_note(&run->problem, "no memory");
}

bool template_flush(struct template *template)
{
    struct run *run = &template->run;
    return table_show(&run->table, &run->out) == GHM_OK ||
           problem_note(&run->problem, "the table cannot be shown");
}

struct ghm_bytes template_out(const struct template *template)
{
    return ghm_buf_bytes(&template->run.out);
}

void template_shown(struct template *template)
{
    ghm_buf_clear(&template->run.out);
}
