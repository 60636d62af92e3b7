# SPDX-License-Identifier: MIT
"""`ghmesh exec`, `why` and all of `api`: real clients, unmodified, with the cache and without it."""

import json
import os
import pty
import shutil
import signal
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from node import wait_for  # noqa: E402
from origin import Origin  # noqa: E402
from relay import Relay  # noqa: E402
from stub import Stub, response  # noqa: E402
from suite import PROGRAM, TOKEN, WAIT_S, Done, Suite, main  # noqa: E402

START_S = 1767603600             # 2026-01-05T09:00:00Z
REPO = "octo-org/hello"
BY_REST = ("api repos/{repo}", "api repos/{repo} --jq .full_name", "run list -R {repo}", "run list -R {repo} -L 3 --json number,status",
           "workflow list -R {repo}", "workflow view CI -R {repo}", "pr diff 1 -R {repo}", "api repos/{repo}/nothing",
           "api --paginate orgs/many-org/repos -q .[].name")
BY_GRAPHQL = ("repo view {repo}", "repo view {repo} --json name,stargazerCount", "repo list octo-org", "pr list -R {repo}",
              "pr view 1 -R {repo}", "pr view 99 -R {repo}", "pr checks 1 -R {repo}", "pr list -R {repo} --json number,title,labels",
              "issue list -R {repo}", "issue view 101 -R {repo}", "release list -R {repo}", "run view {run} -R {repo}",
              "api graphql -f query={viewer{login}}")
# The same, too, but not free: redirects, errors and what is not there for long are not kept.
NOT_KEPT = ("api repos/octo-org/hello-old -q .id", "repo view octo-org/nothing", "api graphql -f query={nothing}",
            "api graphql -f query=mutation{a}")


class ExecSuite(Suite):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.origin = Origin(TOKEN, seed=1, start_s=START_S)
        cls.addClassCleanup(cls.origin.stop)

    def setUp(self) -> None:
        super().setUp()
        self.origin.reset()
        self.private = self.folder / "t"
        self.private.mkdir()

    def environment(self, **settings: str) -> dict[str, str]:
        own = {"GHMESH_HOST": self.origin.url, "TMPDIR": str(self.private), "GH_NO_UPDATE_NOTIFIER": "1", "TZ": "UTC",
               "GH_REPO": REPO}
        return super().environment(**{**own, **settings})

    def exec(self, *command: str, given: bytes = b"", options: tuple[str, ...] = (), **settings: str) -> Done:
        done = self.run_program("exec", *options, "--", *command, env=self.environment(**settings), given=given)
        self.assertEqual(os.listdir(self.private), [], "what was made is not removed")
        return done

    def charged(self) -> int:
        return self.origin.ledger()["charged"]

    def need(self, program: str) -> None:
        if shutil.which(program) is None:
            self.skipTest(f"{program} is not installed")


class GhTest(ExecSuite):
    """The same bytes as without the cache."""

    def setUp(self) -> None:
        super().setUp()
        self.need("gh")
        relay = Relay(self.folder / "relay.sock", self.origin.url)
        self.addCleanup(relay.stop)
        self.plain = self.folder / "plain"
        self.plain.mkdir()
        (self.plain / "config.yml").write_text(f"http_unix_socket: {relay.path}\n")

    def direct(self, *words: str, given: bytes = b"") -> Done:
        done = subprocess.run(["gh", *words], env=self.environment(GH_CONFIG_DIR=str(self.plain)), input=given,
                              capture_output=True, timeout=WAIT_S, check=False, cwd=self.folder)
        return Done(done.returncode, done.stdout, done.stderr.decode())

    def words(self, line: str) -> list[str]:
        run = json.loads(self.direct("api", f"repos/{REPO}/actions/runs").shown)["workflow_runs"][1]["id"]
        return [word.replace("{repo}", REPO).replace("{run}", str(run)) for word in line.split()]

    def test_rest_is_the_same_and_free_the_second_time(self):
        self.same_and_free(BY_REST)

    def test_graphql_is_the_same_and_free_the_second_time(self):
        self.same_and_free(BY_GRAPHQL)

    def same_and_free(self, lines: tuple[str, ...]) -> None:
        for line in lines:
            with self.subTest(line):
                words = self.words(line)
                direct = self.direct(*words)
                self.assertEqual(self.exec("gh", *words), direct)
                before = self.charged()
                self.assertEqual(self.exec("gh", *words), direct)
                if direct.code == 0:
                    self.assertEqual(self.charged() - before, 0)

    def test_what_is_not_kept_is_the_same(self):
        for line in NOT_KEPT:
            with self.subTest(line):
                words = self.words(line)
                self.assertEqual(self.exec("gh", *words), self.direct(*words))
                self.assertEqual(self.exec("gh", *words), self.direct(*words))

    def test_api_for_api(self):
        """`ghmesh api` in the place of `gh api`: output and exit code."""
        (self.folder / "in.json").write_text('{"x": 1}')
        query = ("query=query($endCursor: String) {repository(owner: \"octo-org\", name: \"hello\") {issues(first: 9, after: "
                 "$endCursor) {nodes {number} pageInfo {hasNextPage,endCursor}}}}")
        for words in (
                (f"repos/{REPO}",), (f"/repos/{REPO}",), ("repos/{owner}/{repo}", "-q", ".id"), (f"repos/{REPO}/nothing",),
                ("--paginate", "orgs/many-org/repos", "-q", ".[].name"), ("--paginate", "users/octocat/repos"),
                ("-X", "GET", f"repos/{REPO}/actions/runs", "-f", "status=completed", "-F", "per_page=2"),
                (f"repos/{REPO}", "-q", "{owner, d: .description, id, n: .mirror_url}"), (f"repos/{REPO}", "-q", ".mirror_url, .id, .topics"),
                (f"repos/{REPO}", "--silent"), ("-X", "HEAD", f"repos/{REPO}"), ("-p", "nebula,x", f"repos/{REPO}", "-q", ".id"),
                (f"repos/{REPO}/issues", "-f", "title=a", "-q", ".title"), ("-X", "PATCH", f"repos/{REPO}", "--input", "in.json"),
                ("graphql", "-f", "query={viewer{login}}"), ("graphql", "-f", "query={nothing}"), ("graphql", "--paginate", "-f", query),
                ("graphql", "--paginate", "-f", query, "-q", ".data.repository.issues.nodes[].number"),
                (f"repos/{REPO}/pulls/1", "-H", "Accept: application/vnd.github.v3.diff"), ("repos/octo-org/hello-old", "-q", ".id")):
            with self.subTest(words):
                direct = self.direct("api", *words)
                self.origin.reset()
                ours = self.run_program("api", *words, cwd=self.folder)
                self.assertEqual((ours.code, ours.shown), (direct.code, direct.shown))
                self.assertEqual(ours.said.replace("ghmesh: ", "gh: "), direct.said)

    def test_the_user_s_own_configuration(self):
        own = self.folder / "gh"
        own.mkdir()
        config = "# mine\n---\ngit_protocol: ssh\nhttp_unix_socket:\n  /nowhere\naliases:\n    mine: api repos/octo-org/hello -q .id\n"
        (own / "config.yml").write_text(config)
        (own / "hosts.yml").write_text("github.com:\n    user: octocat\n    oauth_token: gho_mine\n    git_protocol: ssh\n")
        env = {"GH_CONFIG_DIR": str(own), "GH_TOKEN": ""}
        self.assertEqual(self.exec("gh", "mine", **env).shown, b"1296269\n")
        self.assertEqual(self.exec("gh", "auth", "token", **env).shown, b"gho_mine\n")
        self.assertEqual(self.exec("gh", "config", "get", "git_protocol", **env).shown, b"ssh\n")
        self.assertEqual((own / "config.yml").read_text(), config)
        told = self.exec("sh", "-c", 'cat "$GH_CONFIG_DIR/config.yml"; grep -rl gho_ "$TMPDIR" | wc -l; stat -c %a "$GH_CONFIG_DIR"/..',
                         **env).shown.decode()
        self.assertNotIn("/nowhere", told)
        self.assertEqual(told.split()[-2:], ["0", "700"], "no token is copied")

    def test_every_host_of_gh_can_be_asked(self):
        """Through the socket gh asks all of them; the cache is of one. 127.0.0.2 answers nobody."""
        own = self.folder / "gh"
        own.mkdir()
        (own / "hosts.yml").write_text("github.com:\n    user: octocat\n127.0.0.2:\n    user: me\n")
        script = ('for host in 127.0.0.2 elsewhere.example; do curl -s -o "$HOME/out" -w "%{http_code} " '
                  '--unix-socket "$GHMESH_HTTP_SOCKET" http://$host/x; done')
        self.assertEqual(self.exec("sh", "-c", script, GH_CONFIG_DIR=str(own)).shown, b"502 421 ")

    def test_gh_goes_on_when_the_node_is_killed(self):
        script = ("import os, signal, subprocess\n"
                  "def ask(): return subprocess.run(['gh', 'api', 'repos/octo-org/hello', '-q', '.id'], check=True, capture_output=True).stdout\n"
                  "def node():\n"
                  "    kids = open(f'/proc/{os.getppid()}/task/{os.getppid()}/children').read().split()\n"
                  "    return next((int(k) for k in kids if int(k) != os.getpid()), None)\n"
                  "for _ in range(3):\n"
                  "    first = node()\n"
                  "    assert ask() == b'1296269\\n'\n"
                  "    os.kill(first, signal.SIGKILL)\n"
                  "    assert ask() == b'1296269\\n'\n"
                  "while (config := open(os.environ['GH_CONFIG_DIR'] + '/config.yml').read()):\n"
                  "    try: os.kill(node() or 0x3fffffff, signal.SIGKILL)\n"
                  "    except ProcessLookupError: pass\n"
                  "print('plain', repr(config))\n")
        done = self.exec(sys.executable, "-c", script)
        self.assertEqual((done.code, done.shown), (0, b"plain ''\n"), done.said)
        self.assertEqual(done.said, "ghmesh: the cache failed; going on without it\n")


class ClientTest(ExecSuite):
    def test_curl(self):
        self.need("curl")
        for command in ('curl -sf -H "Authorization: token $GH_TOKEN" "$GITHUB_API_URL/repos/octo-org/hello"',
                        'curl -sf -H "Authorization: token $GH_TOKEN" --unix-socket "$GHMESH_HTTP_SOCKET" http://api.github.com/repos/octo-org/hello'):
            told = self.exec("sh", "-c", command)
            self.assertEqual((told.code, json.loads(told.shown)["id"]), (0, 1296269))
        self.assertEqual(self.charged(), 1)
        told = self.exec("sh", "-c", 'curl -sf -H "Authorization: token $GH_TOKEN" -d \'{"query":"{viewer{login}}"}\' "$GITHUB_GRAPHQL_URL"')
        self.assertEqual(json.loads(told.shown), {"data": {"viewer": {"login": "octocat"}}})

    def test_our_own_commands_inside(self):
        self.exec(str(PROGRAM), "api", f"repos/{REPO}")
        self.assertEqual(self.run_program("api", f"repos/{REPO}").code, 0)
        self.assertEqual(self.charged(), 1, "it is the same cache")
        told = self.exec(str(PROGRAM), "exec", "--", str(PROGRAM), "api", f"repos/{REPO}", "-q", ".id")
        self.assertEqual((told.code, told.shown), (0, b"1296269\n"))

    def test_a_proxy_is_not_for_this_machine(self):
        told = self.exec("printenv", "no_proxy", http_proxy="http://127.0.0.1:9", no_proxy="example.com")
        self.assertEqual(told.shown, b"example.com,127.0.0.1,localhost\n")
        self.assertEqual(self.exec("printenv", "no_proxy").code, 1)

    def test_summary(self):
        curl = ("sh", "-c", "for i in 1 2 3; do curl -sf $GITHUB_API_URL/repos/octo-org/hello; done")
        self.assertEqual(self.exec(*curl, options=("-v",)).said, "ghmesh: 3 calls, 2 hits, 0 free, 1 charged\n")
        self.assertEqual(self.exec(*curl).said, "")


class ProcessTest(ExecSuite):
    """The command does not notice who started it, nor who called it."""

    def test_exit_codes(self):
        for script, code in (("exit 0", 0), ("exit 7", 7), ("exit 255", 255), ("kill -TERM $$", 143), ("kill -KILL $$", 137)):
            self.assertEqual(self.exec("sh", "-c", script), Done(code, b"", ""), script)
        self.assertEqual(self.exec("/nowhere/program").code, 127)
        self.assertEqual(self.exec(str(self.folder)).code, 126)
        self.assertIn("No such file", self.exec("ghmesh-no-such-program").said)

    def test_usage(self):
        for words in ((), ("-x", "true"), ("--",)):
            done = self.run_program("exec", *words)
            self.assertEqual((done.code, done.shown), (2, b""), words)
        self.assertIn(b"usage: ghmesh exec", self.run_program("exec", "--help").shown)
        self.assertEqual(self.run_program("exec", "sh", "-c", "echo $1", "x", "--help").shown, b"--help\n")

    def test_arguments_and_streams(self):
        done = self.exec("sh", "-c", 'cat; printf "%s|" "$@"; echo no >&2', "x", "a b", "", "-v", "--", given=b"in\n")
        self.assertEqual((done.shown, done.said), (b"in\na b||-v|--|", "no\n"))

    def test_what_it_inherits(self):
        script = ("ulimit -c; ulimit -Hc; grep -E '^Sig(Blk|Ign|Cgt)' /proc/self/status; ls /proc/self/fd | wc -l; umask; "
                  "cut -d' ' -f5 /proc/$$/stat | grep -cx \"$PPID\"")
        env = self.environment()
        direct = subprocess.run(["sh", "-c", script], env=env, stdin=subprocess.DEVNULL, capture_output=True, check=False)
        ours = subprocess.run([PROGRAM, "exec", "--", "sh", "-c", script], env=env, stdin=subprocess.DEVNULL, capture_output=True,
                              check=False, start_new_session=True)
        self.assertEqual(ours.stdout.splitlines()[:-1], direct.stdout.splitlines()[:-1])
        self.assertEqual(ours.stdout.splitlines()[-1], b"1", "the process group is the caller's")

    def start(self, script: str, **options) -> subprocess.Popen:
        process = subprocess.Popen([PROGRAM, "exec", "--", sys.executable, "-uc", script], env=self.environment(),
                                   stdin=options.pop("stdin", subprocess.PIPE), stdout=options.pop("stdout", subprocess.PIPE),
                                   start_new_session=True, **options)
        for stream in filter(None, (process.stdin, process.stdout)):
            self.addCleanup(stream.close)
        self.addCleanup(lambda: (process.poll() is None and process.kill(), process.wait()))
        return process

    def test_a_command_that_never_asks_starts_nothing(self):
        tools = self.folder / "bin"
        tools.mkdir()
        (tools / "gh").write_text("#!/bin/sh\necho \"$*\" >> \"$HOME/called\"\necho gho_fromgh\n")
        (tools / "gh").chmod(0o755)
        env = {"GH_TOKEN": "", "PATH": f"{tools}:{os.environ['PATH']}"}
        self.exec("true", **env)
        self.assertFalse((self.folder / "called").exists())
        self.exec("sh", "-c", 'curl -sf "$GITHUB_API_URL/repos/octo-org/hello"', **env)
        self.assertEqual((self.folder / "called").read_text(), "auth token\n")

    def test_signals_pass_through(self):
        numbers = ("SIGINT", "SIGTERM", "SIGHUP", "SIGWINCH", "SIGUSR1", "SIGUSR2", "SIGQUIT")
        process = self.start(
            "import signal\n"
            f"wanted = [getattr(signal, n) for n in {numbers!r}]\n"
            "signal.pthread_sigmask(signal.SIG_BLOCK, wanted)\nprint('ready')\n"
            "for _ in wanted: print(signal.Signals(signal.sigwait(wanted)).name)\n")
        self.assertEqual(process.stdout.readline(), b"ready\n")
        for name in numbers:
            os.kill(process.pid, getattr(signal, name))
            self.assertEqual(process.stdout.readline().decode().strip(), name)
        self.assertEqual(process.wait(WAIT_S), 0)
        self.assertEqual(os.listdir(self.private), [])

    def test_a_command_that_a_signal_ends(self):
        process = self.start("import signal; print('ready'); signal.pause()")
        process.stdout.readline()
        os.kill(process.pid, signal.SIGTERM)
        self.assertEqual(process.wait(WAIT_S), 128 + signal.SIGTERM)
        self.assertEqual(os.listdir(self.private), [])

    def test_ctrl_c_on_a_terminal_comes_once(self):
        master, slave = pty.openpty()
        self.addCleanup(os.close, master)
        script = ("import signal, sys\ngot = []\nsignal.signal(signal.SIGINT, lambda *_: (got.append(1), print('int')))\n"
                  "print('ready', sys.stdin.isatty())\ninput()\nprint('count', len(got))\n")
        process = self.start(script, stdin=slave, stdout=slave, stderr=slave, preexec_fn=_take_terminal)
        os.close(slave)
        shown = _read_until(master, b"ready True")
        os.write(master, b"\x03")
        _read_until(master, b"int\r\n")
        os.write(master, b"q\n")
        shown = _read_until(master, b"count ")
        shown += os.read(master, 16) if shown.endswith(b"count ") else b""
        self.assertIn(b"count 1", shown)
        self.assertEqual(process.wait(WAIT_S), 0)

    def test_when_the_one_that_waits_is_killed(self):
        process = self.start("print('ready'); import sys; sys.stdin.read()")
        process.stdout.readline()
        self.assertEqual(len(os.listdir(self.private)), 1)
        process.kill()
        process.wait()
        wait_for("the node cleans up", lambda: not os.listdir(self.private))

    def test_without_a_cache(self):
        cases = {"directory": {"GHMESH_DIR": "/dev/null"}, "host": {"GHMESH_HOST": "a b"}, "setting": {"GHMESH_TTL_S": "soon"},
                 "secret": {"GHMESH_SECRET": "ghms1_short", "GHMESH_P2P": "true"}}
        for name, settings in cases.items():
            with self.subTest(name):
                done = self.exec("sh", "-c", "echo ran ${GITHUB_API_URL-plain} ${GH_CONFIG_DIR-plain}; exit 3", **settings)
                self.assertEqual((done.code, done.shown), (3, b"ran plain plain\n"))
                self.assertTrue(done.said.endswith("ghmesh: going on without a cache\n"), done.said)


class SendTest(Suite):
    """What is no GET: the bytes that leave."""

    def setUp(self) -> None:
        super().setUp()
        self.stub = Stub(lambda asked: response(200, b'{"ok":true}', ETag='"v"'))
        self.addCleanup(self.stub.stop)

    def api(self, *words: str, given: bytes = b"", **settings: str) -> Done:
        return self.run_program("api", *words, env=self.environment(GHMESH_HOST=self.stub.url, **settings), given=given)

    def sent(self, *words: str, given: bytes = b"", **settings: str):
        done = self.api(*words, given=given, **settings)
        self.assertEqual(done.code, 0, done.said)
        return self.stub.asked[-1]

    def test_fields(self):
        for words, wanted in (
                (("-f", "a=1"), {"a": "1"}), (("-F", "a=1", "-F", "b=true", "-F", "c=null", "-F", "d=1.5"), {"a": 1, "b": True, "c": None, "d": "1.5"}),
                (("-f", "a[b]=1", "-f", "a[c][]=2", "-F", "a[c][]=3"), {"a": {"b": "1", "c": ["2", 3]}}),
                (("-f", "a[][k]=1", "-f", "a[][v]=2", "-f", "a[][k]=3", "-f", "e[]"), {"a": [{"k": "1", "v": "2"}, {"k": "3"}], "e": []}),
                (("-f", "a=1", "-f", "a=2"), {"a": "2"}), (("-F", "o={owner}/:repo"), {"o": "me/mine"}), (("-F", "a=@-"), {"a": "in"})):
            asked = self.sent("/x", *words, given=b"in", GH_REPO="ghe.example/me/mine")
            self.assertEqual((asked.method, json.loads(asked.body)), ("POST", wanted))
            self.assertEqual(asked.headers["content-type"], "application/json; charset=utf-8")
            self.assertEqual(asked.headers["authorization"], f"token {TOKEN}")

    def test_wrong_fields(self):
        for words in (("-f", "a"), ("-f", "=1"), ("-f", "a=1", "-f", "a[b]=2"), ("-f", "a[b=1"), ("-F", "a=@/nowhere"), ("-F", "a={owner}"),
                      ("-X", "GE T"), ("--slurp",), ("--paginate", "-X", "POST"), ("--silent", "-q", "."), ("--input", "/nowhere"),
                      ("-X", "GET", "-f", "a[b]=1"), ("-p",)):
            done = self.api("/x", *words)
            self.assertEqual((done.code, done.shown), (2, b""), words)
            self.assertRegex(done.said, r"\Aghmesh\b.+\n", words)
        self.assertEqual(self.stub.asked, [])

    def test_graphql_variables_and_bodies(self):
        asked = self.sent("graphql", "-f", "query=q", "-F", "n=1", "-f", "operationName=o")
        self.assertEqual((asked.path, json.loads(asked.body)), ("/graphql", {"query": "q", "operationName": "o", "variables": {"n": 1}}))
        asked = self.sent("-X", "PUT", "/x?z=0", "--input", "-", "-f", "q=a b", given=b"\x00raw" * 300000)
        self.assertEqual((asked.method, asked.path, asked.body), ("PUT", "/x?z=0&q=a+b", b"\x00raw" * 300000))

    def test_a_write_is_sent_once_and_forgets(self):
        for _ in range(2):
            self.api("/repos/o/r/issues")
        self.assertEqual(len(self.stub.asked), 1)
        self.sent("-X", "PATCH", "/repos/o/r/issues/1", "-f", "a=1")
        self.api("/repos/o/r/issues")
        self.assertEqual([asked.method for asked in self.stub.asked], ["GET", "PATCH", "GET"])

    def test_a_refused_write_holds_reads_and_writes(self):
        """Of one identity, for every command of the directory; another's are not held."""
        refusal = response(403, b'{"message":"You have exceeded a secondary rate limit"}')
        self.stub.answer = lambda asked: refusal if asked.headers.get("authorization") == f"token {TOKEN}" else response(body=b"{}")
        self.assertEqual(self.api("repos/o/r/issues", "-f", "title=a").code, 1)
        asked = len(self.stub.asked)
        for words in (("repos/o/r/issues", "-f", "title=a"), ("-X", "DELETE", "repos/o/r"), ("graphql", "-f", "query={a}"), ("repos/o/r",)):
            done = self.api(*words)
            self.assertEqual((done.code, done.shown), (5, b""), words)
            self.assertIn("rate limit", done.said)
        self.assertEqual(len(self.stub.asked), asked)
        self.assertEqual(self.api("-X", "DELETE", "repos/o/r", "-H", "Authorization: Bearer ghp_other").code, 0)

    def test_a_mutation_of_graphql_is_a_write_and_a_query_is_none(self):
        self.api("/repos/o/r/issues")
        self.sent("graphql", "-f", "query=query { viewer { login } }")
        self.api("/repos/o/r/issues")
        self.assertEqual(self.stub.asked[-1].method, "POST")
        self.sent("graphql", "-f", "query=mutation { addStar(input: {starrableId: 1}) { clientMutationId } }")
        self.api("/repos/o/r/issues")
        self.assertEqual(self.stub.asked[-1].method, "GET")

    def test_a_query_of_graphql_is_asked_once(self):
        """By what it asks; again when a header or a variable differs, and what is not understood each time."""
        self.stub.answer = lambda asked: response(200, b'{"data":{"a":1}}')
        once = ("graphql", "-f", "query=query($n: Int) { a(n: $n) }", "-F", "n=1")
        for words in (once, once, (*once, "--cache", "0"), (*once, "-H", "GraphQL-Features: x"), (*once, "-H", "GraphQL-Features: x"),
                      (*once[:-1], "n=2"), ("graphql", "-f", "query=query( $n:Int ) { a ( n:$n ) } # same", "-F", "n=1"),
                      (*once, "-H", "X-Other: 1"), (*once, "-H", "X-Other: 1"), ("graphql", "-f", "query={rateLimit{cost}}"),
                      ("graphql", "-f", "query={rateLimit{cost}}")):
            self.assertEqual(self.api(*words).shown, b'{"data":{"a":1}}')
        told = [(asked.headers.get("graphql-features"), json.loads(asked.body).get("variables")) for asked in self.stub.asked]
        one = {"n": 1}
        self.assertEqual(told, [(None, one), (None, one), ("x", one), (None, {"n": 2}), (None, one), (None, one), (None, None), (None, None)])
        self.assertEqual({asked.headers["content-type"].partition(";")[0] for asked in self.stub.asked}, {"application/json"})

    def test_the_token_of_another_host_is_not_lent(self):
        env = {"PATH": "/nowhere"}
        self.api("--hostname", "127.0.0.1:9", "/x", GHMESH_TIMEOUT_S="1", **env)
        done = self.run_program("why", "--hostname", "other.example", "/x", env=self.environment(**env))
        self.assertIn("identity  anonymous", done.shown.decode())


class WhyTest(ExecSuite):
    def why(self, *words: str, **settings: str) -> dict:
        before = self.origin.ledger()["requests"]
        done = self.run_program("why", "--json", *words, env=self.environment(**settings))
        self.assertEqual(done.code, 0, done.said)
        self.assertEqual(self.origin.ledger()["requests"], before, "it sends nothing")
        return json.loads(done.shown)

    def test_decisions(self):
        path = f"/repos/{REPO}"
        self.assertEqual(self.why(path)["decision"], "fetch")
        self.run_program("api", path)
        told = self.why(path)
        self.assertEqual((told["decision"], told["entry"]["status"], told["entry"]["of"]), ("serve", 200, "this identity"))
        self.assertEqual(self.why(path, "--cache", "0")["decision"], "revalidate")
        self.assertEqual(self.why(path, GH_TOKEN="ghp_other")["decision"], "fetch")
        self.assertEqual(self.why(path, "-H", "X-Mine: 1")["decision"], "pass")
        self.assertEqual(self.why(path, "-X", "DELETE")["decision"], "pass")
        self.run_program("api", path, "-X", "PATCH", "-f", "description=x")
        told = self.why(path)
        self.assertEqual((told["decision"], told["reason"]), ("revalidate", "something that it depends on was written since"))
        self.assertIn("never kept", self.why("/rate_limit")["reason"])

    def test_decisions_on_graphql(self):
        query = ("graphql", "-f", "query={viewer{login}}")
        self.assertEqual(self.why(*query)["decision"], "fetch")
        self.run_program("api", *query)
        self.assertEqual(self.why("graphql", "-f", "query={ viewer { login } }")["decision"], "serve")
        self.assertEqual(self.why(*query, "-H", "GraphQL-Features: x")["decision"], "fetch")
        self.assertEqual(self.why(*query, "--cache", "0")["decision"], "fetch", "it has no tag")
        for passed in ("query=mutation{a}", "query={rateLimit{cost}}"):
            self.assertEqual(self.why("graphql", "-f", passed)["decision"], "pass")

    def test_shared_answers_and_people_s_words(self):
        path = f"/repos/{REPO}"
        anonymous = self.environment(GH_TOKEN="", PATH="/nowhere")
        self.run_program("api", path, env=anonymous)
        self.assertEqual(self.why(path)["entry"]["of"], "everybody")
        self.assertEqual(self.why(path, "--cache", "0", GH_TOKEN="", PATH="/nowhere")["decision"], "revalidate-charged")
        text = self.run_program("why", path).shown.decode()
        self.assertRegex(text, r"\Aserve: answered here; GitHub is not asked\n  because   it is fresh, and was got without a token")
        self.assertNotIn(TOKEN, text)

    def test_a_hold(self):
        stub = Stub(lambda asked: response(403, b'{"message":"API rate limit exceeded"}', Retry_After="60"))
        self.addCleanup(stub.stop)
        self.run_program("api", "/repos/o/r", env=self.environment(GHMESH_HOST=stub.url))
        told = self.why("/repos/o/other", GHMESH_HOST=stub.url)
        self.assertEqual(told["decision"], "refuse")
        self.assertGreater(told["budget"]["hold_ms"], 50000)
        self.assertEqual(self.why("/repos/o/other", "-X", "DELETE", GHMESH_HOST=stub.url)["decision"], "refuse")

    def test_usage(self):
        for words in ((), ("/a", "/b"), ("http://elsewhere.example/x",), ("/a", "--what")):
            self.assertEqual(self.run_program("why", *words).code, 2, words)


def _take_terminal() -> None:
    import fcntl
    import termios
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def _read_until(fd: int, wanted: bytes) -> bytes:
    shown = b""
    while wanted not in shown:
        shown += os.read(fd, 4096)
    return shown


if __name__ == "__main__":
    main()
