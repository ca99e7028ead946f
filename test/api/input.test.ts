import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { limits } from '../../schemas/limits.ts'
import { completionsAnswer } from '../../schemas/reports.ts'
import { call, problemOf, startTestService, type TestService } from './service.ts'

let service: TestService
beforeAll(async () => {
  service = await startTestService()
})
afterAll(() => service.end())

const start = (sent: { body?: unknown; text?: string; headers?: Record<string, string> }) =>
  call(service.url, 'acme/workflow-executions', { method: 'POST', key: service.keys.client, ...sent })

/** Whatever was sent, the service goes on. */
afterEach(async () => {
  expect((await start({ body: { kind: 'sound' } })).status).toBe(201)
})

describe('a start', () => {
  const refused: [string, unknown, string][] = [
    ['without a kind', {}, 'kind'],
    ['with a number as kind', { kind: 7 }, 'kind'],
    ['with a list', [], ''],
    ['with null', null, ''],
    ['with an unknown field', { kind: 'k', retries: 3 }, 'retries'],
    ['with an id of 201 characters', { kind: 'k', id: 'a'.repeat(201) }, 'id'],
    ['with a kind of 201 characters', { kind: 'a'.repeat(201) }, 'kind'],
    ['with an id that has a slash', { kind: 'k', id: 'task/1' }, 'id'],
    ['with a reserved id', { kind: 'k', id: 'count' }, 'id'],
    ['with a queue that has a slash', { kind: 'k', queue: 'a/b' }, 'queue'],
    ['with a queue that no address can name', { kind: 'k', queue: '..' }, 'queue'],
    ['with half a millisecond', { kind: 'k', timeoutMs: 0.5 }, 'timeoutMs'],
    ['with a negative delay', { kind: 'k', startAfterMs: -1 }, 'startAfterMs'],
    ['with an unknown policy', { kind: 'k', onConflict: 'MAYBE' }, 'onConflict'],
    ['with an attribute that is an object', { kind: 'k', attributes: { a: {} } }, 'attributes.a'],
  ]
  test.each(refused)('%s is refused with the path', async (_, body, path) => {
    const answer = await problemOf(await start({ body }))
    expect(answer).toMatchObject({ status: 400, code: 'invalid_request', errors: [{ path }] })
  })

  const said: [unknown, string][] = [
    [{ attributes: { a: [1] } }, 'attributes.a: an attribute is a text, a number, true or false, or a list of texts'],
    [{ attributes: { '': 1 } }, 'attributes.: a name has at least 1 character'],
    [{ attributes: [] }, 'attributes: an object is required'],
    [{ memo: { ['a'.repeat(201)]: 1 } }, `memo.${'a'.repeat(201)}: a name has at most 200 characters`],
    [{ headers: { a: 1 } }, 'headers.a: a header is a text'],
  ]
  test.each(said)('with %j is told what is expected', async (more, detail) => {
    expect(await problemOf(await start({ body: { kind: 'k', ...(more as object) } }))).toMatchObject({ status: 400, detail })
  })

  test('L12 with names like __proto__ and constructor keeps them', async () => {
    const named = '{"__proto__":"p","constructor":"c"}'
    const text = `{"kind":"k","id":"named","input":${named},"attributes":${named},"memo":${named},"headers":${named}}`
    expect((await start({ text })).status).toBe(201)
    const read = async (path: string) =>
      (await call(service.url, `acme/workflow-executions/${path}`, { key: service.keys.viewer })).text()
    const described = await read('named')
    for (const field of ['attributes', 'memo']) expect(described).toContain(`"${field}":${named}`)
    const events = await read('named/events')
    for (const field of ['input', 'attributes', 'memo', 'headers']) expect(events).toContain(`"${field}":${named}`)
  })

  test('with several mistakes is told all of them', async () => {
    const { errors } = await problemOf(await start({ body: { kind: 1, queue: 2, one: 1, two: 2 } }))
    expect(errors?.map(({ path }) => path).sort()).toEqual(['kind', 'one', 'queue', 'two'])
  })

  test.each(['{"kind":"x', 'null}', "{'kind':'x'}", '\u0000'])('of malformed JSON is refused: %j', async (text) => {
    expect(await problemOf(await start({ text }))).toMatchObject({ status: 400, code: 'invalid_request' })
  })

  test('without a body, or of another type, is refused', async () => {
    expect(await problemOf(await start({}))).toMatchObject({ code: 'invalid_request' })
    const headers = { 'Content-Type': 'text/plain' }
    expect(await problemOf(await start({ text: '{"kind":"k"}', headers }))).toMatchObject({
      status: 415,
      code: 'unsupported_media_type',
    })
  })

  test('that is not UTF-8 is refused', async () => {
    const response = await fetch(`${service.url}/api/orgs/acme/workflow-executions`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${service.keys.client}`, 'Content-Type': 'application/json' },
      body: new Uint8Array([0x22, 0xff, 0xfe, 0x22]),
    })
    expect(await problemOf(response)).toMatchObject({ code: 'invalid_request', detail: 'the body is not UTF-8' })
  })

  test('with a query parameter, which would have no effect, is refused by its name', async () => {
    const sent = { method: 'POST', key: service.keys.client, body: { kind: 'k', id: 'asked' } }
    const answer = await problemOf(await call(service.url, 'acme/workflow-executions?onConflict=FAIL&id=x', sent))
    expect(answer).toMatchObject({ status: 400, code: 'invalid_request', errors: [{ path: 'onConflict' }, { path: 'id' }] })
    const found = await call(service.url, 'acme/workflow-executions/asked', { key: service.keys.client })
    expect(found.status).toBe(404)
  })

  test('nested too deeply is refused', async () => {
    const deep = 200_000
    const text = `{"kind":"k","input":${'['.repeat(deep)}${']'.repeat(deep)}}`
    expect(await problemOf(await start({ text }))).toMatchObject({
      status: 400,
      code: 'invalid_request',
      errors: [{ path: 'input' }],
    })
  })

  test('a number that is too large for a double is refused, as it would come back as null', async () => {
    const text = '{"kind":"k","input":{"n":[1e400]}}'
    expect(await problemOf(await start({ text }))).toMatchObject({ code: 'invalid_request', errors: [{ path: 'input' }] })
  })

  test('a name with half of a surrogate pair is refused; a value keeps it', async () => {
    const text = '{"kind":"k\\ud800"}'
    expect(await problemOf(await start({ text }))).toMatchObject({ code: 'invalid_request', errors: [{ path: 'kind' }] })
    const started = await start({ text: '{"kind":"k","id":"half","input":"\\ud800"}' })
    expect(started.status).toBe(201)
    const events = await call(service.url, 'acme/workflow-executions/half/events', { key: service.keys.client })
    expect(await events.json()).toMatchObject({ events: [{ data: { input: '\ud800' } }] })
  })

  test('a failure whose causes never end is refused', async () => {
    const causes = 100_000
    const failure = `${'{"type":"X","message":"","cause":'.repeat(causes)}{"type":"X","message":""}${'}'.repeat(causes)}`
    const door = 'acme/workflow-executions/x/tasks/task-1/fail'
    const response = await call(service.url, door, { key: service.keys.worker, text: `{"token":"1.x","failure":${failure}}` })
    expect(await problemOf(response)).toMatchObject({ status: 400, code: 'invalid_request' })
  })
})

describe('N11 sizes', () => {
  /** JSON text of exactly so many bytes. */
  const textOf = (bytes: number) => 'a'.repeat(bytes - 2)

  test('a payload of 1 MiB is taken, one byte more is refused with its path and size', async () => {
    expect((await start({ body: { kind: 'k', input: textOf(limits.payloadBytes) } })).status).toBe(201)
    const answer = await problemOf(await start({ body: { kind: 'k', id: 'large', input: textOf(limits.payloadBytes + 1) } }))
    expect(answer).toMatchObject({ status: 413, code: 'payload_too_large', errors: [{ path: 'input' }] })
    expect(answer.detail).toContain('1048577')
    const described = await call(service.url, 'acme/workflow-executions/large', { key: service.keys.viewer })
    expect(described.status).toBe(404)
  })

  test('bytes are counted, not characters', async () => {
    const input = 'é'.repeat(limits.payloadBytes / 2)
    expect(await problemOf(await start({ body: { kind: 'k', input } }))).toMatchObject({ code: 'payload_too_large' })
  })

  test('attributes of more than 16 KiB are refused', async () => {
    const attributes = { text: 'a'.repeat(limits.attributeBytes) }
    expect(await problemOf(await start({ body: { kind: 'k', attributes } }))).toMatchObject({
      code: 'payload_too_large',
      errors: [{ path: 'attributes' }],
    })
  })

  test('a request of more than 4 MiB is refused, told or streamed', async () => {
    const text = JSON.stringify({ kind: 'k', memo: { a: textOf(limits.requestBytes) } })
    expect(await problemOf(await start({ text }))).toMatchObject({ status: 413, code: 'payload_too_large' })
    const stream = new Blob([text]).stream()
    const response = await fetch(`${service.url}/api/orgs/acme/workflow-executions`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${service.keys.client}`, 'Content-Type': 'application/json' },
      body: stream,
      duplex: 'half',
    } as RequestInit)
    expect(await problemOf(response)).toMatchObject({ status: 413, code: 'payload_too_large' })
  })

  test('in a batch the value that is too large is refused alone', async () => {
    await start({ body: { kind: 'k', id: 'batch' } })
    const report = (output: string) => ({ executionId: 'batch', run: 1, type: 'task', id: 'task-1', token: '1.x', output })
    const body = { requestId: 'sizes', reports: [report(textOf(limits.payloadBytes + 1)), report('fine')] }
    const response = await call(service.url, 'acme/worker/completions', { key: service.keys.worker, body })
    const { results, executions } = completionsAnswer.parse(await response.json())
    expect(results).toEqual([
      expect.objectContaining({ ok: false, code: 'payload_too_large', message: expect.stringContaining('reports.0.output') }),
      expect.objectContaining({ ok: false, code: 'stale_attempt' }),
    ])
    expect(Object.keys(executions)).toEqual(['batch'])
  })

  test('a worker’s request may have 32 MiB', async () => {
    const report = (output: string) => ({ executionId: 'none', run: 1, type: 'task', id: 'task-1', token: '1.x', output })
    const reports = Array.from({ length: 20 }, () => report(textOf(limits.payloadBytes)))
    const body = { requestId: 'wide', reports }
    const response = await call(service.url, 'acme/worker/completions', { key: service.keys.worker, body })
    expect(response.status).toBe(200)
    const wider = { requestId: 'wider', reports: [...reports, ...reports] }
    const refused = await call(service.url, 'acme/worker/completions', { key: service.keys.worker, body: wider })
    expect(await problemOf(refused)).toMatchObject({ status: 413 })
  })
})

describe('what is asked of an execution', () => {
  beforeAll(() => start({ body: { kind: 'k', id: 'asked-of' } }))

  const refused: [string, string, string][] = [
    ['/asked-of/events?after=', 'after', 'a whole number is expected'],
    ['/asked-of/events?after=0x10', 'after', 'a whole number is expected'],
    ['/asked-of?run=', 'run', 'a whole number is expected'],
    ['/asked-of/stream?run=last', 'run', 'a whole number is expected'],
    ['/asked-of/stream?after=99', 'after', 'run 1 ends with event 1, before 99'],
    ['/asked-of/tasks?cursor=x', 'cursor', 'not one of ours'],
    ['?kind=a%2Fb', 'kind', 'a name has no control characters and no /'],
    ['?queue=a%20b&queue=c', 'queue.0', 'a queue is 1 to 100 of A-Z a-z 0-9 . _ -'],
    ['?status=DONE', 'status', 'Invalid option: expected one of "PAUSED"'],
  ]
  test.each(refused)('%s is refused: %s: %s', async (path, field, message) => {
    const answer = await problemOf(await call(service.url, `acme/workflow-executions${path}`, { key: service.keys.viewer }))
    expect(answer).toMatchObject({
      status: 400,
      code: 'invalid_request',
      detail: expect.stringContaining(`${field}: ${message}`),
      errors: [{ path: field, message: expect.stringContaining(message) }],
    })
  })

  test('a Last-Event-ID that is none is refused by that name', async () => {
    const headers = { 'Last-Event-ID': 'junk' }
    const answer = await call(service.url, 'acme/workflow-executions/asked-of/stream', { key: service.keys.viewer, headers })
    expect(await problemOf(answer)).toMatchObject({ code: 'invalid_request', errors: [{ path: 'Last-Event-ID' }] })
  })
})

describe('what an execution is told', () => {
  const tell = (door: string, body: unknown, id = 'told') =>
    call(service.url, `acme/workflow-executions/${id}/${door}`, { key: service.keys.client, body })
  const failure = { type: 'X', message: '' }
  const long = 'a'.repeat(201)
  beforeAll(() => start({ body: { kind: 'k', id: 'told' } }))

  const refused: [string, unknown, string][] = [
    ['signals/news', { payload: 1, retries: 3 }, 'retries'],
    ['signals/news', { signalId: '' }, 'signalId'],
    ['signals/news', { signalId: long }, 'signalId'],
    [`signals/${long}`, {}, 'name'],
    ['signals/a%2Fb', {}, 'name'],
    ['signals/a%0Ab', {}, 'name'],
    ['promises/approval/resolve', { values: 1 }, 'values'],
    [`promises/${long}/resolve`, {}, 'nameOrId'],
    ['promises/approval/reject', {}, 'failure'],
    ['promises/approval/reject', { failure: { type: 'X' } }, 'failure.message'],
    ['promises/approval/reject', { failure: { ...failure, type: '' } }, 'failure.type'],
    ['pause', { reason: 7 }, 'reason'],
    ['resume', { reason: 'a'.repeat(1_001) }, 'reason'],
    ['cancel', { why: 'x' }, 'why'],
    ['terminate', [], ''],
  ]
  test.each(refused)('%s with %j is refused with the path', async (door, body, path) => {
    expect(await problemOf(await tell(door, body))).toMatchObject({ status: 400, code: 'invalid_request', errors: [{ path }] })
  })

  test.each([
    ['signals/news', { payload: 'a'.repeat(limits.payloadBytes) }, 'payload'],
    ['promises/approval/resolve', { value: 'a'.repeat(limits.payloadBytes) }, 'value'],
    ['promises/approval/reject', { failure: { type: 'X', message: 'a'.repeat(limits.payloadBytes) } }, 'failure'],
  ])('%s with more than 1 MiB is refused with the path and the size', async (door, body, path) => {
    const answer = await problemOf(await tell(door, body))
    expect(answer).toMatchObject({ status: 413, code: 'payload_too_large', errors: [{ path }] })
    expect(answer.detail).toContain(`${limits.payloadBytes}`)
  })

  test.each(['signals/news', 'promises/approval/resolve', 'pause', 'resume', 'cancel'])('%s needs no body', async (door) => {
    const id = `bodiless-${door.replaceAll('/', '-')}`
    await start({ body: { kind: 'k', id } })
    const path = `acme/workflow-executions/${id}/${door}`
    const response = await call(service.url, path, { method: 'POST', key: service.keys.client })
    expect(response.status).toBeLessThan(300)
  })

  test('none of what was refused has left anything', async () => {
    const described = await call(service.url, 'acme/workflow-executions/told', { key: service.keys.viewer })
    expect(await described.json()).toMatchObject({ lastSequence: 1, paused: false, cancelRequested: false })
  })

  test('of an execution that is not there is not found', async () => {
    for (const door of ['signals/news', 'promises/approval/resolve', 'pause', 'resume', 'cancel', 'terminate']) {
      expect(await problemOf(await tell(door, {}, 'nobody')), door).toMatchObject({ status: 404, code: 'not_found' })
    }
  })

  test.each([
    [{ kind: 'k', signal: { name: 'a/b' } }, 'signal.name'],
    [{ kind: 'k', signal: {} }, 'signal.name'],
    [{ kind: 'k' }, 'signal'],
    [{ signal: { name: 'news' } }, 'kind'],
    [{ kind: 'k', signal: { name: 'news', extra: 1 } }, 'signal.extra'],
    [{ kind: 'k', id: 'count', signal: { name: 'news' } }, 'id'],
  ])('a start with a signal %j is refused with the path', async (body, path) => {
    const response = await call(service.url, 'acme/workflow-executions/signal-with-start', { key: service.keys.client, body })
    expect(await problemOf(response)).toMatchObject({ status: 400, code: 'invalid_request', errors: [{ path }] })
  })

  test('a start with a signal that is too large starts nothing', async () => {
    const body = { kind: 'k', id: 'large-signal', signal: { name: 'news', payload: 'a'.repeat(limits.payloadBytes) } }
    const response = await call(service.url, 'acme/workflow-executions/signal-with-start', { key: service.keys.client, body })
    expect(await problemOf(response)).toMatchObject({ status: 413, errors: [{ path: 'signal.payload' }] })
    expect((await call(service.url, 'acme/workflow-executions/large-signal', { key: service.keys.viewer })).status).toBe(404)
  })
})

describe('paths and queries', () => {
  test.each([
    [`acme/workflow-executions/${'a'.repeat(201)}`, 'id'],
    ['acme/workflow-executions/signal-with-start', 'id'],
    ['acme/workflow-executions/a%2Fb', 'id'],
    ['acme/workflow-executions/%E0%A4%A', 'id'],
    ['acme/workflow-executions/x/events?after=-1', 'after'],
    ['acme/workflow-executions/x/events?after=abc', 'after'],
    ['acme/workflow-executions/x/events?limit=1001', 'limit'],
    ['acme/workflow-executions/x/events?run=0', 'run'],
    ['acme/workflow-executions/x/result?waitMs=60001', 'waitMs'],
    ['acme/workflow-executions/x?color=red', 'color'],
    ['acme/workflow-executions/x/state?run=0', 'run'],
    [`acme/workflow-executions/x/state/${'k'.repeat(201)}`, 'key'],
    ['acme/workflow-executions/x/tasks/timer-1', 'taskId'],
    [`acme/queues/${'q'.repeat(101)}`, 'queue'],
  ])('%s is refused', async (path, field) => {
    const answer = await problemOf(await call(service.url, path, { key: service.keys.viewer }))
    expect(answer).toMatchObject({ status: 400, code: 'invalid_request', errors: [{ path: field }] })
  })

  test('an unknown path is 404, a known one under another method 405 with the methods it has', async () => {
    expect(await problemOf(await call(service.url, '/nowhere'))).toMatchObject({ status: 404, code: 'not_found' })
    const response = await call(service.url, 'acme/workflow-executions/x', { method: 'PUT', key: service.keys.admin, body: {} })
    expect(response.headers.get('Allow')).toBe('GET, HEAD, DELETE')
    expect(await problemOf(response)).toMatchObject({ status: 405, code: 'method_not_allowed' })
  })

  test('every answer names its request', async () => {
    const given = await call(service.url, '/healthz', { headers: { 'X-Request-Id': 'abc-123' } })
    expect(given.headers.get('X-Request-Id')).toBe('abc-123')
    const made = await call(service.url, '/nowhere', { headers: { 'X-Request-Id': 'not harmless; really' } })
    expect((await problemOf(made)).requestId).toBe(made.headers.get('X-Request-Id'))
    expect(made.headers.get('X-Request-Id')).toMatch(/^[0-9a-f-]{36}$/)
  })

  test('the page of the routes needs nothing from elsewhere', async () => {
    const page = await (await call(service.url, '/docs')).text()
    expect(page).toContain('/api/orgs/{org}/workflow-executions')
    expect(page).not.toMatch(/(src|href)="https?:/)
  })
})
