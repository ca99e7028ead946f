/**
 * Types of `perdure`: what does not fit does not compile. Nothing here runs; `npm run types` is the test, and an
 * `@ts-expect-error` that no longer has an error is one.
 */
import { z } from 'zod'
import {
  type ChildWorkflow,
  type DurablePromise,
  defineSignal,
  type OutsidePromise,
  task,
  type WorkflowContext,
  workflow,
} from '../../../sdk/index.ts'

/** Compiles only when both are the same type. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const same = <_Equal extends true>(): void => undefined

const resize = task({
  name: 'resize',
  run: async (input: { key: string; width: number }) => ({ key: input.key, bytes: 1n }),
})
const ping = task({ name: 'ping', run: () => 'pong' })
const parsed = task({ name: 'parsed', input: z.object({ size: z.coerce.number<string>() }), run: (input) => input.size })
const album = workflow({ name: 'album', run: async (_, input: { keys: string[] }) => ({ published: input.keys.length }) })
const nightly = workflow({ name: 'nightly', run: async () => undefined })
const approved = defineSignal<boolean>('approved')
const nudge = defineSignal('nudge')
const level = defineSignal<'low' | 'high'>('level')

export async function tasks(ctx: WorkflowContext): Promise<void> {
  const thumb = ctx.task(resize, { key: 'a', width: 256 }, { priority: 1, startToCloseTimeout: '30s' })
  same<Same<typeof thumb, DurablePromise<{ key: string; bytes: bigint }>>>()
  same<Same<Awaited<typeof thumb>['bytes'], bigint>>()
  same<Same<ReturnType<typeof pingIt>, DurablePromise<string>>>()
  same<Same<Awaited<ReturnType<typeof parseIt>>, number>>()
  const named = await ctx.task('resize', { any: 'thing' })
  same<Same<typeof named, unknown>>()
  const told = await ctx.task<{ key: string }>('resize', 1)
  same<Same<typeof told, { key: string }>>()
  // @ts-expect-error a width is missing
  await ctx.task(resize, { key: 'a' })
  // @ts-expect-error a width is a number
  await ctx.task(resize, { key: 'a', width: '256' })
  // @ts-expect-error an input is needed
  await ctx.task(resize)
  // @ts-expect-error the input of the schema is text
  await ctx.task(parsed, { size: 5 })
  // @ts-expect-error there is no such option
  await ctx.task(ping, undefined, { patience: 1 })
  // @ts-expect-error that is no duration
  await ctx.task(ping, undefined, { startToCloseTimeout: 'soon' })
  // @ts-expect-error the result has no width
  ;(await thumb).width
  // @ts-expect-error the result of a task that nobody defined is unknown
  named.key
  // @ts-expect-error a workflow is not a task
  ctx.task(album, { keys: [] })
}
const pingIt = (ctx: WorkflowContext) => ctx.task(ping)
const parseIt = (ctx: WorkflowContext) => ctx.task(parsed, { size: '5' })

export async function children(ctx: WorkflowContext): Promise<void> {
  const child = ctx.child(album, { keys: ['a'] }, { id: 'album-7', parentClosePolicy: 'ABANDON', timeout: '1 hour' })
  same<Same<typeof child, ChildWorkflow<{ published: number }>>>()
  await child.signal(approved, true)
  await ctx.execution(child.executionId).signal('plain', { any: 'thing' })
  await ctx.child(nightly)
  const { published } = await child
  same<Same<typeof published, number>>()
  // @ts-expect-error keys are text
  await ctx.child(album, { keys: [1] })
  // @ts-expect-error an input is needed
  await ctx.child(album)
  // @ts-expect-error there is no such policy
  await ctx.child(album, { keys: [] }, { parentClosePolicy: 'FORGET' })
  // @ts-expect-error a task is not a workflow
  ctx.child(resize, { key: 'a', width: 1 })
  // @ts-expect-error the payload of the signal is a boolean
  await child.signal(approved, 'yes')
  // @ts-expect-error a payload is needed
  await child.signal(approved)
  // @ts-expect-error the payload of the signal is a boolean
  await ctx.execution('x').signal(approved, 1)
  // @ts-expect-error a reason is text
  await ctx.execution('x').cancel({ because: 'so' })
  // @ts-expect-error the result has no title
  ;(await child).title
}

export async function signals(ctx: WorkflowContext): Promise<void> {
  const next = ctx.signals(approved).next({ timeout: '1 day' })
  same<Same<typeof next, DurablePromise<boolean>>>()
  same<Same<ReturnType<typeof drainLevels>, ('low' | 'high')[]>>()
  for await (const each of ctx.signals(level)) same<Same<typeof each, 'low' | 'high'>>()
  const plain = await ctx.signals('plain').next()
  same<Same<typeof plain, unknown>>()
  ctx.onSignal(approved, (isApproved) => same<Same<typeof isApproved, boolean>>())
  ctx.onSignal(level, async (which) => same<Same<typeof which, 'low' | 'high'>>())
  await ctx.execution('x').signal(nudge)
  await ctx.execution('x').signal(level, 'low')
  // @ts-expect-error the handler is given a boolean
  ctx.onSignal(approved, (text: string) => text)
  // @ts-expect-error there is no such level
  await ctx.execution('x').signal(level, 'middle')
  // @ts-expect-error the payload is a boolean
  ;(await next).length
  // @ts-expect-error nobody has said what it carries
  plain.text
  // @ts-expect-error that is no duration
  await ctx.signals(approved).next({ timeout: 'a while' })
}
const drainLevels = (ctx: WorkflowContext) => ctx.signals(level).drain()

export async function waiting(ctx: WorkflowContext): Promise<void> {
  const review = ctx.promise<{ ok: boolean }>('review', { timeout: '3 days' })
  same<Same<typeof review, OutsidePromise<{ ok: boolean }>>>()
  same<Same<typeof review.promiseId, string>>()
  await ctx.until(ctx.handlersDone, { timeout: '1 minute' })
  await ctx.until(() => ctx.handlersDone() && ctx.cancellation.requested)
  const all = await ctx.map(['a', 'b'], (key, index) => ctx.task(resize, { key, width: index }), { concurrency: 2 })
  same<Same<typeof all, { key: string; bytes: bigint }[]>>()
  const limited = await ctx.withTimeout('1s', review)
  same<Same<typeof limited, { ok: boolean }>>()
  const shielded = await ctx.shield(async (inner) => inner.task(ping))
  same<Same<typeof shielded, string>>()
  // @ts-expect-error the value has no reason
  ;(await review).reason
  // @ts-expect-error a condition answers at once
  await ctx.until(async () => true)
  // @ts-expect-error a time is needed
  await ctx.sleep()
  // @ts-expect-error what `fn` gets is text
  await ctx.map(['a'], (item: number) => item)
}

export function keeping(ctx: WorkflowContext): void {
  ctx.state.set('phase', { n: 1n })
  const phase = ctx.state.get<{ n: bigint }>('phase')
  same<Same<typeof phase, { n: bigint } | undefined>>()
  same<Same<ReturnType<typeof ctx.state.keys>, string[]>>()
  ctx.setAttributes({ customer: 'c-7', tags: ['a'], count: 1, done: false })
  // @ts-expect-error it may be missing
  phase.n
  // @ts-expect-error a key is text
  ctx.state.set(1, 1)
  // @ts-expect-error an attribute is no object
  ctx.setAttributes({ customer: { id: 7 } })
  // @ts-expect-error the request is not for the code to make
  ctx.cancellation.requested = true
}

// @ts-expect-error a name is needed
task({ run: () => 1 })
// @ts-expect-error a workflow gives a promise
workflow({ name: 'w', run: () => 1 })
// @ts-expect-error the schema says that it is a number
task({ name: 't', input: z.number(), run: (input: string) => input })
// @ts-expect-error a signal has a name
defineSignal<boolean>()
