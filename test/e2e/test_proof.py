# SPDX-License-Identifier: MIT
"""Who sees what, and what it costs: many tokens of different rights in one mesh, against the emulator's own ledger."""

import hashlib
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from node import NodeError  # noqa: E402
from origin import Origin  # noqa: E402
from suite import Suite, main  # noqa: E402

START_S = 1767603600                  # 2026-01-05T09:00:00Z
A, B, C = (f"ghp_proof{letter}00000000000000000000000000000000" for letter in "ABC")
SECRET_REPO = "/repos/octo-org/secret"


class ProofSuite(Suite):
    """One directory for all tokens: what one of them fetched is there when another asks."""

    etag = "formula"

    def setUp(self) -> None:
        super().setUp()
        self.origin = Origin(A, seed=7, start_s=START_S, etag=self.etag)
        self.addCleanup(self.origin.stop)

    def api(self, token: str | None, path: str, *options: str):
        """`ghmesh api`, with a token or without one; what it shows and its exit status."""
        env = self.environment(GHMESH_HOST=self.origin.url, GH_TOKEN=token or "")
        return self.run_program("api", *options, path, env=env)

    def entries(self) -> list[dict]:
        return self.origin.ledger()["entries"]

    def cost(self) -> tuple[int, int]:
        """Charged, and free 304s."""
        ledger = self.origin.ledger()
        return ledger["charged"], ledger["free_304"]

    def truth(self, token: str | None, path: str) -> str:
        """The hash of what this token must see now."""
        return self.origin.truth(path, START_S, START_S, token)[0]["sha256"]

    def assert_true_for(self, token: str | None, path: str) -> None:
        done = self.api(token, path)
        self.assertEqual(done.code, 0, done.said)
        self.assertEqual(hashlib.sha256(done.shown).hexdigest(), self.truth(token, path))


class SharingTest(ProofSuite):
    def test_first_read_of_another_token_is_one_free_304(self):
        self.origin.grant(B, login="octocat")
        self.assert_true_for(A, "/repos/octo-org/hello")
        self.assertEqual(self.cost(), (1, 0))
        self.assert_true_for(B, "/repos/octo-org/hello")
        self.assertEqual(self.cost(), (1, 1))
        self.assert_true_for(B, "/repos/octo-org/hello")   # proven: nobody is asked
        self.assertEqual(len(self.entries()), 2)


if __name__ == "__main__":
    main()
