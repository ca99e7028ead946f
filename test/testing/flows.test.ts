/** Flows in a test environment: saved and run by the service's rules, with the tasks of the test. */
import { expect, test } from 'vitest'
import { PerdureError, task, workflow } from '../../sdk/index.ts'
import { TestEnvironment } from '../../sdk/testing.ts'

const write = task({ name: 'write', run: async ({ to }: { to: string }) => `to ${to}` })
const parent = workflow({ name: 'parent', run: (ctx) => ctx.child('flow:greet', { name: 'Bob' }) })

const greet = (greeting: string) =>
  `
flow: greet
input:
  type: object
  required: [name]
  properties:
    name: { type: string }
    copies: { type: integer, default: 2 }
tasks:
  wait:
    wait_for: { signal: go }
    timeout: 1 hour
    next: [{ do: [send] }]
  send:
    task: write
    input: { to: "${greeting} {{ input.name }}" }
output: { letter: "{{ tasks.send.output }}", copies: "{{ input.copies }}" }
`

const create = () => TestEnvironment.create({ workflows: [parent], tasks: [write] })

const refusalOf = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'taken',
    (error: unknown) => PerdureError.is(error) && [error.code, error.message],
  )

test('a flow is saved, run with its defaults, waits in virtual time, and runs the tasks of the test', async () => {
  await using env = await create()
  expect(await env.saveFlow(greet('Dear'))).toMatchObject({ name: 'greet', version: 1 })
  env.mock(write, async ({ to }) => `mocked ${to}`)
  const handle = await env.start('flow:greet', { name: 'Ada' })
  expect((await handle.describe()).awaiting).toMatchObject([{ type: 'timer' }, { type: 'signal', name: 'go' }])
  await handle.signal('go')
  expect(await handle.result()).toEqual({ letter: 'mocked Dear Ada', copies: 2 })
  const [started] = (await handle.history()).events
  expect(started?.data).toMatchObject({ kind: 'flow:greet', input: { name: 'Ada', copies: 2 } })
})

test('versions are counted, equal content is the version that is there, and runs keep what they began with', async () => {
  await using env = await create()
  const first = await env.saveFlow(greet('Dear'))
  const handle = await env.start('flow:greet', { name: 'Ada' })
  expect(await env.saveFlow(greet('Hello'))).toMatchObject({ version: 2 })
  expect(await env.saveFlow(greet('Hello'))).toMatchObject({ version: 2 })
  await handle.signal('go')
  expect(await handle.result()).toEqual({ letter: 'to Dear Ada', copies: 2 })
  const old = await env.start(`flow:greet@${first.version}`, { name: 'Eve' })
  await old.signal('go')
  expect(await old.result()).toEqual({ letter: 'to Dear Eve', copies: 2 })
})

test('a flow is a child like any other', async () => {
  await using env = await create()
  await env.saveFlow(greet('Dear'))
  const handle = await env.start(parent)
  await env.time.advance(1)
  await env.client.handle(`${handle.id}:1:child-1`).signal('go')
  expect(await handle.result()).toEqual({ letter: 'to Dear Bob', copies: 2 })
})

test('what is no flow, no such flow, and no input of it are refused as by the service', async () => {
  await using env = await create()
  expect(await refusalOf(env.saveFlow('flow: greet\ntasks: { a: { next: [{ do: [b] }] } }'))).toEqual([
    'invalid_request',
    expect.stringMatching(/^the flow is not valid: line 2, column \d+: /),
  ])
  expect(await refusalOf(env.start('flow:greet'))).toEqual(['not_found', 'there is no flow greet'])
  await env.saveFlow(greet('Dear'))
  expect(await refusalOf(env.start('flow:greet', { name: 7 }))).toEqual(['invalid_request', expect.stringContaining('name')])
  expect(await refusalOf(env.start('flow:greet@9', { name: 'Ada' }))).toEqual(['not_found', 'there is no flow greet@9'])
  expect(await refusalOf(env.saveFlow(`version: 1\n${greet('Hello')}`))).toEqual([
    'already_exists',
    expect.stringContaining('version 1'),
  ])
})
