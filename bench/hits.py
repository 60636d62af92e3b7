# SPDX-License-Identifier: MIT
"""Cache hits over HTTP: our agent, nginx, HAProxy, Varnish and a bare responder, each on one core, wrk on another."""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(2, str(ROOT / "test" / "e2e"))

from progress import Progress  # noqa: E402
from rivals import Bare, Haproxy, Nginx, Ours, Server, Varnish  # noqa: E402
from rows import BenchError, Row, against, alone  # noqa: E402
from stub import Asked, Stub, response  # noqa: E402
from wire import Wire  # noqa: E402

CLIENT_CORE = 1
CONNECTIONS = 16
RUN_S = 2
SIZES = {"1 KB": 1 << 10, "10 KB": 10 << 10, "100 KB": 100 << 10}
HEADERS = ("Accept: application/vnd.github+json", "Authorization: Bearer ghp_bench000000000000000000000000000000",
           "User-Agent: bench", "X-GitHub-Api-Version: 2022-11-28")
ENTRIES = 10_000
ENTRY_BYTES = 1 << 10
EXEC_RUNS = 30
UNITS_MS = {"us": 1e-3, "ms": 1.0, "s": 1e3}
MIB = 1024.0                          # in KiB

# What GitHub sends beside the body; the values are made up.
TOLD = {
    "Cache-Control": "private, max-age=60, s-maxage=60",
    "Vary": "Accept, Authorization, Cookie, X-GitHub-OTP,Accept-Encoding, Accept, X-Requested-With",
    "ETag": '"6ff2f0a4b9ab4d3e8f5d9a0f8a3a5d3f6ff2f0a4b9ab4d3e8f5d9a0f8a3a5d3f"',
    "Last-Modified": "Mon, 05 Jan 2026 09:00:00 GMT",
    "X-OAuth-Scopes": "repo, workflow", "X-Accepted-OAuth-Scopes": "repo",
    "X-GitHub-Media-Type": "github.v3; format=json", "X-GitHub-Api-Version-Selected": "2022-11-28",
    "X-RateLimit-Limit": "5000", "X-RateLimit-Remaining": "4987", "X-RateLimit-Reset": "1767607200",
    "X-RateLimit-Used": "13", "X-RateLimit-Resource": "core",
    "Access-Control-Expose-Headers": "ETag, Link, Location, Retry-After, X-GitHub-OTP, X-RateLimit-Limit, "
                                     "X-RateLimit-Remaining, X-RateLimit-Used, X-RateLimit-Resource, X-RateLimit-Reset",
    "Access-Control-Allow-Origin": "*", "Strict-Transport-Security": "max-age=31536000; includeSubdomains; preload",
    "X-Frame-Options": "deny", "X-Content-Type-Options": "nosniff", "X-XSS-Protection": "0",
    "Referrer-Policy": "origin-when-cross-origin, strict-origin-when-cross-origin",
    "Content-Security-Policy": "default-src 'none'", "X-GitHub-Request-Id": "A1B2:3C4D:5E6F70:8192A3:B4C5D6E7",
}


def told(size: int) -> bytes:
    start = b'{"id":1,"full_name":"octo-org/hello","description":"'
    body = start + b"d" * (size - len(start) - 2) + b'"}'
    return response(200, body, **{name.replace("-", "_"): value for name, value in TOLD.items()})


RESPONSES = [told(size) for size in SIZES.values()]
MANY = told(ENTRY_BYTES)


def target_of(size: str) -> str:
    return f"/repos/octo-org/hello-{list(SIZES).index(size)}"


def answer(asked: Asked) -> bytes:
    """hello-0 to hello-2 are the sizes; anything longer one of many."""
    name = asked.path.rpartition("-")[2]
    return RESPONSES[int(name)] if len(name) == 1 else MANY


# ---- one run of wrk ----

@dataclass(frozen=True)
class Run:
    requests_per_s: float
    p50_ns: float
    p99_ns: float
    cpu_ns: float                     # of the server, for each request


def _latency_ns(out: str, part: str) -> float:
    number, unit = re.search(rf"^\s+{part}%\s+([\d.]+)(us|ms|s)$", out, re.M).groups()
    return float(number) * UNITS_MS[unit] * 1e6


def run_wrk(server: Server, target: str) -> Run:
    options = [word for header in ("Host: api.github.com", *HEADERS) for word in ("-H", header)]
    before_ns = server.cpu_ns()
    ended = subprocess.run(["taskset", "-c", str(CLIENT_CORE), "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{RUN_S}s",
                            "--latency", *options, f"http://127.0.0.1:{server.port}{target}"],
                           stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    spent_ns = server.cpu_ns() - before_ns
    out = ended.stdout
    if ended.returncode != 0 or "Socket errors" in out or "Non-2xx" in out:
        raise BenchError(f"wrk with {server.title}: {out}{ended.stderr}")
    requests = int(re.search(r"(\d+) requests in", out).group(1))
    return Run(float(re.search(r"Requests/sec:\s+([\d.]+)", out).group(1)), _latency_ns(out, "50"),
               _latency_ns(out, "99"), spent_ns / requests)


# ---- all of them in turn ----

class Arena:
    """The servers, filled from one origin that is not asked while wrk runs."""

    def __init__(self, folder: Path, build: Path, stack: ExitStack) -> None:
        self.stub = Stub(answer)
        stack.callback(self.stub.stop)
        port = int(self.stub.url.rpartition(":")[2])
        self.ours = Ours(folder / "ours", port, build)
        self.rivals = {"nginx": Nginx(folder / "nginx", port), "haproxy": Haproxy(folder / "haproxy", port),
                       "varnish": Varnish(folder / "varnish", port),
                       "bare": Bare(folder / "bare", port, build, RESPONSES)}
        self.servers: dict[str, Server] = {"ours": self.ours, **self.rivals}
        for server in self.servers.values():
            server.start()
            stack.callback(server.stop)

    def fill(self, server: Server, size: str) -> None:
        """Asked twice, it must have the answer, whole."""
        with Wire(("127.0.0.1", server.port)) as wire:
            replies = [wire.ask("GET", target_of(size), *HEADERS) for _ in range(2)]
        if any(reply.status != 200 or len(reply.body) != SIZES[size] for reply in replies):
            raise BenchError(f"{server.title} does not give the {size} that the origin gave")
        if server is self.ours and not replies[1].headers["cache-status"].startswith("ghmesh; hit;"):
            raise BenchError("our second answer is no hit")

    def measure(self, server: Server, size: str) -> Run:
        self.fill(server, size)
        asked = len(self.stub.asked)
        run = run_wrk(server, target_of(size))
        if len(self.stub.asked) != asked:
            raise BenchError(f"{server.title} asked the origin while it was to answer from its cache")
        return run


def play(arena: Arena, rounds: int, progress: Progress) -> dict[tuple[str, str], list[Run]]:
    runs: dict[tuple[str, str], list[Run]] = {}
    for number in range(rounds):
        for size in SIZES:
            for name, server in arena.servers.items():
                runs.setdefault((size, name), []).append(arena.measure(server, size))
        progress.show(number + 1, f"round {number + 1} of {rounds}")
    return runs


@dataclass(frozen=True)
class Bars:
    """What is asked of us against one rival at one size."""

    rate: float | None = None         # at least
    cpu: float | None = None          # at most
    p99: float | None = None          # at most


BARS = {
    ("1 KB", "nginx"): Bars(rate=1.6, p99=1.0), ("10 KB", "nginx"): Bars(rate=1.45, p99=1.0),
    ("100 KB", "nginx"): Bars(rate=0.8, cpu=1.0, p99=1.0), ("1 KB", "haproxy"): Bars(rate=1.3),
    ("1 KB", "varnish"): Bars(rate=2.5), ("1 KB", "bare"): Bars(rate=0.9, cpu=1.3),
}


def rows_of(size: str, name: str, title: str, runs: dict[tuple[str, str], list[Run]]) -> Iterator[Row]:
    bars = BARS.get((size, name), Bars())
    ours, theirs = runs[size, "ours"], runs[size, name]
    yield against(f"hit {size}, a second", "k", [run.requests_per_s for run in ours], title,
                  [run.requests_per_s for run in theirs], bars.rate, is_least=True)
    yield against(f"hit {size}, processor", "us", [run.cpu_ns for run in ours], title,
                  [run.cpu_ns for run in theirs], bars.cpu)
    yield against(f"hit {size}, p50", "us", [run.p50_ns for run in ours], title, [run.p50_ns for run in theirs])
    yield against(f"hit {size}, p99", "us", [run.p99_ns for run in ours], title, [run.p99_ns for run in theirs],
                  bars.p99)


# ---- memory and exec ----

def fill_many(server: Server) -> dict[str, float]:
    with Wire(("127.0.0.1", server.port)) as wire:
        for number in range(2 * ENTRIES):
            reply = wire.ask("GET", f"/repos/octo-org/hello-{ENTRIES + number % ENTRIES}", *HEADERS)
            if reply.status != 200:
                raise BenchError(f"{server.title} answers {reply.status}")
    return server.memory_kib()


def memory_rows(arena: Arena) -> Iterator[Row]:
    ours, theirs = fill_many(arena.ours), fill_many(arena.rivals["varnish"])
    title = arena.rivals["varnish"].title
    for part, bar in (("Rss", 1 / 3), ("Pss", 1 / 3), ("Anonymous", None)):
        yield against(f"10 000 entries of 1 KB, {part.lower()}", "MiB", [ours[part]], title, [theirs[part]], bar)


def exec_row(environment: dict[str, str], build: Path) -> Row:
    """From spawning until it is gone."""
    spent = []
    for _ in range(EXEC_RUNS):
        start_ns = time.perf_counter_ns()
        subprocess.run([build / "ghmesh", "exec", "--", "true"], env=environment, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True, timeout=60)
        spent.append((time.perf_counter_ns() - start_ns) / 1e6)
    return alone("ghmesh exec -- true", "ms", spent, 15.0)


def measure(folder: Path, build: Path, environment: dict[str, str], rounds: int, progress: Progress) -> list[Row]:
    with ExitStack() as stack:
        arena = Arena(folder, build, stack)
        runs = play(arena, rounds, progress)
        rows = [row for size in SIZES for name, server in arena.rivals.items()
                for row in rows_of(size, name, server.title, runs)]
        rows += memory_rows(arena)
    return [*rows, exec_row(environment, build)]
