# SPDX-License-Identifier: MIT
"""Many at once, and hard times: what reaches GitHub, by its own ledger, and what the clients are told meanwhile."""

import hashlib
import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from front import FrontNode  # noqa: E402
from node import wait_for  # noqa: E402
from origin import Origin  # noqa: E402
from simtime import SimTime  # noqa: E402
from suite import TOKEN, is_sanitized, main  # noqa: E402
from test_front import FrontSuite  # noqa: E402
from wire import Reply  # noqa: E402

START_S = 1767603600                  # 2026-01-05T09:00:00Z
SEED = 7
HELLO = "/repos/octo-org/hello"
WORKFLOWS = "/repos/octo-org/hello/actions/workflows"  # which do not change
ACCEPT = "application/vnd.github+json"  # as `ghmesh api` asks
CLIENTS, TOKENS = 200, 20
TTL_S, DAY_S = 300, 86400
OUTAGE_S, STEP_S = 600, 60
ROUND_TRIP_MS = 1500                  # so that all clients are there before the first is answered


def token(number: int) -> str:
    return f"ghp_load{number:02d}"


class LoadSuite(FrontSuite):
    """An agent, and GitHub's time in the test's hand: it stands still, and the product hears of it from each answer."""

    def setUp(self) -> None:
        super().setUp()
        self.now_s = START_S
        self.origin = Origin(TOKEN, seed=SEED, start_s=self.now_s)
        self.addCleanup(self.origin.stop)

    def ask(self, node: FrontNode, path: str, who: str = TOKEN, *lines: str) -> Reply:
        with self.wire(node) as wire:
            return wire.ask("GET", path, f"Authorization: token {who}", *lines)

    def pass_time(self, node: FrontNode, seconds: int) -> None:
        """What is asked to hear the time is never asked for otherwise, and by somebody else."""
        self.now_s += seconds
        self.origin.set_clock(self.now_s)
        self.assertEqual(self.ask(node, f"/users/octocat/repos?page={self.now_s}", "ghp_clock").status, 200)

    def all_at_once(self, node: FrontNode, path: str, tokens: int) -> list[Reply]:
        """Each client on a connection of its own; all have asked before the first is answered."""
        self.origin.fault("latency", count=None, path=path, ms=ROUND_TRIP_MS)
        wires = [self.wire(node) for _ in range(CLIENTS)]
        for number, wire in enumerate(wires):
            wire.send(f"GET {path} HTTP/1.1\nHost: api.github.com\nAuthorization: token {token(number % tokens)}\n\n")
        replies = [wire.hear() for wire in wires]
        self.origin.clear_faults()
        return replies

    def since(self, last: int, path: str) -> Counter[str]:
        entries = [entry for entry in self.origin.ledger(last)["entries"] if entry["path"] == path]
        return Counter("charged" if entry["charged"] else str(entry["status"]) for entry in entries)

    def assert_true(self, replies: list[Reply], path: str, who: str) -> None:
        true = self.origin.truth(path, self.now_s, self.now_s, who)[0]["sha256"]
        self.assertEqual({(reply.status, hashlib.sha256(reply.body).hexdigest()) for reply in replies}, {(200, true)})

    def change(self, node: FrontNode, path: str) -> None:
        """Time passes until GitHub's answer is another one."""
        was = self.origin.truth(path, self.now_s, self.now_s)[0]["sha256"]
        next_s = self.origin.truth(path, self.now_s, self.now_s + DAY_S)[1]["since"]
        self.pass_time(node, max(next_s - self.now_s, TTL_S))
        self.assertNotEqual(self.origin.truth(path, self.now_s, self.now_s)[0]["sha256"], was)


class CrowdTest(LoadSuite):
    """T28: two hundred clients and one answer."""

    def crowd(self, path: str, tokens: int) -> Counter[str]:
        """Cost of one answer that has expired, and has changed if it is one that changes."""
        node = self.agent(self.origin.url)
        for number in range(tokens):
            self.ask(node, path, token(number))
        self.change(node, path) if path == HELLO else self.pass_time(node, TTL_S)
        last = self.origin.ledger()["last"]
        replies = self.all_at_once(node, path, tokens)
        self.assert_true(replies, path, token(0))
        return self.since(last, path)

    def test_two_hundred_clients_are_one_call(self) -> None:
        self.assertEqual(self.crowd(HELLO, 1), {"charged": 1})

    def test_two_hundred_clients_are_one_free_call_when_nothing_changed(self) -> None:
        self.assertEqual(self.crowd(WORKFLOWS, 1), {"304": 1})

    def test_twenty_tokens_find_it_changed_for_one_charge(self) -> None:
        self.assertEqual(self.crowd(HELLO, TOKENS), {"charged": 1, "304": TOKENS - 1})

    def test_twenty_tokens_confirm_for_nothing(self) -> None:
        self.assertEqual(self.crowd(WORKFLOWS, TOKENS), {"304": TOKENS})

    def test_twenty_tokens_are_one_charge(self) -> None:
        """On a cold cache."""
        node = self.agent(self.origin.url)
        self.assert_true(self.all_at_once(node, HELLO, TOKENS), HELLO, token(0))
        self.assertEqual(self.since(0, HELLO), {"charged": 1, "304": TOKENS - 1})


class HardTimesTest(LoadSuite):
    """The calendar of every process is the test's: GitHub's Date cannot tell it while nothing arrives."""

    def setUp(self) -> None:
        if is_sanitized():
            self.skipTest("libfaketime stands before the sanitizer")
        super().setUp()
        self.calendar = SimTime(self.folder / "clock", self.now_s)
        self.node = self.agent(self.origin.url, GH_TOKEN=TOKEN, **self.calendar.environment())

    def advance(self, seconds: int) -> None:
        self.now_s += seconds
        self.calendar.set(self.now_s)
        self.origin.set_clock(self.now_s)

    def read(self, path: str) -> Reply:
        return self.ask(self.node, path, TOKEN, f"Accept: {ACCEPT}")

    def test_ten_minutes_without_github(self) -> None:
        kept = {path: self.read(path) for path in (HELLO, WORKFLOWS)}
        self.origin.fault("refuse")
        self.assertEqual(self.read("/repos/octo-org/hello/pulls/1").status, 502)  # what was never read
        last = self.origin.ledger()["last"]
        for age_s in range(STEP_S, OUTAGE_S + 1, STEP_S):
            self.advance(STEP_S)
            for path, before in kept.items():
                self.assert_shown(self.read(path), before, age_s)
            self.assertEqual(self.node.ask(HELLO), kept[HELLO].body)              # by a process of its own
        self.assertEqual(self.origin.ledger(last)["requests"], 0)
        self.origin.clear_faults()
        wait_for("somebody to try again", lambda: self.read(HELLO).headers["cache-status"].find("detail=stale") < 0)
        for path in kept:
            self.assert_true([self.read(path)], path, TOKEN)
        self.assertEqual(sum(self.since(last, path).total() for path in kept), len(kept))
        self.assertEqual(self.read(HELLO).headers["x-cache-mode"], "COALESCED")

    def assert_shown(self, reply: Reply, before: Reply, age_s: int) -> None:
        """As it was, and with its age; past its TTL it says so."""
        self.assertEqual((reply.status, reply.body), (200, before.body))
        self.assertEqual(int(reply.headers["age"]), age_s)
        self.assertEqual(reply.headers["x-cache-mode"], "COALESCED")
        stale = f"ghmesh; hit; ttl={TTL_S - age_s}" + ("; detail=stale" if age_s >= TTL_S else "")
        self.assertEqual(reply.headers["cache-status"], stale)

    def test_nothing_leaves_until_the_reset(self) -> None:
        kept = {path: self.read(path) for path in (HELLO, WORKFLOWS)}
        self.advance(TTL_S)
        reset_s = self.origin.set_remaining(0)["reset"]
        self.assertEqual(self.read("/users/octocat/repos").status, 403)       # GitHub's own word
        last = self.origin.ledger()["last"]
        while self.now_s + STEP_S < reset_s:
            self.advance(STEP_S)
            for path, before in kept.items():
                self.assertEqual((self.read(path).status, self.read(path).body), (200, before.body))
            self.assertIn(self.read(f"/users/octocat/repos?page={self.now_s}").status, (403, 429))
        self.assertEqual(self.origin.ledger(last)["requests"], 0)
        self.advance(reset_s - self.now_s + 1)
        self.assert_true([self.read(HELLO)], HELLO, TOKEN)
        self.assertEqual(self.origin.ledger(last)["requests"], 1)
        self.assertEqual(self.read("/users/octocat/repos").status, 200)


if __name__ == "__main__":
    main()
