# SPDX-License-Identifier: MIT
"""One directory, many processes, one flight: the host asks GitHub for all of them, and whatever happens to it, they are
answered."""

import contextlib
import fcntl
import json
import os
import select
import shutil
import signal
import socket
import stat
import struct
import subprocess
import sys
import threading
import unittest
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from node import wait_for  # noqa: E402
from origin import Origin  # noqa: E402
from parley import (ANSWER, ASK, FORGET, FULL, GUESTS, HELLO, LEAVE, PID, PING, PONG, TERMS, Visitor, ask,  # noqa: E402
                    field, frame, hello_of)
from stub import Asked, Stub, response  # noqa: E402
from suite import PROGRAM, SECRET, TOKEN, WAIT_S, App, Done, Suite, main  # noqa: E402

PROCESSES = 50
PATH = "/repos/o/r"
TOKENS = [f"ghp_guest{number:031d}" for number in range(20)]
START_S = 1767603600                  # 2026-01-05T09:00:00Z
BODY = b'{"id":1}'
PAUSE_S = 0.5
GUESTS_MAX, ASKS_MAX = 256, 1024  # src/io/guests.h


class Gate(Stub):
    """An origin that holds every request back until the gate, or the one for its path, is opened."""

    def __init__(self) -> None:
        self._opened: set[str | None] = set()
        self._changed = threading.Condition()
        self.answers = lambda asked: response(200, BODY, ETag='"x"')
        super().__init__(self._wait)

    def open(self, path: str | None = None) -> None:
        with self._changed:
            self._opened.add(path)
            self._changed.notify_all()

    def stop(self) -> None:
        self.open()
        super().stop()

    def _wait(self, asked: Asked):
        with self._changed:
            self._changed.wait_for(lambda: self._opened & {None, asked.path})
        return self.answers(asked)


class Command:
    """A `ghmesh api` that runs in the background."""

    def __init__(self, *arguments: str, env: dict[str, str]) -> None:
        self._process = subprocess.Popen([PROGRAM, "api", *arguments], env=env, stdin=subprocess.DEVNULL,
                                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def kill(self) -> None:
        self._process.kill()

    def hear(self) -> bytes:
        """What it shows first."""
        return self._process.stdout.read1()

    def signal(self, number: int) -> None:
        self._process.send_signal(number)

    def finish(self) -> Done:
        shown, said = self._process.communicate(timeout=WAIT_S)
        return Done(self._process.returncode, shown, said.decode(errors="replace"))

    def close(self) -> None:
        if self.alive:
            self.kill()
        self._process.wait()
        self._process.stdout.close()
        self._process.stderr.close()


class GuestSuite(Suite):
    def setUp(self) -> None:
        super().setUp()
        self.gate = Gate()
        self.addCleanup(self.gate.stop)
        self.store = self.folder / "store"

    def settings(self, **more: str) -> dict[str, str]:
        return self.environment(**{"GHMESH_HOST": self.gate.url, "GHMESH_SECRET": SECRET, "GHMESH_LOG": "info", **more})

    def asker(self, **settings: str) -> App:
        app = self.app("app_asker", env=self.settings(**settings))
        self.assertEqual(app.hear(), "open", app.said)
        return app

    def host(self, **settings: str) -> App:
        """A process that hosts the directory: it has asked for something."""
        app = self.asker(**settings)
        app.say("- -1 /first")
        wait_for("a host", lambda: (hello_of(self.store) or {}).get(PID) == app.pid)
        self.gate.wait_asked(1)
        return app

    def command(self, *arguments: str, **settings: str) -> Command:
        command = Command(*arguments, env=self.settings(**settings))
        self.addCleanup(command.close)
        return command

    def wait_guests(self, count: int) -> None:
        """So many, and the one that looks."""
        wait_for(f"{count} guests", lambda: (hello_of(self.store) or {}).get(GUESTS) == count + 1)

    def asked(self, path: str = PATH) -> int:
        return sum(1 for asked in self.gate.asked if asked.path == path)

    def place(self) -> str:
        """The origin's host, as requests name it."""
        return self.gate.url.removeprefix("http://")

    def listeners(self) -> int:
        """How many sockets listen in the directory."""
        table = Path("/proc/net/unix").read_text().splitlines()
        return sum(1 for line in table if line.endswith(f" {self.store}/host.sock") and line.split()[3] == "00010000")

    def check_left_clean(self) -> None:
        """No socket, and nobody holds the lock."""
        self.assertFalse((self.store / "host.sock").exists())
        with (self.store / "host.lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def check_answered(self, commands: list[Command], body: bytes = BODY) -> None:
        for command in commands:
            done = command.finish()
            self.assertEqual((done.code, done.shown), (0, body), done.said)
            self.assert_sound(done.code, done.said, "ghmesh api")


class FlightTest(GuestSuite):
    def test_fifty_processes_and_a_host_make_one_request(self):
        self.host()
        commands = [self.command(PATH) for _ in range(PROCESSES)]
        self.wait_guests(PROCESSES)
        self.gate.open()
        self.check_answered(commands)
        self.assertEqual(self.asked(), 1)

    def test_fifty_processes_and_no_host_make_one_request(self):
        commands = [self.command(PATH) for _ in range(PROCESSES)]
        self.wait_guests(PROCESSES - 1)
        self.gate.open()
        self.check_answered(commands)
        self.assertEqual(self.asked(), 1)


    def test_twenty_tokens_pay_for_one(self):
        """One identity asks, and its body is confirmed to the others, which is free."""
        origin = Origin(TOKENS[0], seed=7, start_s=START_S)
        self.addCleanup(origin.stop)
        commands = [self.command("/repos/octo-org/hello", GHMESH_HOST=origin.url, GH_TOKEN=token) for token in TOKENS]
        bodies = set()
        for command in commands:
            done = command.finish()
            self.assertEqual(done.code, 0, done.said)
            bodies.add(done.shown)
        self.assertEqual(len(bodies), 1)
        ledger = origin.ledger()
        self.assertEqual((ledger["charged"], ledger["free_304"]), (1, len(TOKENS) - 1))

    def test_a_host_that_is_done_serves_who_waits(self):
        host = self.command("/mine")
        self.gate.wait_asked(1)
        guest = self.command(PATH)
        self.gate.wait_asked(2)
        self.gate.open("/mine")
        self.assertEqual(host.hear(), BODY)
        self.gate.open(PATH)
        self.check_answered([guest])
        self.assertEqual(host.finish().code, 0)
        self.assertEqual(self.asked(), 1)
        self.check_left_clean()

    def test_a_directory_with_no_room_for_a_socket(self):
        """Its name is too long for one: everybody asks for himself, and no command complains."""
        self.gate.open()
        self.store = self.folder / ("long" * 30)
        done = self.command(PATH, GHMESH_DIR=str(self.store), GHMESH_LOG="warn").finish()
        self.assertEqual((done.code, done.shown, done.said), (0, BODY, ""))
        with (self.store / "host.lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            done = self.command("/second", GHMESH_DIR=str(self.store), GHMESH_LOG="warn").finish()
        self.assertEqual((done.code, done.shown, done.said), (0, BODY, ""))

    def test_a_query_of_graphql_goes_to_the_host_too(self):
        self.gate.answers = lambda asked: response(200, b'{"data":{}}')
        self.host()
        arguments = ("graphql", "-f", "query={viewer{login}}")
        commands = [self.command(*arguments) for _ in range(5)]
        self.wait_guests(5)
        self.gate.open()
        self.check_answered(commands, b'{"data":{}}')
        self.assertEqual([asked.body for asked in self.gate.asked[1:]], [b'{"query":"{viewer{login}}"}'])

    def test_a_hit_asks_no_host(self):
        self.gate.open()
        self.check_answered([self.command(PATH)])
        lock = (self.store / "host.lock").open("r+")
        self.addCleanup(lock.close)
        fcntl.flock(lock, fcntl.LOCK_EX)  # whoever looks for the host finds nothing, and waits
        with socket.socket(socket.AF_UNIX) as door:
            door.bind(str(self.store / "host.sock"))
            door.listen()
            door.setblocking(False)
            self.check_answered([self.command(PATH)])
            with self.assertRaises(BlockingIOError):
                door.accept()

    def test_twenty_threads_and_ten_processes_have_one_host(self):
        port_env = {"GHMESH_P2P": "true", "GHMESH_LISTEN": "/ip4/127.0.0.1/tcp/0"}
        apps = [self.app("app_share", env=self.settings(**port_env)) for _ in range(10)]
        threads = self.app("app_threads", env=self.settings(**port_env))
        for app in apps:
            self.assertEqual(app.hear(), "open", app.said)
        self.assertEqual(threads.hear(), "one", threads.said)
        self.wait_guests(10)
        self.assertEqual(self.listeners(), 1)
        for app in (threads, *apps):  # it ends without closing, and leaves all to the others
            self.assertEqual(app.finish(), 0, app.said)
        self.check_left_clean()


class DeathTest(GuestSuite):
    def test_the_host_is_killed_while_twenty_wait(self):
        host = self.host()
        commands = [self.command(PATH) for _ in range(20)]
        self.wait_guests(20)
        self.gate.wait_asked(2)
        host.kill()
        pids = {command.pid for command in commands}
        wait_for("a new host", lambda: (hello_of(self.store) or {}).get(PID) in pids)
        self.wait_guests(19)
        self.gate.open()
        self.check_answered(commands)
        self.assertEqual(self.asked(), 2)  # of the dead one, and of the new one
        self.check_left_clean()

    def test_hosts_that_are_killed_one_after_the_other(self):
        host = self.host()
        commands = [self.command(PATH) for _ in range(5)]
        self.wait_guests(5)
        host.kill()
        for left in range(4, 1, -1):
            pid = wait_for("a new host", lambda: (hello_of(self.store) or {}).get(PID) in
                           {command.pid for command in commands} and hello_of(self.store)[PID])
            self.wait_guests(left)
            dead = next(command for command in commands if command.pid == pid)
            commands.remove(dead)
            dead.kill()
        self.gate.open()
        self.check_answered(commands)

    def test_a_host_that_stands_still(self):
        host = self.host()
        os.kill(host.pid, signal.SIGSTOP)
        self.addCleanup(os.kill, host.pid, signal.SIGCONT)
        command = self.command(PATH)
        self.gate.wait_asked(2)
        self.gate.open()
        self.check_answered([command])

    def test_a_host_that_comes_to_a_stand(self):
        host = self.host()
        command = self.command(PATH)
        self.gate.wait_asked(2)
        os.kill(host.pid, signal.SIGSTOP)
        self.addCleanup(os.kill, host.pid, signal.SIGCONT)
        self.gate.wait_asked(3)
        self.gate.open()
        self.check_answered([command])
        self.assertEqual(self.asked(), 2)

    def test_a_guest_waits_no_longer_than_it_wants(self):
        self.host()
        done = self.command(PATH, GHMESH_TIMEOUT_S="1").finish()
        self.assertEqual(done.code, 4, done.said)
        self.assertIn("timed out", done.said)
        self.assertEqual(self.asked(), 1)


class ForkTest(GuestSuite):
    def fork(self) -> App:
        """A host, and its child that waits for an answer."""
        self.gate.open("/first")
        app = self.app("app_heir", "/first", PATH, env=self.settings())
        self.assertEqual(app.hear(), "parent 200", app.said)
        self.before = Visitor(self.store)
        self.addCleanup(self.before.close)
        self.before.hello()
        app.say("fork")
        self.gate.wait_asked(2)
        return app

    def test_the_child_of_a_host_is_its_guest(self):
        app = self.fork()
        self.wait_guests(2)
        self.assertEqual((hello_of(self.store)[PID], self.listeners()), (app.pid, 1))
        self.gate.open()
        self.assertEqual(app.hear(), "child 200", app.said)
        self.assertEqual(app.finish(), 0, app.said)
        self.check_left_clean()

    def test_the_child_takes_its_parent_s_place(self):
        app = self.fork()
        app.kill()
        self.assertTrue(self.before.is_shut())  # the child does not hold its parent's guests
        wait_for("the child to host", lambda: (hello_of(self.store) or {}).get(PID) not in (None, app.pid))
        self.gate.open()
        self.assertEqual(app.heard(), ["child 200"], app.said)


class TermsTest(GuestSuite):
    """Who asks another origin, or as somebody else, asks for itself."""

    def check_alone(self, **settings: str) -> None:
        self.host()
        command = self.command(PATH, **settings)
        self.gate.wait_asked(2)
        self.gate.open()
        done = command.finish()
        self.assertEqual((done.code, done.shown), (0, BODY), done.said)
        self.assertIn("has other settings", done.said)

    def test_another_secret(self):
        self.check_alone(GHMESH_SECRET="ghms1_" + "B" * 42 + "E")

    def test_another_trust(self):
        self.check_alone(GHMESH_TRUST="mesh")

    def test_another_proxy(self):
        self.check_alone(no_proxy="*", http_proxy="http://127.0.0.1:1")

    def test_another_origin(self):
        other = Gate()
        self.addCleanup(other.stop)
        other.open()
        self.host()
        done = self.command(PATH, GHMESH_HOST=other.url).finish()
        self.assertEqual((done.code, done.shown), (0, BODY), done.said)
        self.assertEqual((len(other.asked), self.asked()), (1, 0))

    def test_it_hosts_when_the_other_has_ended(self):
        host = self.host()
        app = self.asker(GHMESH_TRUST="mesh")
        app.say(f"- -1 {PATH}")
        self.gate.wait_asked(2)
        host.kill()
        wait_for("it to host", lambda: (hello_of(self.store) or {}).get(PID) == app.pid)


class RudeTest(GuestSuite):
    """What is no guest is dropped, and the others do not notice."""

    def visitor(self) -> Visitor:
        visitor = Visitor(self.store)
        self.addCleanup(visitor.close)
        return visitor

    def check_served(self) -> None:
        """One more guest, and it is the host that asks."""
        count = self.asked("/served")
        self.gate.open("/served")
        self.check_answered([self.command("/served", "--cache", "0")])
        self.assertEqual(self.asked("/served"), count + 1)

    def test_garbage(self):
        self.host()
        right = ask(1, PATH, TOKEN, self.place())
        wrong = {
            "noise": b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
            "nothing": frame(PING)[:4] + b"\0",
            "no length": struct.pack(">IB", 0, PING),
            "too long": struct.pack(">IB", 1 << 20, ASK),
            "longest": struct.pack(">IB", 0xffffffff, ASK),
            "unknown": frame(99),
            "of a host": frame(PONG),
            "hello": frame(HELLO, field(1, 1)),
            "no ask": frame(ASK, b"\xff" * 40),
            "cut field": frame(ASK, right[5:-3]),
            "smuggled": frame(ASK, right[5:].replace(b"token ", b"token\n")),
            "leave": frame(LEAVE),  # it is no agent
        }
        for name, data in wrong.items():
            with self.subTest(name):
                visitor = self.visitor()
                visitor.hello()
                visitor.say(data)
                self.assertTrue(visitor.is_shut())
        self.check_served()

    def test_silence_and_half_a_frame(self):
        self.host()
        silent, half = self.visitor(), self.visitor()
        half.hello()
        half.say(ask(1, PATH, TOKEN, self.place())[:40])
        self.check_served()
        half.socket.settimeout(WAIT_S)
        self.assertTrue(half.is_shut())
        silent.hello()
        silent.say(frame(PING))
        self.assertEqual(silent.hear(), (PONG, {}))

    def test_who_does_not_read(self):
        self.gate.answers = lambda asked: response(200, b"[" + b" " * (4 << 20) + b"]")
        host = self.host()
        glutton = self.visitor()
        self.gate.open(PATH)
        for number in range(1, 41):
            glutton.say(ask(number, PATH, TOKEN, self.place()))
        wait_for("it to be dropped", lambda: (hello_of(self.store) or {}).get(GUESTS) == 1)
        self.assertTrue(glutton.is_shut())
        # By its own bound, before it has taken what there is for all.
        wait_for("the reason", lambda: "a guest is dropped: a stated maximum was reached" in host.said)
        self.gate.answers = lambda asked: response(200, BODY)
        self.check_served()

    def test_pings_that_nobody_reads(self):
        self.host()
        visitor = self.visitor()
        visitor.socket.setblocking(False)
        data = b""
        while select.select([], [visitor.socket], [], PAUSE_S)[1]:  # until it is not read from any more
            data = data or frame(PING) * 10000
            data = data[visitor.socket.send(data):]
        self.check_served()

    def test_too_many(self):
        self.host()
        guests: list[Visitor] = []
        while len(guests) < GUESTS_MAX:  # who just left may still be counted
            guest = self.visitor()
            if FULL not in guest.hello():
                guests.append(guest)
        last = self.visitor()
        self.assertEqual(last.hello().get(FULL), 1)
        self.assertTrue(last.is_shut())
        command = self.command(PATH)
        self.gate.wait_asked(2)
        self.gate.open()
        done = command.finish()
        self.assertEqual((done.code, done.shown), (0, BODY), done.said)
        self.assertIn("has too many guests", done.said)
        guests[0].close()
        self.wait_guests(GUESTS_MAX - 1)

    def test_too_many_asks(self):
        self.host()
        visitor = self.visitor()
        visitor.hello()
        for number in range(1, ASKS_MAX + 2):
            visitor.say(ask(number, PATH, TOKEN, self.place()))
        kind, told = visitor.hear()
        self.assertEqual((kind, told), (ANSWER, {1: ASKS_MAX + 1, 2: 5}))  # GHM_ELIMIT

    def test_what_is_forgotten_is_not_answered(self):
        self.host()
        visitor = self.visitor()
        visitor.hello()
        visitor.say(ask(1, PATH, TOKEN, self.place()) + frame(FORGET, field(1, 1)) + frame(FORGET, field(1, 9))
                    + ask(2, PATH, TOKEN, self.place()))
        self.gate.wait_asked(2)
        self.gate.open()
        kind, told = visitor.hear()
        self.assertEqual((kind, told[1], told[9]), (ANSWER, 2, BODY))

    @unittest.skipIf(os.geteuid() != 0, "needs root, to become another user")
    def test_another_user(self):
        self.host()
        self.folder.chmod(0o755)
        self.store.chmod(0o711)
        (self.store / "host.sock").chmod(0o666)
        os.seteuid(65534)
        self.addCleanup(os.seteuid, 0)
        stranger = self.visitor()
        os.seteuid(0)
        with self.assertRaises(EOFError):
            stranger.hello()
        self.check_served()

    def test_the_socket_is_the_owner_s_alone(self):
        self.host()
        self.assertEqual(stat.S_IMODE((self.store / "host.sock").stat().st_mode), 0o600)


class FalseHostTest(GuestSuite):
    """Somebody has the lock and is no host: every guest asks for itself."""

    def setUp(self) -> None:
        super().setUp()
        self.gate.open()
        self.store.mkdir(0o700)
        lock = (self.store / "host.lock").open("w")
        self.addCleanup(lock.close)
        fcntl.flock(lock, fcntl.LOCK_EX)
        self.heard = b""

    def serve(self, *said: bytes, before: Callable[[], None] = lambda: None) -> None:
        """Says this to everyone, then hears."""
        door = socket.socket(socket.AF_UNIX)
        door.bind(str(self.store / "host.sock"))
        before()
        door.listen()
        self.addCleanup(door.close)
        threading.Thread(target=self._serve, args=(door, said), daemon=True).start()

    def _serve(self, door: socket.socket, said: tuple[bytes, ...]) -> None:
        with contextlib.suppress(OSError):
            while True:
                guest, _ = door.accept()
                with guest:
                    guest.sendall(b"".join(said))
                    self.heard += guest.recv(65536)

    def check(self) -> Done:
        command = self.command(PATH)
        done = command.finish()
        self.assertEqual((done.code, done.shown), (0, BODY), done.said)
        return done

    def hello(self, version: int = 1, terms: bytes = bytes(32)) -> bytes:
        return frame(HELLO, field(1, version) + field(2, terms) + field(3, 42))

    def test_nobody_listens(self):
        self.check()

    def test_it_says_nothing(self):
        self.serve()
        self.check()

    def test_it_says_nonsense(self):
        self.serve(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        self.assertIn("not understood", self.check().said)

    def test_it_is_of_another_version(self):
        self.serve(self.hello(version=2))
        self.assertIn("not understood", self.check().said)

    def test_it_has_other_settings(self):
        self.serve(self.hello())
        self.assertIn("has other settings", self.check().said)
        self.assertNotIn(TOKEN.encode(), self.heard)

    def test_it_answers_before_it_says_who_it_is(self):
        self.serve(frame(ANSWER, field(1, 1) + field(3, 200) + field(4, 1) + field(8, b"") + field(9, b"{}")))
        self.check()

    def test_it_hangs_up_whenever_it_is_asked(self):
        terms = self.terms()
        self.serve(self.hello(terms=terms))
        self.check()
        self.assertIn(TOKEN.encode(), self.heard)  # it was taken for the host, and lost

    def test_its_answers_are_too_long(self):
        terms = self.terms()
        self.serve(self.hello(terms=terms), struct.pack(">IB", 64 << 20, ANSWER))
        self.check()

    def terms(self) -> bytes:
        """Those of a real host of this directory: from another with the same key."""
        other = self.folder / "other"
        done = self.command(PATH, GHMESH_DIR=str(other)).finish()
        self.assertEqual(done.code, 0, done.said)
        shutil.copy(other / "local.key", self.store / "local.key")
        app = self.asker(GHMESH_DIR=str(other))
        app.say("- -1 /x")
        told = wait_for("its hello", lambda: hello_of(other))
        return told[TERMS]

    @unittest.skipIf(os.geteuid() != 0, "needs root, to become another user")
    def test_it_is_another_user_s(self):
        terms = self.terms()
        self.serve(self.hello(terms=terms), before=lambda: os.seteuid(65534))
        os.seteuid(0)
        self.check()
        self.assertNotIn(TOKEN.encode(), self.heard)


class AgentTest(GuestSuite):
    """The host that a command leaves behind, and the one that is started by hand."""

    def setUp(self) -> None:
        super().setUp()
        self.gate.open()
        self.addCleanup(self.ghmesh, "down")

    def ghmesh(self, *arguments: str, **settings: str) -> Done:
        return self.run_program(*arguments, env=self.settings(GHMESH_HTTP="off", **settings))

    def api(self, path: str, mode: str = "auto") -> None:
        done = self.ghmesh("api", path, GHMESH_AGENT=mode)
        self.assertEqual((done.code, done.shown), (0, BODY), done.said)

    def status(self) -> dict:
        done = self.ghmesh("status", "--json")
        told = json.loads(done.shown)
        self.assertEqual(done.code, 0 if told["hosted"] else 1, done.said)
        return told

    def wait_agent(self) -> dict:
        return wait_for("an agent", lambda: (told := self.status()).get("agent") and told)

    def agents(self) -> list[int]:
        """Every process that is one in this test's directory."""
        wanted = f"GHMESH_DIR={self.store}".encode()
        found = []
        for place in Path("/proc").iterdir():
            with contextlib.suppress(OSError):
                if place.name.isdigit() and b"\0agent\0" in (place / "cmdline").read_bytes() \
                        and wanted in (place / "environ").read_bytes().split(b"\0"):
                    found.append(int(place.name))
        return found

    def check_ended(self, pid: int) -> None:
        wait_for("it to end", lambda: not Path(f"/proc/{pid}").exists()
                 or " Z " in Path(f"/proc/{pid}/stat").read_text())

    def test_a_command_leaves_one_that_serves_the_next(self):
        self.api(PATH)
        told = self.wait_agent()
        self.assertEqual(told["idle_s"], 60)
        self.api("/second")
        self.assertEqual(self.status()["pid"], told["pid"])
        self.assertEqual(len(self.gate.asked), 2)
        done = self.ghmesh("down")
        self.assertEqual((done.code, done.shown), (0, f"agent {told['pid']} ended\n".encode()), done.said)
        self.check_ended(told["pid"])
        self.check_left_clean()

    def test_it_keeps_nothing_of_the_command(self):
        """No output that somebody reads to its end, no lock of a script, no folder, no signal that is held back."""
        theirs = (self.folder / "lock").open("w")
        self.addCleanup(theirs.close)
        done = self.run_program("api", PATH, env=self.settings(GHMESH_HTTP="off", GHMESH_AGENT="auto"), cwd=self.folder,
                                pass_fds=[theirs.fileno()])
        self.assertEqual(done.code, 0, done.said)
        place = Path(f"/proc/{self.wait_agent()['pid']}")
        self.assertEqual({os.readlink(place / "fd" / name) for name in "012"}, {"/dev/null"})
        self.assertNotIn(theirs.name, [os.readlink(entry.path) for entry in os.scandir(place / "fd")])
        self.assertEqual(os.readlink(place / "cwd"), "/")
        self.assertIn("SigBlk:\t0000000000000000", (place / "status").read_text())

    def test_many_commands_leave_one(self):
        commands = [self.command(f"{PATH}/{number}", GHMESH_AGENT="auto", GHMESH_HTTP="off") for number in range(20)]
        self.check_answered(commands)
        told = self.wait_agent()
        wait_for("the others to end", lambda: self.agents() == [told["pid"]])
        self.assertEqual(self.ghmesh("agent", "--background").code, 0)  # at once: there is one

    def test_a_hit_leaves_nothing(self):
        self.api(PATH, "off")
        self.api(PATH)
        self.assertEqual((self.status()["hosted"], self.agents()), (False, []))

    def test_off_leaves_nothing(self):
        self.api(PATH, "off")
        self.assertEqual((self.status()["hosted"], self.agents()), (False, []))
        self.check_left_clean()

    def test_another_host_s_command_leaves_nothing(self):
        done = self.ghmesh("api", PATH, "--hostname", "127.0.0.1:9", GHMESH_AGENT="auto")
        self.assertEqual(done.code, 4, done.said)
        self.assertEqual(self.agents(), [])

    def test_up_status_down(self):
        self.assertIs(self.status()["hosted"], False)
        done = self.ghmesh("up", GHMESH_P2P="true", GHMESH_LISTEN="/ip4/127.0.0.1/tcp/0")
        self.assertEqual(done.code, 0, done.said)
        pid = int(done.shown.split()[1])
        told = wait_for("its port", lambda: (told := self.status())["port"] and told)
        self.assertEqual((told["pid"], told["agent"], told["idle_s"], told["guests"], told["members"]),
                         (pid, True, 0, 0, 0))
        self.assertEqual(told["directory"], str(self.store))
        self.assertRegex(told["since"], r"^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertIn(f"agent {pid} hosts {self.store} since ".encode(), self.ghmesh("status").shown)
        self.assertEqual(self.ghmesh("up").shown, done.shown)
        self.assertEqual(self.agents(), [pid])
        self.assertEqual(self.ghmesh("down").code, 0)
        self.check_ended(pid)
        self.assertEqual(self.ghmesh("down").code, 0)
        done = self.ghmesh("status")
        self.assertEqual((done.code, done.shown), (1, f"nobody hosts {self.store}\n".encode()))

    def test_up_in_place_of_one_that_would_end(self):
        self.api(PATH)
        first = self.wait_agent()["pid"]
        self.assertEqual(self.ghmesh("up").code, 0)
        told = self.status()
        self.assertNotEqual(told["pid"], first)
        self.assertEqual(told["idle_s"], 0)
        self.assertEqual(self.agents(), [told["pid"]])

    def test_up_waits_for_one_that_does_not_host_yet(self):
        self.ghmesh("id")
        with (self.store / "agent.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            up = subprocess.Popen([PROGRAM, "up"], env=self.settings(), stdout=subprocess.DEVNULL)
            self.addCleanup(up.wait)
            with self.assertRaises(subprocess.TimeoutExpired):
                up.wait(PAUSE_S)
        self.assertEqual(up.wait(), 0)
        self.assertEqual(self.status()["idle_s"], 0)

    def test_an_agent_in_the_foreground_takes_its_place(self):
        self.api(PATH)
        first = self.wait_agent()["pid"]
        agent = subprocess.Popen([PROGRAM, "agent"], env=self.settings(GHMESH_HTTP="off"), stdout=subprocess.DEVNULL)
        self.addCleanup(agent.wait)
        self.addCleanup(agent.terminate)
        wait_for("it to host", lambda: self.status().get("pid") == agent.pid)
        self.check_ended(first)

    def test_up_says_why_not(self):
        done = self.ghmesh("up", GHMESH_P2P="true", GHMESH_LISTEN="nonsense")
        self.assertEqual(done.code, 2)
        self.assertIn("GHMESH_LISTEN must be", done.said)

    def test_an_application_is_not_ended(self):
        app = self.asker()
        self.assertTrue(app.ask(f"- -1 {PATH}").startswith("200 "))
        done = self.ghmesh("down")
        self.assertEqual(done.code, 1)
        self.assertIn(f"process {app.pid} hosts, and is no agent", done.said)
        self.assertEqual(self.status()["pid"], app.pid)

    def test_an_idle_agent_ends(self):
        agent = self.ghmesh("agent", "--idle", "1")
        self.assertEqual((agent.code, agent.said), (0, ""))
        self.check_left_clean()

    def test_an_agent_that_is_told_to_end_serves_who_waits(self):
        held = Gate()
        self.addCleanup(held.stop)
        self.assertEqual(self.ghmesh("up", GHMESH_HOST=held.url).code, 0)
        command = self.command(PATH, GHMESH_HOST=held.url)
        held.wait_asked(1)
        down = subprocess.Popen([PROGRAM, "down"], env=self.settings(), stdout=subprocess.DEVNULL)
        self.addCleanup(down.kill)
        held.open()
        self.check_answered([command])
        self.assertEqual(down.wait(WAIT_S), 0)
        self.assertEqual(len(held.asked), 1)


if __name__ == "__main__":
    main()
