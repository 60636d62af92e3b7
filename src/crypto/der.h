/* SPDX-License-Identifier: MIT */
/* Elements of DER, read in place. Spec: ITU-T X.690 sections 8.1 and 10.1 */
#ifndef GHM_CRYPTO_DER_H
#define GHM_CRYPTO_DER_H

#include "base/bytes.h"

#define GHM_DER_INTEGER 0x02
#define GHM_DER_BIT_STRING 0x03
#define GHM_DER_OCTET_STRING 0x04
#define GHM_DER_SEQUENCE 0x30

/** Take one element of `tag`, whose length is at most 65535 and in its shortest form; false when
 * there is none, and then nothing is taken. */
bool ghm_der_take(struct ghm_bytes *left, uint8_t tag, struct ghm_bytes *ret_value);

/** Take an element that must be the last. */
bool ghm_der_take_last(struct ghm_bytes left, uint8_t tag, struct ghm_bytes *ret_value);

#endif
