/** Definitions: their types are inferred, their inputs checked, and what a call says wins over what they say. */
import { describe, expect, expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import { Client } from '../../sdk/client/client.ts'
import { checkInput } from '../../sdk/definition/schema.ts'
import { type TaskDefinition, task } from '../../sdk/definition/task.ts'
import { wireTaskOptions } from '../../sdk/definition/task-options.ts'
import { type WorkflowDefinition, workflow } from '../../sdk/definition/workflow.ts'
import { InvalidInput } from '../../sdk/failures/invalid-input.ts'
import { TestEnvironment } from '../../sdk/testing.ts'
import { Worker } from '../../sdk/worker/worker.ts'

const order = z.object({ items: z.array(z.object({ name: z.string(), 'unit price': z.coerce.number() })) })

describe('inputs', () => {
  test('come out as the schema makes them', async () => {
    expect(await checkInput(order, { items: [{ name: 'a', 'unit price': '5' }] }, 'order')).toEqual({
      items: [{ name: 'a', 'unit price': 5 }],
    })
    expect(await checkInput(undefined, { any: 'thing' }, 'order')).toEqual({ any: 'thing' })
  })

  test('are refused with everything that is wrong, by path', async () => {
    const input = {
      items: [
        { name: 'a', 'unit price': 'x' },
        { name: 1, 'unit price': 5 },
      ],
    }
    const thrown: unknown = await checkInput(order, input, 'order').catch((error: unknown) => error)
    expect(InvalidInput.is(thrown) && thrown.problems.map(({ path }) => path)).toEqual([
      'items[0]["unit price"]',
      'items[1].name',
    ])
    expect(thrown).toMatchObject({
      type: 'InvalidInput',
      nonRetryable: true,
      message: expect.stringContaining('items[1].name: '),
    })
    await expect(checkInput(z.string(), 5, 'greet')).rejects.toMatchObject({ problems: [{ path: '' }] })
  })
})

describe('a definition is refused where it is made', () => {
  const run = async () => 1
  test.each<[object, string]>([
    [{ run }, 'the name of a task: Invalid input: expected string'],
    [{ name: 'a/b', run }, 'the name of a task: a name has no control characters and no /'],
    [{ name: 'a' }, 'task a.run: a function is required'],
    [{ name: 'a', run, input: { parse: run } }, 'task a.input: a Standard Schema is required'],
    [{ name: 'a', run, queue: 'b c' }, 'task a.queue: a queue is 1 to 100 of'],
    [{ name: 'a', run, priority: 1_001 }, 'task a.priority: Too big: expected number to be <=1000'],
    [{ name: 'a', run, retry: { maximumAttempts: -1 } }, 'task a.retry.maximumAttempts: Too small: expected number to be >=0'],
    [{ name: 'a', run, startToCloseTimeout: 0 }, 'task a.timeouts.startToCloseMs: Too small: expected number to be >=1'],
    [{ name: 'a', run, heartbeatTimeout: '5 x' }, 'heartbeatTimeout: "5 x" is not a duration'],
    [{ name: 'a', run, retry: { initialInterval: -1 } }, 'retry.initialInterval: -1 is not a duration'],
  ])('%j: %s', (definition, message) => {
    expect(() => Reflect.apply(task, undefined, [definition])).toThrow(message)
  })

  test('of a workflow too', () => {
    expect(() => workflow({ name: '', run: async () => 1 })).toThrow('the name of a workflow: a name has at least 1 character')
    expect(() => Reflect.apply(workflow, undefined, [{ name: 'a' }])).toThrow('workflow a.run: a function is required')
  })
})

describe('what is no definition of its type is refused where it is used', () => {
  const greet = task({ name: 'greet', run: async () => 'hello' })
  const album = workflow({ name: 'album', run: async () => 1 })
  const circular = 'what workflow() makes is required, this is undefined, as imports in a circle are at first'

  test.each<[object, string]>([
    [{ workflows: [album, undefined] }, `workflows[1]: ${circular}`],
    [{ workflows: [greet] }, 'workflows[0]: what workflow() makes is required, this is a task'],
    [{ tasks: [{ name: 'greet' }] }, 'tasks[0]: what task() makes is required, this is something else'],
    [{ workflows: [album, album] }, 'there are two workflows named "album"'],
    [{}, 'workflows and tasks are missing'],
    [{ workflows: [album], queue: 'a b' }, 'queue is "a b": a queue is 1 to 100 of'],
    [{ workflows: [album], build: '' }, 'build is "": a name has at least 1 character'],
    [{ workflows: [album], workerId: 'a/b' }, 'workerId is "a/b": a name has no control characters and no /'],
    [{ workflows: [album], slots: { task: -1 } }, 'slots.task is -1: it must be a whole number from 1 to 10,000'],
  ])('a worker with %j: %s', (options, message) => {
    expect(() => Reflect.construct(Worker, [{ apiKey: 'pd_worker_x', ...options }])).toThrow(message)
  })

  test('by a client, before anything is sent', async () => {
    const client = new Client({ send: () => Promise.reject(new Error('it was sent')) })
    await expect(Reflect.apply(client.start, client, [undefined])).rejects.toThrow(`the workflow to start: ${circular}`)
    await expect(Reflect.apply(client.start, client, [greet])).rejects.toThrow('this is a task')
    await expect(client.start(album, undefined, { timeout: -5 })).rejects.toThrow('timeout: -5 is not a duration')
  })

  test('by a workflow', async () => {
    const wrong = workflow({
      name: 'wrong',
      async run(ctx): Promise<string[]> {
        const said = (error: unknown) => String(error)
        const calls = [() => Reflect.apply(ctx.task, ctx, [undefined]), () => Reflect.apply(ctx.child, ctx, [greet])]
        return Promise.all(calls.map(async (call) => said(await Promise.resolve().then(call).catch(said))))
      },
    })
    const env = await TestEnvironment.create({ workflows: [wrong] })
    expect(await (await env.start(wrong)).result()).toEqual([
      'InvalidValue: the task of ctx.task: what task() makes is required, this is undefined, as imports in a circle are at first',
      'InvalidValue: the workflow of ctx.child: what workflow() makes is required, this is a task',
    ])
    await env.close()
  })
})

test('types are inferred from `run`, or from the schema', () => {
  const byRun = task({ name: 'a', run: async (input: { key: string }) => input.key.length })
  expectTypeOf(byRun).toEqualTypeOf<TaskDefinition<{ key: string }, number>>()
  const bySchema = task({ name: 'b', input: z.object({ n: z.string().transform(Number) }), run: ({ n }) => n })
  expectTypeOf(bySchema).toEqualTypeOf<TaskDefinition<{ n: string }, number>>()
  const flow = workflow({
    name: 'c',
    async run(ctx, input: { key: string }) {
      const length = await ctx.task(byRun, input)
      expectTypeOf(length).toEqualTypeOf<number>()
      return { length }
    },
  })
  expectTypeOf(flow).toEqualTypeOf<WorkflowDefinition<{ key: string }, { length: number }>>()
  expect(Object.isFrozen(flow)).toBe(true)
})

test('task options: the call wins, field by field, and nothing is sent that nobody said', () => {
  expect(wireTaskOptions({}, {})).toEqual({})
  expect(
    wireTaskOptions(
      { queue: 'slow', retry: { maximumAttempts: 5, initialInterval: '1s' }, startToCloseTimeout: '30s', priority: 1 },
      {
        queue: 'fast',
        retry: { maximumAttempts: 0, maximumInterval: '1 minute', backoffCoefficient: 3, nonRetryable: ['Bad'] },
        scheduleToStartTimeout: 5,
        scheduleToCloseTimeout: '1 hour',
        heartbeatTimeout: '2s',
        priority: 0,
      },
    ),
  ).toEqual({
    queue: 'fast',
    retry: {
      initialIntervalMs: 1_000,
      maximumAttempts: 0,
      maximumIntervalMs: 60_000,
      backoffCoefficient: 3,
      nonRetryable: ['Bad'],
    },
    timeouts: { startToCloseMs: 30_000, scheduleToStartMs: 5, scheduleToCloseMs: 3_600_000, heartbeatMs: 2_000 },
    priority: 0,
  })
})
