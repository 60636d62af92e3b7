# SPDX-License-Identifier: MIT
"""A guest of our own making: speaks to the socket of a directory's host, rightly or wrongly."""

from __future__ import annotations

import socket
import struct
from pathlib import Path

WAIT_S = 20.0
HELLO, ASK, FORGET, PING, LEAVE, ANSWER, PONG = range(1, 8)
TERMS, PID, MEMBERS, GUESTS, FULL = 2, 3, 6, 7, 9  # fields of a hello


def varint(number: int) -> bytes:
    out = bytearray()
    while True:
        number, low = number >> 7, number & 127
        out.append(low | (128 if number else 0))
        if not number:
            return bytes(out)


def field(number: int, value: int | bytes) -> bytes:
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def frame(kind: int, fields: bytes = b"") -> bytes:
    return struct.pack(">IB", len(fields) + 1, kind) + fields


def ask(number: int, path: str, token: str, host: str, timeout_ms: int = 30000) -> bytes:
    return frame(ASK, field(1, number) + field(2, b"GET") + field(3, host.encode()) + field(4, path.encode())
                 + field(5, b"application/vnd.github+json") + field(9, f"token {token}".encode()) + field(13, 3600)
                 + field(14, timeout_ms))


def _varint_at(data: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        byte, at = data[at], at + 1
        number |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return number, at


def fields(data: bytes) -> dict[int, int | bytes]:
    found: dict[int, int | bytes] = {}
    at = 0
    while at < len(data):
        tag, at = _varint_at(data, at)
        value, at = _varint_at(data, at)
        if tag & 7 == 2:
            value, at = data[at:at + value], at + value
        found[tag >> 3] = value
    return found


class Visitor:
    def __init__(self, directory: Path) -> None:
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(WAIT_S)
        try:
            self.socket.connect(str(directory / "host.sock"))
        except OSError:
            self.socket.close()
            raise

    def close(self) -> None:
        self.socket.close()

    def say(self, data: bytes) -> None:
        self.socket.sendall(data)

    def hear(self) -> tuple[int, dict[int, int | bytes]]:
        """The next frame: its kind and fields. EOFError when there is none any more."""
        length, kind = struct.unpack(">IB", self._take(5))
        return kind, fields(self._take(length - 1))

    def hello(self) -> dict[int, int | bytes]:
        kind, told = self.hear()
        assert kind == HELLO, kind
        return told

    def is_shut(self) -> bool:
        """The host has hung up, whatever it said before."""
        try:
            while self.socket.recv(65536):
                pass
        except ConnectionResetError:
            pass
        return True

    def _take(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            try:
                part = self.socket.recv(count - len(data))
            except ConnectionResetError:
                part = b""
            if not part:
                raise EOFError
            data += part
        return data


def hello_of(directory: Path) -> dict[int, int | bytes] | None:
    """What the host of a directory says of itself now; None when there is none."""
    try:
        visitor = Visitor(directory)
    except OSError:
        return None
    try:
        return visitor.hello()
    except EOFError:
        return None
    finally:
        visitor.close()
