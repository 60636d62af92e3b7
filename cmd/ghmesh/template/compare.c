/* SPDX-License-Identifier: MIT */
#include "template/compare.h"

enum kind { KIND_NONE, KIND_BOOL, KIND_INT, KIND_FLOAT, KIND_TEXT };

static enum kind kind_of(const struct value *value)
{
    static const enum kind kinds[] = {
        [VALUE_BOOL] = KIND_BOOL,   [VALUE_INT] = KIND_INT,   [VALUE_BYTE] = KIND_INT,
        [VALUE_FLOAT] = KIND_FLOAT, [VALUE_TEXT] = KIND_TEXT, [VALUE_MAP] = KIND_NONE};
    return kinds[value->type];
}

static bool cannot(struct function_call *call)
{
    return problem_note(&call->run->problem, "incompatible types for comparison");
}

static bool is_many(const struct value *value)
{
    return value->type == VALUE_LIST || value->type == VALUE_MAP;
}

static bool is_same(const struct value *a, const struct value *b)
{
    switch (kind_of(a)) {
    case KIND_NONE:
        return !is_many(a) && !is_many(b);
    case KIND_BOOL:
        return a->truth == b->truth;
    case KIND_INT:
        return a->integer == b->integer;
    case KIND_FLOAT:
        return a->real == b->real;
    case KIND_TEXT:
        return ghm_bytes_equal(a->text, b->text);
    }
    return false;
}

/* Is the first one of the others? Nothing can be compared with everything. */
static bool equal(struct function_call *call, bool *ret_truth)
{
    const struct value *first = &call->args[0];
    *ret_truth = false;
    if (is_many(first) || call->count < 2) return cannot(call);
    for (size_t i = 1; i < call->count && !*ret_truth; i++) {
        const struct value *other = &call->args[i];
        bool is_nothing = first->type <= VALUE_NULL || other->type <= VALUE_NULL;
        if (kind_of(first) != kind_of(other)) {
            if (!is_nothing) return cannot(call);
            continue;
        }
        *ret_truth = is_same(first, other);
    }
    return true;
}

static bool less(struct function_call *call, bool *ret_truth)
{
    const struct value *a = &call->args[0], *b = &call->args[1];
    if (kind_of(a) != kind_of(b) || kind_of(a) < KIND_INT) return cannot(call);
    if (kind_of(a) == KIND_INT)
        *ret_truth = a->integer < b->integer;
    else if (kind_of(a) == KIND_FLOAT)
        *ret_truth = a->real < b->real;
    else
        *ret_truth = ghm_bytes_compare(a->text, b->text) < 0;
    return true;
}

bool compare_eq(struct function_call *call, struct value *ret_value)
{
    *ret_value = value_of_bool(false);
    return equal(call, &ret_value->truth);
}

bool compare_ne(struct function_call *call, struct value *ret_value)
{
    bool truth;
    if (!equal(call, &truth)) return false;
    *ret_value = value_of_bool(!truth);
    return true;
}

bool compare_lt(struct function_call *call, struct value *ret_value)
{
    *ret_value = value_of_bool(false);
    return less(call, &ret_value->truth);
}

bool compare_le(struct function_call *call, struct value *ret_value)
{
    bool is_equal;
    *ret_value = value_of_bool(false);
    if (!less(call, &ret_value->truth) || !equal(call, &is_equal)) return false;
    ret_value->truth = ret_value->truth || is_equal;
    return true;
}

bool compare_gt(struct function_call *call, struct value *ret_value)
{
    if (!compare_le(call, ret_value)) return false;
    ret_value->truth = !ret_value->truth;
    return true;
}

bool compare_ge(struct function_call *call, struct value *ret_value)
{
    if (!compare_lt(call, ret_value)) return false;
    ret_value->truth = !ret_value->truth;
    return true;
}
