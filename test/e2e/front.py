# SPDX-License-Identifier: MIT
"""A ghmesh node that answers HTTP."""

from __future__ import annotations

from node import Node, wait_for


class FrontNode(Node):
    """A node whose agent has said where it answers HTTP."""

    def start(self, bootstrap: list[str]) -> None:
        super().start(bootstrap)
        self.http: list[str] = wait_for("`http`", self._places)

    @property
    def lines_told(self) -> int:
        return len(self._lines)

    def _places(self) -> list[str]:
        return [line.split()[1] for line in self._lines if line.startswith("http ")]

    def _listening(self) -> str | None:
        # Without a mesh there is no address: the HTTP face is what is waited for.
        if self._environment["GHMESH_P2P"] == "false":
            return "-" if self._places() else super()._listening()
        return super()._listening()
