/* SPDX-License-Identifier: MIT */
#include "answer/rule.h"

#include "answer/opkey.h"

static struct ghm_bytes from_first(struct ghm_bytes text, char byte)
{
    const uint8_t *at = text.len == 0 ? NULL : memchr(text.ptr, byte, text.len);
    return at == NULL ? GHM_BYTES_NONE : ghm_bytes_from(text, (size_t)(at - text.ptr));
}

/* "METHOD host/target label=..."; keys have no blanks. */
struct ghm_bytes ghm_rule_target(struct ghm_bytes name)
{
    struct ghm_bytes target = from_first(from_first(name, ' '), '/');
    struct ghm_bytes rest = from_first(target, ' ');
    return ghm_bytes_upto(target, target.len - rest.len);
}

struct ghm_route ghm_rule_of_name(struct ghm_bytes name, uint32_t default_ttl_s)
{
    struct ghm_bytes target = ghm_rule_target(name);
    if (target.ptr != NULL) return ghm_route_of_target(target, default_ttl_s);
    return ghm_route_of_op(ghm_opkey_op(name), default_ttl_s);
}
