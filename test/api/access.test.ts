import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { startAnswer } from '../../schemas/executions.ts'
import { completionsAnswer } from '../../schemas/reports.ts'
import { startService } from '../../scripts/service.ts'
import { call, problemOf, startTestService, type TestService } from './service.ts'

type Who = 'root' | 'admin' | 'client' | 'worker' | 'viewer'

/** Who may use which route, by operation; A3 checks that it is complete. */
const table: Record<string, Who[]> = {
  createOrganisation: ['root'],
  readSettings: ['root', 'admin'],
  changeSettings: ['root', 'admin'],
  makeKey: ['root', 'admin'],
  listKeys: ['root', 'admin'],
  removeKey: ['root', 'admin'],
  startExecution: ['root', 'admin', 'client'],
  signalWithStart: ['root', 'admin', 'client'],
  signalExecution: ['root', 'admin', 'client'],
  resolvePromise: ['root', 'admin', 'client'],
  rejectPromise: ['root', 'admin', 'client'],
  terminateExecution: ['root', 'admin', 'client'],
  cancelExecution: ['root', 'admin', 'client'],
  pauseExecution: ['root', 'admin', 'client'],
  resumeExecution: ['root', 'admin', 'client'],
  executionState: ['root', 'admin', 'client', 'viewer'],
  executionStateValue: ['root', 'admin', 'client', 'viewer'],
  rebuildIndex: ['root', 'admin'],
  executionRuns: ['root', 'admin', 'client', 'viewer'],
  exportExecution: ['root', 'admin', 'client', 'viewer'],
  deleteExecution: ['root', 'admin', 'client'],
  listExecutions: ['root', 'admin', 'client', 'viewer'],
  countExecutions: ['root', 'admin', 'client', 'viewer'],
  describeExecution: ['root', 'admin', 'client', 'viewer'],
  executionResult: ['root', 'admin', 'client', 'viewer'],
  // A worker only with a token of work it holds, which none of these requests has.
  executionEvents: ['root', 'admin', 'client', 'viewer'],
  executionStream: ['root', 'admin', 'client', 'viewer'],
  makeToken: ['root', 'admin', 'client', 'viewer'],
  executionTasks: ['root', 'admin', 'client', 'viewer'],
  executionTask: ['root', 'admin', 'client', 'viewer'],
  executionChildren: ['root', 'admin', 'client', 'viewer'],
  saveFlow: ['root', 'admin'],
  validateFlow: ['root', 'admin', 'client', 'viewer'],
  listFlows: ['root', 'admin', 'client', 'viewer'],
  readFlow: ['root', 'admin', 'client', 'viewer'],
  listQueues: ['root', 'admin', 'client', 'viewer'],
  describeQueue: ['root', 'admin', 'client', 'viewer'],
  listWorkers: ['root', 'admin', 'client', 'viewer'],
  completeActivation: ['root', 'admin', 'worker'],
  failActivation: ['root', 'admin', 'worker'],
  completeTask: ['root', 'admin', 'worker'],
  failTask: ['root', 'admin', 'worker'],
  heartbeatTask: ['root', 'admin', 'worker'],
  connectWorker: ['root', 'admin', 'worker'],
  connectReports: ['root', 'admin', 'worker'],
  pollQueue: ['root', 'admin', 'worker'],
  reportBatch: ['root', 'admin', 'worker'],
}
const open = ['health', 'readiness', 'openApiDocument', 'documentPage', 'flowSchema']

const sample: Record<string, string> = {
  org: 'acme',
  id: 'nobody-started-this',
  queue: 'default',
  keyId: 'key-none',
  taskId: 'task-1',
  activationId: 'activation-1',
  name: 'news',
  nameOrId: 'approval',
  key: 'stage',
}
/** Bodies that are valid where a body is needed to get any further than the key. */
const bodies: Record<string, object> = {
  makeKey: { role: 'viewer' },
  changeSettings: {},
  makeToken: { expiresInMs: 1_000 },
  startExecution: { kind: 'never', id: 'role-table' },
  signalWithStart: { kind: 'never', id: 'role-table', signal: { name: 'news' } },
  rejectPromise: { failure: { type: 'X', message: '' } },
  pollQueue: { workerId: 'w', workflows: [], tasks: [], accept: { workflow: 0, task: 0 }, waitMs: 0 },
  reportBatch: { requestId: 'r', reports: [] },
  completeActivation: { token: '1.x', snapshotSequence: 1, commands: [] },
  failActivation: { token: '1.x', failure: { type: 'X', message: '' } },
  completeTask: { token: '1.x' },
  failTask: { token: '1.x', failure: { type: 'X', message: '' } },
  heartbeatTask: { token: '1.x' },
  rebuildIndex: { ids: ['nobody-started-this'] },
}

const document = z.object({
  paths: z.record(z.string(), z.record(z.string(), z.object({ operationId: z.string(), requestBody: z.unknown().optional() }))),
})

interface Operation {
  operationId: string
  method: string
  path: string
  hasBody: boolean
}

let service: TestService
let operations: Operation[]

beforeAll(async () => {
  service = await startTestService()
  operations = await operationsOf(service.url)
})
afterAll(() => service.end())

async function operationsOf(url: string): Promise<Operation[]> {
  const { paths } = document.parse(await (await call(url, '/api/openapi.json')).json())
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId, requestBody }]) => ({
      operationId,
      method: method.toUpperCase(),
      path: path.replaceAll(/\{(\w+)\}/g, (_, name: string) => sample[name] ?? name),
      hasBody: requestBody !== undefined,
    })),
  )
}

const send = (url: string, { operationId, method, path, hasBody }: Operation, key?: string) =>
  call(url, path, { method, ...(key !== undefined && { key }), ...(hasBody && { body: bodies[operationId] ?? {} }) })

test('A3 every route is in the OpenAPI document, and every route of the document is in the table of roles', () => {
  expect(operations.map(({ operationId }) => operationId).sort()).toEqual([...Object.keys(table), ...open].sort())
})

test('A5 role by route: each key does what its role allows, and nothing else', async () => {
  const verdicts: Record<string, Who[]> = {}
  for (const operation of operations.filter(({ operationId }) => !open.includes(operationId))) {
    const allowed: Who[] = []
    for (const who of ['root', 'admin', 'client', 'worker', 'viewer'] as const) {
      const response = await send(service.url, operation, service.keys[who])
      expect(response.status, `${who} ${operation.operationId}`).not.toBe(401)
      if (response.status !== 403) allowed.push(who)
      else expect(await problemOf(response)).toMatchObject({ code: 'forbidden' })
      expect(response.status, `${who} ${operation.operationId}`).toBeLessThan(500)
    }
    verdicts[operation.operationId] = allowed
  }
  expect(verdicts).toEqual(table)
})

test('no key, a wrong key and another organisation’s key are refused on every route', async () => {
  const wrong = [
    undefined,
    'pd_admin_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
    'x',
    service.foreignKey,
    `${service.rootKey}x`,
  ]
  for (const operation of operations.filter(({ operationId }) => !open.includes(operationId))) {
    for (const key of wrong) {
      const response = await send(service.url, operation, key)
      expect(response.status, `${operation.operationId} with ${key}`).toBe(401)
      expect(response.headers.get('WWW-Authenticate')).toBe('Bearer')
      expect(await problemOf(response)).toMatchObject({ code: 'unauthenticated' })
    }
  }
})

describe('L10 A1 without a root key', () => {
  test.each(['', '   '])('%j: everything but health is refused', async (rootKey) => {
    const closed = await startService({ data: `${service.data}/closed-${rootKey.length}`, rootKey })
    try {
      expect((await call(closed.url, '/healthz')).status).toBe(200)
      expect((await call(closed.url, '/readyz')).status).toBe(503)
      for (const operation of operations.filter(({ operationId }) => !['health', 'readiness'].includes(operationId))) {
        for (const key of [undefined, '', ' ', 'undefined', service.keys.admin]) {
          const response = await send(closed.url, operation, key)
          expect(await problemOf(response), operation.operationId).toMatchObject({ status: 500, code: 'internal' })
        }
      }
    } finally {
      await closed.kill('SIGKILL')
    }
  })
})

describe('A4 another organisation’s execution', () => {
  test('is not found under any door of one’s own organisation', async () => {
    const started = await call(service.url, 'acme/workflow-executions', {
      key: service.keys.client,
      body: { kind: 'k', id: 'mine' },
    })
    expect(startAnswer.parse(await started.json())).toMatchObject({ id: 'mine', isNew: true })
    const doors: [string, object | undefined][] = [
      ['', undefined],
      ['/result', undefined],
      ['/events', undefined],
      ['/tasks', undefined],
      ['/children', undefined],
      ['/runs', undefined],
      ['/export', undefined],
      ['/tasks/task-1', undefined],
      ['/state', undefined],
      ['/state/stage', undefined],
      ['/terminate', {}],
      ['/cancel', {}],
      ['/pause', {}],
      ['/resume', {}],
      ['/signals/news', {}],
      ['/promises/approval/resolve', {}],
      ['/promises/promise-1/resolve', {}],
      ['/promises/approval/reject', { failure: { type: 'X', message: '' } }],
      ['/activations/activation-1/complete', { token: '1.abc', snapshotSequence: 1, commands: [] }],
      ['/activations/activation-1/fail', { token: '1.abc', failure: { type: 'X', message: '' } }],
      ['/tasks/task-1/complete', { token: '1.abc' }],
      ['/tasks/task-1/fail', { token: '1.abc', failure: { type: 'X', message: '' } }],
      ['/tasks/task-1/heartbeat', { token: '1.abc' }],
    ]
    for (const [door, body] of doors) {
      const path = `other/workflow-executions/mine${door}`
      const response = await call(service.url, path, { key: service.foreignKey, ...(body && { body }) })
      expect(await problemOf(response), door).toMatchObject({ code: 'not_found' })
    }
  })

  test('is not found in a batch either, and the other reports of the batch are answered for themselves', async () => {
    const report = (executionId: string) => ({ executionId, run: 1, type: 'task', id: 'task-1', token: '1.abc', output: 1 })
    const body = { requestId: 'batch', reports: [report('mine'), report('nowhere')] }
    const response = await call(service.url, 'other/worker/completions', { key: service.foreignKey, body })
    const { results, executions } = completionsAnswer.parse(await response.json())
    expect(results).toEqual([expect.objectContaining({ code: 'not_found' }), expect.objectContaining({ code: 'not_found' })])
    expect(executions).toEqual({})
  })
})

describe('A6 a worker', () => {
  test('cannot answer for work that it does not hold', async () => {
    await call(service.url, 'acme/workflow-executions', { key: service.keys.client, body: { kind: 'k', id: 'held' } })
    const door = 'acme/workflow-executions/held/activations/activation-1/complete'
    const body = { token: '1.forged', snapshotSequence: 1, commands: [{ type: 'COMPLETE_WORKFLOW', output: 'stolen' }] }
    const response = await call(service.url, door, { key: service.keys.worker, body })
    expect(await problemOf(response)).toMatchObject({ code: 'stale_attempt' })
    const described = await call(service.url, 'acme/workflow-executions/held', { key: service.keys.viewer })
    expect(await described.json()).toMatchObject({ status: 'PENDING', lastSequence: 1 })
  })

  test('reads no log without a token of work in it', async () => {
    const events = 'acme/workflow-executions/held/events'
    const headers = { 'Perdure-Work-Token': '1.forged' }
    for (const path of [events, `${events}?work=activation-1`]) {
      const response = await call(service.url, path, { key: service.keys.worker, headers })
      expect(await problemOf(response)).toMatchObject({ code: 'forbidden' })
    }
  })
})
