/** A worker process for `steps.ts`. Says `connected` when it is. */
import { Worker } from 'perdure/worker'
import { chain, echo, fan, held, hold } from './steps.ts'

const { PERDURE_URL: url = '', PERDURE_ORG: org = 'acme', PERDURE_API_KEY: apiKey = '', TASK_SLOTS = '20' } = process.env

const worker = new Worker({
  url,
  org,
  apiKey,
  workflows: [fan, chain, held],
  tasks: [echo, hold],
  slots: { workflow: 20, task: Number(TASK_SLOTS) },
})
worker.on('connected', () => console.log('connected'))
await worker.run()
