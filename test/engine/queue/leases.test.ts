import { describe, expect, it } from 'vitest'
import { receive } from '../../../engine/queue/hello.ts'
import { revokeKey } from '../../../engine/queue/presence.ts'
import { listWorkers } from '../../../engine/queue/summary.ts'
import { type HelloOptions, held, kept, Scene, task } from './scene.ts'

const resizer = (task: number, more: HelloOptions = {}): HelloOptions => ({
  tasks: ['resize'],
  slots: { workflow: 0, task },
  ...more,
})

/** A worker that has task-1 of execution a. */
function working(more: HelloOptions = {}): { scene: Scene; worker: string } {
  const scene = new Scene()
  const worker = scene.connect(resizer(1, more))
  scene.offer({ executionId: 'a', items: [task('task-1')] })
  return { scene, worker }
}

describe('keep', () => {
  it('what was pushed here is kept under its session, with one row', () => {
    const { scene, worker } = working()
    expect(scene.keep(kept('a', 'task-1', worker))).toMatchObject([{ verdict: 'kept', holder: { session: worker } }])
    expect(scene.sent(worker)).toEqual([])
    expect(scene.rows.keeps).toHaveLength(1)
    expect(scene.keep(kept('a', 'task-1'))).toMatchObject([{ verdict: 'kept', holder: { session: worker } }])
    expect(scene.changes).toEqual([])
  })

  it('what a claim brings for a session that has gone is told as not sent', () => {
    const scene = new Scene()
    scene.offer({ executionId: 'a', count: 1 })
    const session = scene.connect({ tasks: ['resize'], slots: { workflow: 0, task: 1 } })
    const [claim] = scene.claims
    if (claim === undefined) throw new Error('nothing was claimed')
    scene.close(session)
    scene.answer(claim, [{ id: 'task-1', attempt: 1, token: '1.a', body: '{}' }])
    expect(scene.pushed()).toEqual([])
    expect(scene.get('lost')).toMatchObject([{ executionId: 'a', items: [{ id: 'task-1', attempt: 1, unsent: true }], session }])
  })

  it('what a reply carried is asked of the worker; not held: lost', () => {
    const scene = new Scene()
    const worker = scene.connect(resizer(1))
    expect(scene.keep(kept('a', 'task-7', worker), kept('a', 'task-8', worker))).toMatchObject([
      { verdict: 'kept' },
      { verdict: 'kept' },
    ])
    expect(scene.sent(worker)).toEqual([{ type: 'check', tokens: ['1.task-7', '1.task-8'] }])
    scene.holding(worker, '1.task-8')
    const [lost] = scene.get('lost')
    expect(lost).toMatchObject({ executionId: 'a', run: 1, items: [{ id: 'task-7', attempt: 1 }], session: worker })
    if (lost) scene.deliver(lost)
    expect(scene.rows.keeps.map(({ id }) => id)).toEqual(['task-8'])
  })

  it('of an unknown session: gone; of an old attempt: gone', () => {
    const { scene } = working()
    expect(scene.keep(kept('a', 'task-9', 'session-99'), kept('a', 'task-9'))).toEqual([{ verdict: 'gone' }, { verdict: 'gone' }])
    scene.offer({ executionId: 'b', items: [task('task-1', 2)] })
    const worker = scene.connect(resizer(1))
    scene.offer({ executionId: 'b', items: [task('task-1', 2)] })
    expect(scene.keep(kept('b', 'task-1', undefined, 1))).toEqual([{ verdict: 'gone' }])
    expect(worker).toBeDefined()
  })

  it('release without a session tells whoever has it to stop, and nobody when nobody does', () => {
    const { scene, worker } = working()
    const of = { executionId: 'a', run: 1, id: 'task-1', cancel: 'TERMINATED' }
    scene.release({ ...of, attempt: 2 })
    expect(scene.sent(worker)).toEqual([])
    scene.release({ ...of, attempt: 1 })
    expect(scene.sent(worker)).toMatchObject([
      { type: 'cancelTask', executionId: 'a', taskId: 'task-1', attempt: 1, reason: 'TERMINATED' },
    ])
    expect(scene.state.holdings.of(worker)).toEqual([])
  })

  it('L9 who is asked to stop has the work until it answers: it is lost with its session', () => {
    const { scene, worker } = working()
    scene.keep(kept('a', 'task-1', worker))
    scene.release({ executionId: 'a', run: 1, id: 'task-1', attempt: 1, session: worker, cancel: 'CANCELLED', stays: true })
    expect(scene.sent(worker)).toMatchObject([{ type: 'cancelTask', taskId: 'task-1', reason: 'CANCELLED' }])
    scene.close(worker)
    scene.pass(3_000)
    expect(scene.get('lost')).toMatchObject([{ items: [{ id: 'task-1' }], session: worker }])
  })

  it('release forgets the row, and tells the worker to stop where it says so', () => {
    const { scene, worker } = working()
    scene.keep(kept('a', 'task-1', worker))
    scene.release({ executionId: 'a', run: 1, id: 'task-1', attempt: 1, session: worker, cancel: 'timed out' })
    expect(scene.sent(worker)).toEqual([
      { type: 'cancelTask', executionId: 'a', run: 1, taskId: 'task-1', attempt: 1, reason: 'timed out' },
    ])
    expect(scene.rows.keeps).toEqual([])
    expect(scene.alarmAt).toBeUndefined()
  })
})

describe('loss', () => {
  it('W2 a closed socket is a loss after 3 s, told until it is heard', () => {
    const { scene, worker } = working()
    scene.close(worker)
    expect(scene.keep(kept('a', 'task-1', worker))).toEqual([{ verdict: 'cold', retryAfterMs: 3_000 }])
    expect(scene.alarmAt).toBe(scene.now + 3_000)
    scene.pass(3_000)
    const [lost] = scene.get('lost')
    expect(lost).toMatchObject({ executionId: 'a', items: [{ id: 'task-1', attempt: 1 }], session: worker })
    expect((scene.alarmAt ?? 0) - scene.now).toBeLessThanOrEqual(5_000)
    if (lost) scene.turn((draft) => draft.mark({ type: 'loss-failed', id: lost.id, at: draft.now }))
    scene.pass(1_000)
    expect(scene.get('lost')).toHaveLength(1)
    if (lost) scene.deliver(lost)
    expect(scene.rows).toEqual({ sessions: 0, offers: [], keeps: [] })
    expect(scene.alarmAt).toBeUndefined()
    expect(scene.keep(kept('a', 'task-1', worker))).toEqual([{ verdict: 'gone' }])
  })

  it('W2 kept work survives hibernation: the worker dies afterwards, the rows find it', () => {
    const { scene, worker } = working()
    scene.keep(kept('a', 'task-1', worker))
    scene.restart('attached')
    scene.close(worker)
    scene.pass(3_000)
    expect(scene.get('lost')).toMatchObject([{ executionId: 'a', items: [{ id: 'task-1' }], session: worker }])
    scene.restart('closed')
    expect(scene.get('lost')).toMatchObject([{ executionId: 'a', items: [{ id: 'task-1' }], session: worker }])
  })

  it('W2 a half-open socket is found by missing pings within 40 s, and an idle one is not watched', () => {
    const { scene, worker } = working()
    const idle = scene.connect(resizer(1))
    scene.keep(kept('a', 'task-1', worker))
    const start = scene.now
    let lostAt = 0
    while (lostAt === 0 && scene.now < start + 60_000) {
      scene.ping(idle)
      scene.pass(Math.max(1, (scene.alarmAt ?? scene.now + 60_000) - scene.now))
      if (scene.get('lost').length > 0) lostAt = scene.now
    }
    expect(lostAt - start).toBeGreaterThan(30_000)
    expect(lostAt - start).toBeLessThanOrEqual(40_000)
    expect(scene.get('close')).toMatchObject([{ session: worker }])
  })

  it('a silent worker is found out before it is given anything', () => {
    const scene = new Scene()
    const silent = scene.connect(resizer(5))
    scene.now += 31_000
    const lively = scene.connect(resizer(1))
    expect(scene.alarmAt).toBeUndefined()
    expect(scene.offer({ executionId: 'a', items: [task('task-1')] }).held[0]?.holder.session).toBe(lively)
    expect(scene.get('close')).toMatchObject([{ session: silent }])
  })

  it('a worker that merely is connected leaves no alarm', () => {
    const scene = new Scene()
    scene.connect(resizer(5))
    expect(scene.alarmAt).toBeUndefined()
    scene.restart('attached')
    expect(scene.alarmAt).toBeUndefined()
    expect(scene.effects).toEqual([])
  })
})

describe('coming back', () => {
  it('W15 after a deploy nothing is taken back for 10 s, and what comes back goes on', () => {
    const { scene, worker } = working({ worker: 'w' })
    scene.keep(kept('a', 'task-1', worker))
    scene.restart('closed')
    expect(scene.get('lost')).toEqual([])
    expect(scene.keep(kept('a', 'task-1', worker), kept('a', 'task-1'), kept('z', 'task-4'))).toEqual(
      Array.from({ length: 3 }, () => ({ verdict: 'cold', retryAfterMs: 10_000 })),
    )
    scene.pass(2_000)
    const again = scene.connect(resizer(0, { worker: 'w', inFlight: [held('a', 'task-1')] }))
    const [confirm] = scene.get('confirm')
    expect(scene.get('lost')).toEqual([])
    expect(confirm).toMatchObject({ executionId: 'a', items: [{ id: 'task-1' }], holder: { session: again, workerId: 'w' } })
    if (confirm) scene.confirm(confirm, true)
    expect(scene.rows.keeps).toMatchObject([{ id: 'task-1', holder: { session: again } }])
    expect(scene.keep(kept('a', 'task-1', worker))).toMatchObject([{ verdict: 'kept', holder: { session: again } }])
    expect(scene.keep(kept('z', 'task-4'))).toEqual([{ verdict: 'gone' }])
    scene.pass(9_000)
    expect(scene.get('lost')).toEqual([])
  })

  it('who does not come back is lost 10 s after the start', () => {
    const { scene, worker } = working()
    scene.keep(kept('a', 'task-1', worker))
    scene.restart('closed')
    expect(scene.alarmAt).toBe(scene.now + 10_000)
    scene.pass(10_000)
    expect(scene.get('lost')).toMatchObject([{ items: [{ id: 'task-1' }], session: worker }])
  })

  it('a queue that missed nobody at its start is not cold', () => {
    const { scene } = working()
    scene.restart('attached')
    expect(scene.keep(kept('z', 'task-4'))).toEqual([{ verdict: 'gone' }])
  })

  it('W15 credit survives hibernation', () => {
    const scene = new Scene()
    const worker = scene.connect(resizer(3))
    scene.offer({ executionId: 'a', items: [task('task-1')] })
    scene.restart('attached')
    scene.offer({ executionId: 'a', count: 4, items: [task('task-2'), task('task-3'), task('task-4'), task('task-5')] })
    expect(scene.pushed(worker)).toHaveLength(2)
    expect(scene.state.sessions.get(worker)?.credits.task).toBe(0)
  })

  it('W6 hello replaces only connections of the same worker; what it does not name is lost at once', () => {
    const scene = new Scene()
    const first = scene.connect({ worker: 'w', workflows: ['album'], tasks: ['resize'], slots: { workflow: 0, task: 2 } })
    const other = scene.connect({ worker: 'x', workflows: ['album'] })
    scene.offer({ executionId: 'a', items: [task('task-1'), task('task-2')] })
    const second = scene.connect({ worker: 'w', tasks: ['resize'], inFlight: [held('a', 'task-2')] })
    expect(scene.get('lost')).toMatchObject([{ items: [{ id: 'task-1' }], session: first }])
    expect(scene.get('close')).toMatchObject([{ session: first }])
    expect(listWorkers(scene.state)).toMatchObject([
      { workerId: 'x', session: other, workflows: ['album'] },
      { workerId: 'w', session: second, tasks: ['resize'], held: [{ id: 'task-2' }] },
    ])
  })

  it('W8 work that was given away is cancelled at the worker that comes back', () => {
    const scene = new Scene()
    const worker = scene.connect(resizer(0, { inFlight: [held('a', 'task-1')] }))
    const [confirm] = scene.get('confirm')
    expect(scene.keep(kept('a', 'task-1'))).toEqual([{ verdict: 'cold', retryAfterMs: 1_000 }])
    if (confirm) scene.confirm(confirm, false)
    expect(scene.sent(worker)).toMatchObject([{ type: 'cancelTask', executionId: 'a', taskId: 'task-1', attempt: 1 }])
  })

  it('N2 a confirmation that is not answered is asked again within 5 s', () => {
    const scene = new Scene()
    scene.connect(resizer(0, { inFlight: [held('a', 'task-1')] }))
    const [confirm] = scene.get('confirm')
    if (confirm) scene.turn((draft) => draft.mark({ type: 'confirm-failed', id: confirm.id, at: draft.now }))
    scene.pass((scene.alarmAt ?? 0) - scene.now)
    expect(scene.get('confirm')).toMatchObject([{ executionId: 'a' }])
  })

  it('confirmed after its session is gone: lost', () => {
    const scene = new Scene()
    const worker = scene.connect(resizer(0, { inFlight: [held('a', 'task-1')] }))
    const [confirm] = scene.get('confirm')
    scene.close(worker)
    scene.pass(3_000)
    if (confirm) scene.confirm(confirm, true)
    expect(scene.get('lost')).toMatchObject([{ executionId: 'a', items: [{ id: 'task-1' }], session: worker }])
  })

  it('L9 confirmed for a session that has gone, when another has it: it stays there, and its execution hears of that one last', () => {
    const scene = new Scene()
    const inFlight = [held('a', 'task-1')]
    const first = scene.connect(resizer(0, { worker: 'w', inFlight }))
    const [early] = scene.get('confirm')
    const second = scene.connect(resizer(0, { worker: 'w', inFlight }))
    const [late] = scene.get('confirm')
    if (early === undefined || late === undefined) throw new Error('nobody is asked')
    expect([early.holder.session, late.holder.session]).toEqual([first, second])
    scene.confirm(late, true)
    scene.keep(kept('a', 'task-1', second))
    scene.confirm(early, true)
    expect(scene.get('lost')).toEqual([])
    expect(scene.get('confirm')).toMatchObject([{ executionId: 'a', holder: { session: second } }])
    expect(scene.rows.keeps).toMatchObject([{ id: 'task-1', holder: { session: second } }])
    scene.close(second)
    scene.pass(3_000)
    expect(scene.get('lost')).toMatchObject([{ items: [{ id: 'task-1' }], session: second }])
  })
})

describe('what is left over', () => {
  it('a row whose release was lost is dropped when its execution has not spoken of it for long', () => {
    const { scene, worker } = working()
    scene.keep(kept('a', 'task-1', worker))
    const live = (minutes: number) => {
      for (let step = 0; step < 3 * minutes; step += 1) {
        scene.ping(worker)
        scene.pass(20_000)
      }
    }
    live(10)
    scene.keep(kept('a', 'task-1', worker))
    live(14)
    expect(scene.rows.keeps).toHaveLength(1)
    live(1)
    expect(scene.rows.keeps).toEqual([])
    expect(scene.alarmAt).toBeUndefined()
  })

  it('a socket that closed while the object slept is lost 3 s after its close is told, not after 10', () => {
    const { scene, worker } = working()
    scene.keep(kept('a', 'task-1', worker))
    scene.restart('closed')
    scene.close(worker)
    scene.pass(3_000)
    expect(scene.get('lost')).toMatchObject([{ session: worker }])
  })
})

describe('keys and refusals', () => {
  it('an expired or revoked key ends the connection', () => {
    const scene = new Scene()
    const expiring = scene.connect(resizer(1, { keyExpiresAt: scene.now + 60_000 }))
    expect(scene.alarmAt).toBe(scene.now + 60_000)
    scene.pass(60_000)
    expect(scene.get('close')).toMatchObject([{ session: expiring, reason: 'the key has expired' }])
    const other = scene.connect(resizer(1))
    scene.turn((draft) => revokeKey(draft, 'key-1'))
    expect(scene.get('close')).toMatchObject([{ session: other }])
  })

  it('hello comes first, and once', () => {
    const scene = new Scene()
    const worker = scene.connect(resizer(1))
    scene.hello(worker, resizer(5))
    expect(scene.sent(worker)).toMatchObject([{ type: 'error', code: 'invalid_request' }])
    expect(scene.state.sessions.get(worker)?.credits.task).toBe(1)
    const greeting = { session: 'early', keyId: 'k', partitions: 1, connectedAt: scene.now }
    scene.turn((draft) => draft.mark({ type: 'greeted', greeting }))
    scene.turn((draft) => receive(draft, 'early', { type: 'slots', workflow: 1, task: 1 }))
    expect(scene.sent('early')).toMatchObject([{ type: 'error' }])
    expect(scene.get('close')).toMatchObject([{ session: 'early' }])
  })
})
