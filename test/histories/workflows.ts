/**
 * Workflows whose logs are kept beside this file. A change of the SDK must not make an old log disagree with them; so they
 * are never edited, only added to.
 */
import {
  type AnyWorkflow,
  ApplicationFailure,
  type ChildWorkflow,
  defineSignal,
  TimeoutFailure,
  task,
  type WorkflowContext,
  workflow,
} from '../../sdk/index.ts'

export const double = task({ name: 'double', run: (n: number) => n * 2 })
export const failing = task({
  name: 'failing',
  run: (): number => {
    throw new ApplicationFailure('no', { type: 'No', nonRetryable: true })
  },
})
export const hanging = task({
  name: 'hanging',
  retry: { maximumAttempts: 2 },
  run: (_: unknown, ctx) =>
    new Promise<number>((_resolve, reject) => {
      ctx.signal.addEventListener('abort', () => reject(ctx.signal.reason))
    }),
})
export const said = defineSignal<string>('said')

const outcome = (promise: PromiseLike<unknown>): Promise<unknown> =>
  Promise.resolve(promise).catch((error: unknown) => (error instanceof Error ? error.name : 'something else'))

export const tasks = workflow({
  name: 'tasks',
  async run(ctx, input: { n: number }) {
    const all = await Promise.all(Array.from({ length: input.n }, (_, n) => ctx.task(double, n)))
    const mapped = await ctx.map(all, (n) => ctx.task(double, n), { concurrency: 2 })
    const failed = await outcome(ctx.task(failing))
    const timedOut = await outcome(ctx.task(hanging, undefined, { startToCloseTimeout: '1s' }))
    const unwanted = ctx.task(hanging)
    const never = ctx.task('nobody')
    await ctx.sleep('1s')
    never.cancel()
    unwanted.cancel()
    return { all, mapped, failed, timedOut, cancelled: [await outcome(never), await outcome(unwanted)] }
  },
})

export const timers = workflow({
  name: 'timers',
  async run(ctx) {
    const timer = ctx.timer('1 hour')
    await ctx.sleepUntil(ctx.now() + 1_000)
    timer.cancel()
    const limited = await ctx.withTimeout('10s', ctx.sleep('1 day')).catch((error: unknown) => TimeoutFailure.is(error))
    const first = await Promise.race([ctx.sleep('2s').then(() => 'slow'), ctx.sleep('1s').then(() => 'fast')])
    const any = await Promise.any([outcome(ctx.task(double, 1)), ctx.sleep('1 day')])
    return { cancelled: await outcome(timer), limited, first, any }
  },
})

export const chance = workflow({
  name: 'chance',
  async run(ctx) {
    const before = [ctx.now(), ctx.random(), ctx.uuid()]
    const effects = await Promise.all([ctx.run('first', async () => 1), ctx.run('second', async () => 2)])
    const broken = await outcome(ctx.run('broken', () => Promise.reject(new Error('broken'))))
    await ctx.sleep('1 minute')
    const { historyLength, kind, run } = ctx.info
    return { before, effects, broken, after: [ctx.now(), ctx.random(), ctx.uuid()], historyLength, kind, run }
  },
})

export const promises = workflow({
  name: 'promises',
  async run(ctx) {
    const early = await ctx.promise('early')
    const settled = await outcome(ctx.promise('settled'))
    const refused = await outcome(ctx.promise('refused'))
    const forgotten = await outcome(ctx.promise('forgotten', { timeout: '3 days' }))
    return { early, settled, refused, forgotten }
  },
})

export const signals = workflow({
  name: 'signals',
  async run(ctx) {
    const channel = ctx.signals(said)
    const first = await channel.next()
    const none = await outcome(channel.next({ timeout: '1 minute' }))
    const later: string[] = []
    for await (const word of channel) {
      if (word === 'end') break
      later.push(word)
      if (channel.has()) later.push(...channel.drain())
    }
    let count = 0
    ctx.onSignal('count', async (by: number) => {
      await ctx.task(double, by)
      count += by
    })
    await ctx.until(() => count >= 3)
    await ctx.until(ctx.handlersDone)
    const idle = await outcome(ctx.until(() => false, { timeout: '1s' }))
    return { first, none, later, count, idle }
  },
})

export const child = workflow({
  name: 'child',
  async run(ctx, input: 'succeed' | 'fail' | 'wait') {
    if (input === 'fail') throw new ApplicationFailure('no', { type: 'No' })
    if (input === 'wait') await ctx.promise('never')
    return input
  },
})

export const children = workflow({
  name: 'children',
  async run(ctx) {
    const begin = (input: 'succeed' | 'fail' | 'wait', id: string, timeout?: '1 hour'): ChildWorkflow<string> =>
      ctx.child(child, input, { id, ...(timeout !== undefined && { timeout }) })
    const ends = await Promise.all([outcome(begin('succeed', 'good')), outcome(begin('fail', 'bad'))])
    const terminated = outcome(begin('wait', 'terminated'))
    const timedOut = outcome(begin('wait', 'timed-out', '1 hour'))
    const unwanted = begin('wait', 'unwanted')
    await unwanted.signal(said, 'hello')
    await ctx.sleep('1 minute')
    unwanted.cancel()
    ctx.child(child, 'wait', { id: 'left', parentClosePolicy: 'ABANDON' })
    return [...ends, await outcome(unwanted), await terminated, await timedOut]
  },
})

export const externals = workflow({
  name: 'externals',
  async run(ctx) {
    const other = ctx.execution('other')
    await other.signal(said, 'hello')
    await other.cancel('enough')
    const nobody = ctx.execution('nobody')
    return [await outcome(nobody.signal(said, 'hello')), await outcome(nobody.cancel())]
  },
})

export const cancelled = workflow({
  name: 'cancelled',
  async run(ctx) {
    const work = ctx.task(hanging)
    try {
      await Promise.all([work, ctx.sleep('1 day'), ctx.promise('never')])
    } finally {
      await ctx.shield((shielded) => cleanUp(shielded))
      ctx.state.set('why', ctx.cancellation.reason ?? null)
    }
  },
})

async function cleanUp(ctx: WorkflowContext): Promise<void> {
  await ctx.task(double, 21)
  await ctx.sleep('1s')
}

export const state = workflow({
  name: 'state',
  async run(ctx, input: { n: number }) {
    for (let n = 0; n < input.n; n += 1) {
      ctx.state.set(`key-${n}`, { n, half: n / 2 })
      await ctx.sleep('1s')
    }
    ctx.state.delete('key-0')
    ctx.setAttributes({ keys: ctx.state.keys(), done: true })
    return ctx.state.get('key-1')
  },
})

export const refused = workflow({
  name: 'refused',
  async run(ctx) {
    await ctx.task(failing)
  },
})

export const workflows: AnyWorkflow[] = [
  tasks,
  timers,
  chance,
  promises,
  signals,
  child,
  children,
  externals,
  cancelled,
  state,
  refused,
]
