/** Definitions: their types are inferred, their inputs checked, and what a call says wins over what they say. */
import { describe, expect, expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import { checkInput } from '../../sdk/definition/schema.ts'
import { type TaskDefinition, task } from '../../sdk/definition/task.ts'
import { wireTaskOptions } from '../../sdk/definition/task-options.ts'
import { type WorkflowDefinition, workflow } from '../../sdk/definition/workflow.ts'
import { InvalidInput } from '../../sdk/failures/invalid-input.ts'

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
