# SPDX-License-Identifier: MIT
"""The emulator without its socket: a request in, a response out, and a line in the ledger."""

from __future__ import annotations

import gzip
import itertools
import json
import re
from dataclasses import dataclass
from urllib.parse import urljoin

from . import etag, graph, pages, routes, writes
from .clock import Clock, http_date
from .faults import HEADER_BYTES, Fault, Faults
from .ledger import Ledger
from .limits import Budget, Limits
from .message import Request, Response
from .tokens import ANONYMOUS, BadCredentials, Identity, Tokens
from .world import World

VERSIONS = ("2022-11-28", "2026-03-10")
PRETTY = re.compile("curl|wget|safari|firefox", re.IGNORECASE)   # GitHub indents for them, after hashing
GZIP_BYTES_MIN = 1000
UNTIL_CUT_BYTES = 64
EXPOSED = ("ETag, Link, Location, Retry-After, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Used, "
           "X-RateLimit-Resource, X-RateLimit-Reset, X-OAuth-Scopes, X-Poll-Interval, X-GitHub-Media-Type, "
           "X-GitHub-Request-Id, Deprecation, Sunset")


@dataclass
class Outcome:
    """A response and what the ledger will say of it."""

    response: Response
    who: str = ANONYMOUS
    charged: bool = False
    fault: str | None = None


class Emulator:
    def __init__(self, clock: Clock, world: World, opaque_etags: bool = False) -> None:
        self.clock = clock
        self.world = world
        self.opaque_etags = opaque_etags
        self.tokens = Tokens()
        self.limits = Limits()
        self.ledger = Ledger()
        self.faults = Faults()
        self._serial = itertools.count(1)

    def reset(self) -> None:
        """Forgets what happened and was ordered; the clock and the world stay as they were."""
        self.world.forget_issues()
        for part in (self.tokens, self.limits, self.ledger, self.faults):
            part.clear()

    def handle(self, request: Request) -> Response:
        """One request of a client. It is in the ledger before any byte of the answer is sent."""
        now_s = self.clock.now()
        fault = self.faults.take(request.target)
        outcome = _struck(fault) if fault else None
        outcome = outcome or self._answer(request, now_s)
        if fault:
            _spoil(outcome, fault)
        response = outcome.response
        response.headers = [*self._common_headers(now_s), *response.headers]
        self.ledger.note(
            at=now_s, who=outcome.who, method=request.method, path=request.target,
            status=0 if response.raw is not None else response.status, charged=outcome.charged,
            conditional=bool(request.lines("if-none-match")), resource="graphql" if request.path.endswith("/graphql") else "core", body_bytes=len(response.body),
            fault=outcome.fault, user_agent=request.header("user-agent") or "")
        return response

    def identify(self, request: Request, repo: str | None) -> Identity:
        return self.tokens.identify(request.header("authorization"), request.address, repo)

    def _answer(self, request: Request, now_s: float) -> Outcome:
        refused = _malformed(request)
        if refused:
            return Outcome(_json_response(refused))
        try:
            identity = self.identify(request, routes.repo_named_in(request.path))
        except BadCredentials:
            return self._bad_credentials(request, now_s)
        if request.path == "/rate_limit":
            return self._rate_limit(identity, now_s)
        if request.path in ("/graphql", "/api/graphql") and request.method == "POST":
            return self._graphql(request, identity, now_s)
        answer = routes.answer(self.world, identity, request.target, int(now_s), request.header("accept") or "")
        if request.method not in ("GET", "HEAD"):
            answer = self._written(request, identity, now_s)
        return self._account(request, identity, answer, now_s)

    def _account(self, request: Request, identity: Identity, answer: routes.Answer, now_s: float) -> Outcome:
        """A 304 to an authorized request is free, everything else costs one, and nothing is given on credit."""
        body = routes.encode(answer.value) if answer.text is None else answer.text.encode()
        tag = self._tag(request, identity, body) if answer.status == 200 else None
        unchanged = tag is not None and etag.matches(request.lines("if-none-match"), tag)
        cost = 0 if unchanged and not identity.anonymous else 1
        granted, budget = self.limits.spend(identity.principal, identity.limit, now_s, cost)
        if not granted:
            return Outcome(_exhausted(identity, budget), identity.who)
        response = Response(304 if unchanged else answer.status, budget.headers("core"))
        response.headers += _answer_headers(request, identity, answer, response.status)
        if tag is not None:
            self._fill(request, response, tag, body)
        else:
            response.body = body
        return Outcome(response, identity.who, cost > 0)

    def _tag(self, request: Request, identity: Identity, body: bytes) -> str:
        tag = etag.etag_hex(_hashed_vary(identity), request.headers, body)
        return etag.opaque(self.world.seed, tag) if self.opaque_etags else tag

    def _fill(self, request: Request, response: Response, tag: str, body: bytes) -> None:
        """Indents for browsers and curl, compresses when asked; a compressed answer has a weak tag."""
        if PRETTY.search(request.header("user-agent") or "") and body[:1] in b"[{":
            body = (json.dumps(json.loads(body), indent=2, ensure_ascii=False) + "\n").encode()
        compress = len(body) >= GZIP_BYTES_MIN and "gzip" in (request.header("accept-encoding") or "")
        response.headers.append(("ETag", f'W/"{tag}"' if compress else f'"{tag}"'))
        if response.status == 304:
            return
        if compress:
            body = gzip.compress(body, compresslevel=1, mtime=0)
            response.headers.append(("Content-Encoding", "gzip"))
        response.body = body

    def _graphql(self, request: Request, identity: Identity, now_s: float) -> Outcome:
        """A budget of its own, no tag: every answer costs a point."""
        if identity.anonymous:
            return Outcome(_json_response(routes.NEEDS_LOGIN), identity.who)
        granted, budget = self.limits.spend(f"{identity.principal} graphql", identity.limit, now_s, 1)
        try:
            asked = json.loads(request.body)
        except ValueError:
            return Outcome(_json_response(routes.refusal(400, "Problems parsing JSON")), identity.who, granted)
        if not granted:
            return Outcome(_exhausted(identity, budget), identity.who)
        response = _json_response(routes.Answer(200, graph.answer(self.world, identity, asked, int(now_s))))
        response.headers += [*budget.headers("graphql"), ("X-GitHub-Media-Type", "github.v4; format=json")]
        return Outcome(response, identity.who, True)

    def _written(self, request: Request, identity: Identity, now_s: float) -> routes.Answer:
        if request.method != "POST":
            return routes.NOT_FOUND
        return writes.answer(self.world, identity, request.target, request.body, int(now_s))

    def _rate_limit(self, identity: Identity, now_s: float) -> Outcome:
        """Free, and told even when nothing is left."""
        _, budget = self.limits.spend(identity.principal, identity.limit, now_s, 0)
        core = budget.describe()
        response = _json_response(routes.Answer(200, {"resources": {"core": core}, "rate": core}))
        response.headers += [*budget.headers("core"), ("Cache-Control", "no-cache")]
        return Outcome(response, identity.who)

    def _bad_credentials(self, request: Request, now_s: float) -> Outcome:
        """Paid by the address, like anonymous requests."""
        anonymous = self.tokens.identify(None, request.address, None)
        granted, budget = self.limits.spend(anonymous.principal, anonymous.limit, now_s, 1)
        response = _json_response(routes.refusal(401, "Bad credentials"))
        response.headers += budget.headers("core")
        return Outcome(response, charged=granted)

    def _common_headers(self, now_s: float) -> list[tuple[str, str]]:
        serial = next(self._serial)
        return [
            ("Server", "github.com"), ("Date", http_date(now_s)),
            ("X-GitHub-Request-Id", f"E3B0:{serial:04X}:{serial * 40503 % 2**24:06X}:{int(now_s):08X}"),
        ]


def _malformed(request: Request) -> routes.Answer | None:
    if not request.header("user-agent"):
        return routes.refusal(403, "Request forbidden by administrative rules. Please make sure your request has "
                                   "a User-Agent header", "/overview/resources-in-the-rest-api")
    version = request.header("x-github-api-version")
    if version is not None and version not in VERSIONS:
        return routes.refusal(400, f"Version {version} is not supported.", "/overview/api-versions")
    return None


def _exhausted(identity: Identity, budget: Budget) -> Response:
    response = _json_response(routes.refusal(403, f"API rate limit exceeded for {_whose(identity)}.",
                                             "/overview/rate-limits-for-the-rest-api"))
    response.headers += budget.headers("core")
    return response


def _whose(identity: Identity) -> str:
    kind, _, name = identity.principal.partition(":")
    return {"user": f"user {name}", "repo": f"installation for {name}", "address": name}[kind]


def _hashed_vary(identity: Identity) -> tuple[str, ...]:
    return ("Accept",) if identity.anonymous else ("Accept", "Authorization", "Cookie", "X-GitHub-OTP")


def _json_response(answer: routes.Answer) -> Response:
    return Response(answer.status, [("Content-Type", "application/json; charset=utf-8")], routes.encode(answer.value))


def _answer_headers(request: Request, identity: Identity, answer: routes.Answer,
                    status: int) -> list[tuple[str, str]]:
    """All but the tag, the limits and what every answer carries. Two Vary lines, as recorded."""
    headers = [
        ("Cache-Control", f"{'public' if identity.anonymous else 'private'}, max-age=60, s-maxage=60"),
        ("Vary", ", ".join(_hashed_vary(identity))), ("Vary", "Accept-Encoding, Accept, X-Requested-With"),
        ("X-GitHub-Media-Type", "github.v3; format=json"),
        ("X-GitHub-Api-Version-Selected", request.header("x-github-api-version") or VERSIONS[0]),
        ("Access-Control-Expose-Headers", EXPOSED), ("Access-Control-Allow-Origin", "*"),
        ("X-Content-Type-Options", "nosniff"),
    ]
    if status != 304:
        kind = "application/json" if answer.text is None else "application/vnd.github.v3.diff"
        headers.append(("Content-Type", f"{kind}; charset=utf-8"))
    if identity.kind == "user":
        headers += [("X-OAuth-Scopes", "read:org, repo"), ("X-Accepted-OAuth-Scopes", "repo")]
    if answer.modified_s is not None:
        headers.append(("Last-Modified", http_date(answer.modified_s)))
    if answer.location is not None:
        headers.append(("Location", urljoin(request.base, answer.location)))
    return headers + _link_headers(request, answer)


def _link_headers(request: Request, answer: routes.Answer) -> list[tuple[str, str]]:
    if answer.link_path is None or answer.total is None:
        return []
    value = pages.link(request.base, answer.link_path, routes.query_of(request.target), answer.total)
    return [("Link", value)] if value else []


def _struck(fault: Fault) -> Outcome | None:
    """The faults that come before GitHub has looked at the request: nobody is charged."""
    if fault.kind == "status":
        return Outcome(_fault_status(fault), fault=fault.kind)
    if fault.kind == "garbage":
        return Outcome(Response(0, raw=(b"\x16\x03\x01 not HTTP \x00\xff" * 512)[:fault.bytes or 512]), fault="garbage")
    if fault.kind in ("close", "refuse"):
        return Outcome(Response(0, raw=b"", stop_listening=fault.kind == "refuse"), fault=fault.kind)
    return None


def _fault_status(fault: Fault) -> Response:
    messages = {403: "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
                429: "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."}
    response = _json_response(routes.refusal(fault.status, messages.get(fault.status, "Server Error")))
    if fault.retry_after is not None:
        response.headers.append(("Retry-After", str(fault.retry_after)))
    return response


def _spoil(outcome: Outcome, fault: Fault) -> None:
    """The faults that happen to a good answer on its way: it is charged as ever."""
    outcome.fault = fault.kind
    if fault.kind == "latency":
        outcome.response.wait_s = fault.ms / 1000
    elif fault.kind == "cut":
        outcome.response.cut_at = UNTIL_CUT_BYTES if fault.bytes is None else fault.bytes
    elif fault.kind == "header":
        outcome.response.headers.append(("X-Padding", "a" * (fault.bytes or HEADER_BYTES)))
