# SPDX-License-Identifier: MIT
"""One ghmesh node as its user sees it: a directory, an agent, and the commands run against them."""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

from origin import end
from simtime import forget

READY_WAIT_S = 20.0
COMMAND_WAIT_S = 60.0
POLL_S = 0.02
FOREIGN = ("GHMESH_", "GH_", "GITHUB_", "CACHE_", "P2P_", "XDG_", "FAKETIME")
PROXIES = {"http_proxy", "https_proxy", "all_proxy", "no_proxy"}


class NodeError(Exception):
    """A command or an agent that did not do what it must; the text says which and what it said."""


def clean_environment(home: Path) -> dict[str, str]:
    """Nothing of the caller's configuration, tokens or proxies."""
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith(FOREIGN) and name.lower() not in PROXIES and name != "LD_PRELOAD"}
    return {**kept, "HOME": str(home), "XDG_CACHE_HOME": str(home / "cache"), "XDG_CONFIG_HOME": str(home / "config")}


def wait_for(what: str, condition: Callable[[], object], wait_s: float = READY_WAIT_S) -> object:
    """Polls until the condition gives something true, and returns that."""
    end_s = time.monotonic() + wait_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end_s:
            raise NodeError(f"{what}: not within {wait_s:g} s")
        time.sleep(POLL_S)


class Node:
    """`environment` holds the product's settings; the directory is the node's whole state."""

    def __init__(self, program: Path, name: str, directory: Path, environment: dict[str, str]) -> None:
        self.name = name
        self.address: str | None = None
        self._program = program
        self._directory = directory
        directory.mkdir(parents=True, exist_ok=True)
        self._environment = {**clean_environment(directory), "GHMESH_DIR": str(directory / "store"), **environment}
        self._agent: subprocess.Popen | None = None
        self._lines: list[str] = []

    @property
    def environment(self) -> dict[str, str]:
        return dict(self._environment)

    @property
    def pid(self) -> int:
        return self._must_run().pid

    @property
    def port(self) -> int:
        return int(str(self.address).split("/")[4])

    def log(self) -> str:
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    @property
    def alive(self) -> bool:
        return self._agent is not None and self._agent.poll() is None

    def start(self, bootstrap: list[str]) -> None:
        """Starts the agent, at the address it had before if any, and waits until it listens."""
        self._environment["GHMESH_BOOTSTRAP"] = ",".join(bootstrap)
        if self.address:
            self._environment["GHMESH_LISTEN"] = self.address.partition("/p2p/")[0]
        self._lines = []
        with self._log.open("ab") as log:
            self._agent = subprocess.Popen([self._program, "agent"], env=self._environment, stdin=subprocess.DEVNULL,
                                           stdout=subprocess.PIPE, stderr=log, text=True, start_new_session=True)
        self._reader = threading.Thread(target=self._read, args=(self._agent, self._lines), daemon=True)
        self._reader.start()
        self.address = str(wait_for(f"{self.name}: `listening`", self._listening))

    def kill(self) -> None:
        """As a power cut would."""
        agent = self._must_run()
        agent.kill()
        agent.wait()
        self._close(agent)

    def stop(self) -> int | None:
        """Ends the agent if it runs; returns its exit status."""
        if self._agent is None:
            return None
        status = end(self._agent)
        self._close(self._agent)
        return status

    def ask(self, path: str) -> bytes:
        """The body that `ghmesh api PATH` prints."""
        return self.command("api", path)

    def stats(self) -> dict:
        return json.loads(self.command("stats", "--json"))

    def put(self, key: str, json_text: str, *options: str) -> None:
        self.command("put", key, *options, given=json_text.encode())

    def command(self, *arguments: str, given: bytes = b"") -> bytes:
        process = subprocess.Popen([self._program, *arguments], env=self._environment, stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
        try:
            shown, said = process.communicate(given, timeout=COMMAND_WAIT_S)
        except BaseException:
            process.kill()
            process.wait()
            raise
        finally:
            forget(process.pid)
        if process.returncode != 0:
            reason = said.decode(errors="replace").strip()[-400:]
            raise NodeError(f"{self.name}: `ghmesh {' '.join(arguments)}` ended with {process.returncode}: {reason}")
        return shown

    def log_tail(self, lines: int = 8) -> str:
        return "\n".join(self.log().splitlines()[-lines:])

    @property
    def _log(self) -> Path:
        return self._directory / "agent.log"

    def _close(self, agent: subprocess.Popen) -> None:
        self._reader.join(READY_WAIT_S)
        agent.stdout.close()
        forget(agent.pid)

    def _must_run(self) -> subprocess.Popen:
        if self._agent is None:
            raise NodeError(f"{self.name}: has no agent")
        return self._agent

    def _read(self, agent: subprocess.Popen, lines: list[str]) -> None:
        for line in agent.stdout:
            lines.append(line.strip())

    def _listening(self) -> str | None:
        agent = self._must_run()
        if agent.poll() is not None:
            raise NodeError(f"{self.name}: `ghmesh agent` ended with {agent.returncode}\n{self.log_tail()}")
        told = [line.split()[1] for line in self._lines if line.startswith("listening ")]
        return next((address for address in told if address.startswith("/ip4/127.0.0.1/tcp/")), None)
