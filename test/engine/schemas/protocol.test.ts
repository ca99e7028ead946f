/** The socket's messages and their version go together: whoever changes one must raise the other. */
import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { down } from '../../../schemas/socket/down.ts'
import { protocol } from '../../../schemas/socket/protocol.ts'
import { up } from '../../../schemas/socket/up.ts'

const locked = { version: 1, hash: '02a62f04498f3759' }

it('the hash of all messages belongs to the protocol version', () => {
  const shapes = [up, down].map((schema) => z.toJSONSchema(schema, { unrepresentable: 'any', io: 'input' }))
  const hash = createHash('sha256').update(JSON.stringify(shapes)).digest('hex').slice(0, 16)
  expect({ version: protocol.version, hash }).toEqual(locked)
  expect(protocol.subprotocol).toBe(`perdure.v${protocol.version}`)
})
