# SPDX-License-Identifier: MIT
"""A member that comes late is given what the others know, also by one that only heard it itself."""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from suite import Suite, main  # noqa: E402

VALUES = 200


def key(number: int) -> str:
    return f"sync:number={number}"


def value(number: int) -> str:
    return json.dumps({"number": number}, separators=(",", ":"))


class LateTest(Suite):
    def put_all(self, node) -> None:
        for number in range(VALUES):
            node.put(key(number), value(number), "--ttl", "3600")

    def check_all(self, node) -> None:
        for number in range(0, VALUES, 20):
            self.assertEqual(json.loads(node.command("get", key(number))), json.loads(value(number)))

    def test_who_comes_late_learns_from_one_that_was_told(self):
        first, second, late = (self.node(name) for name in ("first", "second", "late"))
        first.start([])
        second.start([first.address])
        self.wait_stats(first, connected_peers=1)
        self.put_all(first)
        self.wait_stats(second, cache_size=VALUES)
        first.kill()
        late.start([second.address])
        told = self.wait_stats(late, cache_size=VALUES, syncs=1)
        self.check_all(late)
        self.assertEqual(told["sync_entries"], VALUES)
        self.assertLessEqual(told["sync_bytes"], 1000)
        self.assertEqual(told["syncs_refused"], 0)

    def test_who_was_away_gets_what_it_missed_and_gives_what_it_has(self):
        first, second = (self.node(name) for name in ("first", "second"))
        first.start([])
        second.start([first.address])
        self.wait_stats(second, connected_peers=1)
        self.put_all(first)
        self.wait_stats(second, cache_size=VALUES)
        first.kill()
        second.stop()
        first.start([])
        second.start([first.address])
        told = self.wait_stats(second, syncs=1)
        self.assertEqual(told["sync_entries"], 0)
        self.assertLessEqual(told["sync_bytes"], 500)


if __name__ == "__main__":
    main()
