/* SPDX-License-Identifier: MIT */
#include "mesh/letter.h"

/* ---- writing ---- */

int ghm_letter_write(struct ghm_mesh *mesh, const struct ghm_entry *entry, int64_t now_ms)
{
    struct ghm_envelope letter = {
        .kind = GHM_ENVELOPE_ENTRY, .sender = mesh->config.self, .sent_ms = now_ms};
    ghm_buf_clear(&mesh->packed);
    ghm_buf_clear(&mesh->sealed);
    int error = ghm_announce_pack(&mesh->packed, &mesh->packer, entry);
    if (error != GHM_OK) return error;
    letter.plain = ghm_buf_bytes(&mesh->packed);
    return ghm_envelope_seal(&mesh->sealed, &mesh->cipher, mesh->config.keyring, &letter,
                             &mesh->entropy);
}

/* ---- reading ---- */

void ghm_letter_refuse(struct ghm_mesh *mesh, struct ghm_bytes peer, const char *reason)
{
    char text[GHM_PEERID_TEXT_MAX] = "a stranger";
    struct ghm_peerid id;
    if (ghm_peerid_decode(&id, peer) == GHM_OK) ghm_peerid_text(text, &id);
    ghm_log_add(mesh->config.log, GHM_LOG_WARN, GHM_CIRCLE_ROOM, "refused from %s: %s", text,
                reason);
    GHM_COUNT(mesh->config.shared, announces_refused, 1);
}

/* Sealed in the hours that a letter of now may have been sealed in. */
static bool is_of_now(const struct ghm_envelope *letter, int64_t now_ms)
{
    int64_t first = (now_ms - GHM_REPLAY_AGE_MAX_MS) / GHM_ENVELOPE_EPOCH_MS;
    int64_t last = (now_ms + GHM_REPLAY_AHEAD_MAX_MS) / GHM_ENVELOPE_EPOCH_MS;
    return letter->epoch >= first && letter->epoch <= last;
}

/* What can be told from outside. */
static int glance(struct ghm_mesh *mesh, const char **ret_reason,
                  const struct ghm_letter_post *post, int64_t now_ms)
{
    struct ghm_envelope outside;
    *ret_reason = "an announcement that is none, or of another mesh";
    if (post->sealed.len > GHM_ENVELOPE_LEN_MAX) return GHM_EPROTO;
    int error = ghm_envelope_glance(&outside, mesh->config.keyring, post->sealed);
    if (error != GHM_OK) return error;
    if (post->is_rumour && outside.ring != post->ring) return GHM_EPROTO;
    *ret_reason = "an announcement in another peer's name";
    if (!ghm_bytes_equal(ghm_peerid_bytes(&outside.sender), post->author)) return GHM_EAUTH;
    *ret_reason = "an announcement of another time";
    if (!is_of_now(&outside, now_ms)) return GHM_EOLD;
    /* What was told straight may come by gossip too: that is no offence. */
    *ret_reason = post->is_rumour ? NULL : "a replayed announcement";
    return ghm_replay_has(&mesh->replay, outside.nonce) ? GHM_EOLD : GHM_OK;
}

static int open_letter(struct ghm_mesh *mesh, struct ghm_entry *ret_entry, const char **ret_reason,
                       const struct ghm_letter_post *post, int64_t now_ms)
{
    struct ghm_envelope letter;
    *ret_reason = "an announcement that cannot be opened";
    int error =
        ghm_envelope_open(&mesh->opened, post->cipher, &letter, mesh->config.keyring, post->sealed);
    if (error != GHM_OK) return error;
    error = ghm_replay_accept(&mesh->replay, letter.nonce, letter.sent_ms, now_ms);
    *ret_reason =
        error == GHM_EAGAIN ? "an announcement dated ahead" : "an announcement of another time";
    if (error != GHM_OK) return error;
    return ghm_announce_unpack(&mesh->packer, ret_entry, ret_reason, letter.plain, now_ms);
}

enum ghm_letter_verdict ghm_letter_read(struct ghm_mesh *mesh, struct ghm_entry *ret_entry,
                                        const struct ghm_letter_post *post, int64_t now_ms)
{
    const char *reason;
    int error = glance(mesh, &reason, post, now_ms);
    if (error == GHM_OK) error = open_letter(mesh, ret_entry, &reason, post, now_ms);
    if (error == GHM_OK) {
        GHM_COUNT(mesh->config.shared, announces_received, 1);
        return GHM_LETTER_GOOD;
    }
    if (reason != NULL) ghm_letter_refuse(mesh, post->author, reason);
    return error == GHM_EPROTO || error == GHM_EAUTH ? GHM_LETTER_BAD : GHM_LETTER_USELESS;
}
