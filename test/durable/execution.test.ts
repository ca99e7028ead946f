/** An execution over its real disk, its real queue and a worker's socket. */
import { describe, expect, it } from 'vitest'
import { type Activation, done, Organisation, scheduled, scheduledMany, type TaskWork } from './peer.ts'

describe('a request that is repeated', () => {
  it('is the same only if it says the same: what others say under its id is taken', async () => {
    const organisation = await Organisation.create()
    const peer = await organisation.connect({ slots: { workflow: 1, task: 2 } })
    await organisation.start('a')
    await peer.answer(await peer.next('activation'), scheduledMany(2))
    const tasks = [await peer.next('task'), await peer.next('task')]
    const [first, second] = tasks.map((task) => done(task))
    if (first === undefined || second === undefined) throw new Error('two tasks are out')
    const results = []
    for (const said of [first, first, second]) results.push(...(await peer.report([said], { requestId: '1' })).results)
    expect(results).toEqual([{ ok: true }, { ok: true, duplicate: true }, { ok: true }])
    expect((await organisation.events('a')).filter(({ type }) => type === 'TASK_COMPLETED')).toHaveLength(2)
  })
})

describe('a start that waits', () => {
  const path = '/workflow-executions?waitMs='
  const start = { kind: 'flow', id: 'a' }

  it('is answered with the result when the execution closes', async () => {
    const organisation = await Organisation.create()
    const peer = await organisation.connect()
    const answer = organisation.call('POST', `${path}60000`, start)
    await peer.answer(await peer.next('activation'), [{ type: 'COMPLETE_WORKFLOW', output: { sum: 3 } }])
    const result = { run: 1, status: 'COMPLETED', output: { sum: 3 } }
    expect(await answer).toMatchObject({ id: 'a', run: 1, isNew: true, result })
    expect(await organisation.call('POST', `${path}60000`, start)).toMatchObject({ isNew: false, result })
  })

  it('tells of a failure like any result', async () => {
    const organisation = await Organisation.create()
    const peer = await organisation.connect()
    const answer = organisation.call('POST', `${path}60000`, start)
    const failure = { type: 'Broken', message: 'it broke' }
    await peer.answer(await peer.next('activation'), [{ type: 'FAIL_WORKFLOW', failure }])
    expect(await answer).toMatchObject({ isNew: true, result: { status: 'FAILED', failure } })
  })

  it('is answered without it when the time is over', async () => {
    const organisation = await Organisation.create()
    const answer = await organisation.call('POST', `${path}1`, start)
    expect(answer).toMatchObject({ id: 'a', isNew: true, status: 'PENDING' })
    expect(answer).not.toHaveProperty('result')
  })

  it.each(['-1', '60001', 'long', '1.5'])('takes no wait of %s', async (waitMs) => {
    const organisation = await Organisation.create()
    const response = await organisation.request('POST', `${path}${waitMs}`, start)
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ code: 'invalid_request', errors: [{ path: 'waitMs' }] })
    expect((await organisation.request('GET', '/workflow-executions/a')).status).toBe(404)
  })
})

describe('large values', () => {
  it('more than fits into one message comes in several', async () => {
    const organisation = await Organisation.create()
    const peer = await organisation.connect({ slots: { workflow: 1, task: 0 } })
    await organisation.start('a')
    const activation = await peer.next('activation')
    // One character beyond Latin-1 doubles what a text takes between objects.
    const input = `€${'a'.repeat(1_000_000)}`
    await peer.answer(
      activation,
      Array.from({ length: 15 }, (_, index) => scheduled(index + 1, { input })),
    )
    peer.say({ type: 'slots', workflow: 0, task: 15 })
    const ids = new Set<string>()
    while (ids.size < 15) ids.add((await peer.next('task')).taskId)
    expect(ids.size).toBe(15)
  })

  it('more than an execution can be told at once is refused as too large', async () => {
    const organisation = await Organisation.create()
    const peer = await organisation.connect()
    await organisation.start('a')
    const activation = await peer.next('activation')
    const input = `€${'a'.repeat(1_000_000)}`
    const commands = Array.from({ length: 20 }, (_, index) => scheduled(index + 1, { input }))
    await expect(peer.answer(activation, commands)).rejects.toMatchObject({ code: 'payload_too_large' })
  })
})

describe('one workflow', () => {
  it('L2 L3 start, push, schedule, carry, report with speculation: three commits of a worker and a result', async () => {
    const organisation = await Organisation.create()
    const peer = await organisation.connect()
    expect(await organisation.start('a')).toMatchObject({ id: 'a', run: 1, isNew: true })
    const activation = await peer.next('activation')
    expect(activation).toMatchObject({ executionId: 'a', activationId: 'activation-1', from: 0, snapshotSequence: 1 })
    const reply = await peer.answer(activation, [scheduled(1, { input: { n: 1 } })], { accept: peer.accept(1, 1) })
    const [task] = reply.tasks as TaskWork[]
    if (task === undefined) throw new Error('no task was carried')
    expect(task).toMatchObject({ taskId: 'task-1', input: { n: 1 }, attempt: 1 })
    const answer = await peer.report([done(task)], {
      then: [
        {
          executionId: 'a',
          run: 1,
          basedOn: reply.lastSequence,
          activationAt: reply.at,
          commands: [{ type: 'COMPLETE_WORKFLOW', output: 'ok' }],
        },
      ],
    })
    expect(answer.executions['a']).toMatchObject({ then: 'taken', lastSequence: 5 })
    expect(await organisation.call('GET', '/workflow-executions/a/result?waitMs=1000')).toMatchObject({
      status: 'COMPLETED',
      output: 'ok',
    })
    expect((await organisation.events('a')).map(({ type }) => type)).toEqual([
      'WORKFLOW_STARTED',
      'TASK_SCHEDULED',
      'WORKFLOW_SUSPENDED',
      'TASK_COMPLETED',
      'WORKFLOW_COMPLETED',
    ])
  })

  it.each([1, 2, 4, 5, 10, 100, 1_000])('S1 S2 %i tasks completed in one tick, each twice: every result, no gap', async (n) => {
    const organisation = await Organisation.create()
    const peer = await organisation.connect({ slots: { workflow: 1, task: 0 } })
    await organisation.start('a')
    const first = await peer.next('activation')
    const reply = await peer.answer(first, scheduledMany(n), { accept: peer.accept(0, n) })
    const tasks = reply.tasks as TaskWork[]
    expect(tasks.map((task) => task.taskId)).toEqual(Array.from({ length: n }, (_, index) => `task-${index + 1}`))
    const size = Math.ceil(n / 20)
    const batches = Array.from({ length: Math.ceil(n / size) }, (_, index) =>
      tasks.slice(index * size, (index + 1) * size).map((task) => done(task)),
    )
    const answers = await Promise.all([...batches, ...batches].map((batch) => peer.report(batch)))
    const results = answers.flatMap((answer) => answer.results)
    expect(results.every((result) => result.ok)).toBe(true)
    expect(results.filter((result) => result.ok && result.duplicate === true)).toHaveLength(n)
    peer.say({ type: 'slots', workflow: 1, task: 0 })
    const second: Activation = await peer.next('activation')
    expect(second.snapshotSequence).toBe(2 + 2 * n)
    await peer.answer(second, [{ type: 'COMPLETE_WORKFLOW' }])
    const events = await organisation.events('a')
    expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, index) => index + 1))
    expect(events.filter(({ type }) => type === 'TASK_COMPLETED')).toHaveLength(n)
  })
})
