# SPDX-License-Identifier: MIT
"""What the end-to-end tests stand on: the build under test, a folder for each test, nodes, commands and library programs.

GHM_BUILD (or `--build DIR`) names the build; without either it is `build`.
"""

from __future__ import annotations

import json
import os
import queue
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest
from dataclasses import dataclass
from pathlib import Path

from node import Node, clean_environment, wait_for

ROOT = Path(__file__).resolve().parent.parent.parent
WAIT_S = 60.0
SETTLE_S = 1.0
SECRET = "ghms1_" + "A" * 42 + "E"
TOKEN = "ghp_suite000000000000000000000000000000000"
# What a sanitizer or an assertion of ours says before it ends a process.
CRASH = re.compile(r"(AddressSanitizer|LeakSanitizer|runtime error:|assertion|Assertion)")
LISTENING, ESTABLISHED = "0A", "01"


def _build() -> Path:
    if "--build" in sys.argv:
        at = sys.argv.index("--build")
        os.environ["GHM_BUILD"] = sys.argv[at + 1]
        del sys.argv[at:at + 2]
    return Path(os.environ.get("GHM_BUILD") or ROOT / "build").resolve()


BUILD = _build()
PROGRAM = BUILD / "ghmesh"


def is_sanitized() -> bool:
    told = BUILD / "meson-info" / "intro-buildoptions.json"
    options = json.loads(told.read_text()) if told.exists() else []
    return any(option["name"] == "b_sanitize" and option["value"] != "none" for option in options)


@dataclass(frozen=True)
class Done:
    """What a command that has ended showed and said."""

    code: int
    shown: bytes
    said: str


class App:
    """One of the programs under test/e2e/c: lines in, lines out."""

    def __init__(self, name: str, *arguments: str, env: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            [BUILD / "test" / "e2e" / name, *arguments], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, start_new_session=True)
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._said: list[str] = []
        self._readers = [threading.Thread(target=self._read, daemon=True),
                         threading.Thread(target=self._read_said, daemon=True)]
        for reader in self._readers:
            reader.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def say(self, line: str) -> None:
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def hear(self) -> str:
        line = self._lines.get(timeout=WAIT_S)
        if line is None:
            raise AssertionError(f"it ended with {self._process.wait()}: {self.said}")
        return line

    def ask(self, line: str) -> str:
        self.say(line)
        return self.hear()

    def heard(self) -> list[str]:
        """Lines up to the end of its output."""
        return list(iter(lambda: self._lines.get(timeout=WAIT_S), None))

    def kill(self) -> None:
        self._process.kill()
        self.wait()

    def finish(self) -> int:
        """Ends its input and waits until it is gone; its exit status."""
        if not self._process.stdin.closed:
            self._process.stdin.close()
        return self.wait()

    def terminate(self) -> int:
        self._process.terminate()
        return self.wait()

    def wait(self) -> int:
        try:
            status = self._process.wait(WAIT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise AssertionError("it did not end") from None
        return status

    @property
    def said(self) -> str:
        """On standard error; all of it once the process and its children are gone."""
        if self._process.poll() is not None:
            self._readers[1].join(SETTLE_S)
        return "".join(self._said)

    def close(self) -> None:
        """After a test, however it went."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        for reader in self._readers:
            reader.join(SETTLE_S)
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            try:
                stream.close()
            except BrokenPipeError:
                pass

    def _read(self) -> None:
        for line in self._process.stdout:
            self._lines.put(line.rstrip("\n"))
        self._lines.put(None)

    def _read_said(self) -> None:
        for line in self._process.stderr:
            self._said.append(line)


class Suite(unittest.TestCase):
    """A folder that goes away, and processes that are looked at when they end."""

    maxDiff = 2000

    @classmethod
    def setUpClass(cls) -> None:
        if not PROGRAM.exists():
            raise FileNotFoundError(f"{PROGRAM} is missing: build first")

    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="ghmesh-test-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def environment(self, **settings: str) -> dict[str, str]:
        """Of a process that is alone in the test's own directory, unless `settings` say else."""
        own = {"GHMESH_DIR": str(self.folder / "store"), "GHMESH_P2P": "false", "GHMESH_AGENT": "off",
               "GH_TOKEN": TOKEN, "GHMESH_HOST": "http://127.0.0.1:9"}
        return {**clean_environment(self.folder), **own, **settings}

    def mesh_environment(self, **settings: str) -> dict[str, str]:
        return self.environment(**{"GHMESH_P2P": "true", "GHMESH_SECRET": SECRET,
                                   "GHMESH_LISTEN": "/ip4/127.0.0.1/tcp/0", **settings})

    def run_program(self, *arguments: str, env: dict[str, str] | None = None, given: bytes = b"",
                    wait_s: float = WAIT_S, **options) -> Done:
        done = subprocess.run([PROGRAM, *arguments], env=env or self.environment(), input=given, capture_output=True,
                              timeout=wait_s, check=False, start_new_session=True, **options)
        said = done.stderr.decode(errors="replace")
        self.assert_sound(done.returncode, said, f"ghmesh {' '.join(arguments)}")
        return Done(done.returncode, done.stdout, said)

    def assert_sound(self, code: int, said: str, what: str) -> None:
        """It did not crash, and no sanitizer complained."""
        self.assertGreaterEqual(code, 0, f"{what} ended by signal {-code}: {said[-2000:]}")
        self.assertNotRegex(said, CRASH, what)

    def node(self, name: str, **settings: str) -> Node:
        """A node that is not started yet, with the suite's secret and token unless `settings` say else."""
        usual = {"GHMESH_SECRET": SECRET, "GH_TOKEN": TOKEN, "GHMESH_LISTEN": "/ip4/127.0.0.1/tcp/0",
                 "GHMESH_HOST": "http://127.0.0.1:9", "GHMESH_AGENT": "off"}
        node = Node(PROGRAM, name, self.folder / name, {**usual, **settings})
        self.addCleanup(self._end_node, node)
        return node

    def app(self, name: str, *arguments: str, env: dict[str, str] | None = None) -> App:
        app = App(name, *arguments, env=env or self.environment())
        self.addCleanup(lambda: self.assertNotRegex(app.said, CRASH))
        self.addCleanup(app.close)
        return app

    def wait_stats(self, node: Node, **wanted: int) -> dict:
        """Until each counter has reached its value."""
        told: dict = {}

        def reached() -> bool:
            told.update(node.stats())
            return all(told[name] >= value for name, value in wanted.items())
        try:
            wait_for(f"{node.name}: {wanted}", reached)
        except Exception as error:
            shown = {name: told.get(name) for name in wanted}
            raise AssertionError(f"{error}; it has {shown}\n{node.log_tail()}") from None
        return told

    def _end_node(self, node: Node) -> None:
        status = node.stop()
        self.assertIn(status, (None, 0, -9), node.log_tail())
        self.assertNotRegex(node.log(), CRASH)


def sockets(pid: int, state: str) -> list[int]:
    """The local ports of a process's TCP sockets in one state."""
    try:
        links = [os.readlink(entry.path) for entry in os.scandir(f"/proc/{pid}/fd")]
    except OSError:
        return []
    inodes = {link[len("socket:["):-1] for link in links if link.startswith("socket:[")}
    found = []
    for table in ("tcp", "tcp6"):
        path = Path("/proc/net") / table
        for line in path.read_text().splitlines()[1:] if path.exists() else []:
            cells = line.split()
            if cells[3] == state and cells[9] in inodes:
                found.append(int(cells[1].rpartition(":")[2], 16))
    return found


def main() -> None:
    unittest.main(verbosity=2)
