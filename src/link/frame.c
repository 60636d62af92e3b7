/* SPDX-License-Identifier: MIT */
#include "link/frame.h"

#define GHM_FRAME_FLAGS (GHM_FRAME_SYN | GHM_FRAME_ACK | GHM_FRAME_FIN | GHM_FRAME_RST)

void ghm_frame_encode(uint8_t ret_out[GHM_FRAME_LEN], const struct ghm_frame *frame)
{
    ret_out[0] = 0;
    ret_out[1] = (uint8_t)frame->type;
    ghm_store_be16(ret_out + 2, frame->flags);
    ghm_store_be32(ret_out + 4, frame->stream);
    ghm_store_be32(ret_out + 8, frame->length);
}

int ghm_frame_decode(struct ghm_frame *ret_frame, const uint8_t in[GHM_FRAME_LEN])
{
    uint16_t flags = ghm_load_be16(in + 2);
    uint32_t stream = ghm_load_be32(in + 4);
    if (in[0] != 0 || in[1] > GHM_FRAME_GOAWAY) return GHM_EPROTO;
    if ((flags & ~GHM_FRAME_FLAGS) != 0) return GHM_EPROTO;
    if ((in[1] >= GHM_FRAME_PING) != (stream == 0)) return GHM_EPROTO;
    *ret_frame = (struct ghm_frame){
        .type = (enum ghm_frame_type)in[1],
        .flags = flags,
        .stream = stream,
        .length = ghm_load_be32(in + 8),
    };
    return GHM_OK;
}
