/** D7: a log that cannot be read fails the activation; nothing runs. And what is read is all of it. */
import { afterEach, expect, test } from 'vitest'
import type { HistoryEvent } from '../../../schemas/events.ts'
import type { Report } from '../../../schemas/reports.ts'
import type { Activation } from '../../../schemas/work.ts'
import { Service } from '../../../sdk/http/service.ts'
import { workflow } from '../../../sdk/index.ts'
import { sendFailure } from '../../../sdk/worker/activation-failure.ts'
import { ActivationWork } from '../../../sdk/worker/activation-work.ts'
import { Connection } from '../../../sdk/worker/connection.ts'
import { HeldWork } from '../../../sdk/worker/held-work.ts'
import { readHistory } from '../../../sdk/worker/history-reader.ts'
import { KeptRuns } from '../../../sdk/worker/kept-runs.ts'
import { Driver } from '../replay/driver.ts'
import { type Answer, type Asked, refusal, Wire } from '../wire.ts'

const open: Wire[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((wire) => wire.close()))
})

let calls = 0
const chain = workflow({
  name: 'test',
  async run(ctx) {
    calls += 1
    const first = await ctx.task('a')
    return [first, await ctx.task('b')]
  },
})

/** The log until `task b` is done, and the activation that follows; only the events after `from` come with it. */
async function due(from: number): Promise<{ activation: Activation; events: HistoryEvent[] }> {
  const { log } = await afterTwo()
  const { events, end } = log
  const activation: Activation = {
    executionId: 'execution-1',
    run: 1,
    kind: 'test',
    activationId: `activation-${end}`,
    token: '1.mac',
    activationAt: log.clock,
    snapshotSequence: end,
    from,
    events: events.slice(from),
    updates: [],
    info: { queue: 'default', startedAt: 1, historyLength: end, continueAsNewSuggested: false },
  }
  return { activation, events }
}

async function afterTwo(): Promise<Driver> {
  const driver = new Driver(chain)
  await driver.activate()
  driver.log.complete('task-1', 1)
  await driver.activate()
  driver.log.complete('task-2', 2)
  calls = 0
  return driver
}

async function perform(activation: Activation, answer: (asked: Asked) => Answer) {
  const wire = await Wire.open(answer)
  open.push(wire)
  const service = new Service({ url: wire.url, org: 'acme', apiKey: 'key' })
  const unused = () => undefined
  const reports: Report[] = []
  const ended: string[] = []
  const held = new HeldWork()
  const work = new ActivationWork({
    held,
    read: (...asked) => readHistory(service, ...asked),
    fail: (...told) => sendFailure(service, ...told),
    kept: new KeptRuns(10, unused),
    workflow: () => chain,
    log: unused,
    post: (report) => reports.push(report),
    released: unused,
    ended: (_, outcome) => ended.push(outcome),
  })
  const host = { service, queue: 'default', hello: () => ({ type: 'drain' }) as const, received: unused }
  await work.perform(activation, new Connection({ ...host, welcomed: unused, lost: unused, failed: unused, refused: unused }, 0))
  return { wire, reports, ended, held }
}

test('D7: a history that is refused fails the activation, and no code runs', async () => {
  const { activation } = await due(4)
  const { wire, reports, ended, held } = await perform(activation, ({ method }) =>
    method === 'GET' ? refusal('forbidden') : { body: {} },
  )
  expect(reports).toEqual([])
  expect(ended).toEqual(['FAILED'])
  expect(calls).toBe(0)
  expect(held.isEmpty).toBe(true)
  expect(wire.asked.at(-1)).toMatchObject({
    method: 'POST',
    path: `/api/orgs/acme/workflow-executions/execution-1/activations/${activation.activationId}/fail`,
    body: { token: '1.mac', failure: { message: expect.stringContaining('forbidden') } },
  })
})

test('D7: a history that is empty where it should not be fails the activation too', async () => {
  const { activation } = await due(4)
  const { ended } = await perform(activation, ({ method }) =>
    method === 'GET' ? { body: { events: [], lastSequence: 0 } } : { body: {} },
  )
  expect(ended).toEqual(['FAILED'])
  expect(calls).toBe(0)
})

test('N10: what did not come with the activation is read page by page, in the name of the work', async () => {
  const { activation, events } = await due(4)
  const { wire, reports } = await perform(activation, ({ path }) => {
    const after = Number(new URL(path, 'http://wire').searchParams.get('after'))
    return { body: { events: events.slice(after, after + 3), lastSequence: events.length, nextAfter: after + 3 } }
  })
  expect(calls).toBe(1)
  expect(reports).toMatchObject([{ type: 'activation', commands: [{ type: 'COMPLETE_WORKFLOW', output: [1, 2] }] }])
  expect(wire.asked).toHaveLength(2)
  for (const { path, headers } of wire.asked) {
    expect(path).toContain(`work=${activation.activationId}`)
    expect(headers['perdure-work-token']).toBe('1.mac')
  }
})
