# SPDX-License-Identifier: MIT
"""Care for the store, from outside: looking, repairing, compacting, clearing; beside others, interrupted, short of everything."""

import json
import os
import pty
import random
import resource
import signal
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from stub import Stub, response  # noqa: E402
from suite import PROGRAM, WAIT_S, Done, Suite, is_sanitized, main  # noqa: E402

DONE, NO, LOCAL = 0, 1, 3
MARKER = "a word that is nowhere else"
NOISE_BYTES = 400_000
NOISES = 40
PAGE = 4096


def first_key(page: bytes) -> bytes:
    """Of a leaf of LMDB: its first pointer is after a head of 16 bytes, the key after a node's head of 8."""
    at = int.from_bytes(page[16:18], "little")
    return bytes(page[at + 8:at + 40])


class StoreTest(Suite):
    def put(self, number: int, value: object) -> None:
        done = self.run_program("put", f"value:number={number}", given=json.dumps(value).encode())
        self.assertEqual(done.code, DONE, done.said)

    def get(self, number: int, **options) -> Done:
        return self.run_program("get", f"value:number={number}", **options)

    def care(self, *words: str) -> tuple[int, dict]:
        done = self.run_program("store", *words, "--json")
        return done.code, json.loads(done.shown) if done.shown else {"said": done.said}

    @property
    def file(self) -> Path:
        return self.folder / "store" / "store2.mdb"

    @property
    def copy(self) -> Path:
        return self.folder / "store" / "store2.mdb-new"


class CheckTest(StoreTest):
    def test_a_sound_store(self):
        self.assertEqual(self.care("check")[1]["entries"], 0)
        for number in range(5):
            self.put(number, "x" * 20000 if number == 0 else number)
        code, told = self.care("check")
        self.assertEqual((code, told["entries"], told["packed"], told["damaged"], told["sums_wrong"]), (DONE, 5, 1, 0, False))
        done = self.run_program("store", "check")
        self.assertEqual((done.code, done.said), (DONE, ""))
        self.assertIn("entries   5, of them 1 packed and 0 pinned\n", done.shown.decode())

    def test_damage_is_found_and_dropped(self):
        for number in range(5):
            self.put(number, f"{MARKER} {number}")
        held = self.file.read_bytes()
        for at in (at for at in range(len(held)) if held.startswith(f"{MARKER} 3".encode(), at)):
            with self.file.open("r+b") as file:
                file.seek(at)
                file.write(b"A")
        self.assertEqual(self.get(3).code, NO)
        code, told = self.care("check")
        self.assertEqual((code, told["entries"], told["damaged"]), (NO, 4, 1))
        code, told = self.care("check", "--repair")
        self.assertEqual((code, told["dropped"]), (NO, 1))
        code, told = self.care("check")
        self.assertEqual((code, told["entries"], told["damaged"]), (DONE, 4, 0))
        self.assertEqual(self.get(2).shown, f'"{MARKER} 2"'.encode())

    def broken(self, *words: str) -> str:
        """LMDB's own last words are among what is said."""
        done = subprocess.run([PROGRAM, "store", *words], env=self.environment(), capture_output=True, text=True,
                              timeout=WAIT_S, check=False)
        self.assertEqual((done.returncode, done.stdout), (NO, ""), done.stderr)
        return done.stderr

    @unittest.skipIf(is_sanitized(), "a crash on purpose")
    def test_a_page_that_ends_whoever_reads_it(self):
        """LMDB asserts that what follows a leaf is a leaf."""
        for number in range(60):
            self.put(number, random.Random(number).randbytes(100).hex())
        held = bytearray(self.file.read_bytes())
        leaves = {at: first_key(held[at:at + PAGE]) for at in range(0, len(held), PAGE)
                  if b"value:number=" in held[at:at + PAGE]}
        for at in (at for at, key in leaves.items() if key != min(leaves.values())):
            held[at + 10:at + 12] = b"\0\0"
        with self.file.open("r+b") as file:
            file.write(held)
        self.assertIn("--repair makes the store anew", self.broken("check"))
        self.assertIn("is made anew when", self.broken("check", "--repair"))
        self.assertEqual(self.care("check")[1]["entries"], 0)
        self.put(1, 1)
        self.assertEqual(self.get(1).shown, b"1")

    def test_beside_an_agent(self):
        node = self.node("node")
        node.start([])
        node.put("value:number=1", "1")
        env = {**self.environment(), "GHMESH_DIR": node.environment["GHMESH_DIR"]}
        done = self.run_program("store", "check", "--repair", "--json", env=env)
        self.assertEqual((done.code, json.loads(done.shown)["entries"]), (DONE, 1))
        done = self.run_program("store", "compact", env=env)
        self.assertEqual((done.code, done.shown), (LOCAL, b""))
        self.assertIn("stop the agent", done.said)
        done = self.run_program("store", "clear", env=env)
        self.assertEqual((done.code, done.shown), (DONE, b"1 entries forgotten\n"))
        node.put("value:number=2", "2")
        self.assertEqual(node.command("get", "value:number=2"), b"2")

    def test_progress_is_for_terminals(self):
        self.put(1, 1)
        master, slave = pty.openpty()
        done = subprocess.run([PROGRAM, "store", "check"], env=self.environment(), stdin=slave, stdout=subprocess.PIPE,
                              stderr=slave, timeout=WAIT_S, check=False)
        os.close(slave)
        self.assertIn(b"checking   0 %", os.read(master, 4096))
        os.close(master)
        self.assertEqual(done.returncode, DONE)
        self.assertNotIn(b"checking", done.stdout)


class CompactTest(StoreTest):
    def fill(self) -> None:
        """Values that zstd cannot make smaller, and most of them gone."""
        for number in range(NOISES):
            self.put(number, random.Random(number).randbytes(NOISE_BYTES // 2).hex())

    def copied(self) -> int:
        try:
            return self.copy.stat().st_size
        except FileNotFoundError:
            return -1

    def test_room_comes_back(self):
        self.fill()
        before = self.file.stat().st_size
        self.assertGreater(before, NOISES * NOISE_BYTES // 2)
        self.assertEqual(self.care("clear"), (DONE, {"dropped": NOISES}))
        self.assertGreaterEqual(self.file.stat().st_size, before)
        code, told = self.care("compact")
        self.assertEqual((code, told["before_bytes"] >= before), (DONE, True))
        self.assertEqual(self.file.stat().st_size, told["after_bytes"])
        self.assertLess(told["after_bytes"], 100_000)
        self.put(1, 1)
        self.assertEqual(self.get(1).shown, b"1")

    def test_killed_at_any_moment(self):
        self.fill()
        right = self.get(7).shown
        halfway = 0
        for round_number in range(12):
            running = subprocess.Popen([PROGRAM, "store", "compact"], env=self.environment(), stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL)
            grown = round_number * NOISES * NOISE_BYTES // 12
            while running.poll() is None and self.copied() < grown:
                pass
            running.send_signal(signal.SIGINT if round_number % 2 else signal.SIGKILL)
            running.wait(WAIT_S)
            halfway += self.copy.exists()
            self.assertEqual(self.get(7).shown, right)
            self.assertFalse(self.copy.exists())
            code, told = self.care("check")
            self.assertEqual((code, told["entries"]), (DONE, NOISES))
        self.assertGreater(halfway, 0)


class ScarcityTest(StoreTest):
    """Where something is short, a clear word; and what can be read is read."""

    def limited(self, *words: str, given: bytes = b"", env: dict[str, str] | None = None, **limits: int) -> Done:
        def limit() -> None:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            for name, value in limits.items():
                resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (value, value))
        return self.run_program(*words, given=given, env=env, preexec_fn=limit)

    def test_few_descriptors(self):
        self.put(1, 1)
        codes = set()
        for most in range(3, 24):
            done = self.limited("get", "value:number=1", NOFILE=most)
            codes.add(done.code)
            self.assertIn(done.code, (DONE, LOCAL, 126, 127), f"{most}: {done.said}")
            if done.code == DONE:
                self.assertEqual(done.shown, b"1")
            else:
                self.assertNotEqual(done.said, "", most)
        self.assertIn(DONE, codes)

    def test_few_descriptors_do_not_stop_api(self):
        stub = Stub(lambda _asked: response(200, b'{"id":1}'))
        self.addCleanup(stub.stop)
        env = self.environment(GHMESH_HOST=stub.url)
        codes = {}
        for most in range(4, 40):
            done = self.limited("api", "/repos/o/r", env=env, NOFILE=most)
            codes[most] = done.code
            self.assertNotEqual((done.code, done.said), (LOCAL, ""), most)
            if done.code == DONE:
                self.assertEqual(done.shown, b'{"id":1}', most)
        self.assertEqual(codes[39], DONE)

    def test_files_that_cannot_grow(self):
        for number in range(20):
            self.put(number, number)
        size = self.file.stat().st_size
        value = json.dumps(random.Random(1).randbytes(NOISE_BYTES).hex()).encode()
        done = self.limited("put", "value:number=99", given=value, FSIZE=size)
        self.assertEqual(done.code, LOCAL)
        self.assertIn("no room left", done.said)
        done = self.limited("store", "compact", FSIZE=4096)
        self.assertEqual(done.code, LOCAL)
        self.assertFalse(self.copy.exists())
        self.assertIn(self.limited("store", "check", FSIZE=size).code, (DONE,))
        there = [number for number in range(20) if self.get(number).code == DONE]
        self.assertEqual(self.care("check")[1]["entries"], len(there))

    def test_a_large_answer_is_read_back_whole(self):
        text = "".join(f"line {number} of many; " for number in range(200_000))
        self.put(1, text)
        self.assertLess(self.file.stat().st_size, len(text) // 2)
        self.assertEqual(json.loads(self.get(1).shown), text)


if __name__ == "__main__":
    main()
