# SPDX-License-Identifier: MIT
"""GitHub's entity tags: how they are computed and compared.

Hex SHA-256 over every value, each followed by `:`, of those of Accept, Authorization and Cookie (in this order)
that Vary names, and then the body before compression and before pretty-printing.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence

HASHED = ("Accept", "Authorization", "Cookie")
TAG = re.compile(r'(?:W/)?"([^"]*)"')


def etag_hex(vary: str | Iterable[str], headers: Mapping[str, Sequence[str]], body: bytes) -> str:
    """The tag without quotes; `headers` maps lower-case names to their values in order."""
    named = None if vary == "*" else {name.strip().lower() for name in vary}
    digest = hashlib.sha256()
    for name in HASHED:
        if named is not None and name.lower() not in named:
            continue
        for value in headers.get(name.lower(), ()):
            digest.update(value.encode("latin-1") + b":")
    digest.update(body)
    return digest.hexdigest()


def opaque(seed: int, tag_hex: str) -> str:
    """A tag as stable as the formula's that nobody outside can compute."""
    return hashlib.sha256(f"opaque:{seed}:{tag_hex}".encode()).hexdigest()


def matches(if_none_match: Sequence[str], tag_hex: str) -> bool:
    """Weak comparison against a list of lists, RFC 9110 13.1.2."""
    for line in if_none_match:
        if line.strip() == "*" or tag_hex in TAG.findall(line):
            return True
    return False
