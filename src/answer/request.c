/* SPDX-License-Identifier: MIT */
#include "answer/request.h"

/* What each byte may be part of, as a sum of classes. */
enum byte_class {
    METHOD = 1, /* RFC 9110 token characters */
    HOST = 2,   /* a name, an address, a port */
    LINE = 4,   /* anything visible, UTF-8 included */
};

static bool is_letter(uint8_t byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

static bool is_of(uint8_t byte, enum byte_class class)
{
    bool is_word = is_letter(byte) || (byte >= '0' && byte <= '9') || byte == '-' || byte == '_';
    switch (class) {
    case METHOD:
        return is_word;
    case HOST:
        return is_word || byte == '.' || byte == ':' || byte == '[' || byte == ']';
    case LINE:
        return byte > ' ' && byte != 0x7f;
    }
    return false;
}

static bool is_all(struct ghm_bytes part, enum byte_class class)
{
    for (size_t i = 0; i < part.len; i++) {
        if (!is_of(part.ptr[i], class)) return false;
    }
    return true;
}

/* A header value may hold blanks and tabs between its words, never at its ends. */
static bool is_header_value(struct ghm_bytes value)
{
    for (size_t i = 0; i < value.len; i++) {
        bool is_blank = value.ptr[i] == ' ' || value.ptr[i] == '\t';
        if (!is_blank && !is_of(value.ptr[i], LINE)) return false;
        if (is_blank && (i == 0 || i == value.len - 1)) return false;
    }
    return true;
}

int ghm_request_check(const struct ghm_request *request)
{
    if (request->method.len > GHM_REQUEST_METHOD_MAX || request->host.len > GHM_REQUEST_HOST_MAX ||
        request->target.len > GHM_REQUEST_TARGET_MAX ||
        request->accept.len > GHM_REQUEST_ACCEPT_MAX ||
        request->api_version.len > GHM_REQUEST_VERSION_MAX) {
        return GHM_ELIMIT;
    }
    if (request->method.len == 0 || !is_all(request->method, METHOD)) return GHM_EINVAL;
    if (request->host.len == 0 || !is_all(request->host, HOST)) return GHM_EINVAL;
    if (request->target.len == 0 || request->target.ptr[0] != '/') return GHM_EINVAL;
    if (!is_all(request->target, LINE)) return GHM_EINVAL;
    if (!is_all(request->api_version, LINE)) return GHM_EINVAL;
    return is_header_value(request->accept) ? GHM_OK : GHM_EINVAL;
}
