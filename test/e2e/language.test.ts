/** Workflows that wait, talk, start each other and are cancelled, by worker processes on the real service. */
import { join } from 'node:path'
import { WorkflowCancelledError, type WorkflowHandle } from 'perdure/client'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { repository } from '../../scripts/repository.ts'
import { go, nested, six } from './language.ts'
import { Stage } from './stage.ts'
import { Tap } from './tap.ts'

const deadline = { timeout: 20_000, interval: 20 }

let stage: Stage
beforeEach(async () => {
  stage = await Stage.open({ entry: join(repository, 'test', 'e2e', 'language-worker.ts') })
})
afterEach(() => stage.close())

const waitsFor = (handle: WorkflowHandle, type: string) =>
  expect.poll(() => handle.describe(), deadline).toMatchObject({ status: 'WAITING', awaiting: [{ type }] })

describe('S5 a worker that sits idle is handed what there is, and asks for nothing', () => {
  const isActivation = ({ from, chunk }: Tap['passed'][number]) => from === 'service' && chunk.includes('"type":"activation"')
  const requestsIn = (passed: Tap['passed']) =>
    passed.flatMap(({ from, chunk }) => (from === 'worker' ? (/^[A-Z]+ \/\S*/.exec(chunk.toString('latin1')) ?? []) : []))

  test('S5 after start, task, timer, promise, signal and child', async () => {
    const tap = await Tap.open(stage.service.port, { readable: true })
    await Promise.all([stage.worker({}, tap.url), stage.worker({ QUEUE: 'elsewhere' })])
    const handle = stage.client.handle('six-1', six)
    const child = stage.client.handle('six-1-child')
    const { client } = stage
    const paths: [name: string, ready: () => Promise<unknown>, cause: () => Promise<unknown> | undefined][] = [
      ['start', async () => undefined, () => client.start(six, { until: stage.path('go') }, { id: 'six-1' })],
      ['task', () => waitsFor(handle, 'task'), async () => stage.release('go')],
      ['timer', () => waitsFor(handle, 'timer'), async () => undefined],
      ['promise', () => waitsFor(handle, 'promise'), () => handle.resolvePromise('asked', 'promise')],
      ['signal', () => waitsFor(handle, 'signal'), () => handle.signal(go, 'signal')],
      ['child', () => waitsFor(child, 'signal'), () => child.signal(go, 'child')],
    ]
    for (const [name, ready, cause] of paths) {
      await ready()
      tap.forget()
      await cause()
      await expect.poll(() => tap.passed.some(isActivation), { ...deadline, message: `an activation after ${name}` }).toBe(true)
      const before = tap.passed.slice(0, tap.passed.findIndex(isActivation))
      expect({ name, requests: requestsIn(before) }).toEqual({ name, requests: [] })
    }
    expect(await handle.result()).toEqual(['task', undefined, 'promise', 'signal', 'child'])
    tap.close()
  })
})

describe('three levels of workflows, each with a worker of its own', () => {
  const queues = ['top', 'middle', 'bottom']
  const ids = (top: string) => [top, `${top}:1:child-1`, `${top}:1:child-1:1:child-1`]
  const workers = () => Promise.all(queues.map((queue) => stage.worker({ QUEUE: queue })))
  const start = (id: string) => stage.client.start(nested, { queues, folder: stage.folder }, { id, queue: 'top' })
  const typesOf = async (id: string) => (await stage.client.handle(id).history()).events.map(({ type }) => type)
  const statusOf = async (id: string) => (await stage.client.handle(id).describe()).status

  /** How often a task of an execution has begun. */
  const begun = (id: string) => stage.bodies().filter((line) => line.startsWith(`held ${id} `)).length

  test('W2 N12 each level’s worker killed with -9 in its work, then the service: each end is told once', {
    timeout: 120_000,
  }, async () => {
    const running = await workers()
    const handle = await start('tree-1')
    for (const [level, worker] of running.entries()) {
      const [id = '', queue = ''] = [ids('tree-1')[level], queues[level]]
      await expect.poll(() => begun(id), deadline).toBe(1)
      await worker.kill('SIGKILL')
      await stage.worker({ QUEUE: queue })
      await expect.poll(() => begun(id), deadline).toBe(2)
      if (queue === 'bottom') await stage.crash()
      stage.release(queue)
    }
    expect(await handle.result()).toEqual([...queues, 'task'])
    for (const id of ids('tree-1').slice(0, 2)) {
      const types = await typesOf(id)
      expect(types.filter((type) => type.startsWith('CHILD_WORKFLOW'))).toEqual([
        'CHILD_WORKFLOW_INITIATED',
        'CHILD_WORKFLOW_STARTED',
        'CHILD_WORKFLOW_COMPLETED',
      ])
      expect(types.at(-1)).toBe('WORKFLOW_COMPLETED')
    }
  })

  test('W14 a cancel at the top goes down to the task; every level cleans up and ends CANCELLED', async () => {
    await workers()
    const handle = await start('tree-2')
    for (const queue of ['top', 'middle']) stage.release(queue)
    await expect.poll(() => begun(ids('tree-2')[2] ?? ''), deadline).toBe(1)
    await handle.cancel('not needed')
    const error: unknown = await handle.result().catch((caught: unknown) => caught)
    expect(WorkflowCancelledError.is(error)).toBe(true)
    for (const id of ids('tree-2')) await expect.poll(() => statusOf(id), deadline).toBe('CANCELLED')
    expect(
      stage
        .bodies()
        .filter((line) => line.startsWith('cleaned'))
        .sort(),
    ).toEqual(queues.map((queue) => `cleaned ${queue}`).sort())
    const bottom = await typesOf(ids('tree-2')[2] ?? '')
    expect(bottom).toContain('TASK_CANCELLATION_REQUESTED')
  })
})
