/* SPDX-License-Identifier: MIT */
/* A cache directory, opened: its configuration, its store, the counters all its processes share,
 * and the key under which its callers are told apart. Needs neither loop nor network: this is all
 * that a command pays for which the store can answer. */
#ifndef GHM_IO_HOME_H
#define GHM_IO_HOME_H

#include "answer/identity.h"
#include "io/config.h"
#include "io/files.h"
#include "mesh/keyring.h"
#include "node/local.h"

struct ghm_home {
    struct ghm_config *config; /* own copy */
    char dir[GHM_FILES_PATH_MAX];
    char boot_id[64];
    struct ghm_config_origin origin;
    struct ghm_shared *shared;
    struct ghm_store *store;
    struct ghm_local local;
    uint8_t local_key[32]; /* of this directory; never leaves it */
    bool is_visitor;       /* of a short command: it hosts nothing, but leaves news in the outbox */
    const char *secrets;   /* the mesh's, as configured; the token without; "" for none */
    char problem[512];     /* why opening failed, in a sentence that says what to do */
};

/** Open. `ret_home` is filled in any case (`problem`) and closed with ghm_home_close after GHM_OK
 * only. GHM_ECONFIG; GHM_EACCES; GHM_EFULL; GHM_EIO; GHM_ENOMEM. */
int ghm_home_open(struct ghm_home *ret_home, const struct ghm_config *config) GHM_MUST_USE;
void ghm_home_close(struct ghm_home *home);

/** Close the store and make its file as small as can be; the home has no store from then on, and is
 * only good for ghm_home_close. GHM_EBUSY while others have it open; errors as ghm_store_compact.
 */
int ghm_home_compact(struct ghm_home *home, struct ghm_compact *ret_compact) GHM_MUST_USE;

/** Have the store of a directory, which is not opened, made anew by the next who opens it alone.
 * Errors as ghm_home_open. */
int ghm_home_condemn(const struct ghm_config *config) GHM_MUST_USE;

/** The configured token; "" for none. */
const char *ghm_home_token(const struct ghm_home *home);

/** Is there a mesh to join: by configuration, and with a secret? */
bool ghm_home_has_mesh(const struct ghm_home *home);

/**
 * The identity of a token, if that can be told in microseconds.
 *
 * @return GHM_OK; GHM_EAGAIN when it would first have to be derived from a secret that is slow to
 *         use (ghm_home_identity does, and remembers it for all processes)
 */
int ghm_home_identity_quick(struct ghm_home *home, struct ghm_identity *ret_identity,
                            const char *token) GHM_MUST_USE;

/** The identity of a token, or of all tokens with GHMESH_TRUST=mesh; may take 100 ms once.
 * GHM_ECONFIG for a malformed secret; GHM_ENOMEM.
 */
int ghm_home_identity(struct ghm_home *home, struct ghm_identity *ret_identity,
                      const char *token) GHM_MUST_USE;

/** What a token counts as when an identity is made of it under ghm_home_index_key: itself, or with
 * GHMESH_TRUST=mesh what all tokens count as. A view of the same life, or of a constant. */
struct ghm_bytes ghm_home_known_as(const struct ghm_home *home, struct ghm_bytes token);

/** The key under which identities are made here, for who makes many; a secret. May take 100 ms.
 * GHM_ECONFIG for a malformed secret; GHM_ENOMEM. */
int ghm_home_index_key(const struct ghm_home *home,
                       uint8_t ret_key[GHM_IDENTITY_KEY_LEN]) GHM_MUST_USE;

/** GitHub's time now, in milliseconds. */
int64_t ghm_home_github_ms(const struct ghm_home *home);

#endif
