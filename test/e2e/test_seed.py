# SPDX-License-Identifier: MIT
"""The seed's own test: two nodes, one value, in both directions, and over every kind of restart."""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from node import Node, wait_for  # noqa: E402
from suite import Suite, main  # noqa: E402

KEY = "list_repos:limit=10:owner=me"
VALUE = '[{"name":"hello","stars":1}]'
VISIBLE_S = 1.0


class SeedTest(Suite):
    def pair(self) -> tuple[Node, Node]:
        first, second = self.node("first"), self.node("second")
        first.start([])
        second.start([first.address])
        self.wait_connected(first, second)
        return first, second

    def wait_connected(self, *nodes: Node) -> None:
        for node in nodes:
            self.wait_stats(node, connected_peers=1)

    def get(self, node: Node, key: str) -> bytes:
        done = self.run_program("get", key, env=node.environment)
        self.assertIn(done.code, (0, 1), done.said)
        return done.shown

    def check_travels(self, speaker: Node, listener: Node, key: str = KEY) -> None:
        before = listener.stats()
        speaker.put(key, VALUE)
        began_s = time.monotonic()
        self.wait_stats(listener, announces_stored=before["announces_stored"] + 1)
        self.assertEqual(self.get(listener, key), VALUE.encode())
        self.assertLess(time.monotonic() - began_s, VISIBLE_S)
        after = listener.stats()
        self.assertEqual(after["peer_hits"], before["peer_hits"] + 1)
        self.assertEqual(after["local_hits"], before["local_hits"])
        self.assertEqual(after["connected_peers"], 1)

    def test_put_on_the_first_is_seen_on_the_second(self):
        first, second = self.pair()
        self.check_travels(first, second)
        self.assertEqual(second.stats()["peer_hits"], 1)
        self.assertEqual(self.get(first, KEY), VALUE.encode())
        self.assertEqual(first.stats()["local_hits"], 1)

    def test_the_bootstrap_node_receives_too(self):
        first, second = self.pair()
        self.check_travels(second, first)
        self.assertEqual(first.stats()["peer_hits"], 1)

    def test_other_tokens_see_only_what_is_public(self):
        first, second = self.pair()
        other = {**second.environment, "GH_TOKEN": "ghp_other"}
        first.put("list_repos:owner=mine", VALUE)
        first.put("list_repos:owner=all", VALUE, "--public")
        self.wait_stats(second, announces_stored=2)
        self.assertEqual(self.run_program("get", "list_repos:owner=mine", env=other).code, 1)
        self.assertEqual(self.run_program("get", "list_repos:owner=all", env=other).shown, VALUE.encode())

    def check_returns(self, gone: Node, other: Node) -> None:
        """`gone` has ended; it comes back at its place with its name, and `other` finds it by itself."""
        address = gone.address
        wait_for("it is missed", lambda: other.stats()["connected_peers"] == 0)
        gone.start([])
        self.assertEqual(gone.address, address, "port or peer id changed")
        self.wait_connected(gone, other)
        self.check_travels(gone, other, "restart:way=out")
        self.check_travels(other, gone, "restart:way=back")

    def test_the_first_restarts_after_sigterm(self):
        first, second = self.pair()
        first.put(KEY, VALUE)
        peer_id = first.stats()["peer_id"]
        self.assertEqual(first.stop(), 0)
        self.check_returns(first, second)
        self.assertEqual(first.stats()["peer_id"], peer_id)
        self.assertEqual(self.get(first, KEY), VALUE.encode())

    def test_the_first_restarts_after_kill(self):
        first, second = self.pair()
        first.put(KEY, VALUE)
        first.kill()
        self.check_returns(first, second)
        self.assertEqual(self.get(first, KEY), VALUE.encode())

    def test_the_second_restarts(self):
        first, second = self.pair()
        second.kill()
        wait_for("it is missed", lambda: first.stats()["connected_peers"] == 0)
        second.start([first.address])
        self.wait_connected(first, second)
        self.check_travels(first, second)

    def test_what_was_put_alone_is_told_later(self):
        first, second = self.pair()
        second.stop()
        wait_for("it is missed", lambda: first.stats()["connected_peers"] == 0)
        first.put(KEY, VALUE)
        second.start([first.address])
        self.wait_stats(second, announces_stored=1)
        self.assertEqual(self.get(second, KEY), VALUE.encode())

    def test_put_without_an_agent_is_told_once_there_is_one(self):
        first, second = self.node("first"), self.node("second")
        first.put(KEY, VALUE)
        first.start([])
        second.start([first.address])
        self.wait_stats(second, announces_stored=1)
        self.assertEqual(self.get(second, KEY), VALUE.encode())


if __name__ == "__main__":
    main()
