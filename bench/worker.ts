/** The worker of the benchmarks: one process, 100 slots. */
import { Worker } from 'perdure/worker'
import { inParallel, inSequence, nothing } from './workloads.ts'

const worker = new Worker({
  url: process.env['PERDURE_URL'] ?? '',
  org: process.env['PERDURE_ORG'] ?? '',
  apiKey: process.env['PERDURE_API_KEY'] ?? '',
  workflows: [inSequence, inParallel],
  tasks: [nothing],
  slots: { workflow: 100, task: 100 },
})
worker.on('connected', () => console.log('connected'))
worker.on('error', (error) => console.error(error))
await worker.run()
