# SPDX-License-Identifier: MIT
"""libghmesh as applications use it: many threads, many processes, fork, fetches of every kind; and its header."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from node import wait_for  # noqa: E402
from stub import Stub, response  # noqa: E402
from suite import BUILD, LISTENING, ROOT, App, Suite, is_sanitized, main, sockets  # noqa: E402

import json  # noqa: E402

HEADER = ROOT / "include" / "ghmesh.h"
PROCESSES = 10
THREADS = 8
PATHS = [f"/repos/o/r{i}" for i in range(40)]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def name_path(asked) -> bytes:
    return response(body=json.dumps({"path": asked.path}).encode(), ETag='"x"')


class ThreadsTest(Suite):
    def test_twenty_threads_get_one_cache_and_one_listener(self):
        port = free_port()
        app = self.app("app_threads", env=self.mesh_environment(GHMESH_LISTEN=f"/ip4/127.0.0.1/tcp/{port}"))
        self.assertEqual(app.hear(), "one")
        wait_for("its listener", lambda: sockets(app.pid, LISTENING))
        self.assertEqual(sockets(app.pid, LISTENING), [port])
        self.assertEqual(app.finish(), 0, app.said)

    def test_five_threads_configure(self):
        port = free_port()
        env = self.mesh_environment(GHMESH_LISTEN=f"/ip4/127.0.0.1/tcp/{port}")
        app = self.app("app_configure", str(self.folder / "base"), env=env)
        self.assertEqual(app.hear(), "configured")
        wait_for("its listener", lambda: sockets(app.pid, LISTENING))
        self.assertEqual(sockets(app.pid, LISTENING), [port], "the caches that were replaced still listen")
        self.assertEqual(app.finish(), 0, app.said)


class ProcessesTest(Suite):
    def open_all(self, port: int) -> list[App]:
        env = self.mesh_environment(GHMESH_LISTEN=f"/ip4/127.0.0.1/tcp/{port}", GHMESH_LOG="info")
        apps = [self.app("app_share", env=env) for _ in range(PROCESSES)]
        for app in apps:
            self.assertEqual(app.hear(), "open")
        return apps

    def stats(self, app: App) -> dict:
        return json.loads(app.ask("stats"))

    def listeners(self, apps: list[App]) -> list[int]:
        return [port for app in apps for port in sockets(app.pid, LISTENING)]

    def test_ten_processes_open_one_directory(self):
        port = free_port()
        apps = self.open_all(port)
        wait_for("a host", lambda: self.stats(apps[0])["port"] == port)
        self.assertEqual(self.listeners(apps), [port])
        for number, app in enumerate(apps):
            self.assertEqual(app.ask(f'put share:by={number} {{"by":{number}}}'), "ok")
        for app in apps:
            for number in range(PROCESSES):
                self.assertEqual(app.ask(f"get share:by={number}"), f'{{"by":{number}}}')
        self.assertEqual({self.stats(app)["host"] for app in apps}, {self.stats(apps[0])["host"]})
        self.assertEqual(apps[3].ask("invalidate share"), str(PROCESSES))
        self.assertEqual(apps[7].ask("get share:by=1"), "none")
        for app in apps:
            self.assertEqual(app.finish(), 0, app.said)
            self.assertNotIn("taken", app.said)
            self.assert_sound(0, app.said, "share")

    def test_the_host_dies_and_another_takes_over(self):
        port = free_port()
        apps = self.open_all(port)
        wait_for("a host", lambda: self.stats(apps[0])["port"] == port)
        host = self.stats(apps[0])["host"]
        dead = next(app for app in apps if app.pid == host)
        left = [app for app in apps if app is not dead]
        self.assertEqual(dead.ask("put share:by=host 1"), "ok")
        dead.kill()
        wait_for("another host", lambda: self.stats(left[0])["host"] not in (0, host))
        wait_for("its listener", lambda: self.listeners(left) == [port])
        self.assertEqual({app.ask("get share:by=host") for app in left}, {"1"})
        self.assertNotIn("taken", "".join(app.said for app in left))

    def test_the_host_leaves_and_another_takes_over(self):
        port = free_port()
        apps = self.open_all(port)
        wait_for("a host", lambda: self.stats(apps[0])["port"] == port)
        host = self.stats(apps[0])["host"]
        self.assertEqual(next(app for app in apps if app.pid == host).finish(), 0)
        left = [app for app in apps if app.pid != host]
        wait_for("another host", lambda: self.stats(left[0])["host"] not in (0, host))
        wait_for("its listener", lambda: self.listeners(left) == [port])


class ForkTest(Suite):
    def test_the_child_has_a_cache_of_its_own_and_inherits_the_hosting(self):
        port = free_port()
        ends = self.folder / "ends"
        os.mkfifo(ends)
        env = self.mesh_environment(GHMESH_LISTEN=f"/ip4/127.0.0.1/tcp/{port}")
        app = self.app("app_forked", str(ends), env=env)
        self.assertEqual(app.hear(), "parent")
        wait_for("its listener", lambda: sockets(app.pid, LISTENING) == [port])
        word, child = app.ask("fork").split()
        child = int(child)
        self.addCleanup(self.end_child, child)
        self.assertEqual(word, "child")
        self.assertEqual(sockets(app.pid, LISTENING), [port])
        self.assertEqual(sockets(child, LISTENING), [], "the child keeps its parent's port")
        app.kill()
        wait_for("the child to host", lambda: sockets(child, LISTENING) == [port])
        ends.open("w").close()
        self.assertEqual(app.heard(), [])  # it is gone: nobody holds the pipe
        self.assertEqual(app.said, "")

    def end_child(self, pid: int) -> None:
        """Its parent is dead: nobody else does it."""
        if "app_forked" in Path(f"/proc/{pid}/comm").read_text() if Path(f"/proc/{pid}").exists() else False:
            os.kill(pid, signal.SIGKILL)

    def test_both_end_well(self):
        ends = self.folder / "ends"
        os.mkfifo(ends)
        app = self.app("app_forked", str(ends), env=self.mesh_environment())
        self.assertEqual(app.hear(), "parent")
        self.assertTrue(app.ask("fork").startswith("child"))
        ends.open("w").close()
        self.assertEqual(app.finish(), 0, app.said)


class FetchTest(Suite):
    def test_many_fetches_side_by_side_some_given_up(self):
        origin = Stub(name_path)
        self.addCleanup(origin.stop)
        app = self.app("app_fetches", str(THREADS), *PATHS, env=self.environment(GHMESH_HOST=origin.url))
        self.assertEqual(app.hear(), "fetched", app.said)
        self.assertEqual(app.finish(), 0, app.said)
        # One flight for all who want the same: never a request for each thread.
        self.assertLess(len(origin.asked), THREADS * len(PATHS))
        self.assertEqual({asked.path for asked in origin.asked}, set(PATHS))

    def test_close_ends_what_waits(self):
        origin = Stub(lambda asked: None)
        self.addCleanup(origin.stop)
        app = self.app("app_closing", "/slow", env=self.environment(GHMESH_HOST=origin.url))
        self.assertEqual(app.hear(), "waiting")
        origin.wait_asked(4)
        app.say("close")
        self.assertEqual(app.hear(), "closed", app.said)
        self.assertEqual(app.finish(), 0, app.said)


class HeaderTest(Suite):
    def compile(self, *command: str) -> None:
        done = subprocess.run([*command, str(HEADER)], capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_c99(self):
        self.compile("gcc", "-x", "c", "-std=c99", "-pedantic-errors", "-Wall", "-Wextra", "-Werror", "-fsyntax-only")

    def test_cplusplus(self):
        compilers = ("g++", "clang++")
        found = next((name for name in compilers if shutil.which(name)), None)
        if found is None:
            self.skipTest("no C++ compiler")
        self.compile(found, "-x", "c++", "-std=c++11", "-pedantic-errors", "-Wall", "-Wextra", "-Werror",
                     "-fsyntax-only")

    def preprocessed(self) -> str:
        """As cffi users do it: nothing of the system's headers, no attributes."""
        source = re.sub(r"^#include <.*>$", "", HEADER.read_text(), flags=re.MULTILINE)
        done = subprocess.run(["gcc", "-E", "-P", "-x", "c", "-DGHM_API=", "-"], input=source, capture_output=True,
                              text=True, check=True)
        return done.stdout

    def test_preprocessed_it_is_declarations_only(self):
        text = self.preprocessed()
        self.assertNotRegex(text, r"#|__attribute__|\binline\b|__extension__|extern \"C\"")
        # No bodies: each brace belongs to an enum or a struct.
        for before in re.findall(r"([^;{}]*)\{", text):
            self.assertRegex(before, r"\b(enum|struct)\b")

    def test_only_the_header_s_functions_are_exported(self):
        if is_sanitized():
            self.skipTest("a sanitizer exports more")
        declared = set(re.findall(r"\b(ghm_\w+)\s*\(", self.preprocessed()))
        done = subprocess.run(["nm", "-D", "--defined-only", str(BUILD / "libghmesh.so")], capture_output=True,
                              text=True, check=True)
        exported = {line.split()[2] for line in done.stdout.splitlines()}
        self.assertEqual(exported, declared)

    def test_it_is_short(self):
        self.assertLess(len(HEADER.read_text().splitlines()), 600)


if __name__ == "__main__":
    main()
