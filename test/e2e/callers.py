# SPDX-License-Identifier: MIT
"""Those who ask an agent for something: each kind of client as it is in the wild, all with one way to be called."""

from __future__ import annotations

import http.client
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path

from simtime import forget
from wire import Wire

ACCEPT = "application/vnd.github+json"
WAIT_S = 60.0


@dataclass(frozen=True)
class Ask:
    path: str
    token: str | None
    headers: tuple[str, ...] = ()
    method: str = "GET"
    body: bytes = b""

    @property
    def lines(self) -> list[str]:
        who = [f"Authorization: token {self.token}"] if self.token else []
        return [f"Accept: {ACCEPT}", *who, *self.headers]


@dataclass(frozen=True)
class Told:
    """Status 0: the connection broke off, or the command failed; `body` then says how."""

    status: int
    body: bytes
    is_marked_stale: bool = False


def ask_raw(place: str, ask: Ask) -> Told:
    """Bytes on a unix socket."""
    try:
        with Wire(place) as wire:
            reply = wire.ask(ask.method, ask.path, *ask.lines, body=ask.body)
            return Told(reply.status, reply.body, "detail=stale" in reply.headers.get("cache-status", ""))
    except (OSError, EOFError, ValueError, IndexError) as error:
        return Told(0, repr(error).encode())


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, place: str) -> None:
        super().__init__("api.github.com", timeout=WAIT_S)
        self._place = place

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._place)


def ask_library(place: str, ask: Ask) -> Told:
    """Python's own client."""
    connection = _UnixConnection(place)
    try:
        headers = dict(line.split(": ", 1) for line in ask.lines)
        connection.request(ask.method, ask.path, ask.body or None, headers)
        reply = connection.getresponse()
        return Told(reply.status, reply.read(), "detail=stale" in (reply.getheader("Cache-Status") or ""))
    except (OSError, http.client.HTTPException) as error:
        return Told(0, repr(error).encode())
    finally:
        connection.close()


def ask_curl(place: str, ask: Ask) -> Told:
    """Under another name: to curl GitHub sends what is too large to be kept indented, which is right and another body."""
    headers = [word for line in ask.lines for word in ("-H", line)]
    data = ["--data-binary", ask.body.decode()] if ask.body else []
    done = subprocess.run(["curl", "-sS", "-A", "soak", "-X", ask.method, "--unix-socket", place, "-w", "%{stderr}%{http_code} %header{cache-status}", *headers, *data,
                           f"http://api.github.com{ask.path}"], capture_output=True, timeout=WAIT_S, check=False)
    if done.returncode != 0:
        return Told(0, done.stderr)
    status, _, cache = done.stderr.decode().partition(" ")
    return Told(int(status), done.stdout, "detail=stale" in cache)


def ask_command(program: Path, env: dict[str, str], ask: Ask) -> Told:
    """`ghmesh api`, a process of its own on the agent's directory; it must end by itself, whatever happens."""
    own = {**env, "GH_TOKEN": ask.token or ""}
    given = [word for line in ask.headers for word in ("-H", line)]
    more = ["-X", ask.method, "--input", "-"] if ask.method != "GET" else []
    with subprocess.Popen([program, "api", "-i", *more, *given, ask.path], env=own, stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        shown, said = process.communicate(ask.body, timeout=WAIT_S)
    forget(process.pid)
    if process.returncode < 0:
        raise AssertionError(f"ghmesh api ended by signal {-process.returncode}: {said[-400:]!r}")
    head, found, body = shown.partition(b"\r\n\r\n")
    if not found:
        return Told(0, said)
    return Told(int(head.split()[1]), body, b"detail=stale" in head)
