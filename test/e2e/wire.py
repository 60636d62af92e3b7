# SPDX-License-Identifier: MIT
"""HTTP/1.1 as bytes: what a test sends stands in it as it goes over the wire, and answers are read one by one."""

from __future__ import annotations

import json
import socket
from dataclasses import dataclass

WAIT_S = 30.0


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> object:
        return json.loads(self.body)


class Wire:
    """One connection. `place` is a path or (host, port)."""

    def __init__(self, place: str | tuple[str, int]) -> None:
        self._socket = socket.socket(socket.AF_UNIX if isinstance(place, str) else socket.AF_INET)
        self._socket.settimeout(WAIT_S)
        self._socket.connect(place)
        self._lines = self._socket.makefile("rb")

    def __enter__(self) -> "Wire":
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def close(self) -> None:
        self._lines.close()
        self._socket.close()

    def send(self, text: str | bytes) -> None:
        """Text has LF for CR LF."""
        self._socket.sendall(text if isinstance(text, bytes) else text.replace("\n", "\r\n").encode("latin-1"))

    def finish(self) -> None:
        self._socket.shutdown(socket.SHUT_WR)

    def hear(self, head: bool = False) -> Reply:
        """One answer; `head`: to a HEAD, which has no body."""
        while True:
            line = self._lines.readline().decode("latin-1")
            if not line:
                raise EOFError("the connection ended")
            status = int(line.split()[1])
            headers: dict[str, str] = {}
            while (line := self._lines.readline().decode("latin-1").strip()):
                name, _, value = line.partition(":")
                key = name.lower()
                headers[key] = f"{headers[key]}, {value.strip()}" if key in headers else value.strip()
            if status != 100:
                break
        body = b"" if head or status in (204, 304) else self._body(headers)
        return Reply(status, headers, body)

    def ask(self, method: str, target: str, *lines: str, body: bytes = b"", host: str = "api.github.com") -> Reply:
        given = [f"{method} {target} HTTP/1.1", f"Host: {host}", *lines]
        if body:
            given.append(f"Content-Length: {len(body)}")
        self.send(("\r\n".join(given) + "\r\n\r\n").encode("latin-1") + body)
        return self.hear(head=method == "HEAD")

    def read(self, size: int) -> bytes:
        return self._lines.read(size)

    def is_closed(self) -> bool:
        """Waits for the other side's end; False when it says more."""
        try:
            return self._lines.read(1) == b""
        except ConnectionError:
            return True

    def _body(self, headers: dict[str, str]) -> bytes:
        if "content-length" in headers:
            return self._exactly(int(headers["content-length"]))
        if headers.get("transfer-encoding") != "chunked":
            return self._lines.read()
        parts = []
        while (size := int(self._lines.readline().split(b";")[0] or b"x", 16)):
            parts.append(self._exactly(size))
            self._lines.readline()
        while self._lines.readline().strip():
            pass
        return b"".join(parts)

    def _exactly(self, size: int) -> bytes:
        got = self._lines.read(size)
        if len(got) != size:
            raise EOFError(f"{len(got)} bytes of {size}")
        return got
