/** Tasks with items: limits, order, outcomes, and their one finish. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FlowSpecimen, type Sketch } from './flow-specimen.ts'

const resizing = (concurrency: number, more: object = {}): Sketch => ({
  tasks: {
    resize: {
      items: { in: '{{ input }}', concurrency, ...more },
      input: { value: '{{ item }}', ordinal: '{{ index }}' },
      next: [{ publish: { made: '{{ result() }}' }, do: ['report'] }],
    },
    report: { input: '{{ vars.made }}' },
  },
  output: '{{ vars.made }}',
})

const range = (n: number): number[] => Array.from({ length: n }, (_, index) => index)

function permutations(items: number[]): number[][] {
  if (items.length < 2) return [items]
  return items.flatMap((first, place) => permutations(items.filter((_, at) => at !== place)).map((rest) => [first, ...rest]))
}

describe('with_items', () => {
  it('S9 five items, limit 3, all completions in one tick, each twice, in every order: the successor starts once', () => {
    for (const order of permutations([0, 1, 2, 3, 4])) {
      const specimen = new FlowSpecimen().begin(resizing(3), range(5))
      const rank = (index: number | undefined) => order.indexOf(index ?? -1)
      while (specimen.out('resize').length > 0) {
        for (const out of specimen.out('resize').sort((a, b) => rank(a.index) - rank(b.index))) {
          expect(specimen.done(out, `made ${out.index}`)).toEqual({ ok: true, value: {} })
          expect(specimen.done(out, `made ${out.index}`)).toEqual({ ok: true, value: { duplicate: true } })
        }
      }
      expect(specimen.out().map(({ task, input }) => ({ task, input }))).toEqual([
        { task: 'report', input: range(5).map((index) => `made ${index}`) },
      ])
      specimen.drain()
      expect(specimen.status).toBe('COMPLETED')
      expect(specimen.outcomes()).toEqual(['resize#1 succeeded', 'report#1 succeeded'])
    }
  })

  it('S9 F1 most in flight ≤ limit, average near it, results in index order, over limits and orders', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 30 }),
        fc.constantFrom(1, 2, 3, 0),
        fc.infiniteStream(fc.nat()),
        fc.boolean(),
        (n, limit, chance, restarts) => {
          const specimen = new FlowSpecimen().begin(resizing(limit), range(n))
          const most = limit === 0 ? n : Math.min(limit, n)
          let steps = 0
          let inFlight = 0
          for (let out = specimen.out('resize'); out.length > 0; out = specimen.out('resize')) {
            expect(out.length).toBeLessThanOrEqual(most)
            steps += 1
            inFlight += out.length
            const chosen = out[(chance.next().value ?? 0) % out.length]
            if (chosen === undefined) throw new Error('nothing is out')
            specimen.done(chosen, chosen.index ?? null)
            if (restarts) specimen.restart()
          }
          // Only the last ones of the list cannot fill the limit.
          expect(inFlight).toBe(steps * most - (most * (most - 1)) / 2)
          specimen.drain()
          expect(specimen.output).toEqual(range(n))
          expect(specimen.outcomes()).toEqual(['resize#1 succeeded', 'report#1 succeeded'])
        },
      ),
      { numRuns: 60 },
    )
  })

  it('F3 the outcome is that of all items, whichever of them fails', () => {
    for (const failing of [0, 2, 4]) {
      const specimen = new FlowSpecimen().begin(resizing(2), range(5))
      for (let out = specimen.out('resize'); out.length > 0; out = specimen.out('resize')) {
        for (const each of out) each.index === failing ? specimen.fail(each) : specimen.done(each)
      }
      expect(specimen.status).toBe('FAILED')
      expect(specimen.failure).toMatchObject({ type: 'FLOW_TASK_FAILED', cause: { type: 'Oops' } })
      expect(specimen.data('FLOW_TASK_CLOSED')[0]).toMatchObject({
        outcome: 'failed',
        counters: { succeeded: 4, failed: 1, skipped: 0, total: 5 },
      })
    }
  })

  it('F4 an empty list succeeds at once with []', () => {
    const specimen = new FlowSpecimen().begin(resizing(3), [])
    expect(specimen.outcomes()).toEqual(['resize#1 succeeded'])
    expect(specimen.out()).toMatchObject([{ task: 'report', input: [] }])
    specimen.drain()
    expect(specimen.output).toEqual([])
  })

  it('F7 an item keeps its type', () => {
    const values = [5, '5', 1.5, true, null, { a: [1] }, []]
    const specimen = new FlowSpecimen().begin(resizing(0), values)
    expect(specimen.out('resize').map(({ input }) => input)).toEqual(values.map((value, ordinal) => ({ value, ordinal })))
  })

  it('F11 an item that failed and then succeeded has succeeded', () => {
    const sketch = resizing(1)
    const specimen = new FlowSpecimen().begin(
      { ...sketch, tasks: { ...sketch.tasks, resize: { ...sketch.tasks['resize'], retry: { maximumAttempts: 3 } } } },
      range(2),
    )
    const [first] = specimen.out('resize')
    if (first === undefined) throw new Error('nothing is out')
    specimen.fail(first)
    expect(specimen.out('resize')).toMatchObject([{ id: first.id, attempt: 2, index: 0 }])
    specimen.drain()
    expect(specimen.status).toBe('COMPLETED')
    expect(specimen.flow.closed.get('resize')?.items[0]).toMatchObject({ status: 'succeeded', attempts: 2 })
  })

  it('stop: no new items, those out settle, the rest is skipped', () => {
    const specimen = new FlowSpecimen().begin(resizing(2, { onItemFailure: 'stop' }), range(6))
    const [a, b] = specimen.out('resize')
    if (a === undefined || b === undefined) throw new Error('nothing is out')
    specimen.fail(a)
    expect(specimen.out('resize')).toMatchObject([{ index: 1 }])
    specimen.done(b)
    expect(specimen.data('FLOW_TASK_CLOSED')[0]).toMatchObject({
      outcome: 'failed',
      counters: { succeeded: 1, failed: 1, skipped: 4, total: 6 },
    })
  })

  it('continue: failures never fail the task; tolerate: up to a count or a share', () => {
    const run = (more: object, failures: number): string | undefined => {
      const specimen = new FlowSpecimen().begin(resizing(3, more), range(10))
      for (let out = specimen.out('resize'); out.length > 0; out = specimen.out('resize')) {
        for (const each of out) (each.index ?? 0) < failures ? specimen.fail(each) : specimen.done(each)
      }
      specimen.drain()
      return specimen.status
    }
    expect(run({ onItemFailure: 'continue' }, 10)).toBe('COMPLETED')
    expect(run({ tolerate: { count: 2 } }, 2)).toBe('COMPLETED')
    expect(run({ tolerate: { count: 2 } }, 3)).toBe('FAILED')
    expect(run({ tolerate: { percent: 30 } }, 3)).toBe('COMPLETED')
    expect(run({ tolerate: { percent: 30 } }, 4)).toBe('FAILED')
    expect(run({ onItemFailure: 'stop', tolerate: { count: 1 } }, 2)).toBe('FAILED')
  })

  it('a batch goes out as one list', () => {
    const specimen = new FlowSpecimen().begin(resizing(0, { batchSize: 4 }), range(10))
    expect(specimen.out('resize').map(({ input }) => input)).toEqual([
      { value: [0, 1, 2, 3], ordinal: 0 },
      { value: [4, 5, 6, 7], ordinal: 1 },
      { value: [8, 9], ordinal: 2 },
    ])
  })

  it('keys are in the log, and two items may not have the same', () => {
    const keyed = { key: '{{ item.id }}', concurrency: 0 }
    const specimen = new FlowSpecimen().begin(resizing(0, keyed), [{ id: 'a' }, { id: 7 }])
    expect(specimen.out('resize')).toMatchObject([
      { key: 'a', index: 0 },
      { key: '7', index: 1 },
    ])
    const twice = new FlowSpecimen().begin(resizing(0, keyed), [{ id: 'a' }, { id: 'a' }])
    expect(twice.status).toBe('FAILED')
    expect(twice.failure?.message).toContain('has key a, as another has')
  })

  it('F6 what is no list, and an item whose input errors, fail the task', () => {
    const none = new FlowSpecimen().begin(resizing(1), 'text')
    expect(none.failure?.message).toContain('a list is needed, not a string')
    const specimen = new FlowSpecimen().begin(
      {
        tasks: {
          work: { items: { in: '{{ input }}', concurrency: 2 }, input: '{{ 10 / item.n }}', next: [{ when: 'failed()' }] },
        },
      },
      [{ n: 2 }, { m: 1 }, { n: 5 }],
    )
    expect(specimen.status).toBe('COMPLETED')
    expect(specimen.data('FLOW_TASK_CLOSED')[0]).toMatchObject({ outcome: 'failed', failure: { type: 'EXPRESSION' } })
  })

  it('F2 F13 10,000 items, limit 100: each item costs what another costs', { timeout: 60_000 }, () => {
    const specimen = new FlowSpecimen().begin(resizing(100), range(10_000))
    const waiting = specimen.out('resize').map(({ id }) => id)
    let looks = 0
    let reads = 0
    const { disk } = specimen
    const payload = disk.payload.bind(disk)
    disk.payload = (run, sequence) => {
      reads += 1
      return payload(run, sequence)
    }
    const { open } = specimen.flow
    const visit = open.get('resize#1')
    if (visit === undefined) throw new Error('resize is not open')
    for (let next = waiting.shift(); next !== undefined && open.has('resize#1'); next = waiting.shift()) {
      const before = specimen.log.length
      specimen.complete({ id: next, attempt: 1 }, '1')
      looks += 1
      for (const event of specimen.log.slice(before)) if (event.type === 'TASK_SCHEDULED') waiting.push(event.data.taskId)
      // One completion and at most one successor: what a step writes does not grow.
      if (open.has('resize#1')) expect(specimen.log.length - before).toBeLessThanOrEqual(2)
    }
    expect(looks).toBe(10_000)
    // What it reads is kept: the outputs, once each, when the task closes.
    expect(reads).toBeLessThanOrEqual(10_000)
    expect(specimen.outcomes()).toEqual(['resize#1 succeeded'])
    expect(specimen.out('report')).toHaveLength(1)
  })
})
