/** What workflows, tasks and workers are told about themselves and each other, on the real service. */
import { ApplicationFailure, defineSignal, type LogEntry, task, workflow } from 'perdure'
import type { WorkflowHandle } from 'perdure/client'
import { Worker, type WorkerOptions } from 'perdure/worker'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { Stage } from './stage.ts'

const deadline = { timeout: 20_000, interval: 20 }

let stage: Stage
const workers: Worker[] = []
beforeAll(async () => {
  stage = await Stage.open()
})
afterEach(() => {
  for (const worker of workers.splice(0)) worker.stop()
})
afterAll(() => stage.close())

let queues = 0
async function started(options: WorkerOptions) {
  const log: LogEntry[] = []
  const queue = `told-${++queues}`
  const { url } = stage.service
  const worker = new Worker({ queue, log: (entry) => log.push(entry), ...options, url, org: 'acme', apiKey: stage.apiKey })
  workers.push(worker)
  const connected = new Promise((resolve) => worker.on('connected', resolve))
  const running = worker.run()
  running.catch(() => undefined)
  await connected
  return { worker, queue, log, running }
}

const statusOf = async (handle: WorkflowHandle) => (await handle.describe()).status

const fails = task({
  name: 'fails',
  run(input: { times: number }, ctx) {
    const { executionId, taskId, attempt, idempotencyKey } = ctx
    ctx.log.warn('tried', { attempt })
    if (attempt <= input.times) throw new ApplicationFailure('not yet', { details: { idempotencyKey }, retryAfter: 0 })
    return { executionId, taskId, attempt, idempotencyKey }
  },
})

test('a task: its execution, its id and attempt, a key that is the same in every attempt, a log', async () => {
  const twice = workflow({
    name: 'twice',
    run: (ctx) => Promise.all([ctx.task(fails, { times: 1 }), ctx.task(fails, { times: 0 })]),
  })
  const { queue, log } = await started({ workflows: [twice], tasks: [fails] })
  const handle = await stage.client.start(twice, undefined, { id: 'told-1', queue })
  const [first, second] = await handle.result()
  expect([first, second]).toMatchObject([
    { executionId: 'told-1', taskId: 'task-1', attempt: 2 },
    { executionId: 'told-1', taskId: 'task-2', attempt: 1 },
  ])
  const url = `${stage.service.url}/api/orgs/acme/workflow-executions/told-1/tasks/task-1`
  const shown = await (await fetch(url, { headers: { Authorization: `Bearer ${stage.apiKey}` } })).text()
  expect(JSON.parse(shown).attempts[0].failure.details.idempotencyKey).toBe(first.idempotencyKey)
  expect(second.idempotencyKey).not.toBe(first.idempotencyKey)
  expect(log.filter(({ taskId }) => taskId === 'task-1')).toEqual(
    [1, 2].map((attempt) => ({
      level: 'warn',
      message: 'tried',
      fields: { attempt },
      executionId: 'told-1',
      run: 1,
      taskId: 'task-1',
    })),
  )
})

test('a workflow: its info, and a log that is silent in replay, cold at every step', async () => {
  const levels = ['debug', 'info', 'warn', 'error'] as const
  const knows = workflow({
    name: 'knows',
    async run(ctx) {
      const { executionId, run, kind, queue, startedAt } = ctx.info
      const lengths: number[] = []
      for (const level of levels) {
        lengths.push(ctx.info.historyLength)
        ctx.log[level]('a step', { level })
        await ctx.sleep('10ms')
      }
      return { executionId, run, kind, queue, startedAt, lengths, suggested: ctx.info.continueAsNewSuggested }
    },
  })
  const { queue, log } = await started({ workflows: [knows], cachedExecutions: 0 })
  const handle = await stage.client.start(knows, undefined, { id: 'told-2', queue })
  const { lengths, ...info } = await handle.result()
  const { startedAt } = await handle.describe()
  expect(info).toEqual({ executionId: 'told-2', run: 1, kind: 'knows', queue, startedAt, suggested: false })
  // The start; then a timer, the suspension and the firing each time.
  expect(lengths).toEqual([1, 4, 7, 10])
  expect(log).toEqual(levels.map((level) => ({ level, message: 'a step', fields: { level }, executionId: 'told-2', run: 1 })))
})

test('whoever listens to a worker: connections, tasks, activations and errors, and its counts', async () => {
  const heard: unknown[] = []
  const stray = workflow({ name: 'stray', run: () => new Promise(() => undefined) })
  const plain = workflow({ name: 'plain', run: async (ctx) => ctx.task(fails, { times: 1 }).then(() => ctx.sleep(1)) })
  const { worker, queue } = await started({ workflows: [plain, stray], tasks: [fails] })
  worker.on('task', (event) => heard.push(event))
  worker.on('activation', ({ kind, outcome, run, activationId }) => heard.push([kind, outcome, run, activationId]))
  const forgotten = worker.on('task', () => heard.push('a listener that has left'))
  forgotten()
  await stage.client.execute(plain, undefined, { id: 'told-3', queue })
  const ended = { executionId: 'told-3', taskId: 'task-1', kind: 'fails' }
  expect(heard).toEqual(
    expect.arrayContaining([
      { ...ended, attempt: 1, outcome: 'FAILED' },
      { ...ended, attempt: 2, outcome: 'COMPLETED' },
      ['plain', 'ANSWERED', 1, 'activation-1'],
    ]),
  )
  expect(heard).not.toContain('a listener that has left')
  const { metrics } = worker
  expect(metrics).toMatchObject({ tasks: 0, tasksCompleted: 1, tasksFailed: 1, activationsFailed: 0, replays: 1 })
  expect(metrics.activationsAnswered).toBeGreaterThanOrEqual(2)
  expect(metrics.requests + metrics.messages).toBeGreaterThanOrEqual(3)
  const failed = new Promise<Error>((resolve) => worker.on('error', resolve))
  await stage.client.start(stray, undefined, { id: 'told-4', queue })
  expect(await failed).toMatchObject({ name: 'StrayCallError', code: 'stray_call' })
  expect(worker.metrics.activationsFailed).toBeGreaterThanOrEqual(1)
  const left = new Promise((resolve) => worker.on('disconnected', resolve))
  worker.stop()
  expect(await left).toEqual({ partition: 0 })
})

test('whoever looks: a worker has its id, its build and its kinds', async () => {
  const none = workflow({ name: 'none', run: async () => undefined })
  const { queue } = await started({
    workflows: [none],
    tasks: [fails],
    workerId: 'told-worker',
    build: 'v7',
  })
  const answer = await fetch(`${stage.service.url}/api/orgs/acme/workers`, {
    headers: { Authorization: `Bearer ${stage.apiKey}` },
  })
  const { items } = (await answer.json()) as { items: { workerId: string }[] }
  expect(items.find(({ workerId }) => workerId === 'told-worker')).toMatchObject({
    queue,
    build: 'v7',
    workflows: ['none'],
    tasks: ['fails'],
  })
})

test('a paused execution begins nothing, however much happens; resumed it sees it all', async () => {
  const said = defineSignal<string>('said')
  const slow = task({ name: 'slow', run: async (gate: string) => gates.get(gate)?.promise })
  const gates = new Map([['first', Promise.withResolvers<string>()]])
  const steps = workflow({
    name: 'steps',
    async run(ctx) {
      const first = await ctx.task(slow, 'first')
      return [first, await ctx.signals(said).next(), await ctx.promise('asked')]
    },
  })
  const { worker, queue } = await started({ workflows: [steps], tasks: [slow] })
  const handle = await stage.client.start(steps, undefined, { queue })
  await expect.poll(() => worker.metrics.tasks, deadline).toBe(1)
  await handle.pause('a rest')
  gates.get('first')?.resolve('task')
  await handle.signal(said, 'signal')
  await handle.resolvePromise('asked', 'promise')
  const typesOf = async () => (await handle.history()).events.map(({ type }) => type)
  await expect.poll(typesOf, deadline).toContain('TASK_COMPLETED')
  expect(await handle.describe()).toMatchObject({ status: 'PAUSED', paused: true })
  await handle.resume()
  expect(await handle.result()).toEqual(['task', 'signal', 'promise'])
  // Between pause and resumption there is only what happened to it.
  const types = await typesOf()
  expect(types.slice(types.indexOf('WORKFLOW_PAUSED') + 1, types.indexOf('WORKFLOW_RESUMED')).sort()).toEqual([
    'SIGNAL_RECEIVED',
    'TASK_COMPLETED',
  ])
})

test('executions: they signal and cancel each other, children and strangers', async () => {
  const word = defineSignal<string>('word')
  const listens = workflow({ name: 'listens', run: async (ctx) => ctx.signals(word).next() })
  const talks = workflow({
    name: 'talks',
    async run(ctx, input: { stranger: string }) {
      const stranger = ctx.execution(input.stranger)
      await stranger.signal(word, 'to a stranger')
      const heard = ctx.child(listens, undefined, { id: 'told-child', attributes: { level: 2 } })
      await heard.signal(word, 'to a child')
      const dropped = ctx.child(listens)
      dropped.cancel()
      const lost = ctx.execution('told-nobody')
      ctx.setAttributes({ stage: 'talked', parts: ['a', 'b'] })
      ctx.state.set('heard', await heard)
      const ends = await Promise.allSettled([
        dropped,
        lost.signal(word, 'to nobody'),
        lost.cancel('why not'),
        stranger.signal('word'),
      ])
      return ends.map((end) => {
        if (end.status === 'fulfilled') return 'fulfilled'
        const { cause = end.reason } = end.reason
        return `${end.reason.name}: ${cause.type}`
      })
    },
  })
  const { queue } = await started({ workflows: [talks, listens] })
  const stranger = await stage.client.start(listens, undefined, { id: 'told-stranger', queue })
  const handle = await stage.client.start(talks, { stranger: stranger.id }, { id: 'told-5', queue, attributes: { level: 1 } })
  expect(await handle.result()).toEqual([
    'ChildWorkflowFailure: CANCELLED',
    'ApplicationFailure: not_found',
    'ApplicationFailure: not_found',
    'ApplicationFailure: already_closed',
  ])
  expect(await stranger.result()).toBe('to a stranger')
  expect(await handle.describe()).toMatchObject({ attributes: { level: 1, stage: 'talked', parts: ['a', 'b'] } })
  const child = stage.client.handle('told-child', listens)
  expect(await child.result()).toBe('to a child')
  expect(await child.describe()).toMatchObject({
    attributes: { level: 2 },
    parent: { executionId: 'told-5', run: 1, childId: 'child-1' },
  })
  expect(await statusOf(stage.client.handle('told-5:1:child-2'))).toBe('CANCELLED')
  const url = `${stage.service.url}/api/orgs/acme/workflow-executions/told-5/state/heard`
  expect(await (await fetch(url, { headers: { Authorization: `Bearer ${stage.apiKey}` } })).json()).toEqual({
    value: 'to a child',
  })
})
