/* SPDX-License-Identifier: MIT */
#include "io/forward.h"

#include "front/passing.h"

#include <stdio.h>

/* What the client sent, without what was between it and us. libcurl adds nothing of its own. */
static int add_lines(const struct ghm_forward *forward, const struct ghm_curl *curl,
                     struct curl_slist **lines)
{
    const struct ghm_asked *asked = forward->asked;
    int error = ghm_curl_line(curl, lines, ghm_bytes_text("Via"), ghm_bytes_text(forward->name));
    for (size_t i = 0; error == GHM_OK && i < asked->headers_count; i++) {
        const struct ghm_header *header = &asked->headers[i];
        if (ghm_passing_is_sent(asked, header->name))
            error = ghm_curl_line(curl, lines, header->name, header->value);
    }
    if (error == GHM_OK) error = ghm_curl_without(curl, lines, ghm_bytes_text("Expect"));
    if (error == GHM_OK && ghm_asked_find(asked, "accept").ptr == NULL)
        error = ghm_curl_without(curl, lines, ghm_bytes_text("Accept"));
    return error;
}

/* Its framing is told as it was told to us. */
static void fill_body(struct ghm_passage_request *request, const struct ghm_asked *asked)
{
    int64_t length = 0;
    struct ghm_bytes told = ghm_asked_find(asked, "content-length");
    for (size_t i = 0; i < told.len; i++)
        length = 10 * length + (told.ptr[i] - '0'); /* checked: digits, not too many */
    bool is_chunked = ghm_asked_find(asked, "transfer-encoding").ptr != NULL;
    request->has_body = is_chunked || (told.ptr != NULL && (length > 0 || request->is_write));
    request->body_bytes = is_chunked ? -1 : length;
}

static int start(struct ghm_passage **ret_passage, struct ghm_multi *multi,
                 const struct ghm_forward *forward, struct curl_slist *take_lines)
{
    char url[GHM_SITE_TARGET_MAX + 300] GHM_UNSET;
    char method[GHM_ASKED_METHOD_MAX + 1];
    const struct ghm_asked *asked = forward->asked;
    const struct ghm_site *site = &forward->intent->site;
    (void)snprintf(method, sizeof method, "%.*s", (int)asked->method.len,
                   (const char *)asked->method.ptr);
    (void)snprintf(url, sizeof url, "%s://%.*s%.*s", site->is_tls ? "https" : "http",
                   (int)site->host.len, (const char *)site->host.ptr, (int)site->target.len,
                   (const char *)site->target.ptr);
    struct ghm_passage_request request = {.method = method,
                                          .url = url,
                                          .take_headers = take_lines,
                                          .is_write = forward->intent->is_write,
                                          .context = forward->context,
                                          .head = forward->head,
                                          .moved = forward->moved};
    fill_body(&request, asked);
    return ghm_passage_new(ret_passage, multi, &request);
}

enum ghm_refusal ghm_forward_start(struct ghm_passage **ret_passage, struct ghm_multi *multi,
                                   const struct ghm_forward *forward)
{
    struct curl_slist *lines = NULL;
    int error = add_lines(forward, ghm_multi_curl(multi), &lines);
    if (error == GHM_OK) {
        error = start(ret_passage, multi, forward, lines);
        return error == GHM_OK ? GHM_REFUSAL_NONE : ghm_refusal_of_error(error);
    }
    ghm_curl_lines_free(ghm_multi_curl(multi), lines);
    return error == GHM_ELIMIT ? GHM_REFUSAL_TOO_LARGE : ghm_refusal_of_error(error);
}
