# SPDX-License-Identifier: MIT
"""A line of the table: what was measured, against what, and the bar."""

from __future__ import annotations

import statistics
from dataclasses import dataclass

NS = {"us": 1e3, "ms": 1e6}


class BenchError(Exception):
    """A program that did not do what it must."""


@dataclass(frozen=True)
class Row:
    """`bar` is the most that `ratio` (or `ours`, where there is no rival) may be; None where nothing is asked."""

    name: str
    unit: str
    ours: float
    rival_name: str = ""
    rival: float | None = None
    ratio: float | None = None
    ratio_least: float | None = None
    ratio_most: float | None = None
    bar: float | None = None
    ok: bool | None = None


def against(name: str, unit: str, ours: list[float], rival_name: str, rival: list[float],
            bar: float | None = None) -> Row:
    """Ratios are taken within a round, and then their median. Times are in ns."""
    ratios = [a / b for a, b in zip(ours, rival, strict=True)]
    ratio = statistics.median(ratios)
    scale = NS[unit]
    return Row(name, unit, statistics.median(ours) / scale, rival_name, statistics.median(rival) / scale, ratio,
               min(ratios), max(ratios), bar, None if bar is None else ratio <= bar)


def alone(name: str, unit: str, ours: list[float], bar: float | None = None) -> Row:
    value = statistics.median(ours)
    return Row(name, unit, value, bar=bar, ok=None if bar is None else value <= bar)


def missing(name: str, unit: str, ours: list[float], rival_name: str) -> Row:
    """For a rival that cannot be run here."""
    return Row(name, unit, statistics.median(ours) / NS[unit], f"{rival_name}: missing")
