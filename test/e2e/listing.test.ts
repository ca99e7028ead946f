/** Finding what runs, and what does not, over the real service and worker processes. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { queueList, workerList } from '../../schemas/queues.ts'
import { call, problemOf } from '../api/service.ts'
import { Stage } from './stage.ts'

const soon = { timeout: 30_000, interval: 50 }

let stage: Stage
beforeAll(async () => {
  stage = await Stage.open()
})
afterAll(() => stage.close())

const get = (path: string) => call(stage.service.url, `acme${path}`, { key: stage.apiKey })
const idsOf = async (query: string): Promise<string[]> => {
  const ids: string[] = []
  for await (const { id } of stage.client.list({ query, order: 'oldest' })) ids.push(id)
  return ids
}
/** A worker that is not ours: it polls, and says that its code does not work. */
async function failOnce(queue: string, kind: string): Promise<void> {
  const body = { workerId: 'broken', workflows: [kind], tasks: [], accept: { workflow: 1, task: 0 }, waitMs: 5_000 }
  const polled = await call(stage.service.url, `acme/queues/${queue}/poll`, { key: stage.apiKey, body })
  const { activations } = (await polled.json()) as { activations: { executionId: string; activationId: string; token: string }[] }
  for (const { executionId, activationId, token } of activations) {
    const door = `acme/workflow-executions/${executionId}/activations/${activationId}/fail`
    await call(stage.service.url, door, {
      key: stage.apiKey,
      body: { token, failure: { type: 'Broken', message: 'the code does not load' } },
    })
  }
}

describe('every filter', () => {
  let between = 0

  beforeAll(async () => {
    await stage.client.start('album', undefined, { id: 'a1', attributes: { customer: 'x', n: 1 } })
    await stage.client.start('album', undefined, { id: 'a2', queue: 'media', attributes: { customer: 'y', vip: true } })
    await stage.client.handle('a2').terminate()
    between = (await stage.client.handle('a2').describe()).startedAt + 1
    while (Date.now() <= between) await stage.client.handle('a2').describe()
    await stage.client.start('order', undefined, { id: 'o1', attributes: { tags: ['red', 'blue'] } })
    await stage.client.handle('o1').pause()
    await vi.waitFor(async () => expect(await idsOf('status IN (TERMINATED, PAUSED)')).toEqual(['a2', 'o1']), soon)
  })

  const ids = async (options: Parameters<Stage['client']['list']>[0]): Promise<string> => {
    const { items } = await stage.client.list({ order: 'oldest', ...options })
    expect(await stage.client.count(options)).toBe(items.length)
    return items.map(({ id }) => id).join()
  }

  test('narrows a list and its count alike', async () => {
    expect(await ids({ status: 'TERMINATED' })).toBe('a2')
    expect(await ids({ status: ['TERMINATED', 'PAUSED'] })).toBe('a2,o1')
    expect(await ids({ kind: 'album' })).toBe('a1,a2')
    expect(await ids({ kind: ['album', 'order'], queue: 'default' })).toBe('a1,o1')
    expect(await ids({ queue: ['media'] })).toBe('a2')
    expect(await ids({ parent: 'a1' })).toBe('')
    expect(await ids({ startedAfter: between })).toBe('o1')
    expect(await ids({ startedBefore: new Date(between) })).toBe('a1,a2')
    expect(await ids({ query: 'attributes.tags CONTAINS "blue"' })).toBe('o1')
    expect(await ids({ kind: 'album', query: 'attributes.vip = true OR attributes.n < 2' })).toBe('a1,a2')
    expect((await stage.client.list({ order: 'newest' })).items.map(({ id }) => id)).toEqual(['o1', 'a2', 'a1'])
  })

  test('what is no filter, or no value of it, is refused by its name', async () => {
    const refused: [string, string, string][] = [
      ['colour=red', 'colour', 'unknown field'],
      ['status=DONE', 'status', ''],
      ['startedAfter=yesterday', 'startedAfter', 'a time is epoch milliseconds, a date, or a date and time with its zone'],
      ['limit=0', 'limit', ''],
      ['limit=1001', 'limit', ''],
      ['limit=ten', 'limit', 'a limit is a number from 1 to 1000'],
      ['order=upwards', 'order', ''],
      ['cursor=xyz', 'cursor', 'not a cursor that a page in the order newest ended with'],
      ['query=kind%20%3D', 'query', 'line 1, column 7: a string in double quotes'],
      [`query=${'%20'.repeat(4_001)}`, 'query', 'a query has at most 4000 characters'],
    ]
    for (const [query, path, message] of refused) {
      const problem = await problemOf(await get(`/workflow-executions?${query}`))
      expect(problem, query).toMatchObject({ status: 400, code: 'invalid_request' })
      const said = problem.errors?.find((error) => error.path === path)
      expect(said?.message, query).toContain(message)
    }
    expect(await problemOf(await get('/workflow-executions/count?limit=5'))).toMatchObject({ errors: [{ path: 'limit' }] })
  })
})

describe('what is stuck', () => {
  test('nothing is, of what moves or waits for others; then a problem is, and work of a kind that nobody has', {
    timeout: 120_000,
  }, async () => {
    // A worker with few slots: a backlog is no standstill.
    const worker = await stage.worker({ TASK_SLOTS: '1', QUEUE: 'busy' })
    const until = stage.path('released')
    await stage.client.start('held', { tasks: 5, until }, { id: 'backlog', queue: 'busy' })
    await stage.client.start('chain', { n: 3 }, { id: 'waits', queue: 'busy' })
    await vi.waitFor(async () => expect(stage.bodies().filter((line) => line.startsWith('backlog'))).toHaveLength(1), soon)
    await stage.client.start('fan', { n: 1 }, { id: 'later', queue: 'busy', startAfter: '1 hour' })
    await stage.client.start('resize', undefined, { id: 'nobody', queue: 'lonely' })
    await stage.client.start('broken', undefined, { id: 'broken', queue: 'broken' })
    await failOnce('broken', 'broken')
    // Of the other tests: their kinds have no worker either.
    const stuck = () => idsOf('stuck = true AND NOT id IN ("a1", "a2", "o1")')
    await vi.waitFor(async () => expect(await stuck()).toEqual(['nobody', 'broken']), soon)
    expect(await idsOf('queue = "busy" AND open = true')).toEqual(['backlog', 'waits', 'later'])

    const { problem } = await stage.client.handle('nobody').describe()
    expect(problem).toMatchObject({ type: 'NO_WORKER', message: 'no worker of queue lonely has kind resize' })
    expect((await stage.client.list({ query: 'problem = "Broken"' })).items).toMatchObject([
      { id: 'broken', problem: { type: 'Broken', message: 'the code does not load' } },
    ])

    // The worker dies: its task waits for a kind that nobody has any more.
    await worker.kill('SIGKILL')
    await vi.waitFor(async () => expect(await stuck()).toContain('backlog'), soon)
    const { awaiting } = await stage.client.handle('backlog').describe()
    expect(awaiting.map(({ why }) => why)).toContain('attempt 1 waits: no worker of queue busy has kind hold')

    // Whoever has the kind makes it go on, also while all its slots are taken.
    await stage.worker({ TASK_SLOTS: '1', QUEUE: 'busy' })
    await vi.waitFor(async () => expect(await stuck()).toEqual(['nobody', 'broken']), soon)
    const described = await stage.client.handle('backlog').describe()
    expect(described.awaiting.map(({ why }) => why)).toContain('attempt 1 waits for a worker of queue busy with kind hold')
    stage.release('released')
    await stage.client.handle('backlog').result()
  })
})

describe('queues and workers', () => {
  test('the backlog by kind with its age, and workers with what they hold', async () => {
    const before = Date.now()
    for (const id of ['q1', 'q2']) await stage.client.start('crop', undefined, { id, queue: 'crops' })
    await stage.client.start('paint', undefined, { id: 'q3', queue: 'crops' })
    const queue = async () => {
      const { items } = queueList.parse(await (await get('/queues')).json())
      const found = items.find((each) => each.queue === 'crops')
      expect(await (await get('/queues/crops')).json()).toEqual(found)
      return found
    }
    await vi.waitFor(async () => {
      const found = await queue()
      expect(found?.backlog.map(({ kind, count }) => `${kind} ${count}`).sort()).toEqual(['crop 2', 'paint 1'])
      expect(found?.workers).toBe(0)
      for (const { oldestAt } of found?.backlog ?? []) expect(oldestAt).toBeGreaterThanOrEqual(before - 1_000)
    }, soon)
    await stage.worker({ QUEUE: 'holding', TASK_SLOTS: '3' })
    const until = stage.path('dropped')
    await stage.client.start('held', { tasks: 2, until }, { id: 'holding', queue: 'holding' })
    await vi.waitFor(async () => {
      const { items } = workerList.parse(await (await get('/workers')).json())
      const worker = items.find((each) => each.queue === 'holding')
      expect(worker?.held.map(({ executionId, id }) => `${executionId} ${id}`).sort()).toEqual([
        'holding task-1',
        'holding task-2',
      ])
      expect(worker?.tasks).toContain('hold')
      expect(worker?.workflows).toContain('held')
    }, soon)
    stage.release('dropped')
    await stage.client.handle('holding').result()
  })
})

test('the index is there after kill -9, and goes on', async () => {
  await stage.client.start('album', undefined, { id: 'before-crash' })
  await vi.waitFor(async () => expect(await idsOf('id = "before-crash"')).toEqual(['before-crash']), soon)
  await stage.crash()
  expect(await idsOf('id = "before-crash"')).toEqual(['before-crash'])
  await stage.client.handle('before-crash').terminate()
  await vi.waitFor(async () => expect(await idsOf('id = "before-crash" AND status = TERMINATED')).toEqual(['before-crash']), soon)
})
