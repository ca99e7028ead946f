/** Pausing: nothing begins, what is out settles, the rest is written. L4, L8, S3, S5, F12. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { awaitingOf, statusOf } from '../../../engine/execution/describe.ts'
import { nextDutyAt } from '../../../engine/execution/due.ts'
import type { ParcelOffer } from '../../../engine/execution/offering.ts'
import type { Parcel } from '../../../engine/execution/parcel.ts'
import { takeReports } from '../../../engine/execution/requests.ts'
import { holder, Specimen, schedule, scheduleMany } from './specimen.ts'
import { cancelIt, complete, createPromise, pauseIt, resumeIt, settle, signal, told } from './talking.ts'

const taken = { ok: true, value: null }

describe('pause and resume', () => {
  it('are events once; twice is taken and writes nothing; a closed run refuses', () => {
    const specimen = Specimen.running([])
    expect(resumeIt(specimen)).toEqual(taken)
    expect(pauseIt(specimen)).toEqual(taken)
    expect(pauseIt(specimen)).toEqual(taken)
    expect(statusOf(specimen.run)).toBe('PAUSED')
    specimen.restart()
    expect(statusOf(specimen.run)).toBe('PAUSED')
    expect(resumeIt(specimen)).toEqual(taken)
    expect(resumeIt(specimen)).toEqual(taken)
    expect(specimen.log.slice(1)).toMatchObject([
      { type: 'WORKFLOW_PAUSED', data: { by: 'client' } },
      { type: 'WORKFLOW_RESUMED', data: { by: 'client', reason: 'enough' } },
    ])
    specimen.nobodyHasIt()
    specimen.answer(specimen.activate(), [complete])
    for (const answer of [pauseIt(specimen), resumeIt(specimen), cancelIt(specimen)]) {
      expect(answer).toMatchObject({ ok: false, refusal: { code: 'already_closed' } })
    }
    expect(specimen.types().at(-1)).toBe('WORKFLOW_COMPLETED')
  })

  it('S5 resuming wakes the run, and offers at once all that waited', () => {
    const specimen = Specimen.running([schedule(1), schedule(2, { kind: 'other' })])
    pauseIt(specimen)
    expect(specimen.offers()).toEqual([])
    resumeIt(specimen)
    expect(specimen.offers().map(({ type, kind, count }) => [type, kind, count])).toEqual([
      ['activation', 'flow', 1],
      ['task', 'work', 1],
      ['task', 'other', 1],
    ])
  })

  it.each(['before', 'after'])('what queues were told is taken back, as a duty; they answer %s the pause', (when) => {
    const specimen = Specimen.running([schedule(1)])
    // Nothing else is due.
    specimen.now += 6_000
    specimen.tick()
    const [offer] = specimen.offers()
    if (offer === undefined) throw new Error('no offer')
    if (when === 'before') specimen.answerOffer(offer, undefined)
    pauseIt(specimen)
    if (when === 'after') specimen.answerOffer(offer, undefined)
    expect(nextDutyAt(specimen.state, specimen.now)).toBeLessThanOrEqual(specimen.now + 5_000)
    const [back] = specimen.offers()
    expect(back).toMatchObject({ kind: 'work', count: 0, parcels: [] })
    if (back !== undefined) specimen.answerOffer(back, undefined)
    expect(nextDutyAt(specimen.state, specimen.now)).toBeUndefined()
    expect(specimen.offers()).toEqual([])
  })

  it('S3 an answer that is out while the run is paused and resumed wakes it once more', () => {
    const specimen = Specimen.running([])
    signal(specimen, 'news', 'wakes')
    const out = specimen.activate()
    pauseIt(specimen)
    resumeIt(specimen)
    specimen.answer(out, [])
    expect(specimen.claim('activation', 'flow')).toHaveLength(1)
  })

  it('what waits says why', () => {
    const specimen = Specimen.running([schedule(1)])
    pauseIt(specimen)
    expect(awaitingOf(specimen.run, specimen.now)).toMatchObject([{ id: 'task-1', why: expect.stringContaining('resumed') }])
  })
})

describe('while it is paused', () => {
  it('what is out settles: its commands are written, and what they begin waits', () => {
    const specimen = Specimen.running([schedule(1)])
    const [task] = specimen.claim('task', 'work')
    if (task === undefined) throw new Error('no task')
    signal(specimen, 'news', 'wakes')
    const out = specimen.activate()
    pauseIt(specimen)
    expect(specimen.complete(task).ok).toBe(true)
    expect(specimen.answer(out, [schedule(2)]).ok).toBe(true)
    expectNothingBegins(specimen)
    resumeIt(specimen)
    expect(specimen.claim('task', 'work')).toHaveLength(1)
    expect(specimen.claim('activation', 'flow')).toHaveLength(1)
  })

  it('an answer may close it', () => {
    const specimen = new Specimen()
    specimen.start()
    const out = specimen.activate()
    pauseIt(specimen)
    specimen.answer(out, [complete])
    expect(statusOf(specimen.run)).toBe('COMPLETED')
  })

  it('timers, time limits, promises and signals write their events, which the code meets when it goes on', () => {
    const timer = { type: 'START_TIMER' as const, timerId: 'timer-1', durationMs: 1_000 }
    const limited = schedule(1, { timeouts: { scheduleToCloseMs: 2_000 } })
    const specimen = Specimen.running([timer, limited, createPromise(1, 'a', 3_000), createPromise(2, 'b')])
    pauseIt(specimen)
    const after = specimen.run.lastSequence
    specimen.now += 3_000
    specimen.tick()
    settle(specimen, 'b')
    signal(specimen, 'news', 's')
    cancelIt(specimen)
    expectNothingBegins(specimen)
    expect(told(specimen, after)).toEqual([
      'TIMER_FIRED',
      'TASK_TIMED_OUT',
      'PROMISE_TIMED_OUT promise-1',
      'PROMISE_RESOLVED promise-2 "yes"',
      'SIGNAL_RECEIVED s',
      'CANCELLATION_REQUESTED',
    ])
    resumeIt(specimen)
    expect(specimen.activate().issued.snapshotSequence).toBe(after + 7)
  })

  it('a failed attempt waits with its back-off behind it', () => {
    const specimen = Specimen.running([schedule(1)])
    const [task] = specimen.claim('task', 'work')
    if (task === undefined) throw new Error('no task')
    pauseIt(specimen)
    specimen.fail(task)
    specimen.now += 5_000
    specimen.tick()
    expectNothingBegins(specimen)
    resumeIt(specimen)
    expect(specimen.claim('task', 'work')).toMatchObject([{ attempt: 2 }])
  })

  it('nothing follows by speculation', () => {
    const specimen = Specimen.running([schedule(1)])
    const [task] = specimen.claim('task', 'work')
    if (task === undefined) throw new Error('no task')
    pauseIt(specimen)
    const report = { type: 'task' as const, run: 1, id: task.id, attempt: 1, output: '1' }
    const then = { run: 1, basedOn: specimen.run.lastSequence, activationAt: specimen.now, commands: [complete], awaiting: [] }
    const accept = { queue: 'default', workflow: 1, task: 1, workflowKinds: ['flow'], taskKinds: ['work'] }
    const reported = specimen.turn((draft) => takeReports(draft, [report], { reports: [], then, accept }, holder('s1')))
    expect(reported).toMatchObject({ results: [{ ok: true }], speculation: 'dropped', parcels: [] })
    expect(specimen.types().at(-1)).toBe('TASK_COMPLETED')
  })
})

/** No way leads to a worker. */
function expectNothingBegins(specimen: Specimen): void {
  expect(specimen.claim('activation', 'flow')).toEqual([])
  expect(specimen.claim('task', 'work', 100)).toEqual([])
  expect(specimen.offers().filter(({ count }) => count > 0)).toEqual([])
  const accept = { queue: 'default', workflow: 10, task: 10, workflowKinds: ['flow'], taskKinds: ['work'] }
  const carried = specimen.turn((draft) => takeReports(draft, [], { reports: [], accept }, holder('s1')))
  expect(carried.parcels).toEqual([])
}

describe('at every moment', () => {
  const step = fc.constantFrom(
    'claim',
    'activate',
    'answer',
    'complete',
    'fail',
    'offer',
    'offered',
    'clock',
    'restart',
    'signal',
  )

  it('a pause lets nothing new start, what is out settles, and a resume ends it: the run completes', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.array(step, { maxLength: 25 }), fc.nat(9), (before, during, seed) => {
        const scene = new Scene(seed)
        for (const action of before) scene.act(action)
        pauseIt(scene.specimen)
        scene.isPaused = true
        for (const action of during) scene.act(action)
        if (scene.specimen.run.closed === undefined) {
          expectNothingBegins(scene.specimen)
          resumeIt(scene.specimen)
        }
        scene.isPaused = false
        scene.finish()
        expect(scene.specimen.run.closed?.status).toBe('COMPLETED')
        expect(scene.specimen.count('TASK_COMPLETED')).toBe(scene.specimen.count('TASK_SCHEDULED'))
      }),
      { numRuns: 300 },
    )
  })
})

/** A run that joins tasks, and the workers and queues round it, step by step. */
class Scene {
  readonly specimen = new Specimen()
  readonly #held: Parcel[] = []
  readonly #sent: ParcelOffer[] = []
  #out: Extract<Parcel, { type: 'activation' }> | undefined
  #signals = 0
  isPaused = false

  constructor(seed: number) {
    this.specimen.start()
    this.specimen.answer(this.specimen.activate(), scheduleMany(1 + (seed % 5)))
  }

  act(action: string): void {
    const { specimen } = this
    if (specimen.run.closed !== undefined) return
    switch (action) {
      case 'claim':
        return this.#began(specimen.claim('task', 'work', 2))
      case 'activate':
        return this.#began(specimen.claim('activation', 'flow'))
      case 'answer': {
        const out = this.#out
        this.#out = undefined
        if (out === undefined) return
        const seen = specimen.log.filter(
          ({ type, sequence }) => type === 'TASK_COMPLETED' && sequence <= out.issued.snapshotSequence,
        )
        specimen.answer(out, seen.length === specimen.count('TASK_SCHEDULED') ? [complete] : [], { observed: true })
        return
      }
      case 'complete': {
        const task = this.#held.shift()
        if (task !== undefined) specimen.complete(task)
        return
      }
      case 'fail': {
        const task = this.#held.shift()
        if (task !== undefined) specimen.fail(task, { retryAfterMs: 50 })
        return
      }
      case 'offer': {
        const offers = specimen.offers()
        if (this.isPaused) expect(offers.flatMap(({ parcels }) => parcels)).toEqual([])
        this.#sent.push(...offers)
        return
      }
      case 'offered': {
        // It may have been sent before the pause: what a queue has pushed is out.
        const offer = this.#sent.shift()
        if (offer === undefined) return
        specimen.answerOffer(offer, 's1')
        this.#keep(offer.parcels)
        return
      }
      case 'clock':
        specimen.now += 100
        for (const question of specimen.tick()) specimen.hear(question, { verdict: 'gone' })
        return
      case 'restart':
        specimen.restart()
        for (const question of specimen.tick()) specimen.hear(question, { verdict: 'gone' })
        this.#held.length = 0
        this.#sent.length = 0
        this.#out = undefined
        return
      case 'signal':
        this.#signals += 1
        signal(specimen, 'news', `${this.#signals}`)
    }
  }

  /** Goes on until there is nothing to do. */
  finish(): void {
    for (let round = 0; round < 200 && this.specimen.run.closed === undefined; round += 1) {
      for (const action of ['offered', 'offer', 'claim', 'complete', 'activate', 'answer', 'clock']) this.act(action)
    }
  }

  #began(parcels: Parcel[]): void {
    if (this.isPaused) expect(parcels).toEqual([])
    this.#keep(parcels)
  }

  #keep(parcels: Parcel[]): void {
    for (const parcel of parcels) {
      if (parcel.type === 'task') this.#held.push(parcel)
      else this.#out = parcel
    }
  }
}
