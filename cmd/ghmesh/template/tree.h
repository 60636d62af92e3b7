/* SPDX-License-Identifier: MIT */
/* A template as a tree. Spec: the language of Go's text/template, as of Go 1.19 */
#ifndef GHM_CMD_TREE_H
#define GHM_CMD_TREE_H

#include "template/arena.h"
#include "template/problem.h"

#define TREE_BYTES_MAX ((size_t)16 << 20)
#define TREE_DEPTH_MAX 256 /* of actions and parentheses in each other */
#define TREE_VARIABLES_MAX 1024

enum operand_type {
    OPERAND_DOT,
    OPERAND_NIL,
    OPERAND_BOOL,
    OPERAND_NUMBER,
    OPERAND_TEXT,
    OPERAND_FUNCTION,
    OPERAND_VARIABLE,
    OPERAND_PIPE, /* in parentheses */
};

struct tree_field {
    const struct tree_field *next;
    struct ghm_bytes name;
};

struct tree_number {
    bool is_int; /* has an integral value */
    bool is_ideal_float;
    int64_t integer;
    double real;
};

struct tree_operand {
    const struct tree_operand *next; /* argument of the command */
    enum operand_type type;
    struct ghm_bytes name; /* of the function, of the variable with its $, or the text */
    bool truth;
    struct tree_number number;
    const struct tree_pipe *pipe;
    const struct tree_field *fields; /* asked of it, one after the other */
};

struct tree_command {
    const struct tree_command *next;
    const struct tree_operand *operands; /* the first is what is run */
};

struct tree_pipe {
    struct ghm_bytes variables[2]; /* declared or assigned */
    size_t variables_count;
    bool is_assign;
    const struct tree_command *commands;
};

enum node_type {
    NODE_TEXT,
    NODE_ACTION,
    NODE_IF,
    NODE_RANGE,
    NODE_WITH,
    NODE_TEMPLATE,
    NODE_BREAK,
    NODE_CONTINUE,
};

struct tree_node {
    const struct tree_node *next;
    enum node_type type;
    struct ghm_bytes text;        /* of NODE_TEXT; the name of NODE_TEMPLATE */
    const struct tree_pipe *pipe; /* NULL: NODE_TEMPLATE without one */
    const struct tree_node *body;
    const struct tree_node *otherwise;
};

struct tree_definition {
    struct tree_definition *next;
    struct ghm_bytes name;
    const struct tree_node *body;
};

struct tree {
    struct arena arena;
    const struct tree_node *body;
    struct tree_definition *definitions;
};

/** Read a template. false: the problem is noted. Give it back with tree_fini in any case. */
bool tree_parse(struct tree *ret_tree, struct ghm_bytes text, struct problem *problem);
void tree_fini(struct tree *tree);

/** The template defined under a name, or NULL. */
struct tree_definition *tree_find(const struct tree *tree, struct ghm_bytes name);

#endif
