import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { keyList, keyMade, settings } from '../../schemas/organisation.ts'
import { startService } from '../../scripts/service.ts'
import { call, problemOf, startTestService, type TestService } from './service.ts'

let service: TestService
beforeAll(async () => {
  service = await startTestService()
})
afterAll(() => service.end())

const admin = (path: string, method: string, body?: object) =>
  call(service.url, path, { method, key: service.keys.admin, ...(body && { body }) })

async function makeKey(body: object) {
  return keyMade.parse(await (await admin('acme/keys', 'POST', body)).json())
}

describe('an organisation', () => {
  const put = (org: string, body?: object) =>
    call(service.url, org, { method: 'PUT', key: service.rootKey, ...(body && { body }) })

  test('is made once, and renamed by making it again', async () => {
    const made = await put('fresh', { displayName: 'Früh & Ѣ 日本' })
    expect(made.status).toBe(201)
    const again = await put('fresh')
    expect(again.status).toBe(200)
    expect(await again.json()).toMatchObject({ org: 'fresh', displayName: 'Früh & Ѣ 日本' })
    expect(await (await put('fresh', { displayName: 'Later' })).json()).toMatchObject({ displayName: 'Later' })
  })

  test.each(['Upper', '-x', 'a_b', 'a'.repeat(64)])('cannot be called %s', async (org) => {
    expect(await problemOf(await put(org))).toMatchObject({ status: 400, errors: [{ path: 'org' }] })
  })

  test('that nobody made is not found by the root key, and unknown to all other keys', async () => {
    const asked = (key: string) => call(service.url, 'nobody/settings', { key })
    expect(await problemOf(await asked(service.rootKey))).toMatchObject({ code: 'not_found' })
    expect(await problemOf(await asked(service.keys.admin))).toMatchObject({ code: 'unauthenticated' })
  })
})

describe('settings', () => {
  test('are changed field by field, and stay', async () => {
    const before = settings.parse(await (await admin('acme/settings', 'GET')).json())
    expect(before).toEqual({ retentionMs: 2_592_000_000, limits: {}, partitions: {} })
    await admin('acme/settings', 'PATCH', { partitions: { media: 4 } })
    const after = await (await admin('acme/settings', 'PATCH', { limits: { payloadBytes: 2_000 } })).json()
    expect(after).toEqual({ retentionMs: 2_592_000_000, limits: { payloadBytes: 2_000 }, partitions: { media: 4 } })
    const large = await admin('acme/workflow-executions', 'POST', { kind: 'k', input: 'a'.repeat(2_000) })
    expect(await problemOf(large)).toMatchObject({ code: 'payload_too_large' })
    const fewer = await admin('acme/settings', 'PATCH', { partitions: { media: 3 } })
    expect(await problemOf(fewer)).toMatchObject({ status: 400, errors: [{ path: 'partitions.media' }] })
    await admin('acme/settings', 'PATCH', { limits: { payloadBytes: 1_048_576 } })
  })

  test('cannot raise a limit', async () => {
    const raised = await admin('acme/settings', 'PATCH', { limits: { payloadBytes: 2_000_000 } })
    expect(await problemOf(raised)).toMatchObject({ errors: [{ path: 'limits.payloadBytes' }] })
  })
})

describe('a key', () => {
  test('is shown once, stored as a hash, and works at once', async () => {
    const { keyId, key } = await makeKey({ role: 'viewer', label: 'wall' })
    expect(key).toMatch(/^pd_viewer_[A-Za-z0-9_-]{43}$/)
    expect((await call(service.url, 'acme/workers', { key })).status).toBe(200)
    const text = await (await admin('acme/keys', 'GET')).text()
    expect(text).not.toContain(key)
    expect(text).not.toContain('hash')
    expect(keyList.parse(JSON.parse(text)).items).toContainEqual(
      expect.objectContaining({ keyId, role: 'viewer', label: 'wall' }),
    )
  })

  test('is refused when it was taken away', async () => {
    const { keyId, key } = await makeKey({ role: 'client' })
    expect((await call(service.url, 'acme/queues', { key })).status).toBe(200)
    expect((await admin(`acme/keys/${keyId}`, 'DELETE')).status).toBe(204)
    expect((await call(service.url, 'acme/queues', { key })).status).toBe(401)
    expect(await problemOf(await admin(`acme/keys/${keyId}`, 'DELETE'))).toMatchObject({ code: 'not_found' })
  })

  test('is refused when its time is over', async () => {
    const { key } = await makeKey({ role: 'client', expiresAt: Date.now() + 700 })
    expect((await call(service.url, 'acme/queues', { key })).status).toBe(200)
    await expect.poll(async () => (await call(service.url, 'acme/queues', { key })).status, { timeout: 5_000 }).toBe(401)
    const late = await admin('acme/keys', 'POST', { role: 'client', expiresAt: 1 })
    expect(await problemOf(late)).toMatchObject({ errors: [{ path: 'expiresAt' }] })
  })
})

test('a service that was killed goes on with the same organisations, keys and executions', async () => {
  const data = `${service.data}/killed`
  const first = await startService({ data })
  const { rootKey, port } = first
  await call(first.url, 'kept', { method: 'PUT', key: rootKey, body: {} })
  const { key } = keyMade.parse(await (await call(first.url, 'kept/keys', { key: rootKey, body: { role: 'client' } })).json())
  await call(first.url, 'kept/workflow-executions', { key, body: { kind: 'k', id: 'kept', input: { a: [1] } } })
  await first.kill('SIGKILL')
  const second = await startService({ data, rootKey, port })
  try {
    const described = await call(second.url, 'kept/workflow-executions/kept', { key })
    expect(await described.json()).toMatchObject({ id: 'kept', kind: 'k', status: 'PENDING' })
    expect(await (await call(second.url, 'kept/queues', { key })).json()).toMatchObject({ items: [{ queue: 'default' }] })
  } finally {
    await second.kill('SIGKILL')
  }
})
