/** A worker for `digest-folder`. Where the service is comes from `PERDURE_URL`, `PERDURE_ORG` and `PERDURE_API_KEY`. */
import { Worker } from 'perdure/worker'
import { aggregate, digest, digestFolder, list } from './workflow.ts'

const worker = new Worker({
  url: process.env['PERDURE_URL'] ?? 'http://127.0.0.1:8787',
  org: process.env['PERDURE_ORG'] ?? 'default',
  apiKey: process.env['PERDURE_API_KEY'] ?? '',
  workflows: [digestFolder],
  tasks: [list, digest, aggregate],
  slots: { workflow: 10, task: Number(process.env['DIGEST_SLOTS'] ?? 32) },
})
worker.on('connected', () => console.log('connected'))
worker.on('error', (error) => console.error(error))
await worker.run()
