# SPDX-License-Identifier: MIT
"""The emulator as a child process, and its admin calls."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from pathlib import Path
from urllib.parse import urlencode

PACKAGE = Path(__file__).resolve().parent.parent / "github"
CALL_WAIT_S = 30


class Origin:
    """Listens when made; `stop` ends it. Admin calls see the world as `token` does."""

    def __init__(self, token: str, *, seed: int, start_s: int, etag: str = "formula") -> None:
        self._token = token
        self._process = subprocess.Popen(
            [sys.executable, str(PACKAGE), "--seed", str(seed), "--start", str(start_s), "--rate", "0",
             "--etag", etag],
            stdout=subprocess.PIPE, start_new_session=True)
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the emulator did not start")
        places = json.loads(line)
        self.url: str = places["url"]
        self._admin_url: str = places["admin"]
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def stop(self) -> None:
        end(self._process)
        self._process.stdout.close()

    def set_clock(self, now_s: int) -> None:
        self._call("clock", {"set": now_s})

    def reset(self, **world: int) -> None:
        self._call("reset", world)

    def ledger(self, since: int = 0) -> dict:
        return self._call(f"ledger?{urlencode({'since': since})}")

    def grant(self, token: str, **rights) -> None:
        """What a token may see and who pays for it, as test/github/README.md says."""
        self._call("tokens", {"token": token, **rights})

    def fault(self, kind: str, **order) -> None:
        """What befalls requests that come next, as test/github/faults.py says."""
        self._call("faults", {"kind": kind, **order})

    def clear_faults(self) -> None:
        self._call("faults", method="DELETE")

    def set_remaining(self, remaining: int, token: str = "") -> dict:
        """The token's budget then: `limit`, `used`, `remaining`, `reset`."""
        return self._call("limits", {"remaining": remaining}, token=token)

    def truth(self, path: str, from_s: int, to_s: int, token: str | None = "") -> list[dict]:
        """As `token` sees it, or nobody (None), or this object's own."""
        return self._call("truth?" + urlencode({"path": path, "from": from_s, "to": to_s}), token=token)["versions"]

    def changes(self, paths: list[str], from_s: int, to_s: int) -> int:
        query = [("path", path) for path in paths] + [("from", from_s), ("to", to_s)]
        return self._call("changes?" + urlencode(query))["total"]

    def _call(self, name: str, body: dict | None = None, token: str | None = "", method: str | None = None) -> dict:
        who = {} if token is None else {"Authorization": f"Bearer {token or self._token}"}
        request = urllib.request.Request(
            f"{self._admin_url}/__emu/{name}", None if body is None else json.dumps(body).encode(),
            who, method=method)
        with self._opener.open(request, timeout=CALL_WAIT_S) as answer:
            return json.load(answer)


def end(process: subprocess.Popen, wait_s: float = 5.0) -> int:
    """Asks one child to leave and makes it leave when it does not; returns its exit status."""
    if process.poll() is None:
        process.terminate()
    try:
        return process.wait(wait_s)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()
