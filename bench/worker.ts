/** The worker of the benchmarks: one process, 100 slots. */
import { Worker } from 'perdure/worker'
import { nothing, workflows } from './code.ts'

const worker = new Worker({
  url: process.env['PERDURE_URL'] ?? '',
  org: process.env['PERDURE_ORG'] ?? '',
  apiKey: process.env['PERDURE_API_KEY'] ?? '',
  workflows,
  tasks: [nothing],
  slots: { workflow: 100, task: 100 },
})
worker.on('connected', () => console.log('connected'))
worker.on('error', (error) => console.error(error))
await worker.run()
