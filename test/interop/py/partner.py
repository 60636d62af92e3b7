# SPDX-License-Identifier: MIT
"""py-libp2p as a partner: ../PARTNER.md says what it is told and what it answers.

What this release cannot do is answered by `not supported: …`.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import multiaddr
import trio
from libp2p import create_yamux_muxer_option, generate_new_ed25519_identity, new_host
from libp2p.crypto.x25519 import create_new_key_pair as new_noise_keys
from libp2p.host.ping import ID as PING
from libp2p.identity.identify.identify import ID as IDENTIFY
from libp2p.identity.identify.identify import parse_identify_response
from libp2p.identity.identify_push.identify_push import ID_PUSH, identify_push_handler_for, push_identify_to_peers
from libp2p.io.utils import read_exactly
from libp2p.network.stream.exceptions import StreamEOF, StreamReset
from libp2p.peer.id import ID
from libp2p.peer.peerinfo import info_from_p2p_addr
from libp2p.pubsub.gossipsub import PROTOCOL_ID as GOSSIP_1_0
from libp2p.pubsub.gossipsub import PROTOCOL_ID_V11 as GOSSIP_1_1
from libp2p.pubsub.gossipsub import PROTOCOL_ID_V12 as GOSSIP_1_2
from libp2p.pubsub.gossipsub import GossipSub
from libp2p.pubsub.pubsub import Pubsub
from libp2p.rcmgr import ResourceManager
from libp2p.security.noise.transport import PROTOCOL_ID as NOISE
from libp2p.security.noise.transport import Transport as NoiseTransport
from libp2p.security.tls.transport import PROTOCOL_ID as TLS
from libp2p.security.tls.transport import TLSTransport
from libp2p.stream_muxer.yamux.yamux import PROTOCOL_ID as YAMUX
from libp2p.tools.anyio_service import background_trio_service

ECHO, HALF_CLOSE, RESET, SEND = "/test/echo/1", "/test/half-close/1", "/test/reset/1", "/test/send/1"
CHUNK_BYTES = 65536
HALF_CLOSE_BYTES = 1 << 20
HEADER_BYTES = 16
PONG_BYTES = 32
QUEUE_RPCS = 8
READY_BYTES = 64 << 20


class Refused(Exception):
    """The text is the answer's error."""


def us_since(start_ns: int) -> float:
    return (time.monotonic_ns() - start_ns) / 1000


# Byte i of what is echoed, sent and published is i ^ i >> 8 ^ i >> 16: of 256 neighbours, all but the first term agree.
BLOCKS = [bytes(low ^ rest for low in range(256)) for rest in range(256)]


class Pattern:
    """As far as anybody asks: it is made once, a byte at a time would stop all else for a minute."""

    def __init__(self) -> None:
        self.known = b""

    def upto(self, end: int) -> bytes:
        if len(self.known) < end:
            self.known = b"".join(BLOCKS[(block ^ block >> 8) & 255] for block in range((end + 255) // 256))
        return self.known


PATTERN = Pattern()


# ---- streams -----------------------------------------------------------------------------------------------------


async def write_all(stream, count: int) -> None:
    data = PATTERN.upto(count)
    for at in range(0, count, CHUNK_BYTES):
        await stream.write(data[at:min(at + CHUNK_BYTES, count)])
    await stream.close_write()


async def read_all(stream) -> int:
    """Reads to the end; how many bytes came. They must be the right ones."""
    count = 0
    while True:
        try:
            part = await stream.read(CHUNK_BYTES)
        except StreamEOF:
            return count
        if not part:
            return count
        if part != PATTERN.upto(count + len(part))[count:count + len(part)]:
            raise Refused(f"a wrong byte among {len(part)} from {count}")
        count += len(part)


async def was_reset(stream) -> bool:
    try:
        await stream.read()  # with a number, this release says that it was an end
    except StreamReset:
        return True
    except StreamEOF:
        pass
    return False


async def answer_echo(stream) -> None:
    while True:
        try:
            part = await stream.read(CHUNK_BYTES)
        except StreamEOF:
            part = b""
        if not part:
            await stream.close()
            return
        await stream.write(part)


async def answer_half_close(stream) -> None:
    try:
        while await stream.read(CHUNK_BYTES):
            pass
    except StreamEOF:
        pass
    await write_all(stream, HALF_CLOSE_BYTES)


async def answer_send(stream) -> None:
    count = await read_all(stream)
    await stream.write(count.to_bytes(8, "big"))
    await stream.close()


# ---- gossip ------------------------------------------------------------------------------------------------------


@dataclass
class Topic:
    numbers: set[int] = field(default_factory=set)
    copies: int = 0
    wrong: int = 0
    us: list[float] = field(default_factory=list)

    def took(self, data: bytes) -> None:
        now_ns = time.monotonic_ns()
        if len(data) < HEADER_BYTES or data[HEADER_BYTES:] != PATTERN.upto(len(data))[HEADER_BYTES:len(data)]:
            self.wrong += 1
            return
        number, published_ns = int.from_bytes(data[:8], "big"), int.from_bytes(data[8:16], "big")
        self.us.append((now_ns - published_ns) / 1000)
        self.copies += number in self.numbers
        self.numbers.add(number)


class Changes:
    """What waits for something asks again after every change."""

    def __init__(self) -> None:
        self.event = trio.Event()

    def told(self) -> None:
        self.event.set()
        self.event = trio.Event()

    async def until(self, done: Callable[[], bool]) -> None:
        while not done():
            await self.event.wait()


class Gossip(GossipSub):
    """Says when its mesh grows."""

    def __init__(self, protocols: list, changes: Changes) -> None:
        super().__init__(protocols=protocols, degree=6, degree_low=5, degree_high=12, heartbeat_interval=1,
                         adaptive_gossip_enabled=False, spam_protection_enabled=False,
                         eclipse_protection_enabled=False)
        self.changes = changes

    def _notify_mesh_peer_added(self, peer_id: ID, topic: str) -> None:
        super()._notify_mesh_peer_added(peer_id, topic)
        self.changes.told()


class Topics(Pubsub):
    """Hands over every message (a subscription's own queue keeps 32 and drops the rest) and says when others subscribe."""

    def __init__(self, host, router: Gossip) -> None:
        super().__init__(host, router)
        self.changes = router.changes
        self.topics: dict[str, Topic] = {}

    def named(self, name: str) -> Topic:
        return self.topics.setdefault(name, Topic())

    def notify_subscriptions(self, publish_message) -> None:
        if publish_message.from_id == self.my_id.to_bytes():
            return
        for topic in publish_message.topicIDs:
            if topic in self.topic_ids:
                self.named(topic).took(publish_message.data)
        self.changes.told()

    async def write_msg(self, stream, rpc_msg) -> bool:
        written = await super().write_msg(stream, rpc_msg)
        self.changes.told()
        return written

    async def room(self) -> None:
        """Waits until nothing that is published now is dropped."""
        await self.changes.until(lambda: all(len(one) < QUEUE_RPCS for one in self.peer_queues.values()))

    def handle_subscription(self, origin_id: ID, sub_message) -> None:
        super().handle_subscription(origin_id, sub_message)
        self.changes.told()


# ---- the partner -------------------------------------------------------------------------------------------------


class Connections:
    """A notifee that only says that something changed."""

    def __init__(self, changes: Changes) -> None:
        self.changes = changes

    async def connected(self, _network, _conn) -> None:
        self.changes.told()

    async def disconnected(self, _network, _conn) -> None:
        self.changes.told()

    async def opened_stream(self, _network, _stream) -> None:
        pass

    async def closed_stream(self, _network, _stream) -> None:
        pass

    async def listen(self, _network, _addr) -> None:
        pass

    async def listen_close(self, _network, _addr) -> None:
        pass


class Partner:
    def __init__(self, options: argparse.Namespace) -> None:
        keys = generate_new_ed25519_identity()
        security = {
            NOISE: NoiseTransport(keys, noise_privkey=new_noise_keys().private_key),
            TLS: TLSTransport(keys),
        }
        if options.security is not None:
            security = {name: one for name, one in security.items() if name == {"noise": NOISE, "tls": TLS}[options.security]}
        muxers = {name: one for name, one in create_yamux_muxer_option().items() if name == YAMUX}
        self.changes = Changes()
        self.listen = multiaddr.Multiaddr(options.listen)
        self.host = new_host(key_pair=keys, sec_opt=security, muxer_opt=muxers, listen_addrs=[self.listen],
                             resource_manager=ResourceManager(enable_rate_limiting=False))
        self.host.get_network().register_notifee(Connections(self.changes))
        versions = [GOSSIP_1_2, GOSSIP_1_1, GOSSIP_1_0] if options.gossip == "1.2" else [GOSSIP_1_1, GOSSIP_1_0]
        self.gossip = Gossip(versions, self.changes)
        self.pubsub = Topics(self.host, self.gossip)
        self.resets = trio.Semaphore(0)
        self.pushed = 0
        self.answer_streams()

    def answer_streams(self) -> None:
        take_push = identify_push_handler_for(self.host)

        async def answer_push(stream) -> None:
            await take_push(stream)
            self.changes.told()

        for protocol, handler in ((ECHO, answer_echo), (HALF_CLOSE, answer_half_close), (SEND, answer_send),
                                  (RESET, self.answer_reset), (ID_PUSH, answer_push)):
            self.host.set_stream_handler(protocol, handler)

    async def answer_reset(self, stream) -> None:
        asked = await read_exactly(stream, 1)
        if asked == b"t":
            await stream.reset()
            return
        await stream.write(b"u")
        if await was_reset(stream):
            self.resets.release()

    def is_connected(self, peer: ID) -> bool:
        return bool(self.host.get_network().get_connections(peer))

    async def open(self, told: dict, protocol: str):
        return await self.host.new_stream(ID.from_base58(told["peer"]), [protocol])

    # ---- commands: each answers its further members, or nothing ----

    async def do_dial(self, told: dict) -> dict:
        info = info_from_p2p_addr(multiaddr.Multiaddr(told["address"]))
        start_ns = time.monotonic_ns()
        await self.host.connect(info)
        return {"peer": info.peer_id.to_base58(), "us": us_since(start_ns)}

    async def do_dial_many(self, told: dict) -> dict:
        address = multiaddr.Multiaddr(told["address"])
        info = info_from_p2p_addr(address)
        us = []
        for _ in range(told["count"]):
            start_ns = time.monotonic_ns()
            connection = await self.host.get_network().dial_addr(info.addrs[0], info.peer_id)
            us.append(us_since(start_ns))
            await connection.close()
        return {"us": us}

    async def do_connected(self, told: dict) -> None:
        peer = ID.from_base58(told["peer"])
        await self.changes.until(lambda: self.is_connected(peer))

    async def do_hangup(self, told: dict) -> None:
        peer = ID.from_base58(told["peer"])
        await self.host.disconnect(peer)
        await self.changes.until(lambda: not self.is_connected(peer))

    async def do_ping(self, told: dict) -> dict:
        stream = await self.open(told, PING)
        us = []
        for number in range(told["count"]):
            sent = PATTERN.upto(number + PONG_BYTES)[number:number + PONG_BYTES]
            start_ns = time.monotonic_ns()
            await stream.write(sent)
            if await read_exactly(stream, PONG_BYTES) != sent:
                raise Refused("another pong than the ping")
            us.append(us_since(start_ns))
        await stream.close()
        return {"us": us}

    async def do_identify(self, told: dict) -> dict:
        stream = await self.open(told, IDENTIFY)
        response = b""
        try:
            while part := await stream.read(CHUNK_BYTES):
                response += part
        except StreamEOF:
            pass
        await stream.close()
        message = parse_identify_response(response)
        return {"agent": message.agent_version, "protocols": list(message.protocols),
                "listen": [str(multiaddr.Multiaddr(one)) for one in message.listen_addrs],
                "observed": str(multiaddr.Multiaddr(message.observed_addr))}

    async def do_push(self, _told: dict) -> dict:
        self.pushed += 1
        protocol = f"/test/pushed/{self.pushed}"
        self.host.set_stream_handler(protocol, answer_echo)
        await push_identify_to_peers(self.host)
        return {"protocol": protocol}

    async def do_heard_push(self, told: dict) -> None:
        peer, store = ID.from_base58(told["peer"]), self.host.get_peerstore()

        def has() -> bool:
            if "protocol" in told:
                return told["protocol"] in store.get_protocols(peer)
            return any(str(one).startswith(told["address"]) for one in store.addrs(peer))
        await self.changes.until(has)

    async def do_echo(self, told: dict) -> dict:
        start_ns = time.monotonic_ns()
        stream = await self.open(told, ECHO)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(write_all, stream, told["bytes"])
            came = await read_all(stream)
        if came != told["bytes"]:
            raise Refused(f"{came} bytes came back of {told['bytes']}")
        return {"us": us_since(start_ns), "bytes": came}

    async def do_half_close(self, told: dict) -> dict:
        stream = await self.open(told, HALF_CLOSE)
        await stream.write(b"half")
        await stream.close_write()
        return {"bytes": await read_all(stream)}

    async def do_reset(self, told: dict) -> None:
        stream = await self.open(told, RESET)
        if told["by"] == "us":
            await stream.write(b"u")
            await read_exactly(stream, 1)
            await stream.reset()
            return
        await stream.write(b"t")
        if not await was_reset(stream):
            raise Refused("an end and no reset")

    async def do_heard_reset(self, _told: dict) -> None:
        await self.resets.acquire()

    async def do_send(self, told: dict) -> dict:
        start_ns = time.monotonic_ns()
        stream = await self.open(told, SEND)
        await write_all(stream, told["bytes"])
        count = int.from_bytes(await read_exactly(stream, 8), "big")
        if count != told["bytes"]:
            raise Refused(f"{count} bytes came there of {told['bytes']}")
        return {"us": us_since(start_ns), "bytes": count}

    async def do_subscribe(self, told: dict) -> None:
        await self.pubsub.subscribe(told["topic"])

    async def do_subscribers(self, told: dict) -> None:
        await self.changes.until(lambda: len(self.pubsub.peer_topics.get(told["topic"], ())) >= told["count"])

    async def do_in_mesh(self, told: dict) -> None:
        peer = ID.from_base58(told["peer"])
        await self.changes.until(lambda: peer in self.gossip.mesh.get(told["topic"], ()))

    async def do_publish(self, told: dict) -> None:
        count, least, most = told["count"], told["min"], told["max"]
        for k in range(count):
            await self.pubsub.room()
            size = max(least + (most - least) * k // max(count - 1, 1), HEADER_BYTES)
            now = time.monotonic_ns().to_bytes(8, "big")
            data = (told["first"] + k).to_bytes(8, "big") + now + PATTERN.upto(size)[HEADER_BYTES:size]
            await self.pubsub.publish(told["topic"], data)

    async def do_received(self, told: dict) -> dict:
        topic = self.pubsub.named(told["topic"])
        await self.changes.until(lambda: len(topic.numbers) >= told["count"])
        return {"distinct": len(topic.numbers), "copies": topic.copies, "wrong": topic.wrong}

    async def do_latencies(self, told: dict) -> dict:
        topic = self.pubsub.named(told["topic"])
        us, topic.us = topic.us, []
        return {"us": us}

    async def answer(self, told: dict) -> dict:
        command: Callable[[dict], Awaitable[dict | None]] | None = getattr(self, f"do_{told['do']}", None)
        if command is None:
            return {"ok": False, "error": f"not supported: {told['do']}"}
        try:
            return {"ok": True, **(await command(told) or {})}
        except Exception as error:
            logging.exception("%s", told)
            return {"ok": False, "error": f"{type(error).__name__}: {error}"}

    async def run(self) -> None:
        async with self.host.run([self.listen]), background_trio_service(self.pubsub), \
                background_trio_service(self.gossip):
            await self.pubsub.wait_until_ready()
            say({"listening": str(self.host.get_addrs()[0])})
            while line := await trio.to_thread.run_sync(sys.stdin.readline, abandon_on_cancel=True):
                told = json.loads(line)
                if told["do"] == "quit":
                    say({"ok": True})
                    return
                say(await self.answer(told))


def say(value: dict) -> None:
    print(json.dumps(value), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="py-libp2p as a partner")
    parser.add_argument("--security", choices=["noise", "tls"])
    parser.add_argument("--gossip", choices=["1.1", "1.2"], default="1.2")
    parser.add_argument("--listen", default="/ip4/127.0.0.1/tcp/0")
    partner = Partner(parser.parse_args())
    PATTERN.upto(READY_BYTES)
    trio.run(partner.run)


if __name__ == "__main__":
    main()
