/* SPDX-License-Identifier: MIT */
/* The protocols of the tests: what others open to us is answered, and orders open to others. */
#include "partner.h"

#include "io/clock.h"

#define ECHO_PROTOCOL "/test/echo/1"
#define HALF_CLOSE_PROTOCOL "/test/half-close/1"
#define RESET_PROTOCOL "/test/reset/1"
#define SEND_PROTOCOL "/test/send/1"

#define CHUNK ((size_t)64 << 10)
#define QUEUED_MAX ((size_t)512 << 10)
#define HALF_CLOSE_BYTES ((uint64_t)1 << 20)

const char *const talks_protocols[] = {ECHO_PROTOCOL, HALF_CLOSE_PROTOCOL, RESET_PROTOCOL,
                                       SEND_PROTOCOL, NULL};

static bool is_same(struct ghm_stream a, struct ghm_stream b)
{
    return a.connection == b.connection && a.id == b.id;
}

static bool has_room(const struct partner *partner, struct ghm_stream stream)
{
    return ghm_swarm_queued(partner->lone.swarm, stream) < QUEUED_MAX;
}

/* partner_byte from `at`, a multiple of CHUNK, on: the first row of 256 again and again, each with
 * its own number over it. By words, for this is in what `send` measures. */
static void fill(uint8_t ret_chunk[CHUNK], uint64_t at)
{
    uint64_t row[32], words[32];
    for (size_t i = 0; i < 256; i++)
        ((uint8_t *)row)[i] = (uint8_t)i;
    for (size_t i = 0; i < CHUNK; i += sizeof words) {
        for (size_t k = 0; k < 32; k++)
            words[k] = row[k] ^ ((i >> 8 ^ at >> 16) & 255) * 0x0101010101010101;
        memcpy(ret_chunk + i, words, sizeof words);
    }
}

/* Write of the bytes of a test those from `at` to `end`; how many were taken. */
static uint64_t write_some(struct partner *partner, struct ghm_stream stream, uint64_t at,
                           uint64_t end)
{
    GHM_UNSET uint8_t chunk[CHUNK];
    uint64_t sent = 0;
    while (at + sent < end && has_room(partner, stream)) {
        size_t len = end - at - sent < CHUNK ? (size_t)(end - at - sent) : CHUNK;
        fill(chunk, at + sent);
        if (ghm_swarm_write(partner->lone.swarm, stream, ghm_bytes(chunk, len)) != GHM_OK) break;
        sent += len;
    }
    return sent;
}

/* ---- what others open ---- */

static struct talk *find_talk(struct partner *partner, struct ghm_stream stream)
{
    for (size_t i = 0; i < partner->talks_end; i++) {
        struct talk *talk = &partner->talks[i];
        if (talk->is_used && is_same(talk->stream, stream)) return talk;
    }
    return NULL;
}

static void open_talk(struct partner *partner, const struct ghm_swarm_event *event)
{
    for (size_t i = 0; i < PARTNER_TALKS_MAX; i++) {
        struct talk *talk = &partner->talks[i];
        if (talk->is_used) continue;
        *talk =
            (struct talk){.is_used = true, .stream = event->stream, .protocol = event->protocol};
        if (i == partner->talks_end) partner->talks_end++;
        return;
    }
    ghm_swarm_reset(partner->lone.swarm, event->stream);
}

/* As much is read as can be sent back at once. */
static void echo(struct partner *partner, struct talk *talk)
{
    struct ghm_swarm *swarm = partner->lone.swarm;
    struct ghm_bytes in = ghm_swarm_data(swarm, talk->stream);
    while (in.len > 0 && has_room(partner, talk->stream)) {
        struct ghm_bytes out = ghm_bytes_upto(in, CHUNK);
        if (ghm_swarm_write(swarm, talk->stream, out) != GHM_OK) return;
        ghm_swarm_data_drop(swarm, talk->stream, out.len);
        in = ghm_swarm_data(swarm, talk->stream);
    }
    if (in.len > 0 || !talk->is_finished || talk->is_answered) return;
    talk->is_answered = true;
    ghm_swarm_finish(swarm, talk->stream);
}

static bool read_to_end(struct partner *partner, struct talk *talk)
{
    struct ghm_swarm *swarm = partner->lone.swarm;
    for (struct ghm_bytes in; (in = ghm_swarm_data(swarm, talk->stream)).len > 0;) {
        talk->bytes += in.len;
        ghm_swarm_data_drop(swarm, talk->stream, in.len);
    }
    return talk->is_finished && !talk->is_answered;
}

static void answer_half_close(struct partner *partner, struct talk *talk)
{
    if (!talk->is_finished || talk->is_answered) return;
    if (ghm_swarm_data(partner->lone.swarm, talk->stream).len > 0) {
        (void)read_to_end(partner, talk);
        talk->bytes = 0;
    }
    talk->bytes += write_some(partner, talk->stream, talk->bytes, HALF_CLOSE_BYTES);
    if (talk->bytes < HALF_CLOSE_BYTES) return;
    talk->is_answered = true;
    ghm_swarm_finish(partner->lone.swarm, talk->stream);
}

static void answer_send(struct partner *partner, struct talk *talk)
{
    uint8_t count[8];
    if (!read_to_end(partner, talk)) return;
    ghm_store_be64(count, talk->bytes);
    if (ghm_swarm_write(partner->lone.swarm, talk->stream, ghm_bytes(count, 8)) != GHM_OK) return;
    talk->is_answered = true;
    ghm_swarm_finish(partner->lone.swarm, talk->stream);
}

static void answer_reset(struct partner *partner, struct talk *talk)
{
    struct ghm_swarm *swarm = partner->lone.swarm;
    struct ghm_bytes in = ghm_swarm_data(swarm, talk->stream);
    if (in.len == 0 || talk->is_answered) return;
    talk->is_answered = true;
    if (in.ptr[0] == 't') {
        talk->is_used = false;
        ghm_swarm_reset(swarm, talk->stream);
        return;
    }
    ghm_swarm_data_drop(swarm, talk->stream, in.len);
    if (ghm_swarm_write(swarm, talk->stream, ghm_bytes("u", 1)) != GHM_OK)
        ghm_swarm_reset(swarm, talk->stream);
}

static void turn_talk(struct partner *partner, struct talk *talk)
{
    if (strcmp(talk->protocol, ECHO_PROTOCOL) == 0) echo(partner, talk);
    if (strcmp(talk->protocol, HALF_CLOSE_PROTOCOL) == 0) answer_half_close(partner, talk);
    if (strcmp(talk->protocol, RESET_PROTOCOL) == 0) answer_reset(partner, talk);
    if (strcmp(talk->protocol, SEND_PROTOCOL) == 0) answer_send(partner, talk);
}

static void close_talk(struct partner *partner, struct talk *talk, int error)
{
    partner->resets += error != GHM_OK && strcmp(talk->protocol, RESET_PROTOCOL) == 0;
    talk->is_used = false;
}

/* ---- what orders open ---- */

static bool open_errand(struct partner *partner, const char *protocol, uint64_t bytes)
{
    struct errand *errand = &partner->errand;
    if (!partner_peer(partner)) return false;
    int error = ghm_swarm_open(partner->lone.swarm, &errand->stream, &partner->peer, protocol,
                               ghm_clock_now_ns());
    if (error != GHM_OK) {
        partner_fail(partner, ghm_error_text(error));
        return false;
    }
    errand->protocol = protocol;
    errand->bytes = bytes;
    return true;
}

static void send_errand(struct partner *partner)
{
    struct errand *errand = &partner->errand;
    if (errand->is_closed || errand->is_ended) return;
    errand->sent += write_some(partner, errand->stream, errand->sent, errand->bytes);
    if (errand->sent < errand->bytes) return;
    errand->is_ended = true;
    ghm_swarm_finish(partner->lone.swarm, errand->stream);
}

/* What comes back begins with byte 0 of what is sent in tests. */
static void read_errand(struct partner *partner)
{
    struct errand *errand = &partner->errand;
    struct ghm_swarm *swarm = partner->lone.swarm;
    for (struct ghm_bytes in; (in = ghm_swarm_data(swarm, errand->stream)).len > 0;) {
        for (size_t i = 0; i < in.len; i++)
            errand->is_wrong |= in.ptr[i] != partner_byte(errand->received + i);
        errand->received += in.len;
        ghm_swarm_data_drop(swarm, errand->stream, in.len);
    }
}

static void heard_errand(struct partner *partner, const struct ghm_swarm_event *event)
{
    struct errand *errand = &partner->errand;
    if (errand->protocol == NULL || !is_same(event->stream, errand->stream)) return;
    if (event->type == GHM_SWARM_STREAM_DATA) read_errand(partner);
    if (event->type == GHM_SWARM_STREAM_FINISHED) errand->is_finished = true;
    if (event->type != GHM_SWARM_STREAM_CLOSED) return;
    errand->is_closed = true;
    errand->error = event->error;
}

/* Its end has come; the order fails when it was no good one. */
static bool is_fulfilled(struct partner *partner)
{
    const struct errand *errand = &partner->errand;
    if (errand->is_closed && errand->error != GHM_OK) {
        partner_fail(partner, ghm_error_text(errand->error));
        return false;
    }
    return errand->is_finished;
}

/* ---- echo, half_close ---- */

static void begin_echo(struct partner *partner)
{
    (void)open_errand(partner, ECHO_PROTOCOL, partner_number(partner, "bytes"));
}

static void look_echo(struct partner *partner)
{
    const struct errand *errand = &partner->errand;
    send_errand(partner);
    if (!is_fulfilled(partner)) return;
    if (errand->received != errand->bytes)
        partner_fail(partner, "the stream ended early");
    else if (errand->is_wrong)
        partner_fail(partner, "other bytes came back than were sent");
    else
        partner_answer(partner, json_pack("{s:f,s:I}", "us", partner_us(partner), "bytes",
                                          (json_int_t)errand->received));
}

static void begin_half_close(struct partner *partner)
{
    (void)open_errand(partner, HALF_CLOSE_PROTOCOL, 4);
}

static void look_half_close(struct partner *partner)
{
    send_errand(partner);
    if (!is_fulfilled(partner)) return;
    partner_answer(partner, json_pack("{s:I}", "bytes", (json_int_t)partner->errand.received));
}

/* ---- reset ---- */

static void begin_reset(struct partner *partner)
{
    bool by_us = strcmp(partner_text(partner, "by"), "us") == 0;
    if (!open_errand(partner, RESET_PROTOCOL, 1)) return;
    partner->left = by_us;
    struct ghm_bytes what = ghm_bytes_text(by_us ? "u" : "t");
    int error = ghm_swarm_write(partner->lone.swarm, partner->errand.stream, what);
    if (error != GHM_OK) partner_fail(partner, ghm_error_text(error));
}

static void heard_reset_order(struct partner *partner, const struct ghm_swarm_event *event)
{
    const struct errand *errand = &partner->errand;
    bool by_us = partner->left != 0;
    heard_errand(partner, event);
    if (by_us && errand->received == 1) {
        ghm_swarm_reset(partner->lone.swarm, errand->stream);
        partner_answer(partner, NULL);
    } else if (errand->is_closed && !by_us && !errand->is_finished && errand->error != GHM_OK) {
        partner_answer(partner, NULL);
    } else if (errand->is_closed || errand->is_finished) {
        partner_fail(partner, "the stream ended otherwise");
    }
}

static void look_heard_reset(struct partner *partner)
{
    if (partner->resets == 0) return;
    partner->resets--;
    partner_answer(partner, NULL);
}

/* ---- send ---- */

static void begin_send(struct partner *partner)
{
    (void)open_errand(partner, SEND_PROTOCOL, partner_number(partner, "bytes"));
}

static void heard_send(struct partner *partner, const struct ghm_swarm_event *event)
{
    const struct errand *errand = &partner->errand;
    struct ghm_swarm *swarm = partner->lone.swarm;
    bool is_answer = event->type == GHM_SWARM_STREAM_DATA && is_same(event->stream, errand->stream);
    if (!is_answer) {
        heard_errand(partner, event);
        return;
    }
    struct ghm_bytes in = ghm_swarm_data(swarm, errand->stream);
    if (in.len < 8) return;
    if (ghm_load_be64(in.ptr) != errand->bytes || errand->sent != errand->bytes)
        partner_fail(partner, "another number of bytes arrived");
    else
        partner_answer(partner, json_pack("{s:f}", "us", partner_us(partner)));
    ghm_swarm_data_drop(swarm, errand->stream, in.len);
}

static void look_send(struct partner *partner)
{
    send_errand(partner);
    if (is_fulfilled(partner)) partner_fail(partner, "the stream ended without an answer");
}

/* ---- the door ---- */

void talks_on(struct partner *partner, const struct ghm_swarm_event *event)
{
    if (event->type == GHM_SWARM_STREAM_OPENED) {
        for (const char *const *name = talks_protocols; *name != NULL; name++) {
            if (strcmp(*name, event->protocol) == 0) open_talk(partner, event);
        }
        return;
    }
    if (event->type != GHM_SWARM_STREAM_FINISHED && event->type != GHM_SWARM_STREAM_CLOSED) return;
    struct talk *talk = find_talk(partner, event->stream);
    if (talk == NULL) return;
    if (event->type == GHM_SWARM_STREAM_FINISHED)
        talk->is_finished = true;
    else
        close_talk(partner, talk, event->error);
}

void talks_turn(struct partner *partner)
{
    for (size_t i = 0; i < partner->talks_end; i++) {
        if (partner->talks[i].is_used) turn_talk(partner, &partner->talks[i]);
    }
}

const struct order talks_table[] = {
    {.name = "echo", .begin = begin_echo, .look = look_echo, .heard = heard_errand},
    {.name = "half_close",
     .begin = begin_half_close,
     .look = look_half_close,
     .heard = heard_errand},
    {.name = "reset", .begin = begin_reset, .heard = heard_reset_order},
    {.name = "heard_reset", .look = look_heard_reset},
    {.name = "send", .begin = begin_send, .look = look_send, .heard = heard_send},
    {.name = NULL},
};
