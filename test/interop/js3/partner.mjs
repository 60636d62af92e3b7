// SPDX-License-Identifier: MIT
// js-libp2p 3.3 as a partner (../PARTNER.md).

import { gossipsub } from '@libp2p/gossipsub'
import { identify, identifyPush } from '@libp2p/identify'
import { noise } from '@libp2p/noise'
import { peerIdFromString } from '@libp2p/peer-id'
import { ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import { tls } from '@libp2p/tls'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { gossipOptions, optionsOf, run, streamLimits } from '../js/partner.mjs'

const READ_AHEAD_MAX = 1 << 20
const HELD_MAX = 32 << 20 // a paused stream holds a window, up to 16 MiB, but is reset at 4 MiB unless told otherwise

// The stream's own iterator has no back-pressure, and does not end when the other's half was closed before it began.
async function * chunks (stream) {
  const waiting = []
  let bytes = 0
  let error
  let wake = () => {}
  stream.maxReadBufferLength = HELD_MAX
  stream.addEventListener('message', ({ data }) => {
    waiting.push(data.subarray())
    bytes += data.byteLength
    if (bytes > READ_AHEAD_MAX && stream.readStatus === 'readable') stream.pause()
    wake()
  })
  stream.addEventListener('end', () => wake())
  stream.addEventListener('close', event => {
    error = event.error
    wake()
  })
  for (;;) {
    while (waiting.length > 0) {
      const chunk = waiting.shift()
      bytes -= chunk.length
      yield chunk
    }
    if (stream.readStatus === 'paused') {
      stream.resume()
      continue
    }
    if (stream.status === 'reset' || stream.status === 'aborted') throw error ?? new Error(`stream ${stream.status}`)
    if (stream.readableEnded || stream.status === 'closed') return
    await new Promise(resolve => { wake = resolve })
  }
}

async function send (stream, source) {
  for await (const chunk of source) {
    if (!stream.send(chunk)) await stream.onDrain()
  }
  await stream.close()
}

// Its option for the protocols has no effect.
function gossip (protocols) {
  return components => {
    const pubsub = gossipsub(gossipOptions)(components)
    pubsub.protocols = protocols
    return pubsub
  }
}

await run({
  async createNode (options) {
    return createLibp2p({
      ...optionsOf(options),
      transports: [tcp()],
      connectionEncrypters: options.securities.map(name => ({ noise, tls })[name]()),
      streamMuxers: [yamux()],
      services: { identify: identify(), identifyPush: identifyPush(), ping: ping(), pubsub: gossip(options.gossips) }
    })
  },
  async handle (node, protocol, answer) {
    await node.handle(protocol, stream => answer(stream), streamLimits)
  },
  chunks,
  send,
  multiaddr,
  peerIdFromString
})
