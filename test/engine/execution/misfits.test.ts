/** D9: code that does not fit the log blocks the run, harms nothing, and is not given it again and again. */
import { describe, expect, it } from 'vitest'
import { terminate } from '../../../engine/execution/closing.ts'
import { carry, claim } from '../../../engine/execution/hand-out.ts'
import { lost } from '../../../engine/execution/holders.ts'
import type { ParcelOffer } from '../../../engine/execution/offering.ts'
import type { Parcel } from '../../../engine/execution/parcel.ts'
import type { Holder } from '../../../engine/lease.ts'
import { holder, Specimen, schedule } from './specimen.ts'

const text = JSON.stringify({ type: 'DETERMINISM', message: 'call 1: the log has task "a"' })
const misfit = { type: 'DETERMINISM', message: 'call 1: the log has task "a"', text }
const details = JSON.stringify({ index: 1, expected: 'task "a"', actual: 'task "b"' })
const built = (session: string, build: string): Holder => ({ ...holder(session), build })

function claimBy(specimen: Specimen, by: Holder): Parcel | undefined {
  const asked = { run: 1, type: 'activation' as const, kind: 'flow', priority: 0, count: 1, holder: by }
  return specimen.turn((draft) => claim(draft, asked)).parcels[0]
}

function given(specimen: Specimen, by: Holder): Parcel {
  const parcel = claimBy(specimen, by)
  if (parcel === undefined) throw new Error('the activation is not given')
  return parcel
}

const failed = (specimen: Specimen, { id, attempt }: Parcel, more: object = {}) =>
  specimen.say({ type: 'activation-failed', run: 1, id, attempt, failure: misfit, determinism: details, ...more })

/** Blocked by build v1: a task is done, and its code does not know what to do with it. */
function blocked(by: Holder = built('s1', 'v1')): Specimen {
  const specimen = Specimen.running([schedule(1)])
  const [task] = specimen.claim('task', 'work')
  if (task === undefined) throw new Error('no task')
  specimen.complete(task)
  failed(specimen, given(specimen, by))
  return specimen
}

/** Offers that nobody had credit for. */
function offered(specimen: Specimen): ParcelOffer[] {
  const offers = specimen.offers()
  for (const offer of offers) specimen.answerOffer(offer, undefined)
  return offers
}

describe('D9 the run is blocked', () => {
  it('by no event, and says why, since when, and how often it was tried', () => {
    const specimen = blocked()
    expect(specimen.types()).toEqual(['WORKFLOW_STARTED', 'TASK_SCHEDULED', 'WORKFLOW_SUSPENDED', 'TASK_COMPLETED'])
    const since = specimen.now
    expect(specimen.run.problem).toMatchObject({ type: 'DETERMINISM', message: misfit.message, since, attempts: 1, details })
    specimen.now += 1_000
    failed(specimen, given(specimen, built('s2', 'v2')))
    expect(specimen.run.problem).toMatchObject({ since, attempts: 2 })
  })

  it('offered at once, and not to those that it did not fit', () => {
    const specimen = blocked()
    expect(offered(specimen)).toMatchObject([{ type: 'activation', count: 1, not: ['build v1'] }])
    expect(claimBy(specimen, built('s9', 'v1'))).toBeUndefined()
    const other = blocked(holder('s1'))
    expect(offered(other)).toMatchObject([{ not: ['session s1'] }])
    expect(claimBy(other, holder('s1'))).toBeUndefined()
  })

  it('several builds do not take turns at it', () => {
    const specimen = blocked()
    failed(specimen, given(specimen, built('s2', 'v2')))
    failed(specimen, given(specimen, holder('s3')))
    expect(offered(specimen)).toMatchObject([{ not: ['build v1', 'build v2', 'session s3'] }])
    for (const by of [built('s4', 'v1'), built('s5', 'v2'), holder('s3')]) expect(claimBy(specimen, by)).toBeUndefined()
  })

  it('what the worker says of itself counts where the execution does not know who has it', () => {
    const specimen = blocked()
    const fresh = given(specimen, holder('s2'))
    failed(specimen, fresh, { session: 's7', build: 'v7' })
    expect(specimen.run.problem?.parked?.not).toEqual(['build v1', 'build v7'])
    failed(specimen, given(specimen, holder('s3')), { session: 's8' })
    expect(specimen.run.problem?.parked?.not).toEqual(['build v1', 'build v7', 'session s8'])
  })

  it('is not carried by a reply', () => {
    const specimen = blocked()
    const accept = { queue: 'default', workflow: 1, task: 0, workflowKinds: ['flow'], taskKinds: [] }
    expect(specimen.turn((draft) => carry(draft, accept, holder('s2')))).toEqual([])
    expect(claimBy(specimen, holder('s2'))).toBeDefined()
  })

  it('goes on with code that fits, and nothing is shown any more', () => {
    const specimen = blocked()
    expect(specimen.answer(given(specimen, built('s2', 'v2')), [{ type: 'COMPLETE_WORKFLOW', output: '1' }]).ok).toBe(true)
    expect(specimen.run.problem).toBeUndefined()
    expect(specimen.types().at(-1)).toBe('WORKFLOW_COMPLETED')
  })

  it('while it is blocked it takes events in, and it can be terminated', () => {
    const specimen = blocked()
    specimen.turn((draft) => terminate(draft, 'key', undefined))
    expect(specimen.run.closed?.status).toBe('TERMINATED')
    expect(specimen.offers()).toEqual([])
  })
})

describe('D9 anybody may try again', () => {
  it('after 1 minute, then 2, 4, 8, and at most 10, and what was tried before does not count', () => {
    const specimen = blocked()
    for (const minutes of [1, 2, 4, 8, 10, 10]) {
      offered(specimen)
      const before = specimen.now
      while (claimBy(specimen, built('s1', 'v1')) === undefined) specimen.advance()
      const waited = (specimen.now - before) / 60_000
      expect(waited).toBeGreaterThan(minutes * 0.89)
      expect(waited).toBeLessThan(minutes * 1.11)
      const { activation } = specimen.run
      failed(specimen, { type: 'activation', ...activation?.issued } as Parcel)
      expect(specimen.run.problem?.parked?.not).toEqual(['build v1'])
    }
  })

  it('its offer then says nothing of builds', () => {
    const specimen = blocked()
    offered(specimen)
    while (specimen.run.problem?.parked !== undefined) specimen.advance()
    expect(specimen.offers()).toEqual([expect.not.objectContaining({ not: expect.anything() })])
  })

  it('more codes than can be named wait for their time instead of trying without end', () => {
    const specimen = blocked()
    for (let n = 0; n < 99; n += 1) failed(specimen, given(specimen, holder(`other-${n}`)))
    expect(specimen.run.problem?.parked?.not).toHaveLength(100)
    failed(specimen, given(specimen, holder('one more')))
    expect(claimBy(specimen, holder('and another'))).toBeUndefined()
    specimen.advance()
    while (claimBy(specimen, built('s1', 'v1')) === undefined) specimen.advance()
  })
})

describe('D9 restarts', () => {
  it('the execution still knows whose code did not fit', () => {
    const specimen = blocked()
    failed(specimen, given(specimen, holder('s2')))
    const before = specimen.run.problem
    specimen.restart()
    specimen.nobodyHasIt()
    expect(specimen.run.problem).toEqual(before)
    expect(offered(specimen)).toMatchObject([{ not: ['build v1', 'session s2'] }])
    expect(claimBy(specimen, built('s3', 'v1'))).toBeUndefined()
    expect(claimBy(specimen, built('s4', 'v2'))).toBeDefined()
  })

  it('a time that passed meanwhile is over', () => {
    const specimen = blocked()
    specimen.now += 120_000
    specimen.restart()
    specimen.nobodyHasIt()
    expect(specimen.offers()).toEqual([expect.not.objectContaining({ not: expect.anything() })])
  })

  it('who was tried before the time was over does not count after a restart either', () => {
    const specimen = blocked()
    while (specimen.run.problem?.parked !== undefined) specimen.advance()
    failed(specimen, given(specimen, built('s2', 'v2')))
    const before = specimen.run.problem
    expect(before?.parked?.not).toEqual(['build v2'])
    specimen.restart()
    expect(specimen.run.problem).toEqual(before)
  })

  it('a worker that is lost with it changes nothing of who may have it', () => {
    const specimen = blocked()
    const { id, attempt } = given(specimen, built('s2', 'v2'))
    specimen.turn((draft) => lost(draft, 1, [{ id, attempt }], 's2'))
    expect(specimen.offers()).toMatchObject([{ not: ['build v1'] }])
    expect(specimen.run.problem).toMatchObject({ type: 'DETERMINISM', attempts: 1 })
  })
})
