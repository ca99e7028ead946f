/** P9 and P10: rows and commits, counted at the object's own storage. They do not depend on the machine. */

import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { executionName } from '../../durable/stubs.ts'
import { done, Organisation, scheduled, scheduledMany, type TaskWork } from './peer.ts'

interface Meter {
  rows: number
  commits: number
}

/** Counts what the execution's object writes from now on: rows as its cursors tell them, an alarm as one row. */
async function meter(organisation: Organisation, id: string): Promise<Meter> {
  const count: Meter = { rows: 0, commits: 0 }
  const stub = env.WORKFLOW_EXECUTION.getByName(executionName(organisation.name, id))
  await runInDurableObject(stub, (_, state) => {
    const { storage } = state
    const { sql } = storage
    const exec = sql.exec.bind(sql)
    const transactionSync = storage.transactionSync.bind(storage)
    const setAlarm = storage.setAlarm.bind(storage)
    let inTransaction = false
    Object.defineProperty(sql, 'exec', {
      value: (...call: Parameters<typeof exec>) => {
        const cursor = exec(...call)
        count.rows += cursor.rowsWritten
        if (cursor.rowsWritten > 0 && !inTransaction) count.commits += 1
        return cursor
      },
    })
    Object.defineProperty(storage, 'transactionSync', {
      value: (closure: () => unknown) => {
        inTransaction = true
        try {
          return transactionSync(closure)
        } finally {
          inTransaction = false
          count.commits += 1
        }
      },
    })
    Object.defineProperty(storage, 'setAlarm', {
      value: (at: number) => {
        count.rows += 1
        if (!inTransaction) count.commits += 1
        return setAlarm(at)
      },
    })
  })
  return count
}

const complete = { type: 'COMPLETE_WORKFLOW', output: 1 }

describe('P9 rows', () => {
  it('a 1-task workflow writes at most 12, schema included, and three commits; a further task at most 5 and one', async () => {
    const organisation = await Organisation.create()
    const peer = await organisation.connect({ slots: { workflow: 1, task: 0 } })
    const count = await meter(organisation, 'a')
    await organisation.start('a')
    expect(count.rows).toBeGreaterThan(0)
    const activation = await peer.next('activation')
    let reply = await peer.answer(activation, [scheduled(1)], { accept: peer.accept(0, 1) })
    const perTask: Meter[] = []
    for (let n = 1; n <= 20; n += 1) {
      const before = { ...count }
      const [task] = reply.tasks as TaskWork[]
      if (task === undefined) throw new Error('no task was carried')
      const commands = n === 20 ? [complete] : [scheduled(n + 1)]
      const answer = await peer.report([done(task)], {
        accept: peer.accept(0, 1),
        then: [{ executionId: 'a', run: 1, basedOn: reply.lastSequence, activationAt: reply.at, commands: commands as never }],
      })
      const next = answer.executions['a']
      if (next?.then !== 'taken') throw new Error(`speculation ${next?.then}`)
      reply = next
      perTask.push({ rows: count.rows - before.rows, commits: count.commits - before.commits })
    }
    const last = perTask.pop()
    expect(Math.max(...perTask.map(({ rows }) => rows))).toBeLessThanOrEqual(5)
    expect(perTask.map(({ commits }) => commits)).toEqual(perTask.map(() => 1))
    const further = perTask.reduce((sum, { rows }) => sum + rows, 0)
    expect(count.rows - further).toBeLessThanOrEqual(12)
    expect(last?.commits).toBe(1)
    console.log(`rows: ${count.rows - further} a 1-task workflow, ${further / perTask.length} a further task; commits: 3 and 1`)
  })

  it('P10 a further sequential task without speculation costs at most 2 commits', async () => {
    const organisation = await Organisation.create()
    const peer = await organisation.connect({ slots: { workflow: 1, task: 0 } })
    const count = await meter(organisation, 'a')
    await organisation.start('a')
    let activation = await peer.next('activation')
    for (let n = 1; n <= 10; n += 1) {
      const before = count.commits
      const reply = await peer.answer(activation, [scheduled(n)], { accept: peer.accept(0, 1) })
      const [task] = reply.tasks as TaskWork[]
      if (task === undefined) throw new Error('no task was carried')
      const answer = await peer.report([done(task)], { accept: peer.accept(1, 0) })
      const next = answer.executions['a']?.activation
      if (next === undefined) throw new Error('no activation was carried')
      activation = { type: 'activation', ...next }
      expect(count.commits - before).toBeLessThanOrEqual(2)
    }
  })
})

describe('P10 commits', () => {
  it('1,000 completions at once take at most 100', { timeout: 60_000 }, async () => {
    const organisation = await Organisation.create()
    const peer = await organisation.connect({ slots: { workflow: 1, task: 0 } })
    await organisation.start('a')
    const reply = await peer.answer(await peer.next('activation'), scheduledMany(1_000), { accept: peer.accept(0, 1_000) })
    const tasks = reply.tasks as TaskWork[]
    const count = await meter(organisation, 'a')
    const answers = await Promise.all(tasks.map((task) => peer.report([done(task)])))
    expect(answers.every(({ results }) => results[0]?.ok)).toBe(true)
    expect(count.commits).toBeGreaterThan(0)
    expect(count.commits).toBeLessThanOrEqual(100)
    console.log(`commits of 1,000 completions reported one by one at once: ${count.commits}`)
  })
})
