# SPDX-License-Identifier: MIT
"""Recorded GitHub traffic: the GETs of @octokit/fixtures, as values, and an origin that plays them."""

from __future__ import annotations

import json
import re
import threading
from dataclasses import dataclass, field
from email.utils import formatdate
from http.client import responses as REASONS
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

SCENARIOS = (Path(__file__).resolve().parent.parent / "interop" / "node_modules" / "@octokit" / "fixtures" /
             "scenarios" / "api.github.com")
# What belongs to the connection or the moment of recording, not to the answer. The origin has a clock of its own.
NOT_REPLAYED = {"connection", "transfer-encoding", "content-length", "date"}
HOSTS = re.compile(r"https://(?:api|codeload)\.github\.com(?::443)?")


@dataclass(frozen=True)
class Exchange:
    name: str                                # scenario and place in it
    path: str
    accept: str
    token: str
    status: int
    headers: tuple[tuple[str, str], ...]     # in recorded order, repeated names kept
    body: bytes

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


def recorded_gets(scenarios: Path = SCENARIOS) -> list[Exchange]:
    files = sorted(scenarios.glob("*/raw-fixture.json"))
    if not files:
        raise FileNotFoundError("@octokit/fixtures is not installed: run `npm ci --ignore-scripts` in test/interop")
    return [_exchange(f"{file.parent.name}#{i}", record)
            for file in files for i, record in enumerate(json.loads(file.read_text()))
            if record["method"].upper() == "GET"]


def once_each(exchanges: list[Exchange]) -> list[list[Exchange]]:
    """Parts in which every path occurs once: a path recorded twice had two bodies."""
    parts: list[list[Exchange]] = []
    for exchange in exchanges:
        part = next((p for p in parts if exchange.path not in {e.path for e in p}), None)
        if part is None:
            parts.append(part := [])
        part.append(exchange)
    return parts


def _exchange(name: str, record: dict) -> Exchange:
    raw = record["rawHeaders"]
    pairs = tuple((key, value) for key, value in zip(raw[::2], raw[1::2]) if key.lower() not in NOT_REPLAYED)
    asked = {key.lower(): value for key, value in record["reqheaders"].items()}
    return Exchange(name, record["path"], asked["accept"], asked["authorization"].split()[-1], record["status"], pairs,
                    _body(record))


def _body(record: dict) -> bytes:
    """As it was on the wire: the recording holds JSON parsed, text as text, and anything else in hex."""
    response = record["response"]
    if record.get("responseIsBinary"):
        return bytes.fromhex(response)
    if isinstance(response, str):
        return response.encode()
    return json.dumps(response, separators=(",", ":"), ensure_ascii=False).encode()


@dataclass
class Seen:
    path: str
    status: int
    accept: str | None
    authorization: str | None


@dataclass
class Stage:
    """What the origin answers now, and what it was asked."""

    by_path: dict[str, Exchange] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)


class ReplayOrigin:
    """Plays one part at a time. URLs in Link and Location lead back here, so nothing can leave the machine."""

    def __init__(self) -> None:
        self._stage = Stage()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.daemon_threads = True
        self._server.origin = self
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def play(self, part: list[Exchange]) -> None:
        self._stage = Stage({exchange.path: exchange for exchange in part})

    def asked(self) -> list[Seen]:
        """What came since the last call."""
        seen, self._stage.seen = self._stage.seen, []
        return seen

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def localized(self, exchange: Exchange, base: str | None = None) -> list[tuple[str, str]]:
        """As the origin sends them; `base`: as a client is told that knows it by this URL."""
        return [(key, HOSTS.sub(base or self.url, value) if key.lower() in ("link", "location") else value)
                for key, value in exchange.headers]

    def answer(self, path: str, accept: str | None, authorization: str | None, if_none_match: str | None) -> bytes:
        exchange = self._stage.by_path.get(path)
        if exchange is None:
            self._stage.seen.append(Seen(path, 404, accept, authorization))
            return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
        tag = exchange.header("etag")
        unchanged = bool(tag and if_none_match and tag.removeprefix("W/") in if_none_match)
        status = 304 if unchanged else exchange.status
        self._stage.seen.append(Seen(path, status, accept, authorization))
        head = [f"HTTP/1.1 {status} {REASONS[status]}", f"Date: {formatdate(usegmt=True)}"]
        head += [f"{key}: {value}" for key, value in self.localized(exchange)]
        if unchanged:
            return _head(head)
        return _head([*head, f"Content-Length: {len(exchange.body)}"]) + exchange.body


def _head(lines: list[str]) -> bytes:
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        read = self.headers.get
        self.wfile.write(self.server.origin.answer(
            self.path, read("Accept"), read("Authorization"), read("If-None-Match")))

    def log_message(self, *_) -> None:
        """What was asked is in `asked`."""
