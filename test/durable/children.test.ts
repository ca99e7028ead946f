/** Children and messages between executions over real objects, which die between any two steps: N1, N12, S5, W14. */
import { abortAllDurableObjects, evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { describe, expect, it, vi } from 'vitest'
import type { HistoryEvent } from '../../schemas/events.ts'
import { Organisation, type Peer, scheduled } from './peer.ts'
import { type Code, child, executionOf, isClosed, of, play } from './tree.ts'

const patient = { timeout: 60_000 }
const soon = { timeout: 20_000, interval: 20 }
const complete = (output: unknown = 'done') => ({ type: 'COMPLETE_WORKFLOW', output })
const cancelled = { type: 'CANCEL_WORKFLOW' }

const inputOf = (events: HistoryEvent[]): unknown => of(events, 'WORKFLOW_STARTED')[0]?.data.input

const typesOf = async (organisation: Organisation, id: string): Promise<string[]> =>
  (await organisation.events(id)).map(({ type }) => type)

/** Nothing waits to be sent any more. */
const messagesOf = (organisation: Organisation, id: string): Promise<number> =>
  runInDurableObject(executionOf(organisation, id), (_, { storage }) => {
    const [table] = storage.sql.exec("SELECT name FROM sqlite_master WHERE name = 'outbox'").toArray()
    return table === undefined ? 0 : storage.sql.exec('SELECT * FROM outbox').toArray().length
  })

/** The next activation of that execution. */
async function activationOf(peer: Peer, id: string) {
  for (;;) {
    const activation = await peer.next('activation')
    peer.say({ type: 'slots', workflow: 1, task: 0 })
    if (activation.executionId === id) return activation
  }
}

describe('a child', () => {
  it('S5 is handed out, ends, and its parent is handed out: nobody asks for anything', patient, async () => {
    const organisation = await Organisation.create()
    const peer = await organisation.connect({ slots: { workflow: 1, task: 0 } })
    await organisation.start('p', { attributes: { a: 1 } })
    await peer.answer(await activationOf(peer, 'p'), [child(1, { input: { n: 1 } })])
    const kid = await activationOf(peer, 'p:1:child-1')
    expect(kid.events[0]).toMatchObject({
      data: { input: { n: 1 }, parent: { executionId: 'p', run: 1, childId: 'child-1' }, attributes: { a: 1 } },
    })
    expect(await organisation.call('GET', '/workflow-executions/p/children')).toEqual({
      items: [{ childId: 'child-1', executionId: 'p:1:child-1', kind: 'flow', status: 'STARTED' }],
    })
    expect(await organisation.describe('p')).toMatchObject({ status: 'WAITING', awaiting: [{ type: 'child', id: 'child-1' }] })
    expect(await organisation.describe('p:1:child-1')).toMatchObject({
      parent: { executionId: 'p', run: 1, childId: 'child-1' },
    })
    await peer.answer(kid, [complete({ sum: 7 })])
    const woken = await activationOf(peer, 'p')
    expect(woken.events.at(-1)).toMatchObject({
      type: 'CHILD_WORKFLOW_COMPLETED',
      data: { childId: 'child-1', output: { sum: 7 } },
    })
    expect(peer.received.filter(({ type }) => type === 'activation')).toHaveLength(3)
    await peer.answer(woken, [complete()])
    expect(await organisation.call('GET', '/workflow-executions/p/children')).toMatchObject({ items: [{ status: 'COMPLETED' }] })
    expect(await messagesOf(organisation, 'p')).toBe(0)
    expect(await messagesOf(organisation, 'p:1:child-1')).toBe(0)
  })

  it('on a queue of its own, which the organisation then lists', patient, async () => {
    const organisation = await Organisation.create()
    const peer = await organisation.connect({ slots: { workflow: 1, task: 0 } })
    await organisation.start('p')
    await peer.answer(await activationOf(peer, 'p'), [child(1, { queue: 'heavy', executionId: 'kid', kind: 'crunch' })])
    const listed = async () => (await organisation.call('GET', '/queues')).items.map(({ queue }: { queue: string }) => queue)
    await vi.waitFor(async () => expect(await listed()).toContain('heavy'), soon)
    const other = await organisation.connect({ workflows: ['crunch'], slots: { workflow: 1, task: 0 } }, 'heavy')
    expect(await other.next('activation')).toMatchObject({ executionId: 'kid', kind: 'crunch' })
  })

  it('whose id a stranger has failed, and the parent is told why', patient, async () => {
    const organisation = await Organisation.create()
    const peer = await organisation.connect({ slots: { workflow: 2, task: 0 } })
    await organisation.start('kid', { kind: 'other' })
    await organisation.start('p')
    await peer.answer(await activationOf(peer, 'p'), [child(1, { executionId: 'kid' })])
    const woken = await activationOf(peer, 'p')
    expect(woken.events.at(-1)).toMatchObject({
      type: 'CHILD_WORKFLOW_FAILED',
      data: { childId: 'child-1', executionId: 'kid', failure: { type: 'ALREADY_EXISTS' } },
    })
    expect(await organisation.describe('kid')).toMatchObject({ kind: 'other', status: 'PENDING' })
  })

  it('D3 N1 three over three activations, with every execution evicted after each answer', patient, async () => {
    const organisation = await Organisation.create()
    const code: Code = (events) => {
      if (inputOf(events) === 'leaf') return [complete()]
      const begun = of(events, 'CHILD_WORKFLOW_INITIATED').length
      if (of(events, 'CHILD_WORKFLOW_COMPLETED').length < begun) return []
      return begun === 3 ? [complete()] : [child(begun + 1, { input: 'leaf' })]
    }
    const ids = ['p', ...[1, 2, 3].map((n) => `p:1:child-${n}`)]
    const peer = await organisation.connect({ slots: { workflow: 2, task: 0 } })
    await organisation.start('p')
    let calls = 0
    await play(peer, code, isClosed(organisation, 'p'), async () => {
      calls += 1
      if (calls % 2 === 0)
        await Promise.all(ids.map((id) => evictDurableObject(executionOf(organisation, id)).catch(() => undefined)))
    })
    const events = await organisation.events('p')
    expect(events.filter(({ type }) => type === 'CHILD_WORKFLOW_INITIATED').map(({ data }) => data['executionId'])).toEqual(
      ids.slice(1),
    )
    expect(events.filter(({ type }) => type === 'CHILD_WORKFLOW_COMPLETED')).toHaveLength(3)
  })
})

describe('three deep', () => {
  const leafOf = (root: string): string => `${root}:1:child-1:1:child-1`
  const levelsOf = (root: string): string[] => [root, `${root}:1:child-1`, leafOf(root)]

  /** The leaf does a task and fails; each level fails with the failure of the one below. */
  const failing: Code = (events, { executionId }) => {
    const failed = of(events, 'CHILD_WORKFLOW_FAILED')[0]
    const level = executionId.split(':child-1').length - 1
    if (level === 2) {
      if (of(events, 'TASK_SCHEDULED').length === 0) return [scheduled(1)]
      const isDone = of(events, 'TASK_COMPLETED').length > 0
      return isDone ? [{ type: 'FAIL_WORKFLOW', failure: { type: 'Leaf', message: 'no' } }] : []
    }
    if (failed !== undefined)
      return [{ type: 'FAIL_WORKFLOW', failure: { type: `Level${level}`, message: 'child', cause: failed.data.failure } }]
    return of(events, 'CHILD_WORKFLOW_INITIATED').length === 0 ? [child(1)] : []
  }

  async function expectChain(organisation: Organisation, root: string): Promise<void> {
    expect(await organisation.describe(root)).toMatchObject({
      status: 'FAILED',
      failure: { type: 'Level0', cause: { type: 'Level1', cause: { type: 'Leaf', message: 'no' } } },
    })
    const levels = levelsOf(root)
    for (const id of levels.slice(0, 2)) {
      const types = (await typesOf(organisation, id)).filter((type) => type.startsWith('CHILD_') || type === 'WORKFLOW_FAILED')
      expect(types).toEqual(['CHILD_WORKFLOW_INITIATED', 'CHILD_WORKFLOW_STARTED', 'CHILD_WORKFLOW_FAILED', 'WORKFLOW_FAILED'])
    }
    for (const id of levels) await vi.waitFor(async () => expect(await messagesOf(organisation, id)).toBe(0), soon)
  }

  it.each(levelsOf('p'))(
    'N1 N12 %s evicted between all steps: the parent ends once, with the chain of causes',
    patient,
    async (victim) => {
      const organisation = await Organisation.create()
      const peer = await organisation.connect({ slots: { workflow: 2, task: 2 } })
      await organisation.start('p')
      await play(peer, failing, isClosed(organisation, 'p'), () =>
        evictDurableObject(executionOf(organisation, victim)).catch(() => undefined),
      )
      await expectChain(organisation, 'p')
    },
  )

  it('N1 N12 all objects killed, while seven trees are at seven different steps: the same', patient, async () => {
    const organisation = await Organisation.create()
    const roots = Array.from({ length: 7 }, (_, steps) => `p${steps}`)
    const answers = new Map(roots.map((root) => [root, 0]))
    const stepsLeft = (root: string): number => roots.indexOf(root) - (answers.get(root) ?? 0) / 2
    const rootOf = (id: string): string => id.split(':')[0] ?? ''
    const slots = { workflow: 30, task: 30 }
    const peer = await organisation.connect({ slots })
    for (const root of roots) await organisation.start(root)
    await play(
      peer,
      failing,
      async () => roots.every((root) => stepsLeft(root) === 0),
      async (id) => answers.set(rootOf(id), (answers.get(rootOf(id)) ?? 0) + 1),
      (id) => stepsLeft(rootOf(id)) === 0,
    )
    await abortAllDurableObjects()
    // The same worker id: what it no longer has is lost at once.
    const again = await organisation.connect({ slots })
    const areOver = async () => (await Promise.all(roots.map((root) => isClosed(organisation, root)()))).every(Boolean)
    await play(again, failing, areOver)
    for (const root of roots) await expectChain(organisation, root)
  })
})

describe('cancellation', () => {
  it('W14 reaches the task of the child of a child, and all end CANCELLED', patient, async () => {
    const organisation = await Organisation.create()
    const ids = ['p', 'p:1:child-1', 'p:1:child-1:1:child-1']
    const code: Code = (events, { executionId }) => {
      const isAsked = of(events, 'CANCELLATION_REQUESTED').length > 0
      const isOver = of(events, 'CHILD_WORKFLOW_CANCELLED').length + of(events, 'TASK_CANCELLED').length > 0
      if (isOver) return [cancelled]
      const isLeaf = executionId === ids[2]
      if (isAsked)
        return [isLeaf ? { type: 'CANCEL_TASK', taskId: 'task-1' } : { type: 'CANCEL_CHILD_WORKFLOW', childId: 'child-1' }]
      return isLeaf ? [scheduled(1)] : [child(1)]
    }
    const peer = await organisation.connect({ slots: { workflow: 3, task: 0 } })
    const other = await organisation.connect({ workerId: 'w2', workflows: [], slots: { workflow: 0, task: 1 } })
    await organisation.start('p')
    const playing = play(peer, code, isClosed(organisation, 'p'))
    const task = await other.next('task')
    expect(task.executionId).toBe(ids[2])
    await organisation.call('POST', '/workflow-executions/p/cancel', { reason: 'enough' })
    const told = await other.next('cancelTask')
    expect(told).toMatchObject({ executionId: ids[2], taskId: 'task-1', reason: 'CANCELLED' })
    const { executionId, run, taskId: id, token } = task
    await other.report([{ type: 'task', executionId, run, id, token, failure: { type: 'CANCELLED', message: 'stopped' } }])
    await playing
    for (const each of ids)
      expect(await organisation.describe(each)).toMatchObject({ status: 'CANCELLED', cancelRequested: true })
    const asked = (await organisation.events(ids[1] ?? '')).find(({ type }) => type === 'CANCELLATION_REQUESTED')
    expect(asked?.data).toMatchObject({ by: 'parent' })
  })

  it('L11 terminating the parent ends its children by their policies, and stops their tasks', patient, async () => {
    const organisation = await Organisation.create()
    const peer = await organisation.connect({ slots: { workflow: 4, task: 1 } })
    await organisation.start('p')
    const policies = ['TERMINATE', 'CANCEL', 'ABANDON']
    await peer.answer(
      await activationOf(peer, 'p'),
      policies.map((parentClosePolicy, n) => child(n + 1, { parentClosePolicy, executionId: parentClosePolicy })),
    )
    const kids = [await peer.next('activation'), await peer.next('activation'), await peer.next('activation')]
    for (const kid of kids) await peer.answer(kid, kid.executionId === 'TERMINATE' ? [scheduled(1)] : [])
    expect(await peer.next('task')).toMatchObject({ executionId: 'TERMINATE' })
    await organisation.call('POST', '/workflow-executions/p/terminate', {})
    expect(await peer.next('cancelTask')).toMatchObject({ executionId: 'TERMINATE', reason: 'TERMINATED' })
    const statuses = async () =>
      (await Promise.all(policies.map((id) => organisation.describe(id)))).map(({ status, cancelRequested }) => [
        status,
        cancelRequested,
      ])
    await vi.waitFor(
      async () =>
        expect(await statuses()).toEqual([
          ['TERMINATED', false],
          ['CANCELLING', true],
          ['WAITING', false],
        ]),
      soon,
    )
  })

  it('L11 a worker is told to stop although the execution has forgotten who has its work', patient, async () => {
    const organisation = await Organisation.create()
    const peer = await organisation.connect({ slots: { workflow: 1, task: 1 } })
    await organisation.start('a')
    await peer.answer(await activationOf(peer, 'a'), [scheduled(1)])
    await peer.next('task')
    await evictDurableObject(executionOf(organisation, 'a'))
    await organisation.call('POST', '/workflow-executions/a/terminate', {})
    expect(await peer.next('cancelTask')).toMatchObject({ executionId: 'a', taskId: 'task-1', reason: 'TERMINATED' })
  })
})

describe('another execution', () => {
  const signal = (executionId: string, n = 1, payload: unknown = { n }) => ({
    type: 'SIGNAL_WORKFLOW',
    requestId: `external-${n}`,
    executionId,
    name: 'news',
    payload,
  })

  it('is signalled and cancelled, or it is said why not: unknown, closed, itself', patient, async () => {
    const organisation = await Organisation.create()
    const peer = await organisation.connect({ slots: { workflow: 2, task: 0 } })
    await organisation.start('over', { kind: 'other' })
    await organisation.call('POST', '/workflow-executions/over/terminate', {})
    await organisation.start('b', { kind: 'other' })
    await organisation.start('a')
    const cancel = (executionId: string, n: number) => ({
      type: 'CANCEL_WORKFLOW_EXECUTION',
      requestId: `external-${n}`,
      executionId,
    })
    const commands = [signal('b'), signal('nobody', 2), signal('over', 3), signal('a', 4), cancel('b', 5), cancel('nobody', 6)]
    await peer.answer(await activationOf(peer, 'a'), commands)
    const outcomes = async () =>
      (await organisation.events('a'))
        .filter(({ type }) => type.startsWith('EXTERNAL_'))
        .map(({ type, data }) => [data['requestId'], type, (data['failure'] as { type: string } | undefined)?.type])
        .sort()
    await vi.waitFor(
      async () =>
        expect(await outcomes()).toEqual([
          ['external-1', 'EXTERNAL_SIGNAL_SENT', undefined],
          ['external-2', 'EXTERNAL_SIGNAL_FAILED', 'not_found'],
          ['external-3', 'EXTERNAL_SIGNAL_FAILED', 'already_closed'],
          ['external-4', 'EXTERNAL_SIGNAL_SENT', undefined],
          ['external-5', 'EXTERNAL_CANCEL_SENT', undefined],
          ['external-6', 'EXTERNAL_CANCEL_FAILED', 'not_found'],
        ]),
      soon,
    )
    expect((await organisation.events('b')).slice(1)).toMatchObject([
      { type: 'SIGNAL_RECEIVED', data: { name: 'news', payload: { n: 1 }, signalId: 'a:1:external-1' } },
      { type: 'CANCELLATION_REQUESTED', data: { by: 'execution a' } },
    ])
    expect(await typesOf(organisation, 'a')).toContain('SIGNAL_RECEIVED')
  })

  it('N1 a hundred signals of large values arrive once and in order, though both die all the time', patient, async () => {
    const organisation = await Organisation.create()
    const peer = await organisation.connect({ slots: { workflow: 1, task: 0 } })
    await organisation.start('b', { kind: 'other' })
    await organisation.start('a')
    const text = '"'.repeat(100_000)
    const commands = Array.from({ length: 100 }, (_, n) => signal('b', n + 1, { n, text }))
    await peer.answer(await activationOf(peer, 'a'), commands)
    const isSent = async () => (await typesOf(organisation, 'a')).filter((type) => type === 'EXTERNAL_SIGNAL_SENT').length === 100
    const deadline = Date.now() + 50_000
    while (!(await isSent()) && Date.now() < deadline) {
      for (const id of ['a', 'b']) await evictDurableObject(executionOf(organisation, id)).catch(() => undefined)
    }
    const received = (await organisation.events('b')).filter(({ type }) => type === 'SIGNAL_RECEIVED')
    expect(received.map(({ data }) => (data['payload'] as { n: number }).n)).toEqual(Array.from({ length: 100 }, (_, n) => n))
    expect(await messagesOf(organisation, 'a')).toBe(0)
  })
})
