/* SPDX-License-Identifier: MIT */
/* `bench-knock PLACE SECONDS REQUEST`: a client of HTTP, for sockets in the file system, where wrk
 * cannot go; PLACE is a path, or a port of this machine. Sixteen connections, on each the bytes of
 * the file REQUEST as soon as the last answer is here. Prints one line of JSON. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define CONNECTIONS 16
#define ROOM_LEN (256 << 10)

union stream {
    uv_stream_t any;
    uv_pipe_t pipe;
    uv_tcp_t tcp;
};

static struct client {
    union stream stream;
    uv_connect_t connect;
    size_t len;   /* heard of this answer */
    size_t whole; /* its length; 0: its head is not here yet */
    char *room;
} clients[CONNECTIONS];

static uv_buf_t request;
static unsigned long long answers_count;

static void fail(const char *what)
{
    (void)fprintf(stderr, "%s failed\n", what);
    exit(1);
}

static void ask(struct client *client)
{
    client->len = 0;
    client->whole = 0;
    if (uv_try_write(&client->stream.any, &request, 1) != (int)request.len) fail("asking");
}

static void measure(struct client *client)
{
    client->room[client->len] = '\0';
    const char *end = strstr(client->room, "\r\n\r\n");
    const char *length = strstr(client->room, "Content-Length: ");
    if (end == NULL) return;
    if (strncmp(client->room, "HTTP/1.1 200", 12) != 0 || length == NULL || length > end)
        fail("an answer");
    client->whole =
        (size_t)(end + 4 - client->room) + strtoul(length + strlen("Content-Length: "), NULL, 10);
    if (client->whole >= ROOM_LEN) fail("holding an answer");
}

static void on_room(uv_handle_t *handle, size_t wanted, uv_buf_t *ret_room)
{
    struct client *client = handle->data;
    (void)wanted;
    *ret_room = uv_buf_init(client->room + client->len, (unsigned)(ROOM_LEN - client->len - 1));
}

static void on_read(uv_stream_t *stream, ssize_t len, const uv_buf_t *room)
{
    struct client *client = stream->data;
    (void)room;
    if (len < 0) fail("hearing");
    client->len += (size_t)len;
    if (client->whole == 0) measure(client);
    if (client->whole == 0 || client->len < client->whole) return;
    answers_count++;
    ask(client);
}

static void on_connected(uv_connect_t *connect, int status)
{
    struct client *client = connect->data;
    if (status != 0) fail("connecting");
    (void)uv_read_start(&client->stream.any, on_room, on_read);
    ask(client);
}

static void begin(struct client *client, uv_loop_t *loop, const char *place)
{
    struct sockaddr_in addr;
    client->room = malloc(ROOM_LEN);
    if (client->room == NULL) fail("memory");
    client->connect.data = client;
    if (*place == '/') {
        (void)uv_pipe_init(loop, &client->stream.pipe, 0);
        uv_pipe_connect(&client->connect, &client->stream.pipe, place, on_connected);
    } else {
        (void)uv_ip4_addr("127.0.0.1", (int)strtol(place, NULL, 10), &addr);
        (void)uv_tcp_init(loop, &client->stream.tcp);
        if (uv_tcp_connect(&client->connect, &client->stream.tcp, (const struct sockaddr *)&addr,
                           on_connected) != 0)
            fail("connecting");
    }
    client->stream.any.data = client;
}

static void read_request(const char *path)
{
    static char bytes[8192];
    FILE *file = fopen(path, "rb");
    if (file == NULL) fail(path);
    request = uv_buf_init(bytes, (unsigned)fread(bytes, 1, sizeof bytes, file));
    (void)fclose(file);
}

static void on_time(uv_timer_t *timer)
{
    uv_stop(timer->loop);
}

int main(int argc, char **argv)
{
    uv_timer_t timer;
    uv_loop_t *loop = uv_default_loop();
    if (argc != 4) fail("usage: bench-knock PLACE SECONDS REQUEST");
    unsigned long seconds = strtoul(argv[2], NULL, 10);
    read_request(argv[3]);
    for (size_t i = 0; i < CONNECTIONS; i++)
        begin(&clients[i], loop, argv[1]);
    (void)uv_timer_init(loop, &timer);
    (void)uv_timer_start(&timer, on_time, seconds * 1000, 0);
    (void)uv_run(loop, UV_RUN_DEFAULT);
    (void)printf("{\"answers\": %llu}\n", answers_count);
    return 0;
}
