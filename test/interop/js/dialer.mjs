// SPDX-License-Identifier: MIT
// `node dialer.mjs MULTIADDR [COUNT] [DIALS]`: DIALS new connections one after the other, COUNT pings on each.
// Prints {"rtt_ms":…} for each ping; ends with 1 and the reason when the peer does not answer.

import { multiaddr } from '@multiformats/multiaddr'
import { pingMany, startPeer } from './peer.mjs'

const [address, count = '1', dials = '1'] = process.argv.slice(2)
if (address === undefined) {
  console.error('usage: dialer.mjs MULTIADDR [COUNT] [DIALS]')
  process.exit(2)
}
const node = await startPeer()
try {
  for (let i = 0; i < Number(dials); i++) {
    await pingMany(node, multiaddr(address), Number(count))
  }
} catch (error) {
  console.error(`dialer: ${error.name}: ${error.message}`)
  process.exitCode = 1
} finally {
  await node.stop()
}
