# SPDX-License-Identifier: MIT
"""The command line, from outside: help, exit codes, exact bytes, where settings come from, how it ends."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from node import wait_for  # noqa: E402
from stub import Stub, response  # noqa: E402
from suite import PROGRAM, SECRET, TOKEN, WAIT_S, Done, Suite, main  # noqa: E402

COMMANDS = ("api", "exec", "why", "get", "put", "stats", "store", "agent", "id", "secret", "config", "version")
DONE, NO, USAGE, LOCAL, ORIGIN = 0, 1, 2, 3, 4
SEED_STATS = ("total_requests", "local_hits", "peer_hits", "misses", "hit_rate", "api_calls_made", "api_calls_saved",
              "cache_size", "max_cache_size", "evictions", "expirations", "connected_peers", "peer_id", "p2p_enabled")
ITEMS = [{"n": 1}, {"n": 2}, {"n": 3}]


class WordsTest(Suite):
    """What is said without doing anything."""

    def test_help_of_every_command(self):
        overview = self.run_program("--help")
        self.assertEqual((overview.code, overview.said), (DONE, ""))
        for name in COMMANDS:
            with self.subTest(name):
                self.assertIn(f"  {name} ", overview.shown.decode())
                texts = [self.run_program(*words) for words in ((name, "--help"), (name, "-h"), ("help", name))]
                self.assertEqual({(done.code, done.said) for done in texts}, {(DONE, "")})
                self.assertEqual(len({done.shown for done in texts}), 1)
                self.assertIn(f"usage: ghmesh {name}", texts[0].shown.decode())

    def test_help_needs_no_directory(self):
        self.run_program("api", "--help")
        self.assertFalse((self.folder / "store").exists())

    def test_no_command_is_a_mistake(self):
        done = self.run_program()
        self.assertEqual((done.code, done.shown), (USAGE, b""))
        self.assertIn("usage: ghmesh COMMAND", done.said)

    def test_unknown_command(self):
        done = self.run_program("fetch", "/x")
        self.assertEqual((done.code, done.shown), (USAGE, b""))
        self.assertIn('there is no command "fetch"', done.said)

    def test_version(self):
        texts = [self.run_program(word).shown for word in ("version", "--version", "-V")]
        self.assertRegex(texts[0].decode(), r"\Aghmesh \d+\.\d+\.\d+\n\Z")
        self.assertEqual(len(set(texts)), 1)

    def test_usage_errors(self):
        for words in (("api",), ("api", "/a", "/b"), ("api", "-H", "no colon", "/a"), ("api", "--cache", "soon", "/a"),
                      ("api", "--cache", "", "/a"), ("api", "--cache", "-5", "/a"), ("api", "--what", "/a"),
                      ("api", "-q"), ("api", "--jq", ".[", "/a"), ("api", ""), ("api", "http://elsewhere.example/x"),
                      ("api", "/a b"), ("api", "/a\nb"), ("get",), ("get", "a", "b"), ("get", "k:a=1:a=2"), ("get", "%zz"), ("put",),
                      ("put", "k:a=1", "--ttl", "0"), ("put", "k:a=1", "--ttl", "1.5"), ("put", "k:a=1", "--ttl", "x"),
                      ("put", "k:a=1", "--what"), ("put", ":a=1"), ("stats", "x"), ("store",), ("store", "x"),
                      ("store", "clear", "--repair"), ("store", "check", "x"), ("agent", "x"), ("id", "x"),
                      ("secret",), ("secret", "old"), ("config", "x"), ("version", "x")):
            with self.subTest(words):
                done = self.run_program(*words, given=b"{}")
                self.assertEqual((done.code, done.shown), (USAGE, b""), done.said)
                self.assertRegex(done.said, r"(?m)^ghmesh\b.+\n")

    def test_secret_new(self):
        made = {self.run_program("secret", "new").shown.decode() for _ in range(5)}
        self.assertEqual(len(made), 5)
        for secret in made:
            self.assertRegex(secret, r"\Aghms1_[A-Za-z0-9_-]{43}\n\Z")
            env = self.mesh_environment(GHMESH_SECRET=secret.strip())
            self.assertEqual(self.run_program("put", "a:b=1", env=env, given=b"1").code, DONE)

    def test_id_is_stable_and_the_directory_s_own(self):
        first, second = self.run_program("id"), self.run_program("id")
        self.assertRegex(first.shown.decode(), r"\A12D3Koo\w{45}\n\Z")
        self.assertEqual(first.shown, second.shown)
        other = self.run_program("id", env=self.environment(GHMESH_DIR=str(self.folder / "other")))
        self.assertNotEqual(other.shown, first.shown)
        self.assertEqual((self.folder / "store" / "identity.key").stat().st_mode & 0o777, 0o600)
        self.assertEqual((self.folder / "store").stat().st_mode & 0o777, 0o700)


class ValuesTest(Suite):
    def put(self, key: str, text: bytes, *options: str) -> Done:
        return self.run_program("put", key, *options, given=text)

    def test_bytes_come_back_as_they_went_in(self):
        for number, text in enumerate((b"1", b'  {"a" : [ 1,\n2 ] }\n', '"\u00e4\u2028"'.encode(), b'"' + b"x" * 300000 + b'"',
                                       b"[]\n\n")):
            key = f"list_repos:number={number}"
            self.assertEqual(self.put(key, text).code, DONE)
            done = self.run_program("get", key)
            self.assertEqual((done.code, done.said), (DONE, ""))
            self.assertEqual(done.shown, text)

    def test_parameters_in_any_order(self):
        self.put("list_repos:limit=10:owner=me", b"7")
        self.assertEqual(self.run_program("get", "list_repos:owner=me:limit=10").shown, b"7")
        self.assertEqual(self.run_program("get", "list_repos:owner=me:limit=11").code, NO)

    def test_what_is_missing(self):
        done = self.run_program("get", "list_repos:owner=nobody")
        self.assertEqual((done.code, done.shown, done.said), (NO, b"", ""))

    def test_no_json(self):
        for text in (b"", b"{", b"nope", b"1 2", b"{'a':1}", b"\xff", b"[1,]", b'"\x01"'):
            with self.subTest(text):
                done = self.put("list_repos:a=1", text)
                self.assertEqual(done.code, USAGE)
                self.assertIn("JSON", done.said)
        self.assertEqual(self.run_program("get", "list_repos:a=1").code, NO)

    def test_ttl(self):
        self.put("list_repos:a=1", b"1", "--ttl", "1")
        self.assertEqual(self.run_program("get", "list_repos:a=1").code, DONE)
        wait_for("its end", lambda: self.run_program("get", "list_repos:a=1").code == NO)
        self.assertEqual(self.stats()["expirations"] > 0, True)

    def test_whose_it_is(self):
        self.put("list_repos:whose=mine", b"1")
        self.put("list_repos:whose=all", b"2", "--public")
        for name in ("ghp_other", ""):
            other = self.environment(GH_TOKEN=name)
            self.assertEqual(self.run_program("get", "list_repos:whose=mine", env=other).code, NO)
            self.assertEqual(self.run_program("get", "list_repos:whose=all", env=other).shown, b"2")

    def stats(self) -> dict:
        return json.loads(self.run_program("stats", "--json").shown)

    def test_stats(self):
        self.put("list_repos:a=1", b"1")
        self.run_program("get", "list_repos:a=1")
        self.run_program("get", "list_repos:a=2")
        told = self.stats()
        for name in SEED_STATS:
            self.assertIn(name, told)
        self.assertEqual([told[name] for name in ("total_requests", "local_hits", "misses", "puts", "cache_size")],
                         [2, 1, 1, 1, 1])
        self.assertEqual(told["hit_rate"], 0.5)
        self.assertIs(told["p2p_enabled"], False)
        text = self.run_program("stats").shown.decode()
        self.assertRegex(text, r"local_hits +1 ")
        self.assertRegex(text, r"sharing +off")


class ConfigTest(Suite):
    def config(self, **settings: str) -> dict:
        done = self.run_program("config", "--json", env=self.environment(**settings))
        self.assertEqual(done.code, DONE, done.said)
        return json.loads(done.shown)

    def write_ini(self, text: str) -> None:
        (self.folder / "config" / "ghmesh").mkdir(parents=True, exist_ok=True)
        (self.folder / "config" / "ghmesh" / "config.ini").write_text(text)

    def test_environment_over_file_over_default(self):
        ttl = self.config()["GHMESH_TTL_S"]
        self.assertEqual((ttl["value"], ttl["source"]), ("300", "default"))
        self.write_ini("# mine\n[cache]\nttl_s = 77\n\nGHMESH_MAX_ENTRIES=500\n")
        ttl = self.config()["GHMESH_TTL_S"]
        self.assertEqual((ttl["value"], ttl["source"]), ("77", "config.ini line 3"))
        ttl = self.config(CACHE_DEFAULT_TTL="88")["GHMESH_TTL_S"]
        self.assertEqual((ttl["value"], ttl["source"]), ("88", "environment CACHE_DEFAULT_TTL"))
        ttl = self.config(CACHE_DEFAULT_TTL="88", GHMESH_TTL_S="99")["GHMESH_TTL_S"]
        self.assertEqual((ttl["value"], ttl["source"]), ("99", "environment GHMESH_TTL_S"))

    def test_secrets_are_not_shown(self):
        for form in (("config",), ("config", "--json")):
            shown = self.run_program(*form, env=self.environment(GHMESH_SECRET=SECRET)).shown.decode()
            self.assertNotIn(SECRET, shown)
            self.assertNotIn(TOKEN, shown)
            self.assertIn("(set)", shown)

    def test_mistakes_say_where_and_what(self):
        for text, wanted in (("ttl_s = soon", "config.ini line 1"), ("colour = red", "there is no setting colour"),
                             ("\nttl_s", "config.ini line 2: expected NAME = VALUE"), ("p2p = maybe", "true or false")):
            with self.subTest(text):
                self.write_ini(text)
                for command in (("config",), ("get", "a:b=1"), ("api", "/x"), ("stats",), ("agent",), ("id",)):
                    done = self.run_program(*command, env=self.environment(GHMESH_P2P=""))
                    self.assertEqual((done.code, done.shown), (USAGE, b""), command)
                    self.assertIn(wanted, done.said)

    def test_bad_values_of_variables(self):
        for name, value in (("GHMESH_TTL_S", "0"), ("GHMESH_TTL_S", "1x"), ("GHMESH_MAX_BYTES", "1"),
                            ("GHMESH_LOG", "loud"), ("GHMESH_P2P", "2"), ("GHMESH_HOST", "http://"),
                            ("GHMESH_HOST", "a b"), ("GHMESH_TOKEN", "a\nb")):
            with self.subTest(f"{name}={value}"):
                env = self.environment(**{name: value})
                done = self.run_program("api", "/x", env=env)
                self.assertEqual((done.code, done.shown), (USAGE, b""))
                self.assertIn(name, done.said)


class ApiTest(Suite):
    def setUp(self) -> None:
        super().setUp()
        self.origin = Stub(self.answer)
        self.addCleanup(self.origin.stop)
        self.clock_s = 0
        self.body = b'{"name":"hello","stars":3}\n'

    def answer(self, asked) -> bytes:
        path, _, query = asked.path.partition("?")
        if path == "/list":
            page = int(dict(part.split("=") for part in query.split("&") if part).get("page", "1"))
            link = f'<{self.origin.url}/list?page={page + 1}>; rel="next", <{self.origin.url}/list?page=3>; rel="last"'
            return response(body=json.dumps([ITEMS[page - 1]]).encode(), **({"Link": link} if page < 3 else {}))
        if path.startswith("/status/"):
            return response(int(path.split("/")[2]), b'{"message":"as asked"}')
        if asked.headers.get("if-none-match") == '"v1"':
            return response(304, ahead_s=self.clock_s, ETag='"v1"')
        return response(body=self.body, ahead_s=self.clock_s, ETag='"v1"', X_RateLimit_Remaining="4999")

    def api(self, *arguments: str, **settings: str) -> Done:
        return self.run_program("api", *arguments, env=self.environment(GHMESH_HOST=self.origin.url, **settings))

    def test_the_body_is_what_was_sent(self):
        for _ in range(2):
            done = self.api("/repos/o/r")
            self.assertEqual((done.code, done.shown, done.said), (DONE, self.body, ""))
        self.assertEqual(len(self.origin.asked), 1)

    def test_paths_as_people_write_them(self):
        for path in ("/repos/o/r", "repos/o/r", f"{self.origin.url}/repos/o/r"):
            self.assertEqual(self.api(path).shown, self.body)
        self.assertEqual([asked.path for asked in self.origin.asked], ["/repos/o/r"])

    def test_with_headers(self):
        first, second = self.api("-i", "/repos/o/r"), self.api("--include", "/repos/o/r")
        for done, wanted in ((first, "miss|fwd"), (second, "hit; ttl=")):
            head, _, body = done.shown.partition(b"\r\n\r\n")
            self.assertEqual(body, self.body)
            lines = head.decode().split("\r\n")
            self.assertEqual(lines[0], "HTTP/1.1 200 OK")
            self.assertIn('Etag: "v1"', lines)
            self.assertIn("Content-Type: application/json; charset=utf-8", lines)
            self.assertRegex(head.decode(), f"Cache-Status: ghmesh; .*({wanted})")

    def test_headers_are_sent(self):
        self.api("-H", "Accept: application/vnd.github.raw", "-H", "X-GitHub-Api-Version: 2022-11-28", "/repos/o/r")
        sent = self.origin.asked[0].headers
        self.assertEqual(sent["accept"], "application/vnd.github.raw")
        self.assertEqual(sent["x-github-api-version"], "2022-11-28")
        self.assertEqual(sent["authorization"], f"token {TOKEN}")
        self.assertRegex(sent["user-agent"], r"\Aghmesh/")

    def test_each_accept_has_its_own_answer(self):
        for accept in ("application/vnd.github+json", "*/*", "text/html"):
            self.api("-H", f"Accept: {accept}", "/repos/o/r")
        self.assertEqual(len(self.origin.asked), 3)
        self.api("/repos/o/r")
        self.assertEqual(len(self.origin.asked), 3)

    def test_other_headers_bypass_the_cache(self):
        for _ in range(2):
            self.assertEqual(self.api("-H", "X-Mine: 1", "/repos/o/r").shown, self.body)
        self.assertEqual([asked.headers.get("x-mine") for asked in self.origin.asked], ["1", "1"])

    def test_cache_durations(self):
        self.api("/repos/o/r")
        for text, asks in (("1h", 0), ("90", 0), ("5m", 0), ("1h30m", 0), ("31536000h", 0), ("0", 1), ("0s", 1)):
            with self.subTest(text):
                before = len(self.origin.asked)
                self.assertEqual(self.api("--cache", text, "/repos/o/r").shown, self.body)
                self.assertEqual(len(self.origin.asked) - before, asks)

    def age(self, path: str, by_s: int) -> None:
        """Makes the stored answer of `path` older: GitHub's clock, by which ages are told, goes on."""
        self.assertEqual(self.api(path).shown, self.body)
        self.clock_s += by_s
        self.api("/clock")

    def test_an_explicit_bound_is_never_passed(self):
        self.age("/repos/o/r", 100)
        self.assertEqual(self.api("--cache", "2m", "/repos/o/r").shown, self.body)
        self.assertEqual(len(self.origin.asked), 2)
        self.api("--cache", "99s", "/repos/o/r")
        self.assertEqual(len(self.origin.asked), 3)

    def test_the_route_s_time_without_a_bound(self):
        self.age("/repos/o/r", 400)
        self.api("/repos/o/r")
        self.assertEqual(len(self.origin.asked), 3)

    def test_revalidation_is_a_304(self):
        self.api("/repos/o/r")
        done = self.api("-i", "--cache", "0", "/repos/o/r")
        self.assertEqual(done.shown.partition(b"\r\n\r\n")[2], self.body)
        self.assertEqual(self.origin.asked[1].headers["if-none-match"], '"v1"')

    def test_jq(self):
        for expression, wanted in ((".name", b"hello\n"), (".stars", b"3\n"), (".nope", b"\n"), (".", self.body),
                                   ('.name, "x"', b"hello\nx\n"), ("empty", b"")):
            with self.subTest(expression):
                self.assertEqual(self.api("-q", expression, "/repos/o/r").shown, wanted)
        done = self.api("--jq", ".name | error", "/repos/o/r")
        self.assertEqual(done.code, NO)
        self.assertIn("hello", done.said)

    def test_paginate(self):
        done = self.api("--paginate", "/list")
        self.assertEqual((done.code, done.shown), (DONE, b'[{"n": 1}][{"n": 2}][{"n": 3}]'))
        done = self.api("--paginate", "--jq", ".[].n", "/list")
        self.assertEqual((done.code, done.shown), (DONE, b"1\n2\n3\n"))
        self.assertEqual(len(self.origin.asked), 3, "the second time they are in the cache")

    def test_error_statuses(self):
        for status in (404, 401, 422, 410):
            with self.subTest(status):
                done = self.api("-q", ".nothing", f"/status/{status}")
                self.assertEqual((done.code, done.shown), (NO, b'{"message":"as asked"}'))
                self.assertIn(f"as asked (HTTP {status})", done.said)

    def test_anonymous(self):
        done = self.api("/repos/o/r", GH_TOKEN="", PATH="/nowhere")
        self.assertEqual(done.shown, self.body)
        self.assertNotIn("authorization", self.origin.asked[0].headers)

    def test_the_token_of_gh(self):
        tools = self.folder / "bin"
        tools.mkdir()
        (tools / "gh").write_text("#!/bin/sh\n[ \"$*\" = 'auth token' ] && echo gho_fromgh\n")
        (tools / "gh").chmod(0o755)
        self.api("/repos/o/r", GH_TOKEN="", PATH=f"{tools}:{os.environ['PATH']}")
        self.assertEqual(self.origin.asked[0].headers["authorization"], "token gho_fromgh")


class OutputTest(Suite):
    """Where standard output cannot take what is written."""

    def into(self, words: tuple[str, ...], stdout) -> subprocess.CompletedProcess:
        return subprocess.run([PROGRAM, *words], env=self.environment(), stdin=subprocess.DEVNULL, stdout=stdout,
                              stderr=subprocess.PIPE, timeout=WAIT_S, check=False)

    def setUp(self) -> None:
        super().setUp()
        self.run_program("put", "list_repos:a=1", given=b'"' + b"x" * 1000000 + b'"')

    def test_closed_pipe(self):
        for words in (("get", "list_repos:a=1"), ("stats",), ("stats", "--json"), ("store", "check"), ("config",), ("--help",), ("id",),
                      ("api", "--help"), ("version",), ("secret", "new")):
            with self.subTest(words):
                ends = os.pipe()
                os.close(ends[0])
                done = self.into(words, ends[1])
                os.close(ends[1])
                self.assertEqual(done.returncode, LOCAL)
                self.assertEqual(done.stderr, b"", "a reader that went away is no complaint")

    def test_full_device(self):
        for words in (("get", "list_repos:a=1"), ("stats",), ("stats", "--json"), ("config",), ("config", "--json"),
                      ("--help",), ("id",), ("version",), ("secret", "new")):
            with self.subTest(words), open("/dev/full", "wb") as full:
                done = self.into(words, full)
                self.assertEqual(done.returncode, LOCAL)
                self.assertIn(b"No space left", done.stderr)

    def test_a_reader_that_takes_little(self):
        reader = subprocess.run(["sh", "-c", '"$0" get list_repos:a=1 | head -c 5', str(PROGRAM)], capture_output=True,
                                env=self.environment(), timeout=WAIT_S, check=False)
        self.assertEqual((reader.stdout, reader.stderr), (b'"xxxx', b""))


class AgentTest(Suite):
    def test_signals_end_it_well(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(number):
                node = self.node(f"node-{number}")
                node.start([])
                os.kill(node.pid, number)
                wait_for("its end", lambda node=node: not node.alive)
                self.assertEqual(node.stop(), 0)
                self.assertEqual(node.log(), "")
                self.assertEqual(node.stats()["host_pid"], 0)

    def test_ctrl_c_on_a_terminal(self):
        master, slave = pty.openpty()
        env = self.mesh_environment()
        agent = subprocess.Popen([PROGRAM, "agent"], env=env, stdin=slave, stdout=slave, stderr=slave,
                                 start_new_session=True, preexec_fn=lambda: _take_terminal(0))
        self.addCleanup(agent.kill)
        os.close(slave)
        shown = b""
        while b"listening" not in shown:
            shown += os.read(master, 4096)
        os.write(master, b"\x03")
        self.assertEqual(agent.wait(WAIT_S), 0)
        os.close(master)

    def test_its_first_line_is_its_address(self):
        node = self.node("node")
        node.start([])
        peer_id = node.command("id").decode().strip()
        self.assertRegex(node.address, rf"\A/ip4/127\.0\.0\.1/tcp/\d+/p2p/{peer_id}\Z")
        told = node.stats()
        self.assertEqual((told["peer_id"], told["listen_port"], told["host_pid"]), (peer_id, node.port, node.pid))
        self.assertIs(told["p2p_enabled"], True)

    def test_without_a_secret_it_says_so(self):
        env = self.mesh_environment(GHMESH_SECRET="", GH_TOKEN="", PATH="/nowhere")
        agent = subprocess.Popen([PROGRAM, "agent"], env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, text=True)
        self.addCleanup(agent.kill)
        self.assertIn("local only: set GHMESH_SECRET", agent.stderr.readline())
        agent.terminate()
        self.assertEqual(agent.wait(WAIT_S), 0)
        agent.stdout.close()
        agent.stderr.close()

    def test_no_crash_would_write_its_memory(self):
        node = self.node("only")
        node.start([])
        limits = Path(f"/proc/{node.pid}/limits").read_text()
        self.assertRegex(limits, r"Max core file size +0 +0 ")

    def test_the_token_serves_as_secret(self):
        first, second = (self.node(name, GHMESH_SECRET="") for name in ("first", "second"))
        first.start([])
        second.start([first.address])
        self.wait_stats(first, connected_peers=1)
        self.wait_stats(second, connected_peers=1)


def _take_terminal(fd: int) -> None:
    import fcntl
    import termios
    fcntl.ioctl(fd, termios.TIOCSCTTY, 0)


if __name__ == "__main__":
    main()
