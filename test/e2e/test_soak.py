# SPDX-License-Identifier: MIT
"""A few simulated minutes of everything that goes wrong; `./dev soak` plays an hour."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from soak import soak  # noqa: E402
from suite import PROGRAM, Suite, is_sanitized, main  # noqa: E402

SECONDS, SEED = 300, 20260105


class SoakTest(Suite):
    def test_nothing_crashes_grows_or_lies(self) -> None:
        if is_sanitized():
            self.skipTest("libfaketime stands before the sanitizer")
        seen = soak(PROGRAM, SECONDS, SEED)
        self.assertGreater(seen["kill"] + seen["fill"] + seen["starve"] + seen["reload"], 0)


if __name__ == "__main__":
    main()
