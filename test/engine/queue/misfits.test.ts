/** D9: a run that some code does not fit is kept from it, and given to other code at once. */
import { describe, expect, it } from 'vitest'
import { openPoll } from '../../../engine/queue/poll.ts'
import { Scene, task } from './scene.ts'

const runner = (build?: string) => ({ workflows: ['album'], slots: { workflow: 2, task: 0 }, ...(build && { build }) })
const activation = task('activation-4', 2)
const parked = { executionId: 'a', type: 'activation' as const, kind: 'album', items: [activation], count: 1 }

describe('D9 an offer that says whom it is not for', () => {
  it('waits while all who are here are of that build, and is no duty', () => {
    const scene = new Scene()
    scene.connect(runner('v1'))
    scene.connect(runner('v1'))
    expect(scene.offer({ ...parked, not: ['build v1'] }).held).toEqual([])
    expect(scene.effects).toEqual([])
    expect(scene.alarmAt).toBeUndefined()
    expect(scene.rows.offers).toMatchObject([{ executionId: 'a', count: 1, not: ['build v1'] }])
    scene.grant(scene.connect(runner('v1')), 0, 5)
    expect(scene.claims).toEqual([])
  })

  it('is pushed to another build that is here, whoever is preferred', () => {
    const scene = new Scene()
    const old = scene.connect(runner('v1'))
    const fixed = scene.connect(runner('v2'))
    const { held } = scene.offer({ ...parked, not: ['build v1'], prefer: old })
    expect(held).toMatchObject([{ id: 'activation-4', holder: { session: fixed, build: 'v2' } }])
  })

  it('is claimed by the hello of another build, and of a worker that names none', () => {
    for (const build of ['v2', undefined]) {
      const scene = new Scene()
      scene.connect(runner('v1'))
      scene.offer({ ...parked, not: ['build v1'] })
      const fixed = scene.connect(runner(build))
      expect(scene.claims).toMatchObject([{ executionId: 'a', claim: { count: 1, holder: { session: fixed } } }])
    }
  })

  it('without a build it is the connection that does not fit: its next hello may', () => {
    const scene = new Scene()
    const first = scene.connect({ ...runner(), worker: 'w1' })
    scene.offer({ ...parked, not: [`session ${first}`] })
    expect(scene.pushed()).toEqual([])
    const second = scene.connect({ ...runner(), worker: 'w1' })
    expect(scene.claims).toMatchObject([{ claim: { holder: { session: second } } }])
  })

  it('a polling worker without a build is known by its id: it is not given it poll after poll', () => {
    const scene = new Scene()
    scene.offer({ ...parked, not: ['worker p1'] })
    const poll = { tasks: [], workflows: ['album'], accept: { workflow: 1, task: 0 }, keyId: 'key-1' }
    scene.turn((draft) => openPoll(draft, { ...poll, session: 'poll.1', workerId: 'p1' }))
    scene.turn((draft) => openPoll(draft, { ...poll, session: 'poll.2', workerId: 'p1' }))
    expect(scene.claims).toEqual([])
    scene.turn((draft) => openPoll(draft, { ...poll, session: 'poll.3', workerId: 'p2' }))
    expect(scene.claims).toMatchObject([{ claim: { holder: { session: 'poll.3' } } }])
  })

  it('stands before nobody: work that fits goes past it, and is not told of as backlog that this worker could have', () => {
    const scene = new Scene()
    const old = scene.connect({ ...runner('v1'), slots: { workflow: 0, task: 0 } })
    scene.offer({ ...parked, not: ['build v1'], priority: 9 })
    scene.offer({ ...parked, executionId: 'b', not: ['build v1'], priority: 9 })
    scene.offer({ ...parked, executionId: 'c', items: [], count: 1 })
    expect(scene.sent(old)).toEqual([])
    scene.grant(old, 0, 1)
    expect(scene.claims).toMatchObject([{ executionId: 'c' }])
    scene.grant(old, 0, 5)
    expect(scene.pushed()).toEqual([])
    const { held } = scene.offer({ ...parked, executionId: 'd' })
    expect(held).toMatchObject([{ holder: { session: old } }])
  })

  it('told anew without it, it is for everybody, also on disk', () => {
    const scene = new Scene()
    scene.connect(runner('v1'))
    scene.offer({ ...parked, not: ['build v1'] })
    scene.restart('attached')
    expect(scene.claims).toEqual([])
    scene.offer({ ...parked, items: [] })
    expect(scene.rows.offers).toEqual([expect.not.objectContaining({ not: expect.anything() })])
    expect(scene.claims).toMatchObject([{ executionId: 'a' }])
  })

  it.each(['attached', 'closed'] as const)('survives the end of the queue object, sockets %s', (sockets) => {
    const scene = new Scene()
    scene.connect(runner('v1'))
    scene.offer({ ...parked, not: ['build v1'] })
    scene.restart(sockets)
    scene.connect(runner('v1'))
    expect(scene.claims).toEqual([])
    const fixed = scene.connect(runner('v2'))
    expect(scene.claims).toMatchObject([{ executionId: 'a', claim: { holder: { session: fixed, build: 'v2' } } }])
  })

  it('a claim that got nothing leaves it as it was', () => {
    const scene = new Scene()
    scene.offer({ ...parked, not: ['build v1'] })
    scene.connect(runner('v2'))
    const [claim] = scene.claims
    if (claim) scene.answer(claim, [], 1)
    expect(scene.rows.offers).toMatchObject([{ not: ['build v1'] }])
    scene.connect(runner('v1'))
    scene.pass(6_000)
    expect(scene.claims.map(({ claim: asked }) => asked.holder.build)).toEqual(['v2'])
  })
})
