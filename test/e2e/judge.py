# SPDX-License-Identifier: MIT
"""Whether a body that was shown was true, and how lately: judged by the emulator's truth, never by the product."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass

from origin import Origin


@dataclass(frozen=True)
class Endpoint:
    path: str
    ttl_s: int       # the route's bound: a body may have been true this long ago at most


class Judge:
    def __init__(self, origin: Origin, endpoints: tuple[Endpoint, ...], from_s: int, to_s: int) -> None:
        self._ttl_s = {e.path: e.ttl_s for e in endpoints}
        self._truth = {e.path: origin.truth(e.path, from_s, to_s) for e in endpoints}
        self.verdicts: Counter[str] = Counter()
        self.faults: list[str] = []

    def judge(self, who: str, path: str, body: bytes, at_s: int) -> None:
        verdict = self._verdict(path, body, at_s)
        self.verdicts[verdict] += 1
        if verdict != "right":
            self.faults.append(f"{who} at {at_s}: {verdict}: {path} ({len(body)} bytes)")

    def _verdict(self, path: str, body: bytes, at_s: int) -> str:
        """`wrong`: never true. `stale`: true once, but at no second of [at - TTL, at]."""
        digest = hashlib.sha256(body).hexdigest()
        lives = [v for v in self._truth[path] if v["sha256"] == digest and v["since"] <= at_s]
        if not lives:
            return "wrong"
        oldest_s = at_s - self._ttl_s[path]
        lately = any(v["until"] is None or v["until"] > oldest_s for v in lives)
        return "right" if lately else "stale"
