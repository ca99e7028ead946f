/** Offers `survey` and its task to the queue `default`. Run as many of these as there is work for. */
import { Worker } from 'perdure/worker'
import { measure, survey } from './survey.ts'

const worker = new Worker({
  url: process.env['PERDURE_URL'] ?? 'http://127.0.0.1:8787',
  org: process.env['PERDURE_ORG'] ?? 'default',
  apiKey: process.env['PERDURE_API_KEY'] ?? '',
  workflows: [survey],
  tasks: [measure],
})
worker.on('connected', () => console.log('connected'))
worker.on('error', (error) => console.error(error))
await worker.run()
