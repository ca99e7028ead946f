import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventPage } from '../../schemas/events.ts'
import { signalWithStartAnswer, startAnswer } from '../../schemas/executions.ts'
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

describe('a request to an execution that is sent again', () => {
  const send = (path: string, body: object, key?: string) =>
    call(service.url, `acme/workflow-executions/${path}`, {
      key: service.keys.client,
      body,
      ...(key !== undefined && { headers: { 'Idempotency-Key': key } }),
    })
  const eventsOf = async (id: string) => {
    const response = await call(service.url, `acme/workflow-executions/${id}/events`, { key: service.keys.viewer })
    return eventPage.parse(await response.json()).events.map(({ type }) => type)
  }

  const doors: [string, object, object, string[]][] = [
    ['cancel', { reason: 'a' }, { reason: 'b' }, ['CANCELLATION_REQUESTED']],
    ['pause', {}, { reason: 'b' }, ['WORKFLOW_PAUSED']],
    ['resume', {}, { reason: 'b' }, []],
    ['signals/news', { payload: 1 }, { payload: 2 }, ['SIGNAL_RECEIVED']],
    ['signals/news', { payload: 1, signalId: 's' }, { payload: 1, signalId: 't' }, ['SIGNAL_RECEIVED']],
    ['promises/approval/resolve', { value: 1 }, { value: 2 }, []],
    ['promises/approval/reject', { failure: { type: 'X', message: '' } }, { failure: { type: 'Y', message: '' } }, []],
  ]
  test.each(doors)(
    '%s %j with its key is answered as before; with another body it is refused',
    async (door, body, other, made) => {
      const id = crypto.randomUUID()
      await start({ kind: 'k', id })
      const [first, ...again] = await Promise.all([1, 2, 3].map(() => send(`${id}/${door}`, body, 'one')))
      const answer = await first?.json()
      for (const response of [...again, await send(`${id}/${door}`, body, 'one')]) {
        expect([response.status, await response.json()]).toEqual([first?.status, answer])
      }
      expect(await problemOf(await send(`${id}/${door}`, other, 'one'))).toMatchObject({
        status: 409,
        code: 'idempotency_conflict',
      })
      expect(await eventsOf(id)).toEqual(['WORKFLOW_STARTED', ...made])
    },
  )

  test('under a key of another request is refused, although the bodies are the same', async () => {
    await start({ kind: 'k', id: 'crossed' })
    expect((await send('crossed/pause', {}, 'one')).status).toBe(202)
    expect(await problemOf(await send('crossed/resume', {}, 'one'))).toMatchObject({ code: 'idempotency_conflict' })
    expect((await send('crossed/resume', {}, 'two')).status).toBe(202)
    expect(await eventsOf('crossed')).toEqual(['WORKFLOW_STARTED', 'WORKFLOW_PAUSED', 'WORKFLOW_RESUMED'])
  })

  test('without a key pausing, resuming and cancelling twice is taken, and written once', async () => {
    await start({ kind: 'k', id: 'twice' })
    for (const door of ['pause', 'pause', 'resume', 'resume', 'cancel', 'cancel']) {
      const response = await send(`twice/${door}`, {})
      expect([response.status, await response.json()]).toEqual([202, {}])
    }
    expect((await eventsOf('twice')).slice(1)).toEqual(['WORKFLOW_PAUSED', 'WORKFLOW_RESUMED', 'CANCELLATION_REQUESTED'])
  })

  test('a signal is known by its id, and a settled promise says so', async () => {
    await start({ kind: 'k', id: 'known' })
    for (const payload of [1, 2]) {
      const response = await send('known/signals/news', { payload, signalId: 'same' })
      expect([response.status, await response.json()]).toEqual([202, { sequence: 2 }])
    }
    expect(await (await send('known/promises/p/resolve', { value: 1 })).json()).toEqual({ sequence: 2 })
    expect(await (await send('known/promises/p/resolve', { value: 1 })).json()).toEqual({ alreadySettled: true })
    expect(await eventsOf('known')).toEqual(['WORKFLOW_STARTED', 'SIGNAL_RECEIVED'])
  })
})

describe('N4 N5 a start with a signal that is sent again', () => {
  const send = (body: object, key?: string) =>
    call(service.url, 'acme/workflow-executions/signal-with-start', {
      key: service.keys.client,
      body,
      ...(key !== undefined && { headers: { 'Idempotency-Key': key } }),
    })
  const answerOf = async (response: Response) => [response.status, signalWithStartAnswer.parse(await response.json())] as const

  test('with a key and no id makes one execution with one signal', async () => {
    const body = { kind: 'k', signal: { name: 'news', payload: 1 } }
    const sent = await Promise.all(Array.from({ length: 5 }, () => send(body, 'signalled')))
    expect(sent.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 201])
    const answers = await Promise.all(sent.map(async (response) => (await answerOf(response))[1]))
    expect(new Set(answers.map(({ id }) => id)).size).toBe(1)
    expect(answers.map(({ sequence }) => sequence)).toEqual([2, 2, 2, 2, 2])
    const other = await send({ ...body, signal: { name: 'news', payload: 2 } }, 'signalled')
    expect(await problemOf(other)).toMatchObject({ code: 'idempotency_conflict' })
  })

  test('with a key and an id that would replace the execution replaces it once', async () => {
    const body = { kind: 'k', id: 'replaced', onConflict: 'TERMINATE_EXISTING', signal: { name: 'news' } }
    await start({ kind: 'k', id: 'replaced' })
    expect(await answerOf(await send(body, 'replace'))).toEqual([201, { id: 'replaced', run: 2, isNew: true, sequence: 2 }])
    for (let n = 0; n < 2; n += 1) {
      expect(await answerOf(await send(body, 'replace'))).toEqual([200, { id: 'replaced', run: 2, isNew: false, sequence: 2 }])
    }
    const other = await send({ ...body, signal: { name: 'other' } }, 'replace')
    expect(await problemOf(other)).toMatchObject({ code: 'idempotency_conflict' })
  })

  test('to an execution that is closed is refused', async () => {
    await start({ kind: 'k', id: 'over' })
    await call(service.url, 'acme/workflow-executions/over/terminate', { key: service.keys.client, body: {} })
    const response = await send({ kind: 'k', id: 'over', signal: { name: 'news' } })
    expect(await problemOf(response)).toMatchObject({ status: 409, code: 'already_closed' })
  })
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
