/** A worker process whose tasks note why they were asked to stop, and what they hand over. */
import { appendFileSync, existsSync } from 'node:fs'
import { ApplicationFailure, CancelledFailure, TaskFailure, type TaskOptions, TimeoutFailure, task, workflow } from 'perdure'
import { Worker } from 'perdure/worker'

const { PERDURE_URL: url = '', PERDURE_API_KEY: apiKey = '', STEPS_FILE = '/dev/null', TASK_SLOTS = '5' } = process.env

const note = (line: string): void => appendFileSync(STEPS_FILE, `${line}\n`)

/** Runs until it is told to stop, and rejects with the reason. */
const listens = task({
  name: 'listens',
  async run(_: undefined, ctx) {
    ctx.heartbeat({ attempt: ctx.attempt, after: ctx.lastHeartbeat })
    note(`begun ${ctx.attempt}`)
    await new Promise((_resolve, reject) => ctx.signal.addEventListener('abort', () => reject(ctx.signal.reason))).catch(
      (reason: unknown) => {
        if (TimeoutFailure.is(reason)) note(`stopped ${ctx.attempt} TimeoutFailure ${JSON.stringify(reason.details)}`)
        else if (CancelledFailure.is(reason)) note(`stopped ${ctx.attempt} CancelledFailure`)
        else note(`stopped ${ctx.attempt} ${String(reason)}`)
        throw reason
      },
    )
  },
})

/** Ends at its second attempt, which says what the first has left. */
const resumes = task({
  name: 'resumes',
  async run(input: { until: string }, ctx) {
    if (ctx.attempt > 1) return ctx.lastHeartbeat
    for (const page of [1, 2, 3]) ctx.heartbeat({ page })
    while (!existsSync(input.until)) await new Promise((resolve) => setTimeout(resolve, 20))
    throw new ApplicationFailure('on purpose')
  },
})

/** Somebody else completes it, unless it fails first. */
const sign = task({
  name: 'sign',
  async run(input: { fails?: boolean } | undefined, ctx) {
    const token = ctx.handOver()
    ctx.heartbeat({ sent: true })
    note(`token ${ctx.executionId} ${ctx.attempt} ${token}`)
    if (input?.fails && ctx.attempt === 1) throw new ApplicationFailure('not sent')
    return 'not the result'
  },
})

const quick = task({ name: 'quick', run: () => 'quick' })

const watched = workflow({
  name: 'watched',
  async run(ctx, input: { task: string; input?: object; options?: TaskOptions; cancelAfter?: number }) {
    const running = ctx.task(input.task, input.input, input.options)
    if (input.cancelAfter !== undefined) {
      await ctx.sleep(input.cancelAfter)
      running.cancel()
    }
    try {
      return { output: await running }
    } catch (error) {
      if (CancelledFailure.is(error)) return { cancelled: true }
      const cause = TaskFailure.is(error) ? error.cause : error
      return { cause: TimeoutFailure.is(cause) ? cause.details : String(cause) }
    }
  },
})

const worker = new Worker({
  url,
  org: 'acme',
  apiKey,
  workflows: [watched],
  tasks: [listens, resumes, sign, quick],
  slots: { workflow: 20, task: Number(TASK_SLOTS) },
  log: () => undefined,
})
worker.on('connected', () => console.log('connected'))
worker.on('task', ({ kind, outcome }) => note(`ended ${kind} ${outcome}`))
await worker.run()
