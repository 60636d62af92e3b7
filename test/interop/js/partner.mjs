// SPDX-License-Identifier: MIT
// What the js partners have in common (PARTNER.md). `family` is what differs from one js-libp2p to the next:
//   createNode(options)     a started node, with services identify and pubsub
//   handle(node, protocol, answer)
//   chunks(stream)          what comes, as an async iterable of Uint8Array; throws when the stream is reset
//   send(stream, source)    all that an async iterable gives, then our half of the stream is closed
//   multiaddr, peerIdFromString

import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'

const ECHO = '/test/echo/1'
const HALF_CLOSE = '/test/half-close/1'
const RESET = '/test/reset/1'
const SEND = '/test/send/1'
const PING = '/ipfs/ping/1.0.0'
const HALF_CLOSE_BYTES = 1048576
const CHUNK_BYTES = 65536
const HEAD_BYTES = 16
const PATTERN_BYTES = 1 << 24 // after so many it begins again

const pattern = Buffer.alloc(PATTERN_BYTES + CHUNK_BYTES)
for (let i = 0; i < pattern.length; i++) {
  pattern[i] = i ^ (i >> 8) ^ (i >> 16)
}

async function * patternOf (bytes) {
  for (let at = 0; at < bytes; at += CHUNK_BYTES) {
    const begin = at % PATTERN_BYTES
    yield pattern.subarray(begin, begin + Math.min(CHUNK_BYTES, bytes - at))
  }
}

// Is `chunk` what the pattern has from `at` on?
function isPattern (chunk, at) {
  for (let i = 0; i < chunk.length;) {
    const begin = (at + i) % PATTERN_BYTES
    const len = Math.min(CHUNK_BYTES, chunk.length - i)
    if (pattern.compare(chunk, i, i + len, begin, begin + len) !== 0) return false
    i += len
  }
  return true
}

function usSince (began) {
  return Number(process.hrtime.bigint() - began) / 1000
}

// One chunk, then nothing more, but the half stays open: whoever sends it never ends.
async function * open (text) {
  yield Buffer.from(text)
  await new Promise(() => {})
}

// A source that others fill while it is read.
function queue () {
  const waiting = []
  let wake = () => {}
  return {
    push (chunk) {
      waiting.push(chunk)
      wake()
    },
    async * [Symbol.asyncIterator] () {
      for (;;) {
        while (waiting.length > 0) {
          const chunk = waiting.shift()
          if (chunk === null) return
          yield chunk
        }
        await new Promise(resolve => { wake = resolve })
      }
    }
  }
}

class Partner {
  constructor (family, node) {
    this.family = family
    this.node = node
    this.pubsub = node.services.pubsub
    this.told = new Map() // peer -> what identify said last
    this.topics = new Map()
    this.resets = 0
    this.waits = new Set()
    this.pushes = 0
  }

  // ---- events ----

  // Waits until `found()` gives something; looks again whenever anything happens.
  async until (found) {
    for (;;) {
      const result = found()
      if (result) return result
      await new Promise(resolve => this.waits.add(resolve))
    }
  }

  happened () {
    const waits = [...this.waits]
    this.waits.clear()
    waits.forEach(resolve => resolve())
  }

  listen () {
    const happened = () => this.happened()
    for (const type of ['peer:connect', 'peer:disconnect', 'connection:open', 'connection:close', 'peer:update']) {
      this.node.addEventListener(type, happened)
    }
    for (const type of ['subscription-change', 'gossipsub:graft', 'gossipsub:heartbeat']) {
      this.pubsub.addEventListener(type, happened)
    }
    this.node.addEventListener('peer:identify', event => {
      const { peerId, agentVersion, protocols, listenAddrs, observedAddr } = event.detail
      this.told.set(peerId.toString(), {
        agent: agentVersion,
        protocols,
        listen: listenAddrs.map(address => address.toString()),
        observed: observedAddr?.toString() ?? null
      })
      this.happened()
    })
    this.pubsub.addEventListener('message', event => this.onMessage(event.detail))
  }

  onMessage ({ topic, data }) {
    const now = process.hrtime.bigint()
    const heard = this.topics.get(topic)
    if (heard === undefined) return
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength)
    if (bytes.length < HEAD_BYTES || !isPattern(bytes.subarray(HEAD_BYTES), HEAD_BYTES)) {
      heard.wrong++
      return
    }
    const number = bytes.readBigUInt64BE(0)
    if (heard.numbers.has(number)) heard.copies++
    heard.numbers.add(number)
    heard.latencies.push(Number(now - bytes.readBigUInt64BE(8)) / 1000)
    this.happened()
  }

  // ---- the protocols ----

  async serve () {
    const { family } = this
    const answers = {
      [ECHO]: stream => family.send(stream, family.chunks(stream)),
      [HALF_CLOSE]: async stream => {
        await this.count(stream)
        await family.send(stream, patternOf(HALF_CLOSE_BYTES))
      },
      [RESET]: stream => this.answerReset(stream),
      [SEND]: async stream => {
        const count = Buffer.alloc(8)
        count.writeBigUInt64BE(BigInt(await this.count(stream)))
        await family.send(stream, [count])
      }
    }
    for (const [protocol, answer] of Object.entries(answers)) {
      await family.handle(this.node, protocol, stream => {
        answer(stream).catch(error => {
          console.error(`${protocol}: ${error.name}: ${error.message}`)
          stream.abort(error)
        })
      })
    }
  }

  async count (stream) {
    let bytes = 0
    for await (const chunk of this.family.chunks(stream)) {
      bytes += chunk.length
    }
    return bytes
  }

  async answerReset (stream) {
    const chunks = this.family.chunks(stream)[Symbol.asyncIterator]()
    const { value } = await chunks.next()
    if (value[0] === 't'.charCodeAt(0)) {
      stream.abort(new Error('asked to reset'))
      return
    }
    this.family.send(stream, open('u')).catch(() => {})
    const end = await chunks.next().catch(() => null)
    if (end === null) {
      this.resets++
      this.happened()
    }
  }

  async open ({ peer }, protocol) {
    return this.node.dialProtocol(this.family.peerIdFromString(peer), protocol)
  }

  // ---- orders ----

  // 2.10 keeps TLS connections that both ends closed at once, and gives them to those who dial without force.
  isConnected (peer) {
    return this.node.getConnections(this.family.peerIdFromString(peer)).some(({ status }) => status === 'open')
  }

  async dial ({ address }) {
    const began = process.hrtime.bigint()
    const connection = await this.node.dial(this.family.multiaddr(address), { force: true })
    return { peer: connection.remotePeer.toString(), us: usSince(began) }
  }

  async connected ({ peer }) {
    await this.until(() => this.isConnected(peer))
  }

  async hangup ({ peer }) {
    await this.node.hangUp(this.family.peerIdFromString(peer))
    await this.until(() => !this.isConnected(peer))
  }

  async dial_many ({ address, count }) {
    const us = []
    for (let i = 0; i < count; i++) {
      const began = process.hrtime.bigint()
      const connection = await this.node.dial(this.family.multiaddr(address), { force: true })
      us.push(usSince(began))
      await connection.close()
    }
    return { us }
  }

  async ping ({ peer, count }) {
    const stream = await this.open({ peer }, PING)
    const out = queue()
    const sent = this.family.send(stream, out)
    const chunks = this.family.chunks(stream)[Symbol.asyncIterator]()
    const us = []
    for (let i = 0; i < count; i++) {
      const bytes = crypto.getRandomValues(new Uint8Array(32))
      const began = process.hrtime.bigint()
      out.push(bytes)
      const back = []
      while (back.length < bytes.length) {
        const { value, done } = await chunks.next()
        if (done) throw new Error('the stream ended early')
        back.push(...value)
      }
      us.push(usSince(began))
      if (Buffer.compare(Buffer.from(back), bytes) !== 0) throw new Error('other bytes came back')
    }
    out.push(null)
    await sent
    return { us }
  }

  async identify ({ peer }) {
    return this.until(() => this.told.get(peer))
  }

  async push () {
    const protocol = `/test/pushed/${++this.pushes}`
    await this.family.handle(this.node, protocol, stream => stream.abort(new Error('only told of')))
    return { protocol }
  }

  async heard_push ({ peer, protocol, address }) {
    await this.until(() => {
      const told = this.told.get(peer)
      return told?.protocols.includes(protocol) || told?.listen.some(known => known.split('/p2p/')[0] === address)
    })
  }

  async echo ({ peer, bytes }) {
    const began = process.hrtime.bigint()
    const stream = await this.open({ peer }, ECHO)
    const sent = this.family.send(stream, patternOf(bytes))
    sent.catch(() => {}) // told below, if reading does not fail before
    let received = 0
    for await (const chunk of this.family.chunks(stream)) {
      if (!isPattern(chunk, received)) throw new Error('other bytes came back than were sent')
      received += chunk.length
    }
    await sent
    if (received !== bytes) throw new Error(`${received} bytes came back`)
    return { us: usSince(began), bytes: received }
  }

  async half_close ({ peer }) {
    const stream = await this.open({ peer }, HALF_CLOSE)
    await this.family.send(stream, patternOf(4))
    return { bytes: await this.count(stream) }
  }

  async reset ({ peer, by }) {
    const stream = await this.open({ peer }, RESET)
    this.family.send(stream, open(by === 'us' ? 'u' : 't')).catch(() => {})
    const chunks = this.family.chunks(stream)[Symbol.asyncIterator]()
    const first = await chunks.next().catch(() => null)
    if (by === 'us') {
      if (first === null || first.done) throw new Error('no answer came')
      stream.abort(new Error('told to reset'))
    } else if (first !== null) {
      throw new Error('the stream ended otherwise')
    }
  }

  async heard_reset () {
    await this.until(() => this.resets > 0)
    this.resets--
  }

  async send ({ peer, bytes }) {
    const began = process.hrtime.bigint()
    const stream = await this.open({ peer }, SEND)
    await this.family.send(stream, patternOf(bytes))
    const answer = []
    for await (const chunk of this.family.chunks(stream)) {
      answer.push(chunk)
    }
    const us = usSince(began)
    const count = Buffer.concat(answer)
    if (count.length !== 8 || count.readBigUInt64BE() !== BigInt(bytes)) throw new Error('another number of bytes arrived')
    return { us }
  }

  async subscribe ({ topic }) {
    if (!this.topics.has(topic)) this.topics.set(topic, { numbers: new Set(), copies: 0, wrong: 0, latencies: [] })
    this.pubsub.subscribe(topic)
  }

  async subscribers ({ topic, count }) {
    await this.until(() => this.pubsub.getSubscribers(topic).length >= count)
  }

  async in_mesh ({ topic, peer }) {
    await this.until(() => this.pubsub.mesh.get(topic)?.has(peer))
  }

  async publish ({ topic, first, count, min, max }) {
    for (let k = 0; k < count; k++) {
      const len = count === 1 ? min : min + Math.floor((max - min) * k / (count - 1))
      const data = Buffer.from(pattern.subarray(0, len))
      data.writeBigUInt64BE(BigInt(first + k), 0)
      data.writeBigUInt64BE(process.hrtime.bigint(), 8)
      await this.pubsub.publish(topic, data)
    }
  }

  heard (topic) {
    const heard = this.topics.get(topic)
    if (heard === undefined) throw new Error('not subscribed to that topic')
    return heard
  }

  async received ({ topic, count }) {
    const heard = this.heard(topic)
    await this.until(() => heard.numbers.size >= count)
    return { distinct: heard.numbers.size, copies: heard.copies, wrong: heard.wrong }
  }

  async latencies ({ topic }) {
    const heard = this.heard(topic)
    const us = heard.latencies
    heard.latencies = []
    return { us }
  }
}

const ORDERS = ['dial', 'connected', 'hangup', 'dial_many', 'ping', 'identify', 'push', 'heard_push', 'echo', 'half_close',
  'reset', 'heard_reset', 'send', 'subscribe', 'subscribers', 'in_mesh', 'publish', 'received', 'latencies']

function tell (line) {
  process.stdout.write(JSON.stringify(line) + '\n')
}

async function obey (partner, line) {
  try {
    const order = JSON.parse(line)
    if (!ORDERS.includes(order.do)) throw new Error('no such order')
    tell({ ok: true, ...await partner[order.do](order) })
  } catch (error) {
    tell({ ok: false, error: `${error.name}: ${error.message}` })
  }
}

export async function run (family) {
  const { values } = parseArgs({
    options: {
      security: { type: 'string' },
      gossip: { type: 'string', default: '1.2' },
      listen: { type: 'string', default: '/ip4/127.0.0.1/tcp/0' }
    }
  })
  const node = await family.createNode({
    listen: values.listen,
    securities: values.security === undefined ? ['noise', 'tls'] : [values.security],
    gossips: (values.gossip === '1.1' ? [] : ['/meshsub/1.2.0']).concat('/meshsub/1.1.0', '/meshsub/1.0.0')
  })
  const partner = new Partner(family, node)
  partner.listen()
  await partner.serve()
  tell({ listening: node.getMultiaddrs()[0].toString() })

  const input = createInterface({ input: process.stdin })
  input.on('close', () => process.exit(0))
  let last = Promise.resolve()
  input.on('line', line => {
    last = last.then(async () => {
      if (line.includes('"quit"')) {
        tell({ ok: true })
        process.exit(0)
      }
      await obey(partner, line)
    })
  })
}

// What the options of createLibp2p have in common; the defaults refuse loopback, more than five dials a second from one
// host, and gossip with many peers on one address.
export function optionsOf ({ listen }) {
  return {
    addresses: { listen: [listen] },
    connectionManager: { inboundConnectionThreshold: 100_000, maxConnections: 1000, maxIncomingPendingConnections: 1000 },
    connectionGater: { denyDialMultiaddr: () => false },
    connectionMonitor: { enabled: false } // its ping would be the one stream that may ping
  }
}

export const gossipOptions = {
  allowPublishToZeroTopicPeers: true,
  scoreParams: { IPColocationFactorWeight: 0 }
}

export const streamLimits = { maxInboundStreams: 1024, maxOutboundStreams: 1024 }
