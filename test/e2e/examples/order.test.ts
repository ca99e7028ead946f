/** examples/order: approved or not, cancelled, and undone in reverse order; by worker processes that are killed. */
import { join } from 'node:path'
import { ApplicationFailure } from 'perdure'
import { WorkflowCancelledError, WorkflowFailedError, type WorkflowHandle } from 'perdure/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Order, order } from '../../../examples/order/order.ts'
import { repository } from '../../../scripts/repository.ts'
import type { WorkerProcess } from '../../../scripts/worker-process.ts'
import { runScript } from '../script.ts'
import { Stage } from '../stage.ts'

const example = (file: string): string => join(repository, 'examples', 'order', file)
const deadline = { timeout: 20_000, interval: 20 }

let stage: Stage
let worker: WorkerProcess
beforeAll(async () => {
  stage = await Stage.open({ entry: example('worker.ts') })
  worker = await stage.worker()
})
afterAll(() => stage.close())

const place = (number: string, more: Partial<Order>): Promise<WorkflowHandle<{ parcel: string }>> =>
  stage.client.start(
    order,
    { number, items: ['lamp'], total: 100, address: 'Elm Street 1', coolingOff: '20ms', ...more },
    { id: `order-${number}` },
  )

const decide = (number: string, word: string) => runScript(example('decide.ts'), [number, word], stage.env)

const waitsFor = (handle: WorkflowHandle, what: object) =>
  expect.poll(() => handle.describe(), deadline).toMatchObject({ status: 'WAITING', awaiting: [what] })
const approval = { type: 'promise', name: 'approval' }

/** The tasks, in the order in which they were asked for. */
async function tasksOf(handle: WorkflowHandle): Promise<string[]> {
  const { events } = await handle.history()
  return events.flatMap((event) => (event.type === 'TASK_SCHEDULED' ? [event.data.kind] : []))
}

const thrownBy = (handle: WorkflowHandle): Promise<unknown> => handle.result().catch((error: unknown) => error)

test('place.ts: a small order goes through by itself', async () => {
  const { code, out, errors } = await runScript(example('place.ts'), ['1', '100'], stage.env)
  expect({ code, errors }).toEqual({ code: 0, errors: '' })
  expect(out).toBe("placed order-1\nshipped: { parcel: 'parcel-1' }\n")
})

test('a large order waits for a person, also while its worker is killed', async () => {
  const handle = await place('2', { total: 5_000 })
  await waitsFor(handle, approval)
  await worker.kill('SIGKILL')
  expect(await decide('2', 'yes')).toEqual({ code: 0, out: 'order-2: yes\n', errors: '' })
  worker = await stage.worker()
  expect(await handle.result()).toEqual({ parcel: 'parcel-2' })
  expect(await tasksOf(handle)).toEqual(['reserve', 'charge', 'ship'])
})

test('an order that is not approved is undone, and fails', async () => {
  const handle = await place('3', { total: 5_000 })
  await waitsFor(handle, approval)
  await decide('3', 'no')
  const error = await thrownBy(handle)
  expect(WorkflowFailedError.is(error) && ApplicationFailure.is(error.cause) && error.cause.type).toBe('NotApproved')
  expect(await tasksOf(handle)).toEqual(['reserve', 'release'])
})

test('what cannot be shipped is undone, the last step first', async () => {
  const handle = await place('4', { address: '' })
  expect(WorkflowFailedError.is(await thrownBy(handle))).toBe(true)
  expect(await tasksOf(handle)).toEqual(['reserve', 'charge', 'ship', 'refund', 'release'])
})

test('W14: cancelled while it waits, it undoes what was done, shielded, and ends CANCELLED', async () => {
  const handle = await place('5', { coolingOff: '1 hour' })
  await waitsFor(handle, { type: 'timer' })
  expect((await decide('5', 'cancel')).code).toBe(0)
  expect(WorkflowCancelledError.is(await thrownBy(handle))).toBe(true)
  expect(await tasksOf(handle)).toEqual(['reserve', 'charge', 'refund', 'release'])
})

test('N6: an approval that comes before it is asked for counts', async () => {
  await worker.kill()
  const handle = await place('6', { total: 5_000 })
  expect(await handle.resolvePromise('approval', { approved: true, by: 'Ada' })).toEqual({ alreadySettled: false })
  expect(await handle.resolvePromise('approval', { approved: false, by: 'Bob' })).toEqual({ alreadySettled: true })
  worker = await stage.worker()
  expect(await handle.result()).toEqual({ parcel: 'parcel-6' })
})
