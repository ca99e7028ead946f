/** Tokens to read with: what a browser may put into a query. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { tokenMade } from '../../schemas/organisation.ts'
import { call, problemOf, startTestService, type TestService } from './service.ts'

let service: TestService
beforeAll(async () => {
  service = await startTestService()
  for (const id of ['mine', 'other']) {
    await call(service.url, 'acme/workflow-executions', { method: 'POST', key: service.keys.client, body: { kind: 'k', id } })
  }
})
afterAll(() => service.end())

async function tokenOf(body: object, key = service.keys.client): Promise<string> {
  const made = await call(service.url, 'acme/tokens', { method: 'POST', key, body })
  expect(made.status).toBe(201)
  return tokenMade.parse(await made.json()).token
}
const get = (path: string, token: string) => call(service.url, `acme/${path}${path.includes('?') ? '&' : '?'}token=${token}`)

test('a token of one execution reads that one, with the query of the route beside it, and nothing else', async () => {
  const token = await tokenOf({ execution: 'mine', expiresInMs: 60_000 })
  expect((await get('workflow-executions/mine', token)).status).toBe(200)
  expect((await get('workflow-executions/mine/events?after=0&limit=1', token)).status).toBe(200)
  for (const path of ['workflow-executions/other', 'queues', 'workflow-executions/other/stream', 'settings']) {
    expect(await problemOf(await get(path, token))).toMatchObject({ status: 403, code: 'forbidden' })
  }
  for (const [path, body] of [
    ['workflow-executions/mine/terminate', {}],
    ['tokens', { expiresInMs: 1_000 }],
  ] as const) {
    const refused = await call(service.url, `acme/${path}?token=${token}`, { method: 'POST', body })
    expect(await problemOf(refused)).toMatchObject({ status: 403, code: 'forbidden' })
  }
})

test('a token without an execution reads all, but not what a viewer may not', async () => {
  const token = await tokenOf({ expiresInMs: 60_000 })
  expect((await get('workflow-executions/other', token)).status).toBe(200)
  expect((await get('queues', token)).status).toBe(200)
  expect(await problemOf(await get('keys', token))).toMatchObject({
    code: 'forbidden',
    detail: 'a token that only reads may not do this (settings and keys)',
  })
})

test('a stream is read with a token, and by a WebSocket too', async () => {
  const token = await tokenOf({ execution: 'mine', expiresInMs: 60_000 })
  const response = await get('workflow-executions/mine/stream', token)
  const { value } = (await response.body?.getReader().read()) ?? {}
  expect(new TextDecoder().decode(value)).toContain('"event":"WORKFLOW_STARTED"')
  const url = `${service.url.replace('http', 'ws')}/api/orgs/acme/workflow-executions/mine/stream?token=${token}`
  const socket = new WebSocket(url, 'perdure.stream.v1')
  const first = await new Promise<unknown>((resolve, reject) => {
    socket.addEventListener('message', ({ data }) => resolve(JSON.parse(String(data))))
    socket.addEventListener('error', reject)
  })
  socket.close()
  expect(first).toMatchObject({ type: 'Event', event: 'WORKFLOW_STARTED', sequence: 1 })
})

test('L10 what is not a token of ours, of this organisation, in time, by a key that is still there, is refused', async () => {
  const made = await call(service.url, 'acme/keys', { method: 'POST', key: service.keys.admin, body: { role: 'client' } })
  const { keyId, key } = z.object({ keyId: z.string(), key: z.string() }).parse(await made.json())
  const token = await tokenOf({ expiresInMs: 60_000 }, key)
  expect((await get('queues', token)).status).toBe(200)
  expect((await call(service.url, `other/queues?token=${token}`)).status).toBe(401)
  const [text = '', mac = ''] = token.slice('pdt_'.length).split('.')
  const forged = btoa(JSON.stringify({ by: 'root', expiresAt: Date.now() + 60_000 }))
  for (const wrong of ['', 'pdt_', 'pdt_x.y', `pdt_${forged}.${mac}`, `pdt_${text}.${mac.slice(1)}A`, service.keys.client]) {
    expect((await get('queues', wrong)).status).toBe(401)
  }
  await call(service.url, `acme/keys/${keyId}`, { method: 'DELETE', key: service.keys.admin })
  await expect.poll(async () => (await get('queues', token)).status, { timeout: 10_000 }).toBe(401)
  const brief = await tokenOf({ expiresInMs: 1_000 })
  await expect.poll(async () => (await get('queues', brief)).status, { timeout: 10_000 }).toBe(401)
})
