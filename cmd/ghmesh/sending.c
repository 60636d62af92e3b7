/* SPDX-License-Identifier: MIT */
#include "sending.h"

#include "answer/header.h"
#include "io/passage.h"
#include "io/uvloop.h"

#include <stdio.h>
#include <strings.h>

struct exchange {
    uv_loop_t uv;
    uv_async_t moved; /* libcurl's callbacks only take note: what follows is done here */
    struct ghm_multi *multi;
    struct ghm_passage *passage;
    const struct sending *sending;
    struct sent *sent;
    size_t given;
    int error;
};

static void on_noted(void *context)
{
    struct exchange *exchange = context;
    (void)uv_async_send(&exchange->moved);
}

static void give(struct exchange *exchange)
{
    struct ghm_bytes rest = ghm_bytes_from(exchange->sending->body, exchange->given);
    if (!exchange->sending->has_body || exchange->given > exchange->sending->body.len) return;
    exchange->given += ghm_passage_give(exchange->passage, rest);
    if (exchange->given < exchange->sending->body.len) return;
    ghm_passage_give_end(exchange->passage);
    exchange->given++; /* the end was given too */
}

static void end(struct exchange *exchange, int error)
{
    struct sent *sent = exchange->sent;
    sent->status = ghm_passage_status(exchange->passage);
    exchange->error = error;
    if (error == GHM_OK)
        exchange->error = ghm_buf_append(&sent->headers, ghm_passage_headers(exchange->passage));
    ghm_passage_free(exchange->passage);
    exchange->passage = NULL;
    ghm_multi_free(exchange->multi);
    uv_close((uv_handle_t *)&exchange->moved, NULL);
}

static void on_moved(uv_async_t *async)
{
    struct exchange *exchange = async->data;
    give(exchange);
    for (uint8_t *room;;) {
        int error = ghm_buf_reserve(&exchange->sent->body, &room, 65536);
        if (error != GHM_OK) {
            end(exchange, error);
            return;
        }
        ssize_t n = ghm_passage_take(exchange->passage, (char *)room, 65536);
        if (n == 0) return;
        if (n < 0) {
            end(exchange, n == -1 ? GHM_OK : ghm_passage_error(exchange->passage));
            return;
        }
        ghm_buf_commit(&exchange->sent->body, (size_t)n);
    }
}

static int add_token(const struct ghm_curl *curl, struct curl_slist **lines, const char *token)
{
    char value[4096];
    int len = snprintf(value, sizeof value, "token %s", token);
    if (len < 0 || (size_t)len >= sizeof value) return GHM_ELIMIT;
    int error =
        ghm_curl_line(curl, lines, ghm_bytes_text("Authorization"), ghm_bytes(value, (size_t)len));
    ghm_mem_wipe(value, sizeof value);
    return error;
}

static bool is_header(const char *line, const char *name)
{
    return strncasecmp(line, name, strlen(name)) == 0 && line[strlen(name)] == ':';
}

static int add_lines(const struct exchange *exchange, struct curl_slist **lines)
{
    const struct ghm_curl *curl = ghm_multi_curl(exchange->multi);
    const struct sending *sending = exchange->sending;
    bool has_authorization = *sending->token == '\0';
    bool has_agent = false;
    char agent[64];
    int error = GHM_OK;
    for (size_t i = 0; error == GHM_OK && sending->headers[i] != NULL; i++) {
        struct ghm_bytes walk = ghm_bytes_text(sending->headers[i]);
        struct ghm_header header;
        if (strpbrk(sending->headers[i], "\r\n") != NULL || !ghm_header_next(&walk, &header))
            return GHM_EINVAL;
        if (is_header(sending->headers[i], "authorization")) has_authorization = true;
        if (is_header(sending->headers[i], "user-agent")) has_agent = true;
        error = ghm_curl_line(curl, lines, header.name, header.value);
    }
    if (error == GHM_OK && !has_authorization) error = add_token(curl, lines, sending->token);
    (void)snprintf(agent, sizeof agent, "ghmesh/%s", ghm_version());
    if (error == GHM_OK && !has_agent)
        error = ghm_curl_line(curl, lines, ghm_bytes_text("User-Agent"), ghm_bytes_text(agent));
    return error == GHM_OK ? ghm_curl_without(curl, lines, ghm_bytes_text("Expect")) : error;
}

static int start(struct exchange *exchange)
{
    const struct sending *sending = exchange->sending;
    struct ghm_passage_request request = {.method = sending->method,
                                          .url = sending->url,
                                          .has_body = sending->has_body,
                                          .body_bytes = (int64_t)sending->body.len,
                                          .is_write = true,
                                          .context = exchange,
                                          .head = on_noted,
                                          .moved = on_noted};
    int error = ghm_multi_new(&exchange->multi, &exchange->uv, 1);
    if (error != GHM_OK) return error;
    error = add_lines(exchange, &request.take_headers);
    if (error == GHM_OK) return ghm_passage_new(&exchange->passage, exchange->multi, &request);
    ghm_curl_lines_free(ghm_multi_curl(exchange->multi), request.take_headers);
    return error;
}

int sending_do(const struct sending *sending, struct sent *ret_sent)
{
    struct exchange exchange = {.sending = sending, .sent = ret_sent};
    *ret_sent = (struct sent){.status = 0};
    ghm_buf_init(&ret_sent->headers, NULL, GHM_PASSAGE_HEAD_MAX);
    ghm_buf_init(&ret_sent->body, NULL, SENDING_BODY_MAX);
    if (ghm_uvloop_init(&exchange.uv) != GHM_OK) return GHM_EIO;
    (void)uv_async_init(&exchange.uv, &exchange.moved, on_moved);
    exchange.moved.data = &exchange;
    exchange.error = start(&exchange);
    if (exchange.error == GHM_OK) {
        on_noted(&exchange);
    } else {
        ghm_multi_free(exchange.multi);
        uv_close((uv_handle_t *)&exchange.moved, NULL);
    }
    (void)uv_run(&exchange.uv, UV_RUN_DEFAULT);
    (void)uv_loop_close(&exchange.uv);
    return exchange.error;
}

void sent_free(struct sent *sent)
{
    ghm_buf_fini(&sent->headers);
    ghm_buf_fini(&sent->body);
}
