/** The index over its real disk: told by executions, found through the routes, made anew, forgotten. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it, vi } from 'vitest'
import type { Env } from '../../durable/env.ts'
import type { IndexPort } from '../../durable/execution-index/port.ts'
import { executionName, indexObjectName } from '../../durable/stubs.ts'
import { writeCursor } from '../../engine/index/page.ts'
import { shardOf } from '../../engine/index/shards.ts'
import type { Summary } from '../../engine/index/summary.ts'
import { queryLimits } from '../../schemas/query.ts'
import { executionStatus } from '../../schemas/statuses.ts'
import { Organisation } from './peer.ts'

const bindings: Env = env
const executionOf = (organisation: Organisation, id: string) =>
  bindings.WORKFLOW_EXECUTION.getByName(executionName(organisation.name, id))
const indexOf = (organisation: Organisation, shard = 0) =>
  bindings.EXECUTION_INDEX.getByName(indexObjectName(organisation.name, shard))

const patient = { timeout: 60_000 }
const soon = { timeout: 20_000, interval: 20 }
const complete = { type: 'COMPLETE_WORKFLOW' }

interface Page {
  items: { id: string; status: string; closedAt?: number; attributes: object }[]
  nextCursor?: string
}

const list = (organisation: Organisation, query = ''): Promise<Page> => organisation.call('GET', `/workflow-executions?${query}`)
const found = async (organisation: Organisation, query: string): Promise<string> =>
  (await list(organisation, `order=oldest&query=${encodeURIComponent(query)}`)).items.map(({ id }) => id).join()
const statusIn = async (organisation: Organisation, id: string): Promise<string | undefined> =>
  (await list(organisation)).items.find((item) => item.id === id)?.status

/** An execution that its worker has ended. */
async function ended(organisation: Organisation, id: string, more: object = {}): Promise<void> {
  const peer = await organisation.connect({ slots: { workflow: 1, task: 0 } })
  await organisation.start(id, more)
  await peer.answer(await peer.next('activation'), [complete])
  peer.close()
}

const rowsOf = (organisation: Organisation, shard = 0): Promise<unknown[]> =>
  runInDurableObject(indexOf(organisation, shard), (_, { storage }) =>
    storage.sql.exec('SELECT * FROM executions ORDER BY created_at, id').toArray(),
  )

describe('news', () => {
  it('an execution is found once it is started, and with each of its statuses', patient, async () => {
    const organisation = await Organisation.create()
    await organisation.start('a', { attributes: { customer: 'x', tags: ['red'] }, queue: 'media' })
    await vi.waitFor(async () => expect(await found(organisation, 'attributes.customer = "x"')).toBe('a'), soon)
    const { items } = await list(organisation)
    expect(items).toEqual([
      {
        id: 'a',
        run: 1,
        kind: 'flow',
        queue: 'media',
        status: 'PENDING',
        createdAt: expect.any(Number),
        startedAt: expect.any(Number),
        attributes: { customer: 'x', tags: ['red'] },
      },
    ])
    const peer = await organisation.connect({}, 'media')
    const activation = await peer.next('activation')
    await vi.waitFor(async () => expect(await statusIn(organisation, 'a')).toBe('RUNNING'), soon)
    await peer.answer(activation, [{ type: 'SET_ATTRIBUTES', attributes: { customer: 'y' } }], {
      awaiting: [{ type: 'signal', name: 'go' }],
    })
    await vi.waitFor(async () => expect(await statusIn(organisation, 'a')).toBe('WAITING'), soon)
    expect(await found(organisation, 'attributes.customer = "x"')).toBe('')
    await organisation.call('POST', '/workflow-executions/a/pause', {})
    await vi.waitFor(async () => expect(await statusIn(organisation, 'a')).toBe('PAUSED'), soon)
    await organisation.call('POST', '/workflow-executions/a/terminate', {})
    await vi.waitFor(async () => expect(await statusIn(organisation, 'a')).toBe('TERMINATED'), soon)
    expect(await organisation.call('GET', '/workflow-executions/count?status=TERMINATED&status=FAILED')).toEqual({ count: 1 })
  })

  it('P9 a message is one row of the index, and what is over in a moment is one message', async () => {
    const organisation = await Organisation.create()
    let rows = 0
    await runInDurableObject(indexOf(organisation), (_, { storage }) => {
      const exec = storage.sql.exec.bind(storage.sql)
      Object.defineProperty(storage.sql, 'exec', {
        value: (...call: Parameters<typeof exec>) => {
          const cursor = exec(...call)
          rows += cursor.rowsWritten
          return cursor
        },
      })
    })
    await ended(organisation, 'first')
    await vi.waitFor(async () => expect(await statusIn(organisation, 'first')).toBe('COMPLETED'), soon)
    const before = rows
    await ended(organisation, 'second')
    await vi.waitFor(async () => expect(await statusIn(organisation, 'second')).toBe('COMPLETED'), soon)
    // Where the machine is slow, a start and a moment in between as well.
    expect(rows - before).toBeGreaterThanOrEqual(1)
    expect(rows - before).toBeLessThanOrEqual(3)
  })

  it('L8 a closing that the index has not got is told after a restart, by an alarm at most 5 s away', patient, async () => {
    const organisation = await Organisation.create()
    const peer = await organisation.connect({ slots: { workflow: 1, task: 0 } })
    await organisation.start('a')
    await peer.answer(await peer.next('activation'), [], { observed: true, awaiting: [{ type: 'signal', name: 'go' }] })
    await vi.waitFor(async () => expect(await statusIn(organisation, 'a')).toBe('WAITING'), soon)
    const stub = executionOf(organisation, 'a')
    const alarm = () => runInDurableObject(stub, (_, { storage }) => storage.getAlarm())
    // Nothing else is to be done: no alarm of another duty helps.
    await vi.waitFor(async () => {
      await runDurableObjectAlarm(stub)
      expect(await alarm()).toBeNull()
    }, soon)
    // The index is deaf while the execution closes, and the execution dies before it hears again.
    await runInDurableObject(indexOf(organisation), (index) => {
      Object.defineProperty(index, 'note', { value: () => Promise.reject(new Error('deaf')), configurable: true })
    })
    await organisation.call('POST', '/workflow-executions/a/terminate', {})
    await evictDurableObject(stub)
    expect(await statusIn(organisation, 'a')).toBe('WAITING')
    await evictDurableObject(indexOf(organisation))
    const alarmAt = await alarm()
    expect(alarmAt).not.toBeNull()
    expect((alarmAt ?? 0) - Date.now()).toBeLessThanOrEqual(5_000)
    await vi.waitFor(async () => expect(await statusIn(organisation, 'a')).toBe('TERMINATED'), soon)
  })

  it('L8 a restart moves no alarm to be later', patient, async () => {
    const organisation = await Organisation.create()
    await organisation.start('a', { timeoutMs: 3_600_000 })
    const stub = executionOf(organisation, 'a')
    const soonAt = Date.now() + 4_000
    await runInDurableObject(stub, (_, { storage }) => storage.setAlarm(soonAt))
    await evictDurableObject(stub)
    await organisation.call('GET', '/workflow-executions/a')
    const alarmAt = await runInDurableObject(stub, (_, { storage }) => storage.getAlarm())
    // It has fired by now, or is where it was.
    if (Date.now() < soonAt) expect(alarmAt).toBeLessThanOrEqual(soonAt)
  })

  it('L8 a closed execution whose alarm was given up has one again once somebody looks at it', patient, async () => {
    const organisation = await Organisation.create()
    await ended(organisation, 'a')
    const stub = executionOf(organisation, 'a')
    await runInDurableObject(stub, (_, { storage }) => storage.deleteAlarm())
    await evictDurableObject(stub)
    await organisation.call('GET', '/workflow-executions/a')
    await vi.waitFor(async () => {
      expect(await runInDurableObject(stub, (_, { storage }) => storage.getAlarm())).not.toBeNull()
    }, soon)
  })

  it('an index that does not answer holds nobody up, and hears it all later', patient, async () => {
    const organisation = await Organisation.create()
    await runInDurableObject(indexOf(organisation), (index) => {
      Object.defineProperty(index, 'note', { value: () => Promise.reject(new Error('deaf')), configurable: true })
    })
    await ended(organisation, 'a')
    expect(await organisation.call('GET', '/workflow-executions/a/result')).toMatchObject({ status: 'COMPLETED' })
    expect((await list(organisation)).items).toEqual([])
    await evictDurableObject(indexOf(organisation))
    await vi.waitFor(async () => expect(await statusIn(organisation, 'a')).toBe('COMPLETED'), soon)
  })

  it('reading a closed execution after a restart writes nothing', async () => {
    const organisation = await Organisation.create()
    await ended(organisation, 'a')
    await vi.waitFor(async () => expect(await statusIn(organisation, 'a')).toBe('COMPLETED'), soon)
    const stub = executionOf(organisation, 'a')
    await runDurableObjectAlarm(stub)
    const alarmAt = await runInDurableObject(stub, (_, { storage }) => storage.getAlarm())
    await evictDurableObject(stub)
    const rows = await rowsOf(organisation)
    await organisation.describe('a')
    expect(await runInDurableObject(stub, (_, { storage }) => storage.getAlarm())).toBe(alarmAt)
    expect(await rowsOf(organisation)).toEqual(rows)
  })
})

describe('news of an open execution', () => {
  it('L8 that was lost with its life is told when its alarm wakes it', patient, async () => {
    const organisation = await Organisation.create()
    const peer = await organisation.connect({ slots: { workflow: 1, task: 0 } })
    await organisation.start('a')
    const activation = await peer.next('activation')
    await vi.waitFor(async () => expect(await statusIn(organisation, 'a')).toBeDefined(), soon)
    await runInDurableObject(indexOf(organisation), (index) => {
      Object.defineProperty(index, 'note', { value: () => Promise.reject(new Error('deaf')), configurable: true })
    })
    const attributes = { customer: 'x' }
    await peer.answer(activation, [{ type: 'SET_ATTRIBUTES', attributes }], { awaiting: [{ type: 'signal', name: 'go' }] })
    await evictDurableObject(executionOf(organisation, 'a'))
    await evictDurableObject(indexOf(organisation))
    expect(await found(organisation, 'attributes.customer = "x"')).toBe('')
    await vi.waitFor(async () => expect(await found(organisation, 'attributes.customer = "x"')).toBe('a'), soon)
  })
})

describe('pages', () => {
  it('10,000 executions in 8 shards: each exactly once, while others come and change', patient, async () => {
    const organisation = await Organisation.create()
    await organisation.call('PATCH', '/settings', { indexShards: 8 })
    const steps = await stepsOf(organisation)
    const since = (steps.at(-1)?.since ?? 0) + 1
    const shardFor = (id: string, createdAt: number) => shardOf(steps, id, createdAt)
    const note = async (summaries: Summary[]) => {
      const shards = Map.groupBy(summaries, ({ id, createdAt }) => shardFor(id, createdAt))
      await Promise.all(
        [...shards].map(([shard, theirs]) =>
          runInDurableObject(indexOf(organisation, shard), (index) =>
            Promise.all(theirs.map((each) => (index as unknown as IndexPort).note(each))),
          ),
        ),
      )
    }
    const made = (id: string, index: number, change: Partial<Summary> = {}): Summary => ({
      id,
      createdAt: since + Math.floor(index / 7),
      run: 1,
      sequence: 1,
      revision: 1,
      kind: `kind-${index % 7}`,
      queue: 'default',
      status: index % 3 === 0 ? 'COMPLETED' : 'WAITING',
      startedAt: since + index,
      ...(index % 3 === 0 && { closedAt: since + index + 1 }),
      attributes: { n: index, customer: `c${index % 100}` },
      waiting: [],
      ...change,
    })
    const all = Array.from({ length: 10_000 }, (_, index) => made(`execution-${index}`, index))
    await note(all)
    expect(await organisation.call('GET', '/workflow-executions/count')).toEqual({ count: 10_000 })
    for (const order of ['newest', 'oldest']) {
      const ids: string[] = []
      let cursor: string | undefined
      let pages = 0
      do {
        const page = await list(organisation, `order=${order}&limit=1000${cursor === undefined ? '' : `&cursor=${cursor}`}`)
        ids.push(...page.items.map(({ id }) => id))
        cursor = page.nextCursor
        pages += 1
        const changed = all
          .filter((_, index) => index % 1_000 === pages)
          .map((each) => ({ ...each, sequence: pages + 1, status: 'FAILED' as const }))
        await note([...changed, made(`new-${order}-${pages}`, 3_000 * pages)])
      } while (cursor !== undefined)
      expect(new Set(ids).size).toBe(ids.length)
      expect(ids.filter((id) => id.startsWith('execution-'))).toHaveLength(10_000)
    }
    const { count } = await organisation.call(
      'GET',
      `/workflow-executions/count?query=${encodeURIComponent('attributes.customer = "c7" AND attributes.n >= 5000 AND NOT kind = "kind-1"')}`,
    )
    const expected = all.filter(({ kind }, n) => n % 100 === 7 && n >= 5_000 && kind !== 'kind-1')
    expect(count).toBe(expected.length)
  })

  it('a request at every bound at once stays below the bounds of the platform', async () => {
    const organisation = await Organisation.create()
    await organisation.start('a', { attributes: { a0: '0' } })
    await vi.waitFor(async () => expect((await list(organisation)).items).toHaveLength(1), soon)
    const values = Array.from({ length: 100 }, (_, index) => `k${index}`)
    const comparisons = Array.from({ length: queryLimits.terms - 1 }, (_, index) => `attributes.a${index} = "${index}"`)
    const depth = queryLimits.depth / 2
    const query = `${'NOT ('.repeat(depth)}stuck = true OR ${comparisons.join(' OR ')}${')'.repeat(depth)}`
    const params = new URLSearchParams({ query, parent: 'p', startedAfter: '1', startedBefore: '9000000000000', order: 'oldest' })
    for (const kind of values) params.append('kind', kind)
    for (const queue of values) params.append('queue', queue)
    for (const status of executionStatus.options) params.append('status', status)
    params.set('cursor', writeCursor('oldest', { createdAt: 1, id: 'a' }))
    expect((await list(organisation, params.toString())).items).toEqual([])
    const alone = new URLSearchParams({ query: query.replaceAll('NOT ', '') })
    expect((await list(organisation, alone.toString())).items).toHaveLength(1)
  })

  it('an execution stays in the shard of its creation when shards are added', patient, async () => {
    const organisation = await Organisation.create()
    const ids = Array.from({ length: 12 }, (_, index) => `e${index}`)
    for (const id of ids.slice(0, 6)) await organisation.start(id)
    await organisation.call('PATCH', '/settings', { indexShards: 4 })
    for (const id of ids.slice(6)) await organisation.start(id)
    for (const id of ids) await organisation.call('POST', `/workflow-executions/${id}/terminate`, {})
    const all = async () => (await list(organisation, 'order=oldest')).items.map(({ id, status }) => `${id} ${status}`)
    await vi.waitFor(async () => expect((await all()).sort()).toEqual(ids.map((id) => `${id} TERMINATED`).sort()), soon)
  })
})

describe('the index made anew', () => {
  it('from nothing it is the same as before, and wrong rows are found', patient, async () => {
    const organisation = await Organisation.create()
    const ids = ['a', 'b', 'c', 'd']
    for (const id of ids) await organisation.start(id, { attributes: { id } })
    await organisation.call('POST', '/workflow-executions/b/terminate', {})
    await organisation.call('POST', '/workflow-executions/c/pause', {})
    await vi.waitFor(async () => expect(await found(organisation, 'status IN (TERMINATED, PAUSED)')).toBe('b,c'), soon)
    await vi.waitFor(async () => expect((await list(organisation)).items).toHaveLength(4), soon)
    const before = await list(organisation)
    const rebuild = (asked: string[]) => organisation.call('POST', '/index/rebuild', { ids: asked })
    expect(await rebuild(ids)).toEqual({ unchanged: 4, corrected: 0, removed: 0 })

    await runInDurableObject(indexOf(organisation), (_, { storage }) => void storage.sql.exec('DELETE FROM executions'))
    expect((await list(organisation)).items).toEqual([])
    expect(await rebuild([...ids, 'nobody'])).toEqual({ unchanged: 0, corrected: 4, removed: 0 })
    expect(await list(organisation)).toEqual(before)

    await runInDurableObject(indexOf(organisation), (_, { storage }) => {
      storage.sql.exec("UPDATE executions SET status = 'FAILED' WHERE id = 'a'")
      storage.sql.exec("UPDATE executions SET id = 'ghost', created_at = created_at - 60000 WHERE id = 'd'")
    })
    expect(await rebuild([...ids, 'ghost'])).toEqual({ unchanged: 2, corrected: 2, removed: 1 })
    expect(await list(organisation)).toEqual(before)
  })
})

describe('going', () => {
  const gone = async (organisation: Organisation, id: string) => {
    expect((await organisation.request('GET', `/workflow-executions/${id}`)).status).toBe(404)
    expect((await list(organisation)).items).toEqual([])
    const tables = await runInDurableObject(executionOf(organisation, id), async (_, { storage }) => ({
      alarm: await storage.getAlarm(),
      tables: storage.sql.exec("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB '_*'").toArray(),
    }))
    expect(tables).toEqual({ alarm: null, tables: [] })
  }

  it('a closed execution is deleted with all that it has; its id is free then', async () => {
    const organisation = await Organisation.create()
    await organisation.start('a', { input: 'first' })
    await expect(organisation.call('DELETE', '/workflow-executions/a')).rejects.toMatchObject({ code: 'not_closed' })
    await organisation.call('POST', '/workflow-executions/a/terminate', {})
    expect((await organisation.request('DELETE', '/workflow-executions/a')).status).toBe(204)
    await gone(organisation, 'a')
    await expect(organisation.call('DELETE', '/workflow-executions/a')).rejects.toMatchObject({ code: 'not_found' })
    expect(await organisation.start('a', { input: 'second' })).toMatchObject({ isNew: true, run: 1 })
    await vi.waitFor(async () => expect(await statusIn(organisation, 'a')).toBe('PENDING'), soon)
    expect(await organisation.events('a')).toMatchObject([{ sequence: 1, data: { input: 'second' } }])
  })

  it(
    'L8 goes when the retention of its organisation is over, by an alarm that was set once the index knew',
    patient,
    async () => {
      const organisation = await Organisation.create()
      await organisation.call('PATCH', '/settings', { retentionMs: 60_000 })
      await ended(organisation, 'a')
      await vi.waitFor(async () => expect(await statusIn(organisation, 'a')).toBe('COMPLETED'), soon)
      const stub = executionOf(organisation, 'a')
      const alarm = () => runInDurableObject(stub, (_, { storage }) => storage.getAlarm())
      await runDurableObjectAlarm(stub)
      const { closedAt } = await organisation.describe('a')
      expect(await alarm()).toBe(closedAt + 60_000)
      // Twice by force, and after a restart, it is still there.
      await runDurableObjectAlarm(stub)
      await evictDurableObject(stub)
      await runDurableObjectAlarm(stub)
      expect(await organisation.describe('a')).toMatchObject({ status: 'COMPLETED' })
      await vi.waitFor(async () => {
        await runDurableObjectAlarm(stub)
        expect(await alarm()).toBe(closedAt + 60_000)
      }, soon)
      await runInDurableObject(stub, (_, { storage }) => {
        storage.sql.exec("UPDATE events SET at = at - 60000 WHERE type = 'WORKFLOW_COMPLETED'")
      })
      await evictDurableObject(stub)
      await runDurableObjectAlarm(stub)
      await gone(organisation, 'a')
      expect(await runDurableObjectAlarm(stub)).toBe(false)
    },
  )

  it('stays while the index cannot forget it', patient, async () => {
    const organisation = await Organisation.create()
    await ended(organisation, 'a')
    await vi.waitFor(async () => expect(await statusIn(organisation, 'a')).toBe('COMPLETED'), soon)
    await runInDurableObject(indexOf(organisation), (index) => {
      Object.defineProperty(index, 'forget', { value: () => Promise.reject(new Error('deaf')), configurable: true })
    })
    expect((await organisation.request('DELETE', '/workflow-executions/a')).status).toBe(500)
    expect(await organisation.describe('a')).toMatchObject({ status: 'COMPLETED' })
    await evictDurableObject(indexOf(organisation))
    expect((await organisation.request('DELETE', '/workflow-executions/a')).status).toBe(204)
    await gone(organisation, 'a')
  })

  it('news that was under way when it was deleted does not bring it back, and its successor is found', async () => {
    const organisation = await Organisation.create()
    await organisation.start('a')
    await organisation.call('POST', '/workflow-executions/a/terminate', {})
    const late = (await (executionOf(organisation, 'a') as unknown as { summary(): Promise<Summary> }).summary()) as Summary
    await organisation.request('DELETE', '/workflow-executions/a')
    await (indexOf(organisation) as unknown as IndexPort).note(late)
    expect((await list(organisation)).items).toEqual([])
    await organisation.start('a')
    await vi.waitFor(async () => expect(await statusIn(organisation, 'a')).toBe('PENDING'), soon)
  })
})

describe('a deletion and a start at the same time', () => {
  it('one comes first: nothing that was acknowledged is lost', patient, async () => {
    const organisation = await Organisation.create()
    for (let round = 0; round < 20; round += 1) {
      await organisation.start('a', { idReuse: 'ALLOW', input: 'old' })
      await organisation.call('POST', '/workflow-executions/a/terminate', {})
      const [deleted, started] = await Promise.all([
        organisation.request('DELETE', '/workflow-executions/a'),
        organisation.start('a', { idReuse: 'ALLOW', input: round }),
      ])
      const events = await organisation.events('a')
      expect(events).toMatchObject([{ type: 'WORKFLOW_STARTED', data: { input: round, run: started.run } }])
      expect([204, 409]).toContain(deleted.status)
      if (started.run === 1) expect(deleted.status).toBe(204)
      await organisation.call('POST', '/workflow-executions/a/terminate', {})
    }
    await vi.waitFor(async () => expect(await statusIn(organisation, 'a')).toBe('TERMINATED'), soon)
    expect((await list(organisation)).items).toHaveLength(1)
  })
})

describe('runs', () => {
  it('are listed latest first and exported oldest first; beyond the last 100 closed ones they are dropped', patient, async () => {
    const organisation = await Organisation.create()
    for (let run = 1; run <= 103; run += 1) {
      await organisation.start('a', { idReuse: 'ALLOW', onConflict: 'TERMINATE_EXISTING', input: run })
    }
    const stub = executionOf(organisation, 'a')
    const runs = async (): Promise<number[]> => {
      const { items } = await organisation.call('GET', '/workflow-executions/a/runs')
      return items.map(({ run }: { run: number }) => run)
    }
    expect(await runs()).toHaveLength(103)
    expect(await organisation.call('GET', '/workflow-executions/a?run=1')).toMatchObject({ run: 1, status: 'TERMINATED' })
    await runDurableObjectAlarm(stub)
    expect(await runs()).toEqual(Array.from({ length: 101 }, (_, index) => 103 - index))
    expect((await organisation.request('GET', '/workflow-executions/a?run=2')).status).toBe(404)
    const { items } = await organisation.call('GET', '/workflow-executions/a/runs')
    expect(items[0]).toMatchObject({ run: 103, status: 'PENDING', lastSequence: 1 })
    expect(items[1]).toMatchObject({ run: 102, status: 'TERMINATED', lastSequence: 2, closedAt: expect.any(Number) })
    const response = await organisation.request('GET', '/workflow-executions/a/export')
    expect(response.headers.get('Content-Type')).toMatch(/^application\/jsonl/)
    const lines = (await response.text())
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines).toHaveLength(201)
    expect(lines.map(({ run, sequence }) => run * 10 + sequence)).toEqual(
      Array.from({ length: 101 }, (_, index) => (index === 100 ? [1_031] : [(index + 3) * 10 + 1, (index + 3) * 10 + 2])).flat(),
    )
    expect(lines[0]).toMatchObject({ run: 3, sequence: 1, type: 'WORKFLOW_STARTED', data: { input: 3 } })
  })

  it('an export of a log of many pages is the log', patient, async () => {
    const organisation = await Organisation.create()
    const peer = await organisation.connect({ slots: { workflow: 1, task: 0 } })
    await organisation.start('a')
    const commands = Array.from({ length: 2_500 }, (_, index) => ({
      type: 'SET_STATE',
      key: `k${index}`,
      value: 'x'.repeat(500),
    }))
    await peer.answer(await peer.next('activation'), [...commands, complete])
    const text = await (await organisation.request('GET', '/workflow-executions/a/export')).text()
    const lines = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines.map(({ run: _, ...event }) => event)).toEqual(await organisation.events('a'))
  })
})

const stepsOf = (organisation: Organisation): Promise<{ since: number; count: number }[]> =>
  runInDurableObject(bindings.ORG_SETTINGS.getByName(organisation.name), (settings) => {
    const { organisation: document } = settings as unknown as {
      organisation: { indexShards: { since: number; count: number }[] }
    }
    return document.indexShards
  })
