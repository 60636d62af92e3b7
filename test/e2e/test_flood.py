# SPDX-License-Identifier: MIT
"""Ten thousand half-open connections, slow ones, garbage, and no descriptor left: a listener holds what it may and no more,
and a peer that is connected goes on pinging as if nothing were."""

import contextlib
import errno
import fcntl
import itertools
import json
import os
import random
import resource
import selectors
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from node import wait_for  # noqa: E402
from suite import ESTABLISHED, PROGRAM, WAIT_S, Suite, is_sanitized, main, sockets  # noqa: E402

HALF_OPEN = 10_000
AT_ONCE = 100  # connects under way: what a listener's backlog holds
PENDING_MAX = 64  # handshakes that a swarm has under way
RSS_GROWTH_KIB_MAX = 8192  # stated: 64 handshakes are 512 KiB, the rest is the allocator's and libuv's
GREETING = b"\x13/multistream/1.0.0\n"
PINGS = 1_000_000
PING_EVERY_S = 0.01
PIPE_BYTES = 4096
GAP_S_MAX = 2.0
LORIS_WAIT_S = 20.0
FEW_DESCRIPTORS = 48


class Pinger:
    """A second process that pings all the time, slowed by how fast its lines are read."""

    def __init__(self, address: str) -> None:
        self._process = subprocess.Popen([str(PROGRAM), "p2p", "ping", address, "-c", str(PINGS)], stdout=subprocess.PIPE,
                                         stderr=subprocess.DEVNULL, text=True)
        fcntl.fcntl(self._process.stdout, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        self.count, self.gap_s = 0, 0.0
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        last_s = None
        for line in self._process.stdout:
            json.loads(line)
            now_s = time.monotonic()
            self.gap_s = max(self.gap_s, now_s - last_s if last_s else 0.0)
            last_s = now_s
            self.count += 1
            time.sleep(PING_EVERY_S)

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        self._thread.join(WAIT_S)
        self._process.stdout.close()


class FloodTest(Suite):
    def setUp(self) -> None:
        super().setUp()
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        self.room = min(HALF_OPEN, (hard if hard != resource.RLIM_INFINITY else 2 * HALF_OPEN) - 200)

    def listen(self, descriptors: int | None = None) -> None:
        def limit() -> None:
            if descriptors:
                resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors))
        self.listener = subprocess.Popen([str(PROGRAM), "p2p", "listen", "/ip4/127.0.0.1/tcp/0"], stdout=subprocess.PIPE,
                                         text=True, preexec_fn=limit)
        self.addCleanup(self.listener.stdout.close)
        self.addCleanup(self.listener.wait)
        self.addCleanup(self.listener.kill)
        self.address = json.loads(self.listener.stdout.readline())["addr"]
        self.port = int(self.address.split("/")[4])
        self.pinger = Pinger(self.address)
        self.addCleanup(self.pinger.close)
        wait_for("the first pings", lambda: self.pinger.count > 10)
        self.rss_kib = self.memory("VmRSS")

    def memory(self, name: str) -> int:
        for line in Path(f"/proc/{self.listener.pid}/status").read_text().splitlines():
            if line.startswith(name + ":"):
                return int(line.split()[1])
        self.fail(f"no {name}")

    def established(self) -> int:
        return len(sockets(self.listener.pid, ESTABLISHED))

    def connect(self, count: int, first: bytes) -> list[socket.socket]:
        """`count` sockets from many addresses, each of which says `first`; some find the door shut."""
        made: list[socket.socket] = []
        sources = itertools.cycle(f"127.0.1.{i}" for i in range(1, 200))
        with selectors.DefaultSelector() as selector:
            while len(made) < count or selector.get_map():
                while len(made) < count and len(selector.get_map()) < AT_ONCE:
                    made.append(self.begin(next(sources)))
                    selector.register(made[-1], selectors.EVENT_WRITE)
                for key, _ in selector.select(WAIT_S):
                    selector.unregister(key.fileobj)
                    with contextlib.suppress(ConnectionError):
                        key.fileobj.send(first)
        return made

    def begin(self, source: str) -> socket.socket:
        connection = socket.socket()
        self.addCleanup(connection.close)
        connection.setblocking(False)
        connection.bind((source, 0))
        code = connection.connect_ex(("127.0.0.1", self.port))
        self.assertIn(code, (0, errno.EINPROGRESS), os.strerror(code))
        return connection

    def check_is_well(self) -> None:
        """Bounded memory, the honest peer's connection is the first one still, and there is room for another."""
        self.assertIsNone(self.listener.poll())
        self.assertTrue(self.pinger.alive)
        count = self.pinger.count
        wait_for("more pings", lambda: self.pinger.count > count + 100)
        self.assertLess(self.pinger.gap_s, GAP_S_MAX)
        grown_kib = self.memory("VmHWM") - self.rss_kib
        print(f"grown by {grown_kib} KiB at most, {self.pinger.count} pings, {self.pinger.gap_s:.3f} s the longest pause")
        if not is_sanitized():
            self.assertLess(grown_kib, RSS_GROWTH_KIB_MAX)

    def check_has_room(self) -> None:
        wait_for("a new peer", lambda: self.run_program("p2p", "ping", self.address, "-c", "3").code == 0, WAIT_S)

    def test_ten_thousand_half_open_connections(self):
        self.listen()
        left = HALF_OPEN
        while left > 0:
            batch = self.connect(min(left, self.room), GREETING[:1])
            left -= len(batch)
            self.assertLessEqual(self.established(), PENDING_MAX + 1)
            if left > 0:
                for connection in batch:
                    connection.close()
        self.check_is_well()
        wait_for("the end of all handshakes", lambda: self.established() == 1)
        self.check_has_room()
        self.check_is_well()

    def test_slow_ones(self):
        """A byte now and then wins no time: each says a name of 1023 letters, rightly so far, and all are put out."""
        self.listen()
        slow = self.connect(PENDING_MAX, GREETING + b"\x80\x08")
        wait_for("all of them", lambda: self.established() == PENDING_MAX + 1)
        end_s = time.monotonic() + LORIS_WAIT_S
        while self.established() > 1:
            self.assertLess(time.monotonic(), end_s, "they are still there")
            for connection in slow:
                with contextlib.suppress(ConnectionError):
                    connection.send(b"n")
            time.sleep(0.5)
        self.check_is_well()
        self.check_has_room()

    def test_garbage(self):
        self.listen()
        dice = random.Random(1)
        starts = (b"", GREETING, GREETING + b"\x07/noise\n", GREETING + b"\x07/noise\n\x00\x20", GREETING + b"\x0b/tls/1.0.0\n",
                  GREETING + b"\x0b/tls/1.0.0\n\x16\x03\x01\x40\x00", b"\xff" * 20)
        for _ in range(40):
            for connection in self.connect(50, dice.choice(starts) + dice.randbytes(dice.randrange(60_000))):
                connection.close()
        self.check_is_well()
        wait_for("the end of all of them", lambda: self.established() == 1)
        self.check_has_room()

    def test_no_descriptor_left(self):
        self.listen(FEW_DESCRIPTORS)
        held = self.connect(300, GREETING)
        self.assertLess(self.established(), FEW_DESCRIPTORS)
        self.check_is_well()
        for connection in held:
            connection.close()
        self.check_has_room()
        self.check_is_well()


if __name__ == "__main__":
    main()
