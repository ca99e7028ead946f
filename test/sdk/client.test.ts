/**
 * The client against a server that plays the wire. N5: a start that is sent again is the same start. N8: only what the
 * table of errors allows is retried, and the network. N9: one request waits for a result.
 */
import { afterEach, describe, expect, expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import { type ErrorCode, errorTable } from '../../schemas/errors.ts'
import { Client } from '../../sdk/client/client.ts'
import { workflow } from '../../sdk/definition/workflow.ts'
import { ApplicationFailure } from '../../sdk/failures/application-failure.ts'
import { InvalidInput } from '../../sdk/failures/invalid-input.ts'
import { PerdureError } from '../../sdk/failures/perdure-error.ts'
import {
  WorkflowCancelledError,
  WorkflowFailedError,
  WorkflowTerminatedError,
  WorkflowTimedOutError,
} from '../../sdk/failures/workflow-errors.ts'
import { Service } from '../../sdk/http/service.ts'
import { NetworkError, ServiceError } from '../../sdk/http/service-error.ts'
import { apiKey, completed, inTurn, stage, started } from './client-stage.ts'
import { type Answer, refusal } from './wire.ts'

const album = workflow({
  name: 'album',
  input: z.object({ keys: z.array(z.string().min(2)) }),
  run: async (_ctx, input) => ({ published: input.keys.length }),
})
const plain = workflow({ name: 'plain', run: async (_ctx, input: unknown) => input })

const { against, close } = stage()
afterEach(close)

const codes = Object.keys(errorTable) as ErrorCode[]

describe('what a client is given', () => {
  const big = 'x'.repeat(1_048_577)
  test.each<[string, string, RegExp, (client: Client) => Promise<unknown>]>([
    [
      'a timeout',
      'invalid_request',
      /^timeout: "5 parsecs" is not a duration: .* up to ten years$/,
      (client) => client.start(plain, 1, { timeout: '5 parsecs' as never }),
    ],
    ['a delay', 'invalid_request', /^startAfter: -1 is not a duration/, (client) => client.start(plain, 1, { startAfter: -1 })],
    ['an input', 'payload_too_large', /^input has 1048579 bytes, the limit is 1048576$/, (client) => client.start(plain, big)],
    [
      'a memo',
      'payload_too_large',
      /^memo\.note has \d+ bytes, the limit is 1048576$/,
      (client) => client.start(plain, 1, { memo: { note: big } }),
    ],
    ['a signal', 'payload_too_large', /^payload has /, (client) => client.handle('a').signal('s', big)],
    ['a value', 'payload_too_large', /^value has /, (client) => client.handle('a').resolvePromise('p', big)],
    ['what cannot travel', 'invalid_request', /^input\.f: /, (client) => client.start(plain, { f: () => 1 })],
  ])('%s is refused by name and limit, before anything is sent', async (_, code, message, use) => {
    const { client, asked } = await against(inTurn(started))
    const error: unknown = await use(client).catch((thrown: unknown) => thrown)
    expect(ApplicationFailure.is(error)).toBe(false)
    expect(PerdureError.is(error) && error.code).toBe(code)
    expect(error).toMatchObject({ message: expect.stringMatching(message) })
    expect(asked).toEqual([])
  })
})

describe('start', () => {
  test('sends the request that its arguments say', async () => {
    const { client, asked } = await against(inTurn(started))
    const handle = await client.start(
      album,
      { keys: ['ab'] },
      {
        id: 'album-7',
        queue: 'media',
        timeout: '2 hours',
        startAfter: 500,
        attributes: { customer: 'c1' },
        memo: { since: new Date(0) },
        headers: { trace: 't-1' },
        idReuse: 'ALLOW',
        onConflict: 'FAIL',
      },
    )
    expect([handle.id, handle.run]).toEqual(['album-7', 1])
    expect(asked).toMatchObject([
      {
        method: 'POST',
        path: '/api/orgs/acme/workflow-executions',
        headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
        body: {
          kind: 'album',
          input: { keys: ['ab'] },
          id: 'album-7',
          queue: 'media',
          timeoutMs: 7_200_000,
          startAfterMs: 500,
          attributes: { customer: 'c1' },
          memo: { since: { $date: '1970-01-01T00:00:00.000Z' } },
          headers: { trace: 't-1' },
          idReuse: 'ALLOW',
          onConflict: 'FAIL',
        },
      },
    ])
  })

  test('an input that its schema refuses is never sent', async () => {
    const { client, asked } = await against(inTurn(started))
    const thrown = await client.start(album, { keys: ['ab', 'c'] }).catch((error: unknown) => error)
    expect(InvalidInput.is(thrown) && thrown.problems.map(({ path }) => path)).toEqual(['keys[1]'])
    await expect(client.start('album', { at: Number.NaN })).rejects.toThrow('input.at: NaN')
    expect(asked).toEqual([])
  })

  test('what is wrong with a request is told by path', async () => {
    const errors = [{ path: 'queue', message: 'a queue is 1 to 100 of A-Z a-z 0-9 . _ -' }]
    const body = { type: 't', title: 't', status: 400, code: 'invalid_request', detail: 'the request is not valid', errors }
    const { client } = await against(inTurn({ status: 400, body }))
    const thrown = await client.start(plain, undefined, { queue: 'a b' }).catch((error: unknown) => error)
    expect(ServiceError.is(thrown) && thrown.errors).toEqual(errors)
    expect(thrown).toMatchObject({ code: 'invalid_request', message: expect.stringContaining('queue: a queue is') })
  })

  test('what the detail has said already is not said again', async () => {
    const errors = [
      { path: 'queue', message: 'a queue is short' },
      { path: 'kind', message: 'a kind is a text' },
    ]
    const body = { type: 't', title: 't', status: 400, code: 'invalid_request', detail: 'queue: a queue is short', errors }
    const { client } = await against(inTurn({ status: 400, body }))
    await expect(client.start(plain)).rejects.toThrow(/^queue: a queue is short; kind: a kind is a text$/)
  })

  test('a service that is not there is named by its address', async () => {
    const { wire } = await against(inTurn('hang up'))
    const service = new Service({ url: wire.url, org: 'acme', apiKey })
    const thrown = await service.send({ method: 'GET', path: '/queues' }).catch((error: unknown) => error)
    expect(thrown).toMatchObject({ code: 'network', message: expect.stringContaining(`GET ${wire.url}/api/orgs/acme/queues`) })
  })

  test.each(['x', '1-2-3', -1, 1.5, ''])('watch refuses the place %j before anything is sent', async (after) => {
    const { client, asked } = await against(inTurn(started))
    const first = client.handle('album-7').watch({ after })[Symbol.asyncIterator]().next()
    await expect(first).rejects.toThrow(`after: ${JSON.stringify(after)} is neither a sequence nor <run>-<sequence>`)
    expect(asked).toEqual([])
  })

  test('N5: sent again after a broken connection and a refusal that passes, with the same key and body', async () => {
    const { client, asked } = await against(inTurn('hang up', refusal('overloaded'), started))
    await client.start(album, { keys: ['ab'] })
    expect(asked).toHaveLength(3)
    expect(new Set(asked.map(({ headers }) => headers['idempotency-key'])).size).toBe(1)
    expect(asked[0]?.headers['idempotency-key']).toMatch(/^[\w-]{36}$/)
    expect(asked.map(({ body }) => body)).toEqual(Array(3).fill(asked[0]?.body))
  })

  test('N5: two starts have two keys; one with an id needs none', async () => {
    const { client, asked } = await against(inTurn(started))
    await client.start(plain)
    await client.start(plain)
    await client.start(plain, undefined, { id: 'album-7' })
    const keys = asked.map(({ headers }) => headers['idempotency-key'])
    expect(keys[0]).not.toBe(keys[1])
    expect(keys[2]).toBeUndefined()
  })
})

describe('N8: what is sent again', () => {
  test.each(codes.filter((code) => !errorTable[code].retry))('not %s: thrown at once with its code', async (code) => {
    const { client, asked } = await against(inTurn(refusal(code)))
    const thrown = await client
      .handle('album-7')
      .result()
      .catch((error: unknown) => error)
    expect(ServiceError.is(thrown) && PerdureError.is(thrown)).toBe(true)
    expect(thrown).toMatchObject({ code, status: errorTable[code].status, requestId: 'request-7' })
    expect(asked).toHaveLength(1)
  })

  test.each(codes.filter((code) => errorTable[code].retry))('%s, until it is answered', async (code) => {
    const { client, asked } = await against(inTurn(refusal(code), refusal(code), completed(1)))
    expect(await client.handle('album-7').result()).toBe(1)
    expect(asked).toHaveLength(3)
  })

  test('a connection that breaks, before and in an answer', async () => {
    const { client, asked } = await against(inTurn('hang up', 'break off', completed(1)))
    expect(await client.handle('album-7').result()).toBe(1)
    expect(asked).toHaveLength(3)
  })

  test.each([
    ['a page of something else', { status: 502, text: '<h1>fetch failed: network</h1>' }, 'http'],
    ['text that is not JSON', { text: '<h1>Sign in</h1>' }, 'invalid_answer'],
    ['another shape', { body: { hello: 'world' } }, 'invalid_answer'],
  ])('not %s', async (_, answer, code) => {
    const { client, asked } = await against(inTurn(answer))
    await expect(client.handle('album-7').result()).rejects.toMatchObject({ code })
    expect(asked).toHaveLength(1)
  })

  test('not before the time that the service names, and some later', async () => {
    const times: number[] = []
    const { client } = await against((_, index) => {
      times.push(performance.now())
      return index === 0 ? refusal('rate_limited', { 'Retry-After': '1' }) : completed(1)
    })
    await client.handle('album-7').result()
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(1_000)
  })

  test('not when the service asks for more patience than there is', async () => {
    const { client, asked } = await against(inTurn(refusal('overloaded', { 'Retry-After': '3600' })))
    await expect(client.handle('album-7').describe()).rejects.toMatchObject({ code: 'overloaded', retryAfterMs: 3_600_000 })
    expect(asked).toHaveLength(1)
  })

  test('nothing once the caller has aborted: its reason is thrown', async () => {
    const controller = new AbortController()
    const { client, asked } = await against(() => {
      controller.abort(new NetworkError('enough', undefined))
      return new Promise(() => undefined)
    })
    await expect(client.handle('album-7').result({ signal: controller.signal })).rejects.toThrow('enough')
    expect(asked).toHaveLength(1)
  })

  test('terminate, with the same key', async () => {
    const { client, asked } = await against(inTurn('hang up', { status: 202, body: {} }))
    await client.handle('album-7').terminate('by mistake')
    expect(asked.map(({ path, body }) => [path, body])).toEqual(
      Array(2).fill(['/api/orgs/acme/workflow-executions/album-7/terminate', { reason: 'by mistake' }]),
    )
    expect(asked[0]?.headers['idempotency-key']).toBe(asked[1]?.headers['idempotency-key'])
  })
})

describe('result', () => {
  test('N9: one request waits at the service for as long as it may, and nothing else is asked', async () => {
    const closed = Promise.withResolvers<Answer>()
    const { client, asked } = await against(({ path }) => (path.includes('/result') ? closed.promise : refusal('not_found')))
    const result = client.handle('album-7', album).result()
    for (let probe = 0; probe < 20; probe += 1)
      await client
        .handle('other')
        .describe()
        .catch(() => undefined)
    closed.resolve(completed({ published: 3 }))
    expect(await result).toEqual({ published: 3 })
    expect(asked.map(({ path }) => path).filter((path) => path.includes('album-7'))).toEqual([
      '/api/orgs/acme/workflow-executions/album-7/result?waitMs=60000',
    ])
  })

  test('N9: the next comes after its answer, and not at once where waiting is cut short', async () => {
    const times: number[] = []
    const { client, wire } = await against((_, index) => {
      times.push(performance.now())
      return index < 1 ? { status: 202, body: {} } : completed(1)
    })
    await client.handle('album-7').result()
    expect(wire.mostOpen).toBe(1)
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(990)
  })

  test.each([
    [{ $date: '1970-01-01T00:00:00.000Z' }, new Date(0)],
    [{ $bytes: 'AP8=' }, Uint8Array.of(0, 255)],
    [{ $bigint: '12' }, 12n],
    [{ $undefined: true }, undefined],
    [null, null],
    [0, 0],
    [false, false],
    ['', ''],
  ])('D8, D15: %j comes out as the value that it was', async (output, value) => {
    const { client } = await against(inTurn(completed(output)))
    expect(await client.handle('album-7').result()).toStrictEqual(value)
  })

  test.each([
    ['FAILED', WorkflowFailedError, 'workflow_failed'],
    ['CANCELLED', WorkflowCancelledError, 'workflow_cancelled'],
    ['TERMINATED', WorkflowTerminatedError, 'workflow_terminated'],
    ['TIMED_OUT', WorkflowTimedOutError, 'workflow_timed_out'],
  ])('%s is thrown with its cause', async (status, expected, code) => {
    const failure = { type: 'Rejected', message: 'by reviewer', details: { $bigint: '1' }, addedLater: true }
    const { client } = await against(inTurn({ body: { run: 2, status, failure, addedLater: true } }))
    const thrown = await client
      .handle('album-7')
      .result()
      .catch((error: unknown) => error)
    expect(expected.is(thrown)).toBe(true)
    expect(thrown).toMatchObject({ code, executionId: 'album-7', run: 2, cause: { type: 'Rejected', details: 1n } })
    expect(ApplicationFailure.is((thrown as Error).cause)).toBe(true)
  })

  test('execute starts and waits', async () => {
    const { client } = await against(inTurn(started, completed({ published: 1 })))
    const { published } = await client.execute(album, { keys: ['ab'] })
    expect(published).toBe(1)
    expectTypeOf(published).toEqualTypeOf<number>()
  })
})

test('types: inputs and results are those of the workflow', () => {
  const client = new Client({ url: 'http://127.0.0.1:1', org: 'acme', apiKey })
  expectTypeOf(client.handle('album-7', album).result).returns.resolves.toEqualTypeOf<{ published: number }>()
  expectTypeOf(client.handle('album-7').result).returns.resolves.toEqualTypeOf<unknown>()
  expectTypeOf(client.start<{ keys: string[] }, { published: number }>)
    .parameter(1)
    .toEqualTypeOf<{ keys: string[] }>()
})
