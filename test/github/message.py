# SPDX-License-Identifier: MIT
"""An HTTP request and an HTTP answer as values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http.client import responses as REASONS


@dataclass(frozen=True)
class Request:
    method: str
    target: str                              # path and query as received
    headers: Mapping[str, Sequence[str]]     # lower-case names, values in order of arrival
    address: str = "127.0.0.1"
    base: str = "http://127.0.0.1"           # how the client reached us, for URLs in Link and Location
    body: bytes = b""

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    def header(self, name: str) -> str | None:
        values = self.headers.get(name.lower())
        return values[0] if values else None

    def lines(self, name: str) -> Sequence[str]:
        return self.headers.get(name.lower(), ())


@dataclass
class Response:
    status: int
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    wait_s: float = 0.0          # real seconds to hold it back
    raw: bytes | None = None     # sent instead of everything else, then closed
    cut_at: int | None = None    # body bytes after which the connection is closed
    stop_listening: bool = False

    def render(self, head_only: bool) -> bytes:
        if self.raw is not None:
            return self.raw
        lines = [f"HTTP/1.1 {self.status} {REASONS.get(self.status, 'Unknown')}"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        if self.status not in (204, 304):
            lines.append(f"Content-Length: {len(self.body)}")
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
        if head_only or self.status in (204, 304):
            return head
        return head + self.body[:self.cut_at]

    @property
    def closes(self) -> bool:
        return self.raw is not None or self.cut_at is not None
