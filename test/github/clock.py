# SPDX-License-Identifier: MIT
"""The virtual clock: everything the emulator says about time comes from here."""

from __future__ import annotations

import threading
import time
from datetime import datetime, timezone

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Clock:
    """Virtual seconds since 1970; runs at `rate` virtual seconds a real second, 0 stands still."""

    def __init__(self, now_s: float | None = None, rate: float = 1.0) -> None:
        self._lock = threading.Lock()
        self._base_s = time.time() if now_s is None else float(now_s)
        self._mark_s = time.monotonic()
        self._rate = float(rate)

    def now(self) -> float:
        with self._lock:
            return self._now()

    def rate(self) -> float:
        return self._rate

    def set(self, now_s: float) -> None:
        with self._lock:
            self._base_s, self._mark_s = float(now_s), time.monotonic()

    def advance(self, by_s: float) -> None:
        with self._lock:
            self._base_s, self._mark_s = self._now() + by_s, time.monotonic()

    def set_rate(self, rate: float) -> None:
        with self._lock:
            self._base_s, self._mark_s = self._now(), time.monotonic()
            self._rate = float(rate)

    def _now(self) -> float:
        return self._base_s + (time.monotonic() - self._mark_s) * self._rate


def iso(at_s: float | None) -> str | None:
    """GitHub's form in bodies, `2026-01-05T09:00:00Z`; None stays null."""
    if at_s is None:
        return None
    return datetime.fromtimestamp(int(at_s), timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def http_date(at_s: float) -> str:
    """The form in headers, without the C library's locale."""
    t = datetime.fromtimestamp(int(at_s), timezone.utc)
    day, month = WEEKDAYS[t.weekday()], MONTHS[t.month - 1]
    return f"{day}, {t.day:02d} {month} {t.year} {t.hour:02d}:{t.minute:02d}:{t.second:02d} GMT"


def parse_time(text: str | int | float) -> float:
    """Seconds since 1970 from a number or from `2026-01-05T09:00:00Z`."""
    try:
        return float(text)
    except ValueError:
        when = datetime.fromisoformat(str(text).replace("Z", "+00:00"))
        return (when if when.tzinfo else when.replace(tzinfo=timezone.utc)).timestamp()
