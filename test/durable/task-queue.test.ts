/** Queues over their real disk and sockets, with real executions behind them. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it, vi } from 'vitest'
import type { Env } from '../../durable/env.ts'
import { connectHeaders, type QueuePort } from '../../durable/ports.ts'
import { executionName, queueObjectName, queueStub } from '../../durable/stubs.ts'
import { migrations } from '../../durable/task-queue/schema.ts'
import type { Up } from '../../schemas/socket/up.ts'
import { done, Organisation, type Peer, scheduled, scheduledMany, type TaskWork } from './peer.ts'

const bindings: Env = env
const complete = { type: 'COMPLETE_WORKFLOW', output: 'ok' }
const patient = { timeout: 60_000 }
const soon = { timeout: 20_000, interval: 20 }

const objectOf = (organisation: Organisation, queue = 'default') =>
  bindings.TASK_QUEUE.getByName(queueObjectName(organisation.name, queue, 0))
const queueOf = (organisation: Organisation): QueuePort => queueStub(bindings, organisation.name, 'default', 0)
const executionOf = (organisation: Organisation, id: string) =>
  bindings.WORKFLOW_EXECUTION.getByName(executionName(organisation.name, id))

type Hello = Partial<Extract<Up, { type: 'hello' }>>

/** A worker for tasks alone. */
const tasker = (workerId: string, task: number): Hello => ({ workerId, workflows: [], slots: { workflow: 0, task } })
/** A worker for workflows alone. */
const director: Hello = { workerId: 'director', tasks: [], slots: { workflow: 5, task: 0 } }

async function schedule(organisation: Organisation, peer: Peer, id: string, tasks: unknown[]): Promise<void> {
  await organisation.start(id)
  await peer.answer(await peer.next('activation'), tasks)
}

const attempts = async (organisation: Organisation, id: string): Promise<{ attempt: number; status: string }> =>
  organisation.call('GET', `/workflow-executions/${id}/tasks/task-1`)

const keptRows = (organisation: Organisation): Promise<number> =>
  runInDurableObject(objectOf(organisation), (_, { storage }) => storage.sql.exec('SELECT * FROM keeps').toArray().length)

const works = (peer: Peer): string[] => peer.received.flatMap((message) => (message.type === 'task' ? [message.taskId] : []))

/** Everything said before has been dealt with: sockets and calls to one object keep their order. */
async function settled(peer: Peer): Promise<void> {
  const before = peer.received.filter(({ type }) => type === 'error').length
  peer.say({
    type: 'hello',
    workerId: 'again',
    sdk: 'peer',
    workflows: [],
    tasks: [],
    slots: { workflow: 0, task: 0 },
    inFlight: [],
  })
  await vi.waitFor(() => expect(peer.received.filter(({ type }) => type === 'error')).toHaveLength(before + 1), soon)
}

describe('handing out', () => {
  it('W1 work of a kind that nobody announced waits, visibly, until somebody does', async () => {
    const organisation = await Organisation.create()
    const wrong = await organisation.connect({ ...tasker('w1', 5), tasks: ['other'] })
    await schedule(organisation, await organisation.connect(director), 'a', scheduledMany(3))
    await vi.waitFor(
      async () =>
        expect(await organisation.call('GET', '/queues/default')).toMatchObject({ backlog: [{ kind: 'work', count: 3 }] }),
      soon,
    )
    const right = await organisation.connect(tasker('w2', 2))
    expect((await right.next('task')).taskId).toBe('task-1')
    expect((await right.next('task')).taskId).toBe('task-2')
    await vi.waitFor(async () => expect((await queueOf(organisation).describe()).backlog).toMatchObject([{ count: 1 }]), soon)
    expect(wrong.received.map(({ type }) => type)).toEqual(['welcome'])
  })

  it('W3 one identity: the session that was welcomed holds the work, here and at the execution', async () => {
    const organisation = await Organisation.create()
    const worker = await organisation.connect(tasker('w1', 1))
    await schedule(organisation, await organisation.connect(director), 'a', [scheduled(1)])
    const task = await worker.next('task')
    expect(await organisation.call('GET', '/workers')).toMatchObject({
      items: expect.arrayContaining([
        expect.objectContaining({
          workerId: 'w1',
          session: worker.session,
          held: [{ executionId: 'a', run: 1, id: task.taskId }],
        }),
      ]),
    })
  })

  it('W4 one task wakes one worker; an idle one is sent nothing and leaves no alarm', async () => {
    const organisation = await Organisation.create()
    const workers = await Promise.all(Array.from({ length: 5 }, (_, index) => organisation.connect(tasker(`w${index}`, 2))))
    const alarm = await runInDurableObject(objectOf(organisation), (_, { storage }) => storage.getAlarm())
    expect(alarm).toBeNull()
    await schedule(organisation, await organisation.connect(director), 'a', [scheduled(1)])
    await Promise.race(workers.map((worker) => worker.next('task')))
    await Promise.all(workers.map(settled))
    expect(workers.flatMap(works)).toEqual(['task-1'])
    expect(workers.flatMap(({ received }) => received.map(({ type }) => type)).filter((type) => type === 'notify')).toEqual([])
  })

  it('W5 work below the slots is never blocked by long work, and never more than the slots is sent', async () => {
    const organisation = await Organisation.create()
    const worker = await organisation.connect(tasker('w1', 3))
    const lead = await organisation.connect(director)
    await schedule(organisation, lead, 'a', scheduledMany(2))
    await worker.next('task')
    await worker.next('task')
    await schedule(organisation, lead, 'b', scheduledMany(2))
    expect((await worker.next('task')).executionId).toBe('b')
    await settled(worker)
    expect(works(worker)).toHaveLength(3)
    worker.say({ type: 'slots', workflow: 0, task: 1 })
    expect((await worker.next('task')).taskId).toBe('task-2')
  })

  it('W6 hello replaces only its own connection', async () => {
    const organisation = await Organisation.create()
    const lead = await organisation.connect(director)
    const first = await organisation.connect(tasker('w1', 1))
    const second = await organisation.connect(tasker('w1', 1))
    await vi.waitFor(() => expect(first.closed).toBe(true), soon)
    await schedule(organisation, lead, 'a', [scheduled(1)])
    expect((await second.next('task')).taskId).toBe('task-1')
    expect((await queueOf(organisation).workers()).map(({ session }) => session).toSorted()).toEqual(
      [lead.session, second.session].toSorted(),
    )
  })

  it('a thousand tasks that wait are claimed as credit comes, each once', async () => {
    const organisation = await Organisation.create()
    await schedule(organisation, await organisation.connect(director), 'a', scheduledMany(1_000))
    const workers = await Promise.all(['w1', 'w2', 'w3'].map((id) => organisation.connect(tasker(id, 400))))
    await vi.waitFor(() => expect(workers.flatMap(works)).toHaveLength(1_000), soon)
    expect(new Set(workers.flatMap(works)).size).toBe(1_000)
    for (const worker of workers) expect(works(worker).length).toBeLessThanOrEqual(400)
    await vi.waitFor(async () => expect((await queueOf(organisation).describe()).backlog).toEqual([]), soon)
  })
})

describe('sockets', () => {
  it('another protocol is refused clearly; a bad or early message gets an error', async () => {
    const organisation = await Organisation.create()
    const upgrade = (protocols: string) =>
      objectOf(organisation).fetch('http://queue/', { headers: { Upgrade: 'websocket', 'Sec-WebSocket-Protocol': protocols } })
    const refused = await upgrade('perdure.v9')
    expect(refused.status).toBe(400)
    expect(await refused.json()).toMatchObject({ code: 'invalid_request', detail: expect.stringContaining('perdure.v1') })
    for (const text of ['nonsense', '{"type":"slots","workflow":1,"task":1}', '{"type":"hello"}']) {
      const { webSocket: socket } = await upgrade('perdure.v1')
      if (socket === null) throw new Error('no socket')
      const messages: string[] = []
      const closed = new Promise<number>((resolve) => socket.addEventListener('close', ({ code }) => resolve(code)))
      socket.addEventListener('message', ({ data }) => {
        messages.push(String(data))
      })
      socket.accept()
      socket.send(text)
      expect(await closed).toBe(4_000)
      expect(messages.map((message) => JSON.parse(message))).toMatchObject([{ type: 'error', code: 'invalid_request' }])
    }
  })

  it('a revoked key closes its sockets, said hello or not, and no others', async () => {
    const organisation = await Organisation.create()
    const other = await organisation.connect(tasker('w1', 1))
    const response = await objectOf(organisation).fetch('http://queue/', {
      headers: { Upgrade: 'websocket', 'Sec-WebSocket-Protocol': 'perdure.v1', [connectHeaders.keyId]: 'key-7' },
    })
    const socket = response.webSocket
    if (socket === null) throw new Error('no socket')
    const closed = new Promise<number>((resolve) => socket.addEventListener('close', ({ code }) => resolve(code)))
    socket.accept()
    await queueOf(organisation).revoke('key-7')
    expect(await closed).toBe(4_003)
    await settled(other)
    expect(other.closed).toBe(false)
  })
})

describe('polling', () => {
  const poll = (organisation: Organisation, waitMs: number, workflow = 1, task = 1) =>
    organisation.call('POST', '/queues/default/poll', {
      workerId: 'p1',
      workflows: ['flow'],
      tasks: ['work'],
      accept: { workflow, task },
      waitMs,
    })

  it('answers with what waits, and waits for what comes', async () => {
    const organisation = await Organisation.create()
    expect(await poll(organisation, 0)).toEqual({ activations: [], tasks: [] })
    await organisation.start('a')
    const { activations } = await poll(organisation, 5_000)
    expect(activations).toMatchObject([{ executionId: 'a', kind: 'flow' }])
    const waiting = poll(organisation, 20_000, 0, 2)
    await vi.waitFor(async () => expect((await queueOf(organisation).describe()).workers).toBe(1), soon)
    const { executionId, activationId, token, snapshotSequence } = activations[0]
    await organisation.call('POST', `/workflow-executions/${executionId}/activations/${activationId}/complete`, {
      token,
      snapshotSequence,
      commands: scheduledMany(2),
    })
    expect((await waiting).tasks.map((task: TaskWork) => task.taskId)).toEqual(['task-1', 'task-2'])
    expect((await queueOf(organisation).describe()).workers).toBe(0)
  })
})

describe.concurrent('leases', () => {
  it('W2 a worker that dies loses its work to another after 3 s; its late answer is stale', patient, async () => {
    const organisation = await Organisation.create()
    const [one, lead] = [await organisation.connect(tasker('w1', 1)), await organisation.connect(director)]
    await schedule(organisation, lead, 'a', [scheduled(1)])
    const task = await one.next('task')
    const two = await organisation.connect(tasker('w2', 1))
    const closedAt = Date.now()
    one.close()
    const again = await two.next('task')
    expect(Date.now() - closedAt).toBeGreaterThanOrEqual(2_900)
    expect(Date.now() - closedAt).toBeLessThan(8_000)
    expect(again).toMatchObject({ taskId: 'task-1', attempt: 2 })
    expect((await two.report([done(task)])).results).toMatchObject([{ ok: false, code: 'stale_attempt' }])
    expect((await two.report([done(again)])).results).toMatchObject([{ ok: true }])
  })

  it('W15 hibernation keeps the socket, its credit and its kinds', async () => {
    const organisation = await Organisation.create()
    const [worker, lead] = [await organisation.connect(tasker('w1', 2)), await organisation.connect(director)]
    await schedule(organisation, lead, 'a', [scheduled(1)])
    await worker.next('task')
    await evictDurableObject(objectOf(organisation))
    await schedule(organisation, lead, 'b', scheduledMany(2))
    expect((await worker.next('task')).executionId).toBe('b')
    await settled(worker)
    expect(works(worker)).toHaveLength(2)
    const { slots, free } = (await queueOf(organisation).workers()).find(({ workerId }) => workerId === 'w1') ?? {}
    expect([slots?.task, free?.task]).toEqual([2, 0])
  })

  it('W15 a deploy closes all sockets: who comes back with its work goes on, nothing runs twice', patient, async () => {
    const organisation = await Organisation.create()
    const [one, lead] = [await organisation.connect(tasker('w1', 1)), await organisation.connect(director)]
    await schedule(organisation, lead, 'a', [scheduled(1)])
    const task = await one.next('task')
    await evictDurableObject(objectOf(organisation), { webSockets: 'close' })
    await evictDurableObject(executionOf(organisation, 'a'))
    const { executionId, run, taskId: id, token } = task
    const back = await organisation.connect({ ...tasker('w1', 1), inFlight: [{ executionId, run, id, token }] })
    const leadBack = await organisation.connect(director)
    await vi.waitFor(
      async () => expect((await queueOf(organisation).workers()).flatMap(({ held }) => held)).toHaveLength(1),
      soon,
    )
    expect(await attempts(organisation, 'a')).toMatchObject({ attempt: 1 })
    expect((await back.report([done(task)])).results).toMatchObject([{ ok: true }])
    await leadBack.answer(await leadBack.next('activation'), [complete])
    expect(works(back)).toEqual([])
    expect((await organisation.describe('a')).status).toBe('COMPLETED')
    await vi.waitFor(async () => expect(await keptRows(organisation)).toBe(0), soon)
  })

  it('W2 both objects are evicted while work is out, then the worker dies: taken back within 10 s', patient, async () => {
    const organisation = await Organisation.create()
    const [one, lead] = [await organisation.connect(tasker('w1', 1)), await organisation.connect(director)]
    await schedule(organisation, lead, 'a', [scheduled(1)])
    await one.next('task')
    await vi.waitFor(async () => expect(await keptRows(organisation)).toBe(1), soon)
    await evictDurableObject(objectOf(organisation))
    await evictDurableObject(executionOf(organisation, 'a'))
    const closedAt = Date.now()
    one.close()
    const two = await organisation.connect(tasker('w2', 1))
    expect(await two.next('task')).toMatchObject({ taskId: 'task-1', attempt: 2 })
    expect(Date.now() - closedAt).toBeLessThan(10_000)
    await vi.waitFor(async () => expect(await keptRows(organisation)).toBe(0), soon)
  })

  it('W2 all sockets are lost and nobody comes back: taken back within 15 s', patient, async () => {
    const organisation = await Organisation.create()
    const [one, lead] = [await organisation.connect(tasker('w1', 1)), await organisation.connect(director)]
    await schedule(organisation, lead, 'a', [scheduled(1)])
    await one.next('task')
    await vi.waitFor(async () => expect(await keptRows(organisation)).toBe(1), soon)
    await evictDurableObject(objectOf(organisation), { webSockets: 'close' })
    const closedAt = Date.now()
    const two = await organisation.connect(tasker('w2', 1))
    expect(await two.next('task')).toMatchObject({ taskId: 'task-1', attempt: 2 })
    expect(Date.now() - closedAt).toBeGreaterThan(8_000)
    expect(Date.now() - closedAt).toBeLessThan(15_000)
  })

  it('W8 a worker that comes back after its work was given away is told to stop', patient, async () => {
    const organisation = await Organisation.create()
    const [one, lead] = [await organisation.connect(tasker('w1', 1)), await organisation.connect(director)]
    await schedule(organisation, lead, 'a', [scheduled(1)])
    const { executionId, run, taskId: id, token } = await one.next('task')
    const two = await organisation.connect(tasker('w2', 1))
    one.close()
    await two.next('task')
    const back = await organisation.connect({ ...tasker('w1', 1), inFlight: [{ executionId, run, id, token }] })
    expect(await back.next('cancelTask')).toMatchObject({ executionId, run, taskId: id, attempt: 1 })
    expect(await attempts(organisation, 'a')).toMatchObject({ attempt: 2, status: 'RUNNING' })
  })

  it('work that a reply carried, and the reply was lost: the worker is asked, and the work is taken back', patient, async () => {
    const organisation = await Organisation.create()
    const worker = await organisation.connect({ workerId: 'w1', slots: { workflow: 1, task: 0 } })
    await organisation.start('a')
    await worker.answer(await worker.next('activation'), [scheduled(1)], { accept: worker.accept(0, 1) })
    const { tokens } = await worker.next('check')
    expect(tokens).toHaveLength(1)
    worker.say({ type: 'holding', tokens: [] })
    worker.say({ type: 'slots', workflow: 0, task: 1 })
    expect(await worker.next('task')).toMatchObject({ taskId: 'task-1', attempt: 2 })
  })

  it('N2 the alarm run twice by force finds nothing, and is set while there is a duty', patient, async () => {
    const organisation = await Organisation.create()
    const [one, lead] = [await organisation.connect(tasker('w1', 1)), await organisation.connect(director)]
    await schedule(organisation, lead, 'a', [scheduled(1)])
    await one.next('task')
    await vi.waitFor(async () => expect(await keptRows(organisation)).toBe(1), soon)
    expect(await runDurableObjectAlarm(objectOf(organisation))).toBe(true)
    expect(await runDurableObjectAlarm(objectOf(organisation))).toBe(true)
    expect(await keptRows(organisation)).toBe(1)
    expect(works(one)).toEqual(['task-1'])
    expect(await attempts(organisation, 'a')).toMatchObject({ attempt: 1 })
  })
})

describe('storage', () => {
  it('a queue that is only looked at writes nothing; migrations are named and in order', async () => {
    const organisation = await Organisation.create()
    expect(await queueOf(organisation).describe()).toMatchObject({ queue: 'default', backlog: [], workers: 0 })
    const tables = () =>
      runInDurableObject(objectOf(organisation), (_, { storage }) =>
        storage.sql.exec("SELECT name FROM sqlite_master WHERE name = 'migrations'").toArray(),
      )
    expect(await tables()).toEqual([])
    await organisation.connect(director)
    const ran = await runInDurableObject(objectOf(organisation), (_, { storage }) =>
      storage.sql.exec<{ name: string }>('SELECT name FROM migrations ORDER BY position').toArray(),
    )
    expect(ran.map(({ name }) => name)).toEqual(migrations.map(({ name }) => name))
  })

  it('work pushed at once is written nowhere by the queue', async () => {
    const organisation = await Organisation.create()
    const [worker, lead] = [await organisation.connect(tasker('w1', 20)), await organisation.connect(director)]
    await schedule(organisation, lead, 'a', scheduledMany(10))
    await vi.waitFor(() => expect(works(worker)).toHaveLength(10), soon)
    const rows = await runInDurableObject(objectOf(organisation), (_, { storage }) =>
      ['offers', 'keeps'].map((table) => storage.sql.exec(`SELECT * FROM ${table}`).toArray().length),
    )
    expect(rows).toEqual([0, 0])
  })
})
