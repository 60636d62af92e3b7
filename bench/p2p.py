# SPDX-License-Identifier: MIT
"""Peers on loopback: ours with ours, js-libp2p with js-libp2p, go-libp2p with go-libp2p, by the partners of test/interop."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(2, str(ROOT / "test" / "interop"))

from matrix import PARTNERS, Failed, Missing, Partner  # noqa: E402
from progress import Progress  # noqa: E402
from rows import BenchError, Row, against, missing  # noqa: E402

RIVALS = {"js3": "js-libp2p", "go": "go-libp2p"}
SECURITY = "noise"
TOPIC = "bench"
DIALS = 20
PINGS = 200
SENT_BYTES = 64 << 20
MESSAGES = 50
MESSAGE_BYTES = 1024


@dataclass(frozen=True)
class Figure:
    """`bars`: the most of the ratio to each rival of which something is asked."""

    name: str
    unit: str
    bars: dict[str, float]
    measure: Callable[["Couples"], float]


class Couples:
    """Two pairs of one implementation: `caller` dials `callee` anew each time; `one` and `other` stay connected."""

    def __init__(self, name: str, stack: ExitStack) -> None:
        peers = [stack.enter_context(closing(Partner(name, SECURITY, "1.2"))) for _ in range(4)]
        self.caller, self.callee, self.one, self.other = peers
        self.published = 0
        self.one.ask("dial", address=self.other.address)
        self.other.ask("connected", peer=self.one.id)
        for mine in (self.one, self.other):
            mine.ask("subscribe", topic=TOPIC)
        for mine, theirs in ((self.one, self.other), (self.other, self.one)):
            mine.ask("in_mesh", topic=TOPIC, peer=theirs.id)

    def dial(self) -> float:
        return median_ns(self.caller.ask("dial_many", address=self.callee.address, count=DIALS))

    def ping(self) -> float:
        return median_ns(self.one.ask("ping", peer=self.other.id, count=PINGS))

    def send(self) -> float:
        return self.one.ask("send", peer=self.other.id, bytes=SENT_BYTES)["us"] * 1e3

    def send_cpu(self) -> float:
        """What both ends spend on it, which a neighbour's work does not change."""
        before = cpu_ns(self.one) + cpu_ns(self.other)
        self.send()
        return cpu_ns(self.one) + cpu_ns(self.other) - before

    def deliver(self) -> float:
        """One message at a time, so that none waits for another."""
        size = {"min": MESSAGE_BYTES, "max": MESSAGE_BYTES}
        for _ in range(MESSAGES):
            self.one.ask("publish", topic=TOPIC, first=self.published, count=1, **size)
            self.published += 1
            self.other.ask("received", topic=TOPIC, count=self.published)
        return median_ns(self.other.ask("latencies", topic=TOPIC))


FIGURES = [
    Figure("dial, Noise and yamux, p50", "us", {"js3": 1 / 4, "go": 1.0}, Couples.dial),
    Figure("ping round trip p50", "us", {"js3": 1 / 3, "go": 0.8}, Couples.ping),
    Figure("64 MiB on one stream", "ms", {"js3": 1 / 5, "go": 1.0}, Couples.send),
    Figure("64 MiB, processor time of both", "ms", {}, Couples.send_cpu),
    Figure("gossip 1 KB, publish -> deliver p50", "us", {"js3": 1 / 4, "go": 0.8}, Couples.deliver),
]


def median_ns(answer: dict) -> float:
    return statistics.median(answer["us"]) * 1e3


def cpu_ns(partner: Partner) -> float:
    """Of all its threads; none of them ends while it sends."""
    tasks = Path(f"/proc/{partner.process.pid}/task").glob("*/schedstat")
    return float(sum(int(task.read_text().split()[0]) for task in tasks))


def present(progress: Progress) -> list[str]:
    found = ["ours"]
    for name, title in RIVALS.items():
        try:
            PARTNERS[name]()
            found.append(name)
        except Missing as why:
            progress.say(f"without {title}: {why}")
    return found


def play(couples: dict[str, Couples], rounds: int, progress: Progress) -> dict[tuple[str, str], list[float]]:
    """All rounds, and one before them that warms up; figure by figure, all contenders in turn."""
    columns: dict[tuple[str, str], list[float]] = {}
    for number in range(rounds + 1):
        for figure in FIGURES:
            for name, couple in couples.items():
                value = figure.measure(couple)
                if number > 0:
                    columns.setdefault((figure.name, name), []).append(value)
        progress.show(number, f"round {number} of {rounds}")
    return columns


def rows_of(figure: Figure, columns: dict[tuple[str, str], list[float]]) -> Iterator[Row]:
    ours = columns[figure.name, "ours"]
    for name, title in RIVALS.items():
        rival = columns.get((figure.name, name))
        if rival is None:
            yield missing(figure.name, figure.unit, ours, title)
        else:
            yield against(figure.name, figure.unit, ours, title, rival, figure.bars.get(name))


def measure(rounds: int, progress: Progress) -> list[Row]:
    with ExitStack() as stack:
        try:
            couples = {name: Couples(name, stack) for name in present(progress)}
            columns = play(couples, rounds, progress)
        except (Failed, Missing) as error:
            raise BenchError(str(error)) from error
    return [row for figure in FIGURES for row in rows_of(figure, columns)]
