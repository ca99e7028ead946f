/** L8 L11: a run that closes tells everybody who has, or has heard of, its work. */
import { describe, expect, it } from 'vitest'
import { terminate } from '../../../engine/execution/closing.ts'
import { nextDutyAt } from '../../../engine/execution/due.ts'
import { Specimen, schedule } from './specimen.ts'

const end = (specimen: Specimen): void => specimen.turn((draft) => terminate(draft, 'client', undefined))

/** Takes all offers; nobody has credit, so that the queue knows of what waits. */
const offerAll = (specimen: Specimen): void => {
  for (let offers = specimen.offers(); offers.length > 0; offers = specimen.offers())
    for (const offer of offers) specimen.answerOffer(offer, undefined)
}

const dutyWithin = (specimen: Specimen): number =>
  (nextDutyAt(specimen.state, specimen.now) ?? Number.POSITIVE_INFINITY) - specimen.now

describe('a queue that lists its work', () => {
  it('is told that nothing waits any more, and until then that is a duty', () => {
    const specimen = Specimen.running([schedule(1), schedule(2)])
    offerAll(specimen)
    end(specimen)
    expect(dutyWithin(specimen)).toBeLessThanOrEqual(5_000)
    expect(specimen.offers()).toMatchObject([{ kind: 'work', count: 0, parcels: [] }])
    expect(dutyWithin(specimen)).toBeLessThanOrEqual(5_000)
  })

  it('is told by the next life when the execution dies between closing and telling it', () => {
    const specimen = Specimen.running([schedule(1), schedule(2)])
    offerAll(specimen)
    end(specimen)
    specimen.restart()
    expect(dutyWithin(specimen)).toBeLessThanOrEqual(5_000)
    const [offer] = specimen.offers()
    if (offer === undefined) throw new Error('the queue is not told')
    expect(offer).toMatchObject({ kind: 'work', count: 0 })
    specimen.answerOffer(offer, undefined)
    expect(specimen.offers()).toEqual([])
    expect(dutyWithin(specimen)).toBe(Number.POSITIVE_INFINITY)
  })

  it('is told again when it could not be reached', () => {
    const specimen = Specimen.running([schedule(1)])
    offerAll(specimen)
    end(specimen)
    for (const offer of specimen.offers()) specimen.loseOffer(offer)
    expect(dutyWithin(specimen)).toBeLessThanOrEqual(5_000)
    specimen.now += 5_000
    expect(specimen.offers()).toMatchObject([{ kind: 'work', count: 0 }])
  })

  it('of which nothing waited is left in peace', () => {
    const specimen = Specimen.running([schedule(1)])
    const [task] = specimen.claim('task', 'work')
    if (task === undefined) throw new Error('no task')
    specimen.complete(task)
    specimen.answer(specimen.activate(), [{ type: 'COMPLETE_WORKFLOW' }])
    specimen.restart()
    expect(specimen.offers()).toEqual([])
    expect(dutyWithin(specimen)).toBe(Number.POSITIVE_INFINITY)
  })
})

describe('a worker that has its work', () => {
  it('is told to stop also when a restart has forgotten who it is', () => {
    const specimen = Specimen.running([schedule(1), schedule(2, { queue: 'heavy' })])
    specimen.claim('task', 'work')
    specimen.restart()
    end(specimen)
    expect([...specimen.outbox.values()].map(({ message }) => message)).toEqual([
      {
        type: 'release',
        to: { queue: 'default' },
        items: [{ executionId: 'x', run: 1, id: 'task-1', attempt: 1, cancel: 'TERMINATED' }],
      },
      {
        type: 'release',
        to: { queue: 'heavy' },
        items: [{ executionId: 'x', run: 1, id: 'task-2', attempt: 1, cancel: 'TERMINATED' }],
      },
    ])
  })
})
