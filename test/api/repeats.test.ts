import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startAnswer } from '../../schemas/executions.ts'
import { keyList, keyMade } from '../../schemas/organisation.ts'
import { call, problemOf, startTestService, type TestService } from './service.ts'

let service: TestService
beforeAll(async () => {
  service = await startTestService()
})
afterAll(() => service.end())

const start = async (body: object, key?: string) => {
  const response = await call(service.url, 'acme/workflow-executions', {
    key: service.keys.client,
    body,
    ...(key !== undefined && { headers: { 'Idempotency-Key': key } }),
  })
  return { status: response.status, response }
}

describe('N5 a start that is sent again', () => {
  test('with an id makes one execution', async () => {
    const first = await start({ kind: 'k', id: 'again' })
    const second = await start({ kind: 'k', id: 'again' })
    expect([first.status, second.status]).toEqual([201, 200])
    expect(startAnswer.parse(await second.response.json())).toMatchObject({ id: 'again', run: 1, isNew: false })
  })

  test('with an Idempotency-Key makes one execution, however often and at the same time', async () => {
    const sent = await Promise.all(Array.from({ length: 8 }, () => start({ kind: 'k', input: { a: 1 } }, 'key-1')))
    expect(sent.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 200, 200, 200, 201])
    const answers = await Promise.all(sent.map(async ({ response }) => startAnswer.parse(await response.json())))
    expect(new Set(answers.map(({ id }) => id)).size).toBe(1)
  })

  test('with its key and another body is refused', async () => {
    await start({ kind: 'k', input: 1 }, 'key-2')
    const other = await start({ kind: 'k', input: 2 }, 'key-2')
    expect(await problemOf(other.response)).toMatchObject({ status: 409, code: 'idempotency_conflict' })
  })

  test('with the key of another organisation makes an execution of its own', async () => {
    const mine = await start({ kind: 'k' }, 'shared')
    const theirs = await call(service.url, 'other/workflow-executions', {
      key: service.foreignKey,
      body: { kind: 'k' },
      headers: { 'Idempotency-Key': 'shared' },
    })
    expect([mine.status, theirs.status]).toEqual([201, 201])
    const ids = [startAnswer.parse(await mine.response.json()).id, startAnswer.parse(await theirs.json()).id]
    expect(ids[0]).not.toBe(ids[1])
  })

  test('with the id of another kind is refused', async () => {
    await start({ kind: 'one', id: 'kinds' })
    const other = await start({ kind: 'two', id: 'kinds' })
    expect(await problemOf(other.response)).toMatchObject({ status: 409, code: 'already_exists' })
  })
})

test('a terminate that is sent again is answered as before; with another body it is refused', async () => {
  await start({ kind: 'k', id: 'ended' })
  const terminate = (body: object, key?: string) =>
    call(service.url, 'acme/workflow-executions/ended/terminate', {
      key: service.keys.client,
      body,
      ...(key !== undefined && { headers: { 'Idempotency-Key': key } }),
    })
  expect((await terminate({ reason: 'enough' }, 't')).status).toBe(202)
  expect((await terminate({ reason: 'enough' }, 't')).status).toBe(202)
  expect(await problemOf(await terminate({ reason: 'other' }, 't'))).toMatchObject({ code: 'idempotency_conflict' })
  expect(await problemOf(await terminate({}))).toMatchObject({ status: 409, code: 'already_closed' })
})

test('a key that is asked for again is the same key, and there is one', async () => {
  const make = (label: string) =>
    call(service.url, 'acme/keys', {
      key: service.keys.admin,
      body: { role: 'viewer', label },
      headers: { 'Idempotency-Key': 'viewer' },
    })
  const first = await make('wäll')
  const second = await make('wäll')
  expect([first.status, second.status]).toEqual([201, 200])
  const made = keyMade.parse(await first.json())
  expect(keyMade.parse(await second.json())).toEqual(made)
  expect(await problemOf(await make('another'))).toMatchObject({ code: 'idempotency_conflict' })
  const { items } = keyList.parse(await (await call(service.url, 'acme/keys', { key: service.keys.admin })).json())
  expect(items.filter(({ label }) => label === 'wäll')).toHaveLength(1)
  expect((await call(service.url, 'acme/queues', { key: made.key })).status).toBe(200)
})
