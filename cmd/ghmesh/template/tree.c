/* SPDX-License-Identifier: MIT */
#include "template/tree.h"

#include "template/function.h"
#include "template/literal.h"
#include "template/token.h"

#include <string.h>

/* ---- parsing one text ---- */

struct parser {
    struct tree *tree;
    struct tokens tokens;
    struct token ahead[3]; /* read, and not yet taken */
    size_t ahead_count;
    struct problem *problem;
    struct ghm_bytes variables[TREE_VARIABLES_MAX]; /* that may be named here */
    size_t variables_count;
    size_t variables_first; /* of the template being defined */
    size_t loops;           /* around here */
    size_t depth;
};

enum ending { ENDING_NONE, ENDING_END, ENDING_ELSE, ENDING_ELSE_IF };

/* What a list of nodes is made with. */
struct list {
    const struct tree_node *first;
    const struct tree_node **last;
};

static void *take_memory(struct parser *p, size_t size)
{
    void *taken = arena_take(&p->tree->arena, size);
    if (taken == NULL) (void)problem_note(p->problem, "the template is too large");
    return taken;
}

static struct token next(struct parser *p)
{
    if (p->ahead_count == 0) return tokens_next(&p->tokens);
    return p->ahead[--p->ahead_count];
}

static void put_back(struct parser *p, struct token token)
{
    p->ahead[p->ahead_count++] = token;
}

static struct token next_word(struct parser *p)
{
    struct token token = next(p);
    while (token.type == TOKEN_SPACE)
        token = next(p);
    return token;
}

static struct token peek(struct parser *p)
{
    struct token token = next(p);
    put_back(p, token);
    return token;
}

static struct token peek_word(struct parser *p)
{
    struct token token = next_word(p);
    put_back(p, token);
    return token;
}

static bool is_name(struct token token, const char *name)
{
    return token.type == TOKEN_NAME && ghm_bytes_equal(token.text, ghm_bytes_text(name));
}

static bool unexpected(struct parser *p, struct token token, const char *context)
{
    return problem_note(p->problem, "unexpected \"%.*s\" in %s",
                        (int)(token.text.len < 64 ? token.text.len : 64),
                        (const char *)token.text.ptr, context);
}

static bool expect_close(struct parser *p, const char *context)
{
    struct token token = next_word(p);
    return token.type == TOKEN_CLOSE || unexpected(p, token, context);
}

static bool enter(struct parser *p)
{
    if (p->depth == TREE_DEPTH_MAX) return problem_note(p->problem, "nested too deeply");
    p->depth++;
    return true;
}

/* ---- variables ---- */

static bool declare(struct parser *p, struct ghm_bytes name)
{
    if (p->variables_count == TREE_VARIABLES_MAX)
        return problem_note(p->problem, "too many variables");
    p->variables[p->variables_count++] = name;
    return true;
}

static bool is_declared(const struct parser *p, struct ghm_bytes name)
{
    for (size_t i = p->variables_first; i < p->variables_count; i++) {
        if (ghm_bytes_equal(p->variables[i], name)) return true;
    }
    return false;
}

/* ---- pipelines ---- */

static bool parse_pipe(struct parser *p, const struct tree_pipe **ret_pipe, const char *context,
                       enum token_type end);

static bool parse_text(struct parser *p, struct ghm_bytes *ret_text, struct token token)
{
    return literal_text(&p->tree->arena, ret_text, token.text) ||
           problem_note(p->problem, "bad quoting");
}

static bool parse_number(struct parser *p, struct tree_operand *operand, struct token token)
{
    operand->type = OPERAND_NUMBER;
    bool is_number = token.type == TOKEN_CHAR ? literal_char(&operand->number, token.text)
                                              : literal_number(&operand->number, token.text);
    return is_number || problem_note(p->problem, "bad number \"%.*s\"",
                                     (int)(token.text.len < 64 ? token.text.len : 64),
                                     (const char *)token.text.ptr);
}

static bool is_keyword(struct token token)
{
    static const char *const keywords[] = {"block", "break", "continue", "define",   "else",
                                           "end",   "if",    "range",    "template", "with"};
    for (size_t i = 0; i < sizeof keywords / sizeof keywords[0]; i++) {
        if (is_name(token, keywords[i])) return true;
    }
    return false;
}

static bool parse_name(struct parser *p, struct tree_operand *operand, struct token token)
{
    operand->name = token.text;
    operand->truth = is_name(token, "true");
    if (operand->truth || is_name(token, "false"))
        operand->type = OPERAND_BOOL;
    else if (is_name(token, "nil"))
        operand->type = OPERAND_NIL;
    else
        operand->type = OPERAND_FUNCTION;
    if (operand->type != OPERAND_FUNCTION || function_find(token.text) != NULL) return true;
    return problem_note(p->problem, "function \"%.*s\" not defined",
                        (int)(token.text.len < 64 ? token.text.len : 64),
                        (const char *)token.text.ptr);
}

static bool parse_parens(struct parser *p, struct tree_operand *operand)
{
    operand->type = OPERAND_PIPE;
    if (!enter(p)) return false;
    bool is_parsed = parse_pipe(p, &operand->pipe, "parenthesized pipeline", TOKEN_RIGHT);
    p->depth--;
    return is_parsed;
}

static bool parse_variable(struct parser *p, struct tree_operand *operand, struct token token)
{
    operand->type = OPERAND_VARIABLE;
    operand->name = token.text;
    if (is_declared(p, token.text)) return true;
    return problem_note(p->problem, "undefined variable \"%.*s\"",
                        (int)(token.text.len < 64 ? token.text.len : 64),
                        (const char *)token.text.ptr);
}

static bool add_field(struct parser *p, const struct tree_field ***last, struct token token)
{
    struct tree_field *field = take_memory(p, sizeof *field);
    if (field == NULL) return false;
    field->name = ghm_bytes_from(token.text, 1);
    **last = field;
    *last = &field->next;
    return true;
}

/* What follows it without a space. */
static bool parse_fields(struct parser *p, const struct tree_field **last, bool is_literal)
{
    if (is_literal && peek(p).type == TOKEN_FIELD) return unexpected(p, next(p), "literal");
    while (peek(p).type == TOKEN_FIELD) {
        if (!add_field(p, &last, next(p))) return false;
    }
    return true;
}

static bool parse_term(struct parser *p, struct tree_operand *operand, struct token token)
{
    const struct tree_field **last = &operand->fields;
    bool is_parsed = true;
    if (token.type == TOKEN_NAME) {
        is_parsed = parse_name(p, operand, token);
    } else if (token.type == TOKEN_FIELD) {
        is_parsed = add_field(p, &last, token);
    } else if (token.type == TOKEN_VARIABLE) {
        is_parsed = parse_variable(p, operand, token);
    } else if (token.type == TOKEN_LEFT) {
        is_parsed = parse_parens(p, operand);
    } else if (token.type == TOKEN_STRING || token.type == TOKEN_RAW) {
        operand->type = OPERAND_TEXT;
        is_parsed = parse_text(p, &operand->name, token);
    } else if (token.type != TOKEN_DOT) {
        is_parsed = parse_number(p, operand, token);
    }
    bool is_literal =
        token.type == TOKEN_DOT || (operand->type >= OPERAND_NIL && operand->type <= OPERAND_TEXT);
    return is_parsed && parse_fields(p, last, is_literal);
}

static bool is_term(struct token token)
{
    return token.type >= TOKEN_LEFT && token.type != TOKEN_RIGHT && !is_keyword(token);
}

/* Operands with space between them, up to a pipe, which is taken, or the end, which is not. */
static bool parse_command(struct parser *p, struct tree_command *command)
{
    const struct tree_operand **last = &command->operands;
    for (;;) {
        struct token token = peek_word(p);
        struct tree_operand *operand = NULL;
        if (is_term(token)) {
            operand = take_memory(p, sizeof *operand);
            if (operand == NULL || !parse_term(p, operand, next_word(p))) return false;
            *last = operand;
            last = &operand->next;
        }
        token = next(p);
        if (token.type == TOKEN_SPACE) continue;
        if (token.type == TOKEN_CLOSE || token.type == TOKEN_RIGHT) put_back(p, token);
        if (token.type == TOKEN_CLOSE || token.type == TOKEN_RIGHT || token.type == TOKEN_PIPE)
            break;
        return unexpected(p, token, "operand");
    }
    return command->operands != NULL || problem_note(p->problem, "empty command");
}

static bool check_pipe(struct parser *p, const struct tree_pipe *pipe, const char *context)
{
    if (pipe->commands == NULL) return problem_note(p->problem, "missing value for %s", context);
    for (const struct tree_command *command = pipe->commands->next; command != NULL;
         command = command->next) {
        const struct tree_operand *first = command->operands;
        bool is_value = first->type <= OPERAND_TEXT && first->fields == NULL;
        if (is_value) return problem_note(p->problem, "non executable command in pipeline");
    }
    return true;
}

/* A variable was taken. `ret_is_one`: it is declared or assigned; otherwise it is put back. */
static bool parse_declaration(struct parser *p, struct tree_pipe *pipe, struct token variable,
                              const char *context, bool *ret_is_more)
{
    struct token after = next(p);
    struct token token = after.type == TOKEN_SPACE ? next_word(p) : after;
    *ret_is_more = false;
    bool is_setting = token.type == TOKEN_ASSIGN || token.type == TOKEN_DECLARE;
    if (!is_setting && token.type != TOKEN_COMMA) {
        put_back(p, token);
        if (after.type == TOKEN_SPACE) put_back(p, after);
        put_back(p, variable);
        return true;
    }
    pipe->is_assign = token.type == TOKEN_ASSIGN;
    pipe->variables[pipe->variables_count++] = variable.text;
    if (!declare(p, variable.text)) return false;
    if (is_setting) return true;
    if (strcmp(context, "range") != 0 || pipe->variables_count == 2)
        return problem_note(p->problem, "too many declarations in %s", context);
    enum token_type type = peek_word(p).type;
    *ret_is_more = type == TOKEN_VARIABLE;
    return *ret_is_more || type == TOKEN_CLOSE || type == TOKEN_RIGHT ||
           problem_note(p->problem, "range can only initialize variables");
}

static bool parse_declarations(struct parser *p, struct tree_pipe *pipe, const char *context)
{
    bool is_more = true;
    while (is_more && peek_word(p).type == TOKEN_VARIABLE) {
        if (!parse_declaration(p, pipe, next_word(p), context, &is_more)) return false;
        if (!is_more) return true;
    }
    return true;
}

static bool parse_pipe(struct parser *p, const struct tree_pipe **ret_pipe, const char *context,
                       enum token_type end)
{
    struct tree_pipe *pipe = take_memory(p, sizeof *pipe);
    if (pipe == NULL || !parse_declarations(p, pipe, context)) return false;
    const struct tree_command **last = &pipe->commands;
    *ret_pipe = pipe;
    for (;;) {
        struct token token = next_word(p);
        if (token.type == end) return check_pipe(p, pipe, context);
        if (!is_term(token)) return unexpected(p, token, context);
        put_back(p, token);
        struct tree_command *command = take_memory(p, sizeof *command);
        if (command == NULL || !parse_command(p, command)) return false;
        *last = command;
        last = &command->next;
    }
}

/* ---- actions ---- */

static bool parse_list(struct parser *p, const struct tree_node **ret_first,
                       enum ending *ret_ending);

static struct tree_node *add_node(struct parser *p, struct list *list, enum node_type type)
{
    struct tree_node *node = take_memory(p, sizeof *node);
    if (node == NULL) return NULL;
    node->type = type;
    *list->last = node;
    list->last = &node->next;
    return node;
}

static bool parse_control(struct parser *p, struct list *list, enum node_type type);

static bool parse_otherwise(struct parser *p, struct tree_node *node, enum ending ending)
{
    struct list list = {.last = &node->otherwise};
    if (ending == ENDING_ELSE_IF && node->type == NODE_IF)
        return enter(p) && parse_control(p, &list, NODE_IF) && p->depth-- > 0;
    if (ending == ENDING_ELSE_IF) return problem_note(p->problem, "unexpected if after else");
    if (!parse_list(p, &node->otherwise, &ending)) return false;
    return ending == ENDING_END || problem_note(p->problem, "expected end; found else");
}

static bool parse_control(struct parser *p, struct list *list, enum node_type type)
{
    static const char *const contexts[] = {
        [NODE_IF] = "if", [NODE_RANGE] = "range", [NODE_WITH] = "with"};
    enum ending ending;
    size_t variables_count = p->variables_count;
    struct tree_node *node = add_node(p, list, type);
    if (node == NULL || !parse_pipe(p, &node->pipe, contexts[type], TOKEN_CLOSE)) return false;
    p->loops += type == NODE_RANGE ? 1 : 0;
    if (!parse_list(p, &node->body, &ending)) return false;
    p->loops -= type == NODE_RANGE ? 1 : 0;
    if (ending != ENDING_END && !parse_otherwise(p, node, ending)) return false;
    p->variables_count = variables_count;
    return true;
}

static bool parse_jump(struct parser *p, struct list *list, enum node_type type)
{
    if (!expect_close(p, "break or continue")) return false;
    if (p->loops == 0) return problem_note(p->problem, "break or continue outside of range");
    return add_node(p, list, type) != NULL;
}

static bool parse_template_name(struct parser *p, struct ghm_bytes *ret_name)
{
    struct token token = next_word(p);
    if (token.type != TOKEN_STRING && token.type != TOKEN_RAW)
        return unexpected(p, token, "template clause");
    return parse_text(p, ret_name, token);
}

static bool parse_template(struct parser *p, struct list *list)
{
    struct tree_node *node = add_node(p, list, NODE_TEMPLATE);
    if (node == NULL || !parse_template_name(p, &node->text)) return false;
    struct token token = next_word(p);
    if (token.type == TOKEN_CLOSE) return true;
    put_back(p, token);
    return parse_pipe(p, &node->pipe, "template clause", TOKEN_CLOSE);
}

/* Nothing but space? Such a definition stands back behind another. */
static bool is_empty(const struct tree_node *node)
{
    for (; node != NULL; node = node->next) {
        if (node->type != NODE_TEXT) return false;
        for (size_t i = 0; i < node->text.len; i++) {
            if (strchr(" \t\r\n\v\f", node->text.ptr[i]) == NULL || node->text.ptr[i] == 0)
                return false;
        }
    }
    return true;
}

static bool define(struct parser *p, struct ghm_bytes name, const struct tree_node *body)
{
    struct tree_definition *definition = tree_find(p->tree, name);
    if (definition != NULL && !is_empty(definition->body))
        return is_empty(body) || problem_note(p->problem, "multiple definition of a template");
    if (definition == NULL) {
        definition = take_memory(p, sizeof *definition);
        if (definition == NULL) return false;
        definition->next = p->tree->definitions;
        p->tree->definitions = definition;
    }
    definition->name = name;
    definition->body = body;
    return true;
}

/* Up to its end, with variables and loops of its own. */
static bool parse_definition(struct parser *p, struct ghm_bytes name)
{
    const struct tree_node *body = NULL;
    enum ending ending = ENDING_END;
    struct parser outer = {.variables_first = p->variables_first,
                           .variables_count = p->variables_count,
                           .loops = p->loops};
    p->variables_first = p->variables_count;
    p->loops = 0;
    if (!declare(p, ghm_bytes_text("$")) || !enter(p) || !parse_list(p, &body, &ending))
        return false;
    if (ending != ENDING_END) return problem_note(p->problem, "unexpected else in define clause");
    p->depth--;
    p->variables_first = outer.variables_first;
    p->variables_count = outer.variables_count;
    p->loops = outer.loops;
    return define(p, name, body);
}

static bool parse_block(struct parser *p, struct list *list)
{
    struct tree_node *node = add_node(p, list, NODE_TEMPLATE);
    return node != NULL && parse_template_name(p, &node->text) &&
           parse_pipe(p, &node->pipe, "block clause", TOKEN_CLOSE) &&
           parse_definition(p, node->text);
}

static bool parse_else(struct parser *p, enum ending *ret_ending)
{
    struct token token = next_word(p);
    *ret_ending = is_name(token, "if") ? ENDING_ELSE_IF : ENDING_ELSE;
    return *ret_ending == ENDING_ELSE_IF || token.type == TOKEN_CLOSE ||
           unexpected(p, token, "else");
}

static bool parse_action(struct parser *p, struct list *list, enum ending *ret_ending)
{
    struct token token = next_word(p);
    if (is_name(token, "if")) return parse_control(p, list, NODE_IF);
    if (is_name(token, "range")) return parse_control(p, list, NODE_RANGE);
    if (is_name(token, "with")) return parse_control(p, list, NODE_WITH);
    if (is_name(token, "template")) return parse_template(p, list);
    if (is_name(token, "block")) return parse_block(p, list);
    if (is_name(token, "break")) return parse_jump(p, list, NODE_BREAK);
    if (is_name(token, "continue")) return parse_jump(p, list, NODE_CONTINUE);
    if (is_name(token, "else")) return parse_else(p, ret_ending);
    if (is_name(token, "end")) {
        *ret_ending = ENDING_END;
        return expect_close(p, "end");
    }
    put_back(p, token);
    struct tree_node *node = add_node(p, list, NODE_ACTION);
    return node != NULL && parse_pipe(p, &node->pipe, "command", TOKEN_CLOSE);
}

static bool parse_one(struct parser *p, struct list *list, enum ending *ret_ending)
{
    struct token token = next_word(p);
    *ret_ending = ENDING_NONE;
    if (token.type == TOKEN_OPEN) {
        if (!enter(p)) return false;
        bool is_parsed = parse_action(p, list, ret_ending);
        p->depth--;
        return is_parsed;
    }
    if (token.type != TOKEN_TEXT) return unexpected(p, token, "input");
    struct tree_node *node = add_node(p, list, NODE_TEXT);
    if (node != NULL) node->text = token.text;
    return node != NULL;
}

static bool parse_list(struct parser *p, const struct tree_node **ret_first,
                       enum ending *ret_ending)
{
    struct list list = {.last = ret_first};
    *ret_first = NULL;
    for (;;) {
        if (peek_word(p).type == TOKEN_END)
            return problem_note(p->problem, "unexpected end of the template");
        if (!parse_one(p, &list, ret_ending)) return false;
        if (*ret_ending != ENDING_NONE) return true;
    }
}

static bool parse_define(struct parser *p)
{
    struct ghm_bytes name;
    return parse_template_name(p, &name) && expect_close(p, "define clause") &&
           parse_definition(p, name);
}

static bool parse_top(struct parser *p)
{
    enum ending ending;
    struct list list = {.last = &p->tree->body};
    while (peek(p).type != TOKEN_END) {
        struct token token = next(p);
        if (token.type == TOKEN_OPEN) {
            struct token word = next_word(p);
            if (is_name(word, "define")) {
                if (!parse_define(p)) return false;
                continue;
            }
            put_back(p, word);
        }
        put_back(p, token);
        if (!parse_one(p, &list, &ending)) return false;
        if (ending != ENDING_NONE) return problem_note(p->problem, "unexpected end or else");
    }
    return define(p, ghm_bytes_text(""), p->tree->body);
}

bool tree_parse(struct tree *ret_tree, struct ghm_bytes text, struct problem *problem)
{
    *ret_tree = (struct tree){.body = NULL};
    arena_init(&ret_tree->arena, TREE_BYTES_MAX);
    struct parser *p = arena_take(&ret_tree->arena, sizeof *p);
    if (p == NULL || !arena_copy(&ret_tree->arena, &text, text))
        return problem_note(problem, "the template is too large");
    p->tree = ret_tree;
    p->problem = problem;
    tokens_init(&p->tokens, text, problem);
    return declare(p, ghm_bytes_text("$")) && parse_top(p) && problem->text[0] == '\0';
}

void tree_fini(struct tree *tree)
{
    arena_clear(&tree->arena);
}

struct tree_definition *tree_find(const struct tree *tree, struct ghm_bytes name)
{
    struct tree_definition *definition = tree->definitions;
    while (definition != NULL && !ghm_bytes_equal(definition->name, name))
        definition = definition->next;
    return definition;
}
