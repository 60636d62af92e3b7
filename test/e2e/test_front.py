# SPDX-License-Identifier: MIT
"""The agent's HTTP face: sockets, real clients, and what passes through it."""

import gzip
import hashlib
import os
import shutil
import socket
import stat
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from front import FrontNode  # noqa: E402
from node import wait_for  # noqa: E402
from stub import Asked, Stub, response  # noqa: E402
from suite import TOKEN, Suite, is_sanitized, main  # noqa: E402
from wire import Wire  # noqa: E402

AUTH = f"Authorization: token {TOKEN}"
MIB = 1 << 20


class FrontSuite(Suite):
    def stub(self, answer) -> Stub:
        stub = Stub(answer)
        self.addCleanup(stub.stop)
        return stub

    def agent(self, host: str, **settings: str) -> FrontNode:
        from suite import PROGRAM
        usual = {"GHMESH_P2P": "false", "GHMESH_HOST": host, "GHMESH_AGENT": "off", "GHMESH_HTTP": "socket"}
        node = FrontNode(PROGRAM, "front", self.folder / "front", {**usual, **settings})
        self.addCleanup(self._end_node, node)
        node.start([])
        return node

    def wire(self, node: FrontNode) -> Wire:
        place = node.http[-1]
        if place.startswith("http://"):
            host, _, port = place.removeprefix("http://").rpartition(":")
            wire = Wire((host, int(port)))
        else:
            wire = Wire(place)
        self.addCleanup(wire.close)
        return wire


def tagged(asked: Asked) -> bytes:
    """A small GitHub: one body, with a tag that depends on who asks and how."""
    body = b'{"path":"' + asked.path.encode() + b'","accept":"' + asked.headers.get("accept", "-").encode() + b'"}'
    who = asked.headers.get("authorization", "")
    tag = '"' + hashlib.sha256(who.encode() + body).hexdigest() + '"'
    if asked.headers.get("if-none-match") == tag:
        return response(304, ETag=tag)
    return response(200, body, ETag=tag, X_RateLimit_Remaining="17", X_GitHub_Request_Id="A1")


class Reading(FrontSuite):
    def test_a_get_is_answered_once_from_the_origin(self):
        stub = self.stub(tagged)
        wire = self.wire(self.agent(stub.url))
        first = wire.ask("GET", "/repos/o/r", AUTH)
        again = wire.ask("GET", "/repos/o/r", AUTH)
        self.assertEqual((first.status, again.status), (200, 200))
        self.assertEqual(first.body, again.body)
        self.assertEqual(len(stub.asked), 1)
        self.assertEqual(first.headers["cache-status"], "ghmesh; fwd=miss; ttl=300")
        self.assertRegex(again.headers["cache-status"], r"^ghmesh; hit; ttl=\d+$")
        self.assertEqual((first.headers["x-cache-mode"], again.headers["x-cache-mode"]), ("MISS", "COALESCED"))
        # T17
        self.assertEqual(first.headers["x-ratelimit-remaining"], "17")
        self.assertNotIn("x-ratelimit-remaining", again.headers)
        self.assertNotIn("x-github-request-id", again.headers)
        self.assertIn("age", again.headers)

    def test_trust_mesh_is_for_http_clients_too(self):  # guard: ghm_home_known_as in calls.c
        stub = self.stub(tagged)
        wire = self.wire(self.agent(stub.url, GHMESH_TRUST="mesh"))
        modes = [wire.ask("GET", "/repos/o/r", *who).headers["x-cache-mode"]
                 for who in ((AUTH,), ("Authorization: token another",), ())]
        self.assertEqual(modes, ["MISS", "COALESCED", "MISS"])

    def test_what_the_agent_fetched_the_commands_have_too(self):
        stub = self.stub(tagged)
        node = self.agent(stub.url, GH_TOKEN=TOKEN)
        got = self.wire(node).ask("GET", "/repos/o/r", f"Authorization: Bearer {TOKEN}", "Accept: application/vnd.github+json")
        self.assertEqual(node.command("api", "-H", "Accept: application/vnd.github+json", "/repos/o/r"), got.body)
        self.assertEqual(len(stub.asked), 1)

    def test_the_agents_own_token_is_not_lent(self):
        stub = self.stub(tagged)
        wire = self.wire(self.agent(stub.url, GH_TOKEN=TOKEN))
        wire.ask("GET", "/repos/o/r")
        wire.ask("POST", "/repos/o/r", body=b"{}")
        self.assertEqual([asked.headers.get("authorization") for asked in stub.asked], [None, None])

    def test_one_identity_does_not_see_anothers(self):  # T4
        stub = self.stub(tagged)
        wire = self.wire(self.agent(stub.url))
        for who in ("token a", "token b", "token c"):
            wire.ask("GET", "/repos/o/r", f"Authorization: {who}")
        self.assertEqual(len(stub.asked), 3)

    def test_a_shared_answer_has_a_tag_of_its_own(self):  # T5
        stub = self.stub(tagged)
        wire = self.wire(self.agent(stub.url))
        anonymous = wire.ask("GET", "/repos/o/r")
        shared = wire.ask("GET", "/repos/o/r", AUTH)
        self.assertEqual(shared.body, anonymous.body)
        self.assertEqual(len(stub.asked), 1)
        self.assertRegex(shared.headers["etag"], r'^"ghm-[0-9a-f]{32}"$')
        self.assertNotEqual(shared.headers["etag"], anonymous.headers["etag"])
        known = wire.ask("GET", "/repos/o/r", AUTH, f"If-None-Match: {shared.headers['etag']}")
        self.assertEqual((known.status, known.body), (304, b""))
        self.assertEqual(wire.ask("GET", "/repos/o/r", AUTH, f"If-None-Match: {anonymous.headers['etag']}").status, 200)

    def test_fifty_at_once_are_one_call(self):
        held = threading.Event()

        def answer(asked: Asked) -> bytes:
            held.wait(30)
            return tagged(asked)
        stub = self.stub(answer)
        node = self.agent(stub.url)
        wires = [self.wire(node) for _ in range(50)]
        for wire in wires:
            wire.send(f"GET /repos/o/r HTTP/1.1\nHost: api.github.com\n{AUTH}\n\n")
        stub.wait_asked(1)
        held.set()
        bodies = {wire.hear().body for wire in wires}
        self.assertEqual(len(bodies), 1)
        self.assertEqual(len(stub.asked), 1)

    def test_a_broken_origin_is_told_in_json(self):
        wire = self.wire(self.agent("http://127.0.0.1:9", GHMESH_TIMEOUT_S="1"))
        told = wire.ask("GET", "/repos/o/r", AUTH)
        self.assertIn(told.status, (502, 504))
        self.assertRegex(told.json()["message"], "^ghmesh: GitHub ")
        told = wire.ask("POST", "/repos/o/r/issues", AUTH, body=b"{}")
        self.assertEqual(told.status, 502)
        self.assertRegex(told.json()["message"], "^ghmesh: GitHub ")


GIVEN = 4   # from the origin, from the store, from there and kept, kept


class Again(FrontSuite):
    """The same request once more: answered by a response that is kept for the moment."""

    def ask(self, wire: Wire, *lines: str, method: str = "GET"):
        return wire.ask(method, "/repos/o/r", AUTH, *lines)

    def test_its_age_goes_on(self):
        stub = self.stub(tagged)
        wire = self.wire(self.agent(stub.url))
        self.ask(wire)
        replies = [self.ask(wire) for _ in range(GIVEN)]

        def old_enough() -> bool:
            """Each between two that were never asked before."""
            for lines in ((f"Referer: {len(replies)}",), ()):
                replies.append(self.ask(wire, *lines))
            return int(replies[-1].headers["age"]) >= 3
        wait_for("an answer of 3 s", old_enough)
        self.assertEqual(len(stub.asked), 1)
        ages = [int(reply.headers["age"]) for reply in replies]
        self.assertEqual(ages, sorted(ages))
        left = [int(reply.headers["cache-status"].partition("ttl=")[2]) for reply in replies]
        self.assertEqual({age + left_s for age, left_s in zip(ages, left)}, {300})

    def test_another_identity_on_the_same_connection(self):
        stub = self.stub(lambda asked: response(200, asked.headers.get("authorization", "-").encode()))
        wire = self.wire(self.agent(stub.url))
        whos = ["token a", "token b", "Bearer b"]
        for _ in range(GIVEN):
            for who in whos:
                said = wire.ask("GET", "/repos/o/r", f"Authorization: {who}").body.decode()
                self.assertEqual(said.split()[1], who.split()[1])
        self.assertEqual(wire.ask("GET", "/repos/o/r").body, b"-")
        self.assertEqual(len(stub.asked), 3)

    def test_by_its_validators_its_method_and_its_range(self):
        stub = self.stub(tagged)
        wire = self.wire(self.agent(stub.url))
        whole = self.ask(wire)
        tag = whole.headers["etag"]
        for _ in range(GIVEN):
            self.assertEqual(self.ask(wire).body, whole.body)
            self.assertEqual(self.ask(wire, f"If-None-Match: {tag}").status, 304)
            self.assertEqual(self.ask(wire, 'If-None-Match: "x"').body, whole.body)
            head = self.ask(wire, method="HEAD")
            self.assertEqual((head.status, head.body), (200, b""))
            self.assertEqual(int(head.headers["content-length"]), len(whole.body))
        self.assertEqual(len(stub.asked), 1)
        self.ask(wire, "Range: bytes=0-1")
        self.assertEqual(stub.asked[-1].headers["range"], "bytes=0-1")

    def test_a_query_is_known_by_its_body(self):
        """Two queries of one length have the same head."""
        stub = self.stub(lambda asked: response(200, b'{"data":{"asked":' + asked.body + b'}}'))
        wire = self.wire(self.agent(stub.url))
        queries = [b'{"query":"{viewer{id}}"}', b'{"query":"{viewer{db}}"}']
        for _ in range(GIVEN):
            for query in queries:
                self.assertIn(query, wire.ask("POST", "/graphql", AUTH, body=query).body)
        self.assertEqual(len(stub.asked), 2)

    def test_what_hides_something_is_no_such_request(self):  # T33
        stub = self.stub(tagged)
        node = self.agent(stub.url)
        wire = self.wire(node)
        self.assertEqual([self.ask(wire).status for _ in range(GIVEN)], [200] * GIVEN)
        for hidden in ("nothing\n", "\x00\n"):
            with self.wire(node) as other:
                other.send(f"GET /repos/o/r HTTP/1.1\nHost: api.github.com\n{AUTH}\n{hidden}\n")
                self.assertEqual(other.hear().status, 400)

    def test_three_in_one_piece(self):  # T33
        stub = self.stub(tagged)
        wire = self.wire(self.agent(stub.url))
        whole = self.ask(wire)
        wire.send(f"GET /repos/o/r HTTP/1.1\nHost: api.github.com\n{AUTH}\n\n" * GIVEN)
        self.assertEqual([wire.hear().body for _ in range(GIVEN)], [whole.body] * GIVEN)
        self.assertEqual(len(stub.asked), 1)

    def test_what_is_newer_is_given_at_once(self):
        bodies = [b"one", b"two", b"three"]
        stub = self.stub(lambda asked: response(200, bodies[0]))
        node = self.agent(stub.url, GH_TOKEN=TOKEN)
        wire, other = self.wire(node), self.wire(node)
        for expected in (b"one", b"two", b"three"):
            self.assertEqual(self.ask(other, "Cache-Control: no-cache").body, expected)
            self.assertEqual([self.ask(wire).body for _ in range(GIVEN)], [expected] * GIVEN)
            bodies.pop(0)
        self.assertEqual(len(stub.asked), 3)

    def test_what_another_process_stores_is_seen(self):
        bodies = [b'"one"']
        stub = self.stub(lambda asked: response(200, bodies[0]))
        node = self.agent(stub.url, GH_TOKEN=TOKEN)
        wire = self.wire(node)
        lines = ("Accept: application/vnd.github+json",)
        self.assertEqual([self.ask(wire, *lines).body for _ in range(GIVEN)], [b'"one"'] * GIVEN)
        bodies[0] = b'"two"'
        node.command("api", "--cache", "0s", "-H", lines[0], "/repos/o/r")
        self.assertEqual(self.ask(wire, *lines).body, b'"two"')

    def test_a_write_ends_it_at_once(self):  # T18
        stub = self.stub(lambda asked: response(200, b"{}"))
        wire = self.wire(self.agent(stub.url))
        self.assertEqual([self.ask(wire).status for _ in range(GIVEN)], [200] * GIVEN)
        self.assertEqual(len(stub.asked), 1)
        wire.ask("PATCH", "/repos/o/r", AUTH, body=b"{}")
        self.ask(wire)
        self.assertEqual([asked.method for asked in stub.asked], ["GET", "PATCH", "GET"])

    def test_every_one_is_counted(self):
        stub = self.stub(tagged)
        node = self.agent(stub.url)
        wire = self.wire(node)
        for _ in range(10):
            self.ask(wire)
        stats = node.stats()
        self.assertEqual((stats["local_hits"], stats["misses"], stats["api_calls_saved"]), (9, 1, 9))

    def test_a_slow_reader_gets_the_whole_of_it(self):
        """Its body is shared with the others', who meanwhile have it replaced."""
        body = os.urandom(MIB // 2)
        bodies = [body]
        stub = self.stub(lambda asked: response(200, bodies[0]))
        node = self.agent(stub.url)
        slow, wire = self.wire(node), self.wire(node)
        self.assertEqual([self.ask(wire).body for _ in range(GIVEN)], [body] * GIVEN)
        slow.send(f"GET /repos/o/r HTTP/1.1\nHost: api.github.com\n{AUTH}\n\n" * 8)
        for number in range(20):
            bodies[0] = b"%d" % number
            self.assertEqual(self.ask(wire, "Cache-Control: no-cache").body, bodies[0])
            self.assertEqual([self.ask(wire).body for _ in range(GIVEN)], [bodies[0]] * GIVEN)
        self.assertEqual(slow.hear().body, body)

    def test_the_last_answer_says_so(self):
        """While the agent ends, nothing shared is sent: an answer says that its connection is not kept."""
        held = threading.Event()

        def answer(asked: Asked) -> bytes:
            if asked.path == "/repos/o/held":
                held.wait(30)
            return tagged(asked)
        stub = self.stub(answer)
        node = self.agent(stub.url)
        busy, wire, known, unknown = (self.wire(node) for _ in range(4))
        busy.send(f"GET /repos/o/held HTTP/1.1\nHost: api.github.com\n{AUTH}\n\n")
        stub.wait_asked(1)
        self.assertEqual([self.ask(wire).status for _ in range(GIVEN)], [200] * GIVEN)
        os.kill(node.pid, 15)
        self.assertTrue(wire.is_closed())
        for told in (self.ask(known), self.ask(unknown, "Referer: x")):
            self.assertEqual((told.status, told.headers["connection"]), (200, "close"))
        held.set()
        self.assertEqual(busy.hear().headers["connection"], "close")
        self.assertEqual(node._agent.wait(30), 0)


class Passing(FrontSuite):
    def test_a_write_arrives_once_and_whole(self):  # T18
        stub = self.stub(lambda asked: response(201, b'{"id":1}', Location="https://api.github.com/x"))
        wire = self.wire(self.agent(stub.url))
        body = os.urandom(3 * MIB)
        told = wire.ask("POST", "/repos/o/r/issues?x=1", AUTH, "Content-Type: application/json", "User-Agent: me/1",
                        "X-Thing: y", body=body)
        self.assertEqual((told.status, told.body), (201, b'{"id":1}'))
        self.assertEqual(told.headers["x-cache-mode"], "SKIP")
        self.assertEqual(told.headers["location"], "https://api.github.com/x")
        asked, = stub.asked
        self.assertEqual((asked.method, asked.path, asked.body), ("POST", "/repos/o/r/issues?x=1", body))
        self.assertEqual(asked.headers["authorization"], f"token {TOKEN}")
        self.assertEqual(asked.headers["user-agent"], "me/1")
        self.assertEqual(asked.headers["x-thing"], "y")
        self.assertEqual(asked.headers["content-length"], str(len(body)))
        self.assertNotIn("accept", asked.headers)
        self.assertNotIn("expect", asked.headers)

    def test_a_write_expires_its_family(self):  # T18
        stub = self.stub(lambda asked: response(201 if asked.method == "POST" else 200, b'[]'))
        wire = self.wire(self.agent(stub.url))

        def reads(path: str) -> int:
            before = len(stub.asked)
            self.assertEqual(wire.ask("GET", path, AUTH).status, 200)
            return len(stub.asked) - before

        self.assertEqual([reads("/repos/o/r/issues"), reads("/repos/o/r/issues"), reads("/repos/o/other/issues")], [1, 0, 1])
        wire.ask("POST", "/markdown", AUTH, body=b"{}")
        self.assertEqual(reads("/repos/o/r/issues"), 0)
        wire.ask("POST", "/repos/O/R/issues", AUTH, body=b"{}")
        self.assertEqual([reads("/repos/o/r/issues"), reads("/repos/o/other/issues")], [1, 0])

    def test_a_write_is_not_sent_again(self):  # T18
        stub = self.stub(lambda asked: response() if asked.method == "GET" else [])
        wire = self.wire(self.agent(stub.url))
        for method in ("POST", "DELETE", "PATCH", "PUT"):
            wire.ask("GET", "/rate_limit", AUTH)  # a kept connection to the origin
            told = wire.ask(method, "/repos/o/r", AUTH)
            self.assertEqual(told.status, 502, method)
            self.assertEqual(len([a for a in stub.asked if a.method == method]), 1, method)

    def test_chunks_both_ways(self):
        def answer(asked: Asked):
            head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: text/plain\r\n\r\n"
            return head + b"5\r\nhello\r\n" + b"6\r\n world\r\n0\r\n\r\n"
        stub = self.stub(answer)
        wire = self.wire(self.agent(stub.url))
        wire.send(f"POST /markdown HTTP/1.1\nHost: api.github.com\n{AUTH}\nTransfer-Encoding: chunked\n\n3\nabc\n4\ndefg\n0\n\n")
        told = wire.hear()
        self.assertEqual((told.status, told.body), (200, b"hello world"))
        self.assertEqual(stub.asked[0].body, b"abcdefg")
        self.assertEqual(wire.ask("GET", "/repos/o/r", AUTH).status, 200, "the connection is kept")

    def test_a_range_is_untouched(self):  # T15
        stub = self.stub(lambda asked: response(206, b"bc", Content_Range="bytes 1-2/6") if "range" in asked.headers
                         else tagged(asked))
        wire = self.wire(self.agent(stub.url))
        for _ in range(2):
            part = wire.ask("GET", "/repos/o/r", AUTH, "Range: bytes=1-2")
            self.assertEqual((part.status, part.body, part.headers["content-range"]), (206, b"bc", "bytes 1-2/6"))
        self.assertEqual(wire.ask("GET", "/repos/o/r", AUTH).status, 200)
        self.assertEqual([asked.headers.get("range") for asked in stub.asked], ["bytes=1-2", "bytes=1-2", None])

    def test_what_is_compressed_stays_so(self):  # T23
        packed = gzip.compress(b"x" * 1000)
        stub = self.stub(lambda asked: response(200, packed, Content_Encoding="gzip"))
        wire = self.wire(self.agent(stub.url))
        told = wire.ask("POST", "/graphql", AUTH, "Accept-Encoding: gzip", body=b"{}")
        self.assertEqual((told.body, told.headers["content-encoding"]), (packed, "gzip"))
        # What is read is unpacked, for whoever asks next may not take gzip.
        told = wire.ask("GET", "/repos/o/r", AUTH, "Accept-Encoding: gzip")
        self.assertEqual(told.body, b"x" * 1000)
        self.assertNotIn("content-encoding", told.headers)

    def test_a_redirects_host_is_passed_to_and_no_other(self):  # T12
        files = self.stub(lambda asked: response(200, b"zip", Content_Type="application/zip"))
        host = files.url.removeprefix("http://")
        stub = self.stub(lambda asked: response(302, b"", Location=f"http://{host}/signed?sig=s"))
        wire = self.wire(self.agent(stub.url, GHMESH_HTTP_HOSTS=f"http://{host}"))
        for _ in range(2):  # never kept
            moved = wire.ask("GET", "/repos/o/r/actions/artifacts/1/zip", AUTH)
            self.assertEqual((moved.status, moved.headers["location"]), (302, f"http://{host}/signed?sig=s"))
        self.assertEqual(len(stub.asked), 2)
        self.assertEqual(wire.ask("GET", "/signed?sig=s", host=host).body, b"zip")
        self.assertEqual(files.asked[0].headers["host"], host)
        for other in ("example.com", "127.0.0.1.example.com", "github.com.evil.example", "evilgithubusercontent.com",
                      "169.254.169.254", "[fe80::1]", "github-x.evil.s3.amazonaws.com"):
            self.assertEqual(wire.ask("GET", "/", host=other).status, 421, other)

    def test_a_large_body_is_streamed_with_back_pressure(self):  # T13
        size, sent = 96 * MIB, []
        piece = os.urandom(MIB)

        def answer(asked: Asked):
            yield b"HTTP/1.1 200 OK\r\nContent-Type: application/zip\r\nContent-Length: %d\r\n\r\n" % size
            for _ in range(size // MIB):
                sent.append(MIB)
                yield piece
        stub = self.stub(answer)
        node = self.agent(stub.url)
        wire = self.wire(node)
        wire.send(f"GET /repos/o/r/zipball HTTP/1.1\nHost: api.github.com\n{AUTH}\nCookie: a=b\n\n")
        wire.read(1)
        before = -1
        while before != len(sent):  # until the origin is held
            before = len(sent)
            threading.Event().wait(0.5)
        self.assertLess(len(sent), 24, "the origin was not held back")
        rest = wire.read(100_000)
        self.assertTrue(rest.startswith(b"TTP/1.1 200 OK\r\n"))
        total, digest = len(rest), hashlib.sha256(rest)
        end = rest.index(b"\r\n\r\n") + 4
        while total - end < size:
            got = wire.read(min(MIB, size - (total - end)))
            self.assertTrue(got)
            total += len(got)
        self.assertLess(rss_kib(node.pid), 60_000)

    def test_a_large_answer_of_the_cache_s_kind_is_streamed_too(self):
        body = os.urandom(MIB) * 40
        stub = self.stub(lambda asked: response(200, body))
        wire = self.wire(self.agent(stub.url))
        told = wire.ask("GET", "/repos/o/r/contents/large", AUTH)
        self.assertEqual((told.status, told.body == body), (200, True))

    def test_a_body_that_breaks_off_is_seen_to(self):  # T13
        stub = self.stub(lambda asked: [response(200, b"half", length=8)])
        node = self.agent(stub.url)
        with self.assertRaises(EOFError):
            self.wire(node).ask("GET", "/repos/o/r/tarball", AUTH, "Cookie: a=b")

    def test_a_large_upload_is_held_back(self):
        go_on, taken = threading.Event(), []
        server = socket.create_server(("127.0.0.1", 0))
        server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        self.addCleanup(server.close)

        def serve():
            peer, _ = server.accept()
            with peer, peer.makefile("rb") as lines:
                while lines.readline().strip():
                    pass
                go_on.wait(30)
                left = 64 * MIB
                while left:
                    got = lines.read(min(left, MIB))
                    taken.append(len(got))
                    left -= len(got)
                peer.sendall(response(201, b"{}"))
        threading.Thread(target=serve, daemon=True).start()
        node = self.agent(f"http://127.0.0.1:{server.getsockname()[1]}")
        wire = self.wire(node)
        given = []

        def give():
            wire.send(f"POST /repos/o/r/releases/1/assets?name=a HTTP/1.1\nHost: api.github.com\nContent-Length: {64 * MIB}\n\n")
            for _ in range(64):
                wire.send(bytes(MIB))
                given.append(1)
        giver = threading.Thread(target=give, daemon=True)
        giver.start()
        before = -1
        while before != len(given):
            before = len(given)
            threading.Event().wait(0.5)
        self.assertLess(len(given), 32, "the client was not held back")
        go_on.set()
        self.assertEqual(wire.hear().status, 201)
        self.assertEqual(sum(taken), 64 * MIB)
        self.assertLess(rss_kib(node.pid), 60_000)

    def test_a_node_that_leads_to_itself_says_so(self):
        place = self.folder / "port"
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        del place
        node = self.agent(f"http://127.0.0.1:{port}", GHMESH_HTTP=str(port))
        self.assertEqual(self.wire(node).ask("POST", "/x", body=b"{}").status, 508)


def rss_kib(pid: int) -> int:
    line = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1])


class Points(FrontSuite):
    """GitHub's points a minute, on another host than GitHub's."""

    def after_many_writes(self, **settings: str):
        node = self.agent(self.stub(lambda asked: response(200)).url, GHMESH_TIMEOUT_S="1", **settings)
        wire = self.wire(node)
        for _ in range(900 // 5):
            self.assertEqual(wire.ask("POST", "/markdown", AUTH, body=b"{}").status, 200)
        answer = wire.ask("GET", "/repos/o/r", AUTH)
        self.assertEqual(wire.ask("POST", "/markdown", AUTH, body=b"{}").status, 200, "what is passed on does not wait")
        return answer.status, node.stats()["paced"]

    def test_a_read_waits_for_its_point(self):
        self.assertEqual(self.after_many_writes(GHMESH_LIMITS="github"), (504, 1))

    def test_an_enterprise_server_has_none(self):
        self.assertEqual(self.after_many_writes(), (200, 0))


class Limits(FrontSuite):
    def fast(self, times: int) -> dict[str, str]:
        """The agent's clocks run so many times as fast."""
        if is_sanitized():
            self.skipTest("libfaketime and a sanitizer cannot be loaded together")
        return {"LD_PRELOAD": str(faketime_library()), "FAKETIME": f"+0 x{times}", "FAKETIME_NO_CACHE": "1",
                "DONT_FAKE_MONOTONIC": "0", "FAKETIME_DONT_FAKE_MONOTONIC": "0", "NO_FAKE_STAT": "1"}

    def dribble(self, wire: Wire, text: str) -> bool:
        """Byte by byte until the other side has enough; False when it takes all."""
        try:
            for byte in text:
                wire.send(byte)
                threading.Event().wait(0.1)
        except OSError:
            return True
        return False

    def test_a_slow_head_is_not_waited_for(self):
        stub = self.stub(tagged)
        wire = self.wire(self.agent(stub.url, **self.fast(20)))
        self.assertTrue(self.dribble(wire, "GET / HTTP/1.1\n" + "X: y\n" * 16))
        self.assertEqual(stub.asked, [])

    def test_a_slow_body_is_not_waited_for(self):
        stub = self.stub(tagged)
        wire = self.wire(self.agent(stub.url, **self.fast(20)))
        wire.send(f"POST /x HTTP/1.1\nHost: localhost\n{AUTH}\nContent-Length: 10000\n\n")
        self.assertTrue(self.dribble(wire, "x" * 100))

    def test_an_idle_connection_makes_room(self):
        held = threading.Event()

        def answer(asked: Asked) -> bytes:
            held.wait(30)
            return tagged(asked)
        stub = self.stub(answer)
        node = self.agent(stub.url)
        busy = self.wire(node)
        busy.send(f"GET /repos/o/r HTTP/1.1\nHost: localhost\n{AUTH}\n\n")
        stub.wait_asked(1)
        idle = [self.wire(node) for _ in range(600)]
        self.assertEqual(idle[-1].ask("GET", "/healthz", host="localhost").status, 200)
        self.assertTrue(idle[0].is_closed())
        held.set()
        self.assertEqual(busy.hear().status, 200)

    def test_busy_connections_do_not_make_room(self):
        held = threading.Event()

        def answer(asked: Asked) -> bytes:
            held.wait(30)
            return tagged(asked)
        stub = self.stub(answer)
        node = self.agent(stub.url)
        busy = [self.wire(node) for _ in range(512)]
        for wire in busy:
            wire.send(f"GET /repos/o/r HTTP/1.1\nHost: localhost\n{AUTH}\n\n")
        stub.wait_asked(1)
        wait_for("512 waiters", lambda: self.is_full(node))
        held.set()
        self.assertEqual({wire.hear().status for wire in busy}, {200})
        self.assertEqual(len(stub.asked), 1)

    def is_full(self, node: FrontNode) -> bool:
        with Wire(node.http[0]) as wire:
            try:
                wire.send("GET /healthz HTTP/1.1\nHost: localhost\n\n")
                return wire.is_closed()
            except OSError:
                return True

    def test_streams_are_bounded(self):
        stub = self.stub(lambda asked: None)
        node = self.agent(stub.url)
        wires = [self.wire(node) for _ in range(129)]
        for wire in wires[:-1]:
            wire.send("GET /rate_limit HTTP/1.1\nHost: localhost\n\n")
        self.assertEqual(self.wire(node).ask("GET", "/healthz", host="localhost").status, 200)
        told = wires[-1].ask("GET", "/rate_limit")
        self.assertEqual((told.status, told.headers["x-cache-mode"]), (503, "ERROR"))

    def test_heads_are_bounded(self):
        stub = self.stub(tagged)
        node = self.agent(stub.url)
        self.assertEqual(self.wire(node).ask("GET", "/repos/o/r", *(f"X-{i}: y" for i in range(120))).status, 431)
        self.assertEqual(self.wire(node).ask("GET", "/repos/o/r", "X: " + "y" * 70_000).status, 431)
        self.assertEqual(self.wire(node).ask("GET", "/" + "y" * 8000).status, 414)
        self.assertEqual(self.wire(node).ask("GET", "/" + "y" * 7999).status, 200, "passed, not kept")
        self.assertEqual(self.wire(node).ask("GET", "/repos/o/r", "X: " + "y" * 9_000).status, 431)

    def test_a_large_head_of_githubs_is_cut(self):
        for path in ("/repos/o/r", "/rate_limit", "/" + "y" * 7900):
            for count in (1, 5, 30):
                large = {f"X_Large_{i}": "y" * 3000 for i in range(count)}
                stub = self.stub(lambda asked, large=large: response(200, b"{}", **large, X_Small="z"))
                node = self.agent(stub.url)
                told = self.wire(node).ask("GET", path)
                self.assertIn(told.status, (200, 502), (path, count))
                if told.status == 200:
                    self.assertEqual((told.body, told.headers["x-small"]), (b"{}", "z"))
                node.stop()


def faketime_library() -> Path:
    from simtime import _library
    return _library()


class Clients(FrontSuite):
    def test_curl(self):
        stub = self.stub(tagged)
        node = self.agent(stub.url, GHMESH_HTTP="socket,0")
        shown = subprocess.run(["curl", "-sS", "--unix-socket", node.http[0], "http://api.github.com/repos/o/r"],
                               capture_output=True, check=True, timeout=30).stdout
        self.assertIn(b"/repos/o/r", shown)
        for target in ("/api/v3/repos/o/r", "/repos/o/r"):
            done = subprocess.run(["curl", "-sS", node.http[1] + target], capture_output=True, check=True, timeout=30)
            self.assertEqual(done.stdout, shown)
        done = subprocess.run(["curl", "-sS", "-x", node.http[1], "http://api.github.localhost/repos/o/r"],
                              capture_output=True, check=True, timeout=30)
        self.assertEqual(done.stdout, shown)
        self.assertEqual(len(stub.asked), 1)

    def test_unmodified_gh(self):
        if shutil.which("gh") is None:
            self.skipTest("gh is not installed")
        link = '<https://api.github.com/repos/o/r/issues?page=2>; rel="next"'

        def answer(asked: Asked) -> bytes:
            if asked.path.startswith("/repos/o/r/issues"):
                more = {} if "?page=2" in asked.path else {"Link": link}
                return response(200, b'[{"n":%d}]' % len(more), **more)
            if asked.path == "/graphql":
                return response(200, b'{"data":{"viewer":{"login":"me"}}}')
            return tagged(asked)
        stub = self.stub(answer)
        node = self.agent(stub.url)
        config = self.folder / "gh"
        config.mkdir()
        (config / "config.yml").write_text(f"http_unix_socket: {node.http[0]}\n")
        env = {**node.environment, "GH_CONFIG_DIR": str(config), "GH_TOKEN": TOKEN, "GH_NO_UPDATE_NOTIFIER": "1"}

        def gh(*arguments: str) -> bytes:
            done = subprocess.run(["gh", *arguments], env=env, capture_output=True, timeout=60, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)
            return done.stdout
        first = gh("api", "repos/o/r")
        self.assertEqual(gh("api", "repos/o/r"), first)
        self.assertEqual(len(stub.asked), 1)
        self.assertEqual(stub.asked[0].headers.get("accept"), "")  # T1: gh 2.23 sends it empty
        self.assertEqual(gh("api", "--paginate", "repos/o/r/issues"), b'[{"n":1}][{"n":0}]')
        self.assertEqual(gh("api", "graphql", "-f", "query={viewer{login}}", "-q", ".data.viewer.login"), b"me\n")
        gh("api", "-X", "DELETE", "repos/o/r")
        self.assertEqual(stub.asked[-1].method, "DELETE")
        # Read as a wish, and not told to GitHub.
        gh("api", "--cache", "1h", "repos/o/cached")
        self.assertNotIn("x-gh-cache-ttl", stub.asked[-1].headers)


def healthz_as(user: int, place: str) -> str:
    """How a process of another user fares at a socket."""
    child = os.fork()
    if child == 0:
        outcome = 1
        try:
            os.setgroups([])
            os.setuid(user)
            with socket.socket(socket.AF_UNIX) as peer:
                peer.connect(place)
                outcome = 2
                peer.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
                outcome = 3 if peer.recv(100).startswith(b"HTTP/1.1 200") else 2
        finally:
            os._exit(outcome)
    _, status = os.waitpid(child, 0)
    return {1: "kept out", 2: "hung up on", 3: "answered"}[os.waitstatus_to_exitcode(status)]


class Life(FrontSuite):
    def test_the_socket_is_its_owners(self):
        node = self.agent("http://127.0.0.1:9")
        mode = os.stat(node.http[0]).st_mode
        self.assertTrue(stat.S_ISSOCK(mode))
        self.assertEqual(stat.S_IMODE(mode), 0o600)

    def test_another_user_is_not_served(self):
        if os.geteuid() != 0:
            self.skipTest("needs root to become another user")
        stub = self.stub(tagged)
        node = self.agent(stub.url)
        # Even if its permissions let others in.
        for place in (self.folder, self.folder / "front", self.folder / "front" / "store"):
            place.chmod(0o755)
        Path(node.http[0]).chmod(0o666)
        self.assertEqual(healthz_as(0, node.http[0]), "answered")
        self.assertEqual(healthz_as(65534, node.http[0]), "hung up on")

    def test_a_stale_socket_is_replaced_and_a_file_is_not(self):
        node = self.agent("http://127.0.0.1:9")
        node.kill()
        again = self.agent("http://127.0.0.1:9")
        self.assertEqual(again.http, node.http)
        again.stop()
        Path(again.http[0]).unlink(missing_ok=True)
        Path(again.http[0]).write_text("mine")
        with self.assertRaises(Exception):
            self.agent("http://127.0.0.1:9")
        self.assertEqual(Path(again.http[0]).read_text(), "mine")

    def test_it_ends_when_what_is_under_way_is_answered(self):
        held = threading.Event()

        def answer(asked: Asked) -> bytes:
            held.wait(30)
            return tagged(asked)
        stub = self.stub(answer)
        node = self.agent(stub.url)
        idle, busy = self.wire(node), self.wire(node)
        idle.ask("GET", "/healthz", host="localhost")
        busy.send(f"GET /repos/o/r HTTP/1.1\nHost: api.github.com\n{AUTH}\n\n")
        stub.wait_asked(1)
        os.kill(node.pid, 15)
        self.assertTrue(idle.is_closed())
        held.set()
        told = busy.hear()
        self.assertEqual((told.status, told.headers["connection"]), (200, "close"))
        self.assertEqual(node._agent.wait(30), 0)

    def test_a_reload_loses_no_request(self):
        stub = self.stub(lambda asked: response(200, b"a"))
        config = self.folder / "front" / "config" / "ghmesh"
        config.mkdir(parents=True)
        node = self.agent(stub.url)
        with self.wire(node) as wire:
            self.assertEqual(wire.ask("GET", "/x", host="files.example").status, 421)
        (config / "config.ini").write_text("HTTP_HOSTS = http://files.example:1\n")
        failed, asked, ended = [], [], threading.Event()

        def ask_on():
            while not ended.is_set():
                try:
                    with Wire(node.http[0]) as wire:
                        asked.append(wire.ask("GET", "/repos/o/r", AUTH, "Connection: close").status)
                except (OSError, EOFError) as error:
                    failed.append(repr(error))
        asker = threading.Thread(target=ask_on)
        asker.start()
        pid = node.pid
        for _ in range(3):
            lines = len(node._lines)
            os.kill(pid, 1)
            wait_for("`http` again", lambda: len(node._lines) > lines)
        before = len(asked)
        wait_for("more answers", lambda: len(asked) > before + 20)
        ended.set()
        asker.join()
        self.assertEqual((Counter(failed), set(asked)), (Counter(), {200}), node.log_tail())
        self.assertEqual(self.wire(node).ask("GET", "/x", host="files.example:1").status, 502, "the new setting")
        self.assertEqual(node._lines[-1], f"http {node.http[0]}")

    def test_a_bad_setting_is_refused(self):
        for setting in ("http.sock", "0.0.0.0:80", "192.0.2.1:80", "socket,99999", "socket;8080"):
            done = self.run_program("agent", env=self.environment(GHMESH_HTTP=setting))
            self.assertEqual(done.code, 2, setting)
            self.assertIn("GHMESH_HTTP must be", done.said)

    def test_systemd(self):
        stub = self.stub(tagged)
        told = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(told.close)
        told.bind(str(self.folder / "notify"))
        told.settimeout(30)
        given = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(given.close)
        from suite import PROGRAM
        env = self.environment(GHMESH_HOST=stub.url, NOTIFY_SOCKET=str(self.folder / "notify"), LISTEN_FDS="1")
        script = f'exec 3<&{given.fileno()}; LISTEN_PID=$$ exec "{PROGRAM}" agent'
        process = subprocess.Popen(["bash", "-c", script], env=env, pass_fds=[given.fileno()], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, text=True, start_new_session=True)
        self.addCleanup(process.stdout.close)
        try:
            self.assertEqual(told.recv(100), b"READY=1")
            place = f"http://127.0.0.1:{given.getsockname()[1]}"
            self.assertEqual(process.stdout.readline(), f"http {place}\n")
            with Wire(given.getsockname()) as wire:
                self.assertEqual(wire.ask("GET", "/repos/o/r", AUTH).status, 200)
        finally:
            process.terminate()
            self.assertEqual(process.wait(30), 0)
        self.assertEqual(told.recv(100), b"STOPPING=1")


if __name__ == "__main__":
    main()
