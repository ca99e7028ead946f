/** What a worker says, against a server that plays the wire. */
import { afterEach, describe, expect, it } from 'vitest'
import type { Completions, Report } from '../../../schemas/reports.ts'
import { Service } from '../../../sdk/http/service.ts'
import type { Settled } from '../../../sdk/worker/batch.ts'
import { Connection, type ConnectionHost } from '../../../sdk/worker/connection.ts'
import { Outbox } from '../../../sdk/worker/outbox.ts'
import { type Answer, type Asked, refusal, Wire } from '../wire.ts'

const open: Wire[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((wire) => wire.close()))
})

const bodyOf = (asked: Asked): Completions => asked.body as Completions

/** Everything is taken. */
const taken = (asked: Asked): Answer => {
  const { reports } = bodyOf(asked)
  const reply = { at: 1, lastSequence: reports.length }
  const executions = Object.fromEntries(reports.map(({ executionId }) => [executionId, reply]))
  return { body: { results: reports.map(() => ({ ok: true })), executions, tasks: [] } }
}

async function outboxTo(answer: (asked: Asked, index: number) => Answer | Promise<Answer>) {
  const wire = await Wire.open(answer)
  open.push(wire)
  const service = new Service({ url: wire.url, org: 'acme', apiKey: 'key' })
  const unused = () => undefined
  const host: ConnectionHost = {
    service,
    queue: 'default',
    hello: () => ({ type: 'drain' }),
    received: unused,
    welcomed: unused,
    lost: unused,
    failed: unused,
    refused: unused,
  }
  const via = new Connection(host, 0)
  const outbox = new Outbox({ service, foresee: async () => undefined, offer: unused, answered: unused, refused: unused })
  const post = (executionId: string, id: string, output: string = id) =>
    new Promise<Settled>((resolve) => {
      const report: Report = { type: 'task', executionId, run: 1, id, token: '1.x', output }
      outbox.post(report, via, resolve)
    })
  return { wire, outbox, post }
}

describe('reports', () => {
  it('of executions that are ready in the same tick share a request', async () => {
    const { wire, post } = await outboxTo(taken)
    const settled = await Promise.all([post('a', 'task-1'), post('a', 'task-2'), post('b', 'task-1')])
    expect(wire.asked.map((asked) => bodyOf(asked).reports.map(({ executionId, id }) => `${executionId} ${id}`))).toEqual([
      ['a task-1', 'a task-2', 'b task-1'],
    ])
    expect(settled.map(({ result, reports }) => [result.ok, reports.length])).toEqual([
      [true, 2],
      [true, 2],
      [true, 1],
    ])
  })

  it('of one execution have one request in flight: what ends meanwhile goes with the next, others do not wait', async () => {
    const gate = Promise.withResolvers<void>()
    const { wire, post, outbox } = await outboxTo(async (asked, index) => {
      if (index === 0) await gate.promise
      return taken(asked)
    })
    const first = post('a', 'task-1')
    while (wire.asked.length === 0) await new Promise((resolve) => setImmediate(resolve))
    const later = [post('a', 'task-2'), post('a', 'task-3')]
    await post('b', 'task-1')
    expect(wire.asked).toHaveLength(2)
    gate.resolve()
    await Promise.all([first, ...later])
    expect(wire.asked.map((asked) => bodyOf(asked).reports.length)).toEqual([1, 1, 2])
    await outbox.drained()
    expect(outbox.isEmpty).toBe(true)
  })

  it('L5: are sent again under the same requestId until they are answered', async () => {
    const failures: Answer[] = ['hang up', refusal('overloaded'), 'break off', refusal('internal')]
    const { wire, post } = await outboxTo((asked, index) => failures[index] ?? taken(asked))
    expect((await post('a', 'task-1')).result).toEqual({ ok: true })
    expect(wire.asked).toHaveLength(5)
    expect(new Set(wire.asked.map((asked) => bodyOf(asked).requestId)).size).toBe(1)
  })

  it('N11: when a request is refused, only what is wrong in it is lost', async () => {
    const { wire, post } = await outboxTo((asked) =>
      bodyOf(asked).reports.some((report) => 'output' in report && report.output === 'too large')
        ? refusal('payload_too_large')
        : taken(asked),
    )
    const settled = await Promise.all([post('a', 'task-1'), post('a', 'task-2', 'too large'), post('b', 'task-1')])
    expect(settled.map(({ result }) => (result.ok ? 'taken' : result.code))).toEqual(['taken', 'payload_too_large', 'taken'])
    expect((await post('a', 'task-3')).result.ok).toBe(true)
    expect(wire.mostOpen).toBeLessThanOrEqual(3)
  })
})
