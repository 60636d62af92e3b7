/* SPDX-License-Identifier: MIT */
#include "answer/confidence.h"

#include "answer/header.h"
#include "answer/rule.h"
#include "answer/validator.h"

#include <sodium.h>

struct ghm_confidence ghm_confidence_start(void)
{
    return (struct ghm_confidence){.state = GHM_CONFIDENCE_UNKNOWN, .vary = GHM_ETAG_ALL};
}

/* "METHOD host/target ...": what is between the blank and the target. */
static struct ghm_bytes host_of(struct ghm_bytes name, struct ghm_bytes target)
{
    const uint8_t *blank = name.len == 0 ? NULL : memchr(name.ptr, ' ', name.len);
    if (blank == NULL || target.ptr == NULL) return GHM_BYTES_NONE;
    return ghm_bytes(blank + 1, (size_t)(target.ptr - blank) - 1);
}

void ghm_confidence_key(uint8_t ret_key[32], struct ghm_bytes name, bool is_anonymous)
{
    char text[GHM_REQUEST_HOST_MAX + 256];
    struct ghm_bytes target = ghm_rule_target(name);
    struct ghm_bytes host = ghm_bytes_upto(host_of(name, target), GHM_REQUEST_HOST_MAX);
    const char *row = ghm_route_template_of(target);
    struct ghm_bytes parts[] = {ghm_bytes_text(is_anonymous ? "etag anonymous " : "etag "), host,
                                ghm_bytes_upto(ghm_bytes_text(row == NULL ? "" : row), 200)};
    size_t len = 0;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        ghm_bytes_copy((uint8_t *)text + len, parts[i]);
        len += parts[i].len;
    }
    (void)crypto_generichash(ret_key, 32, (const uint8_t *)text, len, NULL, 0);
}

void ghm_confidence_learn(struct ghm_confidence *confidence, struct ghm_bytes answer_headers,
                          struct ghm_bytes request_headers, struct ghm_bytes body)
{
    char tag[GHM_ETAG_TEXT_MAX];
    struct ghm_bytes received = ghm_header_find(answer_headers, "etag");
    if (received.len == 0) return;
    unsigned vary = ghm_etag_vary(answer_headers);
    ghm_etag_compute(tag, vary, request_headers, body);
    bool is_right = ghm_validator_equal(received, ghm_bytes_text(tag));
    confidence->state = is_right ? GHM_CONFIDENCE_LEARNED : GHM_CONFIDENCE_REFUTED;
    confidence->vary = vary;
}

bool ghm_confidence_equal(const struct ghm_confidence *a, const struct ghm_confidence *b)
{
    return a->state == b->state && a->vary == b->vary && a->is_single == b->is_single;
}

void ghm_confidence_write(uint8_t ret_bytes[GHM_CONFIDENCE_BYTES],
                          const struct ghm_confidence *confidence)
{
    ret_bytes[0] = (uint8_t)confidence->state;
    ret_bytes[1] = (uint8_t)confidence->vary;
    ret_bytes[2] = confidence->is_single ? 1 : 0;
}

int ghm_confidence_read(struct ghm_confidence *ret_confidence, struct ghm_bytes bytes)
{
    if (bytes.len != GHM_CONFIDENCE_BYTES) return GHM_ECORRUPT;
    bool is_known = bytes.ptr[0] == GHM_CONFIDENCE_LEARNED ||
                    bytes.ptr[0] == GHM_CONFIDENCE_REFUTED ||
                    bytes.ptr[0] == GHM_CONFIDENCE_UNKNOWN;
    if (!is_known || bytes.ptr[1] > GHM_ETAG_ALL || bytes.ptr[2] > 1) return GHM_ECORRUPT;
    ret_confidence->state = (enum ghm_confidence_state)bytes.ptr[0];
    ret_confidence->vary = bytes.ptr[1];
    ret_confidence->is_single = bytes.ptr[2] == 1;
    return GHM_OK;
}
