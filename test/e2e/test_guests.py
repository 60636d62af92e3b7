# SPDX-License-Identifier: MIT
"""One directory, many processes, one flight: the host asks GitHub for all of them, and whatever happens to it, they are
answered."""

import subprocess
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from node import wait_for  # noqa: E402
from parley import GUESTS, PID, hello_of  # noqa: E402
from stub import Asked, Stub, response  # noqa: E402
from suite import PROGRAM, SECRET, WAIT_S, App, Done, Suite, main  # noqa: E402

PROCESSES = 50
PATH = "/repos/o/r"
BODY = b'{"id":1}'
ORIGIN = 1  # enum ghm_source


class Gate(Stub):
    """An origin that holds every request back until the gate is opened."""

    def __init__(self) -> None:
        self._gate = threading.Event()
        self.answers = lambda asked: response(200, BODY, ETag='"x"')
        super().__init__(self._wait)

    def open(self) -> None:
        self._gate.set()

    def stop(self) -> None:
        self.open()
        super().stop()

    def _wait(self, asked: Asked):
        self._gate.wait()
        return self.answers(asked)


class Command:
    """A `ghmesh api` that runs in the background."""

    def __init__(self, *arguments: str, env: dict[str, str]) -> None:
        self._process = subprocess.Popen([PROGRAM, "api", *arguments], env=env, stdin=subprocess.DEVNULL,
                                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def kill(self) -> None:
        self._process.kill()

    def finish(self) -> Done:
        shown, said = self._process.communicate(timeout=WAIT_S)
        return Done(self._process.returncode, shown, said.decode(errors="replace"))

    def close(self) -> None:
        if self.alive:
            self.kill()
        self._process.wait()
        self._process.stdout.close()
        self._process.stderr.close()


class GuestSuite(Suite):
    def setUp(self) -> None:
        super().setUp()
        self.gate = Gate()
        self.addCleanup(self.gate.stop)
        self.store = self.folder / "store"

    def settings(self, **more: str) -> dict[str, str]:
        return self.environment(**{"GHMESH_HOST": self.gate.url, "GHMESH_SECRET": SECRET, "GHMESH_LOG": "info", **more})

    def asker(self, **settings: str) -> App:
        app = self.app("app_asker", env=self.settings(**settings))
        self.assertEqual(app.hear(), "open", app.said)
        return app

    def host(self, **settings: str) -> App:
        """A process that hosts the directory: it has asked for something."""
        app = self.asker(**settings)
        app.say("- -1 /first")
        wait_for("a host", lambda: (hello_of(self.store) or {}).get(PID) == app.pid)
        self.gate.wait_asked(1)
        return app

    def command(self, *arguments: str, **settings: str) -> Command:
        command = Command(*arguments, env=self.settings(**settings))
        self.addCleanup(command.close)
        return command

    def wait_guests(self, count: int) -> None:
        """So many, and the one that looks."""
        wait_for(f"{count} guests", lambda: (hello_of(self.store) or {}).get(GUESTS) == count + 1)

    def asked(self, path: str = PATH) -> int:
        return sum(1 for asked in self.gate.asked if asked.path == path)

    def check_answered(self, commands: list[Command], body: bytes = BODY) -> None:
        for command in commands:
            done = command.finish()
            self.assertEqual((done.code, done.shown), (0, body), done.said)
            self.assert_sound(done.code, done.said, "ghmesh api")


class FlightTest(GuestSuite):
    def test_fifty_processes_and_a_host_make_one_request(self):
        self.host()
        commands = [self.command(PATH) for _ in range(PROCESSES)]
        self.wait_guests(PROCESSES)
        self.gate.open()
        self.check_answered(commands)
        self.assertEqual(self.asked(), 1)

    def test_fifty_processes_and_no_host_make_one_request(self):
        commands = [self.command(PATH) for _ in range(PROCESSES)]
        self.wait_guests(PROCESSES - 1)
        self.gate.open()
        self.check_answered(commands)
        self.assertEqual(self.asked(), 1)


if __name__ == "__main__":
    main()
