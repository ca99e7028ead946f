/** Work on its way to a worker: what one message carries, and what happens when it ends before the reply. */
import { describe, expect, it } from 'vitest'
import { terminate } from '../../../engine/execution/closing.ts'
import { nextDutyAt } from '../../../engine/execution/due.ts'
import { carry } from '../../../engine/execution/hand-out.ts'
import { heard } from '../../../engine/execution/holders.ts'
import { messageCharacters } from '../../../engine/execution/offer-group.ts'
import { offerAnswered } from '../../../engine/execution/offering.ts'
import type { Accept } from '../../../schemas/reports.ts'
import { holder, Specimen, schedule, scheduleMany } from './specimen.ts'

const mebibyte = 1_048_576
const large = (n: number) => Array.from({ length: n }, (_, index) => schedule(index + 1, { input: 'x'.repeat(mebibyte) }))
const accept: Accept = { queue: 'default', workflow: 0, task: 100, workflowKinds: [], taskKinds: ['work'] }

describe('one message takes 32 MiB and no more', () => {
  const most = messageCharacters / mebibyte

  it('an offer carries fewer large items; the others are told by its count', () => {
    const specimen = Specimen.running(large(20))
    const [offer] = specimen.offers()
    expect(offer?.parcels).toHaveLength(most)
    expect(offer?.count).toBe(20)
  })

  it('so does a claim, and what remains is claimed again', () => {
    const specimen = Specimen.running(large(20))
    const given: string[] = []
    for (let round = 0; round < 20 / most; round += 1) {
      const parcels = specimen.claim('task', 'work', 256)
      expect(parcels).toHaveLength(most)
      given.push(...parcels.map(({ id }) => id))
    }
    expect(new Set(given).size).toBe(20)
  })

  it('so does a reply, also after a restart', () => {
    const specimen = Specimen.running(large(20))
    expect(specimen.turn((draft) => carry(draft, accept, holder('s1')))).toHaveLength(most)
    specimen.restart()
    specimen.nobodyHasIt()
    expect(specimen.turn((draft) => carry(draft, accept, holder('s1')))).toHaveLength(most)
  })

  it('a last heartbeat counts as well, and a value of any size goes alone', () => {
    const specimen = Specimen.running(scheduleMany(3))
    for (const task of specimen.claim('task', 'work', 3)) {
      const details = 'x'.repeat(messageCharacters + 1)
      specimen.say({ type: 'heartbeat', run: 1, id: task.id, attempt: 1, details })
      specimen.fail(task, { retryAfterMs: 0 })
    }
    expect(specimen.claim('task', 'work', 3)).toHaveLength(1)
  })
})

describe('ends while its offer is on its way', () => {
  const offered = (count = 1) => {
    const specimen = Specimen.running([...scheduleMany(count), { type: 'START_TIMER', timerId: 'timer-1', durationMs: 0 }])
    const [offer] = specimen.offers()
    if (offer === undefined) throw new Error('nothing was offered')
    specimen.tick()
    return { specimen, offer }
  }
  const told = (specimen: Specimen) =>
    [...specimen.outbox.values()].flatMap(({ message }) => (message.type === 'release' ? message.items : []))

  it('cancelled, and nobody took it: cancelled at once, never handed out', () => {
    const { specimen, offer } = offered()
    specimen.answer(specimen.activate(), [{ type: 'CANCEL_TASK', taskId: 'task-1' }])
    specimen.answerOffer(offer, undefined)
    expect(specimen.types().at(-1)).toBe('TASK_CANCELLED')
    expect(specimen.claim('task', 'work')).toEqual([])
  })

  it('cancelled, and a worker took it: that worker is told to stop', () => {
    const { specimen, offer } = offered()
    specimen.answer(specimen.activate(), [{ type: 'CANCEL_TASK', taskId: 'task-1' }])
    specimen.answerOffer(offer, 's1')
    expect(told(specimen)).toMatchObject([{ id: 'task-1', session: 's1', cancel: 'CANCELLED' }])
  })

  it('cancelled after a restart: told once it is known who has it, or cancelled when nobody has', () => {
    for (const has of [true, false]) {
      const { specimen } = offered()
      specimen.restart()
      const [question] = specimen.tick().filter(({ id }) => id === 'task-1')
      if (question === undefined) throw new Error('not asked')
      specimen.turn((draft) => draft.append('TASK_CANCELLATION_REQUESTED', { taskId: 'task-1' }))
      const verdict = has ? ({ verdict: 'kept', holder: holder('s1') } as const) : ({ verdict: 'gone' } as const)
      specimen.turn((draft) => heard(draft, question, verdict))
      expect(told(specimen).map(({ id, cancel }) => `${id} ${cancel}`)).toEqual(has ? ['task-1 CANCELLED'] : [])
      expect(specimen.count('TASK_CANCELLED')).toBe(has ? 0 : 1)
    }
  })

  it('L11 the run closed: whoever was given it meanwhile is told to stop', () => {
    const { specimen, offer } = offered(2)
    specimen.turn((draft) => terminate(draft, 'test', undefined))
    specimen.answerOffer(offer, 's1')
    expect(told(specimen)).toMatchObject([
      { id: 'task-1', session: 's1' },
      { id: 'task-2', session: 's1' },
    ])
  })

  it('answered before the reply: nobody is told anything', () => {
    const { specimen, offer } = offered()
    specimen.complete({ id: 'task-1', attempt: 1 })
    specimen.answerOffer(offer, 's1')
    expect(told(specimen)).toEqual([])
  })
})

describe('a run is followed by another', () => {
  const replaced = () => {
    const specimen = Specimen.running(scheduleMany(2))
    const [offer] = specimen.offers()
    if (offer === undefined) throw new Error('nothing was offered')
    return { specimen, offer, replace: () => specimen.start({ onConflict: 'TERMINATE_EXISTING' }) }
  }

  it('what its queues were told is withdrawn, until they have heard of it', () => {
    const { specimen, offer, replace } = replaced()
    specimen.answerOffer(offer, undefined)
    replace()
    const gone = { run: 1, kind: 'work', count: 0, parcels: [] }
    const [withdrawal] = specimen.offers().filter(({ type }) => type === 'task')
    expect(withdrawal).toMatchObject(gone)
    if (withdrawal === undefined) return
    specimen.turn((draft) => offerAnswered(draft, withdrawal, undefined))
    expect(nextDutyAt(specimen.state, specimen.now)).toBeLessThanOrEqual(specimen.now + 5_000)
    specimen.now += 5_000
    const [again] = specimen.offers().filter(({ type }) => type === 'task')
    expect(again).toMatchObject(gone)
    specimen.turn((draft) => offerAnswered(draft, again ?? withdrawal, []))
    expect(specimen.state.withdrawn).toEqual([])
  })

  it('what was on its way is withdrawn too, and whoever was given it is told to stop', () => {
    const { specimen, offer, replace } = replaced()
    replace()
    expect(specimen.offers().filter(({ type }) => type === 'task')).toEqual([])
    specimen.answerOffer(offer, 's1')
    const items = [...specimen.outbox.values()].flatMap(({ message }) => (message.type === 'release' ? message.items : []))
    expect(items).toMatchObject([
      { id: 'task-1', run: 1, session: 's1' },
      { id: 'task-2', run: 1, session: 's1' },
    ])
    expect(specimen.offers()).toMatchObject([{ run: 1, kind: 'work', count: 0 }])
  })
})

describe('10,000 tasks out at once', () => {
  it('their workers are told in messages that fit into a row', () => {
    const specimen = Specimen.running(scheduleMany(10_000))
    specimen.claim('task', 'work', 10_000)
    specimen.turn((draft) => terminate(draft, 'test', undefined))
    const sizes = [...specimen.outbox.values()].map(({ message }) => JSON.stringify(message).length)
    expect(sizes.length).toBeGreaterThan(1)
    expect(Math.max(...sizes)).toBeLessThan(1_000_000)
  })
})
