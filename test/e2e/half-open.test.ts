/** W2: a worker that stands still and keeps its socket is found by its missing pings. */
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { Stage } from './stage.ts'
import { held } from './steps.ts'

let stage: Stage
beforeAll(async () => {
  stage = await Stage.open()
})
afterAll(() => stage.close())

it('W2 W8 a stopped process loses its task within 40 s; when it goes on, it is told to stop and its answer is stale', {
  timeout: 120_000,
}, async () => {
  const stopped = await stage.worker()
  const handle = await stage.client.start(held, { tasks: 1, until: stage.path('go') }, { id: 'held' })
  await vi.waitFor(() => expect(stage.bodies()).toHaveLength(1), { timeout: 20_000, interval: 10 })
  process.kill(stopped.pid, 'SIGSTOP')
  const other = await stage.worker()
  await vi.waitFor(() => expect(stage.bodies()).toHaveLength(2), { timeout: 60_000, interval: 50 })
  process.kill(stopped.pid, 'SIGCONT')
  stage.release('go')
  expect(await handle.result()).toEqual([other.pid])
  const { events } = await handle.history()
  expect(events.filter(({ type }) => type === 'TASK_COMPLETED')).toMatchObject([{ data: { attempt: 2 } }])
})
