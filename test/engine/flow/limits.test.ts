/** A run of a flow lives under the limits of every run: it waits for room, or fails in words, and never stands still. */
import { describe, expect, it } from 'vitest'
import { takeSpeculation } from '../../../engine/execution/activation-answer.ts'
import { FlowSpecimen, type Sketch } from './flow-specimen.ts'

const range = (n: number): number[] => Array.from({ length: n }, (_, index) => index)
const two: Sketch = {
  tasks: { a: { items: { in: range(7), concurrency: 0 } }, b: { items: { in: range(5), concurrency: 4 } }, c: {} },
}

describe('limits', () => {
  it.each([true, false])('L8 items without limit wait for room among the open tasks of the run; restarts: %s', (restarts) => {
    const specimen = new FlowSpecimen().begin(two, undefined, { limits: { openTasks: 3, eventsPerRun: 50_000 } })
    for (let out = specimen.out(); out.length > 0; out = specimen.out()) {
      expect(out.length).toBeLessThanOrEqual(3)
      const [last] = out.slice(-1)
      if (last !== undefined) specimen.done(last)
      if (!restarts) continue
      specimen.restart()
      specimen.nobodyHasIt()
    }
    expect(specimen.status).toBe('COMPLETED')
    expect(specimen.count('TASK_COMPLETED')).toBe(13)
  })

  it.each([true, false])(
    'L8 room that is left by work of a closed task is taken, by who can use it; restarts: %s',
    (restarts) => {
      const faulty = {
        items: { in: [{ n: 1 }, { n: 2 }, {}, { n: 4 }], concurrency: 2 },
        input: '{{ item.n }}',
        next: [{ when: 'failed()' }],
      }
      const stopped = { items: { in: range(4), concurrency: 2, onItemFailure: 'stop' as const }, next: [{ when: 'failed()' }] }
      for (const a of [faulty, stopped]) {
        const specimen = new FlowSpecimen().begin({ tasks: { a, b: { items: { in: range(3), concurrency: 0 } } } }, undefined, {
          limits: { openTasks: 2, eventsPerRun: 50_000 },
        })
        const parcels = specimen.claim('task', 'a', 2)
        expect(parcels).toHaveLength(2)
        for (const parcel of parcels) {
          if (restarts) specimen.restart()
          if (a === stopped) specimen.fail(parcel)
          else specimen.complete(parcel)
        }
        specimen.nobodyHasIt()
        expect(specimen.out('b')).toHaveLength(2)
        specimen.drain()
        expect(specimen.outcomes()).toEqual(['a#1 failed', 'b#1 succeeded'])
        expect(specimen.status).toBe('COMPLETED')
      }
    },
  )

  it('a log that is full fails the run, and says so', () => {
    const specimen = new FlowSpecimen().begin({ tasks: { a: { items: { in: range(1_000), concurrency: 2 } } } }, undefined, {
      limits: { openTasks: 100, eventsPerRun: 50 },
    })
    specimen.drain()
    expect(specimen.failure).toMatchObject({ type: 'FLOW_EVENTS', message: 'the run has reached its limit of 50 events' })
  })

  it('N11 values over the limit fail their task: a list, an input, what is published', () => {
    const large = 'x'.repeat(700_000)
    const sketches: Record<string, Sketch> = {
      with_items: { tasks: { a: { items: { in: ['{{ input }}', '{{ input }}'] }, next: [{ when: 'failed()' }] } } },
      input: { tasks: { a: { input: ['{{ input }}', '{{ input }}'], next: [{ when: 'failed()' }] } } },
      publish: { tasks: { a: { next: [{ publish: { x: ['{{ input }}', '{{ input }}'] } }, { when: 'failed()' }] } } },
    }
    for (const [what, sketch] of Object.entries(sketches)) {
      const specimen = new FlowSpecimen().begin(sketch, large).drain()
      const [closed] = specimen.data('FLOW_TASK_CLOSED')
      expect(closed).toMatchObject({ outcome: 'failed', failure: { type: 'EXPRESSION' } })
      expect(closed?.failure?.message).toContain(`${what} has `)
      expect(specimen.status).toBe('COMPLETED')
    }
    const output = new FlowSpecimen().begin({ tasks: { a: {} }, output: ['{{ input }}', '{{ input }}'] }, large).drain()
    expect(output.failure?.type).toBe('PAYLOAD_TOO_LARGE')
  })

  it('W1 A6 a run of a flow wants no worker of its own, and takes no commands', () => {
    const specimen = new FlowSpecimen().begin({ tasks: { a: {} } })
    expect(specimen.run.activation).toBeUndefined()
    expect(specimen.offers().flatMap(({ parcels }) => parcels.map(({ type }) => type))).toEqual(['task'])
    const said = { basedOn: specimen.run.lastSequence, reports: 0, activationAt: specimen.now, awaiting: [] }
    const commands = [{ type: 'COMPLETE_WORKFLOW' as const }]
    expect(specimen.turn((draft) => takeSpeculation(draft, { ...said, commands }, 's1'))).toBe(false)
    const stale = {
      type: 'activation',
      run: 1,
      id: 'activation-1',
      attempt: 1,
      snapshotSequence: 1,
      observed: true,
    } as const
    expect(specimen.say({ ...stale, awaiting: [], commands, operationsOut: [] })).toMatchObject({
      ok: false,
      refusal: { code: 'stale_attempt' },
    })
    expect(specimen.status).toBeUndefined()
  })
})
