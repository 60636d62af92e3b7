// SPDX-License-Identifier: MIT
// js-libp2p 2.10 as a partner (../PARTNER.md).

import { gossipsub } from '@chainsafe/libp2p-gossipsub'
import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { identify, identifyPush } from '@libp2p/identify'
import { peerIdFromString } from '@libp2p/peer-id'
import { ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import { tls } from '@libp2p/tls'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { gossipOptions, optionsOf, run, streamLimits } from '../js/partner.mjs'

// This gossipsub has no option for its protocols.
function gossip (protocols) {
  return components => {
    const pubsub = gossipsub(gossipOptions)(components)
    pubsub.multicodecs = protocols
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
    await node.handle(protocol, ({ stream }) => answer(stream), streamLimits)
  },
  async * chunks (stream) {
    for await (const chunk of stream.source) {
      yield chunk.subarray()
    }
  },
  async send (stream, source) {
    await stream.sink(source)
  },
  multiaddr,
  peerIdFromString
})
