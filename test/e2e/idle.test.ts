/** W4, P8: silence itself is the claim. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Stage } from './stage.ts'
import { Tap } from './tap.ts'

let stage: Stage
let tap: Tap
beforeAll(async () => {
  stage = await Stage.open()
  tap = await Tap.open(stage.service.port)
})
afterAll(async () => {
  await stage.close()
  tap.close()
})

it('W4 an idle worker sends nothing but pings: 15 s, every byte counted', { timeout: 60_000 }, async () => {
  await stage.worker({}, tap.url)
  const { connections } = tap
  tap.forget()
  await new Promise((resolve) => setTimeout(resolve, 15_000))
  expect(tap.connections).toBe(connections)
  // A ping is one masked text frame of ten bytes; one falls into any 15 s, two into some.
  expect(tap.passed.filter(({ from }) => from === 'worker').map(({ chunk }) => chunk.length)).toSatisfy(
    (sizes: number[]) => sizes.length >= 1 && sizes.length <= 2 && sizes.every((size) => size === 10),
  )
})
