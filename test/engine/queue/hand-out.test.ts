import { describe, expect, it } from 'vitest'
import { receive } from '../../../engine/queue/hello.ts'
import { listWorkers, summarize } from '../../../engine/queue/summary.ts'
import { Scene, task, tasks } from './scene.ts'

const resizer = (task: number) => ({ tasks: ['resize'], slots: { workflow: 0, task } })

describe('offers', () => {
  it('W4 one task wakes one worker, and is written nowhere', () => {
    const scene = new Scene()
    const workers = Array.from({ length: 5 }, () => scene.connect(resizer(3)))
    const reply = scene.offer({ executionId: 'a', items: [task('task-1')] })
    expect(scene.pushed()).toEqual(['{"taskId":"task-1"}'])
    expect(scene.effects).toHaveLength(1)
    expect(workers).toContain(reply.held[0]?.holder.session)
    expect(scene.changes).toEqual([])
    expect(scene.alarmAt).toBeUndefined()
  })

  it('W1 a kind that nobody announced waits, visibly', () => {
    const scene = new Scene()
    scene.connect(resizer(3))
    const since = scene.now
    expect(scene.offer({ executionId: 'a', kind: 'encode', count: 4, items: [task('task-1')] }).held).toEqual([])
    expect(scene.effects).toEqual([])
    expect(summarize(scene.state).backlog).toEqual([{ kind: 'encode', count: 4, oldestAt: since }])
    expect(scene.alarmAt).toBeUndefined()
    scene.connect({ tasks: ['encode'], slots: { workflow: 0, task: 2 } })
    expect(scene.claims.map(({ claim }) => claim.count)).toEqual([2])
  })

  it('W5 a worker is never sent more than its credit; the rest waits', () => {
    const scene = new Scene()
    const worker = scene.connect(resizer(2))
    scene.offer({ executionId: 'a', count: 5, items: tasks(5) })
    expect(scene.pushed(worker)).toHaveLength(2)
    expect(scene.rows.offers).toMatchObject([{ executionId: 'a', count: 3 }])
    scene.grant(worker, 1)
    const [claim] = scene.claims
    expect(claim?.claim).toMatchObject({ count: 1, kind: 'resize' })
    if (claim) scene.answer(claim, [task('task-3')], 2)
    expect(scene.pushed(worker)).toHaveLength(1)
    expect(scene.state.sessions.get(worker)?.credits.task).toBe(0)
  })

  it('a repeated offer is answered by who has it, and pushed once', () => {
    const scene = new Scene()
    const first = scene.connect(resizer(2))
    scene.connect(resizer(1))
    scene.offer({ executionId: 'a', items: [task('task-1')] })
    const again = scene.offer({ executionId: 'a', items: [task('task-1')] })
    expect(scene.pushed()).toEqual([])
    expect(again.held).toMatchObject([{ id: 'task-1', attempt: 1, holder: { session: first, queue: 'default', partition: 0 } }])
    scene.offer({ executionId: 'a', items: [task('task-1', 2)] })
    expect(scene.pushed()).toHaveLength(1)
  })

  it('a worker is shown with its slots and with what of them is free, also when it comes back', () => {
    const scene = new Scene()
    const shown = () => listWorkers(scene.state).map(({ slots, free }) => [slots.task, free.task])
    const worker = scene.connect({ worker: 'w', ...resizer(3) })
    expect(shown()).toEqual([[3, 3]])
    scene.offer({ executionId: 'a', items: [task('task-1')] })
    expect(shown()).toEqual([[3, 2]])
    scene.grant(worker, 1)
    expect(shown()).toEqual([[3, 3]])
    // Moved here from another of its connections.
    scene.grant(worker, 2)
    expect(shown()).toEqual([[5, 5]])
    const inFlight = [{ executionId: 'a', run: 1, id: 'task-2', token: '1.task-2' }]
    scene.connect({ worker: 'w', tasks: ['resize'], slots: { workflow: 0, task: 4 }, inFlight })
    expect(shown()).toEqual([[5, 4]])
  })

  it('of an execution that had the id before and was deleted nothing counts as had', () => {
    const scene = new Scene()
    scene.connect(resizer(3))
    scene.offer({ executionId: 'a', items: [task('task-1')] })
    const anew = { ...task('task-1'), token: '1.of another secret' }
    scene.offer({ executionId: 'a', items: [anew] })
    expect(scene.pushed()).toHaveLength(1)
    scene.offer({ executionId: 'a', items: [anew] })
    expect(scene.pushed()).toEqual([])
  })

  it('an older count never replaces a newer one, not even when the offer is gone', () => {
    const scene = new Scene()
    scene.offer({ executionId: 'a', count: 4, revision: 10 })
    expect(scene.offer({ executionId: 'a', count: 9, revision: 9 })).toEqual({ held: [], revision: 10 })
    expect(summarize(scene.state).backlog[0]?.count).toBe(4)
    scene.offer({ executionId: 'a', count: 0, revision: 11 })
    scene.offer({ executionId: 'a', count: 3, revision: 10 })
    expect(summarize(scene.state).backlog).toEqual([])
    expect(scene.rows.offers).toEqual([])
  })

  it('the kept run goes to its session first, and to another at once when that has no credit', () => {
    const scene = new Scene()
    const album = (workflow: number) => ({ workflows: ['album'], slots: { workflow, task: 0 } })
    const keeper = scene.connect(album(1))
    const other = scene.connect(album(9))
    const activation = (id: string) => ({ ...task(id), body: '{}' })
    const offer = { executionId: 'a', type: 'activation', kind: 'album', prefer: keeper } as const
    expect(scene.offer({ ...offer, items: [activation('activation-1')] }).held[0]?.holder.session).toBe(keeper)
    expect(scene.offer({ ...offer, items: [activation('activation-5')] }).held[0]?.holder.session).toBe(other)
  })

  it('work is shared so that credit stays even', () => {
    const scene = new Scene()
    const [a, b, c] = [scene.connect(resizer(10)), scene.connect(resizer(4)), scene.connect(resizer(1))]
    scene.offer({ executionId: 'a', items: tasks(8) })
    expect([a, b, c].map((each) => scene.pushed(each).length)).toEqual([7, 1, 0])
  })
})

describe('credit that comes', () => {
  it('takes by priority, then by age', () => {
    const scene = new Scene()
    scene.offer({ executionId: 'young', since: 300 })
    scene.offer({ executionId: 'old', since: 100 })
    scene.offer({ executionId: 'urgent', since: 900, priority: 5 })
    scene.offer({ executionId: 'other-kind', since: 1, priority: 9, kind: 'encode' })
    const worker = scene.connect(resizer(1))
    const order: string[] = []
    for (let turn = 0; turn < 3; turn += 1) {
      const [claim] = scene.claims
      expect(scene.claims).toHaveLength(1)
      if (claim === undefined) return
      order.push(claim.executionId)
      scene.answer(claim, [task('task-1')])
      scene.grant(worker, 1)
    }
    expect(order).toEqual(['urgent', 'old', 'young'])
  })

  it('is reserved while a claim is in flight, and free again when less came', () => {
    const scene = new Scene()
    scene.offer({ executionId: 'a', count: 3 })
    const worker = scene.connect(resizer(3))
    const [claim] = scene.claims
    expect(scene.state.sessions.get(worker)).toMatchObject({ credits: { task: 3 }, reserved: { task: 3 } })
    scene.offer({ executionId: 'b', items: [task('task-9')] })
    expect(scene.pushed()).toEqual([])
    if (claim) scene.answer(claim, [task('task-1')], 0)
    expect(scene.claims.map(({ executionId }) => executionId)).toEqual(['b'])
    expect(scene.state.sessions.get(worker)).toMatchObject({ credits: { task: 2 }, reserved: { task: 1 } })
  })

  it('N2 an execution that does not answer its claim holds up no other, and what it gives too late was never sent', () => {
    const scene = new Scene()
    scene.offer({ executionId: 'slow', priority: 1 })
    scene.offer({ executionId: 'sound' })
    const worker = scene.connect(resizer(1))
    const [slow] = scene.claims
    expect(slow?.executionId).toBe('slow')
    expect((scene.alarmAt ?? 0) - scene.now).toBeLessThanOrEqual(5_000)
    scene.pass(5_000)
    const sound = scene.claims.find(({ executionId }) => executionId === 'sound')
    if (slow === undefined || sound === undefined) throw new Error('the other is not claimed')
    scene.answer(sound, [task('task-1')])
    expect(scene.pushed(worker)).toHaveLength(1)
    scene.answer(slow, [task('task-2')])
    expect(scene.pushed(worker)).toEqual([])
    expect(scene.get('lost')).toMatchObject([{ executionId: 'slow', items: [{ id: 'task-2', unsent: true }] }])
    expect(scene.state.sessions.get(worker)).toMatchObject({ credits: { task: 0 }, reserved: { task: 0 } })
  })

  it('N2 an execution that does not answer its claim holds up none behind it, and is asked again soon', () => {
    const scene = new Scene()
    scene.offer({ executionId: 'slow', count: 5, priority: 1 })
    scene.offer({ executionId: 'sound', count: 2 })
    const worker = scene.connect(resizer(1))
    expect(scene.claims.map(({ executionId }) => executionId)).toEqual(['slow'])
    scene.pass(5_000)
    const [sound] = scene.claims
    expect(sound?.executionId).toBe('sound')
    if (sound !== undefined) scene.answer(sound, [task('task-1')], 1)
    scene.pass(8_000)
    scene.grant(worker, 1)
    expect(scene.claims.map(({ executionId }) => executionId)).toEqual(['slow'])
  })

  it('N2 executions that hang do not keep others from being asked', () => {
    const scene = new Scene()
    for (let n = 0; n < 64; n += 1) scene.offer({ executionId: `slow-${n}`, priority: 1 })
    scene.offer({ executionId: 'sound' })
    scene.connect(resizer(100))
    expect(scene.claims).toHaveLength(64)
    scene.pass(5_000)
    expect(scene.claims.map(({ executionId }) => executionId)).toEqual(['sound'])
  })

  it('N2 a claim that fails is repeated by the alarm, and holds up no other execution', () => {
    const scene = new Scene()
    scene.offer({ executionId: 'broken', priority: 1 })
    scene.offer({ executionId: 'sound' })
    const worker = scene.connect(resizer(1))
    const [claim] = scene.claims
    expect(claim?.executionId).toBe('broken')
    if (claim) scene.failClaim(claim)
    expect(scene.claims[0]?.executionId).toBe('sound')
    if (scene.claims[0]) scene.answer(scene.claims[0], [task('task-1')])
    scene.grant(worker, 1)
    expect(scene.claims).toEqual([])
    expect((scene.alarmAt ?? 0) - scene.now).toBeLessThanOrEqual(5_000)
    scene.pass(1_000)
    expect(scene.claims[0]?.executionId).toBe('broken')
  })

  it('an execution that gives nothing is not asked in a loop', () => {
    const scene = new Scene()
    scene.offer({ executionId: 'a' })
    scene.connect(resizer(1))
    const [claim] = scene.claims
    if (claim) scene.answer(claim, [], 1)
    expect(scene.claims).toEqual([])
    expect(scene.alarmAt).toBe(scene.now + 1_000)
  })

  it('W15 is never above the limit, and a draining worker gets nothing', () => {
    const scene = new Scene()
    const worker = scene.connect(resizer(9_999))
    scene.grant(worker, 10_000)
    expect(scene.state.sessions.get(worker)?.credits.task).toBe(10_000)
    scene.turn((draft) => receive(draft, worker, { type: 'drain' }))
    scene.grant(worker, 3)
    scene.offer({ executionId: 'a', items: [task('task-1')] })
    expect(scene.effects).toEqual([])
  })

  it('new work does not pass waiting work that goes before it', () => {
    const scene = new Scene()
    scene.offer({ executionId: 'a', count: 1_000, priority: 1 })
    const worker = scene.connect(resizer(5))
    const [claim] = scene.claims
    scene.grant(worker, 1)
    expect(scene.claims).toEqual([])
    scene.offer({ executionId: 'b', items: [task('task-1')] })
    expect(scene.pushed()).toEqual([])
    if (claim) scene.answer(claim, tasks(5), 995)
    expect(scene.claims).toMatchObject([{ executionId: 'a', claim: { count: 1 } }])
  })
})

describe('fairness', () => {
  it('workers are told once that others wait, and once that none do', () => {
    const scene = new Scene()
    const worker = scene.connect(resizer(0))
    const stranger = scene.connect({ tasks: ['encode'] })
    scene.offer({ executionId: 'a', count: 3 })
    expect(scene.sent(worker)).toEqual([])
    scene.offer({ executionId: 'b', count: 2 })
    expect(scene.sent(worker)).toEqual([{ type: 'notify', backlog: 5 }])
    expect(scene.sent(stranger)).toEqual([])
    scene.offer({ executionId: 'c', count: 2 })
    expect(scene.effects).toEqual([])
    scene.offer({ executionId: 'b', count: 0 })
    scene.offer({ executionId: 'c', count: 0 })
    expect(scene.sent(worker)).toEqual([{ type: 'notify', backlog: 0 }])
  })
})
