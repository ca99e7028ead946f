/** S1 to S5, L1 to L6: completions in any order and number, at any moment, restarts between. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Parcel } from '../../../engine/execution/parcel.ts'
import { Specimen, schedule, scheduleMany } from './specimen.ts'
import { cancelIt, createPromise, pauseIt, reject, resumeIt, settle, signal } from './talking.ts'

const sizes = [1, 2, 4, 5, 10, 100, 1_000]

/** The workflow that joins all tasks: completes when none is open, else waits. */
function joinStep(specimen: Specimen, parcel: Parcel & { type: 'activation' }): void {
  const seen = specimen.log.filter(
    (event) => event.type === 'TASK_COMPLETED' && event.sequence <= parcel.issued.snapshotSequence,
  ).length
  const wanted = specimen.count('TASK_SCHEDULED')
  specimen.answer(parcel, seen === wanted ? [{ type: 'COMPLETE_WORKFLOW', output: '"done"' }] : [])
}

function expectJoined(specimen: Specimen, n: number): void {
  expect(specimen.run.closed?.status).toBe('COMPLETED')
  expect(specimen.count('TASK_COMPLETED')).toBe(n)
  expect(specimen.log.map((event) => event.sequence)).toEqual(specimen.log.map((_, index) => index + 1))
}

describe('L1 one writer', () => {
  it.each(sizes)('L6 S1 %i completions in one instant, each delivered twice: as many events, no gap', (n) => {
    const specimen = Specimen.running(scheduleMany(n))
    const parcels = specimen.claim('task', 'work', n)
    expect(parcels).toHaveLength(n)
    for (const parcel of parcels) {
      expect(specimen.complete(parcel)).toEqual({ ok: true, value: {} })
      expect(specimen.complete(parcel)).toEqual({ ok: true, value: { duplicate: true } })
    }
    joinStep(specimen, specimen.activate())
    expectJoined(specimen, n)
  })
})

describe('L4 no lost wake-up', () => {
  it.each([4, 5, 6])('S2 %i tasks: an event that arrives while an activation is out wakes the run when that is answered', (n) => {
    const specimen = Specimen.running(scheduleMany(n))
    const [first, ...others] = specimen.claim('task', 'work', n)
    if (first === undefined) throw new Error('no task')
    specimen.complete(first)
    const out = specimen.activate()
    for (const parcel of others) specimen.complete(parcel)
    expect(specimen.claim('activation', 'flow')).toEqual([])
    joinStep(specimen, out)
    joinStep(specimen, specimen.activate())
    expectJoined(specimen, n)
  })

  const wakers: [string, (specimen: Specimen) => void][] = [
    ['TASK_COMPLETED', (specimen) => void specimen.complete({ id: 'task-1', attempt: 1 })],
    ['TASK_FAILED', (specimen) => void specimen.fail({ id: 'task-1', attempt: 1 }, { nonRetryable: true })],
    ['TASK_TIMED_OUT', (specimen) => at(specimen, 3_000)],
    ['TIMER_FIRED', (specimen) => at(specimen, 2_000)],
    [
      'OPERATION_COMPLETED',
      (specimen) => void specimen.say({ type: 'operation', run: 1, id: 'operation-1', attempt: 1, name: 'x', output: '1' }),
    ],
    ['SIGNAL_RECEIVED', (specimen) => void signal(specimen, 'news', 'a')],
    ['PROMISE_RESOLVED', (specimen) => void settle(specimen, 'approval')],
    ['PROMISE_REJECTED', (specimen) => void reject(specimen, 'promise-1')],
    ['PROMISE_TIMED_OUT', (specimen) => at(specimen, 1_000)],
    ['CANCELLATION_REQUESTED', (specimen) => void cancelIt(specimen)],
    [
      'WORKFLOW_RESUMED',
      (specimen) => {
        pauseIt(specimen)
        resumeIt(specimen)
      },
    ],
  ]
  const at = (specimen: Specimen, ms: number): void => {
    specimen.now += ms
    specimen.tick()
  }

  it.each(wakers)(
    'S3 %s exactly between hand-out and answer wakes the run; one that the answer had seen does not',
    (type, wake) => {
      const commands = [
        schedule(1, { timeouts: { scheduleToCloseMs: 3_000 } }),
        { type: 'START_TIMER' as const, timerId: 'timer-1', durationMs: 2_000 },
        createPromise(1, 'approval', 1_000),
      ]
      for (const seen of [false, true]) {
        const specimen = new Specimen()
        specimen.start()
        specimen.answer(specimen.activate(), [...commands, schedule(2)])
        specimen.claim('task', 'work', 1)
        const [second] = specimen.claim('task', 'work', 1)
        if (second === undefined) throw new Error('no second task')
        specimen.complete(second)
        const out = specimen.activate()
        wake(specimen)
        expect(specimen.types()).toContain(type)
        const snapshotSequence = seen ? specimen.run.lastSequence : out.issued.snapshotSequence
        specimen.answer(out, [schedule(3)], { snapshotSequence })
        expect(specimen.claim('activation', 'flow')).toHaveLength(seen ? 0 : 1)
      }
    },
  )

  it('S3 what its own commands cause at once wakes the run: a cancelled task that nobody had', () => {
    const specimen = Specimen.running([schedule(1), { type: 'CANCEL_TASK', taskId: 'task-1' }])
    expect(specimen.types()).toEqual(['WORKFLOW_STARTED', 'TASK_SCHEDULED', 'TASK_CANCELLED', 'WORKFLOW_SUSPENDED'])
    expect(specimen.activate().issued.snapshotSequence).toBe(4)
  })

  it('S1 S2 S3 every order, repeats, restarts, answers between all steps: joined once, in call order', () => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.record({ do: fc.constant('complete' as const), pick: fc.nat() }) },
      { weight: 3, arbitrary: fc.record({ do: fc.constant('claim' as const), pick: fc.integer({ min: 1, max: 4 }) }) },
      { weight: 3, arbitrary: fc.record({ do: fc.constant('activate' as const), pick: fc.nat() }) },
      { weight: 3, arbitrary: fc.record({ do: fc.constant('answer' as const), pick: fc.nat() }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('repeat' as const), pick: fc.nat() }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const), pick: fc.nat() }) },
    )
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.array(step, { maxLength: 60 }), (n, steps) => {
        const specimen = Specimen.running(scheduleMany(n))
        const held: Parcel[] = []
        const done: Parcel[] = []
        let out: (Parcel & { type: 'activation' }) | undefined
        const act = (kind: (typeof steps)[number]['do'], pick: number): void => {
          if (specimen.run.closed !== undefined) return
          switch (kind) {
            case 'claim':
              held.push(...specimen.claim('task', 'work', pick))
              return
            case 'complete': {
              const [parcel] = held.splice(pick % Math.max(1, held.length), 1)
              if (parcel === undefined) return
              specimen.complete(parcel)
              done.push(parcel)
              return
            }
            case 'repeat': {
              const parcel = done[pick % Math.max(1, done.length)]
              if (parcel !== undefined) expect(specimen.complete(parcel)).toEqual({ ok: true, value: { duplicate: true } })
              return
            }
            case 'activate': {
              const [parcel] = specimen.claim('activation', 'flow')
              if (parcel?.type === 'activation') out = parcel
              return
            }
            case 'answer':
              if (out !== undefined) joinStep(specimen, out)
              out = undefined
              return
            case 'restart':
              specimen.restart()
              specimen.nobodyHasIt()
          }
        }
        for (const { do: kind, pick } of steps) act(kind, pick)
        for (let round = 0; specimen.run.closed === undefined && round < 200; round += 1) {
          act('claim', 12)
          act('complete', 0)
          act('answer', 0)
          act('activate', 0)
        }
        expectJoined(specimen, n)
      }),
      { numRuns: 400 },
    )
  })
})

describe('L3 visible after committed', () => {
  it('S4 nothing can be claimed that is not in the log', () => {
    const specimen = new Specimen()
    specimen.start()
    const activation = specimen.activate()
    expect(specimen.claim('task', 'work')).toEqual([])
    specimen.answer(activation, scheduleMany(3))
    const [parcel] = specimen.claim('task', 'work')
    expect(specimen.log.some((event) => event.type === 'TASK_SCHEDULED' && event.data.taskId === parcel?.id)).toBe(true)
  })
})

describe('S5 work is offered at once', () => {
  it('on start, on a scheduled task, and when a task or a timer wakes the run', () => {
    const specimen = new Specimen()
    specimen.start()
    const [first] = specimen.offers()
    expect(first).toMatchObject({ type: 'activation', kind: 'flow', count: 1 })
    if (first === undefined) throw new Error('no offer')
    specimen.answerOffer(first, 's1')
    const activation = first.parcels[0]
    if (activation === undefined) throw new Error('no parcel')
    specimen.answer(activation, [schedule(1), { type: 'START_TIMER', timerId: 'timer-1', durationMs: 50 }])
    const [second] = specimen.offers()
    expect(second).toMatchObject({ type: 'task', kind: 'work', count: 1 })
    if (second === undefined) throw new Error('no offer')
    specimen.answerOffer(second, 's1')
    specimen.complete({ id: 'task-1', attempt: 1 })
    const [third] = specimen.offers()
    expect(third).toMatchObject({ type: 'activation', prefer: 's1' })
    if (third === undefined) throw new Error('no offer')
    specimen.answerOffer(third, 's1')
    const again = third.parcels[0]
    if (again === undefined) throw new Error('no parcel')
    specimen.answer(again, [])
    expect(specimen.advance()).toEqual([])
    expect(specimen.types().at(-1)).toBe('TIMER_FIRED')
    expect(specimen.offers()).toMatchObject([{ type: 'activation' }])
  })

  it('an offer that did not arrive is repeated, with the same attempt', () => {
    const specimen = new Specimen()
    specimen.start()
    const [offer] = specimen.offers()
    if (offer === undefined) throw new Error('no offer')
    specimen.turn(() => undefined)
    expect(specimen.offers()).toEqual([])
    specimen.answerOffer({ ...offer, parcels: offer.parcels }, undefined)
    expect(specimen.claim('activation', 'flow')[0]).toMatchObject({ id: 'activation-1', attempt: 1 })
  })
})
