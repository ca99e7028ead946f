/** W4, P8: silence itself is the claim. */
import { connect, createServer, type Server } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Stage } from './stage.ts'

interface Wire {
  server: Server
  url: string
  /** Chunks that the worker sent, and connections that it opened. */
  sent: Buffer[]
  connections: number
}

/** Passes everything on, and counts it. */
async function listenIn(port: number): Promise<Wire> {
  const wire: Wire = { server: createServer(), url: '', sent: [], connections: 0 }
  wire.server.on('connection', (client) => {
    wire.connections += 1
    const service = connect(port, '127.0.0.1')
    client.on('data', (chunk) => {
      wire.sent.push(Buffer.from(chunk))
      service.write(chunk)
    })
    service.on('data', (chunk) => client.write(chunk))
    for (const [one, other] of [
      [client, service],
      [service, client],
    ] as const) {
      one.on('close', () => other.destroy())
      one.on('error', () => other.destroy())
    }
  })
  await new Promise<void>((resolve) => wire.server.listen(0, '127.0.0.1', resolve))
  const address = wire.server.address()
  wire.url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
  return wire
}

let stage: Stage
let wire: Wire
beforeAll(async () => {
  stage = await Stage.open()
  wire = await listenIn(stage.service.port)
})
afterAll(async () => {
  await stage.close()
  wire.server.close()
})

it('W4 an idle worker sends nothing but pings: 15 s, every byte counted', { timeout: 60_000 }, async () => {
  await stage.worker({}, wire.url)
  const { connections } = wire
  wire.sent.length = 0
  await new Promise((resolve) => setTimeout(resolve, 15_000))
  expect(wire.connections).toBe(connections)
  // A ping is one masked text frame of ten bytes; one falls into any 15 s, two into some.
  expect(wire.sent.map((chunk) => chunk.length)).toSatisfy(
    (sizes: number[]) => sizes.length >= 1 && sizes.length <= 2 && sizes.every((size) => size === 10),
  )
})
