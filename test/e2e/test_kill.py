# SPDX-License-Identifier: MIT
"""kill -9 at any instant: the others go on, nothing that was acknowledged is lost, no answer is wrong."""

import contextlib
import json
import random
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from suite import PROGRAM, Suite, is_sanitized, main  # noqa: E402

HERE = Path(__file__).resolve().parent
DEMO_WAIT_S = 300
ROUNDS = 12
KILLS = 25
ACKNOWLEDGED_MAX = 120
WRITERS = 3


def value(number: int) -> str:
    return json.dumps({"number": number, "filling": f"{number:01000d}"}, separators=(",", ":"))


class DemoTest(Suite):
    def test_a_node_dies_in_mid_demo(self):
        if is_sanitized():
            self.skipTest("libfaketime and a sanitizer cannot be loaded together")
        done = subprocess.run(
            [sys.executable, HERE / "demo.py", "--kill", "--rounds", str(ROUNDS), "--nodes", "4", "--json", "--program",
             PROGRAM], capture_output=True, text=True, timeout=DEMO_WAIT_S, check=False)
        if "libfaketime is missing" in done.stderr:
            self.skipTest("the package faketime is missing")
        self.assertEqual(done.returncode, 0, done.stderr[-3000:])
        told = json.loads(done.stdout[done.stdout.index("{"):])
        self.assertIs(told["killed"], True)
        for name in ("wrong_answers", "stale_beyond_bound", "failed"):
            self.assertEqual(told[name], 0, name)
        self.assertGreater(told["peer_hits"], 0)


class WriterTest(Suite):
    def acknowledge(self, writer, count: int) -> int:
        """Waits for so many puts; the last that was acknowledged."""
        last = -1
        for _ in range(count):
            last = int(writer.hear())
        return last

    def check_kept(self, numbers: range, env: dict[str, str]) -> None:
        reader = self.app("app_share", env=env)
        self.assertEqual(reader.hear(), "open")
        for number in numbers:
            self.assertEqual(reader.ask(f"get put:number={number}"), value(number))
        self.assertEqual(reader.finish(), 0, reader.said)

    def test_no_acknowledged_put_is_lost(self):
        random.seed(1)
        env = self.environment()
        first = 0
        for _ in range(KILLS):
            writer = self.app("app_putter", str(first), env=env)
            last = self.acknowledge(writer, random.randint(1, ACKNOWLEDGED_MAX))
            writer.kill()
            last = max([last, *(int(line) for line in writer.heard())])
            self.check_kept(range(max(first - 50, 0), last + 1), env)
            first = last + 1
        self.check_kept(range(first), env)

    def test_writers_that_die_do_not_hinder_the_others(self):
        env = self.environment()
        for turn in range(5):
            writers = [self.app("app_putter", str((turn * WRITERS + i) * 1_000_000), env=env) for i in range(WRITERS)]
            for writer in writers:
                self.acknowledge(writer, 20)
            writers[0].kill()
            for writer in writers[1:]:
                self.acknowledge(writer, 20)
                writer.kill()
            self.check_kept(range(turn * WRITERS * 1_000_000, turn * WRITERS * 1_000_000 + 20), env)

    def test_a_node_that_dies_again_and_again(self):
        """The same directory, the same peer id, all that was acknowledged."""
        node = self.node("node")
        address = None
        for number in range(10):
            node.start([])
            self.assertIn(address, (None, node.address))
            address = node.address
            node.put(f"put:number={number}", value(number))
            node.kill()
        for number in range(10):
            self.assertEqual(node.command("get", f"put:number={number}").decode(), value(number))
        self.assertEqual(node.stats()["host_pid"], 0)

    def test_commands_that_die(self):
        """A command that is killed at any point leaves a directory that works."""
        env = self.environment()
        for instant_us in range(0, 8000, 200):
            command = subprocess.Popen([PROGRAM, "put", "list_repos:a=1"], env=env, stdin=subprocess.PIPE,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            with command.stdin:
                command.stdin.write(b'"mine"')
            with contextlib.suppress(subprocess.TimeoutExpired):
                command.wait(instant_us / 1e6)
            command.kill()
            command.wait()
            done = self.run_program("put", "list_repos:a=2", env=env, given=b"2")
            self.assertEqual(done.code, 0, done.said)
            self.assertEqual(self.run_program("get", "list_repos:a=2", env=env).shown, b"2")


if __name__ == "__main__":
    main()
