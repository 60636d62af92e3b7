#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A second, independent telling of the pubsub RPC and of message signatures.

It is written from libp2p/specs (pubsub/README.md, gossipsub-v1.0.md, -v1.1.md, -v1.2.md at 7740c07) and from
pb/rpc.proto and sign.go of go-libp2p-pubsub (41b11d5) on the Python package `cryptography`, with a protobuf
encoder of its own, and shares no code with src/gossip. It prints rpc.h:

    test/vector/rpc.py > test/vector/rpc.h
"""
import hashlib

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

TOPIC = b"/test/topic/1"
# a key of 2048 bits made for this file
P = int("""d7303d223c16a33eefa9ec604793c3daa872f72c883f615999267756e906f54f9809f4635f6ffc19fb6de6cfaf944c588956
03dc9b92135a9d445f3bc39d2f6d262bad335ccdcec157cd6fec238e813930f67c4d28e1d2f7181f50f0075c6ade69d2df7a
114a3134e671c58e099ee2ff934275f3a211c4f40564af40ffef76e3""".replace("\n", ""), 16)
Q = int("""cc8bcbcbeebb6d23d8d4335e0e049d45da1b810a49ee5a6dfbabb5ae1d060d3c6f6b2991694ee9d6118a75f091dc3ae089ac
6adb248a22e756c6dedad41ef57b15f51450b4e053c72a4d667e733427762a530324029349da55240fb4aac2d4fae7733408
f33516fd4e20ac70bcde4c8daee19aa36d08f66ada61da4b82c2ee1f""".replace("\n", ""), 16)


def varint(value):
    out = b""
    while value > 0x7F:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def number(field, value):
    return varint(field << 3) + varint(value)


def data(field, value):
    return varint(field << 3 | 2) + varint(len(value)) + value


# ---- control and subscriptions ----

IDS = [bytes([i]) * 46 for i in (1, 2)]


def subscription(topic, on):
    return data(1, number(1, int(on)) + data(2, topic))


def control(*fields):
    return data(3, b"".join(fields))


def ihave(topic, ids):
    return data(1, data(1, topic) + b"".join(data(2, i) for i in ids))


def iwant(ids):
    return data(2, b"".join(data(1, i) for i in ids))


def graft(topic):
    return data(3, data(1, topic))


def prune(topic, backoff, peers=()):
    body = data(1, topic) + b"".join(data(2, data(1, p) + data(2, b"record")) for p in peers)
    return data(4, body + (number(3, backoff) if backoff else b""))


def idontwant(ids):
    return data(5, b"".join(data(1, i) for i in ids))


# ---- messages ----


class Ed25519:
    def __init__(self, seed):
        self.secret = Ed25519PrivateKey.from_private_bytes(seed)
        self.public = number(1, 1) + data(2, self.secret.public_key().public_bytes_raw())
        self.id = b"\0" + bytes([len(self.public)]) + self.public
        self.key = None  # the id holds it

    def sign(self, message):
        return self.secret.sign(message)


class Rsa:
    def __init__(self, p, q, e=65537):
        d = pow(e, -1, (p - 1) * (q - 1))
        self.secret = rsa.RSAPrivateNumbers(p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p),
                                            rsa.RSAPublicNumbers(e, p * q)).private_key()
        spki = self.secret.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        self.public = number(1, 0) + data(2, spki)
        self.id = b"\x12\x20" + hashlib.sha256(self.public).digest()
        self.key = self.public

    def sign(self, message):
        return self.secret.sign(message, padding.PKCS1v15(), hashes.SHA256())


def message(author, seqno, topic, content, unknown=b""):
    head = data(1, author.id) + data(2, content) + data(3, seqno.to_bytes(8, "big")) + data(4, topic)
    signature = author.sign(b"libp2p-pubsub:" + head + unknown)
    return head + data(5, signature) + (data(6, author.key) if author.key else b"") + unknown


def show(name, value, note):
    print(f"/* {note} */")
    print(f"static const char {name}[] =")
    text = value.hex()
    lines = [text[i:i + 84] for i in range(0, len(text), 84)]
    print("\n".join(f'    "{line}"' for line in lines) + ";\n")


def main():
    ed, big = Ed25519(bytes(range(32))), Rsa(P, Q)
    print("/* SPDX-License-Identifier: MIT */")
    print("/* Made by test/vector/rpc.py; see there for the sources. */")
    print("#ifndef GHM_VECTOR_RPC_H\n#define GHM_VECTOR_RPC_H\n")
    show("rpc_hello", subscription(TOPIC, True) + subscription(b"/other", False), "one joined, one left")
    show("rpc_control", control(ihave(TOPIC, IDS), iwant(IDS[:1]), graft(TOPIC), prune(TOPIC, 60), idontwant(IDS[1:])),
         "one of each")
    show("rpc_prune_offering", control(prune(TOPIC, 0, [ed.id, big.id])), "a prune of version 1.1 with two peers")
    show("rpc_unknown", subscription(TOPIC, True) + number(9, 7) + control(graft(TOPIC), data(6, number(10, 1))) +
         data(10, b"partial"), "fields of version 1.3 among those we know")
    signed = message(ed, 1234567890123456789, TOPIC, b"hello")
    show("message_signed", signed, "seed 00..1f, seqno 1234567890123456789, data hello")
    show("message_unknown", message(ed, 7, TOPIC, b"x", data(15, b"later")), "with a field 15 under the signature")
    show("message_rsa", message(big, 8, TOPIC, b"from rsa"), "its author's key in field 6")
    show("message_unsigned", data(2, b"hello") + data(4, TOPIC), "StrictNoSign")
    show("rpc_message", data(2, signed), "message_signed in an RPC")
    print("#endif")


if __name__ == "__main__":
    main()
