# SPDX-License-Identifier: MIT
"""ghmesh p2p: a peer that listens, one that pings it, one that asks who it is; and what goes wrong."""

import json
import socket
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from suite import BUILD, PROGRAM, Suite, main  # noqa: E402


class P2pTest(Suite):
    def listen(self) -> tuple[subprocess.Popen, str]:
        listener = subprocess.Popen([str(PROGRAM), "p2p", "listen", "/ip4/127.0.0.1/tcp/0"],
                                    stdout=subprocess.PIPE, text=True)
        self.addCleanup(listener.stdout.close)
        self.addCleanup(listener.wait)
        self.addCleanup(listener.kill)
        return listener, self.line(listener, "listening")["addr"]

    def line(self, process: subprocess.Popen, event: str) -> dict:
        """The next line that tells of `event`."""
        for text in process.stdout:
            said = json.loads(text)
            if said["event"] == event:
                return said
        self.fail(f"it ended without {event}")

    def p2p(self, *words: str) -> tuple[int, list[dict]]:
        done = self.run_program("p2p", *words)
        return done.code, [json.loads(line) for line in done.shown.splitlines()]

    def test_listener_is_pinged_and_identified(self):
        listener, address = self.listen()
        peer = address.rsplit("/", 1)[1]
        code, lines = self.p2p("ping", address, "-c", "3")
        self.assertEqual(code, 0)
        self.assertEqual([(line["event"], line["peer"]) for line in lines], [("ping", peer)] * 3)
        self.assertTrue(all(line["rtt_us"] > 0 for line in lines))
        code, lines = self.p2p("identify", address)
        self.assertEqual(code, 0)
        self.assertEqual(lines[0]["peer"], peer)
        self.assertIn("/ipfs/ping/1.0.0", lines[0]["protocols"])
        self.assertEqual(lines[0]["listen"], [address.rsplit("/p2p/", 1)[0]])
        self.assertTrue(lines[0]["agent_version"].startswith("ghmesh/"))
        visitor = self.line(listener, "up")["peer"]
        self.assertNotEqual(visitor, peer)
        self.assertEqual(self.line(listener, "down")["peer"], visitor)
        listener.terminate()
        self.assertEqual(listener.wait(timeout=20), 0)

    def test_listener_is_found_by_name(self):
        _, address = self.listen()
        named = address.replace("/ip4/127.0.0.1/", "/dns/localhost/")
        code, lines = self.p2p("ping", named, "-c", "1")
        self.assertEqual((code, len(lines)), (0, 1))
        self.assertEqual(self.p2p("ping", named.replace("localhost", "no.such.name.invalid")), (1, []))

    def test_another_peer_is_not_the_one_meant(self):
        _, address = self.listen()
        _, other = self.listen()
        wrong = address.rsplit("/", 1)[0] + "/" + other.rsplit("/", 1)[1]
        self.assertEqual(self.p2p("ping", wrong), (1, []))
        self.assertEqual(self.p2p("identify", wrong), (1, []))

    def test_what_cannot_be_is_said(self):
        self.assertEqual(self.p2p("ping", "/ip4/127.0.0.1/tcp/1"), (1, []))
        for words in (["ping"], ["ping", "nonsense"], ["fly", "/ip4/127.0.0.1/tcp/1"], [],
                      ["ping", "/ip4/127.0.0.1/tcp/1", "-c", "0"], ["listen", "/ip4/127.0.0.1/tcp/0", "-c", "1"]):
            self.assertEqual(self.p2p(*words), (2, []), words)


class ByNameTest(Suite):
    """Names with several addresses; the program byname answers for the resolver."""

    def listen(self, host: str, port: int = 0, backlog: int = 8) -> socket.socket:
        listener = socket.socket()
        self.addCleanup(listener.close)
        listener.bind((host, port))
        listener.listen(backlog)
        return listener

    def reached(self, *words: object) -> str:
        done = subprocess.run([BUILD / "test" / "e2e" / "byname", *map(str, words)], capture_output=True, text=True,
                              timeout=60, check=True)
        return done.stdout.strip()

    def silent(self, host: str, port: int) -> None:
        """Nobody answers there: the queue of a listener that accepts nothing is filled."""
        self.listen(host, port, backlog=0)
        for _ in range(64):
            caller = socket.socket()
            self.addCleanup(caller.close)
            caller.settimeout(0.3)
            try:
                caller.connect((host, port))
            except TimeoutError:
                return
        self.skipTest("a full queue still lets callers in")

    def test_the_one_that_answers_is_found(self):
        port = self.listen("127.0.0.3").getsockname()[1]
        others = [f"127.0.0.{i}" for i in range(10, 18)]
        self.assertEqual(self.reached(port, "::1", "127.0.0.2", "127.0.0.3"), "127.0.0.3")
        self.assertEqual(self.reached(port, "127.0.0.3", "127.0.0.2"), "127.0.0.3")
        self.assertEqual(self.reached(port, *others[:7], "127.0.0.3"), "127.0.0.3")
        self.assertEqual(self.reached(port, *others, "127.0.0.3"), "nowhere")  # it is the ninth
        self.assertEqual(self.reached(port, "::1", "127.0.0.2"), "nowhere")
        self.assertEqual(self.reached(port), "nowhere")

    def test_a_silent_one_holds_nobody_up(self):
        port = self.listen("127.0.0.3").getsockname()[1]
        self.silent("127.0.0.2", port)
        self.assertEqual(self.reached(port, "127.0.0.2", "127.0.0.3"), "127.0.0.3")

    def test_what_is_given_up_leaves_nothing_behind(self):
        port = self.listen("127.0.0.3").getsockname()[1]
        self.silent("127.0.0.2", port)
        self.assertEqual(self.reached("cancel", port), "cancelled")
        self.assertEqual(self.reached("cancel", port, "127.0.0.2"), "cancelled")
        self.assertIn(self.reached("cancel", port, "127.0.0.3"), ("cancelled", "127.0.0.3"))


if __name__ == "__main__":
    main()
