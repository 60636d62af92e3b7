# SPDX-License-Identifier: MIT
"""Sockets: threaded HTTP/1.1 with keep-alive on two ports, the public one and the admin's."""

from __future__ import annotations

import socket
import struct
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from . import admin
from .emulator import Emulator
from .message import Request, Response

HOST = "127.0.0.1"
REQUEST_BYTES_MAX = 1 << 20


class _Listener(ThreadingHTTPServer):
    """Knows its open connections, so that refusing means dropping them too."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, port: int, server: Server) -> None:
        self.server = server
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        super().__init__((HOST, port), _Connection)

    @property
    def port(self) -> int:
        return self.server_address[1]

    def get_request(self):
        connection, address = super().get_request()
        with self._lock:
            self._open.add(connection)
        return connection, address

    def shutdown_request(self, request) -> None:
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request, client_address) -> None:
        """A client that went away is its own affair."""

    def drop_connections(self) -> None:
        with self._lock:
            for connection in self._open:
                _reset(connection)


class Server:
    """The emulator on its two ports; the public one can stop listening and come back on the same number."""

    def __init__(self, emulator: Emulator, port: int = 0) -> None:
        self._emulator = emulator
        self._admin = admin.Admin(emulator, self.listen)
        self._lock = threading.Lock()
        self._public: _Listener | None = _Listener(port, self)
        self._port = self._public.port
        self._private = _Listener(0, self)

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self._port}"

    @property
    def admin_url(self) -> str:
        return f"http://{HOST}:{self._private.port}"

    def start(self) -> None:
        for listener in (self._public, self._private):
            threading.Thread(target=listener.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        self.refuse()
        self._private.shutdown()
        self._private.server_close()

    def listen(self) -> None:
        with self._lock:
            if self._public is None:
                self._public = _Listener(self._port, self)
                threading.Thread(target=self._public.serve_forever, args=(0.05,), daemon=True).start()

    def refuse(self) -> None:
        with self._lock:
            listener, self._public = self._public, None
        if listener is not None:
            listener.shutdown()
            listener.server_close()
            listener.drop_connections()

    def answer(self, request: Request) -> Response:
        if request.path.startswith(admin.PREFIX):
            return self._admin.handle(request)
        return self._emulator.handle(request)


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 120

    def handle_one_request(self) -> None:
        """As inherited, but one entry for every method."""
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline or len(self.raw_requestline) > 65536:
            self.close_connection = True
            return
        if self.parse_request():
            self._serve()

    def _serve(self) -> None:
        server: Server = self.server.server
        response = server.answer(self._request())
        if response.wait_s:
            time.sleep(response.wait_s)
        if response.closes:
            self.close_connection = True
        self.wfile.write(response.render(head_only=self.command == "HEAD"))
        if response.stop_listening:
            server.refuse()

    def _request(self) -> Request:
        headers: dict[str, list[str]] = {}
        for name, value in self.headers.items():
            headers.setdefault(name.lower(), []).append(value)
        length = min(int(self.headers.get("Content-Length") or 0), REQUEST_BYTES_MAX)
        body = self.rfile.read(length) if length else b""
        target = urlsplit(self.path) if self.path.startswith("http://") else None  # as a proxy is asked
        host = target.netloc if target else self.headers.get("Host") or "%s:%d" % self.server.server_address
        path = target._replace(scheme="", netloc="").geturl() if target else self.path
        return Request(self.command, path, headers, self.client_address[0], f"http://{host.removesuffix(':80')}", body)

    def log_message(self, *_) -> None:
        """The ledger is the log."""


def _reset(connection: socket.socket) -> None:
    try:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
