/** A worker process for `steps.ts`. Says `connected` when it is. */
import { Worker } from 'perdure/worker'
import { attempt, beating, chain, echo, endless, fan, flaky, held, hold, mirror, same, where } from './steps.ts'

const {
  PERDURE_URL: url = '',
  PERDURE_ORG: org = 'acme',
  PERDURE_API_KEY: apiKey = '',
  TASK_SLOTS = '20',
  QUEUE = 'default',
} = process.env

const worker = new Worker({
  url,
  org,
  apiKey,
  queue: QUEUE,
  workflows: [fan, chain, held, attempt, mirror],
  tasks: [echo, hold, flaky, endless, beating, where, same],
  slots: { workflow: 20, task: Number(TASK_SLOTS) },
})
worker.on('connected', () => console.log('connected'))
await worker.run()
