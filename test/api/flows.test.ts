/** Flows from outside: saved, refused with all problems, read, started. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { call, problemOf, startTestService, type TestService } from './service.ts'

let service: TestService
beforeAll(async () => {
  service = await startTestService()
})
afterAll(() => service.end())

const yaml = { 'Content-Type': 'application/yaml' }

const save = (name: string, text: string, headers: Record<string, string> = yaml) =>
  call(service.url, `acme/flows/${name}`, { method: 'PUT', key: service.keys.admin, text, headers })
const read = async (path: string) => (await call(service.url, `acme/${path}`, { key: service.keys.viewer })).json()
const start = (body: object) => call(service.url, 'acme/workflow-executions', { key: service.keys.client, body })

const greet = (input: string, kind = 'greet') => `
flow: greet
input: { type: object, required: [who], properties: { who: { type: string }, times: { type: integer, default: 3 } } }
tasks:
  hello: { task: ${kind}, input: ${input} }
`

describe('saving', () => {
  test('a flow is a version; the same content, written otherwise, is the same version; other content the next', async () => {
    const first = await save('greet', greet('"{{ input.who }}"'))
    expect(first.status).toBe(201)
    const saved = (await first.json()) as { hash: string }
    expect(saved).toEqual({ name: 'greet', version: 1, hash: expect.stringMatching(/^[0-9a-f]{64}$/) })

    const json = JSON.stringify({
      tasks: { hello: { input: '{{ input.who }}', task: 'greet' } },
      input: {
        properties: { who: { type: 'string' }, times: { default: 3, type: 'integer' } },
        required: ['who'],
        type: 'object',
      },
      flow: 'greet',
    })
    const again = await save('greet', json, { 'Content-Type': 'application/json' })
    expect(again.status).toBe(200)
    expect(await again.json()).toEqual(saved)

    const second = await save('greet', greet('"hello {{ input.who }}"'))
    expect(second.status).toBe(201)
    expect(await second.json()).toMatchObject({ version: 2, hash: expect.not.stringMatching(saved.hash) })

    expect(await read('flows/greet')).toMatchObject({ version: 2, versions: [{ version: 2 }, { version: 1 }] })
    expect(await read('flows/greet?version=1')).toMatchObject({ version: 1, source: greet('"{{ input.who }}"') })
    expect(await read('flows/greet?version=9')).toMatchObject({ code: 'not_found' })
    expect(await read('flows/none')).toMatchObject({ code: 'not_found' })
  })

  test('F8 a version that the file names never changes; a higher one is taken', async () => {
    const text = (version: number, kind: string) => `{ flow: numbered, version: ${version}, tasks: { a: { task: ${kind} } } }`
    expect((await save('numbered', text(5, 'one'))).status).toBe(201)
    expect((await save('numbered', text(5, 'one'))).status).toBe(200)
    const changed = await save('numbered', text(5, 'two'))
    expect(await problemOf(changed)).toMatchObject({ status: 409, code: 'already_exists' })
    expect(await problemOf(await save('numbered', text(4, 'two')))).toMatchObject({ code: 'already_exists' })
    expect(await (await save('numbered', text(7, 'two'))).json()).toMatchObject({ version: 7 })
  })

  test('flows are listed by name, page by page, each with its latest version', async () => {
    for (const name of ['z1', 'z2', 'z3']) await save(name, `{ flow: ${name}, tasks: { a: { task: k } } }`)
    await save('z2', '{ flow: z2, tasks: { b: { task: k } } }')
    const first = await read('flows?limit=2&cursor=z')
    expect(first).toEqual({
      items: [expect.objectContaining({ name: 'z1', version: 1 }), expect.objectContaining({ name: 'z2', version: 2 })],
      nextCursor: 'z2',
    })
    expect(await read('flows?limit=2&cursor=z2')).toEqual({ items: [expect.objectContaining({ name: 'z3' })] })
  })

  test('another organisation has none of them', async () => {
    const response = await call(service.url, 'other/flows/greet', { key: service.foreignKey })
    expect(await problemOf(response)).toMatchObject({ code: 'not_found' })
  })

  test('F9 a flow with problems is refused with all of them, by path, line and column, and nothing is saved', async () => {
    const text = 'flow: broken\ntasks:\n  a:\n    task: k\n    retries: 3\n    next: [{ do: [b] }]\n  c: { task: k, join: 2 }\n'
    const problem = await problemOf(await save('broken', text))
    expect(problem).toMatchObject({ status: 400, code: 'invalid_request' })
    expect(problem.detail).toContain('line 5, column 5')
    expect(problem.errors).toEqual([
      { path: 'tasks.a.retries', line: 5, column: 5, message: 'unknown key retries' },
      { path: 'tasks.a.next.0.do.0', line: 6, column: 19, message: 'there is no task b' },
    ])
    expect(await read('flows/broken')).toMatchObject({ code: 'not_found' })
  })

  test('validation answers the same problems, and saves nothing', async () => {
    const validate = async (text: string) =>
      (await call(service.url, 'acme/flows/validate', { method: 'POST', key: service.keys.viewer, text, headers: yaml })).json()
    expect(await validate('{ flow: fine, tasks: { a: { task: k } } }')).toEqual({ valid: true, problems: [] })
    expect(await validate('flow: bad name\ntasks: { a: { task: k, input: "{{ x }}" } }')).toEqual({
      valid: false,
      problems: [
        { path: 'flow', line: 1, column: 7, message: 'a flow is 1 to 100 of A-Z a-z 0-9 . _ -' },
        expect.objectContaining({ path: 'tasks.a.input', line: 2, column: 31 }),
      ],
    })
    expect(await read('flows/fine')).toMatchObject({ code: 'not_found' })
  })

  test('another type of body is refused, and so is another name', async () => {
    const typed = await save('greet', greet('1'), { 'Content-Type': 'image/png' })
    expect(await problemOf(typed)).toMatchObject({ status: 415, code: 'unsupported_media_type' })
    const named = await problemOf(await save('other', greet('1')))
    expect(named.errors).toEqual([expect.objectContaining({ path: 'flow', line: 2 })])
  })
})

describe('starting', () => {
  test('a flow that is not there, or a version, is not found; a kind that is none is refused; nothing is created', async () => {
    for (const kind of ['flow:nowhere', 'flow:greet@99']) {
      expect(await problemOf(await start({ kind, id: 'not-there' }))).toMatchObject({ status: 404, code: 'not_found' })
    }
    expect(await problemOf(await start({ kind: 'flow:a b', id: 'not-there' }))).toMatchObject({ code: 'invalid_request' })
    expect(await read('workflow-executions/not-there')).toMatchObject({ code: 'not_found' })
  })

  test('A2 an input that the schema does not take is refused by path, and nothing is created', async () => {
    const refused = await problemOf(await start({ kind: 'flow:greet', id: 'wrong', input: { who: 7, times: 'x' } }))
    expect(refused).toMatchObject({ status: 400, code: 'invalid_request' })
    expect(refused.errors?.map(({ path }) => path)).toEqual(['input.who', 'input.times'])
    expect(await problemOf(await start({ kind: 'flow:greet', id: 'wrong' }))).toMatchObject({ code: 'invalid_request' })
    const signalled = await call(service.url, 'acme/workflow-executions/signal-with-start', {
      key: service.keys.client,
      body: { kind: 'flow:greet', id: 'wrong', input: {}, signal: { name: 's' } },
    })
    expect(await problemOf(signalled)).toMatchObject({ code: 'invalid_request' })
    expect(await read('workflow-executions/wrong')).toMatchObject({ code: 'not_found' })
  })

  test('F7 defaults of the schema are filled in, and types stay', async () => {
    const started = await start({ kind: 'flow:greet@1', id: 'defaults', input: { who: 'Ada', more: '5' } })
    expect(started.status).toBe(201)
    const { events } = (await read('workflow-executions/defaults/events')) as { events: { type: string; data: object }[] }
    expect(events[0]?.data).toMatchObject({ kind: 'flow:greet@1', input: { who: 'Ada', times: 3, more: '5' } })
  })
})

test('the JSON Schema of a flow is served to everyone', async () => {
  const response = await call(service.url, '/api/flow.schema.json')
  expect(await response.json()).toMatchObject({
    type: 'object',
    required: ['flow', 'tasks'],
    additionalProperties: false,
    properties: { tasks: { additionalProperties: { properties: { with_items: expect.any(Object) } } } },
  })
})
