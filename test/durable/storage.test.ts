/** What an execution has on disk: its tables and their version; and L7: every reader's order is the log's. */
import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { Env } from '../../durable/env.ts'
import { birthVersion } from '../../durable/execution/schema.ts'
import { executionName } from '../../durable/stubs.ts'
import { done, Organisation, scheduledMany, type TaskWork } from './peer.ts'

const bindings: Env = env
const executionOf = (organisation: Organisation, id: string) =>
  bindings.WORKFLOW_EXECUTION.getByName(executionName(organisation.name, id))

const tablesOf = (organisation: Organisation, id: string): Promise<string[]> =>
  runInDurableObject(executionOf(organisation, id), (_, { storage }) =>
    storage.sql
      .exec<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB '_*' ORDER BY name")
      .toArray()
      .map(({ name }) => name),
  )

describe('tables', () => {
  it('P9 two at birth; none for an execution that was only looked for', async () => {
    const organisation = await Organisation.create()
    expect((await organisation.request('GET', '/workflow-executions/nobody')).status).toBe(404)
    expect(await tablesOf(organisation, 'nobody')).toEqual([])
    await organisation.start('a')
    expect(await tablesOf(organisation, 'a')).toEqual(['events', 'head'])
  })

  it('a store of a newer version is refused and left as it is', async () => {
    const organisation = await Organisation.create()
    await organisation.start('a')
    await runInDurableObject(executionOf(organisation, 'a'), (_, { storage }) => {
      storage.sql.exec('UPDATE head SET version = 99')
    })
    await evictDurableObject(executionOf(organisation, 'a'))
    expect((await organisation.request('GET', '/workflow-executions/a')).status).toBe(500)
  })
})

describe('a table of an older version', () => {
  it('gets what it lacks when its object starts; what was kept in it is answered as before', async () => {
    const organisation = await Organisation.create()
    await organisation.start('a')
    const pause = (reason: string) =>
      organisation.request('POST', '/workflow-executions/a/pause', { reason }, { 'Idempotency-Key': 'once' })
    expect((await pause('first')).status).toBe(202)
    await runInDurableObject(executionOf(organisation, 'a'), (_, { storage }) => {
      storage.sql.exec('ALTER TABLE idempotency DROP COLUMN answer')
      storage.sql.exec('UPDATE head SET version = 1')
    })
    await evictDurableObject(executionOf(organisation, 'a'))
    const again = await pause('first')
    expect([again.status, await again.json()]).toEqual([202, {}])
    expect(await (await pause('other')).json()).toMatchObject({ code: 'idempotency_conflict' })
    const version = await runInDurableObject(executionOf(organisation, 'a'), (_, { storage }) =>
      storage.sql.exec<{ version: number }>('SELECT version FROM head').one(),
    )
    expect(version).toEqual({ version: birthVersion })
  })
})

describe('L7 one order', () => {
  it('N10 pages of any size, read while the log grows, are the log: no gap, no repeat', async () => {
    const organisation = await Organisation.create()
    const peer = await organisation.connect({ slots: { workflow: 1, task: 0 } })
    await organisation.start('a')
    const reply = await peer.answer(await peer.next('activation'), scheduledMany(40), { accept: peer.accept(0, 40) })
    const tasks = reply.tasks as TaskWork[]
    const read = async (limit: number): Promise<number[]> => {
      const sequences: number[] = []
      for (let after = 0; sequences.length < 82; ) {
        const page = await organisation.call('GET', `/workflow-executions/a/events?after=${after}&limit=${limit}`)
        sequences.push(...page.events.map(({ sequence }: { sequence: number }) => sequence))
        after = sequences.at(-1) ?? 0
      }
      return sequences
    }
    const readers = [1, 3, 7, 1_000].map(read)
    for (const task of tasks) await peer.report([done(task)])
    const log = Array.from({ length: 82 }, (_, index) => index + 1)
    for (const sequences of await Promise.all(readers)) expect(sequences).toEqual(log)
  })
})
