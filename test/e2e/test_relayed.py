# SPDX-License-Identifier: MIT
"""What one member puts is seen by another that it cannot reach: foreign peers that hold no secret pass it on."""

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "interop"))

import matrix  # noqa: E402
from node import Node, wait_for  # noqa: E402
from suite import Suite, main  # noqa: E402

TOPIC = re.compile(r"members meet on the topic (/ghmesh/1/[a-z2-7]{26})\b")


class RelayedTest(Suite):
    def start(self, name: str, bootstrap: list[str]) -> Node:
        node = self.node(name, GHMESH_LOG="info")
        node.start(bootstrap)
        return node

    def topic(self, node: Node) -> str:
        return str(wait_for("a topic", lambda: TOPIC.search(node.log()))[1])

    def partner(self, name: str) -> matrix.Partner:
        try:
            partner = matrix.Partner(name, "noise", "1.2")
        except matrix.Missing as missing:
            self.skipTest(f"{name}: {missing}")
        self.addCleanup(partner.close)
        return partner

    def see(self, node: Node, key: str, json_text: str) -> None:
        def seen() -> bool:
            done = self.run_program("get", key, env=node.environment)
            return done.code == 0 and done.shown.decode().strip() == json_text
        wait_for(f"{key} at {node.name}", seen)

    def check_line(self, name: str) -> None:
        """left - relay - right: neither member ever has a connection to the other."""
        relay = self.partner(name)
        left, right = (self.start(side, [relay.address]) for side in ("left", "right"))
        topic = self.topic(left)
        self.assertEqual(topic, self.topic(right))
        relay.ask("subscribe", topic=topic)
        relay.ask("subscribers", topic=topic, count=2)
        for member in (left, right):
            relay.ask("in_mesh", topic=topic, peer=member.address.rpartition("/")[2])
        for sender, receiver in ((left, right), (right, left)):
            sender.put(f"from:{sender.name}", '{"a":1}')
            self.see(receiver, f"from:{sender.name}", '{"a":1}')
        big = '{"a":"' + "x1y2z3" * 8000 + '"}'          # packed it is small
        left.put("from:big", big)
        self.see(right, "from:big", big)
        for member in (left, right):
            stats = member.stats()
            self.assertEqual((stats["connected_peers"], stats["announces_refused"]), (0, 0))

    def test_through_js(self):
        self.check_line("js3")

    def test_through_go(self):
        self.check_line("go")

    def test_three_members_in_a_line(self):
        """No foreign peer: the one in the middle reads what it passes on."""
        left = self.start("left", [])
        middle = self.start("middle", [left.address])
        right = self.start("right", [middle.address])
        for node in (left, right):
            self.wait_stats(node, connected_peers=1)
        self.wait_stats(middle, connected_peers=2)
        for sender, receivers in ((left, (middle, right)), (right, (middle, left))):
            sender.put(f"from:{sender.name}", '{"a":1}')
            for receiver in receivers:
                self.see(receiver, f"from:{sender.name}", '{"a":1}')
        self.assertEqual(left.stats()["connected_peers"], 1)

    def test_restarted_member_is_heard_whatever_its_clock(self):
        """Its numbers rise, though it starts again at once and again."""
        left = self.start("left", [])
        middle = self.start("middle", [left.address])
        for run in range(3):
            right = self.node("right", GHMESH_LOG="info")
            right.start([middle.address])
            self.wait_stats(right, connected_peers=1)
            right.put("from:right", f'{{"run":{run}}}')
            self.see(left, "from:right", f'{{"run":{run}}}')
            right.kill()


if __name__ == "__main__":
    main()
