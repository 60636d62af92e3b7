#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A second, independent telling of the Noise XX handshake, of our entropy stream and of the libp2p payload.

It is written from the specifications (noiseprotocol.org revision 34, libp2p/specs noise/README.md) on the
Python package `cryptography` and shares no code with src/crypto. It prints noise.h:

    test/vector/noise.py > test/vector/noise.h

With a file of vectors in the form of github.com/flynn/noise (vectors.txt) as its argument it checks itself
against the XX_25519_ChaChaPoly_SHA256 blocks of that file instead.
"""
import hashlib
import hmac
import struct
import sys

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

NAME = b"Noise_XX_25519_ChaChaPoly_SHA256"


def hkdf2(chain, secret):
    temp = hmac.digest(chain, secret, "sha256")
    first = hmac.digest(temp, b"\1", "sha256")
    return first, hmac.digest(temp, first + b"\2", "sha256")


def seal(key, counter, extra, plain):
    return ChaCha20Poly1305(key).encrypt(bytes(4) + struct.pack("<Q", counter), plain, extra)


class Symmetric:
    def __init__(self, prologue):
        self.chain = self.transcript = NAME
        self.key = None
        self.mix_hash(prologue)

    def mix_hash(self, data):
        self.transcript = hashlib.sha256(self.transcript + data).digest()

    def mix_key(self, secret):
        self.chain, self.key = hkdf2(self.chain, secret)
        self.counter = 0

    def encrypt(self, plain):
        sealed = plain
        if self.key is not None:
            sealed = seal(self.key, self.counter, self.transcript, plain)
            self.counter += 1
        self.mix_hash(sealed)
        return sealed


def shown(key):
    return key.public_key().public_bytes_raw()


def handshake(secrets, payloads, prologue=b"", records=()):
    """The three messages, then records: the first by the initiator, then in turn."""
    si, sr, ei, er = (X25519PrivateKey.from_private_bytes(s) for s in secrets)
    state = Symmetric(prologue)

    def dh(a, b):
        state.mix_key(a.exchange(b.public_key()))

    def e(key):
        state.mix_hash(shown(key))
        return shown(key)

    first = e(ei) + state.encrypt(payloads[0])
    second = e(er)
    dh(ei, er)
    second += state.encrypt(shown(sr))
    dh(ei, sr)
    second += state.encrypt(payloads[1])
    third = state.encrypt(shown(si))
    dh(si, er)
    third += state.encrypt(payloads[2])
    keys = hkdf2(state.chain, b"")
    sealed = [seal(keys[i % 2], i // 2, b"", plain) for i, plain in enumerate(records)]
    return [first, second, third] + sealed


class Entropy:
    """src/crypto/entropy.h: ChaCha20 blocks 1.. are given out, block 0 makes the next key."""

    def __init__(self, seed):
        self.key = seed

    def fill(self, length):
        stream = Cipher(algorithms.ChaCha20(self.key, bytes(16)), None).encryptor()
        block = stream.update(bytes(64))
        self.key = block[:32]
        return stream.update(bytes(length))


def field(number, data):
    assert len(data) < 128
    return bytes([number << 3 | 2, len(data)]) + data


def payload(identity, static, muxers):
    key = bytes([0x08, 1]) + field(2, shown(identity))
    signature = identity.sign(b"noise-libp2p-static-key:" + static)
    extensions = b"".join(field(2, m) for m in muxers)
    return field(1, key) + field(2, signature) + field(4, extensions)


def libp2p():
    initiator, responder = Entropy(bytes([0x11] * 32)), Entropy(bytes([0x22] * 32))
    si, ei = initiator.fill(32), initiator.fill(32)
    sr, er = responder.fill(32), responder.fill(32)
    muxers = [b"/yamux/1.0.0", b"/mplex/6.7.0"]

    def told(seed, static):
        return payload(Ed25519PrivateKey.from_private_bytes(bytes([seed] * 32)),
                       shown(X25519PrivateKey.from_private_bytes(static)), muxers)

    records = [b"hello from the initiator", b"hello from the responder"]
    messages = handshake([si, sr, ei, er], [b"", told(0x44, sr), told(0x33, si)], b"", records)
    return [struct.pack(">H", len(m)) + m for m in messages]


def sequence(first):
    return bytes(range(first, first + 32))


def check(path):
    found = 0
    for block in open(path, encoding="ascii").read().split("\n\n"):
        got = dict(line.split("=", 1) for line in block.strip().split("\n") if "=" in line)
        if got.get("handshake") != NAME.decode():
            continue
        get = lambda name: bytes.fromhex(got.get(name, ""))
        secrets = [get(n) for n in ("init_static", "resp_static", "gen_init_ephemeral", "gen_resp_ephemeral")]
        plain = [get(f"msg_{i}_payload") for i in range(5)]
        made = handshake(secrets, plain[:3], get("prologue"), plain[3:])
        assert made == [get(f"msg_{i}_ciphertext") for i in range(5)], block
        found += 1
    print(f"{found} vectors agree")


def c_text(data):
    text = data.hex()
    lines = [text[i:i + 88] for i in range(0, len(text), 88)] or [""]
    return "    (" + "\n     ".join(f'"{line}"' for line in lines) + ")"


def show(name, values):
    print(f"static const char *const {name}[] = {{")
    print(",\n".join(c_text(v) for v in values) + ",")
    print("};\n")


def main():
    if len(sys.argv) == 2:
        return check(sys.argv[1])
    secrets = [sequence(b) for b in (0x10, 0x30, 0x50, 0x70)]
    records = [b"from the initiator", b"from the responder"]
    print("/* SPDX-License-Identifier: MIT */")
    print("/* Made by noise.py, an implementation that shares no code with src/crypto. In hex. */")
    print("#ifndef GHM_VECTOR_NOISE_H\n#define GHM_VECTOR_NOISE_H\n")
    print("/* Secrets: 32 bytes counting up from 10 (initiator's static), 30 (responder's static),")
    print(" * 50 (initiator's ephemeral), 70 (responder's ephemeral). Three messages, two records. */")
    show("noise_empty", handshake(secrets, [b""] * 3, b"", records))
    show("noise_payloads", handshake(secrets, [b"one", b"second", b"thirdly"], b"", records))
    show("noise_prologue", handshake(secrets, [b"", b"x" * 40, b""], b"ghmesh", records))
    print("/* The libp2p channel with lengths: entropy seeds 11.. and 22.., identity seeds 33.. and 44.. */")
    show("noise_libp2p", libp2p())
    print("/* The entropy stream of seed 11..: 32 bytes, then 32, then 100. */")
    stream = Entropy(bytes([0x11] * 32))
    show("entropy_stream", [stream.fill(32), stream.fill(32), stream.fill(100)])
    print("#endif")
    return None


if __name__ == "__main__":
    main()
