# SPDX-License-Identifier: MIT
"""Primary rate limits: who pays from which budget, and the headers that tell it."""

from __future__ import annotations

import threading
from dataclasses import dataclass

WINDOW_S = 3600
LIMIT_TOKEN = 5000
LIMIT_JOB = 1000
LIMIT_ANONYMOUS = 60


@dataclass
class Budget:
    limit: int
    used: int = 0
    reset_s: int = 0

    @property
    def remaining(self) -> int:
        return max(0, self.limit - self.used)

    def roll(self, now_s: float) -> None:
        """A window opens with the first request after the last one closed."""
        if now_s >= self.reset_s:
            self.used, self.reset_s = 0, int(now_s) + WINDOW_S

    def headers(self, resource: str) -> list[tuple[str, str]]:
        return [
            ("X-RateLimit-Limit", str(self.limit)),
            ("X-RateLimit-Remaining", str(self.remaining)),
            ("X-RateLimit-Reset", str(self.reset_s)),
            ("X-RateLimit-Used", str(self.used)),
            ("X-RateLimit-Resource", resource),
        ]

    def describe(self) -> dict:
        return {"limit": self.limit, "used": self.used, "remaining": self.remaining, "reset": self.reset_s}


class Limits:
    """Budgets by principal: a user, a repository's job tokens, an address. The bucket is always `core`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._budgets: dict[str, Budget] = {}

    def clear(self) -> None:
        with self._lock:
            self._budgets.clear()

    def spend(self, principal: str, limit: int, now_s: float, cost: int) -> tuple[bool, Budget]:
        """Takes `cost` if it is there. Returns whether it was, and the budget as it stands after that."""
        with self._lock:
            budget = self._open(principal, limit, now_s)
            granted = budget.remaining >= max(cost, 1)
            budget.used += cost if granted else 0
            return granted, Budget(budget.limit, budget.used, budget.reset_s)

    def set_remaining(self, principal: str, limit: int, now_s: float, remaining: int) -> dict:
        with self._lock:
            budget = self._open(principal, limit, now_s)
            budget.used = max(0, budget.limit - remaining)
            return budget.describe()

    def _open(self, principal: str, limit: int, now_s: float) -> Budget:
        budget = self._budgets.setdefault(principal, Budget(limit))
        budget.roll(now_s)
        return budget
