/* SPDX-License-Identifier: MIT */
#include "io/guests.h"

#include "answer/identity.h"
#include "base/list.h"
#include "base/map.h"
#include "io/clock.h"
#include "io/door.h"
#include "io/inherit.h"
#include "io/random.h"
#include "io/terms.h"
#include "io/ucred.h"

#include <unistd.h>

#define ROOM "guests"
#define BACKLOG 511
#define TOKEN_LEN_MAX GHM_PARLEY_AUTHORIZATION_MAX
#define WORD_MAX 512                  /* bytes of any frame but an answer */
#define PAUSE_BYTES ((size_t)1 << 20) /* unsent: who has so much to read is not read from */
#define SWEEP_MS 1000

struct guest {
    struct ghm_list node;
    struct ghm_guests *guests;
    uv_pipe_t pipe;
    struct ghm_buf in;
    struct ghm_list asks;
    size_t asks_count;
    size_t unsent;        /* bytes that are held for it */
    size_t unsent_before; /* at the last look */
    unsigned still_ticks;
    bool is_moving; /* something was read since the last look */
    bool is_paused;
    bool is_closing;
};

/* An ask that the node has; named there by its own address. */
struct asking {
    struct ghm_map_node by_id;
    uint8_t key[8];
    struct ghm_list node; /* of its guest */
    struct guest *guest;
    uint64_t id; /* the guest's */
};

struct sending {
    uv_write_t write;
    struct guest *guest;
    struct ghm_buf frame;
    size_t held; /* bytes of memory */
};

struct ghm_guests {
    struct ghm_guests_config config;
    char path[GHM_FILES_PATH_MAX];
    uint8_t terms[GHM_PARLEY_TERMS_LEN];
    uint64_t since_ms;
    uv_pipe_t door;
    uv_timer_t sweep;
    size_t handles; /* that libuv still holds */
    bool is_door_open;
    bool is_closing;
    struct ghm_list guests;
    size_t guests_count;
    struct ghm_map askings;
};

static int fd_of(const uv_pipe_t *pipe)
{
    uv_os_fd_t fd;
    return uv_fileno((const uv_handle_t *)pipe, &fd) == 0 ? fd : -1;
}

static void close_pipe(uv_pipe_t *pipe, uv_close_cb closed)
{
    ghm_inherit_forget(fd_of(pipe));
    uv_close((uv_handle_t *)pipe, closed);
}

static void free_if_closed(struct ghm_guests *guests)
{
    if (!guests->is_closing || guests->handles > 0) return;
    ghm_map_fini(&guests->askings);
    ghm_mem_free(guests->config.mem, guests, sizeof *guests);
}

/* ---- asks ---- */

static void free_asking(struct asking *asking)
{
    struct ghm_guests *guests = asking->guest->guests;
    ghm_map_remove(&guests->askings, &asking->by_id);
    ghm_list_remove(&asking->node);
    asking->guest->asks_count--;
    ghm_mem_free(guests->config.mem, asking, sizeof *asking);
}

static void forget(struct asking *asking)
{
    struct ghm_guests *guests = asking->guest->guests;
    guests->config.forget(guests->config.context, (uint64_t)(uintptr_t)asking);
    free_asking(asking);
}

static int asking_new(struct asking **ret_asking, struct guest *guest, uint64_t id)
{
    struct ghm_guests *guests = guest->guests;
    if (guest->asks_count >= GHM_GUESTS_ASKS_MAX) return GHM_ELIMIT;
    struct asking *asking = ghm_mem_alloc(guests->config.mem, sizeof *asking);
    if (asking == NULL) return GHM_ENOMEM;
    asking->guest = guest;
    asking->id = id;
    ghm_store_be64(asking->key, (uint64_t)(uintptr_t)asking);
    int error = ghm_map_insert(&guests->askings, &asking->by_id, ghm_bytes(asking->key, 8));
    if (error != GHM_OK) {
        ghm_mem_free(guests->config.mem, asking, sizeof *asking);
        return error;
    }
    ghm_list_append(&guest->asks, &asking->node);
    guest->asks_count++;
    *ret_asking = asking;
    return GHM_OK;
}

/* ---- a guest's life ---- */

static void on_guest_closed(uv_handle_t *handle)
{
    struct guest *guest = handle->data;
    struct ghm_guests *guests = guest->guests;
    if (guest->in.ptr != NULL) ghm_mem_wipe(guest->in.ptr, guest->in.size);
    ghm_buf_fini(&guest->in);
    ghm_mem_free(guests->config.mem, guest, sizeof *guest);
    guests->handles--;
    free_if_closed(guests);
}

static void drop(struct guest *guest)
{
    if (guest->is_closing) return;
    guest->is_closing = true;
    while (!ghm_list_is_empty(&guest->asks))
        forget(GHM_LIST_OF(guest->asks.next, struct asking, node));
    ghm_list_remove(&guest->node);
    guest->guests->guests_count--;
    close_pipe(&guest->pipe, on_guest_closed);
}

static void drop_rude(struct guest *guest, const char *reason)
{
    ghm_log_add(guest->guests->config.log, GHM_LOG_WARN, ROOM, "a guest is dropped: %s", reason);
    drop(guest);
}

/* ---- slow ones ---- */

/* In the middle of something: bytes that it does not read, or the rest of a frame. */
static bool is_owing(const struct guest *guest)
{
    return guest->unsent > 0 || ghm_buf_len(&guest->in) > 0;
}

static void look_at(struct guest *guest)
{
    bool is_still = is_owing(guest) && !guest->is_moving && guest->unsent >= guest->unsent_before;
    guest->still_ticks = is_still ? guest->still_ticks + 1 : 0;
    guest->unsent_before = guest->unsent;
    guest->is_moving = false;
    if (guest->still_ticks > GHM_GUESTS_TICKS_MAX) drop_rude(guest, "it is too slow");
}

static void on_sweep(uv_timer_t *timer)
{
    struct ghm_guests *guests = timer->data;
    bool is_any = false;
    struct ghm_list *next;
    for (struct ghm_list *at = guests->guests.next; at != &guests->guests; at = next) {
        struct guest *guest = GHM_LIST_OF(at, struct guest, node);
        next = at->next;
        is_any |= is_owing(guest);
        look_at(guest);
    }
    if (!is_any) (void)uv_timer_stop(timer);
}

static void watch(struct guest *guest)
{
    uv_timer_t *sweep = &guest->guests->sweep;
    if (is_owing(guest) && !guest->guests->is_closing && !uv_is_active((uv_handle_t *)sweep))
        (void)uv_timer_start(sweep, on_sweep, SWEEP_MS, SWEEP_MS);
}

/* ---- sending ---- */

static void read_on(struct guest *guest);

static void free_sending(struct sending *sending)
{
    ghm_buf_fini(&sending->frame);
    ghm_mem_free(sending->guest->guests->config.mem, sending, sizeof *sending);
}

static void on_sent(uv_write_t *write, int status)
{
    struct sending *sending = write->data;
    struct guest *guest = sending->guest;
    guest->unsent -= sending->held;
    free_sending(sending);
    if (guest->is_closing) return;
    if (status != 0)
        drop(guest);
    else if (guest->is_paused && guest->unsent < PAUSE_BYTES)
        read_on(guest);
}

static struct sending *sending_new(struct guest *guest, size_t len_max)
{
    struct sending *sending = ghm_mem_alloc(guest->guests->config.mem, sizeof *sending);
    if (sending == NULL) return NULL;
    sending->guest = guest;
    ghm_buf_init(&sending->frame, guest->guests->config.mem, len_max);
    return sending;
}

/* What cannot be told to a guest it finds out by being dropped. */
static void send_frame(struct guest *guest, struct sending *take_sending, int error)
{
    struct ghm_bytes frame = ghm_buf_bytes(&take_sending->frame);
    uv_buf_t part = {.base = (char *)take_sending->frame.ptr + take_sending->frame.start,
                     .len = frame.len};
    size_t held = sizeof *take_sending + take_sending->frame.size;
    take_sending->held = held;
    take_sending->write.data = take_sending;
    if (error == GHM_OK && guest->unsent + held > GHM_GUESTS_UNSENT_MAX) error = GHM_ELIMIT;
    if (error == GHM_OK &&
        uv_write(&take_sending->write, (uv_stream_t *)&guest->pipe, &part, 1, on_sent) != 0)
        error = GHM_EIO;
    if (error != GHM_OK) {
        free_sending(take_sending);
        drop_rude(guest, ghm_error_text(error));
        return;
    }
    guest->unsent += held;
    watch(guest);
}

static struct ghm_reply reply_of(const struct ghm_answer *answer)
{
    return (struct ghm_reply){
        .status = answer->status,
        .source = answer->source,
        .age_ms = answer->age_ms,
        .ttl_s = answer->ttl_s,
        .foreign_sha256 = answer->is_foreign ? answer->body_sha256 : NULL,
        .headers = ghm_bytes(answer->bytes, answer->headers_len),
        .body = ghm_bytes(answer->bytes + answer->headers_len + 1, answer->body_len)};
}

static void send_answer(struct guest *guest, uint64_t id, int error,
                        const struct ghm_answer *answer)
{
    struct ghm_parley_answer said = {.id = id, .error = error};
    if (error == GHM_OK) said.reply = reply_of(answer);
    struct sending *sending =
        sending_new(guest, WORD_MAX + said.reply.headers.len + said.reply.body.len);
    if (sending == NULL) {
        drop_rude(guest, "out of memory");
        return;
    }
    error = ghm_parley_append_answer(&sending->frame, &said);
    if (error == GHM_ELIMIT) {
        /* Too large for a frame: it is the guest's own to fetch. */
        said = (struct ghm_parley_answer){.id = id, .error = GHM_ELIMIT};
        error = ghm_parley_append_answer(&sending->frame, &said);
    }
    send_frame(guest, sending, error);
}

static void send_word(struct guest *guest, enum ghm_parley_kind kind)
{
    struct sending *sending = sending_new(guest, WORD_MAX);
    if (sending == NULL)
        drop(guest);
    else
        send_frame(guest, sending, ghm_parley_append_word(&sending->frame, kind));
}

bool ghm_guests_answered(struct ghm_guests *guests, uint64_t id, int error,
                         struct ghm_answer *take_answer)
{
    uint8_t key[8];
    ghm_store_be64(key, id);
    struct ghm_map_node *found =
        guests == NULL ? NULL : ghm_map_find(&guests->askings, ghm_bytes(key, sizeof key));
    if (found == NULL) return false;
    struct asking *asking = GHM_LIST_OF(found, struct asking, by_id);
    struct guest *guest = asking->guest;
    uint64_t theirs = asking->id;
    free_asking(asking);
    send_answer(guest, theirs, error, take_answer);
    ghm_reply_free(take_answer);
    return true;
}

/* ---- what guests say ---- */

/* By the token itself, not by what a guest says of it. A secret that is slow to use was used by the
 * guest before, and is remembered: it is never used here, where all would wait. */
static int identify(struct ghm_guests *guests, struct ghm_node_ask *ask)
{
    char token[TOKEN_LEN_MAX + 1];
    struct ghm_bytes bytes = ghm_identity_token(ask->authorization);
    if (bytes.len > TOKEN_LEN_MAX) return GHM_ELIMIT;
    ghm_bytes_copy(token, bytes);
    token[bytes.len] = '\0';
    int error = ghm_home_identity_quick(guests->config.home, &ask->identity, token);
    ghm_mem_wipe(token, sizeof token);
    return error;
}

static int take_ask(struct guest *guest, struct ghm_bytes fields)
{
    struct ghm_node_ask ask;
    struct asking *asking = NULL;
    struct ghm_guests *guests = guest->guests;
    int error = ghm_parley_read_ask(&ask, fields);
    if (error != GHM_OK) return error;
    uint64_t theirs = ask.id;
    error = identify(guests, &ask);
    if (error == GHM_OK) error = asking_new(&asking, guest, theirs);
    if (error == GHM_OK) {
        ask.id = (uint64_t)(uintptr_t)asking;
        error = guests->config.ask(guests->config.context, &ask);
        if (error != GHM_OK) free_asking(asking);
    }
    if (error != GHM_OK) send_answer(guest, theirs, error, NULL);
    return GHM_OK;
}

static int take_forget(struct guest *guest, struct ghm_bytes fields)
{
    uint64_t id;
    int error = ghm_parley_read_forget(&id, fields);
    if (error != GHM_OK) return error;
    for (struct ghm_list *at = guest->asks.next; at != &guest->asks; at = at->next) {
        struct asking *asking = GHM_LIST_OF(at, struct asking, node);
        if (asking->id != id) continue;
        forget(asking);
        break;
    }
    return GHM_OK; /* the answer may have crossed it */
}

static int take_leave(struct guest *guest)
{
    struct ghm_guests *guests = guest->guests;
    if (guests->config.leave == NULL) return GHM_EPROTO; /* the hello said so */
    guests->config.leave(guests->config.context);
    return GHM_OK;
}

static int take_frame(struct guest *guest, const struct ghm_parley_frame *frame)
{
    switch (frame->kind) {
    case GHM_PARLEY_ASK:
        return take_ask(guest, frame->fields);
    case GHM_PARLEY_FORGET:
        return take_forget(guest, frame->fields);
    case GHM_PARLEY_PING:
        send_word(guest, GHM_PARLEY_PONG);
        return GHM_OK;
    case GHM_PARLEY_LEAVE:
        return take_leave(guest);
    case GHM_PARLEY_HELLO:
    case GHM_PARLEY_ANSWER:
    case GHM_PARLEY_PONG:
        break;
    }
    return GHM_EPROTO;
}

static void take_frames(struct guest *guest)
{
    struct ghm_parley_frame frame;
    int len = 0;
    while (!guest->is_closing && !guest->is_paused &&
           (len = ghm_parley_next(&frame, ghm_buf_bytes(&guest->in), GHM_PARLEY_ASK_MAX)) > 0) {
        int error = take_frame(guest, &frame);
        if (guest->is_closing) return;
        ghm_buf_drop_wiped(&guest->in, (size_t)len);
        if (error != GHM_OK) len = error;
        if (error != GHM_OK) break;
        guest->is_paused = guest->unsent >= PAUSE_BYTES;
    }
    if (!guest->is_closing && len < 0 && len != GHM_EAGAIN) drop_rude(guest, ghm_error_text(len));
}

/* The room for the longest frame, at once: a buf that grows leaves copies of tokens behind. */
static void on_room(uv_handle_t *handle, size_t wanted, uv_buf_t *ret_room)
{
    struct guest *guest = handle->data;
    uint8_t *room;
    (void)wanted;
    size_t len = GHM_PARLEY_ASK_MAX - ghm_buf_len(&guest->in);
    *ret_room = (uv_buf_t){.base = NULL, .len = 0};
    if (ghm_buf_reserve(&guest->in, &room, len) == GHM_OK)
        *ret_room = (uv_buf_t){.base = (char *)room, .len = len};
}

static void on_read(uv_stream_t *stream, ssize_t len, const uv_buf_t *room)
{
    struct guest *guest = stream->data;
    (void)room;
    if (len < 0) {
        drop(guest);
        return;
    }
    guest->is_moving = true;
    ghm_buf_commit(&guest->in, (size_t)len);
    take_frames(guest);
    if (guest->is_closing) return;
    if (guest->is_paused) (void)uv_read_stop(stream);
    ghm_buf_trim(&guest->in, 0);
    watch(guest);
}

/* What was read before the pause comes first. */
static void read_on(struct guest *guest)
{
    guest->is_paused = false;
    take_frames(guest);
    if (guest->is_closing || guest->is_paused) return;
    if (uv_read_start((uv_stream_t *)&guest->pipe, on_room, on_read) != 0) drop(guest);
}

/* ---- the door ---- */

static void send_hello(struct guest *guest)
{
    const struct ghm_guests *guests = guest->guests;
    const struct ghm_shared *shared = guests->config.home->shared;
    struct ghm_parley_hello hello = {.version = GHM_PARLEY_VERSION,
                                     .pid = (uint32_t)getpid(),
                                     .since_ms = guests->since_ms,
                                     .port = atomic_load(&shared->host_port),
                                     .members = atomic_load(&shared->connected_peers),
                                     .guests = (uint32_t)guests->guests_count,
                                     .is_agent = guests->config.leave != NULL,
                                     .idle_s = guests->config.idle_s,
                                     .is_full = guests->guests_count > GHM_GUESTS_MAX};
    memcpy(hello.terms, guests->terms, sizeof hello.terms);
    struct sending *sending = sending_new(guest, WORD_MAX);
    if (sending == NULL)
        drop(guest);
    else
        send_frame(guest, sending, ghm_parley_append_hello(&sending->frame, &hello));
}

static void welcome(struct guest *guest)
{
    struct ghm_guests *guests = guest->guests;
    ghm_inherit_refuse(fd_of(&guest->pipe));
    if (!ghm_ucred_is_ours(fd_of(&guest->pipe))) {
        drop_rude(guest, "it is another user's");
        return;
    }
    send_hello(guest);
    if (guest->is_closing) return;
    if (guests->guests_count > GHM_GUESTS_MAX) {
        drop_rude(guest, "there are too many");
        return;
    }
    read_on(guest);
}

static void on_knock(uv_stream_t *door, int status)
{
    struct ghm_guests *guests = door->data;
    struct guest *guest = status == 0 ? ghm_mem_alloc(guests->config.mem, sizeof *guest) : NULL;
    if (guest == NULL) return; /* it waits at the door */
    guest->guests = guests;
    ghm_list_init(&guest->asks);
    ghm_buf_init(&guest->in, guests->config.mem, GHM_PARLEY_ASK_MAX);
    (void)uv_pipe_init(guests->config.uv, &guest->pipe, 0);
    guest->pipe.data = guest;
    ghm_list_append(&guests->guests, &guest->node);
    guests->guests_count++;
    guests->handles++;
    if (uv_accept(door, (uv_stream_t *)&guest->pipe) == 0)
        welcome(guest);
    else
        drop(guest);
}

static int open_door(struct ghm_guests *guests)
{
    int fd;
    int error = ghm_files_path(guests->path, guests->config.home->dir, "host.sock");
    if (error == GHM_OK) error = ghm_door_open_socket(&fd, guests->path);
    if (error != GHM_OK) return error;
    ghm_inherit_refuse(fd);
    guests->is_door_open = true;
    if (uv_pipe_open(&guests->door, fd) != 0) {
        ghm_inherit_forget(fd);
        (void)close(fd);
        return GHM_EIO;
    }
    return uv_listen((uv_stream_t *)&guests->door, BACKLOG, on_knock) == 0 ? GHM_OK : GHM_EIO;
}

/* ---- life ---- */

int ghm_guests_new(struct ghm_guests **ret_guests, const struct ghm_guests_config *config)
{
    uint8_t seed[16];
    struct ghm_entropy entropy;
    struct ghm_guests *guests = ghm_mem_alloc(config->mem, sizeof *guests);
    if (guests == NULL) return GHM_ENOMEM;
    guests->config = *config;
    guests->since_ms = (uint64_t)ghm_clock_wall_ms();
    ghm_random_entropy(&entropy);
    ghm_entropy_fill(&entropy, seed, sizeof seed);
    ghm_mem_wipe(&entropy, sizeof entropy);
    ghm_map_init(&guests->askings, config->mem, GHM_NODE_WAITERS_MAX, seed);
    ghm_list_init(&guests->guests);
    ghm_terms_of(guests->terms, config->home);
    (void)uv_pipe_init(config->uv, &guests->door, 0);
    (void)uv_timer_init(config->uv, &guests->sweep);
    guests->door.data = guests;
    guests->sweep.data = guests;
    guests->handles = 2;
    int error = open_door(guests);
    if (error != GHM_OK) {
        ghm_guests_free(guests);
        return error;
    }
    *ret_guests = guests;
    return GHM_OK;
}

bool ghm_guests_is_waiting(const struct ghm_guests *guests)
{
    if (guests == NULL) return false;
    if (guests->askings.count > 0) return true;
    for (struct ghm_list *at = guests->guests.next; at != &guests->guests; at = at->next) {
        if (GHM_LIST_OF(at, struct guest, node)->unsent > 0) return true;
    }
    return false;
}

static void on_closed(uv_handle_t *handle)
{
    struct ghm_guests *guests = handle->data;
    guests->handles--;
    free_if_closed(guests);
}

/* The name goes first: what is at its place after that is the next host's. */
void ghm_guests_close_door(struct ghm_guests *guests)
{
    if (guests == NULL || uv_is_closing((uv_handle_t *)&guests->door)) return;
    if (guests->is_door_open) (void)unlink(guests->path);
    close_pipe(&guests->door, on_closed);
}

void ghm_guests_free(struct ghm_guests *guests)
{
    if (guests == NULL) return;
    guests->is_closing = true;
    ghm_guests_close_door(guests);
    while (!ghm_list_is_empty(&guests->guests))
        drop(GHM_LIST_OF(guests->guests.next, struct guest, node));
    uv_close((uv_handle_t *)&guests->sweep, on_closed);
}
