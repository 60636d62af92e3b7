/* SPDX-License-Identifier: MIT */
#include "mesh/letter.h"

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

void ghm_letter_refuse(struct ghm_mesh *mesh, const struct ghm_peerid *peer, const char *reason)
{
    char text[GHM_PEERID_TEXT_MAX];
    ghm_peerid_text(text, peer);
    ghm_log_add(mesh->config.log, GHM_LOG_WARN, GHM_CIRCLE_ROOM, "refused from %s: %s", text,
                reason);
    GHM_COUNT(mesh->config.shared, announces_refused, 1);
}

int ghm_letter_read(struct ghm_mesh *mesh, struct ghm_fellow *fellow, struct ghm_entry *ret_entry,
                    struct ghm_bytes sealed, int64_t now_ms)
{
    struct ghm_envelope letter;
    const char *reason = "an announcement that cannot be opened";
    int error =
        ghm_envelope_open(&mesh->opened, &fellow->cipher, &letter, mesh->config.keyring, sealed);
    if (error == GHM_OK && !ghm_peerid_equal(&letter.sender, &fellow->id)) {
        reason = "an announcement in another peer's name";
        error = GHM_EAUTH;
    }
    if (error == GHM_OK) {
        error = ghm_replay_accept(&mesh->replay, letter.nonce, letter.sent_ms, now_ms);
        reason = error == GHM_EPROTO ? "an announcement dated ahead" : "a replayed announcement";
    }
    if (error == GHM_OK)
        error = ghm_announce_unpack(&mesh->packer, ret_entry, &reason, letter.plain, now_ms);
    if (error != GHM_OK)
        ghm_letter_refuse(mesh, &fellow->id, reason);
    else
        GHM_COUNT(mesh->config.shared, announces_received, 1);
    return error;
}
