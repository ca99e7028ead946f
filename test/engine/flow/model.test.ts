/** Random graphs with joins, conditions, failures, loops, cancellations, pauses and restarts, beside a small oracle. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { requestCancellation } from '../../../engine/execution/cancelling.ts'
import { pause, resume } from '../../../engine/execution/pausing.ts'
import { FlowSpecimen, flowOf, type Sketch, type TaskSketch } from './flow-specimen.ts'
import { Oracle } from './oracle.ts'

const names = ['a', 'b', 'c', 'd', 'e', 'f']

const edge = fc.record({
  when: fc.constantFrom(undefined, 'failed()', 'always()'),
  do: fc.uniqueArray(fc.constantFrom(...names), { maxLength: 3 }),
})

const task = fc.record({
  next: fc.array(edge, { maxLength: 3 }),
  exclusive: fc.boolean(),
  join: fc.constantFrom(undefined, undefined, 'all' as const, 2, 1),
  onUnreachable: fc.constantFrom('fail' as const, 'skip' as const),
  fan: fc.option(
    fc.record({
      length: fc.integer({ min: 0, max: 5 }),
      concurrency: fc.constantFrom(1, 2, 3, 0),
      onItemFailure: fc.constantFrom('drain' as const, 'stop' as const, 'continue' as const),
    }),
    { nil: undefined },
  ),
})

const graph = fc.record({
  tasks: fc.array(task, { minLength: 1, maxLength: names.length }),
  cancellation: fc.constantFrom('cancel_running' as const, 'allow_finish' as const),
})

type Graph = typeof graph extends fc.Arbitrary<infer Value> ? Value : never

function sketchOf({ tasks, cancellation }: Graph): { sketch: Sketch; lengths: Record<string, number> } {
  const known = names.slice(0, tasks.length)
  const lengths: Record<string, number> = {}
  const entries = tasks.map(({ next, exclusive, join, onUnreachable, fan }, at): [string, TaskSketch] => {
    const name = known[at] ?? ''
    if (fan !== undefined) lengths[name] = fan.length
    const edges = next.map(({ when, do: targets }) => ({
      ...(when !== undefined && { when }),
      do: targets.filter((target) => known.includes(target)),
    }))
    const sources = tasks.filter((each) => each.next.some((one) => one.do.includes(name))).length
    const need = join === 'all' ? sources : Math.min(join ?? 0, sources)
    return [
      name,
      {
        next: edges,
        exclusive,
        ...(need > 0 && { join: { need, onUnreachable } }),
        ...(fan !== undefined && {
          items: {
            in: Array.from({ length: fan.length }, (_, index) => index),
            concurrency: fan.concurrency,
            onItemFailure: fan.onItemFailure,
          },
        }),
      },
    ]
  })
  const sketch = { tasks: Object.fromEntries(entries), cancellation, maxSteps: 25 }
  // Where every task has an edge to it, one of them begins all the same.
  return { sketch: flowOf(sketch).start.length > 0 ? sketch : { ...sketch, start: ['a'] }, lengths }
}

const outOf = (specimen: FlowSpecimen): string[] =>
  specimen.out().map(({ task: name, visit, index = 0 }) => `${name}#${visit}/${index}`)

it('L6 L11 F3 F5 F10 random graphs do what the oracle says, step by step', { timeout: 120_000 }, () => {
  fc.assert(
    fc.property(graph, fc.infiniteStream(fc.nat()), (drawn, chance) => {
      const { sketch, lengths } = sketchOf(drawn)
      const specimen = new FlowSpecimen().begin(sketch)
      const oracle = new Oracle(flowOf(sketch), lengths)
      const draw = (below: number): number => (chance.next().value ?? 0) % below
      let isPaused = false
      let isCancelled = false
      for (let step = 0; step < 400 && specimen.status === undefined; step += 1) {
        expect(outOf(specimen).toSorted()).toEqual(oracle.out().toSorted())
        if (draw(5) === 0) {
          specimen.restart()
          specimen.nobodyHasIt()
        }
        const move = draw(12)
        if (move === 0 && !isPaused) {
          isPaused = true
          specimen.turn((draft) => pause(draft, 'me', undefined))
          oracle.pause()
        }
        const out = specimen.out()
        const chosen = out[draw(Math.max(1, out.length))]
        if (isPaused && (move < 4 || chosen === undefined)) {
          isPaused = false
          specimen.turn((draft) => resume(draft, 'me', undefined))
          oracle.resume()
          continue
        }
        if (step > 3 && draw(15) === 0 && !isCancelled && !isPaused) {
          isCancelled = true
          specimen.turn((draft) => requestCancellation(draft, 'me', undefined))
          oracle.cancel()
          continue
        }
        if (chosen === undefined) throw new Error('L8: nothing is out, and the run is open')
        const ok = draw(4) > 0
        if (ok) specimen.done(chosen)
        else specimen.fail(chosen)
        oracle.ended(chosen.task, chosen.visit, chosen.index ?? 0, ok)
      }
      expect(specimen.status).toBe(oracle.status)
      const closings = specimen.data('FLOW_TASK_CLOSED').filter(({ visit }) => visit > 0)
      expect(closings.map(({ task: name, visit, outcome }) => `${name}#${visit} ${outcome}`)).toEqual(oracle.closings)
      // No visit twice, none lost but those that the budget cut off, and every counter is what its items came to.
      const begun = specimen.data('FLOW_TASK_STARTED').map(({ task: name, visit }) => `${name}#${visit}`)
      expect(new Set(begun).size).toBe(begun.length)
      expect(closings.length + specimen.flow.open.size).toBe(begun.length)
      for (const { counters } of closings) {
        if (counters !== undefined) expect(counters.succeeded + counters.failed + counters.skipped).toBe(counters.total)
      }
    }),
    { numRuns: 400 },
  )
})
