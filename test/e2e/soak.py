#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Hours of trouble in fast motion: clients of every kind, writes, kills, faults of GitHub, full disks, few descriptors.

usage: soak.py [SECONDS] [--seed N] [--program PATH]

SECONDS are simulated (3600). Three agents of one mesh: `steady` is left in peace and must not grow; `mortal` is killed again and
again; `poor` has little disk and few descriptors at times, and is reloaded. Every body that was shown is judged by the emulator's
truth for the identity that asked. A failure prints the seed: the same seed is the same trouble, though not the same races.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from callers import Ask, Told, ask_command, ask_curl, ask_library, ask_raw
from front import FrontNode
from node import NodeError, wait_for
from origin import Origin
from progress import Progress
from simtime import SimTime

ROOT = Path(__file__).resolve().parent.parent.parent
START_S = 1767603600                   # 2026-01-05T09:00:00Z
ROUND_S = 5
ASKERS = 8
CALLS = 12                             # a round
SECRET = "ghms1_" + "A" * 42 + "E"
TOKENS: tuple[str | None, ...] = ("ghp_soak0", "ghp_soak1", "ghp_soak2", "ghs_soak3", None)
REPO = "/repos/octo-org/hello"
PATHS = (REPO, f"{REPO}/actions/runs", f"{REPO}/actions/runners", f"{REPO}/actions/workflows", f"{REPO}/pulls/1",
         "/repos/octo-org/secret", "/repos/octo-org/secret/actions/runs", "/user/repos", "/orgs/octo-org/repos",
         *(f"{REPO}/actions/runs?per_page={n}" for n in range(1, 101)),
         *(f"/orgs/many-org/repos?per_page=10&page={n}" for n in range(1, 30)))
TTL_S, STALE_S = 300, 3600
ENTRIES_MAX, BYTES_MAX = 120, 4 << 20
DISK_BYTES = 8 << 20
FEW_FILES = 48                         # below what an agent and its clients want
WARM_UP = 0.2                          # of the time: then `steady` is what it will be
RSS_GROWTH_MAX = 24 << 20
FDS_GROWTH_MAX = 24                    # connections come and go
DESCRIPTORS_SETTLE_S = 20.0
CRASH_WORDS = ("AddressSanitizer", "LeakSanitizer", "runtime error:", "ssertion")


@dataclass(frozen=True)
class Size:
    rss: int
    fds: int
    threads: int

    @classmethod
    def of(cls, pid: int) -> Size:
        status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if ":" in line)
        return cls(int(status["VmRSS"].split()[0]) << 10, len(os.listdir(f"/proc/{pid}/fd")), int(status["Threads"]))


class Disk:
    """A small file system where we may mount one, else a plain folder."""

    def __init__(self, place: Path) -> None:
        self.place = place
        place.mkdir()
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES},mode=700", "soak", place],
                              capture_output=True, check=False) if os.geteuid() == 0 else None
        self.is_small = done is not None and done.returncode == 0

    def fill(self) -> None:
        with contextlib.suppress(OSError), (self.place / "filling").open("wb", buffering=0) as filling:
            while filling.write(b"x" * 4096):
                pass

    def free(self) -> None:
        (self.place / "filling").unlink(missing_ok=True)

    def close(self) -> None:
        if self.is_small:
            subprocess.run(["umount", "-l", self.place], check=True)


class Truth:
    """What each identity may be shown, over the whole time."""

    def __init__(self, origin: Origin, to_s: int) -> None:
        self._origin, self._to_s = origin, to_s
        self._known: dict[tuple[str, str | None], list[dict]] = {}

    def _versions(self, path: str, token: str | None) -> list[dict]:
        if (path, token) not in self._known:
            self._known[path, token] = self._origin.truth(path, START_S, self._to_s, token)
        return self._known[path, token]

    def is_right(self, ask: Ask, told: Told, at_s: int) -> bool:
        """True now or lately, for this identity or for everybody."""
        digest = hashlib.sha256(told.body).hexdigest()
        oldest_s = at_s - TTL_S - (STALE_S if told.is_marked_stale else 0)
        return any((version["status"], version["sha256"]) == (told.status, digest) and version["since"] <= at_s
                   and (version["until"] is None or version["until"] > oldest_s)
                   for who in (ask.token, None) for version in self._versions(ask.path, who))


class Soak:
    def __init__(self, folder: Path, program: Path, seconds: int, seed: int, progress: Progress) -> None:
        self.progress = progress
        self.dice = random.Random(seed)
        self.seconds, self.program = seconds, program
        self.now_s = START_S
        self.seen: Counter[str] = Counter()
        self.wrong: list[str] = []
        self._away_until_s = 0
        self.origin = Origin("ghp_soak0", seed=seed, start_s=START_S)
        self.truth = Truth(self.origin, START_S + seconds)
        self.calendar = SimTime(folder / "clock", START_S)
        self.disk = Disk(folder / "disk")
        self.nodes = {name: self._node(folder, name) for name in ("steady", "mortal", "poor")}
        self._deal()

    def _node(self, folder: Path, name: str) -> FrontNode:
        store = self.disk.place if name == "poor" else folder / name
        return FrontNode(self.program, name, folder / name, {
            **self.calendar.environment(), "GHMESH_P2P": "true", "GHMESH_HOST": self.origin.url, "GHMESH_SECRET": SECRET, "GHMESH_HTTP": "socket",
            "GHMESH_LISTEN": "/ip4/127.0.0.1/tcp/0", "GHMESH_AGENT": "off", "GHMESH_TIMEOUT_S": "5", "GHMESH_DIR": str(store / "store"),
            "GHMESH_MAX_ENTRIES": str(ENTRIES_MAX), "GHMESH_MAX_BYTES": str(BYTES_MAX), "GH_TOKEN": "ghp_soak0"})

    def _deal(self) -> None:
        plenty = {"limit": 10 ** 6}
        self.origin.grant("ghp_soak0", sees=["octo-org/secret"], **plenty)
        self.origin.grant("ghp_soak1", **plenty)
        self.origin.grant("ghp_soak2", login="hubot", admin=[], **plenty)
        self.origin.grant("ghs_soak3", repo="octo-org/hello", **plenty)

    # ---- a round ----

    def run(self) -> None:
        begun_s = time.monotonic()
        first: list[str] = []
        for node in self.nodes.values():
            node.start(first)
            first.append(str(node.address))
        rounds = self.seconds // ROUND_S
        size = None
        with ThreadPoolExecutor(ASKERS) as askers:
            for number in range(rounds):
                self._round(askers)
                self.progress.show(number + 1, f"{self.seen['shown']} of {self.seen['calls']} shown, {len(self.wrong)} wrong")
                if number == int(rounds * WARM_UP):
                    size = self._settled(Size.of(self.nodes["steady"].pid))
        self._end(size or Size.of(self.nodes["steady"].pid))
        self.seen["seconds"] = int(time.monotonic() - begun_s)

    def _round(self, askers: ThreadPoolExecutor) -> None:
        self.now_s += ROUND_S
        self.calendar.set(self.now_s)
        self.origin.set_clock(self.now_s)
        self._trouble()
        asks = [(self._caller(), self._ask()) for _ in range(CALLS)]
        for caller, ask, told in askers.map(lambda both: (both[0], both[1], both[0][1](both[1])), asks):
            self._judge(caller[0], ask, told)
        for node in self.nodes.values():
            if not node.alive:
                raise AssertionError(f"{node.name} ended by itself\n{node.log_tail(20)}")

    def _caller(self) -> tuple[str, Callable[[Ask], Told]]:
        node = self.dice.choice(list(self.nodes.values()))
        kind = self.dice.choice(("raw", "raw", "library", "library", "curl", "command"))
        place = node.http[0]
        if kind == "command":
            return f"{node.name} command", lambda ask: ask_command(self.program, node.environment, ask)
        function = {"raw": ask_raw, "library": ask_library, "curl": ask_curl}[kind]
        return f"{node.name} {kind}", lambda ask: function(place, ask)

    def _ask(self) -> Ask:
        token = self.dice.choice(TOKENS)
        if self.dice.random() < 0.05 and token:
            return Ask(f"{REPO}/issues", token, method="POST", body=b'{"title":"soak"}')
        path = self.dice.choice(PATHS[:9]) if self.dice.random() < 0.6 else self.dice.choice(PATHS)
        wish = ("Cache-Control: max-age=0",) if self.dice.random() < 0.1 else ()
        return Ask(path, token, wish)

    def _judge(self, caller: str, ask: Ask, told: Told) -> None:
        """An error is a loss, and no lie; what is shown as GitHub's must be GitHub's."""
        self.seen["calls"] += 1
        self.seen[f"status {told.status}"] += 1
        is_shown = ask.method == "GET" and told.status in (200, 404)
        if is_shown and not self.truth.is_right(ask, told, self.now_s):
            self.wrong.append(f"at {self.now_s}: {caller}: {ask.path} for {ask.token}: {told.status}, {len(told.body)} bytes, "
                              f"{'stale' if told.is_marked_stale else 'fresh'}: {told.body[:80]!r}")
            self.progress.say(self.wrong[-1])
        if told.status == 200:
            self.seen["shown"] += 1

    # ---- trouble ----

    def _trouble(self) -> None:
        if self._away_until_s and self.now_s >= self._away_until_s:
            self.origin.clear_faults()
            self._away_until_s = 0
        kinds = (self._break, self._break, self._break, self._go_away, self._kill, self._reload, self._fill, self._starve, self._crowd)
        if self.dice.random() < 0.4:
            trouble = self.dice.choice(kinds)
            self.seen[trouble.__name__.strip("_")] += 1
            trouble()

    def _break(self) -> None:
        if self._away_until_s:
            return
        kind, more = self.dice.choice([
            ("cut", {"bytes": 20}), ("status", {"status": 500}), ("status", {"status": 502}), ("status", {"status": 503}),
            ("status", {"status": 429, "retry_after": ROUND_S}), ("latency", {"ms": 200}), ("close", {}), ("garbage", {}),
            ("header", {"bytes": 400_000})])
        self.origin.fault(kind, count=self.dice.randrange(1, 6), **more)

    def _go_away(self) -> None:
        self.origin.fault("refuse")
        self._away_until_s = self.now_s + self.dice.randrange(1, 8) * ROUND_S

    def _kill(self) -> None:
        """While it is asked."""
        node = self.nodes["mortal"]
        asks = [self._ask() for _ in range(4)]
        with ThreadPoolExecutor(4) as askers:
            told = [askers.submit(ask_raw, node.http[0], ask) for ask in asks]
            node.kill()
            node.start([str(self.nodes["steady"].address)])
        for ask, one in zip(asks, told):
            self._judge("mortal dying", ask, one.result())

    def _reload(self) -> None:
        node = self.nodes["poor"]
        lines = node.lines_told
        os.kill(node.pid, signal.SIGHUP)
        wait_for(f"{node.name}: `http` after a reload", lambda: node.lines_told > lines or not node.alive)

    def _fill(self) -> None:
        node = self.nodes["poor"]
        if self.disk.is_small:
            self.disk.fill()
        else:
            resource.prlimit(node.pid, resource.RLIMIT_FSIZE, (512 << 10, resource.RLIM_INFINITY))
        for _ in range(10):
            ask = self._ask()
            self._judge("poor, full", ask, ask_raw(node.http[0], ask))
        if self.disk.is_small:
            self.disk.free()
        else:
            resource.prlimit(node.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

    def _starve(self) -> None:
        node = self.nodes["poor"]
        usual = resource.prlimit(node.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(node.pid, resource.RLIMIT_NOFILE, (FEW_FILES, usual[1]))
        self._crowd_at(node)
        resource.prlimit(node.pid, resource.RLIMIT_NOFILE, usual)

    def _crowd(self) -> None:
        self._crowd_at(self.nodes["steady"])

    def _crowd_at(self, node: FrontNode) -> None:
        asks = [self._ask() for _ in range(40)]
        with ThreadPoolExecutor(40) as askers:
            for ask, told in zip(asks, askers.map(lambda ask: ask_raw(node.http[0], ask), asks)):
                self._judge(f"{node.name} crowded", ask, told)

    # ---- the end ----

    def _settled(self, limit: Size) -> Size:
        """When the clients of the last round are gone."""
        pid = self.nodes["steady"].pid
        with contextlib.suppress(NodeError):
            wait_for("descriptors", lambda: Size.of(pid).fds <= limit.fds, DESCRIPTORS_SETTLE_S)
        return Size.of(pid)

    def _end(self, before: Size) -> None:
        self.origin.clear_faults()
        for node in self.nodes.values():
            ask = Ask(f"{REPO}?end", "ghp_soak0")
            wait_for(f"{node.name} answers at the end", lambda n=node: ask_raw(n.http[0], ask).status == 200)
            stats = node.stats()
            self._check_bounds(node, stats)
        after = self._settled(before)
        problems = [f"{name} grew from {old} to {new}" for name, old, new, more in (
            ("memory", before.rss, after.rss, RSS_GROWTH_MAX), ("descriptors", before.fds, after.fds, FDS_GROWTH_MAX),
            ("threads", before.threads, after.threads, 0)) if new > old + more]
        self.seen.update({"rss before": before.rss >> 10, "rss after": after.rss >> 10, "fds before": before.fds, "fds after": after.fds,
                          "threads after": after.threads})
        for node in self.nodes.values():
            status = node.stop()
            problems += [f"{node.name} ended with {status}"] if status != 0 else []
            problems += [f"{node.name} said {word}" for word in CRASH_WORDS if word in node.log()]
        problems += [f"{len(self.wrong)} wrong answers", *self.wrong[:10]] if self.wrong else []
        if self.seen["shown"] * 3 < self.seen["calls"]:
            problems.append(f"only {self.seen['shown']} of {self.seen['calls']} were shown something")
        if problems:
            raise AssertionError("\n".join(problems))

    def _check_bounds(self, node: FrontNode, stats: dict) -> None:
        for name, most in (("cache_size", ENTRIES_MAX), ("cache_bytes", BYTES_MAX)):
            if stats[name] > most:
                raise AssertionError(f"{node.name}: {name} is {stats[name]}, of at most {most}")
        if stats["corrupt"] > 0:
            raise AssertionError(f"{node.name}: {stats['corrupt']} corrupt entries")

    def close(self) -> None:
        for node in self.nodes.values():
            with contextlib.suppress(Exception):
                node.stop()
        self.origin.stop()
        self.disk.close()


def soak(program: Path, seconds: int, seed: int) -> Counter[str]:
    folder = Path(tempfile.mkdtemp(prefix="ghmesh-soak-"))
    progress = Progress("soak", seconds // ROUND_S)
    one = Soak(folder, program, seconds, seed, progress)
    try:
        one.run()
    except BaseException as error:
        raise AssertionError(f"seed {seed}, {seconds} s, at {one.now_s - START_S} s: {error}") from error
    finally:
        progress.clear()
        one.close()
        shutil.rmtree(folder, ignore_errors=True)
    return one.seen


def main() -> int:
    parser = argparse.ArgumentParser(prog="soak", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("seconds", nargs="?", type=int, default=3600)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 31))
    parser.add_argument("--program", type=Path, default=ROOT / "build" / "ghmesh")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        seen = soak(options.program.resolve(), options.seconds, options.seed)
    except AssertionError as error:
        print(f"soak: FAILED: {error}", file=sys.stderr)
        return 1
    print(json.dumps({"seed": options.seed, **dict(sorted(seen.items()))}, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
