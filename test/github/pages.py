# SPDX-License-Identifier: MIT
"""Pagination as GitHub does it: `page`, `per_page` up to 100, and Link in the form with ids."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

PER_PAGE = 30
PER_PAGE_MAX = 100


@dataclass(frozen=True)
class Page:
    number: int
    size: int

    @property
    def first(self) -> int:
        return (self.number - 1) * self.size

    @property
    def end(self) -> int:
        return self.first + self.size


def page_of(query: Mapping[str, str]) -> Page:
    """The page asked for; nonsense falls back to the defaults, as on GitHub."""
    size = min(_positive(query.get("per_page"), PER_PAGE), PER_PAGE_MAX)
    return Page(_positive(query.get("page"), 1), size)


def link(base: str, path: str, query: Mapping[str, str], total: int) -> str | None:
    """The Link value, or None when everything fits on one page; order prev, next, last, first."""
    page = page_of(query)
    last = max(1, -(-total // page.size))
    targets = []
    if page.number > 1:
        targets.append(("prev", min(page.number - 1, last)))
    if page.number < last:
        targets += [("next", page.number + 1), ("last", last)]
    if page.number > 1:
        targets.append(("first", 1))
    return ", ".join(f'<{_url(base, path, query, n)}>; rel="{rel}"' for rel, n in targets) or None


def _url(base: str, path: str, query: Mapping[str, str], number: int) -> str:
    return f"{base}{path}?{urlencode({**query, 'page': str(number)})}"


def _positive(text: str | None, default: int) -> int:
    if text is None or not text.isdigit() or int(text) < 1:
        return default
    return int(text)
