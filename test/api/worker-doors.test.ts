import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { z } from 'zod'
import { eventPage } from '../../schemas/events.ts'
import { executionResult, startAnswer } from '../../schemas/executions.ts'
import { keyMade } from '../../schemas/organisation.ts'
import { completionsAnswer, heartbeatAnswer, pollAnswer, reply } from '../../schemas/reports.ts'
import { down } from '../../schemas/socket/down.ts'
import { protocol } from '../../schemas/socket/protocol.ts'
import { call, problemOf, startTestService, type TestService } from './service.ts'

let service: TestService
beforeAll(async () => {
  service = await startTestService()
})
afterAll(() => service.end())

const client = (path: string, body?: object) =>
  call(service.url, `acme/${path}`, { key: service.keys.client, ...(body && { body }) })
const worker = (path: string, body?: object, headers: Record<string, string> = {}) =>
  call(service.url, `acme/${path}`, { key: service.keys.worker, headers, ...(body && { body }) })

async function poll(queue: string, accept: { workflow: number; task: number }): Promise<z.infer<typeof pollAnswer>> {
  const body = { workerId: 'poller', workflows: ['pair'], tasks: ['half'], accept, waitMs: 10_000 }
  return pollAnswer.parse(await (await worker(`queues/${queue}/poll`, body)).json())
}

async function firstActivation(queue: string, id: string) {
  const started = await client('workflow-executions', { kind: 'pair', id, queue, input: [1, 2] })
  expect(startAnswer.parse(await started.json())).toMatchObject({ id, isNew: true })
  const [activation] = (await poll(queue, { workflow: 1, task: 0 })).activations
  if (activation === undefined) throw new Error('no activation came')
  return activation
}

const schedule = (...numbers: number[]) =>
  numbers.map((number) => ({ type: 'SCHEDULE_TASK', taskId: `task-${number}`, kind: 'half', input: { number } }))

test('a workflow goes from start to result by long-poll alone', async () => {
  const activation = await firstActivation('polled', 'polled')
  const doors = `workflow-executions/polled`
  expect(activation).toMatchObject({ executionId: 'polled', run: 1, kind: 'pair', from: 0, snapshotSequence: 1 })
  const answered = await worker(`${doors}/activations/${activation.activationId}/complete`, {
    token: activation.token,
    snapshotSequence: activation.snapshotSequence,
    commands: schedule(1),
  })
  expect(reply.parse(await answered.json())).toMatchObject({ lastSequence: 3 })

  const [task] = (await poll('polled', { workflow: 0, task: 1 })).tasks
  if (task === undefined) throw new Error('no task came')
  expect(task).toMatchObject({ executionId: 'polled', taskId: 'task-1', kind: 'half', input: { number: 1 }, attempt: 1 })
  const beat = await worker(`${doors}/tasks/task-1/heartbeat`, { token: task.token, details: { done: 0.5 } })
  expect(heartbeatAnswer.parse(await beat.json())).toEqual({ cancelRequested: false })
  const complete = () => worker(`${doors}/tasks/task-1/complete`, { token: task.token, output: { half: '½' } })
  expect(reply.parse(await (await complete()).json()).duplicate).toBeUndefined()
  expect(reply.parse(await (await complete()).json()).duplicate).toBe(true)

  expect((await client(`${doors}/result`)).status).toBe(202)
  const waiting = client(`${doors}/result?waitMs=20000`)
  const [last] = (await poll('polled', { workflow: 1, task: 0 })).activations
  if (last === undefined) throw new Error('no second activation came')
  await worker(`${doors}/activations/${last.activationId}/complete`, {
    token: last.token,
    snapshotSequence: last.snapshotSequence,
    commands: [{ type: 'COMPLETE_WORKFLOW', output: { $date: '2020-01-01T00:00:00.000Z', list: [null, false, 0, ''] } }],
  })
  const result = await waiting
  expect(result.status).toBe(200)
  expect(executionResult.parse(await result.json())).toEqual({
    run: 1,
    status: 'COMPLETED',
    output: { $date: '2020-01-01T00:00:00.000Z', list: [null, false, 0, ''] },
  })
  const late = await worker(`${doors}/tasks/task-1/complete`, { token: '2.forged', output: 1 })
  expect(['stale_attempt', 'already_closed']).toContain((await problemOf(late)).code)
})

test('a worker reads the log of work that it holds, page by page, and no other', async () => {
  const activation = await firstActivation('paged', 'paged')
  const headers = { 'Perdure-Work-Token': activation.token }
  const path = `workflow-executions/paged/events?work=${activation.activationId}`
  const page = eventPage.parse(await (await worker(path, undefined, headers)).json())
  expect(page.events.map(({ type }) => type)).toEqual(['WORKFLOW_STARTED'])
  await client('workflow-executions', { kind: 'pair', id: 'foreign', queue: 'elsewhere' })
  const other = await worker(`workflow-executions/foreign/events?work=${activation.activationId}`, undefined, headers)
  expect(await problemOf(other)).toMatchObject({ code: 'forbidden' })
})

test('a batch is answered report by report, execution by execution', async () => {
  const activations = [await firstActivation('batch', 'batch-a'), await firstActivation('batch', 'batch-b')]
  const reports = activations.map(({ executionId, run, activationId, token, snapshotSequence }) => {
    return { type: 'activation', executionId, run, id: activationId, token, snapshotSequence, commands: schedule(1, 2) }
  })
  const unknown = { type: 'task', executionId: 'nowhere', run: 1, id: 'task-1', token: '1.x' }
  const forged = { type: 'task', executionId: 'batch-a', run: 1, id: 'task-9', token: '1.x' }
  const send = async (requestId: string) => {
    const body = { requestId, reports: [reports[0], unknown, reports[1], forged] }
    return completionsAnswer.parse(await (await worker('worker/completions', body)).json())
  }
  const first = await send('one')
  const refused = (code: string) => expect.objectContaining({ ok: false, code })
  expect(first.results).toEqual([{ ok: true }, refused('not_found'), { ok: true }, refused('stale_attempt')])
  expect(Object.keys(first.executions).sort()).toEqual(['batch-a', 'batch-b'])
  const again = await send('two')
  expect(again.results[0]).toEqual({ ok: true, duplicate: true })
  expect((await poll('batch', { workflow: 0, task: 10 })).tasks).toHaveLength(4)
})

describe('a socket', () => {
  const address = (org: string, query = '') =>
    `${service.url.replace('http', 'ws')}/api/orgs/${org}/queues/sockets/connect${query}`
  const open = (key: string, name: string = protocol.subprotocol) =>
    new WebSocket(address('acme'), [name, protocol.keyPrefix + key])
  const hello = { type: 'hello', workerId: 'socket', sdk: 'test', workflows: ['pair'], tasks: [], inFlight: [] }

  test('takes its key as a subprotocol, answers with its own, and brings work', async () => {
    const socket = open(service.keys.worker)
    await once(socket, 'open')
    expect(socket.protocol).toBe(protocol.subprotocol)
    const messages: z.infer<typeof down>[] = []
    socket.addEventListener('message', ({ data }) => messages.push(down.parse(JSON.parse(String(data)))))
    socket.send(JSON.stringify({ ...hello, slots: { workflow: 1, task: 0 } }))
    await client('workflow-executions', { kind: 'pair', id: 'pushed', queue: 'sockets' })
    await expect.poll(() => messages.map(({ type }) => type)).toEqual(['welcome', 'activation'])
    const { items } = (await (await client('workers')).json()) as { items: object[] }
    expect(items).toContainEqual(expect.objectContaining({ workerId: 'socket', queue: 'sockets', workflows: ['pair'] }))
    socket.close()
  })

  test('is closed when its key is taken away', async () => {
    const made = await call(service.url, 'acme/keys', { key: service.keys.admin, body: { role: 'worker' } })
    const { keyId, key } = keyMade.parse(await made.json())
    const socket = open(key)
    await once(socket, 'open')
    await call(service.url, `acme/keys/${keyId}`, { method: 'DELETE', key: service.keys.admin })
    await expect.poll(() => socket.readyState).toBeGreaterThan(WebSocket.OPEN)
  })

  test.each([
    ['a viewer’s key', () => open(service.keys.viewer)],
    ['another organisation’s key', () => open(service.foreignKey)],
    ['no key', () => new WebSocket(address('acme'), [protocol.subprotocol])],
    ['another protocol version', () => open(service.keys.worker, 'perdure.v2')],
    ['a partition that is not there', () => new WebSocket(address('acme', '?partition=1'), [protocol.subprotocol])],
  ])('with %s is refused', async (_, connect) => {
    const socket = connect()
    const opened = await new Promise<boolean>((resolve) => {
      socket.addEventListener('open', () => resolve(true))
      socket.addEventListener('error', () => resolve(false))
    })
    expect(opened).toBe(false)
  })

  test('of a wrong version is told which one is spoken here', async () => {
    const response = await worker('queues/sockets/connect')
    expect((await problemOf(response)).detail).toContain('upgrade')
  })
})

test('what follows from a report that is too large is not taken', async () => {
  const activation = await firstActivation('follow', 'follow')
  const door = `workflow-executions/follow/activations/${activation.activationId}/complete`
  const { token, snapshotSequence } = activation
  await worker(door, { token, snapshotSequence, commands: schedule(1) })
  const [task] = (await poll('follow', { workflow: 0, task: 1 })).tasks
  if (task === undefined) throw new Error('no task came')
  const report = { type: 'task', executionId: 'follow', run: 1, id: 'task-1', token: task.token, output: 'a'.repeat(1_048_576) }
  const commands = [{ type: 'COMPLETE_WORKFLOW', output: 'too early' }]
  const follows = { executionId: 'follow', run: 1, basedOn: 3, activationAt: Date.now(), commands }
  const body = { requestId: 'follow', session: 'none', reports: [report], then: [follows] }
  const answer = completionsAnswer.parse(await (await worker('worker/completions', body)).json())
  expect(answer).toEqual({ results: [expect.objectContaining({ code: 'payload_too_large' })], executions: {}, tasks: [] })
  expect((await client('workflow-executions/follow/result')).status).toBe(202)
})
