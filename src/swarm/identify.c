/* SPDX-License-Identifier: MIT */
#include "swarm/identify.h"

#include "wire/proto.h"
#include "wire/varint.h"

#define GHM_IDENTIFY_PROTOCOLS_LEN_MAX (GHM_IDENTIFY_FRAME_MAX * GHM_IDENTIFY_FRAMES_MAX)

enum field {
    FIELD_PUBLIC_KEY = 1,
    FIELD_LISTEN = 2,
    FIELD_PROTOCOL = 3,
    FIELD_OBSERVED = 4,
    FIELD_PROTOCOL_VERSION = 5,
    FIELD_AGENT_VERSION = 6,
    FIELD_SIGNED_RECORD = 8, /* not in the spec's text: libp2p/specs pull request 709 */
};

const char ghm_identify_protocol[] = "/ipfs/id/1.0.0";
const char ghm_identify_push_protocol[] = "/ipfs/id/push/1.0.0";

/* ---- ours ---- */

static int append_text(struct ghm_buf *buf, enum field field, const char *text)
{
    return ghm_proto_append_bytes(buf, field, ghm_bytes_text(text));
}

static int append_addr(struct ghm_buf *buf, enum field field, const struct ghm_multiaddr *addr)
{
    return ghm_proto_append_bytes(buf, field, ghm_bytes(addr->bytes, addr->len));
}

static int append_protocols(struct ghm_buf *buf, const char *const *protocols)
{
    int error = GHM_OK;
    for (; error == GHM_OK && *protocols != NULL; protocols++)
        error = append_text(buf, FIELD_PROTOCOL, *protocols);
    return error;
}

static int append_addrs(struct ghm_buf *buf, const struct ghm_identify_self *self)
{
    int error = GHM_OK;
    if (self->observed != NULL) error = append_addr(buf, FIELD_OBSERVED, self->observed);
    if (error == GHM_OK && self->record.len > 0)
        error = ghm_proto_append_bytes(buf, FIELD_SIGNED_RECORD, self->record);
    if (error == GHM_ELIMIT) error = GHM_OK; /* what is shorter may still fit */
    for (size_t i = 0; error == GHM_OK && i < self->listen_count; i++)
        error = append_addr(buf, FIELD_LISTEN, &self->listen[i]);
    return error == GHM_ELIMIT ? GHM_OK : error;
}

static int append_body(struct ghm_buf *body, const struct ghm_identify_self *self)
{
    int error = ghm_proto_append_bytes(body, FIELD_PUBLIC_KEY, self->public_key);
    if (error == GHM_OK) error = append_text(body, FIELD_PROTOCOL_VERSION, "ipfs/0.1.0");
    if (error == GHM_OK) error = append_text(body, FIELD_AGENT_VERSION, self->agent_version);
    if (error == GHM_OK) error = append_protocols(body, self->protocols);
    if (error == GHM_OK) error = append_addrs(body, self);
    return error;
}

int ghm_identify_append(struct ghm_buf *buf, const struct ghm_identify_self *self)
{
    struct ghm_buf body;
    ghm_buf_init(&body, buf->mem, GHM_IDENTIFY_TOLD_MAX - 2); /* two bytes of length before it */
    int error = append_body(&body, self);
    if (error == GHM_OK) error = ghm_varint_append(buf, ghm_buf_len(&body));
    if (error == GHM_OK) error = ghm_buf_append(buf, ghm_buf_bytes(&body));
    ghm_buf_fini(&body);
    return error;
}

/* ---- theirs ---- */

void ghm_identify_init(struct ghm_identify *identify, struct ghm_mem *mem)
{
    *identify = (struct ghm_identify){.frames = 0};
    ghm_buf_init(&identify->protocols, mem, GHM_IDENTIFY_PROTOCOLS_LEN_MAX);
    ghm_buf_init(&identify->listen, mem,
                 (size_t)GHM_IDENTIFY_LISTEN_KEPT * (2 + GHM_MULTIADDR_LEN_MAX));
    ghm_buf_init(&identify->record, mem, GHM_IDENTIFY_FRAME_MAX);
    ghm_buf_init(&identify->observed, mem, GHM_MULTIADDR_LEN_MAX);
}

void ghm_identify_fini(struct ghm_identify *identify)
{
    ghm_buf_fini(&identify->protocols);
    ghm_buf_fini(&identify->listen);
    ghm_buf_fini(&identify->record);
    ghm_buf_fini(&identify->observed);
}

static bool has_nul(struct ghm_bytes text)
{
    return text.len > 0 && memchr(text.ptr, '\0', text.len) != NULL;
}

static int on_protocol(struct ghm_identify *identify, struct ghm_bytes name)
{
    uint8_t *room;
    if (identify->protocols_count == GHM_IDENTIFY_PROTOCOLS_MAX) return GHM_EPROTO;
    if (name.len == 0 || has_nul(name)) return GHM_EPROTO;
    int error = ghm_buf_reserve(&identify->protocols, &room, name.len + 1);
    if (error != GHM_OK) return error == GHM_ELIMIT ? GHM_EPROTO : error;
    memcpy(room, name.ptr, name.len);
    room[name.len] = '\0';
    ghm_buf_commit(&identify->protocols, name.len + 1);
    identify->protocols_count++;
    return GHM_OK;
}

static void on_agent(struct ghm_identify *identify, struct ghm_bytes text)
{
    size_t len = ghm_bytes_upto(text, GHM_IDENTIFY_AGENT_MAX - 1).len;
    for (size_t i = 0; i < len; i++) {
        bool is_plain = text.ptr[i] >= ' ' && text.ptr[i] <= '~';
        identify->agent_version[i] = is_plain ? (char)text.ptr[i] : '?';
    }
    identify->agent_version[len] = '\0';
}

/* An address of a form that we do not know is no fault: peers may speak more than we do. */
static int on_listen(struct ghm_identify *identify, struct ghm_bytes bytes)
{
    struct ghm_multiaddr addr;
    uint8_t *room;
    if (identify->listen_count == GHM_IDENTIFY_LISTEN_MAX) return GHM_EPROTO;
    identify->listen_count++;
    if (identify->listen_kept == GHM_IDENTIFY_LISTEN_KEPT) return GHM_OK;
    if (ghm_multiaddr_decode(&addr, bytes) != GHM_OK) return GHM_OK;
    int error = ghm_buf_reserve(&identify->listen, &room, (size_t)2 + addr.len);
    if (error != GHM_OK) return error;
    ghm_store_be16(room, addr.len);
    memcpy(room + 2, addr.bytes, addr.len);
    ghm_buf_commit(&identify->listen, (size_t)2 + addr.len);
    identify->listen_kept++;
    return GHM_OK;
}

/* Of a field that may come once, the last one counts, as protobuf has it. */
static int keep(struct ghm_buf *buf, struct ghm_bytes bytes)
{
    ghm_buf_clear(buf);
    return ghm_buf_append(buf, bytes);
}

static int on_observed(struct ghm_identify *identify, struct ghm_bytes bytes)
{
    struct ghm_multiaddr addr;
    if (ghm_multiaddr_decode(&addr, bytes) != GHM_OK) return GHM_OK;
    return keep(&identify->observed, bytes);
}

static int on_field(struct ghm_identify *identify, const struct ghm_proto_field *field,
                    struct ghm_bytes key)
{
    if (field->type != GHM_PROTO_BYTES) return GHM_OK;
    if (field->number == FIELD_PUBLIC_KEY) {
        return ghm_bytes_equal(field->bytes, key) ? GHM_OK : GHM_EPROTO;
    }
    if (field->number == FIELD_PROTOCOL) return on_protocol(identify, field->bytes);
    if (field->number == FIELD_LISTEN) return on_listen(identify, field->bytes);
    if (field->number == FIELD_OBSERVED) return on_observed(identify, field->bytes);
    if (field->number == FIELD_SIGNED_RECORD) return keep(&identify->record, field->bytes);
    if (field->number == FIELD_AGENT_VERSION) on_agent(identify, field->bytes);
    return GHM_OK;
}

static int on_frame(struct ghm_identify *identify, struct ghm_bytes frame, struct ghm_bytes key)
{
    struct ghm_proto_reader reader;
    struct ghm_proto_field field;
    int more;
    if (identify->frames == GHM_IDENTIFY_FRAMES_MAX) return GHM_EPROTO;
    identify->frames++;
    ghm_proto_reader_init(&reader, frame);
    while ((more = ghm_proto_next(&reader, &field)) > 0) {
        int error = on_field(identify, &field, key);
        if (error != GHM_OK) return error;
    }
    return more;
}

int ghm_identify_push(struct ghm_identify *identify, size_t *ret_used, struct ghm_bytes in,
                      struct ghm_bytes key)
{
    size_t used = 0;
    while (used < in.len) {
        uint64_t len;
        struct ghm_bytes rest = ghm_bytes_from(in, used);
        int len_len = ghm_varint_decode(&len, rest);
        if (len_len == GHM_EAGAIN && rest.len < 2) break;
        if (len_len < 0 || len > GHM_IDENTIFY_FRAME_MAX) return GHM_EPROTO;
        rest = ghm_bytes_from(rest, (size_t)len_len);
        if (rest.len < len) break;
        int error = on_frame(identify, ghm_bytes_upto(rest, (size_t)len), key);
        if (error != GHM_OK) return error;
        used += (size_t)len_len + (size_t)len;
    }
    *ret_used = used;
    return GHM_OK;
}

bool ghm_identify_listen(struct ghm_bytes *left, struct ghm_multiaddr *ret_addr)
{
    if (left->len < 2) return false;
    struct ghm_bytes rest = ghm_bytes_from(*left, 2);
    size_t len = ghm_load_be16(left->ptr);
    if (ghm_multiaddr_decode(ret_addr, ghm_bytes_upto(rest, len)) != GHM_OK) return false;
    *left = ghm_bytes_from(rest, len);
    return true;
}

bool ghm_identify_lists(struct ghm_bytes names, const char *name)
{
    struct ghm_bytes wanted = ghm_bytes(name, strlen(name) + 1);
    while (names.len > 0) {
        if (ghm_bytes_starts(names, wanted)) return true;
        const uint8_t *end = memchr(names.ptr, '\0', names.len);
        if (end == NULL) return false;
        names = ghm_bytes_from(names, (size_t)(end - names.ptr) + 1);
    }
    return false;
}
