// SPDX-License-Identifier: MIT
// A js-libp2p node on loopback with nothing but what the interop tests speak: TCP, Noise, yamux, identify, ping.

import { identify } from '@libp2p/identify'
import { noise } from '@libp2p/noise'
import { ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { createLibp2p } from 'libp2p'

// The defaults refuse loopback and more than five dials a second from one host.
export async function startPeer () {
  return createLibp2p({
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionManager: { inboundConnectionThreshold: 100_000, maxConnections: 1000 },
    connectionGater: { denyDialMultiaddr: () => false },
    services: { identify: identify(), ping: ping() }
  })
}

// Dials once, pings `count` times on that connection, prints one line of JSON a ping.
export async function pingMany (node, address, count) {
  const connection = await node.dial(address, { signal: AbortSignal.timeout(10_000) })
  for (let i = 0; i < count; i++) {
    const beganMs = performance.now()
    await node.services.ping.ping(address, { signal: AbortSignal.timeout(10_000) })
    console.log(JSON.stringify({ rtt_ms: Number((performance.now() - beganMs).toFixed(3)) }))
  }
  await connection.close()
}
