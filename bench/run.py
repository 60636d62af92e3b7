#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Figures as ratios against a rival or a floor of the same run: `./dev bench [NAME]...`.

Each part drives a program of this directory round by round; in every round all contenders have their turn, so that
ratios are of neighbours in time. What is told is the median over the rounds and, for ratios, the least and the most.
A missed bar is told as "over" and is no failure: a shared machine is no judge. `README.md` says how to read it.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "test" / "e2e"))
sys.path.insert(1, str(ROOT / "bench"))

import hits  # noqa: E402
from node import clean_environment  # noqa: E402
from origin import Origin, end  # noqa: E402
from p2p import measure  # noqa: E402
from progress import Progress, table  # noqa: E402
from rows import BenchError, Row, against, alone  # noqa: E402
from unixdoor import UnixDoor  # noqa: E402

BUILD = ROOT / os.environ.get("GHM_BUILD", "build")
TOKEN = "ghp_bench000000000000000000000000000000"
SEED = 1
START_S = 1767603600                  # 2026-01-05T09:00:00Z, the emulator's
PATH = "/repos/octo-org/hello"
IDLE_S = 2.0
MEMORY_RUNS = 3
IDLE_CONNECTIONS = 500
SAMPLES = 10_000                      # of bench/sample.h
MIB = 1024.0                          # in KiB


# ---- driving the programs ----

class Program:
    """A program of this directory: a line in, one round, a line of JSON out."""

    def __init__(self, name: str, *arguments: object, environment: dict[str, str]) -> None:
        self._name = name
        path = BUILD / "bench" / name
        if not path.exists():
            raise BenchError(f"{path} is missing: build with -Dbench=true (./dev bench does)")
        self._process = subprocess.Popen([path, *map(str, arguments)], env=environment, text=True, bufsize=1,
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def round(self) -> dict[str, float]:
        try:
            self._process.stdin.write("\n")
        except BrokenPipeError:
            self._fail()
        line = self._process.stdout.readline()
        if not line:
            self._fail()
        return json.loads(line)

    def finish(self) -> None:
        _, said = self._process.communicate(timeout=60)
        if self._process.returncode != 0:
            raise BenchError(f"{self._name}: {said.strip()}")

    def kill(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()

    def _fail(self) -> None:
        self._process.wait(timeout=10)
        raise BenchError(f"{self._name}: {self._process.stderr.read().strip() or 'ended early'}")


@contextmanager
def program(name: str, *arguments: object, environment: dict[str, str]) -> Iterator[Program]:
    running = Program(name, *arguments, environment=environment)
    try:
        yield running
        running.finish()
    finally:
        running.kill()


@dataclass(frozen=True)
class Place:
    """Where one part works, and what its programs see."""

    directory: Path
    secret: str
    rounds: int
    progress: Progress

    def environment(self, **more: str) -> dict[str, str]:
        return {**clean_environment(self.directory), **more}

    def play(self, running: Program, beside: Callable[[], dict[str, float]] = dict) -> dict[str, list[float]]:
        """All rounds; `beside` takes its turn in each."""
        columns: dict[str, list[float]] = {}
        for number in range(self.rounds):
            for name, value in {**running.round(), **beside()}.items():
                columns.setdefault(name, []).append(value)
            self.progress.show(number + 1, f"round {number + 1} of {self.rounds}")
        return columns


# ---- get and put ----

class Dictionary:
    """Python's own way to keep parsed objects under keys."""

    def __init__(self) -> None:
        body = json.dumps({"id": 1, "owner": {"login": "octo-org"}, "description": "d" * 950})
        self._table = {f"get_repo:name=hello-{i}:owner=octo-org": json.loads(body) for i in range(SAMPLES)}
        self._order = list(self._table)
        random.Random(SEED).shuffle(self._order)

    def round(self) -> dict[str, float]:
        lookup, passes = self._table, 10
        start_ns = time.perf_counter_ns()
        for _ in range(passes):
            for key in self._order:
                lookup[key]
        return {"dictionary": (time.perf_counter_ns() - start_ns) / (passes * SAMPLES)}


def bench_get(place: Place) -> list[Row]:
    with program("bench-get", place.directory, place.secret, environment=place.environment()) as running:
        columns = place.play(running, Dictionary().round)
    ours = columns["ours"]
    return [against("get 1 KB", "us", ours, "LMDB get, copied", columns["copy"], 2.5),
            against("get 1 KB", "us", ours, "LMDB get, zero-copy", columns["touch"]),
            against("get 1 KB", "us", ours, "Python dictionary, parsed", columns["dictionary"])]


def bench_put(place: Place) -> list[Row]:
    (place.directory / "bare").mkdir()
    with program("bench-put", place.directory, place.secret, environment=place.environment()) as running:
        columns = place.play(running)
    return [against("put 1 KB", "us", columns["alone"], "LMDB put, unsynced", columns["bare"], 2.0),
            against("put 1 KB, in a mesh", "us", columns["mesh"], "LMDB put, unsynced", columns["bare"])]


# ---- put on one node, visible on another ----

def bench_visible(place: Place) -> list[Row]:
    with program("bench-visible", place.directory, place.secret, environment=place.environment()) as running:
        columns = place.play(running)
    rows = []
    for part in ("p50", "p99"):
        for rival, name in (("one_way", "TCP echo, one way"), ("round_trip", "TCP echo, round trip")):
            rows.append(against(f"put -> visible {part}", "us", columns[f"visible_{part}"], f"{name} {part}",
                                columns[f"{rival}_{part}"]))
    rows.append(against("put -> visible p50", "us", columns["visible_p50"], "TCP round trip from sleep p50",
                        columns["round_trip_asleep_p50"]))
    return rows


# ---- process start to answer ----

def output_of(command: list[str], environment: dict[str, str]) -> bytes:
    ended = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    if ended.returncode != 0:
        raise BenchError(f"{' '.join(command)}: {ended.stderr.decode(errors='replace').strip()}")
    return ended.stdout


def gh_environment(place: Place, gh: str, door: Path) -> dict[str, str]:
    folders = {name: place.directory / name for name in ("gh", "tmp")}
    for folder in folders.values():
        folder.mkdir()
    environment = place.environment(GH_CONFIG_DIR=str(folders["gh"]), TMPDIR=str(folders["tmp"]), GH_TOKEN=TOKEN,
                                    GH_NO_UPDATE_NOTIFIER="1", GHMESH_SECRET=place.secret,
                                    GHMESH_DIR=str(place.directory / "store"))
    output_of([gh, "config", "set", "http_unix_socket", str(door)], environment)
    return environment


def play_start(place: Place, gh: str, origin: Origin) -> dict[str, list[float]]:
    door_path = place.directory / "door"
    url = urlsplit(origin.url)
    door = UnixDoor(door_path, url.hostname, url.port)
    environment = {**gh_environment(place, gh, door_path), "GHMESH_HOST": origin.url}
    ours = [str(BUILD / "ghmesh"), "api", "--cache", "1h", PATH]
    theirs = [gh, "api", "--cache", "1h", PATH]
    if len({output_of(command, environment) for command in (ours, theirs, ours, theirs)}) != 1:
        raise BenchError("ghmesh and gh do not give the same answer")
    asked = origin.ledger()["requests"]
    commands = [*ours, "--", *theirs, "--", str(BUILD / "bench" / "bench-nothing")]
    with program("bench-start", *commands, environment=environment) as running:
        columns = place.play(running)
    door.close()
    if origin.ledger()["requests"] != asked:
        raise BenchError("a cache was not warm: the emulator was asked")
    return columns


def bench_start(place: Place) -> list[Row]:
    gh = shutil.which("gh")
    if gh is None:
        raise BenchError("gh is missing: install Debian's package gh")
    origin = Origin(TOKEN, seed=SEED, start_s=START_S)
    try:
        columns = play_start(place, gh, origin)
    finally:
        origin.stop()
    return [against("start to answer", "ms", columns["0"], "gh api --cache 1h", columns["1"], 1 / 15),
            against("start to answer", "ms", columns["0"], "a static program that does nothing", columns["2"])]


# ---- memory ----

def memory_of(pid: int) -> dict[str, float]:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    found = dict(line.split(":", 1) for line in lines if line.startswith(("VmRSS", "RssAnon")))
    return {"rss": float(found["VmRSS"].split()[0]), "anonymous": float(found["RssAnon"].split()[0])}


def idle_agent(place: Place, number: int) -> dict[str, float]:
    """An agent in an empty directory, two seconds after it began to listen."""
    environment = place.environment(GHMESH_DIR=str(place.directory / f"idle-{number}"), GHMESH_SECRET=place.secret,
                                    GHMESH_TOKEN=TOKEN, GHMESH_LISTEN="/ip4/127.0.0.1/tcp/0")
    agent = subprocess.Popen([BUILD / "ghmesh", "agent"], env=environment, stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, text=True)
    try:
        if not agent.stdout.readline().startswith("listening "):
            raise BenchError("ghmesh agent does not listen")
        time.sleep(IDLE_S)
        return memory_of(agent.pid)
    finally:
        end(agent)


def full_node(place: Place) -> dict[str, float]:
    arguments = ("read", place.directory / "full", place.secret)
    with program("bench-memory", *arguments, environment=place.environment()) as node:
        return node.round()


def bench_memory(place: Place) -> list[Row]:
    output_of([str(BUILD / "bench" / "bench-memory"), "fill", str(place.directory / "full"), place.secret],
              place.environment())
    idle, full = [], []
    for number in range(MEMORY_RUNS):
        idle.append(idle_agent(place, number))
        full.append(full_node(place))
        place.progress.show(number + 1, "starting nodes")

    def part(runs: list[dict[str, float]], name: str) -> list[float]:
        return [run[name] / MIB for run in runs]

    return [alone("idle node, resident", "MiB", part(idle, "rss"), 10.0),
            alone("idle node, anonymous", "MiB", part(idle, "anonymous")),
            alone("10 000 entries read, resident", "MiB", part(full, "rss")),
            alone("10 000 entries read, anonymous", "MiB", part(full, "anonymous"))]


# ---- peers ----

def idle_connection(place: Place, title: str) -> Row:
    with program("bench-idle", title.lower(), IDLE_CONNECTIONS, environment=place.environment()) as running:
        return alone(f"idle connection, {title}, resident", "KiB", [running.round()["kib"]], 24.0)


def bench_p2p(place: Place) -> list[Row]:
    return [*measure(place.rounds, place.progress), *(idle_connection(place, title) for title in ("Noise", "TLS"))]


# ---- HTTP ----

def bench_http(place: Place) -> list[Row]:
    environment = place.environment(GHMESH_DIR=str(place.directory / "exec"), GHMESH_TOKEN=TOKEN,
                                    GHMESH_SECRET=place.secret, GHMESH_LISTEN="/ip4/127.0.0.1/tcp/0")
    return hits.measure(place.directory, BUILD, environment, place.rounds, place.progress)


# ---- what is shown ----

PARTS: dict[str, Callable[[Place], list[Row]]] = {
    "get": bench_get, "put": bench_put, "visible": bench_visible, "start": bench_start, "memory": bench_memory,
    "p2p": bench_p2p, "http": bench_http,
}

def quantity(row: Row, value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.{2 if value < 10 else 1}f} {row.unit.replace('us', 'µs')}"


def times(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.2f}×" if value >= 0.5 else f"1/{1 / value:.1f}"


def cells(row: Row) -> tuple[str, ...]:
    spread = "" if row.ratio is None else f"{times(row.ratio_least)} – {times(row.ratio_most)}"
    bar = "" if row.bar is None else ("≥ " if row.is_least else "≤ ") + (times(row.bar) if row.ratio is not None else quantity(row, row.bar))
    verdict = {None: "", True: "ok", False: "over"}[row.ok]
    figures = (row.name, quantity(row, row.ours), row.rival_name, quantity(row, row.rival), times(row.ratio))
    return (*figures, spread, bar, verdict)


def show(rows: list[Row]) -> None:
    head = ("", "ours", "against", "theirs", "ratio", "spread", "bar", "")
    print(table(head, [cells(row) for row in rows], bold=sys.stdout.isatty()))
    over = [row for row in rows if row.ok is False]
    asked = [row for row in rows if row.ok is not None]
    print(f"\n  {len(asked) - len(over)} of {len(asked)} bars held" + (f", {len(over)} over" if over else ""))


def run(names: list[str], rounds: int) -> list[Row]:
    rows = []
    for name in names:
        directory = Path(tempfile.mkdtemp(prefix=f"ghmesh-bench-{name}-"))
        try:
            secret = output_of([str(BUILD / "ghmesh"), "secret", "new"], clean_environment(directory)).decode().strip()
            progress = Progress(f"{name:7}", rounds)
            progress.show(0, "preparing")
            rows += PARTS[name](Place(directory, secret, rounds, progress))
            progress.clear()
        finally:
            shutil.rmtree(directory, ignore_errors=True)
    return rows


def main() -> int:
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(PARTS)}; none: all")
    parser.add_argument("--rounds", type=int, default=9, help="how often each contender has its turn (9)")
    parser.add_argument("--json", action="store_true", help="end with one JSON object instead of the table")
    options = parser.parse_args()
    unknown = [name for name in options.names if name not in PARTS]
    if unknown or options.rounds < 1:
        parser.error(f"there is no part {unknown[0]}" if unknown else "at least one round")
    try:
        rows = run(options.names or list(PARTS), options.rounds)
    except (BenchError, OSError, subprocess.SubprocessError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    if options.json:
        print(json.dumps({"rounds": options.rounds, "rows": [asdict(row) for row in rows]}))
    else:
        show(rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
