/* SPDX-License-Identifier: MIT */
/* Public keys of peers, declared in key.h. Reaches libcrypto through verify.c: a program that is
 * answered by the store links neither. */
#include "base/assert.h"
#include "crypto/key.h"
#include "crypto/spki.h"
#include "crypto/verify.h"
#include "wire/proto.h"

#include <sodium.h>

#define FIELD_TYPE 1
#define FIELD_DATA 2

static int check_secp256k1(struct ghm_bytes data)
{
    bool is_compressed = data.len == 33 && (data.ptr[0] == 0x02 || data.ptr[0] == 0x03);
    return is_compressed ? GHM_OK : GHM_EPROTO;
}

static int check_data(uint64_t type, struct ghm_bytes data)
{
    if (type > GHM_KEY_ECDSA) return GHM_EPROTO;
    switch ((enum ghm_key_type)type) {
    case GHM_KEY_RSA:
        return ghm_spki_check_rsa(data);
    case GHM_KEY_ED25519:
        return data.len == 32 ? GHM_OK : GHM_EPROTO;
    case GHM_KEY_SECP256K1:
        return check_secp256k1(data);
    case GHM_KEY_ECDSA:
        return ghm_spki_check_ec(data);
    }
    return GHM_EPROTO;
}

/* The peer id is a hash of the encoding, so a key must have only one: Type, then Data, and no more,
 * in varints that the reader takes in their shortest form only. */
int ghm_public_key_decode(struct ghm_public_key *ret_key, struct ghm_bytes proto)
{
    struct ghm_proto_reader reader;
    struct ghm_proto_field type;
    struct ghm_proto_field data;
    ghm_proto_reader_init(&reader, proto);
    if (ghm_proto_next(&reader, &type) != 1 || ghm_proto_next(&reader, &data) != 1) {
        return GHM_EPROTO;
    }
    if (type.number != FIELD_TYPE || type.type != GHM_PROTO_VARINT) return GHM_EPROTO;
    if (data.number != FIELD_DATA || data.type != GHM_PROTO_BYTES) return GHM_EPROTO;
    if (reader.left.len > 0) return GHM_EPROTO;
    int error = check_data(type.value, data.bytes);
    if (error != GHM_OK) return error;
    GHM_ASSERT(proto.len <= GHM_KEY_PROTO_MAX); /* no type lets more through */
    *ret_key = (struct ghm_public_key){(enum ghm_key_type)type.value, data.bytes, proto};
    return GHM_OK;
}

static int verify_ed25519(struct ghm_bytes key, struct ghm_bytes message,
                          struct ghm_bytes signature)
{
    GHM_ASSERT(key.len == crypto_sign_PUBLICKEYBYTES);
    if (signature.len != crypto_sign_BYTES) return GHM_EAUTH;
    int wrong = crypto_sign_verify_detached(signature.ptr, message.ptr, message.len, key.ptr);
    return wrong == 0 ? GHM_OK : GHM_EAUTH;
}

int ghm_public_key_verify(const struct ghm_public_key *key, struct ghm_bytes message,
                          struct ghm_bytes signature)
{
    switch (key->type) {
    case GHM_KEY_ED25519:
        return verify_ed25519(key->data, message, signature);
    case GHM_KEY_SECP256K1:
        return ghm_verify_secp256k1(key->data.ptr, message, signature);
    case GHM_KEY_RSA:
    case GHM_KEY_ECDSA:
        return ghm_verify_spki(key->data, message, signature);
    }
    GHM_UNREACHABLE();
}
