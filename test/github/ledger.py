# SPDX-License-Identifier: MIT
"""The ledger: every request that arrived, charged or not. The truth for every claim about calls saved."""

from __future__ import annotations

import threading
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Entry:
    n: int               # 1, 2, 3 … in order of answer
    at: float            # virtual time
    who: str             # first characters of base64(SHA-256(token)), or "anonymous"
    method: str
    path: str            # with its query
    status: int          # 0 when no HTTP answer was given
    charged: bool
    conditional: bool    # carried If-None-Match
    resource: str
    body_bytes: int
    fault: str | None
    user_agent: str


class Ledger:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: list[Entry] = []

    def note(self, **what) -> None:
        with self._lock:
            self._entries.append(Entry(n=len(self._entries) + 1, **what))

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()

    def since(self, n: int) -> list[Entry]:
        with self._lock:
            return self._entries[n:]

    def report(self, since: int = 0, path: str | None = None, with_entries: bool = True) -> dict:
        """Counts, and the entries after number `since`, of one path when given."""
        chosen = [e for e in self.since(since) if path is None or e.path == path]
        counts = {
            "last": chosen[-1].n if chosen else since,
            "requests": len(chosen),
            "charged": sum(e.charged for e in chosen),
            "free_304": sum(e.status == 304 and not e.charged for e in chosen),
        }
        return {**counts, "entries": [asdict(e) for e in chosen]} if with_entries else counts
