/* SPDX-License-Identifier: MIT */
#include "answer/request.h"

#include "answer/visible.h"

static bool is_word_byte(uint8_t byte)
{
    bool is_letter = (byte | 0x20) >= 'a' && (byte | 0x20) <= 'z';
    return is_letter || (byte >= '0' && byte <= '9') || byte == '-' || byte == '_';
}

static bool is_method(struct ghm_bytes method)
{
    for (size_t i = 0; i < method.len; i++) {
        if (!is_word_byte(method.ptr[i])) return false;
    }
    return method.len > 0;
}

/* A name or an address, perhaps with a port. */
static bool is_host(struct ghm_bytes host)
{
    for (size_t i = 0; i < host.len; i++) {
        uint8_t byte = host.ptr[i];
        bool is_mark = byte == '.' || byte == ':' || byte == '[' || byte == ']';
        if (!is_mark && !is_word_byte(byte)) return false;
    }
    return host.len > 0;
}

static bool is_blank(uint8_t byte)
{
    return byte == ' ' || byte == '\t';
}

/* A header value may hold blanks between its words, never at its ends. */
static bool is_value(struct ghm_bytes value)
{
    if (value.len == 0) return true;
    if (is_blank(value.ptr[0]) || is_blank(value.ptr[value.len - 1])) return false;
    return ghm_visible_is_line(value);
}

static bool is_too_long(const struct ghm_request *request)
{
    return request->method.len > GHM_REQUEST_METHOD_MAX ||
           request->host.len > GHM_REQUEST_HOST_MAX ||
           request->target.len > GHM_REQUEST_TARGET_MAX ||
           request->accept.len > GHM_REQUEST_ACCEPT_MAX ||
           request->api_version.len > GHM_REQUEST_VERSION_MAX ||
           request->features.len > GHM_REQUEST_FEATURES_MAX;
}

int ghm_request_check(const struct ghm_request *request)
{
    if (is_too_long(request)) return GHM_ELIMIT;
    if (!is_method(request->method) || !is_host(request->host)) return GHM_EINVAL;
    if (request->target.len == 0 || request->target.ptr[0] != '/') return GHM_EINVAL;
    if (!ghm_visible_is_word(request->target)) return GHM_EINVAL;
    if (!ghm_visible_is_word(request->api_version)) return GHM_EINVAL;
    return is_value(request->accept) && is_value(request->features) ? GHM_OK : GHM_EINVAL;
}
