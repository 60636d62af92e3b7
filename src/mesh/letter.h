/* SPDX-License-Identifier: MIT */
/* An entry as a sealed letter, written and read. A letter is judged by what it is alone, never by
 * what lies in our store, so that all members judge it alike. The cheap questions come first: is it
 * shaped, of this network, by its author, of this hour, new? Only then is it opened. */
#ifndef GHM_MESH_LETTER_H
#define GHM_MESH_LETTER_H

#include "mesh/circle.h"

/** Seal an entry into mesh->sealed. GHM_ELIMIT: too large; GHM_ENOMEM. */
int ghm_letter_write(struct ghm_mesh *mesh, const struct ghm_entry *entry,
                     int64_t now_ms) GHM_MUST_USE;

/** What is known of a letter before it is looked at. */
struct ghm_letter_post {
    struct ghm_bytes sealed;
    struct ghm_bytes author; /* a peer id that was authenticated */
    bool is_rumour;          /* it came by gossip, on the topic of `ring` */
    size_t ring;
    struct ghm_envelope_cipher *cipher; /* kept for this author, or for any */
};

enum ghm_letter_verdict {
    GHM_LETTER_GOOD,    /* `ret_entry` is to be used */
    GHM_LETTER_USELESS, /* of another time, or known: nobody need be at fault */
    GHM_LETTER_BAD,     /* nobody who can read it would pass it on */
};

/** Read a letter; one that is not good is counted and logged. `ret_entry` views the mesh until the
 * next letter. */
enum ghm_letter_verdict ghm_letter_read(struct ghm_mesh *mesh, struct ghm_entry *ret_entry,
                                        const struct ghm_letter_post *post, int64_t now_ms);

/** Count and log what came from a peer and was refused. */
void ghm_letter_refuse(struct ghm_mesh *mesh, struct ghm_bytes peer, const char *reason);

#endif
