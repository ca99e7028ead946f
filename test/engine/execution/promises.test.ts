/** Promises: given events, when somebody settles one or time passes, then events. L6, N6, N7, N13, F12. */
import { describe, expect, it } from 'vitest'
import { awaitingOf } from '../../../engine/execution/describe.ts'
import { nextDutyAt } from '../../../engine/execution/due.ts'
import { limits } from '../../../schemas/limits.ts'
import { Specimen, schedule } from './specimen.ts'
import { cancelIt, complete, createPromise, pauseIt, reject, settle, signal, told } from './talking.ts'

const sequence = (n: number) => ({ ok: true, value: { sequence: n } })
const alreadySettled = { ok: true, value: { alreadySettled: true } }
const refusal = (code: string) => ({ ok: false, refusal: { code } })

describe('N6 a promise that the code has made', () => {
  it.each(['approval', 'promise-1'])('is settled as %s, once, and wakes the run', (nameOrId) => {
    const specimen = Specimen.running([createPromise(1)])
    expect(told(specimen, 1)).toEqual(['PROMISE_CREATED promise-1', 'WORKFLOW_SUSPENDED'])
    expect(specimen.claim('activation', 'flow')).toEqual([])
    expect(settle(specimen, nameOrId)).toEqual(sequence(4))
    for (const again of ['approval', 'promise-1']) {
      expect(settle(specimen, again)).toEqual(alreadySettled)
      expect(reject(specimen, again)).toEqual(alreadySettled)
    }
    specimen.restart()
    expect(reject(specimen, nameOrId)).toEqual(alreadySettled)
    expect(told(specimen, 3)).toEqual(['PROMISE_RESOLVED promise-1 "yes"'])
    specimen.nobodyHasIt()
    expect(specimen.activate().issued.snapshotSequence).toBe(4)
  })

  it('is rejected with a failure, or resolved with nothing', () => {
    const specimen = Specimen.running([createPromise(1, 'a'), createPromise(2, 'b')])
    reject(specimen, 'a')
    settle(specimen, 'b', { outcome: 'RESOLVED' })
    expect(specimen.log.slice(-2)).toMatchObject([
      { type: 'PROMISE_REJECTED', data: { promiseId: 'promise-1', name: 'a' }, payload: '{"type":"No","message":"no"}' },
      { type: 'PROMISE_RESOLVED', data: { promiseId: 'promise-2', name: 'b' } },
    ])
    expect(specimen.log.at(-1)?.payload).toBeUndefined()
  })

  it('of several with one name the oldest open one is settled', () => {
    const specimen = Specimen.running([createPromise(1), createPromise(2), createPromise(3)])
    settle(specimen, 'promise-2')
    settle(specimen, 'approval')
    reject(specimen, 'approval')
    expect(told(specimen, 5)).toEqual([
      'PROMISE_RESOLVED promise-2 "yes"',
      'PROMISE_RESOLVED promise-1 "yes"',
      'PROMISE_REJECTED promise-3 {"type":"No","message":"no"}',
    ])
    expect(settle(specimen, 'approval')).toEqual(alreadySettled)
  })

  it('is settled while the run is paused, or asked to end', () => {
    const specimen = Specimen.running([createPromise(1)])
    pauseIt(specimen)
    cancelIt(specimen)
    expect(settle(specimen, 'approval')).toEqual(sequence(6))
    expect(settle(specimen, 'approval')).toEqual(alreadySettled)
  })

  it('of a closed run is settled no more (N13, L11)', () => {
    const specimen = Specimen.running([createPromise(1), createPromise(2, 'b'), complete])
    for (const nameOrId of ['approval', 'promise-1', 'never-made', 'promise-7']) {
      expect(settle(specimen, nameOrId)).toMatchObject(refusal('already_closed'))
    }
    expect(specimen.types().at(-1)).toBe('WORKFLOW_COMPLETED')
    expect(specimen.settlements.size).toBe(0)
  })

  it('under an id that is not there is not found', () => {
    const specimen = Specimen.running([createPromise(1)])
    for (const id of ['promise-2', 'promise-0', 'promise-01']) {
      expect(settle(specimen, id)).toMatchObject(refusal('not_found'))
    }
    expect(specimen.settlements.size).toBe(0)
  })

  it('is settled by the code itself, which then goes on', () => {
    const specimen = Specimen.running([createPromise(1), { type: 'RESOLVE_PROMISE', promiseId: 'promise-1', value: '7' }])
    expect(told(specimen, 1)).toEqual(['PROMISE_CREATED promise-1', 'PROMISE_RESOLVED promise-1 7', 'WORKFLOW_SUSPENDED'])
    const again = specimen.activate()
    expect(again.issued.snapshotSequence).toBe(4)
    specimen.answer(again, [{ type: 'RESOLVE_PROMISE', promiseId: 'promise-1', value: '8' }])
    expect(specimen.count('PROMISE_RESOLVED')).toBe(1)
  })

  it('is made once, and settled by the code only if it is there; the whole answer is refused', () => {
    const specimen = Specimen.running([createPromise(1)])
    settle(specimen, 'approval')
    const out = specimen.activate()
    const twice = { type: 'RESOLVE_PROMISE', promiseId: 'promise-3' } as const
    for (const wrong of [createPromise(1), twice]) {
      const answer = specimen.answer(out, [schedule(1), wrong])
      expect(answer).toMatchObject(refusal('invalid_request'))
      expect(answer.ok ? '' : answer.refusal.message).toContain('commands[1].promiseId')
    }
    expect(specimen.answer(out, [createPromise(2), createPromise(2)])).toMatchObject(refusal('invalid_request'))
    expect(specimen.answer(out, [createPromise(2)]).ok).toBe(true)
  })
})

describe('N6 a settlement before its promise', () => {
  const early = (restarts: boolean): Specimen => {
    const specimen = Specimen.running([])
    expect(settle(specimen, 'approval')).toEqual(sequence(1))
    expect(reject(specimen, 'approval'), 'the first counts').toEqual(alreadySettled)
    signal(specimen, 'news', 'wakes')
    if (restarts) {
      specimen.restart()
      expect(reject(specimen, 'approval')).toEqual(alreadySettled)
      specimen.nobodyHasIt()
    }
    return specimen
  }

  it.each([false, true])('is kept and met in the block that makes it; over a restart: %s', (restarts) => {
    const specimen = early(restarts)
    specimen.answer(specimen.activate(), [schedule(1), createPromise(1), createPromise(2), schedule(2)])
    expect(told(specimen, 2)).toEqual([
      'TASK_SCHEDULED',
      'PROMISE_CREATED promise-1',
      'PROMISE_RESOLVED promise-1 "yes"',
      'PROMISE_CREATED promise-2',
      'TASK_SCHEDULED',
      'WORKFLOW_SUSPENDED',
    ])
    expect(specimen.settlements.size).toBe(0)
    expect([...specimen.run.promises.keys()]).toEqual(['promise-2'])
    expect(specimen.reread().run?.logBytes).toBe(specimen.run.logBytes)
    expect(specimen.activate().issued.snapshotSequence, 'it wakes the run').toBe(8)
  })

  it('that came in the same turn as its promise is met as well', () => {
    const specimen = new Specimen()
    specimen.start()
    const out = specimen.activate()
    reject(specimen, 'approval')
    specimen.answer(out, [createPromise(1)])
    expect(told(specimen, 1)).toEqual([
      'PROMISE_CREATED promise-1',
      'PROMISE_REJECTED promise-1 {"type":"No","message":"no"}',
      'WORKFLOW_SUSPENDED',
    ])
  })

  it('is not for a promise that was settled under its name before', () => {
    const specimen = Specimen.running([createPromise(1)])
    settle(specimen, 'approval')
    expect(settle(specimen, 'approval')).toEqual(alreadySettled)
    specimen.answer(specimen.activate(), [createPromise(2)])
    expect([...specimen.run.promises.keys()]).toEqual(['promise-2'])
    expect(settle(specimen, 'approval')).toEqual(sequence(specimen.run.lastSequence))
  })

  it('goes with its run: the next one does not have it', () => {
    const specimen = Specimen.running([])
    settle(specimen, 'approval')
    signal(specimen, 'news', 'wakes')
    specimen.answer(specimen.activate(), [complete])
    specimen.start({ idReuse: 'ALLOW' })
    specimen.answer(specimen.activate(), [createPromise(1)])
    expect(specimen.run.promises.size).toBe(1)
  })

  it('beyond the limit is refused with its name', () => {
    const specimen = Specimen.running([])
    for (let n = 1; n <= limits.settlementsKept; n += 1) settle(specimen, `name ${n}`)
    const refused = settle(specimen, 'one too many')
    expect(refused).toMatchObject(refusal('rate_limited'))
    expect(refused.ok ? '' : refused.refusal.message).toMatch(/settlementsKept is 10000/)
    expect(settle(specimen, 'name 1')).toEqual(alreadySettled)
  })
})

describe('a promise with a timeout', () => {
  it('times out at its time, once, and wakes the run', () => {
    const specimen = Specimen.running([createPromise(1, 'approval', 5_000)])
    expect(nextDutyAt(specimen.state, specimen.now)).toBe(specimen.now + 5_000)
    specimen.now += 4_999
    specimen.tick()
    expect(specimen.count('PROMISE_TIMED_OUT')).toBe(0)
    specimen.restart()
    specimen.now += 1
    specimen.tick()
    specimen.tick()
    expect(told(specimen, 3)).toEqual(['PROMISE_TIMED_OUT promise-1'])
    expect(settle(specimen, 'promise-1')).toEqual(alreadySettled)
    expect(settle(specimen, 'approval')).toEqual(alreadySettled)
    expect(specimen.activate().issued.snapshotSequence).toBe(4)
  })

  it('that is settled in time does not time out', () => {
    const specimen = Specimen.running([createPromise(1, 'approval', 5_000)])
    settle(specimen, 'approval')
    specimen.now += 10_000
    specimen.tick()
    expect(specimen.count('PROMISE_TIMED_OUT')).toBe(0)
  })

  it('N7 that has timed out takes nothing from the next one of its name', () => {
    const specimen = Specimen.running([createPromise(1, 'approval', 1_000)])
    specimen.now += 1_000
    specimen.tick()
    specimen.answer(specimen.activate(), [createPromise(2)])
    expect(settle(specimen, 'approval')).toEqual(sequence(7))
    expect(told(specimen, 6)).toEqual(['PROMISE_RESOLVED promise-2 "yes"'])
  })

  it('N7 a signal that comes after its waiter has timed out is there for the next one', () => {
    const waiting = { awaiting: [{ type: 'signal' as const, name: 'news' }] }
    const specimen = Specimen.running([])
    signal(specimen, 'start', 'wakes')
    const timer = { type: 'START_TIMER' as const, timerId: 'timer-1', durationMs: 1_000 }
    specimen.answer(specimen.activate(), [timer], waiting)
    specimen.now += 1_000
    specimen.tick()
    const out = specimen.activate()
    signal(specimen, 'news', 'late')
    specimen.answer(out, [schedule(1)])
    const next = specimen.activate()
    expect(next.issued.snapshotSequence).toBeGreaterThan(specimen.run.signals.get('late') ?? 0)
    expect(awaitingOf(specimen.run, specimen.now)).toMatchObject([{ type: 'task' }])
  })
})

describe('F12 waiting has no deadline', () => {
  it('a promise without a timeout, or a paused run, is left alone for ever', () => {
    const specimen = Specimen.running([createPromise(1)])
    specimen.advance()
    expect(nextDutyAt(specimen.state, specimen.now), 'only what was due of the activation').toBeUndefined()
    specimen.now += 10 * 365 * 86_400_000
    expect(specimen.tick()).toEqual([])
    pauseIt(specimen)
    specimen.restart()
    expect(nextDutyAt(specimen.state, specimen.now)).toBeUndefined()
    specimen.now += 10 * 365 * 86_400_000
    expect(specimen.tick()).toEqual([])
    expect(told(specimen, 3)).toEqual(['WORKFLOW_PAUSED'])
    expect(settle(specimen, 'approval').ok).toBe(true)
  })
})

describe('describe', () => {
  it('shows what is waited for, since when and until when', () => {
    const specimen = Specimen.running([])
    signal(specimen, 'news', 'wakes')
    const awaiting = [
      { type: 'signal' as const, name: 'news' },
      { type: 'condition' as const },
      { type: 'signal' as const, name: 'news' },
    ]
    specimen.answer(specimen.activate(), [createPromise(1, 'approval', 5_000), createPromise(2)], { awaiting })
    const first = specimen.now
    const promises = [
      { type: 'promise', id: 'promise-1', name: 'approval', since: first, due: first + 5_000 },
      { type: 'promise', id: 'promise-2', name: 'approval', since: first },
    ]
    expect(awaitingOf(specimen.run, specimen.now)).toEqual([
      ...promises,
      { type: 'signal', name: 'news', since: first },
      { type: 'condition', since: first },
      { type: 'signal', name: 'news', since: first },
    ])
    expect(specimen.log.at(-1)?.data).toMatchObject({
      awaiting: [{ type: 'promise', id: 'promise-1', name: 'approval' }, {}, ...awaiting],
    })
    specimen.now += 700
    signal(specimen, 'news', 'again')
    specimen.answer(specimen.activate(), [], { awaiting: [...awaiting, { type: 'signal', name: 'other' }], observed: true })
    specimen.restart()
    const since = awaitingOf(specimen.run, specimen.now).map((item) => [item.name ?? item.type, item.since])
    expect(since.slice(2)).toEqual([
      ['news', first],
      ['condition', first],
      ['news', first],
      ['other', first + 700],
    ])
  })
})
