/** L8, L9 and the crash table, as the execution's rules see it: who has the work, and what when nobody knows. */
import { describe, expect, it } from 'vitest'
import { nextDutyAt } from '../../../engine/execution/due.ts'
import { confirm, heard, lost, type Question } from '../../../engine/execution/holders.ts'
import type { KeepVerdict } from '../../../engine/lease.ts'
import { holder, Specimen, schedule, scheduleMany } from './specimen.ts'

const hear = (specimen: Specimen, question: Question | undefined, verdict: KeepVerdict | undefined): void => {
  if (question === undefined) throw new Error('nothing was asked')
  specimen.turn((draft) => heard(draft, question, verdict))
}

const kept = (session: string): KeepVerdict => ({ verdict: 'kept', holder: holder(session) })

/** One task out with session s1 for longer than five seconds. */
function longTask(): { specimen: Specimen; questions: Question[] } {
  const specimen = Specimen.running([schedule(1)])
  specimen.claim('task', 'work')
  return { specimen, questions: specimen.advance() }
}

describe('L8 always a next step', () => {
  it('a commit that leaves work to be offered leaves a duty at most 5 s away, in the start too', () => {
    const specimen = new Specimen()
    specimen.start()
    expect(nextDutyAt(specimen.state, specimen.now)).toBeLessThanOrEqual(specimen.now + 5_000)
    specimen.answer(specimen.activate(), scheduleMany(2))
    expect(nextDutyAt(specimen.state, specimen.now)).toBeLessThanOrEqual(specimen.now + 5_000)
  })

  it('N1 dies between commit and offer: on wake the work is asked for, and offered again under the same attempt', () => {
    const specimen = new Specimen()
    specimen.start()
    specimen.restart()
    const [question] = specimen.tick()
    expect(question).toMatchObject({ type: 'activation', id: 'activation', attempt: 1 })
    expect(specimen.claim('activation', 'flow')).toEqual([])
    hear(specimen, question, { verdict: 'gone' })
    const [offer] = specimen.offers()
    expect(offer?.parcels).toMatchObject([{ id: 'activation-1', attempt: 1 }])
  })
})

describe('L9 leases', () => {
  it('work that its queue could not send any more goes to others at once, under the same attempt', () => {
    const specimen = Specimen.running([schedule(1, { retry: { maximumAttempts: 1 } })])
    specimen.claim('task', 'work', 1, 's1')
    const unsent = [{ id: 'task-1', attempt: 1, unsent: true as const }]
    specimen.turn((draft) => lost(draft, 1, unsent, 's1'))
    expect(specimen.claim('task', 'work', 1, 's2')).toMatchObject([{ id: 'task-1', attempt: 1 }])
    specimen.turn((draft) => lost(draft, 1, unsent, 's1'))
    expect(specimen.run.tasks.get('task-1')?.lease).toMatchObject({ phase: 'out', holder: { session: 's2' } })
  })

  it('work still out after 5 s becomes durable, and the queue is asked to keep it', () => {
    const { specimen, questions } = longTask()
    expect(questions).toMatchObject([{ type: 'task', id: 'task-1', attempt: 1, session: 's1' }])
    expect([...specimen.holds.values()]).toMatchObject([{ id: 'task-1', attempt: 1, holder: { session: 's1' } }])
  })

  it('kept: asked again after 1, 2, 4 … 10 minutes; no answer: soon', () => {
    const { specimen, questions } = longTask()
    hear(specimen, questions[0], undefined)
    let asked = specimen.advance()
    expect(asked).toHaveLength(1)
    const waits: number[] = []
    for (let round = 0; round < 6; round += 1) {
      const from = specimen.now
      hear(specimen, asked[0], kept('s1'))
      asked = []
      while (asked.length === 0) asked = specimen.advance()
      waits.push((specimen.now - from) / 60_000)
    }
    expect(waits).toEqual([1, 2, 4, 8, 10, 10])
  })

  it('gone: taken back as the next attempt; cold: asked again each second, for it may end early', () => {
    const { specimen, questions } = longTask()
    hear(specimen, questions[0], { verdict: 'cold', retryAfterMs: 7_000 })
    const from = specimen.now
    let asked: Question[] = []
    while (asked.length === 0) asked = specimen.advance()
    expect(specimen.now - from).toBe(1_000)
    expect(specimen.attempts).toEqual([])
    hear(specimen, asked[0], { verdict: 'gone' })
    expect(specimen.attempts).toMatchObject([{ work: 'task-1', attempt: 1 }])
    expect(specimen.holds.size).toBe(0)
    expect(specimen.claim('task', 'work')).toMatchObject([{ id: 'task-1', attempt: 2 }])
  })

  it('a restart while work is out: the hold on disk says with whom; its loss takes it back', () => {
    const { specimen, questions } = longTask()
    hear(specimen, questions[0], kept('s1'))
    specimen.restart()
    expect(specimen.tick()).toMatchObject([{ id: 'task-1', session: 's1' }])
    specimen.turn((draft) => lost(draft, 1, [{ id: 'task-1', attempt: 1 }], 's1'))
    expect(specimen.claim('task', 'work')).toMatchObject([{ id: 'task-1', attempt: 2 }])
  })

  it('W15 a restart within 5 s of the hand-out: a worker that comes back keeps its task, and nobody else gets it', () => {
    const specimen = Specimen.running(scheduleMany(2))
    const [first] = specimen.claim('task', 'work')
    specimen.restart()
    const questions = specimen.tick()
    expect(questions.map(({ id, session }) => ({ id, session }))).toEqual([{ id: 'task-1' }, { id: 'task-2' }])
    const confirmed = specimen.turn((draft) => confirm(draft, [{ run: 1, id: 'task-1', attempt: 1 }], holder('s2')))
    expect(confirmed).toEqual([true])
    for (const question of questions) hear(specimen, question, { verdict: 'cold', retryAfterMs: 10_000 })
    expect(specimen.claim('task', 'work', 9)).toEqual([])
    specimen.now += 10_000
    for (const question of specimen.tick()) hear(specimen, question, question.session === 's2' ? kept('s2') : { verdict: 'gone' })
    expect(specimen.claim('task', 'work', 9)).toMatchObject([{ id: 'task-2', attempt: 1 }])
    expect(specimen.complete({ id: first?.id ?? '', attempt: 1 })).toEqual({ ok: true, value: {} })
  })

  it('W15 an activation that a restart forgot is confirmed by the worker that has it, and its answer counts', () => {
    const specimen = new Specimen()
    specimen.start()
    const parcel = specimen.activate()
    specimen.restart()
    specimen.tick()
    expect(
      specimen.turn((draft) => confirm(draft, [{ run: 1, id: parcel.id, attempt: 1, blockEnd: parcel.blockEnd }], holder('s2'))),
    ).toEqual([true])
    expect(specimen.answer(parcel, [schedule(1)], {}, 's2')).toEqual({ ok: true, value: {} })
    expect(
      specimen.turn((draft) => confirm(draft, [{ run: 1, id: parcel.id, attempt: 1, blockEnd: parcel.blockEnd }], holder('s2'))),
    ).toEqual([false])
  })

  it('L9 an activation that a machine with a clock ahead may have given out is asked for, and its back-off stays', () => {
    const specimen = new Specimen()
    specimen.start()
    const { id, attempt } = specimen.activate()
    const failure = { type: 'Error', message: 'no', text: '{"type":"Error","message":"no"}' }
    specimen.say({ type: 'activation-failed', run: 1, id, attempt, failure })
    specimen.now += 2_000
    specimen.tick()
    specimen.activate()
    specimen.now -= 1_800
    specimen.restart()
    const [question] = specimen.tick()
    expect(question).toMatchObject({ id: 'activation', attempt: 2 })
    if (question !== undefined) specimen.hear(question, { verdict: 'gone' })
    expect(specimen.claim('activation', 'flow')).toEqual([])
    specimen.advance()
    expect(specimen.activate()).toMatchObject({ attempt: 2 })
  })

  it('an answer that comes before the reply to the offer counts, and the late reply is ignored', () => {
    const specimen = new Specimen()
    specimen.start()
    const [offer] = specimen.offers()
    const [parcel] = offer?.parcels ?? []
    if (offer === undefined || parcel === undefined) throw new Error('no offer')
    expect(specimen.answer(parcel, scheduleMany(1))).toEqual({ ok: true, value: {} })
    specimen.answerOffer(offer, 's1')
    expect(specimen.run.activation).toBeUndefined()
    expect(specimen.claim('task', 'work')).toHaveLength(1)
  })

  it('an answer that comes after a restart and before anything was asked counts', () => {
    const specimen = Specimen.running(scheduleMany(1))
    const [task] = specimen.claim('task', 'work')
    specimen.restart()
    expect(specimen.complete(task ?? { id: '', attempt: 0 })).toEqual({ ok: true, value: {} })
    const activationQuestion = specimen.tick()
    expect(activationQuestion.every(({ id }) => id !== 'task-1')).toBe(true)
  })

  it('a polling worker’s lease ends by itself, and heartbeats renew it', () => {
    const specimen = Specimen.running([schedule(1)])
    specimen.turn((draft) =>
      draft.mark({ type: 'handed-out', id: 'task-1', at: draft.now, holder: { ...holder('poll.1'), leaseMs: 30_000 } }),
    )
    specimen.now += 20_000
    expect(specimen.tick()).toEqual([])
    specimen.say({ type: 'heartbeat', run: 1, id: 'task-1', attempt: 1 })
    specimen.now += 29_000
    specimen.tick()
    expect(specimen.attempts).toEqual([])
    specimen.now += 1_000
    specimen.tick()
    expect(specimen.attempts).toMatchObject([{ work: 'task-1', attempt: 1 }])
  })

  it('L9 a polling worker’s lease ends however often the execution restarts, and heartbeats renew it over restarts', () => {
    const specimen = Specimen.running([schedule(1)])
    specimen.turn((draft) =>
      draft.mark({ type: 'handed-out', id: 'task-1', at: draft.now, holder: { ...holder('poll.1'), leaseMs: 30_000 } }),
    )
    const sleepOn = (ms: number): void => {
      for (const end = specimen.now + ms; specimen.now < end; specimen.now += 5_000) {
        specimen.tick()
        specimen.restart()
      }
    }
    specimen.now += 5_000
    specimen.tick()
    expect([...specimen.holds.keys()]).toEqual(['task-1'])
    sleepOn(15_000)
    specimen.say({ type: 'heartbeat', run: 1, id: 'task-1', attempt: 1 })
    sleepOn(25_000)
    expect(specimen.attempts).toEqual([])
    sleepOn(20_000)
    expect(specimen.attempts).toMatchObject([{ work: 'task-1', attempt: 1 }])
  })
})

describe('kept runs and speculation', () => {
  it('an answer without commands that read nothing of the edge appends nothing', () => {
    const specimen = Specimen.running(scheduleMany(2))
    const [first] = specimen.claim('task', 'work')
    specimen.complete(first ?? { id: '', attempt: 0 })
    const length = specimen.log.length
    const parcel = specimen.activate()
    expect(specimen.answer(parcel, [])).toEqual({ ok: true, value: {} })
    expect(specimen.answer(parcel, [])).toEqual({ ok: true, value: { duplicate: true } })
    expect(specimen.log).toHaveLength(length)
    specimen.claim('task', 'work')
    specimen.complete({ id: 'task-2', attempt: 1 })
    specimen.answer(specimen.activate(), [], { observed: true })
    expect(specimen.types().at(-1)).toBe('WORKFLOW_SUSPENDED')
  })

  it('operations that are out survive a restart as what they are: lost with their session, they wake the run', () => {
    const specimen = new Specimen()
    specimen.start()
    const parcel = specimen.activate()
    specimen.answer(parcel, [], { operationsOut: [{ operationId: 'operation-1', name: 'charge' }] })
    expect(specimen.claim('activation', 'flow')).toEqual([])
    specimen.restart()
    specimen.turn((draft) => lost(draft, 1, [{ id: parcel.id, attempt: 1 }], 's1'))
    const again = specimen.activate('s2')
    expect(again.attempt).toBe(2)
    expect(specimen.say({ type: 'operation', run: 1, id: 'operation-1', attempt: 1, name: 'charge', output: '1' })).toMatchObject(
      { ok: false },
    )
    specimen.answer(again, [], { operationsOut: [{ operationId: 'operation-1', name: 'charge' }] }, 's2')
    specimen.say({ type: 'operation', run: 1, id: 'operation-1', attempt: 2, name: 'charge', output: '1' }, 's2')
    specimen.restart()
    specimen.nobodyHasIt()
    expect(specimen.activate('s3').issued.snapshotSequence).toBe(specimen.log.length)
  })
})
