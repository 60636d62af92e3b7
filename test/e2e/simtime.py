# SPDX-License-Identifier: MIT
"""Simulated time for real processes: libfaketime reads it from a file, and it moves only when the file does."""

from __future__ import annotations

import os
from datetime import datetime, timezone
from pathlib import Path

SHARED_MEMORY = Path("/dev/shm")


class SimTime:
    def __init__(self, file: Path, now_s: int) -> None:
        self._file = file
        self._library = _library()
        self.set(now_s)

    def set(self, now_s: int) -> None:
        """Every process sees the old time or the new one, never a torn file."""
        text = datetime.fromtimestamp(now_s, timezone.utc).strftime("%Y-%m-%d %H:%M:%S\n")
        fresh = self._file.with_suffix(".new")
        fresh.write_text(text)
        os.replace(fresh, self._file)

    def environment(self) -> dict[str, str]:
        """Timeouts must keep running while the calendar stands, so the monotonic clock stays real.

        Without FORCE_MONOTONIC_FIX=0 a timed wait for a condition on that clock ends at once (libfaketime 0.9.10).
        """
        return {
            "LD_PRELOAD": str(self._library), "FAKETIME_TIMESTAMP_FILE": str(self._file), "FAKETIME_NO_CACHE": "1",
            "DONT_FAKE_MONOTONIC": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_FORCE_MONOTONIC_FIX": "0",
            "NO_FAKE_STAT": "1", "TZ": "UTC",
        }


def forget(pid: int) -> None:
    """Removes the shared memory that libfaketime leaves behind when its process was killed, or became another program."""
    for name in (f"faketime_shm_{pid}", f"sem.faketime_sem_{pid}"):
        (SHARED_MEMORY / name).unlink(missing_ok=True)


def _library() -> Path:
    found = sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
    if not found:
        raise RuntimeError("libfaketime is missing: install the package faketime")
    return found[0]
