/* SPDX-License-Identifier: MIT */
#include "swarm/mdns.h"

#include "base/assert.h"
#include "swarm/scope.h"

#define KEY "dnsaddr="
#define CLASS_MASK 0x7fff /* the top bit is not of the class, RFC 6762 sections 5.4, 10.2 */

/* ---- life ---- */

static void draw_name(struct ghm_mdns *mdns, uint8_t ret_label[GHM_MDNS_NAME_LEN])
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";
    ghm_entropy_fill(&mdns->entropy, ret_label, GHM_MDNS_NAME_LEN);
    for (size_t i = 0; i < GHM_MDNS_NAME_LEN; i++)
        ret_label[i] = (uint8_t)letters[ret_label[i] % 32];
}

int ghm_mdns_init(struct ghm_mdns *mdns, struct ghm_mem *mem, const struct ghm_mdns_config *config,
                  struct ghm_entropy *entropy, uint64_t now_ns)
{
    uint8_t label[GHM_MDNS_NAME_LEN];
    *mdns = (struct ghm_mdns){.mem = mem, .config = *config, .now_ns = now_ns};
    ghm_entropy_fork(entropy, &mdns->entropy);
    ghm_buf_init(&mdns->out, mem, GHM_MDNS_OUT_MAX);
    mdns->query_ns = now_ns;
    mdns->wait_ns = GHM_MDNS_QUERY_MIN_NS;
    mdns->answer_ns = GHM_NEVER;
    const char *tag = config->tag == NULL ? GHM_MDNS_TAG : config->tag;
    int error = ghm_dns_name_parse(&mdns->service, tag);
    draw_name(mdns, label);
    return error == GHM_OK
               ? ghm_dns_name_under(&mdns->name, ghm_bytes(label, sizeof label), &mdns->service)
               : error;
}

void ghm_mdns_fini(struct ghm_mdns *mdns)
{
    for (size_t i = 0; i < mdns->finds_count; i++)
        ghm_mem_free(mdns->mem, mdns->finds[i], sizeof *mdns->finds[i]);
    mdns->finds_count = 0;
    ghm_buf_fini(&mdns->out);
}

/* Can somebody else on this network use it? */
static bool is_useful(const struct ghm_mdns *mdns, const struct ghm_multiaddr_tcp *tcp)
{
    enum ghm_scope scope = ghm_scope_of_host(tcp->host);
    if (scope == GHM_SCOPE_UNSPECIFIED) return false;
    return scope != GHM_SCOPE_LOOPBACK || mdns->config.has_loopback;
}

void ghm_mdns_listen(struct ghm_mdns *mdns, const struct ghm_multiaddr *addr)
{
    struct ghm_multiaddr_tcp tcp;
    struct ghm_multiaddr named;
    struct ghm_bytes id = ghm_peerid_bytes(&mdns->config.self);
    if (mdns->addrs_count == GHM_MDNS_ADDRS_MAX) return;
    if (ghm_multiaddr_as_tcp(&tcp, addr) != GHM_OK || !is_useful(mdns, &tcp)) return;
    if (ghm_multiaddr_of_tcp(&named, tcp.host, tcp.port, id) != GHM_OK) return;
    mdns->addrs[mdns->addrs_count++] = named;
}

/* ---- what others say ---- */

static bool is_service(const struct ghm_mdns *mdns, const struct ghm_dns_name *name)
{
    return ghm_dns_name_equal(name, &mdns->service);
}

/* Soon, but not at once with all others, and not again within the second. */
static void owe_answer(struct ghm_mdns *mdns)
{
    if (mdns->answer_ns != GHM_NEVER) return;
    uint64_t due_ns =
        mdns->now_ns + ghm_entropy_below(&mdns->entropy, GHM_MDNS_JITTER_NS) + GHM_NS_PER_MS;
    uint64_t free_ns = mdns->answered_ns == 0 ? 0 : mdns->answered_ns + GHM_MDNS_ANSWER_NS;
    mdns->answer_ns = due_ns > free_ns ? due_ns : free_ns;
}

static void on_query(struct ghm_mdns *mdns, struct ghm_dns_reader *reader)
{
    struct ghm_dns_question question;
    for (int i = 0; i < GHM_MDNS_RECORDS_MAX; i++) {
        if (ghm_dns_reader_question(reader, &question) <= 0) return;
        bool is_asked = question.type == GHM_DNS_PTR || question.type == GHM_DNS_ANY;
        if (is_asked && is_service(mdns, &question.name)) owe_answer(mdns);
    }
}

/* Is it a name of our service, and not our own? */
static bool is_peer_name(const struct ghm_mdns *mdns, const struct ghm_dns_name *name)
{
    struct ghm_dns_name parent;
    size_t label_len = (size_t)name->bytes[0] + 1;
    if (label_len >= name->len || ghm_dns_name_equal(name, &mdns->name)) return false;
    parent.len = (uint8_t)(name->len - label_len);
    memcpy(parent.bytes, name->bytes + label_len, parent.len);
    return is_service(mdns, &parent);
}

static bool read_addr(const struct ghm_mdns *mdns, struct ghm_bytes text,
                      struct ghm_multiaddr *ret_addr, struct ghm_peerid *ret_peer)
{
    char terminated[GHM_DNS_TEXT_LEN_MAX + 1];
    struct ghm_multiaddr_tcp tcp;
    if (!ghm_bytes_starts(text, ghm_bytes_text(KEY))) return false;
    text = ghm_bytes_from(text, strlen(KEY));
    if (text.len == 0 || memchr(text.ptr, '\0', text.len) != NULL) return false;
    memcpy(terminated, text.ptr, text.len);
    terminated[text.len] = '\0';
    if (ghm_multiaddr_parse(ret_addr, terminated) != GHM_OK) return false;
    if (ghm_multiaddr_as_tcp(&tcp, ret_addr) != GHM_OK || !is_useful(mdns, &tcp)) return false;
    return tcp.peerid.ptr != NULL && ghm_peerid_decode(ret_peer, tcp.peerid) == GHM_OK &&
           !ghm_peerid_equal(ret_peer, &mdns->config.self);
}

/* One peer's addresses: those of the peer that the first names. */
static void on_texts(const struct ghm_mdns *mdns, struct ghm_mdns_found *found,
                     struct ghm_bytes data)
{
    struct ghm_bytes text;
    while (found->count < GHM_MDNS_ADDRS_MAX && ghm_dns_text(&data, &text)) {
        struct ghm_peerid peer;
        if (!read_addr(mdns, text, &found->addrs[found->count], &peer)) continue;
        if (found->count > 0 && !ghm_peerid_equal(&peer, &found->peer)) continue;
        found->peer = peer;
        found->count++;
    }
}

static void on_peer(struct ghm_mdns *mdns, const struct ghm_dns_record *record)
{
    if (mdns->finds_count == GHM_MDNS_FINDS_MAX) return;
    struct ghm_mdns_found *found = ghm_mem_alloc(mdns->mem, sizeof *found);
    if (found == NULL) return; /* it will be said again */
    on_texts(mdns, found, record->data);
    if (found->count == 0) {
        ghm_mem_free(mdns->mem, found, sizeof *found);
        return;
    }
    mdns->finds[mdns->finds_count++] = found;
}

static void on_answer(struct ghm_mdns *mdns, struct ghm_dns_reader *reader)
{
    struct ghm_dns_record record;
    for (int i = 0; i < GHM_MDNS_RECORDS_MAX; i++) {
        if (ghm_dns_reader_record(reader, &record) <= 0) return;
        bool is_text =
            record.type == GHM_DNS_TXT && (record.class_id & CLASS_MASK) == GHM_DNS_CLASS_IN;
        if (is_text && is_peer_name(mdns, &record.name)) on_peer(mdns, &record);
    }
}

void ghm_mdns_push(struct ghm_mdns *mdns, struct ghm_bytes message, uint64_t now_ns)
{
    struct ghm_dns_reader reader;
    struct ghm_dns_header header;
    mdns->now_ns = now_ns;
    if (message.len > GHM_MDNS_IN_MAX) return;
    if (ghm_dns_reader_init(&reader, &header, message) != GHM_OK) return;
    if (header.flags & GHM_DNS_RESPONSE)
        on_answer(mdns, &reader);
    else
        on_query(mdns, &reader);
}

bool ghm_mdns_next(struct ghm_mdns *mdns, struct ghm_mdns_found *ret_found)
{
    if (mdns->finds_count == 0) return false;
    *ret_found = *mdns->finds[0];
    ghm_mem_free(mdns->mem, mdns->finds[0], sizeof *mdns->finds[0]);
    mdns->finds_count--;
    for (size_t i = 0; i < mdns->finds_count; i++)
        mdns->finds[i] = mdns->finds[i + 1];
    return true;
}

/* ---- what we say ---- */

static int gather_query(struct ghm_mdns *mdns)
{
    const struct ghm_dns_header header = {.questions = 1};
    const struct ghm_dns_question question = {mdns->service, GHM_DNS_PTR, GHM_DNS_CLASS_IN};
    int error = ghm_dns_append_header(&mdns->out, &header);
    return error == GHM_OK ? ghm_dns_append_question(&mdns->out, &question) : error;
}

/* Each address is a string of its own; those that are too long for one, or for the message, are
 * left out. */
static int gather_texts(const struct ghm_mdns *mdns, struct ghm_buf *texts)
{
    int error = GHM_OK;
    for (size_t i = 0; error == GHM_OK && i < mdns->addrs_count; i++) {
        char text[sizeof KEY + GHM_MULTIADDR_TEXT_MAX] = KEY;
        ghm_multiaddr_text(text + strlen(KEY), &mdns->addrs[i]);
        uint8_t len = (uint8_t)strlen(text);
        if (strlen(text) > GHM_DNS_TEXT_LEN_MAX) continue;
        if ((size_t)1 + len > texts->len_max - ghm_buf_len(texts)) continue;
        error = ghm_buf_append(texts, ghm_bytes(&len, 1));
        if (error == GHM_OK) error = ghm_buf_append(texts, ghm_bytes_text(text));
    }
    return error;
}

static int gather_records(struct ghm_mdns *mdns, struct ghm_bytes texts)
{
    const struct ghm_dns_header header = {
        .flags = GHM_DNS_RESPONSE | GHM_DNS_AUTHORITATIVE, .answers = 1, .additionals = 1};
    struct ghm_dns_record record = {.name = mdns->service,
                                    .type = GHM_DNS_PTR,
                                    .class_id = GHM_DNS_CLASS_IN,
                                    .ttl_s = GHM_MDNS_TTL_S,
                                    .data = ghm_bytes(mdns->name.bytes, mdns->name.len)};
    int error = ghm_dns_append_header(&mdns->out, &header);
    if (error == GHM_OK) error = ghm_dns_append_record(&mdns->out, &record);
    record.name = mdns->name;
    record.type = GHM_DNS_TXT;
    record.data = texts;
    return error == GHM_OK ? ghm_dns_append_record(&mdns->out, &record) : error;
}

static int gather_answer(struct ghm_mdns *mdns)
{
    struct ghm_buf texts;
    size_t heads =
        GHM_DNS_HEADER_LEN + (size_t)2 * 10 + mdns->service.len + (size_t)2 * mdns->name.len;
    GHM_ASSERT(heads < GHM_MDNS_OUT_MAX);
    ghm_buf_init(&texts, mdns->mem, GHM_MDNS_OUT_MAX - heads);
    int error = gather_texts(mdns, &texts);
    if (error == GHM_OK) error = gather_records(mdns, ghm_buf_bytes(&texts));
    ghm_buf_fini(&texts);
    return error;
}

/* A query of ours is answered by ourselves too: those who only listen hear of us by it. */
static int gather(struct ghm_mdns *mdns)
{
    if (mdns->query_ns <= mdns->now_ns) {
        mdns->query_ns = mdns->now_ns + mdns->wait_ns;
        mdns->wait_ns = ghm_deadline_first(mdns->wait_ns * 2, GHM_MDNS_QUERY_MAX_NS);
        owe_answer(mdns);
        return gather_query(mdns);
    }
    if (mdns->answer_ns > mdns->now_ns) return GHM_OK;
    mdns->answer_ns = GHM_NEVER;
    mdns->answered_ns = mdns->now_ns;
    return mdns->addrs_count == 0 ? GHM_OK : gather_answer(mdns);
}

struct ghm_bytes ghm_mdns_pull(struct ghm_mdns *mdns)
{
    if (ghm_buf_len(&mdns->out) > 0) return ghm_buf_bytes(&mdns->out);
    if (gather(mdns) != GHM_OK) ghm_buf_fini(&mdns->out); /* no memory: at the next query */
    return ghm_buf_bytes(&mdns->out);
}

void ghm_mdns_pulled(struct ghm_mdns *mdns)
{
    ghm_buf_fini(&mdns->out);
}

/* ---- time ---- */

uint64_t ghm_mdns_deadline(const struct ghm_mdns *mdns)
{
    return ghm_deadline_first(mdns->query_ns, mdns->answer_ns);
}

void ghm_mdns_tick(struct ghm_mdns *mdns, uint64_t now_ns)
{
    mdns->now_ns = now_ns;
}
