/** An attempt that was handed over is ended by the test, as somebody with its token ends it over HTTP. */
import { expect, test } from 'vitest'
import { WorkflowFailedError } from '../../sdk/client.ts'
import { ApplicationFailure, PerdureError, type TaskContext, TaskFailure, task, workflow } from '../../sdk/index.ts'
import { type HandedOverAttempt, TestEnvironment } from '../../sdk/testing.ts'

const attempts: HandedOverAttempt[] = []
const sign = task({
  name: 'sign',
  retry: { maximumAttempts: 2, initialInterval: '1 minute' },
  run(contract: string, ctx: TaskContext) {
    attempts.push({ executionId: ctx.executionId, taskId: ctx.taskId, token: ctx.handOver() })
    return contract
  },
})
const contract = workflow({ name: 'contract', run: (ctx, text: string) => ctx.task(sign, text) })

async function begun() {
  attempts.length = 0
  const env = await TestEnvironment.create({ workflows: [contract], tasks: [sign] })
  const handle = await env.start(contract, 'we agree')
  await env.time.advance('1 day')
  const [attempt] = attempts
  if (attempt === undefined) throw new Error('nothing was handed over')
  return { env, handle, attempt }
}

const codeOf = (error: unknown): unknown => PerdureError.is(error) && error.code

test('completed, with that value, however late; a second time it is taken as done', async () => {
  const { env, handle, attempt } = await begun()
  await using _ = env
  expect((await handle.describe()).awaiting).toMatchObject([{ type: 'task', why: expect.stringContaining('handed over') }])
  await env.completeTask(attempt, { signed: new Date(0) })
  expect(await handle.result()).toEqual({ signed: new Date(0) })
  await env.completeTask(attempt, { signed: new Date(0) })
})

test('failed, it is tried again, and the token of the first attempt is no longer good', async () => {
  const { env, handle, attempt } = await begun()
  await using _ = env
  await env.failTask(attempt, new ApplicationFailure('the pen is empty', { type: 'Pen' }))
  await env.time.advance('1 minute')
  expect(attempts).toHaveLength(2)
  expect(codeOf(await env.completeTask(attempt, 1).catch((error: unknown) => error))).toBe('stale_attempt')
  await env.failTask(attempts[1] ?? attempt, 'no more pens')
  const error: unknown = await handle.result().catch((thrown: unknown) => thrown)
  expect(WorkflowFailedError.is(error) && TaskFailure.is(error.cause) && error.cause.message).toContain('no more pens')
})

test('what no execution has is refused by its name', async () => {
  const { env, attempt } = await begun()
  await using _ = env
  const error: unknown = await env.completeTask({ ...attempt, executionId: 'nobody' }).catch((thrown: unknown) => thrown)
  expect([codeOf(error), String(error)]).toEqual(['not_found', expect.stringContaining('nobody')])
})
