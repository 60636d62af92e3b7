/* SPDX-License-Identifier: MIT */
#include "io/guest.h"

#include "base/list.h"
#include "base/map.h"
#include "io/clock.h"
#include "io/inherit.h"
#include "io/random.h"
#include "io/terms.h"
#include "io/ucred.h"

#include <sys/un.h>

#define ROOM "guest"
#define LATE_NS GHM_NS_PER_S /* past its deadline the host had its time to say so */
#define READ_MAX 65536       /* what libuv asks room for */
#define WORDS_MAX 4096       /* unsent bytes of forgets and pings; past it they are left out */

/* What this process wants; `frame` holds its token. */
struct errand {
    struct ghm_map_node by_id;
    uint8_t key[8];
    struct ghm_guest *guest;
    struct ghm_list node;
    uint64_t id;
    uint64_t deadline_ns;
    struct ghm_identity identity;
    struct ghm_buf frame;
    unsigned hosts; /* it was sent to */
    uv_write_t write;
    bool is_writing;
    bool is_over; /* and freed when it is written */
};

struct word {
    uv_write_t write;
    struct way *way;
    struct ghm_buf frame;
    size_t len;
};

/* One connection; the next has its own, so that none sees another's end. */
struct way {
    uv_pipe_t pipe;
    uv_connect_t connect;
    struct ghm_guest *guest; /* NULL: it is being closed */
    struct ghm_mem *mem;
    struct ghm_buf in;
    size_t words_len; /* unsent */
    bool is_greeted;  /* the host has said who it is */
    bool is_fit;      /* and that it asks as we do */
};

struct ghm_guest {
    struct ghm_guest_config config;
    char path[sizeof((struct sockaddr_un *)0)->sun_path];
    uint8_t terms[GHM_PARLEY_TERMS_LEN];
    enum ghm_guest_state state;
    struct way *way; /* NULL when CLOSED */
    uv_timer_t timer;
    unsigned still_ticks; /* since something was heard */
    struct ghm_list errands;
    struct ghm_map errands_by_id;
};

/* ---- states ---- */

static void on_tick(uv_timer_t *timer);

/* Ticks only while something is waited for. */
static void set_timer(struct ghm_guest *guest)
{
    bool is_waiting = guest->state == GHM_GUEST_OPENING ||
                      (guest->state == GHM_GUEST_READY && !ghm_list_is_empty(&guest->errands));
    if (!is_waiting)
        (void)uv_timer_stop(&guest->timer);
    else if (!uv_is_active((uv_handle_t *)&guest->timer))
        (void)uv_timer_start(&guest->timer, on_tick, GHM_GUEST_TICK_MS, GHM_GUEST_TICK_MS);
}

static void enter(struct ghm_guest *guest, enum ghm_guest_state state)
{
    guest->state = state;
    guest->still_ticks = 0;
    set_timer(guest);
    guest->config.changed(guest->config.context, state);
}

/* ---- the connection ---- */

static void on_way_closed(uv_handle_t *handle)
{
    struct way *way = handle->data;
    struct ghm_mem *mem = way->mem;
    ghm_buf_fini(&way->in);
    ghm_mem_free(mem, way, sizeof *way);
}

static void close_way(struct ghm_guest *guest)
{
    uv_os_fd_t fd;
    struct way *way = guest->way;
    if (way == NULL) return;
    guest->way = NULL;
    way->guest = NULL;
    if (uv_fileno((uv_handle_t *)&way->pipe, &fd) == 0) ghm_inherit_forget(fd);
    uv_close((uv_handle_t *)&way->pipe, on_way_closed);
}

static void lose(struct ghm_guest *guest)
{
    close_way(guest);
    enter(guest, GHM_GUEST_CLOSED);
}

/* ---- errands ---- */

static void free_errand(struct errand *errand)
{
    struct ghm_mem *mem = errand->frame.mem;
    if (errand->frame.ptr != NULL) ghm_mem_wipe(errand->frame.ptr, errand->frame.size);
    ghm_buf_fini(&errand->frame);
    ghm_mem_free(mem, errand, sizeof *errand);
}

static void on_written(uv_write_t *write, int status)
{
    struct errand *errand = write->data;
    (void)status; /* a connection that failed tells it to its reader */
    errand->is_writing = false;
    if (errand->is_over) free_errand(errand);
}

static void drop_errand(struct errand *errand)
{
    ghm_map_remove(&errand->guest->errands_by_id, &errand->by_id);
    ghm_list_remove(&errand->node);
    errand->is_over = true;
    if (!errand->is_writing) free_errand(errand);
}

static struct errand *find_errand(const struct ghm_guest *guest, uint64_t id)
{
    uint8_t key[8];
    ghm_store_be64(key, id);
    struct ghm_map_node *found = ghm_map_find(&guest->errands_by_id, ghm_bytes(key, sizeof key));
    return found == NULL ? NULL : GHM_LIST_OF(found, struct errand, by_id);
}

static void answer(struct ghm_guest *guest, struct errand *errand, int error,
                   struct ghm_answer *take_answer)
{
    uint64_t id = errand->id;
    drop_errand(errand);
    set_timer(guest);
    guest->config.answered(guest->config.context, id, error, take_answer);
}

static void fly(struct ghm_guest *guest, struct errand *errand)
{
    struct ghm_parley_frame frame;
    struct ghm_node_ask ask;
    uint64_t now_ns = ghm_clock_now_ns();
    bool is_late = errand->deadline_ns <= now_ns;
    bool is_whole =
        ghm_parley_next(&frame, ghm_buf_bytes(&errand->frame), GHM_PARLEY_ASK_MAX) > 0 &&
        ghm_parley_read_ask(&ask, frame.fields) == GHM_OK;
    if (is_late || !is_whole) {
        answer(guest, errand, is_late ? GHM_ETIMEOUT : GHM_EINVAL, NULL);
        return;
    }
    ask.identity = errand->identity;
    ask.timeout_ns = errand->deadline_ns - now_ns;
    ghm_map_remove(&guest->errands_by_id, &errand->by_id);
    ghm_list_remove(&errand->node);
    errand->is_over = true;
    guest->config.fly(guest->config.context, &ask);
    if (!errand->is_writing) free_errand(errand);
    set_timer(guest);
}

static int errand_new(struct errand **ret_errand, struct ghm_guest *guest,
                      const struct ghm_node_ask *ask)
{
    struct errand *errand = ghm_mem_alloc(guest->config.mem, sizeof *errand);
    if (errand == NULL) return GHM_ENOMEM;
    errand->guest = guest;
    errand->id = ask->id;
    errand->identity = ask->identity;
    errand->deadline_ns = ghm_clock_now_ns() + ask->timeout_ns;
    errand->write.data = errand;
    ghm_store_be64(errand->key, ask->id);
    ghm_list_init(&errand->node);
    ghm_buf_init(&errand->frame, guest->config.mem, GHM_PARLEY_ASK_MAX);
    int error = ghm_parley_append_ask(&errand->frame, ask);
    if (error == GHM_OK)
        error = ghm_map_insert(&guest->errands_by_id, &errand->by_id, ghm_bytes(errand->key, 8));
    if (error != GHM_OK) {
        free_errand(errand);
        return error;
    }
    ghm_list_append(&guest->errands, &errand->node);
    *ret_errand = errand;
    return GHM_OK;
}

static void send_errand(struct ghm_guest *guest, struct errand *errand)
{
    struct ghm_bytes frame = ghm_buf_bytes(&errand->frame);
    uv_buf_t part = {.base = (char *)errand->frame.ptr + errand->frame.start, .len = frame.len};
    /* Still being written to a host that is gone, or too many were lost over it. */
    if (errand->is_writing || errand->hosts >= GHM_GUEST_HOSTS_MAX ||
        uv_write(&errand->write, (uv_stream_t *)&guest->way->pipe, &part, 1, on_written) != 0) {
        fly(guest, errand);
        return;
    }
    errand->is_writing = true;
    errand->hosts++;
}

static void send_all(struct ghm_guest *guest)
{
    struct ghm_list *next;
    for (struct ghm_list *at = guest->errands.next; at != &guest->errands; at = next) {
        next = at->next;
        send_errand(guest, GHM_LIST_OF(at, struct errand, node));
    }
}

/* ---- words ---- */

static void on_said(uv_write_t *write, int status)
{
    struct word *word = write->data;
    struct ghm_mem *mem = word->frame.mem;
    (void)status; /* a connection that failed tells it to its reader */
    word->way->words_len -= word->len;
    ghm_buf_fini(&word->frame);
    ghm_mem_free(mem, word, sizeof *word);
}

static struct word *word_new(struct ghm_guest *guest)
{
    struct word *word = ghm_mem_alloc(guest->config.mem, sizeof *word);
    if (word == NULL) return NULL;
    word->way = guest->way;
    word->write.data = word;
    ghm_buf_init(&word->frame, guest->config.mem, 64);
    return word;
}

/* One that is not said costs a little time, no more. */
static void say(struct ghm_guest *guest, struct word *take_word, int error)
{
    struct ghm_bytes frame = ghm_buf_bytes(&take_word->frame);
    uv_buf_t part = {.base = (char *)take_word->frame.ptr + take_word->frame.start,
                     .len = frame.len};
    take_word->len = frame.len;
    take_word->way->words_len += frame.len;
    if (error == GHM_OK && take_word->way->words_len > WORDS_MAX) error = GHM_ELIMIT;
    if (error != GHM_OK ||
        uv_write(&take_word->write, (uv_stream_t *)&guest->way->pipe, &part, 1, on_said) != 0)
        on_said(&take_word->write, 0);
}

static void say_ping(struct ghm_guest *guest)
{
    struct word *word = word_new(guest);
    if (word != NULL) say(guest, word, ghm_parley_append_word(&word->frame, GHM_PARLEY_PING));
}

static void say_forget(struct ghm_guest *guest, uint64_t id)
{
    struct word *word = guest->way == NULL ? NULL : word_new(guest);
    if (word != NULL) say(guest, word, ghm_parley_append_forget(&word->frame, id));
}

/* ---- time ---- */

/* Its deadline passed long ago: the host had its time to say so. */
static void answer_late(struct ghm_guest *guest)
{
    struct ghm_list *next;
    uint64_t now_ns = ghm_clock_now_ns();
    for (struct ghm_list *at = guest->errands.next; at != &guest->errands; at = next) {
        struct errand *errand = GHM_LIST_OF(at, struct errand, node);
        next = at->next;
        if (errand->deadline_ns + LATE_NS < now_ns) answer(guest, errand, GHM_ETIMEOUT, NULL);
    }
}

/* Ticks, not time: a process that was stopped for a while has not waited for its host. */
static void on_tick(uv_timer_t *timer)
{
    struct ghm_guest *guest = timer->data;
    guest->still_ticks++;
    if (guest->state == GHM_GUEST_OPENING) {
        if (guest->still_ticks >= GHM_GUEST_HELLO_TICKS) enter(guest, GHM_GUEST_SILENT);
        return;
    }
    answer_late(guest);
    if (guest->state != GHM_GUEST_READY) return;
    if (guest->still_ticks >= GHM_GUEST_SILENCE_TICKS)
        enter(guest, GHM_GUEST_SILENT);
    else
        say_ping(guest);
}

/* ---- what the host says ---- */

static int take_hello(struct ghm_guest *guest, struct ghm_bytes fields)
{
    struct ghm_parley_hello hello;
    int error = ghm_parley_read_hello(&hello, fields);
    if (error != GHM_OK) return error;
    bool is_fit = !hello.is_full && memcmp(hello.terms, guest->terms, sizeof guest->terms) == 0;
    guest->way->is_fit = is_fit;
    if (!is_fit)
        ghm_log_add(guest->config.log, GHM_LOG_INFO, ROOM,
                    "process %u, which hosts, %s: asking GitHub here", hello.pid,
                    hello.is_full ? "has too many guests" : "has other settings");
    return GHM_OK;
}

/* What the host could not do, and this process can. */
static bool is_ours_to_fly(int error)
{
    return error == GHM_EAGAIN || error == GHM_ENOMEM || error == GHM_ELIMIT;
}

static int take_answer(struct ghm_guest *guest, struct ghm_bytes fields)
{
    struct ghm_parley_answer said;
    struct ghm_answer *made = NULL;
    int error = ghm_parley_read_answer(&said, fields);
    if (error != GHM_OK) return error;
    struct errand *errand = find_errand(guest, said.id);
    if (errand == NULL) return GHM_OK; /* forgotten, or flown here */
    if (said.error == GHM_ECLOSED) return GHM_ECLOSED;
    if (is_ours_to_fly(said.error)) {
        fly(guest, errand);
        return GHM_OK;
    }
    error = said.error == GHM_OK ? ghm_reply_new(&made, &said.reply) : said.error;
    answer(guest, errand, error, made);
    return GHM_OK;
}

static int take_frame(struct ghm_guest *guest, const struct ghm_parley_frame *frame)
{
    bool is_greeted = guest->way->is_greeted;
    guest->way->is_greeted = true;
    if (!is_greeted)
        return frame->kind == GHM_PARLEY_HELLO ? take_hello(guest, frame->fields) : GHM_EPROTO;
    if (frame->kind == GHM_PARLEY_ANSWER) return take_answer(guest, frame->fields);
    return frame->kind == GHM_PARLEY_PONG && frame->fields.len == 0 ? GHM_OK : GHM_EPROTO;
}

/* Something was heard: it is there, and it is known whether it takes asks. */
static void note_life(struct ghm_guest *guest)
{
    enum ghm_guest_state state = guest->way->is_fit ? GHM_GUEST_READY : GHM_GUEST_UNFIT;
    guest->still_ticks = 0;
    if (!guest->way->is_greeted || guest->state == state) return;
    guest->state = state;
    if (state == GHM_GUEST_READY) send_all(guest);
    enter(guest, state);
}

static int take_frames(struct ghm_guest *guest)
{
    struct ghm_parley_frame frame;
    struct way *way = guest->way;
    for (int len; (len = ghm_parley_next(&frame, ghm_buf_bytes(&way->in), GHM_PARLEY_ANSWER_MAX)) !=
                  GHM_EAGAIN;) {
        int error = len > 0 ? take_frame(guest, &frame) : len;
        if (error != GHM_OK) return error;
        ghm_buf_drop(&way->in, (size_t)len);
    }
    return GHM_OK;
}

static void on_room(uv_handle_t *handle, size_t wanted, uv_buf_t *ret_room)
{
    struct way *way = handle->data;
    uint8_t *room;
    *ret_room = (uv_buf_t){.base = NULL, .len = 0};
    if (ghm_buf_reserve(&way->in, &room, wanted) == GHM_OK)
        *ret_room = (uv_buf_t){.base = (char *)room, .len = wanted};
}

static void on_read(uv_stream_t *stream, ssize_t len, const uv_buf_t *room)
{
    struct way *way = stream->data;
    struct ghm_guest *guest = way->guest;
    (void)room;
    if (guest == NULL) return;
    if (len < 0) {
        lose(guest);
        return;
    }
    ghm_buf_commit(&way->in, (size_t)len);
    int error = take_frames(guest);
    if (error == GHM_OK) {
        note_life(guest);
        ghm_buf_trim(&way->in, 65536);
        return;
    }
    if (error != GHM_ECLOSED)
        ghm_log_add(guest->config.log, GHM_LOG_WARN, ROOM, "the host is not understood: %s",
                    ghm_error_text(error));
    lose(guest);
}

/* ---- connecting ---- */

static void on_connected(uv_connect_t *connect, int status)
{
    uv_os_fd_t fd;
    struct way *way = connect->data;
    struct ghm_guest *guest = way->guest;
    if (guest == NULL) return;
    bool is_fine = status == 0 && uv_fileno((uv_handle_t *)&way->pipe, &fd) == 0 &&
                   ghm_ucred_is_ours(fd) &&
                   uv_read_start((uv_stream_t *)&way->pipe, on_room, on_read) == 0;
    if (!is_fine) {
        lose(guest);
        return;
    }
    ghm_inherit_refuse(fd);
}

void ghm_guest_connect(struct ghm_guest *guest)
{
    struct way *way = ghm_mem_alloc(guest->config.mem, sizeof *way);
    if (way == NULL || uv_pipe_init(guest->config.uv, &way->pipe, 0) != 0) {
        ghm_mem_free(guest->config.mem, way, sizeof *way);
        enter(guest, GHM_GUEST_CLOSED);
        return;
    }
    way->guest = guest;
    way->mem = guest->config.mem;
    way->pipe.data = way;
    way->connect.data = way;
    ghm_buf_init(&way->in, guest->config.mem, GHM_PARLEY_ANSWER_MAX + READ_MAX);
    guest->way = way;
    guest->state = GHM_GUEST_OPENING;
    guest->still_ticks = 0;
    set_timer(guest);
    uv_pipe_connect(&way->connect, &way->pipe, guest->path, on_connected);
}

/* ---- the face ---- */

int ghm_guest_ask(struct ghm_guest *guest, const struct ghm_node_ask *ask)
{
    struct errand *errand;
    int error = errand_new(&errand, guest, ask);
    if (error != GHM_OK) return error;
    if (guest->state == GHM_GUEST_READY) send_errand(guest, errand);
    set_timer(guest);
    return GHM_OK;
}

bool ghm_guest_forget(struct ghm_guest *guest, uint64_t id)
{
    struct errand *errand = find_errand(guest, id);
    if (errand == NULL) return false;
    if (errand->hosts > 0) say_forget(guest, id);
    drop_errand(errand);
    set_timer(guest);
    return true;
}

void ghm_guest_give_back(struct ghm_guest *guest)
{
    struct ghm_list *next;
    for (struct ghm_list *at = guest->errands.next; at != &guest->errands; at = next) {
        next = at->next;
        fly(guest, GHM_LIST_OF(at, struct errand, node));
    }
}

int ghm_guest_new(struct ghm_guest **ret_guest, const struct ghm_guest_config *config)
{
    uint8_t seed[16];
    struct ghm_entropy entropy;
    char path[GHM_FILES_PATH_MAX];
    int error = ghm_files_path(path, config->home->dir, "host.sock");
    if (error == GHM_OK && strlen(path) >= sizeof((struct ghm_guest *)0)->path) error = GHM_ELIMIT;
    if (error != GHM_OK) return error;
    struct ghm_guest *guest = ghm_mem_alloc(config->mem, sizeof *guest);
    if (guest == NULL) return GHM_ENOMEM;
    guest->config = *config;
    memcpy(guest->path, path, strlen(path) + 1);
    ghm_terms_of(guest->terms, config->home);
    ghm_random_entropy(&entropy);
    ghm_entropy_fill(&entropy, seed, sizeof seed);
    ghm_mem_wipe(&entropy, sizeof entropy);
    ghm_list_init(&guest->errands);
    ghm_map_init(&guest->errands_by_id, config->mem, GHM_GUEST_ASKS_MAX, seed);
    (void)uv_timer_init(config->uv, &guest->timer);
    guest->timer.data = guest;
    *ret_guest = guest;
    return GHM_OK;
}

static void on_timer_closed(uv_handle_t *handle)
{
    struct ghm_guest *guest = handle->data;
    ghm_map_fini(&guest->errands_by_id);
    ghm_mem_free(guest->config.mem, guest, sizeof *guest);
}

void ghm_guest_free(struct ghm_guest *guest)
{
    if (guest == NULL) return;
    close_way(guest);
    while (!ghm_list_is_empty(&guest->errands))
        answer(guest, GHM_LIST_OF(guest->errands.next, struct errand, node), GHM_ECLOSED, NULL);
    uv_close((uv_handle_t *)&guest->timer, on_timer_closed);
}
