/** Edges, joins, loops, and how a run ends. */
import { describe, expect, it } from 'vitest'
import { FlowSpecimen, type Out, type Sketch } from './flow-specimen.ts'

const first = (specimen: FlowSpecimen, task: string): Out => {
  const [out] = specimen.out(task)
  if (out === undefined) throw new Error(`${task} is not out`)
  return out
}

const names = (specimen: FlowSpecimen): string[] => specimen.out().map(({ task }) => task)

describe('edges', () => {
  it('tasks without an incoming edge begin, in file order; matching edges fire in order', () => {
    const specimen = new FlowSpecimen().begin({
      tasks: { a: { next: [{ do: ['c', 'b'] }, { when: 'result() > 1', do: ['d'] }] }, e: {}, b: {}, c: {}, d: {} },
    })
    expect(names(specimen)).toEqual(['a', 'e'])
    specimen.done(first(specimen, 'a'), 2)
    expect(names(specimen)).toEqual(['e', 'c', 'b', 'd'])
    specimen.drain()
    expect(specimen.status).toBe('COMPLETED')
  })

  it('exclusive: the first that matches is the only one', () => {
    const specimen = new FlowSpecimen().begin({
      tasks: { a: { exclusive: true, next: [{ when: 'false', do: ['b'] }, { do: ['c'] }, { do: ['d'] }] }, b: {}, c: {}, d: {} },
    })
    specimen.done(first(specimen, 'a'))
    expect(names(specimen)).toEqual(['c'])
    specimen.drain()
    expect(specimen.outcomes()).toEqual(['a#1 succeeded', 'c#1 succeeded', 'b#0 skipped', 'd#0 skipped'])
    const skipped = specimen.data('FLOW_TASK_CLOSED').filter(({ outcome }) => outcome === 'skipped')
    expect(skipped.map(({ notTaken }) => notTaken)).toEqual([[{ from: 'a', edge: 0 }], [{ from: 'a', edge: 2 }]])
  })

  it('F6 not failed() is false for what failed; a condition that errors fails the task and is caught by failed()', () => {
    const sketch: Sketch = {
      tasks: {
        a: {
          next: [
            { when: '!failed()', do: ['b'] },
            { when: 'failed()', do: ['c'] },
          ],
        },
        b: {},
        c: {},
      },
    }
    const failed = new FlowSpecimen().begin(sketch)
    failed.fail(first(failed, 'a'))
    expect(names(failed)).toEqual(['c'])
    const broken = new FlowSpecimen().begin({
      tasks: {
        a: {
          next: [
            { when: 'vars.none > 1', do: ['b'] },
            { when: 'failed()', do: ['c'] },
          ],
        },
        b: {},
        c: {},
      },
    })
    broken.done(first(broken, 'a'))
    expect(names(broken)).toEqual(['c'])
    expect(broken.data('FLOW_TASK_CLOSED')[0]).toMatchObject({ outcome: 'failed', failure: { type: 'EXPRESSION' } })
    const uncaught = new FlowSpecimen().begin({ tasks: { a: { next: [{ when: 'vars.none > 1', do: ['b'] }] }, b: {} } })
    uncaught.done(first(uncaught, 'a'))
    expect(uncaught.status).toBe('FAILED')
    expect(uncaught.failure?.message).toContain('next[0].when')
    const noBoolean = new FlowSpecimen().begin({ tasks: { a: { next: [{ when: '1', do: ['b'] }] }, b: {} } })
    noBoolean.done(first(noBoolean, 'a'))
    expect(noBoolean.failure?.message).toContain('true or false is needed, not 1')
  })

  it('F7 what is published keeps its type and is there before what follows begins, also after a restart', () => {
    const value = { n: 5, text: '5', list: [1, null], half: 0.5 }
    const specimen = new FlowSpecimen().begin(
      {
        vars: { count: 1, who: '{{ input.who }}' },
        tasks: {
          a: { next: [{ publish: { got: '{{ result() }}', count: '{{ vars.count + 1 }}' }, do: ['b'] }] },
          b: { input: { got: '{{ vars.got }}', count: '{{ vars.count }}', text: 'n={{ vars.got.n }}' } },
        },
        output: { got: '{{ vars.got }}', who: '{{ vars.who }}', b: '{{ tasks.b.output }}', status: '{{ tasks.b.status }}' },
      },
      { who: 'me' },
    )
    specimen.done(first(specimen, 'a'), value)
    expect(first(specimen, 'b').input).toEqual({ got: value, count: 2, text: 'n=5' })
    specimen.restart()
    specimen.done(first(specimen, 'b'), 7)
    expect(specimen.output).toEqual({ got: value, who: 'me', b: 7, status: 'succeeded' })
  })

  it('F8 the run goes on with the copy that it was started with', () => {
    const specimen = new FlowSpecimen().begin({ tasks: { a: { next: [{ do: ['b'] }] }, b: {} } })
    const pin = specimen.log[0]?.note?.pin
    expect(pin).toMatchObject({ name: 'sketch', version: 1, hash: 'h' })
    specimen.restart()
    specimen.drain()
    expect(specimen.outcomes()).toEqual(['a#1 succeeded', 'b#1 succeeded'])
  })

  it('a failure that no fired edge handles fails the run, once the other branches are done', () => {
    const specimen = new FlowSpecimen().begin({ tasks: { a: {}, b: { next: [{ do: ['c'] }] }, c: {} } })
    specimen.fail(first(specimen, 'a'))
    expect(specimen.status).toBeUndefined()
    specimen.drain()
    expect(specimen.outcomes()).toEqual(['a#1 failed', 'b#1 succeeded', 'c#1 succeeded'])
    expect(specimen.failure).toMatchObject({ type: 'FLOW_TASK_FAILED', message: 'task a: failed: no', cause: { type: 'Oops' } })
  })

  it('vars and output that error fail the run', () => {
    expect(new FlowSpecimen().begin({ vars: { a: '{{ 1 / 0 }}' }, tasks: { a: {} } }).failure?.message).toContain('vars: ')
    const output = new FlowSpecimen().begin({ tasks: { a: {} }, output: '{{ vars.none }}' }).drain()
    expect(output.failure?.message).toContain('output: ')
  })
})

describe('joins', () => {
  const joining = (join: NonNullable<Sketch['tasks'][string]['join']>): Sketch => ({
    tasks: {
      a: { next: [{ when: 'always()', do: ['j'] }] },
      b: { next: [{ do: ['j'] }] },
      c: { next: [{ do: ['j'] }] },
      j: { join },
    },
  })

  it('F5 all: starts once, after the last, failed or not, in any order', () => {
    for (const order of ['abc', 'acb', 'bac', 'bca', 'cab', 'cba']) {
      const specimen = new FlowSpecimen().begin(joining('all'))
      for (const [at, name] of [...order].entries()) {
        expect(specimen.out('j')).toEqual([])
        if (name === 'a') specimen.fail(first(specimen, name))
        else specimen.done(first(specimen, name))
        if (at === 1) specimen.restart()
      }
      expect(specimen.out('j')).toHaveLength(1)
      specimen.drain()
      expect(specimen.status).toBe('COMPLETED')
    }
  })

  it('F5 a join that can no longer be satisfied is recorded, and the run fails; or goes on with on_unreachable: skip', () => {
    const failing = (join: NonNullable<Sketch['tasks'][string]['join']>) => {
      const specimen = new FlowSpecimen().begin({
        tasks: { a: { next: [{ do: ['j'] }] }, b: { next: [{ when: 'failed()', do: ['j'] }] }, j: { join } },
      })
      return specimen.drain()
    }
    const fails = failing('all')
    expect(fails.outcomes()).toEqual(['a#1 succeeded', 'b#1 succeeded', 'j#0 unreachable'])
    expect(fails.status).toBe('FAILED')
    expect(fails.failure?.message).toContain('1 of the 2 arrivals')
    const skips = failing({ need: 2, onUnreachable: 'skip' })
    expect(skips.outcomes()).toEqual(['a#1 succeeded', 'b#1 succeeded', 'j#0 skipped'])
    expect(skips.status).toBe('COMPLETED')
  })

  it('F5 N counts different sources: two arrivals from one are one', () => {
    const specimen = new FlowSpecimen().begin({
      tasks: {
        a: { next: [{ do: ['j'] }, { do: ['j'] }] },
        b: { next: [{ do: ['j'] }] },
        c: { next: [{ do: ['j'] }] },
        j: { join: { need: 2 } },
      },
    })
    specimen.done(first(specimen, 'a'))
    expect(specimen.out('j')).toEqual([])
    specimen.done(first(specimen, 'b'))
    expect(specimen.out('j')).toHaveLength(1)
  })
})

describe('loops', () => {
  const looping = (more: Partial<Sketch> = {}): Sketch => ({
    vars: { n: 0 },
    start: ['work'],
    tasks: {
      work: {
        input: '{{ vars.n }}',
        next: [
          { when: 'result() < 4', publish: { n: '{{ result() }}' }, do: ['work'] },
          { when: 'result() >= 4', do: ['end'] },
        ],
      },
      end: {},
    },
    ...more,
  })

  it('each turn is a visit of its own', () => {
    const specimen = new FlowSpecimen().begin(looping())
    specimen.drain(({ input }) => Number(input) + 1)
    expect(specimen.outcomes()).toEqual([
      'work#1 succeeded',
      'work#2 succeeded',
      'work#3 succeeded',
      'work#4 succeeded',
      'end#1 succeeded',
    ])
    expect(specimen.status).toBe('COMPLETED')
  })

  it('without end it meets its budget of steps', () => {
    const specimen = new FlowSpecimen().begin(looping({ maxSteps: 7 }))
    specimen.drain(() => 1)
    expect(specimen.flow.steps).toBe(7)
    expect(specimen.failure).toMatchObject({ type: 'FLOW_STEPS', message: 'work would be visit 8; a run has at most 7' })
  })

  it('a loop over an empty list, which never waits, ends as well', () => {
    const specimen = new FlowSpecimen().begin({
      start: ['a'],
      maxSteps: 500,
      tasks: { a: { items: { in: [] }, next: [{ do: ['a'] }] } },
    })
    expect(specimen.failure?.type).toBe('FLOW_STEPS')
  })
})
