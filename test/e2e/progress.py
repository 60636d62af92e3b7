# SPDX-License-Identifier: MIT
"""What a person sees: one live line while it runs (sparse lines without a terminal), and a table at the end."""

from __future__ import annotations

import sys
import time
from typing import TextIO

BAR_CELLS = 24
REDRAW_S = 0.1
SPARSE_PARTS = 6


class Progress:
    def __init__(self, title: str, total: int, out: TextIO = sys.stderr) -> None:
        self._title, self._total, self._out = title, total, out
        self._live = out.isatty()
        self._drawn_s = 0.0
        self._next_part = 1

    def show(self, done: int, note: str) -> None:
        if self._live:
            self._draw(done, note)
        elif done * SPARSE_PARTS >= self._next_part * self._total:
            self._next_part = done * SPARSE_PARTS // self._total + 1
            print(f"{self._title}: {done}/{self._total} · {note}", file=self._out, flush=True)

    def say(self, line: str) -> None:
        """One line that stays."""
        self.clear()
        print(f"{self._title}: {line}", file=self._out, flush=True)

    def clear(self) -> None:
        if self._live:
            print("\r\x1b[2K", end="", file=self._out, flush=True)

    def _draw(self, done: int, note: str) -> None:
        now_s = time.monotonic()
        if now_s - self._drawn_s < REDRAW_S and done < self._total:
            return
        self._drawn_s = now_s
        full = BAR_CELLS * done // self._total
        bar = "█" * full + "░" * (BAR_CELLS - full)
        print(f"\r\x1b[2K{self._title} {bar} {done}/{self._total} · {note}", end="", file=self._out, flush=True)


def table(head: tuple[str, ...], rows: list[tuple[str, ...]], bold: bool = False) -> str:
    """The first column to the left, the others to the right; a rule under the head."""
    widths = [max(len(row[i]) for row in (head, *rows)) for i in range(len(head))]
    lines = [_line(head, widths), "─" * (sum(widths) + 3 * (len(widths) - 1))]
    lines += [_line(row, widths) for row in rows]
    if bold:
        lines[0] = f"\x1b[1m{lines[0]}\x1b[0m"
    return "\n".join("  " + line for line in lines)


def _line(cells: tuple[str, ...], widths: list[int]) -> str:
    first, *rest = (cell.rjust(width) if i else cell.ljust(width) for i, (cell, width) in enumerate(zip(cells, widths)))
    return "   ".join([first, *rest])
