/** L5: only what is open can be answered, and nobody answers for work that he was not given. */
import { describe, expect, it } from 'vitest'
import { takeReports } from '../../../engine/execution/requests.ts'
import { holder, Specimen, schedule, scheduleMany } from './specimen.ts'

const failure = { type: 'Broken', message: 'no', text: '{"type":"Broken","message":"no"}' }

describe('L5 an old activation changes nothing', () => {
  it('it is answered, then said to have failed: the one that is out now goes on', () => {
    const specimen = Specimen.running(scheduleMany(2))
    for (const task of specimen.claim('task', 'work', 2)) specimen.complete(task)
    const open = specimen.activate('s2')
    const late = specimen.say({ type: 'activation-failed', run: 1, id: 'activation-1', attempt: 1, failure })
    expect(late).toMatchObject({ ok: false, refusal: { code: 'stale_attempt' } })
    expect(specimen.answer(open, [{ type: 'COMPLETE_WORKFLOW' }], {}, 's2').ok).toBe(true)
  })

  it('an older answer without commands does not move the snapshot back', () => {
    const specimen = Specimen.running(scheduleMany(3))
    const tasks = specimen.claim('task', 'work', 3)
    const idle: ReturnType<Specimen['activate']>[] = []
    for (const task of tasks) {
      specimen.complete(task)
      if (idle.length === 2) break
      const parcel = specimen.activate()
      specimen.answer(parcel, [])
      idle.push(parcel)
    }
    const before = specimen.run.snapshotSequence
    const [first] = idle
    if (first === undefined) throw new Error('nothing was idle')
    expect(specimen.answer(first, [])).toMatchObject({ ok: false, refusal: { code: 'stale_attempt' } })
    expect(specimen.run.snapshotSequence).toBe(before)
  })

  it('a time that has not come is refused: it would move the time of the run for good', () => {
    const specimen = new Specimen()
    specimen.start()
    const parcel = specimen.activate()
    const refused = specimen.answer(parcel, [schedule(1)], { activationAt: 8_640_000_000_000_000 })
    expect(refused).toMatchObject({ ok: false, refusal: { code: 'invalid_request' } })
    expect(specimen.answer(parcel, [schedule(1)], { activationAt: specimen.now + 5 }).ok).toBe(true)
  })

  it('the result of an operation that is done: a duplicate only with a token', () => {
    const specimen = new Specimen()
    specimen.start()
    specimen.answer(specimen.activate(), [], { operationsOut: [{ operationId: 'operation-1', name: 'n' }] })
    const say = (attempt: number) =>
      specimen.say({ type: 'operation', run: 1, id: 'operation-1', name: 'n', attempt, output: '1' })
    expect(say(1).ok).toBe(true)
    expect(say(1)).toMatchObject({ ok: true, value: { duplicate: true } })
    expect(say(0)).toMatchObject({ ok: false, refusal: { code: 'stale_attempt' } })
  })
})

describe('what follows from reports', () => {
  it('follows from none without a report: it would need no token', () => {
    const specimen = Specimen.running(scheduleMany(1))
    const then = {
      run: 1,
      basedOn: specimen.run.lastSequence,
      activationAt: specimen.now,
      commands: [{ type: 'COMPLETE_WORKFLOW' as const, output: '"stolen"' }],
      awaiting: [],
    }
    const reported = specimen.turn((draft) => takeReports(draft, [], { reports: [], then }, holder('s9')))
    expect(reported.speculation).toBe('dropped')
    expect(specimen.run.closed).toBeUndefined()
  })
})

describe('a run that is full', () => {
  const full = () => {
    const specimen = Specimen.running(scheduleMany(3), { limits: { openTasks: 10, eventsPerRun: 5 } })
    for (const task of specimen.claim('task', 'work', 3)) specimen.complete(task)
    return specimen
  }

  it('takes nothing more, but can wait and end', () => {
    const specimen = full()
    const parcel = specimen.activate()
    const more = specimen.answer(parcel, [schedule(4)])
    expect(more).toMatchObject({ ok: false, refusal: { code: 'invalid_request', message: expect.stringContaining('5 events') } })
    expect(specimen.answer(parcel, [{ type: 'COMPLETE_WORKFLOW' }]).ok).toBe(true)
    const waiting = full()
    expect(waiting.answer(waiting.activate(), [], { observed: true }).ok).toBe(true)
  })
})

describe('after a restart', () => {
  it('an activation whose name is not known stays open under any, however long it is out', () => {
    const specimen = Specimen.running(scheduleMany(1))
    for (const task of specimen.claim('task', 'work')) specimen.complete(task)
    const parcel = specimen.activate()
    specimen.restart()
    const until = specimen.now + 120_000
    while (specimen.now < until) {
      for (const question of specimen.advance()) {
        const verdict = { verdict: 'kept' as const, holder: holder('s1') }
        specimen.hear(question, verdict)
      }
      specimen.say({ type: 'heartbeat', run: 1, id: parcel.id, attempt: 1 })
    }
    expect(specimen.answer(parcel, [{ type: 'COMPLETE_WORKFLOW' }]).ok).toBe(true)
  })
})
