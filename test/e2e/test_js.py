# SPDX-License-Identifier: MIT
"""js-libp2p and our own peers ping each other (test/interop/ping_js.py), where js-libp2p is installed."""

import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from suite import BUILD, ROOT, Suite, main  # noqa: E402

INTEROP = ROOT / "test" / "interop"
PINGS_WAIT_S = 300
DIRECTIONS = ("js dials js", "ours dials js", "js dials ours", "ours dials ours", "ours dials js, other id",
              "js dials ours, other id")


class JsTest(Suite):
    def test_both_directions(self):
        if not (INTEROP / "node_modules" / "libp2p").is_dir():
            self.skipTest("js-libp2p is not installed: npm ci --ignore-scripts in test/interop")
        done = subprocess.run(
            [sys.executable, INTEROP / "ping_js.py", "--peer", BUILD / "test" / "interop" / "p2p_peer"],
            capture_output=True, text=True, timeout=PINGS_WAIT_S, check=False)
        for name in DIRECTIONS:
            with self.subTest(name):
                self.assertRegex(done.stdout, f"(?m)^ok +{name}:")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    main()
