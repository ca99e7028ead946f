/**
 * P9 and P10, and the budget of a step: rows, commits and messages, counted. They do not depend on the machine.
 *
 * Lines `budget: <name> <figure>` are what `npm run bench` prints.
 */
import { describe, expect, it, vi } from 'vitest'
import { Meter } from './meter.ts'
import { done, Organisation, type Peer, scheduled, scheduledMany, type TaskWork } from './peer.ts'
import { Reporter } from './reporter.ts'

const tell = (name: string, figure: number): void => console.log(`budget: ${name} ${figure}`)

/** A step as a whole: what the objects spent on it, what its worker sent and was sent. */
class Step {
  readonly #name: string
  readonly #meter: Meter
  readonly #peer: Peer
  readonly #before: { spent: Meter['spent']; requests: number; messages: number }

  constructor(name: string, meter: Meter, peer: Peer) {
    this.#name = name
    this.#meter = meter
    this.#peer = peer
    this.#before = { spent: { ...meter.spent }, requests: peer.organisation.requests, messages: peer.received.length }
  }

  /** Of each of so many. */
  end(steps: number) {
    const { rows, commits, calls } = this.#meter.since(this.#before.spent)
    const requests = this.#peer.organisation.requests - this.#before.requests
    const messages = this.#peer.received.length - this.#before.messages
    const all = { rows, commits, calls, requests, messages }
    const each = Object.fromEntries(Object.entries(all).map(([what, count]) => [what, count / steps])) as typeof all
    for (const [what, count] of Object.entries(each)) tell(`${this.#name}_${what}`, Math.round(count * 1_000) / 1_000)
    return each
  }
}

const complete = { type: 'COMPLETE_WORKFLOW', output: 1 }

describe('P9 rows', () => {
  it('a 1-task workflow writes at most 12, schema included, and three commits; a further task at most 5 and one', async () => {
    const organisation = await Organisation.create()
    const peer = await organisation.connect({ slots: { workflow: 1, task: 0 } })
    const meter = await Meter.of(organisation, 'a')
    const count = meter.spent
    await organisation.start('a')
    expect(count.rows).toBeGreaterThan(0)
    const activation = await peer.next('activation')
    let reply = await peer.answer(activation, [scheduled(1)], { accept: peer.accept(0, 1) })
    const perTask: { rows: number; commits: number }[] = []
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
    tell('rowsOfOne', count.rows - further)
    tell('rowsFurther', further / perTask.length)
    tell('commitsFurther', Math.max(...perTask.map(({ commits }) => commits)))
    await vi.waitFor(() => expect(count.indexRows).toBeGreaterThan(0), { timeout: 10_000 })
    // Those of its schema come once for a whole index; a slow machine tells of the start as well.
    expect(count.indexRows).toBeLessThanOrEqual(10)
    tell('rowsOfIndex', count.indexRows)
  })

  it('P10 a further sequential task without speculation costs at most 2 commits', async () => {
    const organisation = await Organisation.create()
    const peer = await organisation.connect({ slots: { workflow: 1, task: 0 } })
    const meter = await Meter.of(organisation, 'a')
    const count = meter.spent
    await organisation.start('a')
    let activation = await peer.next('activation')
    const begun = count.commits
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
    tell('commitsApart', (count.commits - begun) / 10)
  })
})

describe('P10 commits', () => {
  it('1,000 completions at once take at most 100', { timeout: 60_000 }, async () => {
    const organisation = await Organisation.create()
    const peer = await organisation.connect({ slots: { workflow: 1, task: 0 } })
    await organisation.start('a')
    const reply = await peer.answer(await peer.next('activation'), scheduledMany(1_000), { accept: peer.accept(0, 1_000) })
    const tasks = reply.tasks as TaskWork[]
    const meter = await Meter.of(organisation, 'a')
    const count = meter.spent
    const answers = await Promise.all(tasks.map((task) => peer.report([done(task)])))
    expect(answers.every(({ results }) => results[0]?.ok)).toBe(true)
    expect(count.commits).toBeGreaterThan(0)
    expect(count.commits).toBeLessThanOrEqual(100)
    tell('commitsOfThousand', count.commits)
  })
})

describe('the budget of a step', () => {
  it('a task that follows another: one request, one commit, no call and no message', async () => {
    const { organisation, peer, meter } = await stage()
    let reply = await peer.answer(await peer.next('activation'), [scheduled(1)], { accept: peer.accept(0, 1) })
    const step = new Step('sequence', meter, peer)
    for (let n = 1; n <= 10; n += 1) {
      const [task] = reply.tasks as TaskWork[]
      if (task === undefined) throw new Error('no task was carried')
      const then = { executionId: 'a', run: 1, basedOn: reply.lastSequence, activationAt: reply.at, commands: [scheduled(n + 1)] }
      const answer = await peer.report([done(task)], { accept: peer.accept(0, 1), then: [then as never] })
      reply = answer.executions['a']
    }
    expect(step.end(10)).toEqual({ rows: 3, commits: 1, calls: 0, requests: 1, messages: 0 })
    expect(await organisation.events('a')).toHaveLength(33)
  })

  it('the same over the execution’s own socket: no request', async () => {
    const { organisation, peer, meter } = await stage()
    let reply = await peer.answer(await peer.next('activation'), [scheduled(1)], { accept: peer.accept(0, 1) })
    const reporter = await Reporter.open(organisation, 'a')
    const step = new Step('sequenceOverSocket', meter, peer)
    for (let n = 1; n <= 10; n += 1) {
      const [task] = reply.tasks as TaskWork[]
      if (task === undefined) throw new Error('no task was carried')
      const then = { executionId: 'a', run: 1, basedOn: reply.lastSequence, activationAt: reply.at, commands: [scheduled(n + 1)] }
      const more = { accept: peer.accept(0, 1), then: [then as never], session: peer.session }
      const answer = await reporter.report([done(task)], more)
      reply = answer.executions['a']
    }
    expect(step.end(10)).toEqual({ rows: 3, commits: 1, calls: 0, requests: 0, messages: 0 })
    expect(reporter.messages).toBe(10)
    expect(await organisation.events('a')).toHaveLength(33)
  })

  it('a task of a fan-out: two rows, and its part of 25 in a request and a commit', async () => {
    const { peer, meter } = await stage()
    const step = new Step('fanOut', meter, peer)
    const activation = await peer.next('activation')
    let { tasks } = (await peer.answer(activation, scheduledMany(100), { accept: peer.accept(0, 25) })) as { tasks?: TaskWork[] }
    for (let reported = 0; reported < 100; reported += tasks?.length ?? 100) {
      const answer = await peer.report(
        (tasks ?? []).map((task) => done(task)),
        { accept: peer.accept(0, 25) },
      )
      expect(answer.results.every(({ ok }) => ok)).toBe(true)
      tasks = answer.executions['a']?.tasks
    }
    const each = step.end(100)
    // The hundred are scheduled with one event more; what waits is offered once.
    expect(each.rows).toBeLessThanOrEqual(2.05)
    expect([each.commits, each.requests]).toEqual([0.05, 0.05])
    expect(each.calls).toBeLessThanOrEqual(0.05)
  })

  it('a signal: two requests, two commits, one call, one message', async () => {
    const { organisation, peer, meter } = await stage()
    const waiting = { observed: true, awaiting: [{ type: 'signal', name: 'go' }] }
    await peer.answer(await peer.next('activation'), [], waiting)
    const step = new Step('signal', meter, peer)
    for (let n = 1; n <= 10; n += 1) {
      peer.say({ type: 'slots', workflow: 1, task: 0 })
      await organisation.call('POST', '/workflow-executions/a/signals/go', { signalId: `signal-${n}` })
      await peer.answer(await peer.next('activation'), [], waiting)
    }
    const { rows, ...rest } = step.end(10)
    expect(rest).toEqual({ commits: 2, calls: 1, requests: 2, messages: 1 })
    expect(rows).toBeLessThanOrEqual(3)
  })
})

/** An execution whose first activation is on its way to a worker. */
async function stage() {
  const organisation = await Organisation.create()
  const peer = await organisation.connect({ slots: { workflow: 1, task: 0 } })
  const meter = await Meter.of(organisation, 'a')
  await organisation.start('a')
  return { organisation, peer, meter }
}
