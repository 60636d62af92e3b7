# SPDX-License-Identifier: MIT
"""Requests that are none, at the agent's socket and port: each gets a clear refusal, GitHub hears of none of them, and the
node goes on."""

import json
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from stub import Stub, response  # noqa: E402
from suite import WAIT_S, main  # noqa: E402
from test_front import AUTH, FrontSuite  # noqa: E402
from wire import Reply, Wire  # noqa: E402

HOST = b"Host: localhost\r\n"
GET = b"GET / HTTP/1.1\r\n" + HOST
POST = b"POST /markdown HTTP/1.1\r\n" + HOST


def target(text: bytes) -> bytes:
    return b"GET " + text + b" HTTP/1.1\r\n" + HOST + b"\r\n"


# What comes, the status, and what the refusal says that is to be done.
REFUSED = {
    "another host": (b"GET / HTTP/1.1\r\nHost: example.com\r\n\r\n", 421, "GHMESH_HTTP_HOSTS"),
    "a name that points here": (b"GET / HTTP/1.1\r\nHost: 127.0.0.1.example.com\r\n\r\n", 421, "GHMESH_HTTP_HOSTS"),
    "the machine's metadata": (target(b"http://169.254.169.254/latest"), 421, "GHMESH_HTTP_HOSTS"),
    "another host, absolute": (target(b"http://example.com/x"), 421, "GHMESH_HTTP_HOSTS"),
    "no host": (b"GET / HTTP/1.1\r\n\r\n", 400, "exactly one Host"),
    "two hosts": (GET + HOST + b"\r\n", 400, "exactly one Host"),
    "a host with a blank": (b"GET / HTTP/1.1\r\nHost: local host\r\n\r\n", 400, "exactly one Host"),
    "a host with a user": (b"GET / HTTP/1.1\r\nHost: me@localhost\r\n\r\n", 400, "exactly one Host"),
    "a host with a path": (b"GET / HTTP/1.1\r\nHost: localhost/x\r\n\r\n", 400, "exactly one Host"),
    "a method with signs": (b"GE(T / HTTP/1.1\r\n" + HOST + b"\r\n", 400, "the method"),
    "a method that is too long": (b"G" * 17 + b" / HTTP/1.1\r\n" + HOST + b"\r\n", 400, "the method"),
    "TRACE": (b"TRACE / HTTP/1.1\r\n" + HOST + b"\r\n", 405, "TRACE"),
    "CONNECT": (b"CONNECT api.github.com:443 HTTP/1.1\r\nHost: api.github.com:443\r\n\r\n", 405, "http_unix_socket"),
    "OPTIONS *": (b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n", 400, "percent-encode"),
    "another scheme": (target(b"ftp://api.github.com/x"), 400, "percent-encode"),
    "no authority": (target(b"http:///x"), 400, "exactly one Host"),
    "a user in the authority": (target(b"http://u:p@api.github.com/x"), 400, "exactly one Host"),
    "a query without a path": (target(b"http://api.github.com?x"), 400, "percent-encode"),
    "no slash": (target(b"repos/o/r"), 400, "percent-encode"),
    "NUL in the target": (target(b"/repos/o\0/r"), 400, "NUL byte"),
    "NUL before a version": (target(b"/repos/o\0 HTTP/1.1"), 400, "NUL byte"),
    "CR in the target": (target(b"/repos/o\r/r"), 400, "percent-encode"),
    "a tab in the target": (target(b"/repos/o\t/r"), 400, "percent-encode"),
    "a blank in the target": (target(b"/repos/o /r"), 400, "percent-encode"),
    "bytes past ASCII": (target("/repos/o/ré".encode()), 400, "percent-encode"),
    "a fragment": (target(b"/repos/o/r#x"), 400, "percent-encode"),
    "a long target": (target(b"/" + b"a" * 8000), 414, "longer than"),
    "many headers": (GET + b"X: y\r\n" * 100 + b"\r\n", 431, "the headers are more"),
    "NUL in a value": (GET + b"X: a\0b\r\nY: z\r\n\r\n", 400, "NUL byte"),
    "NUL in the last value": (GET + b"X: a\0b\r\n\r\n", 400, "NUL byte"),
    "a hidden length": (GET + b"X: a\0Content-Length: 20\r\n\r\n", 400, "NUL byte"),
    "a line that goes on": (GET + b"X: a\r\n b\r\n\r\n", 400, "the next line"),
    "no name": (GET + b": a\r\n\r\n", 400, "without a name"),
    "CR in a value": (GET + b"X: a\rb\r\n\r\n", 400, "a header has"),
    "a blank after a name": (GET + b"X : a\r\n\r\n", 400, "a header has"),
    "two tokens": (GET + b"Authorization: token a\r\nAuthorization: token b\r\n\r\n", 400, "came twice"),
    "two lengths": (POST + b"Content-Length: 1\r\nContent-Length: 1\r\n\r\na", 400, "send one Content-Length"),
    "length and chunks": (POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, "send one Content-Length"),
    "an unknown encoding": (POST + b"Transfer-Encoding: gzip\r\n\r\na", 400, "send one Content-Length"),
}
# Where a second request could be hidden: the connection ends.
ENDED = ("NUL in the target", "NUL before a version", "NUL in a value", "NUL in the last value", "a hidden length",
         "a line that goes on", "no name", "many headers", "two lengths", "length and chunks", "an unknown encoding")
# libmicrohttpd answers these itself, in HTML.
UNREADABLE = {
    "LF in the target": (target(b"/repos/o\n/r"), 400),
    "a line without a colon": (GET + b"X\r\n\r\n", 400),
    "NUL in a name": (GET + b"X\0Y: a\r\n\r\n", 400),
    "an old request": (b"GET /\r\n\r\n", 400),
    "a length with a sign": (POST + b"Content-Length: +1\r\n\r\na", 400),
    "a negative length": (POST + b"Content-Length: -1\r\n\r\na", 400),
    "a length past every number": (POST + b"Content-Length: 99999999999999999999999\r\n\r\na", 413),
    "a large target": (target(b"/" + b"a" * 60_000), 414),
    "a huge target": (target(b"/" + b"a" * 1_000_000), 414),
    "a large header": (GET + b"X: " + b"y" * 60_000 + b"\r\n\r\n", 431),
    "a huge header": (GET + b"X: " + b"y" * 1_000_000 + b"\r\n\r\n", 431),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
}
# Nothing that could be answered.
NOISE = {"a TLS hello": b"\x16\x03\x01\0\xa5\x01\0\0\xa1\x03\x03" + bytes(range(1, 130)) + b"\n\n", "no words": b"\r\n\xff\xfe\xfd\r\n\r\n",
         "no method": b" / HTTP/1.1\r\n\r\n"}


class BadRequestSuite(FrontSuite):
    @classmethod
    def setUpClass(cls) -> None:
        """One node for all: whatever came before, it answers the next."""
        super().setUpClass()
        cls.origin = Stub(lambda asked: response(200, b"{}", ETag='"a"'))
        cls.addClassCleanup(cls.origin.stop)

    def setUp(self) -> None:
        super().setUp()
        self.node = self.agent(self.origin.url, GHMESH_HTTP="socket,0")

    def doors(self) -> tuple[Wire, Wire]:
        path, url = self.node.http
        wires = Wire(path), Wire(("127.0.0.1", int(url.rpartition(":")[2])))
        for wire in wires:
            self.addCleanup(wire.close)
        return wires

    def told(self, wire: Wire, text: bytes) -> Reply:
        """It may have ended the connection before it took all."""
        try:
            wire.send(text)
        except OSError:
            pass
        return wire.hear()

    def assert_alive(self) -> None:
        self.assertEqual(self.origin.asked, [])
        for wire in self.doors():
            self.assertEqual(wire.ask("GET", "/healthz", host="localhost").status, 200)


class RefusalTest(BadRequestSuite):
    def test_each_is_told_what_to_do(self):
        for name, (text, status, wanted) in REFUSED.items():
            for wire in self.doors():
                with self.subTest(name):
                    told = self.told(wire, text)
                    self.assertEqual((told.status, told.headers["content-type"]), (status, "application/json; charset=utf-8"))
                    self.assertEqual((told.headers["x-cache-mode"], told.headers["cache-control"]), ("ERROR", "no-store"))
                    self.assertEqual(list(told.json()), ["message"])
                    self.assertRegex(told.json()["message"], f"^ghmesh: .*{wanted}")
                    if name in ENDED:
                        self.assertTrue(wire.is_closed())
                    else:
                        self.assertEqual(wire.ask("GET", "/healthz", host="localhost").status, 200)
        self.assert_alive()

    def test_what_cannot_be_read_ends_the_connection(self):
        for name, (text, status) in UNREADABLE.items():
            for wire in self.doors():
                with self.subTest(name):
                    self.assertEqual(self.told(wire, text).status, status)
        for name, text in NOISE.items():
            for wire in self.doors():
                with self.subTest(name):
                    wire.send(text)
                    self.assertTrue(wire.is_closed())
        self.assert_alive()

    def test_large_heads_in_pieces_are_read(self):
        """What is looked for in libmicrohttpd's memory is found there too when it had to grow."""
        for count, size in ((60, 400), (4, 7000)):
            for piece in (100_000, 77):
                wire = self.doors()[0]
                text = GET + b"".join(b"X-%d: %b\r\n" % (i, b"y" * size) for i in range(count)) + b"\r\n"
                for at in range(0, len(text), piece):
                    wire.send(text[at:at + piece])
                self.assertEqual(wire.hear().status, 200)
                self.assertEqual(wire.ask("GET", "/repos/o/r?a=b&c&&d==e", "A:", "B:   c  ", "C:\t").status, 200)
        self.origin.asked.clear()

    def test_a_body_that_breaks_its_own_rules(self):
        for wire in self.doors():
            self.assertEqual(self.told(wire, POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n").status, 400)
        self.assert_alive()

    def test_no_encoding_is_a_reason_to_refuse(self):
        """T23: what is not identity is GitHub's to answer, and nonsense is not looked at."""
        for value in ("identity;q=0", "*;q=0", "br", "gzip;q=2, ,;", "", "x" * 1000):
            for wire in self.doors():
                self.assertEqual(wire.ask("GET", "/repos/o/r", AUTH, f"Accept-Encoding: {value}").status, 200, value)
        self.assertEqual({asked.headers["accept-encoding"] for asked in self.origin.asked if "accept-encoding" in asked.headers} &
                         {"identity;q=0", "*;q=0"}, {"identity;q=0", "*;q=0"})
        self.origin.asked.clear()


class CurlTest(BadRequestSuite):
    """As people meet it."""

    def curl(self, *words: str) -> subprocess.CompletedProcess:
        return subprocess.run(["curl", "-sS", "-w", "\n%{http_code}", *words], capture_output=True, text=True, timeout=WAIT_S, check=False)

    def message(self, *words: str) -> tuple[int, str]:
        body, _, status = self.curl(*words).stdout.rpartition("\n")
        return int(status), json.loads(body)["message"]

    def test_refusals(self):
        path, url = self.node.http
        for words, status, wanted in (
                (("--unix-socket", path, "http://example.com/"), 421, "GitHub only"), (("-x", url, "http://example.com/"), 421, "GitHub only"),
                (("-H", "Host: example.com", url), 421, "GitHub only"), (("-X", "BREW(1)", url), 400, "the method"),
                (("-X", "TRACE", url), 405, "TRACE"), (("--request-target", "repos/o/r", url), 400, "must be a path"),
                (("--request-target", "/caf\u00e9", url), 400, "percent-encode"), ((f"{url}/{'a' * 8000}",), 414, "longer"),
                (("-H", "Content-Length: 3", "-H", "Content-Length: 4", "-d", "abc", url), 400, "told twice")):
            with self.subTest(words):
                told = self.message(*words)
                self.assertEqual(told[0], status)
                self.assertIn(wanted, told[1])
        self.assert_alive()

    def test_it_is_no_proxy_for_tls(self):
        done = self.curl("-x", self.node.http[1], "https://api.github.com/")
        self.assertEqual(done.returncode, 56)
        self.assertIn("405", done.stderr)
        done = self.curl(self.node.http[1].replace("http:", "https:"))
        self.assertEqual(done.returncode, 35, "TLS is not spoken")
        self.assert_alive()


if __name__ == "__main__":
    main()
