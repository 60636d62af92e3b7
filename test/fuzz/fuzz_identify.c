/* SPDX-License-Identifier: MIT */
#include "fuzz.h"
#include "swarm/identify.h"

/* What a peer says of itself, in any pieces, within one budget. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ghm_mem mem;
    struct ghm_identify identify;
    struct ghm_bytes in = ghm_bytes(data, size);
    size_t used;
    ghm_mem_init(&mem, NULL, (size_t)1 << 20);
    ghm_identify_init(&identify, &mem);
    while (in.len > 0 && ghm_identify_push(&identify, &used, in, GHM_BYTES_NONE) == GHM_OK &&
           used > 0)
        in = ghm_bytes_from(in, used);
    ghm_identify_fini(&identify);
    ghm_mem_fini(&mem);
    return 0;
}
