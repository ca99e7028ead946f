/** D7: a log that cannot be read fails the activation; nothing runs. And what is read is all of it. */
import { afterEach, expect, test } from 'vitest'
import type { HistoryEvent } from '../../../schemas/events.ts'
import type { Report } from '../../../schemas/reports.ts'
import type { Activation } from '../../../schemas/work.ts'
import type { AnyWorkflow } from '../../../sdk/definition/workflow.ts'
import { Service } from '../../../sdk/http/service.ts'
import { workflow } from '../../../sdk/index.ts'
import { sendFailure } from '../../../sdk/worker/activation-failure.ts'
import { ActivationWork } from '../../../sdk/worker/activation-work.ts'
import type { Settled } from '../../../sdk/worker/batch.ts'
import { Connection } from '../../../sdk/worker/connection.ts'
import { HeldWork } from '../../../sdk/worker/held-work.ts'
import { readHistory } from '../../../sdk/worker/history-reader.ts'
import { KeptRuns } from '../../../sdk/worker/kept-runs.ts'
import { Driver } from '../replay/driver.ts'
import type { Log } from '../replay/log.ts'
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
  return { activation: activationAt(log, log.end, { from }), events: log.events }
}

function activationAt({ events, clock }: Log, end: number, { from = 0, token = '1.mac' } = {}): Activation {
  return {
    executionId: 'execution-1',
    run: 1,
    kind: 'test',
    activationId: `activation-${end}`,
    token,
    activationAt: clock,
    snapshotSequence: end,
    from,
    events: events.slice(from, end),
    updates: [],
    info: { queue: 'default', startedAt: 1, historyLength: end, continueAsNewSuggested: false },
  }
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

const unused = () => undefined

/** A worker's activations, whose reports go nowhere until they are settled. */
async function atWork(answer: (asked: Asked) => Answer, definition = chain as AnyWorkflow) {
  const wire = await Wire.open(answer)
  open.push(wire)
  const service = new Service({ url: wire.url, org: 'acme', apiKey: 'key' })
  const reports: { report: Report; settled: (outcome: Settled) => void }[] = []
  const ended: string[] = []
  const held = new HeldWork()
  const kept = new KeptRuns(10, unused)
  let free = 0
  const work = new ActivationWork({
    held,
    read: (...asked) => readHistory(service, ...asked),
    fail: (...told) => sendFailure(service, ...told),
    kept,
    workflow: () => definition,
    log: unused,
    post: (report, _, settled) => reports.push({ report, settled }),
    released: () => {
      free += 1
    },
    ended: (_, outcome) => ended.push(outcome),
  })
  const host = { service, queue: 'default', hello: () => ({ type: 'drain' }) as const, received: unused }
  const connection = new Connection({ ...host, welcomed: unused, lost: unused, failed: unused, refused: unused }, 0)
  return {
    wire,
    reports,
    ended,
    held,
    kept,
    free: () => free,
    perform: (activation: Activation) => work.perform(activation, connection),
  }
}

async function perform(activation: Activation, answer: (asked: Asked) => Answer) {
  const { perform: begin, reports, ...rest } = await atWork(answer)
  await begin(activation)
  return { ...rest, reports: reports.map(({ report }) => report) }
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

test('L9: an activation that comes again, or late, leaves the run as it is', async () => {
  const driver = new Driver(chain)
  const { log } = driver
  await driver.activate()
  const early = log.end - 2
  log.complete('task-1', 1)
  const worker = await atWork(() => ({ body: {} }))
  const now = activationAt(log, log.end)
  await worker.perform(now)
  // Its answer is under way.
  await worker.perform(now)
  expect(worker.reports).toHaveLength(1)
  const [first] = worker.reports
  if (first === undefined) throw new Error('nothing is reported')
  const reply = { at: log.clock, lastSequence: log.end + 2 }
  first.settled({ result: { ok: true }, reply, reports: [first.report], results: [{ ok: true }] })
  const run = worker.kept.find('execution-1', 1)
  expect(run).toBeDefined()
  await worker.perform(activationAt(log, early))
  expect(worker.reports).toHaveLength(1)
  expect(worker.kept.find('execution-1', 1)).toBe(run)
  expect(worker.free()).toBe(3)
  // Taken back and given again: the service knows better.
  await worker.perform(activationAt(log, early, { token: '2.mac' }))
  expect(worker.reports).toHaveLength(2)
})

/** Two tasks at once: when one has ended, the code has nothing to say. */
const both = workflow({
  name: 'test',
  run: (ctx) => Promise.all([ctx.task('a'), ctx.task('b')]),
})

/** A worker that has given its idle answer to `now`; `settle` lets it arrive. */
async function afterIdleAnswer() {
  const driver = new Driver(both)
  const { log } = driver
  await driver.activate()
  log.complete('task-1', 1)
  const worker = await atWork(() => ({ body: {} }), both)
  const now = activationAt(log, log.end)
  await worker.perform(now)
  const [first] = worker.reports
  if (first === undefined) throw new Error('nothing is reported')
  const reply = { at: log.clock, lastSequence: log.end }
  const settle = () => first.settled({ result: { ok: true }, reply, reports: [first.report], results: [{ ok: true }] })
  return { worker, now, settle }
}

test('L8: an activation that is given again while its idle answer is under way is answered again', async () => {
  const { worker, now, settle } = await afterIdleAnswer()
  await worker.perform(now)
  expect(worker.free()).toBe(1)
  settle()
  await expect.poll(() => worker.reports.length).toBe(2)
  expect(worker.reports[1]?.report).toEqual(worker.reports[0]?.report)
  expect(worker.free()).toBe(2)
  expect(worker.held.isEmpty).toBe(false)
})

test('L8: an activation that is given again while its run is ahead of the service is done anew', async () => {
  const { worker, now, settle } = await afterIdleAnswer()
  settle()
  const ahead = worker.kept.find('execution-1', 1)
  if (ahead === undefined) throw new Error('the run is not kept')
  Object.assign(ahead, { isBusy: true, isForeseeing: true })
  await worker.perform(now)
  expect(worker.reports).toHaveLength(2)
  expect(worker.free()).toBe(2)
  expect(worker.kept.find('execution-1', 1)).not.toBe(ahead)
})
