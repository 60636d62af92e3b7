# SPDX-License-Identifier: MIT
"""A line of the table: what was measured, against what, and the bar."""

from __future__ import annotations

import statistics
from dataclasses import dataclass

SCALE = {"us": 1e3, "ms": 1e6, "k": 1e3, "MiB": 1024.0}   # of ns, of a number, of KiB


class BenchError(Exception):
    """A program that did not do what it must."""


@dataclass(frozen=True)
class Row:
    """`bar` is the most (`is_least`: the least) that `ratio`, or `ours` where there is no rival, may be; None where
    nothing is asked."""

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
    is_least: bool = False


def against(name: str, unit: str, ours: list[float], rival_name: str, rival: list[float],
            bar: float | None = None, is_least: bool = False) -> Row:
    """Ratios are taken within a round, and then their median. Times are in ns, memory in KiB."""
    ratios = [a / b for a, b in zip(ours, rival, strict=True)]
    ratio = statistics.median(ratios)
    scale = SCALE[unit]
    is_held = ratio >= (bar or 0) if is_least else ratio <= (bar or 0)
    return Row(name, unit, statistics.median(ours) / scale, rival_name, statistics.median(rival) / scale, ratio,
               min(ratios), max(ratios), bar, None if bar is None else is_held, is_least)


def alone(name: str, unit: str, ours: list[float], bar: float | None = None) -> Row:
    value = statistics.median(ours)
    return Row(name, unit, value, bar=bar, ok=None if bar is None else value <= bar)


def missing(name: str, unit: str, ours: list[float], rival_name: str) -> Row:
    """For a rival that cannot be run here."""
    return Row(name, unit, statistics.median(ours) / SCALE[unit], f"{rival_name}: missing")
