# SPDX-License-Identifier: MIT
"""`python3 -m github`: starts the emulator, prints where it listens as one line of JSON, serves until it is ended."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
from pathlib import Path

if not __package__:              # run as `python3 test/github`: make the folder a package
    sys.path[0] = str(Path(__file__).resolve().parent.parent)
    __package__ = "github"

from github.clock import Clock, parse_time  # noqa: E402
from github.emulator import Emulator  # noqa: E402
from github.server import Server  # noqa: E402
from github.world import RUN_SLOT_S, World  # noqa: E402


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="github", description="A small GitHub for tests.")
    parser.add_argument("--port", type=int, default=0, help="public port (default: any free one)")
    parser.add_argument("--seed", type=int, default=1, help="of the world's life (default 1)")
    parser.add_argument("--slot", type=int, default=RUN_SLOT_S, metavar="S",
                        help=f"one run a repository in each S seconds (default {RUN_SLOT_S})")
    parser.add_argument("--start", metavar="TIME", help="virtual time at start: epoch or ISO (default: now)")
    parser.add_argument("--rate", type=float, default=1.0, help="virtual seconds a real second; 0 stands still")
    parser.add_argument("--etag", choices=("formula", "opaque"), default="formula")
    return parser.parse_args()


def main() -> int:
    options = arguments()
    clock = Clock(parse_time(options.start) if options.start else None, options.rate)
    emulator = Emulator(clock, World(options.seed, options.slot), options.etag == "opaque")
    server = Server(emulator, options.port)
    server.start()
    print(json.dumps({"url": server.url, "admin": server.admin_url}), flush=True)
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    ended.wait()
    server.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
