# SPDX-License-Identifier: MIT
"""A unix socket that is the emulator's port and nothing more: gh without the cache."""

from __future__ import annotations

import socket
import threading
from pathlib import Path
from urllib.parse import urlsplit

PIECE = 65536


class Relay:
    def __init__(self, path: Path, url: str) -> None:
        place = urlsplit(url)
        self.path = path
        self._to = (place.hostname, place.port)
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(str(path))
        self._server.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self) -> None:
        try:
            self._server.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._server.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(near,), daemon=True).start()

    def _serve(self, near: socket.socket) -> None:
        with near, socket.create_connection(self._to) as far:
            back = threading.Thread(target=_pump, args=(far, near), daemon=True)
            back.start()
            _pump(near, far)
            back.join()


def _pump(from_: socket.socket, to: socket.socket) -> None:
    try:
        while piece := from_.recv(PIECE):
            to.sendall(piece)
        to.shutdown(socket.SHUT_WR)
    except OSError:
        pass
