# SPDX-License-Identifier: MIT
"""Our partner and each foreign one that is here, as test/interop/matrix.py pairs them."""

import json
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "interop"))

import matrix  # noqa: E402
from suite import Suite, main  # noqa: E402

MATRIX_WAIT_S = 500
JOBS = 2


class InteropTest(Suite):
    def check(self, partner: str, cells: int) -> None:
        try:
            matrix.PARTNERS[partner]()
        except matrix.Missing as missing:
            self.skipTest(f"{partner}: {missing}")
        done = subprocess.run(
            [sys.executable, matrix.__file__, "--json", "--jobs", str(JOBS), "--partner", partner],
            capture_output=True, text=True, timeout=MATRIX_WAIT_S, check=False)
        outcomes = [json.loads(line) for line in done.stdout.splitlines()]
        for outcome in outcomes:
            with self.subTest(" ".join(outcome[name] for name in ("partner", "security", "dialer", "check"))):
                self.assertIsNot(outcome["ok"], False, outcome["detail"])
        self.assertEqual(len(outcomes), cells * len(matrix.CHECKS), done.stderr)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_ours(self):
        self.check("ours", 2)

    def test_js3(self):
        self.check("js3", 4)

    def test_js2(self):
        self.check("js2", 4)

    def test_go(self):
        self.check("go", 4)

    def test_rust(self):
        self.check("rust", 4)

    def test_py(self):
        self.check("py", 4)


if __name__ == "__main__":
    main()
