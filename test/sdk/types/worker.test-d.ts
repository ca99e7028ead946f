/** Types of `perdure/worker`: what does not fit does not compile. Nothing here runs. */
import { task, workflow } from '../../../sdk/index.ts'
import { Worker } from '../../../sdk/worker.ts'

const album = workflow({ name: 'album', run: async (_, input: { keys: string[] }) => input.keys.length })
const resize = task({
  name: 'resize',
  async run(input: { width: number }, ctx) {
    ctx.signal.throwIfAborted()
    ctx.heartbeat({ done: 1 })
    // @ts-expect-error it is told by whom it was handed out, not who asks
    ctx.attempt = 2
    // @ts-expect-error what was said last is unknown
    ctx.lastHeartbeat.done
    return input.width
  },
})

export function workers(): void {
  const worker = new Worker({ queue: 'media', workflows: [album], tasks: [resize], slots: { workflow: 50, task: 20 } })
  worker.on('task', ({ outcome }) => outcome === 'COMPLETED')
  worker.on('error', (error) => error.message)
  // @ts-expect-error a task is not a workflow
  new Worker({ workflows: [resize] })
  // @ts-expect-error a workflow is not a task
  new Worker({ tasks: [album] })
  // @ts-expect-error slots are counted
  new Worker({ tasks: [resize], slots: 5 })
  // @ts-expect-error there is no such event
  worker.on('finished', () => undefined)
  // @ts-expect-error there is no such outcome
  worker.on('task', ({ outcome }) => outcome === 'LOST')
}
