/** What a client reads of an execution, and what it is made of. */
import { afterEach, describe, expect, test } from 'vitest'
import { Client } from '../../sdk/client/client.ts'
import { workflow } from '../../sdk/definition/workflow.ts'
import { apiKey, inTurn, stage, started } from './client-stage.ts'

const plain = workflow({ name: 'plain', run: async (_ctx, input: unknown) => input })

const { against, close } = stage()
afterEach(close)

describe('reading', () => {
  const event = (sequence: number, type = 'TIMER_FIRED') => ({ sequence, type, at: 1, data: { timerId: `timer-${sequence}` } })
  const beginning = {
    sequence: 1,
    type: 'WORKFLOW_STARTED',
    at: 1,
    data: { executionId: 'album-7', kind: 'album', queue: 'q', run: 3 },
  }
  const described = {
    id: 'album-7',
    run: 3,
    kind: 'album',
    queue: 'default',
    status: 'COMPLETED',
    activation: 'none',
    paused: false,
    cancelRequested: false,
    createdAt: 1,
    startedAt: 1,
    closedAt: 2,
    lastSequence: 3,
    attributes: {},
    memo: { since: { $date: '1970-01-01T00:00:00.000Z' } },
    output: { $set: [1] },
    awaiting: [],
    addedLater: true,
  }

  test('history is the whole log of one run, page by page, its payloads as the wire has them', async () => {
    const { client, asked } = await against(
      inTurn(
        { body: described },
        { body: { events: [beginning, event(2)], lastSequence: 3, nextAfter: 2 } },
        { body: { events: [event(3)], lastSequence: 3 } },
      ),
    )
    expect(await client.handle('album-7').history()).toEqual({
      executionId: 'album-7',
      run: 3,
      events: [beginning, event(2), event(3)],
    })
    expect(asked.map(({ path }) => path.replace('/api/orgs/acme/workflow-executions/album-7', ''))).toEqual([
      '',
      '/events?after=0&run=3',
      '/events?after=2&run=3',
    ])
  })

  test('events are fetched no further than they are read', async () => {
    const { client, asked } = await against((_, index) =>
      index === 0 ? started : { body: { events: [event(index)], lastSequence: 99, nextAfter: index } },
    )
    const handle = await client.start(plain)
    for await (const { sequence } of handle.events({ after: 12 })) if (sequence === 2) break
    expect(asked.slice(1).map(({ path }) => path.split('?')[1])).toEqual(['after=12&run=1', 'after=1&run=1'])
  })

  test('an event of an unknown type is an error that names it', async () => {
    const { client } = await against(inTurn(started, { body: { events: [event(1, 'SOMETHING_NEW')], lastSequence: 1 } }))
    await expect((await client.start(plain)).history()).rejects.toThrow('SOMETHING_NEW')
  })

  test('describe decodes the values of the author, and passes over what it does not know', async () => {
    const { client } = await against(inTurn({ body: described }))
    const { status, output, memo } = await client.handle('album-7').describe()
    expect([status, output, memo]).toEqual(['COMPLETED', new Set([1]), { since: new Date(0) }])
  })

  test.each(['', '..', 'a/b', 'count', 'x'.repeat(201)])('no handle for the id %j', async (id) => {
    const client = new Client({ url: 'http://127.0.0.1:1', org: 'acme', apiKey })
    expect(() => client.handle(id)).toThrow('is not an execution id')
  })
})

describe('configuration', () => {
  test.each([
    [{ url: 'localhost:8787', org: 'acme', apiKey }, 'url: "localhost:8787"'],
    [{ url: 'nowhere', org: 'acme', apiKey }, 'url: "nowhere"'],
    [{ url: 'http://127.0.0.1', org: '../other', apiKey }, 'org: "../other"'],
    [{ url: 'http://127.0.0.1', org: 'acme', apiKey: '' }, 'apiKey is missing'],
    [{ url: 'http://127.0.0.1', org: 'acme', apiKey: 'a\nb' }, 'apiKey has characters'],
  ])('is checked before anything is sent: %j', (options, problem) => {
    expect(() => new Client(options)).toThrow(problem)
    expect(() => new Client(options)).not.toThrow('a\nb')
  })

  test('of the environment', async () => {
    const { wire } = await against(inTurn(started))
    const names = { PERDURE_URL: `${wire.url}/`, PERDURE_ORG: 'other', PERDURE_API_KEY: 'pd_client_env' }
    const before = { ...process.env }
    try {
      Object.assign(process.env, names)
      await Client.fromEnv().start(plain)
    } finally {
      for (const name of Object.keys(names)) {
        if (before[name] === undefined) delete process.env[name]
        else process.env[name] = before[name]
      }
    }
    expect(wire.asked[0]).toMatchObject({
      path: '/api/orgs/other/workflow-executions',
      headers: { authorization: 'Bearer pd_client_env' },
    })
  })
})
