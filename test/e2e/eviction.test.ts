/** W2: nothing of the hand-out is in memory any more when the worker dies. */
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { Stage } from './stage.ts'
import { held } from './steps.ts'

let stage: Stage
beforeAll(async () => {
  stage = await Stage.open()
})
afterAll(() => stage.close())

it('W2 a held task survives idle eviction of its objects; then its worker is killed, and it is taken over within 10 s', {
  timeout: 60_000,
}, async () => {
  const first = await stage.worker()
  const handle = await stage.client.start(held, { tasks: 1, until: stage.path('go') }, { id: 'held' })
  await vi.waitFor(() => expect(stage.bodies()).toHaveLength(1), { timeout: 20_000, interval: 10 })
  // An object is evicted when nobody has spoken to it for some ten seconds: here silence is what is needed.
  await new Promise((resolve) => setTimeout(resolve, 20_000))
  const second = await stage.worker()
  await first.kill('SIGKILL')
  await vi.waitFor(() => expect(stage.bodies()).toHaveLength(2), { timeout: 10_000, interval: 10 })
  stage.release('go')
  expect(await handle.result()).toEqual([second.pid])
})
