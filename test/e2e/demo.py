# SPDX-License-Identifier: MIT
"""Five runners share one GitHub budget: real nodes, real libp2p, one simulated hour, judged from outside.

Starts the emulator and the nodes, lets each runner ask three endpoints once a simulated minute through the real command
line, holds every body against the emulator's truth, and does the same once more without the mesh. What was charged is
read from the emulator's ledger, never from the product. Exit 0 only when the promises hold.
"""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from judge import Endpoint, Judge
from node import Node, NodeError, wait_for
from origin import Origin
from progress import Progress, table
from simtime import SimTime

ROOT = Path(__file__).resolve().parent.parent.parent
START_S = 1767603600                  # 2026-01-05T09:00:00Z
ROUND_S = 60
TOKEN = "ghp_demo0000000000000000000000000000000000"
ENDPOINTS = (
    Endpoint("/repos/octo-org/hello", 300),
    Endpoint("/repos/octo-org/hello/actions/runs", 60),
    Endpoint("/repos/octo-org/hello/actions/runners", 30),
)
PATHS = [endpoint.path for endpoint in ENDPOINTS]
HOUR_REQUESTS = 900
HOUR_CHARGED_MAX = 60
ANNOUNCE_WAIT_S = 2.0
REFRESHES_MISSED_MAX = 3
DOWN_ROUNDS = 2                       # how long --kill leaves its node dead
COUNTERS = ("local_hits", "peer_hits")


@dataclass(frozen=True)
class Step:
    """One runner's turn: it asks every endpoint at one instant."""

    round: int
    runner: int
    at_s: int


@dataclass
class Report:
    """One pass over the hour."""

    requests: int = 0
    failed: int = 0
    charged: int = 0
    free_304: int = 0
    upstream: int = 0
    local_hits: int = 0
    peer_hits: int = 0
    wrong: int = 0
    stale: int = 0
    late_announces: int = 0
    transport: str = "none"
    seconds: float = 0.0
    notes: list[str] = field(default_factory=list)


def schedule(nodes: int, rounds: int) -> Iterator[Step]:
    """Runner k is behind runner k-1 by an equal part of a minute: 12 s when they are five."""
    for round_ in range(rounds):
        for runner in range(nodes):
            yield Step(round_, runner, START_S + round_ * ROUND_S + runner * ROUND_S // nodes)


class Announcements:
    """Waits, after a step that went to GitHub, until the other nodes have heard of it."""

    def __init__(self, nodes: list[Node]) -> None:
        self._nodes = nodes
        self._heard: dict[str, int] = {}
        self._refreshes_missed = 0
        self.late = 0
        self.baseline()

    def baseline(self) -> None:
        self._heard = {node.name: _received(node) for node in self._nodes if node.alive}

    def wait(self, speaker: Node, entries: list[dict]) -> None:
        """Each 200 is announced; 304s are waited for as long as the product is seen to announce them."""
        fresh = sum(entry["status"] == 200 for entry in entries)
        refreshed = sum(entry["status"] == 304 for entry in entries)
        due = fresh + (refreshed if self._refreshes_missed < REFRESHES_MISSED_MAX else 0)
        others = [node for node in self._nodes if node is not speaker and node.alive]
        for node in others if due else []:
            self._wait_one(node, due, fresh)

    def _wait_one(self, node: Node, due: int, fresh: int) -> None:
        goal = self._heard[node.name] + due
        end_s = time.monotonic() + ANNOUNCE_WAIT_S
        heard = _received(node)
        while heard < goal and time.monotonic() < end_s:
            time.sleep(0.002)
            heard = _received(node)
        if heard < goal:
            self._missed(heard, goal - due + fresh)
        self._heard[node.name] = heard

    def _missed(self, heard: int, without_refreshes: int) -> None:
        if heard >= without_refreshes:
            self._refreshes_missed += 1
        else:
            self.late += 1


class Pass:
    """One simulated hour over a set of nodes, with the mesh or without."""

    def __init__(self, options: argparse.Namespace, origin: Origin, folder: Path, mesh: bool) -> None:
        self._options, self._origin, self._mesh = options, origin, mesh
        self._time = SimTime(folder / "now", START_S)
        secret = _new_secret(options.program)
        self._nodes = [self._make_node(folder, k, secret) for k in range(options.nodes)]
        self._earlier: dict[str, int] = dict.fromkeys(COUNTERS, 0)
        self._dead: Node | None = None
        self._steps = list(schedule(options.nodes, options.rounds))
        self._progress = Progress("mesh " if mesh else "alone", len(self._steps) * len(ENDPOINTS))
        self.report = Report()

    def run(self) -> Report:
        began_s = time.monotonic()
        try:
            self._origin.set_clock(START_S)
            self._origin.reset()
            if self._mesh:
                self._connect()
            self._play()
            self._count()
        finally:
            self._progress.clear()
            for node in self._nodes:
                node.stop()
        self.report.seconds = time.monotonic() - began_s
        return self.report

    def _make_node(self, folder: Path, k: int, secret: str) -> Node:
        settings = {
            **self._time.environment(), "GHMESH_HOST": self._origin.url, "GHMESH_SECRET": secret, "GH_TOKEN": TOKEN,
            "GHMESH_P2P": "true" if self._mesh else "false", "GHMESH_LISTEN": "/ip4/127.0.0.1/tcp/0",
            "GHMESH_AGENT": "off",
        }
        return Node(self._options.program, f"node {k + 1}", folder / f"node-{k + 1}", settings)

    def _connect(self) -> None:
        """Each node is bootstrapped to those before it, so that all end up connected to all."""
        for k, node in enumerate(self._nodes):
            node.start([earlier.address for earlier in self._nodes[:k]])
        self._wait_connected()
        if all("/tcp/" in node.address for node in self._nodes):
            self.report.transport = "libp2p tcp"
        self._progress.say(f"{len(self._nodes)} nodes, all connected to all")

    def _wait_connected(self) -> None:
        others = len(self._nodes) - 1
        for node in self._nodes:
            wait_for(f"{node.name}: {others} connected peers", lambda n=node: n.stats()["connected_peers"] >= others)

    def _play(self) -> None:
        to_s = self._steps[-1].at_s
        judge = Judge(self._origin, ENDPOINTS, START_S, to_s)
        self._announcements = Announcements(self._nodes) if self._mesh else None
        seen = 0
        for number, step in enumerate(self._steps, 1):
            self._disturb(step)
            seen = self._take(step, judge, seen)
            self._show(number * len(ENDPOINTS), step)
        self.report.wrong, self.report.stale = judge.verdicts["wrong"], judge.verdicts["stale"]
        self.report.notes += judge.faults[:5]
        self.report.late_announces = self._announcements.late if self._announcements else 0

    def _take(self, step: Step, judge: Judge, seen: int) -> int:
        """One turn; returns the number of the last ledger entry."""
        node = self._nodes[step.runner]
        self._time.set(step.at_s)
        self._origin.set_clock(step.at_s)
        if node is self._dead:
            return seen
        if self._mesh and not node.alive:
            raise NodeError(f"{node.name}: its agent ended by itself\n{node.log_tail()}")
        for endpoint in ENDPOINTS:
            self._ask(node, endpoint, step, judge)
        ledger = self._origin.ledger(seen)
        self.report.upstream += ledger["requests"]
        self.report.charged += ledger["charged"]
        self.report.free_304 += ledger["free_304"]
        if self._announcements:
            self._announcements.wait(node, ledger["entries"])
        return ledger["last"]

    def _ask(self, node: Node, endpoint: Endpoint, step: Step, judge: Judge) -> None:
        self.report.requests += 1
        try:
            judge.judge(node.name, endpoint.path, node.ask(endpoint.path), step.at_s)
        except (NodeError, subprocess.TimeoutExpired) as error:
            self.report.failed += 1
            self.report.notes += [str(error)] if self.report.failed <= 3 else []

    def _disturb(self, step: Step) -> None:
        """--kill: in the middle of the hour one node dies under the others' feet, and comes back on its directory."""
        if not (self._options.kill and self._mesh):
            return
        victim = self._nodes[len(self._nodes) // 2]
        dies = self._options.rounds // 2
        if (step.round, step.runner) == (dies, 1):
            self._bury(victim)
        if (step.round, step.runner) == (dies + DOWN_ROUNDS, 0):
            self._revive(victim)

    def _bury(self, victim: Node) -> None:
        self._earlier = {name: int(victim.stats().get(name) or 0) for name in COUNTERS}
        self._progress.say(f"kill -9 {victim.name}")
        victim.kill()
        self._dead = victim

    def _revive(self, victim: Node) -> None:
        before = victim.address
        victim.start([node.address for node in self._nodes if node is not victim])
        self._dead = None
        self._wait_connected()
        self._announcements.baseline()
        if victim.address != before:
            self.report.notes.append(f"{victim.name} came back as {victim.address}, was {before}")
            self.report.failed += 1
        kept = all(int(victim.stats().get(name) or 0) >= count for name, count in self._earlier.items())
        self._earlier = dict.fromkeys(COUNTERS, 0) if kept else self._earlier
        self._progress.say(f"{victim.name} is back with the same peer id")

    def _show(self, done: int, step: Step) -> None:
        clock = time.strftime("%H:%M:%S", time.gmtime(step.at_s))
        note = f"{clock} · charged {self.report.charged} · free 304s {self.report.free_304}"
        self._progress.show(done, note + (f" · failed {self.report.failed}" if self.report.failed else ""))

    def _count(self) -> None:
        """Hits are the product's own counters; everything else was seen from outside."""
        told = [node.stats() for node in self._nodes]
        self.report.local_hits, self.report.peer_hits = (
            self._earlier[name] + sum(int(stats.get(name) or 0) for stats in told) for name in COUNTERS)


def _received(node: Node) -> int:
    return int(node.stats()["announces_received"])


def _new_secret(program: Path) -> str:
    return subprocess.run([program, "secret", "new"], capture_output=True, text=True, check=True).stdout.strip()


def broken_promises(options: argparse.Namespace, changes: int, mesh: Report | None, alone: Report) -> list[str]:
    """Each as a sentence with its numbers; empty when all hold."""
    broken = []
    for name, report in (("mesh", mesh), ("alone", alone)):
        if report is not None:
            broken += [f"{name}: {count} {what}" for what, count in (
                ("asks failed", report.failed), ("wrong answers", report.wrong),
                ("answers staler than their bound", report.stale)) if count]
    if mesh is None:
        return broken
    bound = charged_max(options, changes)
    if mesh.charged > bound:
        broken.append(f"charged {mesh.charged} calls, promised at most {bound}")
    if options.nodes > 2 and alone.charged < 2 * mesh.charged:
        broken.append(f"without the mesh {alone.charged} were charged: not clearly more than {mesh.charged}")
    return broken


def charged_max(options: argparse.Namespace, changes: int) -> int:
    """For the whole hour of five 60; for less of it, twice what nobody could avoid."""
    if options.nodes * options.rounds * len(ENDPOINTS) >= HOUR_REQUESTS:
        return HOUR_CHARGED_MAX
    return 2 * (changes + len(ENDPOINTS))


def summary(options: argparse.Namespace, changes: int, mesh: Report | None, alone: Report) -> dict:
    main = mesh or alone
    return {
        "requests": main.requests, "true_changes": changes, "charged": main.charged, "free_304": main.free_304,
        "local_hits": main.local_hits, "peer_hits": main.peer_hits,
        "wrong_answers": main.wrong, "stale_beyond_bound": main.stale, "failed": main.failed,
        "charged_no_p2p": alone.charged, "free_304_no_p2p": alone.free_304, "requests_no_p2p": alone.requests,
        "wrong_answers_no_p2p": alone.wrong, "stale_beyond_bound_no_p2p": alone.stale,
        "late_announces": main.late_announces, "nodes": options.nodes, "rounds": options.rounds, "seed": options.seed,
        "killed": bool(options.kill and mesh), "transport": main.transport,
        "seconds": round(sum(r.seconds for r in (mesh, alone) if r), 1),
    }


def result_table(options: argparse.Namespace, changes: int, mesh: Report | None, alone: Report, bold: bool) -> str:
    passes = [("mesh", mesh)] * (mesh is not None) + [("--no-p2p", alone)]
    rows = [
        ("requests asked", "requests"), ("local hits", "local_hits"), ("peer hits", "peer_hits"),
        ("free 304s", "free_304"), ("charged calls", "charged"), ("wrong answers", "wrong"),
        ("stale beyond bound", "stale"), ("failed", "failed"),
    ]
    body = table(("", *(name for name, _ in passes)),
                 [(title, *(f"{getattr(report, key):,}" for _, report in passes)) for title, key in rows], bold)
    minutes = options.rounds * ROUND_S // 60
    head = (f"{options.nodes} nodes, {len(ENDPOINTS)} endpoints, {minutes} simulated minutes; "
            f"over {(mesh or alone).transport}; the world changed {changes} times")
    return f"\n  {head}\n\n{body}\n"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="demo", description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--nodes", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=60, help="simulated minutes (default 60)")
    parser.add_argument("--seed", type=int, default=1, help="of the emulator's world")
    parser.add_argument("--kill", action="store_true", help="kill -9 one node in the middle, restart it on its store")
    parser.add_argument("--no-p2p", action="store_true", help="only the pass without the mesh")
    parser.add_argument("--json", action="store_true", help="end with one JSON object, table on standard error")
    parser.add_argument("--keep", action="store_true", help="keep the nodes' directories and say where they are")
    parser.add_argument("--program", type=Path, default=ROOT / "build" / "ghmesh", help="default: build/ghmesh")
    options = parser.parse_args()
    if options.nodes < 1 or options.rounds < 1:
        parser.error("at least one node and one round")
    if options.kill and (options.nodes < 3 or options.rounds < 2 * DOWN_ROUNDS):
        parser.error(f"--kill needs three nodes and {2 * DOWN_ROUNDS} rounds")
    if not options.program.exists():
        parser.error(f"{options.program} is missing: build first")
    options.program = options.program.resolve()
    return options


def play(options: argparse.Namespace, folder: Path) -> int:
    origin = Origin(TOKEN, seed=options.seed, start_s=START_S)
    try:
        to_s = list(schedule(options.nodes, options.rounds))[-1].at_s
        changes = origin.changes(PATHS, START_S, to_s)
        mesh = None if options.no_p2p else Pass(options, origin, _subfolder(folder, "mesh"), True).run()
        alone = Pass(options, origin, _subfolder(folder, "alone"), False).run()
    finally:
        origin.stop()
    return conclude(options, changes, mesh, alone)


def conclude(options: argparse.Namespace, changes: int, mesh: Report | None, alone: Report) -> int:
    out = sys.stderr if options.json else sys.stdout
    print(result_table(options, changes, mesh, alone, out.isatty()), file=out, flush=True)
    for note in [*(mesh.notes if mesh else []), *alone.notes]:
        print(f"demo: {note}", file=sys.stderr)
    broken = broken_promises(options, changes, mesh, alone)
    for sentence in broken:
        print(f"demo: FAILED: {sentence}", file=sys.stderr)
    if options.json:
        print(json.dumps(summary(options, changes, mesh, alone)))
    return 1 if broken else 0


def _subfolder(folder: Path, name: str) -> Path:
    (folder / name).mkdir()
    return folder / name


def main() -> int:
    options = arguments()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    folder = Path(tempfile.mkdtemp(prefix="ghmesh-demo-"))
    try:
        return play(options, folder)
    except (NodeError, RuntimeError, OSError, subprocess.SubprocessError) as error:
        print(f"demo: FAILED: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ndemo: interrupted", file=sys.stderr)
        return 130
    finally:
        if options.keep:
            print(f"demo: kept {folder}", file=sys.stderr)
        else:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
