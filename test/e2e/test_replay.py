# SPDX-License-Identifier: MIT
"""Recorded GitHub traffic through the program (replay.py), where @octokit/fixtures is installed."""

import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from fixtures import SCENARIOS  # noqa: E402
from suite import PROGRAM, Suite, main  # noqa: E402

HERE = Path(__file__).resolve().parent
REPLAY_WAIT_S = 300


class ReplayTest(Suite):
    def test_every_recorded_get(self):
        if not SCENARIOS.is_dir():
            self.skipTest("@octokit/fixtures is not installed: npm ci --ignore-scripts in test/interop")
        done = subprocess.run([sys.executable, HERE / "replay.py", "--program", PROGRAM], capture_output=True, text=True,
                              timeout=REPLAY_WAIT_S, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr[-3000:])
        self.assertRegex(done.stdout, r"problems +0")


if __name__ == "__main__":
    main()
