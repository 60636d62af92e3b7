# SPDX-License-Identifier: MIT
"""What was true, and when: the versions of one answer over a stretch of virtual time, for one identity."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from . import routes
from .tokens import Identity
from .world import World

SPAN_MAX_S = 7 * 86400


@dataclass(frozen=True)
class Version:
    since: int
    until: int | None            # the first second at which it was no longer true; None: not within the stretch
    status: int
    sha256: str
    bytes: int


def body_at(world: World, identity: Identity, target: str, at_s: int) -> tuple[int, bytes]:
    answer = routes.answer(world, identity, target, at_s)
    return answer.status, routes.encode(answer.value)


def versions(world: World, identity: Identity, target: str, from_s: int, to_s: int) -> list[Version]:
    """All versions that were true at some second of [from, to], oldest first."""
    if not from_s <= to_s <= from_s + SPAN_MAX_S:
        raise ValueError(f"from {from_s} to {to_s}: give a stretch of at most {SPAN_MAX_S} s")
    instants = {t for repo in routes.repos_behind(world, target) for t in world.instants(repo, from_s, to_s)}
    found: list[Version] = []
    for at_s in [from_s, *sorted(instants)]:
        status, body = body_at(world, identity, target, at_s)
        digest = hashlib.sha256(body).hexdigest()
        if found and (found[-1].status, found[-1].sha256) == (status, digest):
            continue
        if found:
            found[-1] = Version(found[-1].since, at_s, found[-1].status, found[-1].sha256, found[-1].bytes)
        found.append(Version(at_s, None, status, digest, len(body)))
    return found
