# SPDX-License-Identifier: MIT
"""Caches that answer HTTP: ours, and others as their manuals set them up for one core, all before the same origin."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from pathlib import Path

from node import clean_environment, wait_for
from origin import end
from rows import BenchError

SERVER_CORE = 0
NICE = -15
FILLED_S = 3600


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def pinned(core: int) -> Callable[[], None]:
    """For a child before it executes: on one processor, and before its neighbours, where that is allowed. The kernel
    shares time among sessions first, where it groups them."""
    def prepare() -> None:
        os.setsid()
        os.sched_setaffinity(0, {core})
        try:
            os.setpriority(os.PRIO_PROCESS, 0, NICE)
            Path("/proc/self/autogroup").write_text(str(NICE))
        except OSError:
            pass
    return prepare


class Server(ABC):
    """A server of one core, in a folder of its own, from `start` to `stop`."""

    title: str

    def __init__(self, folder: Path, origin_port: int) -> None:
        self.folder = folder
        self.origin_port = origin_port
        self.port = free_port()
        folder.mkdir()
        folder.chmod(0o755)         # varnishd's worker and nginx's may be somebody else

    @abstractmethod
    def command(self) -> list[str]:
        ...

    def environment(self) -> dict[str, str]:
        return clean_environment(self.folder)

    def start(self) -> None:
        with (self.folder / "said").open("wb") as said:
            self.process = subprocess.Popen(self.command(), env=self.environment(), cwd=self.folder, stdout=said,
                                            stdin=subprocess.DEVNULL, stderr=said, preexec_fn=pinned(SERVER_CORE))
        wait_for(f"{self.title} at port {self.port}", self._answers)

    def stop(self) -> None:
        end(self.process)

    def cpu_ns(self) -> int:
        """Of all its processes and threads that live."""
        return sum(int(task.read_text().split()[0]) for pid in self._pids()
                   for task in Path(f"/proc/{pid}/task").glob("*/schedstat"))

    def memory_kib(self) -> dict[str, float]:
        found = {"Rss": 0.0, "Pss": 0.0, "Anonymous": 0.0}
        for pid in self._pids():
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                name = line.split(":")[0]
                if name in found:
                    found[name] += float(line.split()[1])
        return found

    def _answers(self) -> bool:
        if self.process.poll() is not None:
            raise BenchError(f"{self.title} ended: {(self.folder / 'said').read_text(errors='replace')[-400:]}")
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        return True

    def _pids(self) -> Iterator[int]:
        waiting = [self.process.pid]
        while waiting:
            pid = waiting.pop()
            yield pid
            for task in Path(f"/proc/{pid}/task").glob("*/children"):
                waiting += map(int, task.read_text().split())


class Ours(Server):
    title = "ghmesh agent"

    def __init__(self, folder: Path, origin_port: int, build: Path) -> None:
        super().__init__(folder, origin_port)
        self._program = build / "ghmesh"
        self.socket = folder / "store" / "http.sock"

    def command(self) -> list[str]:
        return [str(self._program), "agent"]

    def environment(self) -> dict[str, str]:
        return {**super().environment(), "GHMESH_DIR": str(self.folder / "store"), "GHMESH_P2P": "false",
                "GHMESH_HOST": f"http://127.0.0.1:{self.origin_port}", "GHMESH_HTTP": f"socket,{self.port}"}


class Nginx(Server):
    """One worker, files on a memory disk, no log. With tcp_nopush on, 100 KB would wait 40 ms for an acknowledgement."""

    title = "nginx proxy_cache"

    def command(self) -> list[str]:
        self._files = Path("/dev/shm") / f"ghmesh-bench-nginx-{os.getpid()}"
        (self.folder / "nginx.conf").write_text(f"""
            daemon off; master_process on; worker_processes 1; pid nginx.pid; error_log said;
            user {'root' if os.geteuid() == 0 else 'nobody'};
            events {{ worker_connections 1024; }}
            http {{
                access_log off; sendfile on; tcp_nopush off; tcp_nodelay on; keepalive_requests 1000000000;
                open_file_cache max=20000 inactive=1h; open_file_cache_valid 1h;
                client_body_temp_path t1; proxy_temp_path t2; fastcgi_temp_path t3; uwsgi_temp_path t4; scgi_temp_path t5;
                proxy_cache_path {self._files} keys_zone=z:32m max_size=1g inactive=1d use_temp_path=off;
                server {{
                    listen 127.0.0.1:{self.port};
                    location / {{
                        proxy_pass http://127.0.0.1:{self.origin_port};
                        proxy_cache z;
                        proxy_cache_key "$request_method|$host|$request_uri|$http_accept|$http_authorization";
                        proxy_ignore_headers Cache-Control Expires Vary Set-Cookie;
                        proxy_cache_valid 200 {FILLED_S}s;
                    }}
                }}
            }}""")
        return ["nginx", "-p", str(self.folder), "-c", "nginx.conf", "-e", "said"]

    def stop(self) -> None:
        super().stop()
        shutil.rmtree(self._files, ignore_errors=True)


class Haproxy(Server):
    """One thread. It caches no request that has an Authorization: it is taken away, as nobody could do in earnest."""

    title = "HAProxy cache"

    def command(self) -> list[str]:
        (self.folder / "haproxy.cfg").write_text(f"""
global
    nbthread 1
    tune.bufsize 131072
    tune.maxrewrite 4096
defaults
    mode http
    timeout connect 5s
    timeout client 60s
    timeout server 60s
    timeout http-keep-alive 60s
cache c
    total-max-size 64
    max-object-size 1000000
    max-age {FILLED_S}
frontend f
    bind 127.0.0.1:{self.port}
    http-request del-header Authorization
    http-request cache-use c
    http-response del-header Vary
    http-response set-header Cache-Control "public, max-age={FILLED_S}"
    http-response cache-store c
    default_backend b
backend b
    server s 127.0.0.1:{self.origin_port}
""")
        return ["haproxy", "-db", "-f", "haproxy.cfg"]


class Varnish(Server):
    title = "Varnish"

    def command(self) -> list[str]:
        (self.folder / "vcl").write_text(f"""vcl 4.1;
            backend b {{ .host = "127.0.0.1"; .port = "{self.origin_port}"; }}
            sub vcl_recv {{ return (hash); }}
            sub vcl_hash {{ hash_data(req.http.Authorization); hash_data(req.http.Accept); }}
            sub vcl_backend_response {{ unset beresp.http.Vary; set beresp.ttl = {FILLED_S}s; return (deliver); }}""")
        return ["varnishd", "-F", "-j", "none", "-n", str(self.folder / "work"), "-f", str(self.folder / "vcl"),
                "-a", f"127.0.0.1:{self.port}", "-s", "malloc,256m", "-p", "thread_pools=1"]


class Bare(Server):
    """libuv alone: the floor. `responses` are files, the origin's answers."""

    title = "bare libuv"

    def __init__(self, folder: Path, origin_port: int, build: Path, responses: list[bytes]) -> None:
        super().__init__(folder, origin_port)
        self._program = build / "bench" / "bench-respond"
        self._responses = responses

    def command(self) -> list[str]:
        files = [self.folder / str(number) for number in range(len(self._responses))]
        for file, response in zip(files, self._responses):
            file.write_bytes(response)
        return [str(self._program), str(self.port), *map(str, files)]
