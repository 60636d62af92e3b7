# SPDX-License-Identifier: MIT
"""Faults ordered by admin calls; each strikes a stated number of requests, oldest order first."""

from __future__ import annotations

import threading
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase

KINDS = {
    "latency": "answer `ms` later (real time)",
    "status": "answer `status` (5xx, 403, 429), with `retry_after` when given",
    "cut": "promise the whole body, send `bytes` of it and close",
    "garbage": "`bytes` that are not HTTP",
    "header": "an answer with one header of `bytes` (default 10 MB)",
    "close": "close without a byte",
    "refuse": "stop listening until the faults are cleared (order it on the admin port)",
}
HEADER_BYTES = 10_000_000


@dataclass
class Fault:
    kind: str
    count: int | None = 1        # requests left to strike; None: until cleared
    path: str = "*"              # pattern over path and query
    ms: int = 0
    status: int = 503
    retry_after: int | None = None
    bytes: int | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"fault kind {self.kind!r}: one of {', '.join(KINDS)}")


class Faults:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._orders: list[Fault] = []

    def order(self, fault: Fault) -> None:
        with self._lock:
            self._orders.append(fault)

    def clear(self) -> None:
        with self._lock:
            self._orders.clear()

    def pending(self) -> list[dict]:
        with self._lock:
            return [asdict(fault) for fault in self._orders]

    def take(self, target: str) -> Fault | None:
        """The fault that strikes this request, if any; counts it."""
        with self._lock:
            fault = next((f for f in self._orders if fnmatchcase(target, f.path)), None)
            if fault and fault.count is not None:
                fault.count -= 1
                if fault.count <= 0:
                    self._orders.remove(fault)
            return fault
