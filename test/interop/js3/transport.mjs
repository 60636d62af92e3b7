// SPDX-License-Identifier: MIT
// js-libp2p 3.3 in the part of ../transport.c: the environment is that of libp2p's unified-testing.

import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { identify } from '@libp2p/identify'
import { noise } from '@libp2p/noise'
import { ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import { tls } from '@libp2p/tls'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { optionsOf } from '../js/partner.mjs'

const { IS_DIALER, REDIS_ADDR, TEST_KEY, SECURE_CHANNEL, LISTENER_IP } = process.env
const key = `${TEST_KEY}_listener_multiaddr`

// The few replies of Redis that are needed: one value, or the last one of an array of strings.
async function redis (...words) {
  const [host, port] = REDIS_ADDR.split(':')
  const socket = connect(Number(port), host)
  socket.write(`*${words.length}\r\n` + words.map(word => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join(''))
  let lines = 1
  let reply
  for await (const line of createInterface(socket)) {
    if (line.startsWith('-')) throw new Error(line)
    if (line.startsWith('*')) lines += Number(line.slice(1))
    else if (line.startsWith('$')) continue
    else reply = line
    if (--lines <= 0) break
  }
  socket.destroy()
  return reply
}

const isDialer = IS_DIALER === 'true'
const node = await createLibp2p({
  ...optionsOf({ listen: `/ip4/${LISTENER_IP}/tcp/0` }),
  ...(isDialer ? { addresses: {} } : {}),
  transports: [tcp()],
  connectionEncrypters: [{ noise, tls }[SECURE_CHANNEL]()],
  streamMuxers: [yamux()],
  services: { identify: identify(), ping: ping() }
})
if (isDialer) {
  const address = multiaddr(await redis('BLPOP', key, '0'))
  const start = performance.now()
  await node.dial(address)
  const rtt = await node.services.ping.ping(address)
  const all = performance.now() - start
  console.log(`latency:\n  handshake_plus_one_rtt: ${all.toFixed(3)}\n  ping_rtt: ${rtt.toFixed(3)}\n  unit: ms`)
  process.exit(0)
}
process.on('SIGTERM', () => process.exit(0))
await redis('DEL', key)
await redis('RPUSH', key, node.getMultiaddrs()[0].toString())
