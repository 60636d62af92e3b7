/* SPDX-License-Identifier: MIT */
/* All state of the mesh in one place; its parts are the files that include this. */
#ifndef GHM_MESH_CIRCLE_H
#define GHM_MESH_CIRCLE_H

#include "base/list.h"
#include "gossip/gossip.h"
#include "mesh/announce.h"
#include "mesh/mesh.h"
#include "mesh/replay.h"

#define GHM_CIRCLE_ROOM "mesh" /* in the log */
#define GHM_CIRCLE_TOPIC_SIZE 128

struct ghm_mesh {
    struct ghm_mem *mem;
    struct ghm_mesh_config config;
    struct ghm_entropy entropy;
    struct ghm_map peers; /* of struct ghm_fellow */
    struct ghm_list waiting;
    size_t members;
    uint64_t now_ns; /* of the last call that told it */
    struct ghm_gossip *gossip;
    char topics[GHM_KEYRING_SECRETS_MAX][GHM_CIRCLE_TOPIC_SIZE]; /* of each secret */
    bool is_rumours_turn;
    struct ghm_envelope_cipher cipher;     /* seals what we say */
    struct ghm_envelope_cipher far_cipher; /* opens what authors seal who are not connected */
    struct ghm_announce_packer packer;
    struct ghm_replay replay;
    struct ghm_mem hauls_mem;
    struct ghm_list hauls;
    size_t hauls_count;
    struct ghm_buf given; /* a piece of a body, for who pulls it */
    struct ghm_buf packed;
    struct ghm_buf sealed;
    struct ghm_buf framed; /* the sealed with its length before it */
    struct ghm_buf opened;
};

#endif
