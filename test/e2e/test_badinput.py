# SPDX-License-Identifier: MIT
"""Bad input from every side: each gives a clear error, or is refused and counted; nothing crashes and nothing hangs."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from node import Node, wait_for  # noqa: E402
from stub import Stub, response  # noqa: E402
from suite import BUILD, ESTABLISHED, SECRET, TOKEN, WAIT_S, Done, Suite, main, sockets  # noqa: E402

DONE, NO, USAGE, LOCAL, ORIGIN, RATE = 0, 1, 2, 3, 4, 5
NOBODY = 65534
AGENT_WAIT_S = 15.0
OTHER_SECRET = "ghms1_" + "B" * 42 + "E"
BODY = b'{"is":"right"}'
HELLO = b"\x13/multistream/1.0.0\n"
HOLD_S = 3600
TMPFS_BYTES = 4 << 20
ZSTD_MAGIC = bytes.fromhex("28b52ffd")


class SettingsTest(Suite):
    def agent(self, **settings: str) -> Done:
        """An agent that is expected to end by itself."""
        return self.run_program("agent", env=self.mesh_environment(**settings), wait_s=AGENT_WAIT_S)

    def test_a_place_to_listen_that_is_none(self):
        for where in ("/ip4/256.256.256.256/tcp/1", "/ip4/127.0.0.1/tcp/65536", "/ip4/127.0.0.1/udp/1", "70000", "-1",
                      "garbage", "/ip4/127.0.0.1", "/dns4/localhost/tcp/0", "9000x"):
            with self.subTest(where):
                done = self.agent(GHMESH_LISTEN=where)
                self.assertEqual((done.code, done.shown), (USAGE, b""))
                self.assertIn("GHMESH_LISTEN", done.said)

    def test_a_bootstrap_that_is_none_is_told_and_the_others_are_used(self):
        first, second = self.node("first"), self.node("second")
        first.start([])
        second.start(["/ip4/999.1.1.1/tcp/1", "nonsense", first.address, "/ip4/127.0.0.1/tcp/9/p2p/QmBad",
                      "/unix/tmp/x", "/" + "x" * 3000])
        self.wait_stats(second, connected_peers=1)
        for text in ("/ip4/999.1.1.1/tcp/1", "nonsense", "/ip4/127.0.0.1/tcp/9/p2p/QmBad", "/unix/tmp/x", "/xxx"):
            self.assertIn(f'GHMESH_BOOTSTRAP: cannot use "{text}', second.log())

    def test_a_bad_secret(self):
        for secret in ("ghms1_short", "ghms1_" + "!" * 43, SECRET + "x", f"{SECRET},ghms1_", f"{SECRET},,",
                       ",".join([SECRET] * 9)):
            for words in (("agent",), ("put", "a:b=1"), ("get", "a:b=1"), ("api", "/x")):
                with self.subTest(f"{words[0]} {secret[:20]}"):
                    done = self.run_program(*words, env=self.mesh_environment(GHMESH_SECRET=secret), given=b"1",
                                            wait_s=AGENT_WAIT_S)
                    self.assertEqual((done.code, done.shown), (USAGE, b""), done.said)
                    self.assertIn("GHMESH_SECRET", done.said)
                    self.assertNotIn(secret, done.said)

    def test_a_port_that_is_taken(self):
        for where in ("{}", "/ip4/127.0.0.1/tcp/{}"):
            with self.subTest(where), socket.create_server(("127.0.0.1", 0)) as taken:
                port = taken.getsockname()[1]
                node = self.node(f"node-{port}", GHMESH_LISTEN=where.format(port))
                node.start([])
                self.assertIn(node.port, range(port + 1, port + 32))
                self.assertEqual(node.stats()["listen_port"], node.port)
                self.assertIn(f"port {port} is taken: listening on {node.port}", node.log())

    def test_a_host_that_is_none(self):
        for host in ("http://", "https://a b/", "ftp://github.com", "a/b?c", "x" * 300, "host:port:port:/x y"):
            with self.subTest(host):
                done = self.run_program("api", "/x", env=self.environment(GHMESH_HOST=host))
                self.assertEqual((done.code, done.shown), (USAGE, b""), done.said)
                self.assertIn("GHMESH_HOST", done.said)


class DirectoryTest(Suite):
    def as_nobody(self, *words: str, directory: Path) -> Done:
        env = self.environment(GHMESH_DIR=str(directory))
        if os.geteuid() != 0:
            return self.run_program(*words, env=env, given=b"1", wait_s=AGENT_WAIT_S)
        return self.run_program(*words, env=env, given=b"1", wait_s=AGENT_WAIT_S, user=NOBODY, group=NOBODY, extra_groups=[])

    def setUp(self) -> None:
        super().setUp()
        self.folder.chmod(0o755)

    def check_refused(self, directory: Path, *wanted: str, code: int = LOCAL) -> None:
        for words in (("put", "a:b=1"), ("get", "a:b=1"), ("stats",), ("agent",), ("id",)):
            with self.subTest(words[0]):
                done = self.as_nobody(*words, directory=directory)
                self.assertEqual((done.code, done.shown), (code, b""), done.said)
                self.assertIn("GHMESH_DIR", done.said)
                self.assertNotIn("not in the cache", done.said)
                for text in wanted:
                    self.assertIn(text, done.said)

    def test_one_that_cannot_be_written(self):
        directory = self.folder / "closed"
        directory.mkdir(0o555)
        self.check_refused(directory, "permission denied")

    def test_one_that_cannot_be_made(self):
        (self.folder / "closed").mkdir(0o555)
        self.check_refused(self.folder / "closed" / "new", "permission denied")

    def test_one_that_is_a_file(self):
        (self.folder / "file").write_text("mine")
        self.check_refused(self.folder / "file")
        self.assertEqual((self.folder / "file").read_text(), "mine")

    def test_one_below_a_place_that_holds_none(self):
        self.check_refused(Path("/proc/ghmesh/store"))
        self.check_refused(Path("/dev/null/store"))

    def test_one_with_a_name_that_is_too_long(self):
        self.check_refused(self.folder / "/".join(["x" * 200] * 25), code=USAGE)

    def test_keys_that_are_none(self):
        self.run_program("id")
        self.run_program("put", "a:b=1", given=b"1")
        for content in (b"", b"short", b"x" * 33):
            with self.subTest(len(content)):
                (self.folder / "store" / "identity.key").write_bytes(content)
                done = self.run_program("id")
                self.assertEqual((done.code, done.shown), (LOCAL, b""))
                self.assertIn("checksum", done.said)


class OriginTest(Suite):
    def setUp(self) -> None:
        super().setUp()
        self.origin = Stub(lambda asked: response(body=BODY))
        self.addCleanup(self.origin.stop)

    def api(self, path: str = "/repos/o/r", *options: str, **settings: str) -> Done:
        return self.run_program("api", *options, path, env=self.environment(GHMESH_HOST=self.origin.url, **settings))

    def check_fails(self, path: str = "/repos/o/r", code: int = ORIGIN, **settings: str) -> Done:
        done = self.api(path, **settings)
        self.assertEqual((done.code, done.shown), (code, b""), done.said)
        self.assertIn("\nghmesh: ", "\n" + done.said)
        return done

    def check_is_fine_again(self, path: str = "/repos/o/r") -> None:
        """Nothing wrong was kept."""
        self.origin.answer = lambda asked: response(body=BODY)
        self.assertEqual(self.api(path).shown, BODY)

    def test_down(self):
        self.origin.stop()
        self.assertIn("could not be reached", self.check_fails().said)

    def test_down_after_an_answer(self):
        self.assertEqual(self.api().shown, BODY)
        self.origin.stop()
        self.assertEqual(self.api().shown, BODY)
        done = self.api("/repos/o/r", "--cache", "0")
        self.assertEqual((done.code, done.shown), (ORIGIN, b""))

    def test_stale_rather_than_nothing(self):
        self.api()
        self.origin.answer = lambda asked: response(body=BODY, ahead_s=400)
        self.api("/clock")  # GitHub's time goes on: the first answer is 400 s old now
        self.origin.stop()
        done = self.api("/repos/o/r", "-i")
        self.assertEqual(done.code, DONE, done.said)
        self.assertIn(b"stale", done.shown.partition(b"\r\n\r\n")[0])
        self.assertEqual(done.shown.partition(b"\r\n\r\n")[2], BODY)

    def test_garbage(self):
        for garbage in (b"\x00\xff\x13\x37" * 100, b"HTTP/1.1\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n", b"SSH-2.0-x\r\n", b"\r\n" * 50,
                        b"HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n",
                        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n{}",
                        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}",
                        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope"):
            with self.subTest(garbage[:40]):
                self.origin.answer = lambda asked, garbage=garbage: [garbage]
                self.check_fails()
        self.check_is_fine_again()

    def test_cut_body(self):
        self.origin.answer = lambda asked: [response(body=BODY, length=1000)]
        self.check_fails()
        self.check_is_fine_again()

    def test_closed_without_a_byte(self):
        self.origin.answer = lambda asked: []
        self.check_fails()
        self.check_is_fine_again()

    def test_a_fault_that_passes_is_not_seen(self):
        faults = [[], [response(body=BODY, length=1000)]]
        self.origin.answer = lambda asked: faults.pop() if faults else response(body=BODY)
        self.assertEqual(self.api().shown, BODY)
        self.assertEqual(len(self.origin.asked), 3)

    def test_a_server_error_that_passes_is_not_seen(self):
        statuses = [502, 503]
        self.origin.answer = lambda asked: response(statuses.pop() if statuses else 200, BODY)
        self.assertEqual(self.api().shown, BODY)

    def test_a_server_error_that_stays_is_shown(self):
        self.origin.answer = lambda asked: response(502, b'{"message":"Server Error"}')
        done = self.api()
        self.assertEqual((done.code, done.shown), (NO, b'{"message":"Server Error"}'))
        self.assertIn("Server Error (HTTP 502)", done.said)
        self.check_is_fine_again()

    def test_a_header_of_ten_megabytes(self):
        self.origin.answer = lambda asked: [response(body=BODY, X_Large="x" * 10_000_000)]
        self.assertIn("maximum", self.check_fails(code=LOCAL).said)
        self.check_is_fine_again()

    def test_a_hundred_thousand_headers(self):
        many = b"".join(b"X-%d: %s\r\n" % (i, b"y" * 50) for i in range(100_000))
        self.origin.answer = lambda asked: [b"HTTP/1.1 200 OK\r\n" + many + b"Content-Length: 2\r\n\r\n{}"]
        self.assertIn("maximum", self.check_fails(code=LOCAL).said)
        self.check_is_fine_again()

    def test_a_body_past_every_bound(self):
        part = b"x" * (1 << 20)

        def endless(asked):
            yield b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"
            while True:
                yield part
        self.origin.answer = endless
        self.assertIn("maximum", self.check_fails(code=LOCAL).said)
        self.assertEqual(len(self.origin.asked), 1, "what is too large is too large the next time too")
        self.check_is_fine_again()

    def test_a_large_body_is_exact(self):
        body = json.dumps(["%08d" % i for i in range(900_000)]).encode()
        self.origin.answer = lambda asked: response(body=body)
        for _ in range(2):
            self.assertTrue(self.api().shown == body)
        self.assertEqual(len(self.origin.asked), 1)

    def test_no_answer_in_time(self):
        self.origin.answer = lambda asked: None
        began_s = time.monotonic()
        self.assertIn("timed out", self.check_fails(GHMESH_TIMEOUT_S="1").said)
        self.assertLess(time.monotonic() - began_s, 10)
        self.check_is_fine_again()

    def test_an_answer_that_never_ends(self):
        def drip(asked):
            yield response(length=1_000_000)
            while True:
                time.sleep(0.05)
                yield b"x"
        self.origin.answer = drip
        self.assertIn("timed out", self.check_fails(GHMESH_TIMEOUT_S="1").said)


class RedirectTest(Suite):
    def setUp(self) -> None:
        super().setUp()
        self.origin = Stub(self.answer)
        self.addCleanup(self.origin.stop)
        self.other = Stub(lambda asked: response(body=b'"stolen"'))
        self.addCleanup(self.other.stop)

    def answer(self, asked) -> bytes:
        places = {"/old": f"{self.origin.url}/new", "/relative": "/new", "/loop": f"{self.origin.url}/loop",
                  "/away": f"{self.other.url}/new", "/nowhere": "", "/odd": "javascript:1", "/file": "file:///etc/passwd"}
        if asked.path in places:
            return response(301, b'{"message":"Moved Permanently"}', Location=places[asked.path])
        return response(body=BODY)

    def api(self, path: str) -> Done:
        return self.run_program("api", path, env=self.environment(GHMESH_HOST=self.origin.url))

    def test_followed(self):
        for path in ("/old", "/relative"):
            with self.subTest(path):
                self.assertEqual(self.api(path), Done(DONE, BODY, ""))

    def test_a_loop_ends(self):
        done = self.api("/loop")
        self.assertEqual((done.code, done.shown), (NO, b'{"message":"Moved Permanently"}'))
        self.assertLess(len(self.origin.asked), 10)

    def test_never_to_another_host(self):
        for path in ("/away", "/odd", "/file", "/nowhere"):
            with self.subTest(path):
                done = self.api(path)
                self.assertEqual((done.code, done.shown), (NO, b'{"message":"Moved Permanently"}'), done.said)
                self.assertIn("HTTP 301", done.said)
        self.assertEqual(self.other.asked, [])

    def test_below_a_prefix(self):
        env = self.environment(GHMESH_HOST=f"{self.origin.url}/api/v3")
        self.origin.answer = lambda asked: (response(302, b"", Location="/api/v3/new") if asked.path == "/api/v3/old"
                                            else response(200 if asked.path == "/api/v3/new" else 404, BODY))
        self.assertEqual(self.run_program("api", "/old", env=env), Done(DONE, BODY, ""))


class LimitTest(Suite):
    """403 and 429: what GitHub says of when to come back holds for every process of the directory."""

    def setUp(self) -> None:
        super().setUp()
        self.limited = True
        self.status, self.headers = 429, {"Retry_After": str(HOLD_S)}
        self.origin = Stub(self.answer)
        self.addCleanup(self.origin.stop)

    def answer(self, asked) -> bytes:
        if self.limited:
            return response(self.status, b'{"message":"You have exceeded a secondary rate limit"}', **self.headers)
        return response(body=BODY)

    def api(self, path: str, **settings: str) -> Done:
        return self.run_program("api", path, env=self.environment(GHMESH_HOST=self.origin.url, **settings))

    def check_holds(self) -> None:
        first = self.api("/repos/o/first")
        self.assertEqual(first.code, NO, first.said)
        self.assertIn(f"(HTTP {self.status})", first.said)
        self.limited = False
        for _ in range(3):
            done = self.api("/repos/o/second")
            self.assertEqual((done.code, done.shown), (RATE, b""), done.said)
            self.assertIn("rate limit", done.said)
        self.assertEqual(len(self.origin.asked), 1)

    def test_429_with_retry_after(self):
        self.check_holds()

    def test_403_with_retry_after(self):
        self.status = 403
        self.check_holds()

    def test_403_with_nothing_remaining(self):
        self.status = 403
        self.headers = {"X_RateLimit_Limit": "5000", "X_RateLimit_Remaining": "0", "X_RateLimit_Used": "5000",
                        "X_RateLimit_Reset": str(int(time.time()) + HOLD_S), "X_RateLimit_Resource": "core"}
        self.check_holds()

    def test_it_ends(self):
        self.headers = {"Retry_After": "1"}
        self.api("/repos/o/first")
        self.limited = False
        wait_for("the hold's end", lambda: self.api("/repos/o/second").shown == BODY)

    def test_the_other_identity_is_free(self):
        self.api("/repos/o/first")
        self.limited = False
        self.assertEqual(self.api("/repos/o/second", GH_TOKEN="ghp_other").shown, BODY)

    def test_a_missing_permission_is_no_limit(self):
        self.status, self.headers = 403, {"X_RateLimit_Remaining": "4000"}
        self.origin.answer = lambda asked: (response(403, b'{"message":"Resource not accessible by integration"}')
                                            if self.limited else response(body=BODY))
        self.assertEqual(self.api("/repos/o/first").code, NO)
        self.limited = False
        self.assertEqual(self.api("/repos/o/second").shown, BODY)

    def test_what_is_stored_is_still_given(self):
        self.limited = False
        self.api("/repos/o/kept")
        self.limited = True
        self.api("/repos/o/first")
        self.assertEqual(self.api("/repos/o/kept").shown, BODY)


class WireTest(Suite):
    """TCP peers that are none."""

    def setUp(self) -> None:
        super().setUp()
        self.victim = self.node("victim")
        self.victim.start([])

    def connect(self) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self.victim.port), timeout=WAIT_S)
        self.addCleanup(connection.close)
        return connection

    def hear_end(self, connection: socket.socket) -> None:
        with contextlib.suppress(ConnectionResetError):
            while connection.recv(65536):
                pass

    def check_is_well(self) -> None:
        other = self.node("other")
        other.start([self.victim.address])
        self.wait_stats(other, connected_peers=1)
        self.victim.put("list_repos:a=1", "1")
        self.wait_stats(other, announces_stored=1)
        self.assertTrue(self.victim.alive)

    def test_random_bytes(self):
        for seed in range(30):
            connection = self.connect()
            with contextlib.suppress(ConnectionError):
                connection.sendall(os.urandom(1 + seed * 700))
                connection.shutdown(socket.SHUT_WR)
            self.hear_end(connection)
        self.check_is_well()

    def test_half_a_handshake(self):
        starts = (HELLO, HELLO[:5], HELLO + b"\x07/noise\n", HELLO + b"\x07/noise\n" + b"\x00\x20" + os.urandom(32),
                  HELLO + b"\x07/noise\n" + b"\xff\xff", HELLO + b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", HELLO * 50,
                  HELLO + b"\x04/no\n" * 500, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\x16\x03\x01" + os.urandom(300))
        for start in starts:
            connection = self.connect()
            with contextlib.suppress(ConnectionError):
                connection.sendall(start)
                connection.shutdown(socket.SHUT_WR)
            self.hear_end(connection)
        self.check_is_well()

    def test_nothing(self):
        silent = [self.connect() for _ in range(200)]
        self.check_is_well_after_room(silent)

    def check_is_well_after_room(self, silent: list[socket.socket]) -> None:
        """They are put out by the handshake's own time, and then there is room for a member."""
        for connection in silent:
            self.hear_end(connection)
        self.check_is_well()

    def test_a_stranger_may_ping(self):
        done = self.run_program("p2p", "ping", self.victim.address, "-c", "3")
        self.assertEqual(done.code, 0, done.said)
        self.assertEqual(len(done.shown.splitlines()), 3)


class StrangerTest(Suite):
    def established(self, node: Node) -> int:
        return len(sockets(node.pid, ESTABLISHED))

    def test_another_secret(self):
        first = self.node("first")
        second = self.node("second", GHMESH_SECRET=OTHER_SECRET)
        first.start([])
        second.start([first.address])
        # One of the two refuses, the other sees itself refused: both count.
        for node in (first, second):
            told = self.wait_stats(node, strangers_refused=1)
            self.assertEqual(told["connected_peers"], 0)
            self.assertIn("is no member", node.log())
        first.put("list_repos:a=1", "1", "--public")
        second.put("list_repos:a=2", "2", "--public")
        third = self.node("third")
        third.start([first.address, second.address])
        self.wait_stats(third, connected_peers=1, strangers_refused=1, announces_stored=1)
        self.assertEqual(self.run_program("get", "list_repos:a=1", env=second.environment).code, NO)
        self.assertEqual(self.run_program("get", "list_repos:a=2", env=first.environment).code, NO)
        self.assertEqual(second.stats()["announces_received"], 0)
        # The connection stays, for ping and identify.
        self.assertGreaterEqual(self.established(second), 1)
        self.assertNotIn(SECRET, first.log() + second.log())

    def test_a_rotation_connects_old_and_new(self):
        first = self.node("first", GHMESH_SECRET=f"{SECRET},{OTHER_SECRET}")
        second = self.node("second", GHMESH_SECRET=OTHER_SECRET)
        first.start([])
        second.start([first.address])
        self.wait_stats(first, connected_peers=1)
        second.put("list_repos:a=1", "1", "--public")
        self.wait_stats(first, announces_stored=1)


class HostileTest(Suite):
    """A member that holds the secret and lies."""

    KEY = "hostile:a=1"

    def setUp(self) -> None:
        super().setUp()
        self.victim = self.node("victim")
        self.victim.start([])

    def attack(self, what: str) -> None:
        self.hostile = self.app("hostile", self.victim.address, SECRET, what)

    def get(self) -> Done:
        return self.run_program("get", self.KEY, env=self.victim.environment)

    def check_refused(self, what: str, reason: str) -> None:
        self.attack(what)
        told = self.wait_stats(self.victim, announces_refused=1)
        self.assertEqual((told["announces_stored"], told["announces_received"]), (0, 0))
        self.assertEqual(told["announces_refused"], 1)
        self.assertEqual(self.get().code, NO)
        if reason:
            self.assertIn(reason, self.victim.log())
        self.assertEqual(self.hostile.terminate(), 0)
        self.assertTrue(self.victim.alive)

    def test_what_the_others_are_held_against(self):
        self.attack("good")
        told = self.wait_stats(self.victim, announces_stored=1, connected_peers=1)
        self.assertEqual(told["announces_refused"], 0)
        self.assertIn(b"hostile member", self.get().shown)

    def test_replayed(self):
        self.attack("replay")
        told = self.wait_stats(self.victim, announces_refused=1)
        self.assertEqual((told["announces_stored"], told["announces_received"], told["announces_refused"]), (1, 1, 1))
        self.assertIn("a replayed announcement", self.victim.log())

    def test_sealed_long_ago(self):
        self.check_refused("old", "an announcement of another time")

    def test_sealed_ahead_of_time(self):
        self.check_refused("ahead", "an announcement dated ahead")

    def test_an_answer_of_the_future(self):
        self.check_refused("dated", "")

    def test_in_another_s_name(self):
        self.check_refused("name", "in another peer's name")

    def test_one_bit(self):
        self.check_refused("flip", "cannot be opened")

    def test_a_body_that_is_not_its_hash_s(self):
        self.check_refused("body", "")

    def test_random_message(self):
        self.check_refused("garbage", "an announcement that is none")

    def test_a_length_past_every_bound(self):
        self.check_refused("huge", "malformed")

    def test_without_a_hello(self):
        self.check_refused("stranger", "")


class StoreTest(Suite):
    def setUp(self) -> None:
        super().setUp()
        self.origin = Stub(lambda asked: response(body=json.dumps({"path": asked.path, "x": "y" * 20000}).encode()))
        self.addCleanup(self.origin.stop)

    def api(self, path: str, directory: Path | None = None) -> Done:
        settings = {"GHMESH_DIR": str(directory)} if directory else {}
        return self.run_program("api", path, env=self.environment(GHMESH_HOST=self.origin.url, **settings))

    def check_answers(self, path: str, directory: Path | None = None) -> None:
        done = self.api(path, directory)
        self.assertEqual(done.code, DONE, done.said)
        self.assertEqual(json.loads(done.shown)["path"], path)

    def mount(self) -> Path:
        """A disk of its own that a test may fill."""
        disk = self.folder / "disk"
        disk.mkdir()
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={TMPFS_BYTES}", "ghmesh-test", str(disk)],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            self.skipTest(f"no tmpfs here: {done.stderr.strip()}")
        self.addCleanup(subprocess.run, ["umount", "-l", str(disk)], check=True)
        return disk

    def fill(self, disk: Path) -> None:
        with contextlib.suppress(OSError), (disk / "filling").open("wb", buffering=0) as filling:
            while filling.write(b"x" * 4096):
                pass

    def test_a_disk_that_fills(self):
        disk = self.mount()
        for number in range(5):
            self.check_answers(f"/repos/o/r{number}", disk / "store")
        self.fill(disk)
        for number in range(30):
            self.check_answers(f"/repos/o/new{number}", disk / "store")
        for number in range(5):
            self.check_answers(f"/repos/o/r{number}", disk / "store")
        done = self.run_program("put", "list_repos:a=1", given=json.dumps(os.urandom(TMPFS_BYTES).hex()).encode(),
                                env=self.environment(GHMESH_DIR=str(disk / "store")))
        self.assertEqual(done.code, LOCAL)
        self.assertIn("no room left", done.said)
        (disk / "filling").unlink()
        self.check_answers("/repos/o/again", disk / "store")

    def test_a_disk_that_is_full(self):
        disk = self.mount()
        self.fill(disk)
        done = self.api("/repos/o/r", disk / "store")
        if done.code != DONE:
            self.assertEqual(done.code, LOCAL)
            self.assertIn("no room left", done.said)
        else:
            self.assertEqual(json.loads(done.shown)["path"], "/repos/o/r")

    def test_a_store_of_random_bytes(self):
        self.check_answers("/repos/o/r")
        for name in sorted(path.name for path in (self.folder / "store").iterdir()):
            if name.endswith(".key"):
                continue
            with self.subTest(name):
                path = self.folder / "store" / name
                size = max(path.stat().st_size, 100)
                path.write_bytes(os.urandom(min(size, 1 << 20)))
                self.check_answers("/repos/o/r")
                self.check_answers("/repos/o/other")
                self.assertEqual(self.run_program("stats", "--json").code, DONE)

    def test_a_store_that_was_cut(self):
        self.check_answers("/repos/o/r")
        for name in sorted(path.name for path in (self.folder / "store").iterdir()):
            if name.endswith(".key"):
                continue
            for keep in (0, 1, 100, 5000):
                with self.subTest(f"{name} to {keep}"):
                    path = self.folder / "store" / name
                    if path.is_file() and path.stat().st_size > keep:
                        os.truncate(path, keep)
                    self.check_answers("/repos/o/r")

    def test_a_body_that_was_altered(self):
        """One byte of what is stored: never shown, counted, fetched again."""
        self.check_answers("/repos/o/r")
        for path in (self.folder / "store").iterdir():
            data = path.read_bytes() if path.is_file() else b""
            at = data.find(ZSTD_MAGIC)
            if at >= 0:
                path.write_bytes(data[:at + 20] + bytes([data[at + 20] ^ 1]) + data[at + 21:])
        done = self.api("/repos/o/r")
        self.assertEqual(json.loads(done.shown)["path"], "/repos/o/r")
        self.assertGreater(json.loads(self.run_program("stats", "--json").shown)["corrupt"], 0)
        self.assertEqual(len(self.origin.asked), 2)


class SecretsTest(Suite):
    """Tokens and secrets live in memory only."""

    def test_they_appear_nowhere(self):
        origin = Stub(lambda asked: response(401 if "bad" in asked.path else 200, BODY, ETag='"a"'))
        self.addCleanup(origin.stop)
        first = self.node("first", GHMESH_HOST=origin.url, GHMESH_LOG="debug")
        second = self.node("second", GHMESH_HOST=origin.url, GHMESH_LOG="debug")
        stranger = self.node("stranger", GHMESH_SECRET=OTHER_SECRET, GHMESH_LOG="debug")
        first.start([])
        second.start([first.address])
        stranger.start([first.address])
        first.ask("/repos/o/r")
        second.put("list_repos:a=1", "1")
        said = b"".join(self.run_program(*words, env=first.environment).said.encode() + self.run_program(
            *words, env=first.environment).shown for words in (
                ("api", "-i", "/bad"), ("api", "-i", "/repos/o/r"), ("stats",), ("stats", "--json"), ("config",),
                ("config", "--json"), ("id",)))
        self.wait_stats(first, strangers_refused=1, announces_stored=1)
        cmdlines = b"".join(Path(f"/proc/{node.pid}/cmdline").read_bytes() for node in (first, second))
        for node in (first, second, stranger):
            node.stop()
        kept = b"".join(path.read_bytes() for path in self.folder.rglob("*") if path.is_file())
        self.assertIn(BODY, kept)
        for secret in (TOKEN, SECRET, OTHER_SECRET):
            for form in (secret.encode(), secret[6:].encode(), secret.partition("_")[2][:20].encode()):
                for place in (said, cmdlines, kept):
                    self.assertNotIn(form, place)

    def test_the_passphrase_too(self):
        env = self.mesh_environment(GHMESH_SECRET="correct horse battery staple")
        self.assertEqual(self.run_program("put", "a:b=1", env=env, given=b"1").code, DONE)
        kept = b"".join(path.read_bytes() for path in self.folder.rglob("*") if path.is_file())
        self.assertNotIn(b"battery", kept)


if __name__ == "__main__":
    main()
