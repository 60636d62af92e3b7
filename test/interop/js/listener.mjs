// SPDX-License-Identifier: MIT
// Prints `listening MULTIADDR`, then answers pings and identify. Each line on standard input, `MULTIADDR COUNT`, makes
// it dial that peer and ping it; standard input's end ends it.

import { createInterface } from 'node:readline'
import { multiaddr } from '@multiformats/multiaddr'
import { pingMany, startPeer } from './peer.mjs'

function told (error) {
  console.log(JSON.stringify({ error: `${error.name}: ${error.message}` }))
}

const node = await startPeer()
for (const address of node.getMultiaddrs()) {
  console.log(`listening ${address}`)
}
for await (const line of createInterface({ input: process.stdin })) {
  const [address, count = '1'] = line.trim().split(/\s+/)
  if (address !== '') {
    await pingMany(node, multiaddr(address), Number(count)).catch(told)
  }
}
await node.stop()
