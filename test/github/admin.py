# SPDX-License-Identifier: MIT
"""The calls of a test under `/__emu/`: clock, ledger, truth, tokens, limits, faults. Never charged, never noted."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from urllib.parse import parse_qs

from . import truth
from .clock import iso, parse_time
from .emulator import Emulator
from .faults import KINDS, Fault
from .message import Request, Response
from .routes import repo_named_in
from .world import World

PREFIX = "/__emu/"


class Admin:
    """`start_listening` brings the public port back after the fault `refuse`."""

    def __init__(self, emulator: Emulator, start_listening: Callable[[], None]) -> None:
        self._emulator = emulator
        self._start_listening = start_listening
        self._calls: dict[tuple[str, str], Callable[[Request, dict], object]] = {
            ("GET", ""): self._index, ("GET", "clock"): self._clock, ("POST", "clock"): self._move_clock,
            ("GET", "ledger"): self._ledger, ("GET", "truth"): self._truth, ("GET", "changes"): self._changes,
            ("POST", "reset"): self._reset, ("POST", "tokens"): self._tokens, ("POST", "limits"): self._limits,
            ("GET", "faults"): self._pending, ("POST", "faults"): self._order, ("DELETE", "faults"): self._clear,
        }

    def handle(self, request: Request) -> Response:
        """Every answer is JSON; what was asked wrongly is a 400 that says why."""
        call = self._calls.get((request.method, request.path[len(PREFIX):].strip("/")))
        if call is None:
            return _json(404, {"error": f"no such call: {request.method} {request.path}"})
        try:
            return _json(200, call(request, json.loads(request.body or b"{}")))
        except (ValueError, TypeError, KeyError) as error:
            return _json(400, {"error": f"{type(error).__name__}: {error}"})

    def _index(self, _: Request, __: dict) -> object:
        return {"calls": [f"{method} {PREFIX}{name}" for method, name in self._calls], "faults": KINDS}

    def _clock(self, _: Request, __: dict) -> object:
        now_s = self._emulator.clock.now()
        return {"now": now_s, "iso": iso(now_s), "rate": self._emulator.clock.rate()}

    def _move_clock(self, request: Request, body: dict) -> object:
        """set (epoch seconds or ISO), then advance (seconds), then rate (virtual seconds a real second)."""
        clock = self._emulator.clock
        if "set" in body:
            clock.set(parse_time(body["set"]))
        if "advance" in body:
            clock.advance(float(body["advance"]))
        if "rate" in body:
            clock.set_rate(float(body["rate"]))
        return self._clock(request, body)

    def _ledger(self, request: Request, _: dict) -> object:
        query = _query(request)
        with_entries = query.get("entries", ["1"])[0] != "0"
        return self._emulator.ledger.report(int(query.get("since", ["0"])[0]), _one(query, "path"), with_entries)

    def _truth(self, request: Request, _: dict) -> object:
        target, from_s, to_s = self._stretch(request)
        return {"path": target, "versions": self._versions(request, target, from_s, to_s)}

    def _changes(self, request: Request, _: dict) -> object:
        """How often each path's answer changed in the stretch, and all together."""
        _, from_s, to_s = self._stretch(request)
        counts = {target: len(self._versions(request, target, from_s, to_s)) - 1
                  for target in _query(request)["path"]}
        return {"changes": counts, "total": sum(counts.values())}

    def _versions(self, request: Request, target: str, from_s: int, to_s: int) -> list[dict]:
        """As seen by the identity that the admin call carries in Authorization."""
        identity = self._emulator.identify(request, repo_named_in(target))
        return [asdict(v) for v in truth.versions(self._emulator.world, identity, target, from_s, to_s)]

    def _stretch(self, request: Request) -> tuple[str, int, int]:
        query = _query(request)
        now_s = self._emulator.clock.now()
        to_s = int(parse_time(_one(query, "to") or now_s))
        return query["path"][0], int(parse_time(_one(query, "from") or to_s)), to_s

    def _reset(self, _: Request, body: dict) -> object:
        """Forgets tokens, budgets, ledger and faults; `seed` and `slot_s` make another world."""
        world = self._emulator.world
        self._emulator.world = World(int(body.get("seed", world.seed)), int(body.get("slot_s", world.slot_s)))
        self._emulator.reset()
        self._start_listening()
        return {"seed": self._emulator.world.seed, "slot_s": self._emulator.world.slot_s}

    def _tokens(self, _: Request, body: dict) -> object:
        allowed = {"login", "sees", "admin", "repo", "limit", "revoked"}
        token = body.pop("token")
        if not set(body) <= allowed:
            raise ValueError(f"unknown: {', '.join(set(body) - allowed)}")
        self._emulator.tokens.grant(token, **body)
        return {"granted": sorted(body)}

    def _limits(self, request: Request, body: dict) -> object:
        """Sets what remains to the identity that the admin call carries in Authorization."""
        identity = self._emulator.identify(request, body.get("repo"))
        now_s = self._emulator.clock.now()
        return self._emulator.limits.set_remaining(identity.principal, identity.limit, now_s, int(body["remaining"]))

    def _pending(self, _: Request, __: dict) -> object:
        return {"faults": self._emulator.faults.pending()}

    def _order(self, request: Request, body: dict) -> object:
        self._emulator.faults.order(Fault(**body))
        return self._pending(request, body)

    def _clear(self, request: Request, body: dict) -> object:
        self._emulator.faults.clear()
        self._start_listening()
        return self._pending(request, body)


def _query(request: Request) -> dict[str, list[str]]:
    return parse_qs(request.target.partition("?")[2], keep_blank_values=True)


def _one(query: dict[str, list[str]], name: str) -> str | None:
    return query[name][0] if name in query else None


def _json(status: int, value: object) -> Response:
    return Response(status, [("Content-Type", "application/json")], json.dumps(value).encode())
