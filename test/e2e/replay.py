# SPDX-License-Identifier: MIT
"""Recorded GitHub traffic through `ghmesh api -i`, and through the socket and the port of an agent: the bytes and the
headers that matter must come out as recorded.

Every GET of @octokit/fixtures is asked twice by each way against an origin that plays the recording. The second time GitHub
must not have to send again what it sent: a 200 with a tag comes from the store, or costs a 304. Links and redirects lead back
to it; by the port, to the port.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fixtures import Exchange, ReplayOrigin, once_each, recorded_gets
from front import FrontNode
from node import Node, clean_environment
from progress import table
from wire import Wire

ROOT = Path(__file__).resolve().parent.parent.parent
MATTERS = ("content-type", "etag", "link", "last-modified", "location", "x-github-media-type", "x-poll-interval")
REDIRECTS = (301, 302, 307)
COMMAND_WAIT_S = 30
# One path gives the asset's description or, for another Accept, the file itself: never kept (src/answer/route.c).
NEVER_KEPT = re.compile(r"/repos/[^/]+/[^/]+/releases/assets/\d+")


@dataclass(frozen=True)
class Shown:
    """What a client was told."""

    status: int
    headers: dict[str, str]
    body: bytes


def parse(printed: bytes) -> Shown:
    """A status line, headers, an empty line, the body; lines end with LF or CRLF."""
    head, _, body = min((printed.partition(mark) for mark in (b"\r\n\r\n", b"\n\n")), key=lambda parts: len(parts[0]))
    first, *lines = head.decode("latin-1").replace("\r\n", "\n").split("\n")
    words = first.split()
    if len(words) < 2 or not words[0].startswith("HTTP/") or not words[1].isdigit():
        raise ValueError(f"no status line but {first[:80]!r}")
    headers: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        key = name.strip().lower()
        headers[key] = f"{headers[key]}, {value.strip()}" if key in headers else value.strip()
    return Shown(int(words[1]), headers, body)


class Command:
    """`ghmesh api -i`."""

    def __init__(self, program: Path, folder: Path, origin: str) -> None:
        self._program, self._folder = program, folder
        self.base = origin
        folder.mkdir()

    def ask(self, exchange: Exchange) -> Shown:
        settings = {"GHMESH_DIR": str(self._folder / "store"), "GHMESH_HOST": self.base, "GHMESH_P2P": "false",
                    "GHMESH_AGENT": "off", "GH_TOKEN": exchange.token}
        done = subprocess.run([self._program, "api", "-i", "-H", f"Accept: {exchange.accept}", exchange.path],
                              env={**clean_environment(self._folder), **settings}, stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=COMMAND_WAIT_S, check=False)
        if done.returncode < 0 or (done.returncode != 0 and exchange.status < 400 and not done.stdout):
            raise ValueError(f"exit {done.returncode}: {done.stderr.decode(errors='replace').strip()[-300:]}")
        return parse(done.stdout)

    def end(self) -> None:
        """It has ended."""


class Agent:
    """One of its doors, asked by the name that a client has for it: the API's own on the socket, the port's on the port."""

    def __init__(self, program: Path, folder: Path, origin: str, door: str) -> None:
        self._node = FrontNode(program, door, folder, {"GHMESH_HOST": origin, "GHMESH_P2P": "false", "GHMESH_AGENT": "off",
                                                       "GHMESH_HTTP": door})
        self._node.start([])
        self._place = place = self._node.http[0]
        self.base = origin
        if place.startswith("http://"):
            self.base = place
            host, _, port = place.removeprefix("http://").rpartition(":")
            self._place = (host, int(port))

    def ask(self, exchange: Exchange) -> Shown:
        with Wire(self._place) as wire:
            told = wire.ask("GET", exchange.path, f"Authorization: token {exchange.token}", f"Accept: {exchange.accept}",
                            "User-Agent: replay", host=self.base.removeprefix("http://"))
        return Shown(told.status, told.headers, told.body)

    def end(self) -> None:
        self._node.stop()


WAYS: dict[str, Callable[[Path, Path, str], Command | Agent]] = {
    "command": Command,
    "socket": lambda program, folder, origin: Agent(program, folder, origin, "socket"),
    "port": lambda program, folder, origin: Agent(program, folder, origin, "0"),
}


class Replay:
    def __init__(self, program: Path, folder: Path, way: str) -> None:
        self._program, self._folder, self._way = program, folder, way
        self._origin = ReplayOrigin()
        self.problems: list[str] = []
        self.asked = self.from_store = self.by_304 = self.again = 0

    def run(self) -> None:
        try:
            for number, part in enumerate(once_each(recorded_gets())):
                self._origin.play(part)
                self._play(part, self._folder / f"part-{number}")
        finally:
            self._origin.stop()

    def _play(self, part: list[Exchange], directory: Path) -> None:
        by_path = {exchange.path: exchange for exchange in part}
        self._client = WAYS[self._way](self._program, directory, self._origin.url)
        try:
            for exchange in part:
                self._exchange(exchange, by_path)
        finally:
            self._client.end()

    def _exchange(self, exchange: Exchange, by_path: dict[str, Exchange]) -> None:
        for time in ("first", "second"):
            self.asked += 1
            try:
                self._compare(f"{exchange.name} {time}", exchange, by_path, self._client.ask(exchange))
            except (ValueError, EOFError, subprocess.TimeoutExpired) as error:
                self._fault(f"{exchange.name} {time}", str(error))
            self._origin_side(f"{exchange.name} {time}", exchange, time == "second")

    def _compare(self, name: str, exchange: Exchange, by_path: dict[str, Exchange], shown: Shown) -> None:
        """A redirect may be shown as it is, or followed to what was recorded for its target."""
        if exchange.status in REDIRECTS and shown.status == 200:
            exchange = self._target(exchange, by_path)
        if shown.status != exchange.status:
            self._fault(name, f"status {shown.status}, recorded {exchange.status}")
        if shown.body != exchange.body:
            self._fault(name, f"body differs: {_difference(shown.body, exchange.body)}")
        recorded: dict[str, str] = {}
        for key, value in self._origin.localized(exchange, self._client.base):
            key = key.lower()
            recorded[key] = f"{recorded[key]}, {value}" if key in recorded else value
        for key in MATTERS:
            if recorded.get(key) != shown.headers.get(key):
                self._fault(name, f"{key}: {shown.headers.get(key)!r}, recorded {recorded.get(key)!r}")

    def _target(self, exchange: Exchange, by_path: dict[str, Exchange]) -> Exchange:
        location = dict((k.lower(), v) for k, v in self._origin.localized(exchange))["location"]
        return by_path[location.removeprefix(self._origin.url)]

    def _origin_side(self, name: str, exchange: Exchange, second: bool) -> None:
        """What the origin was asked: with the recorded Accept and token, and not for a second full answer."""
        seen = self._origin.asked()
        for one in seen:
            if one.accept != exchange.accept or exchange.token not in (one.authorization or ""):
                self._fault(name, f"asked with Accept {one.accept!r} and another or no token")
        if not second:
            return
        if not seen:
            self.from_store += 1
        elif all(one.status == 304 for one in seen):
            self.by_304 += 1
        else:
            self._sent_again(name, exchange)

    def _sent_again(self, name: str, exchange: Exchange) -> None:
        self.again += 1
        if NEVER_KEPT.fullmatch(exchange.path):
            return
        if exchange.status == 200 and exchange.header("etag") and "json" in (exchange.header("content-type") or ""):
            self._fault(name, "a tagged answer was sent by the origin twice")

    def _fault(self, name: str, what: str) -> None:
        self.problems.append(f"{self._way}: {name}: {what}")


def _difference(shown: bytes, recorded: bytes) -> str:
    at = next((i for i, (a, b) in enumerate(zip(shown, recorded)) if a != b), min(len(shown), len(recorded)))
    return f"{len(shown)} bytes for {len(recorded)}, first at {at}: {shown[at:at + 24]!r} for {recorded[at:at + 24]!r}"


def paginated(program: Path, folder: Path) -> list[str]:
    """The recorded pages of issues, walked by their own Link: all issues, once each, in order."""
    origin = ReplayOrigin()
    part = [e for e in recorded_gets() if e.name.startswith("paginate-issues")]
    origin.play(part)
    node = Node(program, "paginate", folder / "paginate", {
        "GHMESH_HOST": origin.url, "GHMESH_P2P": "false", "GHMESH_AGENT": "off", "GH_TOKEN": part[0].token})
    try:
        told = node.command("api", "-H", f"Accept: {part[0].accept}", "--paginate", "--jq", ".[].number", part[0].path)
    finally:
        origin.stop()
    return told.decode().split()


def check_pages(program: Path, folder: Path) -> list[str]:
    try:
        numbers = paginated(program, folder)
    except Exception as error:  # whatever went wrong is this check's finding
        return [f"paginate: {error}"]
    wanted = [str(n) for n in range(13, 0, -1)]
    return [] if numbers == wanted else [f"paginate: issues {numbers}, recorded {wanted}"]


def main() -> int:
    parser = argparse.ArgumentParser(prog="replay", description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--program", type=Path, default=ROOT / "build" / "ghmesh", help="default: build/ghmesh")
    options = parser.parse_args()
    if not options.program.exists():
        parser.error(f"{options.program} is missing: build first")
    program = options.program.resolve()
    folder = Path(tempfile.mkdtemp(prefix="ghmesh-replay-"))
    try:
        replays = [Replay(program, folder / way, way) for way in WAYS]
        for way, replay in zip(WAYS, replays):
            (folder / way).mkdir()
            replay.run()
        problems = [problem for replay in replays for problem in replay.problems] + check_pages(program, folder)
    except FileNotFoundError as error:
        problems = [str(error)]
    else:
        print(table(("recorded GETs, asked twice", *WAYS), [
            ("asked", *(str(replay.asked) for replay in replays)),
            ("second time from the store", *(str(replay.from_store) for replay in replays)),
            ("second time by a 304", *(str(replay.by_304) for replay in replays)),
            ("sent again", *(str(replay.again) for replay in replays))]))
        print(f"\nproblems {len(problems)}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    for problem in problems:
        print(f"replay: FAILED: {problem}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
