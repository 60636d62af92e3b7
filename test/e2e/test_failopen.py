# SPDX-License-Identifier: MIT
"""Whatever is wrong with this machine, `ghmesh api` brings GitHub's answer; and nothing odd in the directory hurts."""

import os
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from stub import Stub, response  # noqa: E402
from suite import PROGRAM, WAIT_S, Suite, main  # noqa: E402

BODY = b'{"id":1}'


class FailOpenTest(Suite):
    """The store is only help."""

    def setUp(self):
        super().setUp()
        self.stub = Stub(lambda _asked: response(200, BODY))
        self.addCleanup(self.stub.stop)

    def ask(self, directory: str, path: str = "/repos/o/r", **environment: str):
        env = self.environment(GHMESH_HOST=self.stub.url, GHMESH_DIR=directory, **environment)
        return subprocess.run([PROGRAM, "api", path], env=env, capture_output=True, stdin=subprocess.DEVNULL, timeout=WAIT_S,
                              check=False)

    def brings(self, directory: str, **environment: str) -> str:
        done = self.ask(directory, **environment)
        self.assertEqual((done.returncode, done.stdout), (0, BODY), done.stderr)
        return done.stderr.decode()

    def test_a_directory_that_is_none(self):
        self.assertIn("going on without a cache", self.brings("/dev/null"))
        self.assertFalse([name for name in os.listdir("/tmp") if name.startswith("ghmesh-") and len(name) == 13
                          and (Path("/tmp") / name / "store2.mdb").exists()])

    def test_pipes_in_place_of_files(self):
        for name in ("local.key", "shared"):
            with self.subTest(name):
                place = self.folder / f"pipe-{name}"
                place.mkdir(0o700)
                os.mkfifo(place / name)
                self.assertIn("going on without a cache", self.brings(str(place)))

    def test_links_are_not_followed(self):
        place, victim = self.folder / "links", self.folder / "victim"
        place.mkdir(0o700)
        victim.write_bytes(b"mine")
        (place / "shared").symlink_to(victim)
        self.brings(str(place))
        self.assertEqual(victim.read_bytes(), b"mine")

    def test_a_directory_that_everybody_may_write(self):
        place = self.folder / "open"
        place.mkdir()
        place.chmod(0o777)
        self.assertIn("permission denied", self.brings(str(place)))

    def test_a_broken_local_key_is_made_anew(self):
        place = self.folder / "broken"
        self.assertEqual(self.brings(str(place)), "")
        (place / "local.key").write_bytes(b"short")
        self.assertEqual(self.brings(str(place)), "")
        self.assertEqual((place / "local.key").stat().st_size, 32)

    def test_closed_descriptors_are_not_the_stores(self):
        place = self.folder / "closed"
        self.brings(str(place))
        mark = (place / "store2.mark").stat().st_size
        env = self.environment(GHMESH_HOST=self.stub.url, GHMESH_DIR=str(place))
        done = subprocess.run(["sh", "-c", f"{PROGRAM} api '/repos/o/r?x=1' <&- >&- 2>&-"], env=env, timeout=WAIT_S, check=False)
        self.assertEqual(done.returncode, 3)
        self.assertEqual((place / "store2.mark").stat().st_size, mark)
        self.assertEqual(self.ask(str(place)).stdout, BODY)


if __name__ == "__main__":
    main()
