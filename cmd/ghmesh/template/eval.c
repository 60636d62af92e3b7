/* SPDX-License-Identifier: MIT */
#include "template/eval.h"

#include "template/function.h"

#define ARGS_FEW 8 /* that most calls do not pass */

bool eval_push(struct eval *eval, struct ghm_bytes name, struct value value)
{
    if (eval->count == EVAL_VARIABLES_MAX)
        return problem_note(&eval->run->problem, "too many variables");
    eval->variables[eval->count++] = (struct eval_variable){.name = name, .value = value};
    return true;
}

static struct eval_variable *find(struct eval *eval, struct ghm_bytes name)
{
    for (size_t i = eval->count; i > eval->first; i--) {
        if (ghm_bytes_equal(eval->variables[i - 1].name, name)) return &eval->variables[i - 1];
    }
    (void)problem_note(&eval->run->problem, "undefined variable");
    return NULL;
}

static bool eval_field(struct eval *eval, struct value *value, struct ghm_bytes name, bool has_args)
{
    int len = (int)(name.len < 64 ? name.len : 64);
    if (value->type == VALUE_NONE) return true;
    if (value->type != VALUE_MAP)
        return problem_note(&eval->run->problem, "can't evaluate field %.*s in type %s", len,
                            (const char *)name.ptr, value_type_name(value));
    if (has_args)
        return problem_note(&eval->run->problem, "%.*s has arguments but is no function", len,
                            (const char *)name.ptr);
    *value = value_of_key(value, name);
    return true;
}

static bool eval_fields(struct eval *eval, struct value *value, const struct tree_field *field,
                        bool has_args)
{
    for (; field != NULL; field = field->next) {
        if (!eval_field(eval, value, field->name, has_args && field->next == NULL)) return false;
    }
    return true;
}

/* ---- calls ---- */

/* null is nothing as soon as it is taken out of where it was. */
static void take_out(struct value *value)
{
    if (value->type == VALUE_NULL) value->type = VALUE_NONE;
}

static bool check_param(struct eval *eval, struct value *value, enum param param)
{
    static const enum value_type types[] = {
        [PARAM_TEXT] = VALUE_TEXT, [PARAM_INT] = VALUE_INT, [PARAM_LIST] = VALUE_LIST};
    if (param == PARAM_ANY || param == PARAM_VALUE) return true;
    if (param == PARAM_LIST && value->type == VALUE_NONE) {
        *value = (struct value){.type = VALUE_LIST};
        return true;
    }
    return value->type == types[param] ||
           problem_note(&eval->run->problem, "wrong type for value; got %s",
                        value_type_name(value));
}

static bool eval_operand(struct eval *eval, struct value *ret_value,
                         const struct tree_operand *operand, const struct value *dot);

/* A number where an integer is wanted is one, however it is written. */
static bool eval_arg(struct eval *eval, struct value *ret_value, const struct tree_operand *operand,
                     const struct value *dot, enum param param)
{
    if (operand->type == OPERAND_NIL && operand->fields == NULL) {
        *ret_value = (struct value){.type = VALUE_NONE};
        return check_param(eval, ret_value, param);
    }
    if (operand->type == OPERAND_NUMBER && param == PARAM_INT && operand->number.is_int) {
        *ret_value = value_of_int(operand->number.integer);
        return true;
    }
    return eval_operand(eval, ret_value, operand, dot) && check_param(eval, ret_value, param);
}

struct call {
    const struct function *function;
    const struct tree_operand *args;
    const struct value *final; /* of the stage before, or NULL */
    size_t args_count;         /* all */
};

static enum param param_of(const struct function *function, size_t i)
{
    bool is_fixed = i < FUNCTION_PARAMS_MAX && function->params[i] != PARAM_NO;
    return is_fixed ? function->params[i] : function->more;
}

static bool count_args(struct eval *eval, struct call *call)
{
    size_t least = 0;
    for (const struct tree_operand *arg = call->args; arg != NULL; arg = arg->next)
        call->args_count++;
    call->args_count += call->final != NULL ? 1 : 0;
    while (least < FUNCTION_PARAMS_MAX && call->function->params[least] != PARAM_NO)
        least++;
    bool is_right = call->args_count >= least && call->args_count <= EVAL_ARGS_MAX &&
                    (call->args_count == least || call->function->more != PARAM_NO);
    return is_right || problem_note(&eval->run->problem, "wrong number of args for %s: got %zu",
                                    call->function->name, call->args_count);
}

/* "and" ends at the first that is false, "or" at the first that is true. */
static bool eval_logic(struct eval *eval, struct value *ret_value, const struct call *call,
                       const struct value *dot)
{
    bool is_or = call->function->name[0] == 'o';
    for (const struct tree_operand *arg = call->args; arg != NULL; arg = arg->next) {
        if (!eval_arg(eval, ret_value, arg, dot, PARAM_VALUE)) return false;
        if (value_is_true(ret_value) == is_or) return true;
    }
    if (call->final != NULL) *ret_value = *call->final;
    return true;
}

static bool eval_call(struct eval *eval, struct value *ret_value, struct call *call,
                      const struct value *dot)
{
    size_t count = 0;
    if (!count_args(eval, call)) return false;
    if (call->function->run == NULL) return eval_logic(eval, ret_value, call, dot);
    struct value few[ARGS_FEW], *values = few;
    if (call->args_count > ARGS_FEW)
        values = arena_take(&eval->run->arena, call->args_count * sizeof *values);
    if (values == NULL) return problem_note(&eval->run->problem, "no memory");
    for (const struct tree_operand *arg = call->args; arg != NULL; arg = arg->next, count++) {
        if (!eval_arg(eval, &values[count], arg, dot, param_of(call->function, count)))
            return false;
    }
    if (call->final != NULL) {
        values[count] = *call->final;
        if (!check_param(eval, &values[count], param_of(call->function, count))) return false;
    }
    struct function_call made = {.run = eval->run, .args = values, .count = call->args_count};
    return call->function->run(&made, ret_value);
}

/* ---- operands and commands ---- */

static struct value value_of_number(const struct tree_number *number)
{
    if (number->is_ideal_float) return (struct value){.type = VALUE_FLOAT, .real = number->real};
    return value_of_int(number->integer);
}

static bool eval_variable(struct eval *eval, struct value *ret_value, struct ghm_bytes name)
{
    const struct eval_variable *variable = find(eval, name);
    if (variable != NULL) *ret_value = variable->value;
    return variable != NULL;
}

static bool eval_base(struct eval *eval, struct value *ret_value,
                      const struct tree_operand *operand, const struct value *dot)
{
    struct call call = {.function = NULL};
    switch (operand->type) {
    case OPERAND_DOT:
        *ret_value = *dot;
        return true;
    case OPERAND_NIL:
        return problem_note(&eval->run->problem, "nil is not a command");
    case OPERAND_BOOL:
        *ret_value = value_of_bool(operand->truth);
        return true;
    case OPERAND_NUMBER:
        *ret_value = value_of_number(&operand->number);
        return true;
    case OPERAND_TEXT:
        *ret_value = value_of_text(operand->name);
        return true;
    case OPERAND_FUNCTION:
        call.function = function_find(operand->name);
        return eval_call(eval, ret_value, &call, dot);
    case OPERAND_VARIABLE:
        return eval_variable(eval, ret_value, operand->name);
    case OPERAND_PIPE:
        return eval_pipe(eval, ret_value, operand->pipe, dot);
    }
    return false;
}

static bool eval_operand(struct eval *eval, struct value *ret_value,
                         const struct tree_operand *operand, const struct value *dot)
{
    return eval_base(eval, ret_value, operand, dot) &&
           eval_fields(eval, ret_value, operand->fields, false);
}

static bool eval_command(struct eval *eval, struct value *ret_value,
                         const struct tree_command *command, const struct value *dot,
                         const struct value *final)
{
    const struct tree_operand *first = command->operands;
    bool has_args = first->next != NULL || final != NULL;
    struct call call = {.args = first->next, .final = final};
    if (first->type == OPERAND_FUNCTION && first->fields == NULL) {
        call.function = function_find(first->name);
        return eval_call(eval, ret_value, &call, dot);
    }
    if (has_args && first->fields == NULL)
        return problem_note(&eval->run->problem, "can't give argument to what is no function");
    return eval_base(eval, ret_value, first, dot) &&
           eval_fields(eval, ret_value, first->fields, has_args);
}

static bool set_variables(struct eval *eval, const struct tree_pipe *pipe, struct value value)
{
    for (size_t i = 0; i < pipe->variables_count; i++) {
        if (!pipe->is_assign && !eval_push(eval, pipe->variables[i], value)) return false;
        struct eval_variable *variable = find(eval, pipe->variables[i]);
        if (variable == NULL) return false;
        variable->value = value;
    }
    return true;
}

bool eval_pipe(struct eval *eval, struct value *ret_value, const struct tree_pipe *pipe,
               const struct value *dot)
{
    struct value value = {.type = VALUE_NONE}, final;
    if (++eval->run->steps > RUN_STEPS_MAX)
        return problem_note(&eval->run->problem, "the template takes too long");
    for (const struct tree_command *command = pipe->commands; command != NULL;
         command = command->next) {
        bool is_first = command == pipe->commands;
        final = value;
        if (!eval_command(eval, &value, command, dot, is_first ? NULL : &final)) return false;
        take_out(&value);
    }
    *ret_value = value;
    return set_variables(eval, pipe, value);
}
