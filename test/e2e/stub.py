# SPDX-License-Identifier: MIT
"""An origin that answers exactly what a test says, byte for byte, and remembers what it was asked."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from email.utils import formatdate
from http.client import responses as REASONS

from node import wait_for


@dataclass(frozen=True)
class Asked:
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    method: str = "GET"
    body: bytes = b""


Answer = Callable[[Asked], "bytes | Iterable[bytes] | None"]


def response(status: int = 200, body: bytes = b"{}", length: int | None = None, ahead_s: int = 0,
             **headers: str) -> bytes:
    """A whole answer; names with `_` for `-`."""
    lines = [f"HTTP/1.1 {status} {REASONS.get(status, '')}", f"Date: {formatdate(time.time() + ahead_s, usegmt=True)}",
             "Content-Type: application/json; charset=utf-8"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if status != 304:
        lines.append(f"Content-Length: {len(body) if length is None else length}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + (b"" if status == 304 else body)


def _body(lines, headers: dict[str, str]) -> bytes:
    if headers.get("transfer-encoding") != "chunked":
        return lines.read(int(headers.get("content-length", 0)))
    parts = []
    while (size := int(lines.readline().split(b";")[0], 16)):
        parts.append(lines.read(size))
        lines.readline()
    while lines.readline().strip():
        pass
    return b"".join(parts)


class Stub:
    """`answer` gives the bytes (then the connection stays), parts of them (then it is closed), or None: no answer
    until the other side goes away."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.asked: list[Asked] = []
        self._server = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.url = f"http://127.0.0.1:{self._server.getsockname()[1]}"
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    def wait_asked(self, count: int) -> None:
        wait_for(f"{count} requests at the origin", lambda: len(self.asked) >= count)

    def stop(self) -> None:
        """Listens no more and drops every connection."""
        try:
            self._server.shutdown(socket.SHUT_RDWR)  # ends the accept that is under way
        except OSError:
            pass
        self._server.close()
        with self._lock:
            for connection in self._open:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            with self._lock:
                self._open.add(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection, connection.makefile("rb") as lines:
                while self._serve_one(connection, lines):
                    pass
        except OSError:
            pass
        with self._lock:
            self._open.discard(connection)

    def _serve_one(self, connection: socket.socket, lines) -> bool:
        words = lines.readline().decode("latin-1").split()
        if len(words) != 3:
            return False
        headers: dict[str, str] = {}
        while (line := lines.readline().decode("latin-1").strip()):
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        asked = Asked(words[1], headers, words[0], _body(lines, headers))
        self.asked.append(asked)
        answer = self.answer(asked)
        if answer is None:
            lines.read(1)
            return False
        if isinstance(answer, bytes):
            connection.sendall(answer)
            return True
        for part in answer:
            connection.sendall(part)
        return False
