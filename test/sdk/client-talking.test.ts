/**
 * What a client says to an execution, against a server that plays the wire. N4: a signal with a start is one request.
 * N5: what changes something is told apart from its repeats.
 */
import { afterEach, describe, expect, expectTypeOf, test } from 'vitest'
import { Client, type Settled } from '../../sdk/client.ts'
import { defineSignal } from '../../sdk/definition/signal.ts'
import { workflow } from '../../sdk/definition/workflow.ts'
import { ApplicationFailure } from '../../sdk/failures/application-failure.ts'
import { apiKey, inTurn, stage } from './client-stage.ts'
import { refusal } from './wire.ts'

const approved = defineSignal<{ by: string; at: Date }>('approved')
const nudge = defineSignal<void>('nudge')
const album = workflow({ name: 'album', run: async (_ctx, input: { keys: string[] }) => ({ published: input.keys.length }) })

const accepted = { status: 202, body: {} }
const taken = { status: 202, body: { sequence: 5 } }
const settled = { body: { sequence: 6 } }
const base = '/api/orgs/acme/workflow-executions'
const uuid = expect.stringMatching(/^[\w-]{36}$/)

const { against, close } = stage()
afterEach(close)

describe('signals', () => {
  test('carry their payload as the wire has it, and an id of their own', async () => {
    const { client, asked } = await against(inTurn(taken))
    const handle = client.handle('album-7')
    await handle.signal(approved, { by: 'Ada', at: new Date(0) })
    await handle.signal(nudge)
    await handle.signal('héllo wörld', 12n, { signalId: 'mine' })
    expect(asked.map(({ method, path, body }) => [method, path, body])).toEqual([
      [
        'POST',
        `${base}/album-7/signals/approved`,
        { payload: { by: 'Ada', at: { $date: '1970-01-01T00:00:00.000Z' } }, signalId: uuid },
      ],
      ['POST', `${base}/album-7/signals/nudge`, { signalId: uuid }],
      ['POST', `${base}/album-7/signals/h%C3%A9llo%20w%C3%B6rld`, { payload: { $bigint: '12' }, signalId: 'mine' }],
    ])
  })

  test('N5: sent again under the same id; two signals have two', async () => {
    const { client, asked } = await against(inTurn('hang up', refusal('rate_limited'), 'break off', taken))
    const handle = client.handle('album-7')
    await handle.signal(nudge)
    await handle.signal(nudge)
    const bodies = asked.map(({ body }) => JSON.stringify(body))
    expect(bodies).toHaveLength(5)
    expect(new Set(bodies.slice(0, 4)).size).toBe(1)
    expect(bodies[4]).not.toBe(bodies[0])
  })

  test.each(['', '.', '..', 'a/b', 'a\nb', '\ud800', 'x'.repeat(201)])('nothing is sent to a name like %j', async (name) => {
    const { client, asked } = await against(inTurn(taken))
    const handle = client.handle('album-7')
    await expect(handle.signal(name)).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining('signal'),
    })
    await expect(handle.resolvePromise(name)).rejects.toMatchObject({ code: 'invalid_request' })
    await expect(handle.rejectPromise(name, 'no')).rejects.toThrow('promise')
    expect(asked).toEqual([])
  })

  test.each(['', 'x'.repeat(201)])('nothing is sent under a signal id like %j', async (signalId) => {
    const { client, asked } = await against(inTurn(taken))
    await expect(client.handle('album-7').signal(nudge, undefined, { signalId })).rejects.toThrow('signalId')
    expect(asked).toEqual([])
  })

  test('a payload that cannot be sent is refused with its path', async () => {
    const { client, asked } = await against(inTurn(taken))
    await expect(client.handle('album-7').signal('said', { text: () => 'no' })).rejects.toThrow('payload.text')
    await expect(client.handle('album-7').resolvePromise('review', [Number.NaN])).rejects.toThrow('value[0]: NaN')
    expect(asked).toEqual([])
  })
})

describe('N4: a signal with a start', () => {
  const started = { status: 201, body: { id: 'album-7', run: 2, isNew: true, sequence: 2 } }

  test('is one request, which has all that a start has', async () => {
    const { client, asked } = await against(inTurn(started))
    const handle = await client.signalWithStart(
      album,
      { keys: ['a'] },
      { id: 'album-7', queue: 'media', timeout: '1m', signal: approved, payload: { by: 'Ada', at: new Date(0) } },
    )
    expect([handle.id, handle.run]).toEqual(['album-7', 2])
    expect(asked.map(({ method, path, headers, body }) => [method, path, headers['idempotency-key'], body])).toEqual([
      [
        'POST',
        `${base}/signal-with-start`,
        undefined,
        {
          kind: 'album',
          input: { keys: ['a'] },
          id: 'album-7',
          queue: 'media',
          timeoutMs: 60_000,
          signal: { name: 'approved', payload: { by: 'Ada', at: { $date: '1970-01-01T00:00:00.000Z' } }, signalId: uuid },
        },
      ],
    ])
  })

  test('N5: without an id, sent again with the same key and the same signal', async () => {
    const { client, asked } = await against(inTurn('hang up', refusal('overloaded'), started))
    await client.signalWithStart('album', undefined, { signal: 'nudge', signalId: 'mine' })
    expect(asked).toHaveLength(3)
    expect(new Set(asked.map(({ headers, body }) => `${headers['idempotency-key']} ${JSON.stringify(body)}`)).size).toBe(1)
    expect(asked[0]).toMatchObject({
      headers: { 'idempotency-key': uuid },
      body: { kind: 'album', signal: { name: 'nudge', signalId: 'mine' } },
    })
  })

  test('is refused whole when its execution has ended', async () => {
    const { client } = await against(inTurn(refusal('already_closed')))
    await expect(client.signalWithStart('album', 1, { id: 'album-7', signal: nudge })).rejects.toMatchObject({
      code: 'already_closed',
    })
  })
})

describe('promises', () => {
  test('are resolved by name or id, with any value', async () => {
    const { client, asked } = await against(inTurn(settled))
    expect(await client.resolvePromise('album-7', 'review', { ok: true, on: new Date(0) })).toEqual({ alreadySettled: false })
    expect(await client.handle('album-7').resolvePromise('promise-3')).toEqual({ alreadySettled: false })
    expect(asked.map(({ path, body }) => [path, body])).toEqual([
      [`${base}/album-7/promises/review/resolve`, { value: { ok: true, on: { $date: '1970-01-01T00:00:00.000Z' } } }],
      [`${base}/album-7/promises/promise-3/resolve`, {}],
    ])
  })

  test('say when somebody was earlier', async () => {
    const { client } = await against(inTurn({ body: { alreadySettled: true } }))
    expect(await client.handle('album-7').resolvePromise('review', 1)).toEqual({ alreadySettled: true })
    expect(await client.rejectPromise('album-7', 'review', 'late')).toEqual({ alreadySettled: true })
  })

  test('are rejected with an error, a message, or a failure', async () => {
    const { client, asked } = await against(inTurn(settled))
    const handle = client.handle('album-7')
    const dark = new ApplicationFailure('too dark', { type: 'Rejected', details: { lux: 3n }, cause: new TypeError('lamp') })
    await handle.rejectPromise('review', dark)
    await handle.rejectPromise('review', 'too dark')
    await handle.rejectPromise('review', { type: 'Rejected', message: 'too dark', details: { lux: 3n } })
    await client.rejectPromise('album-7', 'review', { message: 'too dark' })
    expect(asked.map(({ path }) => path)).toEqual(Array(4).fill(`${base}/album-7/promises/review/reject`))
    expect(asked.map(({ body }) => body)).toEqual([
      {
        failure: {
          type: 'Rejected',
          message: 'too dark',
          details: { lux: { $bigint: '3' } },
          stack: expect.stringContaining('client-talking'),
          cause: { type: 'TypeError', message: 'lamp', stack: expect.any(String) },
        },
      },
      { failure: { type: 'Error', message: 'too dark' } },
      { failure: { type: 'Rejected', message: 'too dark', details: { lux: { $bigint: '3' } } } },
      { failure: { type: 'Error', message: 'too dark' } },
    ])
  })
})

describe('cancel, terminate, pause, resume', () => {
  const verbs = ['cancel', 'terminate', 'pause', 'resume'] as const

  test.each(verbs)('%s, with or without a reason', async (verb) => {
    const { client, asked } = await against(inTurn(accepted))
    const handle = client.handle('album-7')
    expect(await handle[verb]('by mistake')).toBeUndefined()
    await handle[verb]()
    expect(asked.map(({ method, path, body }) => [method, path, body])).toEqual([
      ['POST', `${base}/album-7/${verb}`, { reason: 'by mistake' }],
      ['POST', `${base}/album-7/${verb}`, {}],
    ])
  })

  test.each([...verbs, 'resolvePromise', 'rejectPromise'] as const)('N5: %s is sent again under the same key', async (verb) => {
    const answer = verb.endsWith('Promise') ? settled : accepted
    const { client, asked } = await against(inTurn('hang up', refusal('overloaded'), answer))
    const handle = client.handle('album-7')
    await handle[verb]('review', 'a value')
    await handle[verb]('review', 'a value')
    const keys = asked.map(({ headers }) => headers['idempotency-key'])
    expect(keys).toEqual(Array(4).fill(uuid))
    expect([new Set(keys.slice(0, 3)).size, new Set(keys).size]).toEqual([1, 2])
  })

  test.each([...verbs, 'resolvePromise', 'rejectPromise', 'signal'] as const)(
    'N8: a refusal of %s is thrown at once',
    async (verb) => {
      const { client, asked } = await against(inTurn(refusal('already_closed')))
      await expect(client.handle('album-7')[verb]('review', 'a value')).rejects.toMatchObject({
        code: 'already_closed',
        status: 409,
      })
      expect(asked).toHaveLength(1)
    },
  )
})

test('types: payloads are those of the signal', () => {
  const client = new Client({ url: 'http://127.0.0.1:1', org: 'acme', apiKey })
  const handle = client.handle('album-7', album)
  type Options = Parameters<typeof client.signalWithStart<{ keys: string[] }, { published: number }, { by: string }>>[2]
  expectTypeOf<Options>().toHaveProperty('payload').toEqualTypeOf<{ by: string }>()
  expectTypeOf(handle.resolvePromise).returns.resolves.toEqualTypeOf<Settled>()
  // Never called: these lines are for the compiler.
  const wrong = () => [
    // @ts-expect-error another payload
    handle.signal(approved, { by: 5 }),
    // @ts-expect-error no payload
    handle.signal(approved),
    // @ts-expect-error a payload where there is none
    handle.signal(nudge, 'hello'),
    // @ts-expect-error another payload
    client.signalWithStart(album, { keys: [] }, { signal: approved, payload: { by: 5 } }),
    // @ts-expect-error no payload
    client.signalWithStart(album, { keys: [] }, { signal: approved }),
    // @ts-expect-error another input
    client.signalWithStart(album, { keys: 'a' }, { signal: nudge }),
  ]
  expect(wrong).toBeTypeOf('function')
})
