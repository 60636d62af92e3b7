# SPDX-License-Identifier: MIT
"""A unix socket that leads to a TCP port: the door through which gh speaks plain HTTP to the emulator."""

from __future__ import annotations

import socket
import threading
from pathlib import Path


class UnixDoor:
    """Opens when made; each connection is carried until either side ends it."""

    def __init__(self, path: Path, host: str, port: int) -> None:
        self._target = (host, port)
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(path))
        self._listener.listen(16)
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            far = socket.create_connection(self._target)
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=_carry, args=(source, sink), daemon=True).start()


def _carry(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass
