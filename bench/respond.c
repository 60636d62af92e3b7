/* SPDX-License-Identifier: MIT */
/* `bench-respond PORT FILE...`: libuv and nothing else that answers HTTP. Each request gets a whole
 * response as it lies in a file, the one whose number is the target's last digit. The floor of
 * every HTTP cache. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define RESPONSES_MAX 10
#define HEAD_MAX 8192

struct client {
    uv_tcp_t tcp;
    uv_write_t write;
    size_t len;
    char head[HEAD_MAX];
};

static uv_buf_t responses[RESPONSES_MAX];

static void fail(const char *what)
{
    (void)fprintf(stderr, "%s failed\n", what);
    exit(1);
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void hang_up(struct client *client)
{
    if (!uv_is_closing((uv_handle_t *)&client->tcp))
        uv_close((uv_handle_t *)&client->tcp, on_closed);
}

static void on_written(uv_write_t *write, int status)
{
    if (status != 0) hang_up(write->data);
}

/* What the socket does not take at once is written when it can be. */
static void respond(struct client *client, uv_buf_t rest)
{
    int sent = uv_try_write((uv_stream_t *)&client->tcp, &rest, 1);
    if (sent == (int)rest.len) return;
    if (sent > 0) rest = uv_buf_init(rest.base + sent, (unsigned)rest.len - (unsigned)sent);
    if (uv_write(&client->write, (uv_stream_t *)&client->tcp, &rest, 1, on_written) != 0)
        hang_up(client);
}

static void answer(struct client *client)
{
    const char *end = strstr(client->head, " HTTP/1.1\r\n");
    unsigned number = end == NULL || end == client->head ? 0 : (unsigned)(end[-1] - '0');
    if (number >= RESPONSES_MAX || responses[number].base == NULL)
        hang_up(client);
    else
        respond(client, responses[number]);
}

static void on_room(uv_handle_t *handle, size_t wanted, uv_buf_t *ret_room)
{
    struct client *client = handle->data;
    (void)wanted;
    *ret_room =
        uv_buf_init(client->head + client->len, (unsigned)(sizeof client->head - client->len - 1));
}

/* One request at a time: its client waits for the answer. */
static void on_read(uv_stream_t *stream, ssize_t len, const uv_buf_t *room)
{
    struct client *client = stream->data;
    (void)room;
    if (len < 0) {
        hang_up(client);
        return;
    }
    client->len += (size_t)len;
    client->head[client->len] = '\0';
    bool is_whole = client->len >= 4 && memcmp(client->head + client->len - 4, "\r\n\r\n", 4) == 0;
    if (!is_whole) return;
    client->len = 0;
    answer(client);
}

static void on_connection(uv_stream_t *listener, int status)
{
    struct client *client = status == 0 ? calloc(1, sizeof *client) : NULL;
    if (client == NULL) fail("a connection");
    (void)uv_tcp_init(listener->loop, &client->tcp);
    client->tcp.data = client;
    client->write.data = client;
    if (uv_accept(listener, (uv_stream_t *)&client->tcp) != 0) fail("accepting");
    (void)uv_tcp_nodelay(&client->tcp, 1);
    (void)uv_read_start((uv_stream_t *)&client->tcp, on_room, on_read);
}

static uv_buf_t read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0) fail(path);
    size_t size = (size_t)ftell(file);
    char *bytes = malloc(size);
    rewind(file);
    if (bytes == NULL || fread(bytes, 1, size, file) != size) fail(path);
    (void)fclose(file);
    return uv_buf_init(bytes, (unsigned)size);
}

int main(int argc, char **argv)
{
    struct sockaddr_in addr;
    uv_tcp_t listener;
    uv_loop_t *loop = uv_default_loop();
    if (argc < 3 || argc > 2 + RESPONSES_MAX) fail("usage: bench-respond PORT FILE...");
    for (int i = 2; i < argc; i++)
        responses[i - 2] = read_file(argv[i]);
    (void)uv_ip4_addr("127.0.0.1", (int)strtol(argv[1], NULL, 10), &addr);
    (void)uv_tcp_init(loop, &listener);
    if (uv_tcp_bind(&listener, (const struct sockaddr *)&addr, 0) != 0) fail("binding");
    if (uv_listen((uv_stream_t *)&listener, 128, on_connection) != 0) fail("listening");
    return uv_run(loop, UV_RUN_DEFAULT);
}
