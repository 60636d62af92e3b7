# SPDX-License-Identifier: MIT
"""Chance without state: the same seed and names always throw the same number."""

from __future__ import annotations

import hashlib
from functools import lru_cache


@lru_cache(maxsize=65536)
def throw(seed: int, *names: object) -> int:
    """A 64-bit number that depends on nothing but its arguments."""
    text = "\x1f".join(str(part) for part in (seed, *names))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def between(low: int, high: int, seed: int, *names: object) -> int:
    """A whole number in [low, high]."""
    return low + throw(seed, *names) % (high - low + 1)


def choose(options: tuple, seed: int, *names: object):
    return options[throw(seed, *names) % len(options)]


def hex40(seed: int, *names: object) -> str:
    """What looks like a commit id."""
    return hashlib.sha1(repr((seed, names)).encode()).hexdigest()
