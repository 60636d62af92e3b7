/* SPDX-License-Identifier: MIT */
#include "base/assert.h"
#include "fuzz.h"
#include "wire/proto.h"

/* Every field lies inside the message, and the walk ends. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ghm_proto_reader reader;
    struct ghm_proto_field field;
    size_t seen = 0;
    ghm_proto_reader_init(&reader, ghm_bytes(data, size));
    while (ghm_proto_next(&reader, &field) > 0) {
        GHM_ASSERT(field.raw.ptr == data + seen && field.raw.len > 0);
        seen += field.raw.len;
    }
    GHM_ASSERT(seen <= size);
    return 0;
}
