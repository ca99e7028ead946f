/** `handOver`: an attempt that stays open without a worker, for whoever has its token. */
import { describe, expect, it } from 'vitest'
import { terminate } from '../../../engine/execution/closing.ts'
import { awaitingOf, taskStatusOf } from '../../../engine/execution/describe.ts'
import { confirm, lost, type Question } from '../../../engine/execution/holders.ts'
import type { Parcel } from '../../../engine/execution/parcel.ts'
import { report } from '../../../engine/execution/report.ts'
import { holder, Specimen, schedule } from './specimen.ts'

type Schedule = Parameters<typeof schedule>[1]

const stale = { ok: false, refusal: { code: 'stale_attempt' } }

function claimed(specimen: Specimen): Parcel {
  const [parcel] = specimen.claim('task', 'work')
  if (parcel === undefined) throw new Error('no task is waiting')
  return parcel
}

const beat = (specimen: Specimen, { id, attempt }: Parcel, more: { handedOver?: true; details?: string } = {}) =>
  specimen.say({ type: 'heartbeat', run: 1, id, attempt, ...more })

/** A task that its worker has given up to whoever has the token. */
function handedOver(more: Schedule = {}, after = 0): { specimen: Specimen; parcel: Parcel } {
  const specimen = Specimen.running([schedule(1, more), schedule(2, { kind: 'other' })])
  const parcel = claimed(specimen)
  specimen.now += after
  for (const question of specimen.tick()) specimen.hear(question, { verdict: 'kept', holder: holder('s1') })
  expect(beat(specimen, parcel, { handedOver: true })).toMatchObject({ ok: true })
  return { specimen, parcel }
}

/** Whom it asks about the task, of all that it asks. */
const asked = (questions: Question[]): Question[] => questions.filter(({ id }) => id === 'task-1')

/** Does what is due until this is in the log; it asks nobody about the task. */
function until(specimen: Specimen, type: string): void {
  for (let round = 0; round < 100 && specimen.count(type) === 0; round += 1) expect(asked(specimen.advance())).toEqual([])
}

const leaseOf = (specimen: Specimen) => specimen.run.tasks.get('task-1')?.lease

describe('an attempt that was handed over', () => {
  it('is open, held by nobody, on disk, and says so; its queue forgets it', () => {
    for (const after of [0, 6_000]) {
      const specimen = Specimen.running([schedule(1)])
      const parcel = claimed(specimen)
      specimen.now += after
      specimen.tick()
      const releases = specimen.turn((draft) => {
        report(draft, { type: 'heartbeat', run: 1, id: parcel.id, attempt: 1, handedOver: true }, holder('s1'))
        return draft.releases
      })
      expect(releases).toMatchObject([{ holder: { session: 's1' }, item: { id: 'task-1', attempt: 1, session: 's1' } }])
      expect(releases[0]?.item.cancel).toBeUndefined()
      expect([...specimen.holds.values()]).toMatchObject([{ id: 'task-1', attempt: 1 }])
      expect([...specimen.holds.values()][0]?.holder).toBeUndefined()
      const task = specimen.run.tasks.get('task-1')
      expect(task && taskStatusOf(task, specimen.now)).toBe('RUNNING')
      expect(awaitingOf(specimen.run, specimen.now)).toMatchObject([
        { id: 'task-1', why: expect.stringContaining('handed over') },
      ])
    }
  })

  it('asks nobody, and nobody takes it away, however long it lasts', () => {
    const { specimen, parcel } = handedOver()
    for (let round = 0; round < 10; round += 1) expect(asked(specimen.advance())).toEqual([])
    specimen.turn((draft) => lost(draft, 1, [{ id: parcel.id, attempt: 1 }], 's1'))
    const question: Question = { run: 1, id: 'task-1', attempt: 1, type: 'task', queue: 'default', session: 's1' }
    specimen.hear(question, { verdict: 'gone' })
    specimen.hear(question, { verdict: 'kept', holder: holder('s2') })
    expect(specimen.turn((draft) => confirm(draft, [{ run: 1, id: 'task-1', attempt: 1 }], holder('s1')))).toEqual([false])
    expect(leaseOf(specimen)).toMatchObject({ phase: 'out', handedOver: true })
    expect(leaseOf(specimen)?.holder).toBeUndefined()
    expect(specimen.claim('task', 'work')).toEqual([])
    expect(specimen.complete(parcel)).toEqual({ ok: true, value: {} })
    expect(specimen.types().at(-1)).toBe('TASK_COMPLETED')
    expect(specimen.holds.size).toBe(0)
  })

  it('may come before the queue has said who has it', () => {
    const specimen = Specimen.running([schedule(1)])
    const offer = specimen.offers().find(({ type }) => type === 'task')
    const [parcel] = offer?.parcels ?? []
    if (offer === undefined || parcel === undefined) throw new Error('no offer')
    beat(specimen, parcel, { handedOver: true })
    specimen.answerOffer(offer, 's1')
    expect(leaseOf(specimen)).toMatchObject({ phase: 'out', handedOver: true })
    expect(leaseOf(specimen)?.holder).toBeUndefined()
  })

  it('is one thing however often it is said', () => {
    const { specimen, parcel } = handedOver()
    const { commits } = specimen
    beat(specimen, parcel, { handedOver: true })
    expect(specimen.commits).toBe(commits)
  })

  it('survives a restart, and asks nobody then either', () => {
    const { specimen, parcel } = handedOver({ timeouts: { startToCloseMs: 60_000 } }, 6_000)
    specimen.restart()
    expect(leaseOf(specimen)).toMatchObject({ phase: 'out', handedOver: true })
    expect(asked(specimen.tick())).toEqual([])
    expect(specimen.claim('task', 'work')).toEqual([])
    specimen.complete(parcel)
    expect(specimen.log.at(-1)).toMatchObject({ type: 'TASK_COMPLETED', data: { attempt: 1 } })
  })

  it('L5 a token of another attempt hands nothing over', () => {
    const { specimen, parcel } = handedOver({ timeouts: { startToCloseMs: 10_000 }, retry: { initialIntervalMs: 0 } })
    while (specimen.run.tasks.get('task-1')?.attempt === 1) specimen.advance()
    expect(beat(specimen, parcel, { handedOver: true })).toMatchObject(stale)
    expect(specimen.complete(parcel)).toMatchObject(stale)
    expect(claimed(specimen)).toMatchObject({ attempt: 2 })
  })
})

describe('its limits hold', () => {
  it.each([
    ['START_TO_CLOSE', { startToCloseMs: 20_000 }, 20_000],
    ['SCHEDULE_TO_CLOSE', { scheduleToCloseMs: 20_000 }, 20_000],
    ['HEARTBEAT', { heartbeatMs: 20_000 }, 20_000],
  ] as const)('%s ends it, after a restart too', (timeout, timeouts, afterMs) => {
    for (const restarts of [false, true]) {
      const { specimen } = handedOver({ timeouts, retry: { maximumAttempts: 1 } })
      const since = specimen.now
      if (restarts) specimen.restart()
      until(specimen, 'TASK_TIMED_OUT')
      expect(specimen.log.at(-1)).toMatchObject({ type: 'TASK_TIMED_OUT', data: { timeout } })
      expect(specimen.now).toBe(since + afterMs)
      expect(specimen.outbox.size).toBe(0)
    }
  })

  it('W13 heartbeats of whoever has the token renew it, and their details reach the next attempt', () => {
    const { specimen, parcel } = handedOver({ timeouts: { heartbeatMs: 20_000 }, retry: { initialIntervalMs: 0 } })
    specimen.now += 15_000
    expect(beat(specimen, parcel, { details: '"half"' })).toEqual({ ok: true, value: { cancelRequested: false } })
    specimen.now += 15_000
    specimen.tick()
    expect(specimen.run.tasks.get('task-1')?.attempt).toBe(1)
    specimen.restart()
    expect(specimen.run.tasks.get('task-1')?.heartbeat).toBe('"half"')
    expect(leaseOf(specimen)?.handedOver).toBe(true)
    while (specimen.run.tasks.get('task-1')?.attempt === 1) specimen.advance()
    expect(specimen.run.tasks.get('task-1')).toMatchObject({ attempt: 2, heartbeat: '"half"' })
  })
})

describe('it is asked to stop', () => {
  it('W14 by its heartbeat; an answer of type CANCELLED cancels it', () => {
    const { specimen, parcel } = handedOver()
    cancel(specimen)
    expect(specimen.outbox.size).toBe(0)
    expect(specimen.count('TASK_CANCELLED')).toBe(0)
    expect(beat(specimen, parcel)).toEqual({ ok: true, value: { cancelRequested: true } })
    specimen.fail(parcel, { type: 'CANCELLED' })
    expect(specimen.types().at(-1)).toBe('TASK_CANCELLED')
  })

  it('W14 and after 30 s it is cancelled without an answer', () => {
    const { specimen, parcel } = handedOver()
    cancel(specimen)
    const since = specimen.now
    until(specimen, 'TASK_CANCELLED')
    expect(specimen.now - since).toBe(30_000)
    specimen.complete(parcel)
    expect(specimen.types().at(-1)).toBe('TASK_CANCELLED')
  })

  it('N13 the run closes meanwhile: the late answer changes nothing', () => {
    const { specimen, parcel } = handedOver()
    specimen.turn((draft) => terminate(draft, 'key', undefined))
    expect(specimen.holds.size).toBe(0)
    expect(specimen.complete(parcel)).toMatchObject({ ok: false, refusal: { code: 'already_closed' } })
    expect(specimen.types().at(-1)).toBe('WORKFLOW_TERMINATED')
  })
})

describe('W13 a heartbeat before the queue has said who has the task', () => {
  it('counts: its details are on disk, and its worker is asked for like any other', () => {
    const specimen = Specimen.running([schedule(1, { queue: 'media' })])
    const offer = specimen.offers().find(({ type }) => type === 'task')
    const [parcel] = offer?.parcels ?? []
    if (offer === undefined || parcel === undefined) throw new Error('no offer')
    beat(specimen, parcel, { details: '"early"' })
    specimen.answerOffer(offer, 's1')
    specimen.restart()
    expect(specimen.run.tasks.get('task-1')?.heartbeat).toBe('"early"')
    expect(leaseOf(specimen)).toMatchObject({ phase: 'out', holder: { session: 's1', queue: 'media' } })
    expect(specimen.tick()).toMatchObject([{ id: 'task-1', queue: 'media', session: 's1' }])
  })
})

/** Its workflow, woken by another task, asks it to end. */
function cancel(specimen: Specimen): void {
  const [other] = specimen.claim('task', 'other')
  if (other === undefined) throw new Error('no other task')
  specimen.complete(other)
  specimen.answer(specimen.activate(), [{ type: 'CANCEL_TASK', taskId: 'task-1' }])
}
