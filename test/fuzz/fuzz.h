/* SPDX-License-Identifier: MIT */
/* The entry that libFuzzer calls. */
#ifndef GHM_FUZZ_FUZZ_H
#define GHM_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
