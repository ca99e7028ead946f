/** Cases of the worker suite: what comes from outside, other executions, tasks in progress, and leaving. */
import { deepStrictEqual as equal, ok } from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { CancelledFailure, ChildWorkflowFailure, defineSignal, PromiseRejected, task, workflow } from 'perdure'
import { WorkflowCancelledError } from 'perdure/client'
import { TestEnvironment } from 'perdure/testing'
import { type Case, until } from './workshop.ts'

const go = defineSignal<number>('go')

const listens = task({
  name: 'listens',
  async run(_: undefined, ctx) {
    ctx.heartbeat({ alive: true })
    await new Promise((_resolve, reject) => ctx.signal.addEventListener('abort', () => reject(ctx.signal.reason)))
  },
})

const talks: Case = {
  name: 'signals, handlers, conditions and promises from outside',
  async run(shop) {
    const talking = workflow({
      name: 'talking',
      async run(ctx) {
        const heard: number[] = []
        ctx.onSignal(defineSignal<number>('more'), (value) => heard.push(value))
        const first = await ctx.signals(go).next()
        await ctx.until(() => heard.length === 2)
        const asked = await ctx.promise<string>('asked')
        const no: unknown = await ctx.promise('refused').catch((error: unknown) => error)
        ctx.state.set('heard', heard)
        return { first, heard, asked, isRejected: PromiseRejected.is(no), kept: ctx.state.get('heard') }
      },
    })
    await shop.worker({ workflows: [talking], cachedExecutions: 0 })
    const handle = await shop.client.start(talking, undefined, { queue: shop.queue })
    for (const [name, value] of [
      ['more', 1],
      ['go', 7],
      ['more', 2],
    ] as const)
      await handle.signal(name, value)
    await shop.client.resolvePromise(handle.id, 'asked', 'yes')
    await shop.client.rejectPromise(handle.id, 'refused', new Error('no'))
    equal(await handle.result(), { first: 7, heard: [1, 2], asked: 'yes', isRejected: true, kept: [1, 2] })
  },
}

const family: Case = {
  name: 'children: their results, their failures, signals to them',
  async run(shop) {
    const child = workflow({
      name: 'child',
      async run(ctx, input: { fails?: boolean }) {
        if (input.fails) throw new Error('on purpose')
        return ctx.signals(go).next()
      },
    })
    const parent = workflow({
      name: 'parent',
      async run(ctx) {
        const running = ctx.child(child, {})
        await running.signal(go, 5)
        const failed: unknown = await ctx.child(child, { fails: true }).catch((error: unknown) => error)
        return [await running, ChildWorkflowFailure.is(failed)]
      },
    })
    await shop.worker({ workflows: [parent, child] })
    equal(await shop.client.execute(parent, undefined, { queue: shop.queue }), [5, true])
  },
}

const cancelling: Case = {
  name: 'W8 W14 cancellation reaches workflow and task; what is shielded is finished',
  async run(shop) {
    const cleaned: string[] = []
    const clean = task({ name: 'clean', run: (what: string) => cleaned.push(what) })
    const holding = workflow({
      name: 'holding',
      async run(ctx) {
        try {
          await ctx.task(listens)
        } finally {
          await ctx.shield((shielded) => shielded.task(clean, 'all'))
        }
      },
    })
    await shop.worker({ workflows: [holding], tasks: [listens, clean] })
    const handle = await shop.client.start(holding, undefined, { queue: shop.queue })
    await until(async () => (await handle.describe()).awaiting.find(({ why }) => why?.includes('with a worker')))
    await handle.cancel('enough')
    const error: unknown = await handle.result().catch((caught: unknown) => caught)
    ok(WorkflowCancelledError.is(error), String(error))
    equal(cleaned, ['all'])
    const types = (await handle.history()).events.map(({ type }) => type)
    ok(types.includes('TASK_CANCELLED') && !types.includes('TASK_FAILED'), types.join())
  },
}

const handingOver: Case = {
  name: 'handOver: somebody else completes the attempt over HTTP',
  async run(shop) {
    let token = ''
    const sign = task({
      name: 'sign',
      run(_: undefined, ctx) {
        token = ctx.handOver()
      },
    })
    const contract = workflow({ name: 'contract', run: (ctx) => ctx.task<string>('sign') })
    const worker = await shop.worker({ workflows: [contract], tasks: [sign] })
    const handedOver = new Promise((resolve) => worker.on('task', ({ outcome }) => resolve(outcome)))
    const handle = await shop.client.start(contract, undefined, { queue: shop.queue })
    equal(await handedOver, 'HANDED_OVER')
    await shop.post(`/workflow-executions/${handle.id}/tasks/task-1/complete`, { token, output: 'signed' })
    equal(await handle.result(), 'signed')
  },
}

const watching: Case = {
  name: 'W13 progress and tokens reach whoever watches',
  async run(shop) {
    const speaks = task({
      name: 'speaks',
      async run(_: undefined, ctx) {
        ctx.progress(0.5)
        ctx.stream.token('hello')
        await pause(100)
      },
    })
    const speaking = workflow({ name: 'speaking', run: (ctx) => ctx.task(speaks) })
    const handle = await shop.client.start(speaking, undefined, { queue: shop.queue })
    const events: string[] = []
    const frames: string[] = []
    const watched = Promise.all([
      (async () => {
        for await (const { type } of handle.watch()) events.push(type)
      })(),
      (async () => {
        for await (const { type } of handle.watchTask('task-1')) frames.push(type)
      })(),
    ])
    await shop.worker({ workflows: [speaking], tasks: [speaks] })
    await watched
    equal(frames, ['Progress', 'Token'])
    equal(events.at(-1), 'WORKFLOW_COMPLETED')
  },
}

const testing: Case = {
  name: 'perdure/testing: a workflow of hours in no time',
  async run() {
    const patient = workflow({
      name: 'patient',
      async run(ctx) {
        await ctx.sleep('3 hours')
        return ctx.promise<string>('asked')
      },
    })
    const env = await TestEnvironment.create({ workflows: [patient], tasks: [] })
    const handle = await env.start(patient, undefined)
    await handle.resolvePromise('asked', 'in time')
    equal(await handle.result(), 'in time')
    await env.close()
  },
}

const draining: Case = {
  name: 'drain finishes what is held, and takes nothing new',
  async run(shop) {
    const gate = Promise.withResolvers<string>()
    const held = task({ name: 'held', run: () => gate.promise })
    const one = workflow({ name: 'one', run: (ctx) => ctx.task(held) })
    const worker = await shop.worker({ workflows: [one], tasks: [held] })
    const handle = await shop.client.start(one, undefined, { queue: shop.queue })
    await until(() => (worker.metrics.tasks > 0 ? true : undefined))
    const drained = worker.drain()
    const next = await shop.client.start(one, undefined, { queue: shop.queue })
    gate.resolve('done')
    await drained
    equal(worker.metrics.tasks, 0)
    await shop.worker({ workflows: [one], tasks: [held] })
    equal([await handle.result(), await next.result()], ['done', 'done'])
  },
}

const stopped: Case = {
  name: 'W8 a worker that stops aborts its tasks',
  async run(shop) {
    const reasons: unknown[] = []
    const told = task({
      name: 'told',
      run: (_: undefined, ctx) =>
        new Promise<void>((resolve) =>
          ctx.signal.addEventListener('abort', () => {
            reasons.push(ctx.signal.reason)
            resolve()
          }),
        ),
    })
    const one = workflow({ name: 'one', run: (ctx) => ctx.task(told) })
    const worker = await shop.worker({ workflows: [one], tasks: [told] })
    const handle = await shop.client.start(one, undefined, { queue: shop.queue })
    await until(() => (worker.metrics.tasks > 0 ? true : undefined))
    worker.stop()
    equal(
      reasons.map((reason) => CancelledFailure.is(reason)),
      [true],
    )
    await handle.terminate()
  },
}

export const language: Case[] = [talks, family, cancelling, handingOver, watching, testing, draining, stopped]
