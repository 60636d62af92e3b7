/* SPDX-License-Identifier: MIT */
#include "mesh/antientropy.h"

#include "answer/freshness.h"

#define ROOM "mesh"

struct member {
    struct ghm_map_node node;
    struct ghm_peerid id;
    bool is_here;
    bool is_met; /* we opened a session with it since it came, or had one to its end */
    struct ghm_allowance starts;
    struct ghm_allowance bytes;
};

struct session {
    struct ghm_list node;
    struct member *member;
    struct ghm_stream stream;
    struct ghm_stock_copy *copy;
    bool is_opener;
    bool is_begun; /* `sync` lives: the inventory is ready */
    bool is_heard_out;
    struct ghm_sync sync;
};

static const struct ghm_allowance_rule start_rule = {.each_ns = GHM_ANTIENTROPY_START_NS,
                                                     .ahead_ns = GHM_ANTIENTROPY_STARTS *
                                                                 GHM_ANTIENTROPY_START_NS};

static const struct ghm_allowance_rule byte_rule = {
    .each_ns = 60 * GHM_NS_PER_S / GHM_ANTIENTROPY_MINUTE_MAX, .ahead_ns = 60 * GHM_NS_PER_S};

static void tell(struct ghm_antientropy *part, const struct ghm_peerid *id, const char *reason)
{
    char text[GHM_PEERID_TEXT_MAX];
    ghm_peerid_text(text, id);
    ghm_log_add(part->config.log, GHM_LOG_WARN, ROOM, "no sync with %s: %s", text, reason);
    GHM_COUNT(part->config.shared, syncs_refused, 1);
}

/* ---- members ---- */

static struct member *find_member(const struct ghm_antientropy *part, const struct ghm_peerid *id)
{
    struct ghm_map_node *node = ghm_map_find(&part->members, ghm_peerid_bytes(id));
    return node == NULL ? NULL : GHM_LIST_OF(node, struct member, node);
}

static struct member *next_member(const struct ghm_antientropy *part, const struct member *member)
{
    struct ghm_map_node *node = ghm_map_next(&part->members, member == NULL ? NULL : &member->node);
    return node == NULL ? NULL : GHM_LIST_OF(node, struct member, node);
}

static void forget(struct ghm_antientropy *part, struct member *member)
{
    ghm_map_remove(&part->members, &member->node);
    ghm_mem_free(part->mem, member, sizeof *member);
}

static struct session *session_with(const struct ghm_antientropy *part, const struct member *member)
{
    for (struct ghm_list *node = part->sessions.next; node != &part->sessions; node = node->next) {
        struct session *session = GHM_LIST_OF(node, struct session, node);
        if (session->member == member) return session;
    }
    return NULL;
}

/* Of those that left, the one whose allowances are worth remembering least. */
static void make_room(struct ghm_antientropy *part)
{
    struct member *found = NULL;
    if (part->members.count < GHM_ANTIENTROPY_MEMBERS_MAX) return;
    for (struct member *member = NULL; (member = next_member(part, member)) != NULL;) {
        if (member->is_here || session_with(part, member) != NULL) continue;
        if (found == NULL || member->starts.paid_ns < found->starts.paid_ns) found = member;
    }
    if (found != NULL) forget(part, found);
}

static struct member *need_member(struct ghm_antientropy *part, const struct ghm_peerid *id)
{
    struct member *member = find_member(part, id);
    if (member != NULL) return member;
    make_room(part);
    member = ghm_mem_alloc(part->mem, sizeof *member);
    if (member == NULL) return NULL;
    member->id = *id;
    if (ghm_map_insert(&part->members, &member->node, ghm_peerid_bytes(&member->id)) == GHM_OK)
        return member;
    ghm_mem_free(part->mem, member, sizeof *member);
    return NULL;
}

/* ---- sessions ---- */

static struct session *find_session(const struct ghm_antientropy *part, struct ghm_stream stream)
{
    for (struct ghm_list *node = part->sessions.next; node != &part->sessions; node = node->next) {
        struct session *session = GHM_LIST_OF(node, struct session, node);
        bool is_same =
            session->stream.connection == stream.connection && session->stream.id == stream.id;
        if (is_same) return session;
    }
    return NULL;
}

static bool has_heard(const struct session *session)
{
    return session->is_begun && session->sync.has_heard;
}

static uint64_t later(struct ghm_antientropy *part)
{
    return part->now_ns + GHM_ANTIENTROPY_PERIOD_NS +
           ghm_entropy_below(&part->entropy, GHM_ANTIENTROPY_JITTER_NS);
}

/* It was refused: whoever is busy now may not be in a moment. */
static uint64_t soon(struct ghm_antientropy *part)
{
    return part->now_ns + GHM_ANTIENTROPY_AGAIN_NS +
           ghm_entropy_below(&part->entropy, GHM_ANTIENTROPY_AGAIN_NS);
}

/* The streams are the caller's to end. */
static void release(struct ghm_antientropy *part, struct session *session)
{
    ghm_list_remove(&session->node);
    ghm_stock_give(session->copy);
    if (session->is_opener)
        part->opened--;
    else
        part->accepted--;
    if (session->is_begun) {
        size_t bytes = session->sync.sent_bytes + session->sync.heard_bytes;
        ghm_allowance_use(&session->member->bytes, &byte_rule, bytes, part->now_ns);
        ghm_sync_fini(&session->sync);
    }
    ghm_mem_free(part->mem, session, sizeof *session);
}

static void give_up(struct ghm_antientropy *part, struct session *session, const char *reason)
{
    tell(part, &session->member->id, reason);
    ghm_swarm_reset(part->config.swarm, session->stream);
    release(part, session);
}

static void complete(struct ghm_antientropy *part, struct session *session)
{
    GHM_COUNT(part->config.shared, syncs, 1);
    GHM_COUNT(part->config.shared, sync_bytes, session->sync.told_bytes);
    ghm_swarm_finish(part->config.swarm, session->stream);
    session->member->is_met = true;
    if (part->joins_left > 0) part->joins_left--;
    release(part, session);
}

/* GHM_ENOMEM; the stream is the caller's to end then. */
static int add_session(struct ghm_antientropy *part, struct member *member,
                       struct ghm_stream stream, bool is_opener)
{
    struct session *session = ghm_mem_alloc(part->mem, sizeof *session);
    if (session == NULL) return GHM_ENOMEM;
    session->copy = ghm_stock_take(&part->stock, part->now_ns);
    if (session->copy == NULL) {
        ghm_mem_free(part->mem, session, sizeof *session);
        return GHM_ENOMEM;
    }
    session->member = member;
    session->stream = stream;
    session->is_opener = is_opener;
    if (is_opener)
        part->opened++;
    else
        part->accepted++;
    ghm_list_append(&part->sessions, &session->node);
    return GHM_OK;
}

/* ---- sessions that we open ---- */

/* One by lot: of those not met yet while we are new. */
static struct member *choose(struct ghm_antientropy *part, bool are_new_only)
{
    struct member *chosen = NULL;
    uint64_t seen = 0;
    for (struct member *member = NULL; (member = next_member(part, member)) != NULL;) {
        if (!member->is_here || (are_new_only && member->is_met)) continue;
        if (session_with(part, member) != NULL) continue;
        if (ghm_entropy_below(&part->entropy, ++seen) == 0) chosen = member;
    }
    return chosen;
}

static void open_with(struct ghm_antientropy *part, struct member *member)
{
    struct ghm_stream stream;
    member->is_met = true;
    if (ghm_allowance_left(&member->bytes, &byte_rule, part->now_ns) < GHM_ENVELOPE_PLAIN_MAX)
        return;
    if (ghm_swarm_open(part->config.swarm, &stream, &member->id, GHM_ANTIENTROPY_PROTOCOL,
                       part->now_ns) != GHM_OK)
        return;
    if (add_session(part, member, stream, true) != GHM_OK)
        ghm_swarm_reset(part->config.swarm, stream);
}

static void open_next(struct ghm_antientropy *part)
{
    if (part->opened > 0 || part->here == 0) return;
    struct member *member = part->joins_left > 0 ? choose(part, true) : NULL;
    if (member == NULL && part->now_ns < part->start_ns) return;
    if (member == NULL) member = choose(part, false);
    part->start_ns = later(part);
    if (member != NULL) open_with(part, member);
}

void ghm_antientropy_join(struct ghm_antientropy *part, const struct ghm_peerid *id,
                          uint64_t now_ns)
{
    struct member *member = need_member(part, id);
    part->now_ns = now_ns;
    if (member == NULL || member->is_here) return;
    if (part->here == 0) part->joins_left = GHM_ANTIENTROPY_JOINS;
    if (part->here == 0) part->start_ns = later(part);
    member->is_here = true;
    member->is_met = false;
    part->here++;
    open_next(part);
}

void ghm_antientropy_leave(struct ghm_antientropy *part, const struct ghm_peerid *id)
{
    struct member *member = find_member(part, id);
    if (member == NULL || !member->is_here) return;
    member->is_here = false;
    part->here--;
    struct ghm_list *next;
    for (struct ghm_list *node = part->sessions.next; node != &part->sessions; node = next) {
        struct session *session = GHM_LIST_OF(node, struct session, node);
        next = node->next;
        if (session->member == member) release(part, session);
    }
}

/* ---- sessions that others open ---- */

static const char *reason_to_refuse(struct ghm_antientropy *part, struct member *member)
{
    if (part->accepted == GHM_ANTIENTROPY_ACCEPTED_MAX) return "too many at once";
    if (session_with(part, member) != NULL) return "one is under way";
    if (ghm_allowance_left(&member->starts, &start_rule, part->now_ns) == 0) return "too often";
    if (ghm_allowance_left(&member->bytes, &byte_rule, part->now_ns) < GHM_ENVELOPE_PLAIN_MAX)
        return "too much in a minute";
    return NULL;
}

/* Both opened one at once. True: ours stands. */
static bool is_crossing_won(struct ghm_antientropy *part, const struct member *member)
{
    struct session *ours = session_with(part, member);
    if (ours == NULL || !ours->is_opener || has_heard(ours)) return false;
    if (ghm_bytes_compare(ghm_peerid_bytes(&part->config.self), ghm_peerid_bytes(&member->id)) < 0)
        return true;
    ghm_swarm_reset(part->config.swarm, ours->stream);
    release(part, ours);
    return false;
}

static void accept_from(struct ghm_antientropy *part, struct member *member,
                        struct ghm_stream stream)
{
    const char *reason = reason_to_refuse(part, member);
    if (reason == NULL) {
        ghm_allowance_use(&member->starts, &start_rule, 1, part->now_ns);
        if (add_session(part, member, stream, false) == GHM_OK) return;
        reason = "no memory";
    }
    tell(part, &member->id, reason);
    ghm_swarm_reset(part->config.swarm, stream);
}

void ghm_antientropy_accept(struct ghm_antientropy *part, const struct ghm_peerid *id,
                            struct ghm_stream stream, uint64_t now_ns)
{
    part->now_ns = now_ns;
    struct member *member = need_member(part, id);
    if (member == NULL || is_crossing_won(part, member))
        ghm_swarm_reset(part->config.swarm, stream);
    else
        accept_from(part, member, stream);
}

/* What came is read by ghm_antientropy_next; on a stream whose session is over, nothing may. */
void ghm_antientropy_hear(struct ghm_antientropy *part, struct ghm_stream stream)
{
    if (find_session(part, stream) == NULL) ghm_swarm_reset(part->config.swarm, stream);
}

void ghm_antientropy_finished(struct ghm_antientropy *part, struct ghm_stream stream)
{
    struct session *session = find_session(part, stream);
    if (session != NULL) session->is_heard_out = true;
}

void ghm_antientropy_closed(struct ghm_antientropy *part, struct ghm_stream stream)
{
    struct session *session = find_session(part, stream);
    if (session == NULL) return;
    if (session->is_opener && !has_heard(session))
        part->start_ns = ghm_deadline_first(part->start_ns, soon(part));
    else
        tell(part, &session->member->id, "the other ended it");
    release(part, session);
}

/* ---- a session goes on ---- */

static size_t bytes_max_of(const struct ghm_antientropy *part, const struct session *session)
{
    uint64_t left = ghm_allowance_left(&session->member->bytes, &byte_rule, part->now_ns);
    return left < GHM_ANTIENTROPY_SENT_MAX ? (size_t)left : GHM_ANTIENTROPY_SENT_MAX;
}

static int begin(struct ghm_antientropy *part, struct session *session)
{
    struct ghm_sync_config config = {.items = session->copy->inventory.items,
                                     .count = session->copy->inventory.count,
                                     .is_opener = session->is_opener,
                                     .silence_ns = GHM_ANTIENTROPY_SILENCE_NS,
                                     .whole_ns = GHM_ANTIENTROPY_WHOLE_NS,
                                     .sent_bytes_max = bytes_max_of(part, session),
                                     .heard_bytes_max = GHM_ANTIENTROPY_SENT_MAX};
    int error = ghm_sync_init(&session->sync, part->mem, &config, part->now_ns);
    session->is_begun = error == GHM_OK;
    return error;
}

/* GHM_EAGAIN: the inventory is not ready. */
static int prepare(struct ghm_antientropy *part, struct session *session, int64_t now_ms)
{
    const struct ghm_inventory *inventory = &session->copy->inventory;
    while (inventory->state != GHM_INVENTORY_READY && part->steps_left > 0) {
        part->steps_left--;
        ghm_stock_step(&part->stock, session->copy, now_ms);
        if (session->copy->is_failed) return GHM_EIO;
    }
    return inventory->state == GHM_INVENTORY_READY ? begin(part, session) : GHM_EAGAIN;
}

/* Pack what lies in an item's slot now. What is gone, old or too large is left out. */
static bool pack(struct ghm_antientropy *part, const uint8_t slot[GHM_VARIANT_ID_LEN],
                 int64_t now_ms)
{
    static const struct ghm_freshness_bound bound = {.stale_s = 0};
    struct ghm_store_read read;
    struct ghm_entry entry;
    struct ghm_store *store = part->config.store;
    ghm_buf_clear(&part->packed);
    if (ghm_store_get(store, &read, &entry, slot, now_ms / 1000) != GHM_OK) return false;
    bool is_fresh = ghm_freshness_of(&entry, &bound, now_ms).state == GHM_FRESHNESS_FRESH;
    bool is_packed =
        is_fresh && ghm_announce_pack(&part->packed, part->config.packer, &entry) == GHM_OK;
    ghm_store_done(store, &read);
    return is_packed;
}

static int give_due(struct ghm_antientropy *part, struct session *session, int64_t now_ms)
{
    size_t item;
    const struct ghm_inventory *inventory = &session->copy->inventory;
    while (ghm_sync_due(&session->sync, &item)) {
        const uint8_t *slot = inventory->slots[inventory->items[item].mark];
        if (pack(part, slot, now_ms))
            return ghm_sync_give(&session->sync, ghm_buf_bytes(&part->packed));
    }
    return GHM_OK;
}

static int send_some(struct ghm_antientropy *part, struct session *session, int64_t now_ms)
{
    struct ghm_swarm *swarm = part->config.swarm;
    while (ghm_swarm_queued(swarm, session->stream) < GHM_ANTIENTROPY_QUEUED_MAX) {
        int error = give_due(part, session, now_ms);
        if (error != GHM_OK) return error;
        struct ghm_bytes out = ghm_sync_pull(&session->sync);
        if (out.len == 0) return GHM_OK;
        error = ghm_swarm_write(swarm, session->stream, out);
        if (error != GHM_OK) return error;
        ghm_sync_pulled(&session->sync, out.len, part->now_ns);
    }
    return GHM_OK;
}

/* Reads until there is an entry, or nothing more. */
static int hear(struct ghm_antientropy *part, struct session *session, struct ghm_bytes *ret_packed)
{
    for (;;) {
        size_t taken;
        struct ghm_bytes in = ghm_swarm_data(part->config.swarm, session->stream);
        int error = ghm_sync_push(&session->sync, &taken, in, part->now_ns);
        ghm_swarm_data_drop(part->config.swarm, session->stream, taken);
        if (error != GHM_OK) return error;
        if (ghm_sync_next(&session->sync, ret_packed)) return GHM_OK;
        if (taken == 0) return GHM_EAGAIN;
    }
}

static bool is_over(const struct session *session)
{
    return session->sync.state == GHM_SYNC_DONE && ghm_buf_len(&session->sync.out) == 0;
}

static bool is_cut_off(struct ghm_antientropy *part, const struct session *session)
{
    return session->is_heard_out && ghm_swarm_data(part->config.swarm, session->stream).len == 0 &&
           session->sync.state != GHM_SYNC_DONE;
}

static const char *reason_of(const struct session *session, int error)
{
    const char *reason = session->is_begun ? ghm_sync_reason(&session->sync) : "";
    return *reason != '\0' ? reason : ghm_error_text(error);
}

/* GHM_OK: an entry came; GHM_EAGAIN: nothing now. */
static int go_on(struct ghm_antientropy *part, struct session *session,
                 struct ghm_bytes *ret_packed, int64_t now_ms)
{
    int error = session->is_begun ? GHM_OK : prepare(part, session, now_ms);
    if (error != GHM_OK) return error;
    int heard = hear(part, session, ret_packed);
    if (heard != GHM_OK && heard != GHM_EAGAIN) return heard;
    error = send_some(part, session, now_ms);
    if (error == GHM_ENOMEM) error = GHM_OK; /* the connection is full: later */
    return error == GHM_OK ? heard : error;
}

/* Is the entry fit to be judged? */
static bool read_entry(struct ghm_antientropy *part, const struct session *session,
                       struct ghm_entry *ret_entry, struct ghm_bytes packed, int64_t now_ms)
{
    const char *reason;
    if (ghm_announce_unpack(part->config.packer, ret_entry, &reason, packed, now_ms) == GHM_OK) {
        GHM_COUNT(part->config.shared, sync_entries, 1);
        return true;
    }
    char text[GHM_PEERID_TEXT_MAX];
    ghm_peerid_text(text, &session->member->id);
    ghm_log_add(part->config.log, GHM_LOG_WARN, ROOM, "refused from %s: %s", text, reason);
    GHM_COUNT(part->config.shared, announces_refused, 1);
    return false;
}

/* An entry of this session; false: it waits, or it is over and gone. */
static bool next_of(struct ghm_antientropy *part, struct session *session,
                    struct ghm_entry *ret_entry, int64_t now_ms)
{
    struct ghm_bytes packed;
    int error;
    while ((error = go_on(part, session, &packed, now_ms)) == GHM_OK)
        if (read_entry(part, session, ret_entry, packed, now_ms)) return true;
    if (error != GHM_EAGAIN)
        give_up(part, session, reason_of(session, error));
    else if (session->is_begun && is_over(session))
        complete(part, session);
    else if (session->is_begun && is_cut_off(part, session))
        give_up(part, session, "it ended early");
    return false;
}

bool ghm_antientropy_next(struct ghm_antientropy *part, struct ghm_peerid *ret_peer,
                          struct ghm_entry *ret_entry, int64_t now_ms)
{
    struct ghm_list *next;
    for (struct ghm_list *node = part->sessions.next; node != &part->sessions; node = next) {
        struct session *session = GHM_LIST_OF(node, struct session, node);
        next = node->next;
        struct ghm_peerid id = session->member->id;
        if (!next_of(part, session, ret_entry, now_ms)) continue;
        *ret_peer = id;
        /* To the end of the line: every session has its turn. */
        ghm_list_remove(node);
        ghm_list_append(&part->sessions, node);
        return true;
    }
    open_next(part);
    return false;
}

/* ---- time ---- */

/* A session whose stream has room is gone on with at once. */
static uint64_t deadline_of(const struct ghm_antientropy *part, const struct session *session)
{
    if (!session->is_begun) return part->now_ns;
    bool has_room =
        ghm_swarm_queued(part->config.swarm, session->stream) < GHM_ANTIENTROPY_QUEUED_MAX;
    if (has_room && ghm_sync_is_sending(&session->sync)) return part->now_ns;
    return ghm_sync_deadline(&session->sync);
}

uint64_t ghm_antientropy_deadline(const struct ghm_antientropy *part)
{
    uint64_t first = GHM_NEVER;
    if (part->here > 0 && part->opened == 0) first = ghm_deadline_first(first, part->start_ns);
    for (struct ghm_list *node = part->sessions.next; node != &part->sessions; node = node->next)
        first =
            ghm_deadline_first(first, deadline_of(part, GHM_LIST_OF(node, struct session, node)));
    return first;
}

void ghm_antientropy_tick(struct ghm_antientropy *part, uint64_t now_ns)
{
    struct ghm_list *next;
    part->now_ns = now_ns;
    part->steps_left = GHM_ANTIENTROPY_STEPS;
    for (struct ghm_list *node = part->sessions.next; node != &part->sessions; node = next) {
        struct session *session = GHM_LIST_OF(node, struct session, node);
        next = node->next;
        if (!session->is_begun) continue;
        ghm_sync_tick(&session->sync, now_ns);
        if (session->sync.state == GHM_SYNC_FAILED)
            give_up(part, session, ghm_sync_reason(&session->sync));
    }
    open_next(part);
}

/* ---- life ---- */

void ghm_antientropy_init(struct ghm_antientropy *ret_part, struct ghm_mem *mem,
                          const struct ghm_antientropy_config *config, struct ghm_entropy *entropy)
{
    uint8_t seed[16];
    *ret_part = (struct ghm_antientropy){.mem = mem, .config = *config};
    ret_part->stock.mem = mem;
    ret_part->stock.store = config->store;
    ret_part->start_ns = GHM_NEVER;
    ghm_entropy_fork(entropy, &ret_part->entropy);
    ghm_entropy_fill(&ret_part->entropy, seed, sizeof seed);
    ghm_map_init(&ret_part->members, mem, GHM_ANTIENTROPY_MEMBERS_MAX, seed);
    ghm_list_init(&ret_part->sessions);
    ghm_buf_init(&ret_part->packed, mem, GHM_ENVELOPE_PLAIN_MAX);
}

void ghm_antientropy_fini(struct ghm_antientropy *part)
{
    if (part->mem == NULL) return;
    while (!ghm_list_is_empty(&part->sessions))
        release(part, GHM_LIST_OF(part->sessions.next, struct session, node));
    for (struct member *member; (member = next_member(part, NULL)) != NULL;)
        forget(part, member);
    ghm_map_fini(&part->members);
    ghm_buf_fini(&part->packed);
    part->mem = NULL;
}
