/** What is stuck: nothing that moves, nothing that waits for others, and all that only somebody's help would move. */
import { describe, expect, test } from 'vitest'
import { awaitingOf, noWorkerProblem } from '../../../engine/execution/describe.ts'
import { readQuery } from '../../../engine/index/query.ts'
import { summarize } from '../../../engine/index/summarize.ts'
import type { Summary, Unserved } from '../../../engine/index/summary.ts'
import { unservedKinds } from '../../../engine/queue/summary.ts'
import { spreadOf } from '../../../engine/spread.ts'
import { Specimen, schedule } from '../execution/specimen.ts'
import { Scene } from '../queue/scene.ts'
import { emptyIndex, summary } from './disk.ts'

const now = 100_000
const unserved = (change: Partial<Unserved> = {}): Unserved => ({
  queue: 'media',
  type: 'task',
  kind: 'resize',
  partition: 0,
  partitions: 1,
  ...change,
})
const waiting = { queue: 'media', type: 'task', kind: 'resize', since: now - 10_000 } as const

function isStuck(change: Partial<Summary>, kinds: Unserved[] = [unserved()]): boolean {
  const { store, database } = emptyIndex()
  store.put(summary('a', change))
  const read = readQuery('stuck = true')
  if (!read.ok) throw new Error(read.problem.message)
  const { items } = store.page(read.condition, { now, unserved: kinds }, 'newest', 10)
  database.close()
  return items.length > 0
}

describe('in the index', () => {
  const problem = { type: 'X', message: '', since: now }

  test.each<[string, boolean, Partial<Summary>, Unserved[]?]>([
    ['waits for a signal', false, {}],
    ['has a problem', true, { problem }],
    ['has a problem, and is paused', false, { problem, status: 'PAUSED' }],
    ['is closed', false, { problem, waiting: [waiting], dutyAt: 1, closedAt: 5 }],
    ['should have done something half a minute ago', true, { dutyAt: now - 30_001 }],
    ['should do something now', false, { dutyAt: now - 30_000 }],
    ['has work of a kind that nobody takes', true, { waiting: [waiting] }],
    ['has such work among other work', true, { waiting: [{ ...waiting, kind: 'crop' }, waiting] }],
    ['has work that is taken', false, { waiting: [waiting] }, []],
    ['has work that came a moment ago', false, { waiting: [{ ...waiting, since: now - 5_000 }] }],
    ['has work of that kind in another queue', false, { waiting: [{ ...waiting, queue: 'default' }] }],
    ['has an activation of that name, not a task', false, { waiting: [{ ...waiting, type: 'activation' }] }],
  ])('%s: %s', (_, stuck, change, kinds) => {
    expect(isStuck(change, kinds)).toBe(stuck)
  })

  test('where a queue has partitions, the one that has its work counts', () => {
    const partition = spreadOf('a') % 4
    for (let each = 0; each < 4; each += 1) {
      expect(isStuck({ waiting: [waiting] }, [unserved({ partition: each, partitions: 4 })])).toBe(each === partition)
    }
  })
})

test('an execution tells which work waits, its problem, and when it must do something', () => {
  const specimen = Specimen.running([schedule(1), schedule(2, { queue: 'media' }), schedule(3)], { attributes: { a: 1 } })
  const told = summarize(specimen.state, 7, specimen.now)
  expect(told).toMatchObject({
    id: 'x',
    run: 1,
    revision: 7,
    status: 'WAITING',
    attributes: { a: 1 },
    dutyAt: specimen.now + 5_000,
  })
  expect(told?.waiting).toEqual([
    { queue: 'default', type: 'task', kind: 'work', since: specimen.now },
    { queue: 'media', type: 'task', kind: 'work', since: specimen.now },
  ])
  specimen.claim('task', 'work', 2)
  expect(summarize(specimen.state, 8, specimen.now)?.waiting).toMatchObject([{ queue: 'media' }])
  expect(summarize(new Specimen().state, 1, 1)).toBeUndefined()
})

test('a queue says which waiting work no worker takes; one that was here a moment ago counts as there', () => {
  const scene = new Scene()
  scene.offer({ executionId: 'x', kind: 'resize' })
  scene.offer({ executionId: 'y', kind: 'resize' })
  scene.offer({ executionId: 'z', type: 'activation', kind: 'resize' })
  const kinds = () => unservedKinds(scene.state).map(({ type, kind }) => `${type} ${kind}`)
  expect(kinds()).toEqual(['task resize', 'activation resize'])
  // Without a free slot: it will come to it.
  const session = scene.connect({ tasks: ['resize'] })
  expect(kinds()).toEqual(['activation resize'])
  scene.close(session)
  expect(kinds()).toEqual(['activation resize'])
  scene.pass(3_000)
  expect(kinds()).toEqual(['task resize', 'activation resize'])
})

test('describe says so: of a task as the reason why it waits, of an activation as the problem', () => {
  const kinds = [
    { queue: 'media', type: 'task', kind: 'resize' },
    { queue: 'default', type: 'activation', kind: 'flow' },
  ] as const
  const specimen = Specimen.running([schedule(1, { kind: 'resize', queue: 'media' }), schedule(2, { kind: 'crop' })])
  const why = awaitingOf(specimen.run, specimen.now, kinds).map((item) => item.why)
  expect(why).toEqual([
    'attempt 1 waits: no worker of queue media has kind resize',
    'attempt 1 waits for a worker of queue default with kind crop',
  ])
  const started = new Specimen()
  started.start()
  const problem = (later: number, asked: typeof kinds | [] = kinds) => noWorkerProblem(started.run, started.now + later, asked)
  expect(problem(4_999)).toBeUndefined()
  expect(problem(5_000, [])).toBeUndefined()
  expect(problem(5_000)).toEqual({
    type: 'NO_WORKER',
    message: 'no worker of queue default has kind flow',
    since: started.now,
    attempts: 0,
  })
})
