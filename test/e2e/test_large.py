# SPDX-License-Identifier: MIT
"""An answer of 1 MB that nothing packs: one member fetches it, another pulls it and has it proven for its own token."""

import base64
import random
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from github.etag import etag_hex, matches  # noqa: E402
from stub import Asked, Stub, response  # noqa: E402
from suite import TOKEN, Suite, main  # noqa: E402

PATH = "/repos/octo-org/hello/git/blobs/0123456789012345678901234567890123456789"
VARY = "Accept, Authorization, Cookie"
OTHER = "ghp_large000000000000000000000000000000000"
BODY = b'{"content":"' + base64.b64encode(random.Random(7).randbytes(750_000)) + b'"}'


class LargeTest(Suite):
    def setUp(self) -> None:
        super().setUp()
        self.lock = threading.Lock()
        self.charged: list[str] = []
        self.free: list[str] = []
        self.stub = Stub(self.answer)
        self.addCleanup(self.stub.stop)

    def answer(self, asked: Asked) -> bytes:
        """As GitHub: the tag depends on the token, and a 304 is free."""
        headers = {name.lower(): [value] for name, value in asked.headers.items()}
        tag = etag_hex(VARY.split(", "), headers, BODY)
        token = headers["authorization"][0].split()[1]
        same = matches(headers.get("if-none-match", []), tag)
        with self.lock:
            (self.free if same else self.charged).append(token)
        told = {"ETag": f'"{tag}"', "Vary": VARY, "Cache-Control": "private, max-age=60, s-maxage=60"}
        return response(304 if same else 200, BODY, **told)

    def test_body_that_one_fetched_is_another_s_for_a_free_304(self):
        self.assertGreater(len(BODY), 1_000_000)
        left = self.node("left", GHMESH_HOST=self.stub.url)
        left.start([])
        right = self.node("right", GHMESH_HOST=self.stub.url, GH_TOKEN=OTHER)
        right.start([left.address])
        self.wait_stats(left, connected_peers=1)
        self.assertEqual(left.ask(PATH), BODY)
        self.assertEqual((self.charged, self.free), ([TOKEN], []))
        self.wait_stats(right, announces_stored=1)
        self.assertEqual(right.ask(PATH), BODY)
        self.assertEqual((self.charged, self.free), ([TOKEN], [OTHER]))
        self.assertEqual(right.stats()["announces_refused"], 0)

    def test_same_token_is_served_without_github(self):
        left = self.node("left", GHMESH_HOST=self.stub.url)
        left.start([])
        right = self.node("right", GHMESH_HOST=self.stub.url)
        right.start([left.address])
        self.wait_stats(left, connected_peers=1)
        left.ask(PATH)
        self.wait_stats(right, announces_stored=1)
        self.stub.answer = lambda asked: None
        self.assertEqual(right.ask(PATH), BODY)
        self.assertEqual(right.stats()["peer_hits"], 1)


if __name__ == "__main__":
    main()
