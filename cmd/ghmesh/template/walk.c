/* SPDX-License-Identifier: MIT */
#include "template/walk.h"

#include "template/eval.h"
#include "template/format.h"

/* How a list of nodes ended. */
enum way { WAY_ON, WAY_BREAK, WAY_CONTINUE, WAY_FAILED };

static enum way walk_list(struct eval *eval, const struct tree_node *node, const struct value *dot);

static bool show_text(struct eval *eval, struct ghm_bytes text)
{
    return ghm_buf_append(&eval->run->out, text) == GHM_OK ||
           problem_note(&eval->run->problem, "the output is too large");
}

static bool show_value(struct eval *eval, const struct value *value)
{
    struct format_args args = {.values = value, .count = 1};
    if (value->type <= VALUE_NULL) return show_text(eval, ghm_bytes_text("<no value>"));
    return format_print(&eval->run->out, &eval->run->arena, args) == GHM_OK ||
           problem_note(&eval->run->problem, "the output is too large");
}

static enum way walk_action(struct eval *eval, const struct tree_node *node,
                            const struct value *dot)
{
    struct value value;
    if (!eval_pipe(eval, &value, node->pipe, dot)) return WAY_FAILED;
    return node->pipe->variables_count > 0 || show_value(eval, &value) ? WAY_ON : WAY_FAILED;
}

static enum way walk_choice(struct eval *eval, const struct tree_node *node,
                            const struct value *dot)
{
    struct value value;
    size_t count = eval->count;
    if (!eval_pipe(eval, &value, node->pipe, dot)) return WAY_FAILED;
    enum way way = WAY_ON;
    if (!value_is_true(&value))
        way = walk_list(eval, node->otherwise, dot);
    else
        way = walk_list(eval, node->body, node->type == NODE_WITH ? &value : dot);
    eval->count = count;
    return way;
}

/* The last variables are the loop's: the item, and before it the index. */
static bool set_loop(struct eval *eval, const struct tree_pipe *pipe, const struct value *index,
                     const struct value *item)
{
    size_t wanted = pipe->variables_count;
    if (eval->count - eval->first < wanted)
        return problem_note(&eval->run->problem, "range without variables");
    if (wanted > 0) eval->variables[eval->count - 1].value = *item;
    if (wanted > 1) eval->variables[eval->count - 2].value = *index;
    return true;
}

static enum way walk_once(struct eval *eval, const struct tree_node *node,
                          const struct value *index, const struct value *item)
{
    size_t count = eval->count;
    if (!set_loop(eval, node->pipe, index, item)) return WAY_FAILED;
    enum way way = walk_list(eval, node->body, item);
    eval->count = count;
    return way == WAY_CONTINUE ? WAY_ON : way;
}

static enum way walk_items(struct eval *eval, const struct tree_node *node,
                           const struct value *list)
{
    enum way way = WAY_ON;
    for (size_t i = 0; way == WAY_ON && i < list->count; i++) {
        struct value index = value_of_int((int64_t)i);
        struct value item = value_of_item(list, i);
        way = walk_once(eval, node, &index, &item);
    }
    return way;
}

static enum way walk_pairs(struct eval *eval, const struct tree_node *node, const struct value *map)
{
    enum way way = WAY_ON;
    const char **keys = value_keys(&eval->run->arena, map->json);
    if (keys == NULL) (void)problem_note(&eval->run->problem, "no memory");
    if (keys == NULL) return WAY_FAILED;
    for (size_t i = 0; way == WAY_ON && i < map->count; i++) {
        struct value key = value_of_text(ghm_bytes_text(keys[i]));
        struct value item = value_of_key(map, key.text);
        way = walk_once(eval, node, &key, &item);
    }
    return way;
}

static enum way walk_range(struct eval *eval, const struct tree_node *node, const struct value *dot)
{
    struct value value;
    size_t count = eval->count;
    enum way way = WAY_FAILED;
    if (!eval_pipe(eval, &value, node->pipe, dot)) return WAY_FAILED;
    bool is_many = value.type == VALUE_LIST || value.type == VALUE_MAP;
    if (!is_many && value.type != VALUE_NONE)
        (void)problem_note(&eval->run->problem, "range can't iterate over a %s",
                           value_type_name(&value));
    else if (value.count == 0)
        way = walk_list(eval, node->otherwise, dot);
    else if (value.type == VALUE_LIST)
        way = walk_items(eval, node, &value);
    else
        way = walk_pairs(eval, node, &value);
    eval->count = count;
    return way == WAY_BREAK && value.count > 0 ? WAY_ON : way;
}

/* With no variable but its own $. */
static enum way walk_template(struct eval *eval, const struct tree_node *node,
                              const struct value *dot)
{
    struct value value = {.type = VALUE_NONE};
    const struct tree_definition *definition = tree_find(eval->run->tree, node->text);
    if (definition == NULL) (void)problem_note(&eval->run->problem, "template not defined");
    if (definition == NULL) return WAY_FAILED;
    if (node->pipe != NULL && !eval_pipe(eval, &value, node->pipe, dot)) return WAY_FAILED;
    struct eval inner = *eval;
    inner.first = eval->count;
    if (!eval_push(&inner, ghm_bytes_text("$"), value)) return WAY_FAILED;
    return walk_list(&inner, definition->body, &value);
}

static enum way walk_node(struct eval *eval, const struct tree_node *node, const struct value *dot)
{
    switch (node->type) {
    case NODE_TEXT:
        return show_text(eval, node->text) ? WAY_ON : WAY_FAILED;
    case NODE_ACTION:
        return walk_action(eval, node, dot);
    case NODE_IF:
    case NODE_WITH:
        return walk_choice(eval, node, dot);
    case NODE_RANGE:
        return walk_range(eval, node, dot);
    case NODE_TEMPLATE:
        return walk_template(eval, node, dot);
    case NODE_BREAK:
        return WAY_BREAK;
    case NODE_CONTINUE:
        return WAY_CONTINUE;
    }
    return WAY_FAILED;
}

static bool enter(struct run *run)
{
    if (++run->steps > RUN_STEPS_MAX)
        return problem_note(&run->problem, "the template takes too long");
    if (run->depth == RUN_DEPTH_MAX)
        return problem_note(&run->problem, "templates call each other too deeply");
    run->depth++;
    return true;
}

static enum way walk_list(struct eval *eval, const struct tree_node *node, const struct value *dot)
{
    enum way way = WAY_ON;
    if (!enter(eval->run)) return WAY_FAILED;
    for (; way == WAY_ON && node != NULL; node = node->next)
        way = walk_node(eval, node, dot);
    eval->run->depth--;
    return way;
}

bool walk_all(struct run *run, const json_t *json)
{
    struct value dot = value_of_json(json);
    struct eval eval = {.run = run};
    eval.variables = arena_take(&run->arena, EVAL_VARIABLES_MAX * sizeof *eval.variables);
    if (eval.variables == NULL) return problem_note(&run->problem, "no memory");
    if (dot.type == VALUE_NULL) dot.type = VALUE_NONE;
    return eval_push(&eval, ghm_bytes_text("$"), dot) &&
           walk_list(&eval, run->tree->body, &dot) == WAY_ON;
}
