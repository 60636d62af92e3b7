# SPDX-License-Identifier: MIT
"""Self-tests over real sockets, the last ones judged by curl.

Run from test/: `python3 -m unittest discover -s github -t .`
"""

import gzip
import hashlib
import http.client
import json
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path
from urllib.parse import quote, urlsplit

from github.clock import Clock
from github.emulator import Emulator
from github.etag import etag_hex
from github.server import Server
from github.world import World

NINE = 1767603600
HELLO = "/repos/octo-org/hello"
RUNS = HELLO + "/actions/runs"
VARY = ("Accept", "Authorization", "Cookie")


class Live(unittest.TestCase):
    opaque = False

    def setUp(self):
        self.clock = Clock(NINE, 0)
        self.server = Server(Emulator(self.clock, World(1), self.opaque))
        self.server.start()
        self.addCleanup(self.server.stop)

    def call(self, target, method="GET", token="t", admin=False, body=None, **headers):
        """(status, headers as a message, body) of one request on a connection of its own."""
        sent = {"User-Agent": "test", **{name.replace("_", "-"): value for name, value in headers.items()}}
        if token:
            sent["Authorization"] = f"Bearer {token}"
        place = urlsplit(self.server.admin_url if admin else self.server.url)
        connection = http.client.HTTPConnection(place.hostname, place.port, timeout=10)
        self.addCleanup(connection.close)
        connection.request(method, target, None if body is None else json.dumps(body), sent)
        response = connection.getresponse()
        return response.status, response.headers, response.read()

    def emu(self, name, body=None, method=None):
        how = method or ("GET" if body is None else "POST")
        status, _, answer = self.call(f"/__emu/{name}", how, admin=True, body=body)
        self.assertEqual(status, 200, answer)
        return json.loads(answer)

    def remaining(self, token="t"):
        return json.loads(self.call("/rate_limit", token=token)[2])["rate"]["remaining"]


class Conditional(Live):
    def test_formula_on_the_wire_and_free_304(self):
        status, headers, body = self.call(HELLO, Accept="application/vnd.github+json")
        expected = etag_hex(VARY, {"accept": ["application/vnd.github+json"], "authorization": ["Bearer t"]}, body)
        self.assertEqual((status, headers["ETag"]), (200, f'"{expected}"'))
        left = self.remaining()
        status, headers, body = self.call(HELLO, Accept="application/vnd.github+json",
                                          If_None_Match=f'"other", W/"{expected}"')
        self.assertEqual((status, body), (304, b""))
        self.assertEqual(int(headers["X-RateLimit-Remaining"]), left)
        counts = self.emu("ledger?entries=0")
        self.assertEqual((counts["requests"], counts["charged"], counts["free_304"]), (3, 1, 1))

    def test_anonymous_304_is_charged(self):
        tag = self.call(HELLO, token=None)[1]["ETag"]
        status, headers, _ = self.call(HELLO, token=None, If_None_Match=tag)
        self.assertEqual((status, headers["X-RateLimit-Remaining"]), (304, "58"))
        self.assertEqual(self.emu("ledger")["charged"], 2)

    def test_headers_of_a_good_answer(self):
        _, headers, _ = self.call(HELLO)
        self.assertEqual(headers.get_all("Vary"), ["Accept, Authorization, Cookie, X-GitHub-OTP",
                                                   "Accept-Encoding, Accept, X-Requested-With"])
        self.assertEqual(headers["Cache-Control"], "private, max-age=60, s-maxage=60")
        self.assertEqual(headers["Date"], "Mon, 05 Jan 2026 09:00:00 GMT")
        self.assertEqual(headers["X-RateLimit-Reset"], str(NINE + 3600))
        self.assertRegex(headers["X-GitHub-Request-Id"], "^[0-9A-F:]+$")

    def test_gzip_is_weak_and_hashed_before(self):
        plain = self.call(HELLO)
        packed = self.call(HELLO, Accept_Encoding="gzip")
        self.assertEqual(packed[1]["Content-Encoding"], "gzip")
        self.assertEqual(gzip.decompress(packed[2]), plain[2])
        self.assertEqual(packed[1]["ETag"], "W/" + plain[1]["ETag"])

    def test_head_has_the_length_of_get(self):
        body = self.call(HELLO)[2]
        status, headers, nothing = self.call(HELLO, "HEAD")
        self.assertEqual((status, headers["Content-Length"], nothing), (200, str(len(body)), b""))

    def test_manners(self):
        self.assertEqual(self.call(HELLO, User_Agent="")[0], 403)
        self.assertEqual(self.call(HELLO, X_GitHub_Api_Version="1999-01-01")[0], 400)
        self.emu("tokens", {"token": "gone", "revoked": True})
        self.assertEqual(self.call(HELLO, token="gone")[0], 401)

    def test_issues_are_opened(self):
        issues = HELLO + "/issues"
        status, headers, body = self.call(issues + "?per_page=39")
        self.assertEqual((status, [it["number"] for it in json.loads(body)][:2]), (200, [140, 139]))
        self.assertIn('/repositories/1296269/issues?per_page=39&page=2>; rel="next"', headers["Link"])
        status, headers, body = self.call(issues, "POST", body={"title": "a"})
        self.assertEqual((status, json.loads(body)["number"]), (201, 141))
        self.assertEqual(headers["Location"], f"https://api.github.com{issues}/141")
        self.assertEqual(json.loads(self.call(issues)[2])[0]["title"], "a")
        self.assertEqual(self.call(issues + "/141")[0], 200)
        self.assertEqual(json.loads(self.call("/repos/octo-org/world/issues")[2])[0]["number"], 140)
        for body, wanted in (({}, 422), ({"title": ""}, 422), ([], 422)):
            self.assertEqual(self.call(issues, "POST", body=body)[0], wanted)
        self.assertEqual(self.call(issues, "POST", token=None, body={"title": "a"})[0], 401)
        self.assertEqual(self.call(HELLO, "POST", body={"title": "a"})[0], 404)
        self.emu("reset", {})
        self.assertEqual(json.loads(self.call(issues)[2])[0]["number"], 140)

    def test_asked_as_a_proxy(self):
        _, headers, body = self.call("http://api.github.com:80/repos/octo-org/hello/issues?per_page=39")
        self.assertEqual(len(json.loads(body)), 39)
        self.assertTrue(headers["Link"].startswith("<http://api.github.com/repositories/1296269/issues?per_page=39&page=2>"))


class Opaque(Live):
    opaque = True

    def test_tag_is_not_the_formula_but_works(self):
        _, headers, body = self.call(HELLO)
        computed = etag_hex(VARY, {"authorization": ["Bearer t"]}, body)
        self.assertNotIn(computed, headers["ETag"])
        self.assertEqual(self.call(HELLO, If_None_Match=f'"{computed}"')[0], 200)
        self.assertEqual(self.call(HELLO, If_None_Match=headers["ETag"])[0], 304)
        self.assertEqual(self.call(HELLO, token="t2", If_None_Match=headers["ETag"])[0], 200)


class Accounts(Live):
    def test_exhausted(self):
        self.emu("limits", {"remaining": 1})
        self.assertEqual(self.call(HELLO)[0], 200)
        status, headers, _ = self.call(HELLO)
        self.assertEqual((status, headers["X-RateLimit-Remaining"]), (403, "0"))
        self.assertEqual(self.remaining(), 0)
        self.emu("clock", {"advance": 3600})
        self.assertEqual(self.call(HELLO)[0], 200)

    def test_job_tokens_of_one_repository_share(self):
        self.call(HELLO, token="ghs_1")
        _, headers, _ = self.call(RUNS, token="ghs_2")
        self.assertEqual((headers["X-RateLimit-Limit"], headers["X-RateLimit-Remaining"]), ("1000", "998"))
        self.assertEqual(self.call(HELLO + "/actions/runners", token="ghs_1")[0], 403)

    def test_missing_is_charged(self):
        self.assertEqual(self.call("/repos/octo-org/none")[0], 404)
        self.assertEqual(self.emu("ledger")["charged"], 1)


class Pagination(Live):
    def test_walk_by_link(self):
        target, names, paths = "/orgs/many-org/repos?per_page=100", [], []
        while target:
            _, headers, body = self.call(target)
            names += [repo["name"] for repo in json.loads(body)]
            rels = dict(reversed(part.split("; ")) for part in (headers["Link"] or "").split(", "))
            url = rels.get('rel="next"')
            target = url and url.strip("<>")[len(self.server.url):]
            paths.append(target)
        self.assertEqual(len(set(names)), 250)
        self.assertEqual(paths[0], "/organizations/9919000/repos?per_page=100&page=2")

    def test_repository_form(self):
        _, headers, _ = self.call(RUNS + "?per_page=2")
        self.assertIn(f"<{self.server.url}/repositories/1296269/actions/runs?per_page=2&page=2>", headers["Link"])


class Truth(Live):
    def test_every_body_is_a_version_of_its_time(self):
        seen = []
        for _ in range(30):
            seen.append((self.clock.now(), hashlib.sha256(self.call(RUNS)[2]).hexdigest()))
            self.emu("clock", {"advance": 60})
        told = self.emu(f"truth?path={quote(RUNS)}&from={NINE}&to={NINE + 1800}")["versions"]
        for at_s, digest in seen:
            self.assertEqual([v["sha256"] for v in told if v["since"] <= at_s < (v["until"] or 1e12)], [digest])
        total = self.emu(f"changes?path={quote(RUNS)}&from={NINE}&to={NINE + 1800}")["total"]
        self.assertEqual(total, len(told) - 1)

    def test_wrong_calls_say_why(self):
        status, _, body = self.call("/__emu/truth?path=/x&from=9&to=1", admin=True)
        self.assertEqual(status, 400)
        self.assertIn("stretch", json.loads(body)["error"])
        self.assertEqual(self.call("/__emu/faults", "POST", admin=True, body={"kind": "rain"})[0], 400)


class Struck(Live):
    def test_status_with_retry_after_then_well(self):
        self.emu("faults", {"kind": "status", "status": 429, "retry_after": 7, "count": 2})
        answers = [self.call(HELLO) for _ in range(3)]
        self.assertEqual([a[0] for a in answers], [429, 429, 200])
        self.assertEqual(answers[0][1]["Retry-After"], "7")
        self.assertEqual(self.emu("ledger")["charged"], 1)

    def test_only_the_path_named(self):
        self.emu("faults", {"kind": "status", "status": 502, "path": "*/runs"})
        self.assertEqual([self.call(HELLO)[0], self.call(RUNS)[0], self.call(RUNS)[0]], [200, 502, 200])

    def test_cut_garbage_close(self):
        for kind, error in (("cut", http.client.IncompleteRead), ("garbage", http.client.BadStatusLine),
                            ("close", http.client.RemoteDisconnected)):
            self.emu("faults", {"kind": kind})
            with self.subTest(kind), self.assertRaises(error):
                self.call(HELLO)
            self.assertEqual(self.call(HELLO)[0], 200)

    def test_huge_header(self):
        self.emu("faults", {"kind": "header", "bytes": 200_000})
        with self.assertRaises(http.client.LineTooLong):
            self.call(HELLO)

    def test_refuse_until_cleared(self):
        self.emu("faults", {"kind": "refuse"})
        with self.assertRaises(http.client.RemoteDisconnected):
            self.call(HELLO)
        with self.assertRaises(ConnectionRefusedError):
            self.call(HELLO)
        self.emu("faults", method="DELETE")
        self.assertEqual(self.call(HELLO)[0], 200)


@unittest.skipUnless(shutil.which("curl"), "curl is not installed")
class JudgedByCurl(Live):
    def curl(self, *arguments):
        command = ["curl", "-s", "--max-time", "10", "-H", "Authorization: Bearer t", *arguments]
        return subprocess.run(command, capture_output=True, check=False)

    def test_etag_compare_saves_the_call(self):
        with tempfile.TemporaryDirectory() as folder:
            tag, out = Path(folder, "tag"), Path(folder, "out")
            url = self.server.url + HELLO
            self.curl("-A", "test", "--etag-save", str(tag), "-o", str(out), url)
            body = out.read_bytes()
            self.assertEqual(hashlib.sha256(b"*/*:Bearer t:" + body).hexdigest(), tag.read_text().strip().strip('"'))
            again = self.curl("-A", "test", "--etag-compare", str(tag), "-w", "%{http_code} %{size_download}", url)
            self.assertEqual(again.stdout, b"304 0")
        self.assertEqual(self.emu("ledger")["charged"], 1)

    def test_indented_for_curl_after_hashing(self):
        plain = self.curl("-i", "-A", "test", self.server.url + HELLO).stdout.decode()
        pretty = self.curl("-i", self.server.url + HELLO).stdout.decode()
        tags = [line for text in (plain, pretty) for line in text.splitlines() if line.startswith("ETag:")]
        self.assertEqual(tags[0], tags[1])
        bodies = [text.split("\r\n\r\n", 1)[1] for text in (plain, pretty)]
        self.assertIn('\n  "name": "hello"', bodies[1])
        self.assertEqual(json.loads(bodies[0]), json.loads(bodies[1]))

    def test_cut_is_seen(self):
        self.emu("faults", {"kind": "cut"})
        self.assertEqual(self.curl(self.server.url + HELLO).returncode, 18)

    def test_one_connection_serves_many(self):
        urls = [self.server.url + path for path in (HELLO, RUNS, HELLO)]
        told = self.curl("-o", "/dev/null", "-o", "/dev/null", "-o", "/dev/null", "-w", "%{num_connects} ", *urls)
        self.assertEqual(told.stdout, b"1 0 0 ")


if __name__ == "__main__":
    unittest.main()
