/** A worker with one task, which notes that it began, and ends as it is told. */
import { appendFileSync } from 'node:fs'
import { ApplicationFailure, task } from 'perdure'
import { Worker } from 'perdure/worker'
import { Words } from './flow-words.ts'

const { STEPS_FILE = '/dev/null' } = process.env

const stepped = task({
  name: 'stepped',
  async run({ name, value, folder }: { name: string; value: unknown; folder: string }, ctx) {
    const { executionId: execution, attempt } = ctx
    appendFileSync(STEPS_FILE, `${execution} ${name} ${attempt} ${process.pid}\n`)
    const words = new Words(folder)
    let word = ''
    while (word === '') {
      ctx.signal.throwIfAborted()
      await new Promise((resolve) => setTimeout(resolve, 10))
      word = words.heard({ execution, name, attempt })
    }
    if (word === 'fail') throw new ApplicationFailure(`attempt ${attempt} of ${name} fails`, { type: 'Told' })
    return value
  },
})

const worker = new Worker({ workflows: [], tasks: [stepped], slots: { task: 1 } })
worker.on('connected', () => console.log('connected'))
await worker.run()
